"""run-as-thumbprint-mismatch: a certificate renewed without its connection."""

import pytest
from builders import account, account_id, certificate, connection, findings, gap, unknowns

from scanner.findings import Severity
from scanner.inventory import Reading

CHECK = "run-as-thumbprint-mismatch"
RENEWED = certificate("azureRunAsCertificate", thumbprint="EF" * 20)


def test_it_fires_when_the_run_as_certificate_has_another_thumbprint():
    [finding] = findings(CHECK, account(), connection(), RENEWED)
    assert finding.severity is Severity.LOW
    assert finding.subject == connection().id
    assert finding.evidence["certificate"] == str(RENEWED.id)
    assert "whether a runbook needs the connection was not read" in finding.message


def test_it_is_quiet_when_the_thumbprints_agree():
    assert findings(CHECK, account(), connection(), certificate()) == []


def test_it_is_quiet_when_another_asset_has_the_thumbprint():
    assert findings(CHECK, account(), connection(), RENEWED, certificate("kept")) == []


def test_it_is_quiet_without_a_run_as_certificate():
    assert findings(CHECK, account(), connection(), certificate("other", thumbprint="EF" * 20)) == []


@pytest.mark.parametrize(
    "other",
    [
        connection("own", thumbprint="cd" * 20),
        connection("c", type_name="AzureClassicCertificate", thumbprint=None, certificate_name="gone"),
    ],
    ids=["legitimate", "classic"],
)
def test_other_connections_are_not_its_concern(other):
    assert findings(CHECK, account(), other, RENEWED) == []
    denied = gap(Reading.CONNECTION, other.id)
    sparse = connection(other.name, type_name=other.type_name, fields_read=False, thumbprint=None)
    assert unknowns(CHECK, account(), sparse, RENEWED, denied) == []


@pytest.mark.parametrize("scope", [account_id(), certificate("broken").id], ids=["list", "item"])
def test_a_certificate_that_was_not_read_may_have_the_thumbprint(scope):
    denied = gap(Reading.CERTIFICATES, scope)
    assert findings(CHECK, account(), connection(), RENEWED, denied) == []
    [unknown] = unknowns(CHECK, account(), connection(), RENEWED, denied)
    assert (unknown.subject, unknown.because) == (scope, denied.gap.id)


def test_a_match_in_a_partial_list_proves_that_it_is_fine():
    assert unknowns(CHECK, account(), connection(), certificate(), gap(Reading.CERTIFICATES, account_id())) == []


def test_a_missing_thumbprint_is_unknown():
    [unknown] = unknowns(CHECK, account(), connection(thumbprint=None), RENEWED)
    assert (unknown.subject, unknown.because) == (connection().id, "CertificateThumbprint")


def test_a_connection_whose_fields_were_not_read_is_unknown():
    sparse = connection(fields_read=False, thumbprint=None, subscription_id=None)
    denied = gap(Reading.CONNECTION, sparse.id)
    [unknown] = unknowns(CHECK, account(), sparse, RENEWED, denied)
    assert (unknown.subject, unknown.because) == (sparse.id, denied.gap.id)
