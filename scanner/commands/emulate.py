"""`hwaudit emulate`."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from shlex import quote
from typing import TYPE_CHECKING, Annotated

import typer

from scanner.commands import completion
from scanner.errors import UsageError
from scanner.signals import stop_on_signals
from scanner.terminal import say

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
        asyncio.run(_serve(names, port, job))
    except OSError as error:
        raise UsageError(
            f"cannot listen on port {port}", f"choose another --port, or 0 for a free one ({error.strerror})"
        ) from error


async def _serve(names: Sequence[str], port: int, job: Job | None) -> None:
    from scanner.emulator import TENANTS, SeveralTenants, serve  # noqa: PLC0415

    emulator = SeveralTenants([TENANTS[name](datetime.now(UTC)) for name in names], job=job)
    options = "".join(f" --tenant {each.tenant.id}" for each in emulator.every) if len(names) > 1 else ""
    answers = f"tenants {', '.join(names)} answer" if len(names) > 1 else f"tenant {names[0]} answers"
    auth = "env" if job is None else "github-oidc"
    async with serve(emulator, port=port) as server:
        say(
            f"The {answers} at {server.url}; in another shell:\n\n"
            f"{_exports(server, job)}\n"
            f"hwaudit scan --arm-endpoint {server.url} --auth {auth}{options}\n\n"
            "Ctrl-C stops it."
        )
        with stop_on_signals() as stop:
            while not stop.is_set():
                try:
                    await asyncio.wait_for(stop.wait(), PINGS_EVERY)
                except TimeoutError:  # the workers that ping go on pinging, as long as the tenant is served
                    emulator.follow_all([TENANTS[name](datetime.now(UTC)) for name in names])


def _exports(server: Server, job: Job | None) -> str:
    """The environment of a scan as lines of a shell; only quoted values hold what a shell would take for its own."""
    login = {"AZURE_CLIENT_SECRET": server.client_secret} if job is None else server.job
    values = {
        "SSL_CERT_FILE": str(server.ca_file),
        "AZURE_TENANT_ID": server.tenant_id,
        "AZURE_CLIENT_ID": server.client_id,
        **login,
    }
    return "\n".join(f"export {name}={quote(value)}" for name, value in values.items())
