"""account-identity-missing: an account without a managed identity."""

import pytest
from builders import account, account_id, findings, gap, subscription_id, unknowns

from scanner.findings import Severity
from scanner.inventory import Reading

CHECK = "account-identity-missing"


@pytest.mark.parametrize("none", [None, "None", "none", ""])
def test_it_fires_without_an_identity(none):
    [finding] = findings(CHECK, account(identity_type=none))
    assert finding.severity is Severity.MEDIUM
    assert finding.subject == finding.account == account_id()
    assert finding.message == "aa has no managed identity; whether its runbooks need a Run As connection was not read"
    assert (
        finding.remediation[1].command
        == "Set-AzAutomationAccount -ResourceGroupName 'rg' -Name 'aa' -AssignSystemIdentity"
    )


@pytest.mark.parametrize("kind", ["SystemAssigned", "UserAssigned", "SystemAssigned, UserAssigned"])
def test_any_identity_is_enough(kind):
    assert findings(CHECK, account(identity_type=kind)) == []
    assert unknowns(CHECK, account(identity_type=kind)) == []


def test_an_account_that_was_only_listed_is_unknown():
    denied = gap(Reading.ACCOUNT, account_id())
    sparse = account(detailed=False, identity_type=None)
    assert findings(CHECK, sparse, denied) == []
    [unknown] = unknowns(CHECK, sparse, denied)
    assert (unknown.subject, unknown.because) == (account_id(), denied.gap.id)


def test_an_identity_without_its_type_is_unknown():
    told_in_part = account(identity_type=None, identity_told=False)
    assert findings(CHECK, told_in_part) == []
    [unknown] = unknowns(CHECK, told_in_part)
    assert (unknown.subject, unknown.because) == (account_id(), "identity.type")


def test_an_identity_that_the_list_shows_needs_no_further_look():
    assert unknowns(CHECK, account(detailed=False), gap(Reading.ACCOUNT, account_id())) == []


def test_accounts_that_were_not_listed_are_unknown():
    denied = gap(Reading.ACCOUNTS, subscription_id())
    [unknown] = unknowns(CHECK, account(), denied)
    assert (unknown.subject, unknown.because) == (subscription_id(), denied.gap.id)


def test_an_account_without_details_and_without_a_gap_is_still_unknown():
    [unknown] = unknowns(CHECK, account(detailed=False, identity_type=None))
    assert (unknown.subject, unknown.because) == (account_id(), "identity")
