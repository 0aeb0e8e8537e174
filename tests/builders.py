"""Estates for tests: every builder has healthy defaults, and a test overrides the one thing that it is about."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from scanner.checks import all_checks, judge
from scanner.findings import Finding, Unknown
from scanner.graph import EstateGraph
from scanner.inventory import (
    Answered,
    ArmId,
    AutomationAccount,
    Certificate,
    Connection,
    DeletedWorkspace,
    Estate,
    Gap,
    GapReason,
    GroupType,
    HybridWorker,
    IntelligencePack,
    LinkedService,
    Read,
    Reading,
    Resource,
    ScanFacts,
    Scope,
    SeenState,
    Solution,
    Subscription,
    WorkerGroup,
    WorkerType,
    Workspace,
    WorkspaceLink,
)

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
SUB = "11111111-1111-1111-1111-111111111111"
OTHER_SUB = "22222222-2222-2222-2222-222222222222"


def days(count: float) -> timedelta:
    return timedelta(days=count)


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


def subscription_id(sub: str = SUB) -> ArmId:
    return ArmId(f"/subscriptions/{sub}")


def account_id(name: str = "aa", sub: str = SUB) -> ArmId:
    return ArmId(f"/subscriptions/{sub}/resourceGroups/rg/providers/Microsoft.Automation/automationAccounts/{name}")


def workspace_id(name: str = "ws", sub: str = SUB) -> ArmId:
    return ArmId(f"/subscriptions/{sub}/resourceGroups/rg/providers/Microsoft.OperationalInsights/workspaces/{name}")


def group_id(name: str = "workers", account: ArmId | None = None) -> ArmId:
    return (account or account_id()).child("hybridRunbookWorkerGroups", name)


def machine_id(name: str = "vm1", sub: str = SUB) -> ArmId:
    return ArmId(f"/subscriptions/{sub}/resourceGroups/rg/providers/Microsoft.Compute/virtualMachines/{name}")


def subscription(sub: str = SUB, **changes: Any) -> Subscription:
    return Subscription(
        **{"id": subscription_id(sub), "name": f"sub {sub[:4]}", "read_at": NOW, "state": "Enabled", "tenant_id": "t"}
        | changes
    )


def account(id_: ArmId | None = None, **changes: Any) -> AutomationAccount:
    id_ = id_ or account_id()
    defaults = {
        "id": id_,
        "name": id_.name,
        "read_at": NOW,
        "location": "westeurope",
        "detailed": True,
        "state": "Ok",
        "identity_type": "SystemAssigned",
    }
    return AutomationAccount(**defaults | changes)


def link(workspace: ArmId | None, account: ArmId | None = None, **changes: Any) -> WorkspaceLink:
    account = account or account_id()
    id_ = account.child("linkedWorkspace")
    return WorkspaceLink(
        **{"id": id_, "name": "linkedWorkspace", "read_at": NOW, "account": account, "workspace": workspace} | changes
    )


def workspace(id_: ArmId | None = None, **changes: Any) -> Workspace:
    id_ = id_ or workspace_id()
    defaults = {
        "id": id_,
        "name": id_.name,
        "read_at": NOW,
        "location": "westeurope",
        "customer_id": f"customer-{id_.name}",
        "provisioning_state": "Succeeded",
    }
    return Workspace(**defaults | changes)


def deleted_workspace(id_: ArmId | None = None, **changes: Any) -> DeletedWorkspace:
    id_ = id_ or workspace_id()
    return DeletedWorkspace(**{"id": id_, "name": id_.name, "read_at": NOW, "location": "westeurope"} | changes)


def linked_service(
    workspace: ArmId | None = None, target: ArmId | None = None, service: str = "Automation", **changes: Any
) -> LinkedService:
    workspace = workspace or workspace_id()
    defaults = {
        "id": workspace.child("linkedServices", service),
        "name": f"{workspace.name}/{service}",
        "read_at": NOW,
        "workspace": workspace,
        "service": service,
        "target": target or account_id(),
        "provisioning_state": "Succeeded",
    }
    return LinkedService(**defaults | changes)


def pack(name: str, enabled: bool | None = True, workspace: ArmId | None = None) -> IntelligencePack:
    workspace = workspace or workspace_id()
    return IntelligencePack(
        id=workspace.child("intelligencePacks", name), name=name, read_at=NOW, workspace=workspace, enabled=enabled
    )


def solution(name: str, workspace: ArmId | None = None) -> Solution:
    workspace = workspace or workspace_id()
    full = f"{name}({workspace.name})"
    id_ = ArmId(f"{workspace.subscription}/resourceGroups/rg/providers/Microsoft.OperationsManagement/solutions/{full}")
    return Solution(id=id_, name=full, read_at=NOW, workspace=workspace, product=f"OMSGallery/{name}")


def group(id_: ArmId | None = None, **changes: Any) -> WorkerGroup:
    id_ = id_ or group_id()
    return WorkerGroup(
        **{"id": id_, "name": id_.name, "read_at": NOW, "account": id_.parent, "group_type": GroupType.USER} | changes
    )


def worker(
    name: str = "vm1", group: ArmId | None = None, *, age: timedelta | None = timedelta(minutes=5), **changes: Any
) -> HybridWorker:
    """A V2 worker of this `age` (None: it never pinged)."""
    group = group or group_id()
    defaults = {
        "id": group.child("hybridRunbookWorkers", f"guid-{name}"),
        "name": f"guid-{name}",
        "read_at": NOW,
        "group": group,
        "worker_name": name,
        "worker_type": WorkerType.V2,
        "seen": SeenState.NEVER if age is None else SeenState.SEEN,
        "last_seen": None if age is None else NOW - age,
        "registered_at": NOW - days(400),
        "ip": "10.0.0.4",
        "machine": machine_id(name),
    }
    return HybridWorker(**defaults | changes)


def certificate(name: str = "AzureRunAsCertificate", account: ArmId | None = None, **changes: Any) -> Certificate:
    account = account or account_id()
    defaults = {
        "id": account.child("certificates", name),
        "name": name,
        "read_at": NOW,
        "account": account,
        "thumbprint": "AB" * 20,
        "expires_at": NOW + days(200),
        "exportable": True,
    }
    return Certificate(**defaults | changes)


def connection(name: str = "AzureRunAsConnection", account: ArmId | None = None, **changes: Any) -> Connection:
    account = account or account_id()
    defaults = {
        "id": account.child("connections", name),
        "name": name,
        "read_at": NOW,
        "account": account,
        "type_name": "AzureServicePrincipal",
        "fields_read": True,
        "thumbprint": "ab" * 20,
        "subscription_id": account.subscription_id,
    }
    return Connection(**defaults | changes)


def answered(reading: Reading, scope: ArmId | str, *, items: int = 1, missing: bool = False) -> Read:
    return Read(scope=str(scope), reading=reading, read_at=NOW, answered=Answered(items, missing))


_ITEM_SEGMENTS = {
    Reading.GROUPS: "hybridrunbookworkergroups",
    Reading.WORKERS: "hybridrunbookworkers",
    Reading.CERTIFICATES: "certificates",
    Reading.CONNECTIONS: "connections",
    Reading.LINKED_SERVICES: "linkedservices",
}


def gap(reading: Reading, scope: ArmId | str, reason: GapReason = GapReason.DENIED, **changes: Any) -> Read:
    """A Gap at this scope; at the scope of an item of the reading's list, it is that item which was malformed."""
    changes = {"status": 403, "code": "AuthorizationFailed"} | changes
    place = ArmId(str(scope))
    if place.type.endswith("/" + _ITEM_SEGMENTS.get(reading, "?")):
        changes.setdefault("listed_in", place.parent.text)
    action = reading.operation if reason is GapReason.DENIED else None
    return Read(
        scope=str(scope),
        reading=reading,
        read_at=NOW,
        gap=Gap(scope=str(scope), reading=reading, reason=reason, action=action, **changes),
    )


def estate(*parts: Resource | Read, as_of: datetime | None = None, cloud: str = "AzureCloud") -> Estate:
    """An estate of these resources, in which every read that a full scan plans for them is answered, unless a part says otherwise."""
    resources = [part for part in parts if isinstance(part, Resource)]
    told = {(read.reading, read.scope.lower()): read for read in parts if isinstance(read, Read)}
    reads = {(read.reading, read.scope.lower()): read for read in _full_reads(resources)} | told
    facts = ScanFacts(started_at=NOW, finished_at=NOW, as_of=as_of, cloud=cloud, tenant_id="t", scope=Scope())
    subscriptions = {r.id.subscription_id for r in resources if r.id.subscription_id} - {
        r.id.subscription_id for r in resources if isinstance(r, Subscription)
    }
    return Estate.of(facts, list(reads.values()), [*resources, *(subscription(sub) for sub in sorted(subscriptions))])


def _full_reads(resources: list[Resource]) -> list[Read]:
    reads = [answered(Reading.SUBSCRIPTIONS, "/subscriptions")]
    for sub in {r.id.subscription_id for r in resources if r.id.subscription_id}:
        per_subscription = (Reading.ACCOUNTS, Reading.WORKSPACES, Reading.DELETED_WORKSPACES, Reading.SOLUTIONS)
        reads += [answered(reading, subscription_id(sub)) for reading in per_subscription]
    for resource in resources:
        if isinstance(resource, AutomationAccount):
            per_account = (
                Reading.ACCOUNT,
                Reading.LINKED_WORKSPACE,
                Reading.GROUPS,
                Reading.CERTIFICATES,
                Reading.CONNECTIONS,
            )
            reads += [answered(reading, resource.id) for reading in per_account]
        elif isinstance(resource, WorkerGroup):
            reads.append(answered(Reading.WORKERS, resource.id))
        elif isinstance(resource, Connection):
            reads.append(answered(Reading.CONNECTION, resource.id))
        elif isinstance(resource, Workspace):
            reads += [answered(Reading.LINKED_SERVICES, resource.id), answered(Reading.INTELLIGENCE_PACKS, resource.id)]
    return reads


def findings(check_id: str, *parts: Resource | Read, **options: Any) -> list[Finding]:
    """What one check finds in the estate of these parts."""
    return list(_verdicts(check_id, *parts, **options).findings)


def unknowns(check_id: str, *parts: Resource | Read, **options: Any) -> list[Unknown]:
    """What one check cannot judge in the estate of these parts."""
    return list(_verdicts(check_id, *parts, **options).unknowns)


def _verdicts(check_id: str, *parts: Resource | Read, **options: Any):
    chosen = [check for check in all_checks() if check.id == check_id]
    assert chosen, f"there is no check {check_id}"
    verdicts = judge(EstateGraph(estate(*parts, **options)), chosen)
    assert not verdicts.errors, verdicts.errors
    return verdicts
