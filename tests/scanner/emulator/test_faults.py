"""Faults are values: each does what it says, where it says, as often as it says."""

import json

import pytest

from scanner.emulator import answer, deny, garble, reset, slow, throttle, truncate

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
