"""Automation accounts, deleted ones included, their links, worker groups, workers, certificates and connections."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from scanner.collect._reader import Endpoint
from scanner.collect._wire import Malformed, arm_id, boolean, instant, location, mapping, properties, text
from scanner.inventory import (
    ArmId,
    AutomationAccount,
    Certificate,
    Connection,
    DeletedAccount,
    GroupType,
    HybridWorker,
    Reading,
    SeenState,
    WorkerGroup,
    WorkerType,
    WorkspaceLink,
)

VERSION = "2024-10-23"
"""The api-version of azure-mgmt-automation 2.0."""

ACCOUNTS = Endpoint(
    Reading.ACCOUNTS, "automation", VERSION, "providers/Microsoft.Automation/automationAccounts", rank=0
)
ACCOUNT = Endpoint(Reading.ACCOUNT, "automation", VERSION)
DELETED_ACCOUNTS = Endpoint(
    Reading.DELETED_ACCOUNTS, "automation", VERSION, "providers/Microsoft.Automation/deletedAutomationAccounts"
)
LINKED_WORKSPACE = Endpoint(Reading.LINKED_WORKSPACE, "automation", VERSION, "linkedWorkspace", rank=0)
GROUPS = Endpoint(Reading.GROUPS, "automation", VERSION, "hybridRunbookWorkerGroups", rank=0)
WORKERS = Endpoint(Reading.WORKERS, "automation", VERSION, "hybridRunbookWorkers")
CERTIFICATES = Endpoint(Reading.CERTIFICATES, "automation", VERSION, "certificates")
CONNECTIONS = Endpoint(Reading.CONNECTIONS, "automation", VERSION, "connections", rank=0)
CONNECTION = Endpoint(Reading.CONNECTION, "automation", VERSION)

READ_TYPES = frozenset({"azureserviceprincipal", "azure", "azureclassiccertificate"})
"""The connection types that can hold a certificate, lower-cased; no other type's fields are ever read."""

_FIRST_YEAR = 2


def parse_account(item: Mapping[str, Any], moment: datetime) -> AutomationAccount:
    """Read one entry of an account list, which leaves most fields out; an identity that it shows is there."""
    return _account(item, moment, detailed=False)


def parse_account_details(item: Mapping[str, Any], moment: datetime) -> AutomationAccount:
    """Read an account's own GET, in which an absent identity means that there is none."""
    return _account(item, moment, detailed=True)


def _account(item: Mapping[str, Any], moment: datetime, *, detailed: bool) -> AutomationAccount:
    id_ = arm_id(item)
    fields = mapping(item.get("properties"), "properties")
    identity = text(mapping(item.get("identity"), "identity"), "type")
    return AutomationAccount(
        id=id_,
        name=id_.name,
        read_at=moment,
        location=location(item),
        detailed=detailed,
        state=text(fields, "state"),
        identity_type=identity,
        identity_told=identity is not None or (detailed and item.get("identity") is None),
        public_network_access=boolean(fields, "publicNetworkAccess"),
        disable_local_auth=boolean(fields, "disableLocalAuth"),
        hybrid_service_url=text(fields, "automationHybridServiceUrl"),
    )


def parse_deleted_account(item: Mapping[str, Any], moment: datetime) -> DeletedAccount:
    """Read a deleted account; an account of its name that was deleted before it has the same id, and another GUID."""
    fields = properties(item)
    target, guid = ArmId.parse(text(fields, "automationAccountResourceId")), text(fields, "automationAccountId")
    if target is None or target.type != "microsoft.automation/automationaccounts":
        raise Malformed("automationAccountResourceId is not the id of an account")
    if guid is None:
        raise Malformed("automationAccountId is absent")
    return DeletedAccount(
        id=arm_id(item).child("deletions", guid.lower()),
        name=text(item, "name") or target.name,
        read_at=moment,
        target=target,
        guid=guid.lower(),
        deleted_at=_told(instant(fields.get("deletionTime"))),
    )


def parse_link(account: ArmId, body: Mapping[str, Any], moment: datetime) -> WorkspaceLink:
    """Read linkedWorkspace: `{"id": null}` is Azure's answer for an account without a link."""
    if "id" not in body:
        raise Malformed("id is absent")
    written = text(body, "id")
    workspace = ArmId.parse(written)
    if written is not None and (workspace is None or workspace.type != "microsoft.operationalinsights/workspaces"):
        raise Malformed("id is not the id of a workspace")
    return no_link(account, moment, workspace)


def no_link(account: ArmId, moment: datetime, workspace: ArmId | None = None) -> WorkspaceLink:
    """The link of an account: none, unless a workspace is given."""
    return WorkspaceLink(
        id=account.child("linkedWorkspace"),
        name="linkedWorkspace",
        read_at=moment,
        account=account,
        workspace=workspace,
    )


def parse_group(item: Mapping[str, Any], moment: datetime) -> WorkerGroup:
    """Read a worker group; `credential` is `{"name": null}` when it has none."""
    id_ = arm_id(item)
    fields = properties(item)
    written = (text(fields, "groupType") or "").lower()
    return WorkerGroup(
        id=id_,
        name=text(item, "name") or id_.name,
        read_at=moment,
        account=id_.parent,
        group_type=next((kind for kind in GroupType if kind.lower() == written), None),
        credential=text(mapping(fields.get("credential"), "credential"), "name"),
    )


def parse_worker(item: Mapping[str, Any], moment: datetime) -> HybridWorker:
    """Read a worker; a last ping of year 1 or null means that it never pinged."""
    id_ = arm_id(item)
    fields = properties(item)
    written = (text(fields, "workerType") or "").lower()
    name = text(item, "name") or id_.name
    state, last_seen = _last_seen(fields)
    return HybridWorker(
        id=id_,
        name=name,
        read_at=moment,
        group=id_.parent,
        worker_name=text(fields, "workerName") or name,
        worker_type=next((kind for kind in WorkerType if kind.lower() == written), None),
        seen=state,
        last_seen=last_seen,
        registered_at=_told(instant(fields.get("registeredDateTime"))),
        ip=text(fields, "ip"),
        machine=ArmId.parse(text(fields, "vmResourceId")),
    )


def _last_seen(fields: Mapping[str, Any]) -> tuple[SeenState, datetime | None]:
    if "lastSeenDateTime" not in fields:
        return SeenState.UNREADABLE, None
    written = fields["lastSeenDateTime"]
    if written is None:
        return SeenState.NEVER, None
    if not isinstance(written, str):
        raise Malformed("lastSeenDateTime is not a time")
    seen = instant(written)
    if seen is None:
        return SeenState.UNREADABLE, None
    return (SeenState.NEVER, None) if _told(seen) is None else (SeenState.SEEN, seen)


def _told(moment: datetime | None) -> datetime | None:
    """Leave out .NET's DateTime.MinValue, which stands for no time at all, whatever its offset."""
    return None if moment is None or moment.year < _FIRST_YEAR else moment


def parse_certificate(item: Mapping[str, Any], moment: datetime) -> Certificate:
    """Read a certificate asset."""
    id_ = arm_id(item)
    fields = properties(item)
    return Certificate(
        id=id_,
        name=text(item, "name") or id_.name,
        read_at=moment,
        account=id_.parent,
        thumbprint=text(fields, "thumbprint"),
        expires_at=instant(fields.get("expiryTime")),
        exportable=boolean(fields, "isExportable"),
    )


def parse_connection(item: Mapping[str, Any], moment: datetime) -> Connection | None:
    """Read one entry of a connection list, which has no field values; None for a type that holds no certificate."""
    id_ = arm_id(item)
    type_name = _connection_type(item)
    if type_name is None:
        raise Malformed("connectionType.name is absent")
    if type_name.lower() not in READ_TYPES:
        return None
    return Connection(
        id=id_, name=text(item, "name") or id_.name, read_at=moment, account=id_.parent, type_name=type_name
    )


def parse_connection_fields(item: Mapping[str, Any], moment: datetime) -> Connection:
    """Read a connection's own GET: the named fields of the known types, and nothing else."""
    id_ = arm_id(item)
    fields = mapping(properties(item).get("fieldDefinitionValues"), "fieldDefinitionValues")
    named = {name.lower(): value for name, value in fields.items() if isinstance(value, str)}
    return Connection(
        id=id_,
        name=text(item, "name") or id_.name,
        read_at=moment,
        account=id_.parent,
        type_name=_connection_type(item),
        fields_read=True,
        thumbprint=text(named, "certificatethumbprint"),
        certificate_name=text(named, "automationcertificatename") or text(named, "certificateassetname"),
        subscription_id=text(named, "subscriptionid"),
        application_id=text(named, "applicationid"),
        tenant_id=text(named, "tenantid"),
    )


def _connection_type(item: Mapping[str, Any]) -> str | None:
    # Microsoft's own script for classic Run As connections writes the type with a trailing blank.
    name = text(mapping(properties(item).get("connectionType"), "connectionType"), "name")
    return name.strip() if name else None
