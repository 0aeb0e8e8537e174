"""Renders a scan as GitHub's Markdown, short enough for the summary of a step: what does not fit is counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Literal

from reports.alike import alike_gaps
from reports.comparison_words import Row as Changed
from reports.comparison_words import Section, counts, heading, sections
from reports.escaping import code, markdown
from reports.left_out import left_out
from reports.markdown_parts import Page, Row, coverage, row, step_line, tenant_lines, verdict_line
from reports.settings_words import differing
from reports.standing import accepted_because, beside_baseline, change, is_whole, status, unjudged
from reports.values import counted, plain_time, with_commas
from scanner import __version__
from scanner.findings import (
    DISCLAIMER,
    BlindSpot,
    Cause,
    Change,
    ControlCheck,
    ControlRow,
    Finding,
    FrameworkView,
    MappingOrigin,
    Scan,
    Severity,
)

LIMIT = 1_000_000
"""The bytes of the whole text; the summary of a step holds 1,024 KiB (GitHub Docs, workflow commands, 2026)."""

_KEPT_FREE = 20_000
_SHARES: Mapping[str, int] = {
    "unseen": 120_000,
    "causes": 150_000,
    "new": 150_000,
    "changes": 30_000,
    "controls": 120_000,
    "unknowns": 60_000,
    "settings": 20_000,
}
_CHECKS_NAMED = 3


def markdown_chunks(scan: Scan) -> Iterator[str]:
    """The verdict, what was not seen, causes, what changed, controls, and all findings, the worst first."""
    page = Page(LIMIT - _KEPT_FREE)
    yield page.text(_head(scan))
    yield from _unseen(page, scan)
    yield from _causes(page, scan)
    beside = beside_baseline(scan)
    yield from _changes(page, scan, beside)
    for view in scan.frameworks:
        yield from _controls(page, view, _SHARES["controls"] // len(scan.frameworks))
    yield from _unknowns(page, scan)
    yield from _settings(page, scan)
    yield from _findings(page, f"Findings: {with_commas(len(scan.findings))}", scan.findings, LIMIT, beside)
    yield _foot(scan)


def _head(scan: Scan) -> str:
    estate = scan.estate
    seen = ", ".join(
        counted(count, noun)
        for count, noun in (
            (len(estate.subscriptions), "subscription"),
            (len(estate.accounts), "Automation account"),
            (len(estate.workspaces), "workspace"),
            (len(estate.groups), "worker group"),
            (len(estate.workers), "worker"),
        )
    )
    return (
        f"# Hybrid worker audit\n\n> [!{_alert(scan)}]\n> {verdict_line(scan)}\n\n"
        f"**Seen:** {seen}  \n{tenant_lines(scan)}{coverage(scan)}\n\n{_counts(scan)}"
    )


def _alert(scan: Scan) -> Literal["CAUTION", "WARNING", "NOTE"]:
    """The colour of the verdict: only a whole scan without open findings is not a warning."""
    unsettled = [finding for finding in scan.findings if finding.acceptance is None]
    if any(finding.severity.at_least(Severity.HIGH) for finding in unsettled):
        return "CAUTION"
    return "NOTE" if is_whole(scan) and not unsettled else "WARNING"


def _counts(scan: Scan) -> str:
    kinds: Counter[tuple[Severity, str]] = Counter()
    for finding in scan.findings:
        kinds.update([(finding.severity, status(finding)), (finding.severity, change(finding) or "no baseline")])
    columns = ["open", "accepted", *(each.value for each in Change if any(kinds[s, each.value] for s in Severity))]
    head = row(["Severity", *(name.capitalize() for name in columns)])
    rule = row(["---", *("---:" for _ in columns)])
    rows = (row([severity.value, *(with_commas(kinds[severity, c]) for c in columns)]) for severity in Severity)
    return f"{head}{rule}{''.join(rows)}"


def _unseen(page: Page, scan: Scan) -> Iterator[str]:
    spots = scan.blind_spots
    if is_whole(scan):
        yield page.text("\n## Not seen\n\nNothing: every planned read was answered, and every check judged.\n")
        return
    yield page.text(f"\n## Not seen: {counted(len(spots), 'gap')}\n\n")
    if scan.estate.facts.interrupted:
        yield page.text("The scan was interrupted: whatever it had not read by then is missing here.\n\n")
    yield from (page.text(f"* {markdown(sentence)}\n\n") for sentence in left_out(scan))
    for error in scan.errors:
        yield page.text(f"* The check {code(error.check)} crashed and judged nothing: {markdown(error.message)}\n\n")
    if spots:
        head = ("Reason", "Permission or read", "Reads", "Where", "Checks kept from a verdict")
        alike = alike_gaps(spots)
        yield from page.table(head, map(_gap, alike), len(alike), _SHARES["unseen"], "gap kind")


def _gap(spots: Sequence[BlindSpot]) -> Row:
    gap = spots[0].gap
    where = {spot.gap.scope.lower() for spot in spots}
    more = f"<br>and {counted(len(where) - 1, 'other place')}" if len(where) > 1 else ""
    checks = sorted({check for spot in spots for check in spot.affects})
    named = " ".join(map(code, checks[:_CHECKS_NAMED]))
    return (
        gap.reason.value,
        code(gap.action or gap.operation),
        with_commas(sum(spot.gap.count for spot in spots)),
        f"{code(gap.scope)}{more}",
        f"{len(checks)}: {named}{' …' * (len(checks) > _CHECKS_NAMED)}",
    )


def _unknowns(page: Page, scan: Scan) -> Iterator[str]:
    doubtful = unjudged(scan)
    if not doubtful:
        return
    known = {check.id for check in scan.checks} | doubtful.keys()
    told = f"Checks without a whole verdict: {len(doubtful)} of {len(known)}"
    yield page.text(f"\n<details>\n<summary>{told}</summary>\n\n")
    rows = ((code(check), markdown(why)) for check, why in sorted(doubtful.items()))
    yield from page.table(("Check", "Why"), rows, len(doubtful), _SHARES["unknowns"], "check")
    yield page.text("\n</details>\n")


def _causes(page: Page, scan: Scan) -> Iterator[str]:
    found = [cause for cause in scan.causes if cause.explains]
    if not found:
        return
    by_print = {finding.fingerprint: finding for finding in scan.findings}
    yield page.text(f"\n## Causes that explain other findings: {with_commas(len(found))}\n\n")
    head = ("Worst", "Cause", "Explains", "Hurts", "Fingerprint")
    rows = (_cause(cause, by_print) for cause in found)
    yield from page.table(head, rows, len(found), _SHARES["causes"], "cause")


def _cause(cause: Cause, by_print: Mapping[str, Finding]) -> Row:
    hurts = ", ".join(
        f"{code(hurt.group.name)}: {counted(hurt.runbooks_in_all, 'runbook')}, {counted(hurt.starts_in_all, 'start')}"
        for hurt in cause.hurts[:5]
    )
    finding = by_print[cause.finding]
    told = f"{code(finding.check)}<br>{markdown(finding.message)}"
    return f"**{cause.worst}**", told, counted(len(cause.explains), "finding"), hurts or "—", code(cause.finding)


def _changes(page: Page, scan: Scan, beside: Mapping[str, str]) -> Iterator[str]:
    """What is new in full, then whatever else changed since the baseline; nothing without one."""
    if scan.comparison is not None:
        told = f"{markdown(heading(scan.comparison))}.\n\n**{counts(scan.comparison)}.**"
        notes = "".join(f"\n> {markdown(note)}\n" for note in scan.comparison.notes)
        yield page.text(f"\n## Beside the baseline\n\n{told}\n{notes}")
    if any(finding.change for finding in scan.findings):
        new = [finding for finding in scan.findings if finding.change is Change.NEW]
        title = f"New beside the baseline: {with_commas(len(new))}"
        yield from _findings(page, title, new, _SHARES["new"], beside)
    if scan.comparison is not None:
        for section in sections(scan.comparison):
            if section.id != "new":
                yield from _changed(page, section)


def _changed(page: Page, section: Section) -> Iterator[str]:
    rows = section.rows
    yield page.text(f"\n### {section.title}: {with_commas(len(rows))}\n\n{section.explanation}\n\n")
    noun = "finding" if rows[0].fingerprint else "resource"
    head: Row = (noun.capitalize(), "Where", "What to know", *(["Fingerprint"] if rows[0].fingerprint else []))
    yield from page.table(head, map(_change, rows), len(rows), _SHARES["changes"], noun)


def _change(row: Changed) -> Row:
    what = f"{code(row.title)}<br>{markdown(row.text)}" if row.text else code(row.title)
    remarks = "<br>".join(map(markdown, row.remarks))
    known = (code(row.fingerprint),) if row.fingerprint else ()
    return f"**{row.label}** {what}", code(row.place), remarks or "—", *known


def _controls(page: Page, view: FrameworkView, share: int) -> Iterator[str]:
    yield page.text(f"\n## Controls of {markdown(view.name)}\n\n> {DISCLAIMER}\n\n")
    for origin in MappingOrigin:
        told = "; ".join(f"{count} {status.label}" for status, count in view.counts(origin).items() if count)
        yield page.text(f"* By {origin.label}: {told or 'nothing'}\n")
    yield page.text("".join(f"* {markdown(remark)}\n" for remark in (view.source, *view.remarks)) + "\n")
    head = ("Control", "Status", "Mapped by", "Checks", "Not assessed")
    yield from page.table(head, map(_control, view.rows), len(view.rows), share, "control")


def _control(row: ControlRow) -> Row:
    return (
        code(row.id),
        f"**{row.label}**",
        ", ".join(origin.label for origin in row.origins),
        "<br>".join(map(_behind, row.checks)) or "—",
        "<br>".join(map(markdown, row.reasons)) or "—",
    )


def _behind(check: ControlCheck) -> str:
    numbers = ((check.findings_in_all, "open"), (check.accepted_in_all, "accepted"))
    found = ", ".join(f"{with_commas(count)} {kind}" for count, kind in numbers if count)
    told = f"{code(check.check)} {check.status.label}{f' ({found})' if found else ''}"
    return f"{told}<br>{check.lowering}" if check.lowering else told


def _settings(page: Page, scan: Scan) -> Iterator[str]:
    """What the settings file changed; nothing without one."""
    settings = scan.settings
    if settings.file is None:
        return
    rows = [(markdown(name), markdown(told)) for name, told in differing(settings)]
    yield page.text(f"\n## Settings\n\nFrom {code(settings.file)}{'' if rows else ': all defaults'}.\n\n")
    if rows:
        yield from page.table(("Setting", "Value"), rows, len(rows), _SHARES["settings"], "setting")


def _findings(
    page: Page, title: str, findings: Iterable[Finding], share: int, beside: Mapping[str, str]
) -> Iterator[str]:
    listed = list(findings)
    yield page.text(f"\n## {title}\n\n")
    if not listed:
        yield page.text("None.\n")
        return
    head = ("Severity", "Status", "Finding", "What to do", "Explained by", "Fingerprint")
    rows = (_finding(finding, beside.get(finding.fingerprint, "")) for finding in listed)
    yield from page.table(head, rows, len(listed), share, "finding")


def _finding(finding: Finding, beside: str) -> Row:
    standing = ", ".join(filter(None, (status(finding), change(finding))))
    declared = f"<br>by its check: {finding.declared}" if finding.declared else ""
    return (
        f"**{finding.severity}**{declared}",
        "<br>".join(filter(None, (standing, markdown(accepted_because(finding)), markdown(beside)))),
        f"{code(finding.check)}<br>{markdown(finding.message)}",
        "<br>".join(map(step_line, finding.remediation)),
        code(finding.root_cause or "") or "—",
        code(finding.fingerprint),
    )


def _foot(scan: Scan) -> str:
    facts = scan.estate.facts
    notes = "".join(f"* {markdown(note)}\n" for note in scan.notes[:20])
    return (
        f"\n## The scan\n\n{notes}* hwaudit {__version__}, {plain_time(facts.started_at)} to "
        f"{plain_time(facts.finished_at)}, {code(facts.cloud)}\n"
    )
