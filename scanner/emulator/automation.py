"""Microsoft.Automation as recorded traffic shows it: thin lists, explicit nulls, flat errors."""

from collections.abc import Mapping, Sequence
from typing import Protocol, TypeVar

from scanner.emulator.arm import (
    NEVER,
    Answer,
    Call,
    Handler,
    Json,
    RefusedError,
    Route,
    add_identity,
    digest,
    guid,
    page,
    stamp,
)
from scanner.emulator.lookup import account_of, resource_group_of, subscription_of
from scanner.emulator.tenants.addresses import automation_id, host_of, hybrid_service_url
from scanner.emulator.tenants.model import (
    Account,
    Certificate,
    Connection,
    DeletedAccount,
    Group,
    PrivateEndpoint,
    Worker,
)

VERSIONS = ("2015-10-31", "2021-06-22", "2022-08-08", "2023-11-01", "2024-10-23")
DELETED_VERSIONS = ("2023-05-15-preview", "2023-11-01", "2024-10-23")
ROOT = "/subscriptions/{subscription}"
ACCOUNTS = "/providers/Microsoft.Automation/automationAccounts"
ACCOUNT = f"{ROOT}/resourceGroups/{{group}}{ACCOUNTS}/{{account}}"
TYPE = "Microsoft.Automation/AutomationAccounts"
READ = "Microsoft.Automation/automationAccounts"
DELETED = "Microsoft.Automation/deletedAutomationAccounts"


class Named(Protocol):
    """Any child of an account: its name is unique within its collection, without case."""

    @property
    def name(self) -> str:
        """The name as its creator wrote it."""


Child = TypeVar("Child", bound=Named)


def sparse(account: Account, home: str) -> Json:
    """The account as lists show it: no sku, no service URL, no encryption; `home` is the tenant of its identity."""
    properties: Json = {
        "creationTime": stamp(account.created, account.id),
        "lastModifiedTime": stamp(account.created, account.id + "/modified"),
        "state": account.state,
    }
    _add_access(properties, account)
    body: Json = {
        "id": account.id,
        "location": account.location,
        "name": account.name,
        "type": TYPE,
        "tags": dict(account.tags),
        "properties": properties,
    }
    add_identity(body, account, home)
    return body


def full(account: Account, home: str) -> Json:
    """The account as its own GET shows it."""
    uid = automation_id(account)
    created = stamp(account.created, account.id)
    properties: Json = {
        "sku": {"name": "Basic", "family": None, "capacity": None},
        "state": account.state,
        "RegistrationUrl": f"https://{host_of(account, 'agentsvc')}/accounts/{uid}",
        "encryption": {"keySource": "Microsoft.Automation", "identity": {"userAssignedIdentity": None}},
        "privateEndpointConnections": [endpoint_body(account, endpoint) for endpoint in account.private_endpoints],
        "automationHybridServiceUrl": hybrid_service_url(account),
        "RuntimeConfiguration": {"powershell": {"builtinModules": {"Az": "12.3.0"}}},
        "creationTime": created,
        "lastModifiedBy": None,
        "lastModifiedTime": stamp(account.created, account.id + "/modified"),
    }
    _add_access(properties, account)
    body = sparse(account, home)
    body |= {"systemData": {"createdAt": created, "lastModifiedAt": created}, "etag": None, "properties": properties}
    return body


def deleted_body(deleted: DeletedAccount) -> Json:
    """A deleted account: its id is of another type than the one that it had, which is among its properties."""
    account = deleted.account
    return {
        "id": account.id.replace(ACCOUNTS, f"/providers/{DELETED}"),
        "name": account.name,
        "type": DELETED,
        "location": account.location,
        "properties": {
            "automationAccountResourceId": account.id,
            "automationAccountId": automation_id(account),
            "location": account.location,
            "deletionTime": stamp(deleted.deleted, account.id + "/deleted"),
        },
    }


def _add_access(properties: Json, account: Account) -> None:
    """Azure leaves out what was never set."""
    if account.public_network_access is not None:
        properties["publicNetworkAccess"] = account.public_network_access
    if account.disable_local_auth is not None:
        properties["disableLocalAuth"] = account.disable_local_auth


def endpoint_body(account: Account, endpoint: PrivateEndpoint) -> Json:
    """A private endpoint connection, the same in the account's GET and in the list of its own."""
    name = f"{account.name}-{guid(endpoint.id)}"
    return {
        "id": f"{account.id}/privateEndpointConnections/{name}",
        "name": name,
        "type": f"{TYPE}/privateEndpointConnections",
        "properties": {
            "privateEndpoint": {"id": endpoint.id},
            "groupIds": list(endpoint.groups),
            "privateLinkServiceConnectionState": {
                "status": endpoint.status,
                "description": "Auto-Approved",
                "actionsRequired": "None",
            },
        },
    }


def group_body(account: Account, group: Group) -> Json:
    """A worker group: no location, no workers, and a credential object even without a credential."""
    created = stamp(account.created, f"{account.id}/{group.name}")
    return {
        "id": f"{account.id}/hybridRunbookWorkerGroups/{group.name}",
        "name": group.name,
        "type": f"{TYPE}/HybridRunbookWorkerGroups",
        "properties": {
            "groupType": group.kind,
            "credential": {"name": group.credential},
            "hybridRunbookWorkers": None,
        },
        "systemData": {"createdAt": created, "lastModifiedAt": created},
    }


def worker_body(account: Account, group: Group, worker: Worker) -> Json:
    """A worker: its name is a GUID, the machine's name is in workerName."""
    parent = f"{account.id}/hybridRunbookWorkerGroups/{group.name}"
    name = guid(parent, worker.kind, worker.name, worker.vm)
    registered = stamp(worker.registered, name)
    return {
        "id": f"{parent}/hybridRunbookWorkers/{name}",
        "name": name,
        "type": f"{TYPE}/HybridRunbookWorkerGroups/HybridRunbookWorkers",
        "properties": {
            "ip": worker.ip,
            "registeredDateTime": registered,
            "lastSeenDateTime": NEVER if worker.seen is None else stamp(worker.seen, name + "/seen"),
            "vmResourceId": worker.vm,
            "workerName": worker.name,
            "workerType": worker.kind,
        },
        "systemData": {"createdAt": registered, "lastModifiedAt": registered},
    }


def certificate_body(account: Account, certificate: Certificate) -> Json:
    """A certificate asset: no subject, no issuer, no key usage."""
    identity = f"{account.id}/certificates/{certificate.name}"
    return {
        "id": identity,
        "name": certificate.name,
        "type": f"{TYPE}/Certificates",
        "properties": {
            "thumbprint": certificate.thumbprint,
            "expiryTime": stamp(certificate.expires, identity),
            "isExportable": certificate.exportable,
            "creationTime": stamp(account.created, identity + "/created"),
            "lastModifiedTime": stamp(account.created, identity + "/modified"),
            "description": "",
        },
    }


def connection_body(account: Account, connection: Connection, *, values: bool) -> Json:
    """A connection asset; a list leaves the values and the description null."""
    identity = f"{account.id}/connections/{connection.name}"
    fields: Mapping[str, str] | None = dict(connection.fields) if values else None
    return {
        "id": identity,
        "name": connection.name,
        "type": f"{TYPE}/Connections",
        "properties": {
            "description": "" if values else None,
            "connectionType": {"name": connection.kind},
            "fieldDefinitionValues": fields,
            "creationTime": stamp(account.created, identity),
            "lastModifiedTime": stamp(account.created, identity + "/modified"),
        },
    }


def child(items: Sequence[Child], name: str, message: str) -> Child:
    """The child of that name; Automation's own 404 has no `error` wrapper."""
    for item in items:
        if item.name.lower() == name.lower():
            return item
    raise RefusedError(404, "NotFound", message, body={"code": "NotFound", "message": message})


def list_accounts(call: Call) -> Answer:
    """By subscription, or by resource group."""
    subscription = subscription_of(call)
    accounts = call.directory.accounts_in.get(subscription.id.lower(), [])
    if "group" in call.names:
        group = resource_group_of(call)
        accounts = [account for account in accounts if account.resource_group.lower() == group]
    home = call.directory.tenant.id
    return page(call, accounts, lambda account: sparse(account, home), lambda account: account.id, ends=False)


def get_account(call: Call) -> Answer:
    """The whole account."""
    account = account_of(call)
    return Answer(full(account, call.directory.tenant.id), {"ocp-automation-accountid": automation_id(account)})


def list_deleted_accounts(call: Call) -> Answer:
    """All of a subscription on one page: the service defines no next link for them."""
    deleted = call.directory.deleted_accounts_in.get(subscription_of(call).id.lower(), [])
    return Answer({"value": [deleted_body(each) for each in deleted]})


def get_linked_workspace(call: Call) -> Answer:
    """`{"id": null}` where there is none; the id's case is not always that of the workspace's own."""
    account = account_of(call)
    linked = account.workspace
    if linked is not None and digest(account.id) % 2:
        linked = linked.replace("/resourceGroups/", "/resourcegroups/").replace("Microsoft.Op", "microsoft.op")
    return Answer({"id": linked})


def list_groups(call: Call) -> Answer:
    """User and System groups alike."""
    account = account_of(call)
    return page(call, account.groups, lambda g: group_body(account, g), lambda g: g.name, ends=False)


def _group(call: Call, account: Account) -> Group:
    return child(account.groups, call.names["worker_group"], "Hybrid Worker Group not found")


def get_group(call: Call) -> Answer:
    """One worker group."""
    account = account_of(call)
    return Answer(group_body(account, _group(call, account)))


def list_workers(call: Call) -> Answer:
    """The workers of one group."""
    account = account_of(call)
    group = _group(call, account)
    return page(
        call, group.workers, lambda w: worker_body(account, group, w), lambda w: w.name + w.kind + w.vm, ends=False
    )


def list_certificates(call: Call) -> Answer:
    """All certificate assets."""
    account = account_of(call)
    return page(call, account.certificates, lambda c: certificate_body(account, c), lambda c: c.name, ends=False)


def list_connections(call: Call) -> Answer:
    """All connection assets, without their values."""
    account = account_of(call)
    return page(
        call, account.connections, lambda c: connection_body(account, c, values=False), lambda c: c.name, ends=False
    )


def get_connection(call: Call) -> Answer:
    """One connection with its values; Automation's message for an unknown one is empty."""
    account = account_of(call)
    return Answer(connection_body(account, child(account.connections, call.names["connection"], ""), values=True))


def reading(template: str, operation: str, handler: Handler, *, collection: bool = False) -> Route:
    """A GET route of Automation; `operation` is what its RBAC action has between automationAccounts and read."""
    return Route("GET", template, f"{READ}{operation}/read", VERSIONS, handler, collection)


_GROUPS, _WORKERS = "/hybridRunbookWorkerGroups", "/hybridRunbookWorkerGroups/hybridRunbookWorkers"
ROUTES = (
    reading(f"{ROOT}{ACCOUNTS}", "", list_accounts, collection=True),
    reading(f"{ROOT}/resourceGroups/{{group}}{ACCOUNTS}", "", list_accounts, collection=True),
    reading(ACCOUNT, "", get_account),
    Route("GET", f"{ROOT}/providers/{DELETED}", f"{DELETED}/read", DELETED_VERSIONS, list_deleted_accounts),
    reading(f"{ACCOUNT}/linkedWorkspace", "/linkedWorkspace", get_linked_workspace),
    reading(f"{ACCOUNT}{_GROUPS}", _GROUPS, list_groups, collection=True),
    reading(f"{ACCOUNT}{_GROUPS}/{{worker_group}}", _GROUPS, get_group),
    reading(f"{ACCOUNT}{_GROUPS}/{{worker_group}}/hybridRunbookWorkers", _WORKERS, list_workers, collection=True),
    reading(f"{ACCOUNT}/certificates", "/certificates", list_certificates, collection=True),
    reading(f"{ACCOUNT}/connections", "/connections", list_connections, collection=True),
    reading(f"{ACCOUNT}/connections/{{connection}}", "/connections", get_connection),
)
