"""group-without-active-worker."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from scanner.checks._check import check
from scanner.checks._group import GroupEvidence, all_groups, unread_list
from scanner.findings import FoundOn, Settled, Severity, Step, Unseen
from scanner.graph import TARGET_READINGS, EstateGraph
from scanner.inventory import ArmId, GroupType, HybridWorker, Reading, SeenState, WorkerGroup, WorkerType

_VIRTUAL_MACHINE = "microsoft.compute/virtualmachines"


class GroupWithoutActiveWorker(GroupEvidence, frozen=True, kw_only=True):
    """A User group with workers of which none is active; the `last_` fields are of the one that pinged last."""

    workers: int
    v1_workers: int
    never_connected: int
    last_seen: datetime | None
    last_worker: str | None
    last_machine: ArmId | None

    @property
    def severity(self) -> Severity:
        return Severity.CRITICAL if self.targeted else Severity.HIGH

    def message(self) -> str:
        last = (
            f"{self.last_worker} pinged last on {self.last_seen:%Y-%m-%d %H:%M} UTC"
            if self.last_seen
            else "none ever pinged"
        )
        v1 = f" ({self.v1_workers} retired V1)" if self.v1_workers else ""
        count = f"{self.workers} worker{'s' * (self.workers != 1)}{v1}"
        return f"{self.group_name} in {self.account_name} has no active worker: it has {count}, {last}; {self.targets}"

    def remediation(self) -> tuple[Step, ...]:
        return (
            self.step(f"See the workers of {self.group_name} and their last pings.", "hrw", "list"),
            *self._start(),
            Step("Let the machines reach *.azure-automation.net on port 443, and check the hybrid worker extension."),
            Step("Replace V1 workers by V2: install the hybrid worker extension on a machine and add it to the group."),
        )

    def _start(self) -> tuple[Step, ...]:
        if self.last_worker is None:
            return ()
        text = f"Start {self.last_worker}, the worker that pinged last, if it is stopped."
        if self.last_machine is None or self.last_machine.type != _VIRTUAL_MACHINE:
            return (Step(text),)
        return (Step.az(text, "vm", "start", "--ids", str(self.last_machine)),)


@check(
    reads=(Reading.WORKERS,),
    refines=TARGET_READINGS,
    severities=(Severity.CRITICAL, Severity.HIGH),
    found_on=FoundOn.GROUP,
    scenarios=("S1",),
)
def group_without_active_worker(graph: EstateGraph) -> Iterator[GroupWithoutActiveWorker | Unseen | Settled]:
    """A Hybrid Runbook Worker group has workers, but none of them is active.

    ## What it finds
    User groups with at least one worker and no active one. A worker is active when it is an extension-based (V2) worker
    that pinged less than 30 minutes before the group was read. V1 workers run no jobs, even when they ping. The
    severity is high, and critical when the group is targeted: by an enabled schedule with a next run, an enabled
    webhook, or a job of the last 7 days. Where that was not seen it stays high, and the message says so.

    ## Why it matters
    Jobs that are sent to the group wait, are suspended after three tries, or fail because no worker was available.

    ## How to fix it
    Start the machines of the group and their agents, open their way to Automation, or add a V2 worker.

    ## Read more
    * [Troubleshoot Hybrid Runbook Worker issues](https://learn.microsoft.com/azure/automation/troubleshoot/hybrid-runbook-worker)
    * [Hybrid Runbook Worker overview](https://learn.microsoft.com/azure/automation/automation-hybrid-runbook-worker)
    """
    for group in all_groups(graph):
        workers = graph.workers(group.id)
        if group.group_type is GroupType.SYSTEM or any(graph.is_active(worker) for worker in workers):
            yield Settled(group.id)
        elif (unread := unread_list(graph, group) or _unread_field(graph, group, workers)) is not None:
            yield Unseen(group.id, unread)
        elif workers:
            yield _finding(graph, group, workers)


def _unread_field(graph: EstateGraph, group: WorkerGroup, workers: tuple[HybridWorker, ...]) -> str | None:
    if workers and group.group_type is None:
        return "groupType"
    doubtful = next((worker for worker in workers if graph.is_active(worker) is None), None)
    if doubtful is None:
        return None
    return "workerType" if doubtful.worker_type is None else "lastSeenDateTime"


def _finding(graph: EstateGraph, group: WorkerGroup, workers: tuple[HybridWorker, ...]) -> GroupWithoutActiveWorker:
    pinged = [(worker.last_seen, worker) for worker in workers if worker.last_seen is not None]
    last_seen, last = max(pinged, key=lambda ping: ping[0], default=(None, None))
    return GroupWithoutActiveWorker(
        **GroupEvidence.facts_of(graph, group),
        workers=len(workers),
        v1_workers=sum(1 for worker in workers if worker.worker_type is WorkerType.V1),
        never_connected=sum(1 for worker in workers if worker.seen is SeenState.NEVER),
        last_seen=last_seen,
        last_worker=(last.worker_name or last.name) if last else None,
        last_machine=last.machine if last else None,
    )
