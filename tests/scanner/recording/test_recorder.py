"""The folder of a recording: retries and failures are in it, one that was cut off can be used, and its replay is strict."""

import asyncio
import json
import os
import re
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from builders import NOW
from recorded import ask, exchanges, record, scan_again

from scanner.emulator import (
    Emulator,
    NoRecordingError,
    Recording,
    Replay,
    answer,
    garble,
    generate,
    hang,
    reset,
    throttle,
    truncate,
)
from scanner.emulator import recording as emulated
from scanner.errors import UsageError
from scanner.recording import EXCHANGES, FORMAT, MANIFEST, Recorder
from scanner.recording import _addresses as addresses
from scanner.redaction import KeyFile
from scanner.session import discover_cloud

LINK = "/linkedworkspace"
GAPS = {
    "broken": reset(LINK),
    "cut": truncate(LINK),
    "hanging": hang(LINK),
    "a page of a proxy": garble(LINK, html=True),
    "no json": garble(LINK),
    "plain text": answer(500, "it broke", {"Content-Type": "text/plain"}, LINK),
    "a wait that is too long": answer(503, "", {"Retry-After": "9999"}, LINK),
}


def small(*faults):
    return Emulator(generate(accounts=1, subscriptions=1, groups=1, now=NOW), page_size=100, faults=faults)


def gaps(estate):
    return sorted((gap.reading, gap.reason, gap.status, gap.code) for read in estate.reads if (gap := read.gap))


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    folder = tmp_path_factory.mktemp("small") / "recording"
    record(small(), folder)
    return folder


@pytest.fixture
def copy(whole, tmp_path):
    """A copy of a recording that a test may spoil."""
    folder = tmp_path / "copy"
    folder.mkdir()
    for name in (MANIFEST, EXCHANGES):
        (folder / name).write_bytes((whole / name).read_bytes())
    return folder


def spoil(folder, **changes):
    manifest = json.loads((folder / MANIFEST).read_text()) | changes
    (folder / MANIFEST).write_text(json.dumps(manifest))


# -- retries and failures -------------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", GAPS.values(), ids=GAPS.keys())
def test_a_failure_is_recorded_and_is_the_same_gap_in_the_replay(fault, tmp_path):
    seen, _ = record(small(fault), tmp_path / "r")
    again, _ = scan_again(tmp_path / "r")
    assert gaps(seen)
    assert gaps(again) == gaps(seen)


def test_several_answers_to_one_request_come_in_their_order_and_the_last_one_stays(tmp_path):
    record(small(throttle(every=1, times=1, retry_after=3, scope=LINK)), tmp_path / "r")
    lines = [line for line in exchanges(tmp_path / "r") if "linkedWorkspace" in line["request"]["url"]]
    assert [line["answer"]["status"] for line in lines] == [429, 200]
    assert lines[0]["answer"]["headers"]["Retry-After"] == "3"
    path = lines[0]["request"]["url"].removeprefix("https://arm.recorded.invalid")
    replay = Replay(Recording(tmp_path / "r"))
    assert [ask(replay, "GET", path).status for _ in range(4)] == [429, 200, 200, 200]


def test_dates_are_of_the_present_but_for_those_that_a_wait_is_measured_by(tmp_path):
    folder = tmp_path / "r"
    record(small(throttle(every=1, times=1, scope=LINK)), folder)
    spoil(folder, started=f"1999{json.loads((folder / MANIFEST).read_text())['started'][4:]}")
    (folder / EXCHANGES).write_text(
        re.sub(r'("Date": "\w+, \d+ \w+ )\d+', r"\g<1>1999", (folder / EXCHANGES).read_text())
    )
    urls = (line["request"]["url"] for line in exchanges(folder))
    path = next(url for url in urls if "linkedWorkspace" in url).removeprefix("https://arm.recorded.invalid")
    replay = Replay(Recording(folder))
    throttled, answered = (ask(replay, "GET", path).headers["Date"].split()[3] for _ in range(2))
    assert (throttled, answered) == ("1999", f"{datetime.now(UTC):%Y}")


def test_both_ends_of_the_format_know_the_same_names():
    assert (emulated.FORMAT, emulated.ARM, emulated.LOGS) == (FORMAT, addresses.ARM, addresses.LOGS)


# -- the folder -----------------------------------------------------------------------------------------------


def test_a_scan_that_was_cut_off_leaves_what_it_recorded(tmp_path):
    record(small(), tmp_path / "r", whole=False)
    assert Recording(tmp_path / "r").manifest.whole is False


def test_of_a_recording_that_was_killed_the_half_line_is_left_out(copy):
    spoil(copy, whole=False)
    lines = (copy / EXCHANGES).read_bytes()
    (copy / EXCHANGES).write_bytes(lines[:-20])
    assert len(list(Recording(copy).exchanges())) == len(lines.splitlines()) - 1


def test_what_is_no_recording_is_told_by_its_place(copy):
    (copy / EXCHANGES).write_bytes((copy / EXCHANGES).read_bytes()[:-20])
    with pytest.raises(NoRecordingError, match=r"line \d+ of .*exchanges.jsonl is no exchange"):
        Recording(copy)
    spoil(copy, format="hwaudit-recording/9")
    with pytest.raises(NoRecordingError, match=r"'hwaudit-recording/9', not of hwaudit-recording/1"):
        Recording(copy)
    (copy / MANIFEST).write_text("[]")
    with pytest.raises(NoRecordingError, match="is no manifest"):
        Recording(copy)
    with pytest.raises(NoRecordingError, match="cannot read"):
        Recording(copy / "nowhere")


@pytest.mark.parametrize(
    "line",
    [
        "null",
        "[]",
        "{}",
        '{"n": 1, "at": 0, "request": {"method": "GET"}}',
        '{"n": 1, "at": 0, "request": {"method": 1, "url": 2}}',
        '{"n": 1, "at": "x", "request": {"method": "GET", "url": "/"}}',
        '{"n": 1, "at": 0, "request": {"method": "GET", "url": "/"}, "answer": {"status": "x"}}',
        '{"n": 1, "at": 0, "request": {"method": "GET", "url": "/"}, "answer": 7}',
        '{"n": 1, "at": 1e999, "request": {"method": "GET", "url": "https://["}}',
    ],
)
def test_a_line_that_is_no_exchange_is_told(copy, line):
    (copy / EXCHANGES).write_text(f"{line}\n")
    with pytest.raises(NoRecordingError, match=r"line 1 of .* is no exchange"):
        Recording(copy)


def test_a_folder_with_a_recording_is_not_written_over(whole, tmp_path):
    with pytest.raises(UsageError, match="is there already"):
        Recorder.at(whole, tmp_path / "key")


def test_the_key_never_lies_in_the_folder_that_is_sent(tmp_path):
    with pytest.raises(UsageError, match="must not get the key"):
        Recorder.at(tmp_path, tmp_path / "here" / "key")


def test_a_full_disk_ends_the_recording_and_not_the_scan(tmp_path, capsys, monkeypatch):
    recorder = Recorder(tmp_path / "r", KeyFile.open(tmp_path / "key"))
    recorder.begin(cloud="AzureCloud", arm="https://a", logs="https://l", as_of=NOW, arguments=[])

    def write(_):
        raise OSError(28, os.strerror(28))

    full = SimpleNamespace(write=write, close=recorder._file.close)
    monkeypatch.setattr(recorder, "_file", full)
    for _ in range(2):
        recorder.answered(recorder.sent(), ("GET", "https://a/subscriptions", b""), 200, {}, b"{}")
    recorder.close(whole=True)
    assert capsys.readouterr().err.count("No space left on device") == 1
    assert json.loads((tmp_path / "r" / MANIFEST).read_text())["whole"] is False


def test_options_that_name_something_are_recorded_under_pseudonyms(tmp_path):
    recorder = Recorder(tmp_path / "r", KeyFile.open(tmp_path / "key"))
    named = [("--resource-group", "rg-finance", "rg"), ("--skip", "jobs,logs", "")]
    recorder.begin(cloud="AzureCloud", arm="https://a", logs="", as_of=NOW, arguments=named)
    recorder.close(whole=True)
    manifest = Recording(tmp_path / "r").manifest
    assert manifest.arguments[0] == "--resource-group"
    assert manifest.arguments[1].startswith("rg-")
    assert manifest.arguments[1] != "rg-finance"
    assert manifest.arguments[2:] == ("--skip", "jobs,logs")
    replay = Replay(Recording(tmp_path / "r"))
    assert asyncio.run(discover_cloud(replay.arm_endpoint, replay.transport())).logs == ""
