"""What the emulator does not know is an error that names it, never an empty list."""

import json
from dataclasses import replace

import pytest

from scanner.emulator import TENANTS, deny

ROOT = "/subscriptions/c0a70500-1111-4a6b-9c2d-000000000001"
ACCOUNTS = f"{ROOT}/providers/Microsoft.Automation/automationAccounts"
PLATFORM = f"{ROOT}/resourceGroups/rg-platform-automation/providers/Microsoft.Automation/automationAccounts/aa-platform"


def error(body):
    return body.get("error", body)


async def test_a_request_without_a_token_is_refused(wire):
    response = await wire().send("GET", "/subscriptions?api-version=2022-12-01", headers={})
    assert response.status == 401
    assert json.loads(response.body)["error"]["code"] == "AuthenticationFailed"


async def test_a_token_that_was_not_issued_is_refused(wire):
    sent = {"Authorization": "Bearer made-up"}
    response = await wire().send("GET", "/subscriptions?api-version=2022-12-01", headers=sent)
    assert (response.status, json.loads(response.body)["error"]["code"]) == (401, "InvalidAuthenticationToken")


@pytest.mark.parametrize(
    ("path", "code"),
    [
        (f"{PLATFORM}/watchers", "InvalidResourceType"),
        (f"{PLATFORM}/hybridRunbookWorkerGroups//hybridRunbookWorkers", "InvalidResourceType"),
        (f"{ROOT}/providers/Microsoft.Invented/things", "InvalidResourceNamespace"),
        ("/locations", "NotFound"),
        ("/common/discovery/instance", "NotFound"),
    ],
)
async def test_an_unknown_route_is_named(wire, path, code):
    found = error(await wire().get(path, status=404))
    assert found["code"] == code
    assert path.lower() in found["message"].lower()


async def test_an_unknown_version_is_answered_with_the_known_ones(wire):
    found = error(await wire().get(ACCOUNTS, "2030-01-01", status=400))
    assert found["code"] == "InvalidApiVersionParameter"
    assert found["message"] == (
        "The api-version '2030-01-01' is invalid. The supported versions are "
        "'2024-10-23,2023-11-01,2022-08-08,2021-06-22,2015-10-31'."
    )


async def test_a_missing_version_is_an_error(wire):
    response = await wire().send("GET", ACCOUNTS)
    assert (response.status, json.loads(response.body)["error"]["code"]) == (400, "MissingApiVersionParameter")


async def test_a_tenant_may_know_fewer_versions(wire, now):
    old = replace(TENANTS["spotless"](now), api_versions={"Microsoft.Automation": ("2022-08-08", "2023-11-01")})
    path = f"/subscriptions/{old.subscriptions[0].id}/providers/Microsoft.Automation/automationAccounts"
    assert "'2023-11-01,2022-08-08'" in error(await wire(old).get(path, status=400))["message"]
    assert await wire(old).all(path, "2023-11-01")


@pytest.mark.parametrize("option", ["$filter=a", "$top=3", "expand=x"])
async def test_an_unknown_query_option_is_named(wire, option):
    found = error(await wire().get(f"{ACCOUNTS}?{option}", status=400))
    assert option.partition("=")[0] in found["message"]


async def test_deleted_accounts_take_no_option_no_old_version_and_need_their_own_right(wire):
    path = f"{ROOT}/providers/Microsoft.Automation/deletedAutomationAccounts"
    assert await wire().get(path) == {"value": []}
    assert "$skip" in error(await wire().get(f"{path}?$skip=1", status=400))["message"]
    assert error(await wire().get(path, "2022-08-08", status=400))["code"] == "InvalidApiVersionParameter"
    denied = wire(faults=[deny("Microsoft.Automation/deletedAutomationAccounts/read")])
    assert error(await denied.get(path, status=403))["code"] == "AuthorizationFailed"


async def test_a_skip_token_of_nowhere_is_refused(wire):
    assert error(await wire().get(f"{ACCOUNTS}?$skiptoken=abc", status=400))["code"] == "InvalidSkipToken"
    assert error(await wire().get(f"{ACCOUNTS}?$skip=99", status=400))["code"] == "InvalidSkipToken"


async def test_an_unknown_subscription_is_not_found_and_an_invisible_one_is_denied(wire):
    contoso = wire()
    unknown = "/subscriptions/00000000-0000-0000-0000-000000000000"
    assert error(await contoso.get(unknown, status=404))["code"] == "SubscriptionNotFound"
    finance = next(item for item in contoso.emulator.tenant.workspaces if item.name == "law-ledger")
    assert error(await contoso.get(finance.id, status=403))["code"] == "AuthorizationFailed"


async def test_an_unknown_resource_is_the_gateways_404(wire):
    response = await wire().send("GET", f"{PLATFORM}x?api-version=2024-10-23")
    assert (response.status, response.headers["x-ms-failure-cause"]) == (404, "gateway")
    assert json.loads(response.body)["error"]["code"] == "ResourceNotFound"
    elsewhere = PLATFORM.replace("rg-platform-automation", "rg-none")
    assert error(await wire().get(elsewhere, status=404))["code"] == "ResourceGroupNotFound"


@pytest.mark.parametrize(
    ("child", "message"),
    [
        ("hybridRunbookWorkerGroups/none", "Hybrid Worker Group not found"),
        ("hybridRunbookWorkerGroups/none/hybridRunbookWorkers", "Hybrid Worker Group not found"),
        ("connections/none", ""),
    ],
)
async def test_automations_own_404_is_flat(wire, child, message):
    assert await wire().get(f"{PLATFORM}/{child}", status=404) == {"code": "NotFound", "message": message}


async def test_names_of_segments_compare_without_case(wire):
    contoso = wire()
    assert (await contoso.get(PLATFORM.upper().replace("/PROVIDERS", "/providers"), "2024-10-23"))[
        "name"
    ] == "aa-platform"


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "POST"])
async def test_a_write_is_refused_and_recorded(wire, method):
    contoso = wire()
    response = await contoso.send(method, f"{PLATFORM}/listKeys?api-version=2024-10-23")
    assert response.status == 405
    assert contoso.emulator.writes == [(method, f"{PLATFORM}/listKeys", "api-version=2024-10-23")]


async def test_every_request_is_logged_and_reads_write_nothing(wire):
    contoso = wire()
    await contoso.all("/subscriptions")
    assert contoso.emulator.requests[0] == ("GET", "/subscriptions", "api-version=2022-12-01")
    assert contoso.emulator.writes == []


async def test_request_ids_depend_only_on_the_seed_and_the_count(wire):
    async def ids(seed):
        contoso = wire(seed=seed)
        return [
            (await contoso.send("GET", "/subscriptions?api-version=2022-12-01")).headers["x-ms-request-id"]
            for _ in "ab"
        ]

    assert await ids(1) == await ids(1) != await ids(2)
    assert len(set(await ids(1))) == 2
