"""What a scan left out although every read was answered: other shards, an empty scope, checks that are off."""

import csv
import io
import json
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree as ET

import builders as b
import msgspec
import pytest
from reported import MARKUP, nothing_found, rendered
from tenants import estate_of, scan_named

from reports.html import to_html
from reports.standing import is_whole
from reports.summary import to_summary
from reports.verdict import verdict
from scanner.checks import all_checks
from scanner.emulator import TENANTS
from scanner.findings import AppliedSettings, Outcome, SeveritySetting
from scanner.inventory import Reading, Scope, Shard
from scanner.pipeline import scan_of
from scanner.settings import read_settings

TYPO = Scope(resource_group="typo")
CHECKS = [check.info for check in all_checks()]


def part_of(estate, **facts):
    return scan_of(msgspec.structs.replace(estate, facts=msgspec.structs.replace(estate.facts, **facts)))


def shard():
    """A shard with an account in which nothing is wrong, and two subscriptions elsewhere."""
    left = (b.OTHER_SUB, "33333333-3333-3333-3333-333333333333")
    return part_of(scan_named("spotless").estate, scope=Scope(shard=Shard(2, 5)), elsewhere=left)


def merged_in_part():
    return part_of(scan_named("spotless").estate, elsewhere=(b.OTHER_SUB,))


def empty_shard():
    return part_of(b.estate(), scope=Scope(shard=Shard(2, 5)), elsewhere=(b.SUB,))


def typo():
    return part_of(b.estate(b.subscription()), scope=TYPO)


def bare():
    return scan_of(b.estate(b.subscription()))


def switched_off(*ids):
    path = Path("off.toml")
    path.write_text("[severity]\n" + "".join(f'{id_} = "off"\n' for id_ in ids))
    settings = read_settings(path)
    path.unlink()
    return scan_of(scan_named("spotless").estate, settings=settings)


def all_off():
    return switched_off(*(check.id for check in CHECKS))


LEFT_OUT = [shard, merged_in_part, empty_shard, typo, all_off]


@pytest.fixture(autouse=True)
def _aside(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def cases(scan):
    """How the cases of the suite of coverage ended, and how those of the checks did."""
    ends = {
        suite.get("name"): [
            next((e.tag for e in case if e.tag != "properties"), "pass") for case in suite.iter("testcase")
        ]
        for suite in ET.fromstring(rendered("junit", scan))  # noqa: S314 - just written
    }
    return ends.pop("coverage"), Counter(end for suite in ends.values() for end in suite)


def statuses(scan):
    events = json.loads(rendered("ocsf", scan))
    return events[0]["compliance"]["status"], Counter(event["compliance"]["status"] for event in events[1:])


def run_of(scan):
    return json.loads(rendered("sarif", scan))["runs"][0]


@pytest.mark.parametrize(
    ("made", "told"),
    [
        (shard, "This is shard 2/5 only: 2 subscriptions in scope were left to other shards, and nothing in them was"),
        (
            empty_shard,
            "Nothing was judged; all 1 planned reads were answered. This is shard 2/5 only: 1 subscription in",
        ),
        (
            merged_in_part,
            "1 subscription in scope was left to shards that were not merged, and nothing in it was judged.",
        ),
        (typo, "No Automation account was seen in the resource group typo of 1 subscription, so none was judged."),
        (bare, "There is no Automation account in 1 subscription, so none was judged."),
        (all_off, "All checks that would run are switched off (59 in all), so nothing was judged."),
        (lambda: switched_off("worker-stale"), "1 check is switched off."),
    ],
)
def test_the_verdict_says_what_was_left_out(made, told):
    scan = made()
    assert told in verdict(scan)
    assert told in to_summary(scan)
    assert told in to_html(scan)
    assert f"Nothing was found: {len(scan.checks)} checks" not in verdict(scan) or told == "1 check is switched off."


@pytest.mark.parametrize("made", LEFT_OUT)
def test_no_format_is_green_by_what_was_left_out(made):
    scan = made()
    assert not is_whole(scan)
    assert json.loads(rendered("json", scan))["summary"]["whole"] is False
    coverage, checks = cases(scan)
    assert coverage[:2] == ["pass", "pass"]
    assert coverage[2:] == (["skipped"] if scan.estate.facts.elsewhere else ["failure"])
    assert checks.keys() == {"skipped"}
    first, others = statuses(scan)
    assert first == "Warning"
    assert others["Pass"] == 0
    assert next(csv.DictReader(io.StringIO(rendered("csv", scan).decode("utf-8-sig"))))["status"] == "incomplete"
    run = run_of(scan)
    [result] = [result for result in run["results"] if result["ruleId"] == "estate-not-seen"]
    assert result["level"] == "warning"
    assert run["invocations"][0]["executionSuccessful"] is bool(scan.estate.facts.elsewhere)
    assert "[!WARNING]" in rendered("markdown", scan).decode()


@pytest.mark.parametrize("made", LEFT_OUT)
def test_a_scenario_without_a_sign_is_not_seen(made):
    assert {scenario.outcome for scenario in made().scenarios} == {Outcome.NOT_SEEN}


@pytest.mark.parametrize("made", LEFT_OUT)
def test_the_page_never_says_that_nothing_was_left_out(made):
    page = to_html(made())
    assert "nothing was left out of the judgement" not in page
    assert "Every planned read was answered, but not everything was judged." in page
    assert ">Nothing found<" not in page


def test_the_json_report_counts_the_subscriptions_of_other_shards():
    assert json.loads(rendered("json", shard()))["scan"]["left_to_other_shards"] == 2
    whole = json.loads(rendered("json", scan_named("spotless")))
    assert whole["scan"]["left_to_other_shards"] == 0
    assert whole["summary"]["whole"] is True


@pytest.mark.parametrize("made", [typo, bare, all_off])
def test_a_check_that_judged_nothing_is_unknown_and_says_why(made):
    scan = made()
    others = statuses(scan)[1]
    assert others == {"Unknown": 59 if made is all_off else len(scan.checks)}
    assert cases(scan)[1] == {"skipped": others["Unknown"]}
    why = "switched off in off.toml" if made is all_off else "nothing to judge: no Automation account was seen"
    assert why in rendered("junit", scan).decode()
    assert why in rendered("ocsf", scan).decode()
    assert why in rendered("markdown", scan).decode().replace("`", "")


def test_a_whole_tenant_without_accounts_is_seen_in_full_and_nothing_in_it_passes():
    scan = bare()
    assert is_whole(scan)
    assert verdict(scan).startswith("Nothing was judged; all ")
    assert cases(scan)[0] == ["pass", "pass", "skipped"]
    assert run_of(scan)["results"] == []
    assert {scenario.outcome for scenario in scan.scenarios} == {Outcome.NOT_SEEN}


def test_refused_lists_are_no_tenant_without_accounts():
    scan = scan_of(b.estate(b.subscription(), b.gap(Reading.ACCOUNTS, b.subscription_id())))
    assert "No Automation account was seen in 1 subscription, so none was judged." in verdict(scan)
    assert not is_whole(scan)


def test_a_check_that_is_off_keeps_a_scan_from_being_whole():
    scan = switched_off("worker-stale")
    assert not is_whole(scan)
    coverage, checks = cases(scan)
    assert coverage == ["pass", "pass", "skipped"]
    assert checks == {"pass": len(scan.checks), "skipped": 1}
    [result] = run_of(scan)["results"]
    assert result["level"] == "note"
    assert result["message"]["text"].startswith("Not everything was judged. ")
    assert statuses(scan) == ("Warning", {"Pass": len(scan.checks), "Unknown": 1})


@pytest.mark.parametrize("name", MARKUP)
def test_a_hostile_scope_is_no_markup_in_the_verdict(name):
    scan = part_of(b.estate(), scope=Scope(resource_group=name))
    sentence = rendered("markdown", scan).decode().splitlines()[3]
    assert sentence.startswith("> Nothing was judged")
    outside = "".join(sentence.split("`")[::2])
    assert not set("[]<>|@~*#!") & set(outside[1:]) or "`" in name


def test_a_resource_group_that_holds_nothing_is_told_by_a_whole_scan():
    scan = scan_of(estate_of(TENANTS["spotless"](b.NOW), scope=TYPO))
    assert "No Automation account was seen in the resource group typo of 2 subscriptions" in verdict(scan)
    assert Outcome.NO_SIGN not in {scenario.outcome for scenario in scan.scenarios}
    assert cases(scan)[1]["pass"] == statuses(scan)[1]["Pass"] == 0


def test_settings_that_only_lower_a_check_switch_nothing_off():
    lowered = SeveritySetting(check="worker-stale", severity=CHECKS[0].severities[0], declared=(), origin="x")
    settings = AppliedSettings(file="x", severities=(lowered,))
    assert is_whole(msgspec.structs.replace(nothing_found(), settings=settings))
