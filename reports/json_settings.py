"""The settings of a scan, and accepted risks, as the JSON report has them."""

from __future__ import annotations

from datetime import date

from reports.json_v1 import AcceptanceV1, AcceptedRiskV1, OptionV1, SettingsV1, SeveritySettingV1, ThresholdV1
from scanner.findings import Acceptance, AppliedSettings, RiskStanding, written


def acceptance_of(acceptance: Acceptance, on: date) -> AcceptanceV1:
    """Convert an acceptance; `on` is the day of the judgement (UTC)."""
    since = acceptance.accepted_on
    return AcceptanceV1(
        owner=acceptance.owner,
        reason=acceptance.reason,
        ticket=acceptance.ticket,
        expires=acceptance.expires.isoformat(),
        expires_in_days=(acceptance.expires - on).days,
        accepted_on=since.isoformat() if since else None,
        age_days=max(0, (on - since).days) if since else None,
        origin=acceptance.origin,
    )


def settings_of(settings: AppliedSettings) -> SettingsV1:
    """Convert what is not at its default."""
    return SettingsV1(
        file=settings.file,
        options=[OptionV1(name=each.name, value=each.value, origin=each.origin) for each in settings.options],
        thresholds=[
            ThresholdV1(name=each.key, value=written(each.value), default=written(each.default), origin=each.origin)
            for each in settings.thresholds
        ],
        severities=[
            SeveritySettingV1(
                check=each.check,
                severity=each.severity.value if each.severity else "off",
                declared=[severity.value for severity in each.declared],
                origin=each.origin,
            )
            for each in settings.severities
        ],
        accepted=[_risk(standing) for standing in settings.accepted],
    )


def _risk(standing: RiskStanding) -> AcceptedRiskV1:
    risk = standing.risk
    return AcceptedRiskV1(
        checks=list(risk.checks),
        subject=risk.subject,
        within=risk.within.text if risk.within else None,
        owner=risk.owner,
        reason=risk.reason,
        ticket=risk.ticket,
        expires=risk.expires.isoformat(),
        accepted_on=risk.accepted_on.isoformat() if risk.accepted_on else None,
        origin=risk.origin,
        state=standing.state.value,
        matched=standing.matched,
    )
