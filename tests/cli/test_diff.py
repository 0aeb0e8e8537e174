"""`hwaudit diff`, `--baseline` and `hwaudit report`: what users type, and how it ends."""

import gzip
import json
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"
OLD, NEW = EXAMPLES / "contoso-last-month.snapshot", EXAMPLES / "contoso.snapshot"


def test_diff_tells_what_changed(hwaudit):
    outcome = hwaudit("diff", OLD, NEW)
    assert (outcome.code, outcome.err, outcome.files) == (0, "", set())
    assert "8 new (2 of them not seen before), 1 changed" in outcome.out
    assert "Unknown because unseen this time" in outcome.out


@pytest.mark.parametrize("form", ["text", "json", "html", "markdown"])
def test_diff_writes_a_file_in_each_form(hwaudit, form):
    outcome = hwaudit("diff", OLD, NEW, "--format", form, "--out", "sub/what")
    assert (outcome.code, outcome.out, outcome.files) == (0, "", {"sub/what"})


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--fail-on", "new:critical"), 0),
        (("--fail-on", "new:high"), 1),
        (("--fail-on", "critical"), 1),
        ((), 0),
    ],
)
def test_diff_gates_when_asked(hwaudit, words, code):
    assert hwaudit("diff", OLD, NEW, *words).code == code


def test_reports_are_compared_whatever_their_names(hwaudit):
    hwaudit("report", OLD, "--format", "json", "--quiet", "--out", "old")
    (Path("old") / "report.json").rename("old.snapshot")
    told = [hwaudit("diff", "old.snapshot", NEW).out, hwaudit("diff", OLD, NEW).out]
    assert "told by a JSON report" in told[0]
    assert told[0].partition("\n\nNew findings")[2] == told[1].partition("\n\nNew findings")[2]


@pytest.mark.parametrize("form", ["text", "html", "markdown", "json"])
def test_one_snapshot_judged_by_two_limits_fixed_nothing(hwaudit, form):
    Path("moved.toml").write_text('[thresholds]\nworker-first-ping = "30d"\n[severity]\nworker-stale = "low"\n')
    for name, words in (("old", ()), ("new", ("--config", "moved.toml"))):
        hwaudit("report", NEW, "--format", "json", "--quiet", "--out", name, *words)
    told = hwaudit("diff", "old/report.json", "new/report.json", "--format", form).out
    plain = told.replace("\\", "").replace("`", "")
    assert "the limit worker-first-ping was 1h, is 30d now" in plain
    assert "only by settings" in plain
    if form == "json":
        assert json.loads(told)["comparison"]["fixed"] == []
    else:
        assert "0 fixed" in plain


def test_both_are_judged_as_of_the_moment_that_is_given(hwaudit):
    told = json.loads(hwaudit("diff", OLD, NEW, "--as-of", "2026-12-24", "--format", "json").out)["comparison"]
    assert {told["old"]["as_of"], told["new"]["as_of"]} == {"2026-12-24T00:00:00Z"}
    assert told["notes"] == []


def test_a_pipeline_fails_on_what_is_new_only(hwaudit):
    for word, code in (("new:critical", 0), ("new:high", 1), ("new:low", 1), ("critical", 1)):
        outcome = hwaudit("evaluate", NEW, "--baseline", OLD, "--fail-on", word, "--format", "json")
        assert outcome.code == code
        assert f"Since {OLD}: 8 new" in outcome.out
    changes = [finding["change"] for finding in outcome.report["findings"]]
    assert {change: changes.count(change) for change in set(changes)} == {"new": 8, "changed": 1, "still": 130}
    assert len(outcome.report["comparison"]["fixed"]) == 8
    assert hwaudit("evaluate", NEW, "--baseline", NEW, "--fail-on", "new:low", "--format", "json").code == 0


def test_without_a_baseline_nothing_changed_and_new_means_nothing(hwaudit):
    assert hwaudit("evaluate", NEW, "--fail-on", "new:high").refuses(
        2, "--fail-on new:high needs a baseline", "--baseline"
    )
    outcome = hwaudit("evaluate", NEW, "--format", "json", "--quiet")
    assert outcome.report["comparison"] is None
    assert {finding["change"] for finding in outcome.report["findings"]} == {None}


def test_a_report_can_be_a_baseline(hwaudit):
    hwaudit("report", OLD, "--format", "json", "--quiet", "--out", "old")
    outcome = hwaudit("report", NEW, "--format", "json", "--baseline", "old/report.json")
    assert outcome.code == 0
    assert "8 new" in outcome.out


@pytest.mark.parametrize("command", [("scan", "--demo"), ("evaluate", NEW), ("merge", NEW), ("report", NEW)])
def test_a_baseline_that_cannot_be_used_is_found_before_anything_else(hwaudit, command):
    assert hwaudit(*command, "--baseline", "absent").refuses(2, "cannot read absent")


def test_a_scan_has_its_baseline_too(hwaudit):
    outcome = hwaudit("scan", "--demo", "--baseline", OLD, "--format", "json", "--fail-on", "new:high")
    assert outcome.code == 1
    assert outcome.report["comparison"]["old"]["file"] == str(OLD)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "neither a snapshot nor a JSON report"),
        (b"plain text", "neither a snapshot nor a JSON report"),
        (b"[]", "neither a snapshot nor a JSON report"),
        (b'{"schema": "hwaudit-diff/1"}', "neither a snapshot nor a JSON report"),
        (b'{"schema": "hwaudit-report/2"}', "use a newer hwaudit"),
        (b'{"schema": "hwaudit-report/1"', "truncated or damaged"),
        (b"\xef\xbb\xbf" + b'{"schema": "hwaudit-report/1"}', "truncated or damaged"),
        (gzip.compress(b"{}"), "not an hwaudit snapshot"),
        (NEW.read_bytes()[:999], "truncated or damaged"),
        (b"{" * 100_000, "truncated or damaged"),
    ],
    ids=["nothing", "text", "list", "diff", "newer", "cut", "without a scan", "foreign gzip", "cut snapshot", "deep"],
)
def test_a_file_that_cannot_be_compared(hwaudit, tmp_path, data, said):
    (tmp_path / "x").write_bytes(data)
    assert hwaudit("diff", OLD, tmp_path / "x").refuses(2, said)
    assert hwaudit("diff", tmp_path / "x", NEW).refuses(2, said)


def test_scans_of_two_tenants_are_not_compared(hwaudit, tmp_path, azure):
    there = azure("fairfax")
    assert hwaudit("scan", *there.words, "--snapshot", tmp_path / "s", "--out", tmp_path / "o", "--quiet").code == 0
    assert hwaudit("diff", OLD, tmp_path / "s").refuses(2, "different tenants", "compare two scans of one tenant")
