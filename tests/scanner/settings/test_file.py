"""A settings file says what is wrong with it, where, and what to write instead."""

from contextlib import suppress
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scanner.checks import all_checks, all_thresholds
from scanner.errors import UsageError
from scanner.findings import in_full, span_of, written
from scanner.settings import read_settings

NEVER_MATCHING = [
    ({"check": '"*"'}, "would accept every finding"),
    ({"check": '"*"', "subject": '"*"'}, "would accept every finding"),
    ({"subject": '"**"'}, "would accept every finding"),
    ({"subject": '"?*"'}, "would accept every finding"),
    ({"subject": '" * "'}, "would accept every finding"),
    ({"subject": '"/*"'}, "would accept every finding"),
    ({"subject": '"/subscriptions/*"'}, "would accept every finding"),
    ({"subject": '"[!x]*"'}, "would accept every finding"),
    ({"subject": '"*s*"'}, "would accept every finding"),
    ({"subject": '"*-*"'}, "would accept every finding"),
    ({"subject": '"*-*-*-*-*"'}, "would accept every finding"),
    ({"subject": '"*[-]*"'}, "would accept every finding"),
    ({"subject": '"/subscriptions/*/*"'}, "would accept every finding"),
    ({"subject": '"/subscriptions/*/resourceGroups/*"'}, "would accept every finding"),
    ({"subject": '"*resourcegroups*"'}, "would accept every finding"),
    ({"subject": '"*microsoft*"'}, "would accept every finding"),
    ({"subject": '"*Providers*"'}, "would accept every finding"),
    ({"subject": '"*a*"'}, "would accept every finding"),
    ({"subject": '"*0*"'}, "would accept every finding"),
    ({"subject": '"*[!q]"'}, "would accept every finding"),
    ({"subject": '"*[!z]"'}, "would accept every finding"),
    ({"subject": '"*[a-z]*"'}, "would accept every finding"),
    ({"subject": '"/s*"'}, "would accept every finding"),
    ({"subject": '"???*"'}, "would accept every finding"),
    ({"subject": '"*automation*"'}, "would accept every finding"),
    ({"subject": '"*/automationAccounts/*"'}, "would accept every finding"),
    ({"subject": '"*/hybridRunbookWorkers/*"'}, "would accept every finding"),
    ({"subject": '"*/runbooks/*"'}, "would accept every finding"),
    ({"subject": '"*/webhooks/*"'}, "would accept every finding"),
    ({"subject": '"*/virtualMachines/*"'}, "would accept every finding"),
    ({"subject": '"*machines*"'}, "would accept every finding"),
    ({"subject": '"/subscriptions/????????-????-????-????-????????????*"'}, "would accept every finding"),
    ({"subject": '"????????-????-????-????-????????????"'}, "would accept every finding"),
    (
        {
            "subject": '"/subscriptions/????????-????-????-????-????????????/resourceGroups/*/providers/Microsoft.Automation/*"'
        },
        "would accept every finding",
    ),
    ({"within": '"/"'}, "is no place"),
    ({"within": '"/subscriptions"'}, "is no place"),
    ({"within": '"/subscriptions/"'}, "is no place"),
    ({"check": '"worker-stale"', "within": '"/tenants/t"'}, "is no place"),
    ({"check": '"worker-stale"', "within": '"shop"'}, "is no place"),
]


@pytest.mark.parametrize(("changes", "said"), NEVER_MATCHING)
def test_an_entry_that_accepts_everything_is_refused(read, entry, changes, said):
    with pytest.raises(UsageError, match="entry 1") as refusal:
        read(entry(**changes))
    assert said in str(refusal.value)


def test_a_list_of_all_checks_is_every_check(read, entry):
    ids = ", ".join(f'"{check.id}"' for check in all_checks())
    with pytest.raises(UsageError, match="would accept every finding"):
        read(entry(check=f"[{ids}]"))


@pytest.mark.parametrize("left_out", [1, 3, 20])
def test_a_list_of_most_checks_is_as_good_as_every_check(read, entry, left_out):
    ids = ", ".join(f'"{check.id}"' for check in all_checks()[left_out:])
    for changes in ({}, {"subject": '"*-*"'}):
        with pytest.raises(UsageError, match="would accept every finding"):
            read(entry(check=f"[{ids}]", **changes))
    assert read(entry(check=f"[{ids}]", subject='"lab-*"')).accepted


@pytest.mark.parametrize(
    "glob",
    [
        "vm-*",
        "lab-*",
        "*prod*",
        "*-dev",
        "aa-?",
        "*.contoso.com",
        "*/resourceGroups/rg-shop/*",
        "*/automationAccounts/aa-lab*",
        "/subscriptions/c0a70500-1111-4a6b-9c2d-000000000001/*",
        "*/hybridRunbookWorkerGroups/hwg-lab/*",
        "*/runbooks/Test-*",
    ],
)
def test_a_glob_that_names_something_is_taken(read, entry, glob):
    assert read(entry(subject=f'"{glob}"')).accepted


@pytest.mark.parametrize("glob", ["*-*", "*/hybridRunbookWorkers/*"])
def test_a_glob_of_a_kind_is_taken_for_a_few_checks_and_in_a_place(read, entry, glob):
    assert read(entry(check='"worker-stale"', subject=f'"{glob}"')).accepted
    assert read(entry(within='"/subscriptions/c0a70500-1111-4a6b-9c2d-000000000001"', subject=f'"{glob}"')).accepted


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x = 1 2", ("hwaudit.toml is no TOML", "line 1")),
        ("[" * 10_000, ("is no TOML",)),
        ("a = [" + "[" * 5_000, ("is no TOML",)),
        (b"\xff\xfe", ("is not UTF-8",)),
        ("[acept]\n", ("does not know [acept]", "did you mean accept?")),
        ("[accept]\n", ("accept is no list of entries", "[[accept]]")),
        ("accept = [1]", ("entry 1 is no table",)),
        ("scan = 1", ("scan is no table", "[scan]")),
        ("[severity]\nworker-stael = 'low'", ("[severity] worker-stael is no check", "did you mean worker-stale")),
        ("[severity]\nworker-stale = 'bad'", ("[severity] worker-stale is no severity", '"critical"', '"off"')),
        ("[severity]\nworker-stale = 3", ("is no severity",)),
        ("[severity]\naccepted-risk-expired = 'low'", ("is no check",)),
        ("[thresholds]\njob-stuk = '1h'", ("[thresholds] job-stuk is no threshold", "did you mean job-stuck?")),
        ("[thresholds]\njob-stuck = 30", ("is no time span", '"30m"')),
        ("[thresholds]\njob-stuck = '30 minutes'", ("is no time span",)),
        ("[thresholds]\njob-stuck = '1m'", ("is out of bounds", '"5m"', '"30d"')),
        ("[thresholds]\nworker-purge-soon = '30d'", ("is out of bounds", '"29d"')),
        ("[thresholds]\nworker-purge-soon = '999999d'", ("is out of bounds",)),
    ],
)
def test_a_mistake_is_told_with_its_place_and_its_remedy(read, text, said):
    with pytest.raises(UsageError) as refusal:
        read(text)
    assert refusal.value.exit_code == 2
    assert refusal.value.advice
    assert str(refusal.value).startswith("hwaudit.toml")
    for part in said:
        assert part in str(refusal.value)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"expires": '"31.12.2026"'}, ("expires cannot be read", "2027-01-31")),
        ({"expires": '"2026-02-30"'}, ("expires cannot be read",)),
        ({"expires": "2026-12-31T10:00:00Z"}, ("expires cannot be read",)),
        ({"expires": "20261231"}, ("expires cannot be read",)),
        ({"expires": None}, ("has no expires", "2027-01-31")),
        ({"owner": None}, ("has no owner",)),
        ({"reason": '"  "'}, ("reason is blank",)),
        ({"ticket": '""'}, ("ticket is blank",)),
        ({"ticket": "4711"}, ("ticket cannot be read", "text in quotes")),
        ({"expire": "2026-12-31"}, ("does not know 'expire'", "did you mean expires")),
        ({"check": '"worker-stael"'}, ("there is no check 'worker-stael'", "did you mean worker-stale")),
        ({"check": '["worker-stale", 3]'}, ("check cannot be read",)),
        ({"check": "[]"}, ("check is an empty list",)),
        ({"check": '"accepted-risk-expired"'}, ("cannot be accepted",)),
        ({"subject": '" "'}, ("subject is blank",)),
        ({"accepted": "2027-01-01"}, ("expires before it was accepted",)),
    ],
)
def test_a_wrong_entry_is_told_by_its_number(read, entry, changes, said):
    with pytest.raises(UsageError) as refusal:
        read(entry(check='"job-stuck"') + entry(**{"check": '"worker-stale"'} | changes))
    assert str(refusal.value).startswith("hwaudit.toml, [[accept]] entry 2")
    for part in said:
        assert part in str(refusal.value)


def test_an_entry_that_repeats_another_is_refused(read, entry):
    with pytest.raises(UsageError, match="entry 2 repeats entry 1"):
        read(entry(check='"job-stuck"') + entry(check='["job-stuck"]', owner='"somebody else"'))


def test_a_date_may_be_quoted_and_checks_may_be_one_or_several(read, entry):
    entries = read(
        entry(check='"job-stuck"', expires='"2026-12-31"') + entry(check='["worker-stale", "job-stuck"]')
    ).accepted
    assert [entry.risk.checks for entry in entries] == [("job-stuck",), ("job-stuck", "worker-stale")]
    assert entries[0].risk.expires == entries[1].risk.expires
    assert [entry.risk.origin for entry in entries] == [f"hwaudit.toml, [[accept]] entry {number}" for number in (1, 2)]


def test_a_file_that_is_missing_or_a_folder_is_told(tmp_path):
    with pytest.raises(UsageError, match="there is no settings file"):
        read_settings(tmp_path / "none.toml")
    with pytest.raises(UsageError, match="cannot read"):
        read_settings(tmp_path)


def test_a_file_of_any_size_is_refused_without_being_read(read):
    with pytest.raises(UsageError, match="is larger than"):
        read("#" * 1_000_001)


def test_an_empty_file_changes_nothing(read):
    found = read("")
    assert (found.accepted, found.severities, found.limits, found.scan) == ((), {}, {}, {})


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.dates() | st.datetimes() | st.times(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
KEYS = st.sampled_from(["check", "subject", "within", "owner", "reason", "ticket", "expires", "accepted", "job-stuck"])


def toml_of(value):
    if isinstance(value, str):
        return '"' + "".join(f"\\U{ord(c):08X}" for c in value if not 0xD800 <= ord(c) < 0xE000) + '"'
    if isinstance(value, list):
        return "[" + ", ".join(map(toml_of, value)) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{toml_of(str(key))} = {toml_of(item)}" for key, item in value.items()) + "}"
    return value.isoformat() if hasattr(value, "isoformat") else str(value).lower().replace("none", '""')


def tried(read, text):
    """Read the settings, or see that they are refused with advice; anything else is an error."""
    with suppress(UsageError):
        read(text)
        return
    with pytest.raises(UsageError) as refusal:
        read(text)
    assert refusal.value.advice


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(
    st.dictionaries(KEYS, VALUES, max_size=8),
    st.sampled_from(["[[accept]]", "[severity]", "[thresholds]", "[scan]", "[accept]", "[[scan]]", ""]),
)
def test_any_toml_is_read_or_refused_in_one_line(read, table, head):
    text = f"{head}\n" + "".join(f"{key} = {toml_of(value)}\n" for key, value in table.items())
    tried(read, text)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(st.binary(max_size=200) | st.text(alphabet="[]{}=\"'\n.,#-:T0123456789accept ", max_size=80).map(str.encode))
def test_any_bytes_are_read_or_refused(read, content):
    tried(read, content)


@pytest.mark.parametrize("threshold", all_thresholds().values(), ids=lambda threshold: threshold.key)
def test_a_threshold_says_what_it_means_and_its_default_is_allowed(read, threshold):
    assert threshold.least < threshold.default < threshold.most
    assert not threshold.meaning.endswith(".")
    assert read(f'[thresholds]\n{threshold.key} = "{written(threshold.most)}"').limits == {
        threshold.key: threshold.most
    }


@pytest.mark.parametrize(
    ("text", "words"),
    [("45d", "45 days"), ("1d", "24 hours"), ("2h", "2 hours"), ("90m", "90 minutes"), ("1h", "1 hour")],
)
def test_a_span_is_written_as_it_is_read(text, words):
    span = span_of(text)
    assert (written(span), in_full(span)) == (text, words)


@pytest.mark.parametrize("text", ["", "0d", "-1d", "1", "1w", "1.5h", "1 d", "1d\n", "٣d", "1234567d"])
def test_other_spans_are_none(text):
    assert span_of(text) is None


def test_spans_are_whole_minutes():
    assert span_of("90m") == timedelta(hours=1, minutes=30)
