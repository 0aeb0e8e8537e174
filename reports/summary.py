"""The summary that a scan prints: the verdict, what was not seen, the worst findings, and where the reports lie."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from reports.values import counted
from reports.verdict import verdict
from scanner.escape import visible
from scanner.findings import Finding, MappingOrigin, Outcome, Scan, Severity
from scanner.inventory import GapReason

TOP = 10
"""How many findings and gaps the summary names."""


def to_summary(scan: Scan, written: Iterable[Path] = ()) -> str:
    """Return the summary as plain text; names from the tenant have their control characters made visible."""
    lines = [*_head(scan), "", *_coverage(scan), "", *_findings(scan), _scenarios(scan), *_controls(scan)]
    places = list(written)
    if places:
        lines += ["", "Written:", *(f"  {place}" for place in places)]
    return "\n".join(lines) + "\n"


def _head(scan: Scan) -> list[str]:
    estate = scan.estate
    counts = ", ".join(
        f"{number} {name}"
        for number, name in (
            (len(estate.subscriptions), "subscriptions"),
            (len(estate.accounts), "Automation accounts"),
            (len(estate.workspaces), "workspaces"),
            (len(estate.groups), "worker groups"),
            (len(estate.workers), "workers"),
        )
    )
    alarm = "INTERRUPTED. " if estate.facts.interrupted else ""
    return [
        f"{alarm}{verdict(scan)}",
        "",
        f"Seen: {counts}",
        *(f"Note: {visible(note)}" for note in scan.notes),
    ]


def _coverage(scan: Scan) -> list[str]:
    ledger = scan.estate.ledger
    lines = [f"Coverage: {ledger.answered} of {ledger.planned} planned reads were answered", _unknowns(scan)]
    gaps = scan.blind_spots
    if not gaps:
        return lines
    reasons = Counter(spot.gap.reason.value for spot in gaps)
    told = ", ".join(f"{count} {reason}" for reason, count in sorted(reasons.items()))
    # What the user left out needs no telling one by one.
    unwanted = [spot.gap for spot in gaps if spot.gap.reason is not GapReason.SKIPPED]
    lines.append(f"Not seen ({told}){':' if unwanted else ''}")
    for gap in unwanted[:TOP]:
        lines.append(f"  {gap.reason}: {visible(gap.action or gap.operation)}")
        lines.append(f"    at {visible(gap.scope)}")
    return lines + ([f"  and {len(unwanted) - TOP} more"] if len(unwanted) > TOP else [])


def _unknowns(scan: Scan) -> str:
    total = f"Unknown: {counted(len(scan.unknowns), 'verdict')}"
    if not scan.unknowns:
        return total
    gaps = {spot.gap.id for spot in scan.blind_spots}
    by_gaps = sum(1 for unknown in scan.unknowns if unknown.because in gaps)
    left_out = len(scan.unknowns) - by_gaps
    return f"{total} ({by_gaps} by reads that were not answered, {left_out} by values that Azure left out)"


def _findings(scan: Scan) -> list[str]:
    counts = ", ".join(f"{scan.count(severity)} {severity}" for severity in Severity)
    lines = [f"Findings: {counts}"]
    groups = _alike(scan)
    for group in groups[:TOP]:
        worst = group[0]
        more = f" (and {len(group) - 1} more like it)" if len(group) > 1 else ""
        lines.append(f"  {worst.severity.upper():<8} {worst.check}: {visible(worst.message)}{more}")
    if len(groups) > TOP:
        lines.append(f"  and {sum(len(group) for group in groups[TOP:])} more in the report")
    return [*lines, *(f"  check {error.check} crashed: {visible(error.message)}" for error in scan.errors)]


def _scenarios(scan: Scan) -> str:
    outcomes = Counter(scenario.outcome for scenario in scan.scenarios)
    told = ", ".join(f"{outcomes[outcome]} {outcome.replace('_', ' ')}" for outcome in Outcome)
    return f"Scenarios: {told}"


def _controls(scan: Scan) -> list[str]:
    lines = []
    for view in scan.frameworks:
        lines.append(f"Controls of {view.name}:")
        for origin in MappingOrigin:
            counts = view.counts(origin)
            if any(counts.values()):
                told = "; ".join(f"{count} {status.label}" for status, count in counts.items() if count)
                lines.append(f"  by {origin.label}: {told}")
    return ["", *lines, "No certification: 'met' says that the mapped checks found nothing."] if lines else []


def _alike(scan: Scan) -> list[list[Finding]]:
    """Findings that nothing else explains, those of one check and severity together, worst first."""
    groups: dict[tuple[Severity, str], list[Finding]] = {}
    for finding in scan.findings:
        if finding.root_cause is None:
            groups.setdefault((finding.severity, finding.check), []).append(finding)
    return list(groups.values())
