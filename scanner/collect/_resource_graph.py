"""Enumerates in bulk by Resource Graph, which proves nothing: what it leaves out is asked again of ARM."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec
from azure.core.exceptions import AzureError

from scanner.collect._answers import anonymous
from scanner.collect._limiter import Limiter
from scanner.errors import StartError
from scanner.session import Session

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

MOST_SUBSCRIPTIONS = 1_000
"""Subscriptions of one query; Resource Graph takes up to 10,000, its own clients send 1,000."""
PAGE = 1_000
"""Rows of one page, Resource Graph's maximum."""

Row = Mapping[str, Any]


class Bulk(msgspec.Struct, frozen=True):
    """The rows of each (subscription GUID, resource type), both lower-cased, and when they were read.

    A missing key proves nothing. `refusal` says why Resource Graph could not be used, empty when it could.
    """

    rows: Mapping[tuple[str, str], tuple[Mapping[str, Any], ...]]
    read_at: datetime
    refusal: str = ""

    def of(self, subscription: str, type_: str) -> tuple[Mapping[str, Any], ...]:
        """The rows of one type in one subscription; none proves nothing."""
        return self.rows.get((subscription, type_), ())


def query_of(types: tuple[str, ...]) -> str:
    """The query for all resources of these types, in KQL."""
    names = ", ".join(f"'{type_}'" for type_ in types)
    return (
        f"resources\n| where type in~ ({names})\n"
        "| project id, name, type, location, subscriptionId, identity, properties, plan\n| order by id asc"
    )


async def query(
    session: Session,
    limiter: Limiter,
    subscriptions: list[str],
    on_page: Callable[[list[Row]], None],
    *,
    types: tuple[str, ...] = TYPES,
) -> Bulk:
    """Ask Resource Graph for all resources of `types`; never raises: ARM's lists stand behind it.

    `on_page` is told the rows of each page as it comes, so that nobody waits for the last one.
    """
    rows: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    try:
        for start in range(0, len(subscriptions), MOST_SUBSCRIPTIONS):
            chunk = subscriptions[start : start + MOST_SUBSCRIPTIONS]
            for row in await _query(session, limiter, query_of(types), chunk, on_page):
                rows.setdefault((str(row["subscriptionId"]).lower(), str(row["type"]).lower()), []).append(row)
    except (AzureError, StartError, _Unusable) as error:
        # The text of an HttpResponseError would go on with the whole body.
        told = error.message if isinstance(error, AzureError) else str(error)
        return Bulk({}, datetime.now(UTC), refusal=anonymous(told)[:200])
    return Bulk({key: tuple(found) for key, found in rows.items()}, datetime.now(UTC))


class _Unusable(Exception):
    pass


async def _query(
    session: Session, limiter: Limiter, text: str, subscriptions: list[str], on_page: Callable[[list[Row]], None]
) -> list[Row]:
    from azure.mgmt.resourcegraph.models import QueryRequest, QueryRequestOptions  # noqa: PLC0415 - loads with a scan

    rows: list[Row] = []
    token: str | None = None
    seen_tokens: set[str] = set()
    while True:
        options = QueryRequestOptions(result_format="objectArray", top=PAGE, skip_token=token)
        async with limiter.slot(0):
            answer = await _ask(session, QueryRequest(query=text, subscriptions=subscriptions, options=options))
        page = _rows(answer)
        on_page(page)
        rows += page
        token = answer.skip_token
        if not token:
            total = answer.total_records
            if str(answer.result_truncated).lower() == "true" or (isinstance(total, int) and total > len(rows)):
                raise _Unusable("Resource Graph cut its answer short")
            return rows
        if token in seen_tokens:
            raise _Unusable("Resource Graph's pages lead back to one another")
        seen_tokens.add(token)


async def _ask(session: Session, request: Any) -> Any:
    try:
        return await session.resource_graph.resources(request)
    except (ValueError, TypeError, AttributeError, KeyError) as error:  # what the SDK lets escape on an odd 200
        raise _Unusable(f"Resource Graph answered something unreadable ({type(error).__name__})") from error


def _rows(answer: Any) -> list[Row]:
    data = getattr(answer, "data", None)
    rows = data if isinstance(data, list) else None
    if rows is None or not all(
        isinstance(row, dict) and {"id", "type", "subscriptionId"} <= row.keys() for row in rows
    ):
        raise _Unusable("Resource Graph answered without rows")
    return rows
