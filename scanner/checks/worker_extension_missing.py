"""worker-extension-missing."""

from __future__ import annotations

from collections.abc import Iterator

from scanner.checks._check import check
from scanner.checks._machine import (
    EXTENSION_READINGS,
    each_machine,
    extension_installation,
    pings,
    unread_extensions,
    worker_extensions,
)
from scanner.checks._worker import WorkerEvidence
from scanner.findings import FoundOn, Settled, Severity, Step, Unseen
from scanner.graph import EstateGraph
from scanner.inventory import ArmId, HybridWorker, Machine, OsType, Reading


class MissingExtension(WorkerEvidence, frozen=True, kw_only=True):
    """A V2 worker without its extension; `account_url` is what the extension's AutomationAccountURL would be."""

    bare_machine: ArmId
    os: OsType | None
    location: str | None
    account_url: str | None
    pings: bool

    @property
    def severity(self) -> Severity:
        return Severity.LOW if self.pings else Severity.HIGH

    def message(self) -> str:
        still = ", although the worker still pings" if self.pings else ""
        return f"{self.worker_name} in {self.group_name} has no hybrid worker extension{still}"

    def remediation(self) -> tuple[Step, ...]:
        install = f"Install the hybrid worker extension on {self.worker_name}."
        return (
            extension_installation(self.bare_machine, self.os, self.location, self.account_url, install),
            self.removal("If the machine is not needed as a worker, remove its registration."),
        )


@check(
    reads=(Reading.WORKERS, *EXTENSION_READINGS),
    severities=(Severity.HIGH, Severity.LOW),
    found_on=FoundOn.WORKER,
)
def worker_extension_missing(graph: EstateGraph) -> Iterator[MissingExtension | Unseen | Settled]:
    """The machine of an extension-based (V2) hybrid worker has no hybrid worker extension.

    ## What it finds
    V2 workers of User groups on machines all of whose extensions were seen, and none of them is of the type
    HybridWorkerForWindows or HybridWorkerForLinux. The severity is high, and low while the worker still pings.

    ## Why it matters
    The extension is the worker. Azure lists a registration without asking whether it was ever installed, so such a
    worker looks complete and never takes a job.

    ## How to fix it
    Install the extension, or remove the registration.

    ## Read more
    * [Deploy an extension-based Hybrid Runbook Worker](https://learn.microsoft.com/azure/automation/extension-based-hybrid-runbook-worker-install)
    """
    yield from each_machine(graph, EXTENSION_READINGS, _judge, v2_only=True)


def _judge(graph: EstateGraph, worker: HybridWorker, machine: Machine) -> Iterator[MissingExtension | Unseen]:
    if worker_extensions(graph, machine.id):
        return
    unread = unread_extensions(graph, machine)
    if unread is not None:
        yield Unseen(worker.id, unread)
        return
    account = graph.account(worker.id)
    yield MissingExtension(
        **WorkerEvidence.facts_of(graph, worker),
        bare_machine=machine.id,
        os=machine.os,
        location=machine.location,
        account_url=account.hybrid_service_url if account else None,
        pings=pings(graph, worker),
    )
