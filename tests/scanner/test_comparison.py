"""Comparing two scans: what is called fixed was looked for, and what moved is not lost."""

from pathlib import Path
from random import Random

import msgspec
import pytest
from builders import (
    NOW,
    OTHER_SUB,
    SUB,
    account,
    account_id,
    days,
    estate,
    gap,
    group,
    group_id,
    link,
    machine,
    minutes,
    subscription,
    subscription_id,
    worker,
    workspace,
    workspace_id,
)
from hypothesis import given, settings
from hypothesis import strategies as st
from tangled import hindrances, tangled
from tenants import estate_of, scan_named

from reports.json_reading import record_of_report
from reports.json_report import to_json
from scanner.collect import Choice
from scanner.comparison import Baseline, compare, record_of
from scanner.emulator import TENANTS, generate
from scanner.errors import UsageError
from scanner.findings import Change, CheckError, Severity
from scanner.inventory import ArmId, GapReason, Reading, Scope, SeenState, Shard
from scanner.inventory.snapshot import load
from scanner.options import Skipped
from scanner.pipeline import scan_of
from scanner.settings import NO_SETTINGS, Settings

HERE = (account(), group(), machine())
STALE = worker(age=days(40))
CHECK = "worker-stale"


def record(*parts, **facts):
    """The record of an estate of these parts."""
    seen = estate(*parts)
    return record_of(scan_of(msgspec.structs.replace(seen, facts=msgspec.structs.replace(seen.facts, **facts))))


def fate(comparison, check=CHECK):
    """Which list a check's only finding is in, and why."""
    found = [
        *(("new", each.unseen_before) for each in comparison.new_findings if each.finding.check == check),
        *(("changed", each.differences) for each in comparison.changed if each.finding.check == check),
        *(("still", None) for each in comparison.still if each.check == check),
        *(("fixed", None) for each in comparison.fixed if each.check == check),
        *(("unseen", each.because) for each in comparison.unseen if each.finding.check == check),
    ]
    assert len(found) <= 1
    return found[0] if found else (None, None)


def test_one_machine_is_one_finding_whichever_of_its_registrations_stands_for_it():
    there = group_id(account=account_id("bb"))
    twice = (*HERE, account(account_id("bb")), group(there), worker(), worker(group=there))
    now = record(*twice)
    [finding] = [finding for finding in now.findings if finding.check == "worker-registered-twice"]
    [other] = finding.evidence["others"]
    evidence = finding.evidence | {"others": [finding.subject.text]}
    was = msgspec.structs.replace(finding, subject=ArmId(other), fingerprint="0" * 32, evidence=evidence)
    then = msgspec.structs.replace(now, findings=(was,))
    [difference] = fate(compare(then, now), finding.check)[1]
    assert (difference.field, difference.old) == ("subject", other)


# -- settings -------------------------------------------------------------------------------------------------

NEVER = worker(registered_at=NOW - minutes(90), seen=SeenState.NEVER, last_seen=None)
FIRST_PING = "worker-never-connected"
LATER = Settings(limits={"worker-first-ping": minutes(120)})


def judged(*parts, by=NO_SETTINGS):
    return record_of(scan_of(estate(*parts), settings=by))


def test_a_finding_that_only_a_limit_moved_away_is_not_fixed():
    comparison = compare(judged(*HERE, NEVER), judged(*HERE, NEVER, by=LATER))
    told = "the limit worker-first-ping was 1h, is 2h now"
    assert fate(comparison, FIRST_PING) == ("unseen", told)
    assert any(note.startswith(told) for note in comparison.notes)
    assert comparison.fixed == ()


def test_a_finding_that_only_a_limit_brought_is_marked():
    comparison = compare(judged(*HERE, NEVER, by=LATER), judged(*HERE, NEVER))
    assert fate(comparison, FIRST_PING) == ("new", "the limit worker-first-ping was 2h, is 1h now")


def test_a_limit_of_another_check_hides_nothing():
    by = Settings(limits={"job-stuck": minutes(60)})
    assert fate(compare(judged(*HERE, STALE), judged(*HERE, worker(), by=by))) == ("fixed", None)


def test_what_is_proven_not_to_be_there_is_fixed_by_any_limit():
    assert fate(compare(judged(*HERE, NEVER), judged(account(), group(), by=LATER)), FIRST_PING) == ("fixed", None)


def test_any_limit_may_be_one_of_a_check_that_is_not_known():
    old, new = judged(*HERE, STALE), judged(*HERE, worker(), by=LATER)
    [stale] = [finding for finding in old.findings if finding.check == CHECK]
    old = msgspec.structs.replace(old, findings=(msgspec.structs.replace(stale, check="worker-later"),))
    ran = msgspec.structs.replace(new.coverage, ran=new.coverage.ran | {"worker-later"})
    comparison = compare(old, msgspec.structs.replace(new, coverage=ran))
    assert fate(comparison, "worker-later")[0] == "unseen"


def test_a_check_that_settings_switch_off_fixes_nothing():
    off = judged(*HERE, STALE, by=Settings(severities={CHECK: None}))
    because = "the check was switched off by settings"
    assert fate(compare(judged(*HERE, STALE), off)) == ("unseen", because)
    comparison = compare(off, judged(*HERE, STALE))
    assert fate(comparison) == ("new", because)
    assert comparison.notes == (f"the settings of the two scans differ in the severity of {CHECK}",)


def test_another_severity_by_settings_alone_says_so():
    by = Settings(severities={CHECK: Severity.LOW})
    [difference] = fate(compare(judged(*HERE, STALE), judged(*HERE, STALE, by=by)))[1]
    assert (difference.field, difference.new, difference.because) == ("severity", "low", "only by settings")


def test_another_severity_by_another_limit_says_so():
    silent = worker(age=days(2), seen=SeenState.SEEN)
    by = Settings(limits={"worker-disconnected-lasts": days(3)})
    comparison = compare(judged(*HERE, silent), judged(*HERE, silent, by=by))
    [difference] = fate(comparison, "worker-disconnected")[1]
    assert (difference.old, difference.new) == ("medium", "low")
    assert difference.because == "the limit worker-disconnected-lasts was 1d, is 3d now"


def test_another_severity_by_what_was_seen_blames_no_setting():
    then, now = worker(age=days(0.5)), worker(age=days(2))
    [difference] = fate(compare(judged(*HERE, then), judged(*HERE, now)), "worker-disconnected")[1]
    assert difference.because is None


# -- findings -------------------------------------------------------------------------------------------------


def test_a_finding_that_is_gone_where_everything_was_seen_is_fixed():
    assert fate(compare(record(*HERE, STALE), record(*HERE, worker()))) == ("fixed", None)
    assert fate(compare(record(*HERE, STALE), record(account(), group()))) == ("fixed", None)


def test_a_finding_of_the_new_scan_only_is_new():
    assert fate(compare(record(*HERE, worker()), record(*HERE, STALE))) == ("new", None)


def test_a_scan_beside_itself_says_that_nothing_changed():
    for scan in (scan_named("contoso"), scan_named("blind")):
        comparison = compare(record_of(scan), record_of(scan))
        assert comparison.is_empty
        assert (len(comparison.still), comparison.notes) == (len(scan.findings), ())


@pytest.mark.parametrize(
    "hidden",
    [
        gap(Reading.SUBSCRIPTIONS, "/subscriptions", GapReason.TRUNCATED),
        gap(Reading.ACCOUNTS, subscription_id()),
        gap(Reading.GROUPS, account_id()),
        gap(Reading.WORKERS, group_id()),
        gap(Reading.WORKERS, STALE.id, GapReason.MALFORMED),
    ],
    ids=["subscriptions", "accounts", "groups", "workers", "worker"],
)
def test_a_gap_on_the_way_to_it_leaves_it_unknown(hidden):
    there = (account(), group()) if hidden.scope != str(subscription_id()) else ()
    fate_of_it, because = fate(compare(record(*HERE, STALE), record(subscription(), *there, hidden)))
    assert fate_of_it == "unseen"
    assert hidden.scope in because


def test_a_gap_elsewhere_leaves_it_fixed():
    beside = gap(Reading.WORKERS, group_id("other"))
    assert fate(compare(record(*HERE, STALE), record(*HERE, worker(), group(group_id("other")), beside)))[0] == "fixed"


@pytest.mark.parametrize(
    ("scope", "because"),
    [
        (Scope(subscriptions=(OTHER_SUB,)), "--subscription"),
        (Scope(excluded_subscriptions=(SUB.upper(),)), "--exclude-subscription"),
        (Scope(management_group="corp"), "management group"),
        (Scope(shard=Shard(1 if not Shard(1, 2).holds(SUB) else 2, 2)), "shard"),
        (Scope(), "not visible"),
    ],
)
def test_a_subscription_that_was_not_walked_leaves_it_unknown(scope, because):
    comparison = compare(record(*HERE, STALE), record(subscription(OTHER_SUB), scope=scope))
    assert fate(comparison)[0] == "unseen"
    assert because in fate(comparison)[1]
    assert {unseen.item.kind for unseen in comparison.resources.unseen} == {
        "subscription",
        "automation_account",
        "worker_group",
        "worker",
    }
    assert comparison.resources.removed == ()


@pytest.mark.parametrize(
    "scope", [Scope(account=str(account_id("other"))), Scope(resource_group="other"), Scope(account=str(account_id()))]
)
def test_an_account_out_of_scope_leaves_it_unknown(scope):
    seen = fate(compare(record(*HERE, STALE), record(subscription(), scope=scope)))[0]
    assert seen == ("fixed" if scope.account == str(account_id()) else "unseen")


@pytest.mark.parametrize("crashed", [True, False])
def test_a_check_that_crashed_or_did_not_run_fixed_nothing(crashed):
    scan = scan_of(estate(*HERE, worker()))
    errors = (CheckError(CHECK, "KeyError"),) if crashed else ()
    checks = scan.checks if crashed else tuple(check for check in scan.checks if check.id != CHECK)
    broken = record_of(msgspec.structs.replace(scan, errors=errors, checks=checks))
    because = "the check crashed" if crashed else "the check did not run"
    assert fate(compare(record(*HERE, STALE), broken)) == ("unseen", because)
    assert fate(compare(broken, record(*HERE, STALE))) == ("new", because)


def test_a_finding_of_two_places_needs_both_seen():
    other = account_id("other", OTHER_SUB)
    there = (account(other), group(group_id("g", other)), worker("vm1", group_id("g", other)))
    both = record(*HERE, worker(), *there)
    check = "worker-registered-twice"
    assert fate(compare(both, record(*HERE, worker(), *there[:2])), check)[0] == "fixed"
    assert fate(compare(both, record(*HERE, worker())), check)[0] == "unseen"
    assert (
        fate(compare(both, record(*HERE, worker(), *there[:2], gap(Reading.WORKERS, there[1].id))), check)[0]
        == "unseen"
    )


def test_a_new_finding_of_a_place_that_was_not_seen_may_be_older():
    before = record(account(), group(), gap(Reading.WORKERS, group_id()))
    fate_of_it, because = fate(compare(before, record(*HERE, STALE)))
    assert fate_of_it == "new"
    assert str(group_id()) in because


def test_a_value_that_azure_left_out_proves_nothing():
    untold = worker(seen=SeenState.UNREADABLE, last_seen=None)
    fate_of_it, because = fate(compare(record(*HERE, STALE), record(*HERE, untold)))
    assert (fate_of_it, "lastSeenDateTime" in because) == ("unseen", True)


def test_what_differs_of_a_finding_is_told():
    beside = worker("vm2")
    [changed] = [
        each
        for each in compare(record(*HERE, STALE), record(*HERE, STALE, beside)).changed
        if each.finding.check == CHECK
    ]
    assert [(each.field, each.old, each.new) for each in changed.differences] == [("severity", "high", "medium")]
    assert changed.finding.severity is Severity.MEDIUM


# -- resources ------------------------------------------------------------------------------------------------


def test_a_worker_in_another_group_moved_and_its_finding_with_it():
    other = group(group_id("other"))
    comparison = compare(record(*HERE, other, STALE), record(*HERE, other, worker(group=other.id, age=days(41))))
    [moved] = comparison.resources.moved
    assert (moved.item.id.parent, moved.was) == (other.id, STALE.id)
    assert (comparison.resources.added, comparison.resources.removed) == ((), ())
    assert [each.field for each in fate(comparison)[1]] == ["subject"]


def test_a_worker_whose_old_place_was_not_seen_did_not_move():
    other = group(group_id("other"))
    hidden = gap(Reading.WORKERS, group_id())
    resources = compare(record(*HERE, other, STALE), record(*HERE, other, worker(group=other.id), hidden)).resources
    assert resources.moved == ()
    assert [each.item.id for each in resources.unseen] == [STALE.id]
    assert [each.id.parent for each in resources.added] == [other.id]


def test_an_account_is_known_by_its_guid_wherever_it_moved():
    there = account_id("aa", OTHER_SUB)
    moved = (account(there), group(group_id(account=there)), worker(group=group_id(account=there), age=days(40)))
    comparison = compare(record(*HERE, STALE, subscription(OTHER_SUB)), record(machine(), *moved))
    assert [(each.item.id, each.was) for each in comparison.resources.moved] == [(there, account_id())]
    assert comparison.resources.removed == ()
    assert fate(comparison)[0] == "changed"
    assert comparison.fixed == ()


def test_a_link_to_another_workspace_is_told_and_one_that_was_not_read_is_not():
    old = record(account(), workspace(), link(workspace_id()))
    [relinked] = compare(old, record(account(), workspace(), link(None))).resources.relinked
    assert (relinked.account.id, relinked.old, relinked.new) == (account_id(), workspace_id(), None)
    denied = record(account(), workspace(), gap(Reading.LINKED_WORKSPACE, account_id()))
    assert compare(old, denied).resources.relinked == ()


def test_the_case_of_ids_does_not_count():
    loud = account_id("AA")
    upper = (account(loud), group(group_id("WORKERS", loud)), worker(group=group_id("WORKERS", loud), age=days(40)))
    assert compare(record(*HERE, STALE), record(machine(), *upper)).is_empty


# -- how the scans came about ---------------------------------------------------------------------------------


def test_scans_of_different_tenants_are_refused():
    other = record(subscription(tenant_id="b"), account(), tenant_id="b")
    with pytest.raises(UsageError, match=r"different tenants \(t and b\)"):
        compare(record(*HERE), other)


def test_a_baseline_of_another_tenant_costs_no_scan_and_is_told():
    other = Baseline(record(subscription(tenant_id="b"), account(), tenant_id="b"))
    scan = scan_of(estate(*HERE, STALE), baseline=other)
    assert (scan.comparison, {finding.change for finding in scan.findings}) == (None, {None})
    assert "another tenant" in scan.notes[-1]


def test_each_finding_knows_how_it_stands_beside_the_baseline():
    scan = scan_of(
        estate(*HERE, STALE, worker("vm2"), worker("vm3", age=days(25))), baseline=Baseline(record(*HERE, STALE))
    )
    changes = {finding.check: finding.change for finding in scan.findings}
    assert changes[CHECK] is Change.CHANGED
    assert changes["worker-purge-soon"] is Change.NEW
    assert Change.STILL in changes.values()


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ({"finished_at": NOW + days(1)}, {}, "later than the new one"),
        ({"as_of": NOW}, {}, "as of 2026-11-22 12:00:00 UTC in the old scan and at the time of each read"),
        ({}, {"interrupted": True}, "the new scan was interrupted"),
    ],
)
def test_what_a_reader_must_know_is_a_note(old, new, said):
    [note] = compare(record(*HERE, **old), record(*HERE, **new)).notes
    assert said in note


# -- whole tenants --------------------------------------------------------------------------------------------


def scope_of(tenant, random):
    """A scope that leaves something out, or nothing."""
    visible = [subscription.id for subscription in tenant.subscriptions if subscription.visible]
    accounts = [account for account in tenant.accounts if account.subscription in visible]
    return random.choice(
        [
            Scope(),
            Scope(),
            Scope(subscriptions=(random.choice(visible),)),
            Scope(excluded_subscriptions=(random.choice(visible),)),
            Scope(account=random.choice(accounts).id),
            Scope(resource_group=random.choice(accounts).resource_group),
        ]
    )


@settings(max_examples=4, deadline=None, derandomize=True, database=None)
@given(st.integers(0, 10_000))
def test_nothing_that_is_still_there_is_ever_called_fixed(seed):
    random = Random(seed)  # noqa: S311 - no secret
    base = generate(accounts=5, subscriptions=4, groups=1, now=NOW, seed=seed)
    before, after = tangled(base, seed), tangled(base, seed + random.randrange(2))
    faults = hindrances(after, seed + 1)
    # An answer is an answer: what the service denies to exist is not there.
    told_gone = [fault for fault in faults if "ResourceNotFound" in str(fault)]
    choice = Choice(skipped=frozenset(word for word in Skipped if random.random() < 0.15))
    old = record_of(scan_of(estate_of(before, faults=hindrances(before, seed + 2))))
    scan = scan_of(estate_of(after, faults=faults, scope=scope_of(after, random), choice=choice))
    truth = record_of(scan_of(estate_of(after, faults=told_gone)))
    there = {thing.item.id for thing in truth.things}
    for seen in (record_of(scan), record_of_report(to_json(scan).encode(), "report.json")):
        comparison = compare(old, seen)
        assert {fixed.fingerprint for fixed in comparison.fixed}.isdisjoint(f.fingerprint for f in truth.findings)
        assert there.isdisjoint(removed.id for removed in comparison.resources.removed)


def test_the_month_between_the_two_examples_has_something_of_everything():
    then = scan_of(estate_of(TENANTS["contoso-last-month"](NOW - days(30)), as_of=NOW - days(30)))
    comparison = compare(record_of(then), record_of(scan_named("contoso")))
    news = {new.finding.check: new.unseen_before for new in comparison.new_findings}
    assert {check for check, unseen in news.items() if unseen} == {
        "group-credential-missing",
        "workspace-name-collision",
    }
    assert {"worker-purged", "workspace-missing", "workspace-cross-subscription"} <= news.keys()
    assert [changed.finding.check for changed in comparison.changed] == ["webhook-expired"]
    unseen = {unseen.finding.check for unseen in comparison.unseen}
    assert unseen == {"run-as-certificate-missing", "worker-reports-elsewhere"}
    assert {"worker-disconnected", "webhook-expired"} <= {fixed.check for fixed in comparison.fixed}
    resources = comparison.resources
    assert [moved.item.name for moved in resources.moved] == ["ops-purg-02"]
    assert [relinked.account.name for relinked in resources.relinked] == ["aa-crossing"]
    assert {removed.name for removed in resources.removed if removed.kind == "automation_account"} == {"aa-shops"}


@pytest.mark.parametrize("name", ["contoso", "contoso-last-month"])
def test_the_shipped_examples_are_what_a_scan_gives(name):
    shipped = load(Path(__file__).parents[2] / "docs" / "examples" / f"{name}.snapshot")
    moment = shipped.facts.as_of
    fresh = estate_of(TENANTS[name](moment), as_of=moment)
    comparison = compare(record_of(scan_of(shipped)), record_of(scan_of(fresh)))
    assert comparison.is_empty, "run `make examples`"
    assert len(shipped.reads) == len(fresh.reads)


def test_a_tenant_that_was_not_logged_in_to_hides_what_may_lie_in_it_and_nothing_else():
    unseen = gap(Reading.SUBSCRIPTIONS, "/tenants/b")
    assert fate(compare(record(*HERE, STALE), record(*HERE, worker(), unseen))) == ("fixed", None)
    twice = "worker-registered-twice"
    other = account_id("bb")
    both = (*HERE, worker(), account(other), group(group_id(account=other)), worker(group=group_id(account=other)))
    now = record(*HERE, worker(), account(other), group(group_id(account=other)), unseen)
    assert fate(compare(record(*both), now), twice)[0] == "unseen"
