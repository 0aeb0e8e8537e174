"""The composite action: its shell part is run as a runner runs it, and its inputs are only data."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from builders import account, days, group, worker
from github_issues import REPOSITORY, TOKEN, GitHub, serve
from issue_runs import scan, written

ACTION = Path(__file__).parents[2] / ".github" / "actions" / "issues"
TEXT = (ACTION / "action.yml").read_text()
HOSTILE = "$(touch owned)`touch owned`'; touch owned; \"\n::stop-commands::x"


def script():
    """What the step runs, as the runner writes it into a file."""
    block = TEXT[TEXT.index("      run: |\n") + len("      run: |\n") :]
    return "".join(line.removeprefix("        ") for line in block.splitlines(keepends=True))


def inputs():
    """The defaults of the inputs by the variable that the step passes each in."""
    defaults = dict(re.findall(r"(?m)^  ([a-z-]+):\n    description: .*\n    default: (.*)$", TEXT))
    passed = dict(re.findall(r"(?m)^        ([A-Z_]+): \$\{\{ inputs\.([a-z-]+) \}\}$", TEXT))
    assert passed.keys() >= {"GITHUB_TOKEN"}
    assert set(passed.values()) == set(defaults)
    return {variable: defaults[name].strip('"') for variable, name in passed.items()}


def run(folder, github, **environment):
    (folder / "step.sh").write_text(script())
    (folder / "report.json").write_text(json.dumps(written(scan(account(), group(), worker(age=days(40))))))
    runner = {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "GITHUB_ACTION_PATH": str(ACTION),
        "GITHUB_API_URL": github.api,
        "GITHUB_REPOSITORY": REPOSITORY,
        "GITHUB_OUTPUT": str(folder / "output"),
        "GITHUB_STEP_SUMMARY": str(folder / "summary.md"),
        "NO_PROXY": "*",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    told = inputs() | {"GITHUB_TOKEN": TOKEN, "HWAUDIT_REPORT": "report.json"} | environment
    words = ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "step.sh"]
    return subprocess.run(words, cwd=folder, env=runner | told, capture_output=True, text=True, check=False)


def test_no_input_is_part_of_the_script():
    assert "${{" not in script()
    assert len(re.findall(r"(?m)^      run: ", TEXT)) == 1


def test_the_step_over_a_socket_opens_issues_and_writes_its_outputs(tmp_path):
    github = GitHub()
    server = serve(github)
    try:
        done = run(tmp_path, github, HWAUDIT_MAX_ISSUES="1")
    finally:
        server.shutdown()
        server.server_close()
    assert (done.returncode, done.stderr) == (0, "")
    assert len(github.issues) == 1
    outputs = dict(line.split("=") for line in (tmp_path / "output").read_text().splitlines())
    assert outputs["opened"] == "1"
    assert set(outputs) == set(re.findall(r"steps\.sync\.outputs\.([a-z]+) ", TEXT))
    assert TOKEN not in done.stdout + (tmp_path / "summary.md").read_text()


def test_inputs_are_data_whatever_is_in_them(tmp_path):
    values = {name: HOSTILE for name in inputs() if name != "GITHUB_TOKEN"}
    done = run(tmp_path, GitHub(), **values)
    assert done.returncode == 2
    assert not (tmp_path / "owned").exists()
    assert [line.startswith("::error title=") for line in done.stdout.splitlines()] == [True]


@pytest.mark.parametrize("path", sorted(ACTION.rglob("*.py")), ids=lambda path: path.name)
def test_the_step_needs_the_standard_library_alone(path):
    names = set(re.findall(r"(?m)^(?:from|import) (\w+)", path.read_text()))
    assert names <= sys.stdlib_module_names | {"rootcauses"}
