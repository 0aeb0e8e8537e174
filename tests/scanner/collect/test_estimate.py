"""The estimate of a scan: near what is really sent, known before most of it is, and bounded by the slowest limit."""

import asyncio
from collections import Counter

import pytest
from builders import NOW
from tenants import OF_NOW

from scanner.collect import Choice, collect_estate
from scanner.collect._estimate import OF_EVERY_ACCOUNT, Effort, Holding, estimate
from scanner.emulator import TENANTS, Emulator, deny
from scanner.emulator.tenants import generate
from scanner.inventory import Reading, Scope, Shard
from scanner.inventory.journal import Journal
from scanner.options import Included, Skipped
from scanner.pacing import GRAPH, LOGS, TENANT, Pacer, lane_of
from scanner.progress import Silent
from scanner.session import Session, discover_cloud
from scanner.tokens import RenewableCredential

ONE, TWO = "11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"
NO_GRAPH = deny("Microsoft.ResourceGraph/*")


class Noted(Silent):
    """Keeps the estimates, and how many requests had been sent when each came."""

    def __init__(self, emulator):
        self.emulator = emulator
        self.estimates = []
        self.sent_before = 0

    def estimated(self, estimate):
        self.estimates.append(estimate)
        self.sent_before = len(self.emulator.requests)


def scanned(tenant, *, faults=(), scope=None, choice=None, journal=None, page_size=100):
    """Scan with the page size of Automation; returns what was told, the real requests by lane, and the estate."""
    emulator = Emulator(tenant, page_size=page_size, faults=faults)
    noted = Noted(emulator)

    async def run():
        transport = emulator.transport()
        cloud = await discover_cloud(emulator.arm_endpoint, transport)
        session = Session(cloud, RenewableCredential(emulator.credential), transport, Pacer(64, emulator.clock))
        options = {"progress": noted, "as_of": NOW, "choice": choice or Choice(), "journal": journal}
        return await collect_estate(session, scope or Scope(), **options)

    estate = asyncio.run(run())
    return noted, Counter(lane_of(method, f"https://host{path}") for method, path, _ in emulator.requests), estate


def within(real, expected):
    return 0.6 <= real / expected <= 1.5


SHAPES = [
    {"accounts": 24, "subscriptions": 3},
    {"accounts": 20, "subscriptions": 20},
    {"accounts": 3, "subscriptions": 18},
    {"accounts": 16, "subscriptions": 2, "groups": 1, "workers": 10, "runbooks": 4},
    {"accounts": 20, "subscriptions": 2, "groups": 1, "runbooks": 0, "connections": 0, "schedules": 0, "jobs": 0},
]


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@pytest.mark.parametrize("faults", [(), (NO_GRAPH,)], ids=["resource graph", "without it"])
def test_the_estimate_is_near_the_requests_of_generated_tenants(shape, faults):
    noted, real, _ = scanned(generate(now=NOW, **shape), faults=faults)
    [told] = noted.estimates
    assert within(real.total(), told.calls)
    assert (told.accounts, told.subscriptions) == (shape["accounts"], shape["subscriptions"])
    busiest, number = max(((lane, n) for lane, n in real.items() if len(lane) == len(ONE)), key=lambda pair: pair[1])
    assert within(number, told.lanes[busiest])


@pytest.mark.parametrize("name", OF_NOW)
def test_the_estimate_is_near_the_requests_of_the_tenants_that_ship(name):
    noted, _, estate = scanned(TENANTS[name](NOW))
    [told] = noted.estimates
    assert within(estate.facts.requests.sent - estate.facts.requests.retried, told.calls)


@pytest.mark.parametrize("left_out", [frozenset(Skipped), frozenset({Skipped.JOBS, Skipped.CONTENT})])
def test_what_is_left_out_is_not_counted(left_out):
    noted, real, _ = scanned(generate(now=NOW, accounts=20, subscriptions=2), choice=Choice(skipped=left_out))
    [told] = noted.estimates
    assert within(real.total(), told.calls)


def test_what_is_counted_for_each_account_is_what_is_read_of_one_that_holds_nothing():
    tenant = generate(
        now=NOW, accounts=1, subscriptions=1, groups=0, connections=0, runbooks=0, schedules=0, webhooks=0, jobs=0
    )
    _, _, estate = scanned(tenant)
    [account] = estate.accounts
    read = {read.reading for read in estate.reads if read.scope.lower() == account.id.key}
    assert read == set(OF_EVERY_ACCOUNT)


def test_included_variables_are_one_read_more_of_each_account():
    tenant = generate(now=NOW, accounts=12, subscriptions=2)
    with_variables = scanned(tenant, choice=Choice(included=frozenset(Included)))[0].estimates[0]
    assert with_variables.calls == scanned(tenant)[0].estimates[0].calls + 12


def test_most_requests_leave_after_the_estimate():
    noted, real, _ = scanned(generate(now=NOW, accounts=60, subscriptions=3), page_size=1000)
    assert noted.sent_before < real.total() / 10


def test_without_resource_graph_nothing_is_told_before_the_lists_are_in():
    noted, _, _ = scanned(generate(now=NOW, accounts=12, subscriptions=3), faults=[NO_GRAPH])
    assert [told.accounts for told in noted.estimates] == [12]


def test_only_what_is_in_scope_is_counted():
    noted, _, _ = scanned(generate(now=NOW, accounts=12, subscriptions=3), scope=Scope(resource_group="RG-00004"))
    assert [told.accounts for told in noted.estimates] == [1]


def test_a_shard_counts_what_others_may_call_for():
    parts = [
        scanned(generate(now=NOW, accounts=60, subscriptions=6), scope=Scope(shard=Shard(number=n, count=2)))
        for n in (1, 2)
    ]
    assert sum(noted.estimates[0].accounts for noted, _, _ in parts) == 60
    for noted, real, _ in parts:
        assert within(real.total(), noted.estimates[0].calls)


def test_a_scan_that_goes_on_makes_up_no_estimate():
    journal = Journal()
    journal.resumed = True
    assert scanned(generate(now=NOW, accounts=4, subscriptions=1), journal=journal)[0].estimates == []


# -- time -----------------------------------------------------------------------------------------------------------


def holding(subscription=ONE, accounts=0, workspaces=0, lists=()):
    return Holding(subscription=subscription, accounts=accounts, workspaces=workspaces, lists=frozenset(lists))


def test_the_largest_subscription_bounds_the_time():
    told = estimate([holding(ONE, 400), holding(TWO, 40)], Effort())
    assert told.lane == ONE
    assert told.seconds == (told.lanes[ONE] - 250) / 25
    assert told.share == pytest.approx(10 / 11, abs=0.01)


def test_few_requests_at_once_bound_the_time_when_subscriptions_are_small():
    told = estimate([holding(ONE, 10), holding(TWO, 10)], Effort(width=2, latency=0.5))
    assert (told.lane, told.seconds) == ("", told.calls / 2 * 0.5)


def test_slow_log_queries_bound_the_time_by_five_at_once():
    every = frozenset(Reading) - {Reading.HEARTBEATS, Reading.EVENTS}
    told = estimate([holding(ONE, 250, 250)], Effort(skipped=every, width=1000, latency=20))
    assert (told.lane, told.lanes[LOGS], told.seconds) == (LOGS, 50, 200)


def test_resource_graphs_pages_are_counted():
    assert estimate([holding()], Effort(), rows=40_000).lanes[GRAPH] == 40
    assert estimate([holding()], Effort()).lanes == {ONE: 2, TENANT: 1, GRAPH: 1}
