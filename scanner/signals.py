"""SIGINT and SIGTERM ask the program to end well, instead of ending it; a second signal ends it at once."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

INTERRUPTED = 130
"""The exit code of a program that SIGINT or SIGTERM ended."""


@contextmanager
def on_signals(react: Callable[[], object]) -> Iterator[None]:
    """Call `react` at the first signal; only the main thread can do this."""

    def ask_to_stop(number: int, _frame: FrameType | None) -> None:
        signal.signal(number, before[signal.Signals(number)])
        react()

    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    for number in before:
        signal.signal(number, ask_to_stop)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def stop_on_signals() -> Iterator[asyncio.Event]:
    """An event of the running loop that a signal sets."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    with on_signals(lambda: loop.call_soon_threadsafe(stop.set)):
        yield stop
