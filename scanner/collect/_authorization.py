"""What Azure tells a login about itself: its effective permissions, its tenants, and what subscriptions are set up for.

Nothing of this belongs to a scan: what was not answered is told in words, and no Gap.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final, TypeVar

import msgspec
from azure.core.exceptions import AzureError
from azure.core.rest import HttpRequest

from scanner.collect._answers import Answer, NotAnswered, body_or_missing, not_answered
from scanner.errors import HwauditError
from scanner.inventory import GapReason
from scanner.session import Session

PERMISSIONS_VERSION: Final = "2022-04-01"
"""The api-version of Permissions_ListForResourceGroup; other scopes answer it alike."""
PROVIDERS_VERSION: Final = "2021-04-01"
TENANTS_VERSION: Final = "2022-12-01"
"""The api-version of azure-mgmt-resource-subscriptions 1.0."""
READ_PERMISSIONS: Final = "Microsoft.Authorization/permissions/read"
READ_PROVIDERS: Final = "Microsoft.Resources/subscriptions/providers/read"
_MOST_PAGES = 100

T = TypeVar("T")


class Permission(msgspec.Struct, frozen=True, rename="camel"):
    """What one role lets the login do at a scope, as Azure writes it: `*` in an action stands for any text.

    An entry without `actions` or `not_actions` tells nothing: what is left out there is not the same as none.
    """

    actions: tuple[str, ...]
    not_actions: tuple[str, ...]
    data_actions: tuple[str, ...] = ()
    not_data_actions: tuple[str, ...] = ()


class KnownTenant(msgspec.Struct, frozen=True, rename="camel"):
    """A tenant that the login can reach; `tenant_category` is Home, ManagedBy or ProjectedBy."""

    tenant_id: str
    display_name: str | None = None
    default_domain: str | None = None
    tenant_category: str | None = None


class Unanswered(msgspec.Struct, frozen=True):
    """Why something was not told, in one line."""

    because: str


class _Provider(msgspec.Struct, frozen=True, rename="camel"):
    registration_state: str


async def read_permissions(session: Session, scope: str) -> tuple[Permission, ...] | Unanswered:
    """The effective permissions of the login at a scope (an ARM id), from all assignments there and above."""
    path = f"{scope}/providers/Microsoft.Authorization/permissions?api-version={PERMISSIONS_VERSION}"
    return await _list(session, path, Permission)


async def read_tenants(session: Session) -> tuple[KnownTenant, ...] | Unanswered:
    """The tenants that the login can reach."""
    return await _list(session, f"/tenants?api-version={TENANTS_VERSION}", KnownTenant)


async def read_registration(session: Session, subscription: str, namespace: str) -> str | Unanswered:
    """The registrationState of a resource provider in a subscription (its GUID), such as Registered."""
    path = f"/subscriptions/{subscription}/providers/{namespace}?api-version={PROVIDERS_VERSION}"
    try:
        return msgspec.convert(await _get(session, session.cloud.arm + path), _Provider).registration_state
    except NotAnswered as outcome:
        return Unanswered(f"{outcome.reason}: {outcome.message}")
    except msgspec.ValidationError:
        return Unanswered("malformed: the answer names no registrationState")


async def _list(session: Session, path: str, kind: type[T]) -> tuple[T, ...] | Unanswered:
    """All pages of a list; half a list would tell too little, and is none."""
    url: str | None = session.cloud.arm + path
    found: list[T] = []
    try:
        for _ in range(_MOST_PAGES):
            if url is None:
                return tuple(found)
            body = await _get(session, url)
            found += msgspec.convert(body.get("value"), list[kind])  # type: ignore[valid-type]
            url = body.get("nextLink") or None
    except NotAnswered as outcome:
        return Unanswered(f"{outcome.reason}: {outcome.message}")
    except msgspec.ValidationError:
        return Unanswered("malformed: the answer is not the list that was asked for")
    return Unanswered(f"truncated: the list goes on after {_MOST_PAGES} pages")


async def _get(session: Session, url: str) -> Mapping[str, Any]:
    target = session.cloud.arm + url if url.startswith("/") else url
    try:
        response = await session.arm.send_request(HttpRequest("GET", target), kind="authorization", second_look=False)
    except AzureError as error:
        raise not_answered(error) from error
    except HwauditError as error:
        raise NotAnswered(GapReason.FAILED, error.message) from error
    answer = Answer(response.status_code, response.headers, response.content, datetime.now(UTC))
    body = body_or_missing(answer, listed_subscription=True)
    if not isinstance(body, dict):
        raise answer.refused(GapReason.FAILED, "the service knows no such thing")
    return body
