"""`--account`: a minute's look at one account, which says of its neighbours only what it saw."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from functools import cache

import pytest
from builders import NOW
from tenants import estate_of, scan_with_variables

from scanner.checks import all_checks
from scanner.collect import Choice, collect_estate
from scanner.emulator import TENANTS, Bucket, Emulator, deny, generate
from scanner.errors import StartError
from scanner.inventory import GapReason, Reading, Scope
from scanner.options import Included
from scanner.pacing import Pacer
from scanner.pipeline import scan_of
from scanner.progress import Silent
from scanner.session import Session, discover_cloud
from scanner.tokens import RenewableCredential

CONTOSO = TENANTS["contoso"](NOW)
CHECKS = {check.id: check.info for check in all_checks()}
EVERY_CHECK = Choice(included=frozenset(Included))


def alone(account, tenant=CONTOSO, **options):
    return estate_of(tenant, scope=Scope(account=account.id), choice=EVERY_CHECK, page_size=100, **options)


@cache
def scan_alone(name):
    [account] = [account for account in CONTOSO.accounts if account.name == name]
    return scan_of(alone(account))


def told_of(scan, account):
    return {f.fingerprint: f for f in scan.findings if f.account is not None and f.account.key == account.id.lower()}


def test_it_finds_what_a_whole_scan_finds_but_for_what_it_says_it_did_not_see():
    for account in CONTOSO.accounts:
        scan = scan_alone(account.name)
        whole, own = told_of(scan_with_variables("contoso"), account), told_of(scan, account)
        undecided = {unknown.check for unknown in scan.unknowns}
        assert {f.check for key, f in whole.items() if key not in own} <= undecided, account.name
        assert all(f.severity == whole[key].severity for key, f in own.items() if key in whole), account.name
        # Which account an extension names is told; that the other one lists the machine too, only a whole scan knows.
        assert {f.check for key, f in own.items() if key not in whole} <= {"worker-account-url-mismatch"}, account.name
        assert len(own) == len(scan.findings), account.name
        # The name of another subscription is not read for its own sake.
        told = {f.message: whole[key].message for key, f in own.items() if key in whole}
        assert {f for f, other in told.items() if f != other and " in subscription " not in f} == set(), account.name


def test_what_neighbours_decide_is_undecided_and_nothing_else():
    scan = scan_alone("aa-people")
    gaps = {gap.reading: gap for gap in scan.estate.ledger.gaps}
    assert gaps.keys() == {Reading.ACCOUNTS, Reading.WORKSPACES}
    assert {(gap.scope, gap.reason) for gap in gaps.values()} == {("/subscriptions", GapReason.SKIPPED)}
    here = {unknown.check for unknown in scan.unknowns if unknown.subject.text == "/subscriptions"}
    assert here == {check for check, info in CHECKS.items() if info.looks_elsewhere}
    affected = {check for spot in scan.blind_spots for check in spot.affects}
    assert affected == here


def test_no_other_account_is_read_and_its_subscription_alone_is_listed():
    account = CONTOSO.accounts[0]
    asked = []

    class Asked(Emulator):
        async def handle(self, request):
            asked.append((request.url.partition("?")[0].lower(), request.body))
            return await super().handle(request)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tenants.Emulator", Asked)
        estate = alone(account)
    assert [found.id.text for found in estate.accounts] == [account.id]
    other = [each.name for each in CONTOSO.accounts if each != account]
    assert not [url for url, _ in asked if any(f"/automationaccounts/{name}" in url for name in other)]
    foreign = [s.id for s in CONTOSO.subscriptions if s.id != account.subscription]
    queries = [body.decode() for url, body in asked if "resourcegraph" in url]
    assert queries
    assert not [query for query in queries if any(guid in query for guid in foreign) or "automationaccounts" in query]
    assert not [url for url, _ in asked if any(f"/subscriptions/{guid}/providers" in url for guid in foreign)]


def test_its_requests_do_not_grow_with_the_accounts_beside_it():
    few, many = (_requests(generate(accounts=count, subscriptions=1, workers=1, jobs=1, now=NOW)) for count in (20, 80))
    assert few == many <= 40


def _requests(tenant):
    async def run():
        emulator = Emulator(tenant, bucket=Bucket(), page_size=1000)
        transport = emulator.transport()
        cloud = await discover_cloud(emulator.arm_endpoint, transport)
        session = Session(cloud, RenewableCredential(emulator.credential), transport, Pacer(64, emulator.clock))
        await session.log_in()
        await collect_estate(session, Scope(account=tenant.accounts[7].id), progress=Silent(), as_of=NOW)
        return len(emulator.requests)

    return asyncio.run(run())


def test_beyond_ten_workspaces_only_those_are_asked_that_it_has_to_do_with():
    tenant = generate(accounts=12, subscriptions=1, workers=1, now=NOW)
    estate = alone(tenant.accounts[3], tenant)
    asked = {read.scope for read in estate.reads if read.reading in {Reading.LINKED_SERVICES, Reading.HEARTBEATS}}
    assert asked == {tenant.workspaces[3].id}
    assert {gap.reading for gap in estate.ledger.gaps} == {Reading.ACCOUNTS, Reading.WORKSPACES}
    beside = alone(tenant.accounts[3], replace(tenant, accounts=tenant.accounts[:8], workspaces=tenant.workspaces[:8]))
    assert {gap.reading for gap in beside.ledger.gaps} == {Reading.ACCOUNTS}


def test_an_account_that_may_not_be_read_is_a_gap_that_says_what_to_do():
    account = CONTOSO.accounts[0]
    estate = alone(account, faults=[deny("Microsoft.Automation/automationAccounts/read")])
    assert estate.ledger.gap_at(Reading.ACCOUNT, account.id).reason is GapReason.DENIED
    [note] = [note for note in estate.facts.notes if note.startswith("--account")]
    assert "could not be read: check every part of it, and give the login the Reader role" in note


def test_of_an_account_that_was_not_read_no_check_is_clear():
    account = next(account for account in CONTOSO.accounts if account.name == "aa-purged")
    whole = {finding.check for finding in told_of(scan_with_variables("contoso"), account).values()}
    scan = scan_of(alone(account, faults=[deny("Microsoft.Automation/automationAccounts/read")]))
    undecided = {unknown.check for unknown in scan.unknowns if unknown.subject.key == account.id.lower()}
    assert scan.findings == ()
    assert whole <= undecided
    [spot] = [spot for spot in scan.blind_spots if spot.gap.reading is Reading.ACCOUNT]
    assert whole <= set(spot.affects)


def test_an_account_in_a_subscription_that_nobody_lists_names_the_tenant_as_a_way_out():
    account = replace(CONTOSO.accounts[0], subscription="0a0a0a0a-0000-4000-8000-000000000000")
    with pytest.raises(StartError, match="does not list the subscription 0a0a0a0a") as caught:
        alone(account)
    assert "--tenant" in caught.value.advice
