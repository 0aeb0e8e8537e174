"""The benchmarks' arithmetic and tables; nothing here is timed."""

import io
import re

import pytest
from rich.console import Console

from benchmarks.machine import Busy, busy, disturbance
from benchmarks.page import page
from benchmarks.registry import BENCHMARKS
from benchmarks.server import Served, Setting
from benchmarks.table import Claim, Outcome, Run, runs_grid, show
from benchmarks.token_bucket import bucket_bound, log_bound
from benchmarks.whole_scan import ratio

RUN = Run(requests=200, span=2.0, wall=3.0, cpu=1.0, reading=0.4, refused=1, memory=64)
OUTCOME = Outcome(
    title="Ten accounts",
    measured=runs_grid((("hwaudit scan", RUN), ("a peer", Run(requests=10, span=5, wall=6, cpu=2)))),
    claims=(Claim("process / floor's process", 1.25, 1.3), Claim("429s of all answers", 1.0004, 1.0, "%")),
    notes=("Medians of 3.",),
)


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        (Claim("x", 1.03, 1.03), "pass"),
        (Claim("x", 1.0304, 1.03), "miss"),
        (Claim("x", 10, 10, at_least=True), "pass"),
        (Claim("x", 9.9999, 10, at_least=True), "miss"),
    ],
)
def test_a_bound_itself_passes_and_the_least_beyond_it_misses(claim, verdict):
    assert claim.cells()[-1] == verdict


def test_a_median_is_taken_of_each_number_and_of_known_ones_only():
    runs = [
        Run(requests=1, span=span, wall=9 - span, cpu=1, reading=reading)
        for span, reading in ((1, 5), (2, 7), (4, None))
    ]
    middle = Run.median_of(runs)
    assert (middle.span, middle.wall, middle.reading) == (2, 7, 6)
    assert Run.median_of(runs[2:]).reading is None


def test_the_cpu_of_a_request_is_that_of_reading_where_it_is_known():
    assert RUN.reading_per_request == 2.0
    assert Run(requests=10, span=5, wall=6, cpu=2).reading_per_request == 200.0


def test_a_scan_is_compared_with_the_floor_and_its_chain():
    floor = Run(requests=1, span=1.5, wall=2, cpu=1)
    assert ratio(floor, RUN, Setting(accounts=1, subscriptions=1, latency=0.1)) == 1.0


@pytest.mark.parametrize(("metered", "seconds"), [(0, 0), (250, 0), (275, 1), (9000, 350)])
def test_a_bucket_gives_250_reads_at_once_and_25_a_second(metered, seconds):
    assert bucket_bound(Served(1, metered, 0, metered, 0, ())) == seconds


@pytest.mark.parametrize(("queries", "seconds"), [(0, 0), (200, 0), (201, 30), (800, 90)])
def test_log_queries_wait_for_their_windows(queries, seconds):
    assert log_bound(Served(1, queries, 0, 0, queries, ())) == seconds


def test_the_tables_show_each_client_and_each_verdict():
    console = Console(file=io.StringIO(), width=120)
    show(OUTCOME, console)
    lines = [re.sub(r"[\s│]+", " ", line).strip() for line in console.file.getvalue().splitlines()]
    assert "hwaudit scan 200 1 2.00 2.00 1.00 3.00 64" in lines
    assert "a peer 10 0 5.00 2.00 6.00 0" in lines
    assert "process / floor's process 1.250 x <= 1.3 x pass" in lines
    assert "429s of all answers 1.000 % <= 1 % miss" in lines
    assert lines[-1] == "Medians of 3."


def test_the_page_says_how_each_table_was_made_and_names_no_machine(monkeypatch):
    monkeypatch.setattr("platform.node", lambda: "some-host")
    text = page({"growth": OUTCOME})
    assert "## Ten accounts\n\n`ROWS=growth`. The time of an account" in text
    assert "| 429s of all answers | 1.000 % | <= 1 % | miss |" in text
    assert re.search(r"Measured on \d{4}-\d\d-\d\d: \d+ cores, .*, Python 3\.\d+", text)
    assert "some-host" not in text


def test_every_benchmark_says_in_a_sentence_what_it_asks():
    assert all(benchmark.about.endswith(".") for benchmark in BENCHMARKS.values())


def test_what_other_programs_took_is_neither_idle_nor_the_runs_own():
    told = disturbance(Busy(100, 40, 10), Busy(200, 90, 35))
    assert told == "Other programs took 25 % of the machine's CPU meanwhile."
    assert disturbance(Busy(100, 40, 10), None) == "What else ran on the machine is not known."


def test_the_machines_counters_only_grow():
    before, after = busy(), busy()
    assert before is None or (after.whole >= before.whole and after.own >= before.own)
