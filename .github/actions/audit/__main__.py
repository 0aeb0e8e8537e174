"""The step of the action: run hwaudit as the inputs say, publish what it found, and end with its exit code."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

from commands import annotate, put_outputs
from inputs import BadInputError, Inputs
from publish import annotate_report, outputs, summary_of, summary_of_failure, write_summary
from running import Baseline, BaselineState, Outcome, baseline_of, program, run

USAGE = 2


def main() -> int:
    """Return hwaudit's exit code; every failure has left its reason in an annotation, the summary and the outputs."""
    try:
        inputs = Inputs.of_json(os.environ["INPUTS"])
        is_public = _warn_of_readers(inputs)
        baseline = baseline_of(inputs)
        warned = is_public + (baseline.state is BaselineState.UNUSABLE)
        words = inputs.command(baseline=baseline.path, fail_on=baseline.fail_on(inputs))
        environment = _environment(inputs)
        inputs.switch("summary")  # not found out after the scan
    except BadInputError as error:
        _fail(Outcome(USAGE, str(error)))
        return USAGE
    outcome = run([program(), *words], environment)
    if outcome.wrote:
        _publish(inputs, baseline, outcome, warned)
    else:
        _fail(outcome, baseline)
    return outcome.code


def _environment(inputs: Inputs) -> dict[str, str]:
    """The step's environment, without what is of the action alone, with the client id where one is given."""
    own = {name: value for name, value in os.environ.items() if name not in {"INPUTS", "PYTHON"}}
    client = inputs.one("client-id")
    # The log is UTF-8 on Windows, too.
    return own | {"PYTHONUTF8": "1"} | ({"AZURE_CLIENT_ID": client} if client else {})


def _publish(inputs: Inputs, baseline: Baseline, outcome: Outcome, warned: int) -> None:
    folder = Path(inputs.out)
    report = json.loads((folder / "report.json").read_text(encoding="utf-8"))
    found = outputs(report, folder, inputs.one("snapshot"))
    put_outputs({"exit-code": outcome.code, "baseline": baseline.state, **found})
    if inputs.switch("summary"):
        write_summary(summary_of((folder / "report.md").read_text(encoding="utf-8"), baseline))
        annotate_report(report, warned=warned)


def _fail(outcome: Outcome, baseline: Baseline | None = None) -> None:
    reason = outcome.last or f"hwaudit ended with exit code {outcome.code}"
    put_outputs({"exit-code": outcome.code, "baseline": baseline.state if baseline else ""})
    write_summary(summary_of_failure(reason))
    annotate("error", reason)


def _event() -> dict[str, Any]:
    """What started the workflow, as far as GitHub tells it."""
    try:
        event = json.loads(Path(os.environ.get("GITHUB_EVENT_PATH", "")).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return event if isinstance(event, dict) else {}


def _warn_of_readers(inputs: Inputs) -> bool:
    """Say it when everybody can read what the run shows; whether it was said."""
    is_public = (_event().get("repository") or {}).get("private") is False
    is_told = is_public and not inputs.redacts and not inputs.switch("demo")
    if is_told:
        annotate(
            "warning",
            "This repository is public: everybody can read the log, the summary and the artifacts of this run, with "
            "the names in your tenant. Make it private, or set `redact: true`.",
        )
    return is_told


if __name__ == "__main__":
    sys.exit(main())
