"""Azure VMs, Arc-enabled servers and their extensions, as recorded traffic shows them."""

from collections.abc import Sequence
from datetime import datetime

from scanner.emulator import sizes
from scanner.emulator.arm import Answer, Call, Json, RefusedError, Route, add_identity, digest, guid, page, zulu
from scanner.emulator.lookup import (
    arc_machine_of,
    not_found,
    resource_group_of,
    scale_set_instance_of,
    subscription_of,
    virtual_machine_of,
)
from scanner.emulator.tenants.model import Extension, Machine

VERSIONS = ("2017-12-01", "2020-06-01", "2023-09-01", "2024-07-01", "2025-04-01", "2026-04-01")
ARC_VERSIONS = ("2020-08-02", "2023-10-03-preview", "2024-07-10", "2024-11-10-preview", "2026-07-15")
"""The newest of each is what the installed SDK operation asks for; the others occur in recorded answers."""

VM_TYPE = "Microsoft.Compute/virtualMachines"
SCALE_SETS = "Microsoft.Compute/virtualMachineScaleSets"
SCALE_SET_VM_TYPE = f"{SCALE_SETS}/virtualMachines"
ARC_TYPE = "Microsoft.HybridCompute/machines"
ROOT = "/subscriptions/{subscription}"
GROUP = f"{ROOT}/resourceGroups/{{group}}/providers"
AGENTS = {"Windows": "2.7.41491.1131", "Linux": "2.11.1.12"}
ARC_AGENT = "1.52.03039.2243"
"""Agent versions of recorded answers (August and September 2024, May 2025), for machines that name none."""


def offset_time(moment: datetime) -> str:
    """Compute's way with times: seven digits and an offset of zero."""
    return f"{zulu(moment).removesuffix('Z')}+00:00"


def loud(identity: str) -> str:
    """An id as Compute often gives it, the resource group in capitals (Azure/azure-rest-api-specs#8068, 2020)."""
    parts = identity.split("/")
    return "/".join([*parts[:4], parts[4].upper(), *parts[5:]])


def extension_id(machine: Machine, extension: Extension) -> str:
    """The full ARM id of an extension."""
    return f"{machine.id}/extensions/{extension.name}"


def with_properties(body: Json, **more: object) -> Json:
    """The same resource with more properties."""
    properties = body["properties"]
    return {**body, "properties": {**(properties if isinstance(properties, dict) else {}), **more}}


def virtual_machine(machine: Machine, home: str) -> Json:
    """The model of a VM with its extensions, as its own GET shows it; without extensions `resources` is absent."""
    properties: Json = {
        "hardwareProfile": {"vmSize": machine.size},
        "provisioningState": "Succeeded",
        "vmId": machine.vm_id or guid(machine.id, "vm"),
        "storageProfile": {
            "osDisk": {"osType": machine.os, "name": f"{machine.name}_OsDisk_1", "createOption": "FromImage"},
            "dataDisks": [],
        },
        "networkProfile": {"networkInterfaces": [{"id": interface} for interface in machine.interfaces]},
    }
    if machine.computer_name:
        properties["osProfile"] = {
            "computerName": machine.computer_name,
            "secrets": [],
            "allowExtensionOperations": True,
        }
    body: Json = {
        "name": machine.name,
        "id": machine.id,
        "type": VM_TYPE,
        "location": machine.location,
        "tags": dict(machine.tags),
        "properties": properties,
    }
    add_identity(body, machine, home)
    if machine.extensions:
        body["resources"] = [vm_extension(machine, extension) for extension in machine.extensions]
    return body


def instance_view(machine: Machine, now: datetime) -> Json:
    """The state of a VM; one that is deallocated has no agent, and none that would tell its host name or system."""
    view: Json = {}
    if machine.power != "deallocated":
        if machine.computer_name:
            view["computerName"] = machine.computer_name
        view |= {"osName": machine.os_name, "vmAgent": _agent(machine, now)}
        if machine.extensions:
            view["extensions"] = [extension_view(extension) for extension in machine.extensions]
    statuses = [_status("ProvisioningState/succeeded", "Provisioning succeeded", now)]
    if machine.power is not None:
        statuses.append(_status(f"PowerState/{machine.power}", f"VM {machine.power}"))
    return {**view, "hyperVGeneration": "V2", "statuses": statuses}


def _agent(machine: Machine, now: datetime) -> Json:
    handlers = [
        {"type": f"{extension.publisher}.{extension.type}", "typeHandlerVersion": extension.version}
        for extension in machine.extensions
    ]
    return {
        "vmAgentVersion": machine.agent_version or AGENTS[machine.os],
        "statuses": [_status("ProvisioningState/succeeded", "Ready", now)],
        "extensionHandlers": handlers,
    }


def _status(code: str, display: str, since: datetime | None = None, level: str = "Info") -> Json:
    status: Json = {"code": code, "level": level, "displayStatus": display}
    if since is not None:
        status["time"] = offset_time(since)
    return status


def extension_view(extension: Extension) -> Json:
    """The state of a VM's extension; its type has the publisher in front."""
    state = extension.state.lower()
    level = "Error" if state == "failed" else "Info"
    return {
        "name": extension.name,
        "type": f"{extension.publisher}.{extension.type}",
        "typeHandlerVersion": extension.version,
        "statuses": [_status(f"ProvisioningState/{state}", f"Provisioning {state}", extension.since, level)],
    }


def vm_extension(machine: Machine, extension: Extension) -> Json:
    """A VM's extension, without the instance view that only `$expand` adds."""
    properties: Json = {
        "autoUpgradeMinorVersion": True,
        "provisioningState": extension.state,
        "enableAutomaticUpgrade": True,
        "publisher": extension.publisher,
        "type": extension.type,
        "typeHandlerVersion": extension.version,
    }
    return _extension(machine, extension, f"{VM_TYPE}/extensions", properties)


def arc_extension(machine: Machine, extension: Extension) -> Json:
    """An Arc-enabled server's extension, always with its instance view, which rarely tells a time."""
    status: Json = {"code": "0" if extension.state == "Succeeded" else "1", "level": "Information", "message": ""}
    if extension.since is not None:
        status["time"] = offset_time(extension.since)
    view = {"name": extension.name, "type": extension.type, "typeHandlerVersion": extension.version, "status": status}
    properties: Json = {
        "publisher": extension.publisher,
        "type": extension.type,
        "typeHandlerVersion": extension.version,
        "autoUpgradeMinorVersion": False,
        "provisioningState": extension.state,
        "instanceView": view,
    }
    return _extension(machine, extension, f"{ARC_TYPE}/extensions", properties)


def _extension(machine: Machine, extension: Extension, type_name: str, properties: Json) -> Json:
    if extension.settings and extension.settings_shown:
        properties["settings"] = dict(extension.settings)
    return {
        "name": extension.name,
        "id": extension_id(machine, extension),
        "type": type_name,
        "location": machine.location,
        "properties": properties,
    }


def arc_machine(machine: Machine, home: str) -> Json:
    """An Arc-enabled server as lists show it; `vmId` is Arc's own GUID, `vmUuid` that of the firmware."""
    name, system = machine.computer_name or None, machine.os.lower()
    since = None if machine.status_since is None else zulu(machine.status_since)
    # Times of some recorded answers (2020-08-02) have neither a Z nor an offset.
    bare = digest(machine.id, "time") % 4 == 0
    properties: Json = {
        "provisioningState": "Succeeded",
        "agentVersion": machine.agent_version or ARC_AGENT,
        "status": machine.status,
        "lastStatusChange": since.removesuffix("Z") if since and bare else since,
        "errorDetails": [],
        "displayName": name,
        "machineFqdn": name,
        "osName": system,
        "osType": system,
        "osProfile": {"computerName": name},
        "vmId": guid(machine.id, "arc"),
        "vmUuid": machine.vm_id.upper() or "unknown",
        "osSku": machine.os_name,
        "domainName": "WORKGROUP" if machine.os == "Windows" else "n/a",
        "dnsFqdn": name,
    }
    body: Json = {
        "id": machine.id,
        "name": machine.name,
        "location": machine.location,
        "tags": dict(machine.tags),
        "type": ARC_TYPE,
        "properties": properties,
    }
    add_identity(body, machine, home)
    return body


def list_virtual_machines(call: Call) -> Answer:
    """By subscription: the models with their extensions, whole or only by id, or with `statusOnly` the states."""
    status_only = call.query.get("statusonly", "false").lower()
    if status_only not in {"true", "false"}:
        raise _bad_option("statusOnly", call.query["statusonly"])
    machines = call.directory.virtual_machines_in.get(subscription_of(call).id.lower(), [])
    render = _listed_state if status_only == "true" else _listed
    return page(call, machines, lambda machine: render(call, machine), lambda machine: machine.id)


def _listed(call: Call, machine: Machine) -> Json:
    body = virtual_machine(machine, call.directory.tenant.id)
    habit = digest(machine.id, "list")
    if habit % 3 == 0:
        body["id"] = loud(machine.id)
    if machine.extensions and habit // 3 % 2 == 0:
        body["resources"] = [{"id": extension_id(machine, extension)} for extension in machine.extensions]
    return body


def _listed_state(call: Call, machine: Machine) -> Json:
    view = instance_view(machine, call.directory.tenant.now)
    properties = {"vmId": machine.vm_id or guid(machine.id, "vm"), "instanceView": view}
    identity = loud(machine.id) if digest(machine.id, "state") % 3 == 0 else machine.id
    body: Json = {"name": machine.name, "id": identity, "type": VM_TYPE, "location": machine.location}
    return {**body, "properties": properties}


def get_virtual_machine(call: Call) -> Answer:
    """One VM, with `$expand=instanceView` also its state."""
    return Answer(_virtual_machine(call, virtual_machine_of(call)))


def _virtual_machine(call: Call, machine: Machine) -> Json:
    body = virtual_machine(machine, call.directory.tenant.id)
    if _expands(call):
        return with_properties(body, instanceView=instance_view(machine, call.directory.tenant.now))
    return body


def get_scale_set_instance(call: Call) -> Answer:
    """One instance of a uniform scale set, which is in no list of VMs; the last segment of its id is a number."""
    machine = scale_set_instance_of(call)
    return Answer({**_virtual_machine(call, machine), "type": SCALE_SET_VM_TYPE, "instanceId": machine.name})


def list_vm_extensions(call: Call) -> Answer:
    """All extensions of a VM on one page, as the service gives them."""
    machine, expand = virtual_machine_of(call), _expands(call)
    return Answer({"value": [_vm_extension(machine, extension, expand=expand) for extension in machine.extensions]})


def get_vm_extension(call: Call) -> Answer:
    """One extension of a VM."""
    machine, expand = virtual_machine_of(call), _expands(call)
    found = _named(call, machine.extensions, f"{VM_TYPE}/{machine.name}")
    return Answer(_vm_extension(machine, found, expand=expand))


def _vm_extension(machine: Machine, extension: Extension, *, expand: bool) -> Json:
    body = vm_extension(machine, extension)
    if expand:
        return with_properties(body, instanceView=extension_view(extension))
    return body


def _named(call: Call, extensions: Sequence[Extension], parent: str) -> Extension:
    for extension in extensions:
        if extension.name.lower() == call.names["extension"].lower():
            return extension
    raise not_found(call, f"{parent}/extensions/{call.names['extension']}")


def _expands(call: Call) -> bool:
    """Whether the instance view is asked for; raises RefusedError (400) for anything else."""
    expand = call.query.get("$expand")
    if expand is not None and expand.lower() != "instanceview":
        raise _bad_option("$expand", expand)
    return expand is not None


def _bad_option(name: str, value: str) -> RefusedError:
    return RefusedError(400, "InvalidParameter", f"The value '{value}' of the query option '{name}' is not known.")


def list_arc_machines(call: Call) -> Answer:
    """By subscription, or by resource group; extensions are not among what a list shows."""
    machines = call.directory.arc_machines_in.get(subscription_of(call).id.lower(), [])
    if "group" in call.names:
        group = resource_group_of(call)
        machines = [machine for machine in machines if machine.resource_group.lower() == group]
    home = call.directory.tenant.id
    return page(call, machines, lambda machine: arc_machine(machine, home), lambda machine: machine.id)


def get_arc_machine(call: Call) -> Answer:
    """One Arc-enabled server, with its extensions in `resources` if it has any."""
    machine = arc_machine_of(call)
    _expands(call)
    body = arc_machine(machine, call.directory.tenant.id)
    if machine.extensions:
        body["resources"] = [arc_extension(machine, extension) for extension in machine.extensions]
    return Answer(body)


def list_arc_extensions(call: Call) -> Answer:
    """The extensions of an Arc-enabled server."""
    machine = arc_machine_of(call)
    return page(call, machine.extensions, lambda e: arc_extension(machine, e), lambda e: e.name)


def get_arc_extension(call: Call) -> Answer:
    """One extension of an Arc-enabled server."""
    machine = arc_machine_of(call)
    return Answer(arc_extension(machine, _named(call, machine.extensions, f"{ARC_TYPE}/{machine.name}")))


VM, ARC = f"{GROUP}/{VM_TYPE}/{{machine}}", f"{GROUP}/{ARC_TYPE}/{{machine}}"
VM_LISTS, ARC_LISTS = f"{ROOT}/providers/{VM_TYPE}", (f"{ROOT}/providers/{ARC_TYPE}", f"{GROUP}/{ARC_TYPE}")
VM_READ, VM_EXTENSION_READ = f"{VM_TYPE}/read", f"{VM_TYPE}/extensions/read"
ARC_READ, ARC_EXTENSION_READ = f"{ARC_TYPE}/read", f"{ARC_TYPE}/extensions/read"
EXPAND = ("$expand",)

ROUTES = (
    *sizes.ROUTES,
    Route("GET", VM_LISTS, VM_READ, VERSIONS, list_virtual_machines, collection=True, options=("statusonly",)),
    Route("GET", VM, VM_READ, VERSIONS, get_virtual_machine, options=EXPAND),
    Route(
        "GET",
        f"{GROUP}/{SCALE_SETS}/{{scale_set}}/virtualMachines/{{machine}}",
        f"{SCALE_SET_VM_TYPE}/read",
        VERSIONS,
        get_scale_set_instance,
        options=EXPAND,
    ),
    Route("GET", f"{VM}/extensions", VM_EXTENSION_READ, VERSIONS, list_vm_extensions, options=EXPAND),
    Route("GET", f"{VM}/extensions/{{extension}}", VM_EXTENSION_READ, VERSIONS, get_vm_extension, options=EXPAND),
    *(Route("GET", path, ARC_READ, ARC_VERSIONS, list_arc_machines, collection=True) for path in ARC_LISTS),
    Route("GET", ARC, ARC_READ, ARC_VERSIONS, get_arc_machine, options=EXPAND),
    Route("GET", f"{ARC}/extensions", ARC_EXTENSION_READ, ARC_VERSIONS, list_arc_extensions, collection=True),
    Route("GET", f"{ARC}/extensions/{{extension}}", ARC_EXTENSION_READ, ARC_VERSIONS, get_arc_extension),
)
