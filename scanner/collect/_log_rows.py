"""Turns the rows of log queries into what was seen; columns are found by name, never by position.

Each parser takes all rows of one answer, in any order and with any number of rows of one machine or job, and returns
one resource for each thing that the rows tell of, from its newest row. A column that a row lacks was not told.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

import msgspec

from scanner.collect._wire import Malformed, instant
from scanner.inventory import AgentEvent, ArmId, Heartbeat, IngestionStop, JobLog, Resource
from scanner.runbooks import event_signature, ingestion_words, job_signature

Row = Mapping[str, Any]

_AGENTS = ("direct agent", "scom")
_AZURE_MONITOR_AGENT = "azure monitor agent"
_LOGS = {"operations manager", "microsoft-sma/operational"}
_EVENTS = {4502, 15011}
_DATA_COLLECTION = "data collection status"
_ENDED_BADLY = {"failed", "suspended"}
_LARGEST = 2**63  # of KQL's long; JSON knows no end


class Parsed(msgspec.Struct, frozen=True):
    """What rows told, and how many of them could not be read."""

    resources: tuple[Resource, ...]
    unreadable: int = 0


RowParser = Callable[[ArmId, Row, datetime], Resource | None]


def parse_rows(parse: RowParser, workspace: ArmId, rows: Iterable[Row], read_at: datetime) -> Parsed:
    """Parse every row; of rows that tell of the same thing the newest counts."""
    found: dict[str, Resource] = {}
    unreadable = 0
    for row in rows:
        try:
            resource = parse(workspace, row, read_at)
        except Malformed:
            unreadable += 1
            continue
        if resource is not None:
            known = found.get(resource.id.key)
            found[resource.id.key] = resource if known is None else _joined(known, resource)
    return Parsed(tuple(found.values()), unreadable)


def parse_heartbeat(workspace: ArmId, row: Row, read_at: datetime) -> Heartbeat:
    """A row of Heartbeat, with or without the columns that the query adds."""
    computer, category, uuid = _needed(row, "Computer"), _text(row, "Category"), _text(row, "VMUUID")
    smallest, largest = _number(row, "SmallestOffset"), _number(row, "LargestOffset")
    resource = _text(row, "ResourceId") or _text(row, "_ResourceId")
    return Heartbeat(
        id=_id(workspace, "heartbeats", computer, category, uuid, resource),
        name=computer,
        read_at=read_at,
        workspace=workspace,
        computer=computer,
        category=category,
        agent=_is_agent(category),
        last_at=_moment(row),
        version=_text(row, "Version"),
        os_type=_text(row, "OSType"),
        environment=_text(row, "ComputerEnvironment"),
        vm_uuid=uuid,
        machine=_resource(resource),
        solutions=_solutions(_text(row, "Solutions")),
        beats=_count(row, "Beats"),
        early=_count(row, "EarlyBeats"),
        late=_count(row, "LateBeats"),
        offsets=None if smallest is None or largest is None else (smallest, largest),
    )


def parse_event(workspace: ArmId, row: Row, read_at: datetime) -> AgentEvent | None:
    """A row of Event; None for a log and an id that nothing asks for. The text ends here."""
    computer, log, event_id = _needed(row, "Computer"), _text(row, "EventLog"), _count(row, "EventID")
    if (log or "").lower() not in _LOGS and event_id not in _EVENTS:
        return None
    signature = event_signature(event_id, log, _text(row, "RenderedDescription") or "")
    resource = _text(row, "_ResourceId")
    return AgentEvent(
        id=_id(workspace, "agentEvents", computer, log, resource, signature),
        name=computer,
        read_at=read_at,
        workspace=workspace,
        computer=computer,
        log=log,
        event_id=event_id,
        signature=signature,
        last_at=_moment(row),
        machine=_resource(resource),
    )


def parse_operation(workspace: ArmId, row: Row, read_at: datetime) -> IngestionStop | None:
    """A row of Operation; None for other categories than the data collection's status."""
    category = _text(row, "OperationCategory")
    if category is not None and category.lower() != _DATA_COLLECTION:
        return None
    status = _text(row, "OperationStatus")
    return IngestionStop(
        id=_id(workspace, "operations", _DATA_COLLECTION),
        name=workspace.name,
        read_at=read_at,
        workspace=workspace,
        status=status,
        stopped=_is_stopped(status, _text(row, "Detail")),
        last_at=_moment(row),
    )


def parse_job_row(workspace: ArmId, row: Row, read_at: datetime) -> JobLog | None:
    """A row of AzureDiagnostics; None for one that is no failure, or says nothing known. The text ends here."""
    signature = job_signature(_text(row, "ResultDescription") or "") if _is_failure(row) else None
    if signature is None:
        return None
    job = _text(row, "Job") or _text(row, "JobId_g")
    account = _resource(_text(row, "_ResourceId") or _text(row, "ResourceId"))
    runbook = _text(row, "Runbook") or _text(row, "RunbookName_s")
    place = account.key if account else None
    return JobLog(
        id=_id(workspace, "jobLogs", place, job or runbook, signature),
        name=runbook or job or workspace.name,
        read_at=read_at,
        workspace=workspace,
        account=account,
        job_id=job.lower() if job else None,
        runbook=runbook,
        signature=signature,
        last_at=_moment(row),
    )


def _joined(one: Resource, other: Resource) -> Resource:
    """The newer of two; heartbeats of one agent under names that differ in case are one agent's."""
    older, newer = sorted((one, other), key=_last_at)
    if isinstance(newer, Heartbeat) and isinstance(older, Heartbeat):
        offsets = [both for both in (newer.offsets, older.offsets) if both is not None]
        return msgspec.structs.replace(
            newer,
            beats=_sum(newer.beats, older.beats),
            early=_sum(newer.early, older.early),
            late=_sum(newer.late, older.late),
            offsets=(min(low for low, _ in offsets), max(high for _, high in offsets)) if offsets else None,
        )
    return newer


def _last_at(resource: Resource) -> datetime:
    moment: datetime = getattr(resource, "last_at")  # noqa: B009 - every resource that rows make has one
    return moment


def _sum(one: int | None, other: int | None) -> int | None:
    return one + other if one is not None and other is not None else None


def _is_agent(category: str | None) -> bool | None:
    lowered = (category or "").lower()
    if lowered.startswith(_AGENTS):
        return True
    return False if lowered == _AZURE_MONITOR_AGENT else None


def _is_stopped(status: str | None, detail: str | None) -> bool | None:
    """By the status, Succeeded when collection starts and Warning when it stops, unless the detail knows better."""
    known = (status or "").lower()
    stopped, not_yet = ingestion_words(detail or "")
    if known == "succeeded":
        return False
    if stopped:
        return True
    return True if known in {"warning", "error", "failed"} and not not_yet else None


def _is_failure(row: Row) -> bool:
    """Whether a row is of a failed or suspended job or its error stream; a column that is not there refuses none."""
    stream = _text(row, "Stream") or _text(row, "StreamType_s")
    category = (_text(row, "Category") or "").lower()
    if category == "jobstreams":
        return stream is None or stream.lower() == "error"
    return category in {"", "joblogs"} and (_text(row, "ResultType") or "failed").lower() in _ENDED_BADLY


def _id(workspace: ArmId, kind: str, *parts: str | None) -> ArmId:
    """An id that depends on nothing but the parts, and holds none of them: cells are anybody's text."""
    key = "\n".join((part or "").lower() for part in parts)
    return workspace.child(kind, hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()[:32])


def _solutions(written: str | None) -> tuple[str, ...]:
    """Names from a list such as `"security", "updates", "changeTracking"`, lower-cased, without quotes."""
    names = (name.strip().strip("\"'").strip().lower() for name in (written or "").split(","))
    return tuple(name for name in names if name)


def _resource(written: str | None) -> ArmId | None:
    found = ArmId.parse(written)
    return found if found is not None and found.subscription_id and "/" in found.type else None


def _text(row: Row, column: str) -> str | None:
    value = row.get(column)
    return value if isinstance(value, str) and value.strip() else None


def _needed(row: Row, column: str) -> str:
    value = _text(row, column)
    if value is None:
        raise Malformed(f"{column} is empty")
    return value


def _moment(row: Row) -> datetime:
    moment = instant(row.get("TimeGenerated"))
    if moment is None:
        raise Malformed("TimeGenerated is no time")
    return moment


def _number(row: Row, column: str) -> float | None:
    value = row.get(column)
    if isinstance(value, str):  # some servers write numbers as text
        try:
            value = float(value)
        except ValueError:
            return None
    if not isinstance(value, int | float) or isinstance(value, bool) or not abs(value) < _LARGEST:
        return None
    return float(value)


def _count(row: Row, column: str) -> int | None:
    value = _number(row, column)
    return int(value) if value is not None and value.is_integer() else None
