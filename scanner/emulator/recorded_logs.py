"""Log queries of a recording that were asked of several workspaces at once, and may be asked in other company now.

Which workspaces share a query depends on what was answered first, which no replay repeats. So each recorded answer
counts for every workspace of which it has the marker row: alone, and beside any others. Nothing is made up: a workspace
without recorded rows has none here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from scanner.emulator.recording import Exchange, Recording

Json = dict[str, Any]

_LEG = re.compile(
    r'\(workspace\("(?P<workspace>[0-9a-f-]{36})"\)\.(?P<table>\w+)\n'
    r"\| where TimeGenerated between \([^\n]*\)\n"
    r"(?P<steps>.*?)\n"
    r'\| extend AskedWorkspace = "(?P=workspace)"\)',
    re.IGNORECASE | re.DOTALL,
)
_PATH = re.compile(r".*/v1/workspaces/(?P<workspace>[0-9a-f-]{36})/query", re.IGNORECASE)
_MARKER, _ASKED = "AskedRows", "AskedWorkspace"
_ADDED = (_ASKED, _MARKER, "RowHolder")
_OK = 200
_Asked = tuple[str, str, str]


class RecordedLogs:
    """The recorded answers by workspace, query and timespan."""

    def __init__(self, recording: Recording) -> None:
        self._recording = recording
        self._places: dict[_Asked, tuple[str, int]] = {}
        seen: dict[str, int] = {}
        for exchange in recording.exchanges():
            index = seen[exchange.key] = seen.get(exchange.key, -1) + 1
            if _LEG.search(str(_body(exchange).get("query"))) and exchange.answer and exchange.answer["status"] == _OK:
                self._note(exchange, index)

    def answer(self, url: str, body: Any) -> tuple[bool, Json | None]:
        """Whether a request asks several workspaces, and the JSON of its answer, None where something is missing."""
        if not isinstance(body, dict):
            return False, None
        query, timespan = str(body.get("query")), str(body.get("timespan"))
        legs = {found["workspace"].lower(): _skeleton(found["table"], found["steps"]) for found in _first_legs(query)}
        if legs:
            told = [self._rows((workspace, steps, timespan)) for workspace, steps in legs.items()]
            return True, _joined([table for table in told if table is not None]) if all(told) else None
        found = _PATH.fullmatch(url.partition("?")[0])
        if found is None:
            return False, None
        table = self._rows((found["workspace"].lower(), _of_one(query), timespan))
        return False, _joined([_without_marks(table)]) if table else None

    def _note(self, exchange: Exchange, index: int) -> None:
        body = _body(exchange)
        table = _table(exchange)
        if table is None:
            return
        columns = _names(table)
        if _ASKED not in columns or _MARKER not in columns:
            return
        asked, marker = columns.index(_ASKED), columns.index(_MARKER)
        told = {str(row[asked]).lower() for row in table["rows"] if row[marker] is not None}
        for found in _first_legs(str(body.get("query"))):
            workspace = found["workspace"].lower()
            if workspace in told:
                steps = _skeleton(found["table"], found["steps"])
                self._places[workspace, steps, str(body.get("timespan"))] = exchange.key, index

    def _rows(self, asked: _Asked) -> Json | None:
        """The table of the recorded answer, with the rows of this workspace only."""
        place = self._places.get(asked)
        table = _table(self._recording.at(*place)) if place else None
        if table is None:
            return None
        at = _names(table).index(_ASKED)
        return {**table, "rows": [row for row in table["rows"] if str(row[at]).lower() == asked[0]]}


def _body(exchange: Exchange) -> Json:
    body = exchange.request.get("json")
    return body if isinstance(body, dict) else {}


def _table(exchange: Exchange) -> Json | None:
    body = exchange.answer.get("json") if exchange.answer else None
    tables = body.get("tables") if isinstance(body, dict) and body.get("error") is None else None
    return tables[0] if isinstance(tables, list) and tables and _is_whole(tables[0]) else None


def _is_whole(table: Any) -> bool:
    columns, rows = (table.get("columns"), table.get("rows")) if isinstance(table, dict) else (None, None)
    return (
        isinstance(columns, list)
        and isinstance(rows, list)
        and all(isinstance(column, dict) for column in columns)
        and all(isinstance(row, list) and len(row) == len(columns) for row in rows)
    )


def _names(table: Json) -> list[str]:
    return [str(column.get("name")) for column in table["columns"]]


def _first_legs(query: str) -> Iterable[re.Match[str]]:
    """Of the two legs of each workspace the one that brings its rows; the other brings the marker row."""
    return [found for found in _LEG.finditer(query) if _MARKER not in found["steps"]]


def _skeleton(table: str, steps: str) -> str:
    return f"{table}\n{steps}".strip()


def _of_one(query: str) -> str:
    """A query of one workspace without its comments: what a leg of it says."""
    return "\n".join(line for line in query.splitlines() if not line.startswith("//")).strip()


def _without_marks(table: Json) -> Json:
    """The table as a query of this workspace alone brings it."""
    names = _names(table)
    marker = names.index(_MARKER)
    kept = [index for index, name in enumerate(names) if name not in _ADDED]
    return {
        **table,
        "columns": [table["columns"][index] for index in kept],
        "rows": [[row[index] for index in kept] for row in table["rows"] if row[marker] is None],
    }


def _joined(tables: list[Json]) -> Json:
    """The rows of all tables under the columns of all, as KQL's union has them."""
    columns = {str(column.get("name")): column for table in tables for column in table["columns"]}
    rows = [
        [cells.get(name) for name in columns]
        for table in tables
        for cells in (dict(zip(_names(table), row, strict=True)) for row in table["rows"])
    ]
    return {"tables": [{"name": "PrimaryResult", "columns": list(columns.values()), "rows": rows}]}
