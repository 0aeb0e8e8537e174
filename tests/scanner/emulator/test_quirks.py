"""Where Azure's answers are odd, the emulator's are odd too."""

import re
from collections import Counter
from dataclasses import replace

from scanner.emulator import generate

ACCOUNTS = "/providers/Microsoft.Automation/automationAccounts"


def account(wire, name):
    return next(item for item in wire.emulator.tenant.accounts if item.name == name)


def workspace(wire, name):
    return next(item for item in wire.emulator.tenant.workspaces if item.name == name)


async def test_the_account_list_is_sparse_and_the_get_is_full(wire):
    contoso = wire()
    shown = account(contoso, "aa-develop")
    listed = await contoso.all(f"/subscriptions/{shown.subscription}{ACCOUNTS}")
    sparse = next(item for item in listed if item["name"] == shown.name)
    full = await contoso.get(shown.id)
    assert "sku" not in sparse["properties"]
    assert "automationHybridServiceUrl" not in sparse["properties"]
    assert full["properties"]["sku"] == {"name": "Basic", "family": None, "capacity": None}
    assert full["etag"] is None
    assert "publicNetworkAccess" not in full["properties"]
    assert "identity" not in await contoso.get(account(contoso, "aa-people").id)


async def test_the_account_number_is_a_header_and_part_of_the_service_url(wire):
    contoso = wire()
    response = await contoso.send("GET", f"{account(contoso, 'aa-develop').id}?api-version=2024-10-23")
    assert response.headers["ocp-automation-accountid"].encode() in response.body


async def test_no_link_is_a_200_with_a_null_id(wire):
    contoso = wire()
    assert await contoso.get(f"{account(contoso, 'aa-toronto').id}/linkedWorkspace") == {"id": None}


async def test_a_link_may_name_the_workspace_in_other_case(wire):
    contoso = wire()
    pairs = [
        ((await contoso.get(f"{item.id}/linkedWorkspace"))["id"], item.workspace)
        for item in contoso.emulator.tenant.accounts
        if item.workspace
    ]
    assert all(told.lower() == known.lower() for told, known in pairs)
    assert 0 < sum(told != known for told, known in pairs) < len(pairs)


async def test_groups_have_no_location_and_a_credential_even_without_one(wire):
    contoso = wire()
    groups = await contoso.all(f"{account(contoso, 'aa-develop').id}/hybridRunbookWorkerGroups")
    assert all("location" not in group for group in groups)
    assert groups[0]["properties"] == {"groupType": "User", "credential": {"name": None}, "hybridRunbookWorkers": None}


async def test_a_worker_that_never_reported_was_last_seen_in_the_year_one(wire):
    contoso = wire()
    group = f"{account(contoso, 'aa-develop').id}/hybridRunbookWorkerGroups/hwg-lifecycle"
    workers = {item["properties"]["workerName"]: item for item in await contoso.all(f"{group}/hybridRunbookWorkers")}
    silent = workers["dev-silent-01"]
    assert silent["properties"]["lastSeenDateTime"] == "0001-01-01T00:00:00+00:00"
    assert silent["properties"]["ip"] == ""
    assert re.fullmatch(r"[0-9a-f-]{36}", silent["name"])


async def test_a_v1_worker_has_an_empty_machine_id(wire):
    contoso = wire()
    group = f"{account(contoso, 'aa-legacy').id}/hybridRunbookWorkerGroups/hwg-onprem"
    assert {item["properties"]["vmResourceId"] for item in await contoso.all(f"{group}/hybridRunbookWorkers")} == {""}


async def test_connection_values_come_only_from_the_get(wire):
    contoso = wire()
    listed = await contoso.all(f"{account(contoso, 'aa-legacy').id}/connections")
    assert {item["properties"]["fieldDefinitionValues"] for item in listed} == {None}
    classic = await contoso.get(f"{account(contoso, 'aa-legacy').id}/connections/azureclassicrunasconnection")
    assert classic["properties"]["connectionType"] == {"name": "AzureClassicCertificate "}
    assert classic["properties"]["fieldDefinitionValues"]["CertificateAssetName"] == "AzureClassicRunAsCertificate"


async def test_linked_services_have_lower_case_ids_and_names_with_the_workspace(wire):
    contoso = wire()
    services = await contoso.all(f"{workspace(contoso, 'LAW-Patching').id}/linkedServices")
    assert {item["name"] for item in services} == {"LAW-Patching/Automation", "LAW-Patching/Cluster"}
    assert all(item["id"] == item["id"].lower() for item in services)
    assert sum("writeAccessResourceId" in item["properties"] for item in services) == 1


async def test_intelligence_packs_are_a_bare_array(wire):
    contoso = wire()
    found = await contoso.get(f"{workspace(contoso, 'law-platform').id}/intelligencePacks")
    assert {pack["name"] for pack in found if pack["enabled"]} == {
        "AzureAutomation", "ChangeTracking", "LogManagement", "Updates",
    }  # fmt: skip


async def test_a_soft_deleted_workspace_is_only_in_the_list_of_the_deleted(wire):
    contoso = wire()
    purged = workspace(contoso, "law-purged")
    await contoso.get(purged.id, status=404)
    root = f"/subscriptions/{purged.subscription}/providers/Microsoft.OperationalInsights"
    assert [item["id"] for item in await contoso.all(f"{root}/deletedWorkspaces")] == [purged.id]
    assert purged.id not in [item["id"] for item in await contoso.all(f"{root}/workspaces")]


async def test_a_deleted_account_is_only_in_the_list_of_the_deleted_which_has_one_page(wire):
    contoso = wire(page_size=1)
    [deleted] = contoso.emulator.tenant.deleted_accounts
    account, twin = deleted.account, replace(deleted, account=replace(deleted.account, name="aa-fair"))
    await contoso.get(account.id, status=404)
    root = f"/subscriptions/{account.subscription}/providers/Microsoft.Automation"
    assert account.id not in [item["id"] for item in await contoso.all(f"{root}/automationAccounts")]
    both = wire(replace(contoso.emulator.tenant, deleted_accounts=(deleted, twin)), page_size=1)
    first, second = (await both.get(f"{root}/deletedAutomationAccounts"))["value"]
    assert first["properties"]["automationAccountResourceId"] == account.id
    assert second["id"].endswith("/providers/Microsoft.Automation/deletedAutomationAccounts/aa-fair")


async def test_times_differ_in_digits_and_offset_but_not_in_value(wire, now):
    estate = wire(generate(accounts=1, subscriptions=1, groups=1, workers=60, now=now, seed=3), page_size=100)
    group = f"{estate.emulator.tenant.accounts[0].id}/hybridRunbookWorkerGroups/hwg-000"
    stamps = [item["properties"]["registeredDateTime"] for item in await estate.all(f"{group}/hybridRunbookWorkers")]
    offsets = Counter(text[-6:] for text in stamps)
    digits = Counter(len(re.sub(r"^[^.]*\.?", "", text[:-6])) for text in stamps)
    assert {"+00:00", "+05:30", "-07:00"} <= offsets.keys()
    assert {6, 7} <= digits.keys()


async def test_round_times_are_sent_with_two_to_seven_digits(wire, now):
    estate = wire(
        generate(accounts=1, subscriptions=1, groups=1, workers=60, now=now.replace(microsecond=0)), page_size=100
    )
    group = f"{estate.emulator.tenant.accounts[0].id}/hybridRunbookWorkerGroups/hwg-000"
    stamps = [item["properties"]["registeredDateTime"] for item in await estate.all(f"{group}/hybridRunbookWorkers")]
    assert {len(re.sub(r"^[^.]*\.?", "", text[:-6])) for text in stamps} == {0, 2, 3, 6, 7}


async def test_a_delegated_subscription_names_its_own_tenant(wire):
    contoso = wire()
    tenants = {item["displayName"]: item["tenantId"] for item in await contoso.all("/subscriptions")}
    home = contoso.emulator.tenant.id
    assert [name for name, tenant in tenants.items() if tenant != home] == ["Fabrikam Managed"]
    assert "Contoso Finance" not in tenants


async def test_descendants_of_a_management_group_are_at_any_depth(wire):
    contoso = wire()
    rows = await contoso.all("/providers/Microsoft.Management/managementGroups/MG-Contoso/descendants", "2020-05-01")
    assert Counter(row["type"] for row in rows) == {"/subscriptions": 3, "Microsoft.Management/managementGroups": 1}
