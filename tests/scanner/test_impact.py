"""What a finding on a worker or a group hurts."""

import pytest
from builders import (
    NOW,
    account,
    account_id,
    content,
    days,
    estate,
    gap,
    group,
    group_id,
    job,
    job_schedule,
    link,
    minutes,
    runbook,
    schedule,
    webhook,
    worker,
    workspace_id,
)

from scanner.findings import Impact, Start
from scanner.graph import EstateGraph
from scanner.impact import MOST_NAMED, impact_on
from scanner.inventory import GapReason, Reading
from scanner.pipeline import scan_of

STALE = (account(), group(), worker(age=days(40)))


def impact(*parts):
    return impact_on(EstateGraph(estate(account(), group(), *parts)), group_id())


def found(*parts):
    return {finding.check: finding for finding in scan_of(estate(*parts)).findings}


def test_a_finding_on_a_worker_or_its_group_tells_the_same_impact():
    every = found(*STALE, webhook(), job(runbook="Other"))
    assert every["worker-stale"].impact == every["group-without-active-worker"].impact
    assert every["worker-stale"].impact == Impact(
        group=group_id(),
        runbooks=("Backup", "Other"),
        runbooks_in_all=2,
        starts=(Start(kind="webhook", name="Hook", runbook="Backup"),),
        starts_in_all=1,
        recent_jobs=1,
        complete=True,
    )


def test_a_finding_on_anything_else_has_none():
    every = found(account(identity_type=None), link(workspace_id()), webhook(run_on="gone"))
    assert every["target-group-missing"].impact is every["account-identity-missing"].impact is None


def test_a_group_to_which_nothing_is_sent_hurts_nothing():
    made = impact(webhook(run_on="others"), webhook("b", run_on=None))
    assert (made.runbooks, made.starts, made.starts_in_all, made.recent_jobs, made.complete) == ((), (), 0, 0, True)


def test_the_next_run_comes_first_and_webhooks_last():
    parts = (
        webhook("A"),
        job_schedule("Late"),
        schedule("Late", next_run=NOW + days(2)),
        job_schedule("Soon", run_on="WORKERS"),
        schedule("Soon", next_run=NOW + minutes(5)),
    )
    made = impact(*parts)
    assert [(start.name, start.next_run) for start in made.starts] == [
        ("Soon", NOW + minutes(5)),
        ("Late", NOW + days(2)),
        ("A", None),
    ]


@pytest.mark.parametrize(
    "ended",
    [webhook(enabled=False), webhook(expires_at=NOW), job(created_at=NOW - days(7)), job_schedule()],
    ids=["disabled", "expired", "seven days old", "no such schedule"],
)
def test_what_ended_is_not_hurt(ended):
    made = impact(ended)
    assert (made.runbooks, made.starts, made.recent_jobs, made.complete) == ((), (), 0, True)


def test_called_runbooks_are_hurt_too_and_each_is_named_once_as_it_is_listed():
    called = account_id().child("runbooks", "child")
    parts = (runbook("Backup"), runbook("Child"), runbook("Alone"), content(calls=(called,)))
    made = impact(*parts, webhook(runbook="BACKUP"), job(runbook="backup"))
    assert made.runbooks == ("Backup", "Child")


def test_many_starts_are_counted_and_the_first_named():
    made = impact(*(webhook(f"hook{number:02}") for number in range(MOST_NAMED + 5)))
    assert (len(made.starts), made.starts_in_all) == (MOST_NAMED, MOST_NAMED + 5)
    assert made.starts[0].name == "hook00"
    assert len(impact(*(webhook(f"hook{number:02}") for number in range(MOST_NAMED))).starts) == MOST_NAMED


@pytest.mark.parametrize(
    "hidden",
    [
        gap(Reading.JOBS, account_id()),
        gap(Reading.WEBHOOKS, account_id(), GapReason.TRUNCATED),
        gap(Reading.JOB_SCHEDULES, account_id()),
        webhook("unclear", enabled=None),
    ],
)
def test_what_was_not_seen_leaves_the_impact_open_and_what_was_seen_is_told(hidden):
    made = impact(webhook(), hidden)
    assert not made.complete
    assert [start.name for start in made.starts] == ["Hook"]


def test_work_of_another_account_on_a_group_of_that_name_is_not_hurt():
    other = account(account_id("bb"))
    assert impact(other, webhook(account=other.id)).starts == ()


def test_the_impact_belongs_to_the_group_of_each_worker():
    other = group(group_id("b"))
    every = scan_of(estate(*STALE, other, worker("b", other.id, age=days(40)), webhook(run_on="b"))).findings
    starts = {finding.subject: finding.impact.starts_in_all for finding in every if finding.check == "worker-stale"}
    assert starts == {worker().id: 0, worker("b", other.id).id: 1}


def test_many_runbooks_are_counted_and_the_first_are_named():
    hooks = [webhook(f"hook{number:02}", runbook=f"book{number:02}") for number in range(MOST_NAMED + 3)]
    made = impact(*hooks)
    assert made.runbooks == tuple(f"book{number:02}" for number in range(MOST_NAMED))
    assert made.runbooks_in_all == MOST_NAMED + 3
