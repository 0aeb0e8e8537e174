"""worker-never-connected."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import MINYEAR, datetime, timedelta

from scanner.checks._check import check
from scanner.checks._worker import WorkerEvidence, unseen_ages
from scanner.findings import FoundOn, Settled, Severity, Step, Threshold, Unseen
from scanner.graph import EstateGraph
from scanner.inventory import Reading, SeenState

FIRST_PING_WITHIN = Threshold(
    key="worker-first-ping",
    meaning="a worker that was registered this long ago and never pinged is told of",
    default=timedelta(hours=1),
    least=timedelta(minutes=10),
    most=timedelta(days=30),
)
"""An extension that is being installed pings well within the default."""


class UnconnectedWorker(WorkerEvidence, frozen=True, kw_only=True):
    """A registration whose machine has never pinged."""

    registered_at: datetime

    @property
    def severity(self) -> Severity:
        return Severity.MEDIUM

    def message(self) -> str:
        return (
            f"{self.worker_name} in {self.group_name} was registered on {self.registered_at:%Y-%m-%d %H:%M} UTC "
            "and has never pinged"
        )

    def remediation(self) -> tuple[Step, ...]:
        return (
            self.extension_check(),
            Step(
                f"If the extension is missing, install it on {self.worker_name}: a registration alone installs nothing."
            ),
            self.machine_check(),
            self.removal("If it is not needed, remove its registration."),
        )


@check(
    reads=(Reading.WORKERS,),
    severities=(Severity.MEDIUM,),
    found_on=FoundOn.WORKER,
    scenarios=("S5",),
    thresholds=(FIRST_PING_WITHIN,),
)
def worker_never_connected(graph: EstateGraph) -> Iterator[UnconnectedWorker | Unseen | Settled]:
    """A hybrid worker was registered but has never pinged.

    ## What it finds
    Workers of User groups that were registered at least {worker-first-ping} ago and whose last ping is empty, or in the
    year 1, which is how Azure writes "never". A registration in the year 1 was not told.

    ## Why it matters
    A registration can be made without any agent: by a template, or when the installation of the extension failed.
    Such a worker takes no jobs, but it is listed and counted like the others.

    ## How to fix it
    Install the hybrid worker extension on the machine, or remove the registration.

    ## Read more
    * [Deploy an extension-based Hybrid Runbook Worker](https://learn.microsoft.com/azure/automation/extension-based-hybrid-runbook-worker-install)
    * [Troubleshoot Hybrid Runbook Worker issues](https://learn.microsoft.com/azure/automation/troubleshoot/hybrid-runbook-worker)
    """
    yield from unseen_ages(graph)
    for _, worker in graph.user_workers():
        if worker.seen is not SeenState.NEVER:
            continue
        if worker.registered_at is None or worker.registered_at.year == MINYEAR:
            yield Unseen(worker.id, "registeredDateTime")
        elif graph.moment(worker) - worker.registered_at >= graph.limit(FIRST_PING_WITHIN):
            yield UnconnectedWorker(**WorkerEvidence.facts_of(graph, worker), registered_at=worker.registered_at)
