"""job-failure-signature."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from scanner.checks._check import Judgement, check
from scanner.checks._job import KEPT_FOR, JobEvidence, JobSignatures, begun_at, has_status, hybrid_jobs, last_at
from scanner.findings import Settled, Severity, Step, Unseen
from scanner.graph import EstateGraph
from scanner.inventory import ArmId, Job, JobSignature, Reading


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What a signature means: the end of a message, the remedy's steps, and the scenarios that it is a sign of."""

    says: str
    remedy: tuple[str, ...]
    scenarios: tuple[str, ...] = ()


# The troubleshooting articles of the agent-based (2023-09-17) and of the extension-based hybrid worker (2023-04-26).
DIAGNOSES: Mapping[JobSignature, Diagnosis] = {
    JobSignature.TRIED_THREE_TIMES: Diagnosis(
        "their process stopped unexpectedly three times",
        (
            "Check that the workers reach *.azure-automation.net on port 443, past every proxy and firewall.",
            "Check that the workers have 2 cores and 4 GB of memory at least.",
            "If the runbook needs local resources, give the group a credential that may use them.",
        ),
        ("S1",),
    ),
    JobSignature.WORKER_NOT_AVAILABLE: Diagnosis(
        "no worker was available when they started",
        (
            "Start the machines of the group, or register new workers.",
            "Check that the workers reach *.azure-automation.net on port 443.",
        ),
        ("S1",),
    ),
    JobSignature.JOB_LIMIT: Diagnosis(
        "they exceeded the job limit of a worker, which takes four jobs every 30 seconds",
        ("Add workers to the group, or spread the schedules over time.",),
        ("S1",),
    ),
    JobSignature.SPOOL_OPERATION: Diagnosis(
        "their spool operation id does not exist, as where a Log Analytics gateway cannot be reached",
        ("Bring the gateway server back, and check that the workers reach it.",),
        ("S1",),
    ),
    JobSignature.CERTIFICATE_NOT_FOUND: Diagnosis(
        "the worker has no certificate with the thumbprint of the Run As connection",
        (
            "Let the runbook sign in with Connect-AzAccount -Identity: Run As accounts were retired on 2023-09-30.",
            "Until then, export the certificate into the certificate store of every worker of the group.",
        ),
        ("S4",),
    ),
    JobSignature.ILLEGAL_CHARACTERS: Diagnosis(
        "a path has illegal characters, as Set-AzStorageBlobContent reports it on a hybrid worker",
        ("Write the paths of the runbook as the article's workaround shows, then run it again.",),
        ("S1",),
    ),
    JobSignature.PASSWORD_PROMPT: Diagnosis(
        "sudo or GPG asked for a password, which no one can enter",
        (
            "On each worker, check the entries of the user nxautomationuser (V1) or hweautomation (V2) in sudoers.",
            "Check that the GPG executable is there, and that the user's keyring opens without a passphrase.",
        ),
        ("S6",),
    ),
    JobSignature.EXPIRED_TOKEN: Diagnosis(
        "their token had expired, as it does on a machine whose clock is wrong",
        ("Set the clock of every worker of the group by a time server.",),
        ("S1",),
    ),
    JobSignature.USER_ASSIGNED_IDENTITY: Diagnosis(
        "they could not use a user-assigned identity",
        (
            "Give the account and the machines a system-assigned identity: hybrid jobs can use no user-assigned one.",
            "Let the runbook sign in with Connect-AzAccount -Identity, without naming an identity.",
        ),
        ("S1",),
    ),
}


class FailedJobs(JobEvidence, frozen=True, kw_only=True):
    """Hybrid jobs of one runbook on one group that failed for one reason.

    `later_completed` tells whether a later job of that runbook completed on the group, None when none was seen and
    not all jobs were.
    """

    identity = ("group_name", "signature")

    signature: JobSignature
    count: int
    last_at: datetime
    later_completed: bool | None

    @property
    def severity(self) -> Severity:
        return Severity.LOW if self.later_completed else Severity.HIGH

    @property
    def scenarios(self) -> tuple[str, ...]:
        return DIAGNOSES[self.signature].scenarios

    def message(self) -> str:
        later = {
            True: "; a later job completed",
            False: "; no later job completed",
            None: "; whether a later job completed was not seen",
        }[self.later_completed]
        often = f"{self.count} in 30 days, last on {self.last_at:%Y-%m-%d}"
        return (
            f"Jobs of runbook {self.runbook_name} on {self.group_name} failed or were suspended ({often}) "
            f"because {DIAGNOSES[self.signature].says}{later}"
        )

    def remediation(self) -> tuple[Step, ...]:
        return (
            self.step("Read the exception of the newest such job.", "show"),
            self.group_check(),
            *(Step(text) for text in DIAGNOSES[self.signature].remedy),
        )


@check(
    reads=(Reading.JOBS, Reading.JOB),
    refines=(Reading.JOB_LOGS,),
    severities=(Severity.HIGH, Severity.LOW),
    scenarios=("S1", "S4", "S6"),
)
def job_failure_signature(graph: EstateGraph) -> Iterator[Judgement]:
    """Jobs on a hybrid group fail with a message that names the cause.

    ## What it finds
    Jobs of the last 30 days that ran on a hybrid group, failed or were suspended, and whose exception, logs or streams
    have one of these messages; one finding for each runbook, group and message:

    * the process stopped unexpectedly and was tried three times (tried-three-times),
    * no worker was available, or it was last active at some time (worker-not-available),
    * the job limit of a hybrid worker was exceeded (job-limit),
    * the spool operation id does not exist (spool-operation),
    * no certificate with that thumbprint was found (certificate-not-found),
    * illegal characters in a path (illegal-characters),
    * sudo or GPG asks for a password (password-prompt),
    * ExpiredAuthenticationToken (expired-token),
    * a user-assigned identity that cannot be used (user-assigned-identity).

    The severity is high, and low if a later job of that runbook completed on that group. Logs and streams count where
    the account sends JobLogs or JobStreams to a workspace that was queried. A failed job whose exception was not read
    is unknown; one with another message is no finding. Of a message only its kind is kept.

    ## Why it matters
    The message tells which scenario of the troubleshooting article it is, before anyone signs in to the machine.

    ## How to fix it
    Follow the steps of the message's own scenario, then start the runbook again.

    ## Read more
    * [Troubleshoot Hybrid Runbook Worker issues](https://learn.microsoft.com/azure/automation/troubleshoot/hybrid-runbook-worker)
    * [Troubleshoot extension-based Hybrid Runbook Worker issues](https://learn.microsoft.com/azure/automation/troubleshoot/extension-based-hybrid-runbook-worker)
    """
    signatures = JobSignatures(graph)
    for account in graph.accounts():
        for jobs in hybrid_jobs(graph, account.id).values():
            yield from _of_runbook(graph, signatures, jobs)


def _of_runbook(graph: EstateGraph, signatures: JobSignatures, jobs: list[Job]) -> Iterator[Judgement]:
    failed: dict[tuple[str, JobSignature], list[tuple[datetime, Job]]] = {}
    for job in jobs:
        begun = begun_at(job)
        if job.status is None:
            yield Unseen(job.id, "status")
        elif not has_status(job, "failed", "suspended"):
            continue
        elif begun is None:
            yield Unseen(job.id, "creationTime")
        elif graph.moment(job) - begun < KEPT_FOR:
            found = tuple(signatures.of(job))
            for signature in found:
                failed.setdefault(((job.run_on or "").lower(), signature), []).append((begun, job))
            yield from _unread(graph, job, told=bool(found))
    for (group, signature), cases in failed.items():
        later = [job for job in jobs if (job.run_on or "").lower() == group]
        yield _evidence(graph, signature, cases, later)


def _unread(graph: EstateGraph, job: Job, *, told: bool) -> Iterator[Unseen | Settled]:
    """A failed job of which neither its exception nor a log tells why; one that is gone has nothing to tell."""
    if told:
        yield Settled(job.id)
    elif not job.detailed and not graph.answered(Reading.JOB, job.id) and not _gap(graph, job):
        yield Unseen(job.id, "exception")


def _gap(graph: EstateGraph, job: Job) -> bool:
    """Whether a Gap speaks for the job already: its own, or that of the account's jobs beyond the bound."""
    return any(graph.gap(Reading.JOB, scope) is not None for scope in (job.id, job.account))


def _evidence(
    graph: EstateGraph, signature: JobSignature, cases: list[tuple[datetime, Job]], others: Iterable[Job]
) -> FailedJobs:
    begun, newest = max(cases, key=lambda case: (case[0], case[1].id))
    return FailedJobs(
        **JobEvidence.facts_of(graph, newest),
        signature=signature,
        count=len(cases),
        last_at=max(last_at(job) or when for when, job in cases),
        later_completed=_later_completed(graph, newest.account, begun, others),
    )


def _later_completed(graph: EstateGraph, account: ArmId, begun: datetime, others: Iterable[Job]) -> bool | None:
    starts = (begun_at(job) for job in others if has_status(job, "completed"))
    if any(start is not None and start > begun for start in starts):
        return True
    return False if graph.listed(Reading.JOBS, account) else None
