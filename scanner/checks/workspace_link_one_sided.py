"""workspace-link-one-sided."""

from __future__ import annotations

from collections.abc import Iterator

from scanner.checks._check import check
from scanner.checks._link import UNLINK_FIRST, AccountEvidence, link_to, links, look_at_link, on_workspace, unlink
from scanner.findings import Settled, Severity, Step, Unseen
from scanner.graph import EstateGraph, Presence
from scanner.inventory import ArmId, AutomationAccount, Gap, LinkedService, Reading, Workspace


class OneSidedLink(AccountEvidence, frozen=True, kw_only=True):
    """A link that one side names and the other does not; the two `named_by` fields are what each side says instead."""

    identity = ("workspace",)

    account_is_gone: bool
    workspace: ArmId
    workspace_name: str
    named_by_account: ArmId | None
    named_by_workspace: ArmId | None

    @property
    def severity(self) -> Severity:
        return Severity.MEDIUM

    @property
    def account_names_it(self) -> bool:
        """Whether it is the account that names the workspace, and not the other way round."""
        return self.named_by_account == self.workspace

    def message(self) -> str:
        account, workspace = self.account_name, self.workspace_name
        if self.account_names_it:
            other = self.named_by_workspace.name if self.named_by_workspace else "no account"
            return f"{account} names {workspace} as its linked workspace, but {workspace} is linked to {other}"
        if self.account_is_gone:
            return f"{workspace} is linked to {account}, an Automation account that no longer exists"
        other = self.named_by_account.name if self.named_by_account else "no workspace"
        return f"{workspace} is linked to {account}, but {account} names {other} as its linked workspace"

    def remediation(self) -> tuple[Step, ...]:
        command = ("monitor", "log-analytics", "workspace", "linked-service", "list")
        look = Step.az(f"See what {self.workspace_name} is linked to.", *command, *on_workspace(self.workspace))
        if self.account_is_gone:
            return (look, unlink(f"Delete the link that {self.workspace_name} has left.", self.workspace))
        looks = (look_at_link(self.account), look)
        if self.account_names_it and self.named_by_workspace is None:
            again = f"If the link is needed, make it again from {self.workspace_name}."
            gone = f"Otherwise open Linked workspace in {self.account_name} and choose Unlink workspace."
            return (*looks, link_to(again, self.workspace, self.account), Step(gone))
        return (
            *looks,
            Step(f"Decide which pair is meant: an account and a workspace have one link each. {UNLINK_FIRST}"),
            unlink(f"Delete the link of {self.workspace_name} when it is the wrong one.", self.workspace),
        )


@check(
    reads=(Reading.LINKED_WORKSPACE, Reading.WORKSPACE, Reading.LINKED_SERVICES),
    refines=(Reading.ACCOUNT,),
    severities=(Severity.MEDIUM,),
    tenant_wide=True,
)
def workspace_link_one_sided(graph: EstateGraph) -> Iterator[OneSidedLink | Unseen | Settled]:
    """The account and the workspace disagree about their link.

    ## What it finds
    Accounts that name a workspace which is not linked to them, and workspaces whose `Automation` linked service names
    an account that names another workspace, none, or that no longer exists. Both sides must have been read, and a
    linked service counts when it is provisioned. Links to clusters are no links to accounts. An account that the scan
    could not see is unknown, unless the scan was asked to leave it out.

    ## Why it matters
    A link has two ends, and a deletion or a move can leave one. Features are then enabled on one side and fail on the
    other, and the workspace cannot be linked to another account.

    ## How to fix it
    Delete the end that is left over, or make the link again.

    ## Read more
    * [Linked services of a workspace](https://learn.microsoft.com/cli/azure/monitor/log-analytics/workspace/linked-service)
    * [Delete a linked service](https://learn.microsoft.com/rest/api/loganalytics/linked-services/delete)
    """
    for link in links(graph):
        if isinstance(link, Unseen):
            yield link
        elif link.workspace is not None:
            yield from _of_account(graph, link.account, link.workspace)
    for workspace in graph.workspaces():
        for service in _automation(graph, workspace.id):
            yield from _of_workspace(graph, workspace, service)


def _automation(graph: EstateGraph, workspace: ArmId) -> tuple[LinkedService, ...]:
    """The workspace's links to Automation accounts: at most one, were it not for hostile answers."""
    return tuple(service for service in graph.linked_services(workspace) if service.service.lower() == "automation")


def _of_account(
    graph: EstateGraph, account: AutomationAccount, named: ArmId
) -> Iterator[OneSidedLink | Unseen | Settled]:
    """Ask the workspace that the account names whether it agrees."""
    workspace = graph.workspace(named)
    if workspace is None:
        if graph.presence(named) is Presence.MISSING:
            yield Settled(account.id)
        elif graph.gap(Reading.WORKSPACE, named) is None:
            yield Unseen(account.id, "linkedWorkspace.id")
        return
    services = _automation(graph, workspace.id)
    if any(service.target == account.id for service in services):
        yield Settled(account.id)
    elif services:
        yield from _disagreement(account, workspace, services[0])
    elif graph.listed(Reading.LINKED_SERVICES, workspace.id):
        yield _one_sided(account.id, workspace, named_by_account=workspace.id)
    else:
        yield Unseen(account.id, graph.gap(Reading.LINKED_SERVICES, workspace.id) or "linkedServices")


def _disagreement(
    account: AutomationAccount, workspace: Workspace, service: LinkedService
) -> Iterator[OneSidedLink | Unseen]:
    if (unread := _unread_field(service)) is not None:
        yield Unseen(account.id, unread)
    elif _is_provisioned(service):
        yield _one_sided(account.id, workspace, named_by_account=workspace.id, named_by_workspace=service.target)


def _of_workspace(graph: EstateGraph, workspace: Workspace, service: LinkedService) -> Iterator[OneSidedLink | Unseen]:
    """Ask the account that the workspace names whether it agrees; one that the user left out is not asked for."""
    target = service.target
    if target is None:
        if not graph.accounts_linked_to(workspace.id):  # else the account is what cannot be judged
            yield Unseen(workspace.id, "resourceId")
        return
    account = graph.account(target)
    link = graph.link(account.id) if account else None
    if account is None and graph.presence(target) is not Presence.MISSING:
        if not _left_out(graph, target):
            yield Unseen(target, _hidden_by(graph, target) or "linkedWorkspace.id")
        return
    unread = account is not None and link is None and not graph.listed(Reading.LINKED_WORKSPACE, account.id)
    named = link.workspace if link else None
    if unread or named == workspace.id:
        return
    claimed = account.id if account else target
    if service.provisioning_state is None:
        yield Unseen(claimed, "provisioningState")
    elif _is_provisioned(service):
        yield _one_sided(
            claimed, workspace, named_by_account=named, named_by_workspace=claimed, account_is_gone=account is None
        )


def _left_out(graph: EstateGraph, account: ArmId) -> bool:
    """Whether the account is none of those that the user asked to scan."""
    scope, subscription = graph.estate.facts.scope, account.subscription_id
    if scope.account is not None and ArmId(scope.account) != account:
        return True
    if scope.resource_group is not None and scope.resource_group.lower() != account.resource_group.lower():
        return True
    if subscription in {name.lower() for name in scope.excluded_subscriptions}:
        return True
    if scope.subscriptions and subscription not in {name.lower() for name in scope.subscriptions}:
        return True
    # A subscription below the management group is seen, or a Gap.
    below = graph.presence(account.subscription) is Presence.SEEN or _hidden_by(graph, account) is not None
    return scope.management_group is not None and not below


def _hidden_by(graph: EstateGraph, account: ArmId) -> Gap | None:
    """The Gap that keeps the account from being seen: its own, or its subscription's."""
    gaps = (graph.gap(Reading.ACCOUNT, account), graph.gap(Reading.ACCOUNTS, account.subscription))
    return next((gap for gap in gaps if gap), None) or graph.gap(Reading.SUBSCRIPTIONS, account.subscription)


def _unread_field(service: LinkedService) -> str | None:
    if service.target is None:
        return "resourceId"
    return "provisioningState" if service.provisioning_state is None else None


def _is_provisioned(service: LinkedService) -> bool:
    return (service.provisioning_state or "").lower() == "succeeded"


def _one_sided(
    account: ArmId,
    workspace: Workspace,
    *,
    named_by_account: ArmId | None = None,
    named_by_workspace: ArmId | None = None,
    account_is_gone: bool = False,
) -> OneSidedLink:
    return OneSidedLink(
        account=account,
        account_name=account.name,
        account_is_gone=account_is_gone,
        workspace=workspace.id,
        workspace_name=workspace.name,
        named_by_account=named_by_account,
        named_by_workspace=named_by_workspace,
    )
