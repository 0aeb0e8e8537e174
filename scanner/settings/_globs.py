"""Globs over the ARM ids and names of subjects, compared without case; `*` stands for slashes too."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterable
from functools import lru_cache

_WILD = re.compile(r"[*?\[]")
_ANYTHING = (
    "/subscriptions/1a/resourcegroups/q/providers/microsoft.automation/automationaccounts/xyz",
    "/subscriptions/2b/resourcegroups/w/providers/microsoft.automation/automationaccounts/u/hybridrunbookworkergroups/7",
    "/subscriptions/3c/resourcegroups/e/providers/microsoft.operationalinsights/workspaces/jk",
    "/subscriptions/4d/resourcegroups/r/providers/microsoft.compute/virtualmachines/0",
    "/subscriptions/5e",
)
"""Ids that have little in common: a glob that fits all of them narrows nothing."""


def matches(glob: str, texts: Iterable[str]) -> bool:
    """Tell whether one of the texts, in lower case, is as the glob says."""
    sure, pattern = _compiled(glob)
    return any(sure in text and pattern.fullmatch(text) for text in texts)


def fits_everything(glob: str) -> bool:
    """Tell whether the glob narrows nothing, such as `*` or `/subscriptions/*`."""
    return all(matches(glob, [id_]) for id_ in _ANYTHING)


def fixed_start(glob: str) -> str:
    """The text before the first wildcard, in lower case."""
    return _WILD.split(glob.lower(), maxsplit=1)[0]


@lru_cache(maxsize=1024)
def _compiled(glob: str) -> tuple[str, re.Pattern[str]]:
    """The longest text that all that fits must hold, by which most is told apart at once, and the pattern."""
    lowered = glob.lower()
    sure = "" if "[" in lowered else max(re.split(r"[*?]", lowered), key=len)
    return sure, re.compile(fnmatch.translate(lowered))
