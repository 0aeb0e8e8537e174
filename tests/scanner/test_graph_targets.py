"""What is sent to a group, where a runbook runs, and whether one that runs needs a Run As connection."""

from datetime import timedelta

import pytest
from builders import (
    NOW,
    account,
    account_id,
    answered,
    connection,
    content,
    days,
    estate,
    gap,
    group,
    group_id,
    job,
    job_schedule,
    runbook,
    schedule,
    webhook,
)

from scanner.graph import EstateGraph, TriggerKind
from scanner.inventory import GapReason, Reading, RunbookSignature

MOMENT = timedelta(microseconds=1)
TIMED = (job_schedule(), schedule())
LISTS = (Reading.JOBS, Reading.JOB_SCHEDULES, Reading.WEBHOOKS)
RUN_AS = RunbookSignature.RUN_AS


def targets(*parts, **options):
    return EstateGraph(estate(account(), group(), *parts, **options)).targets


def targeted(*parts, **options):
    return targets(*parts, **options).of(group_id()).targeted


def book(name):
    return account_id().child("runbooks", name)


# -- what makes a trigger active --------------------------------------------------------------------------------


@pytest.mark.parametrize("parts", [TIMED, [webhook()], [job()]], ids=["schedule", "webhook", "job"])
def test_a_schedule_a_webhook_or_a_recent_job_targets_its_group(parts):
    assert targeted(*parts) is True


def test_a_group_to_which_nothing_is_sent_is_not_targeted():
    assert targeted() is False
    assert targeted(webhook(run_on="others")) is False


@pytest.mark.parametrize("name", ["WORKERS", "Workers"])
def test_names_of_groups_compare_without_case(name):
    assert targeted(webhook(run_on=name)) is True
    assert targets(webhook()).of_name(account_id(), name).targeted is True


@pytest.mark.parametrize("azure", [None, ""])
def test_no_name_of_a_group_means_azure(azure):
    seen = targets(webhook(run_on=azure), job(run_on=azure), job_schedule(run_on=azure), schedule())
    assert {trigger.run_on for trigger in seen.triggers(account_id())} == {None}
    assert seen.of_name(account_id(), "").triggers == ()
    assert seen.of(group_id()).targeted is False
    assert (seen.reach(book("Backup")).runs, seen.reach(book("Backup")).on_hybrid) == (True, False)


def test_another_account_with_a_group_of_that_name_is_not_concerned():
    other = account(account_id("bb"))
    assert targeted(other, webhook(account=other.id)) is False


@pytest.mark.parametrize(
    ("changes", "active"),
    [
        ({}, True),
        ({"enabled": False}, False),
        ({"enabled": None}, None),
        ({"next_run": None}, False),
        ({"expires_at": NOW}, False),
        ({"expires_at": NOW + MOMENT}, True),
        ({"expires_at": NOW, "enabled": None}, False),
        ({"next_run": None, "enabled": None}, None),
    ],
)
def test_a_schedule_counts_while_it_is_enabled_and_will_run(changes, active):
    assert targeted(job_schedule(), schedule(**changes)) is active


@pytest.mark.parametrize(
    ("changes", "active"),
    [
        ({"enabled": False}, False),
        ({"enabled": None}, None),
        ({"expires_at": NOW}, False),
        ({"expires_at": NOW + MOMENT}, True),
        ({"expires_at": None}, None),
        ({"expires_at": None, "enabled": False}, False),
        ({"expires_at": NOW, "enabled": None}, False),
    ],
)
def test_a_webhook_counts_while_it_is_enabled_and_not_expired(changes, active):
    assert targeted(webhook(**changes)) is active


@pytest.mark.parametrize(
    ("age", "active"), [(days(7) - MOMENT, True), (days(7), False), (days(8), False), (days(-1), True)]
)
def test_a_job_counts_for_less_than_seven_days(age, active):
    assert targeted(job(created_at=NOW - age)) is active


def test_a_job_without_its_creation_is_dated_by_what_is_told():
    assert targeted(job(created_at=None, started_at=NOW - days(9), changed_at=NOW)) is False
    assert targeted(job(created_at=None, started_at=None, changed_at=NOW)) is True
    assert targeted(job(created_at=None, started_at=None, changed_at=None)) is None


def test_a_given_as_of_decides():
    assert targeted(job(), as_of=NOW + days(6)) is False
    assert targeted(webhook(), as_of=NOW + days(200)) is False
    assert targeted(job_schedule(), schedule(expires_at=NOW + days(1)), as_of=NOW + days(1)) is False


@pytest.mark.parametrize("last", [(), (schedule("other"),)])
def test_a_tie_to_a_schedule_that_the_full_list_lacks_runs_nothing(last):
    assert targeted(job_schedule(), *last) is False


def test_a_tie_to_a_schedule_that_was_not_read_leaves_it_open():
    assert targeted(job_schedule(), gap(Reading.SCHEDULES, account_id())) is None
    vanished = answered(Reading.SCHEDULES, account_id(), items=0, missing=True)
    assert targeted(job_schedule(), vanished) is None


def test_a_tie_that_does_not_tell_its_schedule_leaves_it_open():
    assert targeted(job_schedule(schedule=None, name="tie"), schedule()) is None


def test_names_of_schedules_compare_without_case():
    assert targeted(job_schedule("NIGHTLY"), schedule("nightly")) is True


def test_a_trigger_says_what_leaves_it_open():
    parts = (webhook(enabled=None), webhook("b", expires_at=None), job_schedule(), schedule(enabled=None))
    seen = targets(*parts, job(created_at=None, started_at=None, changed_at=None)).triggers(account_id())
    assert {(t.kind, t.untold) for t in seen} == {
        (TriggerKind.WEBHOOK, "isEnabled"),
        (TriggerKind.WEBHOOK, "expiryTime"),
        (TriggerKind.SCHEDULE, "isEnabled"),
        (TriggerKind.JOB, "creationTime"),
    }
    assert {t.untold for t in targets(webhook(), job(), *TIMED).triggers(account_id())} == {None}


# -- what was not seen ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("reading", LISTS)
def test_a_list_that_was_not_read_acquits_no_group(reading):
    assert targeted(gap(reading, account_id())) is None
    assert targeted(answered(reading, account_id(), items=0, missing=True)) is None


@pytest.mark.parametrize("reading", LISTS)
def test_what_was_seen_proves_it_whatever_else_was_not(reading):
    gaps = [gap(other, account_id()) for other in LISTS if other is not reading]
    parts = {Reading.JOBS: [job()], Reading.WEBHOOKS: [webhook()], Reading.JOB_SCHEDULES: TIMED}[reading]
    assert targeted(*parts, *gaps) is True
    assert targeted(*parts, gap(reading, account_id(), GapReason.TRUNCATED)) is True


def test_schedules_that_nothing_is_tied_to_need_no_reading():
    assert targeted(gap(Reading.SCHEDULES, account_id())) is False


def test_a_malformed_webhook_may_be_the_one():
    assert targeted(gap(Reading.WEBHOOKS, webhook("broken").id, GapReason.MALFORMED)) is None


# -- where a runbook runs ---------------------------------------------------------------------------------------


def calling(name, *called):
    return content(runbook=name, calls=tuple(book(child) for child in called))


def test_a_runbook_runs_where_it_is_started():
    reach = targets(runbook(), content(), webhook(run_on="Workers"), job(run_on="others")).reach(book("BACKUP"))
    assert (reach.runs, reach.on_hybrid, reach.groups) == (True, True, ("Workers", "others"))


def test_a_runbook_that_nothing_starts_does_not_run():
    reach = targets(runbook()).reach(book("Backup"))
    assert (reach.runs, reach.on_hybrid, reach.groups) == (False, False, ())


def test_what_ended_gives_no_reach():
    reach = targets(runbook(), content(), webhook(enabled=False), job(created_at=NOW - days(20))).reach(book("Backup"))
    assert (reach.runs, reach.on_hybrid, reach.groups) == (False, False, ())


def test_called_runbooks_run_where_their_callers_do_however_deep():
    parts = (runbook("Top"), runbook("Middle"), runbook("Bottom"), runbook("Alone"))
    contents = (calling("Top", "MIDDLE"), calling("Middle", "Bottom"), calling("Bottom"), calling("Alone"))
    seen = targets(*parts, *contents, webhook(runbook="top"))
    for name in ("Top", "Middle", "Bottom"):
        assert (seen.reach(book(name)).on_hybrid, seen.reach(book(name)).groups) == (True, ("workers",))
    assert seen.reach(book("Alone")).runs is False


def test_runbooks_that_call_one_another_in_a_circle_end():
    contents = (calling("A", "B", "A"), calling("B", "A"))
    seen = targets(runbook("A"), runbook("B"), *contents, webhook(runbook="B"))
    assert seen.reach(book("A")).on_hybrid is seen.reach(book("B")).on_hybrid is True


@pytest.mark.parametrize(
    "unseen",
    [
        [gap(Reading.RUNBOOK_CONTENT, book("Top"))],
        [content(runbook="Top", in_full=False)],
    ],
    ids=["unread", "not in full"],
)
def test_a_caller_whose_content_was_not_seen_may_call_any_runbook(unseen):
    seen = targets(runbook("Top"), runbook("Alone"), calling("Alone"), webhook(runbook="Top"), *unseen)
    assert (seen.reach(book("Alone")).runs, seen.reach(book("Alone")).on_hybrid) == (None, None)
    in_azure = targets(runbook("Top"), runbook("Alone"), webhook(runbook="Top", run_on=None), *unseen)
    assert (in_azure.reach(book("Alone")).runs, in_azure.reach(book("Alone")).on_hybrid) == (None, False)
    idle = targets(runbook("Top"), runbook("Alone"), webhook(runbook="Top", enabled=False), *unseen)
    assert idle.reach(book("Alone")).runs is False


def test_a_caller_that_was_not_listed_may_call_any_runbook():
    seen = targets(runbook("Alone"), webhook(runbook="Top"), gap(Reading.RUNBOOKS, account_id()))
    assert seen.reach(book("Alone")).on_hybrid is None
    assert targets(runbook("Alone"), webhook(runbook="gone")).reach(book("Alone")).on_hybrid is False


def test_a_trigger_that_does_not_tell_its_runbook_may_start_any():
    assert targets(runbook(), webhook(runbook=None)).reach(book("Backup")).on_hybrid is None


@pytest.mark.parametrize("reading", LISTS)
def test_a_list_that_was_not_read_may_start_any_runbook(reading):
    reach = targets(runbook(), gap(reading, account_id())).reach(book("Backup"))
    assert (reach.runs, reach.on_hybrid) == (None, None)


# -- who needs a Run As connection ------------------------------------------------------------------------------


def need(*parts, name="AzureRunAsConnection"):
    return targets(*parts).need(connection(name))


def test_a_runbook_that_runs_and_uses_the_connection_needs_it():
    found = need(runbook(), content(RUN_AS), webhook())
    assert (found.needed, found.on_hybrid, found.runbooks) == (True, True, ("Backup",))
    in_azure = need(runbook(), content(RUN_AS), webhook(run_on=None))
    assert (in_azure.needed, in_azure.on_hybrid, in_azure.runbooks) == (True, False, ("Backup",))


def test_a_called_runbook_needs_it_too():
    parts = (runbook("Top"), runbook(), calling("Top", "Backup"), content(RUN_AS), webhook(runbook="Top"))
    assert need(*parts).runbooks == ("Backup",)


@pytest.mark.parametrize(
    "parts",
    [
        [],
        [runbook(), content(RUN_AS)],
        [runbook(), content(RUN_AS), webhook(enabled=False)],
        [runbook(), content(RunbookSignature.CLASSIC_RUN_AS), webhook()],
        [runbook(), content(RunbookSignature.MANAGED_IDENTITY), webhook()],
    ],
    ids=["no runbook", "does not run", "runs no more", "another connection", "another signature"],
)
def test_anything_less_is_no_need(parts):
    found = need(*parts)
    assert (found.needed, found.on_hybrid, found.runbooks) == (False, False, ())


def test_each_run_as_connection_has_its_own_signature():
    parts = (runbook(), content(RunbookSignature.CLASSIC_RUN_AS), webhook())
    assert need(*parts, name="AZURECLASSICRUNASCONNECTION").needed is True
    assert need(*parts).needed is False
    assert need(*parts, name="own").needed is None


@pytest.mark.parametrize(
    "unseen",
    [
        gap(Reading.RUNBOOKS, account_id()),
        gap(Reading.RUNBOOK_CONTENT, book("Backup")),
        content(in_full=False),
        gap(Reading.RUNBOOKS, book("broken"), GapReason.MALFORMED),
    ],
    ids=["runbooks", "content", "content in part", "malformed runbook"],
)
def test_content_that_was_not_seen_acquits_nothing(unseen):
    found = need(runbook(), webhook(), unseen)
    assert (found.needed, found.on_hybrid) == (None, None)


def test_content_in_part_proves_what_it_shows():
    assert need(runbook(), content(RUN_AS, in_full=False), webhook()).needed is True


def test_content_of_a_runbook_that_does_not_run_does_not_matter():
    assert need(runbook(), gap(Reading.RUNBOOK_CONTENT, book("Backup"))).needed is False


@pytest.mark.parametrize("trigger", [job(created_at=NOW - days(20)), webhook(), gap(Reading.JOBS, account_id())])
def test_a_runbook_that_was_never_published_has_nothing_to_read(trigger):
    never = (runbook(state="New"), answered(Reading.RUNBOOK_CONTENT, book("Backup"), items=0, missing=True))
    assert need(*never, trigger).needed is False
    assert need(never[0], gap(Reading.RUNBOOK_CONTENT, book("Backup")), trigger).needed is False


@pytest.mark.parametrize("reading", LISTS)
def test_a_user_that_may_run_may_need_it(reading):
    found = need(runbook(), content(RUN_AS), gap(reading, account_id()))
    assert (found.needed, found.on_hybrid, found.runbooks) == (None, None, ())


def test_a_certain_need_in_azure_and_a_possible_one_on_a_group():
    users = (runbook(), content(RUN_AS), runbook("Other"), content(RUN_AS, runbook="Other"))
    found = need(*users, webhook(run_on=None), webhook("b", runbook="Other", enabled=None))
    assert (found.needed, found.on_hybrid, found.runbooks) == (True, None, ("Backup",))
