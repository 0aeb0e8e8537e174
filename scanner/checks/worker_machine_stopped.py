"""worker-machine-stopped."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from scanner.checks._check import check
from scanner.checks._machine import MACHINE_READINGS, each_machine, running, unread_state
from scanner.checks._worker import PURGE_SOON, WorkerEvidence, in_words, on_machine
from scanner.findings import FoundOn, Settled, Severity, Step, Threshold, Unseen
from scanner.graph import TARGET_READINGS, EstateGraph
from scanner.inventory import ArmId, HybridWorker, Machine, Reading

_READINGS = (*MACHINE_READINGS, Reading.VM_STATUSES)
_OFF_ARC = ("disconnected", "expired")
STOPPED_RECENTLY = Threshold(
    key="worker-machine-stopped-recently",
    meaning="a worker that pinged more recently and that nothing targets counts as low while its machine is stopped",
    default=timedelta(days=1),
    least=timedelta(hours=1),
    most=timedelta(days=30),
)


class StoppedMachine(WorkerEvidence, frozen=True, kw_only=True):
    """A worker whose machine does not run.

    `state` is the VM's power state or the Arc-enabled server's status; `age_minutes` counts since the last ping, None
    for a worker that never pinged; `recent` and `purge_soon` place that age. `targeted` is None where what is sent to
    the group was not read.
    """

    stopped_machine: ArmId
    is_arc: bool
    state: str
    age_minutes: int | None
    recent: bool
    purge_soon: bool
    targeted: bool | None

    @property
    def _age(self) -> timedelta | None:
        return None if self.age_minutes is None else timedelta(minutes=self.age_minutes)

    @property
    def severity(self) -> Severity:
        if self._age is None:
            return Severity.MEDIUM
        if self.purge_soon:
            return Severity.HIGH
        return Severity.LOW if self.recent and not self.targeted else Severity.MEDIUM

    def message(self) -> str:
        kind = "Arc-enabled server" if self.is_arc else "VM"
        ping = "never pinged" if self._age is None else f"pinged last {in_words(self._age)} ago"
        message = f"The {kind} of {self.worker_name} in {self.group_name} is {self.state}, and the worker {ping}"
        if self.severity is Severity.LOW and self.targeted is None:
            return f"{message}; whether a schedule, a webhook or a job targets the group was not seen"
        return message

    def remediation(self) -> tuple[Step, ...]:
        text = f"Start {self.worker_name}."
        if self.is_arc:
            text = f"Start {self.worker_name} and its Azure Connected Machine agent; an expired one is connected anew."
        return (
            on_machine(self.stopped_machine, text, vm=("vm", "start", "--name"), arc=None),
            self.removal("If the machine is not needed as a worker, remove its registration."),
        )


@check(
    reads=(Reading.WORKERS, *_READINGS),
    refines=TARGET_READINGS,
    severities=(Severity.HIGH, Severity.MEDIUM, Severity.LOW),
    found_on=FoundOn.WORKER,
    scenarios=("S1", "S3"),
    thresholds=(PURGE_SOON, STOPPED_RECENTLY),
)
def worker_machine_stopped(graph: EstateGraph) -> Iterator[StoppedMachine | Unseen | Settled]:
    """The machine of a hybrid worker does not run.

    ## What it finds
    Workers of User groups whose VM has a power state other than running, or whose Arc-enabled server is Expired or
    Disconnected. A worker that pinged within 30 minutes is left out. The severity is medium; high when the last ping is
    {worker-purge-soon} old or older, for Automation purges the worker after 30 days; low when it is less than
    {worker-machine-stopped-recently} old and no schedule, webhook or recent job targets the group. Where what targets
    the group was not read, the message says so.

    ## Why it matters
    Jobs that are sent to a group whose machines are stopped wait, and fail after three tries. A machine that stays
    stopped for 30 days loses its registration, and the group can go with it.

    ## How to fix it
    Start the machine, or remove its registration when it is not needed as a worker.

    ## Read more
    * [Troubleshoot Hybrid Runbook Worker issues](https://learn.microsoft.com/azure/automation/troubleshoot/hybrid-runbook-worker)
    * [Hybrid Runbook Worker overview](https://learn.microsoft.com/azure/automation/automation-hybrid-runbook-worker)
    """
    yield from each_machine(graph, _READINGS, _judge, silent_only=True)


def _judge(graph: EstateGraph, worker: HybridWorker, machine: Machine) -> Iterator[StoppedMachine | Unseen]:
    runs = running(machine)
    state = (machine.arc_status if machine.is_arc else machine.power_state) or ""
    if runs is None or (machine.is_arc and not runs and state.lower() not in _OFF_ARC):
        yield Unseen(worker.id, unread_state(graph, machine))
    elif not runs:
        age = graph.age(worker)
        yield StoppedMachine(
            **WorkerEvidence.facts_of(graph, worker),
            stopped_machine=machine.id,
            is_arc=machine.is_arc,
            state=state,
            age_minutes=None if age is None else int(age.total_seconds()) // 60,
            recent=age is not None and age < graph.limit(STOPPED_RECENTLY),
            purge_soon=age is not None and age >= graph.limit(PURGE_SOON),
            targeted=graph.targets.of(worker.group).targeted,
        )
