"""A 403 under load gets one slow second look before it counts as denied."""

import asyncio

import pytest
from azure.core.rest import HttpRequest
from builders import account_id

from scanner.clouds import CLOUDS
from scanner.pacing import Pacer
from scanner.session import Session
from scanner.tokens import RenewableCredential

ARM = "https://management.azure.com"
DENIED = (403, {"error": {"code": "AuthorizationFailed", "message": "no"}}, {})
GRANTED = {"value": []}


@pytest.fixture
def session(script, credential):
    return Session(CLOUDS["AzureCloud"], RenewableCredential(lambda: credential), script, Pacer(64, script.clock))


def path(number, what="certificates"):
    return f"{account_id(f'aa{number}')}/{what}"


async def get(session, address, **options):
    return (await session.automation.send_request(HttpRequest("GET", ARM + address), **options)).status_code


@pytest.fixture
async def load(session, script):
    """Another request that is out all the time."""
    began, ended = asyncio.Event(), asyncio.Event()

    async def slow(_sent):
        began.set()
        await ended.wait()
        return GRANTED

    script.on("/subscriptions", slow)
    other = asyncio.create_task(get(session, "/subscriptions"))
    await began.wait()
    yield
    ended.set()
    await other


async def test_a_403_that_passes_is_no_denial(script, session, load):
    script.on(path(1), DENIED, GRANTED)
    assert await get(session, path(1)) == 200
    assert session.counts.retried == 1
    assert 1.0 <= script.waits[0] <= 2.0


async def test_a_403_that_stays_is_a_denial_after_one_look(script, session, load):
    script.on(path(1), DENIED)
    assert await get(session, path(1)) == 403
    assert [sent.url for sent in script.sent].count(ARM + path(1)) == 2


async def test_a_403_without_any_load_counts_at_once(script, session):
    script.on(path(1), DENIED, GRANTED)
    assert await get(session, path(1)) == 403
    assert script.waits == []


async def test_a_request_can_take_a_403_at_its_word(script, session, load):
    script.on(path(1), DENIED, GRANTED)
    assert await get(session, path(1), second_look=False) == 403


async def test_denials_alike_are_not_looked_at_for_ever(script, session, load):
    for number in range(40):
        script.on(path(number), DENIED)
    assert set(await asyncio.gather(*(get(session, path(n), kind="certificates") for n in range(40)))) == {403}
    assert session.counts.retried == 3


async def test_where_one_denial_passed_every_other_gets_its_look(script, session, load):
    for number in range(20):
        script.on(path(number), DENIED, GRANTED)
    assert set(await asyncio.gather(*(get(session, path(n), kind="certificates") for n in range(20)))) == {200}


async def test_denials_of_another_kind_are_looked_at_on_their_own(script, session, load):
    for number in range(10):
        script.on(path(number), DENIED)
    await asyncio.gather(*(get(session, path(n), kind="certificates") for n in range(10)))
    script.on(path(1, "connections"), DENIED, GRANTED)
    assert await get(session, path(1, "connections"), kind="connections") == 200
