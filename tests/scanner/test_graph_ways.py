"""Ways over the graph: the shortest one in words, no way through what holds everything, and none that is too far."""

from itertools import pairwise

import pytest
from builders import (
    OTHER_SUB,
    account,
    account_id,
    certificate,
    connection,
    content,
    estate,
    extension,
    group,
    group_id,
    job,
    job_schedule,
    link,
    linked_service,
    machine,
    machine_id,
    runbook,
    schedule,
    subscription,
    webhook,
    worker,
    workspace,
    workspace_id,
)

from scanner.graph import EdgeKind, EstateGraph
from scanner.graph._ways import MOST_ENDS, WORDS


def way(graph, start, end):
    return " ".join(f"{hop.id.name} {hop.relation}" for hop in graph.ways.between(start, end)).strip()


def test_every_kind_of_edge_has_words_for_both_directions():
    assert set(WORDS) == set(EdgeKind)
    assert all(onward and back and onward != back for onward, back in WORDS.values())


def test_a_place_is_one_hop_and_an_unknown_one_none():
    graph = EstateGraph(estate(account()))
    assert way(graph, account_id(), account_id()) == "aa"
    assert graph.ways.between(account_id(), account_id("bb")) == ()
    assert graph.ways.between(account_id("bb"), account_id("bb")) == ()


@pytest.mark.parametrize(
    ("start", "end", "told"),
    [
        (worker().id, machine_id(), "{worker} runs on vm1"),
        (machine_id(), group_id(), "vm1 is the machine of {worker} is in workers"),
        (runbook().id, connection().id, "Backup is in aa holds AzureRunAsConnection"),
        (schedule().id, worker().id, "Nightly targets workers holds {worker}"),
        (machine_id(), account_id(), "vm1 reports to ws is the linked workspace of aa"),
        (connection().id, certificate().id, "AzureRunAsConnection uses AzureRunAsCertificate"),
        (worker().id, workspace_id(), "{worker} runs on vm1 reports to ws"),
    ],
)
def test_ways_are_told_in_words(start, end, told):
    graph = EstateGraph(
        estate(
            account(),
            group(),
            worker(),
            machine(),
            extension(workspace_id=workspace().customer_id),
            workspace(),
            link(workspace_id()),
            linked_service(workspace_id()),
            runbook(),
            schedule(),
            job_schedule(runbook="Backup", run_on="workers"),
            connection(),
            certificate(),
        )
    )
    assert way(graph, start, end) == told.format(worker=worker().id.name)
    back = graph.ways.between(end, start)
    assert [hop.id for hop in back] == [hop.id for hop in reversed(graph.ways.between(start, end))]


def test_no_way_leads_through_a_subscription():
    graph = EstateGraph(estate(subscription(), account(), account(account_id("bb"))))
    assert graph.ways.between(account_id(), account_id("bb")) == ()


def test_a_subscription_may_be_an_end():
    graph = EstateGraph(estate(subscription(), account(), account(account_id("bb", OTHER_SUB))))
    assert way(graph, account_id(), subscription().id).startswith("aa is in ")


def test_a_way_has_four_edges_at_most():
    names = [f"r{number}" for number in range(6)]
    calls = (content(runbook=name, calls=(account_id().child("runbooks", called),)) for name, called in pairwise(names))
    graph = EstateGraph(estate(runbook(names[0]), *calls))
    ids = [account_id().child("runbooks", name) for name in names]
    assert way(graph, ids[0], ids[4]) == "r0 calls r1 calls r2 calls r3 calls r4"
    assert graph.ways.between(ids[0], ids[5]) == ()


def test_a_crowd_is_passed_and_not_followed():
    jobs = (job(f"j{number}", run_on=None) for number in range(MOST_ENDS + 1))
    graph = EstateGraph(estate(account(), group(), worker(), connection(), webhook(), *jobs))
    assert way(graph, webhook().id, connection().id) == "Hook is in aa holds AzureRunAsConnection"
    assert way(graph, worker().id, account_id()).endswith(" is in workers is in aa")
    assert graph.ways.between(account_id(), workspace_id()) == ()
