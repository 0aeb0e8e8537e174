"""A snapshot is judged again without a network, and gives the very same files."""

import json

import pytest

JSON = ("--format", "json")
AS_OF = ("--as-of", "2026-11-20T12:00:00Z")


@pytest.fixture
def files_of(hwaudit, tmp_path):
    """Run a command and return its report files as bytes."""

    def run(name, *words):
        outcome = hwaudit(*words, "--quiet", "--out", tmp_path / name)
        assert (outcome.code, outcome.err) == (0, "")
        return {path.name: path.read_bytes() for path in (tmp_path / name).iterdir()}

    return run


@pytest.mark.parametrize("moment", [(), AS_OF])
def test_a_replay_is_identical_byte_for_byte(files_of, tmp_path, moment):
    scanned = files_of("scan", "scan", "--demo", "--snapshot", tmp_path / "s", *moment)
    assert scanned.keys() == {"report.html", "report.json"}
    assert files_of("again", "evaluate", tmp_path / "s") == scanned


def test_a_replay_has_the_controls_that_it_is_asked_for(files_of, tmp_path):
    scanned = files_of("scan", "scan", "--demo", "--snapshot", tmp_path / "s", "--framework", "mcsb,pci-4", *JSON)
    assert [view["framework"] for view in json.loads(scanned["report.json"])["controls"]] == [
        "mcsb",
        "pci-4.0",
        "pci-4.0.1",
    ]
    asked = ("--framework", "pci-4", "--framework", "MCSB", "--framework", "mcsb")
    for name, command in (("evaluated", "evaluate"), ("merged", "merge")):
        views = json.loads(files_of(name, command, tmp_path / "s", *asked, *JSON)["report.json"])["controls"]
        assert [view["framework"] for view in views] == ["pci-4.0", "pci-4.0.1", "mcsb"]
    assert json.loads(files_of("without", "evaluate", tmp_path / "s", *JSON)["report.json"])["controls"] == []


def test_the_given_moment_is_the_moment_of_the_report(files_of, demo_snapshot):
    scanned = files_of("again", "evaluate", demo_snapshot, *JSON)
    assert json.loads(scanned["report.json"])["scan"]["as_of"] is None
    later = files_of("later", "evaluate", demo_snapshot, "--as-of", "2036-01-31T12:00:00", *JSON)
    assert json.loads(later["report.json"])["scan"]["as_of"] == "2036-01-31T12:00:00Z"


def test_another_moment_changes_ages_and_not_what_was_seen(files_of, demo_snapshot):
    moment = ("--as-of", "2036-01-31T12:00:00Z")
    now = json.loads(files_of("again", "evaluate", demo_snapshot, *JSON)["report.json"])
    later = json.loads(files_of("later", "evaluate", demo_snapshot, *moment, *JSON)["report.json"])
    assert _ages(later).keys() > _ages(now).keys()
    assert all(_ages(later)[worker] > age + 365 for worker, age in _ages(now).items())
    for part in ("gaps", "resources"):
        assert later[part] == now[part]


def _ages(report):
    return {f["subject"]: f["evidence"]["age_days"] for f in report["findings"] if f["check"] == "worker-stale"}


def test_two_scans_of_one_tenant_differ_only_in_the_scan_and_in_request_ids(hwaudit, azure):
    there = azure("blind")
    first, second = (hwaudit("scan", *there.words, *AS_OF, "--skip", "logs").report for _ in range(2))
    for report in (first, second):
        report.pop("scan")
        for gap in report["gaps"]:
            gap.pop("request_id")
    assert first == second


def test_a_replay_needs_no_login_and_no_clock(hwaudit, demo_snapshot, monkeypatch):
    monkeypatch.setattr("socket.socket.connect", None)
    outcome = hwaudit("evaluate", demo_snapshot, *JSON)
    assert outcome.code == 0
    assert "\nSeen: " in outcome.out
