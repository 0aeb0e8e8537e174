"""One scan of a whole tenant: both ways to enumerate agree, and what was not seen is in the ledger."""

import asyncio
import json
import re
from dataclasses import replace

import msgspec
import pytest
from builders import NOW
from tenants import OF_NOW, estate_of, scan_named

from scanner.emulator import TENANTS, answer, deny, garble, generate, reset, throttle, truncate
from scanner.emulator.tenants.contoso_places import FINANCE, OPERATIONS, PLATFORM
from scanner.errors import StartError
from scanner.graph import EstateGraph, Presence
from scanner.inventory import ArmId, GapReason, Reading, Scope
from scanner.pipeline import scan_of

GRAPH = "Microsoft.ResourceGraph/*"
QUERY = re.compile(r"/v1/workspaces/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/query")
WORKERS = "Microsoft.Automation/automationAccounts/hybridRunbookWorkerGroups/hybridRunbookWorkers/read"


def resources(estate):
    """All resources, apart from the moment at which each was read."""
    kinds = [name for name in estate.__struct_fields__ if name not in {"facts", "reads"}]
    return {kind: [msgspec.structs.replace(found, read_at=NOW) for found in getattr(estate, kind)] for kind in kinds}


def spelled(estate):
    return [found.id.text for kind in resources(estate).values() for found in kind]


def ledger(estate):
    return [(read.scope, read.reading, read.answered, read.gap and read.gap.reason) for read in estate.reads]


BY_LISTS_ONLY = {Reading.VM_STATUSES, Reading.VM_EXTENSIONS, Reading.ARC_EXTENSIONS}
"""What ARM's lists of machines leave out, and Resource Graph tells in bulk."""


def apart_from_extensions(estate):
    """All resources but extensions, and whether those of a machine were told."""
    found = resources(estate)
    machines = [msgspec.structs.replace(machine, extensions_told=False) for machine in found["machines"]]
    return found | {"machines": machines, "extensions": []}


def agrees_with_lists(lists, bulk):
    """Assert that a scan by ARM's lists saw what one by Resource Graph did, but for extensions that nobody asks for."""
    assert apart_from_extensions(lists) == apart_from_extensions(bulk)
    named = {worker.machine for worker in bulk.workers}
    of_workers = [{found.id for found in estate.extensions if found.machine in named} for estate in (lists, bulk)]
    assert of_workers[0] == of_workers[1]
    assert {found.id for found in lists.extensions} <= {found.id for found in bulk.extensions}
    ledgers = [[read for read in ledger(estate) if read[1] not in BY_LISTS_ONLY] for estate in (lists, bulk)]
    assert ledgers[0] == ledgers[1]


def rows(*found, **more):
    return json.dumps({"totalRecords": 0, "count": 0, "data": found, "facets": [], "resultTruncated": "false"} | more)


# -- both ways to enumerate -----------------------------------------------------------------------------------


@pytest.mark.parametrize("tenant", OF_NOW)
@pytest.mark.parametrize("page_size", [1, 100])
async def test_resource_graph_and_arms_lists_give_the_same_estate(collect, tenant, page_size):
    bulk, _ = await collect(tenant, page_size=page_size)
    lists, _ = await collect(tenant, page_size=page_size, faults=[deny(GRAPH)])
    agrees_with_lists(lists, bulk)
    assert bulk.facts.notes == ()
    assert len(lists.facts.notes) == 1


@pytest.mark.parametrize("tenant", OF_NOW)
def test_resource_graph_and_arms_lists_give_the_same_findings(tenant):
    bulk, lists = scan_named(tenant), scan_of(estate_of(TENANTS[tenant](NOW), faults=[deny(GRAPH)]))
    found = {finding.fingerprint: finding for finding in bulk.findings}
    assert {finding.fingerprint for finding in lists.findings} <= found.keys()
    lost = [found[mark] for mark in found.keys() - {finding.fingerprint for finding in lists.findings}]
    # A machine that no worker names is asked for nothing more: whether it has the extension is unknown, then.
    assert {finding.check for finding in lost} <= {"worker-extension-orphaned"}
    unknown = {unknown.subject for unknown in lists.unknowns if unknown.check == "worker-extension-orphaned"}
    assert {finding.subject.subscription for finding in lost} <= unknown


@pytest.mark.parametrize(
    "fault",
    [
        deny(GRAPH),
        garble(operation=GRAPH),
        garble(operation=GRAPH, html=True),
        truncate(operation=GRAPH),
        reset(operation=GRAPH),
        throttle(1, retry_after=90, operation=GRAPH),
        answer(200, "", operation=GRAPH),
        answer(200, "null", operation=GRAPH),
        answer(200, "[]", operation=GRAPH),
        answer(200, "{}", operation=GRAPH),
        answer(200, rows(resultTruncated="true"), operation=GRAPH),
        answer(200, rows(None), operation=GRAPH),
        answer(200, rows({"id": "/x"}), operation=GRAPH),
        answer(200, rows(**{"$skipToken": "again"}), operation=GRAPH),
        answer(409, '{"error":{"code":"MissingSubscriptionRegistration"}}', operation=GRAPH),
        answer(204, "", operation=GRAPH),
        answer(302, "", {"Location": "https://evil.example"}, operation=GRAPH),
    ],
    ids=lambda fault: f"{type(fault.effect).__name__}-{getattr(fault.effect, 'body', b'')[:40]!r}",
)
async def test_a_resource_graph_that_fails_falls_back_to_lists_and_says_so(collect, spotless, fault):
    estate, emulator = await collect(faults=[fault])
    agrees_with_lists(estate, spotless)
    [note] = estate.facts.notes
    assert "Resource Graph was not used" in note
    assert emulator.login.object_id not in note
    assert emulator.login.client_id not in note
    assert emulator.writes == []


async def test_what_resource_graph_drops_without_a_word_is_listed(collect, spotless):
    estate, _ = await collect(faults=[answer(200, rows(), operation=GRAPH)])
    agrees_with_lists(estate, spotless)


async def test_rows_that_cannot_be_read_are_listed_instead(collect, contoso):
    odd = rows({"id": "no id", "type": "Microsoft.Automation/AutomationAccounts", "subscriptionId": OPERATIONS})
    estate, _ = await collect("contoso", faults=[answer(200, odd, operation=GRAPH)])
    agrees_with_lists(estate, contoso)


async def test_accounts_that_nobody_may_list_are_a_denied_gap_and_not_absent(collect):
    estate, _ = await collect(faults=[deny("Microsoft.Automation/automationAccounts/read")])
    assert estate.accounts == ()
    gaps = {gap.scope: gap for gap in estate.ledger.gaps if gap.reading is Reading.ACCOUNTS}
    assert len(gaps) == 2
    assert all(gap.action == "Microsoft.Automation/automationAccounts/read" for gap in gaps.values())
    assert all(gap.request_id for gap in gaps.values())


# -- every page size and link form ----------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(6))
async def test_no_order_of_lists_and_no_form_of_links_changes_the_estate(collect, contoso, seed):
    estate, emulator = await collect("contoso", page_size=1 + seed % 3, seed=seed)
    assert resources(estate) == resources(contoso)
    assert ledger(estate) == ledger(contoso)
    assert emulator.writes == []


async def test_faults_that_pass_leave_no_trace(collect, spotless):
    faults = [throttle(4, retry_after=3), reset(every=7), answer(503, "<html>", {"Retry-After": "2"}, every=9)]
    estate, _ = await collect(faults=faults)
    assert resources(estate) == resources(spotless)
    assert ledger(estate) == ledger(spotless)
    assert estate.facts.requests.throttled > 0
    assert estate.facts.requests.retried > estate.facts.requests.throttled


async def test_the_requests_are_counted_as_they_were_sent(collect):
    estate, emulator = await collect()
    asked_before_the_session = 1
    assert estate.facts.requests.sent == len(emulator.requests) - asked_before_the_session


async def test_the_same_tenant_gives_the_same_reads_twice(collect, contoso):
    again, _ = await collect("contoso")
    assert ledger(again) == ledger(contoso)
    assert resources(again) == resources(contoso)


# -- links ----------------------------------------------------------------------------------------------------


async def test_a_linked_workspace_in_a_subscription_out_of_scope_is_fetched_by_its_id(collect):
    estate, _ = await collect("contoso", scope=Scope(subscriptions=(OPERATIONS,)))
    fetched = [workspace for workspace in estate.workspaces if workspace.id.subscription_id == PLATFORM]
    assert [workspace.name for workspace in fetched] == ["law-shared"]
    id_ = fetched[0].id
    for reading in (Reading.WORKSPACE, Reading.LINKED_SERVICES, Reading.INTELLIGENCE_PACKS):
        assert estate.ledger.answer_at(reading, id_) is not None


async def test_a_linked_workspace_that_may_not_be_read_is_a_gap_and_unseen(collect, contoso):
    [gap] = [gap for gap in contoso.ledger.gaps if gap.reading is Reading.WORKSPACE]
    assert (ArmId(gap.scope).name, ArmId(gap.scope).subscription_id, gap.reason) == (
        "law-ledger",
        FINANCE,
        GapReason.DENIED,
    )
    assert EstateGraph(contoso).presence(ArmId(gap.scope)) is Presence.UNSEEN


async def test_a_linked_workspace_that_is_gone_is_missing(collect, contoso):
    graph = EstateGraph(contoso)
    gone = [
        link.workspace
        for link in contoso.links
        if link.workspace and graph.presence(link.workspace) is Presence.MISSING
    ]
    assert {workspace.name for workspace in gone} == {"law-removed", "law-purged"}
    assert {workspace.name for workspace in contoso.deleted_workspaces} >= {"law-purged"}


async def test_an_account_that_only_a_workspace_names_is_fetched(collect, spotless):
    nothing = json.dumps({"value": []})
    hidden = [deny(GRAPH), answer(200, nothing, operation="Microsoft.Automation/automationAccounts/read", times=2)]
    estate, _ = await collect(faults=hidden)
    assert apart_from_extensions(estate) == apart_from_extensions(spotless)


async def test_an_account_without_a_link_says_so(collect, contoso):
    unlinked = {link.account.name for link in contoso.links if link.workspace is None}
    assert unlinked >= {"aa-toronto", "aa-reporting"}


# -- 403 on one group's workers -------------------------------------------------------------------------------


async def test_one_group_that_may_not_be_read_takes_nothing_else_with_it(collect, contoso):
    group = next(group.id for group in contoso.groups if group.name == "hwg-paris")
    estate, emulator = await collect("contoso", faults=[deny(WORKERS, "/hwg-paris/")])
    [gap] = [gap for gap in estate.ledger.gaps if gap.scope == group.text]
    assert (gap.reason, gap.status, gap.operation, gap.action) == (GapReason.DENIED, 403, WORKERS, WORKERS)
    assert emulator.login.object_id not in gap.message
    assert group in {seen.id for seen in estate.groups}
    before, after = scan_of(contoso), scan_of(estate)
    lost = {f.fingerprint for f in before.findings} - {f.fingerprint for f in after.findings}
    about = [f for f in before.findings if f.fingerprint in lost]
    assert all(f.subject.within(group) or "ops-old-01" in f.message for f in about)
    unknown = {unknown.check for unknown in after.unknowns if unknown.subject == group}
    assert unknown >= {"worker-stale", "worker-never-connected", "group-empty", "group-without-active-worker"}
    assert not any(f.subject == group and f.check == "group-empty" for f in after.findings)


# -- interruption ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [2, 3, 4, 8, 15, 30, 45])
async def test_an_interrupted_scan_keeps_what_it_saw_and_owns_up_to_the_rest(collect, spotless, watched, number):
    stop = asyncio.Event()

    async def stop_at(sent, _url):
        if sent == number:
            stop.set()

    estate, _ = await collect(through=watched(stop_at), stop=stop)
    assert estate.facts.interrupted
    assert {read.gap.reason for read in estate.reads if read.gap} == {GapReason.INTERRUPTED}
    planned = {(read.scope.lower(), read.reading) for read in estate.reads}
    assert planned <= {(read.scope.lower(), read.reading) for read in spotless.reads}
    seen = {found.id for kind in resources(estate).values() for found in kind}
    assert seen <= {found.id for kind in resources(spotless).values() for found in kind}
    assert watched.made[0].in_flight == 0


def test_one_list_that_never_answers_costs_its_deadline_and_nothing_else(collect, watched, in_virtual_time):
    async def hang(_number, url):
        if "/aa-core/certificates" in url:
            await asyncio.Event().wait()

    (estate, _), seconds = in_virtual_time(lambda: collect(through=watched(hang)))
    [gap] = estate.ledger.gaps
    assert (gap.reading, gap.reason, gap.status) == (Reading.CERTIFICATES, GapReason.TIMEOUT, None)
    assert len(estate.accounts) == 3
    assert 60 <= seconds <= 120


def test_a_scan_that_is_stopped_while_a_list_hangs_ends_at_once(collect, watched, in_virtual_time):
    stop = asyncio.Event()

    async def hang(_number, url):
        if "/aa-core/certificates" in url:
            asyncio.get_running_loop().call_later(5, stop.set)
            await asyncio.Event().wait()

    async def scan():
        return await collect(through=watched(hang), stop=stop)

    (estate, _), seconds = in_virtual_time(scan)
    [gap] = estate.ledger.gaps
    assert (gap.reading, gap.reason) == (Reading.CERTIFICATES, GapReason.INTERRUPTED)
    assert (estate.facts.interrupted, seconds) == (True, 5)


async def test_a_stop_that_never_comes_changes_nothing(collect):
    estate, _ = await collect(stop=asyncio.Event())
    assert not estate.facts.interrupted
    assert estate.ledger.gaps == ()


async def test_a_scan_that_cannot_start_says_so_with_a_stop_too(collect):
    with pytest.raises(StartError):
        await collect(stop=asyncio.Event(), faults=[deny("Microsoft.Resources/*")])


# -- width ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("width", [1, 3, 16])
async def test_never_more_requests_at_once_than_asked_for(collect, watched, width):
    tenant = generate(accounts=12, subscriptions=3, now=NOW)
    estate, _ = await collect(tenant, through=watched(), concurrency=width, page_size=100)
    assert watched.made[0].most_in_flight == width
    assert len(estate.accounts) == 12


async def test_width_changes_only_the_time(collect):
    narrow, _ = await collect(concurrency=1)
    wide, _ = await collect(concurrency=64)
    assert ledger(narrow) == ledger(wide)
    assert resources(narrow) == resources(wide)


# -- secrets and writes ---------------------------------------------------------------------------------------


async def test_a_scan_writes_nothing_and_has_a_token_for_arm_and_one_for_log_queries(collect, watched):
    estate, emulator = await collect("contoso", through=watched())
    assert emulator.writes == []
    assert {method for method, _, _ in emulator.requests} == {"GET", "POST"}
    posts = {path for method, path, _ in emulator.requests if method == "POST"}
    assert posts > {"/providers/Microsoft.ResourceGraph/resources"}
    assert all(QUERY.fullmatch(path) for path in posts - {"/providers/Microsoft.ResourceGraph/resources"})
    assert all(url.startswith(emulator.arm_endpoint) for url in watched.made[0].urls)
    assert len(watched.made[0].tokens - {None}) == 2
    assert estate.facts.requests.throttled == 0


async def test_a_conflict_for_a_missing_registration_registers_nothing(collect):
    body = '{"error":{"code":"MissingSubscriptionRegistration","message":"not registered"}}'
    estate, emulator = await collect(faults=[deny(GRAPH), answer(409, body, operation="Microsoft.Automation/*")])
    assert emulator.writes == []
    assert {gap.reason for gap in estate.ledger.gaps} == {GapReason.NOT_REGISTERED}


async def test_older_clouds_are_asked_in_their_own_api_version(collect, spotless):
    older = {
        "Microsoft.Automation": ("2021-06-22", "2022-08-08"),
        "Microsoft.OperationalInsights": ("2020-08-01", "2023-09-01"),
    }
    estate, emulator = await collect(replace(TENANTS["spotless"](NOW), api_versions=older))
    assert resources(estate) == resources(spotless)
    assert estate.ledger.gaps == ()
    assert any("2022-08-08" in query for _, _, query in emulator.requests)


# -- what Azure contradicts ------------------------------------------------------------------------------------


async def test_an_account_that_its_own_get_knows_no_more_is_not_part_of_the_estate(collect):
    gone = '{"error": {"code": "ResourceNotFound", "message": "gone"}}'
    read = "Microsoft.Automation/automationAccounts/read"
    estate, _ = await collect(faults=[answer(404, gone, operation=read, scope="/automationAccounts/aa-core")])
    assert "aa-core" not in {account.name for account in estate.accounts}
    assert estate.ledger.gaps == ()


async def test_resource_graph_that_counts_more_than_it_shows_is_not_relied_upon(collect, contoso):
    estate, _ = await collect("contoso", faults=[answer(200, rows(totalRecords=7), operation=GRAPH)])
    assert [account.name for account in estate.accounts] == [account.name for account in contoso.accounts]
    assert "cut its answer short" in estate.facts.notes[0]


async def test_resource_graph_that_looks_into_ten_thousand_subscriptions_only_is_a_gap(collect, contoso):
    cut = {"x-ms-tenant-subscription-limit-hit": "true"}
    estate, _ = await collect("contoso", faults=[answer(200, rows(), headers=cut, operation=GRAPH)])
    told = [gap for gap in estate.ledger.gaps if gap.reading is Reading.RESOURCE_GRAPH]
    assert [(gap.scope, gap.reason) for gap in told] == [("/subscriptions", GapReason.TRUNCATED)]
    assert [account.name for account in estate.accounts] == [account.name for account in contoso.accounts]
