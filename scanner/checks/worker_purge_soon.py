"""worker-purge-soon."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from scanner.checks._check import check
from scanner.checks._worker import PURGE_SOON, WorkerEvidence, unseen_ages
from scanner.findings import FoundOn, Settled, Severity, Step, Unseen
from scanner.graph import PURGE_AFTER, EstateGraph
from scanner.inventory import Reading


class WorkerNearPurge(WorkerEvidence, frozen=True, kw_only=True):
    """A worker whose purge is near; `purge_date` is its last ping plus 30 days, UTC."""

    age_days: int
    purge_date: datetime

    @property
    def severity(self) -> Severity:
        return Severity.MEDIUM

    def message(self) -> str:
        return (
            f"{self.worker_name} in {self.group_name} has not pinged for {self.age_days} days "
            f"and is due to be purged on {self.purge_date:%Y-%m-%d}"
        )

    def remediation(self) -> tuple[Step, ...]:
        return (
            self.machine_check(),
            self.extension_check(),
            self.removal("If it is not needed, remove its registration before the purge can take its group away."),
        )


@check(
    reads=(Reading.WORKERS,),
    severities=(Severity.MEDIUM,),
    found_on=FoundOn.WORKER,
    scenarios=("S3",),
    thresholds=(PURGE_SOON,),
)
def worker_purge_soon(graph: EstateGraph) -> Iterator[WorkerNearPurge | Unseen | Settled]:
    """A hybrid worker has not pinged for {worker-purge-soon} and will soon be purged.

    ## What it finds
    Workers of User groups whose last ping is at least {worker-purge-soon} and less than 30 days old when the group was
    read. The evidence names the date of the purge: the last ping plus 30 days.

    ## Why it matters
    Automation purges a worker that has not pinged for 30 days. Its group can go with it, and runbooks, schedules and
    webhooks that name the group then fail. Until that date the worker comes back as soon as its machine pings.

    ## How to fix it
    Start the machine and its agent before the date. Remove the registration when the machine is gone for good.

    ## Read more
    * [Troubleshoot Hybrid Runbook Worker issues](https://learn.microsoft.com/azure/automation/troubleshoot/hybrid-runbook-worker)
    """
    yield from unseen_ages(graph)
    for _, worker in graph.user_workers():
        age = graph.age(worker)
        if age is not None and worker.last_seen is not None and graph.limit(PURGE_SOON) <= age < PURGE_AFTER:
            yield WorkerNearPurge(
                **WorkerEvidence.facts_of(graph, worker),
                age_days=age.days,
                purge_date=worker.last_seen + PURGE_AFTER,
            )
