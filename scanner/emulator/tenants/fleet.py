"""The machines that a tenant's workers run on, with the network that they are in and the sizes that they can have."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from scanner.emulator.tenants.addresses import hybrid_service_url, place
from scanner.emulator.tenants.model import (
    Account,
    Extension,
    Machine,
    MachineSize,
    NetworkInterface,
    SecurityGroup,
    Subnet,
    Tenant,
)

NORMAL, SMALL = "Standard_D2s_v5", "Standard_B1s"
SIZES = ((NORMAL, 2, 8.0), ("Standard_B2s", 2, 4.0), (SMALL, 1, 1.0))
"""Names, vCPUs and GiB (learn.microsoft.com, sizes of the Dsv5 and B series, 2024)."""

Change = Callable[[Machine], Machine]


@dataclass(frozen=True, slots=True)
class Fleet:
    """Machines, and the network around the Azure VMs among them."""

    machines: tuple[Machine, ...]
    interfaces: tuple[NetworkInterface, ...] = ()
    subnets: tuple[Subnet, ...] = ()
    security_groups: tuple[SecurityGroup, ...] = ()

    def sizes(self) -> tuple[MachineSize, ...]:
        """What Compute sells in the regions of the machines."""
        regions = sorted({machine.location for machine in self.machines})
        return tuple(MachineSize(name, region, vcpus, memory) for region in regions for name, vcpus, memory in SIZES)

    def add_to(self, tenant: Tenant) -> Tenant:
        """The tenant with these machines."""
        return replace(
            tenant,
            machines=self.machines,
            sizes=self.sizes(),
            interfaces=self.interfaces,
            subnets=self.subnets,
            security_groups=self.security_groups,
        )


def fleet(
    accounts: Iterable[Account], changes: Mapping[str, Change | None] | None = None, more: Iterable[Machine] = ()
) -> Fleet:
    """A healthy machine for each extension-based worker, and `more`, all in networks that let everything out.

    `changes` says by the machine's name what is special about one; None leaves it out.
    """
    machines: dict[str, Machine] = {}
    for account in accounts:
        for machine in healthy(account):
            change = (changes or {}).get(machine.name, _unchanged)
            if change is not None:
                machines.setdefault(machine.id.lower(), change(machine))
    made = (*machines.values(), *more)
    return Fleet(tuple(map(_with_interface, made)), *_network([machine for machine in made if not machine.is_arc]))


def worker_extension(account: Account, os: str = "Windows") -> Extension:
    """The hybrid worker extension, installed for an account."""
    return Extension(
        f"HybridWorkerFor{os}", f"HybridWorkerFor{os}", settings={"AutomationAccountURL": hybrid_service_url(account)}
    )


def linux(machine: Machine) -> Machine:
    """The same machine with Linux."""
    kinds = {extension.type: extension.type.replace("Windows", "Linux") for extension in machine.extensions}
    return replace(
        machine,
        os="Linux",
        os_name="ubuntu",
        extensions=tuple(
            replace(extension, name=kinds[extension.type], type=kinds[extension.type])
            for extension in machine.extensions
        ),
    )


def healthy(account: Account) -> Iterator[Machine]:
    """A machine for each extension-based worker of an account's User groups: it runs, with the extension."""
    for group in account.groups:
        for worker in group.workers:
            if group.kind == "User" and worker.kind == "HybridV2" and worker.vm:
                yield Machine(
                    worker.vm,
                    place(account.location),
                    computer_name=worker.name.partition(".")[0],
                    extensions=(worker_extension(account),),
                )


def _unchanged(machine: Machine) -> Machine:
    return machine


def _network_id(machine: Machine, kind: str, name: str) -> str:
    return f"{machine.id.partition('/providers/')[0]}/providers/Microsoft.Network/{kind}/{name}"


def _with_interface(machine: Machine) -> Machine:
    if machine.is_arc:
        return machine
    return replace(machine, interfaces=(_network_id(machine, "networkInterfaces", f"{machine.name}-nic"),))


def _network(
    machines: list[Machine],
) -> tuple[tuple[NetworkInterface, ...], tuple[Subnet, ...], tuple[SecurityGroup, ...]]:
    """One subnet and one security group without rules of its own for each resource group."""
    interfaces, subnets, groups = [], {}, {}
    for machine in machines:
        subnet = _network_id(machine, "virtualNetworks", f"vnet-{machine.resource_group}/subnets/servers")
        security_group = _network_id(machine, "networkSecurityGroups", f"nsg-{machine.resource_group}")
        own = _network_id(machine, "networkInterfaces", f"{machine.name}-nic")
        interfaces.append(NetworkInterface(own, machine.location, (subnet,)))
        subnets[subnet.lower()] = Subnet(subnet, security_group)
        groups[security_group.lower()] = SecurityGroup(security_group, machine.location)
    return tuple(interfaces), tuple(subnets.values()), tuple(groups.values())
