"""Role assignments: who may read what, from the management group down to the resource."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from scanner.emulator import TENANTS, Assignment, deny
from scanner.emulator.tenants.model import ManagementGroup

READ_ACCOUNTS = "Microsoft.Automation/automationAccounts/read"
READ_GROUPS = "Microsoft.Automation/automationAccounts/hybridRunbookWorkerGroups/read"
QUERY = "Microsoft.OperationalInsights/workspaces/query/read"


@pytest.fixture
def tenant(now):
    return TENANTS["spotless"](now)


@pytest.fixture
def account(tenant):
    return tenant.accounts[0]


@pytest.fixture
def other(tenant, account):
    """An account of the same subscription, in another resource group."""
    return next(a for a in tenant.accounts if a.subscription == account.subscription and a.id != account.id)


def groups_of(account):
    return f"{account.id}/hybridRunbookWorkerGroups"


async def test_without_assignments_everything_may_be_read(wire, account):
    assert await wire("spotless").all(groups_of(account))


async def test_without_any_role_nothing_may_be_read_and_no_subscription_is_listed(wire, account):
    client = wire("spotless", access=())
    assert await client.all("/subscriptions") == []
    refusal = await client.get(groups_of(account), status=403)
    assert refusal["error"]["code"] == "AuthorizationFailed"
    assert f"perform action '{READ_GROUPS}'" in refusal["error"]["message"]


@pytest.mark.parametrize(
    "scope",
    ["", "/", "subscription", "group", "account", "account in capitals", "management group", "parent group"],
)
async def test_a_role_holds_at_its_scope_and_below(wire, tenant, account, other, scope):
    subscription = f"/subscriptions/{account.subscription}"
    parent = "/providers/Microsoft.Management/managementGroups"
    scopes = {
        "": "",
        "/": "/",
        "subscription": subscription,
        "group": f"{subscription}/resourceGroups/{account.resource_group}",
        "account": account.id,
        "account in capitals": account.id.upper(),
        "management group": f"{parent}/mg-NORTHWIND",
        "parent group": f"{parent}/mg-root",
    }
    root = ManagementGroup("mg-root", "Root")
    own = tuple(replace(group, parent="MG-root") for group in tenant.management_groups)
    made = replace(tenant, management_groups=(root, *own), access=(Assignment(scopes[scope], (READ_GROUPS,)),))
    client = wire(made)
    assert await client.all(groups_of(account))
    narrow = scope in ("group", "account", "account in capitals")
    await client.get(groups_of(other), status=403 if narrow else 200)


async def test_a_scope_is_no_beginning_of_a_name(wire, account):
    client = wire("spotless", access=(Assignment(account.id[:-1], (READ_GROUPS,)),))
    await client.get(groups_of(account), status=403)


@pytest.mark.parametrize(
    ("actions", "not_actions", "allowed"),
    [
        (("*",), (), True),
        (("*/read",), (), True),
        (("Microsoft.Automation/*",), (), True),
        (("microsoft.automation/AUTOMATIONACCOUNTS/*/read",), (), True),
        (("Microsoft.Automation/automationAccounts/read",), (), False),
        (("Microsoft.Automation/automationAccounts/hybridRunbookWorkerGroups/*/read",), (), False),
        (("*/write",), (), False),
        (("*/read",), (READ_GROUPS,), False),
        (("*/read",), ("Microsoft.Automation/*",), False),
        (("*/read",), ("Microsoft.Compute/*",), True),
    ],
)
async def test_wildcards_and_what_a_role_leaves_out(wire, account, actions, not_actions, allowed):
    role = Assignment(f"/subscriptions/{account.subscription}", actions, not_actions)
    await wire("spotless", access=(role,)).get(groups_of(account), status=200 if allowed else 403)


async def test_what_one_role_leaves_out_another_may_give(wire, account):
    scope = f"/subscriptions/{account.subscription}"
    roles = (Assignment(scope, ("*/read",), (READ_GROUPS,)), Assignment(account.id, (READ_GROUPS,)))
    await wire("spotless", access=roles).get(groups_of(account))


async def test_a_fault_denies_what_a_role_allows(wire, account):
    client = wire("spotless", access=(Assignment("/", ("*",)),), faults=[deny(READ_GROUPS)])
    await client.get(groups_of(account), status=403)


async def test_a_subscription_is_listed_to_whoever_has_a_role_in_it_or_above(wire, tenant, account):
    client = wire("spotless", access=(Assignment(account.id, ("Nothing/at/all",)),))
    assert [each["subscriptionId"] for each in await client.all("/subscriptions")] == [account.subscription]
    above = wire("spotless", access=(Assignment("/providers/Microsoft.Management/managementGroups/mg-northwind", ()),))
    assert len(await above.all("/subscriptions")) == len(tenant.subscriptions)


async def graph(client):
    query = "resources | where type in~ ('microsoft.automation/automationaccounts') | project id | order by id asc"
    body = json.dumps({"query": query}).encode()
    path = "/providers/Microsoft.ResourceGraph/resources?api-version=2021-03-01"
    return json.loads((await client.send("POST", path, body)).body)


async def test_resource_graph_shows_what_may_be_read_and_says_nothing_of_the_rest(wire, tenant, account):
    one = await graph(wire("spotless", access=(Assignment(account.id, (READ_ACCOUNTS,)),), page_size=50))
    assert [row["id"].lower() for row in one["data"]] == [account.id.lower()]
    assert one["totalRecords"] == 1
    none = await graph(wire("spotless", access=(Assignment("/", (READ_GROUPS,)),)))
    assert none["totalRecords"] == 0


@pytest.mark.parametrize(
    ("actions", "status"),
    [
        ((), 403),
        ((QUERY,), 403),
        (("Microsoft.OperationalInsights/workspaces/query/Heartbeat/read",), 403),
        ((QUERY, "Microsoft.OperationalInsights/workspaces/query/Event/read"), 403),
        ((QUERY, "Microsoft.OperationalInsights/workspaces/query/Heartbeat/read"), 200),
        ((QUERY, "Microsoft.OperationalInsights/workspaces/query/*/read"), 200),
        (("*/read",), 200),
    ],
)
async def test_a_table_needs_the_right_to_query_and_its_own(wire, tenant, actions, status):
    workspace = tenant.workspaces[0]
    client = wire("spotless", access=(Assignment(f"/subscriptions/{workspace.subscription}", actions),))
    open_ = wire("spotless")
    found = await open_.get(f"{workspace.id}")
    path = f"/v1/workspaces/{found['properties']['customerId']}/query"
    body = {"query": "Heartbeat | take 1", "timespan": "2026-11-01T00:00:00Z/2026-11-20T00:00:00Z"}
    response = await client.send("POST", path, json.dumps(body).encode())
    answer = json.loads(response.body)
    if status == 403:
        assert (response.status, answer["error"]["code"]) == (403, "InsufficientAccessError")
    else:  # the right is there; whether the query is one of a scan's is another question
        assert response.status != 403


# -- what Azure tells a login about itself ------------------------------------------------------------------------


PERMISSIONS = "providers/Microsoft.Authorization/permissions"
MAY_ASK = "Microsoft.Authorization/permissions/read"


async def test_effective_permissions_are_those_of_every_role_that_reaches_the_scope(wire, account):
    scope = f"/subscriptions/{account.subscription}"
    wide = Assignment(scope, ("*/read",), ("Microsoft.Compute/*",), ("Microsoft.Storage/x/read",), ("a/b",))
    narrow = Assignment(account.id, (READ_GROUPS,))
    client = wire("spotless", access=(wide, narrow))
    group = f"{scope}/resourceGroups/{account.resource_group}"
    one = [
        {
            "actions": ["*/read"],
            "notActions": ["Microsoft.Compute/*"],
            "dataActions": ["Microsoft.Storage/x/read"],
            "notDataActions": ["a/b"],
        }
    ]
    for path in (scope, group):
        assert (await client.get(f"{path}/{PERMISSIONS}", "2022-04-01"))["value"] == one
    at_account = (await client.get(f"{account.id}/{PERMISSIONS}", "2022-04-01"))["value"]
    assert [role["actions"] for role in at_account] == [["*/read"], [READ_GROUPS]]


async def test_effective_permissions_need_a_right_of_their_own(wire, account):
    path = f"/subscriptions/{account.subscription}/{PERMISSIONS}"
    await wire("spotless", access=(Assignment("/", (READ_GROUPS,)),)).get(path, "2022-04-01", status=403)
    await wire("spotless", access=(Assignment("/", (MAY_ASK,)),)).get(path, "2022-04-01")


async def test_without_assignments_the_permissions_are_a_readers_less_what_faults_deny(wire, account):
    client = wire("spotless", faults=[deny(READ_GROUPS, account.name), deny(QUERY)])
    [at_subscription] = (await client.get(f"/subscriptions/{account.subscription}/{PERMISSIONS}", "2022-04-01"))[
        "value"
    ]
    [at_account] = (await client.get(f"{account.id}/{PERMISSIONS}", "2022-04-01"))["value"]
    assert (at_subscription["actions"], at_subscription["notActions"]) == (["*/read"], [QUERY])
    assert set(at_account["notActions"]) == {QUERY, READ_GROUPS}


async def test_a_subscription_tells_what_it_is_registered_for(wire, tenant):
    subscription = replace(tenant.subscriptions[0], unregistered=("microsoft.hybridcompute", "Microsoft.Resources"))
    client = wire(replace(tenant, subscriptions=(subscription, *tenant.subscriptions[1:])))
    listed = await client.all(f"/subscriptions/{subscription.id}/providers", "2021-04-01")
    states = {each["namespace"]: each["registrationState"] for each in listed}
    assert {name for name, state in states.items() if state != "Registered"} == {"Microsoft.HybridCompute"}
    one = await client.get(f"/subscriptions/{subscription.id}/providers/MICROSOFT.hybridcompute", "2021-04-01")
    assert one["registrationState"] == "NotRegistered"
    unknown = await client.get(
        f"/subscriptions/{subscription.id}/providers/Microsoft.Invented", "2021-04-01", status=404
    )
    assert unknown["error"]["code"] == "InvalidResourceNamespace"


async def test_the_tenants_of_a_login_are_its_own_and_those_that_delegate_to_it(wire):
    tenants = await wire("contoso").all("/tenants")
    assert [each["tenantCategory"] for each in tenants] == ["Home", "ManagedBy"]
