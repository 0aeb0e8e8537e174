"""variable-unencrypted: variable assets that are not encrypted."""

import pytest
from builders import account, account_id, findings, gap, unknowns, variable

from scanner.checks import all_checks
from scanner.findings import Severity
from scanner.inventory import Reading
from scanner.options import Included

CHECK = "variable-unencrypted"


@pytest.mark.firing
def test_a_plain_variable_is_medium():
    [finding] = findings(CHECK, account(), variable("it's"))
    assert finding.severity is Severity.MEDIUM
    assert finding.subject == variable("it's").id
    assert finding.message == "Variable it's of aa is not encrypted"
    assert finding.remediation[-1].command.endswith("-Name 'it''s'")


@pytest.mark.quiet
@pytest.mark.boundary
def test_an_encrypted_variable_is_quiet():
    assert findings(CHECK, account(), variable(encrypted=True)) == []


def test_it_runs_only_when_variables_are_included():
    [info] = [check.info for check in all_checks() if check.id == CHECK]
    assert info.included_by == Included.VARIABLES


@pytest.mark.blind
def test_a_variable_that_does_not_say_is_unknown():
    [unknown] = unknowns(CHECK, account(), variable(encrypted=None))
    assert (unknown.subject, unknown.because) == (variable().id, "isEncrypted")


@pytest.mark.blind
def test_variables_that_were_not_read_are_unknown():
    denied = gap(Reading.VARIABLES, account_id())
    [unknown] = unknowns(CHECK, account(), denied)
    assert (unknown.subject, unknown.because) == (account_id(), denied.gap.id)
