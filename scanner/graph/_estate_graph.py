"""EstateGraph: a typed veneer on networkx, which the checks ask instead of walking lists.

Nodes are keyed by lower-cased ARM id. A reference to something that no answer showed becomes a node as well, marked
`missing` (the service said that it is gone) or `unseen` (nothing was said, or the answer was a Gap).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from copy import copy
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, TypeVar

from scanner.findings import Threshold
from scanner.graph._build import Ends, build, matching_certificates
from scanner.graph._features import FeatureUse, feature_use
from scanner.graph._heartbeats import Heartbeats
from scanner.graph._kinds import EdgeKind, Node, NodeKind, Presence
from scanner.graph._targets import Targets
from scanner.graph._ways import Ways
from scanner.inventory import (
    KINDS,
    ArmId,
    AutomationAccount,
    Certificate,
    Connection,
    Deletion,
    Estate,
    Extension,
    Gap,
    GroupType,
    Heartbeat,
    HybridWorker,
    IntelligencePack,
    LinkedService,
    Machine,
    MachineSize,
    NetworkInterface,
    Reading,
    Resource,
    Runbook,
    RunbookContent,
    SecurityGroup,
    SeenState,
    Solution,
    Subnet,
    Subscription,
    WorkerGroup,
    WorkerType,
    Workspace,
    WorkspaceLink,
    account_guid,
)

ACTIVE_WITHIN = timedelta(minutes=30)
"""A worker that pinged within this time takes jobs (Hybrid Runbook Worker overview, Microsoft, 2023-09-17)."""
PURGE_AFTER = timedelta(days=30)
"""Automation purges a worker that has not pinged for longer (Troubleshoot Hybrid Runbook Worker, 2023-09-17)."""

_BELOW_ACCOUNT = "microsoft.automation/automationaccounts/"
_FEW_ENDS = 1
"""Edges of a node that are walked each time they are asked for; what many lead to is kept."""

R = TypeVar("R", bound=Resource)


class EstateGraph:
    """The estate as a graph; all its answers are in a stable order and it never changes after it was built."""

    def __init__(self, estate: Estate) -> None:
        self.estate = estate
        self.ledger = estate.ledger
        self.earlier: Estate | None = None
        self._graph, self._nodes = build(estate)
        self._links: dict[str, WorkspaceLink] = {link.account.key: link for link in estate.links}
        self._features: dict[str, FeatureUse] = {}
        self._children: dict[type[Resource], dict[str, tuple[Any, ...]]] = {}
        self._known: dict[tuple[EdgeKind, type[Resource]], dict[str, tuple[Any, ...]]] = {}
        self.ways = Ways(self._graph, self._nodes)
        self.limits: Mapping[str, timedelta] = {}
        self.targets = Targets(self)
        self.heartbeats = Heartbeats(self)

    @classmethod
    def of(cls, estate: Estate) -> EstateGraph:
        """The graph of an estate, built once and kept beside its ledger: judgement and reports ask the same one."""
        kept: dict[str, Any] = estate.__dict__
        if "graph" not in kept:
            kept["graph"] = cls(estate)
        found: EstateGraph = kept["graph"]
        return found

    def beside(self, earlier: Estate | None) -> EstateGraph:
        """The same graph, for checks that also know what an earlier scan saw."""
        if earlier is None:
            return self
        graph = copy(self)
        graph.earlier = earlier
        return graph

    def limited_by(self, limits: Mapping[str, timedelta]) -> EstateGraph:
        """The same graph, judged by these limits instead of their defaults; the key is the threshold's."""
        graph = copy(self)
        graph.limits = limits
        return graph

    # -- asking -----------------------------------------------------------------------------------------------

    def node(self, id_: ArmId) -> Node | None:
        """Return the node of this id, seen or only referred to."""
        return self._nodes.get(id_.key)

    def nodes(self) -> Iterator[Node]:
        """All nodes, in the order of the estate."""
        return (self._nodes[key] for key in self._graph if key in self._nodes)

    def edges(self) -> Iterator[tuple[str, str, EdgeKind]]:
        """All edges as (source key, target key, kind)."""
        return ((source, target, EdgeKind(kind)) for source, target, kind in self._graph.edges(keys=True))

    def presence(self, id_: ArmId) -> Presence:
        """Whether this resource was seen; a resource that nothing mentioned is unseen."""
        node = self.node(id_)
        return node.presence if node else Presence.UNSEEN

    def _out(self, id_: ArmId, kind: EdgeKind, of: type[R]) -> tuple[R, ...]:
        """The resources of a type to which edges go; an account has an edge for each of its jobs."""
        ends = self._graph.after(id_.key)
        if len(ends) <= _FEW_ENDS:
            return self._neighbours(ends, kind, of)
        known = self._known.setdefault((kind, of), {})
        if id_.key not in known:
            known[id_.key] = self._neighbours(ends, kind, of)
        return known[id_.key]

    def _in(self, id_: ArmId, kind: EdgeKind, of: type[R]) -> tuple[R, ...]:
        return self._neighbours(self._graph.before(id_.key), kind, of)

    def _neighbours(self, ends: Ends, kind: EdgeKind, of: type[R]) -> tuple[R, ...]:
        nodes = [self._nodes.get(end) for end, kinds in ends.items() if kind in kinds]
        return tuple([node.resource for node in nodes if node is not None and isinstance(node.resource, of)])

    def subscriptions(self) -> tuple[Subscription, ...]:
        """All listed subscriptions."""
        return self.estate.subscriptions

    def home_of(self, id_: ArmId) -> str | None:
        """The home tenant of the subscription in which something lies, if its list told it."""
        node = self.node(id_.subscription)
        return node.resource.tenant_id if node is not None and isinstance(node.resource, Subscription) else None

    def accounts(self) -> tuple[AutomationAccount, ...]:
        """All Automation accounts seen."""
        return self.estate.accounts

    def account(self, id_: ArmId) -> AutomationAccount | None:
        """The account of this id, or the account that holds the group, worker, certificate or connection of this id."""
        while id_.type.startswith(_BELOW_ACCOUNT):
            id_ = id_.parent
        node = self.node(id_)
        return node.resource if node is not None and isinstance(node.resource, AutomationAccount) else None

    @cached_property
    def account_guids(self) -> frozenset[str | None]:
        """The GUIDs in the service URLs of all accounts seen; None is among them where one does not tell its own."""
        return frozenset(account_guid(account.hybrid_service_url) for account in self.estate.accounts)

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
        return matching_certificates(connection, self.certificates(connection.account))

    def registrations(self, machine: ArmId) -> tuple[HybridWorker, ...]:
        """The workers that name this machine, in any account."""
        return self._in(machine, EdgeKind.RUNS_ON, HybridWorker)

    def machines(self) -> Iterator[ArmId]:
        """The machines that workers name."""
        named = (node.id for node in self.nodes() if node.kind is NodeKind.MACHINE)
        return (machine for machine in named if self.registrations(machine))

    # -- machines ---------------------------------------------------------------------------------------------

    def machine(self, id_: ArmId) -> Machine | None:
        """The machine of this id, if it was seen; `presence` tells whether one that was not seen is gone."""
        return self._machines.get(id_.key)

    def extensions(self, machine: ArmId) -> tuple[Extension, ...]:
        """The machine's extensions that concern hybrid workers, as far as they were seen."""
        return self._extensions.get(machine.key, ())

    def machine_size(self, machine: Machine) -> MachineSize | None:
        """The numbers of a VM's size in its region and subscription, if Compute told them."""
        region, size = machine.location or "", (machine.size or "").lower()
        return self._sizes.get((machine.id.subscription_id, region, size))

    def network_interface(self, id_: ArmId) -> NetworkInterface | None:
        """The network interface of this id, if it was read."""
        return self._interfaces.get(id_.key)

    def subnet(self, id_: ArmId) -> Subnet | None:
        """The subnet of this id, if it was read."""
        return self._subnets.get(id_.key)

    def security_group(self, id_: ArmId) -> SecurityGroup | None:
        """The network security group of this id, if it was read."""
        return self._security_groups.get(id_.key)

    @cached_property
    def _machines(self) -> dict[str, Machine]:
        return {machine.id.key: machine for machine in self.estate.machines}

    @cached_property
    def _extensions(self) -> dict[str, tuple[Extension, ...]]:
        return _grouped(self.estate.extensions, lambda extension: extension.machine)

    @cached_property
    def _sizes(self) -> dict[tuple[str, str, str], MachineSize]:
        return {(s.id.subscription_id, s.location, s.name.lower()): s for s in self.estate.machine_sizes}

    @cached_property
    def _interfaces(self) -> dict[str, NetworkInterface]:
        return {interface.id.key: interface for interface in self.estate.network_interfaces}

    @cached_property
    def _subnets(self) -> dict[str, Subnet]:
        return {subnet.id.key: subnet for subnet in self.estate.subnets}

    @cached_property
    def _security_groups(self) -> dict[str, SecurityGroup]:
        return {group.id.key: group for group in self.estate.security_groups}

    # -- what an account holds and does -----------------------------------------------------------------------

    def children(self, account: ArmId, kind: type[R]) -> tuple[R, ...]:
        """The account's resources of a kind that has an `account`: `children(id, Job)`."""
        if kind not in self._children:
            self._children[kind] = _grouped(getattr(self.estate, KINDS[kind]), lambda resource: resource.account)
        found: tuple[R, ...] = self._children[kind].get(account.key, ())
        return found

    def runbooks(self, account: ArmId) -> tuple[Runbook, ...]:
        """The account's runbooks."""
        return self.children(account, Runbook)

    def content(self, runbook: ArmId) -> RunbookContent | None:
        """What was recognised in a runbook's published content, if it was read."""
        return self._contents.get(runbook.key)

    def content_in_full(self, runbook: ArmId) -> bool:
        """Tell whether a runbook's content was read and understood; one that was never published has none."""
        content = self.content(runbook)
        if content is not None:
            return content.in_full
        return self.answered(Reading.RUNBOOK_CONTENT, runbook)

    def deletions(self, target: ArmId) -> tuple[Deletion, ...]:
        """The deletes of a worker or a group that the activity log shows."""
        return self._deletions.get(target.key, ())

    @cached_property
    def _contents(self) -> dict[str, RunbookContent]:
        return {content.runbook.key: content for content in self.estate.runbook_contents}

    @cached_property
    def _deletions(self) -> dict[str, tuple[Deletion, ...]]:
        return _grouped(self.estate.deletions, lambda deletion: deletion.target)

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

    def limit(self, threshold: Threshold) -> timedelta:
        """The value of a threshold in this judgement."""
        return self.limits.get(threshold.key, threshold.default)

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
            self._features[account.key] = feature_use(self, account)
        return self._features[account.key]

    def beats(self, workspace: ArmId) -> tuple[Heartbeat, ...]:
        """The heartbeats that a workspace holds."""
        return self._beats.get(workspace.key, ())

    @cached_property
    def _beats(self) -> dict[str, tuple[Heartbeat, ...]]:
        return _grouped(self.estate.heartbeats, lambda beat: beat.workspace)


def _grouped(resources: Iterable[R], home: Callable[[R], ArmId | None]) -> dict[str, tuple[R, ...]]:
    found: dict[str, list[R]] = {}
    for resource in resources:
        place = home(resource)
        if place is not None:
            found.setdefault(place.key, []).append(resource)
    return {key: tuple(held) for key, held in found.items()}
