"""Merging what scans saw: of two answers one counts, what hides something stays a Gap, and unlike scans are refused."""

from datetime import timedelta

import msgspec
import pytest
from builders import (
    NOW,
    OTHER_SUB,
    SUB,
    account,
    account_id,
    answered,
    extension,
    gap,
    group,
    heartbeat,
    link,
    machine,
    machine_id,
    machine_size,
    subscription,
    subscription_id,
    worker,
    workspace,
    workspace_id,
)

from scanner.errors import UsageError
from scanner.inventory import Estate, GapReason, Read, Reading, Resource, ScanFacts, Scope, Shard, WorkerType
from scanner.inventory.merge import merge

LIST = answered(Reading.SUBSCRIPTIONS, "/subscriptions")
THERE = {"sub": OTHER_SUB}


def seen(*parts, sub=SUB, minute=0, **facts):
    """What one scan of a subscription saw."""
    moment = NOW + timedelta(minutes=minute)
    told = {"started_at": moment, "finished_at": moment, "as_of": None, "cloud": "AzureCloud", "tenant_id": "t"}
    reads = [part for part in parts if isinstance(part, Read)]
    resources = [part for part in parts if isinstance(part, Resource)]
    return Estate.of(ScanFacts(**told | {"scope": Scope()} | facts), [LIST, *reads], [subscription(sub), *resources])


def union(*estates):
    return merge({str(number): estate for number, estate in enumerate(estates)})


def outcome(estate, reading, scope):
    return [
        read.gap and read.gap.reason for read in estate.reads if (read.reading, read.scope) == (reading, str(scope))
    ]


# -- one read of two ------------------------------------------------------------------------------------------


def test_an_answer_counts_rather_than_a_gap_whichever_came_first():
    id_ = workspace_id(sub="11111111-0000-0000-0000-000000000000")
    linked = [link(id_, account_id()), link(id_, account_id(sub=OTHER_SUB))]
    told = seen(linked[0], workspace(id_), answered(Reading.WORKSPACE, id_))
    denied = seen(linked[1], gap(Reading.WORKSPACE, id_), **THERE, minute=1)
    for estates in ((told, denied), (denied, told)):
        merged = union(*estates)
        assert outcome(merged, Reading.WORKSPACE, id_) == [None]
        assert [found.id for found in merged.workspaces] == [id_]


def test_what_its_own_list_shows_needed_no_fetching():
    id_ = machine_id(sub=OTHER_SUB)
    apart = seen(gap(Reading.VIRTUAL_MACHINE, id_))
    merged = union(apart, seen(machine(id_), **THERE))
    assert outcome(merged, Reading.VIRTUAL_MACHINE, id_) == []
    assert outcome(union(apart, seen(**THERE)), Reading.VIRTUAL_MACHINE, id_) == [GapReason.DENIED]


def test_a_machine_that_its_own_get_knows_no_more_is_gone():
    id_ = machine_id(sub=OTHER_SUB)
    fetched = seen(answered(Reading.VIRTUAL_MACHINE, id_, missing=True))
    merged = union(fetched, seen(machine(id_, power_state=None), extension(id_), **THERE))
    assert (merged.machines, merged.extensions) == ((), ())


def test_a_machine_is_as_the_scan_has_it_that_asked_most_about_it():
    id_ = machine_id(sub=OTHER_SUB)
    asked = seen(machine(id_, extensions_told=False), gap(Reading.VM_EXTENSIONS, id_))
    listed = seen(machine(id_, extensions_told=True), **THERE, minute=1)
    assert not union(asked, listed).machines[0].extensions_told


def test_sizes_that_one_scan_could_not_read_stay_unread():
    size = machine_size(subscription=OTHER_SUB)
    denied = seen(gap(Reading.MACHINE_SIZES, size.id.parent))
    told = seen(size, answered(Reading.MACHINE_SIZES, size.id.parent), **THERE)
    merged = union(denied, told)
    assert outcome(merged, Reading.MACHINE_SIZES, size.id.parent) == [GapReason.DENIED]
    assert merged.machine_sizes == (size,)


def test_each_scan_has_its_own_list_of_subscriptions():
    cut = seen(gap(Reading.SUBSCRIPTIONS, "/subscriptions", GapReason.TRUNCATED), scope=Scope(subscriptions=(SUB,)))
    cut = msgspec.structs.replace(cut, reads=tuple(read for read in cut.reads if read.gap))
    assert outcome(union(cut, seen(**THERE)), Reading.SUBSCRIPTIONS, "/subscriptions") == [GapReason.TRUNCATED]
    one = [msgspec.structs.replace(e.facts, scope=Scope(shard=Shard(n, 2))) for n, e in ((1, cut), (2, seen(minute=1)))]
    shards = msgspec.structs.replace(cut, facts=one[0]), msgspec.structs.replace(seen(**THERE), facts=one[1])
    assert outcome(union(*shards), Reading.SUBSCRIPTIONS, "/subscriptions") == [None]


def test_what_was_only_referred_to_has_one_name_whoever_asked():
    id_ = workspace_id("Gone", sub="11111111-0000-0000-0000-000000000000")
    loud = type(id_)(id_.text.replace("Gone", "GONE"))
    estates = [
        seen(link(loud, account_id()), gap(Reading.WORKSPACE, loud, message=f"no {loud}")),
        seen(link(id_, account_id(sub=OTHER_SUB)), gap(Reading.WORKSPACE, id_, message=f"no {id_}"), **THERE),
    ]
    for pair in (estates, estates[::-1]):
        [named] = [read.gap for read in union(*pair).reads if read.reading is Reading.WORKSPACE]
        assert (named.scope, named.message) == (loud.text, f"no {loud}")


# -- what follows from all of it ------------------------------------------------------------------------------


def test_rows_of_a_query_that_nothing_calls_for_are_left_out():
    shard = seen(workspace(), heartbeat(), answered(Reading.HEARTBEATS, workspace_id()))
    merged = union(shard, seen(**THERE))
    assert (outcome(merged, Reading.HEARTBEATS, workspace_id()), merged.heartbeats) == ([], ())
    linked = seen(link(workspace_id(), account_id(sub=OTHER_SUB)), account(account_id(sub=OTHER_SUB)), **THERE)
    assert union(shard, linked).heartbeats == shard.heartbeats


def test_what_one_scan_of_everything_would_have_asked_is_a_gap():
    agents = seen(account(), group(), worker(worker_type=WorkerType.V1))
    there = workspace(workspace_id(sub=OTHER_SUB))
    merged = union(agents, seen(there, **THERE))
    for reading in (Reading.HEARTBEATS, Reading.EVENTS, Reading.OPERATIONS):
        assert outcome(merged, reading, there.id) == [GapReason.SKIPPED]


def test_deleted_accounts_are_listed_where_an_extension_names_nobody():
    guid = "cb855f13-0223-4fe4-8260-9e6583dfef24"
    url = f"https://{guid}.agentsvc.we.azure-automation.net/accounts/{guid}"
    nobody = seen(
        machine(), extension(machine_id(), account_url=url), answered(Reading.DELETED_ACCOUNTS, subscription_id())
    )
    other = subscription_id(OTHER_SUB)
    assert outcome(union(nobody, seen(**THERE)), Reading.DELETED_ACCOUNTS, other) == [GapReason.SKIPPED]
    known = seen(account(account_id(sub=OTHER_SUB), hybrid_service_url=url), **THERE)
    merged = union(nobody, known)
    assert outcome(merged, Reading.DELETED_ACCOUNTS, subscription_id()) == []


# -- several scans --------------------------------------------------------------------------------------------


def test_the_last_scan_of_a_subscription_counts_and_a_note_says_so():
    first = seen(account(account_id("old")), gap(Reading.ACCOUNTS, subscription_id()), notes=("first",))
    second = seen(
        account(account_id("new")), answered(Reading.ACCOUNTS, subscription_id()), minute=1, notes=("second",)
    )
    for estates in ((first, second), (second, first)):
        merged = union(*estates)
        assert [found.name for found in merged.accounts] == ["new"]
        assert outcome(merged, Reading.ACCOUNTS, subscription_id()) == [None]
        assert merged.facts.notes[0] == "second"
        assert "finished last counts" in merged.facts.notes[1]


def test_a_snapshot_that_is_named_twice_counts_once():
    only = seen(account(), answered(Reading.ACCOUNTS, subscription_id()))
    assert union(only, only) == union(only)
    assert union(only).facts.notes == ()


def test_the_facts_are_those_of_all_scans():
    customers = [
        seen(subscription(SUB, tenant_id="a"), tenant_id="a", interrupted=True),
        seen(subscription(OTHER_SUB, tenant_id="b"), sub=OTHER_SUB, minute=5, tenant_id="b"),
    ]
    facts = union(*customers).facts
    assert (facts.started_at, facts.finished_at) == (NOW, NOW + timedelta(minutes=5))
    assert facts.interrupted
    assert facts.tenant_id is None


def test_scans_of_different_scopes_cover_what_they_cover():
    scopes = [Scope(subscriptions=(SUB,)), Scope(management_group="corp")]
    facts = union(seen(scope=scopes[0]), seen(**THERE, scope=scopes[1])).facts
    assert facts.scope == Scope(subscriptions=tuple(sorted((SUB, OTHER_SUB))))


def test_the_shortest_look_back_is_told():
    moments = [NOW - timedelta(days=7), NOW - timedelta(days=6)]
    assert union(seen(since=moments[1]), seen(**THERE, since=moments[0])).facts.since == moments[1]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"cloud": "AzureChinaCloud"}, "their cloud (AzureCloud and AzureChinaCloud)"),
        ({"version": "9.9"}, "their version (untold and 9.9)"),
        ({"as_of": NOW}, "--as-of (none and"),
        ({"skipped": ("logs",)}, "--skip (none and logs)"),
        ({"included": ("variables",)}, "--include (none and variables)"),
        ({"since": NOW}, "--since (none and given)"),
        ({"scope": Scope(resource_group="RG")}, "--resource-group (none and rg)"),
        ({"scope": Scope(account=account_id().text)}, "--account (none and /subscriptions/"),
    ],
)
def test_scans_that_cannot_be_judged_together_are_refused(changes, said):
    with pytest.raises(UsageError, match="0 and 1 cannot be merged") as refusal:
        union(seen(), seen(**THERE, **changes))
    assert said in refusal.value.message
    assert refusal.value.advice
