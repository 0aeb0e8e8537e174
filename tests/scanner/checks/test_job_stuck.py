"""job-stuck: the newest hybrid job of a runbook does not run."""

from datetime import timedelta

import pytest
from builders import NOW, account, account_id, days, findings, gap, job, minutes, runbook, unknowns

from scanner.findings import Severity
from scanner.inventory import GapReason, Reading

CHECK = "job-stuck"
TOO_LONG = minutes(31)


def waiting(name="job1", *, age=TOO_LONG, status="New", **changes):
    times = {"created_at": NOW - age, "started_at": None, "ended_at": None, "changed_at": NOW - age}
    return job(name, **times | {"status": status} | changes)


@pytest.mark.firing
@pytest.mark.parametrize("status", ["New", "Activating", "queued"])
def test_a_job_that_waits_for_more_than_half_an_hour_is_stuck(status):
    [finding] = findings(CHECK, account(), runbook(), waiting(status=status))
    assert finding.severity is Severity.HIGH
    assert finding.subject == runbook().id
    assert finding.evidence["waiting_minutes"] == 31
    assert status in finding.message


@pytest.mark.quiet
@pytest.mark.boundary
def test_half_an_hour_is_within_the_promise():
    assert findings(CHECK, account(), runbook(), waiting(age=minutes(30))) == []


@pytest.mark.firing
@pytest.mark.boundary
def test_a_second_beyond_half_an_hour_is_too_long():
    [finding] = findings(CHECK, account(), runbook(), waiting(age=minutes(30) + timedelta(seconds=1)))
    assert finding.evidence["waiting_minutes"] == 30


@pytest.mark.firing
def test_a_suspended_job_is_stuck_at_once():
    assert findings(CHECK, account(), runbook(), waiting(age=minutes(1), status="Suspended"))


@pytest.mark.firing
@pytest.mark.quiet
def test_a_job_that_completed_after_the_suspended_one_was_created_clears_it():
    suspended = waiting(age=days(1), status="Suspended")
    longer = job("longer", created_at=NOW - days(2), ended_at=NOW - minutes(10))
    earlier = job("earlier", created_at=NOW - days(3), ended_at=NOW - days(2))
    assert findings(CHECK, account(), runbook(), suspended, longer) == []
    assert findings(CHECK, account(), runbook(), suspended, earlier)


@pytest.mark.quiet
@pytest.mark.parametrize("status", ["Running", "Completed", "Failed"])
def test_only_the_newest_job_of_the_runbook_counts(status):
    newest = job("newest", created_at=NOW - minutes(5), ended_at=None, status=status)
    assert findings(CHECK, account(), runbook(), waiting(age=days(1)), newest) == []


@pytest.mark.firing
def test_a_newer_job_of_another_runbook_or_of_the_sandbox_clears_nothing():
    others = (job("a", runbook="Other", created_at=NOW), job("b", run_on=None, created_at=NOW))
    assert len(findings(CHECK, account(), runbook(), waiting(), *others)) == 1


@pytest.mark.quiet
def test_a_waiting_job_of_the_sandbox_is_no_concern():
    assert findings(CHECK, account(), runbook(), waiting(run_on=None)) == []


def test_its_command_names_the_group_and_the_job():
    [finding] = findings(CHECK, account(), runbook(), waiting(run_on="it's"))
    group, show, *_ = finding.remediation
    assert """'it'"'"'s'""" in group.command
    assert show.command.endswith("--name job1")


@pytest.mark.blind
@pytest.mark.parametrize(
    ("left_out", "field"), [({"status": None}, "status"), ({"created_at": None, "changed_at": None}, "creationTime")]
)
def test_what_azure_leaves_out_is_unknown(left_out, field):
    [unknown] = unknowns(CHECK, account(), runbook(), waiting(**left_out))
    assert (unknown.subject, unknown.because) == (waiting().id, field)


@pytest.mark.firing
@pytest.mark.blind
def test_a_cut_list_is_unknown_and_hides_no_stuck_job():
    cut = gap(Reading.JOBS, account_id(), GapReason.TRUNCATED)
    assert findings(CHECK, account(), runbook(), waiting(), cut)
    [unknown] = unknowns(CHECK, account(), runbook(), waiting(), cut)
    assert (unknown.subject, unknown.because) == (account_id(), cut.gap.id)
