"""The whole program over loopback TLS, with azure-identity's own login: it finds what the demonstration finds."""

import gzip
import json
import re

import pytest
from builders import NOW
from told import complaints
from unpacking import unpacked

from scanner import waits
from scanner.emulator import TENANTS, answer, deny

AS_OF = ("--as-of", NOW.isoformat())
SHIFTING = {"causes", "coverage", "findings", "unknowns"}


def prints(report):
    return [finding["fingerprint"] for finding in report["findings"]]


def test_contoso_over_a_socket_has_the_findings_of_the_demonstration_by_reads_alone(hwaudit, azure):
    demo = hwaudit("scan", "--demo", "--format", "json").report
    there = azure("contoso")
    outcome = hwaudit("scan", *there.words)
    assert (outcome.code, complaints(outcome.err)) == (0, "")
    assert sorted(prints(outcome.report)) == sorted(prints(demo))
    assert [gap["id"] for gap in outcome.report["gaps"]] == [gap["id"] for gap in demo["gaps"]]
    assert there.emulator.writes == []
    posts = {path for method, path, _ in there.emulator.requests if method != "GET"}
    queries = {path for path in posts if re.fullmatch(r"/v1/workspaces/[0-9a-f-]{36}/query", path)}
    assert queries
    assert posts - queries == {
        f"/{there.server.tenant_id}/oauth2/v2.0/token",
        "/providers/Microsoft.ResourceGraph/resources",
    }


@pytest.mark.parametrize("tenant", ["contoso", "blind", "fairfax"])
def test_resource_graph_and_arm_lists_give_the_same_report(hwaudit, azure, tenant, monkeypatch):
    monkeypatch.setattr(waits.random, "uniform", lambda *_: 0.001)
    reports = []
    for faults in ([], [deny("Microsoft.ResourceGraph/*")], [answer(503, "", scope="Microsoft.ResourceGraph")]):
        there = azure(TENANTS[tenant](NOW), faults=[*faults], page_size=20)
        outcome = hwaudit("scan", *there.words, *AS_OF)
        assert outcome.code == 0
        reports.append(outcome.report)
    bulk, *listed = reports
    assert bulk["scan"]["notes"] == []
    for report in listed:
        assert "Resource Graph was not used" in report["scan"]["notes"][0]
        for part in ("summary", "findings", "gaps", "scenarios"):
            assert comparable(report)[part] == comparable(bulk)[part]
    assert comparable(listed[0]) == comparable(listed[1])


def comparable(report):
    """A report without what two scans, or ARM's lists and Resource Graph, cannot agree upon.

    Lists do not tell the extensions of machines that no worker names, and Compute writes ids in other cases in them.
    """
    told = json.loads(json.dumps(report).lower())
    orphans = {found["fingerprint"] for found in told["findings"] if found["check"] == "worker-extension-orphaned"}
    return told | {
        "scan": None,
        "gaps": [gap | {"request_id": ""} for gap in told["gaps"]],
        "findings": [finding for finding in told["findings"] if finding["fingerprint"] not in orphans],
        "scenarios": [
            (scenario["id"], scenario["outcome"], [mark for mark in scenario["findings"] if mark not in orphans])
            for scenario in told["scenarios"]
        ],
        "summary": {key: value for key, value in told["summary"].items() if key not in SHIFTING},
    }


def test_one_login_serves_the_whole_scan(hwaudit, azure):
    there = azure("spotless")
    assert hwaudit("scan", *there.words).code == 0
    logins = [path for _, path, _ in there.emulator.requests if path.endswith("/oauth2/v2.0/token")]
    assert len(logins) == 1


def test_no_secret_reaches_a_report_or_a_snapshot(hwaudit, azure):
    there = azure("contoso")
    outcome = hwaudit("scan", *there.words, "--format", "all", "--snapshot", "s", "--include", "variables")
    # Of assets, runbooks and jobs only names and signatures are kept.
    texts = ("not a real one", "user-of-cred", "Restore-AzSqlDatabase", "document.domain", "askpass")
    secrets = (there.server.client_secret, *there.emulator.login.tokens, *texts)
    for name in outcome.files:
        written = (outcome.folder / name).read_bytes()
        told = gzip.decompress(written).decode() if name == "s" else "".join(unpacked(written))
        assert not [secret for secret in secrets if secret in told]


def test_a_narrower_scope_asks_for_less(hwaudit, azure):
    there = azure("spotless")
    [subscription, _] = TENANTS["spotless"](NOW).subscriptions
    report = hwaudit("scan", *there.words, "--subscription", subscription.id).report
    assert report["scan"]["scope"]["subscriptions"] == [subscription.id]
    assert {resource["subscription_id"] for resource in report["resources"]} == {subscription.id}
    other = [
        path for _, path, _ in there.emulator.requests if "/subscriptions/" in path and subscription.id not in path
    ]
    assert other == []


def test_a_named_but_invisible_subscription_is_a_gap_beside_the_visible_one(hwaudit, azure):
    there = azure("spotless")
    [subscription, _] = TENANTS["spotless"](NOW).subscriptions
    hidden = "00000000-0000-0000-0000-00000000dead"
    outcome = hwaudit("scan", *there.words, "--subscription", subscription.id, "--subscription", hidden, "--strict")
    assert outcome.code == 3
    [gap] = outcome.report["gaps"]
    assert (gap["scope"], gap["reason"]) == (f"/subscriptions/{hidden}", "denied")
