"""Shards: which subscriptions each holds, what it says of itself, and that all of them merged are one scan."""

import json
from dataclasses import replace

import msgspec
import pytest
from builders import NOW, OTHER_SUB, SUB
from tangled import hindrances, tangled
from tenants import OF_NOW, estate_of

from reports.html import to_html
from reports.json_report import to_json
from scanner.emulator import TENANTS, deny, generate
from scanner.emulator.tenants.model import DiagnosticSetting, Extension
from scanner.errors import StartError
from scanner.inventory import GapReason, Reading, Scope, Shard, shard_of
from scanner.inventory.merge import merge
from scanner.inventory.settling import empty_shard
from scanner.pipeline import scan_of

GRAPH = "Microsoft.ResourceGraph/*"
TIMES = dict.fromkeys(("started_at", "finished_at"), NOW)


def whole(tenant, **options):
    """The estate of one scan."""
    return estate_of(tenant, page_size=100, **options)


def shards(tenant, count, *, scope=None, **options):
    """The estates of all shards by the names of their snapshots."""
    parts = [msgspec.structs.replace(scope or Scope(), shard=Shard(number, count)) for number in range(1, count + 1)]
    return {str(part.shard): whole(tenant, scope=part, **options) for part in parts}


def timeless(estate):
    """The estate without what may differ between two scans: times of the scan, request ids and counts of requests."""
    reads = [
        msgspec.structs.replace(read, read_at=NOW, gap=read.gap and msgspec.structs.replace(read.gap, request_id=""))
        for read in estate.reads
    ]
    facts = msgspec.structs.replace(estate.facts, requests=type(estate.facts.requests)(), **TIMES)
    return msgspec.structs.replace(estate, reads=tuple(reads), facts=facts)


def ledger(estate):
    return [(read.reading, read.scope.lower(), read.answered, read.gap and read.gap.reason) for read in estate.reads]


def are_one(one, parts):
    """Assert that the shards are the one scan: the same reads, and the same reports, byte for byte."""
    merged = merge(parts)
    assert ledger(merged) == ledger(one)
    assert reports(merged) == reports(one)


def reports(estate):
    scan = scan_of(timeless(estate))
    return json.loads(to_json(scan)), to_html(scan)


def reads_of(estate, reading):
    return {read.scope.lower() for read in estate.reads if read.reading is reading}


def split(tenant, count):
    """Two subscriptions of the tenant that different shards hold."""
    first, *others = (subscription.id for subscription in tenant.subscriptions)
    return first, next(other for other in others if shard_of(other, count) != shard_of(first, count))


# -- the hash -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("guid", "of"),
    [
        ("00000000-0000-0000-0000-000000000000", {1: 1, 2: 1, 3: 2, 7: 1, 1000: 297}),
        ("3F2504E0-4F89-41D3-9A0C-0305E82C3301", {1: 1, 2: 2, 3: 3, 7: 5, 1000: 128}),
    ],
)
def test_the_hash_never_changes(guid, of):
    assert {count: shard_of(guid, count) for count in of} == of
    assert {count: shard_of(guid.lower(), count) for count in of} == of


def test_every_subscription_is_in_one_shard():
    for count in (1, 2, 3, 7):
        for guid in (SUB, OTHER_SUB):
            assert [Shard(number, count).holds(guid) for number in range(1, count + 1)].count(True) == 1


# -- one scan and its shards ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", OF_NOW)
def test_all_shards_of_a_tenant_are_one_scan(name):
    tenant = TENANTS[name](NOW)
    one = reports(whole(tenant))
    for count in (1, 2, 3, 7):
        assert reports(merge(shards(tenant, count))) == one


@pytest.mark.parametrize("seed", range(4))
def test_all_shards_of_a_tangled_tenant_are_one_scan(seed):
    base = TENANTS["contoso"](NOW) if seed % 2 else generate(accounts=6, subscriptions=4, groups=1, now=NOW, seed=seed)
    tenant = tangled(base, seed)
    faults = hindrances(tenant, seed)
    are_one(whole(tenant, faults=faults), shards(tenant, 3, faults=faults))


def test_shards_read_by_arms_lists_are_one_scan():
    tenant = tangled(TENANTS["contoso"](NOW), 1)
    are_one(whole(tenant, faults=[deny(GRAPH)]), shards(tenant, 3, faults=[deny(GRAPH)]))


def test_every_other_choice_of_subscriptions_comes_first():
    tenant = tangled(generate(accounts=4, subscriptions=4, groups=1, now=NOW), 5)
    for scope in (
        Scope(excluded_subscriptions=(tenant.subscriptions[0].id,)),
        Scope(subscriptions=(tenant.subscriptions[0].id, tenant.subscriptions[1].id, OTHER_SUB)),
        Scope(resource_group="no-such-group"),
        Scope(account=tenant.accounts[0].id),
    ):
        are_one(whole(tenant, scope=scope), shards(tenant, 2, scope=scope))


def test_an_agents_workspace_in_another_shard_is_asked_for_heartbeats():
    tenant = generate(accounts=6, subscriptions=6, groups=1, now=NOW)
    here, there = split(tenant, 3)
    workspace = next(found for found in tenant.workspaces if found.subscription == there)
    customer = "c0000000-0000-4000-8000-000000000001"
    agent = Extension("Agent", "MicrosoftMonitoringAgent", settings={"workspaceId": customer})
    tenant = replace(
        tenant,
        accounts=tuple(replace(account, workspace=None) for account in tenant.accounts),
        workspaces=tuple(
            replace(found, account=None, customer_id=customer if found is workspace else found.customer_id)
            for found in tenant.workspaces
        ),
        machines=tuple(
            replace(machine, extensions=(*machine.extensions, agent)) if machine.subscription == here else machine
            for machine in tenant.machines
        ),
    )
    one, parts = whole(tenant), shards(tenant, 3)
    assert reads_of(one, Reading.HEARTBEATS) == {workspace.id.lower()}
    are_one(one, parts)


def test_a_worker_of_the_agent_calls_for_the_workspaces_of_all_shards():
    tenant = generate(accounts=6, subscriptions=6, groups=1, now=NOW)
    here, _ = split(tenant, 3)
    tenant = replace(
        tenant,
        workspaces=tuple(replace(found, account=None) for found in tenant.workspaces),
        accounts=tuple(
            replace(account, workspace=None, groups=tuple(_of_agents(group) for group in account.groups))
            if account.subscription == here
            else replace(account, workspace=None)
            for account in tenant.accounts
        ),
    )
    one = whole(tenant)
    assert len(reads_of(one, Reading.OPERATIONS)) == 6
    are_one(one, shards(tenant, 3))


def _of_agents(group):
    return replace(group, workers=tuple(replace(worker, kind="HybridV1", vm="") for worker in group.workers))


def test_job_logs_are_asked_of_a_workspace_that_a_third_shard_alone_can_fetch():
    tenant = generate(accounts=6, subscriptions=6, groups=1, now=NOW)
    target = tenant.workspaces[5]
    setting = DiagnosticSetting("logs", target.id)
    first, second, *rest = tenant.accounts
    accounts = (replace(first, diagnostic_settings=(setting,)), replace(second, workspace=target.id), *rest)
    tenant = replace(tenant, accounts=accounts)
    faults = [deny(GRAPH), deny("Microsoft.OperationalInsights/*", f"{target.subscription}/providers")]
    one = whole(tenant, faults=faults)
    assert reads_of(one, Reading.JOB_LOGS) == {target.id.lower()}
    for count in (2, 3, 5):
        are_one(one, shards(tenant, count, faults=faults))


# -- what a shard says of itself ------------------------------------------------------------------------------


def test_a_shard_says_that_it_is_one():
    tenant = TENANTS["contoso"](NOW)
    part = shards(tenant, 3)["1/3"]
    left = (
        len(tenant.subscriptions) - sum(not found.visible for found in tenant.subscriptions) - len(part.subscriptions)
    )
    scan = scan_of(part)
    assert len(part.facts.elsewhere) == left
    told = f"this is shard 1/3: {left} subscriptions in scope belong to other shards"
    assert scan.notes == (f"{told}; judge them together with `hwaudit merge`",)
    assert json.loads(to_json(scan))["scan"]["scope"]["shard"] == "1/3"
    assert '<th scope="row">Shard</th><td>1/3,' in to_html(scan)


def test_a_shard_without_a_subscription_ends_well():
    parts = shards(TENANTS["fairfax"](NOW), 7)
    [empty, *_] = [part for part in parts.values() if not part.subscriptions]
    assert empty.facts.notes == (empty_shard(empty.facts.scope.shard),)
    assert {read.reading for read in empty.reads} == {Reading.SUBSCRIPTIONS}
    assert not empty.facts.interrupted


def test_a_login_that_sees_nothing_starts_no_shard():
    with pytest.raises(StartError):
        shards(replace(TENANTS["fairfax"](NOW), subscriptions=()), 2)


def test_a_shard_keeps_nothing_of_the_others_but_what_is_named():
    tenant = tangled(TENANTS["contoso"](NOW), 1)
    for part in shards(tenant, 3).values():
        own = {found.id.subscription_id for found in part.subscriptions}
        named = {worker.machine for worker in part.workers} | {link.workspace for link in part.links}
        named |= {setting.workspace for setting in part.diagnostic_settings}
        assert {
            found for found in part.machines if found.id.subscription_id not in own and found.id not in named
        } == set()
        assert {w for w in part.workspaces if w.id.subscription_id not in own and w.id not in named} == set()
        assert not any(
            read.scope.lower() == f"/subscriptions/{name}" for read in part.reads for name in part.facts.elsewhere
        )


# -- shards that are missing ----------------------------------------------------------------------------------


def test_what_no_snapshot_covers_is_a_gap():
    tenant = TENANTS["contoso"](NOW)
    parts = shards(tenant, 3)
    missing = parts.pop(next(name for name, part in parts.items() if part.subscriptions))
    merged = merge(parts)
    for found in missing.subscriptions:
        gaps = {read.reading for read in merged.reads if read.gap and read.scope.lower() == found.id.key}
        assert {Reading.ACCOUNTS, Reading.WORKSPACES, Reading.VIRTUAL_MACHINES, Reading.ACTIVITY_LOG} <= gaps
        assert merged.ledger.gap_at(Reading.ACCOUNTS, found.id).reason is GapReason.INTERRUPTED
    scan = scan_of(merged)
    assert scan.coverage_ratio < 1
    assert f"{len(missing.subscriptions)} subscription" in scan.notes[-1]
    assert "were not merged" in scan.notes[-1]


def test_the_gaps_are_the_lists_that_a_scan_plans_of_every_subscription():
    tenant = generate(accounts=0, subscriptions=6, now=NOW)
    parts = shards(tenant, 3)
    _, last = parts.popitem()
    assert last.subscriptions
    listed = [read for read in whole(tenant).reads if read.scope != "/subscriptions"]
    assert {(read.reading, read.scope) for read in listed} == {
        (read.reading, read.scope) for read in merge(parts).reads if read.scope != "/subscriptions"
    }


def test_a_later_merge_fills_what_an_earlier_one_lacked():
    tenant = tangled(generate(accounts=6, subscriptions=6, groups=1, now=NOW), 3)
    parts = shards(tenant, 3)
    last = parts.popitem()
    merged = merge({"first": merge(parts), last[0]: last[1]})
    assert merged.facts.elsewhere == ()
    assert ledger(merged) == ledger(whole(tenant))


def test_shards_of_different_counts_that_cover_everything_are_enough():
    tenant = tangled(generate(accounts=4, subscriptions=4, groups=1, now=NOW), 5)
    merged = merge({**shards(tenant, 2), **shards(tenant, 3)})
    assert merged.facts.elsewhere == ()
    assert "are in several snapshots" in merged.facts.notes[-1]
    assert ledger(merged) == ledger(whole(tenant))
