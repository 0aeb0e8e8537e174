"""run-as-retired: a Run As connection that remains."""

import pytest
from builders import account, account_id, connection, content, findings, gap, runbook, unknowns, webhook

from scanner.findings import Severity
from scanner.inventory import Reading, RunbookSignature

CHECK = "run-as-retired"


@pytest.mark.firing
@pytest.mark.boundary
@pytest.mark.parametrize(
    "remaining",
    [
        connection(),
        connection("azurerunasCONNECTION", type_name="azureserviceprincipal"),
        connection("AzureClassicRunAsConnection", type_name="AzureClassicCertificate"),
        connection("mine", type_name="AzureClassicCertificate"),
        connection(type_name=None),
    ],
    ids=["Run As", "any case", "classic", "classic by type", "type not told"],
)
def test_it_fires_for_every_run_as_connection(remaining):
    [finding] = findings(CHECK, account(), remaining)
    assert finding.severity is Severity.MEDIUM
    assert (finding.subject, finding.account) == (remaining.id, account_id())


@pytest.mark.quiet
@pytest.mark.boundary
@pytest.mark.parametrize(
    "other",
    [
        connection("own"),
        connection("old", type_name="Azure"),
        connection("AzureRunAsConnection2"),
        connection(type_name="Contoso"),
    ],
)
def test_other_connections_are_legitimate(other):
    assert findings(CHECK, account(), other) == []
    assert unknowns(CHECK, account(), other) == []


def test_who_needs_it_is_told_and_changes_nothing():
    [finding] = findings(CHECK, account(), connection(), runbook(), content(RunbookSignature.RUN_AS), webhook())
    assert finding.severity is Severity.MEDIUM
    assert list(finding.evidence["needed_by"]) == ["Backup"]
    [finding] = findings(CHECK, account(), connection(), gap(Reading.RUNBOOKS, account_id()))
    assert finding.evidence["needed"] is None


@pytest.mark.quiet
def test_an_account_without_connections_is_healthy():
    assert findings(CHECK, account()) == []
    assert unknowns(CHECK, account()) == []


@pytest.mark.firing
def test_fields_that_were_not_read_do_not_matter():
    sparse = connection(fields_read=False, thumbprint=None, subscription_id=None)
    denied = gap(Reading.CONNECTION, sparse.id)
    assert len(findings(CHECK, account(), sparse, denied)) == 1
    assert unknowns(CHECK, account(), sparse, denied) == []


@pytest.mark.blind
def test_a_type_that_is_not_told_is_unknown():
    [unknown] = unknowns(CHECK, account(), connection("mine", type_name=None))
    assert (unknown.subject, unknown.because) == (connection("mine").id, "connectionType")


@pytest.mark.blind
def test_connections_that_were_not_listed_are_unknown():
    denied = gap(Reading.CONNECTIONS, account_id())
    [unknown] = unknowns(CHECK, account(), denied)
    assert (unknown.subject, unknown.because) == (account_id(), denied.gap.id)


def test_hostile_names_are_quoted_in_commands():
    [finding] = findings(CHECK, account(), connection("a'; Remove-Item x", type_name="AzureClassicCertificate"))
    removal = next(step for step in finding.remediation if "Remove-AzAutomationConnection" in (step.command or ""))
    assert removal.command.endswith("-Name 'a''; Remove-Item x'")
