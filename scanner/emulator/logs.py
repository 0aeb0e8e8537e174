"""Log queries against the tenant's workspaces, at the address and in the words of the Log Analytics query API."""

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from math import ceil, floor
from typing import Final

from scanner.emulator.arm import Answer, Call, Json, RefusedError, Route, digest, guid
from scanner.emulator.kql import (
    INGESTION_TIME,
    WEIGHT,
    QueryError,
    Row,
    Schema,
    Table,
    Token,
    Value,
    failed_to_resolve,
    first_across,
    run,
    semantic,
)
from scanner.emulator.lookup import customer_of, workspace_of_customer
from scanner.emulator.tenants.model import Event, Heartbeat, JobRow, Operation, Workspace

QUERY: Final = "Microsoft.OperationalInsights/workspaces/query"
OLDEST = timedelta(days=2)
FURTHEST = timedelta(days=1)
"""A TimeGenerated that is further from its arrival is replaced by that (log-standard-columns, Microsoft)."""

STRINGS = dict.fromkeys
HEARTBEAT: Schema = {
    **STRINGS(("TenantId", "SourceSystem"), "string"),
    "TimeGenerated": "datetime",
    **STRINGS(
        ("MG", "ManagementGroupName", "SourceComputerId", "ComputerIP", "Computer", "Category", "OSType", "OSName",
         "OSMajorVersion", "OSMinorVersion", "Version", "SCAgentChannel"),
        "string",
    ),
    "IsGatewayInstalled": "bool",
    "RemoteIPLongitude": "real",
    "RemoteIPLatitude": "real",
    **STRINGS(
        ("RemoteIPCountry", "SubscriptionId", "ResourceGroup", "ResourceProvider", "Resource", "ResourceId",
         "ResourceType", "ComputerEnvironment", "Solutions", "VMUUID"),
        "string",
    ),
    "ComputerPrivateIPs": "dynamic",
    **STRINGS(("Type", "_ResourceId"), "string"),
}  # fmt: skip
"""In the order of a recorded answer to `Heartbeat | getschema` (azure-sdk-for-python)."""
EVENT: Schema = {
    **STRINGS(("TenantId", "SourceSystem"), "string"),
    "TimeGenerated": "datetime",
    **STRINGS(("Source", "EventLog", "Computer"), "string"),
    "EventLevel": "int",
    **STRINGS(("EventLevelName", "ParameterXml", "EventData"), "string"),
    "EventID": "int",
    **STRINGS(("RenderedDescription", "UserName", "ManagementGroupName", "Type", "_ResourceId"), "string"),
}
OPERATION: Schema = {
    **STRINGS(("TenantId", "SourceSystem"), "string"),
    "TimeGenerated": "datetime",
    **STRINGS(
        ("Computer", "OperationCategory", "OperationStatus", "Detail", "OperationKey", "Solution", "HelpLink", "Type"),
        "string",
    ),
}
DIAGNOSTICS: Schema = {
    "TenantId": "string",
    "TimeGenerated": "datetime",
    **STRINGS(
        ("ResourceId", "Category", "ResourceGroup", "SubscriptionId", "ResourceProvider", "Resource", "ResourceType",
         "OperationName", "ResultType", "CorrelationId", "ResultDescription", "SourceSystem", "Type", "_ResourceId"),
        "string",
    ),
}  # fmt: skip
JOB_COLUMNS: Schema = STRINGS(("JobId_g", "RunbookName_s", "Caller_s", "StreamType_s", "RunOn_s"), "string")
"""Columns that AzureDiagnostics gets with the first row that has them."""

Span = tuple[datetime, datetime]


MOST_WORKSPACES = 10
"""Of one query: 10 by "Cross workspace queries" of the API, 100 by "Query across resources" (both Microsoft)."""


def _of_path(call: Call) -> Workspace:
    """The workspace of the path's GUID; raises RefusedError for one that is unknown or that the caller cannot reach."""
    found = _known(call, call.names["workspace"])
    if found is None:
        raise _refused(404, "PathNotFoundError", "The requested path does not exist")
    _let_in(call, found)
    return found


def _known(call: Call, customer_id: str) -> Workspace | None:
    found = workspace_of_customer(call.directory, customer_id)
    return None if found is None or found.query_access == "missing" else found


def _let_in(call: Call, workspace: Workspace) -> None:
    if workspace.query_access == "public_disabled":
        inner: Json = {
            "code": "NspValidationFailedError",
            "message": f"Access to workspace '{workspace.name}' from '198.51.100.7' is denied. To allow access from "
            "public networks, change the workspace Networking settings or add it to a Network Security Perimeter.",
        }
        raise _no_access(inner)
    if workspace.query_access == "denied":
        raise _no_access()
    _admit(call, workspace, f"{QUERY}/read")


def _admit(call: Call, workspace: Workspace, operation: str) -> None:
    path = f"/v1/workspaces/{customer_of(workspace)}/query"
    if not (call.rights.readable(operation, path) and call.rights.readable(operation, workspace.id)):
        raise _no_access()


def _no_access(inner: Json | None = None) -> RefusedError:
    message = "The provided credentials have insufficient access to perform the requested operation"
    return _refused(403, "InsufficientAccessError", message, inner)


def _refused(status: int, code: str, message: str, inner: Json | None = None) -> RefusedError:
    error: Json = {"message": message, "code": code, "correlationId": guid(code, message)}
    return RefusedError(status, code, message, body={"error": error | ({"innererror": inner} if inner else {})})


def _bad(kind: str, code: str, message: str) -> RefusedError:
    outer = "A recognition error occurred in the query." if kind == "SyntaxError" else "A semantic error occurred."
    inner: Json = {"code": kind, "message": outer, "innererror": {"code": code, "message": message}}
    return _refused(400, "BadArgumentError", "The request had some invalid properties", inner)


def query(call: Call) -> Answer:
    """Evaluate a query against the path's workspace, and those that it names; one that refuses, refuses it whole."""
    workspace = _of_path(call)
    text, span = _asked(call.body)
    tables = _Tables(call, workspace, span)
    try:
        across = first_across(text)
        if across is None or call.across in {"evaluated", "own_workspace"}:
            result = run(text, tables)
        elif call.across == "refused":
            raise semantic("Unknown function: 'workspace'")
        else:
            result = tables(across, None)
    except QueryError as error:
        raise _bad(error.kind, error.code, error.message) from error
    order = sorted(result.rows, key=lambda row: digest(call.seed, *(row.get(name) for name in result.columns)))
    columns = [{"name": name, "type": type_} for name, type_ in result.columns.items()]
    rows = [[_cell(row.get(name), type_) for name, type_ in result.columns.items()] for row in order]
    return Answer({"tables": [{"name": "PrimaryResult", "columns": columns, "rows": rows}]})


class _Tables:
    """The tables that one query may take its rows from."""

    def __init__(self, call: Call, own: Workspace, span: Span) -> None:
        self._call = call
        self._own = own
        self._span = span
        self._asked = {own.id}

    def __call__(self, table: str, workspace: Token | None) -> Table:
        """Find a table; raises QueryError, or RefusedError where the caller lacks a right."""
        held = self._own if workspace is None or self._call.across == "own_workspace" else self._of(workspace)
        made = TABLES.get(table)
        if made is None or table in held.absent_tables:
            raise failed_to_resolve("table or column", table, 1)
        _admit(self._call, held, f"{QUERY}/{table}/read")
        return made(held, self._span)

    def _of(self, name: Token) -> Workspace:
        found = _known(self._call, name.text)
        if found is None:
            raise failed_to_resolve("workspace", name.text, name.line)
        self._asked.add(found.id)
        if len(self._asked) > MOST_WORKSPACES:
            raise semantic(f"The query names more than {MOST_WORKSPACES} workspaces")
        _let_in(self._call, found)
        return found


def _asked(body: bytes) -> tuple[str, Span]:
    try:
        asked = json.loads(body)
        text, timespan = asked["query"], asked["timespan"]
        start, _, end = timespan.partition("/")
        span = datetime.fromisoformat(start), datetime.fromisoformat(end)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise _bad("SyntaxError", "SYN0001", "The body needs a query and a timespan of two times.") from error
    if not isinstance(text, str) or any(moment.tzinfo is None for moment in span):
        raise _bad("SyntaxError", "SYN0001", "The body needs a query and a timespan of two times.")
    return text, span


def _cell(value: Value, type_: str) -> object:
    if isinstance(value, datetime):
        return f"{value.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}".rstrip("0").rstrip(".") + "Z"
    return "" if value is None and type_ == "string" else value


# -- tables -----------------------------------------------------------------------------------------------------


def heartbeat_rows(workspace: Workspace, span: Span) -> Table:
    """The heartbeats in a span of TimeGenerated; rows that differ in their time alone stand as one of that weight."""
    rows = [row for beats in workspace.heartbeats for row in _beats(workspace, beats, span)]
    return Table(HEARTBEAT, rows)


def _beats(workspace: Workspace, beats: Heartbeat, span: Span) -> Iterator[Row]:
    shift = beats.clock_offset if -OLDEST <= beats.clock_offset <= FURTHEST else timedelta()
    sent = _sent(beats, (span[0] - shift, span[1] - shift))
    if not sent:
        return
    count, last = sent
    fields = _heartbeat(workspace, beats)
    waits = (timedelta(seconds=2 + digest(beats.computer) % 5), timedelta(seconds=8))
    for weight, moment, wait in ((count - 1, last - beats.interval, waits[0]), (1, last, waits[1])):
        if weight:
            yield {**fields, "TimeGenerated": moment + shift, INGESTION_TIME: moment + wait, WEIGHT: weight}


def _sent(beats: Heartbeat, span: Span) -> tuple[int, datetime] | None:
    """How many heartbeats were sent within a span, outside the silences, and when the last was; None for none."""
    silent = sorted(_steps(beats, silence) for silence in beats.silences)
    lowest, highest = _steps(beats, (max(span[0], beats.first), min(span[1], beats.last)))
    free: list[tuple[int, int]] = []
    for (_, end), (start, _) in pairwise([(0, lowest - 1), *_apart(silent), (highest + 1, 0)]):
        bounds = max(end + 1, lowest), min(start - 1, highest)
        if bounds[0] <= bounds[1]:
            free.append(bounds)
    if not free:
        return None
    return sum(last - first + 1 for first, last in free), beats.first + beats.interval * free[-1][1]


def _steps(beats: Heartbeat, span: Span) -> tuple[int, int]:
    """The first and the last heartbeat within a span, by number."""
    return ceil((span[0] - beats.first) / beats.interval), floor((span[1] - beats.first) / beats.interval)


def _apart(ranges: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Sorted ranges with those merged that overlap."""
    merged: list[tuple[int, int]] = []
    for first, last in ranges:
        if merged and first <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(merged[-1][1], last)
        else:
            merged.append((first, last))
    return merged


def _heartbeat(workspace: Workspace, beats: Heartbeat) -> Row:
    parts = beats.resource.strip("/").split("/")
    in_azure = len(parts) > 7  # noqa: PLR2004 - /subscriptions/…/resourceGroups/…/providers/namespace/type/name
    direct = not beats.category.lower().startswith("scom")
    return {
        **_common(workspace, "Heartbeat", beats.resource.lower()),
        "SourceSystem": "OpsManager" if beats.os == "Windows" else "Linux",
        "ManagementGroupName": f"AOI-{guid(workspace.id, 'customer')}" if direct else "SCOM",
        "SourceComputerId": guid(workspace.id, beats.computer),
        "ComputerIP": "198.51.100.20",
        "Computer": beats.computer,
        "Category": beats.category,
        "OSType": beats.os,
        "OSMajorVersion": "10" if beats.os == "Windows" else "22",
        "Version": beats.version,
        "SCAgentChannel": "Direct" if direct else "SCManagementServer",
        "IsGatewayInstalled": False if beats.os == "Windows" else None,
        "SubscriptionId": parts[1] if in_azure else "",
        "ResourceGroup": parts[3] if in_azure else "",
        "ResourceProvider": parts[5] if in_azure else "",
        "Resource": parts[-1] if in_azure else "",
        "ResourceId": beats.resource.lower(),
        "ResourceType": parts[6] if in_azure else "",
        "ComputerEnvironment": beats.environment,
        "Solutions": ", ".join(f'"{name}"' for name in beats.solutions),
        "VMUUID": beats.vm_uuid,
    }


def _common(workspace: Workspace, table: str, resource: str) -> dict[str, Value]:
    return {"TenantId": customer_of(workspace), "Type": table, "_ResourceId": resource}


def event_rows(workspace: Workspace, span: Span) -> Table:
    """The Windows events in a span."""
    return Table(EVENT, [_event(workspace, event) for event in workspace.events if span[0] <= event.moment <= span[1]])


def _event(workspace: Workspace, event: Event) -> Row:
    return {
        **_common(workspace, "Event", event.resource.lower()),
        "SourceSystem": "OpsManager",
        "TimeGenerated": event.moment,
        "Source": event.source,
        "EventLog": event.log,
        "Computer": event.computer,
        "EventLevel": 1,
        "EventLevelName": event.level,
        "EventID": event.event_id,
        "RenderedDescription": event.text,
    }


def operation_rows(workspace: Workspace, span: Span) -> Table:
    """What the workspace tells of itself in a span."""
    rows = [_operation(workspace, operation) for operation in workspace.operations]
    return Table(OPERATION, [row for row in rows if _within(row, span)])


def _operation(workspace: Workspace, operation: Operation) -> Row:
    return {
        **_common(workspace, "Operation", ""),
        "SourceSystem": "OpsManager",
        "TimeGenerated": operation.moment,
        "Computer": operation.computer,
        "OperationCategory": operation.category,
        "OperationStatus": operation.status,
        "Detail": operation.detail,
        "Solution": operation.solution,
    }


def diagnostic_rows(workspace: Workspace, span: Span) -> Table:
    """The rows that accounts sent in a span; a table without any has no column for jobs either."""
    rows = [_job_row(workspace, row) for row in workspace.job_rows]
    columns = DIAGNOSTICS | (JOB_COLUMNS if rows else {})
    return Table(columns, [row for row in rows if _within(row, span)])


def _job_row(workspace: Workspace, row: JobRow) -> Row:
    parts = row.account.strip("/").split("/")
    return {
        **_common(workspace, "AzureDiagnostics", row.account.lower()),
        "SourceSystem": "Azure",
        "TimeGenerated": row.moment,
        "ResourceId": row.account.upper(),
        "Category": row.category,
        "ResourceGroup": parts[3].upper(),
        "SubscriptionId": parts[1],
        "ResourceProvider": "MICROSOFT.AUTOMATION",
        "Resource": parts[-1].upper(),
        "ResourceType": "AUTOMATIONACCOUNTS",
        "OperationName": "Job",
        "ResultType": row.result,
        "ResultDescription": row.text,
        "JobId_g": row.job,
        "RunbookName_s": row.runbook,
        "StreamType_s": row.stream if row.category == "JobStreams" else "",
        "RunOn_s": row.run_on,
    }


def _within(row: Row, span: Span) -> bool:
    moment = row["TimeGenerated"]
    return isinstance(moment, datetime) and span[0] <= moment <= span[1]


TABLES: Final = {
    "Heartbeat": heartbeat_rows,
    "Event": event_rows,
    "Operation": operation_rows,
    "AzureDiagnostics": diagnostic_rows,
}
ROUTES = (Route("POST", "/v1/workspaces/{workspace}/query", f"{QUERY}/read", (), query, own_rights=True),)
