"""account-public-network."""

from __future__ import annotations

from collections.abc import Iterator

from scanner.checks._account import AccountEvidence, untold
from scanner.checks._check import Judgement, check
from scanner.findings import Settled, Severity, Step
from scanner.graph import EstateGraph
from scanner.inventory import Reading


class PublicAccount(AccountEvidence, frozen=True, kw_only=True):
    """An account that is open to the public network; `told` is False where Azure leaves the setting out."""

    told: bool

    @property
    def severity(self) -> Severity:
        return Severity.LOW

    def message(self) -> str:
        if self.told:
            return f"{self.account_name} allows access from the public network"
        return f"{self.account_name} does not say whether it allows public network access, which is on by default"

    def remediation(self) -> tuple[Step, ...]:
        return (
            Step(
                f"Give {self.account_name} private endpoints for DSCAndHybridWorker and Webhook, and let the workers "
                "and the callers of its webhooks resolve their addresses."
            ),
            self.setting(
                "When all of them work, turn public network access off; this takes up to 35 minutes.",
                "publicNetworkAccess",
                value=False,
            ),
        )


@check(
    reads=(Reading.ACCOUNT,),
    severities=(Severity.LOW,),
)
def account_public_network(graph: EstateGraph) -> Iterator[Judgement]:
    """An Automation account is open to the public network.

    ## What it finds
    Accounts whose publicNetworkAccess is on, or whose own answer leaves it out: then it was never set, and public
    access is the default. The message tells which of the two it is.

    ## Why it matters
    Webhooks, State Configuration and the service of the hybrid workers can be reached from anywhere. Keys and tokens
    are the only guard.

    ## How to fix it
    Create private endpoints first, then turn public network access off. The other way round, the workers lose the
    account.

    ## Read more
    * [Use Azure Private Link with Azure Automation](https://learn.microsoft.com/azure/automation/how-to/private-link-security)
    """
    for account in graph.accounts():
        access = account.public_network_access
        if access is False:
            yield Settled(account.id)
        elif access or account.detailed:
            yield PublicAccount(**AccountEvidence.facts_of(account), told=access is not None)
        elif (unseen := untold(graph, account, "publicNetworkAccess")) is not None:
            yield unseen
