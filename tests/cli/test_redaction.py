"""--redact and unredact: nothing that is passed on names the tenant, and only the key brings the names back."""

import json
import os
import re
import stat
import sys
from io import BytesIO, TextIOWrapper
from pathlib import Path

import msgspec
import pytest

from scanner.cli import run
from scanner.delivery import Delivery
from scanner.errors import StartError, UsageError
from scanner.inventory import Scope
from scanner.inventory.snapshot import dump, load, write_atomically
from scanner.redaction import KeyFile

NAMES = re.compile(r"contoso|fabrikam|aa-platform|hwg-core|c0a70500|law-shared|plat-sql", re.IGNORECASE)


def redacted_scan(hwaudit, *words):
    return hwaudit("scan", "--demo", "--redact", "--format", "all", "--snapshot", "seen.snapshot", *words)


def shared(outcome):
    """All that leaves the machine: every file but the key's, and what the terminal showed."""
    files = (outcome.folder / name for name in outcome.files if not name.startswith("hwaudit.key"))
    texts = [path.read_bytes().decode("utf-8", "replace") for path in files if path.suffix != ".snapshot"]
    return [*texts, outcome.out, outcome.err, repr(load(outcome.folder / "seen.snapshot"))]


def test_nothing_that_a_redacted_scan_leaves_names_the_tenant(hwaudit):
    outcome = redacted_scan(hwaudit)
    assert outcome.code == 0
    for text in shared(outcome):
        assert NAMES.search(text) is None
    assert outcome.report["scan"]["redacted"] is True
    assert "names, ids and addresses are pseudonyms" in outcome.out
    assert stat.S_IMODE((outcome.folder / "hwaudit.key").stat().st_mode) == 0o600


def test_a_scan_with_real_names_says_so_and_has_no_key(hwaudit):
    outcome = hwaudit("scan", "--demo", "--format", "json")
    assert outcome.report["scan"]["redacted"] is False
    assert "hwaudit.key" not in outcome.files


def test_the_key_brings_the_names_back_into_json_and_text(hwaudit):
    redacted_scan(hwaudit)
    hwaudit("evaluate", "seen.snapshot", "--format", "json")
    told = json.loads(hwaudit("unredact", "hwaudit-report/report.json").out)
    names = {finding["account"].rpartition("/")[2] for finding in told["findings"] if finding["account"]}
    assert {"aa-platform", "aa-develop"} <= names


def test_stdin_is_mapped_back_too(hwaudit, monkeypatch):
    outcome = redacted_scan(hwaudit)
    line = next(line for line in outcome.out.splitlines() if "account-" in line)
    monkeypatch.setattr(sys, "stdin", TextIOWrapper(BytesIO(line.encode())))
    assert re.search(r"\baa-\w+", hwaudit("unredact", "-").out)


def test_a_redacted_snapshot_is_judged_alike_and_comes_back_whole(hwaudit, tmp_path, monkeypatch):
    moment = ("--as-of", "2026-11-22T12:00")
    hwaudit("scan", "--demo", "--snapshot", "real.snapshot", "--format", "json", *moment)
    real = hwaudit("evaluate", "real.snapshot", "--format", "json").report
    redacted = hwaudit("evaluate", "real.snapshot", "--redact", "--format", "json").report
    assert redacted["summary"] == real["summary"]
    hwaudit("merge", "real.snapshot", "--redact", "--snapshot", "shown.snapshot", "--format", "json")
    shown = tmp_path / "stdout"
    with shown.open("w+") as stdout:
        monkeypatch.setattr(sys, "stdout", stdout)
        assert run(["unredact", "shown.snapshot"]) == 0
    monkeypatch.undo()
    assert load(shown).accounts == load(tmp_path / "here" / "real.snapshot").accounts


@pytest.mark.parametrize(
    "scope",
    [
        Scope(resource_group="production"),
        Scope(
            account=f"/subscriptions/{'0' * 8}-1111-2222-3333-{'4' * 12}/resourceGroups/automation/providers/x/y/worker"
        ),
    ],
)
def test_scans_that_cannot_be_merged_are_not_told_by_their_names(hwaudit, demo_snapshot, scope):
    whole = load(demo_snapshot)
    part = msgspec.structs.replace(whole, facts=msgspec.structs.replace(whole.facts, scope=scope))
    write_atomically(Path("part.snapshot"), dump(part))
    outcome = hwaudit("merge", demo_snapshot, "part.snapshot", "--redact")
    option = "--account" if scope.account else "--resource-group"
    assert outcome.code == 2
    assert outcome.err.endswith(f" cannot be merged: they differ in {option}: scan both again with the same {option}\n")
    assert not re.search("production|automation|0000-1111|none and", outcome.err)
    assert "none and" in hwaudit("merge", demo_snapshot, "part.snapshot").err


def test_the_same_key_gives_the_same_fingerprints(hwaudit):
    moment = ("--as-of", "2026-11-22T12:00")
    hwaudit("scan", "--demo", "--snapshot", "real.snapshot", "--format", "json", *moment)
    seen = [
        {
            finding["fingerprint"]
            for finding in hwaudit("evaluate", "real.snapshot", "--format", "json", *words).report["findings"]
        }
        for words in (("--redact",), ("--redact",), ("--redact", "--redact-key", "other.key"), ())
    ]
    assert seen[0] == seen[1]
    assert not seen[0] & seen[2]
    assert not seen[0] & seen[3]


# -- the key file -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{}",
        b'{"format":"hwaudit-key","version":1,"key":"00"}',
        b"\xff\xfe",
        b'{"format":"hwaudit-key","version":2,"key":"00"}',
    ],
)
def test_a_file_that_is_no_key_is_refused_before_the_scan(hwaudit, content):
    Path("hwaudit.key").write_bytes(content)
    outcome = redacted_scan(hwaudit)
    assert outcome.code == 2
    assert re.fullmatch(r"hwaudit: [^\n]*hwaudit\.key[^\n]+: [^\n]+\n", outcome.err)
    assert outcome.files == {"hwaudit.key"}


@pytest.mark.parametrize("words", [("unredact", "-"), ("unredact", "--redact-key", "none.key", "-")])
def test_without_the_key_nothing_comes_back(hwaudit, words):
    assert hwaudit(*words).refuses(2, "cannot read the key file")


def test_a_key_without_a_redaction_is_refused(hwaudit):
    assert hwaudit("scan", "--demo", "--redact-key", "k").refuses(2, "--redact-key needs --redact")


def test_a_snapshot_under_another_key_is_refused(hwaudit):
    redacted_scan(hwaudit, "-q")
    outcome = hwaudit("evaluate", "seen.snapshot", "--redact", "--redact-key", "other.key")
    assert outcome.code == 2
    assert "another key" in outcome.err


def test_a_key_among_the_reports_is_warned_of(hwaudit):
    outcome = redacted_scan(hwaudit, "--redact-key", "hwaudit-report/my.key")
    assert "can undo the redaction" in outcome.err
    assert outcome.code == 0


@pytest.mark.skipif(os.name != "posix", reason="modes are those of POSIX")
def test_a_key_that_others_can_read_is_warned_of(hwaudit):
    outcome = redacted_scan(hwaudit, "-q")
    (outcome.folder / "hwaudit.key").chmod(0o644)
    assert "chmod 600" in redacted_scan(hwaudit, "-q").err


def test_what_earlier_runs_replaced_stays_in_the_key_file(hwaudit):
    outcome = redacted_scan(hwaudit, "-q")
    first = json.loads((outcome.folder / "hwaudit.key").read_bytes())
    hwaudit("scan", "--demo", "--redact", "--skip", "logs,jobs,content,metrics,machines", "--format", "json")
    second = json.loads((outcome.folder / "hwaudit.key").read_bytes())
    assert second["key"] == first["key"]
    assert first["originals"].items() <= second["originals"].items()


# -- what is told on the way ------------------------------------------------------------------------------------


def test_a_scan_that_cannot_start_names_nothing(hwaudit):
    account = "/subscriptions/c0a70500-1111-4a6b-9c2d-000000000001/resourceGroups/rg-secret/providers/Microsoft.Automation/automationAccounts/aa-secret"
    outcome = hwaudit("scan", "--demo", "--redact", "--account", account)
    assert outcome.code == 4
    assert "there is no Automation account" in outcome.err
    assert not re.search("secret|c0a70500", outcome.err)


def test_the_journal_with_the_real_names_lies_beside_the_key(tmp_path):
    place = Delivery(["json"], Path("out"), snapshot=Path("seen"), key=KeyFile.open(tmp_path / "keys/k")).journal
    assert place == tmp_path / "keys/k.journal"


@pytest.mark.skipif(os.name != "posix", reason="modes are those of POSIX")
def test_the_journal_with_the_real_names_is_for_its_owner_alone(hwaudit, monkeypatch):
    def look(*_anything, **_named):
        modes.append(stat.S_IMODE(Path("hwaudit.key.journal").stat().st_mode))
        raise StartError("no login", "log in")

    modes = []
    monkeypatch.setattr("scanner.scanning.scan_tenant", look)
    assert hwaudit("scan", "--demo", "--redact").code == 4
    assert modes == [0o600]


def test_the_key_file_tells_every_pseudonym_before_a_report_is_written(hwaudit, monkeypatch):
    def full(*_anything):
        raise UsageError("cannot write report.json", "No space left on device")

    monkeypatch.setattr("scanner.delivery.write_atomically", full)
    outcome = hwaudit("scan", "--demo", "--redact", "--format", "json")
    assert outcome.code == 2
    assert len(json.loads((outcome.folder / "hwaudit.key").read_bytes())["originals"]) > 100


@pytest.mark.parametrize(("words", "settings"), [(("--redact",), ""), ((), "[scan]\nredact = true\n")])
def test_an_internal_error_names_nothing_either(hwaudit, monkeypatch, words, settings):
    def broken(*_anything, **_named):
        raise KeyError("aa-secret")

    monkeypatch.setattr("scanner.delivery.shown_scan", broken)
    Path("hwaudit.toml").write_text(settings)
    outcome = hwaudit("scan", "--demo", *words, "--verbose")
    assert outcome.code == 4
    assert "internal error: KeyError" in outcome.err
    assert "aa-secret" not in outcome.err


def test_a_command_that_is_refused_leaves_no_new_key(hwaudit):
    assert hwaudit("evaluate", "missing", "--redact").refuses(2, "missing")


def test_a_command_that_is_refused_keeps_the_key_that_was_there(hwaudit, demo_snapshot):
    hwaudit("evaluate", demo_snapshot, "--redact")
    before = Path("hwaudit.key").read_bytes()
    assert hwaudit("evaluate", "missing", "--redact").code == 2
    assert Path("hwaudit.key").read_bytes() == before
