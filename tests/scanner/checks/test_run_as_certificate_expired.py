"""run-as-certificate-expired: a connection whose certificate ends."""

import pytest
from builders import NOW, account, account_id, certificate, connection, days, findings, gap, minutes, unknowns

from scanner.findings import Severity
from scanner.inventory import Reading

CHECK = "run-as-certificate-expired"


@pytest.mark.parametrize(
    ("ends", "expired"),
    [(days(-400), True), (days(0), True), (minutes(1), False), (days(30) - minutes(1), False)],
)
def test_it_fires_below_thirty_days(ends, expired):
    [finding] = findings(CHECK, account(), connection(), certificate(expires_at=NOW + ends))
    assert finding.severity is Severity.LOW
    assert finding.subject == connection().id
    assert finding.evidence["expired"] is expired
    assert "whether a runbook needs the connection was not read" in finding.message


def test_it_is_quiet_from_exactly_thirty_days():
    assert findings(CHECK, account(), connection(), certificate(expires_at=NOW + days(30))) == []


def test_a_legitimate_connection_is_judged_too():
    [finding] = findings(CHECK, account(), connection("own"), certificate(expires_at=NOW))
    assert finding.severity is Severity.LOW
    assert finding.evidence["run_as"] is False
    assert finding.remediation[1].command == (
        "Get-AzAutomationCertificate -ResourceGroupName 'rg' -AutomationAccountName 'aa' -Name 'AzureRunAsCertificate'"
    )


def test_a_classic_connection_finds_its_certificate_by_name():
    classic = connection("c", type_name="AzureClassicCertificate", thumbprint=None, certificate_name="OLD")
    assert len(findings(CHECK, account(), classic, certificate("old", expires_at=NOW))) == 1


def test_a_certificate_that_no_connection_names_is_not_its_concern():
    assert findings(CHECK, account(), certificate(expires_at=NOW - days(1))) == []
    assert unknowns(CHECK, account(), certificate(expires_at=None)) == []


def test_a_missing_certificate_is_not_its_concern():
    assert findings(CHECK, account(), connection()) == []
    assert unknowns(CHECK, account(), connection()) == []


def test_a_given_as_of_decides():
    assert findings(CHECK, account(), connection(), certificate(expires_at=NOW + days(40)), as_of=NOW + days(11))


def test_a_missing_expiry_is_unknown():
    [unknown] = unknowns(CHECK, account(), connection(), certificate(expires_at=None))
    assert (unknown.subject, unknown.because) == (connection().id, "expiryTime")


def test_a_certificate_list_that_was_not_read_is_unknown():
    denied = gap(Reading.CERTIFICATES, account_id())
    [unknown] = unknowns(CHECK, account(), connection(), denied)
    assert (unknown.subject, unknown.because) == (account_id(), denied.gap.id)


def test_a_partial_list_is_judged_by_what_it_shows():
    denied = gap(Reading.CERTIFICATES, account_id())
    assert unknowns(CHECK, account(), connection(), certificate(), denied) == []
    assert len(findings(CHECK, account(), connection(), certificate(expires_at=NOW), denied)) == 1


def test_a_connection_whose_fields_were_not_read_is_unknown():
    sparse = connection(fields_read=False, thumbprint=None, subscription_id=None)
    denied = gap(Reading.CONNECTION, sparse.id)
    [unknown] = unknowns(CHECK, account(), sparse, certificate(expires_at=NOW), denied)
    assert (unknown.subject, unknown.because) == (sparse.id, denied.gap.id)
