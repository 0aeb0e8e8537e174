"""group-credential-at-risk."""

from __future__ import annotations

from collections.abc import Iterator

from scanner.checks._check import Judgement, check
from scanner.checks._group import GroupEvidence, unread_list
from scanner.findings import FoundOn, Settled, Severity, Step, Unseen
from scanner.graph import TARGET_READINGS, EstateGraph
from scanner.inventory import GroupType, HybridWorker, Reading, WorkerGroup, WorkerType

_ARC = ("microsoft.hybridcompute/machines",)
_AZURE = ("microsoft.compute/virtualmachines", "microsoft.compute/virtualmachinescalesets/virtualmachines")


class CredentialAtRisk(GroupEvidence, frozen=True, kw_only=True):
    """A User group with a custom credential on extension-based workers; both lists hold worker names."""

    credential: str
    arc_workers: tuple[str, ...]
    azure_workers: tuple[str, ...]

    @property
    def severity(self) -> Severity:
        return Severity.INFO

    def message(self) -> str:
        kinds = []
        if self.arc_workers:
            kinds.append(f"{len(self.arc_workers)} on Arc, where an agent update takes that user's right to the tokens")
        if self.azure_workers:
            kinds.append(
                f"{len(self.azure_workers)} on Azure VMs, where that user needs rights on the extension's folder"
            )
        return (
            f"{self.group_name} in {self.account_name} runs jobs as the credential {self.credential} on V2 workers: "
            + "; ".join(kinds)
        )

    def remediation(self) -> tuple[Step, ...]:
        steps = []
        if self.arc_workers:
            steps.append(
                Step(
                    r"On the Arc machines, give the credential's user read access to "
                    r"C:\ProgramData\AzureConnectedMachineAgent\Tokens again after each update of the agent."
                )
            )
        if self.azure_workers:
            steps.append(
                Step(
                    "On the Azure VMs, give the credential's user read and execute rights on the folder of the "
                    r"hybrid worker extension below C:\Packages\Plugins."
                )
            )
        return (*steps, Step("Or let the group run jobs as the local system account, without a credential."))


@check(
    reads=(Reading.WORKERS,),
    refines=TARGET_READINGS,
    severities=(Severity.INFO,),
    found_on=FoundOn.GROUP,
)
def group_credential_at_risk(graph: EstateGraph) -> Iterator[Judgement]:
    """A Hybrid Runbook Worker group runs jobs as a custom user on extension-based workers.

    ## What it finds
    User groups with a credential asset of which at least one V2 worker is an Azure VM or an Arc-enabled server.

    ## Why it matters
    An update of the Connected Machine agent removes the user's access to the agent's tokens, and jobs on Arc machines
    are suddenly suspended. On Azure VMs the user needs rights on the extension's folder, or jobs stay queued after a
    restart. Whether the rights are there cannot be seen from the cloud.

    ## How to fix it
    Grant the rights again, and after each agent update, or run jobs as the local system account.

    ## Read more
    * [Troubleshoot extension-based Hybrid Runbook Worker issues](https://learn.microsoft.com/azure/automation/troubleshoot/extension-based-hybrid-runbook-worker)
    * [Run runbooks on a Hybrid Runbook Worker](https://learn.microsoft.com/azure/automation/automation-hrw-run-runbooks)
    """
    for account in graph.accounts():
        for group in graph.groups(account.id):
            yield _judged(graph, group)


def _judged(graph: EstateGraph, group: WorkerGroup) -> Judgement:
    if not group.credential or group.group_type is GroupType.SYSTEM:
        return Settled(group.id)
    workers = graph.workers(group.id)
    arc, azure = _on(workers, _ARC), _on(workers, _AZURE)
    if not arc and not azure:
        unread = unread_list(graph, group) or _unread_field(workers)
        return Settled(group.id) if unread is None else Unseen(group.id, unread)
    if group.group_type is None:
        return Unseen(group.id, "groupType")
    return CredentialAtRisk(
        **GroupEvidence.facts_of(graph, group), credential=group.credential, arc_workers=arc, azure_workers=azure
    )


def _on(workers: tuple[HybridWorker, ...], types: tuple[str, ...]) -> tuple[str, ...]:
    chosen = (w for w in workers if w.worker_type is WorkerType.V2 and w.machine is not None)
    return tuple(sorted(w.worker_name or w.name for w in chosen if w.machine and w.machine.type in types))


def _unread_field(workers: tuple[HybridWorker, ...]) -> str | None:
    """The field without which a worker may be a V2 worker on Azure or Arc."""
    for worker in workers:
        if worker.worker_type is not WorkerType.V1 and worker.machine is None:
            return "vmResourceId"
        if worker.worker_type is None and worker.machine is not None and worker.machine.type in (*_ARC, *_AZURE):
            return "workerType"
    return None
