"""The settings of a scan that are not at their default, in words."""

from __future__ import annotations

from collections.abc import Iterator

from reports.values import counted, listed
from scanner.findings import AppliedSettings, RiskStanding, RiskState, in_full

_STATES = {
    RiskState.IN_FORCE: "in force",
    RiskState.EXPIRED: "expired",
    RiskState.UNMATCHED: "covers nothing",
    RiskState.NOT_TOLD: "covers nothing that was seen",
    RiskState.TOO_BROAD: "not in force, for it would cover everything",
}


def differing(settings: AppliedSettings) -> Iterator[tuple[str, str]]:
    """What each setting is, and how it differs from the default, with its origin."""
    for option in settings.options:
        yield f"Option {option.name}", f"{option.value} ({option.origin})"
    for threshold in settings.thresholds:
        told = f"{in_full(threshold.value)} instead of {in_full(threshold.default)}"
        yield f"Threshold {threshold.key}", f"{told} ({threshold.origin})"
    for severity in settings.severities:
        told = f"{severity.severity or 'off'} instead of {listed(severity.declared)}"
        yield f"Severity of {severity.check}", f"{told} ({severity.origin})"
    for standing in settings.accepted:
        yield f"Accepted risk {standing.risk.number}", _accepted(standing)


def _accepted(standing: RiskStanding) -> str:
    risk = standing.risk
    places = (f"on {risk.subject}" if risk.subject else "", f"within {risk.within}" if risk.within else "")
    covered = " ".join(filter(None, (", ".join(risk.checks) or "every check", *places)))
    ticket = f", {risk.ticket}" if risk.ticket else ""
    state = f"{_STATES[standing.state]} ({counted(standing.matched, 'finding')})"
    return f"{covered}: {state}; {risk.owner}, until {risk.expires.isoformat()}{ticket}: {risk.reason} ({risk.origin})"
