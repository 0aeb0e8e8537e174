"""What the findings about one Hybrid Runbook Worker group have in common."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypedDict

from scanner.findings import Evidence, Step
from scanner.graph import EstateGraph
from scanner.inventory import ArmId, Gap, Reading, WorkerGroup

TARGETS_UNREAD = "whether a schedule or webhook targets it was not read"


class GroupFacts(TypedDict):
    """The fields of GroupEvidence, ready to be passed on."""

    group: ArmId
    group_name: str
    account: ArmId
    account_name: str


class GroupEvidence(Evidence, frozen=True, kw_only=True):
    """A finding about one group; `targeted` tells whether work is sent to it, None when that was not read."""

    group: ArmId
    group_name: str
    account: ArmId
    account_name: str
    targeted: bool | None = None

    @property
    def subject(self) -> ArmId:
        return self.group

    @property
    def concerns(self) -> ArmId:
        return self.account

    @staticmethod
    def facts_of(group: WorkerGroup) -> GroupFacts:
        """Collect the common facts of one group."""
        account = group.account
        return GroupFacts(group=group.id, group_name=group.name, account=account, account_name=account.name)

    def step(self, text: str, *command: str) -> Step:
        """A step with an `az automation hrwg` command on this group."""
        return Step.az(
            text,
            *("automation", "hrwg", *command),
            *("--subscription", self.account.subscription_id, "--resource-group", self.account.resource_group),
            *("--automation-account-name", self.account.name, "--hybrid-runbook-worker-group-name", self.group_name),
        )


def all_groups(graph: EstateGraph) -> Iterator[WorkerGroup]:
    """Every group of every account."""
    for account in graph.accounts():
        yield from graph.groups(account.id)


def unread_list(graph: EstateGraph, group: WorkerGroup) -> Gap | str | None:
    """What keeps the group's list from being whole; None when every worker of it was seen."""
    if graph.listed(Reading.WORKERS, group.id):
        return None
    return graph.gap(Reading.WORKERS, group.id) or "hybridRunbookWorkers"
