"""The network of an Azure VM as it is written down: interfaces, subnets and their network security groups."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from datetime import datetime
from itertools import chain
from typing import Any

from scanner.collect._machine_parsing import names_one
from scanner.collect._reader import Endpoint, Reader
from scanner.collect._wire import Malformed, arm_id, integer, mapping, text
from scanner.inventory import ArmId, Machine, NetworkInterface, Reading, SecurityGroup, SecurityRule, Subnet

VERSION = "2026-03-01"
"""The api-version of azure-mgmt-network 33."""

NETWORK_INTERFACE = Endpoint(Reading.NETWORK_INTERFACE, "arm", VERSION)
SUBNET = Endpoint(Reading.SUBNET, "arm", VERSION)
SECURITY_GROUP = Endpoint(Reading.SECURITY_GROUP, "arm", VERSION)

_TYPES = {
    Reading.NETWORK_INTERFACE: "microsoft.network/networkinterfaces",
    Reading.SUBNET: "microsoft.network/virtualnetworks/subnets",
    Reading.SECURITY_GROUP: "microsoft.network/networksecuritygroups",
}


class Network:
    """Reads what the interfaces of machines lead to, each thing once; `start` runs a coroutine beside the others."""

    def __init__(self, reader: Reader, start: Callable[[Coroutine[Any, Any, Any]], None]) -> None:
        self._reader = reader
        self._start = start

    def machine(self, machine: Machine) -> None:
        """Start to read the interfaces of a machine."""
        for interface in machine.interfaces:
            if self._is_new(Reading.NETWORK_INTERFACE, interface):
                self._start(self._interface(interface))

    async def _interface(self, id_: ArmId) -> None:
        interface = await self._reader.item(NETWORK_INTERFACE, id_, parse_interface)
        if interface is None:
            return
        self._security_group(interface.security_group)
        for subnet in interface.subnets:
            if self._is_new(Reading.SUBNET, subnet):
                self._start(self._subnet(subnet))

    async def _subnet(self, id_: ArmId) -> None:
        subnet = await self._reader.item(SUBNET, id_, parse_subnet)
        if subnet is not None:
            self._security_group(subnet.security_group)

    def _security_group(self, id_: ArmId | None) -> None:
        if id_ is not None and self._is_new(Reading.SECURITY_GROUP, id_):
            self._start(self._reader.item(SECURITY_GROUP, id_, parse_security_group))

    def _is_new(self, reading: Reading, id_: ArmId) -> bool:
        """Whether the id is one that can be read, and nobody planned it before."""
        return names_one(id_, _TYPES[reading]) and self._reader.plan(reading, id_)


# -- parsing --------------------------------------------------------------------------------------------------


def parse_interface(item: Mapping[str, Any], moment: datetime) -> NetworkInterface:
    """Read a network interface; each of its IP configurations lies in a subnet."""
    id_ = arm_id(item)
    fields = _fields(item)
    configurations = (mapping(each.get("properties"), "properties") for each in _array(fields, "ipConfigurations"))
    subnets = (_reference(each, "subnet") for each in configurations)
    return NetworkInterface(
        id=id_,
        name=id_.name,
        read_at=moment,
        subnets=tuple(dict.fromkeys(subnet for subnet in subnets if subnet is not None)),
        security_group=_reference(fields, "networkSecurityGroup"),
    )


def parse_subnet(item: Mapping[str, Any], moment: datetime) -> Subnet:
    """Read a subnet."""
    id_ = arm_id(item)
    fields = _fields(item)
    return Subnet(id=id_, name=id_.name, read_at=moment, security_group=_reference(fields, "networkSecurityGroup"))


def parse_security_group(item: Mapping[str, Any], moment: datetime) -> SecurityGroup:
    """Read a network security group; one that lacks either list of rules could hide the rule that decides."""
    id_ = arm_id(item)
    fields = _fields(item)
    written = chain(_array(fields, "securityRules"), _array(fields, "defaultSecurityRules"))
    return SecurityGroup(id=id_, name=id_.name, read_at=moment, rules=tuple(_rule(each) for each in written))


def _rule(item: Mapping[str, Any]) -> SecurityRule:
    fields = _fields(item)
    priority = integer(fields, "priority")
    if priority is None:
        raise Malformed("priority is absent")
    groups = ("sourceApplicationSecurityGroups", "destinationApplicationSecurityGroups")
    return SecurityRule(
        name=text(item, "name") or "",
        priority=priority,
        direction=_required(fields, "direction"),
        access=_required(fields, "access"),
        protocol=_required(fields, "protocol"),
        sources=_one_and_all(fields, "sourceAddressPrefix", "sourceAddressPrefixes"),
        destinations=_one_and_all(fields, "destinationAddressPrefix", "destinationAddressPrefixes"),
        ports=_one_and_all(fields, "destinationPortRange", "destinationPortRanges"),
        application_groups=any(fields.get(group) for group in groups),
    )


def _fields(item: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the properties; without them an absent reference would say that there is none."""
    if item.get("properties") is None:
        raise Malformed("properties are absent")
    return mapping(item["properties"], "properties")


def _one_and_all(fields: Mapping[str, Any], one: str, many: str) -> tuple[str, ...]:
    """Return what a rule writes in its singular field, its plural one, or both."""
    listed = fields.get(many)
    values = [text(fields, one), *(listed if isinstance(listed, list) else ())]
    if (listed is not None and not isinstance(listed, list)) or not all(isinstance(v, str | None) for v in values):
        raise Malformed(f"{many} is not an array of strings")
    return tuple(value for value in values if value)


def _required(fields: Mapping[str, Any], field: str) -> str:
    value = text(fields, field)
    if value is None:
        raise Malformed(f"{field} is absent")
    return value


def _reference(fields: Mapping[str, Any], field: str) -> ArmId | None:
    """Return the id of another resource; None when there is no reference to one."""
    return arm_id(mapping(fields[field], field)) if fields.get(field) is not None else None


def _array(fields: Mapping[str, Any], field: str) -> list[Mapping[str, Any]]:
    value = fields.get(field)
    if not isinstance(value, list):
        raise Malformed(f"{field} is not an array")
    return [mapping(each, field) for each in value]
