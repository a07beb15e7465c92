"""A world and a clock: what every view looks at."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import orjson
from starlette.requests import Request
from starlette.responses import Response

from connectors.sandbox.world import World

T = TypeVar("T")


class Sandbox:
    """A world as it stands at `now` (epoch seconds), served at `address`. Views keep what they made of it until the clock moves."""

    def __init__(self, world: World, now: int, address: str) -> None:
        self.world = world
        self.address = address
        self._now = now
        self._made: dict[Any, Any] = {}

    @property
    def now(self) -> int:
        """Where the clock stands."""
        return self._now

    def move(self, now: int) -> None:
        """Sets the clock."""
        self._now = now
        self._made.clear()

    def once(self, key: Any, make: Callable[[], T]) -> T:
        """What `make` gives, made at most once for each position of the clock."""
        if key not in self._made:
            self._made[key] = make()
        made: T = self._made[key]
        return made


def json_answer(document: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """A response with a JSON body."""
    return Response(orjson.dumps(document), status, headers, media_type="application/json")


def whole(request: Request, name: str, default: int | None = None) -> int | None:
    """A query parameter as a whole number; the default where it is absent or no number."""
    text = request.query_params.get(name, "")
    return int(text) if text.isascii() and text.isdigit() else default


def base_of(request: Request) -> str:
    """Scheme and host as the client named them."""
    return f"{request.url.scheme}://{request.url.netloc}"
