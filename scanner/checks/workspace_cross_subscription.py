"""workspace-cross-subscription."""

from __future__ import annotations

from collections.abc import Iterator

from scanner.checks._check import check
from scanner.checks._link import (
    FEATURE_READS,
    UNLINK_FIRST,
    LinkEvidence,
    cross_subscription_links,
    look_at_link,
    subscription_name,
    unlink,
)
from scanner.findings import Severity, Step, Unseen
from scanner.graph import EstateGraph
from scanner.inventory import Reading


class CrossSubscriptionWorkspace(LinkEvidence, frozen=True, kw_only=True):
    """An account and its linked workspace in two subscriptions."""

    account_subscription: str
    workspace_subscription: str

    @property
    def severity(self) -> Severity:
        return Severity.HIGH if self.features_in_use else Severity.LOW

    def message(self) -> str:
        return (
            f"{self.account_name} in subscription {self.account_subscription} is linked to {self.workspace_name} in "
            f"subscription {self.workspace_subscription}, although both must be in one subscription by a rule that was "
            f"documented until 2020 and never revoked; {self.use}"
        )

    def remediation(self) -> tuple[Step, ...]:
        own = self.account.subscription_id
        listing = ("monitor", "log-analytics", "workspace", "list", "--subscription", own, "--output", "table")
        return (
            look_at_link(self.account),
            Step.az(f"See which workspaces {self.account_subscription} has.", *listing),
            unlink(f"Unlink {self.workspace_name}. {UNLINK_FIRST}", self.workspace),
            Step(f"Where the link is still needed, link {self.account_name} to a workspace of its own subscription."),
            Step("Deployment scripts that stay must be told the workspace's subscription."),
        )


@check(
    reads=(Reading.LINKED_WORKSPACE,),
    refines=FEATURE_READS,
    severities=(Severity.HIGH, Severity.LOW),
    scenarios=("S2",),
)
def workspace_cross_subscription(graph: EstateGraph) -> Iterator[CrossSubscriptionWorkspace | Unseen]:
    """The linked workspace is in another subscription than the Automation account.

    ## What it finds
    Accounts whose linked workspace has another subscription in its id. The id alone is enough: the workspace itself
    need not be readable. The severity is high when Update Management or the v1 form of Change Tracking is in use, or V1
    or System workers exist, else low.

    ## Why it matters
    The deployment script behind Update Management looks for the workspace only in the given subscription, does not find
    it, tries to create it and fails because the name is taken: event 15011. Microsoft documented until 2020 that both
    must be in one subscription; the sentence disappeared then, and nothing found revokes it.

    ## How to fix it
    Link a workspace of the account's own subscription, or let the deployment search the workspace's subscription.

    ## Read more
    * [Troubleshoot Hybrid Runbook Worker issues](https://learn.microsoft.com/azure/automation/troubleshoot/hybrid-runbook-worker)
    * [Supported regions for linked workspaces](https://learn.microsoft.com/azure/automation/how-to/region-mappings)
    """
    for link in cross_subscription_links(graph):
        if isinstance(link, Unseen):
            yield link
        else:
            account, workspace = link
            yield CrossSubscriptionWorkspace(
                **LinkEvidence.facts_of(graph, account, workspace),
                account_subscription=subscription_name(graph, account.id),
                workspace_subscription=subscription_name(graph, workspace),
            )
