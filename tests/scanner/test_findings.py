"""What a finding says is safe to show and to paste, whatever the names in it."""

import shlex

import pytest

from scanner.findings import Severity, Step, fingerprint
from scanner.inventory import ArmId


def test_a_name_cannot_smuggle_a_command_into_a_step():
    step = Step.az("Start x\naz group delete --yes.", "vm", "start", "--name", "x")
    assert str(step).splitlines() == ["Start x\\naz group delete --yes.", "az vm start --name x"]


@pytest.mark.parametrize("name", ["x; rm -rf /", "$(id)", "`id`", "it's", '"x"', "a b"])
def test_a_hostile_name_is_one_word_of_the_command(name):
    step = Step.az("Do it.", "vm", "start", "--name", name)
    assert shlex.split(step.command)[-1] == name


@pytest.mark.parametrize("name", ["it's", "it\u2019s"])
def test_a_quote_is_doubled_for_powershell(name):
    step = Step.powershell("Do it.", "Remove-It", Name=name, Force=True)
    assert step.command == f"Remove-It -Name 'it{name[2] * 2}s' -Force"


@pytest.mark.parametrize("name", ["x\x1b[201~", "x\ny", "\u202egnp"])
def test_a_name_that_could_leave_its_quotes_gives_no_command(name):
    assert Step.az("Do it.", "vm", "start", "--name", name).command is None
    assert Step.powershell("Do it.", "Start-It", Name=name).command is None


def test_a_fingerprint_does_not_depend_on_case():
    one = fingerprint("a-check", ArmId("/subscriptions/S/x"), ["Name"])
    assert one == fingerprint("a-check", ArmId("/SUBSCRIPTIONS/s/X/"), ["nAME"])
    assert one != fingerprint("a-check", ArmId("/subscriptions/S/x"), ["Other"])


def test_severities_compare_by_rank():
    assert Severity.CRITICAL.at_least(Severity.HIGH)
    assert not Severity.INFO.at_least(Severity.LOW)
