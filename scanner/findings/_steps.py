"""The steps of a remedy, with commands that are ready to paste."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Iterator
from typing import Literal

import msgspec

from scanner.escape import visible


class Step(msgspec.Struct, frozen=True):
    """One step of a remedy; `command` is ready to paste into `shell`, and names real resources."""

    text: str
    command: str | None = None
    shell: Literal["az", "powershell"] = "az"

    @classmethod
    def az(cls, text: str, *words: str) -> Step:
        """A step with an `az` command; `words` are quoted for a POSIX shell, for names come from the tenant.

        A name with control characters gives no command: what is pasted into a terminal could leave its quotes.
        """
        return cls(text, "az " + shlex.join(_joined(words)), "az") if _pasteable(words) else cls(text)

    @classmethod
    def powershell(cls, text: str, cmdlet: str, **parameters: str | bool) -> Step:
        """A step with a cmdlet; string values are quoted for PowerShell, True makes a switch; as for `az` otherwise."""
        if not _pasteable(value for value in parameters.values() if isinstance(value, str)):
            return cls(text)
        words = [cmdlet]
        for name, value in parameters.items():
            words += [f"-{name}"] if value is True else [f"-{name}", quoted_for_powershell(str(value))]
        return cls(text, " ".join(words), "powershell")

    def __str__(self) -> str:
        """The text on one line, whatever the names in it, and the command after a line break."""
        text = visible(self.text)
        return f"{text}\n{self.command}" if self.command else text


def _joined(words: Iterable[str]) -> Iterator[str]:
    """Write `--name=-value` for a value that az would take for an option."""
    option: str | None = None
    for word in words:
        if option is not None and word.startswith("-") and not _OPTION.fullmatch(word):
            yield f"{option}={word}"
            option = None
            continue
        if option is not None:
            yield option
        option = word if _OPTION.fullmatch(word) else None
        if option is None:
            yield word
    if option is not None:
        yield option


_OPTION = re.compile(r"--[a-z][a-z-]*")


def _pasteable(words: Iterable[str]) -> bool:
    return all(word == visible(word) for word in words)


# PowerShell reads typographic quotes as quotes too, so each is doubled like the plain one.
_POWERSHELL_QUOTES = re.compile("(['\u2018\u2019\u201a\u201b])")


def quoted_for_powershell(value: str) -> str:
    """Return the value as a string literal of PowerShell, in which nothing is expanded."""
    return "'" + _POWERSHELL_QUOTES.sub(r"\1\1", value) + "'"
