"""The floor: the same reads by a bare aiohttp client, in a process of its own.

Reads a `Work` as JSON from its standard input.
"""

from __future__ import annotations

import asyncio
import ssl
import sys
from collections.abc import Iterator
from itertools import chain

import aiohttp
import msgspec
from yarl import URL

from benchmarks.figures import reading

MOST_LOG_QUERIES = 5
"""Log queries that the service lets one user run at once (Azure Monitor service limits); more would be refused."""


class Replay(msgspec.Struct, frozen=True):
    """One read: its path with the query, and the body of a log query, which is posted."""

    path: str
    body: bytes | None = None


class Work(msgspec.Struct, frozen=True):
    """What to fetch, `width` reads at once over connections that are kept alive."""

    url: str
    token: str
    ca_file: str
    width: int
    reads: tuple[Replay, ...]


async def fetch_all(work: Work) -> None:
    """Fetch everything; raises aiohttp's errors, also for an answer that is not a success."""
    connector = aiohttp.TCPConnector(ssl=ssl.create_default_context(cafile=work.ca_file), limit=work.width)
    headers = {"Authorization": f"Bearer {work.token}", "Content-Type": "application/json"}
    gets = iter([read for read in work.reads if read.body is None])
    queries = iter([read for read in work.reads if read.body is not None])
    async with aiohttp.ClientSession(connector=connector, headers=headers, raise_for_status=True) as session:

        async def fetch_next(waiting: Iterator[Replay]) -> None:
            for read in waiting:
                method, url = "GET" if read.body is None else "POST", URL(work.url + read.path, encoded=True)
                async with session.request(method, url, data=read.body) as response:
                    await response.read()

        # Log queries never wait for a lane: fewer of them may run at once, so they end last.
        lanes = (
            *(fetch_next(chain(queries, gets)) for _ in range(MOST_LOG_QUERIES)),
            *(fetch_next(gets) for _ in range(work.width - MOST_LOG_QUERIES)),
        )
        with reading():
            await asyncio.gather(*lanes)


if __name__ == "__main__":
    asyncio.run(fetch_all(msgspec.json.decode(sys.stdin.buffer.read(), type=Work)))
