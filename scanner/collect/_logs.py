"""Log queries: heartbeats, agent events, stops of ingestion and job logs of every workspace that matters.

One query per table and workspace. Its text is a `.kql` file, and its look-back the request's timespan. Requests go
through the SDK client's public `send_request`: its own `query_workspace` hides the service's inner errors.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Collection, Coroutine, Mapping
from dataclasses import dataclass
from functools import cache, partial
from importlib.resources import files
from typing import Any
from urllib.parse import quote

import msgspec
from azure.core.rest import HttpRequest

from scanner.collect._answers import Answer, NotAnswered, body_or_missing, inner_errors
from scanner.collect._log_rows import (
    Row,
    RowParser,
    parse_event,
    parse_heartbeat,
    parse_job_row,
    parse_operation,
    parse_rows,
)
from scanner.collect._lookback import LOGS, LookBack, Window
from scanner.collect._reader import LONG_BODY, Reader
from scanner.inventory import ArmId, GapReason, Reading, Resource, Workspace
from scanner.inventory.follow_ups import LOG_QUERIES, OF_AGENTS, OF_LINKED, log_queries

MOST_AT_ONCE = 5
"""Queries of one user that run at once before the service queues or refuses them (Azure Monitor service limits)."""
MOST_ROWS = 500_000
"""Rows of one answer, after which the service cuts it (Azure Monitor service limits, Log queries and language)."""
LONGEST_QUERY = 55
"""Seconds for the service to work on a query: less than a try has, so that its own word for a time-out arrives."""

_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


class Query(msgspec.Struct, frozen=True):
    """One query: the file of its text, how a row is parsed, and the columns without which no row says anything."""

    file: str
    parse: RowParser
    needed: tuple[str, ...]

    @property
    def text(self) -> str:
        """The query in KQL."""
        return _text(self.file)


QUERIES: Mapping[Reading, Query] = {
    Reading.HEARTBEATS: Query("heartbeats.kql", parse_heartbeat, ("TimeGenerated", "Computer")),
    Reading.EVENTS: Query("events.kql", parse_event, ("TimeGenerated", "Computer", "EventLog", "EventID")),
    Reading.OPERATIONS: Query("operations.kql", parse_operation, ("TimeGenerated",)),
    Reading.JOB_LOGS: Query("job_logs.kql", parse_job_row, ("TimeGenerated", "ResultDescription")),
}


class Logs:
    """Queries the workspaces that matter; `start` runs a coroutine beside the others of the scan."""

    def __init__(self, reader: Reader, start: Callable[[Coroutine[Any, Any, Any]], None], look_back: LookBack) -> None:
        self._reader = reader
        self._start = start
        self._queries = _Queries(reader, look_back.of(LOGS))

    def linked(self, workspace: Workspace) -> None:
        """Query a workspace that an account is linked to; whatever else is seen, this one matters."""
        for reading in OF_LINKED:
            self._query(reading, workspace)

    def rest(self) -> None:
        """Query the others that matter, chosen by all that the reader has seen."""
        for reading, workspace in log_queries(self._reader.resources):
            self._query(reading, workspace)

    def all_of_shard(self, subscriptions: Collection[str]) -> None:
        """Query what other shards may call for: their workers may report to any workspace of these (keys).

        A workspace that no list shows is known to those alone that a link led to it; it may be a target of job logs.
        """
        for workspace in [r for r in self._reader.resources if isinstance(r, Workspace)]:
            by_id = self._reader.answered(Reading.WORKSPACE, workspace.id)
            own = workspace.id.subscription.key in subscriptions
            for reading in LOG_QUERIES if by_id else OF_AGENTS if own else ():
                self._query(reading, workspace)

    def _query(self, reading: Reading, workspace: Workspace) -> None:
        if self._reader.plan(reading, workspace.id):
            self._start(self._queries.carry_out(reading, workspace))


class _Queries:
    """The queries of one scan, a few at once."""

    def __init__(self, reader: Reader, window: Window) -> None:
        self._reader = reader
        self._window = window
        self._at_once = asyncio.Semaphore(MOST_AT_ONCE)

    async def carry_out(self, reading: Reading, workspace: Workspace) -> None:
        """Carry out one planned query; how it went stands in the ledger."""
        reader, window = self._reader, self._window
        if reading in reader.skipped:
            reader.skip(reading, workspace.id)
            return
        try:
            async with self._at_once:
                answer = await self._ask(QUERIES[reading], workspace)
            # Half a million rows take their time: other reads go on meanwhile.
            long = len(answer.body) > LONG_BODY
            told = partial(_told, QUERIES[reading], workspace.id, answer)
            rows = await asyncio.to_thread(told) if long else told()
            for resource in rows.resources:
                reader.keep(resource)
            if rows.flaw is not None:
                raise rows.flaw
        except NotAnswered as outcome:
            reader.gap(reading, workspace.id, outcome)
            return
        if window.shortened:
            reader.skip(reading, workspace.id, f"only since {window.start:%Y-%m-%d %H:%M} UTC was read")
        else:
            reader.answer(reading, workspace.id, items=rows.count, at=answer.read_at)

    async def _ask(self, query: Query, workspace: Workspace) -> Answer:
        endpoint, window = self._reader.session.cloud.logs, self._window
        if not _GUID.fullmatch(workspace.customer_id or ""):
            raise NotAnswered(GapReason.MALFORMED, "customerId, which queries go by, is absent or no GUID")
        if not endpoint:
            raise NotAnswered(GapReason.UNREACHABLE, "this cloud names no endpoint for log queries")
        url = f"{endpoint}/v1/workspaces/{quote(workspace.customer_id or '', safe='')}/query"
        timespan = f"{window.start:%Y-%m-%dT%H:%M:%SZ}/{window.end:%Y-%m-%dT%H:%M:%SZ}"
        headers = {"Accept": "application/json", "Prefer": f"wait={LONGEST_QUERY}"}
        request = HttpRequest("POST", url, json={"query": query.text, "timespan": timespan}, headers=headers)
        return await self._reader.send("logs", request)


@dataclass(frozen=True, slots=True)
class _Told:
    """What an answer told, and what keeps it from being whole."""

    resources: list[Resource]
    count: int
    flaw: NotAnswered | None = None


def _told(query: Query, workspace: ArmId, answer: Answer) -> _Told:
    """Read the rows of an answer; raises NotAnswered for one without any."""
    # A 404 says that no such workspace can be queried, which is not that it has no rows.
    body: Any = body_or_missing(answer, listed_subscription=False)
    rows = _rows(answer, body, query)
    parsed = parse_rows(query.parse, workspace, (row for row in rows if row is not None), answer.read_at)
    unreadable = parsed.unreadable + rows.count(None)
    flaw = None
    if body.get("error") is not None:
        flaw = answer.refused(GapReason.TRUNCATED, *_partial(answer, body["error"]))
    elif len(rows) >= MOST_ROWS:
        flaw = answer.refused(GapReason.TRUNCATED, f"the service cuts an answer at {MOST_ROWS:,} rows")
    elif unreadable:
        flaw = answer.refused(GapReason.MALFORMED, f"{unreadable} of {len(rows)} rows cannot be read")
    return _Told(list(parsed.resources), len(rows), flaw)


def _rows(answer: Answer, body: Any, query: Query) -> list[Row | None]:
    """The rows of the primary table by column name, None for what is no row; raises NotAnswered without a table."""
    tables = body.get("tables") if isinstance(body, dict) else None
    found = [table for table in tables if isinstance(table, dict)] if isinstance(tables, list) else []
    table = next((table for table in found if table.get("name") == "PrimaryResult"), found[0] if found else None)
    if table is None:
        if isinstance(body, dict) and body.get("error") is not None:
            raise answer.refused(GapReason.FAILED, *_partial(answer, body["error"]))
        raise answer.refused(GapReason.MALFORMED, "the answer has no table")
    columns, rows = table.get("columns"), table.get("rows")
    if not isinstance(columns, list) or not isinstance(rows, list):
        raise answer.refused(GapReason.MALFORMED, "the answer's table has no columns or no rows")
    names = [str(column.get("name")) if isinstance(column, dict) else "" for column in columns]
    missing = [column for column in query.needed if column not in names]
    if missing:
        raise answer.refused(GapReason.MALFORMED, f"the answer has no column {', '.join(missing)}")
    return [dict(zip(names, row, strict=False)) if isinstance(row, list) else None for row in rows]


def _partial(answer: Answer, error: Any) -> tuple[str, str]:
    """The message and the code of an error beside rows; what went wrong stands in its details."""
    code, message = answer.error()
    details = error.get("details") if isinstance(error, dict) else None
    first = details[0] if isinstance(details, list) and details and isinstance(details[0], dict) else {}
    told = [message, first.get("message"), *(text for _, text in inner_errors(first))]
    return ": ".join(part.rstrip(".") for part in told if isinstance(part, str) and part) or "a partial answer", code


@cache
def _text(file: str) -> str:
    return (files("scanner.collect") / "queries" / file).read_text("utf-8")
