"""The environment's proxy carries every connection, the login's too, unless NO_PROXY names the host."""

import pytest
from proxies import proxying
from told import complaints


@pytest.fixture
def proxy(clean_environment):
    with proxying() as made:
        yield made


@pytest.mark.parametrize("name", ["HTTPS_PROXY", "https_proxy"])
def test_every_connection_goes_through_the_proxy(hwaudit, azure, proxy, monkeypatch, name):
    there = azure("spotless")
    monkeypatch.setenv(name, f"http://user:secret@127.0.0.1:{proxy.port}")
    outcome = hwaudit("scan", *there.words, "--concurrency", "4")
    assert (outcome.code, complaints(outcome.err)) == (0, "")
    target = there.server.url.removeprefix("https://")
    assert set(proxy.asked) == {("CONNECT", target, True)}
    assert 1 <= len(proxy.asked) <= 12


@pytest.mark.parametrize("value", ["localhost", ".internal,LOCALHOST", "*"])
def test_a_host_in_no_proxy_is_reached_directly(hwaudit, azure, proxy, monkeypatch, value):
    there = azure("spotless")
    monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{proxy.port}")
    monkeypatch.setenv("NO_PROXY", value)
    assert hwaudit("scan", *there.words).code == 0
    assert proxy.asked == []


def test_the_login_goes_through_the_proxy_too(hwaudit, azure, proxy, monkeypatch):
    there = azure("spotless")
    monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{proxy.port}")
    monkeypatch.setenv("AZURE_CLIENT_SECRET", "wrong")
    assert hwaudit("scan", *there.words).refuses(4, "AADSTS7000215")
    assert proxy.asked


def test_a_proxy_that_is_not_there_is_told_in_one_line(hwaudit, azure, proxy, monkeypatch):
    there = azure("spotless")
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    monkeypatch.setattr("scanner.policies.MAX_TRIES", 1)
    assert hwaudit("scan", *there.words).refuses(4, "cannot reach", "HTTPS_PROXY")
    assert there.emulator.requests == []
