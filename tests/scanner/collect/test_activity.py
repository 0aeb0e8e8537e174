"""What runs in an account is read as far as it can matter to hybrid workers, within fixed bounds, and no further."""

import asyncio

import pytest
from builders import NOW, account, account_id, days, group, minutes

from scanner.clouds import CLOUDS
from scanner.collect import _activity
from scanner.collect._activity import Activity
from scanner.collect._lookback import LookBack
from scanner.collect._reader import Reader
from scanner.inventory import (
    Answered,
    DscNode,
    GapReason,
    GroupType,
    Job,
    Module,
    PrivateEndpointConnection,
    Reading,
    RunbookContent,
    Schedule,
    Variable,
)
from scanner.pacing import Pacer
from scanner.progress import Silent
from scanner.session import Session
from scanner.tokens import RenewableCredential

ACCOUNT = account_id()
SETTINGS = "providers/Microsoft.Insights/diagnosticSettings"
ALWAYS = ("runbooks", "jobs", "jobSchedules", "webhooks", "runtimeEnvironments", SETTINGS)
AZURE_RM = b"Connect-AzureRmAccount"
HARMLESS = b"Get-Date"
NOTHING_PUBLISHED = (404, {"code": "NotFound", "message": "The Runbook was not found."}, {})
DENIED = (403, {"error": {"code": "AuthorizationFailed", "message": "no"}}, {})
WORKERS = [group(credential=None)]


def item(segment, name, **fields):
    return {"id": ACCOUNT.child(segment, name).text, "name": name, "properties": fields}


def runbook(name, state="Published"):
    return item("runbooks", name, runbookType="PowerShell", state=state)


YESTERDAY = days(1)


def job(name, *, age=YESTERDAY, runbook="Patch", run_on="workers", status="Failed", **fields):
    return item("jobs", name, runbook={"name": runbook}, runOn=run_on, status=status, **times(age) | fields)


def times(age):
    told = (NOW - age).isoformat()
    return {"creationTime": told, "lastModifiedTime": told, "startTime": told, "endTime": None}


def tie(name, run_on="workers", runbook="Patch"):
    return item("jobSchedules", name, runbook={"name": runbook}, schedule={"name": "Nightly"}, runOn=run_on)


class Azure:
    """One account behind the script; `read` lets everything be collected and returns the reader."""

    def __init__(self, script, session):
        self.script = script
        self.session = session
        for segment in ALWAYS:
            self.has(segment)

    def has(self, segment, *items):
        self.script.on(f"{ACCOUNT}/{segment}", {"value": list(items)})
        return self

    def answers(self, path, *answers):
        self.script.on(f"{ACCOUNT}/{path}", *answers)
        return self

    def runbooks(self, *items, content=HARMLESS):
        self.has("runbooks", *items)
        for one in items:
            self.answers(f"runbooks/{one['name']}/content", content)
        return self

    def jobs(self, *items, exception="The Spool operation ID does not exist."):
        self.has("jobs", *items)
        for one in items:
            self.answers(f"jobs/{one['name']}", one | {"properties": one["properties"] | {"exception": exception}})
        return self

    async def read(self, groups=(), *, since=None, included=(), skipped=(), seen=None, **details):
        reader = Reader(self.session, Silent(), frozenset(skipped))
        reader.listed_subscriptions = frozenset({ACCOUNT.subscription_id})
        reader.plan(Reading.GROUPS, ACCOUNT)
        if seen is None:
            reader.answer(Reading.GROUPS, ACCOUNT, items=len(groups))
        async with asyncio.TaskGroup() as tasks:
            activity = Activity(reader, tasks.create_task, LookBack(NOW, since=since), frozenset(included))
            activity.plan(ACCOUNT)
            activity.account(ACCOUNT)
            activity.groups(ACCOUNT, list(groups))
            if details:
                activity.details(account(**details))
        return reader

    def asked(self, part):
        return [sent.url.partition("?")[0].rpartition(ACCOUNT.text)[2] for sent in self.script.sent if part in sent.url]


@pytest.fixture
def azure(script, session):
    return Azure(script, session)


def of(reader, kind):
    return [resource for resource in reader.resources if isinstance(resource, kind)]


def names(reader, kind):
    return sorted(resource.name for resource in of(reader, kind))


def gap(reader, reading, scope=ACCOUNT):
    [read] = [read for read in reader.reads() if read.reading is reading and read.scope == scope.text]
    return read.gap


def planned(reader, reading):
    return [read for read in reader.reads() if read.reading is reading]


async def test_an_account_in_which_nothing_runs_costs_six_requests(azure, script):
    reader = await azure.read()
    assert len(script.sent) == len(ALWAYS)
    assert all(read.gap is None for read in reader.reads())


async def test_variables_are_read_only_where_they_were_asked_for(azure):
    azure.has("variables", item("variables", "Password", isEncrypted=False, value='"hunter2"'))
    assert planned(await azure.read(), Reading.VARIABLES) == []
    reader = await azure.read(included={"variables"})
    assert [variable.encrypted for variable in of(reader, Variable)] == [False]


async def test_schedules_are_read_where_a_runbook_is_tied_to_one(azure):
    azure.has("jobSchedules", tie("t", run_on=None)).has("schedules", item("schedules", "Nightly", nextRun=None))
    assert names(await azure.read(), Schedule) == ["Nightly"]


async def test_credentials_are_read_where_a_group_names_one(azure):
    azure.has("credentials", item("credentials", "Admin", userName="CONTOSO\\admin"))
    assert planned(await azure.read(WORKERS), Reading.CREDENTIALS) == []
    assert len(planned(await azure.read([group(credential="Admin")]), Reading.CREDENTIALS)) == 1


@pytest.mark.parametrize("told", [None, False])
async def test_nodes_are_read_only_where_they_can_no_longer_log_in(azure, told):
    assert planned(await azure.read(disable_local_auth=told), Reading.DSC_NODES) == []


async def test_the_nodes_of_an_account_without_local_logins_are_read(azure):
    azure.has("nodes", item("nodes", "n1"))
    assert names(await azure.read(disable_local_auth=True), DscNode) == ["n1"]


@pytest.mark.parametrize("told", [None, True])
async def test_private_endpoints_are_not_read_where_the_public_way_is_open(azure, told):
    assert planned(await azure.read(public_network_access=told), Reading.PRIVATE_ENDPOINTS) == []


async def test_the_private_endpoints_of_a_closed_account_are_read(azure):
    azure.has("privateEndpointConnections", item("privateEndpointConnections", "p", groupIds=["Webhook"]))
    assert names(await azure.read(public_network_access=False), PrivateEndpointConnection) == ["p"]


async def test_what_depends_on_the_accounts_own_get_can_come_before_the_account_is_walked(azure, session):
    azure.has("nodes")
    reader = Reader(session, Silent())
    async with asyncio.TaskGroup() as tasks:
        activity = Activity(reader, tasks.create_task, LookBack(NOW), frozenset())
        activity.details(account(disable_local_auth=True))
        activity.plan(ACCOUNT)
        activity.account(ACCOUNT)
    assert len(planned(reader, Reading.DSC_NODES)) == 1
    assert len(planned(reader, Reading.RUNBOOKS)) == 1


# -- jobs -----------------------------------------------------------------------------------------------------


async def test_hybrid_jobs_are_kept_and_of_the_sandboxs_the_newest_of_each_runbook(azure):
    azure.jobs(
        job("h1", status="Completed"),
        job("h2", status="Completed", age=days(29)),
        job("h3", status="Completed", age=days(31)),
        job("s1", run_on=None, age=days(3)),
        job("s2", run_on="", age=days(2), runbook="patch"),
        job("s3", run_on=None, age=days(4), runbook="Other"),
        job("s4", run_on=None, age=days(31), runbook="Old"),
    )
    reader = await azure.read()
    assert names(reader, Job) == ["h1", "h2", "s2", "s3"]
    assert gap(reader, Reading.JOBS) is None
    assert azure.asked("/jobs/") == []


async def test_a_job_that_ended_in_the_look_back_is_in_it(azure):
    azure.jobs(job("j", status="Completed", age=days(40), endTime=(NOW - days(29)).isoformat()))
    assert names(await azure.read(), Job) == ["j"]


async def test_a_job_that_tells_no_time_is_kept(azure):
    azure.jobs(job("j", status="New", creationTime=None, lastModifiedTime=None, startTime=None))
    assert names(await azure.read(), Job) == ["j"]


@pytest.mark.parametrize("status", ["Failed", "Suspended", "failed"])
async def test_the_exception_of_a_hybrid_job_that_failed_is_read(azure, status):
    azure.jobs(job("j", status=status))
    details = (await azure.read()).resources[-1]
    assert isinstance(details, Job)
    assert (details.detailed, details.signature) == (True, "spool-operation")


@pytest.mark.parametrize("change", [{"status": "Completed"}, {"run_on": None}, {"age": days(31)}])
async def test_other_jobs_are_not_asked_for_their_exception(azure, change):
    azure.jobs(job("j", **change))
    assert planned(await azure.read(), Reading.JOB) == []


async def test_where_a_list_hides_where_jobs_run_their_own_answer_tells(azure):
    hidden = [job("failed"), job("queued", status="Queued"), job("done", status="Completed")]
    for one in hidden:
        del one["properties"]["runOn"]
    azure.jobs(*hidden)
    told = job("failed", exception="The Spool operation ID does not exist.")
    azure.answers("jobs/failed", told)
    reader = await azure.read()
    assert sorted(azure.asked("/jobs/")) == ["/jobs/failed", "/jobs/queued"]
    assert [(j.run_on, j.signature) for j in of(reader, Job) if j.run_on] == [("workers", "spool-operation")]


async def test_of_failures_alike_the_newest_ten_are_read_and_the_rest_is_a_gap(azure):
    alike = [job(f"j{n}", age=days(n + 1), run_on="WORKERS" if n % 2 else "workers") for n in range(13)]
    azure.jobs(*alike, job("other", age=days(20), run_on="others"))
    reader = await azure.read()
    assert sorted(azure.asked("/jobs/")) == [*(f"/jobs/j{n}" for n in range(10)), "/jobs/other"]
    left = gap(reader, Reading.JOB)
    assert left.reason is GapReason.TRUNCATED
    assert left.message.startswith("3 more")


async def test_at_most_a_hundred_exceptions_of_an_account_are_read(azure):
    azure.jobs(*(job(f"j{n:03}", age=minutes(n), runbook=f"r{n}") for n in range(103)))
    reader = await azure.read()
    assert len(azure.asked("/jobs/")) == 100
    assert "/jobs/j099" in azure.asked("/jobs/")
    assert gap(reader, Reading.JOB).message.startswith("3 more")


async def test_a_job_list_that_goes_on_for_too_long_is_a_gap(azure, monkeypatch):
    monkeypatch.setattr(_activity, "MOST_JOB_PAGES", 2)
    azure.answers("jobs", {"value": [job("a", status="New")], "nextLink": f"{ACCOUNT}/jobs?$skip=1"})
    azure.answers("jobs?$skip=1", {"value": [job("b", status="New")], "nextLink": f"{ACCOUNT}/jobs?$skip=2"})
    reader = await azure.read()
    assert names(reader, Job) == ["a", "b"]
    assert gap(reader, Reading.JOBS).reason is GapReason.TRUNCATED


async def test_a_shorter_look_back_is_told_and_what_lies_in_it_is_kept(azure):
    azure.jobs(job("new", age=days(2)), job("old", age=days(5)))
    reader = await azure.read(since=NOW - days(3))
    assert {one.name for one in of(reader, Job)} == {"new"}
    assert azure.asked("/jobs/") == ["/jobs/new"]
    assert gap(reader, Reading.JOBS).reason is GapReason.SKIPPED
    assert "2026-11-19T12:00:00Z" in gap(reader, Reading.JOBS).message


async def test_a_look_back_of_the_whole_retention_is_no_gap(azure):
    assert gap(await azure.read(since=NOW - days(30)), Reading.JOBS) is None


async def test_a_shorter_look_back_does_not_hide_why_jobs_could_not_be_read(azure):
    azure.answers("jobs", DENIED)
    assert gap(await azure.read(since=NOW - days(3)), Reading.JOBS).reason is GapReason.DENIED


async def test_with_jobs_left_out_nothing_below_them_is_planned(azure):
    azure.jobs(job("j"))
    reader = await azure.read(skipped={Reading.JOBS, Reading.JOB}, since=NOW - days(3))
    assert gap(reader, Reading.JOBS).reason is GapReason.SKIPPED
    assert planned(reader, Reading.JOB) == []
    assert azure.asked("/jobs") == []


# -- content --------------------------------------------------------------------------------------------------


async def test_the_runbooks_of_an_account_with_workers_are_read(azure, script):
    azure.runbooks(runbook("Patch"), runbook("Draft", "Edit"))
    reader = await azure.read(WORKERS)
    assert names(reader, RunbookContent) == ["Draft", "Patch"]
    assert {sent.headers["Accept"] for sent in script.sent if "content" in sent.url} == {"text/plain"}


async def test_a_runbook_that_was_never_published_is_not_asked_for(azure):
    azure.has("runbooks", runbook("Idea", "New"))
    assert planned(await azure.read(WORKERS), Reading.RUNBOOK_CONTENT) == []


async def test_the_page_of_a_proxy_is_no_runbook(azure):
    azure.runbooks(runbook("Patch"), content=(200, b"<html>Sign in</html>", {"Content-Type": "text/html"}))
    reader = await azure.read(WORKERS)
    assert gap(reader, Reading.RUNBOOK_CONTENT, ACCOUNT.child("runbooks", "Patch")).reason is GapReason.MALFORMED
    assert of(reader, RunbookContent) == []


async def test_a_runbook_without_published_content_is_answered(azure):
    azure.runbooks(runbook("Patch"), content=NOTHING_PUBLISHED)
    reader = await azure.read(WORKERS)
    [read] = planned(reader, Reading.RUNBOOK_CONTENT)
    assert read.answered == Answered(0, missing=True)
    assert of(reader, RunbookContent) == []


@pytest.mark.parametrize("groups", [[], [group(group_type=GroupType.SYSTEM)]])
async def test_runbooks_that_no_worker_can_run_are_not_read(azure, groups):
    azure.has("runbooks", runbook("Patch")).jobs(job("j", run_on=None)).has("jobSchedules", tie("t", run_on=None))
    azure.has("schedules")
    assert planned(await azure.read(groups), Reading.RUNBOOK_CONTENT) == []


@pytest.mark.parametrize(
    ("segment", "one"),
    [
        ("jobs", job("j", status="Completed")),
        ("jobSchedules", tie("t")),
        ("webhooks", item("webhooks", "w", runbook={"name": "Patch"}, runOn="workers")),
    ],
)
async def test_a_group_that_is_only_named_lets_runbooks_be_read(azure, segment, one):
    azure.runbooks(runbook("Patch")).has("schedules").has(segment, one)
    assert names(await azure.read(), RunbookContent) == ["Patch"]


async def test_groups_that_were_not_seen_may_run_every_runbook(azure):
    azure.runbooks(runbook("Patch"))
    assert names(await azure.read(seen=False), RunbookContent) == ["Patch"]


async def test_the_runbooks_that_run_on_groups_come_first_and_the_rest_is_a_gap(azure, monkeypatch):
    monkeypatch.setattr(_activity, "MOST_CONTENTS", 2)
    azure.runbooks(*(runbook(name) for name in ("A", "B", "C", "Z"))).has("schedules")
    azure.has("jobSchedules", tie("t", runbook="z"))
    reader = await azure.read(WORKERS)
    assert names(reader, RunbookContent) == ["A", "Z"]
    left = gap(reader, Reading.RUNBOOK_CONTENT)
    assert left.reason is GapReason.TRUNCATED
    assert left.message.startswith("2 more")


async def test_content_that_was_left_out_is_skipped_beyond_the_limit_too(azure, monkeypatch):
    monkeypatch.setattr(_activity, "MOST_CONTENTS", 1)
    azure.has("runbooks", runbook("A"), runbook("B"))
    reader = await azure.read(WORKERS, skipped={Reading.RUNBOOK_CONTENT})
    assert {read.gap.reason for read in planned(reader, Reading.RUNBOOK_CONTENT)} == {GapReason.SKIPPED}


async def test_the_children_of_a_runbook_are_the_accounts_own(azure):
    azure.runbooks(runbook("Parent"), runbook("Child"), content=b".\\Child.ps1\n.\\Elsewhere.ps1")
    parent = next(one for one in of(await azure.read(WORKERS), RunbookContent) if one.name == "Parent")
    assert parent.calls == (ACCOUNT.child("runbooks", "Child"),)


async def test_modules_are_read_once_where_a_runbook_uses_azurerm(azure):
    azure.runbooks(runbook("A"), runbook("B"), content=AZURE_RM)
    azure.has("modules", item("modules", "AzureRM.Profile", version="5.8.3", isGlobal=False))
    assert names(await azure.read(WORKERS), Module) == ["AzureRM.Profile"]
    assert azure.asked("/modules") == ["/modules"]


async def test_modules_are_not_read_where_no_runbook_uses_azurerm(azure):
    azure.runbooks(runbook("A"))
    assert planned(await azure.read(WORKERS), Reading.MODULES) == []


@pytest.mark.parametrize("segment", ALWAYS)
async def test_a_list_that_is_denied_leaves_the_others_alone(azure, segment):
    azure.answers(segment, DENIED)
    reader = await azure.read(WORKERS)
    assert [read.gap.reason for read in reader.reads() if read.gap] == [GapReason.DENIED]
    assert len(reader.reads()) == 1 + len(ALWAYS)


@pytest.mark.parametrize("segment", ALWAYS)
async def test_items_of_another_shape_are_gaps_and_nothing_is_made_of_them(azure, segment):
    azure.has(segment, None, [], 7, {}, {"id": "/"}, {"id": "/x"}, {"id": f"{account_id('other')}/{segment}/x"})
    reader = await azure.read(WORKERS)
    assert {read.gap.reason for read in reader.reads() if read.gap} == {GapReason.MALFORMED}
    assert len([read for read in reader.reads() if read.gap]) == 7
    assert reader.resources == []


async def test_a_cut_off_at_any_request_leaves_no_read_without_its_gap(azure, script, credential):
    azure.runbooks(runbook("A"), content=AZURE_RM).jobs(job("j")).has("jobSchedules", tie("t"))
    azure.has("modules").has("schedules")
    whole = {(read.reading, read.scope) for read in (await azure.read(WORKERS)).reads()}
    for requests in range(len(script.sent)):
        reads = await cut_off(credential, script, requests)
        assert {(read.reading, read.scope) for read in reads if read.gap is None} < whole
        assert {read.gap.reason for read in reads if read.gap} == {GapReason.INTERRUPTED}


async def cut_off(credential, script, requests):
    """Collect, and cancel everything at the request after so many; returns the reads."""
    reached = asyncio.Event()
    sent = len(script.sent)

    class Counted(Pacer):
        """A pacer that gives no turn after so many."""

        async def enter(self, lane_name, rank):
            if len(script.sent) - sent >= requests:
                reached.set()
                await asyncio.Event().wait()
            await super().enter(lane_name, rank)

    counted = Session(CLOUDS["AzureCloud"], RenewableCredential(lambda: credential), script, Counted())
    reader = Reader(counted, Silent())
    reader.listed_subscriptions = frozenset({ACCOUNT.subscription_id})
    tasks = []
    activity = Activity(reader, lambda work: tasks.append(asyncio.ensure_future(work)), LookBack(NOW), frozenset())
    activity.plan(ACCOUNT)
    activity.account(ACCOUNT)
    activity.groups(ACCOUNT, WORKERS)
    await reached.wait()
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    return reader.reads()
