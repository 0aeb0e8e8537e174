"""The embedded Azure: one tenant, answered at wire level; the doors in front of it only carry bytes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import format_datetime
from http import HTTPStatus
from typing import TYPE_CHECKING

from scanner.emulator import (
    activity,
    authorization,
    automation,
    insights,
    loganalytics,
    logs,
    machines,
    network,
    resourcegraph,
    subscriptions,
)
from scanner.emulator.access import Assignment, Rights
from scanner.emulator.arm import Across, Call, RefusedError, Request, Response, Route, encode
from scanner.emulator.bucket import Admission, Bucket, Quotas, too_many
from scanner.emulator.clock import Clock, VirtualClock
from scanner.emulator.directory import Directory
from scanner.emulator.faults import (
    Deny,
    Effect,
    Expire,
    Fault,
    Garble,
    Hang,
    Reply,
    Reset,
    Slow,
    Throttle,
    Truncate,
)
from scanner.emulator.federation import AUDIENCES, FederatedCredential
from scanner.emulator.github import ISSUER, GitHub, Job, published_keys
from scanner.emulator.login import Login
from scanner.emulator.routing import Router

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from scanner.emulator.tenants.model import Tenant
    from scanner.emulator.transport import EmulatorCredential, EmulatorTransport

ARM_ENDPOINT = "https://arm.emulator.invalid"
"""Where the in-process door answers; `.invalid` never resolves (RFC 2606)."""

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
JSON_TYPE = "application/json; charset=utf-8"
HTML_PAGE = b"<!DOCTYPE html><html><head><title>Sign in</title></head><body>Please sign in to the proxy.</body></html>"
ROUTES = (
    *subscriptions.ROUTES,
    *authorization.ROUTES,
    *automation.ROUTES,
    *activity.ROUTES,
    *insights.ROUTES,
    *loganalytics.ROUTES,
    *logs.ROUTES,
    *machines.ROUTES,
    *network.ROUTES,
    *resourcegraph.ROUTES,
)
Logged = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class _Content:
    status: int
    headers: Mapping[str, str]
    body: bytes
    wait: float = 0.0


class Emulator:
    """One tenant's Azure; `page_size` counts rows, `latency` is in seconds, `seed` shuffles lists and link forms.

    The Date of every answer is the present, `clock_shift` later. `logs` is the endpoint that the metadata names for log
    queries, this one unless given. `across` tells how log queries over several workspaces are answered. `job` is the
    GitHub Actions job whose tokens the application takes instead of its secret. `access` are the login's role
    assignments in the place of the tenant's; without any it may read all but what faults deny.

    `requests` logs every request as (method, path, query); `writes` those that would have changed something.
    """

    arm_endpoint = ARM_ENDPOINT

    def __init__(
        self,
        tenant: Tenant,
        *,
        faults: Sequence[Fault] = (),
        page_size: int = 2,
        latency: float = 0.0,
        bucket: Bucket | None = None,
        seed: int = 0,
        clock_shift: timedelta = timedelta(0),
        logs: str | None = None,
        across: Across = "evaluated",
        job: Job | None = None,
        access: Sequence[Assignment] | None = None,
    ) -> None:
        self.tenant = tenant
        self.page_size = page_size
        self.latency = latency
        self.seed = seed
        self.across = across
        self.clock: Clock = VirtualClock()
        self.clock_shift = clock_shift
        self.github = GitHub(job or Job(), self._date)
        self.login = Login(tenant.id, tenant.cloud, logs, keys=published_keys, now=self._date)
        self.login.federated = (FederatedCredential(ISSUER, self.github.job.subject, (AUDIENCES[tenant.cloud],)),)
        self.requests: list[Logged] = []
        self.writes: list[Logged] = []
        everything = (*tenant.faults, *faults)
        denials = tuple(fault for fault in everything if isinstance(fault.effect, Deny))
        self._faults = tuple(fault for fault in everything if not isinstance(fault.effect, Deny))
        self._matched = [0] * len(self._faults)
        self._struck_at: dict[int, float] = {}
        self._quotas = Quotas(bucket)
        self._directory = Directory(tenant)
        given = tenant.access if access is None else access
        self._rights = Rights(given, denials, self._above)
        self._router = Router((*ROUTES, *self.login.routes(), *self.github.routes()), tenant.api_versions)
        self._ready: dict[tuple[str, str, str], _Content] = {}
        self._served = 0

    def follow(self, tenant: Tenant) -> None:
        """Serve another state of the tenant from now on, such as the one that its pings have at a later `now`."""
        self._directory = Directory(tenant)
        self._ready.clear()

    async def handle(self, request: Request) -> Response:
        """Answers one request at once; the door lets the answer's delay pass."""
        base, path, query = split(request.url)
        self.requests.append((request.method, path, query))
        self._served += 1
        try:
            route, names = self._router.find(request.method, path)
        except RefusedError as refusal:
            if request.method not in SAFE_METHODS:
                self.writes.append((request.method, path, query))
            effects = self._effects("", path)
            return self._send(_instead(effects) or _refused(refusal), effects)
        effects = self._effects(route.operation, path)
        if any(isinstance(effect, Expire) for effect in effects):
            self.login.expire()
        early = _instead(effects)
        if early is None:
            early = self._content(request, route, names, (base, path, query), effects)
        return self._send(early, effects)

    def transport(self) -> EmulatorTransport:
        """The in-process door: an azure-core transport whose sleeps only advance a virtual clock."""
        from scanner.emulator.transport import EmulatorTransport  # noqa: PLC0415 - only this door needs azure-core

        return EmulatorTransport(self)

    def credential(self) -> EmulatorCredential:
        """A credential whose tokens this tenant takes, without a request to the login endpoint."""
        from scanner.emulator.transport import EmulatorCredential  # noqa: PLC0415 - only this door needs azure-core

        return EmulatorCredential(self.login)

    def _above(self, path: str) -> tuple[str, ...]:
        return self._directory.above(path)

    def _effects(self, operation: str, path: str) -> tuple[Effect, ...]:
        struck: list[Effect] = []
        for index, fault in enumerate(self._faults):
            if fault.matches(operation, path):
                self._matched[index] += 1
                if fault.strikes(self._matched[index]) and not self._is_over(index, fault.seconds):
                    struck.append(fault.effect)
        return tuple(struck)

    def _is_over(self, index: int, seconds: float | None) -> bool:
        now = self.clock.now()
        return seconds is not None and now - self._struck_at.setdefault(index, now) >= seconds

    def _content(
        self, request: Request, route: Route, names: Mapping[str, str], url: Logged, effects: tuple[Effect, ...]
    ) -> _Content:
        try:
            if not route.open:
                self.login.authorize(_authorization(request))
            admission = self._throttle(route, names, effects)
        except RefusedError as refusal:
            return _refused(refusal)
        keeps = route.method == "GET" and not route.fresh
        content = self._ready.get(url) if keeps else None
        if content is None:
            try:
                content = self._answer(request, route, names, url)
            except RefusedError as refusal:
                content = _refused(refusal)
            else:
                if keeps:
                    self._ready[url] = content
        if not admission.headers and not admission.wait:
            return content
        return _Content(content.status, {**content.headers, **admission.headers}, content.body, admission.wait)

    def _answer(self, request: Request, route: Route, names: Mapping[str, str], url: Logged) -> _Content:
        base, path, query = url
        options = self._router.options(route, query)
        self._admit(route, names, path)
        call = Call(
            base,
            path,
            options,
            names,
            request.body,
            self._directory,
            self.page_size,
            self.seed,
            self._rights,
            self.across,
            _authorization(request) or "",
        )
        answer = route.handler(call)
        body = answer.body if isinstance(answer.body, bytes) else encode(answer.body)
        return _Content(answer.status, {"Content-Type": JSON_TYPE, **answer.headers}, body)

    def _admit(self, route: Route, names: Mapping[str, str], path: str) -> None:
        """Raises RefusedError for an unknown subscription (404) or a permission that is not given (403)."""
        visible = True
        if "subscription" in names:
            found = self._directory.subscriptions.get(names["subscription"].lower())
            if found is None:
                message = f"The subscription '{names['subscription']}' could not be found."
                raise RefusedError(404, "SubscriptionNotFound", message, headers={"x-ms-failure-cause": "gateway"})
            visible = found.visible
        if visible and (route.open or route.own_rights or self._rights.readable(route.operation, path)):
            return
        message = (
            f"The client '{self.login.client_id}' with object id '{self.login.object_id}' does not have authorization "
            f"to perform action '{route.operation}' over scope '{_scope(route, path)}' or the scope is invalid. "
            "If access was recently granted, please refresh your credentials."
        )
        raise RefusedError(403, "AuthorizationFailed", message, headers={"x-ms-failure-cause": "gateway"})

    def _throttle(self, route: Route, names: Mapping[str, str], effects: tuple[Effect, ...]) -> Admission:
        """The quota headers of an admitted request; raises RefusedError (429) for one too many."""
        subscription = names.get("subscription", "").lower()
        for effect in effects:
            if isinstance(effect, Throttle):
                raise too_many(route, subscription, effect.retry_after, effect.told, self._date())
        return self._quotas.admit(route, subscription, self.clock, self.latency)

    def _send(self, content: _Content, effects: tuple[Effect, ...]) -> Response:
        delay = self.latency + content.wait
        status, body, cut, broken = content.status, content.body, None, False
        headers = {**content.headers, **self._stamps()}
        for effect in effects:
            match effect:
                case Slow(seconds):
                    delay += seconds
                case Hang():
                    delay = math.inf
                case Reset():
                    broken = True
                case Truncate(share):
                    cut = int(len(body) * share)
                case Garble(html) if status == HTTPStatus.OK:
                    body = HTML_PAGE if html else body[: len(body) * 2 // 3]
                    headers["Content-Type"] = "text/html" if html else JSON_TYPE
        return Response(status, headers, body, delay, cut, broken)

    def _stamps(self) -> dict[str, str]:
        """The headers that every answer has; the ids depend only on the seed and the number of the request."""
        served = self._served
        return {
            "x-ms-request-id": f"{self.seed & 0xFFFFFFFF:08x}-0000-4000-8000-{served:012x}",
            "x-ms-correlation-request-id": f"{self.seed & 0xFFFFFFFF:08x}-0000-4000-9000-{served:012x}",
            "Date": format_datetime(self._date(), usegmt=True),
        }

    def _date(self) -> datetime:
        return self.clock.date() + self.clock_shift


def _authorization(request: Request) -> str | None:
    return request.headers.get("Authorization") or request.headers.get("authorization")


def split(url: str) -> Logged:
    """The base without a default port, the path and the query of an absolute URL, all as sent."""
    scheme, _, rest = url.partition("://")
    host, slash, tail = rest.partition("/")
    path, _, query = tail.partition("?")
    return f"{scheme}://{host.removesuffix(':443')}", slash + path, query


def _instead(effects: tuple[Effect, ...]) -> _Content | None:
    """The content that pre-empts the tenant's own, if any does."""
    for effect in effects:
        if isinstance(effect, Reply):
            return _Content(effect.status, {"Content-Type": JSON_TYPE, **effect.headers}, effect.body)
        if isinstance(effect, Reset):
            return _Content(502, {}, b"")
    return None


def _refused(refusal: RefusedError) -> _Content:
    body = refusal.body.encode() if isinstance(refusal.body, str) else encode(refusal.body)
    return _Content(refusal.status, {"Content-Type": JSON_TYPE, **refusal.headers}, body)


def _scope(route: Route, path: str) -> str:
    """The scope that AuthorizationFailed names: of a collection, what it belongs to."""
    return path.rpartition("/")[0] or path if route.collection else path
