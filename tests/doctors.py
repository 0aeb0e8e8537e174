"""Doctor before an embedded Azure, in process."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

from builders import SUB

from scanner.collect import Choice
from scanner.doctor import Plan, enabled_checks, examine
from scanner.emulator import TENANTS, Assignment, Emulator, Tenant
from scanner.emulator.tenants.model import Subscription
from scanner.inventory import Scope
from scanner.pacing import Pacer
from scanner.privileges import privileges_of
from scanner.session import Session, discover_cloud
from scanner.tokens import RenewableCredential

BARE = Tenant(SUB, "bare", datetime.now(UTC), (Subscription(SUB, "Bare"),))
"""A tenant with nothing in it: enough for what doctor asks beside a scan's reads."""


def plan_of(choice=None, scope=None, off=()):
    choice = choice or Choice()
    return Plan(scope=scope or Scope(), choice=choice, checks=enabled_checks(choice, off), switched_off=tuple(off))


def with_role(actions=None, scope="/", **more):
    """The arguments of an emulator in which the login has these actions; those of the least role unless given."""
    given = privileges_of().actions if actions is None else actions
    return {"access": (Assignment(scope, tuple(given), **more),)}


def examined(tenant="spotless", plan=None, credential=None, **options):
    """Examine a tenant as a login sees it."""
    made = TENANTS[tenant](datetime.now(UTC)) if isinstance(tenant, str) else tenant
    return examined_at(Emulator(made, **{"page_size": 50} | options), plan, credential)


def examined_at(emulator, plan=None, credential=None):
    """The same, where the test looks at the requests too."""
    return asyncio.run(_examined(emulator, plan or plan_of(), credential))


async def _examined(emulator, plan, credential):
    transport = emulator.transport()
    cloud = await discover_cloud(emulator.arm_endpoint, transport)
    made = RenewableCredential(credential or emulator.credential)
    report = await examine(Session(cloud, made, transport, Pacer(64, emulator.clock)), plan)
    assert emulator.writes == []
    posts = {path for method, path, _ in emulator.requests if method != "GET"}
    assert all(path.endswith(("/query", "/Microsoft.ResourceGraph/resources")) for path in posts)
    return report
