"""What the doors need of whoever answers behind them: a tenant, or a recording."""

from __future__ import annotations

from typing import Protocol

from scanner.emulator.arm import Request, Response
from scanner.emulator.clock import Clock
from scanner.emulator.github import GitHub
from scanner.emulator.login import Login


class Answering(Protocol):
    """Answers requests; the doors only carry bytes.

    `requests` logs every request as (method, path, query). Only `arm_endpoint` is reached in process.
    """

    arm_endpoint: str
    clock: Clock
    login: Login
    github: GitHub
    requests: list[tuple[str, str, str]]

    async def handle(self, request: Request) -> Response:
        """Answer one request at once; the door lets the answer's delay pass."""
        ...
