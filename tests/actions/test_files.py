"""What the files of the action and its workflow promise each other."""

from __future__ import annotations

import json
import re
import sys
import tomllib
from pathlib import Path
from typing import get_type_hints

import inputs
import pytest
import yaml
from actions.expressions import evaluate, holds, inserted
from actions.runner import Runner, commands_of, outputs_of
from actions.stand_in import Step
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from scanner.commands.scan import scan
from scanner.onboarding.workflow import workflow

ROOT = Path(__file__).parents[2]
ACTION = yaml.safe_load((ROOT / "action.yml").read_text())
OF_PEOPLE = {"--as-of", "--record", "--resume", "--quiet", "--verbose"}
"""Options of `hwaudit scan` that a step has no use for."""
OTHERWISE = {"--fail-on", "--baseline", "--format"}
"""Options that are made of their inputs one by one."""


posix = pytest.mark.skipif(sys.platform == "win32", reason="the stand-ins are scripts of POSIX")


class Workflow(Step):
    """The workflow of this repository with the stand-in for hwaudit, and one for `gh`."""

    def gh(self, script):
        """Let `gh` be these lines of sh."""
        place = self.home / "path" / "gh"
        place.parent.mkdir(exist_ok=True)
        place.write_text(f"#!/bin/sh\n{script}\n")
        place.chmod(0o755)
        self.tell()

    def runner(self, **variables):
        return Runner(
            self.workspace,
            self.temporary,
            actions={"./": ROOT, "$/.github/actions/issues": ROOT / ".github/actions/issues"},
            replaced={"install": {"python": str(self.home / "bin" / "python")}, "sync": {"opened": "1"}},
            variables={"AZURE_CLIENT_ID": "c", "AZURE_TENANT_ID": "t"} | variables,
            environment={"PATH": f"{self.home / 'path'}:/usr/bin:/bin", "GITHUB_REF_NAME": "main"}
            | {"GITHUB_WORKFLOW_REF": "contoso/ops/.github/workflows/audit.yml@refs/heads/main"},
        )


@pytest.fixture
def step(tmp_path, reports):
    return Workflow(tmp_path, reports)


def test_every_option_of_a_scan_is_an_input():
    options = {
        next(each for each in (*info.param_decls, f"--{name.rstrip('_').replace('_', '-')}") if each.startswith("--"))
        for name, hint in get_type_hints(scan, include_extras=True).items()
        for info in getattr(hint, "__metadata__", ())
    }
    made = {option.option for option in (*inputs._OF_SCANS, *inputs._OF_JUDGEMENTS, *inputs._OF_REPORTS)}
    assert made | OTHERWISE == options - OF_PEOPLE


def test_every_input_is_read():
    read = {option.input for option in (*inputs._OF_SCANS, *inputs._OF_JUDGEMENTS, *inputs._OF_REPORTS)}
    assert set(ACTION["inputs"]) == read | {
        "client-id",
        "snapshots",
        "baseline",
        "fail-on",
        "formats",
        "python-version",
        "summary",
    }


def test_every_output_is_one_of_the_step():
    for name, output in ACTION["outputs"].items():
        assert output["value"] == f"${{{{ steps.audit.outputs.{name} }}}}"


def test_the_workflow_of_this_repository_is_the_one_that_others_get():
    assert (ROOT / ".github/workflows/audit.yml").read_text() == workflow("./")


def test_no_expression_is_in_a_script():
    jobs = yaml.safe_load(workflow("./"))["jobs"].values()
    scripts = [step["run"] for job in jobs for step in job["steps"] if "run" in step]
    scripts += [step["run"] for step in ACTION["runs"]["steps"] if "run" in step]
    assert len(scripts) == 3
    assert not [script for script in scripts if "${{" in script]


def test_all_that_pyproject_names_is_pinned_by_hashes_within_its_bounds():
    text = (ROOT / ".github/actions/audit/requirements.txt").read_text()
    pins = {}
    for entry in re.split(r"\n(?=\S)", text):
        found = re.match(r"([A-Za-z0-9._-]+)==([^ ;]+)", entry)
        if found:
            assert "--hash=sha256:" in entry
            pins.setdefault(canonicalize_name(found[1]), []).append(found[2])
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    for written in (*project["project"]["dependencies"], *project["build-system"]["requires"]):
        wanted = Requirement(written)
        versions = pins.get(canonicalize_name(wanted.name))
        assert versions, f"{written} is not there: make action-requirements"
        assert all(wanted.specifier.contains(version) for version in versions), written
    assert "://" not in text


@posix
def test_shards_are_scanned_apart_and_merged_into_one_report(step):
    step.gh("exit 0")
    (step.home / "reports" / "report.sarif").touch()
    runner = step.runner(HWAUDIT_SHARDS='["1/2", "2/2"]', HWAUDIT_CODE_SCANNING="true")
    jobs = runner.run_workflow(ROOT / ".github/workflows/audit.yml")
    assert (jobs["shard"].outcome, jobs["audit"].outcome) == ("success", "success")
    first, second, merged = (words for words, _ in step.asked)
    assert ("--shard=1/2" in first, "--shard=2/2" in second) == (True, True)
    assert merged[0] == "merge"
    place = "shards/hybrid-worker-audit-shard-{}/hwaudit.snapshot"
    assert merged[-3:] == ["--", place.format(0), place.format(1)]
    assert "report.json" in runner.artifacts["hybrid-worker-audit-report"]
    assert runner.used[-1][0] == "github/codeql-action/upload-sarif"


@posix
def test_a_shard_that_failed_is_left_to_the_report_to_tell(step):
    step.gh("exit 0")
    runner = step.runner(HWAUDIT_SHARDS='["1/2", "2/2"]', HWAUDIT_ISSUES="true")
    (step.home / "fails").write_text("--shard=1/2")
    jobs = runner.run_workflow(ROOT / ".github/workflows/audit.yml")
    assert [job.outcome for job in jobs.values()] == ["failure", "success", "success"]
    assert step.asked[-1][0][-2:] == ["--", "shards/hwaudit.snapshot"]  # as download-artifact lays out one alone


@posix
def test_with_pseudonyms_one_job_scans_everything_without_shards(step):
    step.gh("exit 0")
    runner = step.runner(HWAUDIT_SHARDS='["1/2", "2/2"]', HWAUDIT_REDACT="true")
    jobs = runner.run_workflow(ROOT / ".github/workflows/audit.yml")
    assert (jobs["shard"].outcome, jobs["audit"].outcome) == ("skipped", "success")
    [(words, _)] = step.asked
    assert (words[0], "--redact" in words) == ("scan", True)


@posix
def test_issues_are_kept_where_a_variable_asks_for_them_and_there_is_a_report(step):
    step.gh("exit 0")
    (step.home / "fails").write_text("--auth=github-oidc")
    jobs = step.runner(HWAUDIT_ISSUES="true").run_workflow(ROOT / ".github/workflows/audit.yml")
    assert (jobs["audit"].outcome, jobs["issues"].outcome) == ("failure", "skipped")
    (step.home / "fails").unlink()
    runner = step.runner(HWAUDIT_ISSUES="true")
    jobs = runner.run_workflow(ROOT / ".github/workflows/audit.yml")
    assert jobs["issues"].step("Keep one issue for each root cause (uses)").outputs["opened"] == "1"
    assert (step.workspace / "report" / "report.json").is_file()
    jobs = step.runner().run_workflow(ROOT / ".github/workflows/audit.yml")
    assert (jobs["audit"].outcome, jobs["issues"].outcome) == ("success", "skipped")


@posix
@pytest.mark.parametrize(
    ("script", "says"),
    [
        ("exit 1", "give the job the permission actions: read"),
        ('[ "$2" = list ] && echo 7', "The snapshot of run 7 cannot be fetched (it may have expired)"),
    ],
)
def test_a_baseline_that_cannot_be_fetched_is_said_and_the_audit_goes_on(step, script, says):
    step.gh(script)
    (step.home / "reports" / "report.sarif").touch()
    runner = step.runner()
    jobs = runner.run_workflow(ROOT / ".github/workflows/audit.yml")
    [told] = jobs["audit"].step("Fetch the snapshot of the last successful run").annotations("warning")
    assert says in told
    assert jobs["audit"].step("Audit").outputs["baseline"] == "first"
    assert jobs["audit"].outcome == "success"
    assert "github/codeql-action/upload-sarif" not in {name for name, _ in runner.used}


def test_nothing_runs_in_a_repository_that_was_not_set_up(tmp_path):
    jobs = Runner(tmp_path, tmp_path).run_workflow(ROOT / ".github/workflows/audit.yml")
    assert {job.outcome for job in jobs.values()} == {"skipped"}


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("inputs.a || 'x'", "x"),
        ("inputs.b && 'x' || 'y'", "x"),
        ("!inputs.a && (inputs.b == 'B')", True),
        ("fromJSON('[1]')", [1]),
        ("inputs['b'] != null", True),
    ],
)
def test_expressions_mean_what_they_mean_on_github(expression, value):
    assert evaluate(expression, {"inputs": {"a": "", "b": "b"}}) == value
    assert inserted(f"${{{{ {expression} }}}}", {"inputs": {"a": "", "b": "b"}}) == value


def test_a_condition_asks_for_success_unless_it_names_a_status():
    failed = {"success": False, "failure": True, "always": True, "cancelled": False}
    assert not holds("1 == 1", {}, failed)
    assert holds("${{ !cancelled() && 1 == 1 }}", {}, failed)


def test_the_runner_reads_commands_as_github_does():
    log = "::stop-commands::t\n::error::a\nx ##[error]b\n::t::\n  ::error title=x%2Cy,line=1::c%0Ad\nno ::error::e"
    [found] = commands_of(log)
    assert (found.data, found.properties) == ("c\nd", {"title": "x,y", "line": "1"})
    assert outputs_of("a<<E\nb\nE\nc=d\n") == {"a": "b", "c": "d"}
    with pytest.raises(ValueError, match="does not end"):
        outputs_of(json.dumps("a<<E")[1:-1] + "\nb")
