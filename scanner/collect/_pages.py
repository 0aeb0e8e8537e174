"""What a page of a list, or one item, says: its items, the next page, and where an item must lie."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, TypeVar
from urllib.parse import urljoin, urlsplit

from scanner.collect._answers import Answer, NotAnswered
from scanner.collect._wire import Malformed
from scanner.inventory import ArmId, Gap, GapReason, Read, Reading, Resource

R = TypeVar("R", bound=Resource)
Parse = Callable[[Mapping[str, Any], datetime], R | None]

_LISTS_OF_CHILDREN = frozenset({
    Reading.GROUPS, Reading.WORKERS, Reading.CERTIFICATES, Reading.CONNECTIONS, Reading.RUNBOOKS, Reading.JOBS,
    Reading.JOB_SCHEDULES, Reading.SCHEDULES, Reading.WEBHOOKS, Reading.CREDENTIALS, Reading.RUNTIME_ENVIRONMENTS,
    Reading.MODULES, Reading.VARIABLES, Reading.DSC_NODES, Reading.PRIVATE_ENDPOINTS,
    Reading.VM_EXTENSIONS, Reading.ARC_EXTENSIONS,
})  # fmt: skip
ITEMS = frozenset({
    Reading.ACCOUNT, Reading.CONNECTION, Reading.WORKSPACE, Reading.JOB, Reading.VIRTUAL_MACHINE, Reading.ARC_MACHINE,
    Reading.NETWORK_INTERFACE, Reading.SUBNET, Reading.SECURITY_GROUP,
})  # fmt: skip


def values_of(answer: Answer, reading: Reading, body: Any) -> list[Any]:
    """Return the items of a page; some lists of Log Analytics are bare arrays, and no others."""
    is_bare = isinstance(body, list) and reading.operation.startswith("Microsoft.OperationalInsights/")
    values = body if is_bare else body.get("value") if isinstance(body, dict) else None
    if not isinstance(values, list):
        raise answer.refused(GapReason.MALFORMED, "the answer has no list of values")
    return values


def next_page(answer: Answer, body: Any, here: str) -> str | None:
    """Return the absolute address of the next page, None at the list's end; the guard decides on its host."""
    link = body.get("nextLink") if isinstance(body, dict) else None
    if link is None or link == "":
        return None
    try:
        target = urljoin(here, link.strip()) if isinstance(link, str) and link.strip() else ""
        target.encode()  # half a surrogate pair is part of no address
        scheme, _ = urlsplit(target).scheme, urlsplit(target).port
    except ValueError as error:
        raise answer.refused(GapReason.MALFORMED, "nextLink cannot be read") from error
    if scheme != "https":
        raise answer.refused(GapReason.MALFORMED, "nextLink is not an https address")
    # The SDK's send_request fills in braces as a template's fields.
    return target.replace("{", "%7B").replace("}", "%7D")


def read_item(answer: Answer, reading: Reading, scope: ArmId, item: Any, parse: Parse[R]) -> R | None:
    """Parse one resource; raises NotAnswered for a malformed one, with the request id of the answer that held it."""
    try:
        return _in_place(reading, scope, parse(_object(item), answer.read_at))
    except Malformed as error:
        raise answer.refused(GapReason.MALFORMED, str(error)) from error


def read_one(answer: Answer, reading: Reading, scope: ArmId, item: Any, parse: Parse[R]) -> R | Read | None:
    """Parse one item of a list; one that is malformed is a read of its own, which has a Gap."""
    try:
        return read_item(answer, reading, scope, item, parse)
    except NotAnswered as outcome:
        own = ArmId.parse(item.get("id")) if isinstance(item, dict) else None
        gap = Gap(
            scope=(own or scope).text,
            reading=reading,
            reason=outcome.reason,
            status=outcome.status,
            message=outcome.message,
            request_id=outcome.request_id,
            listed_in=scope.text,
        )
        return Read(scope=gap.scope, reading=reading, read_at=answer.read_at, gap=gap)


def _in_place(reading: Reading, scope: ArmId, resource: R | None) -> R | None:
    """Refuse a resource whose id lies elsewhere than where it was read: no check would find it there."""
    if resource is not None:
        if reading in _LISTS_OF_CHILDREN and resource.id.parent != scope:
            raise Malformed("id lies outside the list that was read")
        if reading in ITEMS and resource.id != scope:
            raise Malformed("id is not the one that was asked for")
    return resource


def _object(item: Any) -> Mapping[str, Any]:
    if not isinstance(item, dict):
        raise Malformed("the item is not an object")
    return item
