"""job-failure-signature: hybrid jobs whose message names the cause."""

import pytest
from builders import (
    NOW,
    account,
    account_id,
    answered,
    days,
    findings,
    gap,
    job,
    job_log,
    minutes,
    runbook,
    unknowns,
)

from scanner.checks.job_failure_signature import DIAGNOSES
from scanner.findings import Severity
from scanner.inventory import GapReason, JobSignature, Reading

CHECK = "job-failure-signature"
LIMIT = JobSignature.JOB_LIMIT
A_DAY = days(1)


def failed(name="job1", signature=LIMIT, *, age=A_DAY, **changes):
    fields = {"status": "Failed", "detailed": True, "signature": signature, "created_at": NOW - age}
    return job(name, **fields | changes)


@pytest.mark.firing
def test_a_failed_hybrid_job_with_a_known_message_is_found_on_its_runbook():
    [finding] = findings(CHECK, account(), runbook("BACKUP"), failed())
    assert finding.severity is Severity.HIGH
    assert finding.subject.text.endswith("/BACKUP")
    assert finding.scenarios == ("S1",)
    assert "exceeded the job limit" in finding.message
    assert "no later job completed" in finding.message
    assert finding.remediation[0].command.endswith("--automation-account-name aa --name job1")


@pytest.mark.firing
def test_jobs_of_one_runbook_group_and_message_are_one_finding_whatever_their_case():
    jobs = (failed("a", age=days(3)), failed("b", age=days(2), runbook="backup", run_on="WORKERS"))
    [finding] = findings(CHECK, account(), runbook(), *jobs)
    assert finding.evidence["count"] == 2
    assert finding.evidence["job"].endswith("/jobs/b")


@pytest.mark.firing
def test_groups_and_messages_are_told_apart():
    jobs = (failed("a"), failed("b", run_on="others"), failed("c", JobSignature.EXPIRED_TOKEN))
    found = findings(CHECK, account(), runbook(), *jobs)
    assert len({finding.fingerprint for finding in found}) == 3


@pytest.mark.firing
@pytest.mark.parametrize(
    ("signature", "scenarios"),
    [
        (JobSignature.TRIED_THREE_TIMES, ("S1",)),
        (JobSignature.WORKER_NOT_AVAILABLE, ("S1",)),
        (JobSignature.SPOOL_OPERATION, ("S1",)),
        (JobSignature.CERTIFICATE_NOT_FOUND, ("S4",)),
        (JobSignature.PASSWORD_PROMPT, ("S6",)),
        (JobSignature.ILLEGAL_CHARACTERS, ("S1",)),
        (JobSignature.EXPIRED_TOKEN, ("S1",)),
        (JobSignature.USER_ASSIGNED_IDENTITY, ("S1",)),
    ],
)
def test_each_message_is_a_sign_of_its_own_scenario(signature, scenarios):
    [finding] = findings(CHECK, account(), runbook(), failed(signature=signature))
    assert finding.scenarios == scenarios


def test_every_signature_has_a_diagnosis():
    assert set(DIAGNOSES) == set(JobSignature)


@pytest.mark.firing
def test_a_later_completed_job_lowers_it():
    [finding] = findings(CHECK, account(), runbook(), failed(age=days(2)), job("later"))
    assert finding.severity is Severity.LOW


@pytest.mark.firing
@pytest.mark.parametrize(
    "other",
    [
        job("other", run_on="others"),
        job("other", runbook="Other"),
        job("other", created_at=NOW - days(3)),
        pytest.param(job("other", created_at=NOW - days(2)), marks=pytest.mark.boundary),
    ],
    ids=["another group", "another runbook", "earlier", "at the same moment"],
)
def test_another_completed_job_lowers_nothing(other):
    [finding] = findings(CHECK, account(), runbook(), failed(age=days(2)), other)
    assert finding.severity is Severity.HIGH


@pytest.mark.firing
@pytest.mark.boundary
def test_a_job_that_began_a_minute_later_and_completed_lowers_it():
    later = job("later", created_at=NOW - days(2) + minutes(1))
    [finding] = findings(CHECK, account(), runbook(), failed(age=days(2)), later)
    assert finding.severity is Severity.LOW


@pytest.mark.firing
@pytest.mark.quiet
@pytest.mark.boundary
def test_suspended_counts_and_other_states_do_not():
    assert findings(CHECK, account(), runbook(), failed(status="suspended"))
    assert findings(CHECK, account(), runbook(), failed(status="Stopped")) == []


@pytest.mark.quiet
def test_jobs_of_the_sandbox_and_other_messages_are_quiet():
    assert findings(CHECK, account(), runbook(), failed(run_on=None), failed("b", None)) == []
    assert unknowns(CHECK, account(), runbook(), failed(run_on=None), failed("b", None)) == []


@pytest.mark.firing
@pytest.mark.quiet
@pytest.mark.boundary
def test_only_the_last_thirty_days_count():
    assert findings(CHECK, account(), runbook(), failed(age=days(30) - minutes(1)))
    assert findings(CHECK, account(), runbook(), failed(age=days(30))) == []


@pytest.mark.firing
def test_a_log_tells_what_the_exception_does_not():
    log = job_log(JobSignature.PASSWORD_PROMPT, job_id="job1")
    denied = gap(Reading.JOB, failed("JOB1").id)
    blind = failed("JOB1", None, detailed=False)
    [finding] = findings(CHECK, account(), runbook(), blind, log, denied)
    assert finding.evidence["signature"] == "password-prompt"
    assert unknowns(CHECK, account(), runbook(), blind, log, denied) == []


@pytest.mark.quiet
@pytest.mark.parametrize(
    "log",
    [job_log(LIMIT, job_id="else"), job_log(LIMIT, account_id("other"), job_id="job1")],
    ids=["another job", "another account"],
)
def test_a_log_of_something_else_tells_nothing(log):
    assert findings(CHECK, account(), runbook(), failed(signature=None), log) == []


@pytest.mark.firing
def test_a_runbook_that_is_not_listed_is_named_by_its_job():
    [finding] = findings(CHECK, account(), failed(runbook="Gone"))
    assert finding.subject == account_id().child("runbooks", "Gone")


@pytest.mark.firing
def test_a_job_without_a_runbook_stands_for_itself():
    [finding] = findings(CHECK, account(), failed(runbook=None))
    assert finding.subject == failed().id


@pytest.mark.blind
def test_a_failed_job_whose_exception_was_not_read_is_unknown():
    denied = gap(Reading.JOB, failed().id)
    [unknown] = unknowns(CHECK, account(), runbook(), failed(signature=None, detailed=False), denied)
    assert (unknown.subject, unknown.because) == (failed().id, denied.gap.id)
    [unplanned] = unknowns(CHECK, account(), runbook(), failed(signature=None, detailed=False))
    assert unplanned.because == "exception"


@pytest.mark.quiet
def test_a_failed_job_that_vanished_has_nothing_to_tell():
    vanished = answered(Reading.JOB, failed().id, missing=True)
    assert unknowns(CHECK, account(), runbook(), failed(signature=None, detailed=False), vanished) == []


@pytest.mark.blind
def test_jobs_beyond_the_bound_are_unknown_once():
    beyond = gap(Reading.JOB, account_id(), GapReason.TRUNCATED)
    jobs = (failed("a", None, detailed=False), failed("b", None, detailed=False))
    [unknown] = unknowns(CHECK, account(), runbook(), *jobs, beyond)
    assert unknown.subject == account_id()


@pytest.mark.firing
@pytest.mark.blind
def test_a_cut_list_of_jobs_is_unknown_and_lowers_nothing():
    cut = gap(Reading.JOBS, account_id(), GapReason.TRUNCATED)
    [finding] = findings(CHECK, account(), runbook(), failed(), cut)
    assert finding.severity is Severity.HIGH
    assert "was not seen" in finding.message
    [unknown] = unknowns(CHECK, account(), runbook(), failed(), cut)
    assert unknown.subject == account_id()


@pytest.mark.blind
@pytest.mark.parametrize(
    ("left_out", "field"),
    [
        ({"status": None}, "status"),
        ({"created_at": None, "started_at": None, "changed_at": None}, "creationTime"),
    ],
)
def test_what_azure_leaves_out_is_unknown(left_out, field):
    [unknown] = unknowns(CHECK, account(), runbook(), failed(**left_out))
    assert (unknown.subject, unknown.because) == (failed().id, field)
