"""The log queries: their texts, for one workspace or across several, and the requests that carry them.

The text of one workspace is a `.kql` file, and its look-back the request's timespan. Requests go through the SDK
client's public `send_request`: its own `query_workspace` hides the service's inner errors.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from importlib.resources import files
from urllib.parse import quote

import msgspec
from azure.core.rest import HttpRequest

from scanner.collect._log_rows import RowParser, parse_event, parse_heartbeat, parse_job_row, parse_operation
from scanner.collect._lookback import Window
from scanner.inventory import Reading

LONGEST_QUERY = 55
"""Seconds for the service to work on a query: less than a try has, so that its own word for a time-out arrives."""
ASKED_WORKSPACE = "AskedWorkspace"
"""The column of a query across workspaces with the customerId of the one that the row was asked of."""
ASKED_ROWS = "AskedRows"
"""The column that only the marker rows fill, of which each workspace that was queried gives one."""
HOLDER = "RowHolder"
"""The column of marker rows with the customerId that the rows themselves tell, empty where there are none.

TenantId holds it in all tables (Standard columns in Azure Monitor Logs, Microsoft).
"""

_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


class Query(msgspec.Struct, frozen=True):
    """One query: the file of its text, how a row is parsed, and the columns without which no row says anything.

    `filled` are columns that a row has a value in; where one across workspaces has none, the service may not have
    reached as far as into the other workspace.
    """

    file: str
    parse: RowParser
    needed: tuple[str, ...]
    filled: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The query of one workspace in KQL."""
        return _text(self.file)

    def across(self, customer_ids: Sequence[str], window: Window) -> str:
        """The query of several workspaces in KQL: of each, what `text` brings and one marker row.

        The window stands in the text too: no document says that a timespan holds for the other workspaces' tables.
        """
        return "union\n" + ",\n".join(leg for id_ in customer_ids for leg in self._legs(id_, window))

    def _legs(self, customer_id: str, window: Window) -> tuple[str, str]:
        if not is_guid(customer_id):
            raise ValueError("a customerId that is no GUID must not become part of a query")
        table, steps = _steps(self.file)
        source = (
            f'(workspace("{customer_id}").{table}\n'
            f"| where TimeGenerated between (datetime({_moment(window.start)}) .. datetime({_moment(window.end)}))\n"
        )
        asked = f'| extend {ASKED_WORKSPACE} = "{customer_id}")'
        marker = (
            "| take 1\n"
            f'| summarize {ASKED_ROWS} = count(), {HOLDER} = take_any(tostring(column_ifexists("TenantId", "")))\n'
        )
        return f"{source}{steps}\n{asked}", f"{source}{marker}{asked}"


QUERIES: Mapping[Reading, Query] = {
    Reading.HEARTBEATS: Query("heartbeats.kql", parse_heartbeat, ("TimeGenerated", "Computer"), ("LargestOffset",)),
    Reading.EVENTS: Query("events.kql", parse_event, ("TimeGenerated", "Computer", "EventLog", "EventID")),
    Reading.OPERATIONS: Query("operations.kql", parse_operation, ("TimeGenerated",)),
    Reading.JOB_LOGS: Query("job_logs.kql", parse_job_row, ("TimeGenerated", "ResultDescription")),
}


def is_guid(customer_id: str | None) -> bool:
    """Whether queries can go by it."""
    return _GUID.fullmatch(customer_id or "") is not None


def request(endpoint: str, customer_id: str, text: str, window: Window) -> HttpRequest:
    """The request for a query at a workspace's own address."""
    url = f"{endpoint}/v1/workspaces/{quote(customer_id, safe='')}/query"
    body = {"query": text, "timespan": f"{_moment(window.start)}/{_moment(window.end)}"}
    return HttpRequest(
        "POST", url, json=body, headers={"Accept": "application/json", "Prefer": f"wait={LONGEST_QUERY}"}
    )


@cache
def _text(file: str) -> str:
    return (files("scanner.collect") / "queries" / file).read_text("utf-8")


@cache
def _steps(file: str) -> tuple[str, str]:
    """The table that a query begins with, and what it does with that; without comments."""
    lines = [line for line in _text(file).splitlines() if not line.startswith("//")]
    return lines[0], "\n".join(lines[1:])


def _moment(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"
