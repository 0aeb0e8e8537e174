"""Runs workflows and composite actions here as GitHub's runner does: real bash, real files, nothing sent anywhere.

What is simulated: the actions of others (`SIMULATED`), and steps of actions that a test replaces by their outputs.
Workflow commands are read from the log as the runner reads them, stop-commands and the old `##[...]` form included.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from actions.expressions import holds, inserted, text

BASH = shutil.which("bash") or "bash"
_COMMAND = re.compile(r"::(?P<name>[^ :]+)(?: (?P<properties>[^:]*))?::(?P<data>.*)")
_OLD_COMMAND = re.compile(r"##\[(?P<name>[^\] ]+)(?: (?P<properties>[^\]]*))?\](?P<data>.*)")


@dataclass(frozen=True)
class Command:
    """A workflow command that took effect, such as an annotation."""

    name: str
    data: str
    properties: Mapping[str, str]


@dataclass(frozen=True)
class StepResult:
    """How one step ended."""

    name: str
    outcome: str
    outputs: Mapping[str, str] = field(default_factory=dict)
    log: str = ""
    summary: str = ""

    @property
    def commands(self) -> list[Command]:
        return commands_of(self.log)

    def annotations(self, level: str) -> list[str]:
        return [command.data for command in self.commands if command.name == level]


@dataclass(frozen=True)
class JobResult:
    """How one job ended, and each of its steps, those of composite actions in their places."""

    outcome: str
    steps: list[StepResult]
    outputs: Mapping[str, str] = field(default_factory=dict)

    def step(self, name: str) -> StepResult:
        [found] = [step for step in self.steps if step.name == name]
        return found

    @property
    def summary(self) -> str:
        return "".join(step.summary for step in self.steps)


@dataclass
class Runner:
    """One repository that is checked out, with what GitHub keeps for it.

    `actions` are folders with an action.yml by the name before the `@`; `replaced` are the outputs of steps, by id,
    that are not run. `job_environment` reaches the jobs that may ask for an OIDC token, and no others.
    """

    workspace: Path
    temporary: Path
    actions: Mapping[str, Path] = field(default_factory=dict)
    replaced: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    variables: Mapping[str, str] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    job_environment: Mapping[str, str] = field(default_factory=dict)
    github: Mapping[str, Any] = field(default_factory=dict)
    artifacts: dict[str, dict[str, bytes]] = field(default_factory=dict)
    used: list[tuple[str, Mapping[str, Any]]] = field(default_factory=list)

    def run_workflow(self, path: Path, inputs: Mapping[str, Any] | None = None) -> dict[str, JobResult]:
        """Run all jobs in the order of the file, one for each row of a matrix; jobs whose `if` is false are skipped."""
        workflow = yaml.safe_load(path.read_text())
        results: dict[str, JobResult] = {}
        for name, job in workflow["jobs"].items():
            needed = [job.get("needs", [])] if isinstance(job.get("needs", []), str) else job.get("needs", [])
            contexts = self._contexts(inputs or {})
            contexts["needs"] = {
                other: {"result": results[other].outcome, "outputs": results[other].outputs} for other in needed
            }
            status = _status(all(results[other].outcome == "success" for other in needed))
            if not holds(job.get("if", ""), contexts, status):
                results[name] = JobResult("skipped", [])
                continue
            rows = self._run_rows(job, contexts)
            failed = any(row.outcome != "success" for row in rows)
            steps = [step for row in rows for step in row.steps]
            results[name] = JobResult("failure" if failed else "success", steps, rows[-1].outputs)
        return results

    def run_action(self, folder: Path, given: Mapping[str, str]) -> JobResult:
        """Run a composite action as the only step of a job that may ask for an OIDC token."""
        environment = dict(self.environment) | dict(self.job_environment)
        # By expressions, as hostile values come into a workflow: their own are not evaluated.
        passed = {name: f"${{{{ inputs.{name} }}}}" for name in given}
        step = {"id": "action", "name": "action", "uses": "./", "with": passed}
        here = dict(self.actions) | {"./": folder}
        return Runner(**{**vars(self), "actions": here})._run_steps([step], self._contexts(given), environment)

    def _contexts(self, inputs: Mapping[str, Any]) -> dict[str, Any]:
        github = {"token": "ghs_test", "repository": "contoso/ops", "event": {}, **self.github}
        return {"inputs": inputs, "vars": self.variables, "github": github, "runner": {"os": "Linux"}, "env": {}}

    def _run_rows(self, job: Mapping[str, Any], contexts: dict[str, Any]) -> list[JobResult]:
        matrix = inserted(job.get("strategy", {}).get("matrix", {}), contexts)
        rows = [{name: value} for name, values in matrix.items() for value in values] or [{}]
        may_ask = job.get("permissions", {}).get("id-token") == "write"
        environment = dict(self.environment) | (dict(self.job_environment) if may_ask else {})
        return [
            self._run_steps(
                job["steps"],
                {**contexts, "matrix": row, "strategy": {"job-index": number}},
                environment,
                outputs=job.get("outputs"),
            )
            for number, row in enumerate(rows)
        ]

    def _run_steps(
        self,
        steps: list[dict[str, Any]],
        contexts: dict[str, Any],
        environment: dict[str, str],
        *,
        action: str = "",
        outputs: Mapping[str, Any] | None = None,
    ) -> JobResult:
        ended: list[StepResult] = []
        contexts = {**contexts, "steps": {}}
        failed = False
        for step in steps:
            name = step.get("name") or step.get("id") or step.get("uses", "run")
            if not holds(step.get("if", ""), contexts, _status(not failed)):
                ended.append(StepResult(name, "skipped"))
                continue
            result, inner = self._run_step(name, step, contexts, environment, action)
            failed = failed or result.outcome == "failure"
            ended += [*inner, result]
            contexts["steps"][step.get("id", name)] = {"outputs": result.outputs, "outcome": result.outcome}
        given = {name: text(each) for name, each in inserted(outputs or {}, contexts).items()}
        return JobResult("failure" if failed else "success", ended, given)

    def _run_step(
        self, name: str, step: dict[str, Any], contexts: dict[str, Any], environment: dict[str, str], action: str
    ) -> tuple[StepResult, list[StepResult]]:
        if action and step.get("id") in self.replaced:
            return StepResult(name, "success", self.replaced[step["id"]]), []
        if "run" in step:
            return self._run_bash(name, step, contexts, environment, action), []
        given = {key: text(value) for key, value in inserted(step.get("with", {}), contexts).items()}
        used = step["uses"].partition("@")[0]
        if used in self.actions:
            return self._run_composite(name, self.actions[used], given, contexts, environment)
        self.used.append((used, given))
        return StepResult(name, "success", SIMULATED[used](self, given)), []

    def _run_composite(
        self, name: str, folder: Path, given: Mapping[str, str], contexts: dict[str, Any], environment: dict[str, str]
    ) -> tuple[StepResult, list[StepResult]]:
        action = yaml.safe_load((folder / "action.yml").read_text())
        assert set(given) <= set(action["inputs"]), set(given) - set(action["inputs"])
        inputs = {key: given.get(key, text(each.get("default"))) for key, each in action["inputs"].items()}
        outputs = {key: each["value"] for key, each in action.get("outputs", {}).items()}
        steps, inner = action["runs"]["steps"], {**contexts, "inputs": inputs}
        job = self._run_steps(steps, inner, environment, action=str(folder), outputs=outputs)
        return StepResult(f"{name} (uses)", job.outcome, job.outputs), job.steps

    def _run_bash(
        self, name: str, step: dict[str, Any], contexts: dict[str, Any], environment: dict[str, str], action: str
    ) -> StepResult:
        assert "${{" not in step["run"], "an expression in a script can be anything"
        folder = self.temporary / f"step-{len(list(self.temporary.iterdir()))}"
        folder.mkdir()
        script, output, summary = folder / "script.sh", folder / "output", folder / "summary"
        script.write_text(step["run"])
        for file in (output, summary):
            file.touch()
        own = {key: text(value) for key, value in inserted(step.get("env", {}), contexts).items()}
        files = {"GITHUB_OUTPUT": output, "GITHUB_STEP_SUMMARY": summary, "RUNNER_TEMP": self.temporary}
        where = {"GITHUB_WORKSPACE": self.workspace, "GITHUB_ACTION_PATH": action, "CI": "true"}
        full = {"PATH": os.environ["PATH"], "HOME": str(self.temporary), **environment}
        full |= {key: str(value) for key, value in (files | where).items()} | own
        ended = subprocess.run(
            [BASH, "--noprofile", "--norc", "-eo", "pipefail", str(script)],
            cwd=self.workspace, env=full, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
        )  # fmt: skip
        outcome = "failure" if ended.returncode else "success"
        log = ended.stdout.decode("utf-8", "replace")
        return StepResult(name, outcome, outputs_of(output.read_text()), log, summary.read_text())


def outputs_of(written: str) -> dict[str, str]:
    """Read a file of outputs; raises ValueError for one that the runner would refuse."""
    found: dict[str, str] = {}
    lines = iter(written.split("\n"))
    for line in lines:
        if not line:
            continue
        name, sign, end = line.partition("<<")
        if not sign or "=" in name:
            name, sign, value = line.partition("=")
            if not sign:
                raise ValueError(f"no output: {line!r}")
            found[name] = value
            continue
        value_lines = []
        for each in lines:
            if each == end:
                break
            value_lines.append(each)
        else:
            raise ValueError(f"the output {name!r} does not end")
        found[name] = "\n".join(value_lines)
    return found


def commands_of(log: str) -> list[Command]:
    """The commands in a log that take effect: none between stop-commands and its token."""
    found: list[Command] = []
    token = ""
    for line in log.splitlines():
        match = _COMMAND.match(line.lstrip()) or _OLD_COMMAND.search(line)
        if match is None:
            continue
        if token:
            token = "" if match["name"] == token else token
            continue
        if match["name"] == "stop-commands":
            token = match["data"]
            continue
        properties = dict(part.split("=", 1) for part in (match["properties"] or "").split(",") if "=" in part)
        unescaped = {name: _unescaped(value) for name, value in properties.items()}
        found.append(Command(match["name"], _unescaped(match["data"]), unescaped))
    return found


def _unescaped(written: str) -> str:
    for code, sign in (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")):
        written = written.replace(code, sign)
    return written


def _status(succeeded: bool) -> dict[str, bool]:
    return {"success": succeeded, "failure": not succeeded, "always": True, "cancelled": False}


def _upload(runner: Runner, given: Mapping[str, str]) -> dict[str, str]:
    place = runner.workspace / given["path"]
    files = [place] if place.is_file() else sorted(path for path in place.rglob("*") if path.is_file())
    root = place.parent if place.is_file() else place
    runner.artifacts[given["name"]] = {path.relative_to(root).as_posix(): path.read_bytes() for path in files}
    return {}


def _download(runner: Runner, given: Mapping[str, str]) -> dict[str, str]:
    """Each artifact into a folder of its name, but a single one straight into the path, also one that a pattern found."""
    prefix = given.get("pattern", "").removesuffix("*")
    found = {
        name: files
        for name, files in runner.artifacts.items()
        if given.get("name", name) == name and name.startswith(prefix)
    }
    for name, files in found.items():
        folder = runner.workspace / given["path"] / ("" if len(found) == 1 else name)
        for file, held in files.items():
            place = folder / file
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(held)
    return {}


def _nothing(_runner: Runner, _given: Mapping[str, str]) -> dict[str, str]:
    return {}


SIMULATED: Mapping[str, Callable[[Runner, Mapping[str, str]], dict[str, str]]] = {
    "actions/checkout": _nothing,
    "actions/setup-python": _nothing,
    "actions/upload-artifact": _upload,
    "actions/download-artifact": _download,
    "github/codeql-action/upload-sarif": _nothing,
}
