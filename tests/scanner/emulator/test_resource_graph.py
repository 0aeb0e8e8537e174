"""Resource Graph answers one form of query, and leaves out without a word what may not be read."""

import json
from dataclasses import replace

import pytest

from scanner.emulator import TENANTS, deny
from scanner.emulator.tenants.model import Extension, Machine

KINDS = ("microsoft.automation/automationaccounts", "microsoft.operationalinsights/workspaces")
ALL = ", ".join(f"'{kind}'" for kind in (*KINDS, "microsoft.operationsmanagement/solutions"))
MACHINES = ("microsoft.compute/virtualmachines", "microsoft.hybridcompute/machines")
EXTENSIONS = tuple(f"{kind}/extensions" for kind in MACHINES)
QUERY = f"Resources\n| where type in~ ({ALL})\n| project id, name, type, properties\n| order by id asc"


async def ask(wire, query=QUERY, subscriptions=None, **options):
    body = {"query": query, "options": options, **({"subscriptions": subscriptions} if subscriptions else {})}
    path = "/providers/Microsoft.ResourceGraph/resources?api-version=2021-03-01"
    response = await wire.send("POST", path, json.dumps(body).encode())
    return response, json.loads(response.body)


async def rows(wire, **options):
    found, (_, page) = [], await ask(wire, **options)
    while True:
        found += page["data"]
        if "$skipToken" not in page:
            assert len(found) == page["totalRecords"]
            return found
        _, page = await ask(wire, **(options | {"$skipToken": page["$skipToken"]}))


async def test_pages_go_on_until_all_rows_came_in_the_order_of_their_ids(wire):
    found = await rows(wire("spotless"), **{"$top": 1000})
    assert [row["id"] for row in found] == sorted(row["id"] for row in found)
    assert {row["type"] for row in found} == {*KINDS, "microsoft.operationsmanagement/solutions"}
    assert len({row["id"] for row in found}) == 9


async def test_the_answer_has_a_string_for_a_truth_and_quota_headers(wire):
    response, page = await ask(wire("spotless"))
    assert page["resultTruncated"] == "false"
    assert page["facets"] == []
    assert response.headers["x-ms-user-quota-remaining"] == "14"
    assert response.headers["x-ms-user-quota-resets-after"] == "00:00:05"


async def test_only_the_subscriptions_asked_for(wire):
    spotless = wire("spotless", page_size=100)
    wanted = spotless.emulator.tenant.subscriptions[0].id
    _, page = await ask(spotless, subscriptions=[wanted.upper(), "00000000-0000-0000-0000-000000000000"])
    assert {row["id"].split("/")[2] for row in page["data"]} == {wanted}


async def test_what_may_not_be_read_is_left_out(wire):
    one = wire("spotless", page_size=100, faults=[deny("Microsoft.Automation/automationAccounts/read", "aa-core")])
    _, page = await ask(one)
    assert sum(row["type"] == KINDS[0] for row in page["data"]) == 2
    assert not any("law-ledger" in row["id"] for row in await rows(wire(page_size=100)))


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("resources | take 5", "take 5"),
        (QUERY.replace("microsoft.automation/automationaccounts", "microsoft.compute/disks"), "disks"),
        (QUERY.replace("name,", "nmae,"), "nmae"),
        (QUERY.replace("order by id asc", "order by name"), "order by name"),
        ("", ""),
    ],
)
async def test_any_other_query_is_invalid_and_named(wire, query, named):
    response, body = await ask(wire(), query)
    assert response.status == 400
    assert body["error"]["details"][0]["code"] == "InvalidQuery"
    assert named in body["error"]["details"][1]["token"] + body["error"]["details"][1]["message"]


@pytest.mark.parametrize(
    "options", [{"$top": 0}, {"$top": 1001}, {"$skipToken": "x"}, {"resultFormat": "table"}, {"$filter": "a"}]
)
async def test_an_option_that_is_not_understood_is_refused(wire, options):
    response, body = await ask(wire(), **options)
    assert (response.status, body["error"]["code"]) == (400, "BadRequest")


@pytest.fixture
def machines(now):
    """Twelve VMs and six Arc-enabled servers, each with an extension, in one subscription."""
    spotless = TENANTS["spotless"](now)
    group = f"/subscriptions/{spotless.subscriptions[0].id}/resourceGroups/rg-Machines/providers"
    worker = (Extension("HybridWorker", "HybridWorkerForWindows", settings={"AutomationAccountURL": "a"}),)
    vm = Machine(f"{group}/Microsoft.Compute/virtualMachines/vm", "West Europe", "VM", extensions=worker)
    arc = Machine(f"{group}/Microsoft.HybridCompute/machines/arc", "uksouth", "arc", extensions=worker)
    states = ("running", "deallocated", None)
    vms = tuple(replace(vm, id=f"{vm.id}{number}", power=states[number % 3]) for number in range(12))
    return replace(spotless, machines=(*vms, *(replace(arc, id=f"{arc.id}{number}") for number in range(6))))


def query_of(*kinds):
    named = ", ".join(f"'{kind}'" for kind in kinds)
    return f"resources | where type in~ ({named}) | project id, type, location, identity, properties | order by id asc"


async def test_vms_come_with_their_power_state_and_what_their_agent_told(wire, machines):
    found = await rows(wire(machines), query=query_of(MACHINES[0]))
    views = [row["properties"]["extended"]["instanceView"] for row in found]
    assert len(found) == 12
    assert {view.get("powerState", {}).get("code") for view in views} == {
        "PowerState/running",
        "PowerState/deallocated",
        None,
    }
    running = next(view for view in views if view.get("powerState", {}).get("displayStatus") == "VM running")
    assert (running["computerName"], running["osName"]) == ("VM", "Windows Server 2022 Datacenter")
    assert found[0]["properties"]["osProfile"]["computerName"] == "VM"
    assert (found[0]["location"], found[0]["identity"]["type"]) == ("westeurope", "SystemAssigned")


async def test_every_machine_and_extension_comes_once_whatever_the_spelling_of_its_id(wire, machines):
    found = await rows(wire(machines), query=query_of(*MACHINES, *EXTENSIONS))
    assert len({row["id"].lower() for row in found}) == len(found) == 36
    spellings = {row["id"].partition("/providers/")[0].rpartition("/resource")[2] for row in found}
    assert spellings == {"Groups/rg-Machines", "Groups/RG-MACHINES", "groups/rg-machines"}
    assert all(row["properties"]["settings"] for row in found if row["type"] in EXTENSIONS)


@pytest.mark.parametrize(
    ("action", "kind"),
    [
        ("Microsoft.Compute/virtualMachines/read", MACHINES[0]),
        ("Microsoft.Compute/virtualMachines/extensions/read", EXTENSIONS[0]),
        ("Microsoft.HybridCompute/machines/read", MACHINES[1]),
        ("Microsoft.HybridCompute/machines/extensions/read", EXTENSIONS[1]),
    ],
)
async def test_each_kind_of_machine_row_has_an_action_of_its_own(wire, machines, action, kind):
    found = await rows(wire(machines, faults=[deny(action)]), query=query_of(*MACHINES, *EXTENSIONS))
    assert {row["type"] for row in found} == {*MACHINES, *EXTENSIONS} - {kind}
