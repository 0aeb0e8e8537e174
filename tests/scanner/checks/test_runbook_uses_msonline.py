"""runbook-uses-msonline: content that uses MSOnline or AzureAD."""

import pytest
from builders import NOW, account, account_id, content, days, findings, gap, job, minutes, runbook, unknowns

from scanner.findings import Severity
from scanner.inventory import Reading, RunbookSignature

CHECK = "runbook-uses-msonline"


@pytest.mark.firing
@pytest.mark.parametrize(
    ("signature", "name"), [(RunbookSignature.MSONLINE, "MSOnline"), (RunbookSignature.AZURE_AD, "AzureAD")]
)
def test_on_a_hybrid_group_it_is_high_and_the_scenario(signature, name):
    [finding] = findings(CHECK, account(), runbook(), content(signature), job())
    assert finding.severity is Severity.HIGH
    assert finding.scenarios == ("S11",)
    assert f"{name} (line 3)" in finding.message
    assert "Microsoft Graph" in finding.remediation[2].text


@pytest.mark.firing
def test_elsewhere_it_is_medium_and_not_the_scenario():
    [finding] = findings(CHECK, account(), runbook(), content(RunbookSignature.MSONLINE), job(run_on=None))
    assert finding.severity is Severity.MEDIUM
    assert finding.scenarios == ()


@pytest.mark.blind
def test_where_it_runs_is_not_guessed():
    denied = gap(Reading.JOBS, account_id())
    [finding] = findings(CHECK, account(), runbook(), content(RunbookSignature.MSONLINE), denied)
    assert finding.severity is Severity.MEDIUM
    assert finding.scenarios == ()
    assert "was not seen" in finding.message


@pytest.mark.firing
@pytest.mark.boundary
@pytest.mark.parametrize(("age", "severity"), [(days(7) - minutes(1), Severity.HIGH), (days(7), Severity.MEDIUM)])
def test_a_job_on_a_hybrid_group_counts_for_seven_days(age, severity):
    [finding] = findings(CHECK, account(), runbook(), content(RunbookSignature.MSONLINE), job(created_at=NOW - age))
    assert finding.severity is severity


@pytest.mark.quiet
@pytest.mark.boundary
def test_other_signatures_are_quiet():
    assert findings(CHECK, account(), runbook(), content(RunbookSignature.AZURE_RM), job()) == []
    assert unknowns(CHECK, account(), runbook(), content(RunbookSignature.AZURE_RM), job()) == []


@pytest.mark.blind
def test_content_that_was_not_understood_or_read_is_unknown():
    [unknown] = unknowns(CHECK, account(), runbook(), content(in_full=False))
    assert unknown.because == "content"
    denied = gap(Reading.RUNBOOK_CONTENT, runbook().id)
    [unknown] = unknowns(CHECK, account(), runbook(), denied)
    assert unknown.because == denied.gap.id
