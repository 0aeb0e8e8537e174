"""What every answer of Azure Resource Manager shares: requests, errors, pages, identifiers and times."""

import base64
import binascii
import json
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache
from typing import Literal, Protocol, TypeVar
from urllib.parse import quote
from zlib import crc32

import msgspec

from scanner.emulator.access import Rights
from scanner.emulator.directory import Directory

Item = TypeVar("Item")
Json = dict[str, object]

BLANKS = (None, "")
PAGING = ("$skip", "$skiptoken")
"""The options, in lower case, that a nextLink adds to those of the first request."""

NEVER = "0001-01-01T00:00:00+00:00"
"""What Automation sends as the last contact of a worker that never reported."""

OFFSETS = (UTC, timezone(timedelta(hours=5, minutes=30)), timezone(-timedelta(hours=7)), UTC)
FRACTIONS = (7, 2, 3, 6, 0)
TICKS = 7
"""Digits of .NET's finest time, one more than Python's."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request as it arrives: the URL is absolute, header names compare without case."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Response:
    """One answer; the door lets `delay` seconds pass first and breaks the connection where told.

    `cut` is the number of body bytes that arrive before the connection breaks; with `reset` not even a status does.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    delay: float = 0.0
    cut: int | None = None
    reset: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """A handler's answer: a body that JSON can carry, or bytes that go out as they are, and the headers it adds."""

    body: object
    headers: Mapping[str, str] = field(default_factory=dict)
    status: int = 200


class RefusedError(Exception):
    """An error answer, in the body shape of the service that gives it."""

    def __init__(
        self, status: int, code: str, message: str, *, headers: Mapping[str, str] | None = None, body: object = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.headers = dict(headers or {})
        self.body = body if body is not None else {"error": {"code": code, "message": message}}


Across = Literal["evaluated", "own_table", "own_workspace", "refused"]
"""How log queries are answered that name other workspaces: as the service does; with all rows of the path's workspace;
as if each name were that of the path's workspace; or with 400."""


@dataclass(frozen=True, slots=True)
class Call:
    """What a handler is told about one request: variable segments and query options by lower-case name."""

    base: str
    path: str
    query: Mapping[str, str]
    names: Mapping[str, str]
    body: bytes
    directory: Directory
    page_size: int
    seed: int
    rights: Rights
    across: Across = "evaluated"
    authorization: str = ""
    """The Authorization header, for routes that admit by themselves."""


Handler = Callable[[Call], Answer]


@dataclass(frozen=True, slots=True)
class Route:
    """A path template with `{names}`, the RBAC action it needs and the api-versions it knows, oldest first.

    `collection` routes take a paging option; `open` ones need no token; `options` are further query options that the
    route takes, in lower case, such as `$filter`. A handler of `own_rights` refuses by itself whom it does not let in.
    What a `fresh` one answers is asked of its handler each time.
    """

    method: str
    template: str
    operation: str
    versions: tuple[str, ...]
    handler: Handler
    collection: bool = False
    open: bool = False
    own_rights: bool = False
    options: tuple[str, ...] = ()
    fresh: bool = False

    @property
    def namespace(self) -> str:
        """The resource provider that answers, such as Microsoft.Automation."""
        return self.operation.partition("/")[0]


def encode(body: object) -> bytes:
    """The bytes of a JSON body, without the blanks that Azure does not send either."""
    return msgspec.json.encode(body)


def digest(*parts: object) -> int:
    """A number that depends on nothing but the parts; it picks which odd habit a resource shows."""
    return crc32("\n".join([str(part) for part in parts]).encode())


def guid(*parts: object) -> str:
    """A GUID that depends on nothing but the parts."""
    return _guid_of("\n".join([str(part) for part in parts]).lower())


@lru_cache(maxsize=1 << 14)
def _guid_of(name: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, name))


class Identified(Protocol):
    """A resource that may have a managed identity, such as `SystemAssigned` or `SystemAssigned, UserAssigned`."""

    @property
    def id(self) -> str:
        """The full ARM id."""

    @property
    def name(self) -> str:
        """The resource's own name."""

    @property
    def identity(self) -> str | None:
        """The kind of identity, None for none."""


def add_identity(body: Json, resource: Identified, home: str) -> None:
    """Without an identity the key is absent, not null; `home` is the tenant of the identity."""
    if resource.identity is None:
        return
    identity: Json = {"type": resource.identity}
    if "SystemAssigned" in resource.identity:
        identity |= {"principalId": guid(resource.id, "principal"), "tenantId": home}
    if "UserAssigned" in resource.identity:
        parent = resource.id.partition("/providers/")[0]
        name = f"{parent}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/id-{resource.name}"
        ids = {"principalId": guid(name, "principal"), "clientId": guid(name, "client")}
        identity["userAssignedIdentities"] = {name: ids}
    body["identity"] = identity


@lru_cache(maxsize=1 << 14)
def stamp(moment: datetime, key: str) -> str:
    """Automation's way with times: 0 to 7 digits of fraction, and the offset of whichever region answers."""
    choice = digest(key)
    local = moment.astimezone(OFFSETS[choice % len(OFFSETS)])
    return f"{local:%Y-%m-%dT%H:%M:%S}{_fraction(local, FRACTIONS[choice // 8 % len(FRACTIONS)])}{_offset(local)}"


def zulu(moment: datetime) -> str:
    """Log Analytics' way with times: seven digits and a Z."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%f}0Z"


def _fraction(moment: datetime, digits: int) -> str:
    """The fraction of a second in that many digits, or in six where fewer would change the value."""
    micro = f"{moment.microsecond:06d}"
    if digits == TICKS:
        return f".{micro}0"
    if micro[digits:].strip("0"):
        return f".{micro}"
    return f".{micro[:digits]}" if digits else ""


def _offset(moment: datetime) -> str:
    text = f"{moment:%z}"
    return f"{text[:3]}:{text[3:]}"


def page(
    call: Call,
    items: Sequence[Item],
    render: Callable[[Item], object],
    key: Callable[[Item], str],
    *,
    ends: bool = True,
    extra: Mapping[str, object] | None = None,
) -> Answer:
    """One page of a collection in an order of its own, with one of the nextLink forms that ARM is known to send.

    Some collections have an empty page that goes on. With `ends` the last page may say `null` or `""`, as Automation
    never does; `extra` members are on every page.
    """
    shuffled = sorted(items, key=lambda item: digest(call.seed, key(item)))
    size = call.page_size
    pages = [shuffled[start : start + size] for start in range(0, len(shuffled), size)] or [[]]
    habit = digest(call.seed, call.path.lower())
    if len(pages) > 1 and habit % 3 == 1:
        pages.insert(habit // 3 % 2, [])
    number = _page_number(call.query, len(pages), size)
    body: Json = {"value": [render(item) for item in pages[number]], **(extra or {})}
    if number + 1 < len(pages):
        body["nextLink"] = _next_link(call, habit, number + 1, size)
    elif ends and habit % 5 < len(BLANKS):
        body["nextLink"] = BLANKS[habit % 5]
    return Answer(body)


def _page_number(query: Mapping[str, str], pages: int, size: int) -> int:
    number = 0
    if "$skip" in query:
        skipped = int(query["$skip"]) if query["$skip"].isdecimal() else -1
        number = skipped // size if skipped % size == 0 else -1
    elif "$skiptoken" in query:
        number = read_token(query["$skiptoken"])
    if not 0 <= number < pages:
        shown = query.get("$skip", query.get("$skiptoken"))
        raise RefusedError(
            400, "InvalidSkipToken", f"The skip token or count '{shown}' does not belong to this collection."
        )
    return number


def write_token(number: int) -> str:
    """An opaque continuation token, with the padding that a URL must escape."""
    return base64.b64encode(encode({"token": number})).decode()


def read_token(token: str) -> int:
    """The number within a continuation token; -1 for any text that is not one."""
    try:
        content = json.loads(base64.b64decode(token, validate=True))
    except (binascii.Error, ValueError):
        return -1
    number = content.get("token") if isinstance(content, dict) else None
    return number if isinstance(number, int) else -1


def same_options(call: Call) -> str:
    """The query of a link to another page of what was asked for, without the page."""
    asked = ((name, value) for name, value in call.query.items() if name not in PAGING)
    return "&".join(f"{name}={quote(value, safe='')}" for name, value in asked)


def _next_link(call: Call, habit: int, number: int, size: int) -> str:
    """One of the recorded forms: the port named and `$skip`, `%24skiptoken`, relative, `$skipToken`."""
    token, asked = quote(write_token(number), safe=""), same_options(call)
    named_port = call.base if call.base.rpartition(":")[2].isdecimal() else f"{call.base}:443"
    forms = (
        f"{named_port}{call.path}?{asked}&$skip={number * size}",
        f"{call.base}{call.path}?{asked}&%24skiptoken={token}",
        f"{call.path}?{asked}&$skiptoken={token}",
        f"{call.base}{call.path}?$skipToken={token}&{asked}",
    )
    return forms[habit // 7 % len(forms)]
