"""The Estate: everything that one scan saw, and everything that it planned to see."""

from __future__ import annotations

from functools import cached_property

import msgspec

from scanner.inventory.activity import (
    Credential,
    DiagnosticSetting,
    DscNode,
    Job,
    JobSchedule,
    Module,
    PrivateEndpointConnection,
    Runbook,
    RunbookContent,
    RuntimeEnvironment,
    Schedule,
    Variable,
    Webhook,
)
from scanner.inventory.coverage import Ledger, Read
from scanner.inventory.instant import Instant
from scanner.inventory.machines import Extension, Machine, MachineSize, NetworkInterface, SecurityGroup, Subnet
from scanner.inventory.resources import (
    AutomationAccount,
    Certificate,
    Connection,
    DeletedAccount,
    DeletedWorkspace,
    HybridWorker,
    IntelligencePack,
    LinkedService,
    Resource,
    Solution,
    Subscription,
    WorkerGroup,
    Workspace,
    WorkspaceLink,
)
from scanner.inventory.shards import Shard
from scanner.inventory.telemetry import (
    AgentEvent,
    Deletion,
    Heartbeat,
    IngestionStop,
    JobLog,
    WorkerPings,
)


class RequestCounts(msgspec.Struct, frozen=True):
    """HTTP requests of a scan: all that were sent, those that were second tries, and the 429 answers."""

    sent: int = 0
    retried: int = 0
    throttled: int = 0


class Scope(msgspec.Struct, frozen=True, kw_only=True):
    """What the user asked to scan; empty means all that the login can see, or the `shard` of it."""

    subscriptions: tuple[str, ...] = ()
    excluded_subscriptions: tuple[str, ...] = ()
    management_group: str | None = None
    resource_group: str | None = None
    account: str | None = None
    shard: Shard | None = None


class NamedTenant(msgspec.Struct, frozen=True, kw_only=True):
    """One of the tenants that the user named, by its domain or its id; `id` is None where nothing told it."""

    name: str
    id: str | None = None


class ScanFacts(msgspec.Struct, frozen=True, kw_only=True):
    """When, where and how the scan ran; times are UTC, `as_of` is None when each read's own time counts.

    `since` is where the user let every look-back begin; `skipped` and `included` are what those options named.
    `elsewhere` are the GUIDs of the subscriptions that the scope holds and that a shard left to the others; `version`
    is that of the program that read. `redaction` tells that all names are pseudonyms: it is the mark of their key.
    `tenants` are those of a scan of several, whose `tenant_id` is None; what a login to one of them brought stands in
    the ledger at `/tenants/<name>`.
    """

    started_at: Instant
    finished_at: Instant
    as_of: Instant | None
    cloud: str
    tenant_id: str | None
    scope: Scope
    since: Instant | None = None
    skipped: tuple[str, ...] = ()
    included: tuple[str, ...] = ()
    interrupted: bool = False
    requests: RequestCounts = RequestCounts()
    notes: tuple[str, ...] = ()
    elsewhere: tuple[str, ...] = ()
    version: str = ""
    redaction: str | None = None
    tenants: tuple[NamedTenant, ...] = ()

    @property
    def moment(self) -> Instant:
        """The moment at which the whole is judged, where no read's own time counts."""
        return self.as_of or self.finished_at


class Estate(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """All resources seen, in a stable order, with the reads behind them."""

    facts: ScanFacts
    reads: tuple[Read, ...]
    subscriptions: tuple[Subscription, ...] = ()
    accounts: tuple[AutomationAccount, ...] = ()
    deleted_accounts: tuple[DeletedAccount, ...] = ()
    links: tuple[WorkspaceLink, ...] = ()
    workspaces: tuple[Workspace, ...] = ()
    deleted_workspaces: tuple[DeletedWorkspace, ...] = ()
    linked_services: tuple[LinkedService, ...] = ()
    intelligence_packs: tuple[IntelligencePack, ...] = ()
    solutions: tuple[Solution, ...] = ()
    groups: tuple[WorkerGroup, ...] = ()
    workers: tuple[HybridWorker, ...] = ()
    certificates: tuple[Certificate, ...] = ()
    connections: tuple[Connection, ...] = ()
    runbooks: tuple[Runbook, ...] = ()
    runbook_contents: tuple[RunbookContent, ...] = ()
    jobs: tuple[Job, ...] = ()
    job_schedules: tuple[JobSchedule, ...] = ()
    schedules: tuple[Schedule, ...] = ()
    webhooks: tuple[Webhook, ...] = ()
    credentials: tuple[Credential, ...] = ()
    runtime_environments: tuple[RuntimeEnvironment, ...] = ()
    modules: tuple[Module, ...] = ()
    variables: tuple[Variable, ...] = ()
    dsc_nodes: tuple[DscNode, ...] = ()
    private_endpoint_connections: tuple[PrivateEndpointConnection, ...] = ()
    diagnostic_settings: tuple[DiagnosticSetting, ...] = ()
    machines: tuple[Machine, ...] = ()
    extensions: tuple[Extension, ...] = ()
    machine_sizes: tuple[MachineSize, ...] = ()
    network_interfaces: tuple[NetworkInterface, ...] = ()
    subnets: tuple[Subnet, ...] = ()
    security_groups: tuple[SecurityGroup, ...] = ()
    heartbeats: tuple[Heartbeat, ...] = ()
    agent_events: tuple[AgentEvent, ...] = ()
    ingestion_stops: tuple[IngestionStop, ...] = ()
    job_logs: tuple[JobLog, ...] = ()
    worker_pings: tuple[WorkerPings, ...] = ()
    deletions: tuple[Deletion, ...] = ()

    @cached_property
    def ledger(self) -> Ledger:
        """The reads, to be asked by scope and kind."""
        return Ledger(self.reads)

    @classmethod
    def of(cls, facts: ScanFacts, reads: list[Read], resources: list[Resource]) -> Estate:
        """Sort what a scan brought into an estate; of two resources with one id the later read wins."""
        kinds: dict[type[Resource], dict[str, Resource]] = {kind: {} for kind in KINDS}
        for resource in sorted(resources, key=lambda resource: resource.read_at):
            kinds[type(resource)][resource.id.key] = resource
        ordered = {KINDS[kind]: tuple(found[key] for key in sorted(found)) for kind, found in kinds.items()}
        in_order = sorted(reads, key=lambda read: (read.scope.lower(), read.reading, read.read_at))
        return cls(facts=facts, reads=tuple(in_order), **ordered)  # type: ignore[arg-type]


KINDS: dict[type[Resource], str] = {
    Subscription: "subscriptions",
    AutomationAccount: "accounts",
    DeletedAccount: "deleted_accounts",
    WorkspaceLink: "links",
    Workspace: "workspaces",
    DeletedWorkspace: "deleted_workspaces",
    LinkedService: "linked_services",
    IntelligencePack: "intelligence_packs",
    Solution: "solutions",
    WorkerGroup: "groups",
    HybridWorker: "workers",
    Certificate: "certificates",
    Connection: "connections",
    Runbook: "runbooks",
    RunbookContent: "runbook_contents",
    Job: "jobs",
    JobSchedule: "job_schedules",
    Schedule: "schedules",
    Webhook: "webhooks",
    Credential: "credentials",
    RuntimeEnvironment: "runtime_environments",
    Module: "modules",
    Variable: "variables",
    DscNode: "dsc_nodes",
    PrivateEndpointConnection: "private_endpoint_connections",
    DiagnosticSetting: "diagnostic_settings",
    Machine: "machines",
    Extension: "extensions",
    MachineSize: "machine_sizes",
    NetworkInterface: "network_interfaces",
    Subnet: "subnets",
    SecurityGroup: "security_groups",
    Heartbeat: "heartbeats",
    AgentEvent: "agent_events",
    IngestionStop: "ingestion_stops",
    JobLog: "job_logs",
    WorkerPings: "worker_pings",
    Deletion: "deletions",
}
