"""ARM ids: one thing in any case, shown as Azure wrote it."""

import pytest
from builders import SUB, account_id, group_id, machine_id, workspace_id
from hypothesis import example, given
from hypothesis import strategies as st

from scanner.inventory import ArmId, normalise_location

NAMES = st.text(st.characters(blacklist_characters="/", blacklist_categories=("Cs",)), min_size=1, max_size=12)


def test_case_and_a_trailing_slash_make_no_difference():
    id_ = account_id("Aa")
    assert ArmId(id_.text.upper() + "/") == id_
    assert hash(ArmId(id_.text.lower())) == hash(id_)
    assert len({id_, ArmId(id_.text.lower())}) == 1
    assert id_ != id_.text


def test_it_keeps_the_case_in_which_it_was_written():
    text = account_id("AA-Platform").text
    assert (str(ArmId(text)), ArmId(text).name) == (text, "AA-Platform")
    assert repr(ArmId("/x")) == "ArmId('/x')"


@pytest.mark.parametrize("value", [None, "", "   ", "/", "no-slash", 5, [], {}, True])
def test_what_is_no_id_is_none(value):
    assert ArmId.parse(value) is None


def test_an_id_with_blanks_around_it_is_read():
    assert ArmId.parse("  /subscriptions/x \n") == ArmId("/subscriptions/x")


@pytest.mark.parametrize(
    ("id_", "type_"),
    [
        (account_id(), "microsoft.automation/automationaccounts"),
        (group_id(), "microsoft.automation/automationaccounts/hybridrunbookworkergroups"),
        (machine_id(), "microsoft.compute/virtualmachines"),
        (ArmId(f"/subscriptions/{SUB}"), "microsoft.resources/subscriptions"),
        (ArmId(f"/subscriptions/{SUB}/resourceGroups/rg"), ""),
        (ArmId("/providers/Microsoft.Management/managementGroups/m"), "microsoft.management/managementgroups"),
        (ArmId("/x"), ""),
        (ArmId("/subscriptions/s/providers"), ""),
    ],
)
def test_the_type_of_an_id(id_, type_):
    assert id_.type == type_


def test_where_an_id_lies():
    id_ = group_id()
    assert (id_.subscription_id, id_.resource_group, id_.name) == (SUB, "rg", "workers")
    assert id_.subscription == ArmId(f"/subscriptions/{SUB}")
    assert ArmId("/subscriptions/ABC").subscription_id == "abc"
    assert (ArmId("/x/y").subscription_id, ArmId("/x/y").resource_group) == ("", "")


def test_the_parent_of_each_kind():
    worker = group_id().child("hybridRunbookWorkers", "w")
    assert worker.parent == group_id()
    assert group_id().parent == account_id()
    assert account_id().parent == ArmId(f"/subscriptions/{SUB}")
    assert ArmId(f"/subscriptions/{SUB}").parent == ArmId(f"/subscriptions/{SUB}")


def test_a_name_that_begins_alike_is_not_within():
    assert group_id().within(account_id())
    assert account_id().within(account_id())
    assert not account_id("aa2").within(account_id("aa"))
    assert not workspace_id().within(account_id())


def test_ids_sort_without_case():
    assert sorted([ArmId("/B"), ArmId("/a"), ArmId("/C")]) == [ArmId("/a"), ArmId("/B"), ArmId("/C")]


@given(NAMES)
@example("providers")
def test_any_name_can_be_a_child_and_is_found_again(name):
    child = account_id().child("certificates", name)
    if name.strip() == name:
        assert child.name == name
        assert child.parent == account_id()
    assert child.subscription_id == SUB


@given(st.text())
def test_any_text_is_an_id_or_none(text):
    found = ArmId.parse(text)
    if found is not None:
        assert ArmId(found.text) == found
        assert isinstance(found.type, str)
        assert found.parent.text.startswith("/")


@pytest.mark.parametrize("written", ["East US 2", "eastus2", "EASTUS2", "east us 2"])
def test_a_region_has_one_name(written):
    assert normalise_location(written) == "eastus2"
