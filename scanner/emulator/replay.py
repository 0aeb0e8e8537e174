"""Replays a recording of a scan as if it were a tenant: it answers what was asked then, and nothing else."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from scanner.emulator.access import Rights
from scanner.emulator.arm import Call, RefusedError, Request, Response, encode
from scanner.emulator.clock import Clock, VirtualClock
from scanner.emulator.directory import Directory
from scanner.emulator.emulator import ARM_ENDPOINT, JSON_TYPE, Logged, split
from scanner.emulator.federation import AUDIENCES, FederatedCredential
from scanner.emulator.github import ISSUER, GitHub, Job, published_keys
from scanner.emulator.login import Login
from scanner.emulator.recorded_logs import RecordedLogs
from scanner.emulator.recording import ARM, LOGS, Exchange, Recording, key_of
from scanner.emulator.routing import Router
from scanner.emulator.tenants.model import Tenant

if TYPE_CHECKING:
    from scanner.emulator.transport import EmulatorCredential, EmulatorTransport

TENANT = "00000000-0000-4000-8000-7265706c6179"
"""The tenant that a replay logs in to; a recording does not tell the real one."""
_HALF = 2
_ASKING = frozenset({429, 503})
_ANY = Rights(None, (), lambda _: ())
_EMPTY = Directory(Tenant(TENANT, "replay", datetime.now(UTC), (), ()))


class Replay:
    """The recorded Azure: a recorded request gets its answers in their order, the last of them again and again.

    Any other request is an error of the code NotRecorded (501) that names it. It needs a token of its own login. Dates
    are as far from the present as they were from the clock of the machine that recorded.

    `job` is the GitHub Actions job whose tokens the login takes instead of its secret. `requests` logs every request as
    (method, path, query).
    """

    arm_endpoint = ARM_ENDPOINT

    def __init__(self, recording: Recording, *, job: Job | None = None) -> None:
        self.recording = recording
        self.clock: Clock = VirtualClock()
        cloud, logs = recording.manifest.cloud, None if recording.manifest.log_queries else "none"
        self.github = GitHub(job or Job(), self._now)
        self.login = Login(TENANT, cloud, logs, keys=published_keys, now=self._now)
        audience = AUDIENCES.get(cloud, AUDIENCES["AzureCloud"])
        self.login.federated = (FederatedCredential(ISSUER, self.github.job.subject, (audience,)),)
        self.requests: list[Logged] = []
        self._router = Router((*self.login.routes(), *self.github.routes()), {})
        self._logs = RecordedLogs(recording)
        self._given: dict[str, int] = {}

    async def handle(self, request: Request) -> Response:
        """Answer one request at once; the door lets the answer's delay pass."""
        base, path, query = split(request.url)
        self.requests.append((request.method, path, query))
        try:
            return self._login(request, base, path, query) or self._of_tenant(request, base, path, query)
        except RefusedError as refusal:
            return self._response(refusal.status, refusal.headers, encode(refusal.body))

    def transport(self) -> EmulatorTransport:
        """The in-process door: an azure-core transport whose sleeps only advance a virtual clock."""
        from scanner.emulator.transport import EmulatorTransport  # noqa: PLC0415 - only this door needs azure-core

        return EmulatorTransport(self)

    def credential(self) -> EmulatorCredential:
        """A credential whose tokens the replay takes."""
        from scanner.emulator.transport import EmulatorCredential  # noqa: PLC0415 - only this door needs azure-core

        return EmulatorCredential(self.login)

    def _login(self, request: Request, base: str, path: str, query: str) -> Response | None:
        """The answer of one of the login's own endpoints, which no recording has."""
        try:
            route, names = self._router.find(request.method, path)
        except RefusedError:
            return None
        options, token = self._router.options(route, query), _authorization(request)
        call = Call(base, path, options, names, request.body, _EMPTY, 1, 0, _ANY, authorization=token)
        answer = route.handler(call)
        return self._response(answer.status, answer.headers, encode(answer.body))

    def _now(self) -> datetime:
        return self.clock.date()

    def _of_tenant(self, request: Request, base: str, path: str, query: str) -> Response:
        self.login.authorize(_authorization(request))
        url = f"{base}{path}?{query}" if query else f"{base}{path}"
        body = _json_of(request.body)
        key = key_of(request.method, url, body)
        count = self.recording.count(key)
        if count:
            index = self._given.get(key, 0)
            self._given[key] = index + 1
            return self._replayed(self.recording.at(key, min(index, count - 1)), base)
        of_several, told = self._logs.answer(url, body)
        if told is not None:
            return self._response(200, {}, encode(told))
        if of_several:  # what is answered so is asked of each workspace alone
            raise RefusedError(400, "NotRecordedTogether", "These workspaces were not asked together.")
        message = (
            f"The recording holds no {request.method} {path}?{query}; it answers what was asked with the options of "
            f"`hwaudit emulate --recording`, above all --as-of {self.recording.manifest.as_of}."
        )
        raise RefusedError(501, "NotRecorded", message)

    def _replayed(self, exchange: Exchange, base: str) -> Response:
        answer = exchange.answer
        if answer is None:
            if exchange.failure == "timeout":
                return Response(504, {}, b"", delay=math.inf)
            body = b"{}"
            return Response(502, {}, body, cut=len(body) // _HALF) if exchange.failure == "cut" else _broken()
        headers = {str(name): str(value) for name, value in answer.get("headers", {}).items()}
        content = json.dumps(answer["json"]) if "json" in answer else str(answer.get("text", ""))
        # Links lead on to this door; nothing else in a recording is of these hosts.
        content = content.replace(ARM, base).replace(LOGS, base)
        return self._response(answer["status"], headers, content.encode(), exchange)

    def _response(
        self, status: int, headers: Mapping[str, str], body: bytes, exchange: Exchange | None = None
    ) -> Response:
        kept = {name: value for name, value in headers.items() if name.lower() != "date"}
        stamped = {"Content-Type": JSON_TYPE, **kept, "Date": self._date(status, headers, exchange)}
        return Response(status, stamped, body)

    def _date(self, status: int, headers: Mapping[str, str], exchange: Exchange | None) -> str:
        """The Date of an answer; one that asks to wait has its own, by which the moment that it names is measured."""
        told = next((value for name, value in headers.items() if name.lower() == "date"), None)
        if exchange is None or told is None:
            return format_datetime(self.clock.date(), usegmt=True)
        if status in _ASKING:
            return told
        return format_datetime(self.clock.date() + (parsedate_to_datetime(told) - exchange.sent), usegmt=True)


def _authorization(request: Request) -> str:
    return request.headers.get("Authorization") or request.headers.get("authorization") or ""


def _broken() -> Response:
    return Response(502, {}, b"", reset=True)


def _json_of(body: bytes) -> Any:
    try:
        return json.loads(body) if body else None
    except ValueError:
        return None
