"""The tenants hold what they promise."""

import json
from datetime import timedelta

import pytest

from scanner.emulator import TENANTS, Emulator, generate


@pytest.mark.parametrize("name", sorted(TENANTS))
def test_a_tenant_is_the_same_again_for_the_same_now(name, now):
    assert TENANTS[name](now) == TENANTS[name](now)


@pytest.mark.parametrize("name", sorted(TENANTS))
def test_ids_are_unique_without_case_and_belong_to_a_subscription(name, now):
    tenant = TENANTS[name](now)
    ids = [item.id.lower() for item in (*tenant.accounts, *tenant.workspaces)]
    known = {item.id for item in tenant.subscriptions}
    assert len(set(ids)) == len(ids)
    assert {item.subscription for item in (*tenant.accounts, *tenant.workspaces)} <= known


def test_spotless_links_agree_and_all_workers_are_active(now):
    tenant = TENANTS["spotless"](now)
    named = {workspace.id: workspace.account for workspace in tenant.workspaces}
    assert all(named[account.workspace] == account.id for account in tenant.accounts)
    workers = [worker for account in tenant.accounts for group in account.groups for worker in group.workers]
    assert all(worker.kind == "HybridV2" and (now - worker.seen).total_seconds() < 1800 for worker in workers)


async def test_blind_lists_subscriptions_and_next_to_nothing_else(wire):
    blind = wire("blind")
    listed = await blind.all("/subscriptions")
    assert len(listed) == 4
    answers = [
        (await blind.send("GET", f"{item['id']}/providers/Microsoft.{kind}")).status
        for item in listed
        for kind in (
            "Automation/automationAccounts?api-version=2024-10-23",
            "OperationalInsights/workspaces?api-version=2025-07-01",
            "OperationsManagement/solutions?api-version=2015-11-01-preview",
        )
    ]
    assert sorted(answers) == [200] + [403] * 11


def test_a_generated_estate_has_the_size_asked_for(now):
    tenant = generate(accounts=7, subscriptions=3, groups=2, workers=4, connections=2, now=now)
    assert (len(tenant.accounts), len(tenant.subscriptions), len(tenant.workspaces)) == (7, 3, 7)
    assert {len(account.groups) for account in tenant.accounts} == {2}
    assert {len(group.workers) for account in tenant.accounts for group in account.groups} == {4}
    assert {len(account.connections) for account in tenant.accounts} == {2}


def test_a_generated_estate_depends_on_its_seed_alone(now):
    made = [generate(accounts=5, subscriptions=2, now=now, seed=seed) for seed in (1, 1, 2)]
    assert made[0] == made[1] != made[2]


async def test_fairfax_is_a_government_cloud(wire):
    response = await wire("fairfax").send("GET", "/metadata/endpoints?api-version=2022-09-01", headers={})
    (cloud,) = json.loads(response.body)
    assert cloud["name"] == "AzureUSGovernment"
    assert cloud["authentication"]["audiences"][0].endswith("/")
    assert cloud["authentication"]["loginEndpoint"].startswith(Emulator.arm_endpoint)


async def test_workers_go_on_pinging_while_a_tenant_is_followed(wire, now):
    spotless = wire("spotless")
    account = spotless.emulator.tenant.accounts[0]
    path = f"{account.id}/hybridRunbookWorkerGroups/{account.groups[0].name}/hybridRunbookWorkers"
    before = {worker["id"]: worker["properties"]["lastSeenDateTime"] for worker in await spotless.all(path)}
    spotless.emulator.follow(TENANTS["spotless"](now + timedelta(hours=1)))
    after = {worker["id"]: worker["properties"]["lastSeenDateTime"] for worker in await spotless.all(path)}
    assert before.keys() == after.keys()
    assert all(before[id_] != after[id_] for id_ in before)
