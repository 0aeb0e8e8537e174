"""group-empty: a User group without workers."""

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
    worker,
)

from scanner.checks._group import MOST_STARTERS
from scanner.findings import Severity
from scanner.inventory import GapReason, GroupType, Reading

CHECK = "group-empty"
ESTATE = (account(), group())


@pytest.mark.firing
def test_an_answered_empty_list_fires():
    [finding] = findings(CHECK, *ESTATE)
    assert finding.severity is Severity.LOW
    assert (finding.subject, finding.account) == (group_id(), account_id())
    assert finding.message == "workers in aa has no workers; no schedule, webhook or recent job targets it"
    assert finding.evidence["targeted"] is False
    assert any("hrwg delete" in (step.command or "") for step in finding.remediation)


@pytest.mark.firing
@pytest.mark.parametrize(
    ("parts", "what"),
    [
        ((job_schedule(), schedule()), "the schedule Nightly runs on it"),
        ((webhook(),), "the webhook Hook runs on it"),
        ((job(),), "a job of Backup runs on it"),
        ((job(runbook=None),), "jobs were sent to it in the last 7 days"),
    ],
)
def test_work_that_is_sent_to_it_raises_it(parts, what):
    [finding] = findings(CHECK, *ESTATE, *parts)
    assert finding.severity is Severity.HIGH
    assert finding.message.endswith(what)


@pytest.mark.firing
@pytest.mark.boundary
@pytest.mark.parametrize(
    "part",
    [
        job(created_at=NOW - days(7) + minutes(1)),
        webhook(expires_at=NOW + minutes(1)),
        webhook(run_on="WORKERS"),
    ],
    ids=["almost 7 days old", "almost expired", "another case"],
)
def test_work_counts_up_to_its_very_end(part):
    [finding] = findings(CHECK, *ESTATE, part)
    assert finding.severity is Severity.HIGH


def test_much_work_is_named_in_part():
    hooks = [webhook(f"hook{number:02}") for number in range(MOST_STARTERS + 1)]
    [finding] = findings(CHECK, *ESTATE, *hooks, job())
    assert len(finding.evidence["targeted_by"]) == MOST_STARTERS
    assert finding.message.endswith("the webhook hook00 runs on it")


@pytest.mark.firing
@pytest.mark.boundary
@pytest.mark.parametrize(
    "part", [job(created_at=NOW - days(7)), webhook(expires_at=NOW), webhook(enabled=False), webhook(run_on="others")]
)
def test_work_that_ended_or_goes_elsewhere_does_not(part):
    [finding] = findings(CHECK, *ESTATE, part)
    assert finding.severity is Severity.LOW


@pytest.mark.blind
@pytest.mark.parametrize("reading", [Reading.JOBS, Reading.WEBHOOKS, Reading.JOB_SCHEDULES])
def test_work_that_was_not_seen_leaves_it_low_and_is_said(reading):
    [finding] = findings(CHECK, *ESTATE, gap(reading, account_id()))
    assert finding.severity is Severity.LOW
    assert finding.evidence["targeted"] is None
    assert finding.message.endswith("whether a schedule, a webhook or a job targets it was not seen")
    assert unknowns(CHECK, *ESTATE, gap(reading, account_id())) == []


def test_names_of_groups_are_quoted_in_commands():
    [finding] = findings(CHECK, account(), group(group_id("a; rm -rf $HOME")))
    assert "'a; rm -rf $HOME'" in finding.remediation[-1].command


@pytest.mark.quiet
@pytest.mark.boundary
def test_a_group_with_any_worker_is_quiet():
    assert findings(CHECK, *ESTATE, worker(age=days(90))) == []
    assert unknowns(CHECK, *ESTATE, worker(age=days(90))) == []


@pytest.mark.quiet
def test_system_groups_are_not_its_concern():
    assert findings(CHECK, account(), group(group_type=GroupType.SYSTEM)) == []
    assert unknowns(CHECK, account(), group(group_type=GroupType.SYSTEM), gap(Reading.WORKERS, group_id())) == []


@pytest.mark.blind
def test_a_list_that_may_not_be_read_is_unknown():
    denied = gap(Reading.WORKERS, group_id())
    assert findings(CHECK, *ESTATE, denied) == []
    [unknown] = unknowns(CHECK, *ESTATE, denied)
    assert (unknown.subject, unknown.because) == (group_id(), denied.gap.id)


@pytest.mark.quiet
def test_a_partial_list_with_a_worker_settles_the_group():
    lost = gap(Reading.WORKERS, group_id(), GapReason.TRUNCATED)
    assert findings(CHECK, *ESTATE, worker(), lost) == []
    assert unknowns(CHECK, *ESTATE, worker(), lost) == []


@pytest.mark.blind
def test_a_list_whose_only_item_is_malformed_is_not_empty():
    broken = gap(Reading.WORKERS, worker().id, GapReason.MALFORMED)
    assert findings(CHECK, *ESTATE, broken) == []
    assert (group_id(), broken.gap.id) in [(u.subject, u.because) for u in unknowns(CHECK, *ESTATE, broken)]


@pytest.mark.blind
def test_a_group_of_unknown_type_is_unknown():
    assert findings(CHECK, account(), group(group_type=None)) == []
    [unknown] = unknowns(CHECK, account(), group(group_type=None))
    assert (unknown.subject, unknown.because) == (group_id(), "groupType")


@pytest.mark.blind
def test_a_group_that_vanished_before_its_list_was_read_is_unknown():
    vanished = answered(Reading.WORKERS, group_id(), items=0, missing=True)
    assert findings(CHECK, *ESTATE, vanished) == []
    [unknown] = unknowns(CHECK, *ESTATE, vanished)
    assert (unknown.subject, unknown.because) == (group_id(), "hybridRunbookWorkers")
