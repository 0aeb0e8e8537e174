"""Settings on the command line: which file is read, what wins, and what the user is told."""

import json
import os
import re
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scanner.commands.configuration import _scan_options

ACCEPT = """
[[accept]]
check = ["account-suspended", "worker-stale"]
owner = "ops"
reason = "known"
ticket = "T-1"
accepted = 2026-01-01
expires = 2099-12-31
"""


@pytest.fixture
def write(hwaudit):
    """Write a file into the folder in which the program runs."""

    def written(text, name="hwaudit.toml"):
        Path(name).write_text(text)

    return written


def test_the_file_of_the_folder_is_read_and_named(hwaudit, demo_snapshot, write):
    write(ACCEPT)
    outcome = hwaudit("evaluate", demo_snapshot)
    assert "\nSettings: hwaudit.toml (1 accepted risk)\n" in outcome.out
    count = outcome.report["summary"]["accepted"]
    assert count > 1
    assert f" info ({count} accepted)\n" in outcome.out
    assert f" findings ({count} accepted), and " in outcome.out.splitlines()[0]
    assert outcome.report["settings"]["file"] == "hwaudit.toml"


def test_without_a_file_there_are_no_settings(hwaudit, demo_snapshot):
    outcome = hwaudit("evaluate", demo_snapshot)
    assert "Settings:" not in outcome.out
    empty = {"file": None, "options": [], "thresholds": [], "severities": [], "accepted": []}
    assert outcome.report["settings"] == empty
    assert {finding["status"] for finding in outcome.report["findings"]} == {"open"}


def test_a_named_file_is_read_instead(hwaudit, demo_snapshot, write):
    write("[nonsense]")
    write("", "other.toml")
    outcome = hwaudit("evaluate", demo_snapshot, "--config", "other.toml")
    assert "\nSettings: other.toml (all defaults)\n" in outcome.out


def test_accepted_findings_are_told_with_their_age(hwaudit, demo_snapshot, write):
    write(ACCEPT)
    report = hwaudit("evaluate", demo_snapshot).report
    accepted = [finding for finding in report["findings"] if finding["status"] == "accepted"]
    assert {finding["check"] for finding in accepted} == {"account-suspended", "worker-stale"}
    assert report["summary"]["accepted"] == len(accepted)
    day = date.fromisoformat(report["scan"]["finished_at"][:10])
    assert accepted[0]["acceptance"] == {
        "owner": "ops",
        "reason": "known",
        "ticket": "T-1",
        "expires": "2099-12-31",
        "expires_in_days": (date(2099, 12, 31) - day).days,
        "accepted_on": "2026-01-01",
        "age_days": (day - date(2026, 1, 1)).days,
        "origin": "hwaudit.toml, [[accept]] entry 1",
    }
    [entry] = report["settings"]["accepted"]
    assert (entry["state"], entry["matched"]) == ("in_force", len(accepted))
    assert all(finding["acceptance"] is None for finding in report["findings"] if finding["status"] == "open")


def test_fail_on_does_not_heed_accepted_findings(hwaudit, demo_snapshot, write):
    write('[severity]\nworker-stale = "critical"\n')
    checks = {f["check"] for f in hwaudit("evaluate", demo_snapshot).report["findings"] if f["severity"] == "critical"}
    assert hwaudit("evaluate", demo_snapshot, "--fail-on", "critical").code == 1
    listed = ", ".join(f'"{check}"' for check in sorted(checks))
    write(ACCEPT.replace('["account-suspended", "worker-stale"]', f"[{listed}]"))
    assert hwaudit("evaluate", demo_snapshot, "--fail-on", "critical").code == 0


def test_options_have_their_defaults_from_the_file_and_the_command_line_wins(hwaudit, write):
    write('[scan]\nformat = ["json"]\nskip = ["logs", "jobs"]\nconcurrency = 8\nfail-on = "high"\nout = "there"\n')
    outcome = hwaudit("scan", "--demo", "--skip", "metrics", "--out", "hwaudit-report")
    assert outcome.code == 1
    assert outcome.files == {"hwaudit.toml", "hwaudit-report/report.json"}
    assert outcome.report["scan"]["skipped"] == ["metrics"]
    assert outcome.report["settings"]["options"] == [
        {"name": "concurrency", "value": "8", "origin": "hwaudit.toml"},
        {"name": "fail-on", "value": "high", "origin": "hwaudit.toml"},
        {"name": "skip", "value": "metrics", "origin": "command line"},
    ]


def test_evaluate_takes_what_is_for_judging_and_writing(hwaudit, demo_snapshot, write):
    write('[scan]\nformat = "json"\nskip = "logs"\nfail-on = "high"\nsnapshot = "kept"\nconcurrency = 8\n')
    outcome = hwaudit("evaluate", demo_snapshot, "--out", "there")
    assert outcome.code == 1
    assert {"there/report.json"} == {file for file in outcome.files if file.startswith("there")}
    assert "kept" not in outcome.files
    options = json.loads((outcome.folder / "there" / "report.json").read_text())["settings"]["options"]
    assert options == [{"name": "fail-on", "value": "high", "origin": "hwaudit.toml"}]


@pytest.mark.parametrize("line", ['cloud = "AzureUSGovernment"', 'arm-endpoint = "https://localhost:1"'])
def test_a_default_yields_to_an_option_that_excludes_it(hwaudit, write, line):
    write(f"[scan]\n{line}\n")
    assert hwaudit("scan", "--demo", "--format", "json").report["scan"]["cloud"] == "AzureCloud"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[scan]\nconcurency = 8", ("[scan] concurency is no option", "did you mean concurrency?")),
        ("[scan]\nconcurrency = '8'", ("[scan] concurrency cannot be used", "whole number from 1 to 1024")),
        ("[scan]\nconcurrency = 0", ("[scan] concurrency cannot be used",)),
        ("[scan]\nconcurrency = true", ("[scan] concurrency cannot be used",)),
        ("[scan]\nstrict = 1", ("[scan] strict cannot be used", "true or false")),
        ("[scan]\nfail-on = 'severe'", ("[scan] fail-on cannot be used", '"critical"')),
        ("[scan]\nauth = ['cli']", ("[scan] auth cannot be used", '"cli"')),
        ("[scan]\nformat = 'pdf'", ("[scan] format: there is no report format 'pdf'", "html")),
        ("[scan]\nskip = ['logs', 3]", ("[scan] skip cannot be used", "or a list")),
        ("[scan]\nskip = ['lugs']", ("[scan] skip: --skip does not know lugs",)),
        ("[scan]\nsince = 'yesterday'", ("[scan] since: ", "is no ISO time")),
        ("[scan]\nsubscription = ['a/b']", ("[scan] subscription: 'a/b' is no subscription",)),
        ("[scan]\ninclude = ['secrets']", ("[scan] include cannot be used", '"variables"')),
        ("[scan]\ndemo = true", ("[scan] demo is no setting", "command line")),
        ("[scan]\nas-of = 2026-01-01", ("[scan] as-of is no setting",)),
        ("[scan]\ncloud = 'AzureCloud'\narm-endpoint = 'https://a'", ("exclude each other",)),
        ("[[accept]]\nexpires = 'soon'", ("[[accept]] entry 1 has no owner",)),
        ("x = ", ("is no TOML",)),
    ],
)
@pytest.mark.parametrize("command", [("scan", "--demo"), ("evaluate", "missing")])
def test_a_mistake_is_one_line_and_stops_before_anything_is_done(hwaudit, tmp_path, command, text, said):
    (tmp_path / "settings.toml").write_text(text)
    assert hwaudit(*command, "--config", tmp_path / "settings.toml").refuses(2, "settings.toml", *said)


VALUES = st.one_of(
    st.text(max_size=8).map(json.dumps),
    st.sampled_from(
        ["1979-05-27", "07:32:00", "1979-05-27T07:32:00Z", "nan", "-inf", "1e9", "true", "{a = 1}", "[[]]"]
    ),
    st.integers().map(str),
    st.lists(st.sampled_from(["'logs'", "'json'", "''", "1", "{}"]), max_size=3).map(
        lambda held: f"[{', '.join(held)}]"
    ),
)
KEYS = sorted(key for key in _scan_options())


@given(st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=4))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40)
def test_any_value_of_any_option_is_taken_or_refused_in_one_line(hwaudit, tmp_path, table):
    text = "".join(f"{key} = {value}\n" for key, value in table.items() if key not in {"out", "snapshot"})
    (tmp_path / "settings.toml").write_text(f"[scan]\n{text}", encoding="utf-8")
    assert hwaudit("evaluate", "missing", "--config", tmp_path / "settings.toml").refuses(2)


def test_a_named_file_that_is_missing_is_told(hwaudit):
    assert hwaudit("scan", "--demo", "--config", "none.toml").refuses(2, "there is no settings file none.toml")


def test_help_reads_no_settings(hwaudit, write):
    write("[nonsense]")
    assert hwaudit("scan", "--help").code == 0


def test_entries_that_expired_or_match_nothing_are_findings(hwaudit, demo_snapshot, write):
    write(
        ACCEPT.replace("2099-12-31", "2026-01-02")
        + ACCEPT.replace('["account-suspended", "worker-stale"]', '"account-local-auth"\nsubject = "no-such-account"')
    )
    outcome = hwaudit("evaluate", demo_snapshot)
    about = {f["check"]: f for f in outcome.report["findings"] if f["check"].startswith("accepted-risk")}
    assert set(about) == {"accepted-risk-expired", "accepted-risk-unmatched"}
    assert about["accepted-risk-expired"]["subscription_id"] == ""
    assert about["accepted-risk-expired"]["evidence"]["file"] == "hwaudit.toml"
    html = (outcome.folder / "hwaudit-report" / "report.html").read_text()
    assert "accepted-risk-expired" in html


@pytest.mark.parametrize("check", ["accepted-risk-expired", "accepted-risk-unmatched"])
def test_explain_knows_what_is_said_of_entries(hwaudit, check):
    text = hwaudit("explain", check).out
    assert text.startswith(f"# {check}\n")
    assert "[[accept]]" in text
    assert check not in hwaudit("checks").out


def test_explain_and_checks_tell_the_thresholds(hwaudit):
    assert "* webhook-expires-soon (30d, from 1d to 3650d): " in hwaudit("explain", "webhook-expired").out
    entries = {entry["id"]: entry for entry in json.loads(hwaudit("checks", "--json").out)}
    [threshold] = entries["webhook-expired"]["thresholds"]
    assert (threshold["key"], threshold["default"]) == ("webhook-expires-soon", "30d")
    assert entries["worker-stale"]["thresholds"] == []


def test_the_example_that_ships_is_read_as_it_stands(hwaudit, demo_snapshot):
    example = Path(__file__).parents[2] / "docs" / "hwaudit.example.toml"
    outcome = hwaudit("evaluate", demo_snapshot, "--config", example)
    assert outcome.code in {0, 1}
    assert len(outcome.report["settings"]["accepted"]) == 2


def test_settings_do_not_make_a_replay_differ(hwaudit, write, tmp_path):
    write(ACCEPT + '[thresholds]\nwebhook-expires-soon = "45d"\n[severity]\njob-stuck = "off"\n')
    words = ("--quiet", "--format", "json", "--out")
    hwaudit("scan", "--demo", *words, tmp_path / "a", "--snapshot", tmp_path / "s")
    hwaudit("evaluate", tmp_path / "s", *words, tmp_path / "b")
    assert (tmp_path / "a/report.json").read_bytes() == (tmp_path / "b/report.json").read_bytes()


def _folder(path):
    path.mkdir()


def _dangling(path):
    path.symlink_to("nothing")


def _loop(path):
    path.symlink_to(path.name)


@pytest.mark.parametrize(
    ("make", "said"),
    [(_folder, "is no file"), (_dangling, "is a link to nothing"), (_loop, "hwaudit.toml"), (os.mkfifo, "is no file")],
)
def test_what_stands_in_the_place_of_the_file_is_never_ignored(hwaudit, demo_snapshot, make, said):
    make(Path("hwaudit.toml"))
    outcome = hwaudit("evaluate", demo_snapshot)
    assert outcome.code == 2
    assert re.fullmatch(r"hwaudit: [^\n]+: make it a file, [^\n]+\n", outcome.err)
    assert said in outcome.err
    assert "hwaudit-report/report.json" not in outcome.files


def test_a_file_that_may_not_be_read_is_never_ignored(hwaudit, demo_snapshot, write, monkeypatch):
    write("")
    opened = Path.open

    def refuse(path, *words, **options):
        if path.name == "hwaudit.toml":
            raise PermissionError(13, "Permission denied")
        return opened(path, *words, **options)

    monkeypatch.setattr(Path, "open", refuse)
    outcome = hwaudit("evaluate", demo_snapshot)
    assert (outcome.code, outcome.err) == (2, "hwaudit: cannot read hwaudit.toml: Permission denied\n")
