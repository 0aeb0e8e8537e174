"""The tasks of a scan: few at once, no subscription in another's way, and nothing forgotten when a scan is cut off."""

import asyncio
from collections import Counter

import pytest
from builders import NOW

from scanner.collect import _tasks
from scanner.collect._tasks import Tasks, waited
from scanner.emulator import generate
from scanner.inventory import GapReason

OF_EVERY_ACCOUNT = 12


@pytest.fixture
def narrow(monkeypatch):
    """Make room for 64 tasks, 32 of one subscription."""
    for name, value in (("MOST", 64), ("MOST_OF_ONE", 32), ("IDLE_UNTIL", 128)):
        monkeypatch.setattr(_tasks, name, value)


def most_tasks_at_once():
    """Count the running loop's tasks from now on; returns where the most are told."""
    loop, live = asyncio.get_running_loop(), Counter()

    def ended(_):
        live["now"] -= 1

    def counted(loop, work, **options):
        task = asyncio.Task(work, loop=loop, **options)
        task.add_done_callback(ended)
        live["now"] += 1
        live["most"] = max(live["most"], live["now"])
        return task

    loop.set_task_factory(counted)
    return live


# -- whole scans ----------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("narrow")
async def test_a_scan_of_a_hundred_accounts_has_a_bounded_number_of_tasks(collect):
    live, subscriptions = most_tasks_at_once(), 40
    estate, _ = await collect(generate(accounts=100, subscriptions=subscriptions, now=NOW), page_size=1000)
    assert len(estate.accounts) == 100
    assert not estate.ledger.gaps
    of_subscriptions = 8 * subscriptions
    assert live["most"] < 128 + 3 * OF_EVERY_ACCOUNT + of_subscriptions < 100 * OF_EVERY_ACCOUNT


async def test_the_bounds_change_nothing_of_what_is_seen(collect, monkeypatch):
    tenant = generate(accounts=12, subscriptions=3, now=NOW)
    wide, _ = await collect(tenant)
    for name in ("MOST", "MOST_OF_ONE", "IDLE_UNTIL"):
        monkeypatch.setattr(_tasks, name, 1)
    narrow, _ = await collect(tenant)
    assert [found.id for found in narrow.workers] == [found.id for found in wide.workers]
    assert {(read.reading, read.scope) for read in narrow.reads} == {(read.reading, read.scope) for read in wide.reads}


@pytest.mark.usefixtures("narrow")
@pytest.mark.parametrize("number", [5, 6, 7, 20, 50, 100, 200, 400])
async def test_a_scan_that_is_cut_off_owns_up_to_every_account_that_it_had_not_begun(collect, watched, number):
    stop = asyncio.Event()

    async def stop_at(sent, _url):
        if sent == number:
            stop.set()

    tenant = generate(accounts=60, subscriptions=2, now=NOW)
    estate, _ = await collect(tenant, through=watched(stop_at), stop=stop, page_size=1000)
    assert estate.facts.interrupted
    assert {gap.reason for gap in estate.ledger.gaps} == {GapReason.INTERRUPTED}
    accounts = {account.id.key for account in estate.accounts}
    told = Counter(read.scope.lower() for read in estate.reads)
    assert all(told[account] >= OF_EVERY_ACCOUNT for account in accounts)
    assert watched.made[0].in_flight == 0


# -- the bounds -----------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("narrow")
async def test_a_subscription_that_stands_still_does_not_stall_others():
    tasks, still, done = Tasks(), asyncio.Event(), []

    async def other():
        done.append(len(done))
        if len(done) == 500:
            still.set()

    async with asyncio.timeout(5), tasks.running():
        for subscription in ("stuck", "stuck too", "stuck as well"):
            for _ in range(500):
                tasks.begin(subscription, lambda: tasks.start(still.wait()))
        for _ in range(500):
            tasks.begin("other", lambda: tasks.start(other()))
    assert len(done) == 500


@pytest.mark.usefixtures("narrow")
async def test_who_waits_for_a_list_leaves_room_for_those_that_do_not():
    tasks, known, done = Tasks(), asyncio.get_running_loop().create_future(), []

    async def waiting():
        done.append(await waited(known))

    async def tells():
        known.set_result("shown")

    async with asyncio.timeout(5), tasks.running():
        for _ in range(300):
            tasks.begin("one", lambda: tasks.start(waiting()))
        tasks.begin("one", lambda: tasks.start(tells()))
    assert done == ["shown"] * 300


@pytest.mark.usefixtures("narrow")
async def test_after_an_error_nothing_more_begins():
    tasks, begun = Tasks(), []

    async def fails():
        begun.append(1)
        raise ValueError

    async def run():
        async with tasks.running():
            for _ in range(500):
                tasks.begin("one", lambda: tasks.start(fails()))

    with pytest.raises(ExceptionGroup):
        await run()
    assert len(begun) <= 32


@pytest.mark.usefixtures("narrow")
async def test_what_is_started_for_everybody_takes_no_subscriptions_room():
    tasks, still, done = Tasks(), asyncio.Event(), []

    async def other():
        done.append(1)
        if len(done) == 200:
            still.set()

    async with asyncio.timeout(5), tasks.running():
        tasks.begin("one", lambda: [tasks.start_apart(still.wait()) for _ in range(100)])
        for _ in range(200):
            tasks.begin("one", lambda: tasks.start(other()))
    assert len(done) == 200
