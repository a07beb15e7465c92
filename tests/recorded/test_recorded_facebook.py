"""The Facebook connector on answers that the real Graph API gave."""

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
from connectors.night.followed import MissingPermission
from connectors.social_networks.facebook import SOURCE
from connectors.source import Known, Page, Window
from tests.conftest import collect
from tests.connectors.reading import notes, records

Make = Callable[..., Extraction]
WINDOW = Window(datetime(2018, 1, 1, tzinfo=UTC), datetime(2023, 1, 1, tzinfo=UTC))
PAGE, OTHER, SUPPORT = "19292868552", "175154750010052", "20531316728"
COMMENTED = f"{PAGE}_10158407654328553"
COMMENT = "10158371815748553_10158371930463553"


@pytest.fixture
def folder(payloads: Path) -> Path:
    folder = payloads / "facebook"
    if not folder.is_dir():
        pytest.skip(f"no recorded answers at {folder}")
    return folder


class Replay:
    """What was recorded, by path and cursor; the recorded refusal for all else."""

    def __init__(self, folder: Path) -> None:
        def recorded(name: str) -> Any:
            return json.loads((folder / f"{name}.json").read_bytes())

        self.feed = [recorded("feeds_default_fields_p1"), recorded("feeds_default_fields_p2")]
        self.comments = [recorded("comments_p1"), recorded("comments_p2")]
        self.refusal = recorded("error_data")
        self.profiles = recorded("multi_pages") | {SUPPORT: recorded("single_default_page")}
        comment, post = recorded("comment_info"), recorded("single_post_data")
        self.objects = recorded("multi_posts_data") | {comment["id"]: comment, post["id"]: post}
        self.asked: list[httpx.URL] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request.url)
        path, query = request.url.path.removeprefix("/v26.0/"), request.url.params
        after = 1 if query.get("after") == "after" else 0
        if path in self.profiles:
            return httpx.Response(200, json=self.profiles[path])
        if path.endswith("/posts"):
            return httpx.Response(200, json=self.feed[after] if path.startswith(PAGE) else {"data": []})
        if path == f"{COMMENTED}/comments":
            return httpx.Response(200, json=self.comments[after])
        if path.endswith("/comments"):
            return httpx.Response(200, json={"data": []})
        if path == "":
            return httpx.Response(200, json={key: self.objects[key] for key in query["ids"].split(",")})
        return httpx.Response(400, json=self.refusal)


def job(extraction: Make, replay: Replay, **settings: Any) -> Extraction:
    chosen: dict[str, Any] = {"pages": (PAGE, SUPPORT), "window": WINDOW, "secret_values": {"token": SecretStr("a-token")}, **settings}
    return extraction(SOURCE, replay, **chosen)


async def read(payloads: Path, extraction: Make) -> list[Page]:
    """What the connector makes of the recorded pages, posts and the one whole comment."""
    replay = Replay(payloads / "facebook")
    young = [Known("posts" if key != COMMENT else "comments", key, key) for key in replay.objects]
    return await collect(SOURCE.fetch(job(extraction, replay, young=young)))


async def test_every_recorded_post_and_page_is_kept_as_it_was_answered(folder: Path, extraction: Make) -> None:
    pages = await read(folder.parent, extraction)
    replay = Replay(folder)
    posts = {post["id"]: post for body in replay.feed for post in body["data"]} | {
        key: post for key, post in replay.objects.items() if key.startswith(OTHER)
    }
    assert len(posts) == 11
    kept = {
        key: {name: value for name, value in one.payload.items() if name != "owner_page"} for key, one in records(pages, "posts").items()
    }
    assert kept == posts
    assert all(one.published_at for one in records(pages, "posts").values())
    assert {key: one.payload for key, one in records(pages, "pages").items()} == {key: replay.profiles[key] for key in (PAGE, SUPPORT)}
    assert set(records(pages, "comments")) == {COMMENT}
    assert not [rejected for page in pages for rejected in page.rejected]
    assert "posts that tag it were not read" in notes(pages)
    assert "REDACTED" not in "".join(str(url) for url in replay.asked), "the recorded links are not followed"


async def test_recorded_comments_without_an_id_are_told(folder: Path, extraction: Make) -> None:
    replay = Replay(folder)
    replay.feed[0]["data"][0] |= {"id": COMMENTED, "updated_time": "2021-08-14T07:24:42+0000"}
    pages = await collect(SOURCE.fetch(job(extraction, replay)))
    assert [one.reason for page in pages for one in page.rejected] == ["a comment without an id"] * 15


@pytest.mark.parametrize(("name", "advice"), [("error", "set secrets.app_secret"), ("error_data", "grant it to the app")])
async def test_recorded_errors(folder: Path, extraction: Make, name: str, advice: str) -> None:
    body = json.loads((folder / f"{name}.json").read_bytes())
    with pytest.raises(MissingPermission, match=advice):
        await SOURCE.check(extraction(SOURCE, lambda request: httpx.Response(400, json=body), pages=(PAGE,)))


STAGED = {
    "posts": {
        f"{PAGE}_10158349356748553": {
            "post_id": f"facebook:{PAGE}_10158349356748553",
            "author_id": f"facebook:{PAGE}",
            "media_type": "image",
            "links": ["https://fb.me/Ninja-Van-Success-Story"],
            "url": "https://www.facebook.com/19292868552/posts/10158349356748553/",
            "like_count": 119,
            "love_count": 6,
            "reactions_count": 125,
            "comments_count": 13,
            "shares_count": 10,
            "published_at": datetime(2021, 7, 9, 19, 9, 52, tzinfo=UTC),
        },
        f"{OTHER}_424924701699721": {
            "author_id": None,
            "haha_count": 1,
            "like_count": 0,
            "comments_count": 0,
            "shares_count": None,
            "media_type": "text",
            "links": [],
            "published_at": datetime(2019, 8, 12, 3, 45, 11, tzinfo=UTC),
        },
    },
    "comments": {
        COMMENT: {
            "body": "This is really nice",
            "parent_post_id": f"facebook:{PAGE}_10158371815748553",
            "author_id": None,
            "like_count": 0,
            "comment_count": 0,
            "published_at": datetime(2021, 7, 21, 21, 5, 14, tzinfo=UTC),
        },
    },
    "pages": {
        SUPPORT: {
            "handle": "facebookapp",
            "display_name": "Facebook",
            "author_kind": "organisation",
            "fan_count": 214507731,
            "followers_count": None,
            "talking_about_count": 652404,
            "is_verified": True,
            "websites": ["http://www.facebook.com"],
        },
        PAGE: {"handle": "FacebookforDevelopers", "fan_count": 7966989, "is_verified": None},
    },
}
