"""By which settings two scans were judged: a finding that only a limit moved away is not fixed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from functools import cache

import msgspec

from scanner.checks import all_checks, all_thresholds
from scanner.findings import AppliedSettings, Severity, written


class JudgedBy(msgspec.Struct, frozen=True, kw_only=True):
    """What settings said of a judgement: `limits` that are not at their default, and severities, None for `off`.

    `told` is False for a report of a version that wrote no settings: it had none, and judged by its defaults.
    """

    limits: Mapping[str, timedelta] = {}
    severities: Mapping[str, Severity | None] = {}
    told: bool = True

    @classmethod
    def settings_of(cls, settings: AppliedSettings) -> JudgedBy:
        """Those that a scan tells of."""
        return cls(
            limits={each.key: each.value for each in settings.thresholds},
            severities={each.check: each.severity for each in settings.severities},
        )

    def switches_off(self, check: str) -> bool:
        """Whether the check did not run because of them."""
        return self.severities.get(check, Severity.INFO) is None

    def limit(self, key: str) -> str:
        """A limit as it is written."""
        if key in self.limits:
            return written(self.limits[key])
        known = all_thresholds().get(key)
        return written(known.default) if known is not None else "its default"


def limits_moved(check: str, old: JudgedBy, new: JudgedBy) -> str | None:
    """The first limit of the check that differs, in words; any limit may be one of a check that is not known here."""
    own = _limits_of().get(check)
    moved = (key for key in _moved(old, new) if own is None or key in own)
    return next((_told(key, old, new) for key in moved), None)


def settings_moved(old: JudgedBy, new: JudgedBy) -> Iterator[str]:
    """What differs between the settings of two judgements, a sentence each."""
    for key in _moved(old, new):
        yield f"{_told(key, old, new)}: what that alone changed is neither new nor fixed"
    checks = sorted(
        check
        for check in {*old.severities, *new.severities}
        if (check in old.severities, old.severities.get(check)) != (check in new.severities, new.severities.get(check))
    )
    if checks:
        yield f"the settings of the two scans differ in the severity of {', '.join(checks)}"
    for judged_by, which in ((old, "old"), (new, "new")):
        if not judged_by.told:
            yield f"the report of the {which} scan tells no settings, of a version that had none: its defaults count"


def _moved(old: JudgedBy, new: JudgedBy) -> list[str]:
    return [key for key in sorted({*old.limits, *new.limits}) if old.limit(key) != new.limit(key)]


def _told(key: str, old: JudgedBy, new: JudgedBy) -> str:
    return f"the limit {key} was {old.limit(key)}, is {new.limit(key)} now"


@cache
def _limits_of() -> Mapping[str, frozenset[str]]:
    """The keys of the limits of each check."""
    return {check.id: frozenset(each.key for each in check.info.thresholds) for check in all_checks()}
