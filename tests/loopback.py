"""The embedded Azure over loopback TLS, in a thread, for tests of the whole program."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread
from typing import Any

from scanner.emulator import Emulator, Replay, Server, Tenant, serve


@contextmanager
def running_loop() -> Iterator[asyncio.AbstractEventLoop]:
    """An event loop in a thread of its own."""
    loop = asyncio.new_event_loop()
    thread = Thread(target=loop.run_forever)
    thread.start()
    try:
        yield loop
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


@contextmanager
def serving(tenant: Tenant, **options: Any) -> Iterator[tuple[Server, Emulator]]:
    """Serve a tenant until left; the emulator's log tells what was asked."""
    emulator = Emulator(tenant, **options)
    with served(emulator) as server:
        yield server, emulator


@contextmanager
def served(azure: Emulator | Replay) -> Iterator[Server]:
    """Serve whatever answers until left."""
    door = serve(azure)
    with running_loop() as loop:
        server = asyncio.run_coroutine_threadsafe(door.__aenter__(), loop).result()
        try:
            yield server
        finally:
            asyncio.run_coroutine_threadsafe(door.__aexit__(None, None, None), loop).result()


def github_job_of(server: Server) -> dict[str, str]:
    """The environment of a GitHub Actions job that logs in with `--auth github-oidc`, without any secret."""
    return {
        "GITHUB_ACTIONS": "true",
        "SSL_CERT_FILE": str(server.ca_file),
        "AZURE_TENANT_ID": server.tenant_id,
        "AZURE_CLIENT_ID": server.client_id,
        **server.job,
    }


def login_of(server: Server) -> dict[str, str]:
    """The environment that the server's client needs."""
    return {
        "SSL_CERT_FILE": str(server.ca_file),
        "AZURE_TENANT_ID": server.tenant_id,
        "AZURE_CLIENT_ID": server.client_id,
        "AZURE_CLIENT_SECRET": server.client_secret,
    }
