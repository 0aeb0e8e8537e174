"""The resources of an estate: frozen, typed, and with every field three-valued where Azure may leave it out.

None always means "not told by Azure" unless a field's comment says otherwise. `read_at` is the UTC moment at which the
answer that carried the resource was complete.
"""

from __future__ import annotations

import re
from enum import StrEnum

import msgspec

from scanner.inventory.arm import ArmId
from scanner.inventory.instant import Instant

_GUID = re.compile(r"(?<![0-9a-z])[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?![0-9a-z])")


class Resource(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What all resources have in common."""

    id: ArmId
    name: str
    read_at: Instant


class Subscription(Resource, frozen=True, kw_only=True):
    """A subscription; `managed_by` are the tenants that manage it by Azure Lighthouse.

    `login` is the tenant, as the user named it, through whose login it was read; None where there was but one.
    """

    state: str | None = None
    tenant_id: str | None = None
    managed_by: tuple[str, ...] = ()
    login: str | None = None


class AutomationAccount(Resource, frozen=True, kw_only=True):
    """An Automation account; `detailed` tells whether its own GET was answered (the list leaves most fields out).

    `identity_told` tells whether Azure said what `identity_type` says: None then means that there is no identity.
    """

    location: str | None = None
    detailed: bool = False
    state: str | None = None
    identity_type: str | None = None
    identity_told: bool = True
    public_network_access: bool | None = None
    disable_local_auth: bool | None = None
    hybrid_service_url: str | None = None


def account_guid(url: str | None) -> str | None:
    """The account's GUID in AutomationAccountURL or automationHybridServiceUrl, lower-cased.

    Both hold it twice, as the first label of the host and at the end of the path; None unless they hold just one.
    """
    found = set(_GUID.findall((url or "").lower()))
    return found.pop() if len(found) == 1 else None


class DeletedAccount(Resource, frozen=True, kw_only=True):
    """A deleted Automation account that can still be restored; one name can be that of several.

    `target` is the id that it had, `guid` the GUID in its service URLs, lower-cased.
    """

    target: ArmId
    guid: str
    deleted_at: Instant | None = None


class WorkspaceLink(Resource, frozen=True, kw_only=True):
    """The answer of an account's linkedWorkspace; `workspace` None means: answered, not linked."""

    account: ArmId
    workspace: ArmId | None


class Workspace(Resource, frozen=True, kw_only=True):
    """A Log Analytics workspace; `customer_id` is the GUID that log queries use."""

    location: str | None = None
    customer_id: str | None = None
    provisioning_state: str | None = None
    ingestion_status: str | None = None
    sku: str | None = None
    retention_days: int | None = None


class DeletedWorkspace(Resource, frozen=True, kw_only=True):
    """A soft-deleted workspace, under the id it had."""

    location: str | None = None


class LinkedService(Resource, frozen=True, kw_only=True):
    """A service linked to a workspace; `service` is the last segment of its name, such as `Automation` or `Cluster`."""

    workspace: ArmId
    service: str
    target: ArmId | None = None
    provisioning_state: str | None = None


class IntelligencePack(Resource, frozen=True, kw_only=True):
    """A management pack of a workspace, such as Updates, ChangeTracking or AzureAutomation."""

    workspace: ArmId
    enabled: bool | None = None


class Solution(Resource, frozen=True, kw_only=True):
    """A solution installed into a workspace; `product` is such as `OMSGallery/Updates`."""

    workspace: ArmId | None = None
    product: str | None = None


class GroupType(StrEnum):
    """Azure's two kinds of Hybrid Runbook Worker group."""

    USER = "User"
    SYSTEM = "System"


class WorkerGroup(Resource, frozen=True, kw_only=True):
    """A Hybrid Runbook Worker group; `credential` is the name of its credential asset, None when it has none."""

    account: ArmId
    group_type: GroupType | None = None
    credential: str | None = None


class WorkerType(StrEnum):
    """V1 is the Log Analytics agent's worker, V2 the VM extension's."""

    V1 = "HybridV1"
    V2 = "HybridV2"


class SeenState(StrEnum):
    """What a worker's lastSeenDateTime says: a time, never (null or year 1), or nothing that can be read."""

    SEEN = "seen"
    NEVER = "never"
    UNREADABLE = "unreadable"


class HybridWorker(Resource, frozen=True, kw_only=True):
    """A hybrid runbook worker; `name` is a GUID, `worker_name` the machine's name as people know it."""

    group: ArmId
    worker_name: str
    worker_type: WorkerType | None = None
    seen: SeenState
    last_seen: Instant | None = None
    registered_at: Instant | None = None
    ip: str | None = None
    machine: ArmId | None = None


class Certificate(Resource, frozen=True, kw_only=True):
    """A certificate asset; the service tells neither its subject nor its key, only what stands here."""

    account: ArmId
    thumbprint: str | None = None
    expires_at: Instant | None = None
    exportable: bool | None = None


class Connection(Resource, frozen=True, kw_only=True):
    """A connection asset of a type that can hold a certificate.

    `fields_read` tells whether its own GET was answered; only the named fields of the three known types are kept,
    by lower-cased field name. A secret field of any other type never enters the estate.
    """

    account: ArmId
    type_name: str | None = None
    fields_read: bool = False
    thumbprint: str | None = None
    certificate_name: str | None = None
    subscription_id: str | None = None
    application_id: str | None = None
    tenant_id: str | None = None
