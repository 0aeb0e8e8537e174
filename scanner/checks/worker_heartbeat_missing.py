"""worker-heartbeat-missing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from scanner.checks._check import check
from scanner.checks._heartbeat import (
    BEATS_WITHIN,
    STATE_READINGS,
    WORKSPACE_READINGS,
    Hearing,
    Ingestion,
    agent_workers,
    fresh,
    is_system,
    migration,
    os_of,
    sign_of_running,
)
from scanner.checks._machine import pings, settled
from scanner.checks._worker import WorkerEvidence
from scanner.findings import FoundOn, Settled, Severity, Step, Unseen, in_full
from scanner.graph import EstateGraph, Join
from scanner.inventory import ArmId, Gap, HybridWorker, OsType, Reading

BACKEND_SHUT_DOWN = datetime(2026, 3, 2, tzinfo=UTC)
"""When the agent's backend was to be shut down. Told by the press only (Neowin and Mynavi, January 2026)."""
_MOST_WORKSPACES_NAMED = 10
_READINGS = (*STATE_READINGS, *WORKSPACE_READINGS, Reading.HEARTBEATS, Reading.OPERATIONS)


class MissingHeartbeat(WorkerEvidence, frozen=True, kw_only=True):
    """A machine that runs without a heartbeat of its Log Analytics agent for `silent_minutes`.

    `runs` says by what it is known to run, `keys` by what heartbeats were looked for; `last_heartbeat` is the newest of
    the look-back. `workspaces` are the first of the `workspaces_asked`.
    """

    runs: str
    silent_minutes: int
    pings: bool
    system: bool
    os: OsType | None
    last_heartbeat: datetime | None
    keys: tuple[str, ...]
    workspaces: tuple[ArmId, ...]
    workspaces_asked: int
    backend_shut_down: bool

    @property
    def severity(self) -> Severity:
        return Severity.LOW if self.backend_shut_down else Severity.HIGH

    @property
    def scenarios(self) -> tuple[str, ...]:
        linux = () if self.pings else ("S7",)
        windows = ("S12",) if self.pings else ("S9", "S12")
        if self.os is None:
            return (*linux, *windows)
        return linux if self.os is OsType.LINUX else windows

    def message(self) -> str:
        asked = f"{self.workspaces_asked} workspace{'s' * (self.workspaces_asked != 1)} asked"
        silent = in_full(timedelta(minutes=self.silent_minutes))
        why = "; by press reports only, the agent's backend was shut down on 2026-03-02"
        return (
            f"{self.worker_name} in {self.group_name} runs ({self.runs}), but its Log Analytics agent sent no "
            f"heartbeat in {silent} to any of the {asked}{why if self.backend_shut_down else ''}"
        )

    def remediation(self) -> tuple[Step, ...]:
        windows = Step.powershell(
            f"Where the agent must go on until then, restart its service on {self.worker_name}, on Windows:",
            "Restart-Service",
            Name="HealthService",
        )
        cache = Step(
            r"If no heartbeat comes, stop HealthService, delete C:\Program Files\Microsoft Monitoring Agent\Agent"
            r"\Health Service State, and start it again."
        )
        linux = Step(
            f"Where the agent must go on until then, restart it on {self.worker_name}, on Linux: "
            "sudo /opt/microsoft/omsagent/bin/service_control restart."
        )
        of_os = {OsType.WINDOWS: (windows, cache), OsType.LINUX: (linux,), None: (windows, cache, linux)}
        return (migration(self.worker_name, system=self.system), *of_os[self.os])


@check(
    reads=(Reading.WORKERS, *_READINGS),
    severities=(Severity.HIGH, Severity.LOW),
    found_on=FoundOn.WORKER,
    scenarios=("S7", "S9", "S12"),
    thresholds=(BEATS_WITHIN,),
)
def worker_heartbeat_missing(graph: EstateGraph) -> Iterator[MissingHeartbeat | Unseen | Settled]:
    """The machine of a V1 or System worker runs, but its Log Analytics agent sends no heartbeat.

    ## What it finds
    V1 and System workers whose machine is known to run (by its power state, its Arc status, or a ping of the last 30
    minutes) and of which no visible workspace holds a heartbeat of the Log Analytics agent from the last
    {agent-heartbeat}. A heartbeat is joined by ResourceId, then VMUUID, then the host name; those of the Azure Monitor
    Agent do not count. Where a visible workspace or the account's linked one could not be asked, or takes no data in,
    or a host name fits several machines, it is unknown. A scan of chosen subscriptions asks only their workspaces and
    the linked ones.

    The severity is high, and low from 2026-03-02 on: the agent's backend was shut down then, by press reports only.

    ## Why it matters
    The agent has stopped, or its cache is corrupt: the worker gets no jobs. After the shut-down of the backend a
    missing heartbeat is what one expects, and shows a worker that is still to be migrated.

    ## How to fix it
    Migrate: to an extension-based (V2) worker, or from Update Management to Azure Update Manager. Where the agent must
    go on until then, restart its service, and on Windows delete its cache (Health Service State).

    ## Read more
    * [Troubleshoot Hybrid Runbook Worker issues](https://learn.microsoft.com/azure/automation/troubleshoot/hybrid-runbook-worker)
    * [Migrate agent-based workers to extension-based workers](https://learn.microsoft.com/azure/automation/migrate-existing-agent-based-hybrid-worker-to-extension-based-workers)
    * [Heartbeat, a table of Azure Monitor Logs](https://learn.microsoft.com/azure/azure-monitor/reference/tables/heartbeat)
    """
    yield from settled(graph, _READINGS)
    hearing, ingestion = Hearing(graph), Ingestion(graph)
    for worker in agent_workers(graph):
        if isinstance(worker, Unseen):
            yield worker
            continue
        join = graph.heartbeats.of(worker)
        heard = fresh(graph, worker, join.heartbeats)
        if heard and not join.ambiguous:
            continue
        runs = sign_of_running(graph, worker)
        if isinstance(runs, Unseen):
            yield runs
        elif runs is not None:
            unasked = hearing.hidden(worker) or ingestion.doubt(worker, join.heartbeats)
            doubt = unasked or ("Computer" if heard else _other_beats(graph, worker))
            yield Unseen(worker.id, doubt) if doubt else _evidence(graph, worker, join, runs, hearing.workspaces)


def _other_beats(graph: EstateGraph, worker: HybridWorker) -> Gap | str | None:
    """The field that leaves open whether some fresh heartbeat is the agent's, or the machine's."""
    any_agent = fresh(graph, worker, graph.heartbeats.of(worker, agent=None).heartbeats)
    if any(beat.agent is None for beat in any_agent):
        return "Category"
    of_name = fresh(graph, worker, graph.heartbeats.of_host(None, worker.worker_name).heartbeats)
    return "Computer" if any(beat.machine is None for beat in of_name) else None


def _evidence(
    graph: EstateGraph, worker: HybridWorker, join: Join, runs: str, workspaces: tuple[ArmId, ...]
) -> MissingHeartbeat:
    machine = graph.machine(worker.machine) if worker.machine else None
    by_id = ("ResourceId",) if worker.machine else ()
    by_uuid = ("VMUUID",) if machine is not None and machine.vm_id else ()
    return MissingHeartbeat(
        **WorkerEvidence.facts_of(graph, worker),
        runs=runs,
        silent_minutes=graph.limit(BEATS_WITHIN) // timedelta(minutes=1),
        pings=pings(graph, worker),
        system=is_system(graph, worker),
        os=os_of(graph, worker, () if join.ambiguous else join.heartbeats),
        last_heartbeat=join.heartbeats[0].last_at if join.heartbeats and not join.ambiguous else None,
        keys=(*by_id, *by_uuid, "host name"),
        workspaces=workspaces[:_MOST_WORKSPACES_NAMED],
        workspaces_asked=len(workspaces),
        backend_shut_down=graph.moment(worker) >= BACKEND_SHUT_DOWN,
    )
