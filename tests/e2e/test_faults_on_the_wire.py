"""Faults of a real connection: each is survived, or is a Gap of its own reason that leaves the rest intact."""

from dataclasses import replace
from datetime import timedelta

import pytest
from builders import NOW
from told import complaints

from scanner import waits
from scanner.emulator import TENANTS, Told, answer, deny, expire, garble, reset, slow, throttle, truncate

LOGIN = "/oauth2/v2.0/token"
CERTIFICATES = "Microsoft.Automation/automationAccounts/certificates/read"
FLAT = '{"code": "NotFound", "message": "The certificates are not here."}'
HTML = {"Content-Type": "text/html"}


@pytest.fixture
def scan(hwaudit, azure, monkeypatch):
    """Scan a spotless tenant with faults; waits between tries are cut, the tries themselves are real."""
    monkeypatch.setattr(waits.random, "uniform", lambda *_: 0.001)

    def run(*faults, **options):
        there = azure(TENANTS["spotless"](NOW), faults=faults, **options)
        outcome = hwaudit("scan", *there.words, "--as-of", NOW.isoformat(), "--format", "json")
        assert (outcome.code, complaints(outcome.err)) == (0, "")
        return outcome.report

    return run


@pytest.mark.parametrize(
    ("fault", "reason", "status"),
    [
        (deny(CERTIFICATES), "denied", 403),
        (answer(401, "", operation=CERTIFICATES), "denied", 401),
        (answer(404, "<html>not here</html>", HTML, operation=CERTIFICATES), "failed", 404),
        (throttle(1, retry_after=1200, operation=CERTIFICATES), "throttled", 429),
        (answer(503, "", {"Retry-After": "1200"}, operation=CERTIFICATES), "failed", 503),
        (answer(500, "", operation=CERTIFICATES), "failed", 500),
        (answer(504, "", operation=CERTIFICATES), "timeout", 504),
        (
            answer(409, '{"error": {"code": "MissingSubscriptionRegistration"}}', operation=CERTIFICATES),
            "not_registered",
            409,
        ),
        (answer(302, "", {"Location": "https://example.invalid/"}, operation=CERTIFICATES), "malformed", 302),
        (garble(operation=CERTIFICATES), "malformed", 200),
        (garble(html=True, operation=CERTIFICATES), "malformed", 200),
        (answer(200, "", operation=CERTIFICATES), "malformed", 200),
        (answer(200, '{"error": "none"}', operation=CERTIFICATES), "malformed", 200),
        (reset(operation=CERTIFICATES), "unreachable", None),
        (truncate(operation=CERTIFICATES), "unreachable", None),
    ],
)
def test_a_lasting_fault_is_a_gap_and_the_neighbours_are_kept(scan, fault, reason, status):
    report = scan(fault)
    assert {(gap["operation"], gap["reason"], gap["status"]) for gap in report["gaps"]} == {
        (CERTIFICATES, reason, status)
    }
    assert len(report["gaps"]) == report["summary"]["automation_accounts"] == 3
    assert report["summary"]["workers"] == 21
    assert report["findings"] == []
    assert report["summary"]["coverage"]["ratio"] < 1


@pytest.mark.parametrize(
    "fault",
    [
        throttle(2, retry_after=0),
        throttle(3, retry_after=None, times=20),
        answer(503, "", {"Retry-After": "0"}, times=20, every=2),
        answer(500, "", times=20, every=3),
        reset(times=15, operation=CERTIFICATES),
        truncate(times=2, operation=CERTIFICATES),
        slow(0.2, times=3),
        throttle(1, retry_after=1, told=Told.DATE, times=1),
        throttle(1, retry_after=1, told=Told.MOMENT, times=1),
        expire(30),
    ],
)
def test_a_passing_fault_leaves_no_trace_but_the_count_of_retries(scan, fault):
    report = scan(fault)
    assert report["gaps"] == []
    assert report["summary"]["coverage"]["ratio"] == 1.0


def test_the_service_s_own_404_is_an_answer(scan):
    report = scan(answer(404, FLAT, operation=CERTIFICATES))
    assert report["gaps"] == []


def test_throttled_answers_are_counted(scan):
    requests = scan(throttle(3, retry_after=0, times=5))["scan"]["requests"]
    assert requests["throttled"] == requests["retried"] == 5


def test_one_denied_group_leaves_every_finding_elsewhere(hwaudit, azure):
    there = azure("contoso")
    whole = hwaudit("scan", *there.words, "--format", "json").report
    victim = next(finding for finding in whole["findings"] if finding["check"] == "worker-stale")
    group = victim["subject"].rpartition("/hybridRunbookWorkers/")[0]
    operation = "Microsoft.Automation/automationAccounts/hybridRunbookWorkerGroups/hybridRunbookWorkers/read"
    again = azure("contoso", faults=[deny(operation, group.rpartition("/")[2] + "/")])
    outcome = hwaudit("scan", *again.words, "--strict", "--format", "json")
    assert outcome.code == 3
    report = outcome.report
    [gap] = [gap for gap in report["gaps"] if gap["scope"].lower() == group.lower()]
    assert (gap["reason"], gap["action"]) == ("denied", operation)
    unknown = {entry["check"] for entry in report["unknowns"] if entry["because"] == gap["id"]}
    assert {"worker-stale", "worker-never-connected", "worker-disconnected"} <= unknown
    lost = [f for f in whole["findings"] if not f["subject"].lower().startswith(group.lower())]
    kept = {finding["fingerprint"] for finding in report["findings"]}
    assert {f["fingerprint"] for f in lost if f["check"].startswith("worker-")} <= kept


@pytest.mark.parametrize(
    "ill",
    [
        answer(503, "<html>no</html>", HTML, LOGIN),
        answer(429, "{}", {"Retry-After": "1"}, LOGIN),
        answer(200, "<html>a proxy</html>", HTML, LOGIN),
        reset(LOGIN),
        truncate(LOGIN),
    ],
)
def test_a_login_that_is_ill_when_the_token_ends_loses_nothing(scan, ill):
    report = scan(expire(30), replace(ill, after=1, times=2))
    assert report["gaps"] == []
    assert report["scan"]["requests"]["retried"] > 0


def test_a_host_that_has_no_address_costs_what_only_it_answers(scan):
    report = scan(logs="https://logs.hwaudit.invalid")
    assert {gap["reason"] for gap in report["gaps"]} == {"unreachable"}
    assert all("/workspaces/query/" in gap["operation"] for gap in report["gaps"])
    assert report["summary"]["workers"] == 21


@pytest.mark.parametrize(
    ("words", "told"),
    [((), "ages and expiries in the report"), (("--as-of", "2026-01-01"), "the times of the scan itself")],
)
def test_a_clock_that_is_an_hour_off_is_noted_once(hwaudit, azure, words, told):
    there = azure("spotless", clock_shift=timedelta(hours=1))
    notes = hwaudit("scan", *there.words, *words).report["scan"]["notes"]
    [note] = [note for note in notes if "clock" in note]
    assert note.startswith(
        f"this machine's clock is 60 minutes behind Azure's: {told} are off by as much; set the clock"
    )


@pytest.mark.parametrize("words", [("--demo", "--format", "json"), ()])
def test_a_clock_that_is_right_is_not_noted(hwaudit, azure, words):
    assert hwaudit("scan", *(words or azure("spotless").words)).report["scan"]["notes"] == []
