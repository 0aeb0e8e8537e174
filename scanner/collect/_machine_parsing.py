"""Machines, their extensions and sizes as Compute, Hybrid Compute and Resource Graph write them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

import msgspec

from scanner.collect._wire import Malformed, arm_id, instant, location, mapping, text
from scanner.inventory import ArmId, Extension, Machine, MachineSize, OsType

VM_TYPE = "microsoft.compute/virtualmachines"
ARC_TYPE = "microsoft.hybridcompute/machines"

_GUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)
_URL = re.compile(r"\s*https?://(?:[^/?#@\s]*@)?(?P<host>[^/?#@\s]+)(?P<path>[^?#\s]*)", re.IGNORECASE)
EXTENSION_TYPES = {
    written.lower(): written
    for written in (
        "HybridWorkerForWindows", "HybridWorkerForLinux", "MicrosoftMonitoringAgent", "OmsAgentForLinux",
        "AzureMonitorWindowsAgent", "AzureMonitorLinuxAgent",
    )
}  # fmt: skip
"""The extension types that are kept, by lower-cased type: the hybrid worker's and the agents' (Microsoft, 2025)."""

_GROUP_PARTS = 4  # subscriptions/{s}/resourceGroups/{g}
_POWER = "powerstate/"
_PROVISIONING = "provisioningstate/"
_FILLED = (
    "location", "vm_id", "computer_name", "os", "os_name", "power_state", "arc_status", "arc_status_since",
    "agent_version", "size", "interfaces",
)  # fmt: skip


def names_one(id_: ArmId, type_: str) -> bool:
    """Tell whether the id is that of one resource of the (lower-cased) type, such that it can be asked for."""
    return (
        id_.type == type_
        and len(id_.parts) == _GROUP_PARTS + 2 * type_.count("/") + 2
        and _GUID.fullmatch(id_.subscription_id) is not None
        and id_.resource_group != ""
        and not {"", ".", ".."} & set(id_.parts)
    )


# -- machines -------------------------------------------------------------------------------------------------


def parse_vm(item: Mapping[str, Any], moment: datetime) -> Machine:
    """Read a VM as a list, its own GET or Resource Graph shows it; the latter keeps its state under `extended`."""
    id_ = _id_of_type(item, VM_TYPE)
    fields = _part(item, "properties")
    view, extended = (_part(source, "instanceView") for source in (fields, _part(fields, "extended")))
    identity, told = _identity(item)
    return Machine(
        id=id_,
        name=text(item, "name") or id_.name,
        read_at=moment,
        location=location(item),
        vm_id=text(fields, "vmId"),
        computer_name=_first(_part(fields, "osProfile"), view, extended, field="computerName"),
        os=_os(text(_part(_part(fields, "storageProfile"), "osDisk"), "osType")),
        os_name=_first(view, extended, field="osName"),
        identity_type=identity,
        identity_told=told,
        power_state=_power(_codes(view)) or _power((text(_part(extended, "powerState"), "code") or "",)),
        size=text(_part(fields, "hardwareProfile"), "vmSize"),
        interfaces=tuple(_ids(_part(fields, "networkProfile").get("networkInterfaces"), "networkInterfaces")),
    )


def parse_vm_status(item: Mapping[str, Any], moment: datetime) -> Machine:
    """Read an entry of the list with statusOnly, which leaves out the identity even of a VM that has one."""
    return msgspec.structs.replace(parse_vm(item, moment), identity_type=None, identity_told=False)


def parse_arc(item: Mapping[str, Any], moment: datetime) -> Machine:
    """Read an Arc-enabled server; all that its agent reports is null until it connected for the first time."""
    id_ = _id_of_type(item, ARC_TYPE)
    fields = _part(item, "properties")
    identity, told = _identity(item)
    return Machine(
        id=id_,
        name=text(item, "name") or id_.name,
        read_at=moment,
        location=location(item),
        # Arc's own vmId is a GUID that Arc gave; heartbeats name the one of the hardware.
        vm_id=next(
            (told for told in (text(fields, "vmUuid"), text(fields, "vmId")) if told != "unknown" and told), None
        ),
        computer_name=text(_part(fields, "osProfile"), "computerName") or _name(fields),
        os=_os(text(fields, "osType")) or _os(text(fields, "osName")),
        os_name=text(fields, "osSku") or text(fields, "osName"),
        identity_type=identity,
        identity_told=told,
        arc_status=text(fields, "status"),
        arc_status_since=instant(fields.get("lastStatusChange")),
        agent_version=text(fields, "agentVersion"),
    )


def completed(machine: Machine, by: Machine) -> Machine:
    """Return `machine` with everything that it leaves out taken from another answer about the same machine."""
    found = {name: getattr(by, name) for name in _FILLED if getattr(machine, name) in (None, ())}
    if not machine.identity_told:
        found |= {"identity_type": by.identity_type, "identity_told": by.identity_told}
    return msgspec.structs.replace(machine, extensions_told=machine.extensions_told or by.extensions_told, **found)


def _id_of_type(item: Mapping[str, Any], *types: str) -> ArmId:
    found = arm_id(item)
    if found.type not in types:
        raise Malformed("id is of another type")
    return found


def _identity(item: Mapping[str, Any]) -> tuple[str | None, bool]:
    """Return the identity's type and whether it was told; a machine without `identity` has none."""
    identity = item.get("identity")
    if identity is None:
        return None, True
    type_ = identity.get("type") if isinstance(identity, dict) else None
    return (type_, True) if isinstance(type_, str) and type_ else (None, False)


def _os(written: str | None) -> OsType | None:
    return next((os for os in OsType if written is not None and os.lower() == written.lower()), None)


def _name(fields: Mapping[str, Any]) -> str | None:
    return text(fields, "machineFqdn") or text(fields, "displayName")


def _power(codes: Iterable[str]) -> str | None:
    return next((code.lower().removeprefix(_POWER) for code in codes if code.lower().startswith(_POWER)), None)


def _codes(view: Mapping[str, Any]) -> Iterator[str]:
    return (text(status, "code") or "" for status in _objects(view.get("statuses"), "statuses"))


# -- extensions -----------------------------------------------------------------------------------------------


def parse_extension(item: Mapping[str, Any], moment: datetime, *, of: ArmId | None = None) -> Extension | None:
    """Read an extension, that of a known machine if one is given; None for a type that does not concern workers.

    The publisher is not compared. Of the settings two public values are kept; protected ones are never looked at.
    """
    id_ = _id_of_type(item, f"{VM_TYPE}/extensions", f"{ARC_TYPE}/extensions")
    if of is not None and id_.parent != of:
        raise Malformed("id is that of another machine's extension")
    fields = _part(item, "properties")
    written = text(fields, "type")
    if written is None:
        raise Malformed("type is absent")
    type_ = EXTENSION_TYPES.get(written.lower())
    if type_ is None:
        return None
    settings = _settings(fields.get("settings"))
    return Extension(
        id=id_,
        name=(text(item, "name") or id_.name).rpartition("/")[2],
        read_at=moment,
        machine=id_.parent,
        type=type_,
        version=text(fields, "typeHandlerVersion"),
        provisioning_state=text(fields, "provisioningState"),
        in_state_since=_in_state_since(item, _part(fields, "instanceView")),
        account_url=_address(_setting(settings, "automationaccounturl")),
        workspace_id=_guid(_setting(settings, "workspaceid")),
        settings_told=settings is not None,
    )


def _guid(written: str | None) -> str | None:
    """A GUID; whatever else somebody wrote into its place may be a key, and is not kept."""
    guid = (written or "").strip()
    return guid if _GUID.fullmatch(guid) else None


def _address(written: str | None) -> str | None:
    """The host and path of a URL, without what may be secret in it: a login, a query, a fragment."""
    found = _URL.match(written or "")
    return f"https://{found['host']}{found['path']}" if found else None


def nested_extensions(item: Mapping[str, Any], moment: datetime) -> tuple[Extension, ...] | None:
    """Read the extensions inside a machine; None when it does not show them: absent, empty or as ids only.

    A VM's own GET leaves `resources` out where there are no extensions, and so does a list that merely leaves it out.
    """
    resources = item.get("resources")
    if not isinstance(resources, list) or not resources:
        return None
    try:
        views = _views(item)
        entries = [_with_view(each, views) for each in _objects(resources, "resources")]
        found = [parse_extension(each, moment, of=arm_id(item)) for each in entries]
    except Malformed:
        return None
    return tuple(extension for extension in found if extension is not None)


def _views(item: Mapping[str, Any]) -> Mapping[str, Any]:
    """The states of a VM's extensions by lower-cased name, which its instance view holds apart from them."""
    views = _objects(_part(_part(item, "properties"), "instanceView").get("extensions"), "extensions")
    return {(text(view, "name") or "").lower(): view for view in views}


def _with_view(extension: Mapping[str, Any], views: Mapping[str, Any]) -> Mapping[str, Any]:
    view = views.get((text(extension, "name") or "").lower())
    fields = _part(extension, "properties")
    return extension if view is None else {**extension, "properties": {"instanceView": view, **fields}}


def _in_state_since(item: Mapping[str, Any], view: Mapping[str, Any]) -> datetime | None:
    """When the state was reached: Compute dates its provisioning status, Arc the resource's last change."""
    for status in _objects(view.get("statuses"), "statuses"):
        if (text(status, "code") or "").lower().startswith(_PROVISIONING):
            return instant(status.get("time"))
    return instant(_part(item, "systemData").get("lastModifiedAt"))


def _settings(value: Any) -> Mapping[str, Any] | None:
    """Return the public settings, which some clients write as a string that holds JSON; None when not shown."""
    if isinstance(value, str):
        try:
            value = msgspec.json.decode(value)
        except (msgspec.DecodeError, UnicodeError, RecursionError):
            return None
    return value if isinstance(value, dict) else None


def _setting(settings: Mapping[str, Any] | None, key: str) -> str | None:
    values = (value for name, value in (settings or {}).items() if name.lower() == key)
    return next((value for value in values if isinstance(value, str) and value), None)


# -- sizes ----------------------------------------------------------------------------------------------------


def parse_size(scope: ArmId, item: Mapping[str, Any], moment: datetime) -> MachineSize | None:
    """Read a Compute SKU; None for one that is no VM size. `scope` is the region, in which ids of sizes are made.

    A constrained size such as Standard_M8-2ms offers fewer vCPUs than its hardware has; a number that cannot be read
    was not told.
    """
    if (text(item, "resourceType") or "").lower() != "virtualmachines":
        return None
    name = text(item, "name")
    if name is None:
        raise Malformed("name is absent")
    told = {
        (text(each, "name") or "").lower(): each.get("value")
        for each in _objects(item.get("capabilities"), "capabilities")
    }
    vcpus = (number for key in ("vcpusavailable", "vcpus") if (number := _number(told.get(key))) is not None)
    return MachineSize(
        id=scope.child("vmSizes", name),
        name=name,
        read_at=moment,
        location=scope.name,
        vcpus=next((int(number) for number in vcpus), None),
        memory_gib=_number(told.get("memorygb")),
    )


def _number(written: Any) -> float | None:
    """Return a capability's value, which is a string, as a positive number."""
    try:
        number = float(written) if isinstance(written, str) else 0.0
    except ValueError:
        return None
    return number if 0 < number < float("inf") else None


# -- values ---------------------------------------------------------------------------------------------------


def _part(source: Mapping[str, Any], field: str) -> Mapping[str, Any]:
    return mapping(source.get(field), field)


def _first(*sources: Mapping[str, Any], field: str) -> str | None:
    return next((value for source in sources if (value := text(source, field)) is not None), None)


def _objects(value: Any, field: str) -> list[Mapping[str, Any]]:
    if value is None:
        return []
    if not isinstance(value, list):
        raise Malformed(f"{field} is not an array")
    return [mapping(each, field) for each in value]


def _ids(value: Any, field: str) -> Iterator[ArmId]:
    return (arm_id(each) for each in _objects(value, field))
