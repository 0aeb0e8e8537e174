"""worker-purged: a worker that pinged once and is listed no more."""

import msgspec
import pytest
from builders import (
    NOW,
    OTHER_SUB,
    account,
    account_id,
    answered,
    days,
    deletion,
    estate,
    findings,
    gap,
    group,
    group_id,
    minutes,
    pings,
    subscription_id,
    unknowns,
    worker,
)

from scanner.checks import all_checks, judge
from scanner.findings import Severity
from scanner.graph import EstateGraph
from scanner.inventory import GroupType, Reading

CHECK = "worker-purged"
HERE = (account(), group(), worker())


@pytest.mark.firing
def test_it_fires_for_a_worker_that_no_account_lists():
    [finding] = findings(CHECK, *HERE, pings())
    assert (finding.severity, finding.subject, finding.account) == (Severity.HIGH, group_id(), account_id())
    assert finding.message == (
        "vm9 of workers in aa was purged: it pinged last on 2026-10-13, 40 days ago, and is listed no more"
    )


@pytest.mark.firing
def test_without_its_group_the_account_is_the_subject():
    [finding] = findings(CHECK, *HERE, pings(group="old"))
    assert finding.subject == account_id()
    assert "old (which is not listed either)" in finding.message


@pytest.mark.firing
def test_two_workers_of_one_group_are_two_findings():
    assert len({finding.fingerprint for finding in findings(CHECK, *HERE, pings("vm8"), pings("vm9"))}) == 2


@pytest.mark.firing
@pytest.mark.quiet
@pytest.mark.boundary
def test_it_fires_from_exactly_thirty_days():
    assert findings(CHECK, *HERE, pings(last_at=NOW - days(30)))
    assert findings(CHECK, *HERE, pings(last_at=NOW - days(30) + minutes(1))) == []


@pytest.mark.quiet
@pytest.mark.parametrize("name", ["vm1", "VM1.contoso.com", "guid-vm1"])
def test_a_worker_that_is_listed_is_not_purged(name):
    assert findings(CHECK, *HERE, pings(name)) == []


@pytest.mark.quiet
def test_pings_that_name_no_worker_tell_nothing():
    assert findings(CHECK, *HERE, pings("")) == []


@pytest.mark.quiet
def test_a_worker_that_another_account_lists_was_registered_anew():
    other = account_id("other", OTHER_SUB)
    anew = (account(other), group(group_id("new", other)), worker("vm9", group_id("new", other)))
    assert findings(CHECK, *HERE, *anew, pings()) == []


@pytest.mark.firing
@pytest.mark.quiet
@pytest.mark.boundary
@pytest.mark.parametrize(
    "target", [group_id(), group_id().child("hybridRunbookWorkers", "guid-9"), group_id("WORKERS")]
)
def test_a_delete_after_the_last_ping_explains_it(target):
    assert findings(CHECK, *HERE, pings(), deletion(target)) == []
    assert findings(CHECK, *HERE, pings(), deletion(target, deleted_at=NOW - days(41)))


@pytest.mark.firing
def test_a_delete_of_another_group_explains_nothing():
    assert findings(CHECK, *HERE, pings(), deletion(group_id("workers2")))


@pytest.mark.quiet
def test_a_delete_is_seen_even_where_the_rest_of_the_log_is_not():
    hidden = gap(Reading.ACTIVITY_LOG, subscription_id())
    assert findings(CHECK, *HERE, pings(), deletion(group_id()), hidden) == []


@pytest.mark.blind
def test_a_log_that_was_not_read_lowers_it_and_is_said():
    [finding] = findings(CHECK, *HERE, pings(), gap(Reading.ACTIVITY_LOG, subscription_id()))
    assert finding.severity is Severity.MEDIUM
    assert "removed or purged" in finding.message


@pytest.mark.firing
@pytest.mark.boundary
def test_a_last_ping_that_the_log_does_not_reach_lowers_it():
    [reached] = findings(CHECK, *HERE, pings(last_at=NOW - days(90) + minutes(1)))
    [beyond] = findings(CHECK, *HERE, pings(last_at=NOW - days(90)))
    assert (reached.severity, beyond.severity) == (Severity.HIGH, Severity.MEDIUM)


@pytest.mark.firing
@pytest.mark.boundary
@pytest.mark.parametrize(("since", "severity"), [(39, Severity.MEDIUM), (40, Severity.HIGH)])
def test_a_look_back_that_was_shortened_lowers_it(since, severity):
    full = estate(*HERE, pings())
    short = msgspec.structs.replace(full, facts=msgspec.structs.replace(full.facts, since=NOW - days(since)))
    [finding] = judge(EstateGraph(short), [check for check in all_checks() if check.id == CHECK]).findings
    assert finding.severity is severity


@pytest.mark.blind
def test_pings_that_were_not_read_are_unknown():
    denied = gap(Reading.PINGS, account_id())
    [unknown] = unknowns(CHECK, *HERE, denied)
    assert (unknown.subject, unknown.because) == (account_id(), denied.gap.id)


@pytest.mark.blind
@pytest.mark.parametrize(("denied", "subject"), [
    (gap(Reading.WORKERS, group_id()), group_id()),
    (gap(Reading.GROUPS, account_id()), account_id()),
    (gap(Reading.WORKERS, worker("vm2").id), worker("vm2").id),
])  # fmt: skip
def test_workers_that_were_not_listed_in_full_are_unknown(denied, subject):
    assert findings(CHECK, *HERE, pings(), denied) == []
    [unknown] = unknowns(CHECK, *HERE, pings(), denied)
    assert (unknown.subject, unknown.because) == (subject, denied.gap.id)


@pytest.mark.blind
def test_a_group_that_vanished_before_its_list_was_read_is_unknown():
    vanished = answered(Reading.WORKERS, group_id(), items=0, missing=True)
    assert findings(CHECK, *HERE, pings(), vanished) == []
    assert [unknown.subject for unknown in unknowns(CHECK, *HERE, pings(), vanished)] == [group_id()]


@pytest.mark.firing
@pytest.mark.quiet
def test_system_workers_are_not_its_concern():
    name = "vm9.contoso.com_0a1b2c3d-0000-0000-0000-000000000000"
    assert findings(CHECK, *HERE, pings(group=name)) == []
    system = group(group_id("Sys"), group_type=GroupType.SYSTEM)
    assert findings(CHECK, *HERE, system, pings(group="sys")) == []
    hidden = gap(Reading.WORKERS, system.id)
    assert findings(CHECK, *HERE, system, pings(), hidden)
    assert unknowns(CHECK, *HERE, system, hidden) == []


@pytest.mark.firing
def test_a_user_group_may_end_in_a_guid():
    assert findings(CHECK, *HERE, pings(group="servers_0a1b2c3d-0000-0000-0000-000000000000"))


def test_its_commands_name_the_real_resources():
    [finding] = findings(CHECK, *HERE, pings())
    assert finding.remediation[0].command.endswith("--resource-group rg --automation-account-name aa")


def beside(earlier, *parts):
    """What it finds with an earlier snapshot."""
    graph = EstateGraph(estate(*parts)).beside(earlier)
    return list(judge(graph, [check for check in all_checks() if check.id == CHECK]).findings)


def a_month_ago(*workers):
    return estate(account(), group(), *workers)


OFF = worker("vm9", age=days(40), read_at=NOW - days(35))


@pytest.mark.firing
def test_an_earlier_snapshot_tells_of_a_worker_that_was_off_already():
    [finding] = beside(a_month_ago(OFF), *HERE)
    assert (finding.severity, finding.subject) == (Severity.HIGH, group_id())
    assert finding.evidence["told_by"] == "an earlier snapshot"
    assert finding.fingerprint == findings(CHECK, *HERE, pings())[0].fingerprint


@pytest.mark.quiet
@pytest.mark.parametrize("parts", [
    (worker("vm9"),),
    (worker("other", machine=OFF.machine),),
    (pings(last_at=NOW - days(3)),),
    (deletion(group_id()),),
], ids=["listed", "registered anew", "pinged since", "deleted"])  # fmt: skip
def test_a_worker_of_an_earlier_snapshot_that_is_explained_is_not_purged(parts):
    assert beside(a_month_ago(OFF), *HERE, *parts) == []


@pytest.mark.quiet
def test_a_worker_that_still_pinged_then_may_have_been_removed_by_hand():
    assert beside(a_month_ago(worker("vm9", age=days(40), read_at=NOW - days(40))), *HERE) == []


@pytest.mark.firing
@pytest.mark.quiet
@pytest.mark.boundary
def test_an_earlier_snapshot_counts_from_exactly_thirty_days_too():
    assert beside(a_month_ago(worker("vm9", age=days(30), read_at=NOW - days(20))), *HERE)
    assert beside(a_month_ago(worker("vm9", age=days(30) - minutes(1), read_at=NOW - days(20))), *HERE) == []


@pytest.mark.blind
def test_what_hides_its_group_hides_that_it_was_purged():
    assert beside(a_month_ago(OFF), *HERE, gap(Reading.WORKERS, group_id())) == []


@pytest.mark.blind
def test_an_earlier_snapshot_speaks_where_the_metric_was_not_read():
    assert beside(a_month_ago(OFF), *HERE, gap(Reading.PINGS, account_id()))


@pytest.mark.quiet
def test_system_workers_of_an_earlier_snapshot_are_not_its_concern():
    system = group(group_id("sys"), group_type=GroupType.SYSTEM)
    gone = worker("vm9", system.id, age=days(40), read_at=NOW - days(35))
    assert beside(estate(account(), system, gone), *HERE) == []
