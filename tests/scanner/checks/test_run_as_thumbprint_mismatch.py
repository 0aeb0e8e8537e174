"""run-as-thumbprint-mismatch: a certificate renewed without its connection."""

import pytest
from builders import account, account_id, certificate, connection, content, findings, gap, runbook, unknowns, webhook

from scanner.findings import Severity
from scanner.inventory import Reading, RunbookSignature

CHECK = "run-as-thumbprint-mismatch"
RENEWED = certificate("azureRunAsCertificate", thumbprint="EF" * 20)


@pytest.mark.firing
def test_it_fires_when_the_run_as_certificate_has_another_thumbprint():
    [finding] = findings(CHECK, account(), connection(), RENEWED)
    assert finding.severity is Severity.LOW
    assert finding.subject == connection().id
    assert finding.evidence["certificate"] == str(RENEWED.id)
    assert "no runbook that runs needs it" in finding.message


@pytest.mark.quiet
def test_it_is_quiet_when_the_thumbprints_agree():
    assert findings(CHECK, account(), connection(), certificate()) == []


@pytest.mark.quiet
@pytest.mark.boundary
def test_it_is_quiet_when_another_asset_has_the_thumbprint():
    assert findings(CHECK, account(), connection(), RENEWED, certificate("kept")) == []


@pytest.mark.quiet
@pytest.mark.boundary
def test_it_is_quiet_without_a_run_as_certificate():
    assert findings(CHECK, account(), connection(), certificate("other", thumbprint="EF" * 20)) == []


@pytest.mark.quiet
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


@pytest.mark.blind
@pytest.mark.parametrize("scope", [account_id(), certificate("broken").id], ids=["list", "item"])
def test_a_certificate_that_was_not_read_may_have_the_thumbprint(scope):
    denied = gap(Reading.CERTIFICATES, scope)
    assert findings(CHECK, account(), connection(), RENEWED, denied) == []
    [unknown] = unknowns(CHECK, account(), connection(), RENEWED, denied)
    assert (unknown.subject, unknown.because) == (scope, denied.gap.id)


@pytest.mark.quiet
def test_a_match_in_a_partial_list_proves_that_it_is_fine():
    assert unknowns(CHECK, account(), connection(), certificate(), gap(Reading.CERTIFICATES, account_id())) == []


@pytest.mark.blind
def test_a_missing_thumbprint_is_unknown():
    [unknown] = unknowns(CHECK, account(), connection(thumbprint=None), RENEWED)
    assert (unknown.subject, unknown.because) == (connection().id, "CertificateThumbprint")


@pytest.mark.blind
def test_a_connection_whose_fields_were_not_read_is_unknown():
    sparse = connection(fields_read=False, thumbprint=None, subscription_id=None)
    denied = gap(Reading.CONNECTION, sparse.id)
    [unknown] = unknowns(CHECK, account(), sparse, RENEWED, denied)
    assert (unknown.subject, unknown.because) == (sparse.id, denied.gap.id)


WRONG = (RENEWED,)
USED = (runbook(), content(RunbookSignature.RUN_AS))


@pytest.mark.firing
def test_a_need_on_a_hybrid_group_makes_it_critical_and_one_in_azure_high():
    [finding] = findings(CHECK, account(), connection(), *WRONG, *USED, webhook())
    assert finding.severity is Severity.CRITICAL
    assert finding.message.endswith("Backup needs it on a hybrid group")
    [finding] = findings(CHECK, account(), connection(), *WRONG, *USED, webhook(run_on=None))
    assert finding.severity is Severity.HIGH
    assert finding.message.endswith("Backup needs it")


@pytest.mark.firing
def test_a_runbook_that_does_not_run_needs_nothing():
    [finding] = findings(CHECK, account(), connection(), *WRONG, *USED, webhook(enabled=False))
    assert finding.severity is Severity.LOW


@pytest.mark.blind
@pytest.mark.parametrize(
    "hidden",
    [
        [*USED, gap(Reading.JOBS, account_id())],
        [runbook(), webhook(), gap(Reading.RUNBOOK_CONTENT, runbook().id)],
        [gap(Reading.RUNBOOKS, account_id())],
    ],
    ids=["jobs", "content", "runbooks"],
)
def test_a_need_that_was_not_seen_leaves_it_low_and_is_said(hidden):
    [finding] = findings(CHECK, account(), connection(), *WRONG, *hidden)
    assert finding.severity is Severity.LOW
    assert finding.evidence["needed"] is None
    assert finding.message.endswith("whether a runbook needs the connection was not seen")
    assert unknowns(CHECK, account(), connection(), *WRONG, *hidden) == []
