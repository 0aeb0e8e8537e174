"""EstateGraph: a typed veneer on networkx, which the checks ask instead of walking lists.

Nodes are keyed by lower-cased ARM id. A reference to something that no answer showed becomes a node as well, marked
`missing` (the service said that it is gone) or `unseen` (nothing was said, or the answer was a Gap).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cached_property
from typing import TypeVar

import msgspec
import networkx as nx

from scanner.inventory import (
    ArmId,
    AutomationAccount,
    Certificate,
    Connection,
    Estate,
    Gap,
    GroupType,
    HybridWorker,
    IntelligencePack,
    LinkedService,
    Reading,
    Resource,
    SeenState,
    Solution,
    Subscription,
    WorkerGroup,
    WorkerType,
    Workspace,
    WorkspaceLink,
)

ACTIVE_WITHIN = timedelta(minutes=30)
"""A worker that pinged within this time takes jobs (Hybrid Runbook Worker overview, Microsoft, 2023-09-17)."""
PURGE_AFTER = timedelta(days=30)
"""Automation purges a worker that has not pinged for longer (Troubleshoot Hybrid Runbook Worker, 2023-09-17)."""


class NodeKind(StrEnum):
    """What a node stands for."""

    TENANT = "tenant"
    SUBSCRIPTION = "subscription"
    ACCOUNT = "account"
    WORKSPACE = "workspace"
    GROUP = "group"
    WORKER = "worker"
    MACHINE = "machine"
    CERTIFICATE = "certificate"
    CONNECTION = "connection"


class EdgeKind(StrEnum):
    """How one node concerns another."""

    CONTAINS = "contains"
    LINKED_WORKSPACE = "linked_workspace"  # account -> workspace, from the account's own answer
    LINKED_SERVICE = "linked_service"  # workspace -> account, from the workspace's linkedServices
    RUNS_ON = "runs_on"  # worker -> machine
    USES_CERTIFICATE = "uses_certificate"  # connection -> certificate


class Presence(StrEnum):
    """Whether the scan saw the resource behind a node."""

    SEEN = "seen"
    MISSING = "missing"
    UNSEEN = "unseen"


class Node(msgspec.Struct, frozen=True):
    """One node; `resource` is None for what was referred to but not seen."""

    id: ArmId
    kind: NodeKind
    presence: Presence
    resource: Resource | None = None


class FeatureUse(msgspec.Struct, frozen=True, kw_only=True):
    """How far an account still uses what the region mapping and the workspace link exist for.

    `updates` and `change_tracking` are None when their reads are missing; `in_use` is True as soon as something proves
    it, and `certain` tells whether a "not in use" rests on complete reads.
    """

    updates: bool | None
    change_tracking: bool | None
    system_workers: int
    v1_workers: int
    certain: bool

    @property
    def in_use(self) -> bool:
        """Updates enabled, or V1 or System workers (which prove ChangeTracking's v1 form where that is enabled)."""
        return self.updates is True or self.system_workers > 0 or self.v1_workers > 0

    @property
    def reason(self) -> str:
        """The proof in words, or why there is none."""
        proofs = []
        if self.updates:
            proofs.append("Update Management (Updates) is enabled on the workspace")
        if self.system_workers:
            proofs.append(f"{self.system_workers} System worker{'s' * (self.system_workers != 1)}")
        if self.v1_workers:
            proofs.append(f"{self.v1_workers} V1 worker{'s' * (self.v1_workers != 1)}")
        if proofs:
            return ", ".join(proofs)
        return "no feature that needs the link is in use" if self.certain else "feature use could not be read in full"


R = TypeVar("R", bound=Resource)


class EstateGraph:
    """The estate as a graph; all its answers are in a stable order and it never changes after it was built."""

    def __init__(self, estate: Estate) -> None:
        self.estate = estate
        self.ledger = estate.ledger
        self._graph: nx.MultiDiGraph[str] = nx.MultiDiGraph()
        self._links: dict[str, WorkspaceLink] = {link.account.key: link for link in estate.links}
        self._features: dict[str, FeatureUse] = {}
        self._add_containers()
        self._add_account_children()
        self._add_references()

    # -- building ---------------------------------------------------------------------------------------------

    def _add_containers(self) -> None:
        for subscription in self.estate.subscriptions:
            self._see(subscription, NodeKind.SUBSCRIPTION)
            if subscription.tenant_id:
                tenant = ArmId(f"/tenants/{subscription.tenant_id}")
                self._refer(tenant, NodeKind.TENANT, Presence.SEEN)
                self._join(tenant, subscription.id, EdgeKind.CONTAINS)
        for account in self.estate.accounts:
            self._see(account, NodeKind.ACCOUNT)
        for workspace in self.estate.workspaces:
            self._see(workspace, NodeKind.WORKSPACE)
        for resource in (*self.estate.accounts, *self.estate.workspaces):
            self._refer(resource.id.subscription, NodeKind.SUBSCRIPTION, Presence.UNSEEN)
            self._join(resource.id.subscription, resource.id, EdgeKind.CONTAINS)

    def _add_account_children(self) -> None:
        for group in self.estate.groups:
            self._see(group, NodeKind.GROUP)
            self._join(group.account, group.id, EdgeKind.CONTAINS)
        for worker in self.estate.workers:
            self._see(worker, NodeKind.WORKER)
            self._join(worker.group, worker.id, EdgeKind.CONTAINS)
        for certificate in self.estate.certificates:
            self._see(certificate, NodeKind.CERTIFICATE)
            self._join(certificate.account, certificate.id, EdgeKind.CONTAINS)
        for connection in self.estate.connections:
            self._see(connection, NodeKind.CONNECTION)
            self._join(connection.account, connection.id, EdgeKind.CONTAINS)

    def _add_references(self) -> None:
        for link in self.estate.links:
            if link.workspace is not None:
                self._refer(link.workspace, NodeKind.WORKSPACE, self._workspace_presence(link.workspace))
                self._join(link.account, link.workspace, EdgeKind.LINKED_WORKSPACE)
        for service in self.estate.linked_services:
            if service.target is not None and service.service.lower() == "automation":
                self._refer(service.target, NodeKind.ACCOUNT, self._presence_by_get(Reading.ACCOUNT, service.target))
                self._join(service.workspace, service.target, EdgeKind.LINKED_SERVICE)
        for worker in self.estate.workers:
            if worker.machine is not None:
                self._refer(worker.machine, NodeKind.MACHINE, Presence.UNSEEN)
                self._join(worker.id, worker.machine, EdgeKind.RUNS_ON)
        for connection in self.estate.connections:
            self._add_certificate_use(connection)

    def _add_certificate_use(self, connection: Connection) -> None:
        wanted = connection.thumbprint or connection.certificate_name
        if wanted is None:
            return
        matches = self.matching_certificates(connection)
        for certificate in matches:
            self._join(connection.id, certificate.id, EdgeKind.USES_CERTIFICATE)
        if not matches:
            listed = self.listed(Reading.CERTIFICATES, connection.account)
            dangling = connection.account.child("certificates", f"({wanted})")
            self._refer(dangling, NodeKind.CERTIFICATE, Presence.MISSING if listed else Presence.UNSEEN)
            self._join(connection.id, dangling, EdgeKind.USES_CERTIFICATE)

    def _workspace_presence(self, workspace: ArmId) -> Presence:
        soft_deleted = workspace.key in self._soft_deleted
        return Presence.MISSING if soft_deleted else self._presence_by_get(Reading.WORKSPACE, workspace)

    @cached_property
    def _soft_deleted(self) -> frozenset[str]:
        return frozenset(workspace.id.key for workspace in self.estate.deleted_workspaces)

    def _presence_by_get(self, reading: Reading, target: ArmId) -> Presence:
        read = self.ledger.answer_at(reading, target)
        gone = read is not None and read.answered is not None and read.answered.missing
        return Presence.MISSING if gone else Presence.UNSEEN

    def _see(self, resource: Resource, kind: NodeKind) -> None:
        self._graph.add_node(resource.id.key, node=Node(resource.id, kind, Presence.SEEN, resource))

    def _refer(self, target: ArmId, kind: NodeKind, presence: Presence) -> None:
        if target.key not in self._graph or "node" not in self._graph.nodes[target.key]:
            self._graph.add_node(target.key, node=Node(target, kind, presence))

    def _join(self, source: ArmId, target: ArmId, kind: EdgeKind) -> None:
        self._graph.add_edge(source.key, target.key, key=kind)

    # -- asking -----------------------------------------------------------------------------------------------

    def node(self, id_: ArmId) -> Node | None:
        """Return the node of this id, seen or only referred to."""
        if id_.key not in self._graph:
            return None
        found: Node | None = self._graph.nodes[id_.key].get("node")
        return found

    def nodes(self) -> Iterator[Node]:
        """All nodes, in the order of the estate."""
        return (data["node"] for _, data in self._graph.nodes(data=True) if "node" in data)

    def edges(self) -> Iterator[tuple[str, str, EdgeKind]]:
        """All edges as (source key, target key, kind)."""
        return ((source, target, EdgeKind(kind)) for source, target, kind in self._graph.edges(keys=True))

    def presence(self, id_: ArmId) -> Presence:
        """Whether this resource was seen; a resource that nothing mentioned is unseen."""
        node = self.node(id_)
        return node.presence if node else Presence.UNSEEN

    def _out(self, id_: ArmId, kind: EdgeKind, of: type[R]) -> tuple[R, ...]:
        if id_.key not in self._graph:
            return ()
        edges = self._graph.out_edges(id_.key, keys=True)
        targets = (self._graph.nodes[target]["node"].resource for _, target, edge in edges if edge == kind)
        return tuple(resource for resource in targets if isinstance(resource, of))

    def _in(self, id_: ArmId, kind: EdgeKind, of: type[R]) -> tuple[R, ...]:
        if id_.key not in self._graph:
            return ()
        edges = self._graph.in_edges(id_.key, keys=True)
        nodes = (self._graph.nodes[source].get("node") for source, _, edge in edges if edge == kind)
        return tuple(node.resource for node in nodes if node is not None and isinstance(node.resource, of))

    def subscriptions(self) -> tuple[Subscription, ...]:
        """All listed subscriptions."""
        return self.estate.subscriptions

    def accounts(self) -> tuple[AutomationAccount, ...]:
        """All Automation accounts seen."""
        return self.estate.accounts

    def account(self, id_: ArmId) -> AutomationAccount | None:
        """The account of this id, or the account that holds the group, worker, certificate or connection of this id."""
        while id_.key in self._graph or id_.type.startswith("microsoft.automation/"):
            node = self.node(id_)
            if node is not None and isinstance(node.resource, AutomationAccount):
                return node.resource
            if id_.type.count("/") <= 1:
                return None
            id_ = id_.parent
        return None

    def workspaces(self) -> tuple[Workspace, ...]:
        """All workspaces seen, listed or fetched by id."""
        return self.estate.workspaces

    def workspace(self, id_: ArmId) -> Workspace | None:
        """The workspace of this id, if it was seen."""
        node = self.node(id_)
        return node.resource if node is not None and isinstance(node.resource, Workspace) else None

    def link(self, account: ArmId) -> WorkspaceLink | None:
        """The account's linkedWorkspace answer; None when it was not answered."""
        return self._links.get(account.key)

    def accounts_linked_to(self, workspace: ArmId) -> tuple[AutomationAccount, ...]:
        """The accounts whose own answer names this workspace."""
        return self._in(workspace, EdgeKind.LINKED_WORKSPACE, AutomationAccount)

    def linked_services(self, workspace: ArmId) -> tuple[LinkedService, ...]:
        """The services that the workspace names as linked to it."""
        return self._services.get(workspace.key, ())

    @cached_property
    def _services(self) -> dict[str, tuple[LinkedService, ...]]:
        return _grouped(self.estate.linked_services, lambda service: service.workspace)

    @cached_property
    def _packs(self) -> dict[str, tuple[IntelligencePack, ...]]:
        return _grouped(self.estate.intelligence_packs, lambda pack: pack.workspace)

    @cached_property
    def _solutions(self) -> dict[str, tuple[Solution, ...]]:
        return _grouped(self.estate.solutions, lambda solution: solution.workspace)

    def groups(self, account: ArmId) -> tuple[WorkerGroup, ...]:
        """The account's Hybrid Runbook Worker groups, of both types."""
        return self._out(account, EdgeKind.CONTAINS, WorkerGroup)

    def user_groups(self, account: ArmId) -> tuple[WorkerGroup, ...]:
        """The account's groups of type User."""
        return tuple(group for group in self.groups(account) if group.group_type is GroupType.USER)

    def workers(self, group: ArmId) -> tuple[HybridWorker, ...]:
        """The workers seen in a group."""
        return self._out(group, EdgeKind.CONTAINS, HybridWorker)

    def group_of(self, worker: HybridWorker) -> WorkerGroup:
        """The group that lists the worker."""
        node = self.node(worker.group)
        if node is None or not isinstance(node.resource, WorkerGroup):
            raise LookupError(f"{worker.id} has no group in this estate")
        return node.resource

    def user_workers(self) -> Iterator[tuple[WorkerGroup, HybridWorker]]:
        """Every worker of every User group with its group."""
        for account in self.accounts():
            for group in self.user_groups(account.id):
                for worker in self.workers(group.id):
                    yield group, worker

    def certificates(self, account: ArmId) -> tuple[Certificate, ...]:
        """The account's certificate assets."""
        return self._out(account, EdgeKind.CONTAINS, Certificate)

    def connections(self, account: ArmId) -> tuple[Connection, ...]:
        """The account's connections of the three types that can hold a certificate."""
        return self._out(account, EdgeKind.CONTAINS, Connection)

    def matching_certificates(self, connection: Connection) -> tuple[Certificate, ...]:
        """The account's certificates with the connection's thumbprint or asset name, compared without case."""
        if connection.thumbprint is not None:
            wanted = connection.thumbprint.lower()
            return tuple(c for c in self.certificates(connection.account) if (c.thumbprint or "").lower() == wanted)
        if connection.certificate_name is not None:
            wanted = connection.certificate_name.lower()
            return tuple(c for c in self.certificates(connection.account) if c.name.lower() == wanted)
        return ()

    def registrations(self, machine: ArmId) -> tuple[HybridWorker, ...]:
        """The workers that name this machine, in any account."""
        return self._in(machine, EdgeKind.RUNS_ON, HybridWorker)

    def machines(self) -> Iterator[ArmId]:
        """The machines that workers name."""
        return (node.id for node in self.nodes() if node.kind is NodeKind.MACHINE)

    # -- coverage ---------------------------------------------------------------------------------------------

    def gap(self, reading: Reading, scope: ArmId) -> Gap | None:
        """The Gap of one read, None when it was answered or not planned."""
        return self.ledger.gap_at(reading, scope)

    def answered(self, reading: Reading, scope: ArmId) -> bool:
        """Tell whether the read was answered in full: only then does an absence prove anything."""
        return self.ledger.answer_at(reading, scope) is not None

    def listed(self, reading: Reading, scope: ArmId) -> bool:
        """Tell whether a list was answered in full; "no such thing", said of its scope, is no empty list."""
        read = self.ledger.answer_at(reading, scope)
        return read is not None and read.answered is not None and not read.answered.missing

    # -- time -------------------------------------------------------------------------------------------------

    def moment(self, resource: Resource) -> datetime:
        """The UTC moment at which the resource is judged: the scan's as-of, else when it was read."""
        return self.estate.facts.as_of or resource.read_at

    def age(self, worker: HybridWorker) -> timedelta | None:
        """How long the worker has not pinged, never below zero; None when it never did or the time is unreadable."""
        if worker.seen is not SeenState.SEEN or worker.last_seen is None:
            return None
        return max(timedelta(0), self.moment(worker) - worker.last_seen)

    def is_active(self, worker: HybridWorker) -> bool | None:
        """V2 and pinged within 30 minutes; None where only the type or the time that was not told decides."""
        if worker.worker_type is WorkerType.V1 or worker.seen is SeenState.NEVER:
            return False
        age = self.age(worker)
        if age is not None and age >= ACTIVE_WITHIN:
            return False
        return None if worker.worker_type is None or age is None else True

    # -- features ---------------------------------------------------------------------------------------------

    def pack(self, workspace: ArmId, name: str) -> IntelligencePack | None:
        """The workspace's intelligence pack of this name, if an answer showed it."""
        packs = self._packs.get(workspace.key, ())
        return next((pack for pack in packs if pack.name.lower() == name.lower()), None)

    def pack_enabled(self, workspace: ArmId, name: str) -> bool | None:
        """Whether an intelligence pack is enabled; None when the packs were not read or do not say."""
        pack = self.pack(workspace, name)
        if pack is not None:
            return pack.enabled
        return False if self.listed(Reading.INTELLIGENCE_PACKS, workspace) else None

    def solution_installed(self, workspace: ArmId, name: str) -> bool | None:
        """Whether a solution such as `Updates` is installed; None when the subscription's solutions were not read."""
        wanted = name.lower()
        for solution in self._solutions.get(workspace.key, ()):
            product = (solution.product or "").rpartition("/")[2].lower()
            if product == wanted or solution.name.lower().startswith(wanted + "("):
                return True
        return False if self.listed(Reading.SOLUTIONS, workspace.subscription) else None

    def feature_enabled(self, workspace: ArmId, name: str) -> bool | None:
        """Whether a feature is on, by its intelligence pack; its solution speaks where the packs do not."""
        pack = self.pack_enabled(workspace, name)
        return self.solution_installed(workspace, name) if pack is None else pack

    def feature_use(self, account: ArmId) -> FeatureUse:
        """What the account's link to a workspace is still used for."""
        if account.key not in self._features:
            self._features[account.key] = self._feature_use(account)
        return self._features[account.key]

    def _feature_use(self, account: ArmId) -> FeatureUse:
        link = self.link(account)
        workspace = link.workspace if link else None
        updates = self.feature_enabled(workspace, "Updates") if workspace else None
        tracking = self.feature_enabled(workspace, "ChangeTracking") if workspace else None
        groups = self.groups(account)
        system = sum(len(self.workers(group.id)) for group in groups if group.group_type is GroupType.SYSTEM)
        v1 = [w for g in groups if g.group_type is not GroupType.SYSTEM for w in self.workers(g.id)]
        complete = self.listed(Reading.GROUPS, account) and all(self.listed(Reading.WORKERS, g.id) for g in groups)
        return FeatureUse(
            updates=updates,
            change_tracking=tracking,
            system_workers=system,
            v1_workers=sum(1 for worker in v1 if worker.worker_type is WorkerType.V1),
            certain=complete and (workspace is None or (updates is not None and tracking is False)),
        )


def _grouped(resources: Iterable[R], home: Callable[[R], ArmId | None]) -> dict[str, tuple[R, ...]]:
    found: dict[str, list[R]] = {}
    for resource in resources:
        place = home(resource)
        if place is not None:
            found.setdefault(place.key, []).append(resource)
    return {key: tuple(held) for key, held in found.items()}
