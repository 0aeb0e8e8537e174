"""Deleted accounts: listed only where an extension may name one, and each told apart by its GUID."""

import pytest
from builders import HYBRID_URL, NOW, account, account_id, extension
from tenants import estate_of

from scanner.collect import Choice
from scanner.collect._automation import parse_deleted_account
from scanner.collect._wire import Malformed
from scanner.emulator import TENANTS, answer, deny
from scanner.inventory import GapReason, Reading
from scanner.inventory.follow_ups import extension_of_nobody
from scanner.options import Skipped
from scanner.pipeline import scan_of

CHECK = "worker-extension-orphaned"
LIST = "Microsoft.Automation/deletedAutomationAccounts/read"
GUID = "CB855F13-0223-4FE4-8260-9E6583DFEF24"


def item(**properties):
    told = {
        "automationAccountResourceId": account_id("gone").text,
        "automationAccountId": GUID,
        "location": "westus",
        "deletionTime": "2026-10-24T16:30:55+02:00",
    }
    id_ = account_id("gone").text.replace("automationAccounts", "deletedAutomationAccounts")
    return {"id": id_, "name": "gone", "location": "westus", "properties": told | properties}


def reads(estate):
    return [read for read in estate.reads if read.reading is Reading.DELETED_ACCOUNTS]


def judged(scan):
    return {finding.evidence["machine_name"] for finding in scan.findings if finding.check == CHECK}


async def test_they_are_listed_in_every_subscription_where_an_extension_names_nobody(collect):
    estate, emulator = await collect("contoso", page_size=1)
    assert [found.target.name for found in estate.deleted_accounts] == ["aa-shops"]
    assert {read.scope for read in reads(estate)} == {found.id.text for found in estate.subscriptions}
    asked = [path for _, path, _ in emulator.requests if path.endswith("/deletedAutomationAccounts")]
    assert len(asked) == len(estate.subscriptions)
    assert "shop-lyon-01" in judged(scan_of(estate))


@pytest.mark.parametrize("tenant", ["spotless", "fairfax"])
async def test_they_are_not_asked_for_where_every_extension_names_a_visible_account(collect, tenant):
    estate, emulator = await collect(tenant)
    assert reads(estate) == []
    assert not [path for _, path, _ in emulator.requests if "deleted" in path.lower() and "Automation/" in path]


def test_they_are_left_out_with_the_machines():
    estate = estate_of(TENANTS["contoso"](NOW), choice=Choice(skipped=frozenset({Skipped.MACHINES})))
    assert reads(estate) == []
    assert estate.deleted_accounts == ()


@pytest.mark.parametrize(("fault", "reason"), [
    (deny(LIST), GapReason.DENIED),
    (answer(200, '{"value":[{"id":"/x"}]}', operation=LIST), GapReason.MALFORMED),
    (answer(200, "{}", operation=LIST), GapReason.MALFORMED),
])  # fmt: skip
async def test_a_list_that_cannot_be_read_leaves_the_machine_unknown(collect, contoso, fault, reason):
    estate, _ = await collect("contoso", faults=[fault])
    scan = scan_of(estate)
    assert {read.gap.reason for read in reads(estate) if read.gap} == {reason}
    assert judged(scan) == judged(scan_of(contoso)) - {"shop-lyon-01"}
    gaps = {gap.id for gap in estate.ledger.gaps if gap.reading is Reading.DELETED_ACCOUNTS}
    unknown = [found.subject.name for found in scan.unknowns if found.check == CHECK and found.because in gaps]
    assert unknown == ["shop-lyon-01"]


def test_accounts_of_one_name_that_were_deleted_one_after_the_other_are_both_kept():
    twin = item(automationAccountId=GUID.replace("C", "D"), deletionTime=None)
    first, second = (parse_deleted_account(each, NOW) for each in (item(), twin))
    assert first.id != second.id
    assert (first.guid, first.target) == (GUID.lower(), second.target) == (GUID.lower(), account_id("gone"))
    assert (f"{first.deleted_at:%d %H:%M %Z}", second.deleted_at) == ("24 14:30 UTC", None)


@pytest.mark.parametrize("wrong", [
    {"automationAccountId": None}, {"automationAccountId": 7}, {"automationAccountResourceId": None},
    {"automationAccountResourceId": account_id().parent.text}, {"automationAccountResourceId": "gone"},
])  # fmt: skip
def test_an_item_that_cannot_be_matched_or_named_is_malformed(wrong):
    with pytest.raises(Malformed):
        parse_deleted_account(item(**wrong), NOW)


@pytest.mark.parametrize(("resources", "called_for"), [
    ((), False),
    ((extension(),), True),
    ((extension(), account(hybrid_service_url=None)), True),
    ((extension(account_url=HYBRID_URL.upper()), account()), False),
    ((extension(account_url=None),), False),
    ((extension(account_url="https://elsewhere"),), False),
    ((extension(type_="MicrosoftMonitoringAgent", account_url=HYBRID_URL),), False),
])  # fmt: skip
def test_only_a_guid_that_no_visible_account_has_calls_for_them(resources, called_for):
    assert extension_of_nobody(resources) is called_for
