"""The Pacer: Azure's limits are kept, nobody waits for another's, the important first, and no place is ever lost."""

import asyncio
from contextlib import asynccontextmanager

import pytest

from scanner.limits import Bucket, Window
from scanner.pacing import GRAPH, LOGS, TENANT, Pacer, lane_of

ONE, TWO = "11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"
LEFT = "x-ms-ratelimit-remaining-subscription-reads"


@pytest.fixture
def order():
    return []


@asynccontextmanager
async def turn(pacer, lane=ONE, rank=2):
    await pacer.enter(lane, rank)
    try:
        yield
    finally:
        pacer.leave(lane)


async def hold(pacer, rank, order, name, until=None, *, lane=ONE):
    async with turn(pacer, lane, rank):
        order.append(name)
        await (until.wait() if until else asyncio.sleep(0))


async def settle():
    for _ in range(5):
        await asyncio.sleep(0)


async def pass_through(pacer, lane, number, *, left=None, seconds=0.1):
    """Send so many requests, each answered at once; returns the clock's time at the end."""

    async def one():
        async with turn(pacer, lane):
            await asyncio.sleep(0)
        pacer.answered(lane, {} if left is None else {LEFT: str(left)}, kind="", seconds=seconds)

    await asyncio.gather(*(one() for _ in range(number)))
    return pacer.clock.now()


def refuse(pacer, wait, kind="a list", times=2):
    """Refuse two requests in a row; tells whether it is worth waiting."""
    return [pacer.refused(ONE, kind, wait) for _ in range(times)][-1]


# -- places ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("width", [1, 2, 7])
async def test_at_most_so_many_are_in_flight(width):
    pacer, inside, most = Pacer(width), 0, 0

    async def work(rank):
        nonlocal inside, most
        async with turn(pacer, rank=rank):
            inside += 1
            most = max(most, inside)
            await asyncio.sleep(0)
            inside -= 1

    await asyncio.gather(*(work(number % 3) for number in range(40)))
    assert most == width


async def test_the_lowest_rank_goes_first_then_the_earliest(order):
    pacer, open_ = Pacer(1), asyncio.Event()
    first = asyncio.create_task(hold(pacer, 9, order, "first", open_))
    await settle()
    waiting = [
        asyncio.create_task(hold(pacer, rank, order, name)) for rank, name in [(2, "c"), (0, "a"), (2, "d"), (1, "b")]
    ]
    await settle()
    open_.set()
    await asyncio.gather(first, *waiting)
    assert order == ["first", "a", "b", "c", "d"]


async def test_subscriptions_take_turns(order):
    pacer, open_ = Pacer(1), asyncio.Event()
    first = asyncio.create_task(hold(pacer, 0, order, "first", open_))
    await settle()
    many = [asyncio.create_task(hold(pacer, 2, order, "one", lane=ONE)) for _ in range(4)]
    await settle()
    few = [asyncio.create_task(hold(pacer, 2, order, "two", lane=TWO)) for _ in range(2)]
    await settle()
    open_.set()
    await asyncio.gather(first, *many, *few)
    assert order[1:5] == ["one", "two", "one", "two"]


async def test_a_place_is_given_back_after_an_error():
    pacer = Pacer(1)
    with pytest.raises(LookupError):
        async with turn(pacer):
            raise LookupError
    async with asyncio.timeout(1), turn(pacer):
        assert pacer.in_flight == 1


async def test_one_that_gives_up_waiting_takes_no_place(order):
    pacer, open_ = Pacer(1), asyncio.Event()
    first = asyncio.create_task(hold(pacer, 0, order, "first", open_))
    gone = asyncio.create_task(hold(pacer, 0, order, "gone"))
    last = asyncio.create_task(hold(pacer, 1, order, "last"))
    await settle()
    gone.cancel()
    open_.set()
    await asyncio.gather(first, last)
    assert order == ["first", "last"]


async def test_one_that_gives_up_just_as_its_turn_comes_hands_it_on(order):
    pacer, open_ = Pacer(1), asyncio.Event()
    first = asyncio.create_task(hold(pacer, 0, order, "first", open_))
    chosen = asyncio.create_task(hold(pacer, 0, order, "chosen"))
    last = asyncio.create_task(hold(pacer, 0, order, "last"))
    await settle()
    open_.set()
    await asyncio.sleep(0)
    chosen.cancel()
    async with asyncio.timeout(1):
        await asyncio.gather(first, last)
    assert order[-1] == "last"


@pytest.mark.parametrize("number", range(8))
async def test_no_moment_of_cancellation_leaks_a_place(order, number):
    pacer = Pacer(2)
    tasks = [asyncio.create_task(hold(pacer, index % 2, order, index)) for index in range(12)]
    for _ in range(number):
        await asyncio.sleep(0)
    for task in tasks[::2]:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert pacer.in_flight == 0
    both = asyncio.Event()
    holders = [asyncio.create_task(hold(pacer, 0, order, name, both)) for name in ("x", "y")]
    await settle()
    assert order[-2:] == ["x", "y"]
    both.set()
    await asyncio.gather(*holders)


# -- limits ---------------------------------------------------------------------------------------------------------


async def test_a_subscription_gets_its_bucket_at_once_and_the_rest_as_it_fills(clock):
    pacer = Pacer(64, clock)
    assert await pass_through(pacer, ONE, 250) == 0
    assert await pass_through(pacer, ONE, 100) == pytest.approx(100 / 25, rel=0.02)


async def test_a_subscription_whose_bucket_is_empty_stalls_no_other(clock):
    pacer = Pacer(8, clock)
    slow = asyncio.create_task(pass_through(pacer, ONE, 300))
    assert await pass_through(pacer, TWO, 200) < 1
    assert await slow == pytest.approx(50 / 25, rel=0.05)


async def test_the_tenants_own_count_is_learnt_where_it_is_smaller(clock):
    pacer = Pacer(64, clock)
    await pass_through(pacer, ONE, 1, left=0)
    assert await pass_through(pacer, ONE, 25) == pytest.approx(1, rel=0.05)


async def test_the_tenants_own_count_is_learnt_where_it_is_larger(clock):
    pacer = Pacer(64, clock)
    await pass_through(pacer, ONE, 1, left=5_000)
    assert await pass_through(pacer, ONE, 2_000, left=5_000) == 0


async def test_a_large_count_is_not_believed_beside_a_refusal(clock):
    pacer = Pacer(64, clock)
    await pass_through(pacer, ONE, 1, left=15_000)
    refuse(pacer, 2.0)
    assert await pass_through(pacer, ONE, 1, left=15_000) == pytest.approx(2)
    assert await pass_through(pacer, ONE, 40, left=15_000) >= 2 + 40 / 25


async def test_a_large_count_of_a_slow_answer_is_too_old_to_be_believed(clock):
    pacer = Pacer(64, clock)
    await pass_through(pacer, ONE, 250, left=5_000, seconds=30.0)
    assert await pass_through(pacer, ONE, 25) == pytest.approx(1, rel=0.05)


async def test_refusals_in_a_row_stop_their_subscription_for_as_long_as_they_say(clock):
    pacer = Pacer(64, clock)
    refuse(pacer, 17.0)
    assert await pass_through(pacer, TWO, 10) == 0
    assert await pass_through(pacer, ONE, 1) == pytest.approx(17)


async def test_one_refusal_among_answers_slows_its_subscription_down_only(clock):
    pacer = Pacer(64, clock)
    assert refuse(pacer, 17.0, times=1)
    assert await pass_through(pacer, ONE, 26) == pytest.approx(1, rel=0.2)


async def test_a_kind_of_request_that_alone_is_refused_stops_no_other(clock):
    pacer = Pacer(64, clock)
    for _ in range(5):
        refuse(pacer, 30.0, times=1)
        pacer.answered(ONE, {}, kind="another list", seconds=0.1)
    before = clock.now()
    refuse(pacer, 30.0, times=4)
    assert await pass_through(pacer, ONE, 20) - before < 2


async def test_waiting_is_in_vain_after_two_minutes_of_nothing_but_refusals(clock):
    pacer = Pacer(64, clock)
    assert refuse(pacer, 5.0)
    clock.time += 119
    assert refuse(pacer, 5.0, kind="another list")
    clock.time += 2
    assert not refuse(pacer, 5.0, kind="a third")
    pacer.answered(ONE, {}, kind="a third", seconds=0.1)
    assert refuse(pacer, 5.0, kind="a third")


async def test_a_bucket_that_refuses_again_and_again_is_asked_more_slowly_and_trusted_again_later(clock):
    pacer = Pacer(64, clock)
    for _ in range(3):
        refuse(pacer, 1.0)
        clock.time += 5
    before = clock.now()
    slow = await pass_through(pacer, ONE, 200) - before
    assert slow > 200 / 25
    await pass_through(pacer, ONE, 1_000)
    before = clock.now()
    assert await pass_through(pacer, ONE, 100) - before == pytest.approx(100 / 25, rel=0.1)


async def test_log_queries_run_five_at_once_and_two_hundred_in_half_a_minute(clock):
    pacer, most, inside = Pacer(64, clock), 0, 0

    async def one():
        nonlocal most, inside
        async with turn(pacer, LOGS):
            inside += 1
            most = max(most, inside)
            await asyncio.sleep(0)
            inside -= 1

    await asyncio.gather(*(one() for _ in range(200)))
    assert (most, clock.now()) == (5, 0)
    await one()
    assert clock.now() == pytest.approx(30)


async def test_resource_graph_is_asked_fifteen_times_in_five_seconds(clock):
    pacer = Pacer(64, clock)
    assert await pass_through(pacer, GRAPH, 15) == 0
    assert await pass_through(pacer, GRAPH, 1) == pytest.approx(5)


async def test_resource_graphs_own_quota_is_learnt(clock):
    pacer = Pacer(64, clock)
    used_up = {"x-ms-user-quota-remaining": "0", "x-ms-user-quota-resets-after": "00:00:03"}
    pacer.answered(GRAPH, used_up, kind="", seconds=0.1)
    assert await pass_through(pacer, GRAPH, 1) == pytest.approx(3)


@pytest.mark.parametrize(
    "headers",
    [
        {LEFT: "many"},
        {LEFT: ""},
        {LEFT: "-3"},
        {"x-ms-user-quota-remaining": "0"},
        {"x-ms-user-quota-remaining": "0", "x-ms-user-quota-resets-after": "soon"},
    ],
)
async def test_headers_that_cannot_be_read_change_nothing(clock, headers):
    pacer = Pacer(64, clock)
    for lane in (ONE, GRAPH):
        pacer.answered(lane, headers, kind="", seconds=0.1)
        assert await pass_through(pacer, lane, 10) == 0


@pytest.mark.parametrize(
    ("limit", "requests", "seconds"),
    [(Bucket(), 250, 0), (Bucket(), 500, 10), (Window(200, 30), 200, 0), (Window(200, 30), 401, 60)],
)
def test_a_limit_tells_the_least_time_that_so_many_requests_take(limit, requests, seconds):
    assert limit.seconds_for(requests) == pytest.approx(seconds)


@pytest.mark.parametrize(
    ("method", "url", "lane"),
    [
        ("GET", f"https://management.azure.com/subscriptions/{ONE.upper()}/providers/x?api-version=1", ONE),
        ("GET", f"https://management.azure.com:443/SUBSCRIPTIONS/{ONE}?api-version=1", ONE),
        ("GET", "https://management.azure.com/subscriptions?api-version=1", TENANT),
        ("GET", "https://management.azure.com/providers/Microsoft.Management/managementGroups/m/descendants", TENANT),
        ("POST", "https://management.azure.com/providers/Microsoft.ResourceGraph/resources?api-version=1", GRAPH),
        ("POST", f"https://api.loganalytics.io/v1/workspaces/{ONE}/query", LOGS),
    ],
)
def test_each_request_has_its_lane(method, url, lane):
    assert lane_of(method, url) == lane


# -- width ----------------------------------------------------------------------------------------------------------


def answer(pacer, number, seconds, kind="a list"):
    for _ in range(number):
        pacer.answered(ONE, {}, kind=kind, seconds=seconds)


def test_the_width_shrinks_while_answers_take_longer_than_usual_and_grows_again(clock):
    pacer = Pacer(64, clock)
    answer(pacer, 200, 0.1)
    assert pacer.width == 64
    answer(pacer, 300, 0.9)
    narrow = pacer.width
    assert narrow < 64
    answer(pacer, 1_000, 0.1)
    assert pacer.width == 64


def test_one_slow_kind_of_request_is_no_sign_of_a_slow_service(clock):
    pacer = Pacer(64, clock)
    for _ in range(50):
        answer(pacer, 10, 0.1)
        answer(pacer, 1, 8.0, kind="a metric")
    assert pacer.width == 64


def test_the_width_never_falls_below_what_makes_progress_and_never_rises_above_what_the_user_allows(clock):
    pacer, alone = Pacer(32, clock), Pacer(1, clock)
    for _ in range(1_000):
        pacer.failed()
        alone.failed()
    assert (pacer.width, alone.width) == (8, 1)
    answer(pacer, 1_000, 0.1)
    assert pacer.width == 32


# -- the outlook ----------------------------------------------------------------------------------------------------


class StoppedClock:
    """A clock that stands still, so that whoever sleeps sleeps for ever."""

    def __init__(self):
        self.time = 1000.0

    def now(self):
        return self.time

    async def sleep(self, seconds):
        await asyncio.Event().wait()


@asynccontextmanager
async def waiting(pacer, lane, number):
    """So many requests that all want to leave at once."""
    tasks = [asyncio.ensure_future(pass_through(pacer, lane, 1)) for _ in range(number)]
    await settle()
    yield
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)


async def test_what_waits_for_a_subscription_tells_how_long_and_for_which():
    pacer = Pacer(1000, StoppedClock())
    async with waiting(pacer, ONE, 500), waiting(pacer, TWO, 300):
        ahead = pacer.outlook({})
    assert (ahead.seconds, ahead.lane) == (pytest.approx(250 / 25), ONE)
    assert 0 < ahead.next_in <= 1 / 25


async def test_what_a_scan_expects_counts_before_it_waits_and_not_when_it_was_sent():
    pacer = Pacer(1000, StoppedClock())
    expected = {ONE: 1250}
    assert pacer.outlook(expected).seconds == pytest.approx(1000 / 25)
    await pass_through(pacer, ONE, 100)
    assert pacer.outlook(expected).seconds == pytest.approx(1000 / 25)
    pacer.clock.time += 4
    assert pacer.outlook(expected).seconds == pytest.approx(900 / 25)
    assert pacer.outlook(expected).lane == ""  # nothing is held up yet


async def test_a_throttled_subscription_tells_when_its_next_request_may_leave():
    pacer = Pacer(64, StoppedClock())
    refuse(pacer, 45.0)
    async with waiting(pacer, ONE, 1):
        ahead = pacer.outlook({})
    assert (ahead.lane, ahead.next_in) == (ONE, pytest.approx(45.0))
    assert ahead.seconds >= 45.0


async def test_without_a_limit_in_the_way_the_width_and_the_latency_tell_the_time():
    pacer = Pacer(2, StoppedClock())
    assert pacer.latency == 0.1
    await pass_through(pacer, ONE, 1, seconds=0.5)
    ahead = pacer.outlook({ONE: 101})
    assert (ahead.lane, ahead.seconds) == ("", pytest.approx(100 / 2 * 0.5))


async def test_nothing_ahead_takes_no_time():
    pacer = Pacer(64, StoppedClock())
    await pass_through(pacer, ONE, 10)
    assert pacer.outlook({ONE: 5}).seconds == 0


@pytest.mark.parametrize("made", [lambda: Window(3, 5.0), lambda: Bucket(3, 2)], ids=["window", "bucket"])
@pytest.mark.parametrize("sent", [0, 1, 3])
def test_a_limit_foretells_when_so_many_more_have_left(made, sent):
    limit, now = made(), 100.0
    for _ in range(sent):
        limit.take(now)
    now += 1
    told = [limit.seconds_until(number, now) for number in range(10)]
    left = [0.0]
    at = now
    for _ in range(9):
        at += limit.wait(at)
        limit.take(at)
        left.append(at - now)
    assert told == pytest.approx(left)
