"""workspace-name-collision."""

from __future__ import annotations

from collections.abc import Iterator

from scanner.checks._check import check
from scanner.checks._link import AccountEvidence, cross_subscription_links, on_workspace, subscription_name
from scanner.findings import Severity, Step, Unseen
from scanner.graph import EstateGraph
from scanner.inventory import ArmId, Reading


class WorkspaceNameCollision(AccountEvidence, frozen=True, kw_only=True):
    """Another workspace of the linked one's name; `namesakes` are all that were seen."""

    workspace: ArmId
    workspace_name: str
    namesakes: tuple[ArmId, ...]
    subscriptions: tuple[str, ...]

    @property
    def severity(self) -> Severity:
        return Severity.INFO

    def message(self) -> str:
        where = ", ".join(self.subscriptions)
        return (
            f"{self.account_name} is linked to {self.workspace_name} in another subscription, and a workspace of the "
            f"same name exists in {where}"
        )

    def remediation(self) -> tuple[Step, ...]:
        show = ("monitor", "log-analytics", "workspace", "show")
        return (
            *(
                Step.az(f"Look at {namesake.name} in {namesake.resource_group}.", *show, *on_workspace(namesake))
                for namesake in self.namesakes
            ),
            Step(
                f"Decide which of them {self.account_name} should be linked to, and name workspaces by their full id "
                "in deployment scripts."
            ),
        )


@check(
    reads=(Reading.LINKED_WORKSPACE, Reading.WORKSPACES),
    severities=(Severity.INFO,),
    tenant_wide=True,
    scenarios=("S2",),
)
def workspace_name_collision(graph: EstateGraph) -> Iterator[WorkspaceNameCollision | Unseen]:
    """A workspace of the linked one's name exists elsewhere, and the link crosses subscriptions.

    ## What it finds
    Accounts that are linked to a workspace of another subscription while a second visible workspace has the same name,
    in the account's own subscription or in any other. Names compare without case.

    ## Why it matters
    A deployment script that searches one subscription finds the wrong workspace, or cannot create the one that it looks
    for because its name is taken: event 15011.

    ## How to fix it
    Link the workspace that is meant, and name workspaces by their full id in deployments.

    ## Read more
    * [Troubleshoot Hybrid Runbook Worker issues](https://learn.microsoft.com/azure/automation/troubleshoot/hybrid-runbook-worker)
    """
    by_name: dict[str, list[ArmId]] = {}
    for seen in graph.workspaces():
        by_name.setdefault(seen.id.name.lower(), []).append(seen.id)
    for link in cross_subscription_links(graph):
        if isinstance(link, Unseen):
            yield link
            continue
        account, workspace = link
        namesakes = tuple(id_ for id_ in by_name.get(workspace.name.lower(), ()) if id_ != workspace)
        if namesakes:
            yield WorkspaceNameCollision(
                account=account.id,
                account_name=account.name,
                workspace=workspace,
                workspace_name=workspace.name,
                namesakes=namesakes,
                subscriptions=tuple(dict.fromkeys(subscription_name(graph, id_) for id_ in namesakes)),
            )
