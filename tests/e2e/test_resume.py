"""The whole program, cut off and resumed: by Ctrl-C, by a full disk, and by another scan of the folder; `make kills` kills it."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest
from builders import NOW
from told import complaints

from scanner.emulator import TENANTS, slow
from scanner.inventory.journal import Journal, recorded
from scanner.inventory.lines import Lines
from tools.kills import comparable

AS_OF = ("--as-of", NOW.isoformat())
posix = pytest.mark.skipif(sys.platform == "win32", reason="signals and limits of other processes")


def reads(there):
    """The requests but those for the login and the metadata."""
    return [path for _, path, _ in there.emulator.requests if "/metadata/" not in path and "oauth2" not in path]


def process(tmp_path, words, first=""):
    code = f"{first}; from scanner.cli import main; main()" if first else "from scanner.cli import main; main()"
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    pipe = subprocess.PIPE
    command = [sys.executable, "-c", code, *words]
    return subprocess.Popen(command, cwd=tmp_path, env=environment, text=True, stdout=pipe, stderr=pipe)


@posix
def test_a_scan_that_was_interrupted_goes_on(azure, hwaudit, tmp_path):
    tenant = TENANTS["fairfax"](NOW)
    undisturbed = comparable(
        (hwaudit("scan", *azure(tenant).words, *AS_OF).folder / "hwaudit-report/report.json").read_bytes()
    )
    there = azure(tenant, faults=[slow(3600, operation="*/hybridRunbookWorkers/read", times=1)])
    cut_off = process(tmp_path, ["scan", *there.words, *AS_OF, "--snapshot", "s"])
    until = time.monotonic() + 30
    while not any("/hybridRunbookWorkers" in path for path in reads(there)):
        assert time.monotonic() < until
        time.sleep(0.01)
    time.sleep(0.3)
    cut_off.send_signal(signal.SIGINT)
    _, err = cut_off.communicate(timeout=30)
    assert cut_off.returncode == 130
    assert err.endswith("; the same command with --resume goes on from there\n")
    held = len(recorded(tmp_path / "s.journal"))
    assert held
    there.emulator.requests.clear()
    resumed = process(tmp_path, ["scan", *there.words, *AS_OF, "--snapshot", "s", "--resume"])
    out, err = resumed.communicate(timeout=60)
    assert resumed.returncode == 0
    assert f"{held} reads are in s.journal" in err
    assert out.endswith(f"Resumed: {held} reads came from the journal\n")
    assert not (tmp_path / "s.journal").exists()
    report = comparable((tmp_path / "hwaudit-report" / "report.json").read_bytes())
    undisturbed["scan"].pop("cloud"), report["scan"].pop("cloud")
    assert report == undisturbed


@posix
def test_a_disk_that_is_full_at_the_end_costs_no_read(azure, tmp_path):
    there = azure(TENANTS["contoso"](NOW))
    limit = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (600_000, 600_000))"
    words = ["scan", *there.words, "--format", "html", "--quiet", *AS_OF]
    full = process(tmp_path, words, limit)
    out, err = full.communicate(timeout=60)
    assert (full.returncode, out) == (2, "")
    kept = "the same command with --resume reads nothing again"
    assert err == f"hwaudit: cannot write hwaudit-report/report.html: File too large; {kept}\n"
    asked = len(reads(there))
    there.emulator.requests.clear()
    again = process(tmp_path, [*words, "--resume"])
    _, err = again.communicate(timeout=60)
    assert (again.returncode, err) == (0, "")
    assert len(reads(there)) < asked / 4  # what was refused is asked once more
    assert {path.name for path in (tmp_path / "hwaudit-report").iterdir()} == {"report.html"}


@posix
def test_a_disk_that_is_full_on_the_way_does_not_end_the_scan(azure, tmp_path):
    there = azure(TENANTS["fairfax"](NOW))
    limit = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))"
    full = process(tmp_path, ["scan", *there.words], limit)
    _, err = full.communicate(timeout=60)
    assert full.returncode == 2
    journal, report = complaints(err).splitlines()
    assert journal.endswith("hwaudit.journal (File too large): the scan goes on without it")
    assert report == "hwaudit: cannot write hwaudit-report/report.json: File too large"
    assert recorded(tmp_path / "hwaudit-report" / "hwaudit.journal")


def test_two_scans_of_one_folder_are_refused(hwaudit, tmp_path):
    lines = Lines.hold(tmp_path / "here" / "hwaudit-report" / "hwaudit.journal")
    try:
        outcome = hwaudit("scan", "--demo")
    finally:
        lines.close()
    assert (outcome.code, outcome.out) == (2, "")
    told = "another scan is writing hwaudit-report/hwaudit.journal: wait for its end"
    assert outcome.err == f"hwaudit: {told}, or give this one another --out or --snapshot\n"
    assert outcome.files == set()


def test_a_relative_since_is_that_of_the_scan_that_was_cut_off(hwaudit, monkeypatch):
    monkeypatch.setattr(Journal, "remove", lambda _: None)
    first = hwaudit("scan", "--demo", "--since", "7d", "--format", "json")
    since, started = first.report["scan"]["since"], first.report["scan"]["started_at"]
    again = hwaudit("scan", "--demo", "--since", "7d", "--format", "json", "--resume")
    assert (again.report["scan"]["since"], again.report["scan"]["started_at"]) == (since, started)
    refused = hwaudit("scan", "--demo", "--since", "8d", "--resume")
    assert refused.code == 2
    assert "--since (7d, now 8d)" in refused.err


def test_a_whole_scan_leaves_no_journal_and_resuming_one_says_so(hwaudit, tmp_path):
    outcome = hwaudit("scan", "--demo", "--resume", "--format", "json", "--snapshot", tmp_path / "s")
    assert outcome.code == 0
    assert "there is no journal of a scan in" in outcome.err
    assert outcome.files == {"hwaudit-report/report.json"}
    assert {path.name for path in tmp_path.iterdir()} == {"here", "s"}
    assert json.loads((outcome.folder / "hwaudit-report/report.json").read_text())["scan"]["interrupted"] is False


def test_nothing_secret_is_in_a_journal(hwaudit, azure, monkeypatch):
    monkeypatch.setattr(Journal, "remove", lambda _: None)
    there = azure("contoso")
    outcome = hwaudit("scan", *there.words, "--include", "variables")
    text = (outcome.folder / "hwaudit-report/hwaudit.journal").read_bytes()
    assert b"aa-" in text or b"automationAccounts" in text
    texts = ("not a real one", "user-of-cred", "Restore-AzSqlDatabase", "document.domain", "askpass", "webhooks?token")
    secrets = (there.server.client_secret, *there.emulator.login.tokens, *texts)
    assert not [secret for secret in secrets if secret.encode() in text]
