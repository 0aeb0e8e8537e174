"""Every bad input ends with one line that says what to do, and with nothing written."""

import gzip
import socket

import pytest
from builders import account_id

from scanner import policies
from scanner.emulator import answer, deny
from scanner.inventory.snapshot import FORMAT


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("scan", "--demo", "--format", "pdf"), ("no report format 'pdf'", "html, json")),
        (("scan", "--demo", "--format", ","), ("no report format",)),
        (("scan", "--demo", "--as-of", "yesterday"), ("'yesterday' is no ISO time", "2026-01-31T12:00:00Z")),
        (("scan", "--demo", "--as-of", "0001-01-01T00:00:00+14:00"), ("is no ISO time",)),
        (("scan", "--demo", "--cloud", "AzureCloud"), ("--demo scans the embedded tenant", "leave out --cloud")),
        (("scan", "--demo", "--arm-endpoint", "https://localhost:1"), ("--demo scans the embedded tenant",)),
        (
            ("scan", "--cloud", "AzureCloud", "--arm-endpoint", "https://localhost:1"),
            ("--cloud and --arm-endpoint exclude each other",),
        ),
        (("scan", "--arm-endpoint", "http://localhost:1"), ("is not an https URL",)),
        (("scan", "--demo", "--account", "aa-platform"), ("is not the ARM id of an Automation account",)),
        (("scan", "--demo", "--account", str(account_id().subscription)), ("is not the ARM id",)),
        (("scan", "--demo", "--tenant", "a", "--tenant", "b"), ("leave out --tenant",)),
        (("doctor", "--tenant", "a", "--tenant", "b"), ("run it once for each --tenant",)),
        (
            ("scan", "--demo", "--framework", "nist-800-53"),
            ("no framework 'nist-800-53'", "did you mean nist-800-53-r"),
        ),
        (("scan", "--demo", "--framework", "mcsb,xyzzy"), ("no framework 'xyzzy'", "`hwaudit frameworks` lists them")),
        (("scan", "--demo", "--framework", ","), ("--framework names nothing",)),
        (("evaluate", "absent", "--framework", "mscb"), ("did you mean mcsb",)),
        (("merge", "absent", "--framework", "soc2"), ("did you mean soc-2",)),
        (("explain", "xyzzy"), ("there is no check 'xyzzy'", "`hwaudit checks` lists them")),
        (("explain", "worker-stael"), ("did you mean worker-stale",)),
        (("regions", "--account", "atlantis"), ("atlantis",)),
        (("regions", "--workspace", "atlantis", "--json"), ("atlantis",)),
        (
            ("emulate", "--tenant", "nobody"),
            ("there is no tenant 'nobody'", "contoso, contoso-last-month, spotless, blind, fairfax"),
        ),
        (("emulate", "--github-oidc", "octo-org/audit@74"), ("names no repository", "OWNER@ID/REPO@ID")),
        (("evaluate", "absent"), ("cannot read absent",)),
        (("diff", "old", "new"), ("cannot read old",)),
        (("doctor", "--role", "az", "--json"), ("--role and --json exclude each other",)),
    ],
)
def test_a_command_line_that_cannot_be_used(hwaudit, words, said):
    assert hwaudit(*words).refuses(2, *said)


@pytest.mark.parametrize(
    "words",
    [
        ("scan", "--auth", "password"),
        ("scan", "--cloud", "AzureMoonCloud"),
        ("scan", "--fail-on", "sometimes"),
        ("scan", "--concurrency", "0"),
        ("scan", "--skip", "everything"),
        ("scan", "--nonsense"),
        ("nonsense",),
        ("evaluate",),
        ("emulate", "--port", "99999"),
    ],
)
def test_an_option_that_does_not_exist_is_usage(hwaudit, words):
    outcome = hwaudit(*words)
    assert outcome.code == 2
    assert outcome.err
    assert "Traceback" not in outcome.err
    assert outcome.files == set()


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"not gzip", "is not an hwaudit snapshot"),
        (gzip.compress(b"{}"), "is not an hwaudit snapshot"),
        (gzip.compress(b"{}" * 99)[:20], "is truncated or damaged"),
        (gzip.compress(b'{"format": "%s", "version": 9, "estate": {}}' % FORMAT.encode()), "has snapshot version 9"),
    ],
    ids=["text", "other json", "cut", "newer"],
)
def test_a_file_that_is_no_snapshot(hwaudit, tmp_path, data, said):
    (tmp_path / "s").write_bytes(data)
    assert hwaudit("evaluate", tmp_path / "s").refuses(2, said)


def test_a_folder_is_no_snapshot(hwaudit, tmp_path):
    assert hwaudit("evaluate", tmp_path).refuses(2, "cannot read")


def test_a_place_that_cannot_be_written_is_found_before_the_scan(hwaudit, tmp_path, azure):
    (tmp_path / "file").touch()
    there = azure()
    words = ("scan", *there.words)
    assert hwaudit(*words, "--out", tmp_path / "file").refuses(2, "cannot write to")
    assert hwaudit(*words, "--out", tmp_path / "file" / "below").refuses(2, "cannot write to")
    assert hwaudit(*words, "--snapshot", tmp_path / "file" / "s").refuses(2, "cannot write to")
    assert there.emulator.requests == []


def test_a_snapshot_that_is_a_folder_is_refused(hwaudit, tmp_path):
    assert hwaudit("scan", "--demo", "--snapshot", tmp_path).refuses(2, "cannot write")


def test_a_missing_credential(hwaudit, azure, monkeypatch):
    there = azure()
    for name in ("AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET"):
        monkeypatch.delenv(name)
    assert hwaudit("scan", *there.words).refuses(4, "AZURE_CLIENT_SECRET")


def test_a_wrong_secret(hwaudit, azure, monkeypatch):
    there = azure()
    monkeypatch.setenv("AZURE_CLIENT_SECRET", "wrong")
    outcome = hwaudit("scan", *there.words)
    assert outcome.refuses(4, "AADSTS7000215", "AZURE_CLIENT_SECRET")
    assert there.server.client_secret not in outcome.err


def test_an_unknown_tenant(hwaudit, azure, monkeypatch):
    there = azure()
    monkeypatch.setenv("AZURE_TENANT_ID", "00000000-0000-0000-0000-00000000dead")
    assert hwaudit("scan", *there.words).refuses(4, "AADSTS90002")


def test_an_endpoint_that_nobody_answers(hwaudit, monkeypatch):
    monkeypatch.setattr(policies, "MAX_TRIES", 2)
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        endpoint = f"https://localhost:{unused.getsockname()[1]}"
        assert hwaudit("scan", "--arm-endpoint", endpoint).refuses(4, f"cannot reach {endpoint}", "HTTPS_PROXY")


def test_a_certificate_that_is_not_trusted(hwaudit, azure, monkeypatch):
    there = azure()
    monkeypatch.delenv("SSL_CERT_FILE")
    assert hwaudit("scan", *there.words).refuses(4, "certificate that is not trusted", "SSL_CERT_FILE")


def test_an_authority_file_that_cannot_be_loaded(hwaudit, azure, monkeypatch, tmp_path):
    there = azure()
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "absent.pem"))
    assert hwaudit("scan", *there.words).refuses(2, "cannot load the CA bundle", "SSL_CERT_FILE")


@pytest.mark.parametrize("body", ["<html>proxy</html>", "[]", '{"authentication": {}}', "null"])
def test_an_endpoint_that_is_no_resource_manager(hwaudit, azure, body):
    there = azure(faults=[answer(200, body, scope="/metadata/endpoints")])
    assert hwaudit("scan", *there.words).refuses(4, there.server.url, "--arm-endpoint")


def test_an_endpoint_without_metadata(hwaudit, azure):
    there = azure(faults=[answer(404, "", scope="/metadata/endpoints")])
    assert hwaudit("scan", *there.words).refuses(4, "no cloud metadata")


def test_a_subscription_list_that_is_denied(hwaudit, azure):
    there = azure(faults=[deny("Microsoft.Resources/subscriptions/read")])
    assert hwaudit("scan", *there.words).refuses(4, "no subscription can be listed (denied", "--tenant")


def test_a_login_without_any_subscription(hwaudit, azure):
    there = azure(faults=[answer(200, '{"value": []}', operation="Microsoft.Resources/subscriptions/read")])
    assert hwaudit("scan", *there.words, "--snapshot", "s").refuses(4, "no subscription can be listed", "role")


def test_no_named_subscription_is_visible(hwaudit):
    words = ("--subscription", "00000000-0000-0000-0000-00000000dead")
    assert hwaudit("scan", "--demo", *words).refuses(4, "no subscription is left to scan", "--subscription")


def test_names_on_the_command_line_cannot_take_the_terminal_over(hwaudit):
    outcome = hwaudit("explain", "\x1b[2J\nhwaudit: fine")
    assert outcome.refuses(2, r"\x1b[2J\n")


def test_a_traceback_is_shown_to_those_who_ask(hwaudit):
    outcome = hwaudit("scan", "--demo", "--format", "pdf", "--verbose")
    assert outcome.code == 2
    assert "Traceback" in outcome.err
    assert outcome.err.splitlines()[-1].startswith("hwaudit: there is no report format 'pdf'")


@pytest.mark.parametrize("option", ["--subscription", "--exclude-subscription", "--management-group"])
def test_a_path_that_names_something_else_is_refused(hwaudit, option):
    assert hwaudit("scan", option, "/providers/a/b").refuses(2)


def test_a_certificate_that_is_not_there_is_told(hwaudit, azure, monkeypatch, tmp_path):
    there = azure()
    monkeypatch.delenv("AZURE_CLIENT_SECRET")
    monkeypatch.setenv("AZURE_CLIENT_CERTIFICATE_PATH", str(tmp_path / "none.pem"))
    assert hwaudit("scan", *there.words).refuses(4, "--auth env cannot be used")
