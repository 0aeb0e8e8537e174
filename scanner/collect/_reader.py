"""The Reader: the one place where a planned read becomes an answer or a Gap.

It sends through the SDK clients' public `send_request`, not through their list methods: those take an answer without
`value` for an empty list, rewrite the links to the next page, and follow a link to itself for ever. A link is opaque
here; it is followed as it was written, to hosts of the session's cloud only.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Literal, TypeVar, cast
from urllib.parse import quote

import msgspec
from azure.core.exceptions import AzureError
from azure.core.rest import HttpRequest
from multidict import CIMultiDict

from scanner.collect._answers import (
    LOGIN_FAILED,
    Answer,
    NotAnswered,
    body_or_missing,
    not_answered,
    offered_version,
)
from scanner.collect._pages import ITEMS, Parse, R, next_page, read_item, read_one, values_of
from scanner.collect._progress import Progress
from scanner.errors import RefusedRequest, StartError
from scanner.inventory import Answered, ArmId, Gap, GapReason, Read, Reading, Resource
from scanner.inventory.journal import Journal, Record
from scanner.session import Session
from scanner.sessions import Sessions

LONG_BODY = 1 << 18
"""Bytes from which on a body is read beside the other work."""
MOST_PAGES = 10_000
"""Pages of one list after which it counts as endless; Automation's pages hold 100 items."""

Beside = TypeVar("Beside", bound=Resource)

# ARM compares type segments without case, yet not every server in between does: write them as the API does.
_SEGMENTS = {
    word.lower(): word
    for word in (
        "subscriptions", "resourceGroups", "providers", "Microsoft.Automation", "automationAccounts", "connections",
        "hybridRunbookWorkerGroups", "hybridRunbookWorkers", "Microsoft.OperationalInsights", "workspaces",
        "runbooks", "jobs", "Microsoft.Compute", "virtualMachines", "Microsoft.HybridCompute", "machines",
        "Microsoft.Network", "networkInterfaces", "virtualNetworks", "subnets", "networkSecurityGroups",
    )
}  # fmt: skip
_NAMESPACE_AT = 5


ClientName = Literal[
    "automation", "log_analytics", "subscriptions", "arm", "logs"
]  # fmt: skip


class Endpoint(msgspec.Struct, frozen=True):
    """Where one kind of read goes; `child` is appended to the scope's id, `rank` tells how soon (0 first).

    `query` holds fixed query options, without the api-version: `$expand=instanceView`, say. `accept` is the media type
    that the SDK's own operation asks for.
    """

    reading: Reading
    client: ClientName
    api_version: str
    child: str = ""
    rank: int = 2
    query: str = ""
    accept: str = "application/json"

    def url(self, scope: ArmId, query: str = "") -> str:
        """The request's path with every name quoted, and the query options, `query` being quoted already."""
        options = "&".join(part for part in (self.query, query) if part)
        return f"{self.path(scope)}?{options}" if options else self.path(scope)

    def path(self, scope: ArmId) -> str:
        """The request's path, with every name quoted."""
        return _written(scope.text) + (f"/{self.child}" if self.child else "")


@lru_cache(maxsize=4096)
def _written(id_: str) -> str:
    """An ARM id as a path: every name quoted. An account's is asked for a dozen times in a row."""
    segments = id_.strip("/").split("/")
    return "".join(
        "/" + (_SEGMENTS.get(word.lower(), word) if at % 2 == 0 or at == _NAMESPACE_AT else quote(word, safe=""))
        for at, word in enumerate(segments)
    )


class Reader:
    """Carries out planned reads and keeps what they brought; what its journal holds is not read again.

    Each is sent through the session that reads what lies at its scope, if there are several.
    """

    def __init__(
        self,
        session: Session | Sessions,
        progress: Progress,
        skipped: frozenset[Reading] = frozenset(),
        journal: Journal | None = None,
    ) -> None:
        self.sessions = session if isinstance(session, Sessions) else Sessions((session,))
        self.skipped = skipped
        self.journal = journal or Journal()
        self.resources: list[Resource] = []
        self.listed_subscriptions: frozenset[str] = frozenset()
        self.progress = progress
        self._reads: dict[tuple[Reading, str], Read] = {}
        self._extra_reads: list[Read] = []
        self._with_malformed_items: set[tuple[Reading, str]] = set()
        self._open: dict[tuple[Reading, str], str] = {}
        self._versions: dict[Endpoint, str] = {}
        self._began = _now()
        self._kept_anew: set[str] = set()

    # -- the ledger -------------------------------------------------------------------------------------------

    def plan(self, reading: Reading, scope: ArmId) -> bool:
        """Enter a read into the ledger before it starts; False when it was planned already."""
        key = (reading, scope.key)
        if key in self._open or key in self._reads:
            return False
        self._open[key] = scope.text
        self.progress.planned()
        return True

    def answer(
        self,
        reading: Reading,
        scope: ArmId,
        *,
        items: int,
        missing: bool = False,
        at: datetime | None = None,
        resources: Iterable[Resource] = (),
        beside: Iterable[Resource] | None = None,
        flaws: Iterable[Read] = (),
        bulk: bool = False,
    ) -> None:
        """Enter an answered read, into the journal with what it brought; that is kept by the caller."""
        read = Read(scope=scope.text, reading=reading, read_at=at or _now(), answered=Answered(items, missing))
        brought, found_beside = tuple(resources), tuple(beside or ())
        self.journal.write(Record(read=read, resources=brought, beside=found_beside, flaws=tuple(flaws), bulk=bulk))
        self._close(read, scope)

    def recall(self, reading: Reading, scope: ArmId) -> Record | None:
        """Enter a read that the journal holds; returns what it brought, None when it is to be asked."""
        record = self.journal.recall(reading, scope)
        if record is not None:
            self._close(msgspec.structs.replace(record.read, scope=scope.text), scope)
            for flaw in record.flaws:
                self._enter_flaw(flaw, scope)
        return record

    def gap(self, reading: Reading, scope: ArmId, outcome: NotAnswered) -> None:
        """Enter a read that was not answered."""
        gap = Gap(
            scope=scope.text,
            reading=reading,
            reason=outcome.reason,
            status=outcome.status,
            code=outcome.code,
            message=outcome.message,
            action=(outcome.action or reading.operation) if outcome.lacks_permission else None,
            request_id=outcome.request_id,
        )
        self._close(Read(scope=scope.text, reading=reading, read_at=_now(), gap=gap), scope)

    def _close(self, read: Read, scope: ArmId) -> None:
        key = (read.reading, scope.key)
        self._open.pop(key, None)
        ended_before = key in self._reads
        self._reads[key] = read
        if not ended_before:
            self.progress.done(gap=read.gap is not None)

    def answered(self, reading: Reading, scope: ArmId) -> bool:
        """Tell whether the read was answered in full, every item of a list included."""
        read = self._reads.get((reading, scope.key))
        return read is not None and read.gap is None and (reading, scope.key) not in self._with_malformed_items

    def reads(self) -> list[Read]:
        """All reads; what was planned and did not end is a Gap of reason interrupted."""
        for (reading, _), scope in list(self._open.items()):
            self.gap(
                reading,
                ArmId(scope),
                NotAnswered(GapReason.INTERRUPTED, "the scan was interrupted before this read ended"),
            )
        return [*self._reads.values(), *self._extra_reads]

    def keep(self, resource: Resource) -> None:
        """Add a resource to what was seen."""
        self.resources.append(resource)
        if self.journal.resumed and resource.read_at >= self._began:
            self._kept_anew.add(resource.id.key)
        self.progress.found(resource)

    # -- reading ----------------------------------------------------------------------------------------------

    def skip(self, reading: Reading, scope: ArmId, why: str = "left out by --skip") -> None:
        """Enter a read that the user did not want, or not in full; what was read of it stays."""
        self.plan(reading, scope)
        self.gap(reading, scope, NotAnswered(GapReason.SKIPPED, why))

    async def collection(
        self,
        endpoint: Endpoint,
        scope: ArmId,
        parse: Parse[R],
        *,
        query: str = "",
        most_pages: int | None = None,
        keep: Callable[[R], bool] = lambda _: True,
        beside: list[Beside] | None = None,
    ) -> list[R]:
        """Read all pages of a collection, and return what could be read of it; the ledger tells how much that was.

        A page that fails ends the list: the pages before it are kept, the rest is the Gap; so it is beyond
        `most_pages`. An item that is malformed is a Gap of its own and its neighbours are kept. An item that `parse`
        answers with None is left out; one that `keep` refuses is returned, and does not become part of the estate.
        `beside` is the list into which `parse` puts what else an item holds.
        """
        self.plan(endpoint.reading, scope)
        if endpoint.reading in self.skipped:
            self.skip(endpoint.reading, scope)
            return []
        record = self.recall(endpoint.reading, scope)
        if record is not None:
            return self._kept_of(record, keep, beside)
        found: dict[str, R] = {}
        flaws: list[Read] = []
        received = 0
        try:
            async for items, answer in self._pages(endpoint, scope, query, most_pages or MOST_PAGES):
                received += len(items)
                for item in items:
                    resource = read_one(answer, endpoint.reading, scope, item, parse)
                    if isinstance(resource, Read):
                        flaws.append(resource)
                        self._enter_flaw(resource, scope)
                    elif resource is not None:
                        self._add(resource, found, keep)
        except _NoSuchThing:
            self.answer(endpoint.reading, scope, items=0, missing=True)
        except NotAnswered as outcome:
            self.gap(endpoint.reading, scope, outcome)
        else:
            brought = found.values()
            self.answer(endpoint.reading, scope, items=received, resources=brought, beside=beside, flaws=flaws)
        return list(found.values())

    def _add(self, resource: R, found: dict[str, R], keep: Callable[[R], bool]) -> None:
        if resource.id.key not in found:
            found[resource.id.key] = resource
            if keep(resource):
                self.keep(resource)

    def _kept_of(self, record: Record, keep: Callable[[R], bool], beside: list[Beside] | None) -> list[R]:
        found = cast("list[R]", list(record.resources))
        for resource in found:
            if keep(resource):
                self.keep(resource)
        if beside is not None:
            beside.extend(cast("tuple[Beside, ...]", record.beside))
        return found

    async def item(
        self, endpoint: Endpoint, scope: ArmId, parse: Parse[R], *, beside: list[Beside] | None = None
    ) -> R | None:
        """Read one item; None when the service says that it does not exist, or when it is a Gap.

        `beside` is the list into which `parse` puts what else the item holds.
        """

        def read(answer: Answer) -> R | None:
            body = body_or_missing(answer, listed_subscription=self._is_listed(scope))
            if body is None and answer.status == 200:  # noqa: PLR2004
                raise answer.refused(GapReason.MALFORMED, "the answer is null")
            return None if body is None else read_item(answer, endpoint.reading, scope, body, parse)

        return await self._one(endpoint, scope, read, beside)

    async def document(self, endpoint: Endpoint, scope: ArmId, parse: Callable[[bytes, datetime], R]) -> R | None:
        """Read one document that is no JSON, such as a runbook's content; otherwise as `item`."""

        def read(answer: Answer) -> R | None:
            if answer.status == 200:  # noqa: PLR2004
                if "html" in answer.headers.get("Content-Type", "").lower():  # a proxy's page: no runbook is HTML
                    raise answer.refused(GapReason.MALFORMED, "the answer is an HTML page")
                return parse(answer.body, answer.read_at)
            body_or_missing(answer, listed_subscription=self._is_listed(scope))
            return None

        return await self._one(endpoint, scope, read)

    async def _one(
        self,
        endpoint: Endpoint,
        scope: ArmId,
        read: Callable[[Answer], R | None],
        beside: list[Beside] | None = None,
    ) -> R | None:
        self.plan(endpoint.reading, scope)
        if endpoint.reading in self.skipped:
            self.skip(endpoint.reading, scope)
            return None
        # An item is newer than its list: where the list had to be read again, so must the item.
        record = None if self._is_outdated(endpoint, scope) else self.recall(endpoint.reading, scope)
        if record is not None:
            return next(iter(self._kept_of(record, lambda _: True, beside)), None)
        try:
            answer = await self._fetch(endpoint, scope, endpoint.url(scope))
            # A long text takes seconds to read: other reads go on meanwhile.
            long = len(answer.body) > LONG_BODY
            resource = await asyncio.to_thread(read, answer) if long else read(answer)
        except NotAnswered as outcome:
            self.gap(endpoint.reading, scope, outcome)
            return None
        missing = answer.status != 200  # noqa: PLR2004
        found = (resource,) if resource is not None else ()
        self.answer(
            endpoint.reading,
            scope,
            items=int(not missing),
            missing=missing,
            at=answer.read_at,
            resources=found,
            beside=beside,
        )
        if resource is not None:
            self.keep(resource)
        return resource

    def _is_outdated(self, endpoint: Endpoint, scope: ArmId) -> bool:
        return endpoint.reading in ITEMS and scope.key in self._kept_anew

    async def _pages(
        self, endpoint: Endpoint, scope: ArmId, query: str, most_pages: int
    ) -> AsyncIterator[tuple[list[Any], Answer]]:
        url: str | None = endpoint.url(scope, query)
        visited: set[str] = set()
        while url is not None:
            visited.add(url)
            answer = await self._fetch(endpoint, scope, url)
            body = body_or_missing(answer, listed_subscription=self._is_listed(scope))
            if body is None and answer.status != 200:  # noqa: PLR2004
                if len(visited) > 1:
                    raise answer.refused(GapReason.FAILED, "the list broke off: a later page does not exist")
                raise _NoSuchThing
            yield values_of(answer, endpoint.reading, body), answer
            url = next_page(answer, body, self._absolute(url))
            if url in visited:
                raise answer.refused(GapReason.MALFORMED, "the list's pages lead back to one another")
            if url is not None and len(visited) >= most_pages:
                raise answer.refused(GapReason.TRUNCATED, f"the list goes on after {most_pages} pages")

    def _enter_flaw(self, flaw: Read, scope: ArmId) -> None:
        """Enter a malformed item of the list at `scope`."""
        self.progress.planned()
        self.progress.done(gap=True)
        self._with_malformed_items.add((flaw.reading, scope.key))
        self._extra_reads.append(flaw)

    def _is_listed(self, scope: ArmId) -> bool:
        return not scope.subscription_id or scope.subscription_id in self.listed_subscriptions

    async def _fetch(self, endpoint: Endpoint, scope: ArmId, url: str) -> Answer:
        version = self._versions.get(endpoint, endpoint.api_version)
        answer = await self._send(endpoint, scope, _versioned(url, version))
        offered = offered_version(answer, version)
        if offered is not None and version == endpoint.api_version:
            self._versions[endpoint] = offered
            answer = await self._send(endpoint, scope, _versioned(url, offered))
        return answer

    async def _send(self, endpoint: Endpoint, scope: ArmId, url: str) -> Answer:
        request, session = _Get(self._absolute(url), endpoint.accept), self.sessions.of(scope)
        return await self.send(session, endpoint.client, request, endpoint.reading, endpoint.rank)

    def _absolute(self, url: str) -> str:
        return self.sessions.cloud.arm + url if url.startswith("/") else url

    async def send(
        self,
        session: Session,
        client_name: ClientName,
        request: HttpRequest,
        reading: Reading,
        rank: int = 2,
        *,
        second_look: bool = True,
    ) -> Answer:
        """Send one request through a session, at its turn; raises NotAnswered when no HTTP answer came.

        Without `second_look` a 403 is taken at its word.
        """
        client, options = getattr(session, client_name), {"rank": rank, "kind": reading.value}
        try:
            response = await client.send_request(request, second_look=second_look, **options)
        except AzureError as error:
            raise not_answered(error) from error
        except StartError as error:  # a login that must be renewed on the way, and cannot
            raise NotAnswered(GapReason.DENIED, error.message, code=LOGIN_FAILED) from error
        except RefusedRequest as error:
            raise NotAnswered(GapReason.MALFORMED, error.message, status=200) from error
        return Answer(response.status_code, response.headers, response.content, _now())


class _Get(HttpRequest):
    """A GET that is sent as it is, once.

    The SDKs' clients copy each request, and azure-core's own headers are slow to read: both would cost as much as
    sending it.
    """

    def __init__(self, url: str, accept: str) -> None:
        super().__init__("GET", url)
        self.headers = CIMultiDict(Accept=accept)

    def __deepcopy__(self, memo: object = None) -> _Get:
        return self


class _NoSuchThing(Exception):
    """The service says that the collection's owner does not exist."""


def _versioned(url: str, version: str) -> str:
    """Add the api-version to a URL that does not bring one; a next link usually does."""
    if "api-version=" in url.lower():
        return url
    return f"{url}{'&' if '?' in url else '?'}api-version={version}"


def _now() -> datetime:
    return datetime.now(UTC)
