"""The action's step, in a real bash, with a stand-in for hwaudit that keeps what it was asked and writes a report."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from inputs import BadInputError, Inputs
from publish import ANNOTATIONS

ROOT = Path(__file__).parents[2]
HOSTILE = ["\"; touch x; #$(touch x)`touch x`' || touch x; $IFS \\%0A::error::x ${{ github.token }} *", "--help"]
ONE = ["auth", "management-group", "resource-group", "account", "shard", "cloud", "arm-endpoint", "since"]
ONE += ["concurrency", "config", "redact-key", "fail-on", "out", "snapshot"]
MANY = {"tenant": "tenant", "subscriptions": "subscription", "exclude-subscriptions": "exclude-subscription"}
MANY |= {"include": "include", "frameworks": "framework"}


pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the stand-ins are scripts of POSIX")


@pytest.fixture
def step(stand_in):
    return stand_in


def test_nothing_asked_is_a_scan_with_the_jobs_own_token(step):
    ended, outputs = step.run()
    assert ended.outcome == "success"
    assert step.words == [
        "scan", "--auth=github-oidc", "--out=hwaudit-report", "--snapshot=hwaudit.snapshot",
        "--format=html,json,sarif,markdown",
    ]  # fmt: skip
    assert (outputs["exit-code"], outputs["baseline"]) == ("0", "none")
    assert (outputs["folder"], outputs["json"]) == ("hwaudit-report", "hwaudit-report/report.json")
    assert (outputs["sarif"], outputs["snapshot"]) == ("", "hwaudit.snapshot")
    assert (outputs["gaps"], outputs["whole"], outputs["new"]) == ("1", "false", "")


@pytest.mark.parametrize("hostile", HOSTILE)
def test_a_hostile_input_is_one_word_of_hwaudits_and_nothing_else(step, hostile):
    given = dict.fromkeys([*ONE, *MANY, "client-id", "skip", "formats"], hostile)
    ended, _ = step.run(given)
    words = step.words
    assert words[0] == "scan"
    assert all(word.startswith("--") for word in words[1:])
    for name in ONE:
        assert f"--{name}={hostile}" in words
    for option in (*MANY.values(), "skip"):
        assert f"--{option}={hostile}" in words
    assert f"--format={hostile.lower()},json,markdown" in words
    assert step.asked[-1][1] == hostile
    assert not list(step.workspace.rglob("x"))
    assert {command.name for command in ended.commands} <= {"warning", "notice", "error"}


def test_a_part_of_an_audit_is_not_told_as_a_whole(step):
    ended, outputs = step.run({"summary": "false"})
    assert (ended.summary, ended.commands) == ("", [])
    assert outputs["gaps"] == "1"


def test_values_come_one_in_a_line_or_separated_by_commas(step):
    given = {"subscriptions": "a\n b,c\n\n", "skip": "logs\njobs", "formats": "SARIF\njson", "strict": "true"}
    step.run({**given, "include": "variables", "demo": "TRUE"})
    words = step.words
    assert [word for word in words if "subscription" in word] == [f"--subscription={name}" for name in "abc"]
    assert {"--skip=logs,jobs", "--format=sarif,json,markdown", "--strict", "--demo", "--include=variables"} <= {*words}


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"strict": "yes"}, "the input strict is true or false, not 'yes'"),
        ({"redact": "$(touch x)"}, "the input redact is true or false"),
        ({"tenant": "t", "shard": "1/2\n2/2"}, "the input shard takes one line"),
        ({"snapshots": "shards/*/none"}, "no file matches 'shards/*/none'"),
    ],
)
def test_an_input_that_means_nothing_is_named(given, says):
    with pytest.raises(BadInputError) as told:
        Inputs(given).command(baseline="", fail_on="never")
    assert str(told.value).startswith(says)


def test_an_input_that_means_nothing_ends_the_step_with_one_error(step):
    ended, outputs = step.run({"client-id": "a\n::error::b"})
    assert ended.annotations("error") == ["the input client-id takes one line: 'a\\n::error::b'"]
    assert (ended.outcome, outputs["exit-code"], outputs["json"]) == ("failure", "2", "")
    assert "Nothing was audited" in ended.summary


@pytest.mark.parametrize("code", [1, 130])
def test_the_exit_code_comes_after_everything_is_published(step, code):
    ended, outputs = step.run(code=code)
    assert (ended.outcome, outputs["exit-code"]) == ("failure", str(code))
    assert outputs["json"] == "hwaudit-report/report.json"
    assert "# Hybrid worker audit" in ended.summary


def test_a_scan_that_could_not_start_leaves_its_reason_and_no_old_report(step):
    step.run()
    ended, outputs = step.run(code=4, err="hwaudit: GitHub offers no token: give the job <b>`id-token: write`</b>")
    assert ended.annotations("error") == ["GitHub offers no token: give the job <b>`id-token: write`</b>"]
    assert (ended.outcome, outputs["exit-code"], outputs["json"], outputs["high"]) == ("failure", "4", "", "")
    assert "&lt;b&gt;" in ended.summary


def test_names_in_the_log_are_no_commands(step):
    forged = "::error::forged\n##[add-mask]forged\n  ::stop-commands::mine\n::mine::\n::set-output name=high::0"
    ended, outputs = step.run(out=forged, err=f"x ##[error]forged\n{forged}\nno line break")
    assert "forged" in ended.log
    assert not [command for command in ended.commands if "forged" in command.data or command.name == "set-output"]
    assert ended.annotations("warning")
    assert outputs["high"] != "0"


def test_without_the_file_this_run_becomes_the_first_baseline(step):
    ended, outputs = step.run({"baseline": "previous/s", "fail-on": "new:high"})
    first, *_ = ended.annotations("notice")
    assert first.startswith("There is no baseline at previous/s yet: what this run sees becomes the first one")
    assert "`fail-on: new:high` judges nothing" in first
    assert "no baseline at previous/s" in ended.summary
    assert "--fail-on=never" in step.words
    assert not [word for word in step.words if word.startswith("--baseline")]
    assert outputs["baseline"] == "first"
    step.run({"baseline": "previous/s", "fail-on": "new:hihg"})
    assert "--fail-on=new:hihg" in step.words  # which hwaudit refuses now, and not in the second run


def test_the_first_run_does_not_fail_for_want_of_a_baseline_that_the_settings_ask_for(step):
    settings = step.workspace / "hwaudit.toml"
    settings.write_text('[scan]\nfail-on = "new:high"\n')
    ended, _ = step.run({"baseline": "previous/s"})
    assert "`fail-on: new:high` judges nothing" in ended.annotations("notice")[0]
    assert "--fail-on=never" in step.words
    for other in ('[scan]\nfail-on = "high"\n', "scan = 1", "no toml"):
        settings.write_text(other)
        step.run({"baseline": "previous/s"})
        assert not [word for word in step.words if word.startswith("--fail-on")]


def test_a_baseline_that_cannot_be_used_is_said_and_left_out(step):
    (step.workspace / "old").write_text("x")
    says = "hwaudit: old has snapshot version 2, this hwaudit reads version 3: use the hwaudit version that wrote it"
    ended, outputs = step.run({"baseline": "old", "fail-on": "high"}, diff_err=says)
    told, *_ = ended.annotations("warning")
    assert "old has snapshot version 2" in told
    assert "nothing is compared" in told
    assert "--fail-on=high" in step.words
    assert (ended.outcome, outputs["baseline"], outputs["new"]) == ("success", "unusable", "")


def test_a_baseline_is_tried_with_the_settings_and_the_key_of_the_run(step):
    (step.workspace / "-old").write_text("x")
    given = {"baseline": "-old", "config": "c.toml", "redact": "true", "fail-on": "new:low"}
    _, outputs = step.run(given)
    key = f"--redact-key={step.temporary / 'hwaudit.key'}"
    assert step.asked[0][0] == ["diff", "--format=json", "--config=c.toml", "--redact", key, "--", "-old", "-old"]
    assert {"--baseline=-old", "--fail-on=new:low", "--redact", key} <= {*step.words}
    assert outputs["baseline"] == "used"


def test_snapshots_are_merged_and_nothing_is_scanned(step):
    for name in ("1", "-2"):
        (step.workspace / name).mkdir()
        (step.workspace / name / "s").write_text("x")
    step.run({"snapshots": "*/s", "tenant": "t", "strict": "true"})
    assert step.words[0] == "merge"
    assert step.words[-3:] == ["--", "-2/s", "1/s"]
    assert "--strict" in step.words
    assert not [word for word in step.words if word.startswith(("--tenant", "--auth"))]


def test_modules_of_the_workspace_are_not_imported(step):
    for name in ("json", "inputs", "commands", "glob", "sitecustomize"):
        (step.workspace / f"{name}.py").write_text("open('imported', 'w')")
    step.run(environment={"PYTHONPATH": str(step.workspace)})
    assert not (step.workspace / "imported").exists()


def test_a_public_repository_is_warned_unless_names_are_redacted(step, tmp_path):
    (tmp_path / "event").write_text('{"repository": {"private": false}}')
    environment = {"GITHUB_EVENT_PATH": str(tmp_path / "event")}
    ended, _ = step.run(environment=environment)
    assert ended.annotations("warning")[0].startswith("This repository is public")
    shown = step.home / "reports" / "report.json"
    told = json.loads(shown.read_text())
    told["findings"] = [each | {"severity": "high", "status": "open"} for each in told["findings"]] * ANNOTATIONS
    shown.write_text(json.dumps(told))
    (step.workspace / "old").touch()
    ended, _ = step.run({"baseline": "old"}, diff_err="hwaudit: damaged", environment=environment)
    assert len(ended.annotations("warning")) == ANNOTATIONS  # GitHub would hide the rest, and nothing would count it
    ended, _ = step.run({"redact": "true"}, environment=environment)
    assert "public" not in ended.annotations("warning")[0]
    (step.workspace / "hwaudit.toml").write_text("[scan]\nredact = true\n")
    ended, _ = step.run(environment=environment)
    assert "public" not in ended.annotations("warning")[0]


def test_the_summary_of_a_first_run_begins_with_the_verdict(step, snapshot):
    assert step.run({"baseline": "previous/s"})[0].summary.partition("| Severity")[0] == snapshot
