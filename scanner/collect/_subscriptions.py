"""Subscriptions: all that the login can list, of every state, and those below a management group."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from scanner.collect._reader import Endpoint, Reader
from scanner.collect._wire import arm_id, mapping, text
from scanner.inventory import ArmId, Reading, Subscription

ALL = ArmId("/subscriptions")
SUBSCRIPTIONS = Endpoint(Reading.SUBSCRIPTIONS, "subscriptions", "2022-12-01", rank=0)
DESCENDANTS = Endpoint(Reading.MANAGEMENT_GROUP, "subscriptions", "2020-05-01", child="descendants", rank=0)


async def collect_subscriptions(reader: Reader) -> list[Subscription]:
    """Return every subscription that the login lists."""
    return await reader.collection(SUBSCRIPTIONS, ALL, parse_subscription)


async def collect_descendants(reader: Reader, management_group: str) -> frozenset[str]:
    """Return the ids of the subscriptions at any depth below a management group."""
    scope = management_group_id(management_group)
    # They only select: what is in the estate is what the list of subscriptions showed.
    found = await reader.collection(DESCENDANTS, scope, parse_descendant, keep=lambda _: False)
    return frozenset(descendant.name.lower() for descendant in found)


def management_group_id(name: str) -> ArmId:
    """The ARM id of a management group."""
    return ArmId(f"/providers/Microsoft.Management/managementGroups/{name}")


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
