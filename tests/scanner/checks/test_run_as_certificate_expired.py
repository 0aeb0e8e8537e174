"""run-as-certificate-expired: a connection whose certificate ends."""

import pytest
from builders import (
    NOW,
    account,
    account_id,
    certificate,
    connection,
    content,
    days,
    findings,
    gap,
    minutes,
    runbook,
    unknowns,
    webhook,
)

from scanner.findings import Severity
from scanner.inventory import Reading, RunbookSignature

CHECK = "run-as-certificate-expired"


@pytest.mark.firing
@pytest.mark.boundary
@pytest.mark.parametrize(
    ("ends", "expired"),
    [(days(-400), True), (days(0), True), (minutes(1), False), (days(30) - minutes(1), False)],
)
def test_it_fires_below_thirty_days(ends, expired):
    [finding] = findings(CHECK, account(), connection(), certificate(expires_at=NOW + ends))
    assert finding.severity is Severity.LOW
    assert finding.subject == connection().id
    assert finding.evidence["expired"] is expired
    assert "no runbook that runs needs it" in finding.message


@pytest.mark.quiet
@pytest.mark.boundary
def test_it_is_quiet_from_exactly_thirty_days():
    assert findings(CHECK, account(), connection(), certificate(expires_at=NOW + days(30))) == []


@pytest.mark.firing
def test_a_legitimate_connection_is_judged_too():
    [finding] = findings(CHECK, account(), connection("own"), certificate(expires_at=NOW))
    assert finding.severity is Severity.LOW
    assert finding.evidence["run_as"] is False
    assert finding.remediation[1].command == (
        "Get-AzAutomationCertificate -ResourceGroupName 'rg' -AutomationAccountName 'aa' -Name 'AzureRunAsCertificate'"
    )


@pytest.mark.firing
def test_a_classic_connection_finds_its_certificate_by_name():
    classic = connection("c", type_name="AzureClassicCertificate", thumbprint=None, certificate_name="OLD")
    assert len(findings(CHECK, account(), classic, certificate("old", expires_at=NOW))) == 1


@pytest.mark.quiet
def test_a_certificate_that_no_connection_names_is_not_its_concern():
    assert findings(CHECK, account(), certificate(expires_at=NOW - days(1))) == []
    assert unknowns(CHECK, account(), certificate(expires_at=None)) == []


@pytest.mark.quiet
def test_a_missing_certificate_is_not_its_concern():
    assert findings(CHECK, account(), connection()) == []
    assert unknowns(CHECK, account(), connection()) == []


@pytest.mark.firing
def test_a_given_as_of_decides():
    assert findings(CHECK, account(), connection(), certificate(expires_at=NOW + days(40)), as_of=NOW + days(11))


@pytest.mark.blind
def test_a_missing_expiry_is_unknown():
    [unknown] = unknowns(CHECK, account(), connection(), certificate(expires_at=None))
    assert (unknown.subject, unknown.because) == (connection().id, "expiryTime")


@pytest.mark.blind
def test_a_certificate_list_that_was_not_read_is_unknown():
    denied = gap(Reading.CERTIFICATES, account_id())
    [unknown] = unknowns(CHECK, account(), connection(), denied)
    assert (unknown.subject, unknown.because) == (account_id(), denied.gap.id)


@pytest.mark.firing
def test_a_partial_list_is_judged_by_what_it_shows():
    denied = gap(Reading.CERTIFICATES, account_id())
    assert unknowns(CHECK, account(), connection(), certificate(), denied) == []
    assert len(findings(CHECK, account(), connection(), certificate(expires_at=NOW), denied)) == 1


@pytest.mark.blind
def test_a_connection_whose_fields_were_not_read_is_unknown():
    sparse = connection(fields_read=False, thumbprint=None, subscription_id=None)
    denied = gap(Reading.CONNECTION, sparse.id)
    [unknown] = unknowns(CHECK, account(), sparse, certificate(expires_at=NOW), denied)
    assert (unknown.subject, unknown.because) == (sparse.id, denied.gap.id)


WRONG = (certificate(expires_at=NOW),)
LEGITIMATE = connection("own")
USED = (runbook(), content(RunbookSignature.RUN_AS))


@pytest.mark.firing
@pytest.mark.boundary
@pytest.mark.parametrize(("run_on", "where"), [("workers", "it on a hybrid group"), (None, "it")])
def test_a_need_makes_it_high_and_medium_before_the_expiry(run_on, where):
    [finding] = findings(CHECK, account(), connection(), *WRONG, *USED, webhook(run_on=run_on))
    assert finding.severity is Severity.HIGH
    assert finding.message.endswith(f"Backup needs {where}")
    soon = certificate(expires_at=NOW + minutes(1))
    [finding] = findings(CHECK, account(), connection(), soon, *USED, webhook(run_on=run_on))
    assert finding.severity is Severity.MEDIUM


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
