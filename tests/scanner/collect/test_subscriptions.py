"""Which subscriptions a scan takes in, and what it says of those that it cannot."""

import json

import pytest

from scanner.emulator import answer, deny
from scanner.emulator.tenants.contoso_places import (
    FINANCE,
    HOME,
    LEGACY,
    MANAGED,
    OPERATIONS,
    PARTNER,
    PLATFORM,
    RG_OPERATIONS,
)
from scanner.emulator.tenants.spotless import CORE, SHOPS
from scanner.errors import StartError
from scanner.inventory import GapReason, Reading, Scope


def ids(estate):
    return {subscription.id.subscription_id for subscription in estate.subscriptions}


@pytest.mark.parametrize("page_size", [1, 2, 100])
async def test_all_states_and_pages_are_taken_in(collect, page_size):
    estate, _ = await collect("contoso", page_size=page_size)
    assert ids(estate) == {PLATFORM, OPERATIONS, LEGACY, MANAGED}
    states = {subscription.id.subscription_id: subscription.state for subscription in estate.subscriptions}
    assert (states[LEGACY], states[PLATFORM]) == ("Disabled", "Enabled")


async def test_a_subscription_that_lighthouse_delegates_is_marked(collect, contoso):
    managed = next(s for s in contoso.subscriptions if s.id.subscription_id == MANAGED)
    assert (managed.tenant_id, managed.managed_by) == (PARTNER, (HOME,))
    assert contoso.facts.tenant_id == HOME


async def test_only_the_named_are_taken_in_whatever_their_case(collect):
    estate, emulator = await collect("contoso", scope=Scope(subscriptions=(PLATFORM.upper(),)))
    assert ids(estate) == {PLATFORM}
    assert {account.id.subscription_id for account in estate.accounts} == {PLATFORM}
    assert not any(f"/{OPERATIONS}/providers" in path for _, path, _ in emulator.requests)


async def test_excluded_ones_are_left_out(collect):
    estate, _ = await collect("contoso", scope=Scope(excluded_subscriptions=(PLATFORM.upper(), MANAGED)))
    assert ids(estate) == {OPERATIONS, LEGACY}


async def test_a_named_subscription_that_is_invisible_is_a_denied_gap_beside_visible_ones(collect):
    estate, _ = await collect("contoso", scope=Scope(subscriptions=(LEGACY, FINANCE)))
    [gap] = [gap for gap in estate.ledger.gaps if gap.reading is Reading.SUBSCRIPTIONS]
    assert (gap.scope, gap.reason) == (f"/subscriptions/{FINANCE}", GapReason.DENIED)
    assert gap.action == "Microsoft.Resources/subscriptions/read"
    assert ids(estate) == {LEGACY}


async def test_an_invisible_one_that_is_excluded_too_is_no_gap(collect):
    scope = Scope(subscriptions=(LEGACY, FINANCE), excluded_subscriptions=(FINANCE,))
    estate, _ = await collect("contoso", scope=scope)
    assert estate.ledger.gaps == ()


@pytest.mark.parametrize(
    "scope",
    [
        Scope(subscriptions=(FINANCE,)),
        Scope(subscriptions=("not-a-guid",)),
        Scope(subscriptions=(LEGACY,), excluded_subscriptions=(LEGACY,)),
        Scope(excluded_subscriptions=(PLATFORM, OPERATIONS, LEGACY, MANAGED)),
    ],
)
async def test_without_any_subscription_there_is_no_scan(collect, scope):
    with pytest.raises(StartError, match="no subscription is left"):
        await collect("contoso", scope=scope)


async def test_a_denied_subscription_list_is_no_scan(collect):
    with pytest.raises(StartError, match=r"no subscription can be listed .denied") as caught:
        await collect(faults=[deny("Microsoft.Resources/*")])
    assert caught.value.exit_code == 4
    assert "object id" not in str(caught.value)


@pytest.mark.parametrize(
    ("body", "says"), [({"value": []}, "empty"), ({}, "malformed"), ("<html>", "malformed"), (None, "malformed")]
)
async def test_a_subscription_list_with_nothing_in_it_is_no_scan(collect, body, says):
    text = body if isinstance(body, str) else json.dumps(body)
    with pytest.raises(StartError, match=says):
        await collect(faults=[answer(200, text, operation="Microsoft.Resources/*")])


async def test_subscriptions_before_a_page_that_fails_are_scanned(collect):
    failing = answer(500, "", operation="Microsoft.Resources/*", every=2)
    estate, _ = await collect(page_size=1, faults=[failing])
    assert estate.accounts
    full, _ = await collect(page_size=1)
    assert ids(estate) == ids(full)


async def test_a_subscription_list_that_breaks_off_is_a_gap_of_all_subscriptions(collect):
    half = {"value": [{"id": f"/subscriptions/{CORE}", "displayName": "Core"}], "nextLink": "https://evil.example/"}
    estate, emulator = await collect(faults=[answer(200, json.dumps(half), operation="Microsoft.Resources/*")])
    [gap] = estate.ledger.gaps
    assert (gap.scope, gap.reading, gap.reason) == ("/subscriptions", Reading.SUBSCRIPTIONS, GapReason.MALFORMED)
    assert ids(estate) == {CORE}
    assert not any("evil.example" in path for _, path, _ in emulator.requests)


async def test_a_management_group_takes_in_all_below_it(collect):
    estate, _ = await collect("contoso", scope=Scope(management_group="mg-contoso"))
    assert ids(estate) == {PLATFORM, OPERATIONS, LEGACY}
    estate, _ = await collect("contoso", scope=Scope(management_group="MG-Contoso-Run", subscriptions=(PLATFORM,)))
    assert ids(estate) == {PLATFORM}


@pytest.mark.parametrize("faults", [[], [deny("Microsoft.Management/*")]])
async def test_a_management_group_that_cannot_be_read_is_no_scan(collect, faults):
    with pytest.raises(StartError, match=r"management.group"):
        await collect("contoso", scope=Scope(management_group="mg-other"), faults=faults)


async def test_a_resource_group_narrows_accounts_and_not_workspaces(collect, contoso):
    estate, _ = await collect("contoso", scope=Scope(resource_group=RG_OPERATIONS.lower()))
    assert {account.id.resource_group.lower() for account in estate.accounts} == {RG_OPERATIONS.lower()}
    assert [workspace.id for workspace in estate.workspaces] == [workspace.id for workspace in contoso.workspaces]


async def test_an_account_narrows_to_itself(collect, spotless):
    account = next(account.id for account in spotless.accounts if account.id.subscription_id == SHOPS)
    estate, emulator = await collect(scope=Scope(account=account.text.lower()))
    assert [found.id for found in estate.accounts] == [account]
    assert ids(estate) == {SHOPS}
    assert {group.account for group in estate.groups} == {account}
    assert not any("aa-core" in path for _, path, _ in emulator.requests)


async def test_a_named_account_that_no_list_shows_is_fetched(collect, spotless):
    account = next(account.id for account in spotless.accounts if account.name == "aa-shops")
    nothing = json.dumps({"value": []})
    hidden = [
        deny("Microsoft.ResourceGraph/*"),
        answer(200, nothing, scope=f"{SHOPS}/providers/Microsoft.Automation/automationAccounts"),
    ]
    estate, _ = await collect(scope=Scope(account=account.text), faults=hidden)
    assert [(found.name, found.detailed) for found in estate.accounts] == [("aa-shops", True)]
    assert estate.groups


async def test_names_that_match_nothing_are_noted(collect):
    estate, _ = await collect("contoso", scope=Scope(excluded_subscriptions=("typo",)))
    assert estate.facts.notes == ("--exclude-subscription typo changed nothing: the login does not list it",)
    scope = Scope(management_group="mg-contoso-run", subscriptions=(PLATFORM, LEGACY))
    estate, _ = await collect("contoso", scope=scope)
    assert f"--subscription {LEGACY} was left out: the rest of the scope does not hold it" in estate.facts.notes


async def test_an_account_that_does_not_exist_is_no_scan(collect):
    named = f"/subscriptions/{PLATFORM}/resourceGroups/x/providers/Microsoft.Automation/automationAccounts/nope"
    with pytest.raises(StartError, match="there is no Automation account"):
        await collect("contoso", scope=Scope(account=named))


async def test_a_resource_group_without_accounts_is_noted(collect):
    estate, _ = await collect("contoso", scope=Scope(resource_group="nope"))
    assert estate.accounts == ()
    assert estate.facts.notes == ("--resource-group nope holds no Automation account that was seen",)
