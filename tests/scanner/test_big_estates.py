"""What a big estate must not do: copy itself, draw itself in full, or stand in memory as one text."""

import gc
import json
from collections import Counter

import pytest
from builders import NOW
from page_data import blocks

from benchmarks.book import Health
from benchmarks.estates import estate
from reports import FORMATS
from reports.html import MOST_DRAWN, MOST_UNKNOWNS, to_html
from scanner.graph import EdgeKind, EstateGraph
from scanner.graph._build import build
from scanner.inventory import KINDS, Ledger
from scanner.inventory.snapshot import dump, load
from scanner.pipeline import scan_of

ACCOUNTS, WORKERS = 220, 660


@pytest.fixture(scope="module")
def usual(tmp_path_factory):
    """A made estate as a snapshot brings it back."""
    place = tmp_path_factory.mktemp("big") / "snapshot"
    place.write_bytes(dump(estate(ACCOUNTS, WORKERS)))
    return load(place)


@pytest.fixture(scope="module")
def scan(usual):
    return scan_of(usual)


def resources_of(held):
    return [resource for field in KINDS.values() for resource in getattr(held, field)]


@pytest.mark.parametrize("health", list(Health))
def test_a_made_estate_is_as_its_health_says(health):
    judged = scan_of(estate(40, 400, health))
    share = len(judged.findings) / (len(judged.estate.accounts) + len(judged.estate.workers))
    hidden = 1 - judged.coverage_ratio
    assert not judged.errors
    assert judged.estate.facts.as_of == NOW
    assert (share > 0.8, hidden > 0.2) == (health is Health.SICK, health is Health.HIDDEN)


def test_the_graph_has_a_node_for_a_resource_and_few_edges_a_node(usual):
    relations, nodes = build(usual)
    assert len(relations) <= len(resources_of(usual))
    assert len(nodes) <= len(relations)
    assert relations.number_of_edges() <= 3 * len(relations)


def test_nodes_and_edges_share_what_says_nothing_of_them_alone(usual):
    relations, _ = build(usual)
    kinds = {frozenset(kinds): kinds for _, ends in relations.adjacency() for kinds in ends.values()}
    assert {id(kinds) for _, ends in relations.adjacency() for kinds in ends.values()} == set(map(id, kinds.values()))
    assert len({id(data) for _, data in relations.nodes(data=True)}) == 1
    assert frozenset({EdgeKind.CONTAINS, EdgeKind.DISPATCHES}) in kinds


def test_nothing_of_an_estate_is_for_the_garbage_collector_to_walk(usual):
    assert not any(gc.is_tracked(resource) for resource in (*resources_of(usual), *usual.reads))


def test_equal_ids_and_scopes_of_a_snapshot_are_one_object(usual):
    accounts = {account.id.text: account.id for account in usual.accounts}
    assert all(group.account is accounts[group.account.text] for group in usual.groups)
    scopes = {}
    assert all(scopes.setdefault(read.scope, read.scope) is read.scope for read in usual.reads)


def test_the_ledger_answers_as_the_reads_stand(usual):
    ledger = Ledger(usual.reads)
    assert all(ledger.answer_at(read.reading, read.scope) for read in usual.reads if read.gap is None)
    assert [read for read, _ in ledger.without_result] == [read for read in usual.reads if read.answered.missing]


@pytest.mark.parametrize("name", FORMATS)
def test_a_report_comes_in_chunks_none_of_which_is_most_of_it(name, scan):
    sizes = [len(chunk) for chunk in FORMATS[name].render(scan)]
    assert len(sizes) > 10
    assert max(sizes) < sum(sizes) / 3


def test_the_chunks_of_the_json_report_are_one_indented_document(scan):
    text = b"".join(FORMATS["json"].render(scan)).decode()
    told = json.loads(text)
    assert text == json.dumps(told, indent=2, ensure_ascii=False) + "\n"
    assert len(told["findings"]) == len(scan.findings) > 500


def test_the_page_draws_the_worst_accounts_of_many_and_has_a_page_for_each(scan):
    page = b"".join(FORMATS["html"].render(scan)).decode()
    assert page.count('<svg xmlns="http://www.w3.org/2000/svg" class="topology"') == MOST_DRAWN
    assert f"Drawn here are the {MOST_DRAWN} accounts with the worst findings of 220" in page
    packed = blocks(page)
    pages = packed.rows("accounts")
    assert len(pages) == len(packed.index["accountIds"]) == ACCOUNTS
    assert all(account["picture"]["lines"] for account in pages)


def test_the_details_of_many_findings_lie_in_blocks_that_are_read_alone(scan):
    packed = blocks(b"".join(FORMATS["html"].render(scan)).decode())
    sizes = [len(block["shape"]) for name, block in packed.items() if name.startswith("findings-")]
    assert sum(sizes) == len(packed.index["message"]) == len(scan.findings)
    assert max(sizes) <= packed.index["size"]["rows"]
    assert all(
        packed.detail_of(finding.fingerprint)["evidence"] for finding in scan.findings[:: len(scan.findings) // 20]
    )


def test_a_check_without_many_verdicts_names_the_first_subjects_and_counts_all():
    judged = scan_of(estate(ACCOUNTS, WORKERS, Health.HIDDEN))
    unknown = Counter(unknown.check for unknown in judged.unknowns)
    check, count = unknown.most_common(1)[0]
    page = to_html(judged)
    listed = page.partition(f'id="unknowns-{check}"')[2].partition("</details>")[0]
    assert listed.count('<th scope="row" class="id">') == MOST_UNKNOWNS < count
    assert f"<strong>{count - MOST_UNKNOWNS:,} more</strong>" in listed


def test_a_graph_is_built_once_for_judgement_and_reports(usual, scan):
    assert EstateGraph.of(scan.estate) is EstateGraph.of(usual)
