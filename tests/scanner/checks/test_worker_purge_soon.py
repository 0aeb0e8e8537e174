"""worker-purge-soon: a worker whose purge is near."""

import pytest
from builders import NOW, account, days, findings, gap, group, group_id, minutes, unknowns, worker

from scanner.findings import Severity
from scanner.inventory import GroupType, Reading, SeenState, WorkerType

CHECK = "worker-purge-soon"


@pytest.mark.firing
@pytest.mark.boundary
@pytest.mark.parametrize("age", [days(21), days(25), days(30) - minutes(1)])
def test_it_fires_from_21_days_to_just_before_30(age):
    [finding] = findings(CHECK, account(), group(), worker(age=age))
    assert finding.severity is Severity.MEDIUM
    assert finding.subject == worker().id
    assert finding.evidence["purge_date"] == (NOW - age + days(30)).isoformat().replace("+00:00", "Z")


@pytest.mark.quiet
@pytest.mark.boundary
@pytest.mark.parametrize("age", [days(21) - minutes(1), days(30), minutes(5), None])
def test_it_is_quiet_outside(age):
    assert findings(CHECK, account(), group(), worker(age=age)) == []
    assert unknowns(CHECK, account(), group(), worker(age=age)) == []


def test_the_message_names_the_purge_date():
    [finding] = findings(CHECK, account(), group(), worker(age=days(21)))
    assert finding.message == "vm1 in workers has not pinged for 21 days and is due to be purged on 2026-12-01"


@pytest.mark.firing
def test_v1_workers_are_judged_too():
    assert findings(CHECK, account(), group(), worker(age=days(22), worker_type=WorkerType.V1))


@pytest.mark.quiet
def test_system_workers_are_not_its_concern():
    assert findings(CHECK, account(), group(group_type=GroupType.SYSTEM), worker(age=days(22))) == []


@pytest.mark.firing
@pytest.mark.boundary
def test_a_given_as_of_decides_the_age():
    assert findings(CHECK, account(), group(), worker(age=days(1)), as_of=NOW + days(20))


@pytest.mark.blind
def test_an_unreadable_time_is_unknown():
    [unknown] = unknowns(CHECK, account(), group(), worker(seen=SeenState.UNREADABLE, last_seen=None))
    assert (unknown.subject, unknown.because) == (worker().id, "lastSeenDateTime")


@pytest.mark.firing
@pytest.mark.blind
def test_workers_that_could_not_be_read_are_unknown_and_the_seen_ones_still_judged():
    denied = gap(Reading.WORKERS, group_id())
    [unknown] = unknowns(CHECK, account(), group(), worker(age=days(22)), denied)
    assert (unknown.subject, unknown.because) == (group_id(), denied.gap.id)
    assert findings(CHECK, account(), group(), worker(age=days(22)), denied)
