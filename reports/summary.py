"""The summary that a scan prints: the verdict, what was not seen, the worst causes, and where the reports lie."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from reports.comparison_words import counts
from reports.values import counted, listed, plain_time
from reports.verdict import verdict
from scanner.escape import visible
from scanner.findings import Cause, Finding, Impact, MappingOrigin, Outcome, Scan, Severity
from scanner.inventory import GapReason

TOP = 10
"""How many causes and gaps the summary names."""
NAMED = 3
"""How many checks or groups one line names."""


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
    groups = _alike(scan, findings)
    for causes in groups[:TOP]:
        lines += _told(causes, findings)
    if len(groups) > TOP:
        lines.append(f"  and {sum(len(group) for group in groups[TOP:])} more in the report")
    return [*lines, *(f"  check {error.check} crashed: {visible(error.message)}" for error in scan.errors)]


def _alike(scan: Scan, findings: Mapping[str, Finding]) -> list[list[Cause]]:
    """The causes that are not accepted, those of one check and worst severity together, in the order of the first."""
    groups: dict[tuple[Severity, str], list[Cause]] = {}
    for cause in scan.open_causes:
        groups.setdefault((cause.worst, findings[cause.finding].check), []).append(cause)
    return list(groups.values())


def _told(causes: Sequence[Cause], findings: Mapping[str, Finding]) -> list[str]:
    """A line on the first of causes that are alike, and one on what all of them explain and hurt."""
    first = findings[causes[0].finding]
    more = f" (and {len(causes) - 1} more like it)" if len(causes) > 1 else ""
    lines = [f"  {causes[0].worst.upper():<8} {first.check}: {visible(first.message)}{more}"]
    effects = [findings[effect] for cause in causes for effect in cause.explains]
    parts = [_explained(effects), _hurt([impact for cause in causes for impact in cause.hurts])]
    told = "; ".join(part for part in parts if part)
    return [*lines, f"    {told}"] if told else lines


def _explained(effects: Sequence[Finding]) -> str:
    if not effects:
        return ""
    checks = Counter(effect.check for effect in effects)
    return f"explains {counted(len(effects), 'finding')}: {_some([name for name, _ in checks.most_common()])}"


def _hurt(impacts: Iterable[Impact]) -> str:
    """The groups on which something is started or ran of late, and the next run of a schedule there."""
    groups = {impact.group.key: impact for impact in impacts if impact.starts or impact.recent_jobs}
    if not groups:
        return ""
    text = f"hurts {_some([visible(impact.group.name) for impact in groups.values()])}"
    runs = [(start.next_run, start) for impact in groups.values() for start in impact.starts if start.next_run]
    if not runs:
        return text
    at, start = min(runs, key=lambda run: run[0])
    what = f"starts {visible(start.runbook)} there" if start.runbook is not None else "runs there"
    return f"{text}: {visible(start.name)} {what} next, at {plain_time(at)}"


def _some(names: Sequence[str]) -> str:
    """The first of the names, and how many others there are."""
    rest = len(names) - NAMED
    return listed([*names[:NAMED], *([f"{rest} more"] if rest > 0 else [])])


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
