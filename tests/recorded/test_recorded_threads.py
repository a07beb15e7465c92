"""The Threads connector on the recorded posts of an account."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from connectors.extraction import Extraction
from connectors.social_networks.threads import SOURCE
from connectors.source import Page, Window
from tests.conftest import collect
from tests.connectors.reading import records

Make = Callable[..., Extraction]
WINDOW = Window(datetime(2024, 1, 1, tzinfo=UTC), datetime(2024, 2, 1, tzinfo=UTC))
USER = "threads-user"


@pytest.fixture
def posts(payloads: Path) -> Any:
    path = payloads / "threads" / "threads_user_posts.json"
    if not path.is_file():
        pytest.skip(f"no recorded answer at {path}")
    return json.loads(path.read_bytes())


async def read(payloads: Path, extraction: Make) -> list[Page]:
    """What the connector makes of the recorded posts."""
    recorded = json.loads((payloads / "threads" / "threads_user_posts.json").read_bytes())

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/profile_posts"):
            return httpx.Response(200, json=recorded)
        return httpx.Response(200, json={"username": request.url.params.get("username", "groundswell")})

    settings: dict[str, Any] = {"accounts": (USER,), "terms": (), "tags": (), "window": WINDOW}
    return await collect(SOURCE.fetch(extraction(SOURCE, answer, secret_values={"token": SecretStr("a-token")}, **settings)))


async def test_the_recorded_posts_are_kept_as_they_were_answered(payloads: Path, posts: Any, extraction: Make) -> None:
    pages = await read(payloads, extraction)
    assert [record.payload for record in records(pages, "posts").values()] == posts["data"]
    assert set(records(pages, "accounts")) == {"groundswell", USER}


STAGED = {
    "posts": {
        "1001": {
            "post_id": "threads:1001",
            "author_id": f"threads:{USER}",
            "parent_post_id": None,
            "body": "First post",
            "media_type": "text",
            "links": [],
            "mentioned_author_ids": [],
            "url": "https://www.threads.net/@threads-user/post/abc",
            "is_quote_post": False,
            "likes": None,
            "published_at": datetime(2024, 1, 1, 12, tzinfo=UTC),
        },
    },
    "accounts": {USER: {"handle": USER, "url": "https://www.threads.com/@threads-user", "follower_count": None}},
}
