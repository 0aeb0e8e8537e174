"""--redact together with settings, baselines and comparisons: real names go in, and none comes out."""

import json
import re
from itertools import chain
from pathlib import Path

import pytest
from unpacking import unpacked

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"
OLD, NEW = EXAMPLES / "contoso-last-month.snapshot", EXAMPLES / "contoso.snapshot"
NAMES = re.compile(
    r"contoso|fabrikam|aa-platform|hwg-core|c0a70500|law-shared|plat-sql|norberg|zanzibar|chg-77", re.IGNORECASE
)
ENTRY = """
[[accept]]
{}
owner = "Norberg"
reason = "the zanzibar of aa-platform"
ticket = "CHG-77"
expires = 2099-12-31
"""
NOBODY = 'check = "account-local-auth"\nsubject = "nobody-zanzibar*"'
ACCOUNT = "/subscriptions/c0a70500-1111-4a6b-9c2d-000000000001/resourceGroups/rg-platform/providers/Microsoft.Automation/automationAccounts/aa-platform"


def shown(outcome):
    """All that may be passed on."""
    files = [name for name in outcome.files if name.startswith("hwaudit-report")]
    texts = chain.from_iterable(unpacked((outcome.folder / name).read_bytes()) for name in files)
    return [*texts, outcome.out, outcome.err]


def names_nothing(outcome):
    assert [found[0] for text in shown(outcome) for found in NAMES.finditer(text)] == []
    return True


def accept(*places):
    Path("hwaudit.toml").write_text("".join(ENTRY.format(place) for place in places))


# -- settings ---------------------------------------------------------------------------------------------------


@pytest.fixture
def places(hwaudit):
    """Entries that name what the report of the example finds, in each way in which they can."""
    findings = hwaudit("evaluate", NEW, "--format", "json", "--quiet").report["findings"]
    checks = sorted({f["check"] for f in findings} - {"worker-registered-twice"})
    subject = next(f["subject"] for f in findings if "/hybridrunbookworkers/" in f["subject"].lower())
    account = subject.partition("/hybridRunbookWorkerGroups/")[0]
    every = f"check = {checks}\n"
    return (
        f'{every}subject = "{subject}"',
        f'{every}subject = "*{account.rpartition("/")[2]}/hybrid*"',
        f'{every}within = "{account}"',
        f'{every}subject = "{account[:-3]}*"',
        NOBODY,
    )


@pytest.mark.parametrize("number", range(5))
def test_an_entry_that_names_real_names_covers_the_same(hwaudit, places, number):
    accept(places[number])
    told = []
    for words in (("--format", "json"), ("--redact", "--format", "html,json,sarif,markdown")):
        outcome = hwaudit("evaluate", NEW, *words)
        [entry] = outcome.report["settings"]["accepted"]
        told.append((entry["state"], entry["matched"], outcome.report["summary"]))
    assert told[0] == told[1]
    assert told[0][0] == ("in_force" if number < 4 else "unmatched")
    assert names_nothing(outcome)


def test_entries_cover_the_same_of_a_snapshot_that_is_redacted_already(hwaudit, places):
    accept(*places[:4])
    real = hwaudit("evaluate", NEW, "--format", "json").report["settings"]["accepted"]
    hwaudit("merge", NEW, "--redact", "--snapshot", "new.snapshot", "--format", "json")
    outcome = hwaudit("evaluate", "new.snapshot", "--redact", "--format", "html,json")
    shown_entries = outcome.report["settings"]["accepted"]
    assert [entry["matched"] for entry in shown_entries] == [entry["matched"] for entry in real]
    assert names_nothing(outcome)


def test_the_key_brings_back_whose_risk_it_is(hwaudit, places):
    accept(places[2])
    report = hwaudit("evaluate", NEW, "--redact", "--format", "json").report
    [entry] = report["settings"]["accepted"]
    assert re.fullmatch(r"owner-\w{8}", entry["owner"])
    assert re.fullmatch(r"ticket-\w{8}", entry["ticket"])
    assert entry["origin"] == "hwaudit.toml, [[accept]] entry 1"
    real = json.loads(hwaudit("unredact", "hwaudit-report/report.json").out)["settings"]["accepted"][0]
    assert (real["owner"], real["ticket"]) == ("Norberg", "CHG-77")
    assert places[2].endswith(f'within = "{real["within"]}"')


def test_the_place_of_the_settings_is_not_told_and_their_options_are_not_either(hwaudit, tmp_path):
    file = tmp_path / "zanzibar" / "contoso.toml"
    file.parent.mkdir()
    file.write_text(
        '[scan]\nbaseline = "old-zanzibar.snapshot"\nfail-on = "new:critical"\n[severity]\njob-stuck = "off"\n'
    )
    Path("old-zanzibar.snapshot").write_bytes(OLD.read_bytes())
    outcome = hwaudit("evaluate", NEW, "--redact", "--config", file, "--format", "all")
    settings = outcome.report["settings"]
    assert settings["file"] == "the settings file"
    assert [option["name"] for option in settings["options"]] == ["baseline", "fail-on"]
    assert re.fullmatch(r"value-\w{8}", settings["options"][0]["value"])
    assert settings["options"][1] == {"name": "fail-on", "value": "new:critical", "origin": "the settings file"}
    assert names_nothing(outcome)


def test_findings_about_entries_keep_their_fingerprints_under_one_key(hwaudit):
    accept(NOBODY)
    prints = [
        {
            f["fingerprint"]
            for f in hwaudit("report", snapshot, "--redact", "--format", "json").report["findings"]
            if f["check"] == "accepted-risk-unmatched"
        }
        for snapshot in (OLD, NEW)
    ]
    assert prints[0] == prints[1] != set()


# -- baselines --------------------------------------------------------------------------------------------------


def changes(report):
    listed = ("new", "changed", "still", "fixed", "unseen")
    return {name: len(report["comparison"][name]) for name in listed}


def test_a_baseline_with_real_names_is_redacted_alike(hwaudit):
    accept(f'within = "{ACCOUNT}"')
    real = hwaudit("evaluate", NEW, "--baseline", OLD, "--format", "json").report
    outcome = hwaudit("evaluate", NEW, "--redact", "--baseline", OLD, "--format", "all", "--framework", "mcsb")
    assert changes(outcome.report) == changes(real)
    assert names_nothing(outcome)
    assert re.fullmatch(r"file-\w{8}", outcome.report["comparison"]["old"]["file"])
    hwaudit("merge", OLD, "--redact", "--snapshot", "old.snapshot", "--format", "json")
    again = hwaudit("evaluate", NEW, "--redact", "--baseline", "old.snapshot", "--format", "json").report
    assert changes(again) == changes(real)


def test_a_scan_redacts_its_baseline_too(hwaudit):
    outcome = hwaudit("scan", "--demo", "--redact", "--baseline", OLD, "--format", "all", "--fail-on", "new:high")
    assert outcome.code == 1
    assert names_nothing(outcome)


def test_a_report_is_a_baseline_when_the_same_key_redacted_it(hwaudit):
    for name, words in (("real", ()), ("shown", ("--redact",)), ("other", ("--redact", "--redact-key", "other.key"))):
        hwaudit("report", OLD, *words, "--format", "json", "--quiet", "--out", name)
    redacted = ("evaluate", NEW, "--redact", "--format", "json", "--baseline")
    for name, said in (("real", "real names"), ("other", "the pseudonyms of another key")):
        outcome = hwaudit(*redacted, f"{name}/report.json")
        assert outcome.code == 2
        assert f"is a JSON report with {said}, which cannot be redacted: name the snapshot" in outcome.err
    outcome = hwaudit(*redacted, "shown/report.json")
    assert outcome.code == 0
    assert outcome.report["comparison"]["new"]
    assert names_nothing(outcome)


def test_real_names_of_a_baseline_never_come_into_the_report_of_a_redacted_snapshot(hwaudit):
    hwaudit("merge", NEW, "--redact", "--snapshot", "new.snapshot", "--format", "json")
    outcome = hwaudit("evaluate", "new.snapshot", "--baseline", OLD, "--format", "html,json")
    assert "is not redacted as this scan is: every finding counts as new" in outcome.out
    report = json.dumps(outcome.report).replace(str(OLD), "")
    assert NAMES.search(report) is None


# -- report and diff --------------------------------------------------------------------------------------------


def test_report_redacts(hwaudit):
    outcome = hwaudit("report", NEW, "--redact", "--format", "all", "--baseline", OLD)
    assert outcome.code == 0
    assert outcome.report["scan"]["redacted"] is True
    assert names_nothing(outcome)


@pytest.mark.parametrize("form", ["text", "json", "html", "markdown"])
def test_a_diff_of_real_snapshots_names_nothing(hwaudit, form):
    outcome = hwaudit("diff", OLD, NEW, "--redact", "--format", form)
    assert outcome.code == 0
    assert NAMES.search(outcome.out + outcome.err) is None
    assert "names, ids and addresses are pseudonyms" in outcome.out


def test_the_key_brings_the_names_back_into_a_diff(hwaudit):
    Path("diff.txt").write_text(hwaudit("diff", OLD, NEW, "--redact").out)
    assert "aa-platform" in hwaudit("unredact", "diff.txt").out


def test_a_redacted_scan_is_compared_with_a_real_one_by_the_key_alone(hwaudit):
    hwaudit("merge", OLD, "--redact", "--snapshot", "old.snapshot", "--format", "json", "--quiet")
    outcome = hwaudit("diff", "old.snapshot", NEW)
    assert outcome.code == 2
    assert "give --redact with the key" in outcome.err
    told = [json.loads(hwaudit("diff", old, NEW, "--redact", "--format", "json").out) for old in ("old.snapshot", OLD)]
    assert changes(told[0]) == changes(told[1])


def test_a_diff_under_another_key_is_refused(hwaudit):
    hwaudit("merge", OLD, "--redact", "--snapshot", "old.snapshot", "--format", "json", "--quiet")
    outcome = hwaudit("diff", "old.snapshot", NEW, "--redact", "--redact-key", "other.key")
    assert outcome.code == 2
    assert "another key" in outcome.err
