"""runbook-uses-run-as."""

from __future__ import annotations

from collections.abc import Iterator

from scanner.checks._check import Judgement, check
from scanner.checks._runbook import HybridRunbookEvidence, users
from scanner.findings import Severity, Step, Unseen
from scanner.graph import TARGET_READINGS, EstateGraph
from scanner.inventory import Reading, RunbookSignature


class RunbookWithRunAs(HybridRunbookEvidence, frozen=True, kw_only=True):
    """A runbook that signs in with a Run As connection."""

    @property
    def severity(self) -> Severity:
        return Severity.HIGH if self.on_hybrid else Severity.MEDIUM

    def message(self) -> str:
        return (
            f"Runbook {self.runbook_name} of {self.account.name} uses {self.use} of a Run As account, "
            f"which was retired on 2023-09-30, and {self.where}"
        )

    def remediation(self) -> tuple[Step, ...]:
        return (
            *self.reading(),
            Step(
                f"Grant the system-assigned identity of {self.account.name} the roles that {self.runbook_name} needs."
            ),
            Step("Replace the Run As sign-in with Connect-AzAccount -Identity, test the runbook and publish it."),
        )


@check(
    reads=(Reading.RUNBOOK_CONTENT,),
    refines=TARGET_READINGS,
    severities=(Severity.HIGH, Severity.MEDIUM),
    scenarios=("S4",),
)
def runbook_uses_run_as(graph: EstateGraph) -> Iterator[Judgement]:
    """A runbook still signs in with a Run As connection.

    ## What it finds
    Runbooks whose published content uses AzureRunAsConnection or AzureClassicRunAsConnection, also through a variable
    that holds the name. Comments, here-strings and other strings do not count. The severity is medium, and high when
    an enabled schedule, an enabled webhook or a job of the last 7 days runs the runbook, or one that calls it, on a
    hybrid group; where that was not read, it stays medium and the message says so.

    Content is read only in accounts with a trace of hybrid work: a worker group, or something that runs on one. What
    could not be understood is reported as not seen.

    ## Why it matters
    Run As accounts were retired on 2023-09-30 and cannot be renewed. On a hybrid worker the sign-in also needs the
    certificate in the machine's own store: without it the job fails with "No certificate was found in the certificate
    store with thumbprint", however healthy certificate and connection look in the account.

    ## How to fix it
    Let the runbook sign in with the account's managed identity. Jobs on a hybrid worker can use the system-assigned
    one only.

    ## Read more
    * [Migrate from a Run As account to managed identities](https://learn.microsoft.com/azure/automation/migrate-run-as-accounts-managed-identity)
    * [Troubleshoot Hybrid Runbook Worker issues](https://learn.microsoft.com/azure/automation/troubleshoot/hybrid-runbook-worker)
    """
    for user in users(graph, RunbookSignature.RUN_AS, RunbookSignature.CLASSIC_RUN_AS):
        if isinstance(user, Unseen):
            yield user
            continue
        runbook, signs = user
        reach = graph.targets.reach(runbook.id)
        facts = RunbookWithRunAs.facts_of(runbook, signs)
        yield RunbookWithRunAs(**facts, on_hybrid=reach.on_hybrid, groups=reach.groups)
