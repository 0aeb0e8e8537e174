"""worker-account-url-mismatch."""

from __future__ import annotations

from collections.abc import Iterator

from scanner.checks._check import check
from scanner.checks._machine import (
    EXTENSION_READINGS,
    each_machine,
    extension_installation,
    extension_removal,
    pings,
    unread_extensions,
    worker_extensions,
)
from scanner.checks._worker import WorkerEvidence
from scanner.findings import FoundOn, Settled, Severity, Step, Unseen
from scanner.graph import EstateGraph
from scanner.inventory import ArmId, Extension, HybridWorker, Machine, OsType, Reading, account_guid

_READINGS = (*EXTENSION_READINGS, Reading.ACCOUNT)


class OtherAccountUrl(WorkerEvidence, frozen=True, kw_only=True):
    """A V2 worker whose extension names another account: `extension_url` against the account's `account_url`."""

    extension: ArmId
    extension_url: str
    account_url: str
    os: OsType | None
    location: str | None
    pings: bool

    @property
    def severity(self) -> Severity:
        return Severity.LOW if self.pings else Severity.HIGH

    def message(self) -> str:
        still = ", although the worker still pings" if self.pings else ""
        return (
            f"The hybrid worker extension of {self.worker_name} in {self.group_name} names another Automation account "
            f"than {self.account.name}{still}"
        )

    def remediation(self) -> tuple[Step, ...]:
        install = f"Then install it anew with the address of {self.account.name}."
        return (
            extension_removal(self.extension, f"Remove the hybrid worker extension from {self.worker_name}."),
            extension_installation(self.extension.parent, self.os, self.location, self.account_url, install),
        )


@check(
    reads=(Reading.WORKERS, *_READINGS),
    severities=(Severity.HIGH, Severity.LOW),
    found_on=FoundOn.WORKER,
)
def worker_account_url_mismatch(graph: EstateGraph) -> Iterator[OtherAccountUrl | Unseen | Settled]:
    """The hybrid worker extension names another Automation account than the one that lists the worker.

    ## What it finds
    V2 workers of User groups whose extension has the GUID of another account in its setting AutomationAccountURL than
    the account's automationHybridServiceUrl. Only the GUIDs are compared. Where the other account is visible,
    worker-registered-twice speaks instead. The severity is high, and low while the worker still pings.

    ## Why it matters
    The machine asks another account for jobs, so the account that lists the worker never reaches it.

    ## How to fix it
    Remove the extension, and install it anew with the address of the account that the worker belongs to.

    ## Read more
    * [Troubleshoot extension-based Hybrid Runbook Worker issues](https://learn.microsoft.com/azure/automation/troubleshoot/extension-based-hybrid-runbook-worker)
    """
    yield from each_machine(graph, _READINGS, _judge, v2_only=True)


def _judge(graph: EstateGraph, worker: HybridWorker, machine: Machine) -> Iterator[OtherAccountUrl | Unseen]:
    extensions = worker_extensions(graph, machine.id)
    unread = unread_extensions(graph, machine)
    if not extensions and unread is not None:
        yield Unseen(worker.id, unread)
    for extension in extensions:
        yield from _compare(graph, worker, machine, extension)


def _compare(
    graph: EstateGraph, worker: HybridWorker, machine: Machine, extension: Extension
) -> Iterator[OtherAccountUrl | Unseen]:
    account = graph.account(worker.id)
    wanted, told = account.hybrid_service_url if account else None, extension.account_url
    own, found = account_guid(wanted), account_guid(told)
    if own is None or wanted is None:
        yield Unseen(worker.id, graph.gap(Reading.ACCOUNT, worker.group.parent) or "automationHybridServiceUrl")
    elif found is None or told is None:
        yield Unseen(worker.id, "AutomationAccountURL" if extension.settings_told else "settings")
    elif found != own and found not in graph.account_guids:
        yield OtherAccountUrl(
            **WorkerEvidence.facts_of(graph, worker),
            extension=extension.id,
            extension_url=told,
            account_url=wanted,
            os=machine.os,
            location=machine.location,
            pings=pings(graph, worker),
        )
