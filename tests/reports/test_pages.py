"""The pages for people: what they say of codes, reasons and actions agrees with the program."""

import re
from pathlib import Path

import pytest

from scanner import delivery
from scanner.errors import StartError, UsageError
from scanner.inventory import GapReason, Reading
from tools import docs

README = Path(docs.__file__).parents[1].joinpath("README.md").read_text(encoding="utf-8")


def test_the_exit_codes_are_those_of_the_command_line():
    table = README.partition("### Exit codes")[2].partition("### Permissions")[0]
    documented = [int(code) for code in re.findall(r"^\| (\d+) \|", table, re.MULTILINE)]
    strongest = [delivery.INTERRUPTED, StartError.exit_code, UsageError.exit_code]
    assert documented == [*strongest, delivery.FOUND, delivery.INCOMPLETE, 0]


def test_the_role_has_every_action_that_a_scan_of_subscriptions_reads_with():
    actions = set(re.findall(r'"(Microsoft\.[^"]+)"', docs.role()))
    left_out = {Reading.MANAGEMENT_GROUP.operation, Reading.VARIABLES.operation}
    assert actions == {operation for reading in Reading for operation in reading.operations} - left_out


def test_the_action_for_management_groups_is_named_beside_the_role():
    after = README.partition("### Permissions")[2]
    assert Reading.MANAGEMENT_GROUP.operation in after


@pytest.mark.parametrize("reason", list(GapReason))
def test_every_reason_of_a_gap_is_documented(reason):
    assert f"| `{reason}` | " in docs.gap_reasons_table()
