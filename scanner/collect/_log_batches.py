"""How workspaces are asked: several in one query where the service really answers for each, and one by one elsewhere.

A user's queries are few: 5 at once and 200 in 30 s (Azure Monitor service limits, Log Analytics query API). An answer
across workspaces is taken for those that it shows were queried, and never for a Gap: what it leaves open is asked of
each workspace alone.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine, Iterable, Sequence
from functools import cache, partial
from typing import Any, TypeVar

from scanner.collect._answers import Answer, NotAnswered
from scanner.collect._log_answers import Told, told, told_across
from scanner.collect._log_queries import QUERIES, Query, is_guid, request
from scanner.collect._lookback import Window, end_of
from scanner.collect._reader import LONG_BODY, Reader
from scanner.inventory import GapReason, Reading, Resource, Workspace
from scanner.limits import LOG_QUERIES_AT_ONCE
from scanner.session import Session

MOST_ACROSS = 10
"""Workspaces of one query: 10 by "Cross workspace queries" of the API, 100 by "Query across resources" (Microsoft)."""
MOST_LOST = 10
"""Queries across workspaces of one table that may be lost beyond those that others saved."""
_LOST_TO_LOAD = 5
"""What one counts for that ran out of time or was throttled: each took a minute of its place or more."""

_LOAD = {408, 429, 504}
_FEWER = {403, *_LOAD}
_OK = 200

T = TypeVar("T")
Group = list[Workspace]


Start = Callable[[Coroutine[Any, Any, Any]], None]


class LogQueries:
    """The queries of one scan; `start` runs a coroutine beside the others of the scan.

    No query spans workspaces of two logins: neither sees the other's, and each has its own limits.
    """

    def __init__(self, reader: Reader, start: Start, window: Window) -> None:
        self._reader = reader
        self._of_session = cache(partial(_SessionQueries, reader, start, window))

    def ask(self, reading: Reading, workspace: Workspace) -> None:
        """Carry out one planned query, alone or with others; how it went stands in the ledger."""
        self._of_session(self._reader.sessions.of(workspace.id)).ask(reading, workspace)


class _SessionQueries:
    """The queries that one login sends."""

    def __init__(self, reader: Reader, start: Start, window: Window, session: Session) -> None:
        self._reader = reader
        self._session = session
        self._start = start
        self._window = window
        self._tables = {reading: _Table() for reading in QUERIES}
        self._running = 0

    def ask(self, reading: Reading, workspace: Workspace) -> None:
        if reading in self._reader.skipped:
            self._reader.skip(reading, workspace.id)
        elif (record := self._reader.recall(reading, workspace.id)) is not None:
            self._keep(reading, workspace, record.resources)
        elif not is_guid(workspace.customer_id):
            malformed = NotAnswered(GapReason.MALFORMED, "customerId, which queries go by, is absent or no GUID")
            self._reader.gap(reading, workspace.id, malformed)
        elif not self._session.cloud.logs:
            unreachable = NotAnswered(GapReason.UNREACHABLE, "this cloud names no endpoint for log queries")
            self._reader.gap(reading, workspace.id, unreachable)
        else:
            self._tables[reading].waiting.append(workspace)
            self._run(1)

    def _run(self, most: int) -> None:
        """Have what waits taken up as soon as the present task pauses; so it gathers meanwhile."""
        for _ in range(min(most, LOG_QUERIES_AT_ONCE - self._running)):
            self._running += 1
            self._start(self._drain())

    async def _drain(self) -> None:
        try:
            while (taken := self._take()) is not None:
                reading, group = taken
                if len(group) == 1:
                    await self._one(reading, group[0])
                else:
                    await self._several(reading, group)
                    # What was held back until this answer may be taken up now.
                    self._run(LOG_QUERIES_AT_ONCE)
        finally:
            self._running -= 1

    def _take(self) -> tuple[Reading, Group] | None:
        for reading, table in self._tables.items():
            group = table.take()
            if group:
                return reading, group
        return None

    async def _one(self, reading: Reading, workspace: Workspace) -> None:
        query = QUERIES[reading]
        try:
            answer = await self._send(reading, workspace, query.text)
            found = await _beside(partial(told, query, workspace.id, answer), answer)
        except NotAnswered as outcome:
            self._reader.gap(reading, workspace.id, outcome)
        else:
            self._enter(reading, workspace, found, answer)

    async def _several(self, reading: Reading, group: Group) -> None:
        query, table = QUERIES[reading], self._tables[reading]
        by_customer = {_key(workspace): workspace for workspace in group}
        asked = {key: workspace.id for key, workspace in by_customer.items()}
        try:
            answer = await self._send(reading, group[0], _across(query, group, self._window), alone=False)
            found = await _beside(partial(told_across, query, asked, answer), answer)
        except NotAnswered as outcome:
            table.refused(group, outcome)
            return
        table.answered(len(found), [workspace for key, workspace in by_customer.items() if key not in found])
        for key, own in found.items():
            self._enter(reading, by_customer[key], own, answer)

    async def _send(self, reading: Reading, workspace: Workspace, text: str, *, alone: bool = True) -> Answer:
        query = request(self._session.cloud.logs, workspace.customer_id or "", text, self._window)
        # Few may run at once, so that the first of them should not wait for other reads.
        return await self._reader.send(self._session, "logs", query, reading, rank=0, second_look=alone)

    def _enter(self, reading: Reading, workspace: Workspace, found: Told, answer: Answer) -> None:
        if found.flaw is not None:
            self._reader.gap(reading, workspace.id, found.flaw)
        else:
            at, brought = answer.read_at, found.resources
            self._reader.answer(reading, workspace.id, items=found.count, at=at, resources=brought)
        self._keep(reading, workspace, found.resources)

    def _keep(self, reading: Reading, workspace: Workspace, resources: Iterable[Resource]) -> None:
        """Keep what a query brought."""
        for resource in resources:
            self._reader.keep(resource)
        end_of(self._reader, reading, workspace.id, self._window)


class _Table:
    """What waits to be asked of one table, and whether queries across workspaces are worth while."""

    def __init__(self) -> None:
        self.waiting: deque[Workspace] = deque()
        self._next: list[Group] = []
        self._proven = False
        self._trying = False
        self._stopped = False
        self._credit = MOST_LOST

    def take(self) -> Group:
        """The workspaces to ask next, in one query; empty while none may be asked.

        Until one answer has shown that the service understands, one query across workspaces is under way at most.
        """
        if self._trying:
            return []
        group = self._next.pop() if self._next else self._gathered()
        self._trying = len(group) > 1 and not self._proven
        return group

    def _gathered(self) -> Group:
        most = 1 if self._stopped else MOST_ACROSS
        group: dict[str, Workspace] = {}
        # Two of one customerId could not be told apart.
        while self.waiting and len(group) < most and _key(self.waiting[0]) not in group:
            workspace = self.waiting.popleft()
            group[_key(workspace)] = workspace
        return list(group.values())

    def answered(self, told: int, left: Group) -> None:
        """One query across workspaces was answered for some, and left others open."""
        self._proven, self._trying = True, False
        self._credit += told - 1
        self._next += [[workspace] for workspace in left]

    def refused(self, group: Group, outcome: NotAnswered) -> None:
        """One query across workspaces brought nothing: ask fewer at once, or singly from now on."""
        self._trying = False
        load = outcome.status in _LOAD or outcome.reason is GapReason.TIMEOUT
        fewer = load or outcome.status in _FEWER or outcome.reason is GapReason.TRUNCATED
        # Once understood, an error is one of these workspaces'; an answer to something else never is.
        understood = fewer or (self._proven and outcome.status != _OK)
        self._credit -= _LOST_TO_LOAD if load else 1
        self._stopped = self._stopped or not understood or self._credit <= 0
        middle = len(group) // 2
        self._next += [group[middle:], group[:middle]]
        if self._stopped:
            self._next = [[workspace] for several in self._next for workspace in several]


def _across(query: Query, group: Sequence[Workspace], window: Window) -> str:
    return query.across([workspace.customer_id or "" for workspace in group], window)


def _key(workspace: Workspace) -> str:
    return (workspace.customer_id or "").lower()


async def _beside(read: Callable[[], T], answer: Answer) -> T:
    """Read an answer; half a million rows take their time, and other reads go on meanwhile."""
    return await asyncio.to_thread(read) if len(answer.body) > LONG_BODY else read()
