"""What a Git repository tells of itself; only read."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from scanner.errors import UsageError

_ON_GITHUB = re.compile(
    r"(?:https://|ssh://)?(?:[^@/\s]+@)?github\.com[:/](?P<repository>[^/\s]+/[^/\s]+?)(?:\.git)?/?"
)
"""A remote on github.com, in the forms that `git clone` takes."""


def root_of(directory: Path) -> Path:
    """The root of the repository that holds a directory; raises UsageError when there is none."""
    if not directory.is_dir():
        raise UsageError(f"{directory} is no folder", "name one in the repository with --directory")
    start = directory.absolute()
    for place in (start, *start.parents):
        if (place / ".git").exists():
            return place
    raise UsageError(f"{directory} is in no Git repository", "run `git init` there, or name another with --directory")


def repository_of(root: Path) -> str | None:
    """The OWNER/REPO of the remote `origin`, None where that is not on github.com."""
    return on_github(_git(root, "config", "--get", "remote.origin.url"))


def on_github(url: str) -> str | None:
    """The OWNER/REPO of a URL, None for one that is not on github.com."""
    found = _ON_GITHUB.fullmatch(url.removeprefix("git+"))
    return found["repository"] if found else None


def default_branch_of(root: Path) -> str:
    """The branch on which schedules run: the remote's default branch, else the one that is checked out."""
    remote = _git(root, "symbolic-ref", "--short", "refs/remotes/origin/HEAD").removeprefix("origin/")
    return remote or _git(root, "symbolic-ref", "--short", "HEAD") or "main"


def _git(root: Path, *words: str) -> str:
    """What git prints, empty where it has no answer or is not there."""
    try:
        command = ["git", "-C", str(root), *words]
        answer = subprocess.run(command, capture_output=True, text=True, timeout=10, check=False)  # noqa: S603
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return answer.stdout.strip() if answer.returncode == 0 else ""
