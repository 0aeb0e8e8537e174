"""What a client notes about itself for the benchmark that started it."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

PLACE = "BENCHMARK_FIGURES"
"""The variable that names the file."""


class Figures(msgspec.Struct, frozen=True):
    """Seconds of CPU, of all threads, between the first request and the last answer."""

    reading: float


@contextmanager
def reading() -> Iterator[None]:
    """Note the CPU that the block takes; nothing but requests and their answers belongs into it."""
    started = time.process_time()
    yield
    Path(os.environ[PLACE]).write_bytes(msgspec.json.encode(Figures(time.process_time() - started)))


def noted(file: Path) -> Figures | None:
    """Return what a client noted; None for a client that notes nothing."""
    return msgspec.json.decode(file.read_bytes(), type=Figures) if file.exists() else None
