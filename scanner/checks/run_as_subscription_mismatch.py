"""run-as-subscription-mismatch."""

from __future__ import annotations

from collections.abc import Iterator

from scanner.checks._check import Judgement, check
from scanner.checks._run_as import ConnectionEvidence, RunAsView, is_run_as
from scanner.findings import Settled, Severity, Step, Unseen
from scanner.graph import NEED_READINGS, EstateGraph
from scanner.inventory import Connection, Reading


class MismatchedSubscription(ConnectionEvidence, frozen=True, kw_only=True):
    """A Run As connection that signs in to another subscription than its account's."""

    subscription_id: str
    account_subscription_id: str

    @property
    def severity(self) -> Severity:
        return Severity.MEDIUM

    def message(self) -> str:
        return (
            f"{self.label} names the subscription {self.subscription_id}, "
            f"but the account is in {self.account_subscription_id}"
        )

    def remediation(self) -> tuple[Step, ...]:
        correction = self.in_account(
            "If runbooks still need the connection for a while, let it name the account's subscription.",
            "Set-AzAutomationConnectionFieldValue",
            Name=self.connection_name,
            ConnectionFieldName="SubscriptionId",
            Value=self.account_subscription_id,
        )
        select, *move = self.move_to_managed_identity()
        return (select, correction, *move)


@check(
    reads=(Reading.CONNECTIONS, Reading.CONNECTION),
    refines=NEED_READINGS,
    severities=(Severity.MEDIUM,),
    scenarios=("S4",),
)
def run_as_subscription_mismatch(graph: EstateGraph) -> Iterator[Judgement]:
    """A Run As connection names another subscription than its account's.

    ## What it finds
    Run As connections whose SubscriptionId is not the subscription of their account; ids compare without case. Other
    connections of type AzureServicePrincipal may well name another subscription and are not judged.

    ## Why it matters
    Run As accounts were made for the account's own subscription. A connection that names another one was copied, or
    the account was moved, and runbooks act on a subscription that nobody expects.

    ## How to fix it
    Run As accounts were retired on 2023-09-30: let the runbooks use a managed identity, and remove the connection.

    ## Read more
    * [Migrate from a Run As account to managed identities](https://learn.microsoft.com/azure/automation/migrate-run-as-accounts-managed-identity)
    * [Manage connections in Azure Automation](https://learn.microsoft.com/azure/automation/automation-connections)
    """
    view = RunAsView(graph)
    for account in graph.accounts():
        for connection in graph.connections(account.id):
            judgement = _judged(view, connection)
            if judgement is not None:
                yield judgement


def _judged(view: RunAsView, connection: Connection) -> Judgement | None:
    run_as = is_run_as(connection)
    if run_as is False:
        return Settled(connection.id)
    if run_as is None:
        return Unseen(connection.id, "connectionType")
    if not connection.fields_read:
        return view.unread(connection).verdict()
    if not connection.subscription_id:
        return Unseen(connection.id, "SubscriptionId")
    expected = connection.account.subscription_id
    if connection.subscription_id.strip().lower() == expected:
        return None
    return MismatchedSubscription(
        **ConnectionEvidence.facts_of(view.graph, connection),
        subscription_id=connection.subscription_id,
        account_subscription_id=expected,
    )
