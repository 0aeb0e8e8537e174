"""Several tenants behind one endpoint, as Azure Resource Manager and Microsoft Entra are for all the world."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from scanner.emulator.arm import Request, Response, encode
from scanner.emulator.emulator import JSON_TYPE, Emulator, split
from scanner.emulator.tenants.delegation import with_delegated
from scanner.emulator.tenants.model import Tenant

_SUBSCRIPTION = re.compile(r"/subscriptions/([^/]+)", re.IGNORECASE)
_AUTHORITY = re.compile(r"/([^/]+)(/(?:oauth2/)?v2\.0/.*)")


class SeveralTenants(Emulator):
    """The first of several tenants, which passes on what concerns another; each has limits and tokens of its own.

    A token sees what its tenant owns and what others delegate to that by Azure Lighthouse. One application has a
    service principal in each tenant: one client id, one secret. The options are those of every Emulator.
    """

    def __init__(self, tenants: Sequence[Tenant], **options: Any) -> None:
        views = _views(tenants)
        super().__init__(views[0], **options)
        self.neighbours = tuple(Emulator(view, **options) for view in views[1:])
        for neighbour in self.neighbours:
            neighbour.requests, neighbour.writes = self.requests, self.writes
            neighbour.login.client_id = self.login.client_id
            neighbour.login.client_secret = self.login.client_secret

    def follow_all(self, tenants: Sequence[Tenant]) -> None:
        """Serve another state of each tenant from now on."""
        for emulator, view in zip(self.every, _views(tenants), strict=True):
            emulator.follow(view)

    @property
    def every(self) -> tuple[Emulator, ...]:
        """The emulators of all tenants, in the order given."""
        return (self, *self.neighbours)

    def at(self, name: str) -> Emulator:
        """The emulator of the tenant with this id or domain; raises KeyError."""
        return {key: each for each in self.every for key in (each.tenant.id, domain_of(each.tenant))}[name.lower()]

    async def handle(self, request: Request) -> Response:
        """Answers one request as the tenant that it is addressed to, or whose token it carries."""
        base, path, query = split(request.url)
        addressed = _AUTHORITY.fullmatch(path)
        if addressed is not None:
            return await self._log_in(request, addressed, f"{base}{{}}{query and '?'}{query}")
        owner = self._owner(request)
        named = _SUBSCRIPTION.match(path)
        if owner is not None and named is not None and (home := self._elsewhere(owner, named[1].lower())) is not None:
            self.requests.append((request.method, path, query))
            return _wrong_tenant(owner.tenant, home)
        return await self._answer_as(owner or self, request)

    async def _log_in(self, request: Request, addressed: re.Match[str], url: str) -> Response:
        """A login: the tenant stands in the path, by its id or its domain."""
        try:
            emulator = self.at(addressed[1])
        except KeyError:
            return await self._answer_as(self, request)  # which knows no such tenant
        return await self._answer_as(emulator, replace(request, url=url.format(f"/{emulator.tenant.id}{addressed[2]}")))

    async def _answer_as(self, emulator: Emulator, request: Request) -> Response:
        emulator.clock = self.clock
        return await (super().handle(request) if emulator is self else emulator.handle(request))

    def _owner(self, request: Request) -> Emulator | None:
        """The tenant that issued the request's token, if one of them did."""
        header = request.headers.get("Authorization") or request.headers.get("authorization") or ""
        token = header.partition(" ")[2]
        return next((each for each in self.every if token in each.login.tokens), None)

    def _elsewhere(self, owner: Emulator, subscription: str) -> Tenant | None:
        """The tenant of a subscription that a token of `owner` cannot name; None where it can, or nobody knows it."""
        knowing = [each for each in self.every if any(s.id.lower() == subscription for s in each.tenant.subscriptions)]
        return None if owner in knowing or not knowing else knowing[0].tenant


def _views(tenants: Sequence[Tenant]) -> list[Tenant]:
    return [with_delegated(tenant, (other for other in tenants if other is not tenant)) for tenant in tenants]


def domain_of(tenant: Tenant) -> str:
    """The domain that every tenant has from its beginning on."""
    return f"{re.sub('[^a-z0-9]', '', tenant.name.lower())}.onmicrosoft.com"


def _wrong_tenant(own: Tenant, home: Tenant) -> Response:
    """ARM's refusal of a token for a subscription of another tenant: 401 InvalidAuthenticationTokenTenant."""
    issuers = [f"https://sts.windows.net/{tenant.id}/" for tenant in (own, home)]
    text = (
        f"The access token is from the wrong issuer '{issuers[0]}'. It must match the tenant '{issuers[1]}' associated "
        "with this subscription."
    )
    body = encode({"error": {"code": "InvalidAuthenticationTokenTenant", "message": text}})
    challenge = f'Bearer authorization_uri="https://login.windows.net/{home.id}", error="invalid_token"'
    return Response(401, {"Content-Type": JSON_TYPE, "WWW-Authenticate": challenge}, body)
