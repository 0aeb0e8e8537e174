"""target-group-missing: work is sent to a group that does not exist."""

from datetime import timedelta

import pytest
from builders import (
    NOW,
    account,
    account_id,
    answered,
    days,
    findings,
    gap,
    group,
    group_id,
    job,
    job_schedule,
    minutes,
    schedule,
    unknowns,
    webhook,
)

from scanner.findings import Severity
from scanner.graph import TARGET_READINGS
from scanner.inventory import GapReason, GroupType, Reading

CHECK = "target-group-missing"
TIMED = (job_schedule(run_on="gone"), schedule())
HOOK = webhook(run_on="gone")
FAILED = job(run_on="gone", status="Suspended")


def because(*parts):
    return [(unknown.subject, unknown.because) for unknown in unknowns(CHECK, *parts)]


@pytest.mark.firing
def test_a_schedule_on_a_group_that_is_not_listed_fires():
    [finding] = findings(CHECK, account(), group(), *TIMED)
    assert finding.severity is Severity.HIGH
    assert finding.subject == finding.account == account_id()
    assert finding.scenarios == ("S3", "S14")
    assert finding.message == (
        "aa sends work to the group gone, which it does not have: the schedule Nightly (next on 2026-11-22 18:00 UTC)"
    )
    assert list(finding.evidence["runbooks"]) == ["Backup"]
    assert "hrwg list" in finding.remediation[0].command


@pytest.mark.firing
def test_a_webhook_on_a_group_that_is_not_listed_fires():
    [finding] = findings(CHECK, account(), HOOK)
    assert finding.severity is Severity.HIGH
    assert finding.message.endswith("which it does not have: the webhook Hook")


@pytest.mark.firing
@pytest.mark.parametrize("status", ["Failed", "Suspended", "Stopped", "Queued", "New"])
def test_a_newest_job_that_did_not_complete_is_medium(status):
    [finding] = findings(CHECK, account(), job(run_on="gone", status=status))
    assert finding.severity is Severity.MEDIUM
    assert finding.message.endswith("which it does not have: the newest job of Backup")
    assert list(finding.evidence["jobs"]) == ["Backup"]


@pytest.mark.firing
def test_one_finding_for_each_account_and_name_whatever_its_case():
    parts = (*TIMED, webhook(run_on="GONE"), webhook("b", run_on="away"), job(run_on="Gone", status="Failed"))
    first, second = sorted(
        findings(CHECK, account(), *parts), key=lambda finding: finding.evidence["group_name"].lower()
    )
    assert first.evidence["group_name"] == "away"
    assert (list(second.evidence["schedules"]), list(second.evidence["webhooks"])) == (["Nightly"], ["Hook"])
    assert list(second.evidence["jobs"]) == ["Backup"]
    assert first.fingerprint != second.fingerprint


@pytest.mark.quiet
@pytest.mark.boundary
@pytest.mark.parametrize("listed", [group(group_id("GONE")), group(group_id("gone"), group_type=GroupType.SYSTEM)])
def test_a_listed_group_is_quiet_whatever_its_case(listed):
    assert findings(CHECK, account(), listed, *TIMED, HOOK, FAILED) == []


@pytest.mark.firing
def test_a_group_of_another_account_does_not_count():
    other = account(account_id("bb"))
    assert len(findings(CHECK, account(), other, group(group_id("gone", other.id)), HOOK)) == 1


@pytest.mark.quiet
@pytest.mark.boundary
@pytest.mark.parametrize(
    "parts",
    [
        [webhook(run_on=None)],
        [webhook(run_on="")],
        [webhook(run_on="gone", enabled=False)],
        [webhook(run_on="gone", expires_at=NOW)],
        [job_schedule(run_on="gone"), schedule(enabled=False)],
        [job_schedule(run_on="gone"), schedule(next_run=None)],
        [job_schedule(run_on="gone"), schedule(expires_at=NOW)],
        [job_schedule(run_on="gone")],
        [job(run_on="gone")],
        [FAILED, job("later", run_on="gone", created_at=NOW)],
        [FAILED, job("later", run_on=None, status="Failed", created_at=NOW, runbook="BACKUP")],
    ],
    ids=[
        "Azure",
        "Azure, empty",
        "disabled",
        "expired now",
        "disabled schedule",
        "no next run",
        "expired schedule",
        "no such schedule",
        "completed",
        "completed since",
        "in Azure since",
    ],
)
def test_work_that_does_not_run_there_any_more_is_quiet(parts):
    assert findings(CHECK, account(), *parts) == []
    assert unknowns(CHECK, account(), *parts) == []


@pytest.mark.firing
@pytest.mark.boundary
def test_the_moment_before_its_expiry_a_webhook_still_counts():
    assert len(findings(CHECK, account(), webhook(run_on="gone", expires_at=NOW + timedelta(microseconds=1)))) == 1


@pytest.mark.firing
def test_the_job_that_decides_is_the_newest_of_its_runbook():
    done = job("earlier", run_on="gone", created_at=NOW - days(2))
    assert len(findings(CHECK, account(), done, FAILED)) == 1
    other = job("later", run_on="gone", created_at=NOW, runbook="Other")
    assert len(findings(CHECK, account(), FAILED, other)) == 1


def test_the_earliest_run_of_several_schedules_is_told():
    more = (job_schedule("b", run_on="gone", runbook="Other"), schedule("b", next_run=NOW + minutes(1)))
    [finding] = findings(CHECK, account(), *TIMED, *more)
    assert "2 schedules such as Nightly (next on 2026-11-22 12:01 UTC)" in finding.message
    assert finding.remediation[-1].text.startswith("Otherwise let Backup, Other run on")


# -- what was not seen ------------------------------------------------------------------------------------------


@pytest.mark.firing
@pytest.mark.blind
@pytest.mark.parametrize("reading", TARGET_READINGS)
def test_what_was_seen_fires_although_another_list_was_not_read_and_the_rest_is_unknown(reading):
    seen = TIMED if reading in {Reading.JOBS, Reading.WEBHOOKS} else (HOOK, job_schedule(run_on="gone"))
    hidden = gap(reading, account_id())
    [finding] = findings(CHECK, account(), *seen, hidden)
    assert finding.severity is Severity.HIGH
    assert because(account(), *seen, hidden) == [(account_id(), hidden.gap.id)]


@pytest.mark.blind
@pytest.mark.parametrize("reading", [Reading.JOBS, Reading.JOB_SCHEDULES, Reading.WEBHOOKS])
def test_a_list_that_was_not_read_is_unknown(reading):
    hidden = gap(reading, account_id())
    assert findings(CHECK, account(), hidden) == []
    assert because(account(), hidden) == [(account_id(), hidden.gap.id)]


@pytest.mark.firing
@pytest.mark.blind
def test_a_list_that_the_account_denies_is_unknown_beside_a_finding():
    vanished = answered(Reading.JOBS, account_id(), items=0, missing=True)
    assert len(findings(CHECK, account(), HOOK, vanished)) == 1
    assert because(account(), HOOK, vanished) == [(account_id(), "jobs")]


@pytest.mark.blind
def test_schedules_that_were_not_read_leave_a_tie_open():
    hidden = gap(Reading.SCHEDULES, account_id())
    assert findings(CHECK, account(), job_schedule(run_on="gone"), hidden) == []
    assert because(account(), job_schedule(run_on="gone"), hidden) == [(account_id(), hidden.gap.id)]
    assert because(account(), hidden) == []


@pytest.mark.blind
def test_the_newest_job_of_a_list_in_part_may_be_another():
    hidden = gap(Reading.JOBS, account_id(), GapReason.TRUNCATED)
    assert findings(CHECK, account(), FAILED, hidden) == []
    assert because(account(), FAILED, hidden) == [(account_id(), hidden.gap.id)]
    [finding] = findings(CHECK, account(), FAILED, HOOK, hidden)
    assert list(finding.evidence["jobs"]) == []


@pytest.mark.blind
@pytest.mark.parametrize("reason", [GapReason.DENIED, GapReason.TRUNCATED])
@pytest.mark.parametrize("part", [HOOK, FAILED, webhook(run_on="gone", enabled=None)])
def test_groups_that_may_be_hidden_are_not_missing(reason, part):
    hidden = gap(Reading.GROUPS, account_id(), reason)
    assert findings(CHECK, account(), part, hidden) == []
    assert because(account(), part, hidden) == [(account_id(), hidden.gap.id)]


@pytest.mark.quiet
@pytest.mark.parametrize("part", [webhook(run_on=None), webhook(), webhook(run_on="gone", enabled=False)])
def test_hidden_groups_do_not_matter_where_nothing_runs_on_any_that_was_not_seen(part):
    assert unknowns(CHECK, account(), group(), part, gap(Reading.GROUPS, account_id())) == []


@pytest.mark.blind
@pytest.mark.parametrize(
    ("part", "field"),
    [
        (webhook(run_on="gone", enabled=None), "isEnabled"),
        (webhook(run_on="gone", expires_at=None), "expiryTime"),
        (job(run_on="gone", status=None), "status"),
        (job(run_on="gone", status="Failed", created_at=None, started_at=None, changed_at=None), "creationTime"),
    ],
)
def test_a_field_that_is_not_told_is_unknown(part, field):
    assert findings(CHECK, account(), part) == []
    assert because(account(), part) == [(account_id(), field)]
