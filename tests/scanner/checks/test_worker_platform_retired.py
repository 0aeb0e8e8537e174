"""worker-platform-retired: a User worker on the Log Analytics agent."""

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
    machine_id,
    minutes,
    unknowns,
    webhook,
    worker,
)

from scanner.findings import Severity
from scanner.inventory import GapReason, GroupType, Reading, SeenState, WorkerType

CHECK = "worker-platform-retired"


def v1(name="vm1", group=None, **changes):
    return worker(name, group, **{"worker_type": WorkerType.V1, "machine": None} | changes)


def v2(name="vm1", group=None, **changes):
    group = group or group_id()
    return worker(name, group, **{"id": group.child("hybridRunbookWorkers", f"v2-{name}")} | changes)


@pytest.mark.firing
def test_a_v1_worker_is_high_though_it_pings():
    [finding] = findings(CHECK, account(), group(), v1())
    assert finding.severity is Severity.HIGH
    assert finding.subject == v1().id
    assert finding.message.endswith(
        "and aa has no active V2 entry of it; no schedule, webhook or recent job targets the group"
    )
    assert finding.evidence["targeted"] is False


@pytest.mark.firing
@pytest.mark.boundary
@pytest.mark.parametrize(("age", "later"), [(minutes(-1), True), (minutes(0), False)])
def test_a_ping_that_is_later_than_the_reading_is_noted(age, later):
    [finding] = findings(CHECK, account(), group(), v1(age=age))
    assert finding.evidence["ping_is_later_than_reading"] is later


@pytest.mark.firing
@pytest.mark.boundary
@pytest.mark.parametrize("work", [webhook(), job()])
def test_work_for_a_group_without_an_active_v2_worker_is_critical(work):
    [finding] = findings(CHECK, account(), group(), v1(), v2("vm2", age=minutes(30)), work)
    assert finding.severity is Severity.CRITICAL
    assert finding.message.endswith("work is sent to the group, of which no worker is active")


@pytest.mark.firing
@pytest.mark.boundary
@pytest.mark.parametrize(
    "rest",
    [
        [v2("vm2"), webhook()],
        [webhook(enabled=False)],
        [job(created_at=NOW - days(7))],
        [webhook(run_on="others")],
    ],
    ids=["an active V2 worker", "a disabled webhook", "an old job", "another group"],
)
def test_without_work_or_with_an_active_v2_worker_it_stays_high(rest):
    [finding] = findings(CHECK, account(), group(), v1(), *rest)
    assert finding.severity is Severity.HIGH


@pytest.mark.firing
def test_its_own_active_v2_entry_keeps_it_low_whatever_is_sent_to_the_group():
    [finding] = findings(CHECK, account(), group(), v1(), v2(), webhook())
    assert finding.severity is Severity.LOW


@pytest.mark.blind
@pytest.mark.parametrize("reading", [Reading.JOBS, Reading.WEBHOOKS, Reading.JOB_SCHEDULES])
def test_work_that_was_not_seen_leaves_it_high_and_is_said(reading):
    [finding] = findings(CHECK, account(), group(), v1(), gap(reading, account_id()))
    assert finding.severity is Severity.HIGH
    assert finding.message.endswith("whether a schedule, a webhook or a job targets the group was not seen")
    assert finding.evidence["targeted"] is None


@pytest.mark.blind
@pytest.mark.parametrize(
    "hidden",
    [gap(Reading.WORKERS, group_id(), GapReason.TRUNCATED), v2("vm2", seen=SeenState.UNREADABLE, last_seen=None)],
)
def test_an_active_worker_that_may_be_hidden_leaves_it_high(hidden):
    [finding] = findings(CHECK, account(), group(), v1(), webhook(), hidden)
    assert finding.severity is Severity.HIGH
    assert "of which no worker that was seen is active" in finding.message


@pytest.mark.quiet
@pytest.mark.boundary
def test_v2_and_system_workers_are_quiet():
    system = group(group_id("vm2_guid"), group_type=GroupType.SYSTEM)
    assert findings(CHECK, account(), group(), v2(), system, v1("vm2", system.id)) == []
    assert unknowns(CHECK, account(), group(), v2(), system, v1("vm2", system.id)) == []


@pytest.mark.firing
@pytest.mark.parametrize("name", ["vm1", "VM1", "vm1.contoso.com"])
def test_an_active_v2_entry_of_its_host_name_lowers_it(name):
    [finding] = findings(CHECK, account(), group(), v1(), v2(worker_name=name))
    assert finding.severity is Severity.LOW
    assert "its V2 entry is active" in finding.message


@pytest.mark.firing
def test_an_active_v2_entry_of_its_machine_in_another_group_lowers_it():
    other = group(group_id("others"))
    twin = v2("renamed", other.id, machine=machine_id())
    [finding] = findings(CHECK, account(), group(), other, v1(machine=machine_id()), twin)
    assert finding.severity is Severity.LOW


@pytest.mark.firing
@pytest.mark.boundary
@pytest.mark.parametrize(
    "other",
    [
        v2(age=minutes(30)),
        v2(age=None),
        v2("vm2"),
        v2(worker_name="vm11"),
    ],
    ids=["inactive", "never connected", "another machine", "another name"],
)
def test_any_other_v2_entry_does_not(other):
    [finding] = findings(CHECK, account(), group(), v1(), other)
    assert finding.severity is Severity.HIGH


@pytest.mark.firing
def test_a_namesake_with_another_machine_id_does_not():
    [finding] = findings(CHECK, account(), group(), v1(machine=machine_id("vm1")), v2(machine=machine_id("other")))
    assert finding.severity is Severity.HIGH


@pytest.mark.firing
def test_a_namesake_in_another_account_does_not():
    other = account(account_id("bb"))
    elsewhere = group(group_id(account=other.id))
    [finding] = findings(CHECK, account(), group(), v1(), other, elsewhere, v2(group=elsewhere.id))
    assert finding.severity is Severity.HIGH


@pytest.mark.firing
def test_full_names_of_two_domains_are_two_machines():
    [finding] = findings(CHECK, account(), group(), v1(worker_name="vm1.a.com"), v2(worker_name="vm1.b.com"))
    assert finding.severity is Severity.HIGH


@pytest.mark.blind
@pytest.mark.parametrize(
    "hidden",
    [
        v2(seen=SeenState.UNREADABLE, last_seen=None),
        v2(worker_type=None),
        gap(Reading.WORKERS, group_id()),
        gap(Reading.WORKERS, v2().id),
    ],
    ids=["unreadable ping", "type not told", "list not read", "malformed item"],
)
def test_a_v2_entry_that_was_not_seen_lowers_nothing_and_is_said(hidden):
    [finding] = findings(CHECK, account(), group(), v1(), hidden)
    assert finding.severity is Severity.HIGH
    assert "was not seen" in finding.message


OTHERS = group(group_id("others"))


@pytest.mark.blind
@pytest.mark.parametrize(
    "hidden",
    [
        gap(Reading.GROUPS, account_id()),
        gap(Reading.GROUPS, account_id(), GapReason.TRUNCATED),
        answered(Reading.GROUPS, account_id(), missing=True),
        gap(Reading.WORKERS, OTHERS.id),
        gap(Reading.WORKERS, v2(group=OTHERS.id).id),
        answered(Reading.WORKERS, OTHERS.id, items=0, missing=True),
    ],
)
def test_the_v2_entry_may_hide_in_any_group_of_the_account(hidden):
    [finding] = findings(CHECK, account(), group(), OTHERS, v1(), hidden)
    assert finding.severity is Severity.HIGH
    assert "whether it has an active V2 entry was not seen" in finding.message
    assert finding.evidence["v2_active"] is None


@pytest.mark.firing
def test_an_active_v2_entry_needs_no_full_lists():
    [finding] = findings(CHECK, account(), group(), OTHERS, v1(), v2(), gap(Reading.WORKERS, OTHERS.id))
    assert "its V2 entry is active" in finding.message


@pytest.mark.firing
def test_a_gap_of_another_account_changes_nothing():
    other = account(account_id("bb"))
    [finding] = findings(CHECK, account(), group(), v1(), other, gap(Reading.GROUPS, other.id))
    assert finding.severity is Severity.HIGH
    assert "aa has no active V2 entry of it" in finding.message


@pytest.mark.firing
def test_a_silent_entry_of_unknown_type_is_not_active():
    [finding] = findings(CHECK, account(), group(), v1(), v2(age=minutes(30), worker_type=None))
    assert finding.severity is Severity.HIGH


@pytest.mark.blind
def test_a_missing_worker_type_is_unknown():
    [unknown] = unknowns(CHECK, account(), group(), worker(worker_type=None))
    assert (unknown.subject, unknown.because) == (worker().id, "workerType")


@pytest.mark.blind
def test_a_group_without_a_type_is_unknown():
    [unknown] = unknowns(CHECK, account(), group(group_type=None), v1())
    assert (unknown.subject, unknown.because) == (group_id(), "groupType")


@pytest.mark.blind
def test_workers_that_could_not_be_read_are_unknown():
    denied = gap(Reading.WORKERS, group_id())
    [unknown] = unknowns(CHECK, account(), group(), denied)
    assert (unknown.subject, unknown.because) == (group_id(), denied.gap.id)
