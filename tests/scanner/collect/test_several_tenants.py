"""Several tenants in one scan: who reads what, and what a login that fails leaves open."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import pytest
from builders import NOW
from several import estate_of_several
from tenants import estate_of

from scanner.emulator import TENANTS, Bucket, SeveralTenants, deny, generate
from scanner.emulator.tenants.model import ManagementGroup
from scanner.errors import StartError, UsageError
from scanner.inventory import ArmId, GapReason, Reading, Scope, Shard
from scanner.inventory.journal import Command, open_journal
from scanner.inventory.merge import merge
from scanner.pipeline import scan_of

SMALL = {"groups": 1, "workers": 1, "runbooks": 1, "jobs": 1, "now": NOW}
NORTH = generate(accounts=2, subscriptions=1, seed=1, **SMALL)
SOUTH = replace(generate(accounts=3, subscriptions=2, seed=2, **SMALL), name="south")
DELEGATED = replace(SOUTH, subscriptions=tuple(replace(s, managed_by=(NORTH.id,)) for s in SOUTH.subscriptions))
NOBODY = "0a0a0a0a-0000-4000-8000-000000000000"
BOTH = (NORTH.id, SOUTH.id)


@pytest.fixture(scope="module")
def both():
    azure = SeveralTenants([NORTH, DELEGATED])
    return estate_of_several(azure, BOTH), azure


@pytest.fixture(scope="module")
def one_refused():
    return estate_of_several([NORTH, SOUTH], (NORTH.id, NOBODY))


def _logins(estate):
    return {subscription.id.subscription_id: subscription.login for subscription in estate.subscriptions}


def test_each_tenant_brings_what_a_scan_of_it_alone_brings(both):
    estate, _ = both
    alone = [*estate_of(NORTH).accounts, *estate_of(SOUTH).accounts]
    assert [account.id for account in estate.accounts] == sorted(account.id for account in alone)
    assert estate.ledger.gaps == ()
    assert estate.facts.tenant_id is None
    assert [(tenant.name, tenant.id) for tenant in estate.facts.tenants] == [(id_, id_) for id_ in sorted(BOTH)]


def test_each_tenants_list_is_a_read_of_its_own(both):
    estate, _ = both
    scopes = {read.scope for read in estate.reads if read.reading is Reading.SUBSCRIPTIONS}
    assert scopes == {f"/tenants/{id_}" for id_ in BOTH}


def test_a_subscription_that_two_logins_see_is_read_once_through_its_home(both):
    estate, azure = both
    assert _logins(estate) == {
        **{s.id: NORTH.id for s in NORTH.subscriptions},
        **{s.id: SOUTH.id for s in SOUTH.subscriptions},
    }
    asked = [path for method, path, _ in azure.requests if method == "GET" and path.endswith("/linkedWorkspace")]
    assert len(asked) == len(set(asked)) == 5
    assert any("listed by a second login" in note for note in estate.facts.notes)


def test_without_its_home_a_delegated_subscription_is_read_through_the_first_that_sees_it():
    estate = estate_of_several([NORTH, DELEGATED], (NORTH.id, NOBODY))
    assert set(_logins(estate).values()) == {NORTH.id}
    assert len(estate.accounts) == 5


def test_a_domain_stands_for_its_tenant_and_its_id_is_what_its_subscriptions_have_in_common():
    estate = estate_of_several([NORTH, DELEGATED], ("south.onmicrosoft.com", NORTH.id))
    assert {tenant.name: tenant.id for tenant in estate.facts.tenants} == {
        "south.onmicrosoft.com": SOUTH.id,
        NORTH.id: NORTH.id,
    }
    assert set(_logins(estate).values()) == {"south.onmicrosoft.com", NORTH.id}


def test_a_domain_of_a_tenant_that_owns_nothing_is_no_name_of_its_customer():
    manager = replace(NORTH, id=NOBODY, name="manager", subscriptions=(), accounts=(), workspaces=(), machines=())
    customer = replace(SOUTH, subscriptions=tuple(replace(s, managed_by=(NOBODY,)) for s in SOUTH.subscriptions))
    names = ("manager.onmicrosoft.com", NOBODY, "south.onmicrosoft.com")
    estate = estate_of_several([manager, customer], names)
    ids = {tenant.name: tenant.id for tenant in estate.facts.tenants}
    assert ids == {"manager.onmicrosoft.com": NOBODY, NOBODY: NOBODY, "south.onmicrosoft.com": SOUTH.id}
    assert set(_logins(estate).values()) == {"south.onmicrosoft.com"}


def test_a_tenant_that_lets_nobody_in_is_a_gap_and_never_healthy(one_refused):
    [gap] = one_refused.ledger.gaps
    assert (gap.scope, gap.reading, gap.reason) == (f"/tenants/{NOBODY}", Reading.SUBSCRIPTIONS, GapReason.DENIED)
    assert (gap.message, gap.action) == ("no login to this tenant worked (AADSTS90002)", None)
    judged = scan_of(one_refused)
    assert {unknown.subject.text for unknown in judged.unknowns} >= {f"/tenants/{NOBODY}"}
    assert one_refused.ledger.answered == one_refused.ledger.planned - 1


def test_a_tenant_of_which_the_login_lists_nothing_is_denied():
    empty = replace(SOUTH, subscriptions=(), accounts=(), workspaces=(), machines=())
    [gap] = estate_of_several([NORTH, empty], BOTH).ledger.gaps
    assert (gap.scope, gap.reason) == (f"/tenants/{SOUTH.id}", GapReason.DENIED)
    assert "lists no subscription" in gap.message


def test_hosts_of_one_name_and_address_in_two_tenants_are_two(both):
    estate, _ = both
    names = [{w.worker_name for w in estate.workers if _home(estate, w) == id_} for id_ in BOTH]
    assert names[0] & names[1]
    assert "worker-registered-twice" not in {finding.check for finding in scan_of(estate).findings}


def test_scans_of_one_tenant_each_are_merged_into_one_of_several(both):
    union = merge({"north": estate_of(NORTH), "south": estate_of(SOUTH)})
    assert union.facts.tenants == both[0].facts.tenants
    assert {f.fingerprint for f in scan_of(union).findings} == {f.fingerprint for f in scan_of(both[0]).findings}


def _home(estate, resource):
    return next(s.tenant_id for s in estate.subscriptions if s.id == resource.id.subscription)


def test_when_no_tenant_can_be_logged_in_to_nothing_starts():
    with pytest.raises(StartError, match="none of the 2 tenants") as caught:
        estate_of_several([NORTH], (NOBODY, NOBODY.replace("0a", "0b")))
    assert caught.value.exit_code == 4
    assert "AADSTS90002" in caught.value.message


def test_one_name_scans_as_ever():
    one, ever = estate_of_several([NORTH, SOUTH], (NORTH.id,)), estate_of(NORTH)
    assert one.facts.tenants == ()
    assert one.facts.tenant_id == NORTH.id
    assert {(read.scope, read.reading) for read in one.reads} == {(read.scope, read.reading) for read in ever.reads}
    assert one.subscriptions[0].login is None


def test_a_group_of_one_name_is_looked_for_in_every_tenant():
    groups = [
        replace(tenant, management_groups=(ManagementGroup("prod", "Prod", (tenant.subscriptions[0].id,)),))
        for tenant in (NORTH, SOUTH)
    ]
    estate = estate_of_several(groups, BOTH, Scope(management_group="prod"))
    assert [s.id.subscription_id for s in estate.subscriptions] == sorted(t.subscriptions[0].id for t in groups)
    asked = {read.scope for read in estate.reads if read.reading is Reading.MANAGEMENT_GROUP}
    assert asked == {f"/tenants/{id_}/providers/Microsoft.Management/managementGroups/prod" for id_ in BOTH}


def test_a_chosen_subscription_is_found_in_whichever_tenant_has_it():
    chosen = SOUTH.subscriptions[1].id
    estate = estate_of_several([NORTH, SOUTH], BOTH, Scope(subscriptions=(chosen,)))
    assert _logins(estate) == {chosen: SOUTH.id}


def test_what_one_login_may_not_read_another_may():
    south = replace(SOUTH, faults=(deny("Microsoft.ResourceGraph/resources/read"),))
    estate = estate_of_several([NORTH, south], BOTH)
    assert estate.ledger.gaps == ()
    assert sum(note.startswith("Resource Graph was not used") for note in estate.facts.notes) == 1
    assert len(estate.accounts) == 5


def test_a_machine_in_a_tenant_that_was_not_scanned_stays_unseen():
    stranger = SOUTH.machines[0].id
    [first, *others] = NORTH.accounts
    moved = replace(first.groups[0], workers=(replace(first.groups[0].workers[0], vm=stranger),))
    north = replace(NORTH, accounts=(replace(first, groups=(moved,)), *others))
    estate = estate_of_several(SeveralTenants([north, SOUTH]), (NORTH.id, NOBODY))
    gap = estate.ledger.gap_at(Reading.VIRTUAL_MACHINE, ArmId(stranger))
    assert gap is not None
    assert (gap.status, gap.code) == (401, "InvalidAuthenticationTokenTenant")


def test_tenants_have_limits_of_their_own_and_log_queries_that_do_not_mix():
    azure = SeveralTenants([NORTH, SOUTH], bucket=Bucket(), latency=0.1)
    estate = estate_of_several(azure, BOTH)
    assert estate.facts.requests.throttled == 0
    queried = {path for method, path, _ in azure.requests if method == "POST" and "/query" in path}
    assert len(queried) == 2  # in each tenant one workspace's address stands for all
    assert {read.gap for read in estate.reads if read.reading is Reading.HEARTBEATS} == {None}


def test_shards_of_several_tenants_hold_each_subscription_once():
    parts = [estate_of_several([NORTH, SOUTH], BOTH, Scope(shard=Shard(number, 2))) for number in (1, 2)]
    whole = estate_of_several([NORTH, SOUTH], BOTH)
    merged = merge({str(number): part for number, part in enumerate(parts)})
    assert sum(len(part.subscriptions) for part in parts) == 3
    assert merged.facts.tenants == whole.facts.tenants
    assert [r.id for r in merged.accounts] == [r.id for r in whole.accounts]
    assert merged.ledger.gaps == ()
    assert {(f.fingerprint, f.severity) for f in scan_of(merged).findings} == {
        (f.fingerprint, f.severity) for f in scan_of(whole).findings
    }
    assert msgspec.structs.replace(merged.facts, started_at=NOW).tenant_id is None


def test_contoso_and_its_customer_share_a_subscription_that_the_customers_login_reads():
    contoso, fabrikam = (TENANTS[name](NOW) for name in ("contoso", "fabrikam"))
    [shared] = fabrikam.subscriptions
    estate = estate_of_several([contoso, fabrikam], (contoso.id, fabrikam.id), Scope(subscriptions=(shared.id,)))
    assert _logins(estate) == {shared.id: fabrikam.id}
    assert [account.name for account in estate.accounts] == ["aa-fabrikam"]


def test_a_scan_that_was_cut_off_goes_on_without_mixing_tenants(tmp_path):
    command = Command(hwaudit="1.0", cloud="AzureCloud", tenants=tuple(sorted(BOTH)))

    def run(*, resume, faults=()):
        azure = SeveralTenants([NORTH, SOUTH], page_size=100, faults=faults)
        with open_journal(tmp_path / "j", command, resume=resume, quiet=True) as journal:
            return estate_of_several(azure, BOTH, journal=journal), azure

    broken, _ = run(resume=False, faults=[deny("Microsoft.Automation/automationAccounts/runbooks/read")])
    whole, again = run(resume=True)
    assert len(broken.ledger.gaps) == 5
    assert whole.ledger.gaps == ()
    assert not [path for _, path, _ in again.requests if path == "/subscriptions"]
    assert _logins(whole) == _logins(broken)
    with pytest.raises(UsageError, match="--tenant"):
        open_journal(tmp_path / "j", msgspec.structs.replace(command, tenants=(NORTH.id,)), resume=True)


def test_a_merge_with_a_scan_of_one_more_tenant_names_them_all(both, one_refused):
    third = generate(accounts=1, subscriptions=1, seed=3, **SMALL)
    merged = merge({"both": both[0], "third": estate_of(third)})
    assert {tenant.id for tenant in merged.facts.tenants} == {*BOTH, third.id}
    assert merged.facts.tenant_id is None
    assert [gap.scope for gap in merge({"both": both[0], "one": one_refused}).ledger.gaps] == [f"/tenants/{NOBODY}"]
