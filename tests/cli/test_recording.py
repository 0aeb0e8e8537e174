"""`scan --record` and `emulate --recording`: a scan is recorded, served again, and judged as it was."""

import json
import re
import signal
import sys

import pytest
from builders import NOW
from loopback import login_of, served
from recorded import exchanges, record

from scanner.emulator import Emulator, Recording, Replay, generate
from scanner.pipeline import scan_of
from scanner.recording import EXCHANGES, MANIFEST

DEMO = ("scan", "--demo", "--format", "json", "--skip", "logs,jobs,content,metrics,machines")


@pytest.fixture(scope="module")
def recording(tmp_path_factory):
    folder = tmp_path_factory.mktemp("recorded") / "r"
    seen, key = record(Emulator(generate(accounts=2, groups=2, subscriptions=1, now=NOW)), folder)
    return folder, scan_of(key.redaction.estate(seen))


def test_a_recorded_scan_says_where_and_is_redacted_where_the_report_is_not(hwaudit):
    done = hwaudit(*DEMO, "--record", "r")
    assert done.code == 0
    assert re.search(r"^Recorded \d+ requests in r: look through it before you send it$", done.out, re.MULTILINE)
    assert {"r/exchanges.jsonl", "r/manifest.json", "hwaudit.key"} <= done.files
    assert "aa-develop" in json.dumps(done.report)
    assert "aa-develop" not in (done.folder / "r" / EXCHANGES).read_text()
    manifest = json.loads((done.folder / "r" / MANIFEST).read_text())
    assert (manifest["format"], manifest["whole"]) == ("hwaudit-recording/1", True)
    assert manifest["arguments"] == ["--skip", "content,jobs,logs,machines,metrics"]
    assert manifest["counts"]["requests"] == len(exchanges(done.folder / "r"))


def test_a_scan_of_a_served_recording_finds_what_the_recorded_scan_found(recording, hwaudit, monkeypatch):
    folder, was = recording
    replay = Replay(Recording(folder))
    with served(replay) as server:
        for name, value in login_of(server).items():
            monkeypatch.setenv(name, value)
        where = ("--arm-endpoint", server.url, "--auth", "env", "--as-of", replay.recording.manifest.as_of)
        done = hwaudit("scan", *where, "--format", "json", "--quiet")
    assert done.code == 0, done.err
    assert was.findings
    assert {each["fingerprint"] for each in done.report["findings"]} == {each.fingerprint for each in was.findings}
    assert len(done.report["unknowns"]) == len(was.unknowns)
    assert len(done.report["gaps"]) == sum(read.gap is not None for read in was.estate.reads)
    assert replay.requests[0][1] == "/metadata/endpoints"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--record", "r", "--resume"), "leave out --resume"),
        (("--record", "r", "--shard", "1/2"), "--shard"),
        (("--record", "."), "must not get the key"),
        (("--record", "k", "--redact-key", "k/key"), "must not get the key"),
    ],
)
def test_what_a_recording_cannot_hold_is_refused(hwaudit, words, said):
    assert hwaudit("scan", "--demo", *words).refuses(2, said)


def test_a_scan_that_ends_early_leaves_a_recording_that_says_so(hwaudit):
    nowhere = "/subscriptions/c0a70500-1111-4a6b-9c2d-000000000001/resourceGroups/rg/providers"
    ended = hwaudit(
        "scan", "--demo", "--record", "r", "--account", f"{nowhere}/Microsoft.Automation/automationAccounts/a"
    )
    assert ended.code == 4
    manifest = Recording(ended.folder / "r").manifest
    assert manifest.whole is False
    assert manifest.arguments[0] == "--account"
    assert "c0a70500" not in manifest.arguments[1]


def test_a_recording_that_is_there_is_not_written_over(hwaudit, recording):
    assert hwaudit("scan", "--demo", "--record", recording[0]).refuses(2, "is there already")


def test_a_folder_without_a_recording_is_not_served(hwaudit):
    assert hwaudit("emulate", "--recording", "nowhere").refuses(2, "manifest.json", "hwaudit scan --record")


@pytest.mark.skipif(sys.platform == "win32", reason="signals are sent to another process")
def test_emulate_prints_the_scan_that_asks_what_was_recorded(recording, start):
    served = start("emulate", "--recording", str(recording[0]))
    lines = []
    while not (lines and lines[-1].startswith("hwaudit scan")):
        lines.append(served.stdout.readline())
        assert lines[-1]
    assert re.fullmatch(r"hwaudit scan --arm-endpoint https://localhost:\d+ --auth env --as-of \S+Z\n", lines[-1])
    served.send_signal(signal.SIGINT)
    assert served.wait(timeout=30) == 0
