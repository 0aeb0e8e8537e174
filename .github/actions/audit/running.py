"""Runs hwaudit in the step: its lines go to the log, and count there as nothing else."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from commands import annotate, commands_stopped
from inputs import Inputs

DONE = frozenset({0, 1, 3, 130})
"""The exit codes of runs that wrote their reports."""
_OF_NEW = frozenset({"new:low", "new:medium", "new:high", "new:critical"})


class BaselineState(StrEnum):
    """What became of the baseline."""

    NONE = "none"
    FIRST = "first"
    USED = "used"
    UNUSABLE = "unusable"


@dataclass(frozen=True)
class Baseline:
    """The baseline that can be used, if any, and what is told of it."""

    state: BaselineState
    path: str = ""
    told: str = ""

    def fail_on(self, inputs: Inputs) -> str:
        """What of `fail-on` to ask for: without the baseline that was asked for, nothing is known to be new."""
        lost = self.state in {BaselineState.FIRST, BaselineState.UNUSABLE}
        # What is misspelt is left to hwaudit to refuse.
        return "never" if lost and inputs.fail_on in _OF_NEW else inputs.one("fail-on")


@dataclass(frozen=True)
class Outcome:
    """How hwaudit ended, and the last line of its stderr, without its name."""

    code: int
    last: str

    @property
    def wrote(self) -> bool:
        """Whether there are reports of this run."""
        return self.code in DONE


def program() -> str:
    """The hwaudit of the environment that runs this."""
    folder = Path(sys.executable).parent
    return str(folder / ("hwaudit.exe" if os.name == "nt" else "hwaudit"))


def baseline_of(inputs: Inputs) -> Baseline:
    """Find out what the file can do before the scan begins, and say so where it can do nothing."""
    path, asked = inputs.one("baseline"), inputs.fail_on
    if not path:
        return Baseline(BaselineState.NONE)
    unjudged = f", and `fail-on: {asked}` judges nothing in this run" if asked.startswith("new:") else ""
    if not Path(path).exists():
        told = f"There is no baseline at {path} yet: what this run sees becomes the first one{unjudged}."
        annotate("notice", told)
        return Baseline(BaselineState.FIRST, told=told)
    words = [program(), "diff", "--format=json", *inputs.judging, "--", path, path]
    # A vector of arguments: no shell reads the inputs.
    tried = subprocess.run(words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False)  # noqa: S603
    if tried.returncode == 0:
        return Baseline(BaselineState.USED, path, f"Compared with {path}.")
    told = (
        f"The baseline cannot be used ({_last(tried.stderr)}): nothing is compared{unjudged}. The next run can compare "
        "with the snapshot of this one; until then nothing is known to be new."
    )
    annotate("warning", told)
    return Baseline(BaselineState.UNUSABLE, told=told)


def run(words: Sequence[str], environment: Mapping[str, str]) -> Outcome:
    """Run it to its end; a signal to this process is passed on, so that the reports tell what was seen until then."""
    lines = [b""]
    with commands_stopped():
        # Through one stream: the log may otherwise take a line of stderr before the commands are stopped.
        process = subprocess.Popen(words, stderr=subprocess.PIPE, env=dict(environment))  # noqa: S603 - no shell
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: process.terminate())
        for line in process.stderr or ():
            sys.stdout.buffer.write(line)
            sys.stdout.buffer.flush()
            lines.append(line)
        code = process.wait()
    return Outcome(code, _last(b"".join(lines)))


def _last(stderr: bytes) -> str:
    lines = stderr.decode("utf-8", "replace").strip().splitlines()
    return lines[-1].removeprefix("hwaudit: ") if lines else ""
