"""group-without-active-worker: a User group in which no worker is active."""

import pytest
from builders import (
    NOW,
    account,
    account_id,
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
    worker,
)

from scanner.findings import Severity
from scanner.inventory import GapReason, GroupType, Reading, SeenState, WorkerType

CHECK = "group-without-active-worker"
ESTATE = (account(), group())


@pytest.mark.firing
@pytest.mark.boundary
def test_it_fires_when_no_worker_pinged_within_half_an_hour():
    [finding] = findings(CHECK, *ESTATE, worker(age=minutes(30)), worker("vm2", age=days(2)), worker("vm3", age=None))
    assert finding.severity is Severity.HIGH
    assert finding.subject == group_id()
    assert finding.account == account_id()
    assert (finding.evidence["workers"], finding.evidence["never_connected"]) == (3, 1)
    assert finding.evidence["last_worker"] == "vm1"
    assert any("vm start" in (step.command or "") for step in finding.remediation)


@pytest.mark.firing
@pytest.mark.parametrize("parts", [(job_schedule(), schedule()), (webhook(),), (job(),)])
def test_work_that_is_sent_to_it_makes_it_critical(parts):
    [finding] = findings(CHECK, *ESTATE, worker(age=days(40)), *parts)
    assert finding.severity is Severity.CRITICAL
    assert finding.message.endswith("runs on it")


@pytest.mark.firing
@pytest.mark.boundary
def test_without_work_it_stays_high():
    [finding] = findings(CHECK, *ESTATE, worker(age=None), webhook(enabled=False), job(created_at=NOW - days(7)))
    assert finding.severity is Severity.HIGH
    assert finding.message.endswith("none ever pinged; no schedule, webhook or recent job targets it")


@pytest.mark.blind
@pytest.mark.parametrize("reading", [Reading.JOBS, Reading.WEBHOOKS, Reading.JOB_SCHEDULES])
def test_work_that_was_not_seen_leaves_it_high_and_is_said(reading):
    [finding] = findings(CHECK, *ESTATE, worker(age=None), gap(reading, account_id()))
    assert finding.severity is Severity.HIGH
    assert finding.evidence["targeted"] is None
    assert finding.message.endswith("whether a schedule, a webhook or a job targets it was not seen")


@pytest.mark.firing
def test_work_that_was_seen_counts_whatever_else_was_not():
    [finding] = findings(CHECK, *ESTATE, worker(age=None), webhook(), gap(Reading.JOBS, account_id()))
    assert finding.severity is Severity.CRITICAL


@pytest.mark.quiet
@pytest.mark.boundary
def test_it_is_quiet_a_moment_before_half_an_hour():
    assert findings(CHECK, *ESTATE, worker(age=minutes(29.9)), worker("vm2", age=days(40))) == []


@pytest.mark.firing
def test_a_v1_worker_is_never_active():
    [finding] = findings(CHECK, *ESTATE, worker(worker_type=WorkerType.V1))
    assert "retired V1" in finding.message


@pytest.mark.quiet
def test_an_empty_group_is_not_its_concern():
    assert findings(CHECK, *ESTATE) == []
    assert unknowns(CHECK, *ESTATE) == []


@pytest.mark.quiet
def test_system_groups_are_not_its_concern():
    parts = (account(), group(group_type=GroupType.SYSTEM))
    assert findings(CHECK, *parts, worker(age=days(40))) == []
    assert unknowns(CHECK, *parts, gap(Reading.WORKERS, group_id())) == []


@pytest.mark.firing
@pytest.mark.boundary
def test_the_given_as_of_decides():
    assert findings(CHECK, *ESTATE, worker(age=minutes(5)), as_of=NOW + minutes(25))


@pytest.mark.blind
@pytest.mark.parametrize("seen", [(), (worker(age=days(40)),)])
@pytest.mark.parametrize("reason", [GapReason.DENIED, GapReason.TRUNCATED])
def test_a_partial_list_without_an_active_worker_is_unknown(seen, reason):
    lost = gap(Reading.WORKERS, group_id(), reason)
    assert findings(CHECK, *ESTATE, *seen, lost) == []
    [unknown] = unknowns(CHECK, *ESTATE, *seen, lost)
    assert (unknown.subject, unknown.because) == (group_id(), lost.gap.id)


@pytest.mark.quiet
def test_a_partial_list_with_an_active_worker_settles_the_group():
    lost = gap(Reading.WORKERS, group_id(), GapReason.TRUNCATED)
    assert unknowns(CHECK, *ESTATE, worker(), lost) == []


@pytest.mark.blind
def test_a_malformed_worker_may_be_the_active_one():
    broken = gap(Reading.WORKERS, worker("vm9").id, GapReason.MALFORMED)
    assert findings(CHECK, *ESTATE, worker(age=days(40)), broken) == []
    assert group_id() in {unknown.subject for unknown in unknowns(CHECK, *ESTATE, worker(age=days(40)), broken)}
    assert unknowns(CHECK, *ESTATE, worker(), broken) == []


@pytest.mark.blind
@pytest.mark.parametrize(
    ("doubtful", "field"),
    [
        (worker(worker_type=None), "workerType"),
        (worker(seen=SeenState.UNREADABLE, last_seen=None), "lastSeenDateTime"),
    ],
)
def test_a_worker_of_unknown_type_or_time_among_inactive_ones_is_unknown(doubtful, field):
    parts = (*ESTATE, doubtful, worker("vm2", age=days(40)))
    assert findings(CHECK, *parts) == []
    [unknown] = unknowns(CHECK, *parts)
    assert (unknown.subject, unknown.because) == (group_id(), field)
    assert unknowns(CHECK, *parts, worker("vm3")) == []


@pytest.mark.firing
@pytest.mark.parametrize(
    "harmless",
    [
        worker(worker_type=None, age=days(1)),
        worker(worker_type=WorkerType.V1, seen=SeenState.UNREADABLE, last_seen=None),
    ],
)
def test_a_missing_field_that_cannot_make_a_worker_active_is_no_doubt(harmless):
    assert findings(CHECK, *ESTATE, harmless)


@pytest.mark.blind
def test_a_group_of_unknown_type_is_unknown():
    parts = (account(), group(group_type=None))
    assert findings(CHECK, *parts, worker(age=days(40))) == []
    [unknown] = unknowns(CHECK, *parts, worker(age=days(40)))
    assert (unknown.subject, unknown.because) == (group_id(), "groupType")
    assert unknowns(CHECK, *parts, worker()) == []


@pytest.mark.blind
def test_groups_that_may_not_be_listed_are_unknown():
    denied = gap(Reading.GROUPS, account_id())
    [unknown] = unknowns(CHECK, account(), denied)
    assert (unknown.subject, unknown.because) == (account_id(), denied.gap.id)
