"""What the answer to a log query told, of one workspace or of several."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from scanner.collect._answers import Answer, NotAnswered, body_or_missing, inner_errors
from scanner.collect._log_queries import ASKED_ROWS, ASKED_WORKSPACE, HOLDER, Query
from scanner.collect._log_rows import Row, parse_rows
from scanner.inventory import ArmId, GapReason, Resource

MOST_ROWS = 500_000
"""Rows of one answer, after which the service cuts it (Azure Monitor service limits, Log queries and language)."""


@dataclass(frozen=True, slots=True)
class Told:
    """What an answer told, and what keeps it from being whole."""

    resources: list[Resource]
    count: int
    flaw: NotAnswered | None = None


def told(query: Query, workspace: ArmId, answer: Answer) -> Told:
    """Read the rows of an answer; raises NotAnswered for one without any."""
    # A 404 says that no such workspace can be queried, which is not that it has no rows.
    body: Any = body_or_missing(answer, listed_subscription=False)
    rows = _rows(answer, body, query.needed)
    parsed = parse_rows(query.parse, workspace, (row for row in rows if row is not None), answer.read_at)
    unreadable = parsed.unreadable + rows.count(None)
    flaw = None
    if body.get("error") is not None:
        flaw = answer.refused(GapReason.TRUNCATED, *_partial(answer, body["error"]))
    elif len(rows) >= MOST_ROWS:
        flaw = answer.refused(GapReason.TRUNCATED, f"the service cuts an answer at {MOST_ROWS:,} rows")
    elif unreadable:
        flaw = answer.refused(GapReason.MALFORMED, f"{unreadable} of {len(rows)} rows cannot be read")
    return Told(list(parsed.resources), len(rows), flaw)


def told_across(query: Query, asked: Mapping[str, ArmId], answer: Answer) -> dict[str, Told]:
    """Read the rows of an answer across workspaces, which `asked` holds by lower-cased customerId.

    Returns those that can be told in full: their marker row is there, and every row can be read and is filled. Raises
    NotAnswered for an answer of which nothing counts: of reason truncated for one that is not whole, and of status 200
    with another reason for one that comes from a server which did something else.
    """
    body: Any = body_or_missing(answer, listed_subscription=False)
    if isinstance(body, dict) and body.get("error") is not None:
        raise answer.refused(GapReason.TRUNCATED, *_partial(answer, body["error"]))
    rows = _rows(answer, body, (*query.needed, ASKED_WORKSPACE, ASKED_ROWS, HOLDER))
    if len(rows) >= MOST_ROWS:
        raise answer.refused(GapReason.TRUNCATED, f"the service cuts an answer at {MOST_ROWS:,} rows")
    by_workspace = _by_workspace(rows, asked)
    if not by_workspace:
        raise answer.refused(GapReason.MALFORMED, "the answer is not one across workspaces")
    found: dict[str, Told] = {}
    for key, own in by_workspace.items():
        parsed = parse_rows(query.parse, asked[key], own, answer.read_at)
        if not parsed.unreadable and all(row.get(column) is not None for row in own for column in query.filled):
            found[key] = Told(list(parsed.resources), len(own))
    return found


def _by_workspace(rows: Sequence[Row | None], asked: Mapping[str, ArmId]) -> dict[str, list[Row]]:
    """The rows of each workspace that gave its marker row; empty when any row says that another query was answered."""
    found: dict[str, list[Row]] = {key: [] for key in asked}
    marked: set[str] = set()
    for row in rows:
        key = str(row.get(ASKED_WORKSPACE)).lower() if row is not None else ""
        if row is None or key not in asked:
            return {}
        if row.get(ASKED_ROWS) is None:
            found[key].append(row)
        elif key in marked or not _marks(row, key):
            return {}
        else:
            marked.add(key)
    return {key: own for key, own in found.items() if key in marked}


def _marks(row: Row, key: str) -> bool:
    """Whether a marker row counted at most one row, and that row says that it is the workspace's own."""
    counted, holder = row.get(ASKED_ROWS), row.get(HOLDER)
    own = not holder or (isinstance(holder, str) and holder.lower() == key)
    return own and not isinstance(counted, bool) and counted in (0, 1)


def _rows(answer: Answer, body: Any, needed: Sequence[str]) -> list[Row | None]:
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
    missing = [column for column in needed if column not in names]
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
