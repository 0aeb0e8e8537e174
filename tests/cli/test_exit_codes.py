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


@pytest.mark.parametrize("named", ["/subscriptions/{}", " {} ", "/SUBSCRIPTIONS/{}/"])
def test_a_subscription_may_be_named_as_azure_prints_it(hwaudit, named):
    whole = hwaudit("scan", "--demo", "--quiet", "--format", "json").report
    one = next(found["subscription_id"] for found in whole["resources"] if found["kind"] == "subscription")
    outcome = hwaudit("scan", "--demo", "--quiet", "--format", "json", "--subscription", named.format(one))
    assert outcome.code == 0
    assert outcome.report["scan"]["scope"]["subscriptions"] == [one]
    assert outcome.report["summary"]["subscriptions"] == 1


def test_no_moment_breaks_a_check(hwaudit):
    for moment in ("9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z"):
        outcome = hwaudit("scan", "--demo", "--quiet", "--format", "json", "--as-of", moment)
        assert outcome.report["errors"] == []


def test_pings_later_than_the_moment_of_judgement_are_noted(hwaudit):
    hwaudit("scan", "--demo", "--quiet", "--format", "json", "--as-of", "2020-01-01")
    outcome = hwaudit("scan", "--demo", "--format", "json", "--as-of", "2020-01-01")
    [note] = outcome.report["scan"]["notes"]
    assert "pinged later than the moment at which they are judged" in note
    assert note in outcome.out
