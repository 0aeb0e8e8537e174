"""target-group-missing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import ClassVar

from scanner.checks._check import Judgement, check
from scanner.checks._group import unread_targets
from scanner.findings import Evidence, Settled, Severity, Step, Unseen
from scanner.graph import TARGET_READINGS, EstateGraph, Trigger, TriggerKind
from scanner.inventory import ArmId, AutomationAccount, Job, Reading

_COMPLETED = "completed"


class MissingTargetGroup(Evidence, frozen=True, kw_only=True):
    """Work that is sent to a group which its account does not list; `next_run` is UTC.

    `jobs` are the runbooks whose newest job ran there and did not complete.
    """

    identity: ClassVar[tuple[str, ...]] = ("group_name",)

    account: ArmId
    group_name: str
    schedules: tuple[str, ...]
    webhooks: tuple[str, ...]
    jobs: tuple[str, ...]
    runbooks: tuple[str, ...]
    next_run: datetime | None

    @property
    def subject(self) -> ArmId:
        return self.account

    @property
    def concerns(self) -> ArmId:
        return self.account

    @property
    def severity(self) -> Severity:
        return Severity.HIGH if self.schedules or self.webhooks else Severity.MEDIUM

    def message(self) -> str:
        run = f" (next on {self.next_run:%Y-%m-%d %H:%M} UTC)" if self.next_run else ""
        what = [_counted(self.schedules, "schedule") + run, _counted(self.webhooks, "webhook")]
        if self.jobs:
            what.append(f"the newest {'jobs' if len(self.jobs) > 1 else 'job'} of {', '.join(self.jobs[:3])}")
        told = " and ".join(part for part in what if part)
        return f"{self.account.name} sends work to the group {self.group_name}, which it does not have: {told}"

    def remediation(self) -> tuple[Step, ...]:
        place = ("--subscription", self.account.subscription_id, "--resource-group", self.account.resource_group)
        account = ("--automation-account-name", self.account.name)
        return (
            Step.az("See which groups the account has.", "automation", "hrwg", "list", *place, *account),
            Step(f"If its workers were purged, create {self.group_name} again and register the machines anew."),
            Step(f"Otherwise let {_listed(self.runbooks)} run on a group that exists, or on Azure."),
        )


def _counted(names: tuple[str, ...], word: str) -> str:
    if not names:
        return ""
    return f"the {word} {names[0]}" if len(names) == 1 else f"{len(names)} {word}s such as {names[0]}"


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "") or "the runbooks"  # noqa: PLR2004


@check(
    reads=(Reading.GROUPS, *TARGET_READINGS),
    severities=(Severity.HIGH, Severity.MEDIUM),
    scenarios=("S3", "S14"),
)
def target_group_missing(graph: EstateGraph) -> Iterator[Judgement]:
    """Schedules, webhooks or jobs run on a Hybrid Runbook Worker group that does not exist.

    ## What it finds
    Names of groups that the account does not list, on which an enabled, unexpired schedule with a next run or an
    enabled, unexpired webhook runs a runbook (high), or on which a runbook's newest job ran without completing
    (medium). Names compare without case. One finding for each account and name.

    ## Why it matters
    Automation purges workers that have not pinged for 30 days, and their group can go with them. What names the group
    fails from then on, and nothing but the failed jobs tells.

    ## How to fix it
    Create the group again and register its machines anew, or let the runbooks run on a group that exists.

    ## Read more
    * [Troubleshoot Hybrid Runbook Worker issues](https://learn.microsoft.com/azure/automation/troubleshoot/hybrid-runbook-worker)
    * [Run runbooks on a Hybrid Runbook Worker](https://learn.microsoft.com/azure/automation/automation-hrw-run-runbooks)
    """
    for account in graph.accounts():
        yield from _judged(graph, account)


def _judged(graph: EstateGraph, account: AutomationAccount) -> Iterator[Judgement]:
    whole = graph.listed(Reading.GROUPS, account.id)
    failed = _failed_newest(graph, account.id)
    every_job = graph.listed(Reading.JOBS, account.id)
    found = doubtful = False
    missing = _unlisted(graph, account.id)
    for name, triggers in sorted(missing.items()):
        active = [t for t in triggers if t.active and t.kind is not TriggerKind.JOB]
        jobs = tuple(sorted(job.runbook or "" for job in failed if (job.run_on or "").lower() == name))
        if whole and (active or (jobs and every_job)):
            found = True
            yield _finding(account.id, triggers, active, jobs if every_job else ())
        elif active or jobs:
            doubtful = True
        doubtful = doubtful or any(t.active is None for t in triggers) or any(_is_untold(graph, t) for t in triggers)
    if not doubtful and graph.targets.complete(account.id):
        yield Settled(account.id)  # nothing more is sent to a group that was not seen
    elif found or (doubtful and whole):
        unclear = [trigger for triggers in missing.values() for trigger in triggers]
        yield Unseen(account.id, unread_targets(graph, account.id, unclear) or "status")


def _unlisted(graph: EstateGraph, account: ArmId) -> dict[str, list[Trigger]]:
    """What runs on groups that the account was not seen to have, by their lower-cased names."""
    listed = {group.name.lower() for group in graph.groups(account)}
    missing: dict[str, list[Trigger]] = {}
    for trigger in graph.targets.triggers(account):
        if trigger.run_on is not None and trigger.run_on.lower() not in listed:
            missing.setdefault(trigger.run_on.lower(), []).append(trigger)
    return missing


def _is_untold(graph: EstateGraph, trigger: Trigger) -> bool:
    """Whether this is a job of which it was not told how it ended."""
    node = graph.node(trigger.id)
    return node is not None and isinstance(node.resource, Job) and node.resource.status is None


def _failed_newest(graph: EstateGraph, account: ArmId) -> list[Job]:
    """The newest job of each runbook, where it ran on a hybrid group and did not complete."""
    newest: dict[str, tuple[datetime, Job]] = {}
    for job in graph.children(account, Job):
        at = job.created_at or job.started_at or job.changed_at
        if job.runbook is not None and at is not None:
            known = newest.get(job.runbook.lower())
            if known is None or at > known[0]:
                newest[job.runbook.lower()] = (at, job)
    jobs = (job for _, job in newest.values() if job.run_on)
    return [job for job in jobs if job.status is not None and job.status.lower() != _COMPLETED]


def _finding(
    account: ArmId, triggers: list[Trigger], active: list[Trigger], jobs: tuple[str, ...]
) -> MissingTargetGroup:
    runs = [trigger.at for trigger in active if trigger.at is not None]
    runbooks = {trigger.runbook for trigger in active if trigger.runbook is not None} | set(jobs)
    return MissingTargetGroup(
        account=account,
        group_name=min(trigger.run_on for trigger in triggers if trigger.run_on is not None),
        schedules=_names(active, TriggerKind.SCHEDULE),
        webhooks=_names(active, TriggerKind.WEBHOOK),
        jobs=jobs,
        runbooks=tuple(sorted(runbooks)),
        next_run=min(runs, default=None),
    )


def _names(triggers: list[Trigger], kind: TriggerKind) -> tuple[str, ...]:
    return tuple(sorted({trigger.name for trigger in triggers if trigger.kind is kind}))
