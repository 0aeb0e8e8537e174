"""group-credential-missing: jobs run as a credential that is not there."""

import pytest
from builders import account, account_id, answered, credential, findings, gap, group, group_id, unknowns, webhook

from scanner.findings import Severity
from scanner.inventory import GapReason, GroupType, Reading

CHECK = "group-credential-missing"
ESTATE = (account(), group(credential="RunAsUser"))


@pytest.mark.firing
@pytest.mark.parametrize("there", [(), (credential("Other"),)])
def test_it_fires_when_the_account_has_no_such_credential(there):
    [finding] = findings(CHECK, *ESTATE, *there)
    assert finding.severity is Severity.HIGH
    assert (finding.subject, finding.account) == (group_id(), account_id())
    assert finding.scenarios == ("S1",)
    assert finding.message == (
        "workers in aa runs jobs as the credential RunAsUser, which the account does not have; "
        "no schedule, webhook or recent job targets it"
    )


def test_the_message_says_what_runs_on_the_group():
    assert findings(CHECK, *ESTATE, webhook())[0].message.endswith("the webhook Hook runs on it")


@pytest.mark.quiet
@pytest.mark.boundary
@pytest.mark.parametrize("name", ["RunAsUser", "runasuser"])
def test_names_of_credentials_compare_without_case(name):
    assert findings(CHECK, *ESTATE, credential(name)) == []


@pytest.mark.firing
def test_the_credential_of_another_account_does_not_count():
    other = account(account_id("bb"))
    assert len(findings(CHECK, *ESTATE, other, credential(account=other.id))) == 1


@pytest.mark.quiet
@pytest.mark.parametrize(
    "harmless",
    [group(), group(credential=""), group(credential="RunAsUser", group_type=GroupType.SYSTEM)],
    ids=["no credential", "empty", "System"],
)
def test_groups_without_a_credential_and_system_groups_are_quiet(harmless):
    hidden = gap(Reading.CREDENTIALS, account_id())
    assert findings(CHECK, account(), harmless) == []
    assert unknowns(CHECK, account(), harmless, hidden) == []


@pytest.mark.blind
@pytest.mark.parametrize("scope", [account_id(), account_id().child("credentials", "broken")], ids=["list", "item"])
def test_credentials_that_were_not_read_are_unknown(scope):
    changes = {} if scope == account_id() else {"listed_in": str(account_id())}
    hidden = gap(Reading.CREDENTIALS, scope, **changes)
    assert findings(CHECK, *ESTATE, hidden) == []
    [unknown] = unknowns(CHECK, *ESTATE, hidden)
    assert (unknown.subject, unknown.because) == (group_id(), hidden.gap.id)
    assert unknowns(CHECK, *ESTATE, credential(), hidden) == []


@pytest.mark.blind
def test_the_credentials_of_an_account_that_vanished_are_unknown():
    vanished = answered(Reading.CREDENTIALS, account_id(), items=0, missing=True)
    assert findings(CHECK, *ESTATE, vanished) == []
    assert [(u.subject, u.because) for u in unknowns(CHECK, *ESTATE, vanished)] == [(group_id(), "credentials")]


@pytest.mark.blind
def test_a_group_of_unknown_type_is_unknown():
    parts = (account(), group(credential="RunAsUser", group_type=None))
    assert findings(CHECK, *parts) == []
    assert [(u.subject, u.because) for u in unknowns(CHECK, *parts)] == [(group_id(), "groupType")]


@pytest.mark.firing
@pytest.mark.blind
@pytest.mark.parametrize("reason", [GapReason.DENIED, GapReason.TRUNCATED])
def test_groups_that_may_be_hidden_are_unknown_and_the_seen_ones_judged(reason):
    hidden = gap(Reading.GROUPS, account_id(), reason)
    assert len(findings(CHECK, *ESTATE, hidden)) == 1
    assert [(u.subject, u.because) for u in unknowns(CHECK, *ESTATE, hidden)] == [(account_id(), hidden.gap.id)]


def test_hostile_names_reach_no_command():
    [finding] = findings(CHECK, account(), group(credential="x'; Remove-Item y"))
    assert not any("Remove-Item" in (step.command or "") for step in finding.remediation)
