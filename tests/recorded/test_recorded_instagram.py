"""The Instagram connector on answers that the real Graph API gave."""

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
from connectors.social_networks.instagram.source import SOURCE
from connectors.source import Known, Page, Window
from tests.conftest import collect
from tests.connectors.reading import notes, records

Make = Callable[..., Extraction]
WINDOW = Window(datetime(2018, 1, 1, tzinfo=UTC), datetime(2023, 1, 1, tzinfo=UTC))
ME, BUSINESS, COMMENTED = "17841406338772941", "17841407673135339", "17896622936197745"


@pytest.fixture
def folder(payloads: Path) -> Path:
    folder = payloads / "instagram"
    if not folder.is_dir():
        pytest.skip(f"no recorded answers at {folder}")
    return folder


class Replay:
    """What was recorded: own media and their comments, a discovered business, popular media of a hashtag.

    Comments in lists have no author: `is_short` leaves their second page out, so that one of them is asked for alone.
    """

    def __init__(self, folder: Path, *, is_short: bool = False) -> None:
        self.folder = folder
        self.is_short = is_short
        album, comments = self.recorded("medias_fields"), self.recorded("comments_fields")
        self.objects = album | comments
        self.media_id = next(iter(album))

    def recorded(self, name: str) -> Any:
        return json.loads((self.folder / f"{name}.json").read_bytes())

    def __call__(self, request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json=self.answer(request.url.path.removeprefix("/v26.0/"), request.url.params))

    def answer(self, path: str, query: httpx.QueryParams) -> Any:
        if path == "":
            return {key: self.objects[key] for key in query["ids"].split(",")}
        if path == ME and "business_discovery" not in query["fields"]:
            return {"id": ME}
        if path == ME:
            return self.discovered("media.after(after)" in query["fields"])
        if path == f"{ME}/media":
            return self.recorded("medias_p2_2" if query.get("after") else "medias_p1_2")
        if path == f"{COMMENTED}/comments":
            return (
                {"data": self.recorded("comments_p1")["data"]}
                if self.is_short
                else self.recorded("comments_p2" if query.get("after") else "comments_p1")
            )
        if path == "ig_hashtag_search":
            return {"data": [{"id": next(iter(self.recorded("hashtags_info")))}]}
        if path.endswith("top_media"):
            return self.recorded("hashtag_top_medias_p1")
        return {"data": []}

    def discovered(self, is_second: bool) -> Any:
        """The recorded profile with the pages of its media."""
        if is_second:
            body = self.recorded("medias_p2")
            del body["business_discovery"]["media"]["paging"]
            return body
        profile, media = self.recorded("user_fields"), self.recorded("discovery_medias_p1")
        profile["business_discovery"]["media"] = media["business_discovery"]["media"]
        return profile


def job(extraction: Make, replay: Replay) -> Extraction:
    young = [Known("comments" if "text" in one else "media", key, key) for key, one in replay.objects.items()]
    settings: dict[str, Any] = {"pages": (ME,), "accounts": ("facebookfordevelopers",), "tags": ("love",), "window": WINDOW}
    return extraction(SOURCE, replay, young=young, secret_values={"token": SecretStr("a-token")}, **settings)


async def read(payloads: Path, extraction: Make) -> list[Page]:
    """What the connector makes of all of it, the single media and comments as young ones."""
    return await collect(SOURCE.fetch(job(extraction, Replay(payloads / "instagram", is_short=True))))


async def test_every_recorded_item_is_kept(folder: Path, extraction: Make) -> None:
    replay = Replay(folder)
    pages = await collect(SOURCE.fetch(job(extraction, replay)))
    pageful = [replay.recorded(name)["data"] for name in ("medias_p1_2", "medias_p2_2", "hashtag_top_medias_p1")]
    discovered = [replay.recorded(name)["business_discovery"]["media"]["data"] for name in ("discovery_medias_p1", "medias_p2")]
    wanted = {item["id"]: item for items in [*pageful, *discovered] for item in items}
    media = records(pages, "media")
    added = {"author_id", "insights"}
    assert {key: {name: value for name, value in one.payload.items() if name not in added} for key, one in media.items()} == wanted
    assert len(media) == 36
    assert {one.payload["author_id"] for one in media.values() if one.lookup_key == "@facebookfordevelopers"} == {BUSINESS}
    comments = [*replay.recorded("comments_p1")["data"], *replay.recorded("comments_p2")["data"]]
    assert set(records(pages, "comments")) == {comment["id"] for comment in comments}
    assert set(records(pages, "accounts")) == {ME, BUSINESS}
    assert not [rejected for page in pages for rejected in page.rejected]
    assert not notes(pages)


STAGED = {
    "media": {
        "17984016661384418": {
            "post_id": "instagram:17984016661384418",
            "author_id": f"instagram:{BUSINESS}",
            "like_count": 958,
            "comments_count": 333,
            "views": None,
            "media_type": "video",
            "url": "https://www.instagram.com/p/CVVV5iaIaBp/",
            "published_at": datetime(2021, 10, 22, 14, 0, 39, tzinfo=UTC),
        },
        "17896129349106152": {
            "author_id": None,
            "body": "ALBUM",
            "like_count": 1,
            "comments_count": 0,
            "media_type": "image",
            "mentioned_author_ids": [],
            "published_at": datetime(2021, 7, 26, 10, 45, 20, tzinfo=UTC),
        },
        "18088158883149835": {
            "author_id": None,
            "like_count": 997,
            "comments_count": 10,
            "url": "https://www.instagram.com/p/B8goRvrnwod/",
            "published_at": None,
        },
    },
    "comments": {
        "17892250648466172": {
            "body": "@ikroskun  Hey, guys",
            "author_id": "instagram:@ikroskun",
            "like_count": 1,
            "is_gone": False,
            "published_at": datetime(2020, 2, 24, 9, 15, 16, tzinfo=UTC),
        },
        "17874875428706419": {"body": "Beautiful!", "parent_post_id": f"instagram:{COMMENTED}", "author_id": None, "like_count": None},
    },
    "accounts": {
        BUSINESS: {
            "handle": "facebookfordevelopers",
            "display_name": "Facebook for Developers",
            "followers_count": 64976,
            "follows_count": None,
            "media_count": 436,
        },
        "@ikroskun": {"handle": "ikroskun", "followers_count": None, "url": "https://www.instagram.com/ikroskun/"},
    },
}
