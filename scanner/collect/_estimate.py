"""How many requests a scan is going to send, and the least time that Azure's limits leave it.

What is read of every account, subscription and workspace is counted; what only their answers call for is estimated by
an average, so that every figure is an "about".
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from math import ceil
from typing import Final

import msgspec

from scanner.collect._log_batches import MOST_ACROSS
from scanner.collect._resource_graph import PAGE
from scanner.inventory import Reading
from scanner.inventory.follow_ups import OF_AGENTS, OF_LINKED
from scanner.limits import LOG_QUERIES_AT_ONCE
from scanner.pacing import GRAPH, LOGS, TENANT, lane_in, limit_of

OF_EVERY_ACCOUNT: Final = (
    Reading.ACCOUNT, Reading.GROUPS, Reading.CONNECTIONS, Reading.LINKED_WORKSPACE, Reading.CERTIFICATES,
    Reading.PINGS, Reading.RUNBOOKS, Reading.JOBS, Reading.JOB_SCHEDULES, Reading.WEBHOOKS,
    Reading.RUNTIME_ENVIRONMENTS, Reading.DIAGNOSTIC_SETTINGS,
)  # fmt: skip
"""What is read of each account, whatever it holds; variables come on top when they are included."""
OF_EVERY_SUBSCRIPTION: Final = (Reading.DELETED_WORKSPACES, Reading.ACTIVITY_LOG)
"""What is read of each subscription, whatever Resource Graph knows."""
CALLED_FOR: Final[Mapping[Reading, float]] = {
    Reading.WORKERS: 2.0,
    Reading.RUNBOOK_CONTENT: 2.0,
    Reading.CONNECTION: 1.0,
    Reading.SCHEDULES: 1.0,
    Reading.JOB: 0.5,
    Reading.NETWORK_INTERFACE: 0.5,
    Reading.MACHINE_SIZES: 0.25,
    Reading.PRIVATE_ENDPOINTS: 0.25,
    Reading.DSC_NODES: 0.25,
}
"""What an account's own answers call for, on average of the embedded demonstration and the generated tenants."""


class Holding(msgspec.Struct, frozen=True, kw_only=True):
    """What one subscription (by its GUID, lower-cased) is known to hold, and which of its lists ARM has to give.

    `tenant` is the one of several through whose login it is read.
    """

    subscription: str
    tenant: str | None = None
    accounts: int
    workspaces: int
    lists: frozenset[Reading]


class Effort(msgspec.Struct, frozen=True, kw_only=True):
    """What is read of the holdings, and how: as the user chose, with so many requests at once of so many seconds each.

    `is_part` tells that other shards read the rest, for which more is read here.
    """

    skipped: Collection[Reading] = frozenset()
    with_variables: bool = False
    is_part: bool = False
    width: int = 64
    latency: float = 0.1


class Estimate(msgspec.Struct, frozen=True, kw_only=True):
    """The requests of a whole scan by lane, and the least seconds that they take.

    `lane` is the one whose limit takes that long; it is empty when the requests at once and their latency do.
    """

    accounts: int
    subscriptions: int
    lanes: Mapping[str, int]
    seconds: float
    lane: str
    width: int

    @property
    def calls(self) -> int:
        """All requests."""
        return sum(self.lanes.values())

    @property
    def share(self) -> float:
        """The part of all requests, 0 to 1, that goes through the lane that takes longest."""
        return self.lanes.get(self.lane, 0) / max(1, self.calls)


def estimate(holdings: Sequence[Holding], effort: Effort, *, rows: int = 0) -> Estimate:
    """Estimate a scan of the holdings, which Resource Graph showed in so many rows.

    Of several tenants each is asked on its own; their shares of the rows are not known, and taken for equal.
    """
    tenants = {holding.tenant: [h for h in holdings if h.tenant == holding.tenant] for holding in holdings} or {
        None: []
    }
    logs = {lane_in(LOGS, name): _log_queries(held, effort) for name, held in tenants.items()}
    pages = max(1, ceil(rows / len(tenants) / PAGE))
    lanes = {holding.subscription: _calls_of(holding, effort) for holding in holdings}
    lanes |= {lane_in(TENANT, name): 1 for name in tenants} | {lane_in(GRAPH, name): pages for name in tenants}
    lanes |= {lane: queries for lane, queries in logs.items() if queries}
    bounds = [(limit_of(lane).seconds_for(calls), lane) for lane, calls in lanes.items()]
    bounds += [(queries / LOG_QUERIES_AT_ONCE * effort.latency, lane) for lane, queries in logs.items()]
    bounds.append((sum(lanes.values()) / effort.width * effort.latency, ""))
    seconds, lane = max(bounds)
    return Estimate(
        accounts=sum(holding.accounts for holding in holdings),
        subscriptions=len(holdings),
        lanes=lanes,
        seconds=seconds,
        lane=lane,
        width=effort.width,
    )


def _calls_of(holding: Holding, effort: Effort) -> int:
    once = {*OF_EVERY_SUBSCRIPTION, *holding.lists} | ({Reading.DELETED_ACCOUNTS} if effort.is_part else set())
    account = len(set(OF_EVERY_ACCOUNT) - set(effort.skipped)) + effort.with_variables
    called_for = sum(average for reading, average in CALLED_FOR.items() if reading not in effort.skipped)
    # Linked services are read of each workspace, intelligence packs of the linked ones.
    workspaces = holding.workspaces + _linked(holding)
    return len(once - set(effort.skipped)) + round(holding.accounts * (account + called_for)) + workspaces


def _linked(holding: Holding) -> int:
    """The workspaces that accounts are linked to: not known before, and one of each account at most."""
    return min(holding.accounts, holding.workspaces)


def _log_queries(holdings: Sequence[Holding], effort: Effort) -> int:
    asked = sum(holding.workspaces if effort.is_part else _linked(holding) for holding in holdings)
    tables = set(OF_AGENTS if effort.is_part else OF_LINKED) - set(effort.skipped)
    return len(tables) * ceil(asked / MOST_ACROSS)
