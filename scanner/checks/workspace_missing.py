"""workspace-missing."""

from __future__ import annotations

from collections.abc import Iterator

from scanner.checks._check import check
from scanner.checks._link import FEATURE_READS, LinkEvidence, links, look_at_link, on_workspace
from scanner.findings import Severity, Step, Unseen
from scanner.graph import EstateGraph, Presence
from scanner.inventory import ArmId, Reading


class MissingWorkspace(LinkEvidence, frozen=True, kw_only=True):
    """A link to a workspace that is gone; `soft_deleted` is None when the deleted workspaces were not read."""

    soft_deleted: bool | None

    @property
    def severity(self) -> Severity:
        return Severity.HIGH if self.features_in_use else Severity.LOW

    def message(self) -> str:
        how = "was deleted and can still be recovered" if self.soft_deleted else "no longer exists"
        return f"{self.account_name} is linked to {self.workspace_name}, a workspace that {how}; {self.use}"

    def remediation(self) -> tuple[Step, ...]:
        command = ("monitor", "log-analytics", "workspace", "recover")
        recover = Step.az(
            f"If {self.workspace_name} is still needed, recover it within 14 days of its deletion.",
            *command,
            *on_workspace(self.workspace),
        )
        lead = "Unlink it" if self.soft_deleted is False else "Otherwise unlink it"
        unlink = Step(f"{lead}: open Linked workspace in {self.account_name} and choose Unlink workspace.")
        listing = Step.az(
            f"See whether {self.workspace_name} is among the deleted workspaces.",
            *("monitor", "log-analytics", "workspace", "list-deleted-workspaces"),
            *("--subscription", self.workspace.subscription_id),
        )
        middle = {True: (recover,), None: (listing, recover), False: ()}[self.soft_deleted]
        return (look_at_link(self.account), *middle, unlink)


@check(
    reads=(Reading.WORKSPACE,),
    refines=(Reading.DELETED_WORKSPACES, *FEATURE_READS),
    severities=(Severity.HIGH, Severity.LOW),
)
def workspace_missing(graph: EstateGraph) -> Iterator[MissingWorkspace | Unseen]:
    """The linked Log Analytics workspace no longer exists.

    ## What it finds
    Accounts whose linked workspace is not found in a subscription that the scan lists, or is soft-deleted. A workspace
    that may not be read, or whose subscription is not visible, is unknown. The severity is high when Update Management
    or the v1 form of Change Tracking is in use, or V1 or System workers exist, else low.

    ## Why it matters
    Workers that report to the workspace, and the features that live in it, have lost their home. The account keeps the
    link, so nothing in the account shows it.

    ## How to fix it
    Recover the workspace within 14 days of its deletion, or unlink it from the account.

    ## Read more
    * [Delete and recover a Log Analytics workspace](https://learn.microsoft.com/azure/azure-monitor/logs/delete-workspace)
    """
    soft_deleted = frozenset(workspace.id for workspace in graph.estate.deleted_workspaces)
    for link in links(graph):
        if isinstance(link, Unseen):
            yield link
            continue
        account, workspace = link
        presence = graph.presence(workspace) if workspace else Presence.SEEN
        if workspace is None or presence is Presence.SEEN:
            continue
        if presence is Presence.MISSING:
            facts = LinkEvidence.facts_of(graph, account, workspace)
            yield MissingWorkspace(
                **facts, soft_deleted=workspace in soft_deleted or _not_soft_deleted(graph, workspace)
            )
        elif graph.gap(Reading.WORKSPACE, workspace) is None:
            yield Unseen(account.id, "linkedWorkspace.id")


def _not_soft_deleted(graph: EstateGraph, workspace: ArmId) -> bool | None:
    """False where the list proves it, which does not have the workspace; None where nothing does."""
    return False if graph.listed(Reading.DELETED_WORKSPACES, workspace.subscription) else None
