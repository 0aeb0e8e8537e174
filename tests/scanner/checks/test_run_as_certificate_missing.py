"""run-as-certificate-missing: a connection whose certificate the account does not have."""

import pytest
from builders import (
    account,
    account_id,
    answered,
    certificate,
    connection,
    content,
    findings,
    gap,
    runbook,
    unknowns,
    webhook,
)

from scanner.findings import Severity
from scanner.inventory import Reading, RunbookSignature

CHECK = "run-as-certificate-missing"
CLASSIC = connection(
    "AzureClassicRunAsConnection",
    type_name="AzureClassicCertificate",
    thumbprint=None,
    certificate_name="AzureClassicRunAsCertificate",
)
AZURE = connection("old", type_name="Azure", thumbprint=None, certificate_name="my cert")
OWN = connection("own", thumbprint="cd" * 20)


@pytest.mark.firing
@pytest.mark.parametrize("missing", [connection(), OWN, CLASSIC, AZURE], ids=["Run As", "own", "classic", "Azure"])
def test_it_fires_when_no_certificate_has_the_thumbprint_or_name(missing):
    [finding] = findings(CHECK, account(), missing, certificate("other", thumbprint="EF" * 20))
    assert finding.severity is Severity.LOW
    assert (finding.subject, finding.account) == (missing.id, account_id())
    assert (
        "no runbook that runs needs it"
        if missing in (connection(), CLASSIC)
        else "whether a runbook needs the connection was not seen"
    ) in finding.message


@pytest.mark.firing
def test_it_fires_in_an_account_without_certificates():
    [finding] = findings(CHECK, account(), connection())
    assert finding.message.startswith(
        f"Connection AzureRunAsConnection of aa names the certificate thumbprint {'ab' * 20}, which"
    )


@pytest.mark.quiet
@pytest.mark.boundary
def test_thumbprints_compare_without_case():
    assert findings(CHECK, account(), connection(thumbprint="aB" * 20), certificate()) == []


@pytest.mark.quiet
@pytest.mark.boundary
@pytest.mark.parametrize("user", [CLASSIC, AZURE], ids=["classic", "Azure"])
def test_asset_names_compare_without_case(user):
    assert findings(CHECK, account(), user, certificate(user.certificate_name.upper(), thumbprint="EF" * 20)) == []


@pytest.mark.firing
@pytest.mark.quiet
@pytest.mark.boundary
def test_another_run_as_certificate_is_a_mismatch_not_an_absence():
    replaced = certificate("azurerunascertificate", thumbprint="EF" * 20)
    assert findings(CHECK, account(), connection(), replaced) == []
    assert len(findings(CHECK, account(), OWN, CLASSIC, replaced)) == 2


@pytest.mark.firing
def test_the_certificate_of_another_account_does_not_count():
    other = account(account_id("bb"))
    assert len(findings(CHECK, account(), other, connection(), certificate(account=other.id))) == 1


@pytest.mark.quiet
def test_an_account_without_connections_is_healthy_even_without_a_look_at_its_certificates():
    denied = gap(Reading.CERTIFICATES, account_id())
    assert findings(CHECK, account(), denied) == []
    assert unknowns(CHECK, account(), denied) == []


@pytest.mark.blind
def test_a_certificate_list_that_was_not_read_is_unknown_never_missing():
    denied = gap(Reading.CERTIFICATES, account_id())
    assert findings(CHECK, account(), connection(), denied) == []
    [unknown] = unknowns(CHECK, account(), connection(), denied)
    assert (unknown.subject, unknown.because) == (account_id(), denied.gap.id)


@pytest.mark.quiet
def test_a_match_in_a_partial_list_proves_that_it_is_there():
    denied = gap(Reading.CERTIFICATES, account_id())
    assert unknowns(CHECK, account(), connection(), certificate(), denied) == []
    assert len(unknowns(CHECK, account(), connection(), OWN, certificate(), denied)) == 1


@pytest.mark.blind
def test_a_malformed_certificate_may_be_the_one():
    malformed = gap(Reading.CERTIFICATES, certificate("broken").id)
    assert findings(CHECK, account(), connection(), malformed) == []
    assert [unknown.because for unknown in unknowns(CHECK, account(), connection(), malformed)] == [malformed.gap.id]
    assert unknowns(CHECK, account(), connection(), certificate(), malformed) == []


@pytest.mark.blind
def test_a_certificate_without_a_thumbprint_may_be_the_one():
    parts = account(), connection(), certificate(thumbprint=None)
    assert findings(CHECK, *parts) == []
    [unknown] = unknowns(CHECK, *parts)
    assert (unknown.subject, unknown.because) == (connection().id, "thumbprint")


@pytest.mark.blind
@pytest.mark.parametrize(
    ("blank", "field"),
    [
        (connection(thumbprint=None), "CertificateThumbprint"),
        (connection(thumbprint=""), "CertificateThumbprint"),
        (connection("old", type_name="Azure", thumbprint=None), "AutomationCertificateName"),
        (connection("c", type_name="AzureClassicCertificate", thumbprint=None), "CertificateAssetName"),
        (connection(type_name=None), "connectionType"),
    ],
)
def test_a_missing_field_is_unknown(blank, field):
    assert findings(CHECK, account(), blank) == []
    [unknown] = unknowns(CHECK, account(), blank)
    assert (unknown.subject, unknown.because) == (blank.id, field)


@pytest.mark.blind
def test_a_connection_whose_fields_were_not_read_is_unknown():
    sparse = connection(fields_read=False, thumbprint=None, subscription_id=None)
    denied = gap(Reading.CONNECTION, sparse.id)
    assert findings(CHECK, account(), sparse, denied) == []
    [unknown] = unknowns(CHECK, account(), sparse, denied)
    assert (unknown.subject, unknown.because) == (sparse.id, denied.gap.id)


@pytest.mark.quiet
def test_a_connection_that_vanished_during_the_scan_needs_no_certificate():
    sparse = connection(fields_read=False, thumbprint=None, subscription_id=None)
    gone = answered(Reading.CONNECTION, sparse.id, items=0, missing=True)
    assert findings(CHECK, account(), sparse, gone) == []
    assert unknowns(CHECK, account(), sparse, gone) == []


@pytest.mark.blind
@pytest.mark.parametrize("scope", [account_id(), connection("broken").id], ids=["list", "item"])
def test_connections_that_were_not_listed_are_unknown(scope):
    denied = gap(Reading.CONNECTIONS, scope)
    [unknown] = unknowns(CHECK, account(), denied)
    assert (unknown.subject, unknown.because) == (scope, denied.gap.id)


@pytest.mark.blind
def test_fields_that_were_neither_read_nor_denied_are_unknown():
    sparse = connection(fields_read=False, thumbprint=None, subscription_id=None)
    [unknown] = unknowns(CHECK, account(), sparse)
    assert (unknown.subject, unknown.because) == (sparse.id, "fieldDefinitionValues")


@pytest.mark.quiet
def test_a_connection_of_any_other_type_needs_no_certificate():
    parts = account(), connection(type_name="Contoso", fields_read=False), gap(Reading.CERTIFICATES, account_id())
    assert findings(CHECK, *parts) == []
    assert unknowns(CHECK, *parts) == []


def test_a_run_as_connection_is_replaced():
    assign = "Set-AzAutomationAccount -ResourceGroupName 'rg' -Name 'aa' -AssignSystemIdentity"
    [finding] = findings(CHECK, account(identity_type=None), connection())
    assert finding.remediation[1].command == assign


def test_an_identity_that_the_account_has_is_left_alone():
    [finding] = findings(CHECK, account(identity_type="UserAssigned"), connection())
    assert finding.remediation[1].command is None


def test_another_connection_is_repaired():
    [finding] = findings(CHECK, account(), OWN)
    listing = "Get-AzAutomationCertificate -ResourceGroupName 'rg' -AutomationAccountName 'aa'"
    assert finding.remediation[1].command == listing
    assert finding.remediation[-1].command.endswith("-AutomationAccountName 'aa' -Name 'own'")


@pytest.mark.blind
def test_the_certificates_of_an_account_that_vanished_are_unknown_never_missing():
    vanished = answered(Reading.CERTIFICATES, account_id(), items=0, missing=True)
    assert findings(CHECK, account(), connection(), vanished) == []
    assert unknowns(CHECK, account(), connection(), vanished)


@pytest.mark.blind
def test_the_connections_of_an_account_that_vanished_clear_nothing():
    vanished = answered(Reading.CONNECTIONS, account_id(), items=0, missing=True)
    assert unknowns(CHECK, account(), vanished)


WRONG = ()
LEGITIMATE = OWN
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


@pytest.mark.firing
def test_a_legitimate_connection_is_never_more_than_low():
    [finding] = findings(CHECK, account(), LEGITIMATE, *WRONG, *USED, webhook())
    assert finding.severity is Severity.LOW
