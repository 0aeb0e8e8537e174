"""All checks, one file each, found by their file: adding a check is adding its file and its test."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache

from scanner.checks._check import Check, CheckDefinitionError, Judgement, check
from scanner.checks._engine import Verdicts, judge
from scanner.findings import Threshold

__all__ = ["Check", "CheckDefinitionError", "Judgement", "Verdicts", "all_checks", "all_thresholds", "check", "judge"]


@cache
def all_checks() -> tuple[Check, ...]:
    """Every check of the package, sorted by id."""
    found: list[Check] = []
    for module_info in pkgutil.iter_modules(__path__):
        if module_info.name.startswith("_"):
            continue
        module = importlib.import_module(f"{__name__}.{module_info.name}")
        declared = [value for value in vars(module).values() if isinstance(value, Check)]
        if len(declared) != 1:
            raise CheckDefinitionError(f"{module.__name__} declares {len(declared)} checks, not one")
        found.extend(declared)
    return tuple(sorted(found, key=lambda check: check.id))


def all_thresholds() -> Mapping[str, Threshold]:
    """Every limit that some check declares, by its key, sorted."""
    declared: dict[str, Threshold] = {}
    for each in all_checks():
        for threshold in each.info.thresholds:
            if declared.setdefault(threshold.key, threshold) != threshold:
                raise CheckDefinitionError(f"{each.id} declares another threshold {threshold.key}")
    return dict(sorted(declared.items()))
