"""runbook-uses-msonline."""

from __future__ import annotations

from collections.abc import Iterator

from scanner.checks._check import Judgement, check
from scanner.checks._runbook import HybridRunbookEvidence, users
from scanner.findings import Severity, Step, Unseen
from scanner.graph import TARGET_READINGS, EstateGraph
from scanner.inventory import Reading, RunbookSignature


class RunbookWithMsOnline(HybridRunbookEvidence, frozen=True, kw_only=True):
    """A runbook that uses MSOnline or AzureAD cmdlets."""

    @property
    def severity(self) -> Severity:
        return Severity.HIGH if self.on_hybrid else Severity.MEDIUM

    @property
    def scenarios(self) -> tuple[str, ...]:
        return ("S11",) if self.on_hybrid else ()

    @property
    def may_be(self) -> tuple[str, ...]:
        return ("S11",) if self.on_hybrid is None else ()

    def message(self) -> str:
        return (
            f"Runbook {self.runbook_name} of {self.account.name} uses {self.use}, "
            f"whose service has been blocked since 2025, and {self.where}"
        )

    def remediation(self) -> tuple[Step, ...]:
        return (
            *self.reading(),
            Step("Replace each cmdlet by its counterpart of Microsoft Graph PowerShell, not by the AzureAD module."),
            Step(
                f"Install the modules of Microsoft Graph that {self.runbook_name} needs where it runs, "
                "sign in with Connect-MgGraph -Identity, test the runbook and publish it."
            ),
        )


@check(
    reads=(Reading.RUNBOOK_CONTENT,),
    refines=TARGET_READINGS,
    severities=(Severity.HIGH, Severity.MEDIUM),
    scenarios=("S11",),
)
def runbook_uses_msonline(graph: EstateGraph) -> Iterator[Judgement]:
    """A runbook uses the retired MSOnline or AzureAD module.

    ## What it finds
    Runbooks whose published content uses a cmdlet or module of MSOnline or AzureAD. Comments, here-strings and other
    strings do not count. The severity is medium, and high when the runbook, or one that calls it, runs on a hybrid
    group; only then is it a sign of the article's scenario. Where that was not read, it stays medium, the message says
    so, and the scenario counts as not seen.

    Content is read only in accounts with a trace of hybrid work: a worker group, or something that runs on one. What
    could not be understood is reported as not seen.

    ## Why it matters
    On a Windows worker behind a proxy the sandbox of the job ignores most proxy settings, so that Connect-MsolService
    never reached Microsoft 365; and since 2025 the service behind both modules is blocked, so that such a runbook works
    nowhere any more.

    ## How to fix it
    Move to Microsoft Graph PowerShell. The troubleshooting article names the AzureAD module, which is retired as well.

    ## Read more
    * [Troubleshoot Hybrid Runbook Worker issues](https://learn.microsoft.com/azure/automation/troubleshoot/hybrid-runbook-worker)
    * [Upgrade from Azure AD PowerShell to Microsoft Graph PowerShell](https://learn.microsoft.com/powershell/microsoftgraph/migration-steps)
    """
    for user in users(graph, RunbookSignature.MSONLINE, RunbookSignature.AZURE_AD):
        if isinstance(user, Unseen):
            yield user
            continue
        runbook, signs = user
        reach = graph.targets.reach(runbook.id)
        facts = RunbookWithMsOnline.facts_of(runbook, signs)
        yield RunbookWithMsOnline(**facts, on_hybrid=reach.on_hybrid, groups=reach.groups)
