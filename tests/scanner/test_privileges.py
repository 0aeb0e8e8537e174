"""What a scan has to be allowed, and the role that holds exactly that."""

from __future__ import annotations

import json

from scanner.collect import Choice
from scanner.inventory import Reading
from scanner.options import Included, Skipped
from scanner.privileges import privileges_of, scan_role

SUBSCRIPTION = "/subscriptions/00000000-0000-0000-0000-000000000000"


def test_a_scan_of_everything_needs_each_action_but_the_opt_in_ones():
    opt_in = {Reading.MANAGEMENT_GROUP, Reading.VARIABLES}
    expected = {operation for reading in Reading if reading not in opt_in for operation in reading.operations}
    assert set(privileges_of().actions) == expected


def test_what_is_left_out_is_not_needed():
    without = set(privileges_of().actions) - set(privileges_of(Choice(skipped=frozenset({Skipped.METRICS}))).actions)
    assert without == {Reading.PINGS.operation}


def test_variables_are_needed_when_they_are_included():
    more = set(privileges_of(Choice(included=frozenset(Included))).actions) - set(privileges_of().actions)
    assert more == {Reading.VARIABLES.operation}


def test_a_management_group_needs_an_action_of_its_own_there():
    privileges = privileges_of(with_management_group=True)
    assert privileges.on_management_group == (Reading.MANAGEMENT_GROUP.operation,)
    assert privileges.on_subscriptions == privileges_of().on_subscriptions


def test_the_role_holds_exactly_the_actions_and_no_wildcard():
    role = json.loads(scan_role(privileges_of(), [SUBSCRIPTION]))
    assert tuple(role["Actions"]) == privileges_of().actions
    assert role["AssignableScopes"] == [SUBSCRIPTION]
    assert not [action for action in role["Actions"] if "*" in action]
    assert role["NotActions"] == role["DataActions"] == role["NotDataActions"] == []
