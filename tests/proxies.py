"""An HTTP proxy on this machine."""

import asyncio
from contextlib import contextmanager

from loopback import running_loop


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
