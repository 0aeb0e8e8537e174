"""From the names in a path to the resource, or to the 404 or 403 that Azure Resource Manager gives."""

from scanner.emulator.arm import Call, RefusedError
from scanner.emulator.tenants.model import Account, Subscription, Workspace

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
    group = resource_group_of(call)
    type_name = "Microsoft.Automation/automationAccounts"
    key = f"/subscriptions/{call.names['subscription']}/resourcegroups/{group}/providers/{type_name}"
    account = call.directory.accounts.get(f"{key}/{call.names['account']}".lower())
    if account is None:
        raise _not_found(call, f"{type_name}/{call.names['account']}")
    return account


def workspace_of(call: Call) -> Workspace:
    """The workspace of the path; a soft-deleted one is not found."""
    group = resource_group_of(call)
    type_name = "Microsoft.OperationalInsights/workspaces"
    key = f"/subscriptions/{call.names['subscription']}/resourcegroups/{group}/providers/{type_name}"
    workspace = call.directory.workspaces.get(f"{key}/{call.names['workspace']}".lower())
    if workspace is None:
        raise _not_found(call, f"{type_name}/{call.names['workspace']}")
    return workspace


def _not_found(call: Call, resource: str) -> RefusedError:
    message = (
        f"The Resource '{resource}' under resource group '{call.names['group']}' was not found. "
        "For more details please go to https://aka.ms/ARMResourceNotFoundFix"
    )
    return RefusedError(404, "ResourceNotFound", message, headers=GATEWAY)
