"""Whole scans of several embedded tenants in process, each with a login of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from azure.core.exceptions import ClientAuthenticationError
from builders import NOW

from scanner.collect import collect_estate
from scanner.emulator import SeveralTenants, Tenant
from scanner.errors import StartError
from scanner.inventory import Estate, Scope
from scanner.inventory.journal import Journal
from scanner.pacing import Pacer
from scanner.progress import Silent
from scanner.scanning import Connection, log_in
from scanner.session import Session, discover_cloud
from scanner.tokens import RenewableCredential


def estate_of_several(
    azure: SeveralTenants | Sequence[Tenant],
    names: Sequence[str],
    scope: Scope | None = None,
    *,
    journal: Journal | None = None,
    **options: Any,
) -> Estate:
    """Scan tenants under the names that a user gives them; a login to one that does not exist fails as Entra's does."""
    served = azure if isinstance(azure, SeveralTenants) else SeveralTenants(azure, page_size=100, **options)
    return asyncio.run(_scan(served, tuple(names), scope or Scope(), journal))


async def _scan(azure: SeveralTenants, names: tuple[str, ...], scope: Scope, journal: Journal | None) -> Estate:
    transport = azure.transport()
    cloud = await discover_cloud(azure.arm_endpoint, transport)
    pacer = Pacer(64, azure.clock)

    def session_of(name: str | None) -> Session:
        of = name if len(names) > 1 else None
        return Session(cloud, RenewableCredential(lambda: _Login(azure, name or "")), transport, pacer, tenant=of)

    sessions = await log_in(Connection(tenants=names), session_of)
    return await collect_estate(sessions, scope, progress=Silent(), as_of=NOW, journal=journal)


class _Login:
    """The tokens of one tenant, if there is such a tenant."""

    def __init__(self, azure: SeveralTenants, name: str) -> None:
        self._azure, self._name = azure, name

    async def get_token(self, *scopes: str, **_: Any) -> Any:
        try:
            return await self._azure.at(self._name).credential().get_token(*scopes)
        except KeyError:
            raise ClientAuthenticationError(f"AADSTS90002: Tenant '{self._name}' not found.") from None

    async def close(self) -> None:
        """Nothing is held."""


__all__ = ["StartError", "estate_of_several"]
