"""What the checks of one worker have in common: its evidence, its names and what its answers left out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import TypedDict

from scanner.findings import Evidence, Settled, Step, Threshold, Unseen
from scanner.graph import EstateGraph
from scanner.inventory import ArmId, GroupType, HybridWorker, SeenState, WorkerType

PURGE_SOON = Threshold(
    key="worker-purge-soon",
    meaning="a worker that has not pinged for this long is told of before Automation purges it after 30 days",
    default=timedelta(days=21),
    least=timedelta(days=1),
    most=timedelta(days=29),
)
"""By default nine days are left to bring the worker back."""


class WorkerFacts(TypedDict):
    """The fields of WorkerEvidence, ready to be passed on."""

    worker: ArmId
    worker_name: str
    worker_type: WorkerType | None
    group_name: str
    account: ArmId
    machine: ArmId | None
    last_seen: datetime | None
    ping_is_later_than_reading: bool


class WorkerEvidence(Evidence, frozen=True, kw_only=True):
    """A finding about one worker; `ping_is_later_than_reading` notes clocks that differ (its age counts as 0)."""

    worker: ArmId
    worker_name: str
    worker_type: WorkerType | None
    group_name: str
    account: ArmId
    machine: ArmId | None
    last_seen: datetime | None
    ping_is_later_than_reading: bool = False

    @property
    def subject(self) -> ArmId:
        return self.worker

    @property
    def concerns(self) -> ArmId:
        return self.account

    @staticmethod
    def facts_of(graph: EstateGraph, worker: HybridWorker) -> WorkerFacts:
        """Collect the common facts of one worker."""
        account = graph.account(worker.id)
        return WorkerFacts(
            worker=worker.id,
            worker_name=worker.worker_name or worker.name,
            worker_type=worker.worker_type,
            group_name=graph.group_of(worker).name,
            account=account.id if account else worker.group.parent,
            machine=worker.machine,
            last_seen=worker.last_seen,
            ping_is_later_than_reading=worker.last_seen is not None and worker.last_seen > graph.moment(worker),
        )

    def machine_check(self) -> Step:
        """The read-only step that shows whether the machine runs; without a command where Azure names no machine."""
        text = f"Check that {self.worker_name} runs and reaches *.azure-automation.net on port 443."
        vm = ("vm", "get-instance-view", "--name")
        return on_machine(self.machine, text, vm=vm, arc=("connectedmachine", "show", "--name"))

    def extension_check(self) -> Step:
        """The read-only step that lists the machine's extensions, where the hybrid worker extension should be."""
        text = f"Check that the hybrid worker extension is installed on {self.worker_name} and provisioned."
        vm = ("vm", "extension", "list", "--vm-name")
        return on_machine(self.machine, text, vm=vm, arc=("connectedmachine", "extension", "list", "--machine-name"))

    def removal(self, text: str) -> Step:
        """The step that removes the worker's registration."""
        return removal_of(self.worker, text)


def on_machine(machine: ArmId | None, text: str, *, vm: tuple[str, ...], arc: tuple[str, ...] | None) -> Step:
    """A step with the command for the machine's kind; its words end with the option that takes the machine's name.

    `arc` None gives no command for an Arc-enabled server; a machine of another kind, or none, gives none either.
    """
    kinds = {"microsoft.compute/virtualmachines": vm, "microsoft.hybridcompute/machines": arc}
    words = kinds.get(machine.type) if machine else None
    if machine is None or words is None:
        return Step(text)
    place = ("--subscription", machine.subscription_id, "--resource-group", machine.resource_group)
    return Step.az(text, *words, machine.name, *place)


def removal_of(worker: ArmId, text: str) -> Step:
    """The step that removes one registration, named by its full ARM id."""
    group, account = worker.parent, worker.parent.parent
    return Step.az(
        text,
        "automation",
        "hrwg",
        "hrw",
        "delete",
        "--subscription",
        account.subscription_id,
        "--resource-group",
        account.resource_group,
        "--automation-account-name",
        account.name,
        "--hybrid-runbook-worker-group-name",
        group.name,
        "--hybrid-runbook-worker-id",
        worker.name,
    )


def other_groups(graph: EstateGraph) -> Iterator[Unseen | Settled]:
    """Clear System groups, whatever hides their workers, and name groups of which Azure does not tell the type."""
    for account in graph.accounts():
        for group in graph.groups(account.id):
            if group.group_type is GroupType.SYSTEM:
                yield Settled(group.id)
            elif group.group_type is None and graph.workers(group.id):
                yield Unseen(group.id, "groupType")


def unseen_ages(graph: EstateGraph) -> Iterator[Unseen | Settled]:
    """Whatever keeps the age of a User group's worker from being judged, but for Gaps; System groups are cleared."""
    yield from other_groups(graph)
    for _, worker in graph.user_workers():
        if worker.seen is SeenState.UNREADABLE:
            yield Unseen(worker.id, "lastSeenDateTime")


def any_active(graph: EstateGraph, workers: Iterable[HybridWorker], *, all_seen: bool) -> bool | None:
    """Whether one of `workers` is active; None when none is known to be and not all of them could be judged."""
    certain = all_seen
    for worker in workers:
        active = graph.is_active(worker)
        if active:
            return True
        certain = certain and active is not None
    return False if certain else None


def in_words(age: timedelta) -> str:
    """An age as people say it: the whole days, hours or minutes of it."""
    minutes = int(age.total_seconds()) // 60
    for count, unit in ((minutes // 1440, "day"), (minutes // 60, "hour")):
        if count:
            return f"{count} {unit}{'s' * (count != 1)}"
    return f"{minutes} minute{'s' * (minutes != 1)}"
