"""Write what the action installs: `python -m tools.action_requirements`; uv is on the PATH.

The versions are the newest that fit the bounds of pyproject.toml on every system and Python, with the hashes of all
wheels. What builds hwaudit itself is among them, so that nothing is fetched that has no hash.
"""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

PLACE = Path(".github/actions/audit/requirements.txt")
COMPILE = (
    "uv", "pip", "compile", "--quiet", "--universal", "--upgrade", "--generate-hashes",
    "--no-emit-index-url", "--no-emit-find-links", "--no-annotate", "--python-version", "3.11",
    "--custom-compile-command", "make action-requirements", "--output-file", str(PLACE), "pyproject.toml", "-",
)  # fmt: skip


def main() -> int:
    """Write the file; the return value is uv's exit code."""
    build = tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))["build-system"]["requires"]
    return subprocess.run(COMPILE, input="\n".join(build), text=True, check=False).returncode  # noqa: S603 - no input


if __name__ == "__main__":
    sys.exit(main())
