"""The whole action, its installation included, scans the demonstration; `make action` runs this."""

from __future__ import annotations

from pathlib import Path

import pytest
from actions.runner import Runner

ROOT = Path(__file__).parents[2]


@pytest.mark.action
def test_the_action_installs_itself_from_hashed_wheels_and_audits(tmp_path, capsys):
    workspace, temporary = tmp_path / "here", tmp_path / "temp"
    workspace.mkdir()
    temporary.mkdir()
    for name in ("venv", "pip", "scanner"):  # what lies in a workspace is not run
        (workspace / f"{name}.py").write_text("raise SystemExit('imported')")
    job = Runner(workspace, temporary).run_action(ROOT, {"demo": "true", "python-version": "", "fail-on": "critical"})
    install, audit = job.step("Install hwaudit"), job.step("Audit")
    assert install.outcome == "success", install.log
    assert install.outputs["python"].startswith(str(temporary))
    assert (audit.outputs["exit-code"], audit.outputs["baseline"]) == ("1", "none"), audit.log
    assert int(audit.outputs["critical"]) > 0
    with capsys.disabled():
        print(f"\nThe summary of the step has {len(audit.summary.encode()):,} bytes; it begins:\n")  # noqa: T201
        print("\n".join(line[:160] for line in audit.summary.splitlines()[:12]))  # noqa: T201
        for command in audit.commands:
            print(f"{command.name}: {command.properties.get('title')}: {command.data[:120]}")  # noqa: T201
