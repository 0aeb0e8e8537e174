"""Keeps one GitHub issue for each root cause of an hwaudit report: the entry point of action.yml."""

from __future__ import annotations

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - a runner's own Python may be older
    sys.exit("hwaudit issues: Python 3.11 or newer is needed; put actions/setup-python before this step")

from rootcauses.run import main

if __name__ == "__main__":
    sys.exit(main())
