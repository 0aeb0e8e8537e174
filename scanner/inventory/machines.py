"""Machines: Azure VMs and Arc-enabled servers, their extensions, sizes and network rules."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from scanner.inventory.arm import ArmId
from scanner.inventory.instant import Instant
from scanner.inventory.resources import Resource


class OsType(StrEnum):
    """The two kinds of operating system that hybrid workers run on."""

    WINDOWS = "Windows"
    LINUX = "Linux"


class Machine(Resource, frozen=True, kw_only=True):
    """An Azure VM or an Arc-enabled server; the type of its id tells which.

    `vm_id` is the GUID that the machine's own firmware shows, as heartbeats do: Azure's vmId, and of Arc its vmUuid.
    `power_state` is the code after `PowerState/`, lower-cased (VMs only); `arc_status` is such as Connected (Arc
    only) since `arc_status_since`; `identity_told` as for an account. `extensions_told` tells whether every extension
    of the machine was seen, so that one that is missing is not installed. `size` and `interfaces` are of VMs only.
    """

    location: str | None = None
    vm_id: str | None = None
    computer_name: str | None = None
    os: OsType | None = None
    os_name: str | None = None
    identity_type: str | None = None
    identity_told: bool = True
    power_state: str | None = None
    arc_status: str | None = None
    arc_status_since: Instant | None = None
    agent_version: str | None = None
    size: str | None = None
    interfaces: tuple[ArmId, ...] = ()
    extensions_told: bool = False

    @property
    def is_arc(self) -> bool:
        """Whether the machine is an Arc-enabled server, not an Azure VM."""
        return self.id.type == "microsoft.hybridcompute/machines"


class Extension(Resource, frozen=True, kw_only=True):
    """An extension of a machine, of the types that concern hybrid workers (the worker's own and the agents').

    `type` is such as HybridWorkerForWindows, matched without regard to the publisher. Of its settings only the
    worker's AutomationAccountURL and the agent's workspaceId are kept; `settings_told` tells whether Azure showed
    them. `in_state_since` is when its state was reached, where Azure tells it.
    """

    machine: ArmId
    type: str
    version: str | None = None
    provisioning_state: str | None = None
    in_state_since: Instant | None = None
    account_url: str | None = None
    workspace_id: str | None = None
    settings_told: bool = False

    @property
    def is_worker(self) -> bool:
        """Whether this is the hybrid worker's own extension, and not an agent's."""
        return self.type.startswith("HybridWorkerFor")


class MachineSize(Resource, frozen=True, kw_only=True):
    """A VM size as Compute offers it in one region; `memory_gib` is in GiB."""

    location: str
    vcpus: int | None = None
    memory_gib: float | None = None


class NetworkInterface(Resource, frozen=True, kw_only=True):
    """A network interface of a VM; `security_group` None means that it has none of its own."""

    subnets: tuple[ArmId, ...] = ()
    security_group: ArmId | None = None


class Subnet(Resource, frozen=True, kw_only=True):
    """A subnet; `security_group` None means that it has none."""

    security_group: ArmId | None = None


class SecurityRule(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One rule of a network security group, as written: prefixes are addresses or service tags, ports may be ranges."""

    name: str
    priority: int
    direction: str
    access: str
    protocol: str
    sources: tuple[str, ...] = ()
    destinations: tuple[str, ...] = ()
    ports: tuple[str, ...] = ()
    application_groups: bool = False


class SecurityGroup(Resource, frozen=True, kw_only=True):
    """A network security group with all its rules, Azure's default ones included."""

    rules: tuple[SecurityRule, ...] = ()
