"""worker-below-minimum-hardware."""

from __future__ import annotations

from collections.abc import Iterator

from scanner.checks._check import check
from scanner.checks._machine import VIRTUAL_MACHINE, VM_READINGS, each_machine, pings
from scanner.checks._worker import WorkerEvidence, on_machine
from scanner.findings import FoundOn, Settled, Severity, Step, Unseen
from scanner.graph import EstateGraph
from scanner.inventory import ArmId, HybridWorker, Machine, Reading

MINIMUM_VCPUS = 2
"""Deploy an extension-based Hybrid Runbook Worker, Microsoft: two cores."""
MINIMUM_GIB = 3.5
"""The same page asks for 4 GB of memory; the smallest VM sizes that are sold as such have 3.5 GiB."""
_READINGS = (*VM_READINGS, Reading.MACHINE_SIZES)


class SmallMachine(WorkerEvidence, frozen=True, kw_only=True):
    """A worker on a VM of a size below the minimum; `vcpus` or `memory_gib` is None where Compute did not tell it."""

    small_machine: ArmId
    size: str
    vcpus: int | None
    memory_gib: float | None
    pings: bool

    @property
    def severity(self) -> Severity:
        return Severity.INFO if self.pings else Severity.LOW

    def message(self) -> str:
        told = [
            *([f"{self.vcpus} vCPU{'s' * (self.vcpus != 1)}"] if self.vcpus is not None else ()),
            *([f"{self.memory_gib:g} GiB of memory"] if self.memory_gib is not None else ()),
        ]
        return (
            f"{self.worker_name} in {self.group_name} runs on {self.size} with {' and '.join(told)}, "
            "below the minimum of 2 cores and 4 GB"
        )

    def remediation(self) -> tuple[Step, ...]:
        return (
            on_machine(
                self.small_machine,
                f"See to which sizes {self.worker_name} can be resized.",
                vm=("vm", "list-vm-resize-options", "--output", "table", "--name"),
                arc=None,
            ),
            Step("Resize it, which restarts the machine, to a size with at least 2 vCPUs and 4 GiB of memory."),
        )


@check(
    reads=(Reading.WORKERS, *_READINGS),
    severities=(Severity.LOW, Severity.INFO),
    found_on=FoundOn.WORKER,
    scenarios=("S1",),
)
def worker_below_minimum_hardware(graph: EstateGraph) -> Iterator[SmallMachine | Unseen | Settled]:
    """A hybrid worker runs on a VM that is smaller than the minimum.

    ## What it finds
    Workers of User groups on Azure VMs whose size has fewer than 2 vCPUs or less than 3.5 GiB of memory, as Compute
    tells it for their region. The severity is low, and info while the worker pings. Arc-enabled servers are not judged.

    ## Why it matters
    Microsoft asks for two cores and 4 GB of memory. Below that, a job's process can stop unexpectedly; the job is
    suspended after three tries.

    ## How to fix it
    Resize the VM.

    ## Read more
    * [Deploy an extension-based Hybrid Runbook Worker](https://learn.microsoft.com/azure/automation/extension-based-hybrid-runbook-worker-install)
    * [Troubleshoot Hybrid Runbook Worker issues](https://learn.microsoft.com/azure/automation/troubleshoot/hybrid-runbook-worker)
    """
    yield from each_machine(graph, _READINGS, _judge, types=(VIRTUAL_MACHINE,))


def _judge(graph: EstateGraph, worker: HybridWorker, machine: Machine) -> Iterator[SmallMachine | Unseen]:
    if machine.size is None:
        yield Unseen(worker.id, "vmSize")
        return
    size = graph.machine_size(machine)
    vcpus, memory = (size.vcpus, size.memory_gib) if size is not None else (None, None)
    too_small = (vcpus is not None and vcpus < MINIMUM_VCPUS) or (memory is not None and memory < MINIMUM_GIB)
    if too_small:
        yield SmallMachine(
            **WorkerEvidence.facts_of(graph, worker),
            small_machine=machine.id,
            size=machine.size,
            vcpus=vcpus,
            memory_gib=memory,
            pings=pings(graph, worker),
        )
    elif vcpus is None or memory is None:
        region = machine.id.subscription.child(f"providers/Microsoft.Compute/locations/{machine.location}")
        yield Unseen(worker.id, graph.gap(Reading.MACHINE_SIZES, region) or "capabilities")
