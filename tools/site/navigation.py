"""The menu of the documentation site."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path, PurePosixPath

HOME = "docs/index.md"

MENU: Mapping[str, Sequence[str]] = {
    "Start": (
        "docs/quick-start-actions.md",
        "docs/quick-start-consultant.md",
        "docs/quick-start-compliance.md",
        "docs/install.md",
        "docs/examples/README.md",
        "README.md",
    ),
    "Run": (
        "docs/github-actions.md",
        "docs/github-login.md",
        "docs/notifications.md",
        "docs/doctor.md",
        "docs/permissions.md",
        "docs/what-a-scan-reads.md",
        "docs/several-tenants.md",
        "docs/large-tenants.md",
        "docs/clouds-and-proxies.md",
        "docs/settings.md",
        "docs/recording.md",
    ),
    "Report": (
        "docs/formats.md",
        "docs/json-report.md",
        "docs/diff.md",
        "docs/compliance.md",
        "docs/redaction.md",
    ),
    "Background": (
        "docs/faq.md",
        "docs/performance.md",
        "docs/emulator.md",
        "CHANGELOG.md",
        "CONTRIBUTING.md",
    ),
}
"""The pages of each section, as paths of the repository; one that is not there is left out."""

TITLES: Mapping[str, str] = {HOME: "Home", "README.md": "All on one page"}
"""What the menu calls a page, where its heading would not do."""

CHECKS = PurePosixPath("docs/checks")
SUBJECTS: Mapping[str, tuple[str, ...]] = {
    "Accounts": ("account", "local", "private", "variable"),
    "Groups": ("group", "target"),
    "Workers": ("worker", "agent", "outbound"),
    "Jobs and runbooks": ("job", "runbook", "runtime", "webhook"),
    "Run As": ("run",),
    "Workspaces": ("workspace", "region", "retired"),
    "Settings": ("accepted",),
}
"""The groups of the pages of checks, by the first word of a check's id."""


def pages(root: Path) -> list[str]:
    """Every page of the site, as sorted paths of the repository: all of docs/, and what else the menu names."""
    found = {path.relative_to(root).as_posix() for path in (root / "docs").rglob("*.md")}
    return sorted(found | {path for path in named() if (root / path).is_file()})


def named() -> list[str]:
    """The pages that the menu names one by one."""
    return [HOME, *(path for section in MENU.values() for path in section)]


def unlisted(there: Iterable[str]) -> list[str]:
    """The pages that no section takes."""
    known = {*named(), f"{CHECKS}/README.md"}
    return [path for path in there if path not in known and _subject(path) is None]


def menu(there: Iterable[str]) -> list[tuple[str, list[str]]]:
    """The sections with those of their pages that are there."""
    present = set(there)
    return [(title, [path for path in section if path in present]) for title, section in MENU.items()]


def checks(there: Iterable[str]) -> list[tuple[str, list[str]]]:
    """The pages of checks by subject."""
    found = {path: _subject(path) for path in there}
    return [(subject, [path for path, of in found.items() if of == subject]) for subject in SUBJECTS]


def _subject(path: str) -> str | None:
    page = PurePosixPath(path)
    word = page.stem.split("-")[0]
    fitting = (subject for subject, words in SUBJECTS.items() if page.parent == CHECKS and word in words)
    return next(fitting, None)
