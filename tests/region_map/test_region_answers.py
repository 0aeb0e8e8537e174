"""What `hwaudit regions` answers, as data and as text."""

import msgspec
import pytest

from region_map import Verdict, newest
from region_map.answers import RegionsAnswer, UnknownRegion, regions_answer, to_text


def test_without_a_region_the_whole_newest_table_is_the_answer() -> None:
    """All pairs in the table's order, with the date and source of the table and the age of each pair."""
    answer = regions_answer(None, None)
    assert [pair.workspace_region for pair in answer.pairs] == [row.workspace for row in newest().rows]
    assert (answer.date, answer.source) == (newest().date, newest().source.citation)
    assert answer.verdict is answer.nearest_fix is None
    assert {pair.workspace_region: str(pair.since) for pair in answer.pairs}["eastus2"] == "2021-02-17"
    assert to_text(answer).count("\n") > len(answer.pairs)


def test_an_account_region_alone_asks_for_workspace_regions() -> None:
    """An account in East US may link a workspace in East US 2 only."""
    answer = regions_answer("East US", None)
    assert answer.question == "Which workspace regions may an account in East US link?"
    assert answer.answer == "East US 2"
    assert [(pair.workspace_region, pair.account_region) for pair in answer.pairs] == [("eastus2", "eastus")]


def test_a_workspace_region_alone_asks_for_account_regions() -> None:
    """The reverse question."""
    answer = regions_answer(None, "eastus")
    assert answer.question == "Which account regions may a workspace in East US be linked to?"
    assert answer.answer == "East US 2"


def test_both_regions_are_judged() -> None:
    """A documented pair is the only pair; otherwise the rows of either side are shown with the fix."""
    yes = regions_answer("eastus2", "eastus")
    assert yes.verdict is Verdict.DOCUMENTED
    assert yes.answer == "Yes, documented since 2019-05-20 at the latest."
    assert len(yes.pairs) == 1
    assert "Nearest fix" not in to_text(yes)
    otherwise = regions_answer("eastus", "eastus")
    assert otherwise.verdict is Verdict.DOCUMENTED_OTHERWISE
    assert {pair.workspace_region for pair in otherwise.pairs} == {"eastus", "eastus2"}
    assert otherwise.nearest_fix is not None
    assert f"Nearest fix: {otherwise.nearest_fix}" in to_text(otherwise)


def test_an_undocumented_pair_is_not_called_unsupported() -> None:
    """No row is no statement."""
    answer = regions_answer("westeurope", "ukwest")
    assert answer.verdict is Verdict.UNDOCUMENTED
    assert answer.answer.startswith("Not documented")
    assert "unsupported" not in to_text(answer)


@pytest.mark.parametrize(
    ("account", "workspace", "said"),
    [
        ("Germany West Central", None, "No workspace region is documented for it."),
        (None, "Germany West Central", "No account region is documented for it."),
    ],
)
def test_an_automation_region_without_a_row_is_known(account: str | None, workspace: str | None, said: str) -> None:
    """The answer says that nothing is documented, and a note names the source of the region with its date."""
    answer = regions_answer(account, workspace)
    assert answer.answer == said
    assert answer.pairs == ()
    note = answer.notes[-1]
    assert note.startswith("Germany West Central is an Automation region without a row")
    assert "automation-region-dns-records.md" in note
    assert "2024-07-29" in note


def test_every_answer_says_that_the_table_is_frozen_and_what_it_concerns() -> None:
    """In the notes and in the text, with the source."""
    answer = regions_answer(None, None, "AzureUSGovernment")
    text = to_text(answer)
    assert "frozen" in answer.notes[0]
    assert "retired features" in text
    assert f"Source: {answer.source}, AzureUSGovernment table of 2023-03-16." in text
    assert "Only Update Management" in text


def test_a_cloud_without_tables_is_answered_from_the_public_table_and_says_so() -> None:
    """Both clouds stand in the data and in the text."""
    answer = regions_answer("eastus", None, "AzureStackCloud")
    assert (answer.cloud, answer.table_cloud, answer.fallback) == ("AzureStackCloud", "AzureCloud", True)
    assert "AzureStackCloud has no table of its own" in to_text(answer)


def test_china_has_one_pair() -> None:
    """And the text counts it in the singular."""
    answer = regions_answer(None, None, "AzureChinaCloud")
    assert answer.answer == "1 pair is documented."
    assert [pair.account_name for pair in answer.pairs] == ["China East 2"]


def test_an_unknown_region_is_an_error_with_suggestions() -> None:
    """It is a ValueError whose text is one line, whichever option holds the name."""
    for account, workspace in [("westeurop", None), (None, "westeurop"), ("eastus", "westeurop")]:
        with pytest.raises(UnknownRegion, match="did you mean westeurope") as caught:
            regions_answer(account, workspace)
        assert isinstance(caught.value, ValueError)
        assert caught.value.name == "westeurop"
        assert caught.value.suggestions[0] == "westeurope"


def test_a_region_of_another_cloud_is_named_as_such() -> None:
    """The likely slip is the cloud, not the region."""
    with pytest.raises(UnknownRegion, match="it is a region of AzureUSGovernment"):
        regions_answer("usgovtexas", None, "AzureCloud")


@pytest.mark.parametrize("name", ["", "  ", "\x1b[31mred", "east\u202eus", "a\nb" * 1000])
def test_odd_names_are_unknown_and_appear_escaped(name: str) -> None:
    """Nothing that a terminal would obey reaches the message."""
    with pytest.raises(UnknownRegion) as caught:
        regions_answer(name, None)
    assert str(caught.value).isprintable()


def test_the_answer_is_ready_for_json() -> None:
    """It survives the way to JSON and back, and the verdict is a word."""
    answer = regions_answer("eastus", "eastus")
    encoded = msgspec.json.encode(answer)
    assert msgspec.json.decode(encoded, type=RegionsAnswer) == answer
    assert msgspec.json.decode(encoded)["verdict"] == "documented_otherwise"
