"""worker-extension-orphaned."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from scanner.checks._check import check
from scanner.checks._machine import (
    EXTENSION_READINGS,
    MACHINE_TYPES,
    extension_removal,
    host_of,
    settled_system_groups,
    unread_extensions,
    unread_user_workers,
    worker_extensions,
)
from scanner.findings import Evidence, FoundOn, Settled, Severity, Step, Unseen
from scanner.graph import EstateGraph, Presence, host_label, same_host
from scanner.inventory import (
    ArmId,
    AutomationAccount,
    DeletedAccount,
    Extension,
    Gap,
    HybridWorker,
    Machine,
    OsType,
    Reading,
    WorkerType,
    account_guid,
)


class OrphanedExtension(Evidence, frozen=True, kw_only=True):
    """A machine whose hybrid worker extension names an account that lists no worker for it, or was deleted."""

    machine: ArmId
    machine_name: str
    os: OsType | None
    extension: ArmId
    account: ArmId
    account_url: str | None
    account_deleted: bool = False
    account_deleted_at: datetime | None = None

    @property
    def subject(self) -> ArmId:
        return self.machine

    @property
    def concerns(self) -> ArmId:
        return self.account

    @property
    def severity(self) -> Severity:
        return Severity.MEDIUM

    def message(self) -> str:
        if self.account_deleted:
            on = f" on {self.account_deleted_at:%Y-%m-%d}" if self.account_deleted_at else ""
            account = f"{self.account.name}, an account that was deleted{on}, and"
        else:
            account = f"{self.account.name}, but"
        return f"{self.machine_name} has the hybrid worker extension of {account} no account lists a worker for it"

    def remediation(self) -> tuple[Step, ...]:
        if not self.account_deleted:
            return (
                Step(f"If {self.machine_name} should run jobs, add it to a Hybrid Runbook Worker group again."),
                extension_removal(self.extension, "If it should not, remove the extension."),
            )
        restore = f"If {self.account.name} is still needed, recover it within 30 days of its deletion"
        return (
            Step(f"{restore}: open Automation Accounts and choose Manage deleted accounts."),
            extension_removal(self.extension, "Otherwise remove the extension."),
            Step(f"Then add {self.machine_name} to a group of another account, if it should run jobs."),
        )


@check(
    reads=(Reading.WORKERS, Reading.ACCOUNT, *EXTENSION_READINGS),
    refines=(Reading.DELETED_ACCOUNTS,),
    severities=(Severity.MEDIUM,),
    found_on=FoundOn.MACHINE,
    scenarios=("S14",),
)
def worker_extension_orphaned(graph: EstateGraph) -> Iterator[OrphanedExtension | Unseen | Settled]:
    """A machine has the hybrid worker extension, but no worker is listed for it.

    ## What it finds
    Azure VMs and Arc-enabled servers with an extension of the type HybridWorkerForWindows or HybridWorkerForLinux whose
    AutomationAccountURL names a visible account, all of whose workers were listed, or a deleted account that can still
    be recovered, while no worker of any visible account is on that machine. An account that is neither visible nor
    among the deleted ones may list it, so that case is unknown.

    ## Why it matters
    The worker was purged or removed, or its group or account was deleted, and the extension was left behind. It runs no
    jobs, and on Linux the next registration can fail because the machine counts as registered already.

    ## How to fix it
    Add the machine to a group again, or remove the extension. A deleted account can be recovered within 30 days.

    ## Read more
    * [Troubleshoot Hybrid Runbook Worker issues](https://learn.microsoft.com/azure/automation/troubleshoot/hybrid-runbook-worker)
    * [Troubleshoot extension-based Hybrid Runbook Worker issues](https://learn.microsoft.com/azure/automation/troubleshoot/extension-based-hybrid-runbook-worker)
    * [Restore a deleted Automation account](https://learn.microsoft.com/azure/automation/delete-account#restore-a-deleted-automation-account)
    """
    yield from settled_system_groups(graph)
    yield from (Settled(machine) for machine in graph.machines())
    by_guid = _accounts_by_guid(graph)
    nameless = _workers_without_machine(graph)
    unread_account = _unread_account(graph)
    untold: dict[ArmId, Gap | str] = {}
    only = graph.estate.facts.scope.account is not None and bool(graph.accounts())
    for machine in graph.estate.machines:
        if graph.registrations(machine.id):
            continue
        extensions = worker_extensions(graph, machine.id)
        unread = unread_extensions(graph, machine)
        if not extensions and unread is not None:
            untold.setdefault(machine.id.subscription, unread)
        for extension in extensions:
            account = by_guid.get(account_guid(extension.account_url), unread_account)
            if only and account is unread_account:
                continue  # it names another account than the one that the user asked about
            yield _judge(graph, machine, extension, account, nameless)
    yield from (Unseen(subscription, because) for subscription, because in untold.items())


def _accounts_by_guid(graph: EstateGraph) -> Mapping[str | None, AutomationAccount | DeletedAccount]:
    """Accounts by the GUID in their service URLs; one that is visible was not deleted, whatever another list says."""
    deleted = {account.guid: account for account in graph.estate.deleted_accounts}
    return deleted | {account_guid(account.hybrid_service_url): account for account in graph.accounts()}


def _workers_without_machine(graph: EstateGraph) -> dict[str, list[str]]:
    """The names of workers that may be on any machine of their name, by short host name."""
    found: dict[str, list[str]] = {}
    for worker in graph.estate.workers:
        told = worker.machine is not None and worker.machine.type in MACHINE_TYPES
        told = told and not _is_gone(graph, worker)  # a machine that was moved has another id than its worker names
        if not told and worker.worker_type is not WorkerType.V1:
            found.setdefault(host_label(worker.worker_name), []).append(worker.worker_name)
    return found


def _is_gone(graph: EstateGraph, worker: HybridWorker) -> bool:
    return worker.machine is not None and graph.presence(worker.machine) is Presence.MISSING


def _judge(
    graph: EstateGraph,
    machine: Machine,
    extension: Extension,
    account: AutomationAccount | DeletedAccount | Gap | str,
    nameless: dict[str, list[str]],
) -> OrphanedExtension | Unseen:
    host = host_of(machine)
    if extension.account_url is None or account_guid(extension.account_url) is None:
        return Unseen(machine.id, "AutomationAccountURL" if extension.settings_told else "settings")
    if not isinstance(account, AutomationAccount | DeletedAccount):
        return Unseen(machine.id, account)
    deleted = account if isinstance(account, DeletedAccount) else None
    unread = unread_user_workers(graph, account.id) if deleted is None else None
    if unread is None and any(same_host(host, name) for name in nameless.get(host_label(host), ())):
        unread = "vmResourceId"
    if unread is not None:
        return Unseen(machine.id, unread)
    return OrphanedExtension(
        machine=machine.id,
        machine_name=host,
        os=machine.os,
        extension=extension.id,
        account=account.id if deleted is None else deleted.target,
        account_url=extension.account_url,
        account_deleted=deleted is not None,
        account_deleted_at=deleted.deleted_at if deleted else None,
    )


def _unread_account(graph: EstateGraph) -> Gap | str:
    """Why an account that an extension names is not known: the GUID of a visible one, a list, or no such account."""
    for account in graph.accounts():
        if account_guid(account.hybrid_service_url) is None:
            return graph.gap(Reading.ACCOUNT, account.id) or "automationHybridServiceUrl"
    lists = (Reading.ACCOUNTS, Reading.DELETED_ACCOUNTS)
    hidden = (graph.gap(reading, subscription.id) for reading in lists for subscription in graph.subscriptions())
    return next((gap for gap in hidden if gap is not None), "AutomationAccountURL")
