"""The details of findings in the page: what a mark stands for comes back as it was."""

from __future__ import annotations

import builders as b
import pytest
from page_data import Blocks, blocks

from reports.detail_blocks import detail_blocks
from reports.explorer import Explorer
from reports.html import to_html
from reports.values import plain
from scanner.escape import visible
from scanner.findings import Scan
from scanner.graph import EstateGraph
from scanner.pipeline import scan_of

NAMES = (
    "null,null",
    "],null,[",
    "starts",
    "Worker name",
    "1234567",
    '{"evidence":0}',
    "a\\u0041bcdef",
    "\x80\x81\x80\x85-",
    "name" * 20,
)


def scanned(*names: str) -> Scan:
    """An estate with a group of each name, in which a worker of the same name no longer pings."""
    parts = []
    for name in names:
        group = b.group_id(name)
        parts += [b.group(group), b.worker(name, group, age=b.days(45))]
    return scan_of(b.estate(b.account(), *parts))


def same(packed: Blocks, scan: Scan) -> bool:
    details = [(packed.detail_of(finding.fingerprint), finding) for finding in scan.findings]
    for detail, finding in details:
        assert detail["evidence"] == plain(finding.evidence)
        assert [step[0] for step in detail["steps"]] == [visible(step.text) for step in finding.remediation]
        assert [hop[:2] for hop in detail["path"]] == [[visible(hop.id.text), hop.relation] for hop in finding.path]
    return bool(details)


@pytest.mark.parametrize("name", NAMES)
def test_a_name_that_looks_like_the_packing_comes_back_as_it_was(name):
    scan = scanned(name)
    assert same(blocks(to_html(scan)), scan)


def test_names_beside_each_other_are_not_mixed_up():
    scan = scanned(*NAMES)
    assert same(blocks(to_html(scan)), scan)


def test_texts_that_differ_by_names_alone_are_written_once():
    scan = scanned(*(f"servers-{number:03}" for number in range(50)))
    (block,) = detail_blocks(Explorer(scan, EstateGraph.of(scan.estate)).details(), 2000)
    assert len(block.rest) == len(scan.findings) >= 100
    assert len(block.rests) < 10
    assert not [text for text in block.rests if "servers-0" in text]


def test_a_block_has_no_more_rows_than_it_may():
    scan = scanned(*(f"servers-{number:03}" for number in range(5)))
    sizes = [len(block.shape) for block in detail_blocks(Explorer(scan, EstateGraph.of(scan.estate)).details(), 3)]
    assert sum(sizes) == len(scan.findings)
    assert set(sizes[:-1]) == {3}
    assert sizes[-1] <= 3
