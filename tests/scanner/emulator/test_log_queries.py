"""The embedded Azure's log query API: it evaluates what it understands from the tenant's own rows, and refuses the rest."""

import asyncio
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from importlib.resources import files

import pytest

from scanner.emulator import TENANTS, Emulator, Request, deny
from scanner.emulator.arm import guid
from scanner.emulator.tenants.model import Event, Heartbeat, JobRow, Operation, Workspace

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
SUB = "11111111-2222-4333-8444-555555555555"
VM = f"/subscriptions/{SUB}/resourceGroups/rg/providers/Microsoft.Compute/virtualMachines/VM1"
ACCOUNT = f"/subscriptions/{SUB}/resourceGroups/rg/providers/Microsoft.Automation/automationAccounts/aa"
MINUTE = timedelta(minutes=1)


def kql(name):
    return (files("scanner.collect") / "queries" / f"{name}.kql").read_text()


def workspace(**changes):
    return Workspace(
        **{"subscription": SUB, "resource_group": "rg", "name": "ws", "location": "westeurope", "created": NOW}
        | changes
    )


def ask(held, query, *, days=31, faults=(), customer=None, token=True, others=(), across="evaluated", **body):
    """Send one query; returns the status and the decoded body."""
    base = TENANTS["spotless"](NOW)
    emulator = Emulator(replace(base, workspaces=(held, *others)), faults=faults, across=across)
    headers = {"Authorization": f"Bearer {emulator.login.issue()}"} if token else {}
    content = {
        "query": query,
        "timespan": f"{NOW - timedelta(days=days):%Y-%m-%dT%H:%M:%SZ}/{NOW:%Y-%m-%dT%H:%M:%SZ}",
    } | body
    url = f"{emulator.arm_endpoint}/v1/workspaces/{customer or guid(held.id, 'customer')}/query"
    response = asyncio.run(emulator.handle(Request("POST", url, headers, json.dumps(content).encode())))
    assert emulator.writes == []
    return response.status, json.loads(response.body)


def rows(held, query, **options):
    status, body = ask(held, query, **options)
    assert status == 200, body
    [table] = body["tables"]
    names = [column["name"] for column in table["columns"]]
    return [dict(zip(names, row, strict=True)) for row in table["rows"]]


def beating(**changes):
    return Heartbeat(**{"computer": "vm1", "first": NOW - 100 * MINUTE, "last": NOW} | changes)


def test_heartbeats_are_summed_up_to_the_newest_row_of_each_agent():
    two = (beating(resource=VM, solutions=("security", "updates")), beating(category="Azure Monitor Agent"))
    found = {row["Category"]: row for row in rows(workspace(heartbeats=two), kql("heartbeats"))}
    assert set(found) == {"Direct Agent", "Azure Monitor Agent"}
    agent = found["Direct Agent"]
    assert agent["Beats"] == 101
    assert agent["TimeGenerated"] == "2026-11-20T12:00:00Z"
    assert agent["ResourceId"] == VM.lower()
    assert agent["Solutions"] == '"security", "updates"'
    assert (agent["EarlyBeats"], agent["LateBeats"]) == (0, 0)
    assert -10 < agent["SmallestOffset"] <= agent["LargestOffset"] < 0


def test_a_clock_that_runs_ahead_makes_every_heartbeat_early_until_the_timespan_ends():
    [row] = rows(workspace(heartbeats=(beating(clock_offset=20 * MINUTE),)), kql("heartbeats"))
    assert row["EarlyBeats"] == row["Beats"] == 81
    assert row["LargestOffset"] == pytest.approx(1200, abs=10)


def test_a_time_too_far_from_its_arrival_is_replaced_by_that():
    [row] = rows(workspace(heartbeats=(beating(clock_offset=timedelta(days=-3)),)), kql("heartbeats"))
    assert row["LateBeats"] == 0


def test_silences_and_the_timespan_hold_heartbeats_back():
    silent = ((NOW - 50 * MINUTE, NOW - 41 * MINUTE), (NOW - 45 * MINUTE, NOW - 31 * MINUTE), (NOW - 10 * MINUTE, NOW))
    [row] = rows(workspace(heartbeats=(beating(silences=silent),)), kql("heartbeats"))
    assert row["Beats"] == 101 - 20 - 11
    assert row["TimeGenerated"] == "2026-11-20T11:49:00Z"
    long_ago = beating(first=NOW - timedelta(days=40), last=NOW - timedelta(days=35))
    assert rows(workspace(heartbeats=(long_ago,)), kql("heartbeats")) == []


def test_an_uninteresting_event_never_hides_an_interesting_one():
    told = Event("vm1", "Operations Manager", 4502, NOW - 9 * MINUTE, "… AzureAutomation.HybridAgent …")
    others = (replace(told, moment=NOW, text="another module"), Event("vm1", "Operations Manager", 1210, NOW))
    foreign = Event("vm1", "Application", 1000, NOW)
    found = rows(workspace(events=(told, *others, foreign)), kql("events"))
    assert {row["Words"]: row["TimeGenerated"] for row in found} == {
        "4502": "2026-11-20T11:51:00Z",
        "": "2026-11-20T12:00:00Z",
    }
    assert "Essence" not in found[0]


def test_the_newest_row_of_the_data_collection_counts():
    stop = Operation(NOW - MINUTE, detail="Ingestion status = OverQuota")
    held = workspace(operations=(stop, Operation(NOW, status="Succeeded"), Operation(NOW, category="Agent")))
    [row] = rows(held, kql("operations"))
    assert (row["OperationStatus"], row["OperationCategory"]) == ("Succeeded", "Data Collection Status")


def test_job_rows_are_failures_and_error_streams_told_apart_by_their_words():
    job = JobRow(ACCOUNT, guid("job"), "Patch", NOW - MINUTE, text="sudo: a password\nis required")
    several = (
        job,
        replace(job, moment=NOW, text="something else"),
        replace(job, moment=NOW, stream="Output"),
        replace(job, category="JobLogs", result="Completed"),
        replace(job, category="JobLogs", result="Suspended", text="process stopped un\nexpectedly"),
    )
    found = rows(workspace(job_rows=several), kql("job_logs"))
    assert sorted((row["Category"], row["Words"]) for row in found) == [
        ("JobLogs", "three times"),
        ("JobStreams", ""),
        ("JobStreams", "password"),
    ]
    assert {(row["Job"], row["Runbook"], row["_ResourceId"]) for row in found} == {
        (guid("job"), "Patch", ACCOUNT.lower())
    }


@pytest.mark.parametrize("name", ["heartbeats", "events", "operations", "job_logs"])
def test_a_workspace_without_rows_answers_no_rows(name):
    assert rows(workspace(), kql(name)) == []


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("Heartbeats | where Computer == 'x'", "Heartbeats"),
        ("Heartbeat\n| top 10 by Computer", "'top' operator on line 2"),
        ('Heartbeat\n| where Computr =~ "x"', "'Computr' (line 2)"),
        ("Heartbeat | extend X = bag_keys(Computer)", "bag_keys"),
        ("Heartbeat | summarize dcount(Computer) by Category", "dcount"),
        ("Heartbeat | where TimeGenerated > ingestion_time()", "timespan"),
        ("Heartbeat where", "at 'where'"),
        ("Heartbeat |", "at 'the end'"),
        ("", "at 'the end'"),
    ],
)  # fmt: skip
def test_a_query_that_is_not_understood_is_an_error_that_names_what(query, said):
    status, body = ask(workspace(), query)
    assert status == 400
    inner = body["error"]["innererror"]
    assert body["error"]["code"] == "BadArgumentError"
    assert inner["code"] in {"SemanticError", "SyntaxError"}
    assert said in inner["innererror"]["message"] or inner["code"] == "SyntaxError"


def test_a_table_that_is_not_there_is_a_semantic_error():
    status, body = ask(workspace(absent_tables=frozenset({"Event"})), kql("events"))
    assert (status, body["error"]["innererror"]["innererror"]["code"]) == (400, "SEM0100")


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"query_access": "denied"}, 403, "InsufficientAccessError"),
        ({"query_access": "public_disabled"}, 403, "InsufficientAccessError"),
        ({"query_access": "missing"}, 404, "PathNotFoundError"),
        ({"deleted": True}, 404, "PathNotFoundError"),
    ],
)
def test_a_workspace_may_refuse(changes, status, code):
    found, body = ask(workspace(**changes), kql("operations"))
    assert (found, body["error"]["code"]) == (status, code)


@pytest.mark.parametrize("operation", ["query/read", "query/Heartbeat/read", "query/*/read"])
def test_a_right_that_is_missing_refuses_in_the_words_of_this_api(operation):
    status, body = ask(
        workspace(), kql("heartbeats"), faults=[deny(f"Microsoft.OperationalInsights/workspaces/{operation}")]
    )
    assert (status, body["error"]["code"]) == (403, "InsufficientAccessError")
    other = ask(
        workspace(), kql("events"), faults=[deny("Microsoft.OperationalInsights/workspaces/query/Heartbeat/read")]
    )
    assert other[0] == 200


def test_an_unknown_guid_is_not_found_and_a_token_is_needed():
    assert ask(workspace(), kql("events"), customer=guid("nobody"))[0] == 404
    assert ask(workspace(), kql("events"), token=False)[0] == 401


@pytest.mark.parametrize("timespan", [None, "P1D", "2026-11-20/x", 5, "2026-11-20T12:00:00/2026-11-20T13:00:00"])
def test_a_timespan_is_two_times(timespan):
    assert ask(workspace(), kql("events"), timespan=timespan)[0] == 400


# -- across workspaces ------------------------------------------------------------------------------------------

OTHER = "bbbbbbbb-0000-4000-8000-000000000002"


def other(**changes):
    return workspace(**{"name": "other", "customer_id": OTHER, "heartbeats": (beating(computer="vm2"),)} | changes)


def across(query, **options):
    return rows(workspace(heartbeats=(beating(),)), query, others=(other(),), **options)


def test_a_union_has_the_rows_of_every_leg_and_the_columns_of_all():
    found = across(
        f'union (workspace("{OTHER.upper()}").Heartbeat | summarize Beats = count() by Computer | extend From = "b"),\n'
        "(Heartbeat | take 1 | summarize Rows = count(), Any = take_any(Computer))\n"
        '| where From == "b" or Rows == 1'
    )
    assert sorted(found, key=str) == [
        {"Computer": "", "Beats": None, "From": "", "Rows": 1, "Any": "vm1"},
        {"Computer": "vm2", "Beats": 101, "From": "b", "Rows": None, "Any": ""},
    ]


def test_a_count_of_no_rows_is_a_row():
    none = 'Event | take 5 | summarize Rows = count(), Any = take_any(tostring(column_ifexists("Nope", "")))'
    assert across(none) == [{"Rows": 0, "Any": ""}]
    assert across("Heartbeat | take 7 | summarize Rows = count()") == [{"Rows": 7}]
    assert across("Event | summarize arg_max(TimeGenerated, Computer)") == [{"TimeGenerated": None, "Computer": ""}]


def test_columns_of_one_name_and_two_types_are_kept_apart_by_their_types():
    found = across('union (Heartbeat | take 1 | extend X = 5), (Heartbeat | take 1 | extend X = "a"), Event')
    assert sorted((row["X_long"], row["X_string"]) for row in found if row["X_long"]) == [(5, "")]
    assert [row["X_string"] for row in found if not row["X_long"]] == ["a"]


def test_a_time_may_lie_between_two_others():
    last = "| where TimeGenerated between (datetime(2026-11-20T11:58:00Z) .. datetime(2026-11-20 12:00))"
    event = Event("vm1", "Operations Manager", 1, NOW - 2 * MINUTE)
    early = event, replace(event, moment=NOW - 3 * MINUTE)
    assert [row["TimeGenerated"] for row in rows(workspace(events=early), f"Event {last}")] == ["2026-11-20T11:58:00Z"]


@pytest.mark.parametrize(
    ("query", "said"),
    [
        (f'workspace("{guid("nobody")}").Heartbeat', "workspace expression named"),
        (f'workspace("{OTHER}").Heartbeats', "Heartbeats"),
        (f'workspace("{OTHER}")', "at 'the end'"),
        (f"workspace({OTHER}).Heartbeat", ""),
        ('workspace("other").Heartbeat', "'other'"),
        ("union (Heartbeat), (Event", "at 'the end'"),
        ("union (Heartbeat) (Event)", "at '('"),
        ("Heartbeat )", "at ')'"),
        ("Heartbeat | union Event", "'union' operator"),
        ("Heartbeat | where TimeGenerated between (1 .. 2)", "between"),
        ("Heartbeat | where TimeGenerated between (datetime(soon) .. datetime(later))", "datetime(soon)"),
    ],
)  # fmt: skip
def test_a_union_that_is_not_understood_is_an_error(query, said):
    status, body = ask(workspace(), query, others=(other(),))
    assert status == 400
    assert said in body["error"]["innererror"]["innererror"]["message"]


@pytest.mark.parametrize(
    ("changes", "status"),
    [({"query_access": "denied"}, 403), ({"query_access": "public_disabled"}, 403), ({"query_access": "missing"}, 400),
     ({"deleted": True}, 400), ({"absent_tables": frozenset({"Heartbeat"})}, 400)],
)  # fmt: skip
def test_one_workspace_that_refuses_refuses_the_whole_query(changes, status):
    query = f'union (Heartbeat), (workspace("{OTHER}").Heartbeat)'
    assert ask(workspace(), query, others=(other(),))[0] == 200
    found, body = ask(workspace(), query, others=(other(**changes),))
    assert (found, "tables" in body) == (status, False)


def test_a_right_must_reach_to_every_workspace():
    query = f'union (Heartbeat), (workspace("{OTHER}").Heartbeat)'
    denied = deny("Microsoft.OperationalInsights/workspaces/query/Heartbeat/read", scope=other().id)
    status, body = ask(workspace(), query, others=(other(),), faults=[denied])
    assert (status, body["error"]["code"]) == (403, "InsufficientAccessError")


def test_a_query_has_at_most_ten_workspaces():
    ids = [guid("customer", number) for number in range(10)]
    others = [workspace(name=f"o{number}", customer_id=id_) for number, id_ in enumerate(ids)]
    legs = [f'(workspace("{id_}").Event)' for id_ in ids]
    assert ask(workspace(), f"union {', '.join(legs[:9])}", others=others)[0] == 200
    assert ask(workspace(), f"union {', '.join(legs)}", others=others)[0] == 400


@pytest.mark.parametrize(
    ("mode", "computers"), [("evaluated", {"vm1", "vm2"}), ("own_workspace", {"vm1"}), ("own_table", {"vm1"})]
)
def test_a_server_may_know_the_paths_workspace_alone(mode, computers):
    query = f'union (Heartbeat | extend A = 1), (workspace("{OTHER}").Heartbeat | extend A = 1)'
    found = across(query, across=mode)
    assert {row["Computer"] for row in found} == computers
    assert {"A" in row for row in found} == {mode != "own_table"}


def test_a_server_may_refuse_queries_across_workspaces():
    status, _ = ask(workspace(), f'workspace("{OTHER}").Heartbeat', others=(other(),), across="refused")
    assert status == 400
    assert ask(workspace(), "Heartbeat", across="refused")[0] == 200
