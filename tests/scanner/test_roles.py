"""The roles that a scan proposes: exactly the missing actions, at the narrowest places that hold what was refused."""

from __future__ import annotations

import json
import shlex

import builders as b
import msgspec
import pytest

from scanner.inventory import GapReason, Reading
from scanner.inventory.coverage import QUERY_WORKSPACE
from scanner.pipeline import scan_of
from scanner.roles import ASSIGNEE, MOST_ROLES, missing_roles, role_definition

ONE, TWO = b.account_id("one"), b.account_id("two")
ELSEWHERE = b.account_id("three", b.OTHER_SUB)
JOBS, WEBHOOKS = Reading.JOBS.operation, Reading.WEBHOOKS.operation


def roles(*gaps, accounts=(ONE, TWO, ELSEWHERE)):
    return missing_roles(scan_of(b.estate(*(b.account(id_) for id_ in accounts), *gaps)).blind_spots)


def definition(role):
    words = shlex.split(role.create.command)
    assert words[:4] == ["az", "role", "definition", "create"]
    return json.loads(words[words.index("--role-definition") + 1])


def assigned(role):
    """The scopes that the commands assign the role at."""
    scopes = []
    for step in role.assign:
        words = shlex.split(step.command)
        assert words[:6] == ["az", "role", "assignment", "create", "--assignee", ASSIGNEE]
        assert words[6:8] == ["--role", role.name]
        scopes.append(words[words.index("--scope") + 1])
    return scopes


def test_one_refused_read_of_an_account_needs_one_action_on_that_account():
    (role,) = roles(b.gap(Reading.JOBS, ONE))
    told = definition(role)
    assert told["Actions"] == [JOBS]
    assert told["NotActions"] == told["DataActions"] == told["NotDataActions"] == []
    assert told["AssignableScopes"] == [str(ONE.subscription)]
    assert told["Name"] == role.name
    assert assigned(role) == [str(ONE)]
    assert "job-stuck" in role.blind
    assert (role.reads, role.refused) == (1, ((JOBS, 1),))


def test_nothing_denied_needs_no_role():
    assert roles(b.gap(Reading.JOBS, ONE, GapReason.TIMEOUT)) == ()


def test_accounts_of_one_resource_group_need_the_action_on_the_group_only():
    (role,) = roles(b.gap(Reading.JOBS, ONE), b.gap(Reading.JOBS, TWO))
    assert assigned(role) == [f"{ONE.subscription}/resourceGroups/{ONE.resource_group}"]
    assert role.reads == 2


def test_places_that_lack_the_same_actions_share_a_role_and_each_gets_an_assignment():
    gaps = [b.gap(reading, id_) for id_ in (ONE, ELSEWHERE) for reading in (Reading.JOBS, Reading.WEBHOOKS)]
    (role,) = roles(*gaps)
    assert definition(role)["Actions"] == sorted([JOBS, WEBHOOKS])
    assert assigned(role) == sorted([str(ONE), str(ELSEWHERE)])
    assert definition(role)["AssignableScopes"] == sorted([str(ONE.subscription), str(ELSEWHERE.subscription)])


def test_places_that_lack_different_actions_get_different_roles():
    found = roles(b.gap(Reading.JOBS, ONE), b.gap(Reading.WEBHOOKS, ELSEWHERE))
    assert sorted((definition(role)["Actions"], assigned(role)) for role in found) == [
        ([JOBS], [str(ONE)]),
        ([WEBHOOKS], [str(ELSEWHERE)]),
    ]
    assert len({role.name for role in found}) == 2


def test_workers_that_were_refused_need_their_action_on_the_account():
    group = b.group_id("g", ONE)
    spots = scan_of(b.estate(b.account(ONE), b.group(group), b.gap(Reading.WORKERS, group))).blind_spots
    (role,) = missing_roles(spots)
    assert assigned(role) == [str(ONE)]


def test_a_list_of_a_subscription_needs_the_action_on_the_subscription():
    (role,) = roles(b.gap(Reading.WORKSPACES, ONE.subscription))
    assert assigned(role) == [str(ONE.subscription)]


def test_who_may_not_query_a_workspace_needs_both_actions_and_neither_is_a_data_action():
    read = b.gap(
        Reading.EVENTS,
        b.workspace_id(),
    )
    spots = scan_of(b.estate(b.workspace(), read)).blind_spots
    (table_only,) = missing_roles(spots)
    assert definition(table_only)["Actions"] == [Reading.EVENTS.operation]
    gap = msgspec.structs.replace(spots[0].gap, action=QUERY_WORKSPACE)
    (both,) = missing_roles([msgspec.structs.replace(spots[0], gap=gap)])
    assert definition(both)["Actions"] == sorted([QUERY_WORKSPACE, Reading.EVENTS.operation])
    assert definition(both)["DataActions"] == []
    assert both.reads == 1


def test_a_management_group_is_a_place_of_its_own_and_the_list_of_all_subscriptions_is_none():
    group = "/providers/Microsoft.Management/managementGroups/contoso"
    (role,) = roles(b.gap(Reading.MANAGEMENT_GROUP, group), b.gap(Reading.SUBSCRIPTIONS, "/subscriptions"))
    assert assigned(role) == [group]
    assert definition(role)["AssignableScopes"] == [group]


def test_actions_that_differ_everywhere_become_one_role_on_whole_subscriptions():
    readings = [r for r in Reading if r.operation.startswith("Microsoft.Automation/automationAccounts/")]
    operations = dict.fromkeys(reading.operation for reading in readings)
    chosen = [next(r for r in readings if r.operation == operation) for operation in operations][: MOST_ROLES + 1]
    subscriptions = [f"{number:08}-0000-4000-8000-000000000000" for number in range(MOST_ROLES + 1)]
    accounts = [b.account_id("aa", sub) for sub in subscriptions]
    gaps = [b.gap(reading, account) for reading, account in zip(chosen, accounts, strict=True)]
    (role,) = roles(*gaps, accounts=accounts)
    assert definition(role)["Actions"] == sorted(reading.operation for reading in chosen)
    assert assigned(role) == [str(account.subscription) for account in accounts]


@pytest.mark.parametrize("name", ["rg'; rm -rf ~ #", "rg$(id)", 'rg"x'])
def test_names_of_the_tenant_cannot_leave_their_quotes(name):
    account = b.ArmId(str(ONE).replace(f"resourceGroups/{ONE.resource_group}", f"resourceGroups/{name}"))
    (role,) = roles(b.gap(Reading.JOBS, account), accounts=(account,))
    assert assigned(role) == [str(account)]


def test_a_scope_with_control_characters_gives_no_command():
    account = b.ArmId(f"{ONE}\u202e")
    (role,) = roles(b.gap(Reading.JOBS, account), accounts=(account,))
    assert [step.command for step in role.assign] == [None]
    assert role.create.command.isascii()


def test_no_wildcard_and_no_action_that_writes_is_ever_asked_for():
    gaps = [b.gap(reading, ONE) for reading in Reading if "automationAccounts/" in reading.operation]
    for role in roles(*gaps):
        for action in definition(role)["Actions"]:
            assert action.endswith("/read")
            assert "*" not in action


def test_a_definition_is_the_same_bytes_whatever_the_order():
    one = role_definition("n", "d", ["b/read", "a/read"], ["/subscriptions/2", "/subscriptions/1"])
    assert one == role_definition("n", "d", ["a/read", "b/read", "a/read"], ["/subscriptions/1", "/subscriptions/2"])
