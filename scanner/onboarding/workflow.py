"""The workflow that a repository gets, and the action that it uses."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from importlib import metadata, resources

from scanner.errors import UsageError
from scanner.onboarding.git import on_github

PLACE = ".github/workflows/audit.yml"
"""Where GitHub looks for it, below the root of a repository."""

_ACTION = re.compile(r"OWNER/hybrid-worker-audit(?P<path>/\S+)?@0{40}")
_ROOT = "./ # zizmor: ignore[self-repository] the newer form, $/, has no root (actions/runner#4457, 2026-07)"
_RUNNER = "    runs-on: ubuntu-latest\n    timeout-minutes: 120\n"
_LOGIN = "          client-id: ${{ vars.AZURE_CLIENT_ID }}\n"
_BY_COMMIT = re.compile(r"[A-Za-z0-9-]+/[A-Za-z0-9._-]+@[0-9a-f]{40}")
_HERE = "./"
_WANTED = "--action OWNER/hybrid-worker-audit@COMMIT, the repository that hwaudit came from and a full commit of it"


def workflow(
    action: str, *, cloud: str | None = None, arm_endpoint: str | None = None, environment: str | None = None
) -> str:
    """The text of the workflow; `action` is as `action_of` returns it."""
    template = (resources.files(__package__) / "audit.yml").read_text(encoding="utf-8")
    text = _ACTION.sub(lambda found: _used(action, found["path"] or ""), template)
    text = _after(text, _LOGIN, (("cloud", cloud), ("arm-endpoint", arm_endpoint)), indent=10)
    return _after(text, _RUNNER, (("environment", environment),), indent=4)


def action_of(written: str | None) -> str:
    """The action by its commit, or `./` in its own repository; raises UsageError for anything that can be moved.

    Without words it is the repository and the commit that this hwaudit was installed from, where pip recorded them.
    """
    action = written or _installed_from()
    if action is None:
        raise UsageError("it is not known where the action comes from", f"give {_WANTED}")
    if action == _HERE or _BY_COMMIT.fullmatch(action):
        return action
    raise UsageError(f"--action {action!r} names no commit", f"a tag or a branch can be moved: give {_WANTED}")


def _used(action: str, path: str) -> str:
    """The action, or what lies beside it at `path`."""
    if action == _HERE:
        return f"${path}" if path else _ROOT
    repository, _, commit = action.partition("@")
    return f"{repository}{path}@{commit}"


def _installed_from() -> str | None:
    """What pip recorded of an installation from a Git repository (PEP 610), as far as it is on github.com."""
    try:
        record = json.loads(metadata.distribution("hybrid-worker-audit").read_text("direct_url.json") or "{}")
        repository, commit = on_github(record.get("url", "")), record.get("vcs_info", {}).get("commit_id")
    except (metadata.PackageNotFoundError, ValueError, AttributeError):
        return None
    return f"{repository}@{commit}" if repository and commit else None


def _after(text: str, line: str, settings: Iterable[tuple[str, str | None]], *, indent: int) -> str:
    """Add settings behind every such line; a JSON text is one of YAML, too."""
    added = "".join(f"{' ' * indent}{name}: {json.dumps(value)}\n" for name, value in settings if value)
    return text.replace(line, line + added)
