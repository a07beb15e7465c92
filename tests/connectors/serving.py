"""What the tests of HTTP share: an Http against a function, with its waits written down instead of waited."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any

import httpx
from pydantic import SecretStr

from connectors.http import Http
from connectors.http.addresses import Resolve
from connectors.settings import Limits, SourceSettings
from tests.conftest import public_address

Handler = Callable[[httpx.Request], httpx.Response]


def http_of(
    handler: Handler | httpx.AsyncBaseTransport | None,
    *,
    waits: list[float] | None = None,
    secrets: Mapping[str, str] | None = None,
    resolve: Resolve = public_address,
    allow_private: bool = False,
    **limits: Any,
) -> Http:
    """Without a handler it connects for real, to wherever `resolve` says."""

    async def wait(seconds: float) -> None:
        if waits is not None:
            waits.append(seconds)

    entry = SourceSettings(
        name="under_test",
        platform="feeds",
        limits=Limits(**{"requests_per_second": 1000, **limits}),
        secret_values={name: SecretStr(value) for name, value in (secrets or {}).items()},
        allow_private=allow_private,
    )
    transport = handler if isinstance(handler, httpx.AsyncBaseTransport) or handler is None else httpx.MockTransport(handler)
    return Http(entry, transport=transport, wait=wait, resolve=resolve)


def one_after_another(*answers: httpx.Response | Exception) -> Handler:
    """Answers the first request with the first, and so on."""
    left = iter(answers)

    def handle(request: httpx.Request) -> httpx.Response:
        answer = next(left)
        if isinstance(answer, Exception):
            raise answer
        return answer

    return handle


@asynccontextmanager
async def on_loopback(respond: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]) -> AsyncIterator[int]:
    """The port of a real server, each connection of which is left to `respond`."""
    talks: list[asyncio.Task[None] | None] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        talks.append(asyncio.current_task())
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            await respond(reader, writer)
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()

    async with await asyncio.start_server(talk, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()[1]
    await asyncio.gather(*(task for task in talks if task))


class Pieces(httpx.AsyncByteStream):
    """A body that comes as these pieces."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = pieces

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self._pieces:
            yield piece
