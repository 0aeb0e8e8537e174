"""SIGINT and SIGTERM end a scan early, with reports of what was seen; and `emulate` serves until one comes."""

import asyncio
import json
import os
import re
import shlex
import signal
import sys
import time
from contextlib import contextmanager

import pytest
from told import complaints

from scanner.emulator import slow

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals are sent to another process")
TOLD = "hwaudit: interrupted: the reports hold what was seen until then"


def wait_until(condition):
    until = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.01)


def asked(there, part):
    return any(part in path for _, path, _ in list(there.emulator.requests))


def wait_until_all_is_asked(there):
    """Wait until no request has come for a while: whatever is not slow is answered."""
    known = 0
    while known < len(there.emulator.requests):
        known = len(there.emulator.requests)
        time.sleep(0.3)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_scan_that_is_stopped_reports_what_it_saw(start, azure, hwaudit, tmp_path, number):
    there = azure("contoso", faults=[slow(3600, operation="*/hybridRunbookWorkers/read")])
    scan = start("scan", *there.words, "--strict", "--fail-on", "low", "--snapshot", "s")
    wait_until(lambda: asked(there, "/hybridRunbookWorkers"))
    wait_until_all_is_asked(there)
    scan.send_signal(number)
    out, err = scan.communicate(timeout=30)
    assert (scan.returncode, complaints(err)) == (130, f"{TOLD}; the same command with --resume goes on from there\n")
    assert out.startswith("INTERRUPTED")
    report = json.loads((tmp_path / "hwaudit-report" / "report.json").read_text())
    assert report["scan"]["interrupted"] is True
    gaps = [gap for gap in report["gaps"] if gap["reason"] == "interrupted"]
    assert {gap["operation"].rpartition("/")[0].rpartition("/")[2] for gap in gaps} >= {"hybridRunbookWorkers"}
    assert report["summary"]["automation_accounts"] > 0
    assert report["summary"]["workers"] == 0
    assert "worker-stale" in {unknown["check"] for unknown in report["unknowns"]}
    again = hwaudit("evaluate", tmp_path / "s", "--quiet", "--format", "json")
    assert (again.code, again.report) == (0, report)


def test_a_scan_that_is_stopped_during_the_login_reports_that_it_saw_nothing(start, azure, tmp_path):
    there = azure("spotless", faults=[slow(3600, "/oauth2/v2.0/token")])
    scan = start("scan", *there.words)
    wait_until(lambda: asked(there, "/oauth2/v2.0/token"))
    scan.send_signal(signal.SIGINT)
    _, err = scan.communicate(timeout=30)
    assert (scan.returncode, err) == (130, TOLD + "\n")
    report = json.loads((tmp_path / "hwaudit-report" / "report.json").read_text())
    assert report["scan"]["interrupted"] is True
    assert report["summary"]["coverage"] == {"planned": 1, "answered": 0, "ratio": 0.0}


@pytest.mark.parametrize(("words", "secret"), [((), True), (("--github-oidc", "octo-org@65/audit@74"), False)])
def test_emulate_prints_all_that_a_scan_in_another_shell_needs(start, hwaudit, monkeypatch, words, secret):
    served = start("emulate", "--tenant", "spotless", "--port", "0", *words)
    told = "".join(iter(served.stdout.readline, "Ctrl-C stops it.\n"))
    for line in re.findall(r"^export (.+)$", told, re.MULTILINE):
        monkeypatch.setenv(*shlex.split(line)[0].split("=", 1))
    assert ("AZURE_CLIENT_SECRET" in told) is secret
    [command] = re.findall(r"^hwaudit (scan .+)$", told, re.MULTILINE)
    outcome = hwaudit(*command.split(), "--format", "json", "--skip", "logs,jobs,content,metrics,machines")
    assert (outcome.code, complaints(outcome.err)) == (0, "")
    assert outcome.report["summary"]["automation_accounts"] > 0
    assert {gap["reason"] for gap in outcome.report["gaps"]} == {"skipped"}
    served.send_signal(signal.SIGINT)
    assert served.wait(timeout=30) == 0
    assert served.stderr.read() == ""


def test_a_port_that_is_taken_is_told_in_one_line(hwaudit):
    async def taken():
        server = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
        async with server:
            port = server.sockets[0].getsockname()[1]
            return await asyncio.to_thread(hwaudit, "emulate", "--port", port)

    outcome = asyncio.run(taken())
    assert outcome.refuses(2, "port")


@contextmanager
def written_slowly(pipe):
    """A writer that writes nothing: a pipe can be opened for it once somebody reads."""
    until = time.monotonic() + 30
    while True:
        try:
            writing = os.open(pipe, os.O_WRONLY | os.O_NONBLOCK)
        except OSError:
            assert time.monotonic() < until
            time.sleep(0.01)
        else:
            break
    yield
    os.close(writing)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_command_that_has_nothing_to_save_ends_at_once(start, tmp_path, number):
    os.mkfifo(tmp_path / "never-written")
    waiting = start("evaluate", "never-written")
    with written_slowly(tmp_path / "never-written"):
        time.sleep(0.2)  # between its opening and its reading, Python would see the signal only after the reading
        waiting.send_signal(number)
        out, err = waiting.communicate(timeout=30)
    assert (waiting.returncode, out, err) == (130, "", "")


def test_a_second_signal_ends_a_scan_that_does_not_stop(start, azure):
    there = azure("spotless", faults=[slow(3600, "/oauth2/v2.0/token")])
    scan = start("scan", *there.words)
    wait_until(lambda: asked(there, "/oauth2/v2.0/token"))
    scan.send_signal(signal.SIGTERM)
    scan.send_signal(signal.SIGTERM)
    scan.communicate(timeout=30)
    assert scan.returncode == 130
