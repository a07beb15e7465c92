"""Reads orders from a database and forgets them; says how many there were, and the most memory that this process had (kB)."""

from __future__ import annotations

import asyncio
import resource
import sys

import httpx
from pydantic import SecretStr

from connectors.databases.source import SOURCE
from tests.conftest import make_extraction


def refuse(request: httpx.Request) -> httpx.Response:
    raise AssertionError(f"a database asked for {request.url}")


async def read(url: str, query: str) -> int:
    job = make_extraction(SOURCE, refuse, queries={"orders": query}, secrets={"url": "URL"}, secret_values={"url": SecretStr(url)})
    return sum([len(page.records) async for page in SOURCE.fetch(job)])


if __name__ == "__main__":
    print(asyncio.run(read(*sys.argv[1:])), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
