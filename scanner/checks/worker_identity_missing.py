"""worker-identity-missing."""

from __future__ import annotations

from collections.abc import Iterator

from scanner.checks._check import check
from scanner.checks._machine import MACHINE_READINGS, each_machine, pings, unread_machine
from scanner.checks._worker import WorkerEvidence, on_machine
from scanner.findings import FoundOn, Settled, Severity, Step, Unseen
from scanner.graph import EstateGraph
from scanner.inventory import ArmId, Gap, HybridWorker, Machine, Reading

_WITHOUT = frozenset({"none", "userassigned"})


class MissingIdentity(WorkerEvidence, frozen=True, kw_only=True):
    """A V2 worker whose machine has no system-assigned identity; `identity_type` None means that it has none at all."""

    anonymous_machine: ArmId
    identity_type: str | None
    pings: bool

    @property
    def severity(self) -> Severity:
        return Severity.LOW if self.pings else Severity.HIGH

    def message(self) -> str:
        what = "only a user-assigned identity" if self.identity_type else "no managed identity"
        still = ", although the worker still pings" if self.pings else ""
        return f"The machine of {self.worker_name} in {self.group_name} has {what}, not a system-assigned one{still}"

    def remediation(self) -> tuple[Step, ...]:
        return (
            on_machine(
                self.anonymous_machine,
                f"Enable the system-assigned managed identity of {self.worker_name}.",
                vm=("vm", "identity", "assign", "--identities", "[system]", "--name"),
                arc=("connectedmachine", "identity", "assign", "--system-assigned", "--machine-name"),
            ),
            Step("Then restart the machine, so that the extension takes a token of that identity."),
        )


@check(
    reads=(Reading.WORKERS, *MACHINE_READINGS),
    severities=(Severity.HIGH, Severity.LOW),
    found_on=FoundOn.WORKER,
)
def worker_identity_missing(graph: EstateGraph) -> Iterator[MissingIdentity | Unseen | Settled]:
    """The machine of an extension-based (V2) hybrid worker has no system-assigned managed identity.

    ## What it finds
    V2 workers of User groups on machines without a managed identity, or with user-assigned ones only. The severity is
    high, and low while the worker still pings.

    ## Why it matters
    The extension asks Automation for jobs with a token of the machine's system-assigned identity. Without it, the
    worker fails with "Invalid Authorization Token".

    ## How to fix it
    Enable the system-assigned identity of the VM or the Arc-enabled server.

    ## Read more
    * [Deploy an extension-based Hybrid Runbook Worker](https://learn.microsoft.com/azure/automation/extension-based-hybrid-runbook-worker-install)
    * [Troubleshoot extension-based Hybrid Runbook Worker issues](https://learn.microsoft.com/azure/automation/troubleshoot/extension-based-hybrid-runbook-worker)
    """
    yield from each_machine(graph, MACHINE_READINGS, _judge, v2_only=True)


def _judge(graph: EstateGraph, worker: HybridWorker, machine: Machine) -> Iterator[MissingIdentity | Unseen]:
    kinds = {kind.strip().lower() for kind in (machine.identity_type or "None").split(",")}
    if not machine.identity_told or not kinds <= {"systemassigned", *_WITHOUT}:
        yield Unseen(worker.id, _unread(graph, machine.id))
    elif kinds <= _WITHOUT:
        yield MissingIdentity(
            **WorkerEvidence.facts_of(graph, worker),
            anonymous_machine=machine.id,
            identity_type=machine.identity_type if "userassigned" in kinds else None,
            pings=pings(graph, worker),
        )


def _unread(graph: EstateGraph, machine: ArmId) -> Gap | str:
    unread = unread_machine(graph, machine)
    return "identity" if isinstance(unread, str) else unread
