"""Writes the two example snapshots: contoso a month ago and today, as `make examples` does.

python -m tools.examples
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from scanner.collect import Unwatched, collect_estate
from scanner.emulator import TENANTS, Emulator
from scanner.inventory import Estate, Scope
from scanner.inventory.snapshot import dump, write_atomically
from scanner.pacing import Pacer
from scanner.session import Session, discover_cloud
from scanner.tokens import RenewableCredential

TODAY = datetime(2026, 11, 22, 12, tzinfo=UTC)
MOMENTS = {"contoso-last-month": TODAY - timedelta(days=30), "contoso": TODAY}
"""The tenants, and the moment (UTC) that each is scanned and judged at."""
PLACE = Path("docs/examples")


async def example(tenant: str) -> Estate:
    """What a scan sees of a tenant, as if it had been made at the tenant's own moment."""
    moment = MOMENTS[tenant]
    emulator = Emulator(TENANTS[tenant](moment))
    transport = emulator.transport()
    cloud = await discover_cloud(emulator.arm_endpoint, transport)
    session = Session(cloud, RenewableCredential(emulator.credential), transport, Pacer(64, emulator.clock))
    await session.log_in()
    estate = await collect_estate(session, Scope(), progress=Unwatched(), as_of=moment)
    facts = msgspec.structs.replace(estate.facts, started_at=moment, finished_at=moment)
    return msgspec.structs.replace(estate, facts=facts)


def main() -> None:
    """Write both snapshots."""
    for tenant in MOMENTS:
        write_atomically(PLACE / f"{tenant}.snapshot", dump(asyncio.run(example(tenant))))


if __name__ == "__main__":
    main()
