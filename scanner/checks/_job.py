"""What the checks of hybrid jobs have in common: which jobs they are, when they were, and what their logs tell."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import TypedDict

from scanner.findings import Evidence, Step
from scanner.graph import EstateGraph
from scanner.inventory import ArmId, Job, JobSignature

KEPT_FOR = timedelta(days=30)
"""Automation keeps the data of a job for this long (Azure Automation limits, Microsoft, 2024-02-23)."""


class JobFacts(TypedDict):
    """The fields of JobEvidence, ready to be passed on."""

    runbook: ArmId
    runbook_name: str
    group_name: str
    account: ArmId
    job: ArmId


class JobEvidence(Evidence, frozen=True, kw_only=True):
    """A finding about hybrid jobs of one runbook; `job` is the newest, `runbook` is that job where Azure names none."""

    runbook: ArmId
    runbook_name: str
    group_name: str
    account: ArmId
    job: ArmId

    @property
    def subject(self) -> ArmId:
        return self.runbook

    @property
    def concerns(self) -> ArmId:
        return self.account

    @staticmethod
    def facts_of(graph: EstateGraph, job: Job) -> JobFacts:
        """Collect the common facts of one hybrid job."""
        return JobFacts(
            runbook=_runbook_of(graph, job),
            runbook_name=job.runbook or "(not named)",
            group_name=job.run_on or "",
            account=job.account,
            job=job.id,
        )

    def step(self, text: str, command: str) -> Step:
        """A step with an `az automation job` command on the job."""
        return Step.az(
            text,
            *("automation", "job", command),
            *("--subscription", self.account.subscription_id, "--resource-group", self.account.resource_group),
            *("--automation-account-name", self.account.name, "--name", self.job.name),
        )

    def group_check(self) -> Step:
        """The read-only step that lists the workers of the group."""
        return Step.az(
            f"Check that a worker of {self.group_name} pinged within the last 30 minutes.",
            *("automation", "hrwg", "hrw", "list"),
            *("--subscription", self.account.subscription_id, "--resource-group", self.account.resource_group),
            *("--automation-account-name", self.account.name),
            *("--hybrid-runbook-worker-group-name", self.group_name),
        )


def _runbook_of(graph: EstateGraph, job: Job) -> ArmId:
    """The runbook's id as it is listed, else by its name; the job's own where Azure names no runbook."""
    if job.runbook is None:
        return job.id
    named = job.account.child("runbooks", job.runbook)
    node = graph.node(named)
    return node.id if node is not None else named


def hybrid_jobs(graph: EstateGraph, account: ArmId) -> dict[str, list[Job]]:
    """The account's jobs on hybrid groups by runbook, compared without case; one without a runbook stands alone."""
    found: dict[str, list[Job]] = {}
    for job in graph.children(account, Job):
        if job.run_on is not None:
            found.setdefault(_runbook_of(graph, job).key, []).append(job)
    return found


def begun_at(job: Job) -> datetime | None:
    """When the job was created, or the next best time that Azure tells."""
    return job.created_at or job.started_at or job.changed_at


def last_at(job: Job) -> datetime | None:
    """The last time that Azure tells of the job."""
    return job.ended_at or job.changed_at or begun_at(job)


def has_status(job: Job, *statuses: str) -> bool:
    """Whether the job's status is one of these, compared without case."""
    return (job.status or "").strip().lower() in statuses


class JobSignatures:
    """Why jobs failed, by their own exception and by their logs and streams in workspaces."""

    def __init__(self, graph: EstateGraph) -> None:
        self._logged: dict[tuple[str, str], set[JobSignature]] = {}
        for log in graph.estate.job_logs:
            account = log.account.key if log.account is not None else ""
            self._logged.setdefault((account, (log.job_id or "").lower()), set()).add(log.signature)

    def of(self, job: Job) -> Iterator[JobSignature]:
        """Every signature of the job, in the order of their names; a log that names no account counts for any."""
        own = {job.signature} if job.signature is not None else set()
        for name in {job.name.lower(), (job.job_id or job.name).lower()}:
            for account in (job.account.key, ""):
                own |= self._logged.get((account, name), set())
        return iter(sorted(own))
