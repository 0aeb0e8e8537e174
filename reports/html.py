"""The HTML report: one file that loads nothing, and works without its script.

`to_html` builds the view (what to say, in which order), and the templates beside it say how it looks. Every name of the
tenant passes `visible` and the autoescape on its way into the page.
"""

from __future__ import annotations

import base64
import hashlib
import heapq
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from functools import cache
from importlib.resources import files

import msgspec
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

import region_map
from reports import documentation, packing, topology
from reports.advice import ADVICE
from reports.anchors import account_anchor
from reports.cause_view import CausesView, causes_view
from reports.changes_view import ChangesView, changes_view
from reports.drawing import svg
from reports.explorer import Explorer
from reports.heat_map import SUPPORT, HeatMap, heat_map
from reports.hurts import hurts
from reports.left_out import idle, left_out
from reports.print_sheet import print_sheet
from reports.regions import RegionTable, region_table
from reports.tenants import TenantStanding, tenant_title, tenants_of
from reports.timeline import Timeline, timeline
from reports.values import counted, fact, label, moment, printed, with_commas
from reports.verdict import verdict
from scanner import __version__
from scanner.findings import (
    DISCLAIMER,
    AppliedSettings,
    BlindSpot,
    CheckInfo,
    Finding,
    Outcome,
    Scan,
    Scenario,
    Severity,
    Unknown,
    in_full,
)
from scanner.graph import EstateGraph
from scanner.inventory import Estate, Gap, GapReason, GroupType, WorkerType
from scanner.roles import ASSIGNEE, MissingRole, missing_roles

MOST_GAPS = 1000
"""Gaps that the page lists; the JSON report has all."""

MOST_UNKNOWNS = 100
"""Subjects without a verdict that the page lists for a check; the pages of their accounts have all in them."""
MOST_DRAWN = 6
"""Accounts that are drawn for a reader without the script; with it, every account has its page."""

STYLES = ("report.css", "explorer.css")
"""The parts of the page's style, in order."""

SCRIPTS = tuple(
    f"script/{name}.js"
    for name in (
        "elements",
        "copy",
        "packed",
        "findings",
        "search",
        "filter",
        "rows",
        "detail",
        "picture",
        "accounts",
        "place",
        "start",
    )
)
"""The parts of the page's script, in order; together they are one module."""

MOST_ACCEPTED = 200
"""Entries of accepted risk that the page lists."""

_PIECES_AT_ONCE = 2000
"""Pieces of a template that make a chunk, some ten kB."""

OUTCOMES: Mapping[Outcome, tuple[str, str]] = {
    Outcome.DETECTED: ("Detected", "Findings of this scan are signs of it."),
    Outcome.NO_SIGN: ("No sign", "Nothing cloud-visible, which excludes nothing: only a worker can tell."),
    Outcome.NOT_SEEN: ("Not seen", "Could not look everywhere. No full verdict of:"),
}
"""Each outcome of a scenario, and what it says and does not say."""


class GapGroup(msgspec.Struct, frozen=True):
    """How many reads of one operation are Gaps for one reason; `operation` is the missing action of denied ones."""

    operation: str
    count: int


class Drawn(msgspec.Struct, frozen=True):
    """An account that the page draws without its script, with its picture as SVG."""

    picture: topology.Picture
    svg: Markup


class UnknownGroup(msgspec.Struct, frozen=True):
    """The first subjects on which one check has no verdict, each with its Gap or the name of the field left out."""

    check: CheckInfo
    count: int
    rows: tuple[tuple[Unknown, Gap | None], ...]


class ScenarioView(msgspec.Struct, frozen=True):
    """A scenario, its findings, and the checks that could not judge, each with the id of the part that tells why."""

    scenario: Scenario
    findings: tuple[Finding, ...]
    unseen: tuple[tuple[str, str | None], ...]


class CheckRow(msgspec.Struct, frozen=True):
    """A check that ran, how often it fired, and on how many subjects it has no verdict."""

    info: CheckInfo
    findings: int
    unknowns: int
    crashed: bool
    idle: bool
    is_of_shard: bool

    @property
    def result(self) -> str:
        """The result in words; only a check without any Unknown can say that nothing was found."""
        if self.crashed:
            return "Crashed"
        if self.idle and not self.findings:
            return "Nothing to judge"
        parts = [counted(self.findings, "finding")] if self.findings else []
        if self.unknowns:
            parts.append(f"{self.unknowns} unknown")
        return ", ".join(parts) or ("Nothing found in this shard" if self.is_of_shard else "Nothing found")


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that the templates need, in the order of the page."""

    scan: Scan
    verdict: str
    left_out: tuple[str, ...]
    unanswered: int
    severities: tuple[tuple[Severity, int], ...]
    blind_spots: tuple[BlindSpot, ...]
    gap_groups: tuple[tuple[GapReason, tuple[GapGroup, ...]], ...]
    linked_gaps: frozenset[str]
    resources: tuple[tuple[str, int, str], ...]
    found: Mapping[str, Finding]
    causes: CausesView
    timeline: Timeline
    changes: ChangesView | None
    heat_map: HeatMap
    roles: tuple[MissingRole, ...]
    unknowns: tuple[UnknownGroup, ...]
    scenarios: tuple[ScenarioView, ...]
    drawn: tuple[Drawn, ...]
    data_type: str = packing.TYPE
    regions: RegionTable
    checks: tuple[CheckRow, ...]
    documentation: Mapping[str, tuple[documentation.Block, ...]]
    version: str = __version__
    region_map_version: str = region_map.VERSION

    @property
    def today(self) -> date:
        """The day of the judgement (UTC)."""
        return self.scan.estate.facts.moment.date()

    @property
    def tenants(self) -> list[TenantStanding]:
        """The tenants of a scan of several."""
        return list(tenants_of(self.scan.estate))

    @property
    def tenant(self) -> str | None:
        """The tenant, or how many there are; None where nothing told it."""
        return tenant_title(self.scan.estate)

    @property
    def has_settings(self) -> bool:
        """Whether anything is not at its default."""
        return self.scan.settings != AppliedSettings()


def to_html(scan: Scan) -> str:
    """Render a scan as one HTML page; the same scan gives the same page, byte for byte."""
    return "".join(html_chunks(scan))


def html_chunks(scan: Scan) -> Iterator[str]:
    """The text of `to_html`, piece by piece: a big estate's page is never in memory as a whole."""
    style, script = _sources(*STYLES) + print_sheet(scan.estate.facts), _sources(*SCRIPTS)
    policy = (
        f"default-src 'none'; style-src '{_digest(style)}'; script-src '{_digest(script)}'; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )
    # Style and script are this package's own files: escaping them would break them and their digests.
    style, script = Markup(style), Markup(script)  # noqa: S704
    template = _environment().get_template("report.html.j2")
    graph = EstateGraph.of(scan.estate)
    stream = template.stream(page=_page(scan, graph), policy=policy, style=style, script=script)
    stream.enable_buffering(_PIECES_AT_ONCE)
    yield from stream
    yield from Explorer(scan, graph).blocks()
    yield "</body>\n</html>\n"


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _sources(*names: str) -> str:
    templates = files("reports").joinpath("templates")
    return "".join(templates.joinpath(name).read_text(encoding="utf-8") for name in names)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("reports", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        finalize=printed,
    )
    environment.filters |= {"counted": counted, "fact": fact, "grouped": with_commas, "label": label, "time": moment}
    environment.filters |= {"hurts": hurts, "span": in_full, "account_anchor": account_anchor}
    environment.globals |= {
        "advice": ADVICE,
        "most_accepted": MOST_ACCEPTED,
        "assignee": ASSIGNEE,
        "disclaimer": DISCLAIMER,
        "outcomes": OUTCOMES,
        "support": SUPPORT,
    }
    return environment


# -- the view -------------------------------------------------------------------------------------------------


def _page(scan: Scan, graph: EstateGraph) -> Page:
    ledger = scan.estate.ledger
    shown = scan.blind_spots[:MOST_GAPS]
    found = {finding.fingerprint: finding for finding in scan.findings}
    return Page(
        scan=scan,
        verdict=verdict(scan),
        left_out=tuple(left_out(scan)),
        unanswered=ledger.planned - ledger.answered,
        severities=tuple((severity, scan.count(severity)) for severity in Severity),
        blind_spots=shown,
        gap_groups=_gap_groups(scan.blind_spots),
        linked_gaps=frozenset(spot.gap.id for spot in shown),
        resources=_resources(scan),
        found=found,
        causes=causes_view(scan, graph),
        timeline=timeline(scan, graph),
        changes=changes_view(scan.comparison),
        heat_map=heat_map(scan, graph),
        roles=missing_roles(scan.blind_spots),
        unknowns=_unknown_groups(scan),
        scenarios=_scenario_views(scan, found),
        drawn=_drawn(scan, graph),
        regions=region_table(graph),
        checks=_check_rows(scan),
        documentation={check.id: documentation.blocks(check.documentation) for check in scan.checks},
    )


def _gap_groups(spots: Iterable[BlindSpot]) -> tuple[tuple[GapReason, tuple[GapGroup, ...]], ...]:
    """The operations of each reason, the most frequent first."""
    counts: dict[GapReason, Counter[str]] = {}
    for spot in spots:
        counts.setdefault(spot.gap.reason, Counter())[spot.gap.action or spot.gap.operation] += spot.gap.count
    return tuple((reason, _most_frequent(counts[reason])) for reason in GapReason if reason in counts)


def _most_frequent(counts: Counter[str]) -> tuple[GapGroup, ...]:
    return tuple(GapGroup(*item) for item in sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def _resources(scan: Scan) -> tuple[tuple[str, int, str], ...]:
    """Name, number, and what the number is made of."""
    estate = scan.estate
    kinds = Counter(group.group_type for group in estate.groups)
    platforms = Counter(worker.worker_type for worker in estate.workers)
    arc = sum(1 for machine in estate.machines if machine.is_arc)
    linked = sum(1 for link in estate.links if link.workspace is not None)
    return (
        ("Subscriptions", len(estate.subscriptions), ""),
        ("Automation accounts", len(estate.accounts), f"{linked} with a linked workspace"),
        ("Log Analytics workspaces", len(estate.workspaces), ""),
        ("Hybrid worker groups", len(estate.groups), f"{kinds[GroupType.USER]} User, {kinds[GroupType.SYSTEM]} System"),
        ("Hybrid workers", len(estate.workers), f"{platforms[WorkerType.V2]} V2, {platforms[WorkerType.V1]} V1"),
        ("Machines", len(estate.machines), f"{len(estate.machines) - arc} Azure VMs, {arc} Arc-enabled servers"),
        ("Runbooks", len(estate.runbooks), ""),
        ("Schedules and webhooks", *_starts(estate)),
        ("Connections that can hold a certificate", len(estate.connections), ""),
        ("Certificates", len(estate.certificates), ""),
    )


def _starts(estate: Estate) -> tuple[int, str]:
    schedules, webhooks = len(estate.schedules), len(estate.webhooks)
    return schedules + webhooks, f"{counted(schedules, 'schedule')}, {counted(webhooks, 'webhook')}"


def _drawn(scan: Scan, graph: EstateGraph) -> tuple[Drawn, ...]:
    painter = topology.Painter(scan, graph)
    pictures = (painter.picture(account) for account in painter.worst(MOST_DRAWN))
    return tuple(Drawn(picture, svg(picture)) for picture in pictures)


def _unknown_groups(scan: Scan) -> tuple[UnknownGroup, ...]:
    checks = {check.id: check for check in scan.checks}
    gaps = {spot.gap.id: spot.gap for spot in scan.blind_spots}
    by_check: dict[str, list[Unknown]] = {}
    for unknown in scan.unknowns:
        by_check.setdefault(unknown.check, []).append(unknown)
    return tuple(
        UnknownGroup(
            checks[check],
            len(unknowns),
            tuple(
                (unknown, gaps.get(unknown.because))
                for unknown in heapq.nsmallest(MOST_UNKNOWNS, unknowns, key=lambda u: (u.subject.key, u.because))
            ),
        )
        for check, unknowns in sorted(by_check.items())
    )


def _scenario_views(scan: Scan, found: Mapping[str, Finding]) -> tuple[ScenarioView, ...]:
    places = {check.id: f"check-{check.id}" for check in scan.checks}
    places |= {unknown.check: f"unknowns-{unknown.check}" for unknown in scan.unknowns}
    return tuple(
        ScenarioView(
            scenario,
            tuple(found[print_] for print_ in scenario.findings),
            tuple((check, places.get(check)) for check in scenario.because),
        )
        for scenario in scan.scenarios
    )


def _check_rows(scan: Scan) -> tuple[CheckRow, ...]:
    found = Counter(finding.check for finding in scan.findings)
    unknown = Counter(unknown.check for unknown in scan.unknowns)
    crashed = {error.check for error in scan.errors}
    judged_nothing, is_of_shard = idle(scan), bool(scan.estate.facts.elsewhere)
    return tuple(
        CheckRow(
            check, found[check.id], unknown[check.id], check.id in crashed, check.id in judged_nothing, is_of_shard
        )
        for check in scan.checks
    )
