"""variable-unencrypted."""

from __future__ import annotations

from collections.abc import Iterator

from scanner.checks._check import Judgement, check
from scanner.findings import Evidence, Severity, Step, Unseen
from scanner.graph import EstateGraph
from scanner.inventory import ArmId, Reading, Variable
from scanner.options import Included


class PlainVariable(Evidence, frozen=True, kw_only=True):
    """A variable asset that is not encrypted; its value is never read into the scan."""

    variable: ArmId
    variable_name: str
    account: ArmId

    @property
    def subject(self) -> ArmId:
        return self.variable

    @property
    def concerns(self) -> ArmId:
        return self.account

    @property
    def severity(self) -> Severity:
        return Severity.MEDIUM

    def message(self) -> str:
        return f"Variable {self.variable_name} of {self.account.name} is not encrypted"

    def remediation(self) -> tuple[Step, ...]:
        return (
            Step("If it holds a secret, renew that secret: whoever could read the account has seen it."),
            Step("Create an encrypted variable, and let the runbooks use that: a variable cannot be changed to one."),
            Step.powershell(
                "Select the account's subscription.", "Set-AzContext", Subscription=self.account.subscription_id
            ),
            Step.powershell(
                "When no runbook uses the plain variable any more, remove it.",
                "Remove-AzAutomationVariable",
                ResourceGroupName=self.account.resource_group,
                AutomationAccountName=self.account.name,
                Name=self.variable_name,
            ),
        )


@check(
    reads=(Reading.VARIABLES,),
    severities=(Severity.MEDIUM,),
    included_by=Included.VARIABLES,
)
def variable_unencrypted(graph: EstateGraph) -> Iterator[Judgement]:
    """A variable asset is not encrypted.

    ## What it finds
    Variable assets whose isEncrypted is false. The check runs with `--include variables` only: Azure answers a list of
    variables with the plain values, which then pass through the scan's memory. They are dropped at once.

    ## Why it matters
    Everyone who may read the account, with as little as the role Reader, can read the value.

    ## How to fix it
    Keep secrets in encrypted variables, or better in a key vault that the runbooks read with the managed identity.

    ## Read more
    * [Manage variables in Azure Automation](https://learn.microsoft.com/azure/automation/shared-resources/variables)
    """
    for account in graph.accounts():
        for variable in graph.children(account.id, Variable):
            if variable.encrypted is None:
                yield Unseen(variable.id, "isEncrypted")
            elif not variable.encrypted:
                yield PlainVariable(variable=variable.id, variable_name=variable.name, account=account.id)
