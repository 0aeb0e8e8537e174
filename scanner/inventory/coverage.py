"""The coverage ledger: every planned read, and whether it was answered or is a Gap."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from functools import cache, cached_property

import msgspec

from scanner.inventory.arm import ArmId
from scanner.inventory.instant import Instant

QUERY_WORKSPACE = "Microsoft.OperationalInsights/workspaces/query/read"
"""The RBAC action without which no table of a workspace can be queried (Manage access to workspaces, 2025-02-14)."""


class Reading(StrEnum):
    """The kinds of read that a scan plans; the value is the RBAC action that the read needs, then what it reads."""

    SUBSCRIPTIONS = "Microsoft.Resources/subscriptions/read#list"
    MANAGEMENT_GROUP = "Microsoft.Management/managementGroups/descendants/read#list"
    RESOURCE_GRAPH = "Microsoft.ResourceGraph/resources/read#list"
    ACCOUNTS = "Microsoft.Automation/automationAccounts/read#list"
    ACCOUNT = "Microsoft.Automation/automationAccounts/read#get"
    DELETED_ACCOUNTS = "Microsoft.Automation/deletedAutomationAccounts/read#list"
    LINKED_WORKSPACE = "Microsoft.Automation/automationAccounts/linkedWorkspace/read#get"
    GROUPS = "Microsoft.Automation/automationAccounts/hybridRunbookWorkerGroups/read#list"
    WORKERS = "Microsoft.Automation/automationAccounts/hybridRunbookWorkerGroups/hybridRunbookWorkers/read#list"
    CERTIFICATES = "Microsoft.Automation/automationAccounts/certificates/read#list"
    CONNECTIONS = "Microsoft.Automation/automationAccounts/connections/read#list"
    CONNECTION = "Microsoft.Automation/automationAccounts/connections/read#get"
    WORKSPACES = "Microsoft.OperationalInsights/workspaces/read#list"
    WORKSPACE = "Microsoft.OperationalInsights/workspaces/read#get"
    DELETED_WORKSPACES = "Microsoft.OperationalInsights/deletedWorkspaces/read#list"
    LINKED_SERVICES = "Microsoft.OperationalInsights/workspaces/linkedServices/read#list"
    INTELLIGENCE_PACKS = "Microsoft.OperationalInsights/workspaces/intelligencePacks/read#list"
    SOLUTIONS = "Microsoft.OperationsManagement/solutions/read#list"
    # What runs in an account
    RUNBOOKS = "Microsoft.Automation/automationAccounts/runbooks/read#list"
    RUNBOOK_CONTENT = "Microsoft.Automation/automationAccounts/runbooks/content/read#get"
    JOBS = "Microsoft.Automation/automationAccounts/jobs/read#list"
    JOB = "Microsoft.Automation/automationAccounts/jobs/read#get"
    JOB_SCHEDULES = "Microsoft.Automation/automationAccounts/jobSchedules/read#list"
    SCHEDULES = "Microsoft.Automation/automationAccounts/schedules/read#list"
    WEBHOOKS = "Microsoft.Automation/automationAccounts/webhooks/read#list"
    CREDENTIALS = "Microsoft.Automation/automationAccounts/credentials/read#list"
    RUNTIME_ENVIRONMENTS = "Microsoft.Automation/automationAccounts/runtimeEnvironments/read#list"
    MODULES = "Microsoft.Automation/automationAccounts/modules/read#list"
    VARIABLES = "Microsoft.Automation/automationAccounts/variables/read#list"
    DSC_NODES = "Microsoft.Automation/automationAccounts/nodes/read#list"
    PRIVATE_ENDPOINTS = "Microsoft.Automation/automationAccounts/privateEndpointConnections/read#list"
    DIAGNOSTIC_SETTINGS = "Microsoft.Insights/diagnosticSettings/read#list"
    PINGS = "Microsoft.Insights/metrics/read#list"
    ACTIVITY_LOG = "Microsoft.Insights/eventtypes/values/read#list"
    # Machines
    VIRTUAL_MACHINES = "Microsoft.Compute/virtualMachines/read#list"
    VM_STATUSES = "Microsoft.Compute/virtualMachines/read#list statuses"
    VIRTUAL_MACHINE = "Microsoft.Compute/virtualMachines/read#get"
    VM_EXTENSIONS = "Microsoft.Compute/virtualMachines/extensions/read#list"
    ARC_MACHINES = "Microsoft.HybridCompute/machines/read#list"
    ARC_MACHINE = "Microsoft.HybridCompute/machines/read#get"
    ARC_EXTENSIONS = "Microsoft.HybridCompute/machines/extensions/read#list"
    MACHINE_SIZES = "Microsoft.Compute/skus/read#list"
    NETWORK_INTERFACE = "Microsoft.Network/networkInterfaces/read#get"
    SUBNET = "Microsoft.Network/virtualNetworks/subnets/read#get"
    SECURITY_GROUP = "Microsoft.Network/networkSecurityGroups/read#get"
    # Log queries
    HEARTBEATS = "Microsoft.OperationalInsights/workspaces/query/Heartbeat/read#list"
    EVENTS = "Microsoft.OperationalInsights/workspaces/query/Event/read#list"
    OPERATIONS = "Microsoft.OperationalInsights/workspaces/query/Operation/read#list"
    JOB_LOGS = "Microsoft.OperationalInsights/workspaces/query/AzureDiagnostics/read#list"

    @property
    def operation(self) -> str:
        """The RBAC action, such as `Microsoft.Automation/automationAccounts/read`."""
        return self.value.partition("#")[0]

    @property
    def operations(self) -> tuple[str, ...]:
        """All RBAC actions of the read: a query of a workspace's table needs the right to query it at all, too."""
        return (QUERY_WORKSPACE, self.operation) if "/workspaces/query/" in self.value else (self.operation,)

    @property
    def is_list(self) -> bool:
        """Whether a collection is read, and not one item."""
        return self.value.partition("#")[2].startswith("list")


# A read that cannot be planned because the one before it was not answered is lost with it.
_ENUMERATED = (Reading.SUBSCRIPTIONS, Reading.MANAGEMENT_GROUP)
_FOLLOWS: Mapping[Reading, tuple[Reading, ...]] = {
    Reading.RESOURCE_GRAPH: _ENUMERATED,
    Reading.ACCOUNTS: _ENUMERATED,
    Reading.ACCOUNT: (Reading.ACCOUNTS,),
    Reading.DELETED_ACCOUNTS: _ENUMERATED,
    Reading.LINKED_WORKSPACE: (Reading.ACCOUNTS,),
    Reading.GROUPS: (Reading.ACCOUNTS,),
    Reading.WORKERS: (Reading.GROUPS,),
    Reading.CERTIFICATES: (Reading.ACCOUNTS,),
    Reading.CONNECTIONS: (Reading.ACCOUNTS,),
    Reading.CONNECTION: (Reading.CONNECTIONS,),
    Reading.WORKSPACES: _ENUMERATED,
    Reading.WORKSPACE: (Reading.LINKED_WORKSPACE,),
    Reading.DELETED_WORKSPACES: _ENUMERATED,
    Reading.LINKED_SERVICES: (Reading.WORKSPACES,),
    Reading.INTELLIGENCE_PACKS: (Reading.LINKED_WORKSPACE, Reading.WORKSPACE),
    Reading.SOLUTIONS: _ENUMERATED,
    Reading.RUNBOOKS: (Reading.ACCOUNTS,),
    Reading.RUNBOOK_CONTENT: (Reading.RUNBOOKS,),
    Reading.JOBS: (Reading.ACCOUNTS,),
    Reading.JOB: (Reading.JOBS,),
    Reading.JOB_SCHEDULES: (Reading.ACCOUNTS,),
    Reading.SCHEDULES: (Reading.JOB_SCHEDULES,),
    Reading.WEBHOOKS: (Reading.ACCOUNTS,),
    Reading.CREDENTIALS: (Reading.GROUPS,),
    Reading.RUNTIME_ENVIRONMENTS: (Reading.ACCOUNTS,),
    Reading.MODULES: (Reading.RUNBOOK_CONTENT,),
    Reading.VARIABLES: (Reading.ACCOUNTS,),
    Reading.DSC_NODES: (Reading.ACCOUNT,),
    Reading.PRIVATE_ENDPOINTS: (Reading.ACCOUNT,),
    Reading.DIAGNOSTIC_SETTINGS: (Reading.ACCOUNTS,),
    Reading.PINGS: (Reading.ACCOUNTS,),
    Reading.ACTIVITY_LOG: _ENUMERATED,
    Reading.VIRTUAL_MACHINES: _ENUMERATED,
    Reading.VM_STATUSES: _ENUMERATED,
    Reading.VIRTUAL_MACHINE: (Reading.WORKERS,),
    Reading.VM_EXTENSIONS: (Reading.VIRTUAL_MACHINES,),
    Reading.ARC_MACHINES: _ENUMERATED,
    Reading.ARC_MACHINE: (Reading.WORKERS,),
    Reading.ARC_EXTENSIONS: (Reading.ARC_MACHINES,),
    Reading.MACHINE_SIZES: (Reading.VIRTUAL_MACHINES,),
    Reading.NETWORK_INTERFACE: (Reading.VIRTUAL_MACHINES,),
    Reading.SUBNET: (Reading.NETWORK_INTERFACE,),
    Reading.SECURITY_GROUP: (Reading.NETWORK_INTERFACE, Reading.SUBNET),
    Reading.HEARTBEATS: (Reading.WORKSPACES, Reading.WORKSPACE),
    Reading.EVENTS: (Reading.WORKSPACES, Reading.WORKSPACE),
    Reading.OPERATIONS: (Reading.WORKSPACES, Reading.WORKSPACE),
    Reading.JOB_LOGS: (Reading.DIAGNOSTIC_SETTINGS, Reading.WORKSPACES),
}


@cache
def with_prerequisites(readings: tuple[Reading, ...]) -> frozenset[Reading]:
    """Return `readings` and every read that must be answered before them."""
    found: set[Reading] = set()
    waiting = list(readings)
    while waiting:
        reading = waiting.pop()
        if reading not in found:
            found.add(reading)
            waiting.extend(_FOLLOWS.get(reading, ()))
    return frozenset(found)


class GapReason(StrEnum):
    """Why a planned read was not answered."""

    DENIED = "denied"
    THROTTLED = "throttled"
    TIMEOUT = "timeout"
    UNREACHABLE = "unreachable"
    NOT_REGISTERED = "not_registered"
    MALFORMED = "malformed"
    TRUNCATED = "truncated"
    FAILED = "failed"
    INTERRUPTED = "interrupted"
    SKIPPED = "skipped"


class Gap(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A planned read that was not answered.

    `scope` is the full ARM id whose collection or item was read; `action` the RBAC action that is missing, for
    denied reads only; `count` how many equal gaps this one stands for (unnamed malformed items of one list);
    `listed_in` the scope of the list whose item was malformed: the item's own id is then the scope.
    """

    scope: str
    reading: Reading
    reason: GapReason
    status: int | None = None
    code: str = ""
    message: str = ""
    action: str | None = None
    request_id: str = ""
    count: int = 1
    listed_in: str | None = None

    @property
    def operation(self) -> str:
        """The RBAC action of the read."""
        return self.reading.operation

    @property
    def is_of_neighbours(self) -> bool:
        """Whether it stands for all the accounts or workspaces beside the one account that was asked for."""
        return leaves_neighbours(self.scope, self.reason)

    @property
    def id(self) -> str:
        """A hash of scope, operation and reason: stable over scans and id case."""
        text = f"{self.scope.lower()}\n{self.operation.lower()}\n{self.reason}"
        return "gap-" + hashlib.sha256(text.encode()).hexdigest()[:16]


def leaves_neighbours(scope: str, reason: str) -> bool:
    """Whether a Gap of that reason at that scope is what a scan of one account left out: nothing else skips there."""
    return reason == GapReason.SKIPPED and scope.lower() == "/subscriptions"


class Answered(msgspec.Struct, frozen=True, gc=False):
    """An answered read: `items` seen, 0 for an empty list; `missing` when the service knows no such thing."""

    items: int
    missing: bool = False


class Read(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One planned read, its outcome, and the UTC moment at which its answer was complete."""

    scope: str
    reading: Reading
    read_at: Instant
    answered: Answered | None = None
    gap: Gap | None = None

    @property
    def is_list(self) -> bool:
        """Whether a collection was read, and not one item."""
        return self.reading.is_list


class Ledger:
    """All reads of a scan, asked by scope and kind."""

    def __init__(self, reads: Iterable[Read]) -> None:
        self.reads = tuple(reads)
        self._first: dict[Reading, dict[str, Read]] = {}
        self._further: dict[tuple[Reading, str], list[Read]] = {}
        self._places: dict[str, ArmId] = {}
        keys: dict[str, str] = {}  # many reads have one scope
        for read in self.reads:
            # A list with an item that could not be read proves no absence.
            listed_in = read.gap.listed_in if read.gap is not None else None
            for scope in (read.scope,) if listed_in is None else (read.scope, listed_in):
                key = keys.get(scope) or keys.setdefault(scope, _key(scope))
                if self._first.setdefault(read.reading, {}).setdefault(key, read) is not read:
                    self._further.setdefault((read.reading, key), []).append(read)

    @cached_property
    def gaps(self) -> tuple[Gap, ...]:
        """Every Gap, equal ids merged with their count, in a stable order."""
        merged: dict[str, Gap] = {}
        for gap in (read.gap for read in self.reads if read.gap is not None):
            known = merged.get(gap.id)
            merged[gap.id] = gap if known is None else msgspec.structs.replace(known, count=known.count + gap.count)
        return tuple(sorted(merged.values(), key=lambda gap: (gap.scope.lower(), gap.operation, gap.reason)))

    @cached_property
    def without_result(self) -> tuple[tuple[Read, ArmId], ...]:
        """The reads that brought nothing, Gaps and "no such thing", each with the place that it leaves unseen."""
        return tuple(
            (read, self.place_of(read.gap) if read.gap is not None else self._place(read.scope))
            for read in self.reads
            if read.gap is not None or (read.answered is not None and read.answered.missing)
        )

    def place_of(self, gap: Gap) -> ArmId:
        """The smallest known container that the gap hides: an item's list, or the scope itself."""
        return self._place(gap.listed_in or gap.scope)

    def _place(self, scope: str) -> ArmId:
        return self._places.get(scope) or self._places.setdefault(scope, ArmId(scope))

    @property
    def planned(self) -> int:
        """How many reads were planned."""
        return len(self.reads)

    @property
    def answered(self) -> int:
        """How many planned reads have no Gap."""
        return sum(1 for read in self.reads if read.gap is None)

    def gap_at(self, reading: Reading, scope: ArmId | str) -> Gap | None:
        """Return the Gap of this read at this scope; None when it was answered, or never planned."""
        first, further = self._at(reading, scope)
        if first is None or first.gap is not None:
            return first.gap if first is not None else None
        return next((read.gap for read in further if read.gap is not None), None)

    def answer_at(self, reading: Reading, scope: ArmId | str) -> Read | None:
        """Return the read of this kind at this scope if it was answered in full; only that proves an absence."""
        first, further = self._at(reading, scope)
        return first if first and first.gap is None and all(read.gap is None for read in further) else None

    def _at(self, reading: Reading, scope: ArmId | str) -> tuple[Read | None, Sequence[Read]]:
        key = _key(scope)
        first = self._first.get(reading, {}).get(key)
        return first, self._further.get((reading, key), ()) if self._further else ()


def _key(scope: ArmId | str) -> str:
    return scope.key if isinstance(scope, ArmId) else scope.lower().rstrip("/")
