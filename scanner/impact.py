"""What a finding on a worker or a group hurts: the runbooks that run there, and what starts them."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

import msgspec

from scanner.findings import Finding, Impact, Start
from scanner.graph import EstateGraph, Trigger, TriggerKind
from scanner.inventory import ArmId, HybridWorker, WorkerGroup

MOST_NAMED = 20
"""Runbooks, and schedules and webhooks, that one finding names; beyond, they are only counted."""


def with_impact(graph: EstateGraph, findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return the findings, those on a worker or a group with what they hurt."""
    by_group: dict[str, Impact] = {}
    return tuple(_hurting(graph, finding, by_group) for finding in findings)


def _hurting(graph: EstateGraph, finding: Finding, by_group: dict[str, Impact]) -> Finding:
    group = _group_of(graph, finding)
    if group is None:
        return finding
    if group.key not in by_group:
        by_group[group.key] = impact_on(graph, group)
    return msgspec.structs.replace(finding, impact=by_group[group.key])


def _group_of(graph: EstateGraph, finding: Finding) -> ArmId | None:
    node = graph.node(finding.subject)
    resource = node.resource if node else None
    if isinstance(resource, HybridWorker):
        return resource.group
    return resource.id if isinstance(resource, WorkerGroup) else None


def impact_on(graph: EstateGraph, group: ArmId, only: Collection[str] | None = None) -> Impact:
    """What stops when the group runs nothing, or `only` these runbooks not (lower-cased names); the next run first."""
    targeting = graph.targets.of(group)
    triggers = [t for t in targeting.triggers if only is None or t.runbook is None or t.runbook.lower() in only]
    active = [trigger for trigger in triggers if trigger.active and (only is None or trigger.runbook is not None)]
    starts = [
        Start(kind=trigger.kind.value, name=trigger.name, runbook=trigger.runbook, next_run=trigger.at)
        for trigger in active
        if trigger.kind is not TriggerKind.JOB
    ]
    runbooks = [name for name in _runbooks(graph, group, active) if only is None or name.lower() in only]
    return Impact(
        group=group,
        runbooks=tuple(runbooks[:MOST_NAMED]),
        runbooks_in_all=len(runbooks),
        starts=tuple(sorted(starts, key=_order)[:MOST_NAMED]),
        starts_in_all=len(starts),
        recent_jobs=sum(1 for trigger in active if trigger.kind is TriggerKind.JOB),
        complete=targeting.complete and all(trigger.active is not None for trigger in triggers),
    )


def _runbooks(graph: EstateGraph, group: ArmId, active: Iterable[Trigger]) -> tuple[str, ...]:
    """The runbooks that are started on the group, and those that they call, each once whatever its case."""
    names = {trigger.runbook.lower(): trigger.runbook for trigger in active if trigger.runbook is not None}
    names |= {runbook.name.lower(): runbook.name for runbook in graph.targets.runbooks_on(group)}
    return tuple(sorted(names.values(), key=str.lower))


def _order(start: Start) -> tuple[bool, datetime | None, str, str]:
    return (start.next_run is None, start.next_run, start.kind, start.name.lower())
