"""What the workflows promise: pinned actions, least permissions, no values in scripts, and a release that was tried."""

import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[1]
WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))
PINS = {
    "actions/attest": ("1e69f48acb82d1966a394da916b4c1698aa569d6", "v4.2.2"),
    "actions/cache": ("55cc8345863c7cc4c66a329aec7e433d2d1c52a9", "v6.1.0"),
    "actions/checkout": ("3d3c42e5aac5ba805825da76410c181273ba90b1", "v7.0.1"),
    "actions/download-artifact": ("3e5f45b2cfb9172054b4087a40e8e0b5a5461e7c", "v8.0.1"),
    "actions/setup-node": ("820762786026740c76f36085b0efc47a31fe5020", "v7.0.0"),
    "actions/setup-python": ("5fda3b95a4ea91299a34e894583c3862153e4b97", "v7.0.0"),
    "actions/upload-artifact": ("043fb46d1a93c77aae656e7c1c64a875d1fc6a0a", "v7.0.1"),
    "astral-sh/setup-uv": ("20cfd1bf945f4377ade1205e4dbc17946fc9a30d", "v10.0.1"),
    "azure/login": ("532459ea530d8321f2fb9bb10d1e0bcf23869a43", "v3.0.0"),
    "github/codeql-action/upload-sarif": ("ff2f1c621b7f889edc0d3c761ac2e6a3f8cdb0dd", "v4.37.7"),
    "pypa/gh-action-pypi-publish": ("dc37677b2e1c63e2034f94d8a5b11f265b73ba33", "v1.14.2"),
    "step-security/harden-runner": ("05e31511f85b41b11d1cf0ef85d0992719546e2c", "v2.21.0"),
    "zizmorcore/zizmor-action": ("3dc1ecc9bcb9e94e9b2c709687979e1298497054", "v0.6.2"),
}
WRITES = {
    ("release.yml", "attest"): {"id-token", "attestations"},
    ("release.yml", "publish"): {"id-token"},
    ("release.yml", "release"): {"contents"},
}
"""What the jobs of a release may do, each in a job that runs nothing of the repository."""


def name_of(path):
    return path.name


def parsed(name):
    return yaml.safe_load((ROOT / ".github/workflows" / name).read_text(encoding="utf-8"))


def steps_of(workflow):
    return [step for job in workflow["jobs"].values() for step in job.get("steps", ())]


@pytest.mark.parametrize("path", WORKFLOWS, ids=name_of)
def test_every_action_is_pinned_to_a_known_commit_and_says_its_release(path):
    used = re.findall(r"uses: ([\w./-]+)@(\w+) # (\S+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    foreign = [
        step["uses"] for step in steps_of(parsed(path.name)) if not step.get("uses", "./").startswith(("./", "$/"))
    ]
    assert len(used) == len(foreign)
    assert [PINS[action] for action, _, _ in used] == [(commit, release) for _, commit, release in used]


@pytest.mark.parametrize("path", WORKFLOWS, ids=name_of)
def test_a_workflow_may_do_nothing_and_a_job_what_it_says(path):
    workflow = parsed(path.name)
    assert workflow["permissions"] == {}
    assert all("permissions" in job for job in workflow["jobs"].values())


@pytest.mark.parametrize("path", WORKFLOWS, ids=name_of)
def test_no_value_is_put_into_a_script(path):
    assert not [step["run"] for step in steps_of(parsed(path.name)) if "${{" in step.get("run", "")]


@pytest.mark.parametrize("path", WORKFLOWS, ids=name_of)
def test_no_checkout_leaves_its_token_behind(path):
    checkouts = [step for step in steps_of(parsed(path.name)) if step.get("uses", "").startswith("actions/checkout@")]
    assert all(step["with"]["persist-credentials"] is False for step in checkouts)


@pytest.mark.parametrize("name", ["ci.yml", "release.yml"])
def test_only_jobs_that_run_nothing_of_the_repository_may_write(name):
    for job, told in parsed(name)["jobs"].items():
        writes = {scope for scope, access in told["permissions"].items() if access == "write"}
        assert writes == WRITES.get((name, job), set())
        assert not writes or not any("checkout" in step.get("uses", "") for step in told["steps"])


def test_ci_tests_every_python_that_the_package_names_on_every_system():
    matrix = parsed("ci.yml")["jobs"]["tests"]["strategy"]["matrix"]
    named = re.findall(r"Python :: (3\.\d+)", (ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert matrix["python"] == named
    assert matrix["os"] == ["ubuntu-latest", "windows-latest", "macos-latest"]


def test_a_release_is_built_and_tried_by_a_target_that_runs_anywhere_before_anything_is_published():
    jobs = parsed("release.yml")["jobs"]
    runs = [step for step in jobs["build"]["steps"] if "run" in step]
    assert [step["run"] for step in runs] == ["make lint", "make test", "make package"]
    assert runs[-1]["env"] == {"TAG": "${{ github.ref_name }}"}
    assert "build" in jobs["attest"]["needs"]
    assert jobs["publish"]["needs"] == ["build", "attest"]
    assert "publish" in jobs["release"]["needs"]
    assert jobs["publish"]["environment"]


def test_ci_runs_what_the_makefile_has():
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    for name in ("ci.yml", "release.yml"):
        wanted = {step["run"].split()[1] for step in steps_of(parsed(name)) if step.get("run", "").startswith("make ")}
        assert wanted <= set(targets)
