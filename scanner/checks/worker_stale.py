"""worker-stale."""

from __future__ import annotations

from collections.abc import Iterator

from scanner.checks._check import check
from scanner.checks._worker import WorkerEvidence, any_active, unseen_ages
from scanner.findings import FoundOn, Settled, Severity, Step, Unseen
from scanner.graph import PURGE_AFTER, EstateGraph
from scanner.inventory import ArmId, Reading


class StaleWorker(WorkerEvidence, frozen=True, kw_only=True):
    """A worker that is still listed although its purge is due; `age_days` counts whole days.

    `another_active` is None when the rest of the group was not seen in full and no active worker was seen in it.
    """

    age_days: int
    another_active: bool | None

    @property
    def severity(self) -> Severity:
        return Severity.MEDIUM if self.another_active else Severity.HIGH

    def message(self) -> str:
        rest = {
            True: "another worker of the group is active",
            False: "no other worker of the group is active",
            None: "whether another worker of the group is active was not seen",
        }[self.another_active]
        return (
            f"{self.worker_name} in {self.group_name} has not pinged for {self.age_days} days, "
            f"its purge after 30 days is due, and {rest}"
        )

    def remediation(self) -> tuple[Step, ...]:
        return (
            self.machine_check(),
            Step("If it does not come back by itself, register it again: install the hybrid worker extension anew."),
            self.removal("If it is not needed, remove its registration."),
        )


@check(
    reads=(Reading.WORKERS,),
    severities=(Severity.HIGH, Severity.MEDIUM),
    found_on=FoundOn.WORKER,
    scenarios=("S3",),
)
def worker_stale(graph: EstateGraph) -> Iterator[StaleWorker | Unseen | Settled]:
    """A hybrid worker has not pinged for 30 days or more and is still listed.

    ## What it finds
    Workers of User groups whose last ping is at least 30 days old when the group was read. The severity is high, and
    medium when the group has another active worker: a V2 worker that pinged within 30 minutes. Where the rest of the
    group was not seen in full, the message says that such a worker was not seen.

    ## Why it matters
    Automation purges a worker that has not pinged for 30 days. Its group can go with it, and runbooks, schedules and
    webhooks that name the group then fail.

    ## How to fix it
    Start the machine and its agent, or register it again. Remove the registration when the machine is gone for good.

    ## Read more
    * [Troubleshoot Hybrid Runbook Worker issues](https://learn.microsoft.com/azure/automation/troubleshoot/hybrid-runbook-worker)
    """
    yield from unseen_ages(graph)
    active: dict[ArmId, bool | None] = {}
    for group, worker in graph.user_workers():
        age = graph.age(worker)
        if age is not None and age >= PURGE_AFTER:
            if group.id not in active:  # a stale worker is not active itself, so all of its group can be asked
                whole = graph.listed(Reading.WORKERS, group.id)
                active[group.id] = any_active(graph, graph.workers(group.id), all_seen=whole)
            yield StaleWorker(
                **WorkerEvidence.facts_of(graph, worker), age_days=age.days, another_active=active[group.id]
            )
