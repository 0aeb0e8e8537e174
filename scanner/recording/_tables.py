"""The tables of log queries: columns are known by their names, and rows by their columns."""

from __future__ import annotations

from typing import Any

from scanner.recording import _texts as texts
from scanner.recording._places import ERROR
from scanner.recording._rewriting import FIGURE, Place, Rewriter
from scanner.recording._texts import of_texts
from scanner.runbooks import event_signature, event_text

_EVENT = "RenderedDescription"
_COLUMNS: dict[str, Place] = {
    **dict.fromkeys(("Computer",), "machine"),
    **dict.fromkeys(("ResourceId", "_ResourceId"), "scope"),
    **dict.fromkeys(("AskedWorkspace", "RowHolder", "TenantId"), "customer"),
    **dict.fromkeys(("Beats", "EarlyBeats", "LateBeats", "SmallestOffset", "LargestOffset"), FIGURE),
    **dict.fromkeys(("AskedRows", "EventID"), FIGURE),
    **dict.fromkeys(
        ("OSType", "ComputerEnvironment", "OperationStatus", "ResultType", "Stream", "StreamType_s"), "word"
    ),
    **dict.fromkeys(("Job", "JobId_g"), "job"),
    **dict.fromkeys(("Runbook", "RunbookName_s"), "runbook"),
    "Category": of_texts(texts.category),
    "VMUUID": "machine id",
    "Version": "version",
    "Solutions": of_texts(texts.solutions),
    "EventLog": "log",
    "OperationCategory": of_texts(texts.operation),
    "Detail": of_texts(texts.ingestion),
    "ResultDescription": of_texts(texts.exception),
    "ResourceProvider": "action",
}
_TABLE = "PrimaryResult"
_TYPES = frozenset({"bool", "datetime", "dynamic", "guid", "int", "long", "real", "string", "timespan", "decimal"})


def tables(rewriter: Rewriter, value: Any) -> Any:
    """The tables of an answer, of which each row has its cells in the order of the columns."""
    if not isinstance(value, list):
        return rewriter.unknown(value)
    return [_table(rewriter, each) if isinstance(each, dict) else rewriter.unknown(each) for each in value]


def _table(rewriter: Rewriter, table: dict[str, Any]) -> dict[str, Any]:
    columns, rows = table.get("columns"), table.get("rows")
    if not isinstance(columns, list) or not isinstance(rows, list):
        made: dict[str, Any] = rewriter.unknown(table)
        return made
    names = [str(column.get("name")) if isinstance(column, dict) else "" for column in columns]
    return {
        "name": _TABLE if table.get("name") == _TABLE else rewriter.unknown(table.get("name")),
        "columns": [_column(rewriter, each) for each in columns],
        "rows": [_row(rewriter, names, each) if isinstance(each, list) else rewriter.unknown(each) for each in rows],
    }


def _column(rewriter: Rewriter, column: Any) -> Any:
    if not isinstance(column, dict) or not isinstance(column.get("name"), str):
        return rewriter.unknown(column)
    name, type_ = column["name"], column.get("type")
    shown = name if name in {*_COLUMNS, _EVENT, "TimeGenerated"} else rewriter.key(name)
    return {"name": shown, "type": type_ if isinstance(type_, str) and type_ in _TYPES else rewriter.unknown(type_)}


def _row(rewriter: Rewriter, names: list[str], cells: list[Any]) -> list[Any]:
    made = [
        rewriter.at(_COLUMNS[name], cell) if name in _COLUMNS else rewriter.unknown(cell)
        for name, cell in zip(names, cells, strict=False)
    ]
    made += [rewriter.unknown(cell) for cell in cells[len(names) :]]
    row = dict(zip(names, cells, strict=False))
    if isinstance(row.get(_EVENT), str) and row[_EVENT]:
        made[names.index(_EVENT)] = _event(row)
    return made


def _event(row: dict[str, Any]) -> str:
    number, log = row.get("EventID"), row.get("EventLog")
    told = int(number) if isinstance(number, int | str) and str(number).isdecimal() else None
    return event_text(event_signature(told, log if isinstance(log, str) else None, row[_EVENT]))


LOGS: dict[str, Place] = {**ERROR, "tables": tables}
"""An answer to a log query."""
