"""The TikTok connector on the answers that TikTok's documentation of its Research API shows."""

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
from connectors.source import Page, Window
from connectors.vlogs.tiktok.source import SOURCE
from tests.conftest import collect
from tests.connectors.reading import cursor, records

Make = Callable[..., Extraction]
WINDOW = Window(datetime(2021, 9, 20, tzinfo=UTC), datetime(2022, 12, 31, tzinfo=UTC))
VIDEO = "702874395068494965"


@pytest.fixture
def folder(payloads: Path) -> Path:
    folder = payloads / "tiktok"
    if not folder.is_dir():
        pytest.skip(f"no recorded answers at {folder}")
    return folder


class Replay:
    """The recorded page of each list, which says that there is more, and then an end."""

    def __init__(self, folder: Path) -> None:
        names = {"video/query/": "q_videos", "video/comment/list/": "comments", "user/info/": "q_user"}
        self.pages = {path: json.loads((folder / f"example_resp_{name}.json").read_bytes()) for path, name in names.items()}
        self.asked: list[tuple[str, dict[str, Any]]] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == "/v2/oauth/token/":
            return httpx.Response(200, json={"access_token": "clt.issued", "expires_in": 7200, "token_type": "Bearer"})
        path, body = request.url.path.removeprefix("/v2/research/"), json.loads(request.content)
        self.asked.append((path, body))
        if body.get("cursor"):
            return httpx.Response(200, json={"data": {"has_more": False}, "error": {"code": "ok"}})
        return httpx.Response(200, json=self.pages[path])


async def fetched(replay: Replay, extraction: Make) -> list[Page]:
    secrets = {"client_key": SecretStr("key"), "client_secret": SecretStr("secret")}
    return await collect(
        SOURCE.fetch(
            extraction(SOURCE, replay, window=WINDOW, terms=("lol",), tags=("pov",), accounts=("somebody",), secret_values=secrets)
        )
    )


async def read(payloads: Path, extraction: Make) -> list[Page]:
    """What the connector makes of all recorded answers."""
    return await fetched(Replay(payloads / "tiktok"), extraction)


async def test_every_recorded_item_becomes_a_record(folder: Path, extraction: Make) -> None:
    replay = Replay(folder)
    pages = await fetched(replay, extraction)
    shown = {path: page["data"] for path, page in replay.pages.items()}
    assert {key: one.payload for key, one in records(pages, "videos").items()} == {VIDEO: shown["video/query/"]["videos"][0]}
    (comment,) = shown["video/comment/list/"]["comments"]
    assert {key: one.payload for key, one in records(pages, "comments").items()} == {f"comment:{comment['id']}": comment}
    assert records(pages, "users")["somebody"].payload == {**shown["user/info/"], "username": "somebody"}
    assert not [rejected for page in pages for rejected in page.rejected]
    assert cursor(pages)["comments"] == {VIDEO: 2}


async def test_a_recorded_request_is_of_the_form_that_the_connector_sends(folder: Path, extraction: Make) -> None:
    replay = Replay(folder)
    await fetched(replay, extraction)
    recorded = json.loads((folder / "example_request.json").read_bytes())
    searches = [body for path, body in replay.asked if path == "video/query/"]
    assert {key: type(value) for key, value in searches[0].items()} == {key: type(value) for key, value in recorded.items()}
    conditions = json.loads((folder / "example_query.json").read_bytes())["and"]
    assert {frozenset(condition) for condition in searches[0]["query"]["or"]} == {frozenset(condition) for condition in conditions}
    assert {"search_id": replay.pages["video/query/"]["data"]["search_id"], "cursor": 100}.items() <= searches[1].items()
    assert [body for path, body in replay.asked if path == "video/comment/list/"] == [
        {"video_id": int(VIDEO), "max_count": 100, "cursor": 0},
        {"video_id": int(VIDEO), "max_count": 100, "cursor": 300},
    ]


STAGED = {
    "videos": {
        VIDEO: {
            "post_id": f"tiktok:{VIDEO}",
            "author_id": None,
            "url": f"https://www.tiktok.com/@/video/{VIDEO}",
            "body": "lol #pov #avengers",
            "tags": ["avengers", "pov"],
            "music_id": "703847506349838790",
            "author_region": "CA",
            "media_type": "video",
            "view_count": 1050,
            "comment_count": 2,
            "like_count": None,
            "transcript": None,
            "published_at": datetime(2021, 10, 9, 23, 59, 59, tzinfo=UTC),
        },
    },
    "comments": {
        "comment:12345616934634134": {
            "post_id": "tiktok:comment:12345616934634134",
            "parent_post_id": "tiktok:comment:1234561201524010",
            "root_post_id": "tiktok:1234563451201523412",
            "body": "AWEEEEEE " + 3 * "\N{SMILING FACE WITH SMILING EYES AND THREE HEARTS}",
            "like_count": 50,
            "reply_count": 10,
            "published_at": datetime(2022, 12, 19, 23, 13, 18, tzinfo=UTC),
        },
    },
    "users": {
        "somebody": {
            "author_id": "tiktok:somebody",
            "handle": "somebody",
            "display_name": "my nick name",
            "bio": "my_bio",
            "is_verified": False,
            "follower_count": 232,
            "following_count": 45,
            "likes_count": 27155089,
            "video_count": 44,
            "websites": [],
        },
    },
}
