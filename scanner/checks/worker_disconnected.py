"""worker-disconnected."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from scanner.checks._check import check
from scanner.checks._worker import PURGE_SOON, WorkerEvidence, in_words, unseen_ages
from scanner.findings import FoundOn, Settled, Severity, Step, Threshold, Unseen
from scanner.graph import ACTIVE_WITHIN, EstateGraph
from scanner.inventory import Reading

LASTS = Threshold(
    key="worker-disconnected-lasts",
    meaning="a worker that has not pinged for this long counts as medium, and as low before",
    default=timedelta(days=1),
    least=timedelta(hours=1),
    most=timedelta(days=29),
)


class DisconnectedWorker(WorkerEvidence, frozen=True, kw_only=True):
    """A worker that takes no jobs now; `age_minutes` counts since its last ping, `lasting` places that."""

    age_minutes: int
    lasting: bool

    @property
    def severity(self) -> Severity:
        return Severity.MEDIUM if self.lasting else Severity.LOW

    def message(self) -> str:
        age = in_words(timedelta(minutes=self.age_minutes))
        return f"{self.worker_name} in {self.group_name} has not pinged for {age} and takes no jobs"

    def remediation(self) -> tuple[Step, ...]:
        return (
            self.machine_check(),
            self.extension_check(),
            self.removal("If it is not needed, remove its registration."),
        )


@check(
    reads=(Reading.WORKERS,),
    severities=(Severity.MEDIUM, Severity.LOW),
    found_on=FoundOn.WORKER,
    thresholds=(PURGE_SOON, LASTS),
)
def worker_disconnected(graph: EstateGraph) -> Iterator[DisconnectedWorker | Unseen | Settled]:
    """A hybrid worker has stopped pinging.

    ## What it finds
    Workers of User groups whose last ping is at least 30 minutes and less than {worker-purge-soon} old when the group
    was read. The severity is low below {worker-disconnected-lasts}, else medium. Older workers are found by
    worker-purge-soon and worker-stale.

    ## Why it matters
    A worker pings every 30 seconds. One that has not pinged for 30 minutes takes no jobs, and a group in which no
    worker pings suspends its jobs after three tries.

    ## How to fix it
    Start the machine, see that its agent runs, and let it reach `*.azure-automation.net` on port 443.

    ## Read more
    * [Hybrid Runbook Worker overview](https://learn.microsoft.com/azure/automation/automation-hybrid-runbook-worker)
    * [Troubleshoot Hybrid Runbook Worker issues](https://learn.microsoft.com/azure/automation/troubleshoot/hybrid-runbook-worker)
    """
    yield from unseen_ages(graph)
    for _, worker in graph.user_workers():
        age = graph.age(worker)
        if age is not None and ACTIVE_WITHIN <= age < graph.limit(PURGE_SOON):
            yield DisconnectedWorker(
                **WorkerEvidence.facts_of(graph, worker),
                age_minutes=age // timedelta(minutes=1),
                lasting=age >= graph.limit(LASTS),
            )
