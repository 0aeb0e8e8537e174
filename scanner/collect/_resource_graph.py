"""Enumerates in bulk by Resource Graph, which proves nothing: what it leaves out is asked again of ARM."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

from azure.core.rest import HttpRequest

from scanner.collect._answers import Answer, NotAnswered, body_or_missing
from scanner.collect._reader import Reader
from scanner.inventory import GapReason, Reading
from scanner.session import Session
from scanner.sessions import root_of

TYPES = (
    "microsoft.automation/automationaccounts",
    "microsoft.operationalinsights/workspaces",
    "microsoft.operationsmanagement/solutions",
    "microsoft.compute/virtualmachines",
    "microsoft.compute/virtualmachines/extensions",
    "microsoft.hybridcompute/machines",
    "microsoft.hybridcompute/machines/extensions",
)
"""All that a scan enumerates."""

VERSION = "2021-03-01"
"""The api-version of azure-mgmt-resourcegraph 8.0."""
MOST_OF_A_TENANT = 10_000
"""Subscriptions that one query looks into, without a word but a header about others (Microsoft, 2024)."""
MOST_SUBSCRIPTIONS = 1_000
"""Subscriptions of one query; Resource Graph takes up to 10,000, its own clients send 1,000."""
PAGE = 1_000
"""Rows of one page, Resource Graph's maximum."""

Row = Mapping[str, Any]


class Bulk:
    """The rows of each (subscription GUID, resource type), both lower-cased, and when they were read.

    A missing key proves nothing. `refusals` say why Resource Graph could not be used, of each subscription (its GUID)
    for which that is so.
    """

    def __init__(
        self,
        rows: dict[tuple[str, str], list[Row]],
        read_at: datetime,
        refusals: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self.rows = rows
        self.read_at = read_at
        self.refusals = refusals

    def of(self, subscription: str, type_: str) -> Sequence[Row]:
        """The rows of one type in one subscription that were not taken yet; none proves nothing."""
        return self.rows.get((subscription, type_), ())

    def take(self, subscription: str, type_: str) -> Sequence[Row]:
        """The rows of one type in one subscription, which are given up with that; none proves nothing."""
        return self.rows.pop((subscription, type_), ())


def query_of(types: tuple[str, ...]) -> str:
    """The query for all resources of these types, in KQL."""
    names = ", ".join(f"'{type_}'" for type_ in types)
    return (
        f"resources\n| where type in~ ({names})\n"
        "| project id, name, type, location, subscriptionId, identity, properties, plan\n| order by id asc"
    )


async def query(
    reader: Reader,
    subscriptions: list[str],
    on_page: Callable[[list[Row]], None],
    *,
    types: tuple[str, ...] = TYPES,
) -> Bulk:
    """Ask Resource Graph for all resources of `types`; never raises: ARM's lists stand behind it.

    Each login is asked for the subscriptions that are read through it. `on_page` is told the rows of each page as it
    comes, so that nobody waits for the last one.
    """
    shares = reader.sessions.shares(subscriptions)
    found = await asyncio.gather(*(_of_session(reader, session, held, on_page, types) for session, held in shares))
    rows = {key: many for share in found if not isinstance(share, str) for key, many in share.items()}
    refusals = {
        guid: share for (_, held), share in zip(shares, found, strict=True) if isinstance(share, str) for guid in held
    }
    return Bulk(rows, datetime.now(UTC), refusals)


async def _of_session(
    reader: Reader,
    session: Session,
    subscriptions: list[str],
    on_page: Callable[[list[Row]], None],
    types: tuple[str, ...],
) -> dict[tuple[str, str], list[Row]] | str:
    """The rows that one login is shown, or why it is shown none."""
    rows: dict[tuple[str, str], list[Row]] = {}
    try:
        for start in range(0, len(subscriptions), MOST_SUBSCRIPTIONS):
            chunk = subscriptions[start : start + MOST_SUBSCRIPTIONS]
            for row in await _query(reader, session, query_of(types), chunk, on_page):
                rows.setdefault((str(row["subscriptionId"]).lower(), str(row["type"]).lower()), []).append(row)
    except NotAnswered as outcome:
        return outcome.message[:200]
    return rows


async def _query(
    reader: Reader, session: Session, text: str, subscriptions: list[str], on_page: Callable[[list[Row]], None]
) -> list[Row]:
    rows: list[Row] = []
    token: str | None = None
    seen_tokens: set[str] = set()
    while True:
        answer = await _ask(reader, session, text, subscriptions, token)
        body: Any = body_or_missing(answer, listed_subscription=True)
        page = _rows(answer, body)
        on_page(page)
        rows += page
        token = body.get("$skipToken") or None
        if token is None:
            total = body.get("totalRecords")
            cut = isinstance(total, int) and total > len(rows)
            if cut or str(body.get("resultTruncated")).lower() == "true":
                raise answer.refused(GapReason.TRUNCATED, "Resource Graph cut its answer short")
            return rows
        if not isinstance(token, str) or token in seen_tokens:
            raise answer.refused(GapReason.MALFORMED, "Resource Graph's pages lead back to one another")
        seen_tokens.add(token)


async def _ask(reader: Reader, session: Session, text: str, subscriptions: list[str], token: str | None) -> Answer:
    options = {"resultFormat": "objectArray", "$top": PAGE} | ({"$skipToken": token} if token else {})
    request = HttpRequest(
        "POST",
        f"{session.cloud.arm}/providers/Microsoft.ResourceGraph/resources?api-version={VERSION}",
        json={"subscriptions": subscriptions, "query": text, "options": options},
        headers={"Accept": "application/json"},
    )
    # A denial costs nothing but calls, and everything waits for the answer.
    answer = await reader.send(session, "arm", request, Reading.RESOURCE_GRAPH, rank=0, second_look=False)
    if answer.headers.get("x-ms-tenant-subscription-limit-hit", "").lower() == "true":
        _tell_cut(reader, session, answer)
    return answer


def _tell_cut(reader: Reader, session: Session, answer: Answer) -> None:
    """Enter the Gap of a query over more subscriptions than Resource Graph takes; each is asked of ARM, too."""
    scope = root_of(session.tenant)
    if reader.plan(Reading.RESOURCE_GRAPH, scope):
        message = f"Resource Graph looked into {MOST_OF_A_TENANT:,} subscriptions only"
        reader.gap(Reading.RESOURCE_GRAPH, scope, answer.refused(GapReason.TRUNCATED, message))


def _rows(answer: Answer, body: Any) -> list[Row]:
    data = body.get("data") if isinstance(body, dict) else None
    rows = data if isinstance(data, list) else None
    if rows is None or not all(
        isinstance(row, dict) and {"id", "type", "subscriptionId"} <= row.keys() for row in rows
    ):
        raise answer.refused(GapReason.MALFORMED, "Resource Graph answered without rows")
    return rows
