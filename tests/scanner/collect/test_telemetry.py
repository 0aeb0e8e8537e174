"""Pings of workers and deletions: what the metric and the activity log told, and what they could not."""

from dataclasses import replace

import pytest
from builders import NOW, SUB, account_id, days, group_id, minutes, subscription_id

from scanner.collect import _telemetry
from scanner.collect._lookback import LookBack
from scanner.collect._reader import Reader
from scanner.collect._telemetry import collect_deletions, collect_pings
from scanner.emulator import Emulator, Tenant
from scanner.emulator.tenants import model
from scanner.inventory import Deletion, GapReason, Reading, WorkerPings
from scanner.pacing import Pacer
from scanner.progress import Silent
from scanner.session import Session, discover_cloud
from scanner.tokens import RenewableCredential

ACCOUNT = account_id()
SUBSCRIPTION = subscription_id()
LOOK_BACK = LookBack(NOW)
WORKER = group_id().child("hybridRunbookWorkers", "guid-1")
OPERATION = "Microsoft.Automation/automationAccounts/hybridRunbookWorkerGroups/hybridRunbookWorkers/delete"


def series(*points, group="g", worker="vm1", **members):
    values = [
        {"name": {"value": "hybridworkergroup"}, "value": group},
        {"name": {"value": "HybridWorker"}, "value": worker},
    ]
    return {
        "metadatavalues": values,
        "data": [dict(zip(("timeStamp", "count"), point, strict=False)) for point in points],
    } | members


def metric(*several, **members):
    return {
        "interval": "PT6H",
        "value": [{"name": {"value": "HybridWorkerPing"}, "timeseries": list(several), **members}],
    }


def event(**changes):
    return {
        "operationName": {"value": OPERATION},
        "status": {"value": "Succeeded"},
        "resourceId": WORKER.text,
        "eventTimestamp": "2026-11-01T10:00:00.1234567Z",
    } | changes


class Anything(dict):
    """Answers of a script for whatever address is asked."""

    def __init__(self, answers):
        super().__init__()
        self._answers = answers

    def __contains__(self, _):
        return True

    def __getitem__(self, _):
        return self._answers


@pytest.fixture
def ask(reader, script):
    """Collect pings or deletions from written answers; returns the ledger's entry and what was found."""

    async def run(collector, scope, *answers, look_back=LOOK_BACK):
        script._answers = Anything(list(answers))
        reader.plan(Reading.PINGS if collector is collect_pings else Reading.ACTIVITY_LOG, scope)
        await collector(reader, scope, look_back)
        [read] = [read for read in reader.reads() if read.scope == scope.text]
        return read, reader.resources

    return run


@pytest.fixture
async def embedded():
    """A reader of a tenant with one account."""

    async def made(**changes):
        account = model.Account(SUB, "rg", "aa", "westeurope", NOW, pings=changes.pop("pings", ()))
        tenant = Tenant(SUB, "t", NOW, (model.Subscription(SUB, "s"),), accounts=(account,), **changes)
        emulator = Emulator(tenant)
        cloud = await discover_cloud(emulator.arm_endpoint, emulator.transport())
        reader = Reader(
            Session(cloud, RenewableCredential(emulator.credential), emulator.transport(), Pacer(64, emulator.clock)),
            Silent(),
        )
        reader.listed_subscriptions = frozenset({SUB})
        return reader

    return made


# -- pings ------------------------------------------------------------------------------------------------------


async def test_pings_are_from_the_first_to_the_last_bucket_that_holds_any(ask):
    points = [
        ("2026-11-01T00:00:00Z", 0.0),
        ("2026-11-01T06:00:00Z", 5.0),
        ("2026-11-01T12:00:00Z", 1.0),
        ("2026-11-01T18:00:00Z",),
    ]
    read, [found] = await ask(collect_pings, ACCOUNT, metric(series(*points)))
    assert isinstance(found, WorkerPings)
    assert (found.group, found.worker, found.grain) == ("g", "vm1", "PT6H")
    assert (found.first_at.hour, found.last_at.hour) == (6, 12)
    assert read.gap is None


async def test_other_aggregations_count_as_well(ask):
    told = series() | {
        "data": [{"timeStamp": "2026-11-01T06:00:00Z", "total": 3}, {"timeStamp": "2026-11-02T06:00:00Z", "maximum": 1}]
    }
    _, [found] = await ask(collect_pings, ACCOUNT, metric(told))
    assert (found.first_at.day, found.last_at.day) == (1, 2)


async def test_a_worker_without_a_ping_is_not_told_of(ask):
    read, found = await ask(collect_pings, ACCOUNT, metric(series(("2026-11-01T06:00:00Z", 0)), series()))
    assert found == []
    assert read.gap is None


async def test_two_spellings_of_one_worker_are_one(ask):
    one, other = series(("2026-11-01T06:00:00Z", 1)), series(("2026-11-03T06:00:00Z", 1), worker="VM1")
    _, [found] = await ask(collect_pings, ACCOUNT, metric(one, other))
    assert (found.first_at.day, found.last_at.day) == (1, 3)


@pytest.mark.parametrize(
    ("body", "reason", "kept"),
    [
        (metric(series(("2026-11-01T06:00:00Z", 1)), 5), GapReason.MALFORMED, 1),
        (metric(series(("2026-11-01T06:00:00Z", 1)), series(metadatavalues=[])), GapReason.MALFORMED, 1),
        (metric(series(("2026-11-01T06:00:00Z", 1)), series(("noon", 1), worker="vm2")), GapReason.MALFORMED, 1),
        ((200, b"<html>", {}), GapReason.MALFORMED, 0),
        ({}, GapReason.MALFORMED, 0),
        ({"value": [None]}, GapReason.MALFORMED, 0),
        (metric(errorCode="Invalid"), GapReason.MALFORMED, 0),
        ((400, {"code": "BadRequest", "message": "Failed to find metric configuration"}, {}), GapReason.FAILED, 0),
        ((403, {"error": {"code": "AuthorizationFailed", "message": "no"}}, {}), GapReason.DENIED, 0),
    ],
)
async def test_what_is_not_whole_is_a_gap_and_keeps_what_could_be_read(ask, body, reason, kept):
    read, found = await ask(collect_pings, ACCOUNT, body)
    assert read.gap.reason is reason
    assert len(found) == kept


async def test_as_many_workers_as_were_asked_for_are_a_cut(ask, monkeypatch):
    monkeypatch.setattr(_telemetry, "MOST_WORKERS", 2)
    two = (series(("2026-11-01T06:00:00Z", 1), worker=name) for name in ("a", "b"))
    read, found = await ask(collect_pings, ACCOUNT, metric(*two))
    assert read.gap.reason is GapReason.TRUNCATED
    assert len(found) == 2


@pytest.mark.parametrize(
    ("collector", "scope", "body"),
    [(collect_pings, ACCOUNT, metric()), (collect_deletions, SUBSCRIPTION, {"value": []})],
)
async def test_a_shortened_look_back_proves_no_absence(ask, collector, scope, body):
    read, _ = await ask(collector, scope, body, look_back=LookBack(NOW, since=NOW - days(2)))
    assert (read.gap.reason, read.gap.message) == (GapReason.SKIPPED, "only since 2026-11-20 12:00 UTC was read")


async def test_the_embedded_azure_tells_its_pings(embedded):
    ranges = ((NOW - days(95), NOW - days(70)), (NOW - days(60), NOW - days(40)))
    reader = await embedded(pings=(model.Pings("g", "vm1", ranges), model.Pings("g", "vm2")))
    await collect_pings(reader, ACCOUNT, LookBack(NOW))
    [found] = reader.resources
    assert (found.first_at, found.worker) == (NOW - days(90), "vm1")
    assert days(0) <= (NOW - days(40)) - found.last_at <= days(0.25)
    assert [read.gap for read in reader.reads()] == [None]


# -- deletions --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "kept"),
    [
        ({}, 1),
        ({"operationName": {"value": OPERATION.upper()}, "status": {"value": "SUCCEEDED"}}, 1),
        ({"operationName": {"value": OPERATION.replace("hybridRunbookWorkers/", "")}}, 1),
        ({"operationName": {"value": OPERATION.replace("delete", "write")}}, 0),
        ({"operationName": None}, 0),
        ({"status": {"value": "Failed"}}, 0),
        ({"status": {"value": "Started"}}, 0),
        ({"resourceId": None}, 0),
        ({"resourceId": ""}, 0),
    ],
)
async def test_only_a_delete_of_a_worker_or_group_that_succeeded_counts(ask, changes, kept):
    read, found = await ask(collect_deletions, SUBSCRIPTION, {"value": [event(**changes)]})
    assert len(found) == kept
    assert read.gap is None


async def test_a_deletion_names_its_target_and_time_once(ask):
    _, [found] = await ask(collect_deletions, SUBSCRIPTION, {"value": [event(), event(resourceId=WORKER.text.upper())]})
    assert isinstance(found, Deletion)
    assert (found.target, found.deleted_at.microsecond) == (WORKER, 123456)


async def test_an_event_without_a_time_leaves_the_log_incomplete(reader, script):
    script._answers = Anything([{"value": [event(eventTimestamp=None), event()]}])
    await collect_deletions(reader, SUBSCRIPTION, LookBack(NOW))
    assert len(reader.resources) == 1
    assert [read.gap.reason for read in reader.reads() if read.gap] == [GapReason.MALFORMED]


async def test_the_embedded_azure_tells_its_deletions_over_all_pages(embedded):
    told = model.ActivityEvent(SUB, OPERATION, WORKER.text, NOW - days(3))
    several = tuple(replace(told, moment=told.moment - minutes(n)) for n in range(5))
    old, failed = replace(told, moment=NOW - days(89.9)), replace(told, moment=NOW, status="Failed")
    reader = await embedded(activity=(*several, old, failed))
    await collect_deletions(reader, SUBSCRIPTION, LookBack(NOW))
    assert len(reader.resources) == 6
    assert [read.gap for read in reader.reads()] == [None]
