"""agent-event-signature."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import ClassVar

from scanner.checks._check import check
from scanner.checks._heartbeat import Hearing, agent_workers, is_system, migration, os_of
from scanner.checks._worker import WorkerEvidence
from scanner.findings import FoundOn, Severity, Step, Unseen
from scanner.graph import EstateGraph, host_label, same_host
from scanner.inventory import AgentEvent, ArmId, EventSignature, HybridWorker, OsType, Reading, WorkerType

_LOG = "operations manager"
_SCENARIOS = {EventSignature.SIGNALR_TIMEOUT: ("S2",), EventSignature.TLS_INTERCEPTION: ("S10",)}
_MEANINGS = {
    EventSignature.SIGNALR_TIMEOUT: "event 15011: the worker cannot keep its connection to the jobruntimedata service",
    EventSignature.TLS_INTERCEPTION: "event 4502 of the hybrid agent: its encrypted connection is broken on the way",
}


class AgentEventSeen(WorkerEvidence, frozen=True, kw_only=True):
    """An event with a known signature on a worker's machine; `last_at` (UTC) is the newest one in the look-back."""

    identity: ClassVar[tuple[str, ...]] = ("signature",)

    signature: EventSignature
    log: str | None
    workspace: ArmId
    joined_by: str
    last_at: datetime
    agent: bool
    system: bool

    @property
    def severity(self) -> Severity:
        return Severity.HIGH

    @property
    def scenarios(self) -> tuple[str, ...]:
        return _SCENARIOS[self.signature]

    def message(self) -> str:
        return (
            f"{self.worker_name} in {self.group_name} logged {_MEANINGS[self.signature]}, "
            f"last at {self.last_at:%Y-%m-%d %H:%M} UTC, by its events in {self.workspace.name}"
        )

    def remediation(self) -> tuple[Step, ...]:
        causes = {
            EventSignature.SIGNALR_TIMEOUT: (
                Step(
                    "See whether the account's linked workspace is in another subscription, or its name is taken "
                    "there: deployments by Update Management then fail with this event."
                ),
                self._network(),
            ),
            EventSignature.TLS_INTERCEPTION: (
                self._network(),
                Step("Let no proxy re-sign this traffic: exempt *.azure-automation.net from TLS inspection."),
            ),
        }
        last = (migration(self.worker_name, system=self.system),) if self.agent else ()
        return (*causes[self.signature], *last)

    def _network(self) -> Step:
        return Step(f"See that {self.worker_name} reaches *.azure-automation.net on port 443, past every firewall.")


@check(
    reads=(Reading.WORKERS, Reading.EVENTS),
    refines=(Reading.LINKED_WORKSPACE, Reading.WORKSPACE, Reading.HEARTBEATS),
    severities=(Severity.HIGH,),
    found_on=FoundOn.WORKER,
    tenant_wide=True,
    scenarios=("S2", "S10"),
)
def agent_event_signature(graph: EstateGraph) -> Iterator[AgentEventSeen | Unseen]:
    """A worker's machine logged an event that tells why its agent cannot work.

    ## What it finds
    Workers of any type whose machine logged, within the look-back of 31 days,
    * event 15011 about the jobruntimedata service or SignalR, in any log that the workspace collects,
    * or event 4502 of AzureAutomation.HybridAgent in the log "Operations Manager".

    An event is joined by the machine's id, then by its host name; where the name fits several machines, it is unknown.
    So is a V1 or System worker of which no workspace holds any row of the log "Operations Manager": workspaces collect
    that log only where they are told to. Linux has no such log, so machines known to run it are not asked for it.

    ## Why it matters
    Event 15011 comes with failed deployments, such as when the linked workspace is in another subscription. Event 4502
    shows that a proxy or firewall re-signs or cuts the agent's encrypted connection.

    ## How to fix it
    Let the machine reach *.azure-automation.net on port 443, and exempt that traffic from TLS inspection. For 15011,
    also check the account's link to its workspace.

    ## Read more
    * [Troubleshoot Hybrid Runbook Worker issues](https://learn.microsoft.com/azure/automation/troubleshoot/hybrid-runbook-worker)
    """
    events = _Events(graph)
    yield from events.findings()
    hearing = Hearing(graph, Reading.EVENTS)
    for worker in agent_workers(graph):
        if isinstance(worker, Unseen):
            yield worker
        elif not events.has_log(worker) and not _runs_linux(graph, worker):
            yield Unseen(worker.id, hearing.hidden(worker) or "Event")


def _runs_linux(graph: EstateGraph, worker: HybridWorker) -> bool:
    return os_of(graph, worker, graph.heartbeats.of(worker).heartbeats) is OsType.LINUX


class _Events:
    """All events, joined with all workers once."""

    def __init__(self, graph: EstateGraph) -> None:
        self._graph = graph
        self._by_host: dict[str, list[HybridWorker]] = {}
        for worker in (w for a in graph.accounts() for g in graph.groups(a.id) for w in graph.workers(g.id)):
            self._by_host.setdefault(host_label(worker.worker_name), []).append(worker)
        self._machines: dict[str, set[str]] = {}
        for machine in graph.estate.machines:
            self._machines.setdefault(host_label(machine.computer_name or machine.name), set()).add(machine.id.key)
        self._named: dict[tuple[str, bool], tuple[list[HybridWorker], set[str], set[str]]] = {}
        of_log = [event for event in graph.estate.agent_events if (event.log or "").strip().lower() == _LOG]
        self._logged = {worker.id for event in of_log for worker, _ in self._join(event)[0]}

    def has_log(self, worker: HybridWorker) -> bool:
        """Whether any row of the log Operations Manager is the worker's for certain."""
        return worker.id in self._logged

    def findings(self) -> Iterator[AgentEventSeen | Unseen]:
        """One finding for each worker and signature, from the newest event."""
        newest: dict[tuple[ArmId, EventSignature], tuple[HybridWorker, AgentEvent, str]] = {}
        in_doubt: dict[tuple[str, bool], list[HybridWorker]] = {}
        for event in sorted(self._graph.estate.agent_events, key=lambda event: (event.last_at, event.id)):
            if event.signature is not None:
                sure, doubtful = self._join(event)
                if doubtful:
                    in_doubt[_told(event)] = doubtful
                newest.update({(worker.id, event.signature): (worker, event, key) for worker, key in sure})
        yield from (Unseen(worker.id, "Computer") for workers in in_doubt.values() for worker in workers)
        for (_, signature), (worker, event, key) in newest.items():
            yield self._evidence(worker, event, signature, key)

    def _join(self, event: AgentEvent) -> tuple[list[tuple[HybridWorker, str]], list[HybridWorker]]:
        """The workers that an event is of, each with the key that says so, and those that it may be of.

        An entry with a machine id is joined by it where the event has one, too; a V1 entry often has none.
        """
        sure = [(worker, "_ResourceId") for worker in self._of_machine(event.machine)]
        if _told(event) not in self._named:
            self._named[_told(event)] = self._by_name(event)
        named, machines, addresses = self._named[_told(event)]
        if len(machines | ({event.machine.key} if event.machine else set())) > 1 or len(addresses) > 1:
            return sure, named
        return [*sure, *((worker, "host name") for worker in named)], []

    def _by_name(self, event: AgentEvent) -> tuple[list[HybridWorker], set[str], set[str]]:
        """The workers of the event's host name, all machines that may have it, and the addresses of those without."""
        label = host_label(event.computer)
        same = (w for w in self._by_host.get(label, ()) if same_host(w.worker_name, event.computer))
        named = [worker for worker in same if worker.machine is None or event.machine is None]
        machines = {worker.machine.key for worker in named if worker.machine} | self._machines.get(label, set())
        return named, machines, {worker.ip for worker in named if worker.machine is None and worker.ip}

    def _of_machine(self, machine: ArmId | None) -> tuple[HybridWorker, ...]:
        return self._graph.registrations(machine) if machine else ()

    def _evidence(self, worker: HybridWorker, event: AgentEvent, signature: EventSignature, key: str) -> AgentEventSeen:
        graph, system = self._graph, is_system(self._graph, worker)
        workspace = graph.workspace(event.workspace)
        return AgentEventSeen(
            **WorkerEvidence.facts_of(graph, worker),
            signature=signature,
            log=event.log,
            workspace=workspace.id if workspace else event.workspace,
            joined_by=key,
            last_at=event.last_at,
            agent=system or worker.worker_type is WorkerType.V1,
            system=system,
        )


def _told(event: AgentEvent) -> tuple[str, bool]:
    """What decides on the workers that share the event's host name: many events of one machine are alike in it."""
    return event.computer.strip().lower(), event.machine is None
