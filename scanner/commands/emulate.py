"""`hwaudit emulate`."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Annotated

import typer

from scanner.errors import UsageError
from scanner.signals import stop_on_signals
from scanner.terminal import say

PINGS_EVERY = 60.0
"""Seconds after which the workers of a served tenant have pinged again; pings older than 30 minutes are findings."""


def emulate(
    *,
    tenant: Annotated[
        str,
        typer.Option(
            metavar="NAME", help="Which tenant to serve: contoso, contoso-last-month, spotless, blind, fairfax."
        ),
    ] = "contoso",
    port: Annotated[int, typer.Option(min=0, max=65535, help="The port; 0 takes a free one.")] = 0,
) -> None:
    """Serve the embedded Azure over loopback HTTPS until interrupted."""
    from scanner.emulator import TENANTS  # noqa: PLC0415

    if tenant not in TENANTS:
        raise UsageError(f"there is no tenant {tenant!r}", f"choose one of {', '.join(TENANTS)}")
    try:
        asyncio.run(_serve(tenant, port))
    except OSError as error:
        raise UsageError(
            f"cannot listen on port {port}", f"choose another --port, or 0 for a free one ({error.strerror})"
        ) from error


async def _serve(tenant: str, port: int) -> None:
    from scanner.emulator import TENANTS, Emulator, serve  # noqa: PLC0415

    emulator = Emulator(TENANTS[tenant](datetime.now(UTC)))
    async with serve(emulator, port=port) as server:
        say(
            f"The tenant {tenant} answers at {server.url}; in another shell:\n\n"
            f"export SSL_CERT_FILE={server.ca_file}\n"
            f"export AZURE_TENANT_ID={server.tenant_id}\n"
            f"export AZURE_CLIENT_ID={server.client_id}\n"
            f"export AZURE_CLIENT_SECRET={server.client_secret}\n"
            f"hwaudit scan --arm-endpoint {server.url} --auth env\n\n"
            "Ctrl-C stops it."
        )
        with stop_on_signals() as stop:
            while not stop.is_set():
                try:
                    await asyncio.wait_for(stop.wait(), PINGS_EVERY)
                except TimeoutError:  # the workers that ping go on pinging, as long as the tenant is served
                    emulator.follow(TENANTS[tenant](datetime.now(UTC)))
