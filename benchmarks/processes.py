"""Runs a process to its end, and tells what it cost."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import time
from collections.abc import Mapping
from types import MappingProxyType
from typing import IO

import msgspec

KIB_IN_MIB, BYTES_IN_MIB = 2**10, 2**20


class Cost(msgspec.Struct, frozen=True):
    """Seconds that passed, seconds of CPU of all threads, and the largest resident memory in MiB."""

    wall: float
    cpu: float
    memory: float


def ended(
    *command: str,
    environment: Mapping[str, str] = MappingProxyType({}),
    stdin: IO[bytes] | None = None,
    stdout: IO[bytes] | None = None,
) -> Cost:
    """Run one command, with these variables beside this process's own; raises RuntimeError when it fails."""
    started = time.monotonic()
    process = subprocess.Popen(  # noqa: S603 - the commands are this package's own
        command, stdin=stdin, stdout=stdout, env={**os.environ, **environment}
    )
    _, status, usage = os.wait4(process.pid, 0)  # the only call that tells the cost of this child alone
    wall = time.monotonic() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{' '.join(command[:3])} ended with {process.returncode}")
    return Cost(wall, usage.ru_utime + usage.ru_stime, peak(usage))


def peak(usage: resource.struct_rusage) -> float:
    """The largest resident memory in MiB, which macOS tells in bytes and others in KiB."""
    return usage.ru_maxrss / (BYTES_IN_MIB if sys.platform == "darwin" else KIB_IN_MIB)
