"""group-credential-missing."""

from __future__ import annotations

from collections.abc import Iterator

from scanner.checks._check import Judgement, check
from scanner.checks._group import GroupEvidence
from scanner.findings import FoundOn, Settled, Severity, Step, Unseen
from scanner.graph import TARGET_READINGS, EstateGraph
from scanner.inventory import ArmId, Credential, GroupType, Reading, WorkerGroup


class MissingCredential(GroupEvidence, frozen=True, kw_only=True):
    """A User group that runs jobs as a credential which its account does not have."""

    credential: str

    @property
    def severity(self) -> Severity:
        return Severity.HIGH

    def message(self) -> str:
        return (
            f"{self.group_name} in {self.account_name} runs jobs as the credential {self.credential}, "
            f"which the account does not have; {self.targets}"
        )

    def remediation(self) -> tuple[Step, ...]:
        place = {"ResourceGroupName": self.account.resource_group, "AutomationAccountName": self.account.name}
        return (
            Step.powershell(
                "Select the account's subscription.", "Set-AzContext", Subscription=self.account.subscription_id
            ),
            Step.powershell("List the credentials that the account has.", "Get-AzAutomationCredential", **place),
            Step(f"Create the credential {self.credential} again with New-AzAutomationCredential."),
            Step("Or let the group use a credential that exists, or none (portal: Hybrid worker group settings)."),
        )


@check(
    reads=(Reading.GROUPS, Reading.CREDENTIALS),
    refines=TARGET_READINGS,
    severities=(Severity.HIGH,),
    found_on=FoundOn.GROUP,
    scenarios=("S1",),
)
def group_credential_missing(graph: EstateGraph) -> Iterator[Judgement]:
    """A Hybrid Runbook Worker group runs jobs as a credential that its account does not have.

    ## What it finds
    User groups that name a credential asset which is not among the account's credentials. Names compare without case.

    ## Why it matters
    The worker cannot start a job without the account to run it as: "The job action 'Activate' cannot be run, because
    the process stopped unexpectedly". The job is tried three times and then suspended.

    ## How to fix it
    Create the credential again, let the group use another one, or let it run jobs as the local system account.

    ## Read more
    * [Run runbooks on a Hybrid Runbook Worker](https://learn.microsoft.com/azure/automation/automation-hrw-run-runbooks)
    * [Troubleshoot Hybrid Runbook Worker issues](https://learn.microsoft.com/azure/automation/troubleshoot/hybrid-runbook-worker)
    """
    for account in graph.accounts():
        names = {credential.name.lower() for credential in graph.children(account.id, Credential)}
        for group in graph.groups(account.id):
            yield _judged(graph, group, account.id, names)
        if graph.listed(Reading.GROUPS, account.id):
            yield Settled(account.id)


def _judged(graph: EstateGraph, group: WorkerGroup, account: ArmId, names: set[str]) -> Judgement:
    if not group.credential or group.group_type is GroupType.SYSTEM or group.credential.lower() in names:
        return Settled(group.id)
    if not graph.listed(Reading.CREDENTIALS, account):
        return Unseen(group.id, graph.gap(Reading.CREDENTIALS, account) or "credentials")
    if group.group_type is None:
        return Unseen(group.id, "groupType")
    return MissingCredential(**GroupEvidence.facts_of(graph, group), credential=group.credential)
