"""worker-agent-outdated."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime

from scanner.checks._check import check
from scanner.checks._heartbeat import WORKSPACE_READINGS, Hearing, agent_workers, is_system, migration, os_of, os_told
from scanner.checks._machine import settled
from scanner.checks._worker import WorkerEvidence
from scanner.findings import FoundOn, Settled, Severity, Step, Unseen
from scanner.graph import EstateGraph
from scanner.inventory import ArmId, Gap, HybridWorker, OsType, Reading

LAST_RELEASED: Mapping[OsType, str] = {OsType.WINDOWS: "10.20.18069.0", OsType.LINUX: "1.19.0-0"}
"""The last version of the Log Analytics agent for each operating system.

Windows: Log Analytics agent VM extension for Windows, Microsoft, 2023-09. Linux: the releases of
microsoft/OMS-Agent-for-Linux, archived on 2024-09-11.
"""
_VERSION = re.compile(r"\s*v?(\d{1,9}(?:\.\d{1,9}){1,5})(?:-(\d{1,9}))?\s*", re.ASCII)
_READINGS = (*WORKSPACE_READINGS, Reading.HEARTBEATS)


class OutdatedAgent(WorkerEvidence, frozen=True, kw_only=True):
    """A worker whose Log Analytics agent is older than the last released one, by its newest heartbeat."""

    version: str
    last_released: str
    os: OsType
    system: bool
    workspace: ArmId
    last_heartbeat: datetime
    joined_by: str | None

    @property
    def severity(self) -> Severity:
        return Severity.LOW

    @property
    def scenarios(self) -> tuple[str, ...]:
        return ("S8",) if self.os is OsType.LINUX else ()

    def message(self) -> str:
        return (
            f"{self.worker_name} in {self.group_name} runs version {self.version} of the retired Log Analytics agent "
            f"for {self.os}, whose last one is {self.last_released}"
        )

    def remediation(self) -> tuple[Step, ...]:
        return (
            migration(self.worker_name, system=self.system),
            Step(f"Where the agent must go on until then, update it to {self.last_released}; no newer one will come."),
        )


@check(
    reads=(Reading.WORKERS, *_READINGS),
    refines=(Reading.VIRTUAL_MACHINES, Reading.ARC_MACHINES),
    severities=(Severity.LOW,),
    found_on=FoundOn.WORKER,
    tenant_wide=True,
    scenarios=("S8",),
)
def worker_agent_outdated(graph: EstateGraph) -> Iterator[OutdatedAgent | Unseen | Settled]:
    """A V1 or System worker's Log Analytics agent is older than the last released one.

    ## What it finds
    V1 and System workers whose newest heartbeat of the Log Analytics agent tells a version below the last released one:
    10.20.18069.0 for Windows (2023-09), 1.19.0-0 for Linux (archived on 2024-09-11). A worker without any heartbeat
    is the concern of worker-heartbeat-missing.

    ## Why it matters
    Old agents have known faults: on Linux, jobs fail with "The specified class does not exist". All versions retired on
    2024-08-31, so an update only bridges the time until the migration.

    ## How to fix it
    Migrate: to an extension-based (V2) worker, or from Update Management to Azure Update Manager.

    ## Read more
    * [Troubleshoot Hybrid Runbook Worker issues](https://learn.microsoft.com/azure/automation/troubleshoot/hybrid-runbook-worker)
    * [Log Analytics agent VM extension for Windows](https://learn.microsoft.com/azure/virtual-machines/extensions/oms-windows)
    * [Migrate agent-based workers to extension-based workers](https://learn.microsoft.com/azure/automation/migrate-existing-agent-based-hybrid-worker-to-extension-based-workers)
    """
    yield from settled(graph, _READINGS)
    hearing = Hearing(graph)
    for worker in agent_workers(graph):
        if isinstance(worker, Unseen):
            yield worker
        else:
            yield from _judge(graph, worker, hearing.hidden(worker))


def _judge(graph: EstateGraph, worker: HybridWorker, hidden: Gap | str | None) -> Iterator[OutdatedAgent | Unseen]:
    join = graph.heartbeats.of(worker)
    if not join.heartbeats:
        if hidden is not None:
            yield Unseen(worker.id, hidden)
        return
    newest = join.heartbeats[0]
    os = os_told(newest) or os_of(graph, worker)
    version = version_of(newest.version)
    if join.ambiguous:
        yield Unseen(worker.id, "Computer")
    elif os is None or version is None:
        yield Unseen(worker.id, "OSType" if os is None else "Version")
    elif is_older(version, version_of(LAST_RELEASED[os]) or ()):
        yield OutdatedAgent(
            **WorkerEvidence.facts_of(graph, worker),
            version=(newest.version or "").strip(),
            last_released=LAST_RELEASED[os],
            os=os,
            system=is_system(graph, worker),
            workspace=newest.workspace,
            last_heartbeat=newest.last_at,
            joined_by=join.key,
        )


def version_of(written: str | None) -> tuple[int, ...] | None:
    """The numbers of a version such as `10.20.18069.0` or `1.14.20-0`, the build after the hyphen last; None for none.

    The part after the hyphen is a part of its own: 1.14.20-1 is newer than 1.14.20-0, and 1.14.20 equals the latter.
    """
    match = _VERSION.fullmatch(written or "")
    if match is None:
        return None
    return (*(int(number) for number in match[1].split(".")), *((int(match[2]),) if match[2] else ()))


def is_older(one: tuple[int, ...], other: tuple[int, ...]) -> bool:
    """Compare two versions number by number; a number that is missing counts as 0."""
    length = max(len(one), len(other))
    return (*one, *[0] * (length - len(one))) < (*other, *[0] * (length - len(other)))
