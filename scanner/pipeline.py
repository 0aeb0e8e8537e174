"""The whole story on one screen: Session -> Estate -> EstateGraph -> Findings -> Scan."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import msgspec

from scanner.causes import causes_of, with_root_causes
from scanner.checks import all_checks, judge
from scanner.comparison import Baseline, with_changes
from scanner.controls import framework_views
from scanner.findings import Scan
from scanner.graph import EstateGraph
from scanner.impact import with_impact
from scanner.inventory import Estate
from scanner.redaction import Redaction
from scanner.scenarios import scenarios
from scanner.settings import (
    NO_SETTINGS,
    RISK_CHECKS,
    Settings,
    applied_settings,
    with_accepted_risks,
    with_severities,
)

REDACTED = "redacted: names, ids and addresses are pseudonyms; `hwaudit unredact` maps them back with the key file"
"""The note about pseudonyms in the place of names."""


def scan_of(
    estate: Estate,
    *,
    settings: Settings = NO_SETTINGS,
    baseline: Baseline | None = None,
    frameworks: Iterable[str] = (),
) -> Scan:
    """Judge an estate; pure: the same estate and settings give the same scan, with or without a network.

    `frameworks` are names of the controls catalogue: the scan gets a view of each. With a `baseline` it also tells what
    changed since then.
    """
    graph = EstateGraph.of(estate).limited_by(settings.limits)
    included = {None, *estate.facts.included}
    checks = tuple(each for each in all_checks() if each.info.included_by in included and settings.runs(each.id))
    verdicts = judge(graph.beside(baseline.estate_beside(estate) if baseline else None), checks)
    findings = with_severities(verdicts.findings, settings.severities)
    findings = with_impact(graph, with_root_causes(graph, findings))
    infos = tuple(check.limited_by(settings.limits) for check in checks)
    risks = with_accepted_risks(graph, settings, findings, verdicts, infos)
    scan = Scan(
        estate=estate,
        notes=(
            *estate.facts.notes,
            *_of_redaction(estate),
            *_of_shards(estate),
            *_of_clocks(graph),
            *_of_checks(settings),
            *risks.notes,
        ),
        findings=risks.findings,
        unknowns=verdicts.unknowns,
        blind_spots=verdicts.blind_spots,
        errors=verdicts.errors,
        scenarios=scenarios(
            graph, infos, findings, verdicts.unknowns, verdicts.errors, blind_spots=verdicts.blind_spots
        ),
        checks=(*RISK_CHECKS, *infos) if settings.accepted else infos,
        causes=causes_of(graph, risks.findings),
        settings=applied_settings(settings, risks.standings),
    )
    views = framework_views(scan, frameworks, (check.info for check in all_checks()))
    return with_changes(msgspec.structs.replace(scan, frameworks=views), baseline)


def shown_scan(
    estate: Estate,
    redaction: Redaction | None,
    *,
    settings: Settings = NO_SETTINGS,
    baseline: Baseline | None = None,
    frameworks: Iterable[str] = (),
) -> Scan:
    """Judge an estate as it may be shown: under the pseudonyms of the redaction, if there is one.

    The estate comes before the settings, for their sentences speak of it. The redaction is to be saved before anything
    is written. Raises UsageError for an estate that another key redacted.
    """
    if redaction is not None:
        estate, settings = redaction.estate(estate), settings.under(redaction)
    return scan_of(estate, settings=settings, baseline=baseline, frameworks=frameworks)


def _of_redaction(estate: Estate) -> tuple[str, ...]:
    """A note about pseudonyms in the place of names."""
    if estate.facts.redaction is None:
        return ()
    return (REDACTED,)


def _of_shards(estate: Estate) -> tuple[str, ...]:
    """A note about subscriptions in scope that belong to other shards: nothing in them was seen."""
    left, shard = len(estate.facts.elsewhere), estate.facts.scope.shard
    if not left:
        return ()
    others = "1 subscription in scope belongs" if left == 1 else f"{left} subscriptions in scope belong"
    if shard is not None:
        return (f"this is shard {shard}: {others} to other shards; judge them together with `hwaudit merge`",)
    return (f"{others} to shards whose snapshots were not merged: nothing in them was seen",)


def _of_clocks(graph: EstateGraph) -> tuple[str, ...]:
    """A note about workers whose last ping is later than the moment at which they are judged."""
    later = sum(1 for w in graph.estate.workers if w.last_seen is not None and w.last_seen > graph.moment(w))
    if not later:
        return ()
    workers = "1 worker" if later == 1 else f"{later} workers"
    return (f"{workers} pinged later than the moment at which they are judged: their age counts as 0",)


def _of_checks(settings: Settings) -> tuple[str, ...]:
    """A note about checks that the settings switch off: what they would find is not judged."""
    off = sorted(check for check in settings.severities if not settings.runs(check))
    return (f"switched off in {settings.file}, and so not judged: {', '.join(off)}",) if off else ()


def judged_at(estate: Estate, as_of: datetime) -> Estate:
    """Return the estate as it is to be judged at another moment (aware UTC)."""
    return msgspec.structs.replace(estate, facts=msgspec.structs.replace(estate.facts, as_of=as_of))
