"""What the tests of HTTP share: an Http against a function, with its waits written down instead of waited."""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable, Mapping
from typing import Any

import httpx
from pydantic import SecretStr

from connectors.addresses import Resolve
from connectors.http import Http
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


class Pieces(httpx.AsyncByteStream):
    """A body that comes as these pieces."""

    def __init__(self, pieces: Iterable[bytes] | AsyncIterable[bytes]) -> None:
        self._pieces = pieces

    async def __aiter__(self) -> AsyncIterator[bytes]:
        if isinstance(self._pieces, AsyncIterable):
            async for piece in self._pieces:
                yield piece
        else:
            for piece in self._pieces:
                yield piece
