"""GraphML: networkx reads every node and edge of the estate, with what was found and not seen there."""

import io

import msgspec
import networkx as nx
import pytest
from reported import BLIND, SCANS, accepted, hostile, rendered, with_findings
from tenants import scan_named

from scanner.escape import visible
from scanner.graph import EstateGraph


def graph_of(scan):
    return nx.read_graphml(io.BytesIO(rendered("graphml", scan)))


@pytest.mark.parametrize("case", SCANS)
def test_networkx_reads_all_nodes_and_edges(case):
    scan = SCANS[case]()
    estate, read = EstateGraph.of(scan.estate), graph_of(scan)
    ids = {node.id.key for node in estate.nodes()}
    assert {data["arm_id"].lower() for _, data in read.nodes(data=True)} >= {visible(id_) for id_ in ids}
    assert read.number_of_edges() == sum(1 for _ in estate.edges())


def test_a_node_has_its_kind_name_region_and_presence():
    scan = scan_named("contoso")
    read = graph_of(scan)
    for node in EstateGraph.of(scan.estate).nodes():
        data = read.nodes[node.id.key]
        assert data["kind"] == node.kind.value
        assert data["presence"] == node.presence.value
        assert data["label"] == node.id.name
        assert data.get("region") == getattr(node.resource, "location", None)
    assert {data["presence"] for _, data in read.nodes(data=True)} == {"seen", "missing", "unseen"}


def test_edges_have_their_relation():
    scan = scan_named("contoso")
    told = sorted((source, target, data["relation"]) for source, target, data in graph_of(scan).edges(data=True))
    assert told == sorted((source, target, kind.value) for source, target, kind in EstateGraph.of(scan.estate).edges())


def test_findings_and_their_worst_severity_are_counted_at_their_place():
    scan = scan_named("contoso")
    read = graph_of(scan)
    assert sum(data["findings"] for _, data in read.nodes(data=True)) == len(scan.findings)
    for finding in scan.findings:
        assert (
            read.nodes[finding.subject.key]["worst_open"] in list(type(finding.severity))[: finding.severity.rank + 1]
        )


def test_an_accepted_risk_is_no_worst_severity():
    scan = scan_named("contoso")
    taken = msgspec.structs.replace(scan.findings[0], acceptance=accepted().findings[0].acceptance)
    [node] = [data for _, data in graph_of(with_findings(scan, (taken,))).nodes(data=True) if data["findings"]]
    assert (node["accepted"], node["findings"]) == (1, 1)
    assert "worst_open" not in node


def test_gaps_and_unknowns_stand_at_their_place():
    scan = scan_named("blind")
    read = graph_of(scan)
    assert sum(data["gaps"] for _, data in read.nodes(data=True)) == sum(spot.gap.count for spot in scan.blind_spots)
    assert sum(data["unknowns"] for _, data in read.nodes(data=True)) == len(scan.unknowns)
    for spot in scan.blind_spots:
        assert (spot.gap.action or spot.gap.operation) in read.nodes[spot.gap.scope.lower()]["unread"]


@pytest.mark.parametrize("case", [*BLIND, "spotless"])
def test_the_graph_tells_the_coverage(case):
    scan = SCANS[case]()
    told = graph_of(scan).graph
    assert (told["planned_reads"], told["answered_reads"]) == (scan.estate.ledger.planned, scan.estate.ledger.answered)
    assert told["interrupted"] is scan.estate.facts.interrupted
    assert told["crashed_checks"] == len(scan.errors)


def test_hostile_names_are_spelled_out():
    labels = {data["label"] for _, data in graph_of(hostile()).nodes(data=True)}
    assert r"safe\u202egnp.exe\u200b" in labels
    assert any(r"\ufffe\uffff\x0b]]>" in label for label in labels)
