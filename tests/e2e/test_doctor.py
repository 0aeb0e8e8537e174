"""Doctor over loopback TLS, through a proxy, with azure-identity's own login."""

import json

from proxies import proxying


def test_the_credential_the_certificate_and_the_proxy_are_told_and_no_secret(hwaudit, azure, monkeypatch):
    there = azure("fairfax")
    words = ("--arm-endpoint", there.server.url, "--auth", "default")
    with proxying() as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://user:hidden@127.0.0.1:{proxy.port}")
        outcome = hwaudit("doctor", *words, "--json")
    report = json.loads(outcome.out)
    assert (outcome.code, report["verdict"]) == (0, "ready")
    login = report["credential"]
    assert login["classes"] == ["DefaultAzureCredential", "EnvironmentCredential", "ClientSecretCredential"]
    assert (login["tenant_id"], login["app_id"]) == (there.server.tenant_id, there.server.client_id)
    assert login["object_id"] == there.emulator.login.object_id
    for endpoint in report["endpoints"]:
        assert endpoint["state"] == "reached"
        assert endpoint["issuer"]
        assert endpoint["proxy"] == f"http://127.0.0.1:{proxy.port}"
    assert proxy.asked
    secrets = ("hidden", there.server.client_secret, *there.emulator.login.tokens)
    assert not [secret for secret in secrets if secret in outcome.out + outcome.err]
    assert there.emulator.writes == []


def test_an_authority_that_is_not_trusted_is_told_for_each_endpoint(hwaudit, azure, monkeypatch):
    there = azure("fairfax")
    monkeypatch.delenv("SSL_CERT_FILE")
    outcome = hwaudit("doctor", "--arm-endpoint", there.server.url, "--auth", "env")
    assert outcome.code == 4
    assert "presents a certificate that is not trusted" in outcome.out
