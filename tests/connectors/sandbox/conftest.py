"""One small world for all tests of the sandbox, and a client for it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from connectors.sandbox.builder import Economy, build
from connectors.sandbox.server import create_app
from connectors.sandbox.shop import Shop
from connectors.sandbox.world import World

BASE = "http://sandbox.test:8765"


@pytest.fixture(scope="session")
def economy() -> Economy:
    return build(seed=7, people=300)


@pytest.fixture(scope="session")
def world(economy: Economy) -> World:
    return economy.world


@pytest.fixture(scope="session")
def shop(economy: Economy) -> Shop:
    return economy.shop


@pytest.fixture
def serve(world: World) -> Callable[..., Any]:
    """Opens a client of the small world as of a moment in epoch seconds, the world's end unless said."""

    @asynccontextmanager
    async def open_client(now: int | None = None, **options: Any) -> AsyncIterator[httpx.AsyncClient]:
        app = create_app(world, datetime.fromtimestamp(now if now is not None else world.end, UTC), **options)
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=BASE) as client:
            yield client

    return open_client


async def move(client: httpx.AsyncClient, now: int) -> None:
    """Sets the sandbox's clock."""
    answer = await client.put("/clock", json={"now": datetime.fromtimestamp(now, UTC).isoformat()})
    assert answer.status_code == 200
