"""Machines and their network as data: Azure VMs, Arc-enabled servers, extensions, sizes, and security rules."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Extension:
    """An extension of a machine; `state` is its provisioningState, reached at `since` where that is told.

    `settings_shown` False means that Azure leaves the settings out of the answer, although there are some.
    """

    name: str
    type: str
    publisher: str = "Microsoft.Azure.Automation.HybridWorker"
    version: str = "1.1"
    state: str = "Succeeded"
    since: datetime | None = None
    settings: Mapping[str, str] = field(default_factory=dict)
    settings_shown: bool = True


@dataclass(frozen=True, slots=True)
class Machine:
    """An Azure VM or an Arc-enabled server; the type in its `id` tells which.

    `power` is a VM's state after `PowerState/` (None: not told), `status` an Arc server's, such as Connected or
    Disconnected, since `status_since`. `os` is Windows or Linux, `size` a VM's size, `interfaces` the ids of its
    network interfaces, `identity` the identity's type or None.
    """

    id: str
    location: str
    computer_name: str = ""
    os: str = "Windows"
    os_name: str = "Windows Server 2022 Datacenter"
    vm_id: str = ""
    identity: str | None = "SystemAssigned"
    size: str = "Standard_D2s_v5"
    power: str | None = "running"
    status: str = "Connected"
    status_since: datetime | None = None
    agent_version: str = ""
    interfaces: tuple[str, ...] = ()
    extensions: tuple[Extension, ...] = ()
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The last segment of the id."""
        return self.id.rpartition("/")[2]

    @property
    def subscription(self) -> str:
        """The subscription's GUID, from the id."""
        return self.id.split("/")[2]

    @property
    def resource_group(self) -> str:
        """The resource group, from the id."""
        return self.id.split("/")[4]

    @property
    def is_arc(self) -> bool:
        """Whether it is an Arc-enabled server, not an Azure VM."""
        return "/microsoft.hybridcompute/" in self.id.lower()


@dataclass(frozen=True, slots=True)
class MachineSize:
    """A VM size in one region; `vcpus_available` where a constrained size has fewer than `vcpus`; memory in GiB."""

    name: str
    location: str
    vcpus: int
    memory_gib: float
    vcpus_available: int | None = None


@dataclass(frozen=True, slots=True)
class NetworkInterface:
    """A network interface by its id, with the ids of its subnets and of its own security group, if any."""

    id: str
    location: str
    subnets: tuple[str, ...] = ()
    security_group: str | None = None


@dataclass(frozen=True, slots=True)
class Subnet:
    """A subnet by its id, with the id of its security group, if any."""

    id: str
    security_group: str | None = None


@dataclass(frozen=True, slots=True)
class SecurityRule:
    """A rule of a network security group; prefixes are addresses or service tags, ports may be ranges or `*`."""

    name: str
    priority: int
    direction: str = "Outbound"
    access: str = "Deny"
    protocol: str = "*"
    sources: tuple[str, ...] = ("*",)
    destinations: tuple[str, ...] = ("*",)
    ports: tuple[str, ...] = ("*",)
    application_groups: bool = False


@dataclass(frozen=True, slots=True)
class SecurityGroup:
    """A network security group by its id, with the rules of its own; Azure's default rules need not be written down."""

    id: str
    location: str
    rules: tuple[SecurityRule, ...] = ()
