"""worker-stale: a worker past the purge date that is still listed."""

import pytest
from builders import NOW, account, answered, days, findings, gap, group, group_id, minutes, unknowns, worker

from scanner.findings import Severity
from scanner.inventory import GroupType, Reading, SeenState, WorkerType

CHECK = "worker-stale"


@pytest.mark.firing
@pytest.mark.boundary
def test_it_fires_from_exactly_thirty_days():
    [finding] = findings(CHECK, account(), group(), worker(age=days(30)))
    assert finding.severity is Severity.HIGH
    assert finding.subject == worker().id
    assert finding.evidence["age_days"] == 30
    assert "no other worker of the group is active" in finding.message


@pytest.mark.quiet
@pytest.mark.boundary
def test_it_is_quiet_a_moment_before_thirty_days():
    assert findings(CHECK, account(), group(), worker(age=days(30) - minutes(1))) == []


@pytest.mark.firing
@pytest.mark.boundary
def test_another_active_worker_of_the_group_lowers_it():
    [finding] = findings(CHECK, account(), group(), worker(age=days(40)), worker("vm2", age=minutes(29)))
    assert finding.severity is Severity.MEDIUM


@pytest.mark.firing
def test_an_active_v1_worker_does_not_lower_it():
    [finding] = findings(CHECK, account(), group(), worker(age=days(40)), worker("vm2", worker_type=WorkerType.V1))
    assert finding.severity is Severity.HIGH


@pytest.mark.firing
def test_an_active_worker_of_another_group_does_not_lower_it():
    other = group(group_id("others"))
    [finding] = findings(CHECK, account(), group(), other, worker(age=days(40)), worker("vm2", other.id))
    assert finding.severity is Severity.HIGH


@pytest.mark.blind
def test_a_worker_hidden_from_its_group_lowers_nothing_and_is_said():
    hidden = gap(Reading.WORKERS, group_id())
    [finding] = findings(CHECK, account(), group(), worker(age=days(40)), hidden)
    assert finding.severity is Severity.HIGH
    assert "was not seen" in finding.message


@pytest.mark.firing
@pytest.mark.boundary
@pytest.mark.parametrize(
    "silent",
    [
        worker("vm2", age=minutes(30)),
        worker("vm2", age=minutes(30), worker_type=None),
        worker("vm2", age=None, worker_type=None),
        worker("vm2", worker_type=WorkerType.V1, seen=SeenState.UNREADABLE, last_seen=None),
    ],
    ids=["silent for half an hour", "silent and of untold type", "never pinged", "V1"],
)
def test_a_worker_that_cannot_be_active_leaves_no_doubt_whatever_else_is_unread(silent):
    [finding] = findings(CHECK, account(), group(), worker(age=days(40)), silent)
    assert finding.severity is Severity.HIGH


@pytest.mark.blind
@pytest.mark.parametrize(
    "doubtful",
    [worker("vm2", worker_type=None), worker("vm2", seen=SeenState.UNREADABLE, last_seen=None)],
    ids=["type not told", "ping not readable"],
)
def test_a_worker_that_may_be_active_lowers_nothing(doubtful):
    [finding] = findings(CHECK, account(), group(), worker(age=days(40)), doubtful)
    assert finding.severity is Severity.HIGH
    assert finding.evidence["another_active"] is None


@pytest.mark.blind
def test_a_group_that_vanished_before_its_list_was_read_lowers_nothing():
    vanished = answered(Reading.WORKERS, group_id(), items=0, missing=True)
    [finding] = findings(CHECK, account(), group(), worker(age=days(40)), vanished)
    assert finding.severity is Severity.HIGH


@pytest.mark.blind
def test_a_malformed_worker_of_the_group_lowers_nothing():
    malformed = gap(Reading.WORKERS, worker("vm2").id)
    [finding] = findings(CHECK, account(), group(), worker(age=days(40)), malformed)
    assert finding.severity is Severity.HIGH


@pytest.mark.firing
def test_a_gap_of_another_group_changes_nothing():
    other = group(group_id("others"))
    [finding] = findings(CHECK, account(), group(), other, worker(age=days(40)), gap(Reading.WORKERS, other.id))
    assert finding.severity is Severity.HIGH


@pytest.mark.quiet
def test_system_workers_are_not_its_concern():
    assert findings(CHECK, account(), group(group_type=GroupType.SYSTEM), worker(age=days(40))) == []


@pytest.mark.quiet
def test_a_worker_that_never_pinged_is_not_its_concern():
    assert findings(CHECK, account(), group(), worker(age=None)) == []
    assert unknowns(CHECK, account(), group(), worker(age=None)) == []


@pytest.mark.blind
def test_an_unreadable_time_is_unknown():
    [unknown] = unknowns(CHECK, account(), group(), worker(seen=SeenState.UNREADABLE, last_seen=None))
    assert (unknown.subject, unknown.because) == (worker().id, "lastSeenDateTime")


@pytest.mark.blind
def test_a_group_without_a_type_is_unknown_not_skipped():
    [unknown] = unknowns(CHECK, account(), group(group_type=None), worker(age=days(40)))
    assert (unknown.subject, unknown.because) == (group_id(), "groupType")


@pytest.mark.blind
def test_workers_that_could_not_be_read_are_unknown():
    denied = gap(Reading.WORKERS, group_id())
    [unknown] = unknowns(CHECK, account(), group(), denied)
    assert (unknown.subject, unknown.because) == (group_id(), denied.gap.id)


@pytest.mark.firing
@pytest.mark.boundary
def test_a_given_as_of_decides_the_age():
    assert findings(CHECK, account(), group(), worker(age=days(29)), as_of=NOW + days(1))


def test_its_commands_name_the_real_resources():
    [finding] = findings(
        CHECK, account(), group(group_id("it's; mine")), worker(group=group_id("it's; mine"), age=days(30))
    )
    check, _, removal = finding.remediation
    assert check.command.startswith("az vm get-instance-view --name vm1 --subscription 1111")
    assert "--hybrid-runbook-worker-id guid-vm1" in removal.command
    assert """'it'"'"'s; mine'""" in removal.command
