"""What holds for every format: the same bytes each time, no hostile name in command, and nothing left out in silence."""

import json
import subprocess
import sys

import msgspec
import pytest
from reported import BLIND, HOSTILE, SCANS, companion, hostile, rendered, text_of, with_findings
from tenants import scan_named

from reports import FORMATS, INVENTORY
from scanner.cli import run
from scanner.inventory.snapshot import dump, write_atomically

TEXTS = ["sarif", "junit", "csv", "markdown", "digest", "graphml", "xlsx"]
"""The formats in which a name is spelled out; in JSON it arrives as it is."""

CONTROLS = {*range(32), *range(0x7F, 0xA0), 0x200B, 0x202E} - {0x09, 0x0A, 0x0D}


@pytest.mark.parametrize("name", ["json", "jsonl", *TEXTS, "ocsf"])
@pytest.mark.parametrize("case", SCANS)
def test_one_scan_gives_the_same_bytes_each_time(name, case):
    scan = SCANS[case]()
    assert rendered(name, scan) == rendered(name, scan)


def test_another_process_gives_the_same_bytes(tmp_path):
    snapshot = tmp_path / "contoso"
    write_atomically(snapshot, dump(scan_named("contoso").estate))

    def commands(place):
        words = ["evaluate", str(snapshot), "--quiet"]
        return [[*words, "--out", str(tmp_path / f"{name} {place}"), "--format", name] for name in FORMATS]

    assert {run(words) for words in commands("here")} == {0}
    script = f"import sys; from scanner.cli import run; sys.exit(any([run(words) for words in {commands('there')!r}]))"
    subprocess.run([sys.executable, "-c", script], check=True, env={"PYTHONHASHSEED": "7", "TZ": "Asia/Tokyo"})
    for name, renderer in FORMATS.items():
        here, there = ({file.name: file for file in (tmp_path / f"{name} {of}").iterdir()} for of in ("here", "there"))
        assert sorted(here) == sorted(there) == sorted([f"report.{renderer.extension}", *renderer.companions])
        assert [file for file in here if here[file].read_bytes() != there[file].read_bytes()] == []


@pytest.mark.parametrize("name", TEXTS)
def test_no_control_or_bidi_character_of_a_name_is_written(name):
    text = text_of(rendered(name, hostile()))
    assert not CONTROLS & set(map(ord, text)) - ({0xFEFF} if name == "csv" else set())
    assert not {0xFFFE, 0xFFFF} & set(map(ord, text)) or name in {"sarif", "csv", "markdown", "digest"}


@pytest.mark.parametrize("name", ["json", "jsonl", "ocsf"])
def test_json_keeps_hostile_names_as_they_are_and_escapes_them(name):
    text = rendered(name, hostile()).decode()
    assert not {*range(32)} - {0x0A} & set(map(ord, text)) - {0x0A}
    assert all(json.dumps(hostile_name, ensure_ascii=False)[1:-1] in text for hostile_name in HOSTILE[:3])


@pytest.mark.parametrize(
    "name", ["json", "jsonl", *(name for name in TEXTS if name not in {"digest", "graphml"}), "ocsf"]
)
@pytest.mark.parametrize("part", ["fingerprint", "root_cause"])
def test_every_finding_has_its_fingerprint_and_its_root_cause(name, part):
    scan = scan_named("contoso")
    text = text_of(rendered(name, scan))
    assert all((getattr(finding, part) or "") in text for finding in scan.findings)


@pytest.mark.parametrize("case", BLIND)
@pytest.mark.parametrize("name", ["json", "jsonl", *TEXTS, "ocsf"])
def test_what_was_not_seen_is_told_where_nothing_was_found(name, case):
    scan = BLIND[case]()
    assert scan.findings == ()
    text = text_of(rendered(name, scan))
    for spot in scan.blind_spots:
        assert (spot.gap.action or spot.gap.operation) in text or name == "digest"
    if name not in {"json", "jsonl"}:
        assert "says nothing about the rest" in text


@pytest.mark.parametrize("case", BLIND)
def test_lines_of_json_tell_of_gaps_crashes_and_interruptions(case):
    scan = BLIND[case]()
    lines = [json.loads(line) for line in rendered("jsonl", scan).splitlines()]
    kinds = [line["type"] for line in lines]
    assert kinds.count("gap") == len(scan.blind_spots)
    assert kinds.count("unknown") == len(scan.unknowns)
    assert kinds.count("error") == len(scan.errors)
    assert lines[0]["scan"]["interrupted"] is scan.estate.facts.interrupted


def test_the_inventory_has_a_line_for_every_place():
    scan = scan_named("contoso")
    lines = companion("sarif", INVENTORY, scan).splitlines()
    assert lines[0].startswith("# ")
    ids = [line.partition("  (")[0].lower() for line in lines[1:]]
    assert ids == sorted(set(ids))
    assert {finding.subject.key for finding in scan.findings} <= set(ids)
    assert {spot.gap.scope.lower() for spot in scan.blind_spots} <= set(ids)


def test_a_hostile_name_is_one_line_of_the_inventory():
    text = companion("sarif", INVENTORY, hostile())
    assert len(text.splitlines()) == text.count("\n")


def test_what_no_node_of_the_graph_is_was_seen_all_the_same():
    scan = scan_named("contoso")
    extension = scan.estate.extensions[0]
    finding = msgspec.structs.replace(scan.findings[0], subject=extension.id)
    text = companion("sarif", INVENTORY, with_findings(scan, (finding,)))
    (line,) = [line for line in text.splitlines() if line.startswith(extension.id.text + "  ")]
    assert line.endswith(f"({extension.id.type}, seen)")


def test_all_writes_every_format_and_what_goes_beside_it(hwaudit):
    outcome = hwaudit("scan", "--demo", "--format", "all", "--quiet")
    assert outcome.code == 0
    written = {f"hwaudit-report/report.{renderer.extension}" for renderer in FORMATS.values()}
    assert outcome.files == written | {f"hwaudit-report/{INVENTORY}"}
