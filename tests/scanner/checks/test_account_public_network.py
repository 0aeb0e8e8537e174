"""account-public-network: accounts that are open to the public network."""

import pytest
from builders import account, account_id, findings, gap, unknowns

from scanner.findings import Severity
from scanner.inventory import Reading

CHECK = "account-public-network"


@pytest.mark.firing
def test_an_open_account_is_low():
    [finding] = findings(CHECK, account(public_network_access=True))
    assert finding.severity is Severity.LOW
    assert finding.subject == account_id()
    assert finding.remediation[-1].command == (
        f"az resource update --ids {account_id()} --set properties.publicNetworkAccess=false"
    )


@pytest.mark.firing
@pytest.mark.boundary
def test_a_setting_that_was_never_made_is_open_and_said():
    [finding] = findings(CHECK, account(public_network_access=None))
    assert "does not say" in finding.message


@pytest.mark.quiet
@pytest.mark.boundary
def test_a_closed_account_is_quiet_even_if_its_own_answer_is_missing():
    closed = account(public_network_access=False, detailed=False)
    assert findings(CHECK, closed) == []
    assert unknowns(CHECK, closed, gap(Reading.ACCOUNT, account_id())) == []


@pytest.mark.blind
def test_a_list_that_leaves_the_setting_out_proves_nothing():
    denied = gap(Reading.ACCOUNT, account_id())
    assert findings(CHECK, account(detailed=False), denied) == []
    [unknown] = unknowns(CHECK, account(detailed=False), denied)
    assert (unknown.subject, unknown.because) == (account_id(), denied.gap.id)
    [vanished] = unknowns(CHECK, account(detailed=False))
    assert vanished.because == "publicNetworkAccess"
