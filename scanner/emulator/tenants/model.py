"""A tenant as data: what exists, never how it looks on the wire."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from scanner.emulator.access import Assignment
from scanner.emulator.faults import Fault
from scanner.emulator.tenants.assets import (
    DiagnosticSetting,
    DscNode,
    Environment,
    Job,
    JobSchedule,
    Module,
    Pings,
    PrivateEndpoint,
    Runbook,
    Schedule,
    Variable,
    Webhook,
)
from scanner.emulator.tenants.estate import (
    Extension,
    Machine,
    MachineSize,
    NetworkInterface,
    SecurityGroup,
    SecurityRule,
    Subnet,
)
from scanner.emulator.tenants.records import ActivityEvent, Event, Heartbeat, JobRow, Operation

__all__ = [
    "Account",
    "ActivityEvent",
    "Certificate",
    "Connection",
    "DeletedAccount",
    "DiagnosticSetting",
    "DscNode",
    "Environment",
    "Event",
    "Extension",
    "Group",
    "Heartbeat",
    "Job",
    "JobRow",
    "JobSchedule",
    "Machine",
    "MachineSize",
    "ManagementGroup",
    "Module",
    "NetworkInterface",
    "Operation",
    "Pings",
    "PrivateEndpoint",
    "Runbook",
    "Schedule",
    "SecurityGroup",
    "SecurityRule",
    "Subnet",
    "Subscription",
    "Tenant",
    "Variable",
    "Webhook",
    "Worker",
    "Workspace",
]


@dataclass(frozen=True, slots=True)
class Subscription:
    """A subscription; `tenant_id` differs from the home tenant where Lighthouse delegates it.

    One that is not `visible` exists, but the caller has no role in it: it is in no list and every read of it is 403.
    `unregistered` are the namespaces of resource providers that it is not registered for.
    """

    id: str
    name: str
    state: str = "Enabled"
    tenant_id: str | None = None
    managed_by: tuple[str, ...] = ()
    visible: bool = True
    unregistered: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ManagementGroup:
    """A management group and the ids of the subscriptions directly under it."""

    name: str
    display_name: str
    subscriptions: tuple[str, ...] = ()
    parent: str | None = None


@dataclass(frozen=True, slots=True)
class Worker:
    """A hybrid worker: `kind` is HybridV1 or HybridV2, `seen` None until its first contact.

    `name` is the machine's; `vm` the id of an Azure or Arc machine, "" where Automation does not know one.
    """

    name: str
    kind: str
    registered: datetime
    seen: datetime | None
    vm: str = ""
    ip: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """A hybrid worker group: `kind` is User or System, `credential` the name of its Run As credential asset."""

    name: str
    workers: tuple[Worker, ...] = ()
    kind: str = "User"
    credential: str | None = None


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate asset; Automation shows its thumbprint as given, in whatever case."""

    name: str
    thumbprint: str
    expires: datetime
    exportable: bool = True


@dataclass(frozen=True, slots=True)
class Connection:
    """A connection asset; `kind` is its connection type with any trailing blank it has."""

    name: str
    kind: str
    fields: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Account:
    """An Automation account; `workspace` is the linked workspace's id as linkedWorkspace answers it.

    None for `public_network_access` or `disable_local_auth` means that Azure leaves the key out. `credentials` are the
    names of credential assets; `state` is Ok, Unavailable or Suspended.
    """

    subscription: str
    resource_group: str
    name: str
    location: str
    created: datetime
    groups: tuple[Group, ...] = ()
    certificates: tuple[Certificate, ...] = ()
    connections: tuple[Connection, ...] = ()
    workspace: str | None = None
    identity: str | None = "SystemAssigned"
    public_network_access: bool | None = None
    disable_local_auth: bool | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    state: str = "Ok"
    runbooks: tuple[Runbook, ...] = ()
    jobs: tuple[Job, ...] = ()
    job_schedules: tuple[JobSchedule, ...] = ()
    schedules: tuple[Schedule, ...] = ()
    webhooks: tuple[Webhook, ...] = ()
    credentials: tuple[str, ...] = ()
    environments: tuple[Environment, ...] = ()
    modules: tuple[Module, ...] = ()
    variables: tuple[Variable, ...] = ()
    nodes: tuple[DscNode, ...] = ()
    private_endpoints: tuple[PrivateEndpoint, ...] = ()
    diagnostic_settings: tuple[DiagnosticSetting, ...] = ()
    pings: tuple[Pings, ...] = ()

    @property
    def id(self) -> str:
        """The full ARM id."""
        return (
            f"/subscriptions/{self.subscription}/resourceGroups/{self.resource_group}"
            f"/providers/Microsoft.Automation/automationAccounts/{self.name}"
        )


@dataclass(frozen=True, slots=True)
class DeletedAccount:
    """An Automation account as it was, and when it was deleted; it can be restored for 30 days."""

    account: Account
    deleted: datetime


@dataclass(frozen=True, slots=True)
class Workspace:
    """A Log Analytics workspace; `account` is the id that its linked service Automation names.

    `packs` are the enabled intelligence packs; `link_state` is that linked service's provisioningState. `customer_id`
    replaces the GUID that is made from the id; `daily_quota` is in GB, -1 for none; `ingestion` is dataIngestionStatus,
    such as RespectQuota or OverQuota. `query_access` is ok, denied (403), missing (404) or public_disabled (403: the
    network is not let in); `absent_tables` are tables that the workspace does not have.
    """

    subscription: str
    resource_group: str
    name: str
    location: str
    created: datetime
    account: str | None = None
    packs: frozenset[str] = frozenset({"AzureAutomation", "LogManagement"})
    link_state: str = "Succeeded"
    cluster: str | None = None
    deleted: bool = False
    classic: bool = False
    customer_id: str | None = None
    daily_quota: float = -1.0
    ingestion: str = "RespectQuota"
    query_access: str = "ok"
    absent_tables: frozenset[str] = frozenset()
    heartbeats: tuple[Heartbeat, ...] = ()
    events: tuple[Event, ...] = ()
    operations: tuple[Operation, ...] = ()
    job_rows: tuple[JobRow, ...] = ()

    @property
    def id(self) -> str:
        """The full ARM id."""
        return (
            f"/subscriptions/{self.subscription}/resourceGroups/{self.resource_group}"
            f"/providers/Microsoft.OperationalInsights/workspaces/{self.name}"
        )


@dataclass(frozen=True, slots=True)
class Tenant:
    """Everything one tenant has at `now` (aware UTC), and the faults that belong to it, such as permissions not given.

    `access` are the role assignments of the login; None lets it read everything that no fault denies.
    `cloud` is the name in the metadata; `api_versions` replaces the api-versions that a namespace knows, oldest first.
    """

    id: str
    name: str
    now: datetime
    subscriptions: tuple[Subscription, ...]
    accounts: tuple[Account, ...] = ()
    workspaces: tuple[Workspace, ...] = ()
    management_groups: tuple[ManagementGroup, ...] = ()
    cloud: str = "AzureCloud"
    faults: tuple[Fault, ...] = ()
    api_versions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    machines: tuple[Machine, ...] = ()
    sizes: tuple[MachineSize, ...] = ()
    interfaces: tuple[NetworkInterface, ...] = ()
    subnets: tuple[Subnet, ...] = ()
    security_groups: tuple[SecurityGroup, ...] = ()
    activity: tuple[ActivityEvent, ...] = ()
    deleted_accounts: tuple[DeletedAccount, ...] = ()
    access: tuple[Assignment, ...] | None = None

    def __post_init__(self) -> None:
        if self.now.tzinfo is None:
            raise ValueError("a tenant's now needs a time zone")
