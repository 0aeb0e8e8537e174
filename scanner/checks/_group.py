"""What the findings about one Hybrid Runbook Worker group have in common."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypedDict

from scanner.findings import Evidence, Step
from scanner.graph import TARGET_READINGS, EstateGraph, Trigger, TriggerKind
from scanner.inventory import ArmId, Gap, Reading, WorkerGroup

MOST_STARTERS = 10
"""Schedules, webhooks and jobs that one finding names as sending work to its group."""


class GroupFacts(TypedDict):
    """The fields of GroupEvidence, ready to be passed on."""

    group: ArmId
    group_name: str
    account: ArmId
    account_name: str
    targeted: bool | None
    targeted_by: tuple[str, ...]


class GroupEvidence(Evidence, frozen=True, kw_only=True):
    """A finding about one group.

    `targeted` tells whether a schedule, a webhook or a job of the last 7 days runs on it, None when that was not seen;
    `targeted_by` are the first of those schedules and webhooks, and the runbooks of those jobs.
    """

    group: ArmId
    group_name: str
    account: ArmId
    account_name: str
    targeted: bool | None = None
    targeted_by: tuple[str, ...] = ()

    @property
    def subject(self) -> ArmId:
        return self.group

    @property
    def concerns(self) -> ArmId:
        return self.account

    @staticmethod
    def facts_of(graph: EstateGraph, group: WorkerGroup) -> GroupFacts:
        """Collect the common facts of one group."""
        account, targeting = group.account, graph.targets.of(group.id)
        return GroupFacts(
            group=group.id,
            group_name=group.name,
            account=account,
            account_name=account.name,
            targeted=targeting.targeted,
            targeted_by=starters(targeting.triggers),
        )

    @property
    def targets(self) -> str:
        """What is known of the work that is sent to the group, as the end of a message."""
        if self.targeted:
            return (
                f"{self.targeted_by[0]} runs on it" if self.targeted_by else "jobs were sent to it in the last 7 days"
            )
        if self.targeted is None:
            return "whether a schedule, a webhook or a job targets it was not seen"
        return "no schedule, webhook or recent job targets it"

    def step(self, text: str, *command: str) -> Step:
        """A step with an `az automation hrwg` command on this group."""
        return Step.az(
            text,
            *("automation", "hrwg", *command),
            *("--subscription", self.account.subscription_id, "--resource-group", self.account.resource_group),
            *("--automation-account-name", self.account.name, "--hybrid-runbook-worker-group-name", self.group_name),
        )


def starters(triggers: Iterable[Trigger]) -> tuple[str, ...]:
    """Name the first active triggers, schedules and webhooks before jobs, in words."""
    active = [trigger for trigger in triggers if trigger.active]
    named = [f"the {t.kind} {t.name}" for t in active if t.kind is not TriggerKind.JOB]
    jobs = {f"a job of {t.runbook}" for t in active if t.kind is TriggerKind.JOB and t.runbook is not None}
    return tuple([*dict.fromkeys(named), *sorted(jobs)][:MOST_STARTERS])


def all_groups(graph: EstateGraph) -> Iterator[WorkerGroup]:
    """Every group of every account."""
    for account in graph.accounts():
        yield from graph.groups(account.id)


def unread_targets(graph: EstateGraph, account: ArmId, triggers: Iterable[Trigger]) -> Gap | str | None:
    """What hides whether work is sent somewhere: a Gap, a list, or a field of these triggers; None for nothing."""
    gaps = (graph.gap(reading, account) for reading in TARGET_READINGS)
    gap = next((gap for gap in gaps if gap is not None), None)
    if gap is not None:
        return gap
    if not graph.targets.complete(account):
        unlisted = next(reading for reading in TARGET_READINGS if not graph.listed(reading, account))
        return unlisted.operation.split("/")[-2]
    return next((trigger.untold for trigger in triggers if trigger.untold is not None), None)


def unread_list(graph: EstateGraph, group: WorkerGroup) -> Gap | str | None:
    """What keeps the group's list from being whole; None when every worker of it was seen."""
    if graph.listed(Reading.WORKERS, group.id):
        return None
    return graph.gap(Reading.WORKERS, group.id) or "hybridRunbookWorkers"
