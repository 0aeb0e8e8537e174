"""Log queries across workspaces: few of them, the same estate as one by one, and no trust in a server that did less."""

import asyncio
import json
import re
from dataclasses import dataclass, field, replace
from datetime import timedelta
from zlib import crc32

import msgspec
import pytest
from builders import NOW, SUB, account_id, days, group, link, machine_id, minutes, worker, workspace

from scanner.collect._log_queries import QUERIES, is_guid
from scanner.collect._logs import Logs
from scanner.collect._lookback import LOGS, LookBack
from scanner.collect._reader import Reader
from scanner.emulator import TENANTS, Emulator, Tenant, answer, deny, generate
from scanner.emulator.tenants import model
from scanner.inventory import ArmId, DiagnosticSetting, Extension, GapReason, Heartbeat, Reading, WorkerType
from scanner.pacing import Pacer
from scanner.progress import Silent
from scanner.session import Session, discover_cloud
from scanner.tokens import RenewableCredential

LOOK_BACK = LookBack(NOW)
WINDOW = LOOK_BACK.of(LOGS)
BATCH = re.compile(r"^union\n")
SAYS_PARTIAL = {"code": "PartialError", "message": "There were some errors.", "details": []}


def customer(number):
    return f"aaaaaaaa-0000-4000-8000-{number:012x}"


def held(number, **changes):
    """A workspace with rows in every table; every fifth one is empty."""
    full = number % 5 != 0
    rows = {
        "heartbeats": (
            model.Heartbeat(f"vm{number}", NOW - days(40), NOW - minutes(number), solutions=("updates",)),
            model.Heartbeat("shared", NOW - days(3), NOW, category="Azure Monitor Agent"),
        ),
        "events": (
            model.Event(f"vm{number}", "Operations Manager", 4502, NOW - days(1), "AzureAutomation.HybridAgent"),
            model.Event("shared", "Operations Manager", 1210, NOW - days(number)),
        ),
        "operations": (model.Operation(NOW - minutes(number), detail="Ingestion status = OverQuota"),),
        "job_rows": (
            model.JobRow(
                account_id().text, customer(1000 + number), "Patch", NOW - minutes(9), text="sudo: a password"
            ),
        ),
    }
    about = {"customer_id": customer(number), "ingestion": "OverQuota"} | (rows if full else {})
    return replace(model.Workspace(SUB, "rg", f"ws{number}", "westeurope", NOW, **about), **changes)


@dataclass
class Outcome:
    """How the log queries of some workspaces went."""

    reads: dict
    found: list
    texts: list = field(default_factory=list)

    @property
    def told(self):
        """Resources and ledger, apart from when and by which request."""
        ledger = {key: (read.answered, read.gap and (read.gap.reason, read.gap.status, read.gap.code, read.gap.message))
                  for key, read in self.reads.items()}  # fmt: skip
        return ledger, sorted((msgspec.structs.replace(r, read_at=NOW) for r in self.found), key=lambda r: r.id.key)

    @property
    def batches(self):
        return [text for text in self.texts if BATCH.match(text)]

    def gaps(self, reading=Reading.HEARTBEATS):
        return {
            ArmId(scope).name: read.gap.reason
            for (scope, kind), read in self.reads.items()
            if kind is reading and read.gap
        }


class Listening(Emulator):
    """Keeps the texts of the queries."""

    async def handle(self, request):
        if request.url.endswith("/query"):
            self.texts.append(json.loads(request.body)["query"])
        return await super().handle(request)


async def ask(*workspaces, faults=(), look_back=LOOK_BACK, skipped=frozenset(), shuffled=None, **options):
    """Query all tables of some workspaces of the embedded Azure."""
    tenant = Tenant(SUB, "t", NOW, (model.Subscription(SUB, "s"),), workspaces=workspaces)
    emulator = Listening(tenant, faults=faults, **options)
    emulator.texts = []
    cloud = await discover_cloud(emulator.arm_endpoint, emulator.transport())
    session = Session(cloud, RenewableCredential(emulator.credential), emulator.transport(), Pacer(64, emulator.clock))
    reader = Reader(session, Silent(), skipped)
    seen = [group(), worker(worker_type=WorkerType.V1)]
    for number, of_azure in enumerate(workspaces):
        id_ = ArmId(of_azure.id)
        setting = account_id().child("providers/Microsoft.Insights/diagnosticSettings", f"s{number}")
        seen += [
            workspace(id_, customer_id=of_azure.customer_id, ingestion_status="OverQuota"),
            link(id_, account_id(f"aa{number}")),
            DiagnosticSetting(
                id=setting, name="s", read_at=NOW, account=account_id(), categories=("JobLogs",), workspace=id_
            ),
        ]
    for resource in seen if shuffled is None else sorted(seen, key=lambda r: crc32(f"{shuffled} {r.id.key}".encode())):
        reader.keep(resource)
    known = len(reader.resources)
    async with asyncio.TaskGroup() as tasks:
        Logs(reader, tasks.create_task, look_back).rest()
    reads = {(read.scope, read.reading): read for read in reader.reads()}
    return Outcome(reads, reader.resources[known:], emulator.texts)


@pytest.fixture
def one_by_one(monkeypatch):
    """The same without queries across workspaces."""

    async def run(*workspaces, **options):
        with monkeypatch.context() as patch:
            patch.setattr("scanner.collect._log_batches.MOST_ACROSS", 1)
            outcome = await ask(*workspaces, **options)
        assert outcome.batches == []
        return outcome

    return run


MANY = tuple(held(number) for number in range(25))


# -- few queries, the same estate -------------------------------------------------------------------------------


async def test_many_workspaces_take_few_queries_and_tell_the_same(one_by_one):
    many = await ask(*MANY)
    assert len(many.texts) == 3 * len(QUERIES)
    assert len(many.batches) == len(many.texts)
    single = await one_by_one(*MANY)
    assert len(single.texts) == 25 * len(QUERIES)
    assert many.told == single.told
    assert {read.gap for read in many.reads.values()} == {None}
    assert len(many.found) == 20 * 5


@pytest.mark.parametrize("seed", range(3))
async def test_the_order_in_which_workspaces_are_seen_changes_nothing(seed):
    assert (await ask(*MANY, shuffled=seed)).told == (await ask(*MANY)).told


async def test_empty_workspaces_are_answered_with_no_rows():
    outcome = await ask(*(held(number) for number in (0, 5, 10)))
    assert len(outcome.batches) == len(outcome.texts) == 4
    assert {read.answered.items for read in outcome.reads.values()} == {0}
    assert outcome.found == []


async def test_a_single_workspace_is_asked_with_the_text_of_the_file():
    outcome = await ask(held(1))
    assert sorted(outcome.texts) == sorted(query.text for query in QUERIES.values())


@pytest.mark.parametrize("tenant", ["contoso", "generated"])
async def test_a_whole_scan_sees_the_same_with_and_without(collect, tenant):
    made = TENANTS["contoso"](NOW) if tenant == "contoso" else generate(accounts=25, subscriptions=5, now=NOW)
    estates, queries = [], []
    for across in ("evaluated", "refused"):
        estate, emulator = await collect(made, across=across, page_size=100)
        told = {name: getattr(estate, name) for name in estate.__struct_fields__ if name not in {"facts", "reads"}}
        kinds = {k: [msgspec.structs.replace(r, read_at=NOW) for r in several] for k, several in told.items()}
        ledger = [(read.scope, read.reading, read.answered, read.gap and read.gap.message) for read in estate.reads]
        estates.append((kinds, ledger))
        queries.append(sum(path.endswith("/query") for _, path, _ in emulator.requests))
    assert estates[0] == estates[1]
    assert queries[0] < queries[1]
    if tenant == "generated":
        assert queries[0] <= 12
        assert queries[1] >= 50


async def test_two_workspaces_of_one_guid_are_never_in_one_query():
    twins = held(1), replace(held(2), customer_id=customer(1).upper())
    outcome = await ask(*twins)
    assert outcome.batches == []


# -- a server that did less than it was asked -------------------------------------------------------------------


@pytest.mark.parametrize("across", ["own_table", "own_workspace", "refused"])
async def test_a_server_that_does_not_understand_costs_one_query_a_table(across, one_by_one):
    workspaces = [replace(w, operations=MANY[1].operations) for w in MANY[1:]]
    outcome = await ask(*workspaces, across=across)
    assert len(outcome.batches) == 4
    assert len(outcome.texts) == 4 + 4 * len(workspaces)
    assert outcome.told == (await one_by_one(*workspaces, across=across)).told


def table(columns, *rows):
    return {"tables": [{"name": "PrimaryResult", "columns": [{"name": n} for n in columns], "rows": list(rows)}]}


COLUMNS = ("TimeGenerated", "Computer", "AskedWorkspace", "AskedRows", "RowHolder", "LargestOffset")
BEAT = ("2026-11-22T11:00:00Z", "vm9")
MARKERS = tuple((None, "", customer(number), 0, "") for number in (1, 2))


@pytest.fixture
def scripted(reader, script):
    """Ask two workspaces for heartbeats: the first answer is to both, and the next ones are to each alone."""

    async def run(first, *singles):
        alone = singles or (table(COLUMNS[:2], BEAT),)
        script.on(f"https://api.loganalytics.azure.com/v1/workspaces/{customer(1)}/query", first, *alone)
        script.on(f"https://api.loganalytics.azure.com/v1/workspaces/{customer(2)}/query", *alone)
        for number in (1, 2):
            reader.keep(workspace(ArmId(held(number).id), customer_id=customer(number)))
            reader.keep(
                Extension(
                    id=machine_id().child("extensions", f"e{number}"), name="MMA", read_at=NOW, machine=machine_id(),
                    type="MMA", workspace_id=customer(number),
                )
            )  # fmt: skip
        async with asyncio.TaskGroup() as tasks:
            Logs(reader, tasks.create_task, LOOK_BACK).rest()
        return [r.computer for r in reader.resources if isinstance(r, Heartbeat)], len(script.sent)

    return run


async def test_rows_go_to_the_workspace_that_was_asked(scripted, reader):
    computers, sent = await scripted(
        table(COLUMNS, *MARKERS, ("2026-11-22T11:00:00Z", "vm1", customer(2), None, None, 3.5))
    )
    assert (computers, sent) == (["vm1"], 1)
    assert [r.workspace.name for r in reader.resources if isinstance(r, Heartbeat)] == ["ws2"]


@pytest.mark.parametrize(
    "answered",
    [
        table(COLUMNS),
        table(COLUMNS[:2], BEAT),
        table(COLUMNS, (*BEAT, customer(1), None, None, 1.0)),
        table(COLUMNS, *MARKERS, (*BEAT, customer(3), None, None, 1.0)),
        table(COLUMNS, *MARKERS, (*BEAT, None, None, None)),
        table(COLUMNS, *MARKERS, MARKERS[0]),
        table(COLUMNS, *MARKERS, None),
        table(COLUMNS, MARKERS[0], (None, "", customer(2), 1, customer(1))),
        table(COLUMNS, MARKERS[0], (None, "", customer(2), 7, "")),
        table(COLUMNS, MARKERS[0], (None, "", customer(2), True, "")),
        {"tables": []},
        None,
        b"<html>",
        (400, {"error": {"code": "BadArgumentError", "message": "no"}}, {}),
        (404, {"error": {"code": "PathNotFoundError", "message": "no"}}, {}),
        (500, {}, {"Retry-After": "900"}),
        {**table(COLUMNS, *MARKERS), "error": SAYS_PARTIAL},
        (403, {"error": {"code": "InsufficientAccessError", "message": "no"}}, {}),
        (504, {"error": {"code": "GatewayTimeout", "message": "no"}}, {"Retry-After": "900"}),
    ],
)  # fmt: skip
async def test_nothing_is_kept_of_an_answer_that_is_not_to_what_was_asked(scripted, reader, answered):
    computers, sent = await scripted(answered)
    assert (computers, sent) == (["vm9", "vm9"], 3)
    assert {read.gap for read in reader.reads()} == {None}


async def test_a_workspace_without_its_marker_is_asked_alone(scripted, reader):
    computers, sent = await scripted(table(COLUMNS, MARKERS[1], (*BEAT, customer(1), None, None, 1.0)))
    assert (computers, sent) == (["vm9"], 2)
    assert sorted(read.answered.items for read in reader.reads()) == [0, 1]


async def test_a_workspace_with_an_unreadable_row_is_asked_alone(scripted, reader):
    broken = ("yesterday", "vm1")
    across = table(COLUMNS, *MARKERS, (*broken, customer(2), None, None, 1.0))
    _, sent = await scripted(across, table(COLUMNS[:2], broken, BEAT))
    assert sent == 2
    [gap] = [read.gap for read in reader.reads() if read.gap]
    assert (gap.message, gap.request_id) == ("1 of 2 rows cannot be read", "request-1")


async def test_a_workspace_whose_rows_lack_what_only_it_knows_is_asked_alone(scripted):
    across = table(COLUMNS, *MARKERS, (*BEAT, customer(2), None, None, None))
    assert await scripted(across) == (["vm9"], 2)


async def test_as_many_rows_as_the_service_gives_are_asked_of_fewer(monkeypatch, one_by_one):
    monkeypatch.setattr("scanner.collect._log_answers.MOST_ROWS", 12)
    outcome = await ask(*MANY[:10])
    assert {read.gap for read in outcome.reads.values()} == {None}
    assert outcome.told == (await one_by_one(*MANY[:10])).told
    assert len(outcome.batches) > 4


# -- workspaces that refuse -------------------------------------------------------------------------------------


@pytest.mark.parametrize("place", [0, 4, 9])
@pytest.mark.parametrize("access", ["denied", "public_disabled", "missing"])
async def test_one_that_refuses_among_ten_is_the_only_gap(place, access, one_by_one):
    ten = list(MANY[:10])
    ten[place] = replace(ten[place], query_access=access)
    outcome = await ask(*ten)
    single = await one_by_one(*ten)
    assert outcome.told == single.told
    assert outcome.gaps() == {f"ws{place}": GapReason.DENIED}
    assert all(read.gap.request_id for read in outcome.reads.values() if read.gap)
    if access != "missing":
        assert len(outcome.texts) < len(single.texts)


async def test_a_missing_workspace_does_not_end_what_is_proven():
    outcome = await ask(*MANY[:19], held(19, name="zz", query_access="missing"))
    assert outcome.gaps() == {"zz": GapReason.DENIED}
    # The first ten, then ten of which the last one fails: 10, 5 and 5, 2 and 3, 1 and 2, 1 and 1.
    assert len(outcome.texts) == 4 * (1 + 9)


async def test_a_login_without_the_right_loses_a_bounded_number_of_queries():
    right = "Microsoft.OperationalInsights/workspaces/query/Heartbeat/read"
    outcome = await ask(*(held(number) for number in range(100)), faults=[deny(right)])
    assert len(outcome.gaps()) == 100
    assert {read.gap.action for (_, kind), read in outcome.reads.items() if kind is Reading.HEARTBEATS} == {right}
    # Beside the queries that are lost, a few single ones get a second look.
    assert len(outcome.texts) <= 100 + 10 + 3 * 10 + 5


async def test_a_partial_answer_is_asked_of_each_alone():
    partly = answer(200, json.dumps({"tables": [], "error": SAYS_PARTIAL}), scope="/v1/workspaces/")
    outcome = await ask(*MANY[:4], faults=[partly])
    assert {read.gap.reason for read in outcome.reads.values()} == {GapReason.FAILED}
    assert len(outcome.batches) == 4 * 3


async def test_a_service_that_runs_out_of_time_is_not_asked_across_for_long():
    late = answer(504, json.dumps({"error": {"code": "GatewayTimeout", "message": "late"}}), scope="/v1/workspaces/")
    outcome = await ask(*MANY, faults=[late])
    assert {read.gap.reason for read in outcome.reads.values()} == {GapReason.TIMEOUT}
    assert len(set(outcome.batches)) == 4 * 2


async def test_skips_and_shortened_look_backs_stay_as_they_are(one_by_one):
    skipped = await ask(*MANY[:10], skipped=frozenset(QUERIES))
    assert skipped.texts == []
    assert {read.gap.reason for read in skipped.reads.values()} == {GapReason.SKIPPED}
    since = LookBack(NOW, since=NOW - timedelta(days=2))
    short = await ask(*MANY[:10], look_back=since)
    assert len(short.texts) == 4
    assert {read.gap.message for read in short.reads.values()} == {"only since 2026-11-20 12:00 UTC was read"}
    assert short.told == (await one_by_one(*MANY[:10], look_back=since)).told


# -- the text ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("hostile", ["", "ws", f'{customer(1)}").Heartbeat | take 1 //', f"{customer(1)}\n", "x" * 36])
def test_nothing_but_a_guid_becomes_part_of_a_text(hostile):
    assert not is_guid(hostile)
    for query in QUERIES.values():
        with pytest.raises(ValueError, match="no GUID"):
            query.across([customer(1), hostile], WINDOW)


def test_each_workspace_is_asked_for_the_steps_of_the_file_and_for_a_marker():
    text = QUERIES[Reading.OPERATIONS].across([customer(1), customer(2)], WINDOW)
    assert text.count(f'workspace("{customer(2)}").Operation') == 2
    assert text.count('| where OperationCategory =~ "Data Collection Status"') == 2
    assert "//" not in text
    assert text.count("between (datetime(2026-10-22T12:00:00Z) .. datetime(2026-11-22T12:00:00Z))") == 4
