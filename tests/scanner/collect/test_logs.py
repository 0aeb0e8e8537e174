"""Log queries: which workspaces are asked what, what rows come to, and what each refusal is."""

import asyncio
import json
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from builders import (
    NOW,
    SUB,
    account,
    account_id,
    days,
    group,
    link,
    linked_service,
    machine_id,
    minutes,
    worker,
    workspace,
    workspace_id,
)

from scanner.clouds import CLOUDS
from scanner.collect._log_answers import MOST_ROWS
from scanner.collect._log_queries import QUERIES
from scanner.collect._logs import Logs
from scanner.collect._lookback import LookBack
from scanner.collect._reader import Reader
from scanner.emulator import Emulator, Tenant, answer
from scanner.emulator.tenants import model
from scanner.inventory import (
    AgentEvent,
    ArmId,
    DiagnosticSetting,
    EventSignature,
    Extension,
    GapReason,
    GroupType,
    Heartbeat,
    IngestionStop,
    JobLog,
    JobSignature,
    Reading,
    WorkerType,
)
from scanner.pacing import Pacer
from scanner.progress import Silent
from scanner.session import Session, discover_cloud
from scanner.tokens import RenewableCredential

GUID = "aaaaaaaa-0000-4000-8000-000000000001"
URL = f"https://api.loganalytics.azure.com/v1/workspaces/{GUID}/query"
WS = workspace(customer_id=GUID, ingestion_status="RespectQuota")
LOOK_BACK = LookBack(NOW)
LINKED_READINGS = {Reading.HEARTBEATS, Reading.EVENTS}
AGENT_READINGS = LINKED_READINGS | {Reading.OPERATIONS}
AT = "2026-11-22T11:00:00Z"


def extension(workspace_id="AAAAAAAA-0000-4000-8000-000000000001"):
    id_ = machine_id().child("extensions", "MMA")
    return Extension(id=id_, name="MMA", read_at=NOW, machine=machine_id(), type="MMA", workspace_id=workspace_id)


def setting(*categories, workspace=WS.id):
    id_ = account_id().child("providers/Microsoft.Insights/diagnosticSettings", "s")
    return DiagnosticSetting(
        id=id_, name="s", read_at=NOW, account=account_id(), categories=categories, workspace=workspace
    )


def table(*rows, columns=None):
    names = columns or list(dict.fromkeys(name for row in rows for name in row))
    cells = [[row.get(name) for name in names] for row in rows]
    return {
        "tables": [{"name": "PrimaryResult", "columns": [{"name": n, "type": "string"} for n in names], "rows": cells}]
    }


def beat(**changes):
    return {
        "TimeGenerated": AT,
        "Computer": "vm1",
        "Category": "Direct Agent",
        "VMUUID": "u",
        "ResourceId": "",
    } | changes


async def carried_out(reader, look_back):
    async with asyncio.TaskGroup() as tasks:
        Logs(reader, tasks.create_task, look_back).rest()


@pytest.fixture
def ask(reader, script):
    """Collect with what was seen before and what the service answers; returns the ledger and what was found."""

    async def run(*seen, answers=(), look_back=LOOK_BACK):
        for resource in seen:
            reader.keep(resource)
        if answers:
            script.on(URL, *answers)
        known = len(reader.resources)
        await carried_out(reader, look_back)
        return {read.reading: read for read in reader.reads()}, reader.resources[known:]

    return run


# -- which workspaces -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("seen", "planned"),
    [
        ((), set()),
        ((link(None),), set()),
        ((link(WS.id),), LINKED_READINGS),
        ((link(ArmId(WS.id.text.upper())),), LINKED_READINGS),
        ((linked_service(WS.id),), LINKED_READINGS),
        ((linked_service(WS.id, service="Cluster"),), set()),
        ((group(), worker()), set()),
        ((group(), worker(worker_type=WorkerType.V1)), AGENT_READINGS),
        ((group(group_type=GroupType.SYSTEM), worker()), AGENT_READINGS),
        ((extension(),), {Reading.HEARTBEATS}),
        ((extension("bbbbbbbb-0000-4000-8000-000000000001"),), set()),
        ((setting("JobLogs"),), {Reading.JOB_LOGS}),
        ((setting("allLogs"), setting("jobstreams")), {Reading.JOB_LOGS}),
        ((setting("AuditEvent"),), set()),
        ((setting("JobLogs", workspace=None),), set()),
        ((link(WS.id), extension(), setting("JobStreams")), LINKED_READINGS | {Reading.JOB_LOGS}),
    ],
)
async def test_workspaces_that_matter_are_asked_each_table_once(ask, script, seen, planned):
    reads, _ = await ask(WS, *seen, answers=[(500, {}, {"Retry-After": "900"})])
    assert set(reads) == planned
    assert {read.scope for read in reads.values()} <= {WS.id.text}
    assert len(script.sent) == len(planned)


async def test_a_workspace_in_trouble_is_asked_all_the_same(ask):
    reads, _ = await ask(
        workspace(customer_id=GUID, provisioning_state="Deleting"), extension(), answers=[table(beat())]
    )
    assert reads[Reading.HEARTBEATS].gap is None


@pytest.mark.parametrize("status", [None, "OverQuota", "ForceOff"])
async def test_a_linked_workspace_that_may_take_in_nothing_is_asked_since_when(ask, status):
    full = workspace(customer_id=GUID, ingestion_status=status)
    reads, _ = await ask(full, link(WS.id), answers=[(500, {}, {"Retry-After": "900"})])
    assert set(reads) == AGENT_READINGS


@pytest.mark.parametrize("customer_id", [None, "customer-ws", f"{GUID}/x"])
async def test_a_workspace_without_a_guid_is_malformed(ask, script, customer_id):
    reads, _ = await ask(workspace(customer_id=customer_id), link(WS.id))
    assert {read.gap.reason for read in reads.values()} == {GapReason.MALFORMED}
    assert len(reads) == 3
    assert script.sent == []


async def test_a_linked_workspace_that_no_read_showed_cannot_be_asked(ask, script):
    reads, _ = await ask(link(workspace_id("hidden")))
    assert reads == {}
    assert script.sent == []


async def test_a_cloud_without_log_queries_is_unreachable(ask, session):
    session.cloud = CLOUDS["AzureCloud"].__class__(
        name="c", arm="https://arm", authority="https://a", audience="x", logs=""
    )
    reads, _ = await ask(WS, extension())
    assert reads[Reading.HEARTBEATS].gap.reason is GapReason.UNREACHABLE


async def test_what_the_user_skips_is_not_asked(session, script):
    reader = Reader(session, Silent(), frozenset({Reading.HEARTBEATS}))
    for resource in (WS, extension()):
        reader.keep(resource)
    await carried_out(reader, LOOK_BACK)
    assert [read.gap.reason for read in reader.reads()] == [GapReason.SKIPPED]
    assert script.sent == []


async def test_a_shortened_look_back_keeps_its_rows_and_proves_no_absence(ask):
    reads, found = await ask(WS, extension(), answers=[table(beat())], look_back=LookBack(NOW, since=NOW - days(2)))
    gap = reads[Reading.HEARTBEATS].gap
    assert (gap.reason, gap.message) == (GapReason.SKIPPED, "only since 2026-11-20 12:00 UTC was read")
    assert len(found) == 1


async def test_at_most_five_queries_are_in_flight(ask, script):
    waiting, most = 0, 0

    async def slowly(_):
        nonlocal waiting, most
        waiting += 1
        most = max(most, waiting)
        for _ in range(10):
            await script.sleep(0)
        waiting -= 1
        return table(beat())

    several = [workspace(workspace_id(f"ws{n}"), customer_id=f"{GUID[:-1]}{n}") for n in range(9)]
    for held in several:
        script.on(URL.replace(GUID, held.customer_id), slowly)
    await ask(*several, group(), worker(worker_type=WorkerType.V1))
    assert len(script.sent) == 3 + 27  # a query across workspaces of each table, which this server does not understand
    assert most == 5


async def test_queries_carry_a_token_of_their_own_audience(ask, script, credential):
    await ask(WS, extension(), answers=[table(beat())])
    [sent] = script.sent
    assert (sent.method, sent.url) == ("POST", URL)
    assert credential.asked == [(("https://api.loganalytics.azure.com/.default",), None)]
    assert sent.headers["Authorization"] == "Bearer token-1"


# -- rows -------------------------------------------------------------------------------------------------------


async def test_a_heartbeat_tells_of_its_agent(ask):
    row = beat(
        TimeGenerated="2026-11-22T11:00:00.1234567Z", ResourceId=machine_id().text.lower(), Solutions='"security", "changeTracking"',
        OSType="Linux", Version="1.19", ComputerEnvironment="Azure", Beats=7, EarlyBeats=6, LateBeats=0,
        SmallestOffset=901.5, LargestOffset=1000,
    )  # fmt: skip
    reads, [found] = await ask(WS, extension(), answers=[table(row)])
    assert isinstance(found, Heartbeat)
    assert reads[Reading.HEARTBEATS].answered.items == 1
    assert (found.machine, found.agent, found.solutions) == (machine_id(), True, ("security", "changetracking"))
    assert (found.beats, found.early, found.late, found.offsets) == (7, 6, 0, (901.5, 1000.0))
    assert (found.os_type, found.version, found.vm_uuid, found.environment) == ("Linux", "1.19", "u", "Azure")
    assert found.last_at.microsecond == 123456
    assert found.id.parent == WS.id


async def test_plain_rows_in_any_order_and_number_give_the_newest_of_each_agent(ask):
    rows = (
        beat(TimeGenerated="2026-11-22T10:00:00.12Z", Version="old"),
        beat(TimeGenerated="2026-11-22T11:30:00.5Z", Version="new", Computer="VM1"),
        beat(TimeGenerated="2026-11-22T11:00:00Z", Category="Azure Monitor Agent"),
        beat(TimeGenerated="2026-11-22T11:00:00Z", Category="", Computer="vm2", ResourceId=None),
    )
    _, found = await ask(
        WS,
        extension(),
        answers=[table(*rows, columns=["Version", "ResourceId", "Category", "VMUUID", "Computer", "TimeGenerated"])],
    )
    assert sorted((h.computer, h.agent, h.version) for h in found if h.agent is not None) == [
        ("VM1", True, "new"),
        ("vm1", False, None),
    ]
    assert [h.agent for h in found if h.computer == "vm2"] == [None]
    assert {(h.beats, h.early, h.offsets, h.machine) for h in found} == {(None, None, None, None)}
    assert len({h.id for h in found}) == 3


async def test_rows_of_one_agent_under_two_spellings_are_added_up(ask):
    one = beat(Beats=3, EarlyBeats=1, LateBeats=0, SmallestOffset=-5, LargestOffset=2)
    other = beat(Computer="VM1", Beats=4, EarlyBeats=0, LateBeats=2, SmallestOffset=-2000, LargestOffset=1)
    _, [found] = await ask(WS, extension(), answers=[table(one, other)])
    assert (found.beats, found.early, found.late, found.offsets) == (7, 1, 2, (-2000.0, 2.0))


async def test_a_row_that_cannot_be_read_leaves_its_neighbours_and_is_told(ask):
    body = table(beat(), beat(Computer=""), beat(TimeGenerated="yesterday"))
    body["tables"][0]["rows"] += ["no row", []]
    reads, found = await ask(WS, extension(), answers=[body])
    gap = reads[Reading.HEARTBEATS].gap
    assert (gap.reason, gap.message) == (GapReason.MALFORMED, "4 of 5 rows cannot be read")
    assert len(found) == 1


async def test_cells_that_are_missing_or_of_another_type_were_not_told(ask):
    body = table(
        beat(Beats="many", EarlyBeats=True, LateBeats=10**400, Solutions=5),
        columns=[*beat(), "Beats", "EarlyBeats", "LateBeats", "Solutions", "Version"],
    )
    body["tables"][0]["rows"][0].pop()
    _, [found] = await ask(WS, extension(), answers=[body])
    assert found.late is None
    assert (found.beats, found.early, found.solutions, found.version) == (None, None, (), None)


async def test_no_cell_stands_in_an_id(ask):
    _, [found] = await ask(WS, extension(), answers=[table(beat(Computer="../../x\n<b>", VMUUID="/subscriptions"))])
    assert found.id.text.startswith(f"{WS.id}/heartbeats/")
    assert found.id.name.isalnum()


async def test_events_keep_a_signature_and_no_text(ask):
    logs = {"EventLog": "Operations Manager", "Computer": "vm1", "_ResourceId": machine_id().text}
    secret = "Module AzureAutomation.HybridAgent failed for contoso-admin"
    events = table(
        {"TimeGenerated": AT, "EventID": 4502, "RenderedDescription": secret, **logs},
        {"TimeGenerated": AT, "EventID": 1210, "RenderedDescription": "fine", **logs},
        {"TimeGenerated": AT, "EventID": 7036, "RenderedDescription": "", **logs, "EventLog": "System"},
    )
    _, found = await ask(WS, link(WS.id), answers=[table(beat()), events, table(columns=["TimeGenerated"])])
    told = [event for event in found if isinstance(event, AgentEvent)]
    assert {(event.event_id, event.signature) for event in told} == {
        (4502, EventSignature.TLS_INTERCEPTION),
        (1210, None),
    }
    assert {event.machine for event in told} == {machine_id()}
    assert "contoso-admin" not in repr(found)


@pytest.mark.parametrize(
    ("status", "detail", "stopped"),
    [
        ("Warning", "Data collection stopped due to daily limit. Ingestion status = OverQuota", True),
        ("Warning", "", True),
        ("Warning", "Ingestion status = ApproachingQuota", None),
        ("Succeeded", "Data collection started", False),
        ("", "Subscription suspended", True),
        ("Odd", None, None),
    ],
)
async def test_an_operation_tells_whether_data_comes_in(ask, status, detail, stopped):
    row = {
        "TimeGenerated": AT,
        "OperationCategory": "Data Collection Status",
        "OperationStatus": status,
        "Detail": detail,
    }
    older = row | {"TimeGenerated": "2026-11-21T00:00:00Z", "OperationStatus": "Succeeded", "Detail": ""}
    other = row | {"TimeGenerated": "2026-11-22T11:59:00Z", "OperationCategory": "Agent"}
    empty = table(columns=["TimeGenerated", "Computer", "EventLog", "EventID"])
    full = workspace(customer_id=GUID, ingestion_status="OverQuota")
    _, found = await ask(full, link(WS.id), answers=[empty, empty, table(older, row, other)])
    assert [stop.stopped for stop in found if isinstance(stop, IngestionStop)] == [stopped]


@pytest.mark.parametrize("names", [("Job", "Runbook", "Stream"), ("JobId_g", "RunbookName_s", "StreamType_s")])
async def test_job_rows_keep_their_signature_by_whatever_column_names_them(ask, names):
    job, runbook, stream = names
    row = {
        "TimeGenerated": AT, "Category": "JobStreams", "ResultDescription": "sudo: a password is required", job: "ABC",
        runbook: "Patch", stream: "Error", "_ResourceId": account_id().text.upper(),
    }  # fmt: skip
    rows = (
        row,
        row | {stream: "Output", job: "x"},
        row | {"ResultDescription": "token=secret", job: "y"},
        row | {"Category": "JobLogs", "ResultType": "Completed", job: "z"},
    )
    _, found = await ask(WS, setting("JobStreams"), answers=[table(*rows)])
    [told] = [log for log in found if isinstance(log, JobLog)]
    assert (told.job_id, told.runbook, told.signature) == ("abc", "Patch", JobSignature.PASSWORD_PROMPT)
    assert told.account == account_id()
    assert "secret" not in repr(found)


# -- refusals ---------------------------------------------------------------------------------------------------

SEMANTIC = {
    "error": {
        "message": "The request had some invalid properties",
        "code": "BadArgumentError",
        "innererror": {
            "code": "SemanticError",
            "message": "A semantic error occurred.",
            "innererror": {"code": "SEM0100", "message": "Failed to resolve table or column expression named 'Event'"},
        },
    }
}
CLOSED = {
    "error": {
        "message": "The provided credentials have insufficient access to perform the requested operation",
        "code": "InsufficientAccessError",
        "innererror": {
            "code": "NspValidationFailedError",
            "message": "Access to workspace 'ws' from '198.51.100.7' is denied.",
        },
    }
}


def partial(body, code="PartialError"):
    details = [
        {"code": "EngineError", "message": "Went wrong.", "innererror": {"code": "-1", "message": "Too many rows"}}
    ]
    return {**body, "error": {"code": code, "message": "There were some errors.", "details": details}}


@pytest.mark.parametrize(
    ("answered", "reason", "said"),
    [
        (partial(table(beat())), GapReason.TRUNCATED, "There were some errors: Went wrong: Too many rows"),
        (partial({}), GapReason.FAILED, "Too many rows"),
        (partial({"tables": []}, code="Odd"), GapReason.FAILED, "Too many rows"),
        ((403, {"error": {"code": "InsufficientAccessError", "message": "no"}}, {}), GapReason.DENIED, "no"),
        ((403, CLOSED, {}), GapReason.DENIED, "(address removed)"),
        ((404, {"error": {"code": "PathNotFoundError", "message": "The requested path does not exist"}}, {}), GapReason.DENIED, "path"),
        ((404, b"<html>", {}), GapReason.FAILED, "html"),
        ((400, SEMANTIC, {}), GapReason.FAILED, "named 'Event'"),
        ((504, {"error": {"code": "GatewayTimeout", "message": "Gateway timeout"}}, {"Retry-After": "90"}), GapReason.FAILED, "Gateway"),
        ((504, {"error": {"code": "GatewayTimeout", "message": "Gateway timeout"}}, {}), GapReason.TIMEOUT, "Gateway"),
        ((429, {"error": {"code": "ThrottledError", "message": "slow down"}}, {"Retry-After": "90"}), GapReason.THROTTLED, "slow"),
        ((200, b"<html>", {}), GapReason.MALFORMED, "not JSON"),
        (None, GapReason.MALFORMED, "no table"),
        ([], GapReason.MALFORMED, "no table"),
        ({"tables": {}}, GapReason.MALFORMED, "no table"),
        ({"tables": [5]}, GapReason.MALFORMED, "no table"),
        ({"tables": [{"columns": 5, "rows": []}]}, GapReason.MALFORMED, "no columns"),
        ({"tables": [{"columns": []}]}, GapReason.MALFORMED, "no columns"),
        (table(columns=["TimeGenerated", "computer"]), GapReason.MALFORMED, "no column Computer"),
        ({"tables": [{"columns": [5, None], "rows": [[1, 2]]}]}, GapReason.MALFORMED, "no column"),
    ],
)  # fmt: skip
async def test_an_answer_that_is_not_whole_is_a_gap(ask, answered, reason, said):
    reads, _ = await ask(WS, extension(), answers=[answered])
    gap = reads[Reading.HEARTBEATS].gap
    assert gap.reason is reason
    assert said in gap.message


async def test_a_partial_answer_keeps_its_rows(ask):
    _, found = await ask(WS, extension(), answers=[partial(table(beat()))])
    assert len(found) == 1


async def test_as_many_rows_as_the_service_gives_are_a_cut(ask, monkeypatch):
    monkeypatch.setattr("scanner.collect._log_answers.MOST_ROWS", 2)
    reads, found = await ask(WS, extension(), answers=[table(beat(), beat(Computer="vm2"))])
    assert reads[Reading.HEARTBEATS].gap.reason is GapReason.TRUNCATED
    assert len(found) == 2
    assert MOST_ROWS == 500_000


async def test_a_right_that_is_missing_is_named_and_a_closed_network_names_none(ask, script):
    reads, _ = await ask(
        WS, extension(), answers=[(403, {"error": {"code": "InsufficientAccessError", "message": "no"}}, {})]
    )
    gap = reads[Reading.HEARTBEATS].gap
    assert gap.action == "Microsoft.OperationalInsights/workspaces/query/Heartbeat/read"
    reads, _ = await ask(setting("JobLogs"), answers=[(403, CLOSED, {})])
    assert (reads[Reading.JOB_LOGS].gap.code, reads[Reading.JOB_LOGS].gap.action) == ("NspValidationFailedError", None)


async def test_a_table_without_rows_is_answered(ask):
    reads, found = await ask(WS, extension(), answers=[table(columns=list(beat()))])
    assert reads[Reading.HEARTBEATS].answered.items == 0
    assert found == []


# -- with the embedded Azure ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Embedded:
    """A workspace of the embedded Azure that everything is asked of."""

    held: model.Workspace

    async def collect(self, *faults):
        tenant = Tenant(SUB, "t", NOW, (model.Subscription(SUB, "s"),), workspaces=(self.held,))
        emulator = Emulator(tenant, faults=faults)
        cloud = await discover_cloud(emulator.arm_endpoint, emulator.transport())
        reader = Reader(
            Session(cloud, RenewableCredential(emulator.credential), emulator.transport(), Pacer(64, emulator.clock)),
            Silent(),
        )
        id_ = ArmId(self.held.id)
        reader.keep(workspace(id_, customer_id=self.held.customer_id))
        reader.keep(link(id_))
        reader.keep(setting("JobLogs", workspace=id_))
        await carried_out(reader, LOOK_BACK)
        return {read.reading: read for read in reader.reads()}, reader.resources[3:]


@pytest.fixture
def embedded():
    events = (
        model.Event("vm1", "Operations Manager", 4502, NOW - days(3), "AzureAutomation. HybridAgent"),
        model.Event("vm1", "Operations Manager", 4502, NOW - days(1), "of another module"),
        model.Event("vm1", "Operations Manager", 1210, NOW),
        model.Event("vm2", "System", 15011, NOW, "https://cc-jobruntimedata-prod-su1.azure-automation.net"),
    )
    beats = model.Heartbeat("vm1", NOW - days(9), NOW, clock_offset=timedelta(minutes=-20), solutions=("updates",))
    held = model.Workspace(
        SUB, "rg", "ws", "westeurope", NOW, customer_id=GUID, heartbeats=(beats,), events=events,
        operations=(model.Operation(NOW - minutes(5), detail="Ingestion status = OverQuota"),),
    )  # fmt: skip
    return Embedded(held)


async def test_every_query_is_understood_by_the_embedded_azure(embedded):
    reads, found = await embedded.collect()
    assert set(reads) == set(QUERIES)
    assert {read.gap for read in reads.values()} == {None}
    [beats] = [resource for resource in found if isinstance(resource, Heartbeat)]
    assert beats.late == beats.beats == 9 * 24 * 60 + 1
    assert beats.offsets == pytest.approx((-1205, -1205), abs=10)
    signs = sorted((e.computer, e.signature or "") for e in found if isinstance(e, AgentEvent))
    assert signs == [
        ("vm1", ""),
        ("vm1", EventSignature.TLS_INTERCEPTION),
        ("vm2", EventSignature.SIGNALR_TIMEOUT),
    ]
    assert [stop.stopped for stop in found if isinstance(stop, IngestionStop)] == [True]


MESSAGES = {
    JobSignature.TRIED_THREE_TIMES: "The job action 'Activate' cannot be run, because the process stopped\r\nunexpectedly.",
    JobSignature.WORKER_NOT_AVAILABLE: "Hybrid Worker was last active at 2026-01-01.",
    JobSignature.JOB_LIMIT: "exceeded the job limit for a Hybrid Worker",
    JobSignature.SPOOL_OPERATION: "Spool operation id does not exist",
    JobSignature.CERTIFICATE_NOT_FOUND: "No certificate was found in the certificate store with thumbprint AB",
    JobSignature.ILLEGAL_CHARACTERS: "Illegal characters in path.",
    JobSignature.PASSWORD_PROMPT: "gpg: signing failed: Inappropriate ioctl for device",
    JobSignature.EXPIRED_TOKEN: "ExpiredAuthentication\nToken",
    JobSignature.USER_ASSIGNED_IDENTITY: "Invalid Authorization Token",
}


@pytest.mark.parametrize("signature", JobSignature)
async def test_a_newer_message_of_the_same_job_hides_no_known_one(embedded, signature):
    row = model.JobRow(account().id.text, GUID, "Patch", NOW - minutes(9), text=MESSAGES[signature])
    held = replace(embedded.held, job_rows=(row, replace(row, moment=NOW, text="at line 1, char 3")))
    _, found = await Embedded(held).collect()
    assert [log.signature for log in found if isinstance(log, JobLog)] == [signature]


async def test_a_refusal_of_the_embedded_azure_is_a_gap(embedded):
    reads, _ = await Embedded(replace(embedded.held, query_access="public_disabled")).collect()
    assert {(read.gap.reason, read.gap.action) for read in reads.values()} == {(GapReason.DENIED, None)}
    reads, _ = await Embedded(replace(embedded.held, query_access="missing")).collect()
    assert {read.gap.reason for read in reads.values()} == {GapReason.DENIED}
    reads, _ = await embedded.collect(answer(200, json.dumps(partial(table(beat()))), scope="/v1/workspaces/"))
    assert reads[Reading.HEARTBEATS].gap.reason is GapReason.TRUNCATED
