"""The image has what the package is built from, pinned, and runs as nobody."""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
LINES = [line for line in (ROOT / "Containerfile").read_text(encoding="utf-8").splitlines() if not line.startswith("#")]


def test_all_that_the_wheel_is_built_from_is_copied_and_not_ignored():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    wheel = project["tool"]["hatch"]["build"]["targets"]["wheel"]
    files = {project["project"]["readme"], *project["project"]["license-files"], *wheel["shared-data"]}
    copied = {word for line in LINES if line.startswith("COPY ") for word in line.split()[1:-1]}
    sent = set(re.findall(r"^!(\S+)$", (ROOT / ".dockerignore").read_text(encoding="utf-8"), re.MULTILINE))
    assert {"pyproject.toml", *files, *wheel["packages"]} == sent
    assert sent <= copied


def test_both_stages_are_of_one_pinned_image_and_the_last_runs_as_nobody():
    bases = [line for line in LINES if line.startswith("FROM ")]
    assert [base.split()[1] for base in bases] == ["python:${PYTHON}"] * 2
    [pinned] = [line.removeprefix("ARG PYTHON=") for line in LINES if line.startswith("ARG PYTHON=")]
    assert re.fullmatch(r"3\.\d+-slim-\w+", pinned)
    last = LINES[LINES.index(bases[-1]) :]
    assert "USER 65532:65532" in last
    assert 'ENTRYPOINT ["hwaudit"]' in last
