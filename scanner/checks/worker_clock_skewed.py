"""worker-clock-skewed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import ClassVar, TypedDict

from scanner.checks._check import check
from scanner.checks._worker import WorkerEvidence, in_words
from scanner.findings import Evidence, FoundOn, Severity, Step, Threshold, Unseen
from scanner.graph import EstateGraph, Join, host_label, same_host
from scanner.inventory import ArmId, Heartbeat, HybridWorker, Reading

FEWEST = 5
"""Heartbeats beyond 15 minutes that it takes to call a clock wrong."""
STEADY = Threshold(
    key="worker-clock-steady",
    meaning="all offsets of a clock that is wrong lie within this; what ingestion takes varies by minutes",
    default=timedelta(minutes=5),
    least=timedelta(minutes=1),
    most=timedelta(minutes=60),
)
_FIELD = "ingestion_time()"


class ClockFacts(TypedDict):
    """The fields that both kinds of evidence have."""

    computer: str
    workspace: ArmId
    beats: int | None
    early_beats: int
    least_seconds_ahead: float
    most_seconds_ahead: float
    last_heartbeat: datetime


class SkewedWorker(WorkerEvidence, frozen=True, kw_only=True):
    """A worker whose clock runs ahead, by the heartbeats of one agent in one workspace (UTC; offsets in seconds)."""

    computer: str
    workspace: ArmId
    beats: int | None
    early_beats: int
    least_seconds_ahead: float
    most_seconds_ahead: float
    last_heartbeat: datetime
    joined_by: str | None

    @property
    def severity(self) -> Severity:
        return Severity.MEDIUM

    def message(self) -> str:
        where = f"{self.worker_name} in {self.group_name}"
        return _message(where, self.least_seconds_ahead, self.early_beats, self.workspace)

    def remediation(self) -> tuple[Step, ...]:
        return _remedy(self.worker_name)


class SkewedMachine(Evidence, frozen=True, kw_only=True):
    """A machine without a registration whose clock runs ahead; `machine` is None outside Azure and Arc."""

    identity: ClassVar[tuple[str, ...]] = ("computer",)

    account: ArmId
    machine: ArmId | None
    computer: str
    workspace: ArmId
    beats: int | None
    early_beats: int
    least_seconds_ahead: float
    most_seconds_ahead: float
    last_heartbeat: datetime

    @property
    def subject(self) -> ArmId:
        return self.machine or self.workspace

    @property
    def concerns(self) -> ArmId:
        return self.account

    @property
    def severity(self) -> Severity:
        return Severity.MEDIUM

    def message(self) -> str:
        where = f"{self.computer}, of which no worker was seen,"
        return _message(where, self.least_seconds_ahead, self.early_beats, self.workspace)

    def remediation(self) -> tuple[Step, ...]:
        return (*_remedy(self.computer), Step(f"If {self.computer} should be a worker, register it again."))


def _message(where: str, seconds: float, beats: int, workspace: ArmId) -> str:
    ahead = in_words(timedelta(seconds=seconds))
    return f"The clock of {where} runs {ahead} ahead: {beats} heartbeats reached {workspace.name} before their own time"


def _remedy(name: str) -> tuple[Step, ...]:
    return (
        Step(f"See where {name} gets its time from: w32tm /query /status on Windows, timedatectl on Linux."),
        Step("Let it follow a time source: a clock that is more than 15 minutes off makes registration fail."),
    )


@check(
    reads=(Reading.HEARTBEATS, Reading.LINKED_WORKSPACE, Reading.WORKERS),
    severities=(Severity.MEDIUM,),
    found_on=FoundOn.MACHINE,
    tenant_wide=True,
    scenarios=("S5",),
    thresholds=(STEADY,),
)
def worker_clock_skewed(graph: EstateGraph) -> Iterator[SkewedWorker | SkewedMachine | Unseen]:
    """The clock of a worker, or of a machine that should be one, is more than 15 minutes ahead.

    ## What it finds
    Machines of which, within the look-back, at least 5 heartbeats of any agent have a time that is more than 15 minutes
    later than their arrival in the workspace, by a steady offset: all offsets lie within {worker-clock-steady}. Workers
    are looked for in every workspace that was asked; machines that are registered as no worker count in workspaces that
    are linked to an account.

    Heartbeats that are late by a steady offset may as well be a backlog, so they are unknown. So are early ones whose
    offset is not steady: the clock was wrong, and may have been put right since.

    ## Why it matters
    Registration is refused with error 403 when the clock is more than 15 minutes off, and tokens look expired or not
    yet valid.

    ## How to fix it
    Let the machine follow a time source, then register it again where it is no worker yet.

    ## Read more
    * [Troubleshoot Hybrid Runbook Worker issues](https://learn.microsoft.com/azure/automation/troubleshoot/hybrid-runbook-worker)
    * [Heartbeat, a table of Azure Monitor Logs](https://learn.microsoft.com/azure/azure-monitor/reference/tables/heartbeat)
    """
    odd = {beat.id: beat for beat in graph.estate.heartbeats if _is_wrong(graph, beat) is not False}
    workers = [w for a in graph.accounts() for g in graph.groups(a.id) for w in graph.workers(g.id)] if odd else []
    joined: set[ArmId] = set()
    for worker in workers:
        # Each agent by itself: one that names the machine otherwise must not make the other's join ambiguous.
        joins = [graph.heartbeats.of(worker, agent=agent) for agent in (True, False)]
        own = [(beat, join) for join in joins for beat in join.heartbeats if beat.id in odd]
        joined.update(beat.id for beat, _ in own)
        if own:
            yield _judge(graph, worker, own)
    yield from _unregistered(graph, [beat for id_, beat in odd.items() if id_ not in joined], workers)


def _is_wrong(graph: EstateGraph, beat: Heartbeat) -> bool | None:
    """Whether the clock behind these heartbeats runs ahead; None when they leave it open."""
    if beat.beats is not None and beat.beats < FEWEST:
        return False
    if beat.early is None or beat.late is None or beat.offsets is None:
        return None
    steady = beat.offsets[1] - beat.offsets[0] <= graph.limit(STEADY).total_seconds()
    if beat.early >= FEWEST:
        return True if steady else None
    return None if steady and beat.late >= FEWEST else False


def _judge(graph: EstateGraph, worker: HybridWorker, heard: Iterable[tuple[Heartbeat, Join]]) -> SkewedWorker | Unseen:
    sure = sorted(heard, key=lambda pair: (pair[1].ambiguous, -(pair[0].early or 0)))
    beat, join = next((pair for pair in sure if _is_wrong(graph, pair[0])), sure[0])
    if join.ambiguous:
        return Unseen(worker.id, "Computer")
    facts = _facts(graph, beat)
    if facts is None:
        return Unseen(worker.id, _FIELD)
    return SkewedWorker(**WorkerEvidence.facts_of(graph, worker), **facts, joined_by=join.key)


def _facts(graph: EstateGraph, beat: Heartbeat) -> ClockFacts | None:
    """The facts of a wrong clock; None when the heartbeats leave it open."""
    if not _is_wrong(graph, beat) or beat.offsets is None:
        return None
    workspace = graph.workspace(beat.workspace)
    return ClockFacts(
        computer=beat.computer,
        workspace=workspace.id if workspace else beat.workspace,
        beats=beat.beats,
        early_beats=beat.early or 0,
        least_seconds_ahead=beat.offsets[0],
        most_seconds_ahead=beat.offsets[1],
        last_heartbeat=beat.last_at,
    )


def _unregistered(
    graph: EstateGraph, beats: Iterable[Heartbeat], workers: Iterable[HybridWorker]
) -> Iterator[SkewedMachine | Unseen]:
    """Judge heartbeats that joined no worker, in linked workspaces; under a worker's name they may be its own."""
    by_host: dict[str, list[HybridWorker]] = {}
    for worker in workers:
        by_host.setdefault(host_label(worker.worker_name), []).append(worker)
    for beat in sorted(beats, key=lambda beat: (-(beat.early or 0), beat.id)):
        named = (w for w in by_host.get(host_label(beat.computer), ()) if same_host(w.worker_name, beat.computer))
        namesakes = [w for w in named if w.machine is None or beat.machine in (None, w.machine)]
        yield from (Unseen(worker.id, "Computer") for worker in namesakes)
        accounts = graph.accounts_linked_to(beat.workspace)
        if accounts and not namesakes:
            facts = _facts(graph, beat)
            if facts is None:
                yield Unseen(beat.machine or beat.workspace, _FIELD)
            else:
                yield SkewedMachine(account=accounts[0].id, machine=beat.machine, **facts)
