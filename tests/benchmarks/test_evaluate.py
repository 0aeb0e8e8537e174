"""The benchmark of judging big estates, on small ones."""

import sys

import pytest

from benchmarks.book import Health
from benchmarks.estates import estate
from benchmarks.evaluate import Evaluation, Size, outcome_of
from benchmarks.phases import Judged, judge
from benchmarks.processes import Cost, ended
from scanner.inventory.snapshot import dump


def evaluation(accounts, wall, memory):
    judged = Judged(7, (("load", Cost(1, 0.5, 64)),))
    return Evaluation(Size(accounts, 10 * accounts), judged, Cost(wall, wall, memory))


def test_the_phases_of_a_judgement_are_measured_in_their_order(tmp_path):
    snapshot = tmp_path / "snapshot"
    snapshot.write_bytes(dump(estate(10, 100)))
    judged = judge(snapshot)
    assert [name for name, _ in judged.phases] == ["load", "graph", "checks", "JSON", "HTML"]
    assert judged.findings > 0
    peaks = [cost.memory for _, cost in judged.phases]
    assert peaks == sorted(peaks)


def test_the_bounds_hold_for_the_larger_estate_and_for_its_growth():
    claims = outcome_of([evaluation(10, 2, 100), evaluation(100, 30, 3072)], Health.USUAL).claims
    assert [claim.value for claim in claims] == pytest.approx([30, 3, 1.5])
    assert [claim.holds for claim in claims] == [True, False, False]


def test_an_estate_alone_has_no_growth():
    outcome = outcome_of([evaluation(1_000, 60, 1536)], Health.USUAL)
    assert all(claim.holds for claim in outcome.claims)
    assert len(outcome.claims) == 2
    assert [row[:4] for row in outcome.measured.rows] == [
        ("load", "1,000", "10,000", "7"),
        ("whole process", "1,000", "10,000", "7"),
    ]


def test_a_process_that_ended_tells_its_own_cost():
    cost = ended(sys.executable, "-c", "sum(range(1000))")
    assert cost.wall > 0
    assert cost.cpu > 0
    assert 1 < cost.memory < 4096


def test_a_process_that_fails_is_no_measurement():
    with pytest.raises(RuntimeError, match="ended with 3"):
        ended(sys.executable, "-c", "raise SystemExit(3)")
