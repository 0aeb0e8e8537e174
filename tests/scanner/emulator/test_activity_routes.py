"""What runs in an account, its metric and the activity log, as Azure answers them."""

import json
from dataclasses import replace
from datetime import datetime
from urllib.parse import quote

import pytest

from scanner.emulator import deny
from scanner.emulator.tenants.model import Pings

METRIC = {
    "metricnames": "HybridWorkerPing",
    "timespan": "2026-11-10T00:00:00Z/2026-11-20T00:00:00Z",
    "interval": "P1D",
    "aggregation": "Count",
}
BOTH = "HybridWorkerGroup eq '*' and HybridWorker eq '*'"
SINCE = "eventTimestamp ge '2026-08-30T00:00:00Z' and eventTimestamp le '2026-11-20T12:00:00Z'"


@pytest.fixture
def azure(wire, furnished):
    return wire(furnished)


@pytest.fixture
def account(furnished):
    return furnished.accounts[0].id


@pytest.fixture
def events(furnished):
    root = f"/subscriptions/{furnished.subscriptions[0].id}"
    return f"{root}/providers/Microsoft.Insights/eventtypes/management/values"


def properties(bodies):
    return {body.get("name"): body["properties"] for body in bodies}


async def metric(azure, account, *, status=200, **options):
    asked = {**METRIC, **options}
    query = "&".join(f"{name.replace('dollar', '$')}={quote(value, safe='')}" for name, value in asked.items() if value)
    return await azure.get(f"{account}/providers/Microsoft.Insights/metrics?{query}", "2023-10-01", status=status)


async def ping_series(azure, account, **options):
    (found,) = (await metric(azure, account, **options))["value"]
    return {tuple(part["value"] for part in series["metadatavalues"]): series["data"] for series in found["timeseries"]}


async def test_published_content_is_sent_byte_for_byte(azure, account):
    response = await azure.send("GET", f"{account}/runbooks/patch/content?api-version=2024-10-23")
    assert (response.status, response.headers["Content-Type"]) == (200, "text/powershell")
    assert response.body.decode("utf-16") == "Get-Ünit"


async def test_a_runbook_that_was_never_published_has_a_flat_404(azure, account):
    assert (await azure.get(f"{account}/runbooks/Draft/content", status=404))["code"] == "NotFound"


@pytest.mark.parametrize("path", ["runbooks/none", "runbooks/none/content"])
async def test_a_runbook_that_does_not_exist_is_the_gateways_404(azure, account, path):
    assert (await azure.get(f"{account}/{path}", status=404))["error"]["code"] == "ResourceNotFound"


async def test_only_a_runbooks_own_get_counts_its_jobs(azure, account):
    listed = properties(await azure.all(f"{account}/runbooks"))
    assert listed["Patch"]["runtimeEnvironment"] == "ps-own"
    assert "jobCount" not in listed["Patch"]
    assert (await azure.get(f"{account}/runbooks/Patch"))["properties"]["jobCount"] == 3


async def test_jobs_are_forgotten_after_thirty_days(azure, account):
    assert set(properties(await azure.all(f"{account}/jobs"))) == {"j-new", "j-bad"}
    assert await azure.get(f"{account}/jobs/j-old", status=404) == {"code": "NotFound", "message": "Job not found."}


async def test_only_a_jobs_own_get_has_its_exception(azure, account):
    listed = properties(await azure.all(f"{account}/jobs"))
    assert not {"exception", "statusDetails"} & listed["j-bad"].keys()
    assert (await azure.get(f"{account}/jobs/j-bad"))["properties"]["exception"] == "It broke."


async def test_a_job_that_did_not_start_has_explicit_nulls(azure, account):
    new = properties(await azure.all(f"{account}/jobs"))["j-new"]
    assert (new["startTime"], new["endTime"], new["status"]) == (None, None, "New")
    assert new["runOn"] in (None, "")


async def test_a_schedule_that_never_ends_expires_in_the_year_9999(azure, account):
    found = properties(await azure.all(f"{account}/schedules"))
    assert found["nightly"]["expiryTime"] == "9999-12-31T23:59:59.9999999+00:00"
    assert found["once"]["nextRun"] is None
    for schedule in found.values():
        offset = datetime.fromisoformat(schedule["startTime"]).utcoffset()
        assert offset.total_seconds() / 60 == schedule["startTimeOffsetMinutes"]


async def test_job_schedules_and_webhooks_name_their_group_and_runbook(azure, account):
    ties = [tie["properties"] for tie in await azure.all(f"{account}/jobSchedules")]
    assert {tie["schedule"]["name"]: tie["runOn"] or "" for tie in ties} == {"nightly": "hwg-main", "once": ""}
    hooks = properties(await azure.all(f"{account}/webhooks"))
    assert {name: hook["runOn"] or "" for name, hook in hooks.items()} == {"hook": "hwg-main", "cloud": ""}
    assert {hook["uri"] for hook in hooks.values()} == {None}


async def test_secrets_show_as_much_as_azure_shows(azure, account):
    variables = properties(await azure.all(f"{account}/variables"))
    assert (variables["clear"]["value"], variables["secret"]["value"]) == ('"text"', None)
    assert properties(await azure.all(f"{account}/credentials"))["svc-patch"]["userName"]


async def test_every_account_has_azures_own_runtime_environments(azure, furnished):
    own = properties(await azure.all(f"{furnished.accounts[0].id}/runtimeEnvironments"))
    other = properties(await azure.all(f"{furnished.accounts[1].id}/runtimeEnvironments"))
    assert own.keys() - other.keys() == {"ps-own"}
    assert other["Python-2.7"]["description"].startswith("System-generated")
    assert own["ps-own"]["description"] is None


async def test_a_private_endpoint_is_in_its_list_and_in_the_account(azure, account):
    listed = (await azure.get(f"{account}/privateEndpointConnections"))["value"]
    assert listed == (await azure.get(account))["properties"]["privateEndpointConnections"]
    assert listed[0]["properties"]["privateLinkServiceConnectionState"]["status"] == "Approved"


async def test_the_state_of_an_account_is_the_tenants(wire, furnished):
    broken = replace(furnished, accounts=(replace(furnished.accounts[0], state="Unavailable"),))
    found = await wire(broken).get(broken.accounts[0].id)
    assert found["properties"]["state"] == "Unavailable"


async def test_diagnostic_settings_tell_categories_or_groups(azure, account):
    found = await azure.get(f"{account}/providers/Microsoft.Insights/diagnosticSettings", "2021-05-01-preview")
    logs = {item["name"]: item["properties"]["logs"] for item in found["value"]}
    assert {log["category"] for log in logs["jobs"] if log["enabled"]} == {"JobLogs"}
    assert [log["categoryGroup"] for log in logs["all"] if log["enabled"]] == ["allLogs"]


async def test_pings_are_counted_by_day_and_by_worker(azure, account):
    found = await ping_series(azure, account, dollarfilter=BOTH)
    assert set(found) == {("hwg-main", "w1"), ("hwg-main", "w2")}
    points = {point["timeStamp"]: point.get("count", 0) for point in found["hwg-main", "w1"]}
    assert len(points) == 10
    assert points["2026-11-18T00:00:00Z"] == 1440
    assert points["2026-11-19T00:00:00Z"] == 1440 + 1
    assert points["2026-11-17T00:00:00Z"] == 0


async def test_pings_older_than_93_days_are_gone(azure, account):
    past = "2026-07-01T00:00:00Z/2026-11-20T00:00:00Z"
    found = await ping_series(azure, account, timespan=past, dollarfilter="HybridWorkerGroup eq 'HWG-edge'")
    days = [point["timeStamp"] for point in found["hwg-edge",] if point.get("count")]
    assert days[0] == "2026-08-19T00:00:00Z"


async def test_without_a_filter_all_workers_are_one_series(azure, account):
    found = await ping_series(azure, account)
    assert sum(point.get("count", 0) for point in found[()]) > 2880


async def test_ten_series_are_all_unless_more_are_asked_for(wire, furnished, now):
    first, *others = furnished.accounts
    many = tuple(Pings("hwg-main", f"w{number}", ((now.replace(day=12), now),)) for number in range(15))
    busy = wire(replace(furnished, accounts=(replace(first, pings=many), *others)))
    assert len(await ping_series(busy, first.id, dollarfilter=BOTH)) == 10
    assert len(await ping_series(busy, first.id, dollarfilter=BOTH, top="100")) == 15


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"metricnames": "WorkerPing"}, "metric: WorkerPing, Valid metrics: HybridWorkerPing"),
        ({"metricnames": ""}, "metricnames"),
        ({"interval": "PT3H"}, "PT3H"),
        ({"aggregation": "Sum"}, "sum"),
        ({"timespan": "2026-11-20/2026-11-10"}, "2026-11-20/2026-11-10"),
        ({"timespan": "yesterday/today"}, "yesterday"),
        ({"dollarfilter": "Worker eq '*'"}, "worker"),
        ({"dollarfilter": "HybridWorker ne 'a'"}, "HybridWorker ne 'a'"),
        ({"top": "5"}, "top"),
    ],
)
async def test_a_metric_question_that_is_not_understood_is_named(azure, account, options, named):
    refusal = await metric(azure, account, status=400, **options)
    assert refusal["code"] == "BadRequest"
    assert named in refusal["message"]


async def test_the_activity_log_is_paged_newest_first(azure, events):
    provided = f"{SINCE} and resourceProvider eq 'microsoft.automation'"
    chosen = "operationName,status,resourceId,eventTimestamp"
    pages = await azure.pages(f"{events}?$filter={quote(provided)}&$select={chosen}", "2015-04-01")
    assert [len(page["value"]) for page in pages] == [2, 2]
    assert "$skipToken=" in pages[0]["nextLink"]
    found = [event for page in pages for event in page["value"]]
    assert found[0].keys() == set(chosen.split(","))
    times = [event["eventTimestamp"] for event in found]
    assert times == sorted(times, reverse=True)
    assert [event["status"]["value"] for event in found].count("Started") == 1


async def test_the_activity_log_of_another_subscription_is_its_own(azure, events, furnished):
    elsewhere = events.replace(furnished.subscriptions[0].id, furnished.subscriptions[1].id)
    assert await azure.all(f"{elsewhere}?$filter={quote(SINCE)}", "2015-04-01") == []


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("", "$filter"),
        ("?$filter=resourceProvider eq 'Microsoft.Automation'", "eventTimestamp"),
        ("?$filter=eventTimestamp gt '2026-11-01'", "eventTimestamp gt '2026-11-01'"),
        ("?$filter=eventTimestamp ge 'soon'", "soon"),
        ("?$filter=eventTimestamp ge '2026-08-01'", "90 day(s)"),
        ("?$filter=eventTimestamp ge '2026-11-01'&$select=operation", "operation"),
        ("?$filter=eventTimestamp ge '2026-11-01'&$skipToken=abc", "abc"),
    ],
)
async def test_an_activity_question_that_is_not_understood_is_named(azure, events, query, named):
    refusal = await azure.get(f"{events}{query}", "2015-04-01", status=400)
    assert refusal["code"] == "BadRequest"
    assert named in refusal["message"]


@pytest.mark.parametrize(
    ("path", "action"),
    [
        ("runbooks", "Microsoft.Automation/automationAccounts/runbooks/read"),
        ("runbooks/Patch/content", "Microsoft.Automation/automationAccounts/runbooks/content/read"),
        ("jobs/j-bad", "Microsoft.Automation/automationAccounts/jobs/read"),
        ("jobSchedules", "Microsoft.Automation/automationAccounts/jobSchedules/read"),
        ("nodes", "Microsoft.Automation/automationAccounts/nodes/read"),
        ("privateEndpointConnections", "Microsoft.Automation/automationAccounts/privateEndpointConnections/read"),
        ("providers/Microsoft.Insights/metrics", "Microsoft.Insights/metrics/read"),
        ("providers/Microsoft.Insights/diagnosticSettings", "Microsoft.Insights/diagnosticSettings/read"),
    ],
)
async def test_each_read_can_be_denied_by_its_action(wire, furnished, account, path, action):
    version = "2024-02-01" if path.endswith("metrics") else "2021-05-01-preview" if "Insights" in path else "2024-10-23"
    response = await wire(furnished, faults=[deny(action)]).send("GET", f"{account}/{path}?api-version={version}")
    assert response.status == 403
    assert action in json.loads(response.body)["error"]["message"]


async def test_a_child_takes_no_option_that_it_does_not_know(azure, account):
    refusal = await azure.get(f"{account}/jobs?$filter=a", status=400)
    assert "'$filter'" in refusal["error"]["message"]


async def test_a_link_to_the_next_page_keeps_what_was_asked(azure, events):
    first = await azure.get(f"{events}?$filter={quote(SINCE)}", "2015-04-01")
    assert f"$filter={quote(SINCE, safe='')}" in first["nextLink"]
