"""The graph: what was seen, what is gone, what was never seen, and how they concern one another."""

from datetime import timedelta
from itertools import pairwise

import pytest
from builders import (
    NOW,
    OTHER_SUB,
    SUB,
    account,
    account_id,
    answered,
    certificate,
    connection,
    days,
    deleted_workspace,
    estate,
    gap,
    group,
    group_id,
    heartbeat,
    link,
    linked_service,
    machine_id,
    minutes,
    pack,
    solution,
    subscription,
    subscription_id,
    worker,
    workspace,
    workspace_id,
)

from scanner.graph import EdgeKind, EstateGraph, NodeKind, Presence
from scanner.inventory import ArmId, GroupType, Reading, SeenState, WorkerType

SYSTEM = {"group_type": GroupType.SYSTEM}


def graph(*parts, **options):
    return EstateGraph(estate(*parts, **options))


def edges(made, kind):
    return {(source, target) for source, target, found in made.edges() if found is kind}


# -- presence -------------------------------------------------------------------------------------------------


def test_what_was_listed_is_seen():
    made = graph(account(), workspace())
    assert made.presence(account_id()) is Presence.SEEN
    assert made.presence(ArmId(workspace_id().text.upper())) is Presence.SEEN


def test_what_nothing_mentions_is_unseen():
    assert graph(account()).presence(workspace_id("other")) is Presence.UNSEEN
    assert graph(account()).node(workspace_id("other")) is None


def test_a_linked_workspace_that_the_service_does_not_know_is_missing():
    gone = answered(Reading.WORKSPACE, workspace_id(), items=0, missing=True)
    made = graph(account(), link(workspace_id()), gone)
    assert made.presence(workspace_id()) is Presence.MISSING
    assert made.workspace(workspace_id()) is None


@pytest.mark.parametrize("parts", [[], [gap(Reading.WORKSPACE, workspace_id())]])
def test_a_linked_workspace_that_nobody_could_read_is_unseen(parts):
    assert graph(account(), link(workspace_id()), *parts).presence(workspace_id()) is Presence.UNSEEN


def test_a_soft_deleted_workspace_is_missing():
    made = graph(account(), link(workspace_id()), deleted_workspace(ArmId(workspace_id().text.lower())))
    assert made.presence(workspace_id()) is Presence.MISSING


def test_a_workspace_made_again_under_its_deleted_name_is_seen():
    assert (
        graph(account(), link(workspace_id()), workspace(), deleted_workspace()).presence(workspace_id())
        is Presence.SEEN
    )


def test_an_account_that_only_a_workspace_names():
    gone = answered(Reading.ACCOUNT, account_id("gone"), items=0, missing=True)
    services = (
        linked_service(target=account_id("gone")),
        linked_service(workspace_id("w2"), target=account_id("far", OTHER_SUB)),
        linked_service(workspace_id("w3"), target=account_id("cluster"), service="Cluster"),
    )
    made = graph(workspace(), *services, gone)
    assert made.presence(account_id("gone")) is Presence.MISSING
    assert made.presence(account_id("far", OTHER_SUB)) is Presence.UNSEEN
    assert made.node(account_id("cluster")) is None


def test_a_certificate_that_nothing_matches_dangles():
    made = graph(account(), connection(), certificate(thumbprint="CD"))
    [(_, target)] = edges(made, EdgeKind.USES_CERTIFICATE)
    assert made.presence(ArmId(target)) is Presence.MISSING
    blind = graph(account(), connection(), gap(Reading.CERTIFICATES, account_id()))
    [(_, target)] = edges(blind, EdgeKind.USES_CERTIFICATE)
    assert blind.presence(ArmId(target)) is Presence.UNSEEN
    vanished = graph(account(), connection(), answered(Reading.CERTIFICATES, account_id(), items=0, missing=True))
    assert vanished.presence(ArmId(target)) is Presence.UNSEEN


def test_machines_are_unseen_nodes_that_join_their_registrations():
    twice = (worker("vm1"), worker("vm1", group_id("b"), machine=ArmId(machine_id("vm1").text.lower())))
    made = graph(account(), group(), group(group_id("b")), *twice)
    assert [machine.key for machine in made.machines()] == [machine_id("vm1").key]
    assert {found.id for found in made.registrations(machine_id("vm1"))} == {found.id for found in twice}
    assert made.presence(machine_id("vm1")) is Presence.UNSEEN


# -- containment ----------------------------------------------------------------------------------------------


def test_tenant_subscription_account_group_and_worker_contain_one_another():
    made = graph(subscription(), account(), group(), worker())
    chain = ["/tenants/t", subscription_id().key, account_id().key, group_id().key, worker().id.key]
    assert edges(made, EdgeKind.CONTAINS) >= set(pairwise(chain))
    assert made.node(ArmId("/tenants/t")).kind is NodeKind.TENANT


def test_the_account_of_anything_within_it():
    made = graph(account(), group(), worker(), certificate())
    for id_ in (account_id(), group_id(), worker().id, certificate().id, account_id().child("runbooks", "unseen")):
        assert made.account(id_).id == account_id()
    for id_ in (account_id("other"), workspace_id(), subscription_id(), machine_id()):
        assert made.account(id_) is None


def test_groups_by_type_and_workers_of_user_groups():
    groups = (group(), group(group_id("sys"), **SYSTEM), group(group_id("odd"), group_type=None))
    made = graph(account(), *groups, worker("a"), worker("b", group_id("sys")))
    assert {found.name for found in made.groups(account_id())} == {"workers", "sys", "odd"}
    assert [found.name for found in made.user_groups(account_id())] == ["workers"]
    assert [(home.name, found.worker_name) for home, found in made.user_workers()] == [("workers", "a")]
    assert made.group_of(worker("a")).name == "workers"
    with pytest.raises(LookupError):
        made.group_of(worker("z", group_id("unheard")))


def test_ids_in_another_case_join_all_the_same():
    lowered = ArmId(group_id().text.lower())
    made = graph(account(), group(), worker("a", lowered), link(ArmId(workspace_id().text.upper())), workspace())
    assert [found.worker_name for found in made.workers(group_id())] == ["a"]
    assert [found.id for found in made.accounts_linked_to(workspace_id())] == [account_id()]


def test_what_is_not_in_the_graph_has_nothing():
    made = graph(account())
    assert made.workers(group_id("none")) == made.accounts_linked_to(workspace_id()) == ()
    assert made.linked_services(workspace_id()) == ()
    assert made.link(account_id()) is None


# -- certificates ---------------------------------------------------------------------------------------------


def test_thumbprints_match_without_case_and_within_one_account():
    other = certificate(account=account_id("bb"), thumbprint="AB" * 20)
    made = graph(account(), account(account_id("bb")), connection(thumbprint="aB" * 20), certificate(), other)
    assert [found.id for found in made.matching_certificates(connection(thumbprint="aB" * 20))] == [certificate().id]


def test_a_connection_without_a_thumbprint_matches_by_asset_name():
    named = connection(thumbprint=None, certificate_name="azurerunascertificate")
    made = graph(account(), named, certificate())
    assert [found.name for found in made.matching_certificates(named)] == ["AzureRunAsCertificate"]


def test_a_connection_that_names_nothing_matches_nothing():
    bare = connection(thumbprint=None, certificate_name=None)
    made = graph(account(), bare, certificate(thumbprint=None))
    assert made.matching_certificates(bare) == ()
    assert edges(made, EdgeKind.USES_CERTIFICATE) == set()


# -- time -----------------------------------------------------------------------------------------------------


def test_an_age_is_counted_to_the_moment_of_reading_or_to_the_as_of():
    assert graph(account(), group(), worker(age=days(3))).age(worker(age=days(3))) == days(3)
    assert graph(account(), as_of=NOW + days(2)).age(worker(age=days(3))) == days(5)


def test_an_age_is_never_below_zero():
    assert graph(account()).age(worker(age=days(-1))) == timedelta(0)
    assert graph(account(), as_of=NOW - days(9)).age(worker(age=days(1))) == timedelta(0)


def test_a_worker_that_never_pinged_or_cannot_be_read_has_no_age():
    assert graph(account()).age(worker(age=None)) is None
    assert graph(account()).age(worker(seen=SeenState.UNREADABLE, last_seen=None)) is None


@pytest.mark.parametrize(
    ("changes", "active"),
    [
        ({"age": minutes(29)}, True),
        ({"age": minutes(30)}, False),
        ({"age": None}, False),
        ({"worker_type": WorkerType.V1}, False),
        ({"worker_type": None}, None),
        ({"seen": SeenState.UNREADABLE, "last_seen": None}, None),
    ],
)
def test_active_is_v2_within_thirty_minutes(changes, active):
    assert graph(account()).is_active(worker(**changes)) is active


# -- features -------------------------------------------------------------------------------------------------

LINKED = (account(), link(workspace_id()), workspace())
NO_PACKS = gap(Reading.INTELLIGENCE_PACKS, workspace_id())
NO_HEARTBEATS = gap(Reading.HEARTBEATS, workspace_id())
TRACKS = {"solutions": ("security", "changetracking")}
TRACKING = heartbeat(**TRACKS)
NO_SOLUTIONS = gap(Reading.SOLUTIONS, subscription_id())


@pytest.mark.parametrize(
    ("parts", "enabled"),
    [
        ([], False),
        ([pack("Updates")], True),
        ([pack("UPDATES")], True),
        ([pack("Updates", enabled=False), solution("Updates")], False),
        ([pack("Updates", enabled=None), solution("Updates")], True),
        ([NO_PACKS, solution("Updates")], True),
        ([NO_PACKS], False),
        ([NO_PACKS, NO_SOLUTIONS], None),
        ([NO_SOLUTIONS], False),
        ([solution("UpdatesOther"), NO_PACKS], False),
    ],
)
def test_a_feature_is_on_off_or_not_known(parts, enabled):
    assert graph(*LINKED, *parts).feature_enabled(workspace_id(), "Updates") is enabled


def test_an_account_without_a_link_uses_no_feature_of_a_workspace():
    use = graph(account(), link(None)).feature_use(account_id())
    assert (use.updates, use.in_use, use.certain) == (None, False, True)
    assert use.reason == "no feature that needs the link is in use"


@pytest.mark.parametrize(
    ("parts", "in_use", "certain"),
    [
        ([], False, True),
        ([pack("Updates")], True, True),
        ([pack("ChangeTracking")], False, True),
        ([pack("ChangeTracking"), NO_HEARTBEATS], False, False),
        ([pack("ChangeTracking"), TRACKING], True, False),
        ([pack("ChangeTracking"), heartbeat(**TRACKS, agent=False)], False, True),
        ([pack("ChangeTracking"), heartbeat(**TRACKS, agent=None)], False, False),
        ([TRACKING], False, True),
        ([group(group_id("s"), **SYSTEM), worker("a", group_id("s"))], True, True),
        ([group(), worker(worker_type=WorkerType.V1)], True, True),
        ([group(), worker()], False, True),
        ([group(), worker(worker_type=None)], False, False),
        ([group(), gap(Reading.WORKERS, group_id())], False, False),
        ([gap(Reading.GROUPS, account_id())], False, False),
        ([NO_PACKS, NO_SOLUTIONS], False, False),
        ([group(), worker(worker_type=WorkerType.V1), NO_PACKS, NO_SOLUTIONS], True, False),
    ],
)
def test_use_is_proven_by_one_sign_and_denied_only_by_complete_reads(parts, in_use, certain):
    use = graph(*LINKED, *parts).feature_use(account_id())
    assert (use.in_use, use.certain) == (in_use, certain)


def test_a_link_that_was_not_read_may_be_used():
    use = graph(account(), workspace(), gap(Reading.LINKED_WORKSPACE, account_id())).feature_use(account_id())
    assert (use.change_tracking_v1, use.in_use, use.certain) == (None, False, False)


@pytest.mark.parametrize(
    ("parts", "form"),
    [
        ([TRACKING], True),
        ([TRACKING, NO_HEARTBEATS], True),
        ([heartbeat(solutions=("updates", "changeTracking"))], True),
        ([heartbeat(solutions=("updates",))], False),
        ([heartbeat(**TRACKS, agent=False)], False),
        ([heartbeat(**TRACKS, agent=None)], None),
        ([heartbeat(workspace=workspace_id("other"), **TRACKS)], False),
        ([NO_HEARTBEATS], None),
        ([answered(Reading.HEARTBEATS, workspace_id(), items=0, missing=True)], None),
        ([NO_HEARTBEATS, group(group_id("s"), **SYSTEM), worker("a", group_id("s"))], True),
    ],
)
def test_the_agents_heartbeats_or_system_workers_prove_change_tracking_v1(parts, form):
    assert graph(*LINKED, pack("ChangeTracking"), *parts).feature_use(account_id()).change_tracking_v1 is form


def test_change_tracking_that_is_off_or_not_told_has_no_form():
    off = graph(*LINKED, pack("ChangeTracking", enabled=False), TRACKING).feature_use(account_id())
    assert (off.change_tracking, off.change_tracking_v1) == (False, False)
    hidden = graph(*LINKED, NO_PACKS, NO_SOLUTIONS, TRACKING).feature_use(account_id())
    assert (hidden.change_tracking, hidden.change_tracking_v1) == (None, None)


def test_the_reason_of_a_use_names_every_proof():
    parts = (group(group_id("s"), **SYSTEM), worker("a", group_id("s")), group(), worker(worker_type=WorkerType.V1))
    reason = graph(*LINKED, *parts, pack("Updates")).feature_use(account_id()).reason
    assert "Updates" in reason
    assert "1 System worker," in reason
    assert reason.endswith("1 V1 worker")
    blind = graph(*LINKED, gap(Reading.GROUPS, account_id())).feature_use(account_id())
    assert blind.reason == "feature use could not be read in full"


def test_the_same_estate_gives_the_same_graph():
    parts = (account(), group(), worker("b"), worker("a"), certificate(), connection(), *LINKED[1:])
    one, two = graph(*parts), graph(*reversed(parts))
    assert list(one.edges()) == list(two.edges())
    assert [node.id for node in one.nodes()] == [node.id for node in two.nodes()]
    assert SUB in next(iter(one.edges()))[1]
