"""workspace-link-absent."""

from __future__ import annotations

from collections.abc import Iterator

from scanner.checks._check import check
from scanner.checks._gaps import AccountGaps, workers_listed
from scanner.checks._link import AccountEvidence, Link, links, on_workspace
from scanner.findings import Settled, Severity, Step, Unseen
from scanner.graph import EstateGraph, Presence
from scanner.inventory import ArmId, Gap, Reading

_PACK = "AzureAutomation"


class AbsentLink(AccountEvidence, frozen=True, kw_only=True):
    """System or V1 workers without the link that they need; `workspace` is None when the account has no link at all.

    With a workspace, it is the workspace's AzureAutomation pack that is disabled.
    """

    workspace: ArmId | None
    system_workers: int
    v1_workers: int
    workers_read_in_full: bool

    @property
    def severity(self) -> Severity:
        return Severity.MEDIUM if self.system_workers else Severity.INFO

    def message(self) -> str:
        counts = ((self.system_workers, "System"), (self.v1_workers, "V1"))
        workers = " and ".join(f"{n} {kind} worker{'s' * (n != 1)}" for n, kind in counts if n)
        lack = (
            f"the {_PACK} pack of its linked workspace {self.workspace.name} is disabled"
            if self.workspace
            else "no linked workspace"
        )
        rest = "" if self.workers_read_in_full else "; its workers could not be read in full"
        return f"{self.account_name} has {workers}, but {lack}{rest}"

    def remediation(self) -> tuple[Step, ...]:
        listing = (
            *("automation", "hrwg", "list", "--subscription", self.account.subscription_id),
            *("--resource-group", self.account.resource_group, "--automation-account-name", self.account.name),
        )
        retire = Step(
            "System workers belong to Update Management and V1 workers to the Log Analytics agent, both retired on "
            "2024-08-31: move to Azure Update Manager and to extension-based (V2) workers, and delete the leftovers."
        )
        return (Step.az(f"See the groups of {self.account_name}.", *listing), retire, self._repair())

    def _repair(self) -> Step:
        until = "Where the old workers must go on until then,"
        if self.workspace is None:
            return Step(f"{until} link {self.account_name} to the workspace that their agents report to.")
        command = ("monitor", "log-analytics", "workspace", "pack", "enable", *on_workspace(self.workspace))
        return Step.az(f"{until} enable the pack in {self.workspace.name}.", *command, "--name", _PACK)


@check(
    reads=(Reading.LINKED_WORKSPACE, Reading.GROUPS, Reading.WORKERS, Reading.INTELLIGENCE_PACKS),
    refines=(Reading.SOLUTIONS, Reading.HEARTBEATS),
    severities=(Severity.MEDIUM, Severity.INFO),
)
def workspace_link_absent(graph: EstateGraph) -> Iterator[AbsentLink | Unseen | Settled]:
    """System or V1 workers exist, but the account has no working link to a workspace.

    ## What it finds
    Accounts with System workers or V1 workers that name no linked workspace, or whose linked workspace has its
    AzureAutomation pack disabled. The severity is medium with System workers, else info.

    ## Why it matters
    System workers and V1 workers get their configuration through the linked workspace. Without it they are leftovers
    that take no work, or cannot be registered again.

    ## How to fix it
    Move to Azure Update Manager and to extension-based (V2) workers, and delete the leftovers. Where the old workers
    must go on until then, link the workspace that their agents report to, or enable the pack.

    ## Read more
    * [Hybrid Runbook Worker overview](https://learn.microsoft.com/azure/automation/automation-hybrid-runbook-worker)
    * [Deploy an extension-based Hybrid Runbook Worker](https://learn.microsoft.com/azure/automation/extension-based-hybrid-runbook-worker-install)
    """
    gaps = AccountGaps(graph)
    for link in links(graph):
        if isinstance(link, Unseen):
            yield link
        elif (working := _works(graph, link)) is True:
            yield from gaps.settled(link.account.id)
        else:
            yield from _judge(graph, link, working)


def _works(graph: EstateGraph, link: Link) -> bool | None:
    """Whether the link is there and its pack enabled; a workspace that is gone is the concern of workspace-missing."""
    if link.workspace is None:
        return False
    if graph.presence(link.workspace) is Presence.MISSING:
        return True
    pack = graph.pack(link.workspace, _PACK)
    return pack.enabled if pack else None


def _judge(graph: EstateGraph, link: Link, working: bool | None) -> Iterator[AbsentLink | Unseen | Settled]:
    account, workspace = link
    use = graph.feature_use(account.id)
    complete = workers_listed(graph, account.id)
    if use.system_workers or use.v1_workers:
        if working is False:
            yield AbsentLink(
                account=account.id,
                account_name=account.name,
                workspace=workspace,
                system_workers=use.system_workers,
                v1_workers=use.v1_workers,
                workers_read_in_full=complete,
            )
        elif workspace is not None:
            yield Unseen(account.id, _unread_pack(graph, workspace))
    elif (unread := _unread_type(graph, account.id)) is not None:
        yield Unseen(account.id, unread)
    elif complete:
        yield Settled(account.id)


def _unread_pack(graph: EstateGraph, workspace: ArmId) -> Gap | str:
    gaps = (graph.gap(reading, workspace) for reading in (Reading.WORKSPACE, Reading.INTELLIGENCE_PACKS))
    return next((gap for gap in gaps if gap), f"intelligencePacks/{_PACK}")


def _unread_type(graph: EstateGraph, account: ArmId) -> str | None:
    """The field without which a worker may be a System or V1 worker."""
    held = [(group, graph.workers(group.id)) for group in graph.groups(account)]
    if any(workers and group.group_type is None for group, workers in held):
        return "groupType"
    v1_possible = (worker.worker_type is None for _, workers in held for worker in workers)
    return "workerType" if any(v1_possible) else None
