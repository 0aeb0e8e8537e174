"""`hwaudit init github`: the workflow that it writes, and the commands that it prints."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest
import yaml
from actions.command_line import CLIENT, CommandLine

from scanner.onboarding import git
from scanner.onboarding.workflow import action_of
from scanner.privileges import privileges_of

COMMIT = "0123456789abcdef0123456789abcdef01234567"
ACTION = ("--action", f"contoso/hybrid-worker-audit@{COMMIT}")
GROUP = ("--management-group", "mg")
PREFIX = "repo:contoso@1/ops@2"


@pytest.fixture
def init(hwaudit):
    """Run the command in a repository of contoso/ops, on the branch trunk."""
    folder = Path.cwd()
    (folder / ".git").mkdir()
    (folder / ".git" / "HEAD").write_text("ref: refs/heads/trunk\n")
    (folder / ".git" / "objects").mkdir()
    (folder / ".git" / "refs").mkdir()
    (folder / ".git" / "config").write_text('[remote "origin"]\nurl = https://user:pw@github.com/contoso/ops\n')
    return lambda *words: hwaudit("init", "github", *words)


def written(outcome):
    return yaml.safe_load((outcome.folder / ".github/workflows/audit.yml").read_text())


def script(outcome):
    return outcome.out.partition("\n\n")[2]


@pytest.fixture
def shell(tmp_path):
    if sys.platform == "win32":
        pytest.skip("the stand-ins are scripts of POSIX")
    return CommandLine(tmp_path / "bin", prefix=PREFIX)


def test_the_printed_commands_make_the_app_the_role_and_its_assignment(init, shell, tmp_path):
    outcome = init(*GROUP, *ACTION)
    assert outcome.code == 0
    commands = script(outcome).partition("\n\n# 5.")[0]
    shell.run(commands, tmp_path)
    credential = json.loads(shell.one("az", "ad", "app", "federated-credential", "create")["--parameters"])
    assert credential == {
        "name": "github-actions",
        "issuer": "https://token.actions.githubusercontent.com",
        "subject": f"{PREFIX}:ref:refs/heads/trunk",
        "audiences": ["api://AzureADTokenExchange"],
    }
    scope = "/providers/Microsoft.Management/managementGroups/mg"
    role = json.loads(shell.one("az", "role", "definition", "create")["--role-definition"])
    assert (role["AssignableScopes"], tuple(role["Actions"])) == ([scope], privileges_of().actions)
    assignment = shell.one("az", "role", "assignment", "create")
    assert (assignment["--role"], assignment["--scope"]) == (role["Name"], scope)
    assert assignment["--assignee-object-id"] == f"object-of-{CLIENT}"
    assert shell.variables() == {"AZURE_CLIENT_ID": CLIENT, "AZURE_TENANT_ID": "tenant-of-az"}


def test_several_subscriptions_are_a_scope_each(init):
    outcome = init("--subscription", "/subscriptions/AAAA/", "--subscription", "bbbb", *ACTION)
    commands = [shlex.split(line) for line in script(outcome).splitlines() if line.startswith("az role")]
    role = json.loads(commands[0][-1])
    assigned = [words[words.index("--scope") + 1] for words in commands[1:]]
    assert role["AssignableScopes"] == assigned == ["/subscriptions/aaaa", "/subscriptions/bbbb"]


def test_an_environment_of_a_sovereign_cloud_is_in_the_workflow_and_in_the_credential(init, shell, tmp_path):
    outcome = init(*GROUP, *ACTION, "--environment", "prod audit", "--cloud", "AzureUSGovernment", "--tenant", "t'; x")
    shell.run(script(outcome).partition("\n\n# 5.")[0], tmp_path)
    credential = json.loads(shell.one("az", "ad", "app", "federated-credential", "create")["--parameters"])
    assert credential["subject"] == f"{PREFIX}:environment:prod audit"
    assert credential["audiences"] == ["api://AzureADTokenExchangeUSGov"]
    assert shell.variables()["AZURE_TENANT_ID"] == "t'; x"
    assert shell.asked[0] == ["az", "cloud", "set", "--name", "AzureUSGovernment"]
    jobs = written(outcome)["jobs"]
    issues = jobs.pop("issues")
    assert issues["steps"][-1]["uses"] == f"contoso/hybrid-worker-audit/.github/actions/issues@{COMMIT}"
    for job in jobs.values():
        assert job["environment"] == "prod audit"
        [audit] = [step for step in job["steps"] if step.get("id") == "audit"]
        assert audit["with"]["cloud"] == "AzureUSGovernment"
        assert audit["uses"] == ACTION[1]


def test_a_subject_that_is_given_is_taken_as_it_is(init):
    subject = 'repo:contoso/ops:it\'s "$(touch x)"'
    outcome = init(*GROUP, *ACTION, "--subject", subject)
    [line] = [line for line in script(outcome).splitlines() if "federated-credential" in line]
    assert json.loads(shlex.split(line)[-1])["subject"] == subject
    assert "gh api" not in outcome.out


def test_powershell_gets_its_own_quoting_and_json_through_files(init):
    outcome = init(*GROUP, *ACTION, "--shell", "powershell", "--subject", "it's ‘x’", "--tenant", "t's")
    told = script(outcome)
    assert "subject = 'it''s ‘‘x’’'; audiences = @('api://AzureADTokenExchange')" in told
    assert "--body 't''s'" in told
    [line] = [line for line in told.splitlines() if "Set-Content $file '" in line]
    role = json.loads(line.partition("Set-Content $file '")[2].removesuffix("'").replace("''", "'"))
    assert tuple(role["Actions"]) == privileges_of().actions
    assert 'az role definition create --output none --role-definition "@$file"' in told
    assert "&&" not in told  # Windows PowerShell has none


def test_github_is_asked_for_the_subject_in_powershell_too(init):
    told = script(init(*GROUP, *ACTION, "--shell", "powershell", "--branch", "main"))
    api = "gh api repos/contoso/ops/actions/oidc/customization/sub --jq .sub_claim_prefix"
    assert f"subject = (({api}) + ':ref:refs/heads/main')" in told


def test_the_workflow_is_found_pedantically_clean_with_everything_that_is_added(init):
    outcome = init(*GROUP, *ACTION, "--environment", "prod", "--arm-endpoint", "https://arm.example/")
    assert (
        '          arm-endpoint: "https://arm.example"\n'
        in (outcome.folder / ".github/workflows/audit.yml").read_text()
    )
    zizmor = [
        Path(sys.executable).parent / "zizmor",
        "--color=never",
        "--offline",
        "--quiet",
        "--persona",
        "pedantic",
        ".github",
    ]
    found = subprocess.run(zizmor, cwd=outcome.folder, capture_output=True, text=True, check=False)
    assert (found.returncode, found.stdout.strip()) == (0, "No findings to report. Good job!")


def test_a_workflow_that_is_there_is_kept_unless_forced(init):
    first = init(*GROUP, *ACTION)
    place = first.folder / ".github/workflows/audit.yml"
    place.write_text("mine")
    again = init(*GROUP, *ACTION)
    assert (again.code, again.out, place.read_text()) == (2, "", "mine")
    assert "is there already: keep it, or replace it with --force" in again.err
    assert init(*GROUP, *ACTION, "--force").code == 0
    assert place.read_text() != "mine"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (ACTION, "give --management-group ID, or --subscription ID for each"),
        ((*ACTION, *GROUP, "--subscription", "x"), "exclude each other"),
        ((*ACTION, *GROUP, "--branch", "a", "--environment", "b"), "exclude each other"),
        ((*ACTION, *GROUP, "--branch", "a$(touch x)"), "cannot be trusted by its name"),
        ((*ACTION, *GROUP, "--repository", "contoso"), "write OWNER/REPO"),
        ((*ACTION, *GROUP, "--repository", "a/b; touch x"), "write OWNER/REPO"),
        ((*GROUP, "--action", "contoso/hybrid-worker-audit@v1"), "a tag or a branch can be moved"),
        ((*GROUP, "--action", f"a/b@{COMMIT}\n      - run: x"), "names no commit"),
        ((*ACTION, *GROUP, "--cloud", "AzureCloud", "--arm-endpoint", "https://x"), "exclude each other"),
        ((*ACTION, *GROUP, "--arm-endpoint", "http://x"), "is not an https URL"),
        ((*ACTION, *GROUP, "--directory", "elsewhere"), "elsewhere is no folder"),
    ],
)
def test_what_cannot_be_meant_is_refused_before_anything_is_written(init, words, says):
    outcome = init(*words)
    assert (outcome.code, outcome.out) == (2, "")
    assert says in outcome.err
    assert not (outcome.folder / ".github").exists()


def test_outside_of_a_repository_nothing_is_written(hwaudit):
    hwaudit("init", "github", *GROUP, *ACTION).refuses(2, "is in no Git repository", "git init")


@pytest.mark.parametrize(
    ("url", "repository"),
    [
        ("git@github.com:contoso/ops.git", "contoso/ops"),
        ("ssh://git@github.com/contoso/ops.git", "contoso/ops"),
        ("https://user:pw@github.com/contoso/ops/", "contoso/ops"),
        ("git+https://github.com/contoso/ops", "contoso/ops"),
        ("https://github.com.example/contoso/ops", None),
        ("https://example.com/github.com/contoso/ops", None),
        ("", None),
    ],
)
def test_a_repository_is_known_by_its_remote(url, repository):
    assert git.on_github(url) == repository


def test_the_action_is_what_hwaudit_was_installed_from(monkeypatch):
    class Distribution:
        text: str | None = json.dumps(
            {"url": "https://github.com/contoso/hwa.git", "vcs_info": {"vcs": "git", "commit_id": COMMIT}}
        )

        def read_text(self, _name):
            return self.text

    monkeypatch.setattr(metadata, "distribution", lambda _: Distribution())
    assert action_of(None) == f"contoso/hwa@{COMMIT}"


def test_an_installation_without_a_commit_asks_for_the_action(init):
    outcome = init(*GROUP)
    assert outcome.code == 2
    assert "give --action OWNER/hybrid-worker-audit@COMMIT" in outcome.err
