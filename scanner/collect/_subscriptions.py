"""Subscriptions: all that the login can list, of every state, and those below a management group."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from scanner.collect._reader import Endpoint, Reader
from scanner.collect._wire import arm_id, mapping, text
from scanner.inventory import ArmId, Reading, Subscription
from scanner.session import Session
from scanner.sessions import root_of

ALL = ArmId("/subscriptions")
_IN_TENANT = re.compile(r"/tenants/[^/]+", re.IGNORECASE)


class _OfTenant(Endpoint, frozen=True):
    """What ARM answers by the tenant of the token; a scope that names one of several does so for the ledger alone."""

    def path(self, scope: ArmId) -> str:
        """The path without the tenant; of the tenant itself, that of its subscriptions."""
        below = _IN_TENANT.sub("", scope.text, count=1)
        return Endpoint.path(self, ArmId(below) if below else ALL)


SUBSCRIPTIONS = _OfTenant(Reading.SUBSCRIPTIONS, "subscriptions", "2022-12-01", rank=0)
DESCENDANTS = _OfTenant(Reading.MANAGEMENT_GROUP, "subscriptions", "2020-05-01", child="descendants", rank=0)


async def collect_subscriptions(reader: Reader, session: Session) -> list[Subscription]:
    """Return every subscription that a login lists; of several logins, none is kept yet."""
    alone = session.tenant is None
    return await reader.collection(SUBSCRIPTIONS, root_of(session.tenant), parse_subscription, keep=lambda _: alone)


async def collect_descendants(reader: Reader, session: Session, management_group: str) -> frozenset[str]:
    """Return the ids of the subscriptions at any depth below a management group, as a login sees them."""
    scope = management_group_id(management_group, session.tenant)
    # They only select: what is in the estate is what the list of subscriptions showed.
    found = await reader.collection(DESCENDANTS, scope, parse_descendant, keep=lambda _: False)
    return frozenset(descendant.name.lower() for descendant in found)


def management_group_id(name: str, tenant: str | None = None) -> ArmId:
    """The ARM id of a management group; two tenants may have one of the same name, and each is a scope of its own."""
    own = f"/providers/Microsoft.Management/managementGroups/{name}"
    return ArmId(own if tenant is None else f"{root_of(tenant)}{own}")


def parse_subscription(item: Mapping[str, Any], moment: datetime) -> Subscription:
    """Read one entry of the subscription list."""
    id_ = arm_id(item)
    managers = item.get("managedByTenants")
    managed_by = (
        [text(mapping(entry, "managedByTenants"), "tenantId") for entry in managers]
        if isinstance(managers, list)
        else []
    )
    return Subscription(
        id=id_,
        name=text(item, "displayName") or id_.name,
        read_at=moment,
        state=text(item, "state"),
        tenant_id=text(item, "tenantId"),
        managed_by=tuple(sorted(tenant for tenant in managed_by if tenant)),
    )


def parse_descendant(item: Mapping[str, Any], moment: datetime) -> Subscription | None:
    """Read one descendant of a management group; None for a nested management group."""
    kind = (text(item, "type") or "").lower()
    id_ = arm_id(item)
    return (
        Subscription(id=id_, name=text(item, "name") or id_.name, read_at=moment)
        if kind.endswith("/subscriptions")
        else None
    )
