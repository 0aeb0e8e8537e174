"""worker-heartbeat-missing: a machine that runs while its Log Analytics agent is silent."""

from datetime import UTC, datetime, timedelta

import pytest
from builders import (
    NOW,
    account,
    account_id,
    answered,
    arc_id,
    findings,
    gap,
    group,
    group_id,
    heartbeat,
    ingestion_stop,
    link,
    machine,
    machine_id,
    minutes,
    subscription_id,
    unknowns,
    worker,
    workspace,
    workspace_id,
)

from scanner.findings import Severity
from scanner.inventory import GroupType, OsType, Reading, SeenState, WorkerType

CHECK = "worker-heartbeat-missing"
DAY = timedelta(hours=24)
TAKING_IN = workspace(ingestion_status="RespectQuota")


def v1(**changes):
    return worker(**{"worker_type": WorkerType.V1} | changes)


def silent(*parts, old=None, of=TAKING_IN):
    """A V1 worker without a fresh heartbeat, in an account of its own, and a workspace that takes data in."""
    return (account(), group(), old or v1(), of, *parts)


@pytest.mark.firing
def test_a_worker_that_pings_without_any_heartbeat_fires():
    [finding] = findings(CHECK, *silent())
    assert finding.subject == v1().id
    assert finding.evidence["runs"] == "it pings"
    assert finding.evidence["workspaces"] == (workspace_id().text,)
    assert "of the 1 workspace asked" in finding.message


@pytest.mark.firing
@pytest.mark.quiet
@pytest.mark.boundary
def test_a_heartbeat_counts_until_exactly_24_hours():
    beat = {"machine": machine_id()}
    assert findings(CHECK, *silent(heartbeat(last_at=NOW - DAY + minutes(1), **beat))) == []
    [finding] = findings(CHECK, *silent(heartbeat(last_at=NOW - DAY, **beat)))
    assert finding.evidence["last_heartbeat"] == "2026-11-21T12:00:00Z"


@pytest.mark.firing
def test_heartbeats_of_the_azure_monitor_agent_do_not_count():
    assert findings(CHECK, *silent(heartbeat(agent=False, machine=machine_id())))


@pytest.mark.quiet
def test_a_heartbeat_in_any_workspace_counts():
    other = workspace(workspace_id("other"), ingestion_status="RespectQuota")
    assert findings(CHECK, *silent(other, heartbeat(workspace=other.id))) == []


@pytest.mark.firing
@pytest.mark.boundary
@pytest.mark.parametrize(
    ("as_of", "severity"),
    [
        (datetime(2026, 3, 1, 23, 59, tzinfo=UTC), Severity.HIGH),
        (datetime(2026, 3, 2, tzinfo=UTC), Severity.LOW),
    ],
)
def test_from_the_shut_down_of_the_backend_on_it_is_low_and_says_so(as_of, severity):
    [finding] = findings(CHECK, *silent(), as_of=as_of)
    assert finding.severity is severity
    assert ("press reports only" in finding.message) is (severity is Severity.LOW)


@pytest.mark.quiet
def test_v2_workers_are_not_its_concern():
    assert findings(CHECK, *silent(old=worker())) == []
    assert unknowns(CHECK, *silent(old=worker()), gap(Reading.HEARTBEATS, workspace_id())) == []


@pytest.mark.firing
def test_each_system_worker_is_judged():
    system = group(group_type=GroupType.SYSTEM)
    found = findings(CHECK, account(), system, worker("vm1"), worker("vm2"), TAKING_IN)
    assert len(found) == 2
    assert any("Azure Update Manager" in step.text for step in found[0].remediation)


@pytest.mark.blind
def test_a_worker_of_untold_type_is_unknown():
    [unknown] = unknowns(CHECK, *silent(old=worker(worker_type=None)))
    assert unknown.because == "workerType"


# -- whether the machine runs -----------------------------------------------------------------------------------


@pytest.mark.firing
@pytest.mark.parametrize(
    ("seen", "runs"),
    [
        (machine(), "its power state is running"),
        (machine(arc_id()), "its Arc status is Connected"),
    ],
)
def test_a_machine_that_runs_fires_though_the_worker_is_silent(seen, runs):
    [finding] = findings(CHECK, *silent(seen, old=v1(machine=seen.id, age=DAY)))
    assert finding.evidence["runs"] == runs


@pytest.mark.firing
@pytest.mark.quiet
@pytest.mark.boundary
@pytest.mark.parametrize("seen", [machine(power_state="deallocated"), machine(arc_id(), arc_status="Disconnected")])
def test_a_machine_that_does_not_run_is_quiet_unless_it_pings(seen):
    stopped = silent(seen, old=v1(machine=seen.id, age=minutes(30)))
    assert findings(CHECK, *stopped) == unknowns(CHECK, *stopped) == []
    assert findings(CHECK, *silent(seen, old=v1(machine=seen.id, age=minutes(29))))


@pytest.mark.firing
@pytest.mark.blind
def test_a_worker_outside_azure_is_known_to_run_by_its_pings_only():
    assert findings(CHECK, *silent(old=v1(machine=None)))
    mute = silent(old=v1(machine=None, age=DAY))
    assert findings(CHECK, *mute) == []
    assert [unknown.because for unknown in unknowns(CHECK, *mute)] == ["vmResourceId"]
    [unknown] = unknowns(CHECK, *silent(old=v1(machine=None, seen=SeenState.UNREADABLE, last_seen=None)))
    assert unknown.because == "lastSeenDateTime"


@pytest.mark.quiet
def test_a_machine_that_is_gone_is_quiet():
    gone = silent(answered(Reading.VIRTUAL_MACHINE, machine_id(), missing=True), old=v1(age=DAY))
    assert findings(CHECK, *gone) == unknowns(CHECK, *gone) == []


@pytest.mark.blind
def test_an_untold_power_state_is_unknown():
    parts = silent(machine(power_state=None), old=v1(age=DAY))
    assert findings(CHECK, *parts) == []
    [unknown] = unknowns(CHECK, *parts)
    assert (unknown.subject, unknown.because) == (v1().id, "powerState")


@pytest.mark.blind
@pytest.mark.parametrize(
    "denied", [gap(Reading.VIRTUAL_MACHINE, machine_id()), gap(Reading.VIRTUAL_MACHINES, subscription_id())]
)
def test_a_machine_that_may_not_be_read_is_unknown_only_for_its_worker(denied):
    parts = silent(denied, old=v1(age=DAY))
    assert findings(CHECK, *parts) == []
    [unknown] = unknowns(CHECK, *parts)
    assert (unknown.subject, unknown.because) == (v1().id, denied.gap.id)
    assert unknowns(CHECK, account(), group(), worker(age=DAY), TAKING_IN, denied) == []


# -- whether heartbeats can be missing at all ---------------------------------------------------------------------


@pytest.mark.blind
@pytest.mark.parametrize(
    "denied",
    [
        gap(Reading.HEARTBEATS, workspace_id("other")),
        gap(Reading.OPERATIONS, workspace_id("other")),
        gap(Reading.WORKSPACES, subscription_id()),
    ],
)
def test_what_could_not_be_asked_keeps_the_worker_unknown(denied):
    parts = silent(workspace(workspace_id("other"), ingestion_status="RespectQuota"), denied)
    assert findings(CHECK, *parts) == []
    [unknown] = unknowns(CHECK, *parts)
    assert (unknown.subject, unknown.because) == (v1().id, denied.gap.id)


@pytest.mark.blind
@pytest.mark.parametrize("reading", [Reading.LINKED_WORKSPACE, Reading.WORKSPACE])
def test_an_unread_linked_workspace_keeps_the_workers_of_its_own_account_unknown(reading):
    other = account_id("bb")
    hidden = workspace_id("hidden")
    denied = gap(reading, other if reading is Reading.LINKED_WORKSPACE else hidden)
    linked = () if reading is Reading.LINKED_WORKSPACE else (link(hidden, other),)
    group_of_other = group(group_id("workers", other))
    parts = (account(other), group_of_other, v1(group=group_of_other.id), *linked, denied)
    [unknown] = unknowns(CHECK, *silent(), *parts)
    assert (unknown.subject, unknown.because) == (v1(group=group_of_other.id).id, denied.gap.id)
    assert [finding.subject for finding in findings(CHECK, *silent(), *parts)] == [v1().id]


@pytest.mark.quiet
def test_a_denied_link_is_no_concern_of_an_account_without_workers_of_the_agent():
    assert unknowns(CHECK, account(), group(), worker(), TAKING_IN, gap(Reading.LINKED_WORKSPACE, account_id())) == []


@pytest.mark.quiet
def test_a_fresh_heartbeat_settles_whatever_could_not_be_asked():
    denied = gap(Reading.HEARTBEATS, workspace_id("other"))
    parts = silent(heartbeat(machine=machine_id()), workspace(workspace_id("other")), denied)
    assert unknowns(CHECK, *parts) == []


@pytest.mark.blind
@pytest.mark.parametrize("status", ["OverQuota", "ForceOff", "SubscriptionSuspended", None, "Something new"])
def test_a_workspace_that_is_not_known_to_take_data_in_keeps_the_worker_unknown(status):
    parts = silent(of=workspace(ingestion_status=status))
    assert findings(CHECK, *parts) == []
    [unknown] = unknowns(CHECK, *parts)
    assert (unknown.subject, unknown.because) == (v1().id, "dataIngestionStatus")


@pytest.mark.firing
@pytest.mark.boundary
@pytest.mark.blind
def test_a_stop_of_the_last_24_hours_keeps_the_worker_unknown():
    assert findings(CHECK, *silent(ingestion_stop(last_at=NOW - DAY + minutes(1)))) == []
    assert findings(CHECK, *silent(ingestion_stop(last_at=NOW - DAY)))
    assert findings(CHECK, *silent(ingestion_stop(stopped=False, status="Succeeded")))


@pytest.mark.blind
def test_a_host_name_that_fits_several_machines_is_unknown():
    twins = (
        heartbeat(vm_uuid="00000000-0000-0000-0000-000000000001"),
        heartbeat(name="2", vm_uuid="00000000-0000-0000-0000-000000000002"),
    )
    parts = silent(*twins, old=v1(machine=None))
    assert findings(CHECK, *parts) == []
    assert [unknown.because for unknown in unknowns(CHECK, *parts)] == ["Computer"]


@pytest.mark.blind
def test_a_fresh_heartbeat_of_an_unknown_agent_is_unknown():
    parts = silent(heartbeat(agent=None, category="New Agent", machine=machine_id()))
    assert findings(CHECK, *parts) == []
    assert [unknown.because for unknown in unknowns(CHECK, *parts)] == ["Category"]


@pytest.mark.blind
def test_without_any_visible_workspace_nothing_was_asked():
    parts = (account(), group(), v1())
    assert findings(CHECK, *parts) == []
    assert [unknown.because for unknown in unknowns(CHECK, *parts)] == ["Heartbeat"]


@pytest.mark.blind
def test_workers_that_may_not_be_read_are_unknown():
    denied = gap(Reading.WORKERS, group_id())
    [unknown] = unknowns(CHECK, account(), group(), denied)
    assert (unknown.subject, unknown.because) == (group_id(), denied.gap.id)


@pytest.mark.blind
def test_a_gap_of_the_lists_of_workspaces_never_clears_accounts_that_are_hidden_as_well():
    denied = gap(Reading.ACCOUNTS, subscription_id())
    found = unknowns(CHECK, denied, gap(Reading.WORKSPACES, subscription_id()), account())
    assert denied.gap.id in {unknown.because for unknown in found}


# -- scenarios --------------------------------------------------------------------------------------------------


@pytest.mark.firing
@pytest.mark.parametrize(
    ("os", "age", "scenarios"),
    [
        (OsType.LINUX, minutes(30), ("S7",)),
        (OsType.LINUX, minutes(5), ()),
        (OsType.WINDOWS, minutes(30), ("S9", "S12")),
        (OsType.WINDOWS, minutes(5), ("S12",)),
        (None, minutes(30), ("S7", "S9", "S12")),
        (None, minutes(5), ("S12",)),
    ],
)
def test_the_scenarios_follow_the_operating_system_and_the_pings(os, age, scenarios):
    [finding] = findings(CHECK, *silent(machine(os=os), old=v1(age=age)))
    assert finding.scenarios == scenarios


def test_an_old_heartbeat_tells_the_operating_system_too():
    old = heartbeat(last_at=NOW - DAY, os_type="Linux", version="1.19.0-0")
    [finding] = findings(CHECK, *silent(old, old=v1(machine=None)))
    assert finding.evidence["os"] == "Linux"
    assert finding.evidence["keys"] == ("host name",)


def test_it_concerns_the_account_and_its_remedy_leads_to_migration():
    [finding] = findings(CHECK, *silent())
    assert finding.account == account_id()
    assert "hybrid worker extension" in finding.remediation[0].text
