"""What a settings file changed in a judgement, as the reports show it."""

from __future__ import annotations

from datetime import date, timedelta
from enum import StrEnum

import msgspec

from scanner.findings._severity import Severity
from scanner.inventory import ArmId


class AcceptedRisk(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of the settings file that accepts findings.

    `checks` is empty for every check; `subject` is a glob over ids and names; `within` a place in the graph of the
    estate. `expires` is the last day on which the entry holds (UTC). `origin` names the file and the entry in it,
    whose `number` counts from 1.
    """

    number: int
    checks: tuple[str, ...]
    subject: str | None
    within: ArmId | None
    owner: str
    reason: str
    ticket: str
    expires: date
    accepted_on: date | None
    origin: str


class RiskState(StrEnum):
    """How an entry stands at the moment of the judgement."""

    IN_FORCE = "in_force"
    EXPIRED = "expired"
    UNMATCHED = "unmatched"
    NOT_TOLD = "not_told"
    TOO_BROAD = "too_broad"


class RiskStanding(msgspec.Struct, frozen=True, kw_only=True):
    """An entry with how it stands; `matched` counts the findings that it covers, or would if it were in force."""

    risk: AcceptedRisk
    state: RiskState
    matched: int


class OptionSetting(msgspec.Struct, frozen=True, kw_only=True):
    """An option that the settings file speaks of; `origin` is that file, or the `command line` where it won."""

    name: str
    value: str
    origin: str


class ThresholdSetting(msgspec.Struct, frozen=True, kw_only=True):
    """A threshold that the settings file gives another value than the `default`."""

    key: str
    value: timedelta
    default: timedelta
    origin: str


class SeveritySetting(msgspec.Struct, frozen=True, kw_only=True):
    """A check that the settings file gives one severity, or None: it is off and judges nothing."""

    check: str
    severity: Severity | None
    declared: tuple[Severity, ...]
    origin: str


class AppliedSettings(msgspec.Struct, frozen=True, kw_only=True):
    """All that is not at its default; `file` is the settings file's name as it was given, None without one."""

    file: str | None = None
    options: tuple[OptionSetting, ...] = ()
    thresholds: tuple[ThresholdSetting, ...] = ()
    severities: tuple[SeveritySetting, ...] = ()
    accepted: tuple[RiskStanding, ...] = ()

    @property
    def off(self) -> tuple[str, ...]:
        """The checks that are switched off."""
        return tuple(setting.check for setting in self.severities if setting.severity is None)
