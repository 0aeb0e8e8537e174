"""runbook-uses-azurerm."""

from __future__ import annotations

from collections.abc import Iterator

from scanner.checks._check import Judgement, check
from scanner.checks._runbook import RunbookEvidence, users
from scanner.findings import Severity, Step, Unseen
from scanner.graph import EstateGraph
from scanner.inventory import ArmId, Module, Reading, RunbookSignature


class RunbookWithAzureRm(RunbookEvidence, frozen=True, kw_only=True):
    """A runbook that uses AzureRM; `modules` are the account's own AzureRM modules, None where those were not read."""

    modules: tuple[str, ...] | None

    @property
    def severity(self) -> Severity:
        return Severity.HIGH

    def message(self) -> str:
        return (
            f"Runbook {self.runbook_name} of {self.account.name} uses {self.use}, "
            f"whose execution was stopped on 2025-02-01{self._installed}"
        )

    @property
    def _installed(self) -> str:
        if self.modules is None:
            return "; whether the account still has modules of it was not read"
        return f"; the account still has {len(self.modules)} of its modules" if self.modules else ""

    def remediation(self) -> tuple[Step, ...]:
        return (
            *self.reading(),
            Step(
                "Replace the AzureRM cmdlets by their counterparts of the Az module, test the runbook and publish it."
            ),
            *(self._removal(module) for module in self.modules or ()),
        )

    def _removal(self, module: str) -> Step:
        return Step.powershell(
            f"When no runbook uses {module} any more, remove it.",
            "Remove-AzAutomationModule",
            ResourceGroupName=self.account.resource_group,
            AutomationAccountName=self.account.name,
            Name=module,
        )


@check(
    reads=(Reading.RUNBOOK_CONTENT,),
    refines=(Reading.MODULES,),
    severities=(Severity.HIGH,),
)
def runbook_uses_azurerm(graph: EstateGraph) -> Iterator[Judgement]:
    """A runbook uses the retired AzureRM modules.

    ## What it finds
    Runbooks whose published content uses a cmdlet or module of AzureRM, also by an alias. Comments, here-strings and
    other strings do not count. The AzureRM modules that the account still has are named as well, where they were read.

    Content is read only in accounts with a trace of hybrid work: a worker group, or something that runs on one. What
    could not be understood is reported as not seen.

    ## Why it matters
    AzureRM was deprecated on 2024-02-29, and Azure Automation stopped executing runbooks that use it on 2025-02-01.

    ## How to fix it
    Move the runbook to the Az module. Never import both into one account: they do not work side by side.

    ## Read more
    * [Migrate Azure PowerShell from AzureRM to Az](https://learn.microsoft.com/powershell/azure/migrate-from-azurerm-to-az)
    """
    for user in users(graph, RunbookSignature.AZURE_RM):
        if isinstance(user, Unseen):
            yield user
            continue
        runbook, signs = user
        facts = RunbookWithAzureRm.facts_of(runbook, signs)
        yield RunbookWithAzureRm(**facts, modules=_azurerm_modules(graph, runbook.account))


def _azurerm_modules(graph: EstateGraph, account: ArmId) -> tuple[str, ...] | None:
    if not graph.listed(Reading.MODULES, account):
        return None
    names = (module.name for module in graph.children(account, Module) if not module.is_global)
    return tuple(sorted(name for name in names if name.lower().partition(".")[0] == "azurerm"))
