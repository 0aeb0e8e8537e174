"""From an empty repository to the first audit and the second one, with the emulator in the place of Azure and GitHub."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from actions.command_line import CommandLine
from actions.runner import Runner
from loopback import github_job_of, serving

from scanner.cli import run
from scanner.emulator import TENANTS, Job
from scanner.emulator.federation import FederatedCredential

ROOT = Path(__file__).parents[2]
COMMIT = "0123456789abcdef0123456789abcdef01234567"
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the stand-ins are scripts of POSIX")
GIT = shutil.which("git") or "git"
JOB = Job("contoso/ops", ids=(123456, 456789))


def git(*words: str) -> str:
    return subprocess.run([GIT, *words], check=True, capture_output=True, text=True).stdout


@pytest.fixture
def repository(tmp_path, monkeypatch, clean_environment):
    """An empty repository that was cloned from GitHub, where the bare one beside it stands for that."""
    place = tmp_path / "ops"
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    (tmp_path / ".gitconfig").write_text(
        "[user]\nname = n\nemail = n@example.com\n[push]\ndefault = current\n"
        f'[url "{tmp_path}/github.git"]\ninsteadOf = git@github.com:contoso/ops.git\n'
    )
    git("init", "--quiet", "--bare", str(tmp_path / "github.git"))
    git("init", "--quiet", "--initial-branch", "main", str(place))
    git("-C", str(place), "remote", "add", "origin", "git@github.com:contoso/ops.git")
    return place


def test_three_commands_and_one_commit_lead_to_an_audit_that_tells_what_changed(repository, tmp_path, capsys):
    now = datetime.now(UTC)
    with serving(TENANTS["spotless"](now), job=JOB, page_size=50) as (server, emulator):
        emulator.login.federated = ()
        shell = CommandLine(tmp_path / "bin", prefix="repo:contoso@123456/ops@456789", client=server.client_id)
        set_up(repository, shell, server.url, server.tenant_id, capsys)
        assert git("-C", str(tmp_path / "github.git"), "log", "--oneline", "main").count("\n") == 1

        credential = json.loads(shell.one("az", "ad", "app", "federated-credential", "create")["--parameters"])
        assert credential["subject"] == JOB.subject
        emulator.login.federated = (
            FederatedCredential(credential["issuer"], credential["subject"], tuple(credential["audiences"])),
        )
        runner = hosted_runner(repository, tmp_path, shell, server)

        first = runner.run_workflow(repository / ".github/workflows/audit.yml")
        assert (first["shard"].outcome, first["audit"].outcome) == ("skipped", "success")
        audit = first["audit"].step("Audit")
        assert audit.outputs["coverage"] == "1.0"
        assert audit.outputs["baseline"] == "first"
        assert audit.annotations("notice")[0].startswith("There is no baseline at previous/hwaudit.snapshot yet")
        assert "# Hybrid worker audit" in first["audit"].summary
        assert {"report.html", "report.json", "report.md", "report.sarif"} <= {
            *runner.artifacts["hybrid-worker-audit-report"]
        }

        shell.keep(artifact(runner, tmp_path / "artifact"))
        emulator.follow(TENANTS["spotless"](now - timedelta(days=3)))
        clean(repository)
        second = runner.run_workflow(repository / ".github/workflows/audit.yml")
        audit = second["audit"].step("Audit")
        assert (audit.outputs["baseline"], audit.outputs["exit-code"]) == ("used", "1")
        assert int(audit.outputs["new-high"]) > 0
        assert second["audit"].outcome == "failure"
        titles = {command.properties["title"] for command in audit.commands if command.name in {"error", "warning"}}
        assert any(title.startswith("new, ") for title in titles)
        assert second["audit"].step("Keep the reports").outcome == "success"
        assert emulator.writes == []


def set_up(repository, shell, url, tenant, capsys):
    """Everything that a user types: one command of hwaudit's, and what it prints."""
    words = ["--management-group", "mg-platform", "--action", f"contoso/hybrid-worker-audit@{COMMIT}"]
    words += ["--arm-endpoint", url, "--tenant", tenant]
    assert run(["init", "github", "--directory", str(repository), *words]) == 0
    wrote, _, script = capsys.readouterr().out.partition("\n\n")
    assert wrote.startswith(f"Wrote {repository}/.github/workflows/audit.yml.")
    shell.run(script, repository)
    assert shell.variables() == {
        "AZURE_CLIENT_ID": shell.one("az", "ad", "sp", "create")["--id"],
        "AZURE_TENANT_ID": tenant,
    }


def hosted_runner(repository, tmp_path, shell, server):
    (tmp_path / "temp").mkdir()
    environment = {name: value for name, value in github_job_of(server).items() if name.startswith(("SSL", "GITHUB"))}
    path = f"{shell.folder}:/usr/bin:/bin"
    return Runner(
        repository,
        tmp_path / "temp",
        actions={"contoso/hybrid-worker-audit": ROOT},
        replaced={"install": {"python": sys.executable}},
        variables=shell.variables(),
        environment={
            **environment,
            "PATH": path,
            "GITHUB_REF_NAME": "main",
            "GITHUB_WORKFLOW_REF": "contoso/ops/.github/workflows/audit.yml@refs/heads/main",
        },
        job_environment=server.job,
    )


def artifact(runner, place):
    place.mkdir()
    for name, held in runner.artifacts["hybrid-worker-audit-snapshot"].items():
        (place / name).write_bytes(held)
    return place


def clean(repository):
    """The next run begins with a fresh checkout."""
    git("-C", str(repository), "clean", "-fdxq")
