"""account-suspended: an account, or its subscription, that does not work."""

import pytest
from builders import account, account_id, findings, gap, subscription, unknowns

from scanner.findings import Severity
from scanner.inventory import Reading

CHECK = "account-suspended"


@pytest.mark.firing
@pytest.mark.parametrize("state", ["Suspended", "Unavailable"])
def test_an_account_that_is_not_ok_is_high(state):
    [finding] = findings(CHECK, account(state=state), subscription())
    assert finding.severity is Severity.HIGH
    assert finding.subject == account_id()
    assert finding.message == f"aa is {state}"


@pytest.mark.firing
@pytest.mark.boundary
@pytest.mark.parametrize(
    ("state", "severity"),
    [
        ("Disabled", Severity.HIGH),
        ("deleted", Severity.HIGH),
        ("Warned", Severity.MEDIUM),
        ("PastDue", Severity.MEDIUM),
    ],
)
def test_its_subscription_counts(state, severity):
    [finding] = findings(CHECK, account(), subscription(state=state))
    assert finding.severity is severity
    assert finding.message == f"aa is in subscription sub 1111, which is {state}"


@pytest.mark.firing
def test_the_worse_of_both_counts():
    [finding] = findings(CHECK, account(state="Suspended"), subscription(state="Warned"))
    assert finding.severity is Severity.HIGH
    assert finding.message == "aa is Suspended and is in subscription sub 1111, which is Warned"


@pytest.mark.quiet
@pytest.mark.boundary
def test_what_is_ok_and_enabled_is_quiet_whatever_its_case():
    assert findings(CHECK, account(state="OK"), subscription(state="enabled")) == []


@pytest.mark.firing
def test_the_state_that_a_list_tells_is_enough():
    denied = gap(Reading.ACCOUNT, account_id())
    assert unknowns(CHECK, account(detailed=False), subscription(), denied) == []
    assert findings(CHECK, account(detailed=False, state="Suspended"), subscription(), denied)


@pytest.mark.blind
def test_a_state_that_was_not_read_is_unknown():
    denied = gap(Reading.ACCOUNT, account_id())
    [unknown] = unknowns(CHECK, account(detailed=False, state=None), subscription(), denied)
    assert (unknown.subject, unknown.because) == (account_id(), denied.gap.id)


@pytest.mark.blind
def test_a_state_that_azure_leaves_out_is_unknown():
    [unknown] = unknowns(CHECK, account(state=None), subscription())
    assert (unknown.subject, unknown.because) == (account_id(), "state")
    [unknown] = unknowns(CHECK, account(), subscription(state=None))
    assert (unknown.subject, unknown.because) == (account_id().subscription, "state")
