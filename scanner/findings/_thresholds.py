"""Thresholds: the limits of hwaudit's own, which a settings file can move; facts of Azure's are none of them."""

from __future__ import annotations

import re
from datetime import timedelta

import msgspec

_UNITS = {"d": timedelta(days=1), "h": timedelta(hours=1), "m": timedelta(minutes=1)}
_WORDS = {"d": "day", "h": "hour", "m": "minute"}
_WRITTEN = re.compile(r"([1-9][0-9]{0,5})([dhm])", re.ASCII)


class Threshold(msgspec.Struct, frozen=True, kw_only=True):
    """One limit of the judgement; a setting lies between `least` and `most`, both included, in whole minutes."""

    key: str
    meaning: str
    default: timedelta
    least: timedelta
    most: timedelta


def span_of(written: str) -> timedelta | None:
    """Read a time span such as `45d`, `2h` or `90m`; None when it is none."""
    found = _WRITTEN.fullmatch(written)
    if found is None:
        return None
    return int(found[1]) * _UNITS[found[2]]


def written(span: timedelta) -> str:
    """Write a span of whole minutes as `span_of` reads it, in the longest unit that fits."""
    letter = next(letter for letter, unit in _UNITS.items() if span % unit == timedelta(0))
    return f"{span // _UNITS[letter]}{letter}"


def in_full(span: timedelta) -> str:
    """Write a span of whole minutes in words, such as `30 days`; one day is `24 hours`."""
    letter = "h" if span == _UNITS["d"] else written(span)[-1]
    count = span // _UNITS[letter]
    return f"{count} {_WORDS[letter]}{'s' * (count != 1)}"
