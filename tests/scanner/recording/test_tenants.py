"""Recordings of whole tenants: they name nobody, and a scan of one judges as the scan that wrote it did."""

import asyncio
import base64
import json
import re
from urllib.parse import quote

import pytest
from builders import NOW, SUB
from hostile import NAMES, hostile_tenant
from leaks import leaked, originals
from recorded import ask, exchanges, record, scan_again

from scanner.collect import Choice
from scanner.collect._log_queries import QUERIES
from scanner.emulator import TENANTS, Emulator, Recording, Replay, Request
from scanner.inventory import Reading
from scanner.options import Included
from scanner.pipeline import scan_of
from scanner.recording import EXCHANGES, MANIFEST

ALL = Choice(included=frozenset(Included))
TEXTS = re.compile(r"AzureRM\.profile -|Login-AzureRmAccount|ServicePrincipal -CertificateThumbprint", re.IGNORECASE)


def written(folder):
    """Every byte of a recording, as text, and once more without what JSON escapes."""
    return "\n".join((folder / name).read_text() for name in (EXCHANGES, MANIFEST))


def forms(name):
    """A name as it is, and as it would stand in a URL, in JSON, and at any place of something in base64."""
    yield from {name, quote(name, safe=""), quote(name), json.dumps(name)[1:-1]}
    for offset in range(3):
        whole = base64.b64encode(b"\0" * offset + name.encode()).decode()
        yield whole[4:-4]


def judged(estate):
    scan = scan_of(estate)
    return (
        {finding.fingerprint for finding in scan.findings},
        sorted((unknown.check, unknown.subject.key) for unknown in scan.unknowns),
        sorted((g.reading, g.scope.lower(), g.reason, g.status, g.code) for r in estate.reads if (g := r.gap)),
        [(scenario.id, scenario.outcome) for scenario in scan.scenarios],
    )


def names_nobody(seen, folder):
    text = written(folder)
    names = originals(seen)
    assert len(names) > 5
    assert leaked(names, text) == set()
    in_base64 = {form for name in names for form in forms(name) if len(form) > 7 and form != name}
    assert {form for form in in_base64 if form in text} == set()
    return True


@pytest.fixture(scope="module")
def contoso(tmp_path_factory):
    folder = tmp_path_factory.mktemp("contoso") / "recording"
    seen, key = record(Emulator(TENANTS["contoso"](NOW), page_size=20), folder, choice=ALL)
    return seen, key, folder


@pytest.fixture(scope="module")
def blind(tmp_path_factory):
    folder = tmp_path_factory.mktemp("blind") / "recording"
    return *record(Emulator(TENANTS["blind"](NOW)), folder), folder


@pytest.fixture(scope="module")
def again(contoso):
    return scan_again(contoso[2], choice=ALL)


def test_a_recording_of_contoso_is_judged_as_contoso_is_under_the_same_key(contoso, again):
    seen, key, _ = contoso
    assert judged(again[0]) == judged(key.redaction.estate(seen))


def test_a_recording_of_a_tenant_with_denials_and_small_pages_is_judged_alike(blind):
    seen, key, folder = blind
    estate, _ = scan_again(folder)
    assert judged(estate) == judged(key.redaction.estate(seen))
    assert names_nobody(seen, folder)


def test_a_recording_of_contoso_names_nobody(contoso):
    seen, _, folder = contoso
    assert names_nobody(seen, folder)


def test_a_recording_of_a_sovereign_cloud_keeps_its_name_and_names_nobody(tmp_path):
    seen, key = record(Emulator(TENANTS["fairfax"](NOW), page_size=100), tmp_path / "fairfax")
    assert json.loads((tmp_path / "fairfax" / MANIFEST).read_text())["cloud"] == "AzureUSGovernment"
    assert names_nobody(seen, tmp_path / "fairfax")
    assert judged(scan_again(tmp_path / "fairfax")[0]) == judged(key.redaction.estate(seen))


def test_names_that_attack_whoever_prints_them_are_not_recorded(tmp_path):
    seen, key = record(Emulator(hostile_tenant(*NAMES)), tmp_path / "hostile")
    text = written(tmp_path / "hostile")
    for name in NAMES:
        assert not {form for form in forms(name) if len(form) > 7 and form in text}
    assert judged(scan_again(tmp_path / "hostile")[0]) == judged(key.redaction.estate(seen))


def test_no_text_of_a_runbook_a_job_or_a_log_and_no_value_is_recorded(contoso):
    text = written(contoso[2])
    for secret in ("not a real one", "user-of-cred", "rg-kiosks", "The job action 'Activate' cannot be run, because"):
        assert secret not in text
    assert not TEXTS.search(text)


def test_neither_is_any_of_it_in_the_key_file(contoso):
    kept = contoso[1].path.read_text()
    for secret in ("not a real one", "user-of-cred", "rg-kiosks", "because the process stopped"):
        assert secret not in kept


def test_every_request_is_recorded_in_order_with_its_time(contoso):
    lines = exchanges(contoso[2])
    assert sorted(line["n"] for line in lines) == list(range(1, len(lines) + 1))
    assert {line["request"]["method"] for line in lines} == {"GET", "POST"}
    assert all(line["at"] >= 0 and line["seconds"] >= 0 and ("answer" in line) != ("failure" in line) for line in lines)
    assert json.loads((contoso[2] / MANIFEST).read_text())["counts"]["requests"] == len(lines)


def test_members_that_answers_of_azure_have_keep_their_names(contoso):
    members = re.findall(r'"(text-[0-9a-z]{8})":', written(contoso[2]))
    assert len(set(members)) < 8  # those of dictionaries whose members anybody may name


# -- the replay -----------------------------------------------------------------------------------------------


def test_what_was_not_asked_is_an_error_that_names_it(again):
    answer = ask(again[1], "GET", f"/subscriptions/{SUB}?api-version=2022-12-01")
    assert answer.status == 501
    assert json.loads(answer.body)["error"]["code"] == "NotRecorded"
    assert f"GET /subscriptions/{SUB}" in json.loads(answer.body)["error"]["message"]


def test_a_replay_wants_a_token_of_its_own(again):
    request = Request("GET", f"{again[1].arm_endpoint}/subscriptions?api-version=2022-12-01", {})
    assert asyncio.run(again[1].handle(request)).status == 401


def test_ids_in_a_request_compare_without_case(again):
    path = "/SUBSCRIPTIONS?api-version=2022-12-01"
    assert ask(again[1], "GET", path).status == 200


def test_next_pages_lead_to_the_replay(blind):
    replay = Replay(Recording(blind[2]))
    bodies = (line.get("answer", {}).get("json") for line in exchanges(blind[2]))
    links = [body["nextLink"] for body in bodies if isinstance(body, dict) and body.get("nextLink")]
    absolute = next(link for link in links if link.startswith("https"))
    assert absolute.startswith("https://arm.recorded.invalid/")
    page = ask(replay, "GET", absolute.removeprefix("https://arm.recorded.invalid"))
    assert page.status == 200
    assert b"recorded.invalid" not in page.body


def test_logs_of_workspaces_that_were_asked_together_are_told_of_each_alone_and_in_other_company(contoso, again):
    lines = [line for line in exchanges(contoso[2]) if "AskedWorkspace" in str(line["request"].get("json"))]
    line = max(lines, key=lambda each: each["request"]["json"]["query"].count("workspace("))
    body, table = line["request"]["json"], line["answer"]["json"]["tables"][0]
    asked = list(dict.fromkeys(re.findall(r'workspace\("([^"]+)"\)', body["query"])))
    assert len(asked) > 2
    names = [column["name"] for column in table["columns"]]
    of = {guid: [row for row in table["rows"] if row[names.index("AskedWorkspace")] == guid] for guid in asked}
    query = next(query for query in QUERIES.values() if query.text.splitlines()[-1] in body["query"])
    for guid in asked:
        alone = ask(again[1], "POST", f"/v1/workspaces/{guid}/query", body | {"query": query.text})
        assert alone.status == 200
        rows = json.loads(alone.body)["tables"][0]["rows"]
        assert len(rows) == sum(row[names.index("AskedRows")] is None for row in of[guid])
    legs = body["query"].removeprefix("union\n").split(",\n(workspace")
    others = "union\n" + ",\n(workspace".join(legs[:4]).removeprefix("")
    together = ask(again[1], "POST", f"/v1/workspaces/{asked[1]}/query", body | {"query": others})
    assert together.status == 200
    assert len(json.loads(together.body)["tables"][0]["rows"]) == len(of[asked[0]]) + len(of[asked[1]])


def test_logs_of_a_workspace_that_was_not_asked_are_no_empty_table(contoso, again):
    line = next(line for line in exchanges(contoso[2]) if "AskedWorkspace" in str(line["request"].get("json")))
    body = line["request"]["json"]
    stranger = {"query": QUERIES[Reading.HEARTBEATS].text, "timespan": body["timespan"]}
    assert ask(again[1], "POST", f"/v1/workspaces/{SUB}/query", stranger).status == 501
    together = body["query"].replace(re.search(r'workspace\("([^"]+)"\)', body["query"])[1], SUB)
    answer = ask(again[1], "POST", f"/v1/workspaces/{SUB}/query", body | {"query": together})
    assert (answer.status, json.loads(answer.body)["error"]["code"]) == (400, "NotRecordedTogether")
