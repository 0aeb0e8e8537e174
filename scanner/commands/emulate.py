"""`hwaudit emulate`."""

from __future__ import annotations

import asyncio
import shlex
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from scanner.commands import completion
from scanner.errors import UsageError
from scanner.signals import stop_on_signals
from scanner.terminal import complain, say

if TYPE_CHECKING:
    from scanner.emulator import Job, Server

PINGS_EVERY = 60.0
"""Seconds after which the workers of a served tenant have pinged again; pings older than 30 minutes are findings."""


def emulate(
    *,
    tenant: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="Which tenant to serve: contoso, contoso-last-month, spotless, blind, fairfax, "
            "fabrikam; repeat for more. [default: contoso]",
            autocompletion=completion.tenants,
        ),
    ] = None,
    recording: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Serve what `hwaudit scan --record DIR` wrote, instead.")
    ] = None,
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port; 0 takes a free one.")] = 0,
    github_oidc: Annotated[
        str | None,
        typer.Option(
            "--github-oidc",
            metavar="OWNER/REPO",
            help="Stand in for GitHub too: a job on the main branch of this repository logs in without a secret. "
            "OWNER@ID/REPO@ID for a repository with immutable subjects.",
        ),
    ] = None,
) -> None:
    """Serve the embedded Azure over loopback HTTPS until interrupted."""
    from scanner.emulator import TENANTS, Job  # noqa: PLC0415

    names = tuple(dict.fromkeys(tenant or ("contoso",)))
    for name in names:
        if name not in TENANTS:
            raise UsageError(f"there is no tenant {name!r}", f"choose one of {', '.join(TENANTS)}")
    try:
        job = None if github_oidc is None else Job.of(github_oidc)
    except ValueError as error:
        raise UsageError(
            f"--github-oidc {github_oidc!r} names no repository", "write it as OWNER/REPO or OWNER@ID/REPO@ID"
        ) from error
    try:
        asyncio.run(_serve(names, port, job) if recording is None else _serve_recording(recording, port, job))
    except OSError as error:
        raise UsageError(
            f"cannot listen on port {port}", f"choose another --port, or 0 for a free one ({error.strerror})"
        ) from error


async def _serve(names: Sequence[str], port: int, job: Job | None) -> None:
    from scanner.emulator import TENANTS, SeveralTenants, serve  # noqa: PLC0415

    emulator = SeveralTenants([TENANTS[name](datetime.now(UTC)) for name in names], job=job)
    options = [word for each in emulator.every for word in ("--tenant", each.tenant.id)] if len(names) > 1 else []
    answers = f"tenants {', '.join(names)} answer" if len(names) > 1 else f"tenant {names[0]} answers"
    async with serve(emulator, port=port) as server:
        with stop_on_signals() as stop:
            _tell(f"The {answers}", server, job, *options)
            while not stop.is_set():
                try:
                    await asyncio.wait_for(stop.wait(), PINGS_EVERY)
                except TimeoutError:  # the workers that ping go on pinging, as long as the tenant is served
                    emulator.follow_all([TENANTS[name](datetime.now(UTC)) for name in names])


async def _serve_recording(folder: Path, port: int, job: Job | None) -> None:
    from scanner.emulator import NoRecordingError, Recording, Replay, serve  # noqa: PLC0415

    try:
        replay = Replay(Recording(folder), job=job)
    except NoRecordingError as error:
        raise UsageError(str(error), "name a folder that `hwaudit scan --record` wrote") from error
    manifest = replay.recording.manifest
    if not manifest.whole:
        complain(f"the scan that {folder} holds was cut off: what it had not asked yet is not recorded")
    async with serve(replay, port=port) as server:
        with stop_on_signals() as stop:
            _tell(f"The recording {folder} answers", server, job, "--as-of", manifest.as_of, *manifest.arguments)
            await stop.wait()


def _tell(what: str, server: Server, job: Job | None, *arguments: str) -> None:
    auth = "env" if job is None else "github-oidc"
    command = shlex.join(["hwaudit", "scan", "--arm-endpoint", server.url, "--auth", auth, *arguments])
    say(f"{what} at {server.url}; in another shell:\n\n{_exports(server, job)}\n{command}\n\nCtrl-C stops it.")


def _exports(server: Server, job: Job | None) -> str:
    """The environment of a scan as lines of a shell; only quoted values hold what a shell would take for its own."""
    login = {"AZURE_CLIENT_SECRET": server.client_secret} if job is None else server.job
    values = {
        "SSL_CERT_FILE": str(server.ca_file),
        "AZURE_TENANT_ID": server.tenant_id,
        "AZURE_CLIENT_ID": server.client_id,
        **login,
    }
    return "\n".join(f"export {name}={shlex.quote(value)}" for name, value in values.items())
