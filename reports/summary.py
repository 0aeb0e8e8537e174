"""The summary that a scan prints: the verdict, what was not seen, the worst causes, and where the reports lie."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from reports.alike import alike_causes
from reports.comparison_words import counts
from reports.hurts import explained, hurt
from reports.tenants import tenants_of
from reports.values import counted
from reports.verdict import verdict
from scanner.escape import visible
from scanner.findings import Cause, Finding, MappingOrigin, Outcome, Scan, Severity
from scanner.inventory import GapReason

TOP = 10
"""How many causes and gaps the summary names."""


def to_summary(scan: Scan, written: Iterable[Path] = ()) -> str:
    """Return the summary as plain text; names from the tenant have their control characters made visible."""
    lines = [
        *_head(scan),
        "",
        *_coverage(scan),
        "",
        *_findings(scan),
        *_changes(scan),
        _scenarios(scan),
        *_controls(scan),
    ]
    places = list(written)
    if places:
        lines += ["", "Written:", *(f"  {place}" for place in places)]
    return "\n".join(lines) + "\n"


def _head(scan: Scan) -> list[str]:
    estate = scan.estate
    seen = ", ".join(
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
        f"Seen: {seen}",
        *(f"Tenant {tenant.words}" for tenant in tenants_of(estate)),
        *_settings(scan),
        *(f"Note: {visible(note)}" for note in scan.notes),
    ]


def _settings(scan: Scan) -> list[str]:
    """What is not at its default, and the file that says so."""
    settings = scan.settings
    told = (
        (len(settings.options), "option"),
        (len(settings.thresholds), "threshold"),
        (len(settings.severities), "severity override"),
        (len(settings.accepted), "accepted risk"),
    )
    changed = ", ".join(counted(count, name) for count, name in told if count)
    if settings.file is None:
        return []
    return [f"Settings: {visible(settings.file)} ({changed or 'all defaults'})"]


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
    by_severity = ", ".join(f"{scan.count(severity)} {severity}" for severity in Severity)
    accepted = f" ({scan.accepted} accepted)" if scan.accepted else ""
    lines = [f"Causes: {len(scan.causes)}", f"Findings: {by_severity}{accepted}"]
    findings = {finding.fingerprint: finding for finding in scan.findings}
    groups = alike_causes(scan.open_causes, findings)
    for causes in groups[:TOP]:
        lines += _told(causes, findings)
    if len(groups) > TOP:
        lines.append(f"  and {sum(len(group) for group in groups[TOP:])} more in the report")
    return [*lines, *(f"  check {error.check} crashed: {visible(error.message)}" for error in scan.errors)]


def _told(causes: Sequence[Cause], findings: Mapping[str, Finding]) -> list[str]:
    """A line on the first of causes that are alike, and one on what all of them explain and hurt."""
    first = findings[causes[0].finding]
    more = f" (and {len(causes) - 1} more like it)" if len(causes) > 1 else ""
    lines = [f"  {causes[0].worst.upper():<8} {first.check}: {visible(first.message)}{more}"]
    effects = [findings[effect] for cause in causes for effect in cause.explains]
    parts = [explained(effects), hurt(impact for cause in causes for impact in cause.hurts)]
    told = "; ".join(part for part in parts if part)
    return [*lines, f"    {told}"] if told else lines


def _changes(scan: Scan) -> list[str]:
    """What changed since the baseline, if there is one."""
    if scan.comparison is None:
        return []
    since = f"Since {visible(scan.comparison.old.name)}: {counts(scan.comparison)}"
    return [since, *(f"  Note: {visible(note)}" for note in scan.comparison.notes)]


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
