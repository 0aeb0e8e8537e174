"""Builds what is published, and finds out whether it is whole and works alone; `make package` runs it.

python -m tools.package CHECKOUT [TAG]: CHECKOUT is the `hwaudit` of the checkout; TAG, where it is given, must be v and
the version. Leaves the sdist and the wheel in dist/, and the bill of materials of an environment with nothing but the
wheel in build/sbom/.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
import zipfile
from pathlib import Path
from typing import Any

PACKAGES = ("region_map", "reports", "scanner")
DIST, SBOM = Path("dist"), Path("build/sbom/hybrid-worker-audit.cdx.json")
BUILT_AT = "1577836800"
"""Seconds since 1970 that the files of an archive get when SOURCE_DATE_EPOCH does not say otherwise."""
LEAKS = re.compile(r"file:|https?://[\w.]*(?:pypi|pythonhosted)\.org|/(?:home|root|tmp|work|Users)/|[A-Z]:\\\\")
"""What belongs to the machine or the registry that an environment came from, and not into a bill of materials."""


class PackageError(Exception):
    """What is wrong with the package, in one line."""


def main(arguments: list[str]) -> int:
    """Build and check everything; the return value is the exit code."""
    checkout, *tags = arguments
    try:
        check_version(Path(checkout).absolute(), tags)
        sdist, wheel = built(DIST)
        check_contents(wheel)
        check_reproducible(sdist, wheel)
        run(sys.executable, "-m", "twine", "check", "--strict", str(sdist), str(wheel))
        with tempfile.TemporaryDirectory() as folder:
            python = installed(wheel, Path(folder, "bare"))
            check_alone(python, Path(checkout).absolute(), Path(folder))
            write_bill(python)
    except PackageError as error:
        sys.stderr.write(f"package: {error}\n")
        return 1
    sys.stdout.write(f"{sdist}\n{wheel}\n{SBOM}\n")
    return 0


def version() -> str:
    """The version that pyproject.toml names."""
    return str(tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))["project"]["version"])


def check_version(checkout: Path, tags: list[str]) -> None:
    """The program tells the version of pyproject.toml, and a tag names it."""
    told, *_ = run(str(checkout), "--version").splitlines()
    if told != f"hwaudit {version()}":
        raise PackageError(f"the program says {told!r}, and pyproject.toml {version()}")
    for tag in tags:
        if tag != f"v{version()}":
            raise PackageError(
                f"the tag {tag} is not v{version()}: tag the commit whose pyproject.toml has its version"
            )


def run(*command: str, where: Path | None = None, **variables: str) -> str:
    """What a command prints; raises PackageError with all of it when the command fails."""
    ended = subprocess.run(  # noqa: S603 - the words are this module's own
        command, cwd=where, env=os.environ | variables, capture_output=True, text=True, encoding="utf-8", check=False
    )
    if ended.returncode:
        raise PackageError(f"{' '.join(command)} ended with {ended.returncode}\n{ended.stdout}{ended.stderr}")
    return ended.stdout


def built(folder: Path) -> tuple[Path, Path]:
    """The sdist and the wheel that was built from it, in an emptied folder."""
    shutil.rmtree(folder, ignore_errors=True)
    moment = os.environ.get("SOURCE_DATE_EPOCH", BUILT_AT)
    run(sys.executable, "-m", "build", "--outdir", str(folder), SOURCE_DATE_EPOCH=moment)
    (sdist,), (wheel,) = folder.glob("*.tar.gz"), folder.glob("*.whl")
    return sdist, wheel


def check_reproducible(*files: Path) -> None:
    """Build them again, and compare every byte."""
    with tempfile.TemporaryDirectory() as folder:
        for first, second in zip(files, built(Path(folder, "again")), strict=True):
            if first.read_bytes() != second.read_bytes():
                raise PackageError(f"{first.name} differs when it is built again")


def check_contents(wheel: Path) -> None:
    """The wheel has the three packages with every file, its metadata and the manual page, and nothing else."""
    stem = f"hybrid_worker_audit-{version()}"
    with zipfile.ZipFile(wheel) as archive:
        names = {name for name in archive.namelist() if not name.endswith("/")}
    top = {name.partition("/")[0] for name in names}
    expected = {*PACKAGES, f"{stem}.dist-info", f"{stem}.data"}
    if top != expected:
        raise PackageError(f"{wheel.name} holds {', '.join(sorted(top))} instead of {', '.join(sorted(expected))}")
    own = {name for name in names if name.startswith(PACKAGES)}
    sources = {path.as_posix() for package in PACKAGES for path in Path(package).rglob("*") if _ships(path)}
    if own != sources:
        raise PackageError(f"the checkout and {wheel.name} differ in {', '.join(sorted(own ^ sources))}")
    if f"{stem}.data/data/share/man/man1/hwaudit.1" not in names:
        raise PackageError(f"{wheel.name} has no manual page")


def _ships(path: Path) -> bool:
    return path.is_file() and "__pycache__" not in path.parts


def installed(wheel: Path, place: Path) -> Path:
    """The Python of a new environment that holds the wheel with what it needs, and no pip."""
    run(sys.executable, "-m", "venv", "--without-pip", str(place))
    python = place / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    run(sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet", str(wheel))
    return python


def check_alone(python: Path, checkout: Path, folder: Path) -> None:
    """Away from the checkout, the installed program tells its version and finds what the checkout's finds."""
    program = python.with_name("hwaudit").absolute()
    elsewhere = folder / "elsewhere"
    elsewhere.mkdir()
    where = run(str(python), "-I", "-c", "import scanner; print(scanner.__file__)", where=elsewhere).strip()
    if not Path(where).is_relative_to(folder.resolve()) and not Path(where).is_relative_to(folder):
        raise PackageError(f"the installed program is that of {where}")
    if run(str(program), "--version", where=elsewhere) != run(str(checkout), "--version", where=elsewhere):
        raise PackageError("the installed program tells another version than the checkout's")
    summaries = [_summary(tool, elsewhere) for tool in (program, checkout)]
    if summaries[0] != summaries[1]:
        raise PackageError(f"the installed program found {summaries[0]}, and the checkout's {summaries[1]}")


def _summary(program: Path, folder: Path) -> Any:
    """The summary of the demonstration, every format of which was written."""
    run(str(program), "scan", "--demo", "--quiet", "--format", "all", where=folder)
    report = folder / "hwaudit-report"
    summary = json.loads((report / "report.json").read_text(encoding="utf-8"))["summary"]
    shutil.rmtree(report)
    return summary


def write_bill(python: Path) -> None:
    """Write the CycloneDX bill of materials of the environment, without places on this machine or of a registry."""
    command = (sys.executable, "-m", "cyclonedx_py", "environment", "--pyproject", "pyproject.toml")
    bill = json.loads(run(*command, "--output-reproducible", str(python)), object_hook=_without_addresses)
    text = json.dumps(bill, indent=2, sort_keys=True) + "\n"
    leak = LEAKS.search(text)
    if leak:
        raise PackageError(f"the bill of materials names {text[leak.start() : leak.start() + 80]!r}")
    SBOM.parent.mkdir(parents=True, exist_ok=True)
    SBOM.write_text(text, encoding="utf-8", newline="\n")


def _without_addresses(entry: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in entry.items() if key != "externalReferences"}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
