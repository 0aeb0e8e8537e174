"""worker-platform-retired."""

from __future__ import annotations

from collections.abc import Iterator

from scanner.checks._check import check
from scanner.checks._gaps import workers_listed
from scanner.checks._worker import WorkerEvidence, any_active, host_label, other_groups, same_host
from scanner.findings import Settled, Severity, Step, Unseen
from scanner.graph import EstateGraph
from scanner.inventory import ArmId, GroupType, HybridWorker, Reading, WorkerType


class RetiredPlatformWorker(WorkerEvidence, frozen=True, kw_only=True):
    """A V1 worker; `v2_active` tells of the same machine's V2 entry, None when that was not seen.

    `targeted` is None: which groups schedules and webhooks run on was not read.
    """

    v2_active: bool | None
    targeted: bool | None = None

    @property
    def severity(self) -> Severity:
        return Severity.LOW if self.v2_active else Severity.HIGH

    def message(self) -> str:
        rest = {
            True: "its V2 entry is active",
            False: (
                f"{self.account.name} has no active V2 entry of it; "
                "whether a schedule or webhook targets the group was not read"
            ),
            None: "whether it has an active V2 entry was not seen",
        }[self.v2_active]
        return (
            f"{self.worker_name} in {self.group_name} is a V1 worker, whose platform was retired on 2024-08-31 "
            f"and whose jobs were stopped from 2025-04-01, and {rest}"
        )

    def remediation(self) -> tuple[Step, ...]:
        return (
            Step(f"Install the hybrid worker extension on {self.worker_name} and add it to {self.group_name} as V2."),
            self.extension_check(),
            self.removal("When its V2 entry pings, remove the V1 registration, then the Log Analytics agent."),
        )


@check(
    reads=(Reading.WORKERS,),
    severities=(Severity.HIGH, Severity.LOW),
)
def worker_platform_retired(graph: EstateGraph) -> Iterator[RetiredPlatformWorker | Unseen | Settled]:
    """A hybrid worker still runs on the retired Log Analytics agent (V1).

    ## What it finds
    Workers of User groups whose type is HybridV1, whether they ping or not. The severity is high, and low when the
    same machine has an active V2 entry: one with the same machine id, or with the same host name in the same account,
    for Azure often leaves the machine id of a V1 worker empty. Where the account's groups or their workers were not
    listed in full, the message says that such an entry was not seen. Whether a schedule or webhook targets the group
    is not read.

    ## Why it matters
    Agent-based User workers were retired on 2024-08-31, and their jobs were stopped from 2025-04-01 (Hybrid Runbook
    Worker overview). A V1 worker may still ping, but a group of V1 workers runs nothing.

    ## How to fix it
    Install the hybrid worker extension on the machine, let it ping as V2, then remove the V1 registration and agent.

    ## Read more
    * [Hybrid Runbook Worker overview](https://learn.microsoft.com/azure/automation/automation-hybrid-runbook-worker)
    * [Migrate agent-based workers to extension-based workers](https://learn.microsoft.com/azure/automation/migrate-existing-agent-based-hybrid-worker-to-extension-based-workers)
    """
    yield from other_groups(graph)
    whole = {account.id for account in graph.accounts() if workers_listed(graph, account.id)}
    namesakes = _entries_by_host(graph)
    for group, worker in graph.user_workers():
        if worker.worker_type is None:
            yield Unseen(worker.id, "workerType")
        elif worker.worker_type is WorkerType.V1:
            yield RetiredPlatformWorker(
                **WorkerEvidence.facts_of(graph, worker),
                v2_active=any_active(graph, _other_entries(graph, worker, namesakes), all_seen=group.account in whole),
            )


_Host = tuple[ArmId, str]


def _may_be_v2(graph: EstateGraph, worker: HybridWorker) -> bool:
    in_system_group = graph.group_of(worker).group_type is GroupType.SYSTEM
    return worker.worker_type is not WorkerType.V1 and not in_system_group


def _entries_by_host(graph: EstateGraph) -> dict[_Host, list[HybridWorker]]:
    """All entries that may be V2, by account and short host name."""
    found: dict[_Host, list[HybridWorker]] = {}
    for account in graph.accounts():
        for group in graph.groups(account.id):
            for worker in graph.workers(group.id):
                if _may_be_v2(graph, worker):
                    found.setdefault((account.id, host_label(worker.worker_name)), []).append(worker)
    return found


def _other_entries(
    graph: EstateGraph, worker: HybridWorker, namesakes: dict[_Host, list[HybridWorker]]
) -> tuple[HybridWorker, ...]:
    """The same machine's entries that may be V2: by machine id anywhere, by host name in its account."""
    by_machine = graph.registrations(worker.machine) if worker.machine else ()
    by_name = namesakes.get((worker.group.parent, host_label(worker.worker_name)), [])
    return (
        *(other for other in by_machine if _may_be_v2(graph, other)),
        *(other for other in by_name if _may_be_one_machine(worker, other)),
    )


def _may_be_one_machine(worker: HybridWorker, other: HybridWorker) -> bool:
    told_apart = worker.machine is not None and other.machine is not None and worker.machine != other.machine
    return not told_apart and same_host(worker.worker_name, other.worker_name)
