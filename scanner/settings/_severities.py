"""Severities by settings, and the record of all that settings changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from scanner.checks import all_checks, all_thresholds
from scanner.findings import AppliedSettings, Finding, RiskStanding, Severity, SeveritySetting, ThresholdSetting
from scanner.settings._file import Settings


def with_severities(findings: Iterable[Finding], severities: Mapping[str, Severity | None]) -> tuple[Finding, ...]:
    """Give the findings of these checks their severities; `declared` keeps the check's own."""
    changed = (_changed(finding, severities.get(finding.check)) for finding in findings)
    return tuple(sorted(changed, key=lambda finding: finding.order))


def _changed(finding: Finding, severity: Severity | None) -> Finding:
    if severity is None or severity is finding.severity:
        return finding
    return msgspec.structs.replace(finding, severity=severity, declared=finding.severity)


def applied_settings(settings: Settings, accepted: tuple[RiskStanding, ...]) -> AppliedSettings:
    """What the reports show of the settings."""
    origin = settings.file or ""
    thresholds = all_thresholds()
    declared = {check.id: check.info.severities for check in all_checks()}
    return AppliedSettings(
        file=settings.file,
        options=settings.options,
        thresholds=tuple(
            ThresholdSetting(key=key, value=value, default=thresholds[key].default, origin=origin)
            for key, value in sorted(settings.limits.items())
            if value != thresholds[key].default
        ),
        severities=tuple(
            SeveritySetting(check=check, severity=severity, declared=declared[check], origin=origin)
            for check, severity in sorted(settings.severities.items())
        ),
        accepted=accepted,
    )
