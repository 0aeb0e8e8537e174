"""worker-disconnected: a worker that has stopped to ping."""

import pytest
from builders import NOW, account, days, findings, gap, group, group_id, machine_id, minutes, unknowns, worker

from scanner.checks.worker_disconnected import worker_disconnected
from scanner.findings import Severity
from scanner.inventory import ArmId, GroupType, Reading, SeenState, WorkerType

CHECK = "worker-disconnected"


@pytest.mark.firing
@pytest.mark.boundary
@pytest.mark.parametrize(
    ("age", "severity"),
    [
        (minutes(30), Severity.LOW),
        (days(1) - minutes(1), Severity.LOW),
        (days(1), Severity.MEDIUM),
        (days(21) - minutes(1), Severity.MEDIUM),
    ],
)
def test_it_fires_from_30_minutes_to_just_before_21_days(age, severity):
    [finding] = findings(CHECK, account(), group(), worker(age=age))
    assert finding.severity is severity
    assert finding.subject == worker().id


@pytest.mark.quiet
@pytest.mark.boundary
@pytest.mark.parametrize("age", [minutes(30) - minutes(0.1), minutes(-90), days(21), days(40), None])
def test_it_is_quiet_outside(age):
    assert findings(CHECK, account(), group(), worker(age=age)) == []
    assert unknowns(CHECK, account(), group(), worker(age=age)) == []


@pytest.mark.parametrize(
    ("age", "words"), [(minutes(45), "45 minutes"), (minutes(61), "1 hour"), (days(2.9), "2 days")]
)
def test_the_message_says_for_how_long(age, words):
    [finding] = findings(CHECK, account(), group(), worker(age=age))
    assert finding.message == f"vm1 in workers has not pinged for {words} and takes no jobs"


def test_a_machine_of_arc_gets_the_commands_of_arc():
    arc = ArmId("/subscriptions/s/resourceGroups/rg/providers/Microsoft.HybridCompute/machines/srv")
    [finding] = findings(CHECK, account(), group(), worker(age=days(1), machine=arc))
    assert finding.remediation[0].command == "az connectedmachine show --name srv --subscription s --resource-group rg"
    assert "--machine-name srv" in finding.remediation[1].command


def test_a_worker_without_a_machine_id_gets_steps_without_commands():
    [finding] = findings(CHECK, account(), group(), worker(age=days(1), machine=None, worker_type=WorkerType.V1))
    assert [step.command is None for step in finding.remediation] == [True, True, False]
    assert machine_id().name in finding.remediation[0].text


@pytest.mark.quiet
def test_system_workers_are_not_its_concern():
    assert findings(CHECK, account(), group(group_type=GroupType.SYSTEM), worker(age=days(1))) == []


@pytest.mark.firing
@pytest.mark.boundary
def test_a_given_as_of_decides_the_age():
    assert findings(CHECK, account(), group(), worker(), as_of=NOW + minutes(25))


@pytest.mark.blind
def test_an_unreadable_time_is_unknown():
    [unknown] = unknowns(CHECK, account(), group(), worker(seen=SeenState.UNREADABLE, last_seen=None))
    assert (unknown.subject, unknown.because) == (worker().id, "lastSeenDateTime")


@pytest.mark.blind
def test_workers_that_could_not_be_read_are_unknown():
    denied = gap(Reading.WORKERS, group_id())
    [unknown] = unknowns(CHECK, account(), group(), denied)
    assert (unknown.subject, unknown.because) == (group_id(), denied.gap.id)


def test_its_title_says_what_it_finds():
    assert worker_disconnected.info.title == "A hybrid worker has stopped pinging"
