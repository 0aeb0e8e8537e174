"""What is told once where it is the same again and again: causes of one check, gaps of one permission."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from scanner.findings import BlindSpot, Cause, Finding, Severity


def alike_causes(causes: Iterable[Cause], findings: Mapping[str, Finding]) -> list[list[Cause]]:
    """Causes of one check and worst severity together, in the order of the first; `findings` by fingerprint."""
    groups: dict[tuple[Severity, str], list[Cause]] = {}
    for cause in causes:
        groups.setdefault((cause.worst, findings[cause.finding].check), []).append(cause)
    return list(groups.values())


def alike_gaps(spots: Iterable[BlindSpot]) -> list[list[BlindSpot]]:
    """Gaps of one reason and permission together, in the order of the first of each."""
    alike: dict[tuple[str, str], list[BlindSpot]] = {}
    for spot in spots:
        alike.setdefault((spot.gap.reason.value, spot.gap.action or spot.gap.operation), []).append(spot)
    return list(alike.values())
