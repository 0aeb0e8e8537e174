"""The exit codes of a scan that could begin, strongest first: 130, 1, 3, 0."""

import msgspec
import pytest
from builders import NOW, account, account_id, days, estate, gap, group, subscription, worker
from tenants import scan_named

from scanner.delivery import exit_code
from scanner.inventory import GapReason, Reading
from scanner.inventory.snapshot import dump
from scanner.options import FailOn

STALE = (account(), group(), worker(age=days(40)))
DENIED = gap(Reading.CERTIFICATES, account_id())
SKIPPED = gap(Reading.CONNECTIONS, account_id(), GapReason.SKIPPED)


@pytest.fixture
def judged(hwaudit, tmp_path):
    """Evaluate an estate of these parts."""

    def run(parts, *words, interrupted=False):
        kept = estate(subscription(), *parts, as_of=NOW)
        facts = msgspec.structs.replace(kept.facts, interrupted=interrupted)
        place = tmp_path / "s"
        place.write_bytes(dump(msgspec.structs.replace(kept, facts=facts)))
        return hwaudit("evaluate", place, "--format", "json", *words)

    return run


@pytest.mark.parametrize(
    ("parts", "words", "code"),
    [
        ((), (), 0),
        (STALE, (), 0),
        (STALE, ("--fail-on", "never"), 0),
        (STALE, ("--fail-on", "critical"), 0),
        (STALE, ("--fail-on", "high"), 1),
        (STALE, ("--fail-on", "low"), 1),
        ((*STALE, DENIED), (), 0),
        ((*STALE, DENIED), ("--strict",), 3),
        ((*STALE, SKIPPED), ("--strict",), 0),
        ((*STALE, DENIED, SKIPPED), ("--strict", "--fail-on", "critical"), 3),
        ((*STALE, DENIED), ("--strict", "--fail-on", "high"), 1),
        (STALE, ("--strict",), 0),
    ],
)
def test_the_strongest_reason_decides(judged, parts, words, code):
    outcome = judged(parts, *words)
    assert outcome.code == code
    assert outcome.err == ""
    assert "hwaudit-report/report.json" in outcome.files


def test_judging_an_interrupted_scan_again_is_no_interruption(judged):
    outcome = judged((*STALE, DENIED), "--strict", interrupted=True)
    assert outcome.code == 3
    assert outcome.report["scan"]["interrupted"] is True
    assert outcome.out.startswith("INTERRUPTED")


def test_a_tenant_that_is_denied_below_its_subscriptions_is_a_finished_scan():
    scan = scan_named("blind")
    assert exit_code(scan, FailOn.NEVER, strict=False) == 0
    assert exit_code(scan, FailOn.NEVER, strict=True) == 3


def test_the_demonstration_ends_well_and_can_be_made_to_fail(hwaudit):
    assert hwaudit("scan", "--demo", "--quiet", "--format", "json").code == 0
    assert hwaudit("scan", "--demo", "--quiet", "--format", "json", "--strict").code == 3
    assert hwaudit("scan", "--demo", "--quiet", "--format", "json", "--strict", "--fail-on", "high").code == 1


def test_quiet_prints_nothing(hwaudit):
    outcome = hwaudit("scan", "--demo", "--quiet")
    assert (outcome.out, outcome.err) == ("", "")
    assert outcome.files == {"hwaudit-report/report.html", "hwaudit-report/report.json"}
