"""account-identity-missing."""

from __future__ import annotations

from collections.abc import Iterator

from scanner.checks._check import Judgement, check
from scanner.checks._run_as import in_short
from scanner.findings import Evidence, Settled, Severity, Step, Unseen
from scanner.graph import NEED_READINGS, EstateGraph
from scanner.inventory import ArmId, AutomationAccount, Reading, RunbookSignature

_RUN_AS = (RunbookSignature.RUN_AS, RunbookSignature.CLASSIC_RUN_AS)


class AccountWithoutIdentity(Evidence, frozen=True, kw_only=True):
    """An account without a managed identity.

    `run_as_needed` tells whether a runbook that runs uses a Run As connection, None where that was not seen.
    """

    account: ArmId
    account_name: str
    run_as_needed: bool | None
    needed_by: tuple[str, ...]

    @property
    def subject(self) -> ArmId:
        return self.account

    @property
    def concerns(self) -> ArmId:
        return self.account

    @property
    def severity(self) -> Severity:
        return Severity.HIGH if self.run_as_needed else Severity.MEDIUM

    def message(self) -> str:
        need = {
            True: f"{in_short(self.needed_by)} still need{'s' * (len(self.needed_by) == 1)} a Run As connection",
            False: "no runbook that runs needs a Run As connection",
            None: "whether its runbooks need a Run As connection was not seen",
        }[self.run_as_needed]
        return f"{self.account_name} has no managed identity; {need}"

    def remediation(self) -> tuple[Step, ...]:
        return (
            Step.powershell(
                "Select the account's subscription.", "Set-AzContext", Subscription=self.account.subscription_id
            ),
            Step.powershell(
                f"Give {self.account_name} a system-assigned managed identity; hybrid workers can use no other.",
                "Set-AzAutomationAccount",
                ResourceGroupName=self.account.resource_group,
                Name=self.account.name,
                AssignSystemIdentity=True,
            ),
            Step("Grant the identity the roles that the runbooks need, and let them use Connect-AzAccount -Identity."),
        )


@check(
    reads=(Reading.ACCOUNT,),
    refines=NEED_READINGS,
    severities=(Severity.HIGH, Severity.MEDIUM),
)
def account_identity_missing(graph: EstateGraph) -> Iterator[Judgement]:
    """An Automation account has no managed identity.

    ## What it finds
    Accounts with neither a system-assigned nor a user-assigned managed identity. The severity is medium,
    and high when a runbook that runs still uses a Run As connection. Where that was not seen it stays medium, and the
    message says so.

    ## Why it matters
    Since Run As accounts were retired on 2023-09-30, a managed identity is how a runbook signs in to Azure without a
    stored secret. An account without one keeps passwords or certificates, or its runbooks cannot sign in at all.

    ## How to fix it
    Turn on the system-assigned managed identity and grant it the roles that the runbooks need.

    ## Read more
    * [Enable a system-assigned managed identity](https://learn.microsoft.com/azure/automation/enable-managed-identity-for-automation)
    * [Migrate from a Run As account to managed identities](https://learn.microsoft.com/azure/automation/migrate-run-as-accounts-managed-identity)
    """
    for account in graph.accounts():
        if _has_identity(account):
            yield Settled(account.id)
        elif account.detailed and not account.identity_told:
            yield Unseen(account.id, "identity.type")
        elif account.detailed:
            need = graph.targets.need_of(account.id, _RUN_AS)
            yield AccountWithoutIdentity(
                account=account.id, account_name=account.name, run_as_needed=need.needed, needed_by=need.runbooks
            )
        elif graph.answered(Reading.ACCOUNT, account.id):
            yield Unseen(account.id, "identity")


def _has_identity(account: AutomationAccount) -> bool:
    """A sparse list shows an identity where there is one, so that its presence needs no GET."""
    return (account.identity_type or "").strip().lower() not in {"", "none"}
