"""worker-never-connected: a registration without an agent."""

from datetime import UTC, datetime

import pytest
from builders import NOW, account, findings, gap, group, group_id, minutes, unknowns, worker

from scanner.findings import Severity
from scanner.inventory import GroupType, Reading, SeenState

CHECK = "worker-never-connected"


@pytest.mark.firing
@pytest.mark.boundary
def test_it_fires_from_exactly_one_hour_after_the_registration():
    [finding] = findings(CHECK, account(), group(), worker(age=None, registered_at=NOW - minutes(60)))
    assert finding.severity is Severity.MEDIUM
    assert finding.subject == worker().id
    assert finding.message == "vm1 in workers was registered on 2026-11-22 11:00 UTC and has never pinged"


@pytest.mark.quiet
@pytest.mark.boundary
def test_it_is_quiet_within_the_first_hour():
    fresh = worker(age=None, registered_at=NOW - minutes(59))
    assert findings(CHECK, account(), group(), fresh) == []
    assert unknowns(CHECK, account(), group(), fresh) == []


@pytest.mark.quiet
def test_it_is_quiet_once_the_worker_pinged():
    assert findings(CHECK, account(), group(), worker()) == []


@pytest.mark.quiet
def test_system_workers_are_not_its_concern():
    assert findings(CHECK, account(), group(group_type=GroupType.SYSTEM), worker(age=None)) == []


@pytest.mark.blind
@pytest.mark.parametrize("never", [None, datetime.min.replace(tzinfo=UTC)], ids=["absent", "year 1"])
def test_a_missing_time_of_registration_is_unknown(never):
    assert findings(CHECK, account(), group(), worker(age=None, registered_at=never)) == []
    [unknown] = unknowns(CHECK, account(), group(), worker(age=None, registered_at=never))
    assert (unknown.subject, unknown.because) == (worker().id, "registeredDateTime")


@pytest.mark.quiet
def test_the_time_of_registration_of_a_worker_that_pinged_does_not_matter():
    assert unknowns(CHECK, account(), group(), worker(registered_at=None)) == []


@pytest.mark.blind
def test_an_unreadable_last_ping_is_unknown():
    [unknown] = unknowns(CHECK, account(), group(), worker(seen=SeenState.UNREADABLE, last_seen=None))
    assert (unknown.subject, unknown.because) == (worker().id, "lastSeenDateTime")


@pytest.mark.blind
def test_workers_that_could_not_be_read_are_unknown():
    denied = gap(Reading.WORKERS, group_id())
    [unknown] = unknowns(CHECK, account(), group(), denied)
    assert (unknown.subject, unknown.because) == (group_id(), denied.gap.id)
