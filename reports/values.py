"""How values are written in words: times in UTC, counts with their noun, and the facts of an evidence as markup."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from markupsafe import Markup, escape

from scanner.escape import visible

_ACRONYMS: Mapping[str, str] = {"ip": "IP", "v1": "V1", "v2": "V2", "url": "URL", "vm": "VM"}
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)")
_QUIET = Markup('<span class="quiet">{}</span>')


def printed(value: Any) -> Any:
    """What a template prints: every text that is not markup already gets its control characters spelled out."""
    return value if isinstance(value, Markup) else visible(str(value))


@lru_cache(maxsize=1024)
def label(name: str) -> str:
    """The name of an evidence's field in words."""
    text = " ".join(_ACRONYMS.get(word, word) for word in name.split("_"))
    return text[:1].upper() + text[1:]


def fact(value: Any) -> Markup:
    """A value of an evidence, built-in types only, as markup: lists, nested facts, times in UTC, yes and no."""
    if value is None:
        return _QUIET.format("not told")
    if isinstance(value, int | float):
        return escape(_number(value))
    if isinstance(value, dict | list | tuple):
        return _several(value)
    text = str(value)
    if _TIME.fullmatch(text):
        return moment(datetime.fromisoformat(text))
    return escape(visible(text)) if text else _QUIET.format("empty")


def _several(values: dict[str, Any] | list[Any] | tuple[Any, ...]) -> Markup:
    if not values:
        return _QUIET.format("none")
    if isinstance(values, dict):
        row = Markup("<dt>{}</dt><dd>{}</dd>")
        rows = (row.format(visible(label(str(name))), fact(value)) for name, value in values.items())
        return Markup("<dl>{}</dl>").format(Markup("").join(rows))
    return Markup("<ul>{}</ul>").format(Markup("").join(Markup("<li>{}</li>").format(fact(value)) for value in values))


def plain(value: Any) -> Any:
    """A value of an evidence as data that says the same as `fact`: texts, lists and objects of them, None for null.

    An object has the labels of its fields as keys. Times are in UTC; what a text must not hold is spelled out.
    """
    if isinstance(value, str):
        # Most texts are no times, which their fifth character tells.
        is_time = value[4:5] == "-" and _TIME.fullmatch(value) is not None
        return plain_time(datetime.fromisoformat(value)) if is_time else visible(value)
    if isinstance(value, dict):
        return {_field(str(name)): plain(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [plain(part) for part in value]
    if isinstance(value, int | float):
        return _number(value)
    return None if value is None else visible(str(value))


@lru_cache(maxsize=1024)
def _field(name: str) -> str:
    return visible(label(name))


def _number(value: float) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return with_commas(value)


def moment(time: datetime) -> Markup:
    """An aware time as a `time` element in UTC."""
    machine = time.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    return Markup('<time datetime="{}">{}</time>').format(machine, plain_time(time))


def plain_time(time: datetime) -> str:
    """An aware time in UTC, to the second."""
    return f"{time.astimezone(UTC).replace(tzinfo=None).isoformat(' ', 'seconds')} UTC"


def with_commas(number: float) -> str:
    """A number with commas between the thousands."""
    return f"{number:,}"


def counted(count: int, noun: str) -> str:
    """A count with its regular noun: `1 worker`, `2 workers`."""
    return f"{count:,} {noun}{'s' * (count != 1)}"


def listed(parts: Sequence[str]) -> str:
    """Words as a list in a sentence: `a, b and c`; at least one."""
    return f"{', '.join(parts[:-1])} and {parts[-1]}" if len(parts) > 1 else parts[0]
