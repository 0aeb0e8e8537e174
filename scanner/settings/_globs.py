"""Globs over the ARM ids and names of subjects, compared without case; `*` stands for slashes too."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterable
from functools import lru_cache

from scanner.inventory import ArmId
from scanner.settings._probes import probes_by_kind

_WILD = re.compile(r"[*?\[]")
_MISSED_AT_MOST = 1
"""Probes of a kind that a glob may miss and still fit it as a whole: `*[!x]` fits all but what ends with an x."""


def matches(glob: str, texts: Iterable[str]) -> bool:
    """Tell whether one of the texts, in lower case, is as the glob says."""
    sure, pattern = _compiled(glob)
    return any(sure in text and pattern.fullmatch(text) for text in texts)


def names_nothing(glob: str) -> bool:
    """Tell whether the glob fits whatever is of some kind, such as `*-*` or `*/runbooks/*`: then it narrows nothing."""
    return any(
        sum(1 for names in probes if not matches(glob, names)) <= _MISSED_AT_MOST
        for probes in probes_by_kind().values()
    )


def fixed_start(glob: str) -> str:
    """The text before the first wildcard, in lower case."""
    return _WILD.split(glob.lower(), maxsplit=1)[0]


def place_before_wildcards(glob: str | None) -> ArmId | None:
    """The place in a subscription that a glob over ids names before its first wildcard; None for one over names."""
    start = fixed_start(glob or "")
    place = ArmId(start.rpartition("/")[0]) if start.startswith("/subscriptions/") else None
    return place if place is not None and place.subscription_id else None


@lru_cache(maxsize=1024)
def _compiled(glob: str) -> tuple[str, re.Pattern[str]]:
    """The longest text that all that fits must hold, by which most is told apart at once, and the pattern."""
    lowered = glob.lower()
    sure = "" if "[" in lowered else max(re.split(r"[*?]", lowered), key=len)
    return sure, re.compile(fnmatch.translate(lowered))
