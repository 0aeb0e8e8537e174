"""Recordings of scans of embedded tenants, and scans of those recordings, in process."""

from __future__ import annotations

import asyncio
import json
from datetime import datetime
from pathlib import Path
from typing import Any

from builders import NOW

from scanner.collect import EVERYTHING, Choice, collect_estate
from scanner.emulator import Emulator, Recording, Replay, Request, Response
from scanner.inventory import Estate, Scope
from scanner.pacing import Pacer
from scanner.progress import Silent
from scanner.recording import EXCHANGES, Recorder
from scanner.redaction import KeyFile
from scanner.session import Session, discover_cloud
from scanner.tokens import RenewableCredential


def record(
    emulator: Emulator, folder: Path, *, choice: Choice = EVERYTHING, whole: bool = True
) -> tuple[Estate, KeyFile]:
    """Scan a tenant as of NOW and record that in a folder; returns what was seen under its real names, and the key."""
    key = KeyFile.open(folder.with_name(f"{folder.name}.key"))
    seen = asyncio.run(_collect(emulator, choice, Recorder(folder, key), whole=whole))
    return seen, KeyFile(key.path)


def scan_again(folder: Path, *, choice: Choice = EVERYTHING) -> tuple[Estate, Replay]:
    """Scan a recording as of NOW."""
    replay = Replay(Recording(folder))
    return asyncio.run(_collect(replay, choice)), replay


def exchanges(folder: Path) -> list[dict[str, Any]]:
    """The lines of a recording."""
    return [json.loads(line) for line in (folder / EXCHANGES).read_text().splitlines()]


def ask(replay: Replay, method: str, path: str, body: Any = None) -> Response:
    """Send one request to a replay, with a token of its own."""
    headers = {"Authorization": f"Bearer {replay.login.issue()}"}
    content = b"" if body is None else json.dumps(body).encode()
    return asyncio.run(replay.handle(Request(method, f"{replay.arm_endpoint}{path}", headers, content)))


async def _collect(
    azure: Emulator | Replay,
    choice: Choice,
    recorder: Recorder | None = None,
    *,
    whole: bool = True,
    as_of: datetime = NOW,
) -> Estate:
    transport = azure.transport()
    cloud = await discover_cloud(azure.arm_endpoint, transport)
    pacer = Pacer(64, azure.clock)
    session = Session(cloud, RenewableCredential(azure.credential), transport, pacer, recorder)
    await session.log_in()
    if recorder is not None:
        recorder.begin(cloud=cloud.name, arm=cloud.arm, logs=cloud.logs, as_of=as_of, arguments=[])
    seen = await collect_estate(session, Scope(), progress=Silent(), as_of=as_of, choice=choice)
    if recorder is not None:
        recorder.close(whole=whole)
    return seen
