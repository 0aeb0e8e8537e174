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

_ACTION = "OWNER/hybrid-worker-audit@0000000000000000000000000000000000000000"
_ROOT = "# zizmor: ignore[self-repository] the newer form, $/, has no root (actions/runner#4457, 2026-07)"
_RUNNER = "    runs-on: ubuntu-latest\n"
_LOGIN = "          client-id: ${{ vars.AZURE_CLIENT_ID }}\n"
_BY_COMMIT = re.compile(r"[A-Za-z0-9-]+/[A-Za-z0-9._-]+(?:/[A-Za-z0-9._/-]+)?@[0-9a-f]{40}")
_IN_REPOSITORY = re.compile(r"\./[A-Za-z0-9._/-]*")
_WANTED = "--action OWNER/hybrid-worker-audit@COMMIT, the repository that hwaudit came from and a full commit of it"


def workflow(
    action: str, *, cloud: str | None = None, arm_endpoint: str | None = None, environment: str | None = None
) -> str:
    """The text of the workflow; `action` is as `action_of` returns it."""
    used = f"{action} {_ROOT}" if action.startswith("./") else action
    text = (resources.files(__package__) / "audit.yml").read_text(encoding="utf-8").replace(_ACTION, used)
    text = _after(text, _LOGIN, (("cloud", cloud), ("arm-endpoint", arm_endpoint)), indent=10)
    return _after(text, _RUNNER, (("environment", environment),), indent=4)


def action_of(written: str | None) -> str:
    """The action by its commit, or by its place in the repository; raises UsageError for anything that can be moved.

    Without words it is the repository and the commit that this hwaudit was installed from, where pip recorded them.
    """
    action = written or _installed_from()
    if action is None:
        raise UsageError("it is not known where the action comes from", f"give {_WANTED}")
    if _BY_COMMIT.fullmatch(action) or _IN_REPOSITORY.fullmatch(action):
        return action
    raise UsageError(f"--action {action!r} names no commit", f"a tag or a branch can be moved: give {_WANTED}")


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
