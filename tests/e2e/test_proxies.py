"""The environment's proxy carries every connection, the login's too, unless NO_PROXY names the host."""

import asyncio
from contextlib import contextmanager

import pytest
from loopback import running_loop
from told import complaints


class Proxy:
    """An HTTP proxy that only knows CONNECT; it remembers whom it was asked for."""

    def __init__(self):
        self.asked = []
        self.port = 0

    async def serve(self, client, out):
        head = await client.readuntil(b"\r\n\r\n")
        method, target, _ = head.split(b" ", 2)
        self.asked.append((method.decode(), target.decode(), b"proxy-authorization: basic" in head.lower()))
        host, _, port = target.decode().rpartition(":")
        server, onward = await asyncio.open_connection(host, int(port))
        out.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        await asyncio.gather(_copy(client, onward), _copy(server, out))


async def _copy(source, target):
    try:
        while data := await source.read(65536):
            target.write(data)
            await target.drain()
    except ConnectionError:
        return
    finally:
        target.close()


@contextmanager
def proxying():
    proxy = Proxy()

    async def stop(server):
        server.close()
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    with running_loop() as loop:
        starting = asyncio.start_server(proxy.serve, "127.0.0.1", 0)
        server = asyncio.run_coroutine_threadsafe(starting, loop).result()
        proxy.port = server.sockets[0].getsockname()[1]
        try:
            yield proxy
        finally:
            asyncio.run_coroutine_threadsafe(stop(server), loop).result()


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
