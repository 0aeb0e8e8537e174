"""Microsoft.Insights: diagnostic settings, the metric HybridWorkerPing of accounts, and the activity log."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import ceil, floor
from urllib.parse import quote

from scanner.emulator.arm import (
    Answer,
    Call,
    Json,
    RefusedError,
    Route,
    digest,
    guid,
    read_token,
    same_options,
    write_token,
    zulu,
)
from scanner.emulator.automation import ACCOUNT, ROOT
from scanner.emulator.lookup import account_of, subscription_of
from scanner.emulator.tenants.addresses import place
from scanner.emulator.tenants.model import Account, ActivityEvent, DiagnosticSetting, Pings

SETTING_VERSIONS = ("2017-05-01-preview", "2021-05-01-preview")
METRIC_VERSIONS = ("2018-01-01", "2019-07-01", "2021-05-01", "2023-10-01", "2024-02-01")
EVENT_VERSIONS = ("2014-04-01", "2015-04-01")
PROVIDER = "/providers/Microsoft.Insights"

CATEGORIES = ("JobLogs", "JobStreams", "DscNodeStatus", "AuditEvent")
"""The log categories of an account (learn.microsoft.com, microsoft-automation-automationaccounts-logs)."""
CATEGORY_GROUPS = ("audit", "allLogs")

METRIC = "HybridWorkerPing"
DIMENSIONS = ("HybridWorkerGroup", "HybridWorker")
GRAINS = {
    "PT1M": timedelta(minutes=1),
    "PT5M": timedelta(minutes=5),
    "PT15M": timedelta(minutes=15),
    "PT30M": timedelta(minutes=30),
    "PT1H": timedelta(hours=1),
    "PT6H": timedelta(hours=6),
    "PT12H": timedelta(hours=12),
    "P1D": timedelta(days=1),
}
"""The time grains that the service takes (its own error message names them, Azure/azure-powershell#7520)."""
AGGREGATIONS = ("average", "minimum", "maximum", "total", "count")
SERIES = 10
"""How many time series an answer holds where `top` is not asked for (azure-mgmt-monitor 7.0.0, metrics.list)."""
PING = timedelta(seconds=30)
RETENTION = timedelta(days=93)
LOG_RETENTION = timedelta(days=90)

DIMENSION = re.compile(r"(\w+) eq '((?:[^']|'')*)'")
CLAUSE = re.compile(r"(eventTimestamp) (ge|le) '([^']*)'|(resourceProvider) (eq) '([^']*)'", re.IGNORECASE)


def _bad(message: str) -> RefusedError:
    """Insights' own errors have no `error` wrapper (Azure/azure-sdk-for-net#29584)."""
    return RefusedError(400, "BadRequest", message, body={"code": "BadRequest", "message": message})


def _option(call: Call, name: str) -> str:
    found = call.query.get(name, "")
    if not found:
        raise _bad(f"The query option '{name}' is required.")
    return found


def _moment(text: str, option: str) -> datetime:
    """An ISO 8601 time, UTC where it names no offset."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise _bad(f"'{text}' in {option} is not a date and time.") from None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def _text(value: str, shown: str | None = None) -> Json:
    return {"value": value, "localizedValue": value if shown is None else shown}


def setting_body(account: Account, setting: DiagnosticSetting) -> Json:
    """A diagnostic setting: everything that could be sent, enabled or not."""
    kept: Json = {"enabled": False, "days": 0}
    groups, single = setting.category_groups, setting.categories
    logs: list[Json] = [
        {"category": None, "categoryGroup": name, "enabled": name in groups, "retentionPolicy": kept}
        for name in (CATEGORY_GROUPS if groups else ())
    ] or [
        {"category": name, "categoryGroup": None, "enabled": name in single, "retentionPolicy": kept}
        for name in CATEGORIES
    ]
    return {
        "id": f"{account.id}/providers/microsoft.insights/diagnosticSettings/{setting.name}".lower(),
        "type": "Microsoft.Insights/diagnosticSettings",
        "name": setting.name,
        "location": None,
        "kind": None,
        "tags": None,
        "identity": None,
        "properties": {
            "storageAccountId": None,
            "serviceBusRuleId": None,
            "workspaceId": setting.workspace,
            "eventHubAuthorizationRuleId": None,
            "eventHubName": None,
            "metrics": [{"category": "AllMetrics", "enabled": False, "retentionPolicy": kept}],
            "logs": logs,
            "logAnalyticsDestinationType": None,
        },
    }


def list_settings(call: Call) -> Answer:
    """All diagnostic settings of an account, on one page."""
    account = account_of(call)
    return Answer({"value": [setting_body(account, setting) for setting in account.diagnostic_settings]})


@dataclass(frozen=True, slots=True)
class Ask:
    """What is asked of a metric: `start` to `end` (UTC) in steps of `grain`, split by the dimensions in `only`.

    A value of `only` is a dimension's value in lower case, or `*`.
    """

    start: datetime
    end: datetime
    grain: timedelta
    aggregations: tuple[str, ...]
    only: dict[str, str]
    top: int

    def steps(self) -> list[datetime]:
        """The start of every bucket, from the first full minute on."""
        first = self.start.replace(second=0, microsecond=0)
        return [first + self.grain * number for number in range(ceil((self.end - first) / self.grain))]


def read_ask(call: Call) -> Ask:
    """The question in the query options; raises RefusedError (400) naming what is not understood."""
    for name in _option(call, "metricnames").split(","):
        if name.lower() != METRIC.lower():
            raise _bad(
                "Failed to find metric configuration for provider: Microsoft.Automation, "
                f"resource Type: automationAccounts, metric: {name}, Valid metrics: {METRIC}"
            )
    start, slash, end = _option(call, "timespan").partition("/")
    span = _moment(start, "timespan"), _moment(end, "timespan")
    if not slash or span[0] >= span[1]:
        raise _bad(f"The timespan '{call.query['timespan']}' does not end after its start.")
    grain = _option(call, "interval")
    if grain not in GRAINS:
        raise _bad(f"Invalid time grain duration: {grain}, supported ones are: {','.join(GRAINS)}")
    aggregations = tuple(name.lower() for name in _option(call, "aggregation").split(","))
    for name in aggregations:
        if name not in AGGREGATIONS:
            raise _bad(f"The aggregation '{name}' is not one of {','.join(AGGREGATIONS)}.")
    return Ask(*span, GRAINS[grain], aggregations, _dimensions(call), _top(call))


def _dimensions(call: Call) -> dict[str, str]:
    only: dict[str, str] = {}
    known = {name.lower(): name for name in DIMENSIONS}
    for clause in filter(None, re.split(r" and (?=\w+ eq ')", call.query.get("$filter", ""))):
        found = DIMENSION.fullmatch(clause.strip())
        if found is None:
            raise _bad(f"The clause '{clause}' of $filter is not understood.")
        if found[1].lower() not in known:
            supported = ",".join(DIMENSIONS)
            raise _bad(
                f"Metric: {METRIC} does not support requested dimension combination: {found[1].lower()}, "
                f"supported ones are: {supported}"
            )
        only[known[found[1].lower()]] = found[2].replace("''", "'").lower()
    return only


def _top(call: Call) -> int:
    text = call.query.get("top", str(SERIES))
    if not text.isdecimal() or int(text) < 1 or ("top" in call.query and "$filter" not in call.query):
        raise _bad(f"The value '{text}' of top is not a positive number beside a $filter.")
    return int(text)


def count(pings: Pings, start: datetime, end: datetime) -> int:
    """How many pings a worker sent from `start` on and before `end`."""
    total = 0
    for first, last in pings.ranges:
        lowest = max(0, ceil((start - first) / PING))
        highest = min(floor((last - first) / PING), ceil((end - first) / PING) - 1)
        total += max(0, highest - lowest + 1)
    return total


def _series(call: Call, account: Account, ask: Ask) -> list[Json]:
    """One time series for each combination of values that was seen; without a filter, one for all."""
    oldest = max(ask.start, call.directory.tenant.now - RETENTION)
    grouped: dict[tuple[str, ...], list[Pings]] = {}
    for pings in account.pings:
        values = dict(zip(DIMENSIONS, (pings.group, pings.worker), strict=True))
        wanted = all(value in ("*", values[name].lower()) for name, value in ask.only.items())
        if wanted and count(pings, oldest, ask.end):
            grouped.setdefault(tuple(values[name] for name in ask.only), []).append(pings)
    order = sorted(grouped, key=lambda key: digest(call.seed, account.id, *key))
    return [
        {
            "metadatavalues": [
                {"name": _text(name.lower()), "value": value} for name, value in zip(ask.only, key, strict=True)
            ],
            "data": _data(ask, grouped[key], oldest, zeros=digest(account.id, *key) % 2 == 0),
        }
        for key in order[: ask.top]
    ]


def _data(ask: Ask, several: Sequence[Pings], oldest: datetime, *, zeros: bool) -> list[Json]:
    """One point for each step; a step without a ping has a count of 0.0, or nothing but its time."""
    points: list[Json] = []
    for step in ask.steps():
        until = min(step + ask.grain, ask.end)
        found = float(sum(count(pings, max(step, oldest), until) for pings in several))
        shown = {"count": found, "total": found} if found or zeros else {}
        if found:
            shown |= dict.fromkeys(("average", "minimum", "maximum"), 1.0)
        point: Json = {"timeStamp": f"{step.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"}
        points.append(point | {name: shown[name] for name in ask.aggregations if name in shown})
    return points


def query_metrics(call: Call) -> Answer:
    """The pings of an account's workers, 93 days back at most."""
    account, ask = account_of(call), read_ask(call)
    name = _text(METRIC, "Hybrid Worker Ping")
    metric: Json = {
        "id": f"{account.id}/providers/Microsoft.Insights/metrics/{METRIC}",
        "type": "Microsoft.Insights/metrics",
        "name": name,
        "displayDescription": "The number of pings from the hybrid worker",
        "unit": "Count",
        "timeseries": _series(call, account, ask),
        "errorCode": "Success",
    }
    return Answer(
        {
            "cost": int((ask.end - ask.start) / timedelta(minutes=1)),
            "timespan": call.query["timespan"],
            "interval": call.query["interval"],
            "value": [metric],
            "namespace": "Microsoft.Automation/automationAccounts",
            "resourceregion": place(account.location),
        }
    )


def event_body(call: Call, event: ActivityEvent) -> Json:
    """An event of the activity log; most names come twice, for machines and for people."""
    identity = guid(event.subscription, event.operation, event.resource, event.moment, event.status)
    group = event.resource.partition("/resourceGroups/")[2].partition("/")[0]
    return {
        "authorization": {"action": event.operation, "scope": event.resource},
        "caller": guid(call.directory.tenant.id, "caller"),
        "category": _text("Administrative"),
        "correlationId": guid(identity, "correlation"),
        "eventDataId": identity,
        "eventName": _text("EndRequest", "End request"),
        "eventTimestamp": zulu(event.moment),
        "id": f"{event.resource}/events/{identity}/ticks/{int(event.moment.timestamp() * 10**7)}",
        "level": "Informational",
        "operationId": guid(identity, "correlation"),
        "operationName": _text(event.operation),
        "resourceGroupName": group,
        "resourceId": event.resource,
        "resourceProviderName": _text(event.provider),
        "resourceType": _text(event.operation.rpartition("/")[0]),
        "status": _text(event.status),
        "subStatus": _text(""),
        "submissionTimestamp": zulu(event.moment + timedelta(minutes=2)),
        "subscriptionId": event.subscription,
        "tenantId": call.directory.tenant.id,
    }


def _events(call: Call) -> list[ActivityEvent]:
    """The events that the filter lets through, newest first; raises RefusedError (400) for one not understood."""
    subscription, now = subscription_of(call).id.lower(), call.directory.tenant.now
    asked: dict[str, str] = {}
    for clause in _option(call, "$filter").split(" and "):
        found = CLAUSE.fullmatch(clause.strip())
        if found is None:
            raise _bad(f"The clause '{clause}' of $filter is not understood.")
        name, operator, value = (text for text in found.groups() if text is not None)
        asked[f"{name} {operator}".lower()] = value
    if "eventtimestamp ge" not in asked:
        raise _bad("$filter needs the earliest eventTimestamp.")
    start = _moment(asked["eventtimestamp ge"], "$filter")
    end = _moment(asked["eventtimestamp le"], "$filter") if "eventtimestamp le" in asked else now
    if start.date() < (now - LOG_RETENTION).date():
        raise _bad("The start time cannot be more than 90 day(s) in the past.")
    provider = asked.get("resourceprovider eq")
    found_events = (
        event
        for event in call.directory.tenant.activity
        if event.subscription.lower() == subscription
        and start <= event.moment <= end
        and (provider is None or provider.lower() == event.provider.lower())
    )
    return sorted(found_events, key=lambda event: event.moment, reverse=True)


def list_events(call: Call) -> Answer:
    """One page of the activity log; with $select, only the members that it names."""
    events = _events(call)
    first = read_token(call.query["$skiptoken"]) if "$skiptoken" in call.query else 0
    if first < 0 or first > len(events):
        raise _bad(f"The skip token '{call.query['$skiptoken']}' does not belong to this query.")
    bodies = [event_body(call, event) for event in events[first : first + call.page_size]]
    wanted = [name.strip() for name in call.query.get("$select", "").split(",") if name.strip()]
    for name in wanted:
        if bodies and name not in bodies[0]:
            raise _bad(f"The member '{name}' of $select is not known.")
    body: Json = {"value": [{name: row[name] for name in wanted or row} for row in bodies]}
    if first + call.page_size < len(events):
        token = write_token(first + call.page_size)
        body["nextLink"] = f"{call.base}{call.path}?{same_options(call)}&$skipToken={quote(token, safe='')}"
    return Answer(body)


ROUTES = (
    Route(
        "GET",
        f"{ACCOUNT}{PROVIDER}/diagnosticSettings",
        "Microsoft.Insights/diagnosticSettings/read",
        SETTING_VERSIONS,
        list_settings,
    ),
    Route(
        "GET",
        f"{ACCOUNT}{PROVIDER}/metrics",
        "Microsoft.Insights/metrics/read",
        METRIC_VERSIONS,
        query_metrics,
        options=("metricnames", "timespan", "interval", "aggregation", "$filter", "top"),
    ),
    Route(
        "GET",
        f"{ROOT}{PROVIDER}/eventtypes/management/values",
        "Microsoft.Insights/eventtypes/values/read",
        EVENT_VERSIONS,
        list_events,
        options=("$filter", "$select", "$skiptoken"),
    ),
)
