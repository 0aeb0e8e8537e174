"""The floor: the same GETs by a bare aiohttp client, in a process of its own.

Reads a JSON object {"url", "token", "ca_file", "width", "reads"} from its standard input.
"""

from __future__ import annotations

import asyncio
import ssl
import sys

import aiohttp
import msgspec
from yarl import URL


class Work(msgspec.Struct, frozen=True):
    """What to fetch: paths with their queries, `width` of them at once over connections that are kept alive."""

    url: str
    token: str
    ca_file: str
    width: int
    reads: tuple[str, ...]


async def fetch_all(work: Work) -> None:
    """Fetch everything; raises aiohttp's errors, also for an answer that is not a success."""
    connector = aiohttp.TCPConnector(ssl=ssl.create_default_context(cafile=work.ca_file), limit=work.width)
    waiting = iter(work.reads)
    headers = {"Authorization": f"Bearer {work.token}"}
    async with aiohttp.ClientSession(connector=connector, headers=headers, raise_for_status=True) as session:

        async def fetch_next() -> None:
            for read in waiting:
                async with session.get(URL(work.url + read, encoded=True)) as response:
                    await response.read()

        await asyncio.gather(*(fetch_next() for _ in range(work.width)))


if __name__ == "__main__":
    asyncio.run(fetch_all(msgspec.json.decode(sys.stdin.buffer.read(), type=Work)))
