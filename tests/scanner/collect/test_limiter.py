"""The limiter: never wider than told, the important first, and no place is ever lost."""

import asyncio

import pytest

from scanner.collect._limiter import Limiter


@pytest.fixture
def order():
    return []


async def hold(limiter, rank, order, name, until=None):
    async with limiter.slot(rank):
        order.append(name)
        await (until.wait() if until else asyncio.sleep(0))


async def settle():
    for _ in range(5):
        await asyncio.sleep(0)


@pytest.mark.parametrize("width", [1, 2, 7])
async def test_at_most_so_many_hold_a_place(width):
    limiter, inside, most = Limiter(width), 0, 0

    async def work(rank):
        nonlocal inside, most
        async with limiter.slot(rank):
            inside += 1
            most = max(most, inside)
            await asyncio.sleep(0)
            inside -= 1

    await asyncio.gather(*(work(number % 3) for number in range(40)))
    assert most == width


async def test_the_lowest_rank_goes_first_then_the_earliest(order):
    limiter, open_ = Limiter(1), asyncio.Event()
    first = asyncio.create_task(hold(limiter, 9, order, "first", open_))
    await settle()
    waiting = [
        asyncio.create_task(hold(limiter, rank, order, name)) for rank, name in [(2, "c"), (0, "a"), (2, "d"), (1, "b")]
    ]
    await settle()
    open_.set()
    await asyncio.gather(first, *waiting)
    assert order == ["first", "a", "b", "c", "d"]


async def test_a_place_is_given_back_after_an_error():
    limiter = Limiter(1)
    with pytest.raises(LookupError):
        async with limiter.slot(0):
            raise LookupError
    async with asyncio.timeout(1), limiter.slot(0):
        assert True


async def test_one_that_gives_up_waiting_takes_no_place(order):
    limiter, open_ = Limiter(1), asyncio.Event()
    first = asyncio.create_task(hold(limiter, 0, order, "first", open_))
    gone = asyncio.create_task(hold(limiter, 0, order, "gone"))
    last = asyncio.create_task(hold(limiter, 1, order, "last"))
    await settle()
    gone.cancel()
    open_.set()
    await asyncio.gather(first, last)
    assert order == ["first", "last"]


async def test_one_that_gives_up_just_as_its_turn_comes_hands_it_on(order):
    limiter, open_ = Limiter(1), asyncio.Event()
    first = asyncio.create_task(hold(limiter, 0, order, "first", open_))
    chosen = asyncio.create_task(hold(limiter, 0, order, "chosen"))
    last = asyncio.create_task(hold(limiter, 0, order, "last"))
    await settle()
    open_.set()
    await asyncio.sleep(0)
    chosen.cancel()
    async with asyncio.timeout(1):
        await asyncio.gather(first, last)
    assert order[-1] == "last"


@pytest.mark.parametrize("number", range(8))
async def test_no_moment_of_cancellation_leaks_a_place(order, number):
    limiter = Limiter(2)
    tasks = [asyncio.create_task(hold(limiter, index % 2, order, index)) for index in range(12)]
    for _ in range(number):
        await asyncio.sleep(0)
    for task in tasks[::2]:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    both = asyncio.Event()
    holders = [asyncio.create_task(hold(limiter, 0, order, name, both)) for name in ("x", "y")]
    await settle()
    assert order[-2:] == ["x", "y"]
    both.set()
    await asyncio.gather(*holders)
