"""worker-extension-failed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from scanner.checks._check import check
from scanner.checks._machine import (
    EXTENSION_READINGS,
    each_machine,
    extension_removal,
    pings,
    running,
    unread_extensions,
    unread_state,
    worker_extensions,
)
from scanner.checks._worker import WorkerEvidence
from scanner.findings import FoundOn, Settled, Severity, Step, Threshold, Unseen
from scanner.graph import EstateGraph
from scanner.inventory import ArmId, Extension, HybridWorker, Machine, Reading

STUCK_AFTER = Threshold(
    key="worker-extension-stuck",
    meaning="a hybrid worker extension that has been changing for longer does not come to an end",
    default=timedelta(hours=2),
    least=timedelta(minutes=10),
    most=timedelta(days=7),
)
_READINGS = (*EXTENSION_READINGS, Reading.VM_STATUSES)
_CHANGING = ("creating", "updating", "deleting", "transitioning")


class FailedExtension(WorkerEvidence, frozen=True, kw_only=True):
    """A V2 worker whose extension failed, or has been changing (`since`, UTC) for too long."""

    extension: ArmId
    state: str
    since: datetime | None
    pings: bool

    @property
    def severity(self) -> Severity:
        return Severity.LOW if self.pings else Severity.HIGH

    def message(self) -> str:
        since = f" since {self.since:%Y-%m-%d %H:%M} UTC" if self.since is not None else ""
        still = ", although the worker still pings" if self.pings else ""
        return (
            f"The hybrid worker extension {self.extension.name} of {self.worker_name} in {self.group_name} "
            f"is {self.state}{since}{still}"
        )

    def remediation(self) -> tuple[Step, ...]:
        return (
            self.extension_check(),
            Step("Read the extension's status message, and its log on the machine, for the reason."),
            extension_removal(self.extension, "If it does not recover, remove the extension, then install it anew."),
        )


@check(
    reads=(Reading.WORKERS, *_READINGS),
    severities=(Severity.HIGH, Severity.LOW),
    found_on=FoundOn.WORKER,
    thresholds=(STUCK_AFTER,),
)
def worker_extension_failed(graph: EstateGraph) -> Iterator[FailedExtension | Unseen | Settled]:
    """The hybrid worker extension failed, or does not come to an end.

    ## What it finds
    V2 workers of User groups whose hybrid worker extension is in the provisioning state Failed, or has been creating,
    updating, deleting or transitioning for more than {worker-extension-stuck} on a machine that runs. The severity is
    high, and low while the worker still pings.

    ## Why it matters
    An extension that was not provisioned runs no worker, and one that is stuck keeps other extensions from changing.

    ## How to fix it
    Read why the extension failed, mend that, then remove the extension and install it anew.

    ## Read more
    * [Troubleshoot extension-based Hybrid Runbook Worker issues](https://learn.microsoft.com/azure/automation/troubleshoot/extension-based-hybrid-runbook-worker)
    """
    yield from each_machine(graph, _READINGS, _judge, v2_only=True)


def _judge(graph: EstateGraph, worker: HybridWorker, machine: Machine) -> Iterator[FailedExtension | Unseen]:
    extensions = worker_extensions(graph, machine.id)
    unread = unread_extensions(graph, machine)
    if not extensions and unread is not None:
        yield Unseen(worker.id, unread)
    for extension in extensions:
        yield from _judge_one(graph, worker, machine, extension)


def _judge_one(
    graph: EstateGraph, worker: HybridWorker, machine: Machine, extension: Extension
) -> Iterator[FailedExtension | Unseen]:
    state, since = (extension.provisioning_state or "").lower(), extension.in_state_since
    runs = running(machine)
    if state == "succeeded" or (state in _CHANGING and runs is False):
        return
    if state not in {"failed", *_CHANGING}:
        yield Unseen(worker.id, "provisioningState")
    elif state == "failed" or (
        runs and since is not None and graph.moment(extension) - since > graph.limit(STUCK_AFTER)
    ):
        yield FailedExtension(
            **WorkerEvidence.facts_of(graph, worker),
            extension=extension.id,
            state=extension.provisioning_state or "",
            since=since,
            pings=pings(graph, worker),
        )
    elif since is None:
        yield Unseen(worker.id, "time")
    elif runs is None and graph.moment(extension) - since > graph.limit(STUCK_AFTER):
        yield Unseen(worker.id, unread_state(graph, machine))
