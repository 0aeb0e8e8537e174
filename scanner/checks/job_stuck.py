"""job-stuck."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from scanner.checks._check import Judgement, check
from scanner.checks._job import JobEvidence, begun_at, has_status, hybrid_jobs, last_at
from scanner.findings import Severity, Step, Threshold, Unseen
from scanner.graph import EstateGraph
from scanner.inventory import Job, Reading

STUCK_AFTER = Threshold(
    key="job-stuck",
    meaning="a job that was created longer ago and has not begun is stuck",
    default=timedelta(minutes=30),
    least=timedelta(minutes=5),
    most=timedelta(days=30),
)
"""In the default 99.9 % of all jobs start (Azure Automation SLA, as quoted by the service limits of 2024-02-23)."""


class StuckJob(JobEvidence, frozen=True, kw_only=True):
    """The newest hybrid job of a runbook, which waits or is suspended; `since` is its creation."""

    status: str
    since: datetime
    waiting_minutes: int

    @property
    def severity(self) -> Severity:
        return Severity.HIGH

    def message(self) -> str:
        return (
            f"The newest hybrid job of runbook {self.runbook_name}, created at {self.since:%Y-%m-%d %H:%M} UTC "
            f"on {self.group_name}, is still {self.status}"
        )

    def remediation(self) -> tuple[Step, ...]:
        return (
            self.group_check(),
            self.step("See what the job waits for.", "show"),
            Step(
                f"If {self.group_name} has a credential, check that it may read the worker's folders: "
                "updates of the agent can take its permissions away."
            ),
            self.step("When a worker of the group is active again, stop the job and start the runbook anew.", "stop"),
        )


@check(
    reads=(Reading.JOBS,),
    severities=(Severity.HIGH,),
    thresholds=(STUCK_AFTER,),
)
def job_stuck(graph: EstateGraph) -> Iterator[Judgement]:
    """The newest job of a runbook on a hybrid group does not run.

    ## What it finds
    Runbooks whose newest job on a hybrid group is New, Activating or Queued, and was created more than {job-stuck} ago,
    or is Suspended while no other hybrid job of the runbook completed after it was created.

    ## Why it matters
    A job waits where no worker of its group fetches it, and is suspended after three tries. Until someone acts, the
    runbook's work is not done, and schedules go on adding jobs that wait as well.

    ## How to fix it
    Bring a worker of the group back, or repair its group credential, then start the runbook again.

    ## Read more
    * [Troubleshoot Hybrid Runbook Worker issues](https://learn.microsoft.com/azure/automation/troubleshoot/hybrid-runbook-worker)
    * [Hybrid Runbook Worker overview](https://learn.microsoft.com/azure/automation/automation-hybrid-runbook-worker)
    """
    for account in graph.accounts():
        for jobs in hybrid_jobs(graph, account.id).values():
            yield from _of_runbook(graph, jobs)


def _of_runbook(graph: EstateGraph, jobs: list[Job]) -> Iterator[Judgement]:
    timed = [(begun, job) for job in jobs if (begun := begun_at(job)) is not None]
    yield from (Unseen(job.id, "creationTime") for job in jobs if begun_at(job) is None and _may_be_stuck(job))
    if not timed:
        return
    begun, newest = max(timed, key=lambda case: (case[0], case[1].id))
    if newest.status is None:
        yield Unseen(newest.id, "status")
    elif _is_stuck(graph, newest, begun, jobs):
        waiting = graph.moment(newest) - begun
        yield StuckJob(
            **JobEvidence.facts_of(graph, newest),
            status=newest.status,
            since=begun,
            waiting_minutes=int(waiting.total_seconds() // 60),
        )


def _may_be_stuck(job: Job) -> bool:
    return job.status is None or has_status(job, "new", "activating", "queued", "suspended")


def _is_stuck(graph: EstateGraph, job: Job, begun: datetime, jobs: list[Job]) -> bool:
    if has_status(job, "new", "activating", "queued"):
        return graph.moment(job) - begun > graph.limit(STUCK_AFTER)
    if not has_status(job, "suspended"):
        return False
    ends = (last_at(other) for other in jobs if has_status(other, "completed"))
    return not any(end is not None and end > begun for end in ends)
