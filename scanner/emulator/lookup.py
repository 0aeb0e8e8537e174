"""From the names in a path to the resource, or to the 404 or 403 that Azure Resource Manager gives."""

from collections.abc import Mapping
from typing import TypeVar

from scanner.emulator.arm import Call, RefusedError, guid
from scanner.emulator.directory import Directory
from scanner.emulator.tenants.model import (
    Account,
    Machine,
    NetworkInterface,
    SecurityGroup,
    Subnet,
    Subscription,
    Workspace,
)

Resource = TypeVar("Resource")

GATEWAY = {"x-ms-failure-cause": "gateway"}


def subscription_of(call: Call) -> Subscription:
    """The subscription of the path; the router has already refused unknown and invisible ones."""
    return call.directory.subscriptions[call.names["subscription"].lower()]


def resource_group_of(call: Call) -> str:
    """The lower-cased resource group of the path; it exists while it holds anything."""
    group = call.names["group"].lower()
    if (call.names["subscription"].lower(), group) not in call.directory.resource_groups:
        message = f"Resource group '{call.names['group']}' could not be found."
        raise RefusedError(404, "ResourceGroupNotFound", message, headers=GATEWAY)
    return group


def account_of(call: Call) -> Account:
    """The Automation account of the path."""
    return _found(call, call.directory.accounts, f"Microsoft.Automation/automationAccounts/{call.names['account']}")


def workspace_of(call: Call) -> Workspace:
    """The workspace of the path; a soft-deleted one is not found."""
    name = call.names["workspace"]
    return _found(call, call.directory.workspaces, f"Microsoft.OperationalInsights/workspaces/{name}")


def virtual_machine_of(call: Call) -> Machine:
    """The Azure VM of the path."""
    return _found(call, call.directory.machines, f"Microsoft.Compute/virtualMachines/{call.names['machine']}")


def scale_set_instance_of(call: Call) -> Machine:
    """The instance of a uniform scale set of the path."""
    name = f"{call.names['scale_set']}/virtualMachines/{call.names['machine']}"
    return _found(call, call.directory.machines, f"Microsoft.Compute/virtualMachineScaleSets/{name}")


def arc_machine_of(call: Call) -> Machine:
    """The Arc-enabled server of the path."""
    return _found(call, call.directory.machines, f"Microsoft.HybridCompute/machines/{call.names['machine']}")


def interface_of(call: Call) -> NetworkInterface:
    """The network interface of the path."""
    return _found(call, call.directory.interfaces, f"Microsoft.Network/networkInterfaces/{call.names['interface']}")


def subnet_of(call: Call) -> Subnet:
    """The subnet of the path."""
    name = f"{call.names['network']}/subnets/{call.names['subnet']}"
    return _found(call, call.directory.subnets, f"Microsoft.Network/virtualNetworks/{name}")


def security_group_of(call: Call) -> SecurityGroup:
    """The network security group of the path."""
    name = call.names["security_group"]
    return _found(call, call.directory.security_groups, f"Microsoft.Network/networkSecurityGroups/{name}")


def not_found(call: Call, resource: str) -> RefusedError:
    """Azure Resource Manager's own 404 for a type and name within the resource group of the path."""
    message = (
        f"The Resource '{resource}' under resource group '{call.names['group']}' was not found. "
        "For more details please go to https://aka.ms/ARMResourceNotFoundFix"
    )
    return RefusedError(404, "ResourceNotFound", message, headers=GATEWAY)


def _found(call: Call, known: Mapping[str, Resource], resource: str) -> Resource:
    group = resource_group_of(call)
    key = f"/subscriptions/{call.names['subscription']}/resourceGroups/{group}/providers/{resource}"
    found = known.get(key.lower())
    if found is None:
        raise not_found(call, resource)
    return found


def customer_of(workspace: Workspace) -> str:
    """The GUID by which the log query API knows a workspace."""
    return workspace.customer_id or guid(workspace.id, "customer")


def workspace_of_customer(directory: Directory, customer: str) -> Workspace | None:
    """The live workspace of a GUID; the directory keeps all of them, as every log query looks for one."""
    if not directory.customers:
        directory.customers.update({customer_of(found).lower(): found for found in directory.workspaces.values()})
    return directory.customers.get(customer.lower())
