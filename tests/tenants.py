"""Whole scans of embedded tenants, in process; the named tenants are scanned once for all tests."""

from __future__ import annotations

import asyncio
from datetime import datetime
from functools import cache
from typing import Any

from builders import NOW

from scanner.collect import EVERYTHING, Choice, collect_estate
from scanner.emulator import TENANTS, Emulator, Tenant
from scanner.findings import Scan
from scanner.inventory import Estate, Scope
from scanner.inventory.journal import Journal
from scanner.options import Included
from scanner.pacing import Pacer
from scanner.pipeline import scan_of
from scanner.progress import Silent
from scanner.session import Session, discover_cloud
from scanner.tokens import RenewableCredential

OF_NOW = tuple(sorted(TENANTS.keys() - {"contoso-last-month"}))
"""The named tenants but the one that is another by little: enough where each costs whole scans."""


def estate_of(
    tenant: Tenant,
    *,
    scope: Scope | None = None,
    as_of: datetime | None = NOW,
    choice: Choice = EVERYTHING,
    journal: Journal | None = None,
    **options: Any,
) -> Estate:
    """Collect what a login sees of a tenant."""
    seen: list[Estate] = []

    async def run() -> None:  # what it returned, asyncio would write out in full when it gives Ctrl-C back
        seen.append(await _collect(Emulator(tenant, **options), scope or Scope(), as_of, choice, journal))

    asyncio.run(run())
    return seen[0]


@cache
def scan_named(name: str) -> Scan:
    """The scan of a tenant that ships, as of NOW."""
    return scan_of(estate_of(TENANTS[name](NOW)))


@cache
def scan_with_variables(name: str) -> Scan:
    """The same scan with `--include variables`, in which every check takes part."""
    return scan_of(estate_of(TENANTS[name](NOW), choice=Choice(included=frozenset(Included))))


async def _collect(
    emulator: Emulator, scope: Scope, as_of: datetime | None, choice: Choice, journal: Journal | None = None
) -> Estate:
    transport = emulator.transport()
    cloud = await discover_cloud(emulator.arm_endpoint, transport)
    session = Session(cloud, RenewableCredential(emulator.credential), transport, Pacer(64, emulator.clock))
    await session.log_in()
    return await collect_estate(session, scope, progress=Silent(), as_of=as_of, choice=choice, journal=journal)
