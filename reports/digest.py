"""Renders a scan as a short text for an issue of GitHub or a mail: one screen of Markdown that reads as plain text.

A name of the tenant that could be more than a word stands in a code span, where GitHub makes no mention, reference or
link of it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from reports.advice import ADVICE
from reports.alike import alike_causes, alike_gaps
from reports.anchors import finding_anchor
from reports.comparison_words import Row as Changed
from reports.comparison_words import counts, heading, sections
from reports.escaping import code, markdown
from reports.hurts import explained, hurt
from reports.left_out import left_out
from reports.markdown_parts import Page, coverage, step_line, tenant_lines, verdict_line
from reports.standing import is_whole
from reports.values import counted, listed, plain_time, with_commas
from scanner import __version__
from scanner.findings import BlindSpot, Cause, Finding, Scan, Severity
from scanner.inventory import GapReason
from scanner.roles import MissingRole, is_assignable, missing_roles

LIMIT = 60_000
"""The bytes of the whole text: the body of an issue holds 65,536 characters (GitHub's error text of 422, 2026)."""
MOST_CAUSES = 12
"""Kinds of causes that are named, those of one check and severity together."""
MOST_CHANGES = 3
"""Findings of one fate that are named."""
MOST_GAPS = 5
"""Roles, and kinds of other gaps, that are named."""

_KEPT_FREE = 6_000
_SHARES: Mapping[str, int] = {"changes": 3_500, "causes": 25_000, "roles": 6_000, "gaps": 6_000}
_FATES = ("new", "changed", "fixed", "unseen")
_ACTIONS_NAMED = 3
_BAD = (Severity.CRITICAL, Severity.HIGH)


def digest_chunks(scan: Scan) -> Iterator[str]:
    """The verdict, what changed, the open causes with their next step, and what would close the gaps."""
    page = Page(LIMIT - _KEPT_FREE)
    seen = f"{tenant_lines(scan)}{coverage(scan)}"
    yield page.text(f"# Hybrid worker audit: {_subject(scan)}\n\n{verdict_line(scan)}\n\n{seen}\n")
    yield from _changes(page, scan)
    yield from _causes(page, scan)
    yield from _unseen(page, scan)
    yield _foot(scan)


def _subject(scan: Scan) -> str:
    """A few words that also make the subject of a mail."""
    by_severity = Counter(cause.worst for cause in scan.open_causes)
    bad = [f"{with_commas(by_severity[severity])} {severity}" for severity in _BAD if by_severity[severity]]
    found = f"{counted(len(scan.open_causes), 'open cause')}{f' ({listed(bad)})' if bad else ''}"
    return found if is_whole(scan) else f"{found}, not everything was seen"


# -- what changed -----------------------------------------------------------------------------------------------------


def _changes(page: Page, scan: Scan) -> Iterator[str]:
    """Each fate of findings with its first rows; the resources are counted."""
    comparison = scan.comparison
    if comparison is None:
        yield page.text("\nThere is no baseline to compare with: what is new or fixed is not told.\n")
        return
    notes = "".join(f"* Note: {markdown(note[:500])}\n" for note in comparison.notes[:MOST_CHANGES])
    told = f"{markdown(heading(comparison))}: {counts(comparison)}."
    yield page.text(f"\n## Since the baseline\n\n{told}\n{notes and chr(10)}{notes}")
    by_fate = {section.id: section for section in sections(comparison)}
    for section in (by_fate.pop(fate) for fate in _FATES if fate in by_fate):
        rows = section.rows
        yield page.text(f"\n### {section.title}: {with_commas(len(rows))}\n\n")
        shown = map(_change, rows[:MOST_CHANGES])
        yield from page.blocks(shown, min(len(rows), MOST_CHANGES), _SHARES["changes"], "finding")
        yield page.text(_more(len(rows) - MOST_CHANGES))
    if by_fate:
        resources = ", ".join(f"{with_commas(len(each.rows))} {each.title.lower()}" for each in by_fate.values())
        yield page.text(f"\nAlso: {resources}.\n")


def _change(row: Changed) -> str:
    remarks = f"\n  * {markdown('; '.join(row.remarks))}" if row.remarks else ""
    return f"* **{row.label}** {code(row.title)}: {markdown(row.text)} ({code(row.fingerprint)}){remarks}\n"


def _more(count: int) -> str:
    return f"* and {with_commas(count)} more\n" if count > 0 else ""


# -- causes -----------------------------------------------------------------------------------------------------------


def _causes(page: Page, scan: Scan) -> Iterator[str]:
    causes = sorted(scan.open_causes, key=_harm)
    yield page.text(f"\n## Open causes: {with_commas(len(causes))}\n\n")
    if not causes:
        yield page.text("None in what was seen and judged.\n")
        return
    findings = {finding.fingerprint: finding for finding in scan.findings}
    groups = alike_causes(causes, findings)
    blocks = (_alike(group, findings) for group in groups[:MOST_CAUSES])
    yield from page.blocks(blocks, min(len(groups), MOST_CAUSES), _SHARES["causes"], "kind")
    left = Counter(cause.worst for group in groups[MOST_CAUSES:] for cause in group)
    if left:
        told = listed([f"{with_commas(left[severity])} {severity}" for severity in Severity if left[severity]])
        yield page.text(f"* and {told} more in the report\n")


def _harm(cause: Cause) -> tuple[int, int, int]:
    """The worst severity first, then what starts on most, then what explains most."""
    starts = sum(impact.starts_in_all + impact.recent_jobs for impact in cause.hurts)
    return cause.worst.rank, -starts, -len(cause.explains)


def _alike(causes: Sequence[Cause], findings: Mapping[str, Finding]) -> str:
    """The most harmful of causes that are alike, with what all of them explain and hurt."""
    finding = findings[causes[0].finding]
    effects = [findings[effect] for cause in causes for effect in cause.explains]
    harm = "; ".join(filter(None, (explained(effects), hurt(impact for cause in causes for impact in cause.hurts))))
    more = f" (and {with_commas(len(causes) - 1)} more like it)" if len(causes) > 1 else ""
    lines = [
        f"* **{causes[0].worst}** {code(finding.check)}: {markdown(finding.message)}{more}",
        *([f"  * {markdown(harm[:1].upper() + harm[1:])}"] if harm else []),
        *(["  * Its own risk is accepted, and something that it explains is open"] if finding.acceptance else []),
        *(f"  * Next: {step_line(step)}" for step in finding.remediation[:1]),
        f"  * {code(f'report.html#{finding_anchor(finding)}')}",
    ]
    return "\n".join(lines) + "\n"


# -- what was not seen ------------------------------------------------------------------------------------------------


def _unseen(page: Page, scan: Scan) -> Iterator[str]:
    if is_whole(scan):
        yield page.text("\n## Not seen\n\nNothing: every planned read was answered, and every check judged.\n")
        return
    yield page.text("\n## Not seen\n\n")
    if scan.estate.facts.interrupted:
        yield page.text("* The scan was interrupted: whatever it had not read by then is missing here\n")
    yield page.text("".join(f"* {markdown(sentence.removesuffix('.'))}\n" for sentence in left_out(scan)))
    crashed = [f"* The check {code(error.check)} crashed and judged nothing\n" for error in scan.errors]
    yield page.text("".join(crashed[:MOST_GAPS]) + _more(len(crashed) - MOST_GAPS))
    roles = missing_roles(scan.blind_spots)
    yield from page.blocks(map(_role, roles[:MOST_GAPS]), min(len(roles), MOST_GAPS), _SHARES["roles"], "role")
    yield page.text(_more(len(roles) - MOST_GAPS))
    others = alike_gaps(spot for spot in scan.blind_spots if not _needs_role(spot))
    yield from page.blocks(map(_gap, others[:MOST_GAPS]), min(len(others), MOST_GAPS), _SHARES["gaps"], "gap kind")
    yield page.text(_more(len(others) - MOST_GAPS))
    gaps = {spot.gap.id for spot in scan.blind_spots}
    without_value = sum(1 for unknown in scan.unknowns if unknown.because not in gaps)
    if without_value:
        yield page.text(f"* {counted(without_value, 'verdict')} unknown by values that Azure left out\n")


def _needs_role(spot: BlindSpot) -> bool:
    return spot.gap.reason is GapReason.DENIED and is_assignable(spot.gap.scope)


def _role(role: MissingRole) -> str:
    """What one role would close, on one line; the page has its definition."""
    actions = [action for action, _ in role.refused]
    checks = f", which keeps {counted(len(role.blind), 'check')} from a verdict" if role.blind else ""
    return (
        f"* **denied** {counted(role.reads, 'read')}{checks}: assign a role with {_some(actions)} at "
        f"{_some(role.scopes, 1)}; the built-in Reader has it\n"
    )


def _gap(spots: Sequence[BlindSpot]) -> str:
    gap = spots[0].gap
    places = list(dict.fromkeys(spot.gap.scope for spot in spots))
    reads = counted(sum(spot.gap.count for spot in spots), "read")
    what = code(gap.action or gap.operation)
    return f"* **{gap.reason}** {reads}: {what} at {_some(places, 1)}. {ADVICE[gap.reason]}\n"


def _some(names: Sequence[str], most: int = _ACTIONS_NAMED) -> str:
    """The first of the names as code, and how many others there are."""
    rest = len(names) - most
    return listed([*map(code, names[:most]), *([f"{with_commas(rest)} more"] if rest > 0 else [])])


def _foot(scan: Scan) -> str:
    facts = scan.estate.facts
    return (
        f"\n---\n\nhwaudit {__version__}, {plain_time(facts.started_at)} to {plain_time(facts.finished_at)}. "
        "The whole report is in `report.html`.\n"
    )
