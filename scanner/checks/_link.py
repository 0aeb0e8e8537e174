"""What the findings about an account's link to a Log Analytics workspace have in common."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple, TypedDict

from scanner.findings import Evidence, Settled, Step, Unseen
from scanner.graph import EstateGraph, Presence
from scanner.inventory import ArmId, AutomationAccount, Reading, Subscription, Workspace

FEATURE_READS = (
    Reading.GROUPS,
    Reading.WORKERS,
    Reading.INTELLIGENCE_PACKS,
    Reading.SOLUTIONS,
    Reading.HEARTBEATS,
)
"""The reads that tell whether the features that need the link are still in use."""


class Link(NamedTuple):
    """An account whose linkedWorkspace was answered; `workspace` is None when it is not linked."""

    account: AutomationAccount
    workspace: ArmId | None


class LinkFacts(TypedDict):
    """The fields of LinkEvidence, ready to be passed on."""

    account: ArmId
    workspace: ArmId
    account_name: str
    workspace_name: str
    features_in_use: bool
    features_read_in_full: bool
    features: str


class AccountEvidence(Evidence, frozen=True, kw_only=True):
    """A finding about one Automation account."""

    account: ArmId
    account_name: str

    @property
    def subject(self) -> ArmId:
        return self.account

    @property
    def concerns(self) -> ArmId:
        return self.account


class LinkEvidence(AccountEvidence, frozen=True, kw_only=True):
    """A finding about one account and its workspace; `features` says in words what still needs the link."""

    workspace: ArmId
    workspace_name: str
    features_in_use: bool
    features_read_in_full: bool
    features: str

    @property
    def use(self) -> str:
        """What still needs the link, as the end of a message."""
        return f"in use: {self.features}" if self.features_in_use else self.features

    @staticmethod
    def facts_of(graph: EstateGraph, account: AutomationAccount, workspace: ArmId) -> LinkFacts:
        """Collect the common facts of one account and one workspace."""
        use = graph.feature_use(account.id)
        seen = graph.workspace(workspace)
        return LinkFacts(
            account=account.id,
            workspace=seen.id if seen else workspace,
            account_name=account.name,
            workspace_name=seen.name if seen else workspace.name,
            features_in_use=use.in_use,
            features_read_in_full=use.certain,
            features=use.reason,
        )


def links(graph: EstateGraph) -> Iterator[Link | Unseen]:
    """Every account with the workspace that it names; nothing for a Gap, which the engine reports."""
    for account in graph.accounts():
        link = graph.link(account.id)
        if link is not None or graph.listed(Reading.LINKED_WORKSPACE, account.id):
            yield Link(account, link.workspace if link else None)
        elif graph.gap(Reading.LINKED_WORKSPACE, account.id) is None:
            yield Unseen(account.id, "linkedWorkspace.id")


def linked_workspaces(graph: EstateGraph) -> Iterator[tuple[AutomationAccount, Workspace] | Unseen | Settled]:
    """Every account with the workspace that it names and that was seen; one that is gone is settled."""
    for link in links(graph):
        if isinstance(link, Unseen):
            yield link
        elif link.workspace is not None:
            workspace = graph.workspace(link.workspace)
            if workspace is not None:
                yield link.account, workspace
            elif graph.presence(link.workspace) is Presence.MISSING:
                yield Settled(link.account.id)
            elif graph.gap(Reading.WORKSPACE, link.workspace) is None:
                yield Unseen(link.account.id, "linkedWorkspace.id")


def cross_subscription_links(graph: EstateGraph) -> Iterator[tuple[AutomationAccount, ArmId] | Unseen]:
    """Every account that names a workspace of another subscription, by the workspace's id alone."""
    for link in links(graph):
        if isinstance(link, Unseen):
            yield link
        elif link.workspace is not None and not link.workspace.subscription_id:
            yield Unseen(link.account.id, "linkedWorkspace.id")
        elif link.workspace is not None and link.workspace.subscription_id != link.account.id.subscription_id:
            yield link.account, link.workspace


def subscription_name(graph: EstateGraph, id_: ArmId) -> str:
    """The display name of the subscription that holds this resource, its GUID when it was not listed."""
    node = graph.node(id_.subscription)
    listed = node is not None and isinstance(node.resource, Subscription)
    return node.resource.name if node and node.resource and listed else id_.subscription_id


def on_workspace(workspace: ArmId) -> tuple[str, ...]:
    """The words that name a workspace to `az monitor log-analytics workspace`."""
    return (
        *("--subscription", workspace.subscription_id),
        *("--resource-group", workspace.resource_group),
        *("--workspace-name", workspace.name),
    )


def look_at_link(account: ArmId) -> Step:
    """The step that shows which workspace the account names."""
    url = f"{account}/linkedWorkspace?api-version=2023-11-01"
    return Step.az(f"See which workspace {account.name} names.", "rest", "--method", "get", "--url", url)


def unlink(text: str, workspace: ArmId) -> Step:
    """The step that deletes the workspace's link to an Automation account."""
    command = ("monitor", "log-analytics", "workspace", "linked-service", "delete")
    return Step.az(text, *command, *on_workspace(workspace), "--linked-service-name", "Automation")


def link_to(text: str, workspace: ArmId, account: ArmId) -> Step:
    """The step that links the workspace to an account."""
    command = ("monitor", "log-analytics", "workspace", "linked-service", "create")
    names = ("--linked-service-name", "Automation", "--resource-id", str(account))
    return Step.az(text, *command, *on_workspace(workspace), *names)


UNLINK_FIRST = (
    "Remove Update Management, Change Tracking and Inventory and Start/Stop VMs v1 from the workspace first where they "
    "are enabled: the link cannot be changed before."
)
"""Stated by Microsoft's articles on unlinking a workspace from an Automation account (2020 and 2021)."""
