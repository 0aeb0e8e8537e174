"""What the inputs of the action ask of hwaudit: an argument vector, which no shell sees."""

from __future__ import annotations

import glob
import json
import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path
from typing import Any


class BadInputError(Exception):
    """An input that cannot be used; its text says what to write instead."""


class _Kind(Enum):
    ONE = auto()
    MANY = auto()
    """One option for each value."""
    LIST = auto()
    """One option, whose values are separated by commas."""
    SWITCH = auto()


@dataclass(frozen=True)
class _Option:
    """An input, and the option of the command line that it becomes."""

    input: str
    option: str
    kind: _Kind = _Kind.ONE


_OF_SCANS = (
    _Option("auth", "--auth"),
    _Option("tenant", "--tenant", _Kind.MANY),
    _Option("subscriptions", "--subscription", _Kind.MANY),
    _Option("exclude-subscriptions", "--exclude-subscription", _Kind.MANY),
    _Option("management-group", "--management-group"),
    _Option("resource-group", "--resource-group"),
    _Option("account", "--account"),
    _Option("shard", "--shard"),
    _Option("cloud", "--cloud"),
    _Option("arm-endpoint", "--arm-endpoint"),
    _Option("skip", "--skip", _Kind.LIST),
    _Option("include", "--include", _Kind.MANY),
    _Option("since", "--since"),
    _Option("concurrency", "--concurrency"),
    _Option("demo", "--demo", _Kind.SWITCH),
)
_OF_JUDGEMENTS = (
    _Option("config", "--config"),
    _Option("redact", "--redact", _Kind.SWITCH),
    _Option("redact-key", "--redact-key"),
)
_OF_REPORTS = (
    _Option("frameworks", "--framework", _Kind.MANY),
    _Option("out", "--out"),
    _Option("snapshot", "--snapshot"),
    _Option("strict", "--strict", _Kind.SWITCH),
)
_NEEDED = ("json", "markdown")
"""The formats that the summary, the annotations and the outputs are made of."""
_TRUE, _FALSE = ("true", "True", "TRUE"), ("false", "False", "FALSE", "")
"""The words of YAML 1.2, as @actions/core reads them."""


@dataclass(frozen=True)
class Inputs:
    """The inputs of the action by name, as GitHub gives them: all are texts."""

    texts: Mapping[str, str]

    @classmethod
    def of_json(cls, written: str) -> Inputs:
        """Read `toJSON(inputs)`."""
        return cls({name: str(value) for name, value in json.loads(written).items()})

    def one(self, name: str) -> str:
        """The one value of an input, empty for none; raises BadInputError for several lines."""
        value = self.texts.get(name, "").strip()
        if len(value.splitlines()) > 1:
            raise BadInputError(f"the input {name} takes one line: {value!r}")
        return value

    def many(self, name: str, separators: str = r"[\n,]") -> list[str]:
        """The values of an input, one in a line or separated by commas."""
        return [value.strip() for value in re.split(separators, self.texts.get(name, "")) if value.strip()]

    def switch(self, name: str) -> bool:
        """Whether an input is on; raises BadInputError for what is neither true nor false."""
        value = self.one(name)
        if value not in (*_TRUE, *_FALSE):
            raise BadInputError(f"the input {name} is true or false, not {value!r}")
        return value in _TRUE

    @property
    def fail_on(self) -> str:
        """The input `fail-on`, else what the settings say; empty where neither says it."""
        said = self._settings.get("fail-on")
        return self.one("fail-on") or (said if isinstance(said, str) else "")

    @property
    def redacts(self) -> bool:
        """Whether names are redacted, by the input or by the settings."""
        return self.switch("redact") or self._settings.get("redact") is True

    @property
    def _settings(self) -> Mapping[str, Any]:
        """The options of scans in the settings file; hwaudit itself tells what is wrong with the file."""
        try:
            told = tomllib.loads(Path(self.one("config") or "hwaudit.toml").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        options = told.get("scan")
        return options if isinstance(options, dict) else {}

    @property
    def out(self) -> str:
        """The folder of the reports."""
        return self.one("out") or "hwaudit-report"

    @property
    def is_merge(self) -> bool:
        """Whether snapshots are merged and nothing is scanned."""
        return bool(self.many("snapshots"))

    @property
    def judging(self) -> list[str]:
        """The options of settings and pseudonyms, which every command has that judges."""
        words = self._words(_OF_JUDGEMENTS)
        if self.switch("redact") and not self.one("redact-key"):
            # Away from what the workflow passes on: who has the key can undo the redaction.
            words.append(f"--redact-key={Path(os.environ.get('RUNNER_TEMP', '..')) / 'hwaudit.key'}")
        return words

    def command(self, *, baseline: str, fail_on: str) -> list[str]:
        """The words after `hwaudit`; raises BadInputError for inputs that mean nothing."""
        options = [*self._words(_OF_REPORTS), f"--format={','.join(self._formats())}", *self.judging]
        options += [f"{name}={value}" for name, value in (("--fail-on", fail_on), ("--baseline", baseline)) if value]
        if self.is_merge:
            return ["merge", *options, "--", *self._snapshots()]
        return ["scan", *self._words(_OF_SCANS), *options]

    def _formats(self) -> list[str]:
        asked = [name.lower() for name in self.many("formats")]
        return list(dict.fromkeys([*asked, *_NEEDED]))

    def _snapshots(self) -> list[str]:
        found: list[str] = []
        for pattern in self.many("snapshots", r"\n"):
            paths = sorted(glob.glob(pattern, recursive=True))  # noqa: PTH207 - the pattern may be absolute
            if not paths:
                raise BadInputError(f"no file matches {pattern!r} of the input snapshots: check that it was downloaded")
            found += paths
        return list(dict.fromkeys(found))

    def _words(self, options: tuple[_Option, ...]) -> list[str]:
        return [word for option in options for word in self._word(option)]

    def _word(self, option: _Option) -> list[str]:
        """One option as words: behind `=`, a value that begins with a dash is no other option."""
        if option.kind is _Kind.SWITCH:
            return [option.option] if self.switch(option.input) else []
        values = [self.one(option.input)] if option.kind is _Kind.ONE else self.many(option.input)
        if option.kind is _Kind.LIST:
            values = [",".join(values)]
        return [f"{option.option}={value}" for value in values if value]
