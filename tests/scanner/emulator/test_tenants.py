"""The tenants hold what they promise."""

import json
from datetime import timedelta

import pytest

from scanner.emulator import TENANTS, Emulator, generate

KINDS = (
    *("runbooks", "jobs", "job_schedules", "schedules", "webhooks", "environments", "modules", "variables"),
    *("credentials", "certificates", "connections", "private_endpoints", "diagnostic_settings", "pings"),
)


@pytest.mark.parametrize("name", sorted(TENANTS))
def test_a_tenant_is_the_same_again_for_the_same_now(name, now):
    assert TENANTS[name](now) == TENANTS[name](now)


@pytest.mark.parametrize("name", sorted(TENANTS))
def test_ids_are_unique_without_case_and_belong_to_a_subscription(name, now):
    tenant = TENANTS[name](now)
    items = (*tenant.accounts, *tenant.workspaces, *tenant.machines)
    ids = [item.id.lower() for item in items]
    known = {item.id for item in tenant.subscriptions}
    assert len(set(ids)) == len(ids)
    assert {item.subscription for item in items} <= known


@pytest.mark.parametrize("name", sorted(TENANTS))
def test_what_is_named_inside_a_tenant_is_there(name, now):
    tenant = TENANTS[name](now)
    interfaces = {interface.id: interface for interface in tenant.interfaces}
    subnets = {subnet.id: subnet for subnet in tenant.subnets}
    groups = {group.id for group in tenant.security_groups}
    for machine in tenant.machines:
        assert machine.is_arc or any((machine.size, machine.location) == (s.name, s.location) for s in tenant.sizes)
        for interface in (interfaces[id_] for id_ in machine.interfaces):
            assert {interface.security_group, *(subnets[id_].security_group for id_ in interface.subnets)} <= {
                *groups,
                None,
            }
    for account in tenant.accounts:
        runbooks = {runbook.name for runbook in account.runbooks}
        started = (*account.jobs, *account.job_schedules, *account.webhooks)
        assert {tie.runbook for tie in started} <= runbooks
        assert {tie.schedule for tie in account.job_schedules} <= {schedule.name for schedule in account.schedules}
        environments = {environment.name for environment in account.environments}
        assert {runbook.environment for runbook in account.runbooks} <= {*environments, None}
        assert len({job.name for job in account.jobs}) == len(account.jobs)


def test_all_workers_of_contoso_have_machines_but_one_that_was_deleted(now):
    tenant = TENANTS["contoso"](now)
    there = {machine.id.lower() for machine in tenant.machines}
    workers = [
        worker for account in tenant.accounts for group in account.groups for worker in group.workers if worker.vm
    ]
    assert [worker.name for worker in workers if worker.vm.lower() not in there] == ["dev-gone-01"]


def test_spotless_links_agree_and_all_workers_are_active(now):
    tenant = TENANTS["spotless"](now)
    named = {workspace.id: workspace.account for workspace in tenant.workspaces}
    assert all(named[account.workspace] == account.id for account in tenant.accounts)
    workers = [worker for account in tenant.accounts for group in account.groups for worker in group.workers]
    assert all(worker.kind == "HybridV2" and (now - worker.seen).total_seconds() < 1800 for worker in workers)


def test_spotless_has_something_of_everything_that_is_judged(now):
    tenant = TENANTS["spotless"](now)
    machines = tenant.machines
    assert {(machine.is_arc, machine.os) for machine in machines} == {
        (False, "Windows"),
        (False, "Linux"),
        (True, "Windows"),
    }
    assert all(machine.extensions and machine.identity == "SystemAssigned" for machine in machines)
    assert tenant.sizes
    assert tenant.activity
    assert all(workspace.heartbeats and workspace.operations for workspace in tenant.workspaces)
    for account in tenant.accounts:
        assert [kind for kind in KINDS if not getattr(account, kind)] == []


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
            "Compute/virtualMachines?api-version=2026-04-01",
            "HybridCompute/machines?api-version=2026-07-15",
        )
    ]
    assert sorted(answers) == [200] + [403] * 19


def test_a_generated_estate_has_the_size_asked_for(now):
    more = {"runbooks": 3, "schedules": 2, "webhooks": 1, "jobs": 5}
    tenant = generate(accounts=7, subscriptions=3, groups=2, workers=4, connections=2, **more, now=now)
    assert (len(tenant.accounts), len(tenant.subscriptions), len(tenant.workspaces)) == (7, 3, 7)
    assert {len(account.groups) for account in tenant.accounts} == {2}
    assert {len(group.workers) for account in tenant.accounts for group in account.groups} == {4}
    assert {len(account.connections) for account in tenant.accounts} == {2}
    counts = {tuple(map(len, (a.runbooks, a.schedules, a.job_schedules, a.webhooks, a.jobs))) for a in tenant.accounts}
    assert counts == {(3, 2, 2, 1, 5)}
    assert len(tenant.machines) == 7 * 2 * 4


def test_a_generated_estate_may_run_nothing(now):
    tenant = generate(accounts=2, subscriptions=1, groups=0, runbooks=0, now=now)
    assert not any(a.runbooks or a.jobs or a.job_schedules or a.groups for a in tenant.accounts)
    assert tenant.machines == ()


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
