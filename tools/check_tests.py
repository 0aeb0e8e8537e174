"""Verify that every check has its test, and every test of a check its check; `python -m tools.check_tests`."""

from __future__ import annotations

import sys
from pathlib import Path

CHECKS = Path("scanner/checks")
TESTS = Path("tests/scanner/checks")
OF_ALL_CHECKS = {"every_check"}


def problems() -> list[str]:
    """Return one line for each missing file; paths are relative to the root of the repository."""
    checks = {path.stem for path in CHECKS.glob("*.py") if not path.stem.startswith("_")}
    tests = {path.stem.removeprefix("test_") for path in TESTS.glob("test_*.py")} - OF_ALL_CHECKS
    lacking = [f"{CHECKS / name}.py has no {TESTS}/test_{name}.py" for name in sorted(checks - tests)]
    stray = [f"{TESTS}/test_{name}.py tests no {CHECKS / name}.py" for name in sorted(tests - checks)]
    return lacking + stray if checks else [f"no checks found in {CHECKS}: run this at the root of the repository"]


if __name__ == "__main__":
    sys.exit("\n".join(problems()) or None)
