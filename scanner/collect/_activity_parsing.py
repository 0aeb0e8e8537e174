"""Reads what runs in an account out of wire JSON, and lets no parameter, URI, user or value through.

Names are the item's own, else the last segment of its id: lists of jobs and of job schedules leave `name` out.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from scanner.collect._wire import Malformed, arm_id, boolean, instant, mapping, properties, text
from scanner.inventory import (
    ArmId,
    Credential,
    DiagnosticSetting,
    DscNode,
    Job,
    JobSchedule,
    Module,
    PrivateEndpointConnection,
    Runbook,
    RunbookContent,
    RuntimeEnvironment,
    Schedule,
    Variable,
    Webhook,
)
from scanner.runbooks import job_signature, read_runbook

_FIRST_YEAR, _LAST_YEAR = 2, 9999
_GENERATED = "system-generated"
"""How Azure begins the descriptions of its own runtime environments, which have an empty systemData.

azure-cli-extensions' recorded answers of 2024-10-23, recorded 2024-01-16.
"""


def parse_runbook(item: Mapping[str, Any], moment: datetime) -> Runbook:
    """Read one entry of a runbook list."""
    id_, name, account = _own(item)
    fields = properties(item)
    return Runbook(
        id=id_,
        name=name,
        read_at=moment,
        account=account,
        runbook_type=text(fields, "runbookType"),
        state=text(fields, "state"),
        environment=text(fields, "runtimeEnvironment"),
    )


def parse_content(runbook: Runbook, listed: Mapping[str, ArmId], content: bytes, moment: datetime) -> RunbookContent:
    """Recognise what a runbook's published content uses; `listed` are its account's runbooks by lower-cased name."""
    reading = read_runbook(content, runbook.runbook_type)
    return RunbookContent(
        id=runbook.id.child("content"),
        name=runbook.name,
        read_at=moment,
        account=runbook.account,
        runbook=runbook.id,
        signs=reading.signs,
        calls=tuple(sorted(listed[name] for name in reading.calls if name in listed)),
        in_full=reading.in_full,
    )


def parse_job(item: Mapping[str, Any], moment: datetime) -> Job:
    """Read one entry of a job list, which has no exception."""
    id_, name, account = _own(item)
    fields = properties(item)
    return Job(
        id=id_,
        name=name,
        read_at=moment,
        account=account,
        job_id=text(fields, "jobId"),
        runbook=_named(fields, "runbook"),
        run_on=text(fields, "runOn"),
        run_on_told="runOn" in fields,
        status=text(fields, "status"),
        created_at=_moment(fields, "creationTime"),
        started_at=_moment(fields, "startTime"),
        ended_at=_moment(fields, "endTime"),
        changed_at=_moment(fields, "lastModifiedTime"),
    )


def parse_job_details(item: Mapping[str, Any], moment: datetime) -> Job:
    """Read a job's own GET; of its exception and status details only the signature is kept."""
    job = parse_job(item, moment)
    fields = properties(item)
    told = (text(fields, name) for name in ("exception", "statusDetails"))
    signature = next((found for said in told if said and (found := job_signature(said))), None)
    return msgspec.structs.replace(job, detailed=True, signature=signature)


def parse_job_schedule(item: Mapping[str, Any], moment: datetime) -> JobSchedule:
    """Read a runbook's tie to a schedule, without its parameters."""
    id_, name, account = _own(item)
    fields = properties(item)
    return JobSchedule(
        id=id_,
        name=name,
        read_at=moment,
        account=account,
        runbook=_named(fields, "runbook"),
        schedule=_named(fields, "schedule"),
        run_on=text(fields, "runOn"),
    )


def parse_schedule(item: Mapping[str, Any], moment: datetime) -> Schedule:
    """Read a schedule; an expiry in year 9999 is none."""
    id_, name, account = _own(item)
    fields = properties(item)
    return Schedule(
        id=id_,
        name=name,
        read_at=moment,
        account=account,
        enabled=boolean(fields, "isEnabled"),
        next_run=_moment(fields, "nextRun"),
        expires_at=_moment(fields, "expiryTime"),
    )


def parse_webhook(item: Mapping[str, Any], moment: datetime) -> Webhook:
    """Read a webhook, without its URI and parameters."""
    id_, name, account = _own(item)
    fields = properties(item)
    return Webhook(
        id=id_,
        name=name,
        read_at=moment,
        account=account,
        runbook=_named(fields, "runbook"),
        run_on=text(fields, "runOn"),
        enabled=boolean(fields, "isEnabled"),
        expires_at=_moment(fields, "expiryTime"),
    )


def parse_credential(item: Mapping[str, Any], moment: datetime) -> Credential:
    """Read the name of a credential asset."""
    id_, name, account = _own(item)
    return Credential(id=id_, name=name, read_at=moment, account=account)


def parse_runtime_environment(item: Mapping[str, Any], moment: datetime) -> RuntimeEnvironment:
    """Read a runtime environment; Azure's own tell it by their description, and those of people by who made them."""
    id_, name, account = _own(item)
    fields = properties(item)
    runtime = mapping(fields.get("runtime"), "runtime")
    return RuntimeEnvironment(
        id=id_,
        name=name,
        read_at=moment,
        account=account,
        language=text(runtime, "language"),
        version=text(runtime, "version"),
        system_generated=_is_generated(text(fields, "description"), mapping(item.get("systemData"), "systemData")),
    )


def _is_generated(description: str | None, system_data: Mapping[str, Any]) -> bool | None:
    if description is not None:
        return description.strip().lower().startswith(_GENERATED)
    return False if system_data else None


def parse_module(item: Mapping[str, Any], moment: datetime) -> Module:
    """Read a module."""
    id_, name, account = _own(item)
    fields = properties(item)
    return Module(
        id=id_,
        name=name,
        read_at=moment,
        account=account,
        version=text(fields, "version"),
        is_global=boolean(fields, "isGlobal"),
    )


def parse_variable(item: Mapping[str, Any], moment: datetime) -> Variable:
    """Read a variable asset, without its value."""
    id_, name, account = _own(item)
    encrypted = boolean(properties(item), "isEncrypted")
    return Variable(id=id_, name=name, read_at=moment, account=account, encrypted=encrypted)


def parse_dsc_node(item: Mapping[str, Any], moment: datetime) -> DscNode:
    """Read a machine of State Configuration; its `name` is the machine's, its id holds a GUID."""
    id_, name, account = _own(item)
    return DscNode(id=id_, name=name, read_at=moment, account=account)


def parse_private_endpoint_connection(item: Mapping[str, Any], moment: datetime) -> PrivateEndpointConnection:
    """Read a private endpoint connection."""
    id_, name, account = _own(item)
    fields = properties(item)
    groups = _list(fields, "groupIds")
    if not all(isinstance(group, str) for group in groups):
        raise Malformed("groupIds holds something that is not a string")
    state = mapping(fields.get("privateLinkServiceConnectionState"), "privateLinkServiceConnectionState")
    return PrivateEndpointConnection(
        id=id_, name=name, read_at=moment, account=account, groups=tuple(groups), status=text(state, "status")
    )


def parse_diagnostic_setting(account: ArmId, item: Mapping[str, Any], moment: datetime) -> DiagnosticSetting:
    """Read a diagnostic setting of `account`: an enabled entry of `logs` names a category or a category group."""
    id_, name, _ = _own(item)
    if not id_.within(account):
        raise Malformed("id lies outside the account that was read")
    fields = properties(item)
    logs = [mapping(log, "logs[]") for log in _list(fields, "logs")]
    named = [text(log, "category") or text(log, "categoryGroup") for log in logs if boolean(log, "enabled")]
    return DiagnosticSetting(
        id=id_,
        name=name,
        read_at=moment,
        account=account,
        categories=tuple(category for category in named if category),
        workspace=ArmId.parse(text(fields, "workspaceId")),
    )


def _own(item: Mapping[str, Any]) -> tuple[ArmId, str, ArmId]:
    """An item's id, its name, and the id of what contains it."""
    id_ = arm_id(item)
    return id_, text(item, "name") or id_.name, id_.parent


def _named(fields: Mapping[str, Any], field: str) -> str | None:
    """The name in a reference such as `{"name": "Restart-Service"}`."""
    return text(mapping(fields.get(field), field), "name")


def _list(fields: Mapping[str, Any], field: str) -> list[Any]:
    value = fields.get(field)
    if value is None:
        return []
    if not isinstance(value, list):
        raise Malformed(f"{field} is not an array")
    return value


def _moment(fields: Mapping[str, Any], field: str) -> datetime | None:
    """Read a time; null and .NET's first and last day, which stand for no time at all, are None."""
    value = fields.get(field)
    if value is None or value == "":
        return None
    found = instant(value)
    if found is None:
        raise Malformed(f"{field} is not a time")
    return found if _FIRST_YEAR <= found.year < _LAST_YEAR else None
