"""Verify that every check has its test, and its test all four cases; `python -m tools.check_tests`.

With `--table` the cases are printed, counted by check and marker.
"""

from __future__ import annotations

import sys
from collections import Counter
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Mapping

CHECKS = Path("scanner/checks")
TESTS = Path("tests/scanner/checks")
OF_ALL_CHECKS = {"every_check"}
CASES = ("firing", "quiet", "boundary", "blind")
"""The markers, as pyproject.toml describes them."""
_ALL = "all"
# Without conftest.py and rewritten assertions a collection takes a second; with them, five.
_COLLECT = ("--collect-only", "--noconftest", "--assert=plain", "-p", "no:cacheprovider")


class Collection:
    """A plugin that counts the cases of each check: all of them, and those with each marker."""

    def __init__(self) -> None:
        self.counts: dict[str, Counter[str]] = {}
        self.failures: list[str] = []

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Keep what could not be collected."""
        if report.failed:
            self.failures.append(f"{report.nodeid} cannot be collected: {report.longreprtext}")

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Count; each set of parameters is a case of its own, with its own markers."""
        for item in session.items:
            markers = [case for case in CASES if item.get_closest_marker(case) is not None]
            self.counts.setdefault(item.path.stem.removeprefix("test_"), Counter()).update([_ALL, *markers])


def all_names() -> set[str]:
    """Return the name of every check's module; paths are relative to the root of the repository."""
    return {path.stem for path in CHECKS.glob("*.py") if not path.stem.startswith("_")}


def unpaired(checks: set[str]) -> list[str]:
    """Return one line for each missing file."""
    tests = {path.stem.removeprefix("test_") for path in TESTS.glob("test_*.py")} - OF_ALL_CHECKS
    lacking = [f"{CHECKS / name}.py has no {TESTS}/test_{name}.py" for name in sorted(checks - tests)]
    stray = [f"{TESTS}/test_{name}.py tests no {CHECKS / name}.py" for name in sorted(tests - checks)]
    return lacking + stray if checks else [f"no checks found in {CHECKS}: run this at the root of the repository"]


def collected() -> Collection:
    """Collect the tests of all checks in this process, without running them."""
    collection = Collection()
    ignored = [f"--ignore={TESTS}/test_{name}.py" for name in sorted(OF_ALL_CHECKS)]
    with redirect_stdout(StringIO()):  # the list of all cases
        pytest.main([*_COLLECT, *ignored, str(TESTS)], plugins=[collection])
    return collection


def lacking_cases(counts: Mapping[str, Counter[str]]) -> list[str]:
    """Return one line for each case that a check does not have."""
    return [f"{TESTS}/test_{name}.py has no {case} case" for name in counts for case in CASES if not counts[name][case]]


def table(counts: Mapping[str, Counter[str]]) -> str:
    """Return the counted cases as a table with totals; a case with two markers counts in both columns."""
    columns = (*CASES, _ALL)
    rows = [(name.replace("_", "-"), *(of[column] for column in columns)) for name, of in counts.items()]
    total = (f"{len(rows)} checks", *(sum(of[column] for of in counts.values()) for column in columns))
    width = max(len(str(row[0])) for row in (*rows, total))
    lines = (("check", *columns), *rows, total)
    return "\n".join(f"{line[0]!s:<{width}}" + "".join(f" | {cell!s:>8}" for cell in line[1:]) for line in lines)


def main(*words: str) -> str | None:
    """Print the table if it is asked for; return what is wrong, None for nothing."""
    checks = all_names()
    problems = unpaired(checks)
    if not problems:
        collection = collected()
        counts = {name: collection.counts.get(name, Counter()) for name in sorted(checks)}
        problems = collection.failures or lacking_cases(counts)
        if "--table" in words:
            sys.stdout.write(table(counts) + "\n")
    return "\n".join(problems) or None


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
