"""Reads a settings file: TOML, of which every key is known and every value is checked before anything is scanned."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec

from scanner.checks import all_checks, all_thresholds
from scanner.errors import UsageError
from scanner.findings import OptionSetting, Severity, span_of, written
from scanner.settings._entries import RiskEntry, accepted_risks
from scanner.settings._names import RealNames, TenantNames
from scanner.settings._words import suggested

_USUAL_FILE = "hwaudit.toml"
_SOME_FILE = "the settings file"
_SAY_NO_NAME = frozenset(
    {"auth", "cloud", "concurrency", "fail-on", "framework", "include", "redact", "since", "skip", "strict"}
)
"""Options whose values are words of this program, numbers or times."""

_TABLES = ("accept", "scan", "severity", "thresholds")
_LARGEST = 1_000_000  # bytes; a settings file that people keep is far smaller


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """A settings file, checked.

    `file` is its name as it was given, None for none. `severities` holds the severity by check, None for one that is
    off; `limits` the values by the key of their threshold; `scan` the defaults of options, as the file has them.
    `options` are those that are not at their default, whoever set them. `names` tell what the tenant is called in the
    estates that are judged.
    """

    file: str | None = None
    accepted: tuple[RiskEntry, ...] = ()
    severities: Mapping[str, Severity | None] = {}
    limits: Mapping[str, timedelta] = {}
    scan: Mapping[str, Any] = {}
    options: tuple[OptionSetting, ...] = ()
    names: TenantNames = RealNames()

    def runs(self, check: str) -> bool:
        """Tell whether the check is not switched off."""
        return self.severities.get(check, Severity.INFO) is not None

    def under(self, names: TenantNames) -> Settings:
        """The settings for estates that name the tenant so: nothing else is shown of what they say of it."""
        file = _shown_file(self.file)
        accepted = (entry.under(names, _moved(entry.risk.origin, self.file, file)) for entry in self.accepted)
        options = (_shown_option(option, names, _moved(option.origin, self.file, file)) for option in self.options)
        return msgspec.structs.replace(self, file=file, accepted=tuple(accepted), options=tuple(options), names=names)


NO_SETTINGS = Settings()


def _shown_file(file: str | None) -> str | None:
    """The name of a settings file, as far as it is the usual one."""
    if file is None:
        return None
    return _USUAL_FILE if Path(file).name == _USUAL_FILE else _SOME_FILE


def _moved(origin: str, file: str | None, shown: str | None) -> str:
    """An origin that begins with the name of the file, as it is shown."""
    return origin if file is None or not origin.startswith(file) else (shown or "") + origin.removeprefix(file)


def _shown_option(option: OptionSetting, names: TenantNames, origin: str) -> OptionSetting:
    value = option.value if option.name in _SAY_NO_NAME else names.word("value", option.value)
    return OptionSetting(name=option.name, value=value, origin=origin)


def read_settings(path: Path) -> Settings:
    """Read a settings file; raises UsageError with the place in it, and what to write there instead."""
    file = str(path)
    tables = _tables(file, _text(path))
    return Settings(
        file=file,
        accepted=accepted_risks(file, tables.get("accept", [])),
        severities=_severities(file, _table(file, tables, "severity")),
        limits=_limits(file, _table(file, tables, "thresholds")),
        scan=_table(file, tables, "scan"),
    )


def _text(path: Path) -> str:
    try:
        with path.open("rb") as opened:
            content = opened.read(_LARGEST + 1)
        if len(content) > _LARGEST:
            raise UsageError(f"{path} is larger than {_LARGEST} bytes", "name a settings file with --config")
        return content.decode("utf-8-sig")
    except FileNotFoundError as error:
        raise UsageError(f"there is no settings file {path}", "name one that exists, or leave out --config") from error
    except OSError as error:
        raise UsageError(f"cannot read {path}", error.strerror or "name a file with --config") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is not UTF-8", "save it with that encoding") from error


def _tables(file: str, text: str) -> dict[str, Any]:
    try:
        tables = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        told = "it nests too deeply" if isinstance(error, RecursionError) else str(error)
        raise UsageError(f"{file} is no TOML", told) from error
    for name in tables:
        if name not in _TABLES:
            raise UsageError(f"{file} does not know [{name}]", suggested(name, _TABLES))
    return tables


def _table(file: str, tables: Mapping[str, Any], name: str) -> dict[str, Any]:
    table = tables.get(name, {})
    if not isinstance(table, dict):
        raise UsageError(f"{file}: {name} is no table", f"write [{name}] on a line, and its keys below")
    return table


def _severities(file: str, table: Mapping[str, Any]) -> dict[str, Severity | None]:
    known = [check.id for check in all_checks()]
    found = {}
    for check, value in table.items():
        where = f"{file}, [severity] {check}"
        if check not in known:
            raise UsageError(f"{where} is no check", suggested(check, known, "`hwaudit checks` lists them"))
        found[check] = _severity(where, value)
    return found


def _severity(where: str, value: Any) -> Severity | None:
    """Read a severity, None for `off`; `where` is told when it is none."""
    if value == "off":
        return None
    try:
        return msgspec.convert(value, Severity)
    except msgspec.ValidationError as error:
        allowed = ", ".join(f'"{name}"' for name in (*Severity, "off"))
        raise UsageError(f"{where} is no severity", f"write one of {allowed}") from error


def _limits(file: str, table: Mapping[str, Any]) -> dict[str, timedelta]:
    known = all_thresholds()
    found = {}
    for key, value in table.items():
        where = f"{file}, [thresholds] {key}"
        threshold = known.get(key)
        if threshold is None:
            raise UsageError(f"{where} is no threshold", suggested(key, known))
        span = span_of(value) if isinstance(value, str) else None
        if span is None:
            raise UsageError(f"{where} is no time span", f'write it like "{written(threshold.default)}", in d, h or m')
        if not threshold.least <= span <= threshold.most:
            bounds = f'from "{written(threshold.least)}" to "{written(threshold.most)}"'
            raise UsageError(f'{where} = "{value}" is out of bounds', f"write a time span {bounds}")
        found[key] = span
    return found
