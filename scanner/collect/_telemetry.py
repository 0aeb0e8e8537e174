"""Metrics and the activity log: when workers pinged, and who was deleted."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode

import msgspec

from scanner.collect._answers import NotAnswered
from scanner.collect._lookback import ACTIVITY, METRICS, LookBack, Window, end_of
from scanner.collect._reader import Endpoint, Reader
from scanner.collect._wire import Malformed, instant, mapping, text
from scanner.inventory import ArmId, Deletion, GapReason, Reading, WorkerPings

GRAIN = "PT6H"
"""The length of a bucket: 360 of them in 90 days."""
_BUCKET = timedelta(hours=6)
MOST_WORKERS = 5_000
"""Time series of one answer; an account has up to 4,000 system workers beside those of its users' groups."""
ACTIVITY_MARGIN = timedelta(minutes=15)
"""How much less than 90 days is asked for: the service refuses a start that is older, by its own clock."""

PINGS = Endpoint(Reading.PINGS, "arm", "2024-02-01", child="providers/Microsoft.Insights/metrics")
ACTIVITY_LOG = Endpoint(
    Reading.ACTIVITY_LOG, "arm", "2015-04-01", child="providers/Microsoft.Insights/eventtypes/management/values"
)

_GROUPS = "microsoft.automation/automationaccounts/hybridrunbookworkergroups"
_DELETES = {f"{_GROUPS}/delete", f"{_GROUPS}/hybridrunbookworkers/delete"}
_AGGREGATIONS = ("count", "total", "maximum")


async def collect_pings(reader: Reader, account: ArmId, look_back: LookBack) -> None:
    """Read the metric HybridWorkerPing of a planned account."""
    window = look_back.of(METRICS)
    told: list[WorkerPings] = []

    def parse(body: Mapping[str, Any], moment: datetime) -> None:
        found = _Found()
        try:
            for series in _series(body):
                found.add(account, series, text(body, "interval") or GRAIN, moment)
        finally:
            told.extend(found.pings.values())
        if found.received >= MOST_WORKERS:
            raise NotAnswered(GapReason.TRUNCATED, f"only {MOST_WORKERS:,} workers were read")
        if found.unreadable:
            raise Malformed(f"{found.unreadable} of {found.received} time series cannot be read")

    await reader.item(msgspec.structs.replace(PINGS, query=_pings_query(window)), account, parse, beside=told)
    for pings in told:
        reader.keep(pings)
    end_of(reader, Reading.PINGS, account, window)


async def collect_deletions(reader: Reader, subscription: ArmId, look_back: LookBack) -> None:
    """Read a planned subscription's activity log for deleted workers and groups."""
    window = look_back.of(ACTIVITY)
    start = window.start if window.shortened else window.start + ACTIVITY_MARGIN
    since, until = f"eventTimestamp ge '{_zulu(start)}'", f"eventTimestamp le '{_zulu(window.end)}'"
    options = {
        "$filter": f"{since} and {until} and resourceProvider eq 'Microsoft.Automation'",
        "$select": "eventTimestamp,operationName,resourceId,status",
    }
    await reader.collection(ACTIVITY_LOG, subscription, parse_deletion, query=urlencode(options, quote_via=quote))
    end_of(reader, Reading.ACTIVITY_LOG, subscription, window)


def parse_deletion(item: Mapping[str, Any], moment: datetime) -> Deletion | None:
    """Read one event; None for anything but a delete of a worker or a group that succeeded."""
    operation = text(mapping(item.get("operationName"), "operationName"), "value") or ""
    status = text(mapping(item.get("status"), "status"), "value") or ""
    target = ArmId.parse(item.get("resourceId"))
    if operation.lower() not in _DELETES or status.lower() != "succeeded" or target is None:
        return None
    deleted_at = instant(item.get("eventTimestamp"))
    if deleted_at is None:
        raise Malformed("eventTimestamp is no time")
    id_ = target.subscription.child("deletions", _hash(target.key, deleted_at.isoformat()))
    return Deletion(id=id_, name=target.name, read_at=moment, target=target, deleted_at=deleted_at)


class _Found:
    """The workers that pinged, by their id, and how many time series came and could not be read."""

    def __init__(self) -> None:
        self.pings: dict[str, WorkerPings] = {}
        self.received = self.unreadable = 0

    def add(self, account: ArmId, series: Any, grain: str, read_at: datetime) -> None:
        self.received += 1
        try:
            pings = _pings(account, series, grain, read_at)
        except Malformed:
            self.unreadable += 1
            return
        if pings is not None:
            known = self.pings.get(pings.id.key, pings)
            first, last = min(known.first_at, pings.first_at), max(known.last_at, pings.last_at)
            self.pings[pings.id.key] = msgspec.structs.replace(pings, first_at=first, last_at=last)


def _series(body: Mapping[str, Any]) -> Iterable[Any]:
    """The time series of all metrics of an answer."""
    for item in _list(body, "value"):
        metric = mapping(item, "value[]")
        error = text(metric, "errorCode")
        if error is not None and error.lower() != "success":
            raise Malformed("the metric has an errorCode instead of values")
        yield from _list(metric, "timeseries")


def _pings(account: ArmId, series: Any, grain: str, read_at: datetime) -> WorkerPings | None:
    """One worker's time series; None for one without any ping."""
    fields = mapping(series, "timeseries[]")
    names = {name: value for name, value in map(_dimension, _list(fields, "metadatavalues")) if name}
    group, worker = names.get("hybridworkergroup"), names.get("hybridworker")
    if not group or not worker:
        raise Malformed("a time series names no worker")
    moments = [moment for moment in map(_ping, _list(fields, "data")) if moment is not None]
    if not moments:
        return None
    return WorkerPings(
        id=account.child("hybridWorkerPings", _hash(group.lower(), worker.lower())),
        name=worker,
        read_at=read_at,
        account=account,
        group=group,
        worker=worker,
        first_at=min(moments),
        last_at=max(moments),
        grain=grain,
    )


def _dimension(item: Any) -> tuple[str, str | None]:
    fields = mapping(item, "metadatavalues[]")
    return (text(mapping(fields.get("name"), "name"), "value") or "").lower(), text(fields, "value")


def _ping(item: Any) -> datetime | None:
    """The time of a bucket that holds pings; None for one without."""
    point = mapping(item, "data[]")
    told = (point.get(name) for name in _AGGREGATIONS)
    if not any(isinstance(value, int | float) and value > 0 for value in told):
        return None
    moment = instant(point.get("timeStamp"))
    if moment is None:
        raise Malformed("timeStamp is no time")
    return moment


def _list(fields: Mapping[str, Any], name: str) -> list[Any]:
    found = fields.get(name)
    if not isinstance(found, list):
        raise Malformed(f"{name} is no list")
    return found


def _pings_query(window: Window) -> str:
    # Buckets are counted from the start: on the same grid at every scan, an old ping keeps its time.
    start = window.start - (window.start - datetime.min.replace(tzinfo=UTC)) % _BUCKET
    options = {
        "metricnames": "HybridWorkerPing",
        "timespan": f"{_zulu(start)}/{_zulu(window.end)}",
        "interval": GRAIN,
        "aggregation": "Count",
        "$filter": "HybridWorkerGroup eq '*' and HybridWorker eq '*'",
        "top": str(MOST_WORKERS),
    }
    return urlencode(options, quote_via=quote)


def _zulu(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


def _hash(*parts: str) -> str:
    """A name that depends on nothing but the parts, and holds none of them."""
    return hashlib.sha256("\n".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]
