"""Estates for tests: every builder has healthy defaults, and a test overrides the one thing that it is about."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from scanner.checks import all_checks, judge
from scanner.findings import Finding, Unknown
from scanner.graph import EstateGraph
from scanner.inventory import (
    AgentEvent,
    Answered,
    ArmId,
    AutomationAccount,
    Certificate,
    Connection,
    Credential,
    DeletedAccount,
    DeletedWorkspace,
    Deletion,
    DiagnosticSetting,
    DscNode,
    Estate,
    EventSignature,
    Extension,
    Gap,
    GapReason,
    GroupType,
    Heartbeat,
    HybridWorker,
    IngestionStop,
    IntelligencePack,
    Job,
    JobLog,
    JobSchedule,
    JobSignature,
    LinkedService,
    Machine,
    MachineSize,
    Module,
    NetworkInterface,
    OsType,
    PrivateEndpointConnection,
    Read,
    Reading,
    Resource,
    Runbook,
    RunbookContent,
    RunbookSignature,
    RuntimeEnvironment,
    ScanFacts,
    Schedule,
    Scope,
    SecurityGroup,
    SeenState,
    Sign,
    Solution,
    Subnet,
    Subscription,
    Variable,
    Webhook,
    WorkerGroup,
    WorkerPings,
    WorkerType,
    Workspace,
    WorkspaceLink,
)

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
SUB = "11111111-1111-1111-1111-111111111111"
HYBRID_URL = "https://aaaaaaaa-0000-0000-0000-000000000001.jrds.we.azure-automation.net/automationAccounts/aaaaaaaa-0000-0000-0000-000000000001"
OTHER_SUB = "22222222-2222-2222-2222-222222222222"


R = TypeVar("R", bound=Resource)


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
        "hybrid_service_url": HYBRID_URL,
    }
    return AutomationAccount(**defaults | changes)


def deleted_account(target: ArmId | None = None, **changes: Any) -> DeletedAccount:
    """The default account, deleted 9 days ago."""
    target = target or account_id()
    guid = changes.get("guid", HYBRID_URL.rpartition("/")[2])
    home = target.text.replace("/automationAccounts/", "/deletedAutomationAccounts/")
    defaults = {
        "id": ArmId(home).child("deletions", guid),
        "name": target.name,
        "read_at": NOW,
        "target": target,
        "guid": guid,
        "deleted_at": NOW - days(9),
    }
    return DeletedAccount(**defaults | changes)


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


def machine(id_: ArmId | None = None, **changes: Any) -> Machine:
    """A running Windows VM with a system-assigned identity, all of whose extensions were seen."""
    id_ = id_ or machine_id()
    arc = id_.type == "microsoft.hybridcompute/machines"
    defaults = {
        "id": id_,
        "name": id_.name,
        "read_at": NOW,
        "location": "westeurope",
        "vm_id": str(uuid.uuid5(uuid.NAMESPACE_URL, id_.key)),
        "computer_name": id_.name,
        "os": OsType.WINDOWS,
        "identity_type": "SystemAssigned",
        "power_state": None if arc else "running",
        "arc_status": "Connected" if arc else None,
        "arc_status_since": NOW - days(3) if arc else None,
        "size": None if arc else "Standard_D2s_v5",
        "extensions_told": True,
    }
    return Machine(**defaults | changes)


def arc_id(name: str = "arc1", subscription: str = SUB, group: str = "rg") -> ArmId:
    return ArmId(
        f"/subscriptions/{subscription}/resourceGroups/{group}/providers/Microsoft.HybridCompute/machines/{name}"
    )


def extension(machine: ArmId | None = None, type_: str = "HybridWorkerForWindows", **changes: Any) -> Extension:
    """The hybrid worker extension of a machine, pointing at the default account's hybrid service."""
    machine = machine or machine_id()
    defaults = {
        "id": machine.child("extensions", type_),
        "name": type_,
        "read_at": NOW,
        "machine": machine,
        "type": type_,
        "provisioning_state": "Succeeded",
        "account_url": HYBRID_URL if type_.startswith("HybridWorker") else None,
        "settings_told": True,
    }
    return Extension(**defaults | changes)


def machine_size(name: str = "Standard_D2s_v5", subscription: str = SUB, **changes: Any) -> MachineSize:
    location = changes.get("location", "westeurope")
    place = f"/subscriptions/{subscription}/providers/Microsoft.Compute/locations/{location}"
    defaults = {
        "id": ArmId(f"{place}/vmSizes/{name}"),
        "name": name,
        "read_at": NOW,
        "location": location,
        "vcpus": 2,
        "memory_gib": 8.0,
    }
    return MachineSize(**defaults | changes)


def network_id(kind: str, name: str, subscription: str = SUB) -> ArmId:
    """The id of a resource of Microsoft.Network, such as `networkInterfaces` or `networkSecurityGroups`."""
    return ArmId(f"/subscriptions/{subscription}/resourceGroups/rg/providers/Microsoft.Network/{kind}/{name}")


def heartbeat(computer: str = "vm1", workspace: ArmId | None = None, **changes: Any) -> Heartbeat:
    """The Log Analytics agent's heartbeats of a Windows machine outside Azure, the last 5 minutes ago."""
    workspace = workspace or workspace_id()
    defaults = {
        "id": workspace.child("heartbeats", changes.get("name", computer)),
        "name": computer,
        "read_at": NOW,
        "workspace": workspace,
        "computer": computer,
        "category": "Direct Agent",
        "agent": True,
        "last_at": NOW - minutes(5),
        "version": "10.20.18069.0",
        "os_type": "Windows",
        "environment": "Non-Azure",
        "beats": 1000,
        "early": 0,
        "late": 0,
        "offsets": (-2.0, -1.0),
    }
    return Heartbeat(**defaults | changes)


def agent_event(
    event_id: int = 4502, computer: str = "vm1", workspace: ArmId | None = None, **changes: Any
) -> AgentEvent:
    workspace = workspace or workspace_id()
    defaults = {
        "id": workspace.child("events", f"{computer}-{event_id}"),
        "name": computer,
        "read_at": NOW,
        "workspace": workspace,
        "computer": computer,
        "log": "Operations Manager",
        "event_id": event_id,
        "signature": EventSignature(str(event_id)) if event_id in {4502, 15011} else None,
        "last_at": NOW - days(1),
    }
    return AgentEvent(**defaults | changes)


def _child(kind: type[R], segment: str, name: str, account: ArmId | None, **fields: Any) -> R:
    account = account or account_id()
    common = {"id": account.child(segment, name), "name": name, "read_at": NOW, "account": account}
    return kind(**common | fields)


def runbook(name: str = "Backup", account: ArmId | None = None, **changes: Any) -> Runbook:
    defaults = {"runbook_type": "PowerShell", "state": "Published"}
    return _child(Runbook, "runbooks", name, account, **defaults | changes)


def content(
    *signatures: RunbookSignature, runbook: str = "Backup", account: ArmId | None = None, **changes: Any
) -> RunbookContent:
    """What was recognised in the content of a runbook: these signatures, from line 3 on."""
    id_ = (account or account_id()).child("runbooks", runbook)
    signs = tuple(Sign(signature, line) for line, signature in enumerate(signatures, 3))
    defaults = {
        "id": id_.child("content"),
        "name": runbook,
        "read_at": NOW,
        "account": id_.parent,
        "runbook": id_,
        "signs": signs,
    }
    return RunbookContent(**defaults | changes)


def job(name: str = "job1", account: ArmId | None = None, **changes: Any) -> Job:
    """A job of the runbook Backup that completed on the group of the default worker yesterday."""
    defaults = {
        "runbook": "Backup",
        "run_on": "workers",
        "status": "Completed",
        "created_at": NOW - days(1),
        "started_at": NOW - days(1),
        "ended_at": NOW - days(1),
        "changed_at": NOW - days(1),
    }
    return _child(Job, "jobs", name, account, **defaults | changes)


def job_schedule(schedule: str = "Nightly", account: ArmId | None = None, **changes: Any) -> JobSchedule:
    defaults = {"runbook": "Backup", "schedule": schedule, "run_on": "workers"}
    name = changes.pop("name", f"{schedule}-tie")
    return _child(JobSchedule, "jobSchedules", name, account, **defaults | changes)


def schedule(name: str = "Nightly", account: ArmId | None = None, **changes: Any) -> Schedule:
    defaults = {"enabled": True, "next_run": NOW + timedelta(hours=6)}
    return _child(Schedule, "schedules", name, account, **defaults | changes)


def webhook(name: str = "Hook", account: ArmId | None = None, **changes: Any) -> Webhook:
    defaults = {"runbook": "Backup", "run_on": "workers", "enabled": True, "expires_at": NOW + days(200)}
    return _child(Webhook, "webhooks", name, account, **defaults | changes)


def credential(name: str = "RunAsUser", account: ArmId | None = None) -> Credential:
    return _child(Credential, "credentials", name, account)


def environment(name: str = "Custom", account: ArmId | None = None, **changes: Any) -> RuntimeEnvironment:
    defaults = {"language": "PowerShell", "version": "7.4", "system_generated": False}
    return _child(RuntimeEnvironment, "runtimeEnvironments", name, account, **defaults | changes)


def module(name: str, account: ArmId | None = None, **changes: Any) -> Module:
    return _child(Module, "modules", name, account, **{"version": "1.0", "is_global": False} | changes)


def variable(name: str = "Setting", account: ArmId | None = None, **changes: Any) -> Variable:
    return _child(Variable, "variables", name, account, **{"encrypted": False} | changes)


def dsc_node(name: str = "node1", account: ArmId | None = None) -> DscNode:
    return _child(DscNode, "nodes", name, account)


def private_endpoint(name: str = "pe1", account: ArmId | None = None, **changes: Any) -> PrivateEndpointConnection:
    defaults = {"groups": ("DSCAndHybridWorker",), "status": "Approved"}
    return _child(PrivateEndpointConnection, "privateEndpointConnections", name, account, **defaults | changes)


def diagnostic_setting(name: str = "logs", account: ArmId | None = None, **changes: Any) -> DiagnosticSetting:
    defaults = {"categories": ("JobLogs", "JobStreams"), "workspace": workspace_id()}
    return _child(
        DiagnosticSetting, "providers/Microsoft.Insights/diagnosticSettings", name, account, **defaults | changes
    )


def pings(worker: str = "vm9", group: str = "workers", account: ArmId | None = None, **changes: Any) -> WorkerPings:
    """The pings of a worker that was last heard 40 days ago."""
    defaults = {
        "group": group,
        "worker": worker,
        "first_at": NOW - days(80),
        "last_at": NOW - days(40),
        "grain": "PT6H",
    }
    return _child(WorkerPings, "pings", f"{group}-{worker}", account, **defaults | changes)


def deletion(target: ArmId, **changes: Any) -> Deletion:
    defaults = {
        "id": target.child("deletions", "1"),
        "name": "1",
        "read_at": NOW,
        "target": target,
        "deleted_at": NOW - days(2),
    }
    return Deletion(**defaults | changes)


def ingestion_stop(workspace: ArmId | None = None, **changes: Any) -> IngestionStop:
    workspace = workspace or workspace_id()
    defaults = {
        "id": workspace.child("ingestionStops", "1"),
        "name": "1",
        "read_at": NOW,
        "workspace": workspace,
        "status": "Warning",
        "stopped": True,
        "last_at": NOW - timedelta(hours=2),
    }
    return IngestionStop(**defaults | changes)


def job_log(signature: JobSignature, account: ArmId | None = None, **changes: Any) -> JobLog:
    defaults = {
        "id": workspace_id().child("jobLogs", f"{changes.get('job_id', 'job1')}-{signature}"),
        "name": "job1",
        "read_at": NOW,
        "workspace": workspace_id(),
        "account": account or account_id(),
        "job_id": "job1",
        "runbook": "Backup",
        "signature": signature,
        "last_at": NOW - days(1),
    }
    return JobLog(**defaults | changes)


def answered(reading: Reading, scope: ArmId | str, *, items: int = 1, missing: bool = False) -> Read:
    return Read(scope=str(scope), reading=reading, read_at=NOW, answered=Answered(items, missing))


_ITEM_SEGMENTS = {
    Reading.GROUPS: "hybridrunbookworkergroups",
    Reading.WORKERS: "hybridrunbookworkers",
    Reading.CERTIFICATES: "certificates",
    Reading.CONNECTIONS: "connections",
    Reading.JOBS: "jobs",
    Reading.RUNBOOKS: "runbooks",
    Reading.JOB_SCHEDULES: "jobschedules",
    Reading.SCHEDULES: "schedules",
    Reading.WEBHOOKS: "webhooks",
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


def estate(
    *parts: Resource | Read, as_of: datetime | None = None, cloud: str = "AzureCloud", included: tuple[str, ...] = ()
) -> Estate:
    """An estate of these resources, in which every read that a full scan plans for them is answered, unless a part says otherwise."""
    resources = [part for part in parts if isinstance(part, Resource)]
    told = {(read.reading, read.scope.lower()): read for read in parts if isinstance(read, Read)}
    reads = {(read.reading, read.scope.lower()): read for read in _full_reads(resources)} | told
    facts = ScanFacts(
        started_at=NOW, finished_at=NOW, as_of=as_of, cloud=cloud, tenant_id="t", scope=Scope(), included=included
    )
    subscriptions = {r.id.subscription_id for r in resources if r.id.subscription_id} - {
        r.id.subscription_id for r in resources if isinstance(r, Subscription)
    }
    return Estate.of(facts, list(reads.values()), [*resources, *(subscription(sub) for sub in sorted(subscriptions))])


_PER_SUBSCRIPTION = (
    Reading.ACCOUNTS,
    Reading.WORKSPACES,
    Reading.DELETED_WORKSPACES,
    Reading.SOLUTIONS,
    Reading.VIRTUAL_MACHINES,
    Reading.VM_STATUSES,
    Reading.ARC_MACHINES,
    Reading.ACTIVITY_LOG,
)
_PER_RESOURCE = {
    AutomationAccount: (
        Reading.ACCOUNT,
        Reading.LINKED_WORKSPACE,
        Reading.GROUPS,
        Reading.CERTIFICATES,
        Reading.CONNECTIONS,
        Reading.RUNBOOKS,
        Reading.JOBS,
        Reading.JOB_SCHEDULES,
        Reading.SCHEDULES,
        Reading.WEBHOOKS,
        Reading.CREDENTIALS,
        Reading.RUNTIME_ENVIRONMENTS,
        Reading.MODULES,
        Reading.VARIABLES,
        Reading.DSC_NODES,
        Reading.PRIVATE_ENDPOINTS,
        Reading.DIAGNOSTIC_SETTINGS,
        Reading.PINGS,
    ),
    WorkerGroup: (Reading.WORKERS,),
    Connection: (Reading.CONNECTION,),
    Workspace: (
        Reading.LINKED_SERVICES,
        Reading.INTELLIGENCE_PACKS,
        Reading.HEARTBEATS,
        Reading.EVENTS,
        Reading.OPERATIONS,
        Reading.JOB_LOGS,
    ),
    Runbook: (Reading.RUNBOOK_CONTENT,),
    NetworkInterface: (Reading.NETWORK_INTERFACE,),
    Subnet: (Reading.SUBNET,),
    SecurityGroup: (Reading.SECURITY_GROUP,),
}


def _full_reads(resources: list[Resource]) -> list[Read]:
    reads = [answered(Reading.SUBSCRIPTIONS, "/subscriptions")]
    # Deleted accounts are listed only where an extension calls for it.
    listed = (Reading.DELETED_ACCOUNTS,) if any(isinstance(r, DeletedAccount) for r in resources) else ()
    for sub in {r.id.subscription_id for r in resources if r.id.subscription_id}:
        reads += [answered(reading, subscription_id(sub)) for reading in (*_PER_SUBSCRIPTION, *listed)]
    for resource in resources:
        reads += [answered(reading, resource.id) for reading in _PER_RESOURCE.get(type(resource), ())]
        if isinstance(resource, Job) and resource.detailed:
            reads.append(answered(Reading.JOB, resource.id))
        elif isinstance(resource, MachineSize):
            reads.append(answered(Reading.MACHINE_SIZES, resource.id.parent))
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
