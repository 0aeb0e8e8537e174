"""Faults are values: each does what it says, where it says, as often as it says."""

import json
import math
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import pytest
from azure.core.exceptions import ServiceResponseTimeoutError
from azure.core.rest import HttpRequest

from scanner.emulator import (
    Told,
    answer,
    deny,
    expire,
    garble,
    hang,
    reset,
    slow,
    throttle,
    truncate,
)

LIST = "/subscriptions?api-version=2022-12-01"
PLATFORM = (
    "/subscriptions/c0a70500-1111-4a6b-9c2d-000000000001/resourceGroups/rg-platform-automation"
    "/providers/Microsoft.Automation/automationAccounts/aa-platform"
)


async def statuses(wire, count):
    return [(await wire.send("GET", LIST)).status for _ in range(count)]


async def test_deny_speaks_arms_words(wire):
    denied = wire(faults=[deny("microsoft.automation/automationaccounts/CERTIFICATES/read", "/aa-platform/")])
    error = (await denied.get(f"{PLATFORM}/certificates", status=403))["error"]
    login = denied.emulator.login
    assert error == {
        "code": "AuthorizationFailed",
        "message": f"The client '{login.client_id}' with object id '{login.object_id}' does not have authorization to "
        f"perform action 'Microsoft.Automation/automationAccounts/certificates/read' over scope '{PLATFORM}' or the "
        "scope is invalid. If access was recently granted, please refresh your credentials.",
    }
    await denied.get(PLATFORM.replace("aa-platform", "aa-develop") + "/certificates")
    await denied.get(f"{PLATFORM}/connections")


async def test_deny_of_every_action_of_a_provider(wire):
    denied = wire("spotless", faults=[deny("Microsoft.Automation/*")])
    path = denied.emulator.tenant.accounts[0].id
    await denied.get(path, status=403)
    await denied.get(f"{path}/linkedWorkspace", status=403)


async def test_throttle_hits_every_nth_request(wire):
    assert await statuses(wire(faults=[throttle(3, times=2)]), 10) == [200, 200, 429, 200, 200, 429, 200, 200, 200, 200]


@pytest.mark.parametrize(("retry_after", "header"), [(372, "372"), (0, "0"), (None, None)])
async def test_throttle_says_when_to_come_back_if_told_so(wire, retry_after, header):
    response = await wire(faults=[throttle(1, retry_after=retry_after)]).send("GET", LIST)
    assert response.headers.get("Retry-After") == header
    assert json.loads(response.body)["error"]["code"] == "SubscriptionRequestsThrottled"


async def test_slow_and_latency_are_told_to_the_door(wire):
    response = await wire(latency=0.25, faults=[slow(7, "/subscriptions")]).send("GET", LIST)
    assert response.delay == 7.25


async def test_reset_truncate_and_garble_are_told_to_the_door(wire):
    whole = (await wire().send("GET", LIST)).body
    assert (await wire(faults=[reset()]).send("GET", LIST)).reset
    assert (await wire(faults=[truncate(share=0.25)]).send("GET", LIST)).cut == len(whole) // 4
    with pytest.raises(json.JSONDecodeError):
        json.loads((await wire(faults=[garble()]).send("GET", LIST)).body)
    page = await wire(faults=[garble(html=True)]).send("GET", LIST)
    assert (page.status, page.headers["Content-Type"], page.body[:9]) == (200, "text/html", b"<!DOCTYPE")


async def test_answer_replaces_the_real_one_so_many_times(wire):
    odd = wire(faults=[answer(503, "<h1>Down</h1>", {"Content-Type": "text/html"}, "/subscriptions", 2)])
    assert await statuses(odd, 3) == [503, 503, 200]


async def test_the_open_endpoints_are_hit_only_when_named(wire):
    everywhere, named = wire(faults=[answer(500)]), wire(faults=[answer(500, scope="/metadata")])
    assert (await everywhere.send("GET", "/metadata/endpoints?api-version=2022-09-01")).status == 200
    assert (await named.send("GET", "/metadata/endpoints?api-version=2022-09-01")).status == 500


async def test_a_route_that_does_not_exist_can_be_answered_by_naming_it(wire):
    odd = wire(faults=[answer(202, "{}", scope="/providers/Microsoft.Invented")])
    assert (await odd.send("GET", "/providers/Microsoft.Invented/things")).status == 202


async def test_a_cached_answer_still_needs_a_token(wire):
    contoso = wire()
    await contoso.send("GET", LIST)
    assert (await contoso.send("GET", LIST, headers={})).status == 401


async def test_throttle_tells_its_wait_by_a_date_or_in_its_text(wire):
    by_date, by_seconds, by_moment = [
        await wire(faults=[throttle(1, retry_after=372, told=told)]).send("GET", LIST)
        for told in (Told.DATE, Told.SECONDS, Told.MOMENT)
    ]
    made, back = (parsedate_to_datetime(by_date.headers[name]) for name in ("Date", "Retry-After"))
    assert back - made == timedelta(seconds=372)
    assert "after '372' seconds" in json.loads(by_seconds.body)["error"]["message"]
    assert re.search(rb"retry after '\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{7}Z' UTC", by_moment.body)
    assert by_moment.headers["Content-Type"].startswith("text/plain")
    assert "Retry-After" not in by_seconds.headers.keys() | by_moment.headers.keys()


async def test_a_throttle_that_asks_for_nothing_names_no_time(wire):
    response = await wire(faults=[throttle(1, retry_after=None)]).send("GET", LIST)
    assert b"again after" not in response.body


async def test_a_request_that_hangs_is_given_up_in_process_by_the_door(wire):
    hung = wire(faults=[hang()])
    assert (await hung.send("GET", LIST)).delay == math.inf
    with pytest.raises(ServiceResponseTimeoutError):
        await hung.emulator.transport().send(HttpRequest("GET", hung.emulator.arm_endpoint + LIST))
    assert hung.emulator.clock.now() == 60


async def test_expire_ends_the_tokens_given_so_far_and_no_later_ones(wire):
    there = wire(faults=[expire(2)])
    old = {"Authorization": f"Bearer {there.emulator.login.issue()}"}
    answers = [await there.send("GET", LIST, headers=old) for _ in range(4)]
    assert [answer.status for answer in answers] == [200, 200, 401, 401]
    assert json.loads(answers[-1].body)["error"]["code"] == "ExpiredAuthenticationToken"
    assert (await there.send("GET", LIST)).status == 200


async def test_a_fault_may_begin_late_and_end_after_some_seconds(wire):
    there = wire(faults=[replace(answer(503), scope=LIST.partition("?")[0], after=1, seconds=60)])
    assert await statuses(there, 3) == [200, 503, 503]
    await there.emulator.clock.sleep(60)
    assert await statuses(there, 2) == [200, 200]


async def test_the_date_of_an_answer_is_the_present_shifted_as_told(wire):
    for shift in (timedelta(0), timedelta(hours=-1)):
        response = await wire(clock_shift=shift).send("GET", LIST)
        off = parsedate_to_datetime(response.headers["Date"]) - datetime.now(UTC) - shift
        assert abs(off) < timedelta(minutes=1)


async def test_the_metadata_may_name_another_host_for_log_queries(wire):
    there = wire(logs="https://logs.invalid")
    [cloud] = await there.get("/metadata/endpoints", "2022-09-01")
    assert cloud["logAnalyticsResourceId"] == "https://logs.invalid"
