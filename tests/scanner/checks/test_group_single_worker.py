"""group-single-worker: nothing takes the place of the only worker."""

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
    schedule,
    unknowns,
    webhook,
    worker,
)

from scanner.findings import Severity
from scanner.graph import TARGET_READINGS
from scanner.inventory import GapReason, GroupType, Reading

CHECK = "group-single-worker"
ONE = (account(), group(), worker())


@pytest.mark.firing
@pytest.mark.parametrize("parts", [(job_schedule(), schedule()), (webhook(),), (job(),)])
def test_it_fires_for_a_targeted_group_with_one_worker(parts):
    [finding] = findings(CHECK, *ONE, *parts)
    assert finding.severity is Severity.INFO
    assert (finding.subject, finding.account) == (group_id(), account_id())
    assert finding.message.startswith("workers in aa has one worker only, vm1; ")
    assert finding.message.endswith("runs on it, and nothing takes its place when that worker is down")
    assert "hrwg hrw list" in finding.remediation[-1].command


@pytest.mark.firing
@pytest.mark.parametrize("age", [None, days(90)])
def test_an_inactive_worker_counts_all_the_same(age):
    assert len(findings(CHECK, account(), group(), worker(age=age), webhook())) == 1


@pytest.mark.quiet
@pytest.mark.boundary
@pytest.mark.parametrize(
    "parts",
    [
        (*ONE, worker("vm2"), webhook()),
        (account(), group(), webhook()),
        (*ONE,),
        (*ONE, webhook(enabled=False), job(created_at=NOW - days(7)), job_schedule(), schedule(next_run=None)),
        (account(), group(group_type=GroupType.SYSTEM), worker(), webhook()),
    ],
    ids=["two workers", "no worker", "not targeted", "targeted no more", "System"],
)
def test_anything_else_is_quiet(parts):
    assert findings(CHECK, *parts) == []
    assert unknowns(CHECK, *parts) == []


@pytest.mark.blind
@pytest.mark.parametrize("reading", [reading for reading in TARGET_READINGS if reading is not Reading.SCHEDULES])
def test_work_that_was_not_seen_is_unknown_for_a_group_of_one_only(reading):
    hidden = gap(reading, account_id())
    assert findings(CHECK, *ONE, hidden) == []
    [unknown] = unknowns(CHECK, *ONE, hidden)
    assert (unknown.subject, unknown.because) == (group_id(), hidden.gap.id)
    assert unknowns(CHECK, *ONE, worker("vm2"), hidden) == []
    assert unknowns(CHECK, account(), hidden) == []


@pytest.mark.firing
def test_work_that_was_seen_counts_whatever_else_was_not():
    parts = (*ONE, webhook(), gap(Reading.JOBS, account_id()), gap(Reading.JOB_SCHEDULES, account_id()))
    assert len(findings(CHECK, *parts)) == 1
    assert unknowns(CHECK, *parts) == []


@pytest.mark.blind
@pytest.mark.parametrize(
    ("part", "because"),
    [
        (webhook(enabled=None), "isEnabled"),
        (webhook(expires_at=None), "expiryTime"),
        (job(created_at=None, started_at=None, changed_at=None), "creationTime"),
        (answered(Reading.JOBS, account_id(), items=0, missing=True), "jobs"),
    ],
)
def test_work_of_which_too_little_is_told_is_unknown(part, because):
    assert findings(CHECK, *ONE, part) == []
    assert [(u.subject, u.because) for u in unknowns(CHECK, *ONE, part)] == [(group_id(), because)]


@pytest.mark.blind
@pytest.mark.parametrize("reason", [GapReason.DENIED, GapReason.TRUNCATED])
def test_workers_that_may_be_hidden_are_unknown(reason):
    hidden = gap(Reading.WORKERS, group_id(), reason)
    assert findings(CHECK, *ONE, webhook(), hidden) == []
    [unknown] = unknowns(CHECK, *ONE, webhook(), hidden)
    assert (unknown.subject, unknown.because) == (group_id(), hidden.gap.id)
    assert unknowns(CHECK, *ONE, worker("vm2"), webhook(), hidden) == []
    assert unknowns(CHECK, *ONE, hidden) == []


@pytest.mark.blind
def test_a_group_of_unknown_type_is_unknown():
    parts = (account(), group(group_type=None), worker(), webhook())
    assert findings(CHECK, *parts) == []
    assert [(u.subject, u.because) for u in unknowns(CHECK, *parts)] == [(group_id(), "groupType")]


@pytest.mark.blind
def test_groups_that_were_not_listed_are_unknown():
    hidden = gap(Reading.GROUPS, account_id())
    assert [(u.subject, u.because) for u in unknowns(CHECK, account(), hidden)] == [(account_id(), hidden.gap.id)]
