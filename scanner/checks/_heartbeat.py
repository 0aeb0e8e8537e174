"""What the checks of the Log Analytics agent have in common: its workers, what was heard of it, what may hide that."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta

from scanner.checks._machine import MACHINE_TYPES, pings, running, unread_machine, unread_state
from scanner.findings import Step, Threshold, Unseen
from scanner.graph import EstateGraph, Presence
from scanner.inventory import (
    ArmId,
    Gap,
    GroupType,
    Heartbeat,
    HybridWorker,
    IngestionStop,
    Machine,
    OsType,
    Reading,
    SeenState,
    WorkerType,
    Workspace,
)

WORKSPACE_READINGS = (Reading.WORKSPACES, Reading.LINKED_WORKSPACE, Reading.WORKSPACE)
"""The reads that show workspaces: all of a subscription, and the one that an account is linked to."""
STATE_READINGS = (
    Reading.VIRTUAL_MACHINES,
    Reading.VM_STATUSES,
    Reading.VIRTUAL_MACHINE,
    Reading.ARC_MACHINES,
    Reading.ARC_MACHINE,
)
"""The reads that show whether a machine runs."""
STOPPED = frozenset({"overquota", "forceoff", "subscriptionsuspended"})
"""The values of dataIngestionStatus, lower-cased, of a workspace that takes nothing in (REST API 2023-09-01)."""
TAKING_IN = frozenset({"respectquota", "forceon", "approachingquota"})
"""The values of a workspace that takes data in."""

BEATS_WITHIN = Threshold(
    key="agent-heartbeat",
    meaning="an agent that sent no heartbeat for this long does not report; it sends about one a minute",
    default=timedelta(hours=24),
    least=timedelta(hours=1),
    most=timedelta(days=7),
)

_ENUMERATED = (Reading.SUBSCRIPTIONS, Reading.MANAGEMENT_GROUP)


# -- workers ----------------------------------------------------------------------------------------------------


def agent_workers(graph: EstateGraph) -> Iterator[HybridWorker | Unseen]:
    """Every worker of the Log Analytics agent: V1 workers, and all of System groups.

    A V2 worker is never one, whatever its group: Update Management registers its System workers through the agent.
    """
    for account in graph.accounts():
        for group in graph.groups(account.id):
            for worker in graph.workers(group.id):
                if group.group_type is GroupType.SYSTEM or worker.worker_type is WorkerType.V1:
                    yield worker
                elif worker.worker_type is None:
                    yield Unseen(worker.id, "workerType")


def unread_system_workers(graph: EstateGraph, account: ArmId) -> Gap | str | None:
    """What may hide System workers of the account, which prove the v1 form of Change Tracking; None for nothing."""
    if not graph.listed(Reading.GROUPS, account):
        return graph.gap(Reading.GROUPS, account) or "hybridRunbookWorkerGroups"
    for group in graph.groups(account):
        if group.group_type is not GroupType.USER and not graph.listed(Reading.WORKERS, group.id):
            return graph.gap(Reading.WORKERS, group.id) or "hybridRunbookWorkers"
    return None


def sign_of_running(graph: EstateGraph, worker: HybridWorker) -> str | Unseen | None:
    """What shows that the worker's machine runs, in words; None when nothing does."""
    if pings(graph, worker):
        return "it pings"
    unreadable = Unseen(worker.id, "lastSeenDateTime") if worker.seen is SeenState.UNREADABLE else None
    id_ = worker.machine
    if id_ is None:  # as Azure shows most agent-based workers: whether the machine runs cannot be seen
        return unreadable or Unseen(worker.id, "vmResourceId")
    if graph.presence(id_) is Presence.MISSING:
        return unreadable
    machine = graph.machine(id_)
    if machine is None:
        return Unseen(worker.id, unread_machine(graph, id_) if id_.type in MACHINE_TYPES else "vmResourceId")
    return _state(graph, worker, machine) or unreadable


def _state(graph: EstateGraph, worker: HybridWorker, machine: Machine) -> str | Unseen | None:
    runs = running(machine)
    if runs is None:
        return Unseen(worker.id, unread_state(graph, machine))
    if not runs:
        return None
    return f"its Arc status is {machine.arc_status}" if machine.is_arc else "its power state is running"


def os_of(graph: EstateGraph, worker: HybridWorker, beats: Iterable[Heartbeat] = ()) -> OsType | None:
    """The operating system that the machine tells, else its newest heartbeat that does."""
    machine = graph.machine(worker.machine) if worker.machine else None
    if machine is not None and machine.os is not None:
        return machine.os
    told = (os_told(beat) for beat in beats)
    return next((os for os in told if os is not None), None)


def os_told(beat: Heartbeat) -> OsType | None:
    """The operating system that a heartbeat tells."""
    return next((os for os in OsType if os.lower() == (beat.os_type or "").strip().lower()), None)


# -- heartbeats -------------------------------------------------------------------------------------------------


def fresh(graph: EstateGraph, worker: HybridWorker, beats: Iterable[Heartbeat]) -> tuple[Heartbeat, ...]:
    """Those of the heartbeats by which an agent reports at the moment at which the worker is judged."""
    moment, within = graph.moment(worker), graph.limit(BEATS_WITHIN)
    return tuple(beat for beat in beats if moment - beat.last_at < within)


class Hearing:
    """Which workspaces were asked for a table, and what may hide a row; built once for all workers of a check."""

    def __init__(self, graph: EstateGraph, reading: Reading = Reading.HEARTBEATS) -> None:
        self._graph = graph
        self._reading = reading
        self._table = reading.operation.split("/")[-2]
        self._homes: dict[ArmId, Gap | str | None] = {}
        self.workspaces = tuple(workspace.id for workspace in graph.workspaces())
        self._everywhere = self._hidden_everywhere()

    def hidden(self, worker: HybridWorker) -> Gap | str | None:
        """What may hide rows of this worker: a visible workspace, or its account's own linked one; None for nothing."""
        account = worker.group.parent
        if account not in self._homes:
            self._homes[account] = self._everywhere or self._hidden_at_home(account)
        return self._homes[account]

    def _hidden_everywhere(self) -> Gap | str | None:
        """A list of workspaces that was not read in full, or a visible workspace that was not asked in full."""
        listings = (*_ENUMERATED, Reading.WORKSPACES)
        unlisted = next((gap for gap in self._graph.ledger.gaps if gap.reading in listings), None)
        if unlisted is not None or not self.workspaces:
            return unlisted or self._table
        unasked = (each for each in self.workspaces if not self._graph.listed(self._reading, each))
        return next((self._graph.gap(self._reading, each) or self._table for each in unasked), None)

    def _hidden_at_home(self, account: ArmId) -> Gap | str | None:
        """What keeps the account's linked workspace from being visible."""
        graph, link = self._graph, self._graph.link(account)
        if link is None and not graph.listed(Reading.LINKED_WORKSPACE, account):
            return graph.gap(Reading.LINKED_WORKSPACE, account) or "linkedWorkspace.id"
        home = link.workspace if link else None
        if home is None or graph.presence(home) is not Presence.UNSEEN:
            return None
        return graph.gap(Reading.WORKSPACE, home) or graph.gap(self._reading, home) or "linkedWorkspace.id"


class Ingestion:
    """Which workspaces take data in; built once for all workers of a check."""

    def __init__(self, graph: EstateGraph) -> None:
        self._graph = graph
        self._stops: dict[str, IngestionStop] = {stop.workspace.key: stop for stop in graph.estate.ingestion_stops}
        self._troubled = {each.id: each for each in graph.workspaces() if not self._is_quiet(each)}

    def doubt(self, worker: HybridWorker, heard: Iterable[Heartbeat]) -> Gap | str | None:
        """Why a fresh heartbeat may not have been taken in; None for no reason.

        Only the workspaces that `heard` the worker within the look-back can be in doubt; where none did, any can.
        """
        homes = sorted({beat.workspace for beat in heard}) or self._troubled
        troubled = (self._troubled[home] for home in homes if home in self._troubled)
        return next((doubt for each in troubled if (doubt := self.doubt_of(each, worker))), None)

    def doubt_of(self, workspace: Workspace, worker: HybridWorker) -> Gap | str | None:
        """Why one workspace may not have taken in a fresh heartbeat; None for no reason."""
        if (workspace.ingestion_status or "").lower() not in TAKING_IN:
            return "dataIngestionStatus"
        stop = self._stops.get(workspace.id.key)
        within = self._graph.limit(BEATS_WITHIN)
        recent = stop is not None and self._graph.moment(worker) - stop.last_at < within
        if stop is not None and recent and stop.stopped is not False:
            return "dataIngestionStatus" if stop.stopped else "OperationStatus"
        if self._graph.listed(Reading.OPERATIONS, workspace.id):
            return None
        return self._graph.gap(Reading.OPERATIONS, workspace.id) or "Operation"

    def stop(self, workspace: ArmId) -> IngestionStop | None:
        """What the workspace's newest row on data collection tells."""
        return self._stops.get(workspace.key)

    def _is_quiet(self, workspace: Workspace) -> bool:
        """Whether no worker's moment can give a doubt."""
        taking_in = (workspace.ingestion_status or "").lower() in TAKING_IN
        told = workspace.id.key not in self._stops and self._graph.listed(Reading.OPERATIONS, workspace.id)
        return taking_in and told


# -- remedies ---------------------------------------------------------------------------------------------------


def migration(worker_name: str, *, system: bool) -> Step:
    """The step away from the retired agent."""
    if system:
        return Step(
            "The Log Analytics agent was retired on 2024-08-31, and Update Management with it: "
            f"let Azure Update Manager update {worker_name}, then remove the agent."
        )
    return Step(
        "The Log Analytics agent was retired on 2024-08-31: "
        f"install the hybrid worker extension on {worker_name}, add it as a V2 worker, then remove the agent."
    )


def is_system(graph: EstateGraph, worker: HybridWorker) -> bool:
    """Whether the worker's group is of type System."""
    return graph.group_of(worker).group_type is GroupType.SYSTEM
