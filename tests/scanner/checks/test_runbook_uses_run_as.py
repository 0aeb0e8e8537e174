"""runbook-uses-run-as: content that signs in with a Run As connection."""

import pytest
from builders import (
    NOW,
    account,
    account_id,
    answered,
    content,
    days,
    findings,
    gap,
    job,
    job_schedule,
    minutes,
    runbook,
    schedule,
    unknowns,
)

from scanner.findings import Severity
from scanner.inventory import Reading, RunbookSignature

CHECK = "runbook-uses-run-as"
USES = content(RunbookSignature.RUN_AS)


@pytest.mark.firing
def test_a_runbook_on_a_hybrid_group_is_high():
    [finding] = findings(CHECK, account(), runbook(), USES, job_schedule(), schedule())
    assert finding.severity is Severity.HIGH
    assert finding.subject == runbook().id
    assert finding.scenarios == ("S4",)
    assert finding.evidence["lines"] == (3,)
    assert "AzureRunAsConnection (line 3)" in finding.message
    assert "runs on workers" in finding.message


@pytest.mark.firing
def test_a_runbook_that_runs_on_no_hybrid_group_is_medium():
    [finding] = findings(CHECK, account(), runbook(), USES, job_schedule(run_on=None), schedule())
    assert finding.severity is Severity.MEDIUM
    assert finding.scenarios == ("S4",)


@pytest.mark.firing
def test_a_child_of_a_runbook_on_a_hybrid_group_is_high():
    parent = content(runbook="Parent", calls=(runbook().id,))
    [finding] = findings(CHECK, account(), runbook(), runbook("Parent"), USES, parent, job(runbook="Parent"))
    assert finding.severity is Severity.HIGH


def test_both_connections_are_told_by_line():
    both = content(RunbookSignature.RUN_AS, RunbookSignature.CLASSIC_RUN_AS)
    [finding] = findings(CHECK, account(), runbook(), both)
    assert "AzureRunAsConnection (line 3) and AzureClassicRunAsConnection (line 4)" in finding.message


@pytest.mark.firing
@pytest.mark.boundary
@pytest.mark.parametrize(("age", "severity"), [(days(7) - minutes(1), Severity.HIGH), (days(7), Severity.MEDIUM)])
def test_a_job_on_a_hybrid_group_counts_for_seven_days(age, severity):
    [finding] = findings(CHECK, account(), runbook(), content(RunbookSignature.RUN_AS), job(created_at=NOW - age))
    assert finding.severity is severity


@pytest.mark.quiet
@pytest.mark.boundary
def test_other_signatures_are_quiet():
    other = content(RunbookSignature.MANAGED_IDENTITY, RunbookSignature.AZURE_RM)
    assert findings(CHECK, account(), runbook(), other) == []


@pytest.mark.blind
def test_where_it_runs_is_not_guessed():
    [finding] = findings(CHECK, account(), runbook(), USES, gap(Reading.JOB_SCHEDULES, account_id()))
    assert finding.severity is Severity.MEDIUM
    assert finding.scenarios == ("S4",)
    assert "was not seen" in finding.message


@pytest.mark.firing
@pytest.mark.blind
def test_content_that_was_not_understood_is_unknown_unless_it_shows_the_signature():
    [unknown] = unknowns(CHECK, account(), runbook(), content(in_full=False))
    assert (unknown.subject, unknown.because) == (runbook().id, "content")
    seen = content(RunbookSignature.RUN_AS, in_full=False)
    assert findings(CHECK, account(), runbook(), seen)
    assert unknowns(CHECK, account(), runbook(), seen) == []


@pytest.mark.blind
def test_content_that_was_not_read_is_unknown():
    denied = gap(Reading.RUNBOOK_CONTENT, runbook().id)
    [unknown] = unknowns(CHECK, account(), runbook(), denied)
    assert (unknown.subject, unknown.because) == (runbook().id, denied.gap.id)


@pytest.mark.quiet
def test_a_runbook_that_was_never_published_is_quiet():
    never = answered(Reading.RUNBOOK_CONTENT, runbook().id, missing=True)
    assert unknowns(CHECK, account(), runbook(state="New"), never) == []


@pytest.mark.blind
def test_hidden_runbooks_are_unknown():
    denied = gap(Reading.RUNBOOKS, account_id())
    [unknown] = unknowns(CHECK, account(), denied)
    assert unknown.subject == account_id()


def test_its_command_names_the_runbook():
    [finding] = findings(CHECK, account(), runbook("it's"), content(RunbookSignature.RUN_AS, runbook="it's"))
    select, export, *_ = finding.remediation
    assert select.command.startswith("Set-AzContext -Subscription '1111")
    assert export.command == (
        "Export-AzAutomationRunbook -ResourceGroupName 'rg' -AutomationAccountName 'aa' "
        "-Name 'it''s' -Slot 'Published' -OutputFolder '.'"
    )
