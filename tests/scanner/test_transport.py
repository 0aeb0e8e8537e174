"""Which hosts a proxy carries, how its address is read, and how another thread sends through the one transport."""

import asyncio
import os
from types import SimpleNamespace

import pytest
from azure.core.pipeline.transport import AioHttpTransport
from azure.core.rest import HttpRequest

from scanner.errors import UsageError
from scanner.transport import ProxyingTransport, ThreadTransport, environment_proxies

PROXIES = {"https": "http://secure:1", "http": "http://plain:2"}


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch):
    for name in list(os.environ):
        if name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)


@pytest.fixture
def proxy_of(monkeypatch):
    """Tell the proxy that a request would take, without sending it."""

    async def taken(_self, _request, *, proxy=None, proxies=None):
        return proxy, proxies

    monkeypatch.setattr(AioHttpTransport, "send", taken)
    transport = ProxyingTransport(PROXIES, session=object(), session_owner=False)

    async def ask(url, **options):
        return await transport.send(SimpleNamespace(url=url), **options)

    return ask


@pytest.mark.parametrize(
    ("url", "proxy"),
    [
        ("https://management.azure.com/subscriptions", "http://secure:1"),
        ("https://localhost.example/x", "http://secure:1"),
        ("https://localhost:8443/x", "http://secure:1"),
        ("https://10.0.0.4/x", "http://secure:1"),
        ("http://example.com/x", "http://plain:2"),
    ],
)
async def test_the_proxy_of_the_scheme_carries_a_host(proxy_of, url, proxy):
    assert await proxy_of(url) == (proxy, None)
    assert await proxy_of(url) == (proxy, None)


@pytest.mark.parametrize(
    "url",
    [
        "http://169.254.169.254/metadata/identity/oauth2/token",
        "http://127.0.0.1:41741/msi/token",
        "http://localhost:40342/metadata/identity/oauth2/token",
        "http://LocalHost:2377/token",
        "http://[::1]:8080/token",
        "http://[fe80::1]/token",
    ],
)
async def test_a_managed_identity_of_this_machine_is_never_asked_through_a_proxy(proxy_of, url):
    assert await proxy_of(url) == (None, None)


async def test_a_host_in_no_proxy_is_reached_directly(proxy_of, monkeypatch):
    monkeypatch.setenv("NO_PROXY", ".internal,management.azure.com")
    assert await proxy_of("https://management.azure.com/x") == (None, None)
    assert await proxy_of("https://login.microsoftonline.com/x") == ("http://secure:1", None)


async def test_a_proxy_that_the_caller_names_goes_first(proxy_of):
    own = {"https": "http://own:3"}
    assert await proxy_of("https://management.azure.com/x", proxies=own) == (None, own)


# -- the addresses of the environment -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("proxy.corp:8080", "http://proxy.corp:8080"),
        ("user:word@proxy.corp:8080", "http://user:word@proxy.corp:8080"),
        ("http://proxy.corp", "http://proxy.corp"),
        ("https://proxy.corp:443", "https://proxy.corp:443"),
        ("HTTP://proxy.corp:8080", "HTTP://proxy.corp:8080"),
    ],
)
def test_an_address_without_a_scheme_is_an_http_proxy(monkeypatch, written, read):
    monkeypatch.setenv("HTTPS_PROXY", written)
    assert environment_proxies() == {"https": read}


def test_both_schemes_and_nothing_else_are_taken(monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", "secure:1")
    monkeypatch.setenv("HTTP_PROXY", "plain:2")
    monkeypatch.setenv("ALL_PROXY", "socks5://other:3")
    assert environment_proxies() == PROXIES


def test_without_proxies_there_are_none():
    assert environment_proxies() == {}


@pytest.mark.parametrize("scheme", ["socks4", "socks5", "socks5h", "SOCKS5", "ftp"])
def test_only_http_proxies_can_be_used(monkeypatch, scheme):
    monkeypatch.setenv("HTTPS_PROXY", f"{scheme}://user:word@proxy.corp:1080")
    with pytest.raises(UsageError, match=rf"HTTPS_PROXY names a {scheme.lower()} proxy: only HTTP proxies") as caught:
        environment_proxies()
    assert "word" not in str(caught.value)


@pytest.mark.parametrize("address", ["http://", "http://user:word@proxy:port", "proxy:port", "http://[proxy", ":8080"])
def test_an_address_that_is_none_is_told_without_its_password(monkeypatch, address):
    monkeypatch.setenv("HTTPS_PROXY", address)
    with pytest.raises(UsageError, match="HTTPS_PROXY is no address of a proxy: write it as") as caught:
        environment_proxies()
    assert "word" not in str(caught.value)


# -- another thread -------------------------------------------------------------------------------------------


async def test_another_thread_sends_through_the_loops_transport(script):
    script.on("/x", {"answer": 42})
    with ThreadTransport(script) as transport:
        answer = await asyncio.to_thread(transport.send, HttpRequest("GET", "https://management.azure.com/x"))
    assert answer.json() == {"answer": 42}
    assert len(script.sent) == 1


def test_a_thread_that_outlives_the_loop_sends_nothing(script):
    async def made():
        return ThreadTransport(script)

    transport = asyncio.run(made())
    with pytest.raises(RuntimeError, match="closed"):
        transport.send(HttpRequest("GET", "https://management.azure.com/x"))
    assert script.sent == []
