"""run-as-subscription-mismatch: a Run As connection that points to another subscription."""

import pytest
from builders import OTHER_SUB, SUB, account, account_id, connection, findings, gap, unknowns

from scanner.findings import Severity
from scanner.inventory import Reading

CHECK = "run-as-subscription-mismatch"


@pytest.mark.firing
def test_it_fires_for_another_subscription():
    [finding] = findings(CHECK, account(), connection(subscription_id=OTHER_SUB))
    assert finding.severity is Severity.MEDIUM
    assert finding.subject == connection().id
    assert SUB in finding.message
    assert OTHER_SUB in finding.message


@pytest.mark.firing
def test_it_fires_for_a_classic_connection():
    classic = connection("mine", type_name="azureclassiccertificate", subscription_id=OTHER_SUB)
    assert len(findings(CHECK, account(), classic)) == 1


@pytest.mark.quiet
@pytest.mark.boundary
def test_it_is_quiet_for_the_account_s_subscription_in_any_case():
    sub = "abcdefab-1111-1111-1111-111111111111"
    id_ = account_id(sub=sub.upper())
    assert findings(CHECK, account(id_), connection(account=id_, subscription_id=sub)) == []
    id_ = account_id(sub=sub)
    assert findings(CHECK, account(id_), connection(account=id_, subscription_id=sub.upper())) == []


@pytest.mark.quiet
def test_other_connections_are_not_its_concern():
    assert findings(CHECK, account(), connection("own", subscription_id=OTHER_SUB)) == []
    sparse = connection("own", fields_read=False, thumbprint=None, subscription_id=None)
    assert unknowns(CHECK, account(), sparse, gap(Reading.CONNECTION, sparse.id)) == []


@pytest.mark.blind
def test_a_missing_field_is_unknown():
    [unknown] = unknowns(CHECK, account(), connection(subscription_id=None))
    assert (unknown.subject, unknown.because) == (connection().id, "SubscriptionId")


@pytest.mark.blind
def test_a_connection_whose_fields_were_not_read_is_unknown():
    sparse = connection(fields_read=False, thumbprint=None, subscription_id=None)
    denied = gap(Reading.CONNECTION, sparse.id)
    [unknown] = unknowns(CHECK, account(), sparse, denied)
    assert (unknown.subject, unknown.because) == (sparse.id, denied.gap.id)


@pytest.mark.blind
def test_connections_that_were_not_listed_are_unknown():
    denied = gap(Reading.CONNECTIONS, account_id())
    [unknown] = unknowns(CHECK, account(), denied)
    assert (unknown.subject, unknown.because) == (account_id(), denied.gap.id)


@pytest.mark.blind
def test_a_type_that_is_not_told_is_unknown():
    [unknown] = unknowns(CHECK, account(), connection("mine", type_name=None))
    assert (unknown.subject, unknown.because) == (connection("mine").id, "connectionType")


def test_the_correction_comes_before_the_removal():
    [finding] = findings(CHECK, account(), connection(subscription_id=OTHER_SUB))
    assert finding.remediation[1].command.startswith("Set-AzAutomationConnectionFieldValue")
    assert finding.remediation[-1].command.startswith("Remove-AzAutomationConnection")
