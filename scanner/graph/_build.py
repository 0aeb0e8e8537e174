"""Builds the estate's graph: a node for each resource and each thing that one refers to, an edge for each relation."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache, cached_property
from types import MappingProxyType
from typing import Any

import networkx as nx

from scanner.graph._kinds import EdgeKind, Node, NodeKind, Presence
from scanner.inventory import (
    ArmId,
    Certificate,
    Connection,
    Estate,
    Job,
    JobSchedule,
    Reading,
    Resource,
    Webhook,
)

ARC_MACHINE = "microsoft.hybridcompute/machines"
Ends = Mapping[str, Mapping[EdgeKind, Any]]
"""The other ends of a node's edges, each with the kinds of the edges to it."""


_NONE: Mapping[str, Any] = MappingProxyType({})


class Relations(nx.MultiDiGraph):  # type: ignore[misc]  # networkx has no types
    """The relations of an estate, keyed by lower-cased ARM id; an edge's key is its EdgeKind.

    Neither nodes nor edges have attributes, and edges between two nodes are of few sets of kinds. So what networkx
    would make for each node and edge is shared, and cannot be changed: in a big estate these dictionaries would take
    more memory than all that was seen of it. `join` is the one way to add an edge.
    """

    def see(self, key: str) -> None:
        """Add a node, unless it is there."""
        if key not in self._node:
            self._node[key] = self._succ[key] = self._pred[key] = _NONE

    def join(self, source: str, target: str, kind: EdgeKind) -> None:
        """Add an edge, and nodes for its ends where there are none."""
        self.see(source)
        self.see(target)
        known = self._succ[source].get(target, _NONE)
        if kind not in known:
            for held, one, other in ((self._succ, source, target), (self._pred, target, source)):
                if held[one] is _NONE:
                    held[one] = {}
                held[one][other] = _of_kinds((*known, kind))

    def after(self, key: str) -> Ends:
        """The nodes to which a node's edges go; none for a key that is no node's."""
        ends: Ends = self._succ.get(key, _NONE)
        return ends

    def before(self, key: str) -> Ends:
        """The nodes from which edges come to a node; none for a key that is no node's."""
        ends: Ends = self._pred.get(key, _NONE)
        return ends


@cache
def _of_kinds(kinds: tuple[EdgeKind, ...]) -> Mapping[EdgeKind, Mapping[str, Any]]:
    return MappingProxyType(dict.fromkeys(kinds, _NONE))


def build(estate: Estate) -> tuple[Relations, dict[str, Node]]:
    """Return the graph of an estate, and what its nodes stand for, both keyed by lower-cased ARM id."""
    builder = _Builder(estate)
    return builder.graph, builder.nodes


def matching_certificates(connection: Connection, certificates: Iterable[Certificate]) -> tuple[Certificate, ...]:
    """Those of the account's certificates with the connection's thumbprint or asset name, compared without case."""
    if connection.thumbprint is not None:
        wanted = connection.thumbprint.lower()
        return tuple(c for c in certificates if (c.thumbprint or "").lower() == wanted)
    if connection.certificate_name is not None:
        wanted = connection.certificate_name.lower()
        return tuple(c for c in certificates if c.name.lower() == wanted)
    return ()


class _Builder:
    def __init__(self, estate: Estate) -> None:
        self.estate = estate
        self.graph = Relations()
        self.nodes: dict[str, Node] = {}
        self._certificates = _by_account(estate.certificates)
        named = ((group.account.key, group.name.lower(), group.id) for group in reversed(estate.groups))
        self._groups = {(account, name): id_ for account, name, id_ in named}
        self._add_containers()
        self._add_account_children()
        self._add_links()
        self._add_machines()
        self._add_activity()

    # -- nodes and edges --------------------------------------------------------------------------------------

    def _see(self, resource: Resource, kind: NodeKind) -> None:
        self.graph.see(resource.id.key)
        self.nodes[resource.id.key] = Node(resource.id, kind, Presence.SEEN, resource)

    def _refer(self, target: ArmId, kind: NodeKind, presence: Presence) -> None:
        if target.key not in self.nodes:
            self.graph.see(target.key)
            self.nodes[target.key] = Node(target, kind, presence)

    def _join(self, source: ArmId, target: ArmId, kind: EdgeKind) -> None:
        self.graph.join(source.key, target.key, kind)

    def _listed(self, reading: Reading, scope: ArmId) -> bool:
        read = self.estate.ledger.answer_at(reading, scope)
        return read is not None and read.answered is not None and not read.answered.missing

    def _presence_by_get(self, reading: Reading, target: ArmId) -> Presence:
        read = self.estate.ledger.answer_at(reading, target)
        gone = read is not None and read.answered is not None and read.answered.missing
        return Presence.MISSING if gone else Presence.UNSEEN

    # -- what contains what -----------------------------------------------------------------------------------

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
        estate = self.estate
        kinds: tuple[tuple[tuple[Resource, ...], NodeKind], ...] = (
            (estate.groups, NodeKind.GROUP),
            (estate.workers, NodeKind.WORKER),
            (estate.certificates, NodeKind.CERTIFICATE),
            (estate.connections, NodeKind.CONNECTION),
            (estate.runbooks, NodeKind.RUNBOOK),
            (estate.schedules, NodeKind.SCHEDULE),
            (estate.webhooks, NodeKind.WEBHOOK),
            (estate.jobs, NodeKind.JOB),
        )
        for resources, kind in kinds:
            for resource in resources:
                self._see(resource, kind)
                self._join(resource.id.parent, resource.id, EdgeKind.CONTAINS)
        for worker in estate.workers:
            self._join(worker.group, worker.id, EdgeKind.DISPATCHES)

    # -- links between accounts, workspaces and certificates ----------------------------------------------------

    def _add_links(self) -> None:
        for link in self.estate.links:
            if link.workspace is not None:
                self._refer(link.workspace, NodeKind.WORKSPACE, self._workspace_presence(link.workspace))
                self._join(link.account, link.workspace, EdgeKind.LINKED_WORKSPACE)
        for service in self.estate.linked_services:
            if service.target is not None and service.service.lower() == "automation":
                self._refer(service.target, NodeKind.ACCOUNT, self._presence_by_get(Reading.ACCOUNT, service.target))
                self._join(service.workspace, service.target, EdgeKind.LINKED_SERVICE)
        for connection in self.estate.connections:
            self._add_certificate_use(connection)

    def _workspace_presence(self, workspace: ArmId) -> Presence:
        soft_deleted = workspace.key in self._soft_deleted
        return Presence.MISSING if soft_deleted else self._presence_by_get(Reading.WORKSPACE, workspace)

    @cached_property
    def _soft_deleted(self) -> frozenset[str]:
        return frozenset(workspace.id.key for workspace in self.estate.deleted_workspaces)

    def _add_certificate_use(self, connection: Connection) -> None:
        wanted = connection.thumbprint or connection.certificate_name
        if wanted is None:
            return
        matches = matching_certificates(connection, self._certificates.get(connection.account.key, ()))
        for certificate in matches:
            self._join(connection.id, certificate.id, EdgeKind.USES_CERTIFICATE)
        if not matches:
            listed = self._listed(Reading.CERTIFICATES, connection.account)
            dangling = connection.account.child("certificates", f"({wanted})")
            self._refer(dangling, NodeKind.CERTIFICATE, Presence.MISSING if listed else Presence.UNSEEN)
            self._join(connection.id, dangling, EdgeKind.USES_CERTIFICATE)

    # -- machines ---------------------------------------------------------------------------------------------

    def _add_machines(self) -> None:
        # A machine that no worker names and that has no agent is not part of the picture.
        concerned = {extension.machine.key for extension in self.estate.extensions}
        concerned |= {worker.machine.key for worker in self.estate.workers if worker.machine is not None}
        for machine in self.estate.machines:
            if machine.id.key in concerned:
                self._see(machine, NodeKind.MACHINE)
        for worker in self.estate.workers:
            if worker.machine is not None:
                self._refer(worker.machine, NodeKind.MACHINE, self._machine_presence(worker.machine))
                self._join(worker.id, worker.machine, EdgeKind.RUNS_ON)
        by_guid = {(w.customer_id or "").lower(): w.id for w in self.estate.workspaces if w.customer_id}
        for extension in self.estate.extensions:
            workspace = by_guid.get((extension.workspace_id or "").lower())
            if workspace is not None and extension.machine.key in self.graph:
                self._join(extension.machine, workspace, EdgeKind.REPORTS_TO)
        for beat in self.estate.heartbeats:
            if beat.agent and beat.machine is not None and beat.machine.key in self.graph:
                self._join(beat.machine, beat.workspace, EdgeKind.REPORTS_TO)

    def _machine_presence(self, machine: ArmId) -> Presence:
        reading = Reading.ARC_MACHINE if machine.type == ARC_MACHINE else Reading.VIRTUAL_MACHINE
        return self._presence_by_get(reading, machine)

    # -- what runs --------------------------------------------------------------------------------------------

    def _add_activity(self) -> None:
        for content in self.estate.runbook_contents:
            for called in content.calls:
                self._refer(called, NodeKind.RUNBOOK, Presence.UNSEEN)
                self._join(content.runbook, called, EdgeKind.CALLS)
        for tie in self.estate.job_schedules:
            if tie.schedule is not None:
                schedule = tie.account.child("schedules", tie.schedule)
                self._refer(schedule, NodeKind.SCHEDULE, self._child_presence(Reading.SCHEDULES, tie.account))
                self._starts(schedule, tie)
        for webhook in self.estate.webhooks:
            self._starts(webhook.id, webhook)
        for job in self.estate.jobs:
            self._starts(job.id, job)

    def _starts(self, starter: ArmId, what: JobSchedule | Webhook | Job) -> None:
        runbook = None
        if what.runbook is not None:
            runbook = what.account.child("runbooks", what.runbook)
            self._refer(runbook, NodeKind.RUNBOOK, self._child_presence(Reading.RUNBOOKS, what.account))
            self._join(starter, runbook, EdgeKind.STARTS)
        if what.run_on is not None:
            group = self._group(what.account, what.run_on)
            self._join(starter, group, EdgeKind.TARGETS)
            if runbook is not None:
                self._join(runbook, group, EdgeKind.TARGETS)

    def _group(self, account: ArmId, name: str) -> ArmId:
        """The group of this name, as it is listed or as a reference to what is not there."""
        listed = self._groups.get((account.key, name.lower()))
        if listed is not None:
            return listed
        group_id = account.child("hybridRunbookWorkerGroups", name)
        self._refer(group_id, NodeKind.GROUP, self._child_presence(Reading.GROUPS, account))
        return group_id

    def _child_presence(self, reading: Reading, account: ArmId) -> Presence:
        return Presence.MISSING if self._listed(reading, account) else Presence.UNSEEN


def _by_account(resources: Iterable[Certificate]) -> dict[str, list[Certificate]]:
    found: dict[str, list[Certificate]] = {}
    for resource in resources:
        found.setdefault(resource.account.key, []).append(resource)
    return found
