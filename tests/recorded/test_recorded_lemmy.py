"""The Lemmy connector on answers that a real instance of 0.18 gave."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from connectors.communities.lemmy.source import SOURCE
from connectors.extraction import Extraction
from connectors.source import Known, Page, Tombstone, Window
from tests.conftest import collect
from tests.connectors.reading import records, tombstones, until_failure

Make = Callable[..., Extraction]
WINDOW = Window(datetime(2023, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))
HOME = "https://localhost"


@pytest.fixture
def folder(payloads: Path) -> Path:
    folder = payloads / "lemmy"
    if not folder.is_dir():
        pytest.skip(f"no recorded answers at {folder}")
    return folder


class Replay:
    """The recorded comments and communities; a post as it stands in a comment's view, without counts."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.listed = self.body("get_comments_response.json")["comments"]
        singles = [self.body(f"{name}_comment_response.json")["comment_view"] for name in ("delete", "distinguish", "edit")]
        reply = self.body("mark_comment_reply_as_read_response.json")["comment_reply_view"]
        views = [*singles, {key: reply[key] for key in reply if key not in ("comment_reply", "recipient")}, *self.listed]
        self.comments = {view["comment"]["id"]: view for view in views}
        communities = self.body("list_communities_response.json")["communities"]
        self.communities = {str(view["community"]["id"]): view for view in communities}
        followed = self.body("get_community_response.json")["community_view"]
        self.communities[followed["community"]["name"]] = followed

    def body(self, name: str) -> Any:
        return json.loads((self.folder / name).read_bytes())

    def __call__(self, request: httpx.Request) -> httpx.Response:
        path, query = request.url.path.removeprefix("/api/v3"), request.url.params
        known: dict[str, Any] = {
            "/site": {"version": "0.18.4"},
            "/post/list": {"posts": []},
            "/comment/list": {"comments": self.listed},
            "/post": {"post_view": {key: self.listed[0][key] for key in ("post", "creator", "community")}},
            "/community": {"community_view": self.communities.get(query.get("name") or query.get("id", ""))},
        }
        if path == "/comment":
            view = self.comments.get(int(query["id"]))
            return httpx.Response(200, json={"comment_view": view}) if view else httpx.Response(400, json={"error": "couldnt_find_comment"})
        return httpx.Response(200, json=known[path])


async def read(payloads: Path, extraction: Make) -> list[Page]:
    """What the connector makes of all recorded comments and communities."""
    replay = Replay(payloads / "lemmy")
    young = [Known("comments", view["comment"]["ap_id"], f"lemmy.test:{number}") for number, view in replay.comments.items()]
    young.append(Known("comments", f"{HOME}/comment/99", "lemmy.test:99"))
    communities = ("testcommunity", "3", "4")
    job = extraction(SOURCE, replay, window=WINDOW, base_url="https://lemmy.test", terms=(), communities=communities, young=young)
    return await collect(SOURCE.fetch(job))


async def test_every_recorded_comment_gets_its_outcome(folder: Path, payloads: Path, extraction: Make) -> None:
    pages = await read(payloads, extraction)
    replay = Replay(folder)
    assert set(records(pages, "comments")) == {f"{HOME}/comment/{number}" for number in replay.comments if number != 4}
    assert set(tombstones(pages)) == {Tombstone("comments", f"{HOME}/comment/4"), Tombstone("comments", f"{HOME}/comment/99")}
    assert set(records(pages, "users")) == {f"{HOME}/u/lemmy", f"{HOME}/u/testuser"}
    assert len(records(pages, "communities")) == 3
    assert all(record.published_at for record in records(pages, "comments").values()), "0.18 names no zone"
    assert not [rejected for page in pages for rejected in page.rejected]


async def test_a_recorded_error(folder: Path, extraction: Make) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(400, content=(folder / "error_response.json").read_bytes())

    _, failure = await until_failure(SOURCE.fetch(extraction(SOURCE, answer, window=WINDOW, base_url="https://lemmy.test", terms=())))
    assert failure == "the instance cannot be read from lemmy.test (400 unknown)."


STAGED = {
    "posts": {
        "https://localhost/post/1": {
            "post_id": "lemmy:https://localhost/post/1",
            "author_id": "lemmy:https://localhost/u/lemmy",
            "container_id": "lemmy:https://localhost/c/testcommunity",
            "title": "Test post!",
            "media_type": "text",
            "links": [],
            "score": None,
            "published_at": datetime(2023, 8, 4, 18, 15, 42, 162438, tzinfo=UTC),
            "edited_at": None,
        },
    },
    "comments": {
        "https://localhost/comment/7": {
            "post_id": "lemmy:https://localhost/comment/7",
            "author_id": "lemmy:https://localhost/u/testuser",
            "parent_post_id": "lemmy:https://localhost/comment/3",
            "root_post_id": "lemmy:https://localhost/post/1",
            "container_id": "lemmy:https://localhost/c/testcommunity",
            "body": "Reply from another user.",
            "score": 1,
            "downvotes": 0,
            "child_count": 0,
            "is_gone": False,
            "published_at": datetime(2023, 8, 6, 14, 58, 21, 514153, tzinfo=UTC),
        },
        "https://localhost/comment/2": {
            "parent_post_id": "lemmy:https://localhost/post/1",
            "body": "Lemmy comment content!",
            "edited_at": datetime(2023, 8, 6, 9, 43, 4, 920581, tzinfo=UTC),
        },
    },
    "users": {
        "https://localhost/u/lemmy": {
            "author_id": "lemmy:https://localhost/u/lemmy",
            "handle": "lemmy@localhost",
            "display_name": "lemmy",
            "is_bot": False,
            "post_count": None,
            "registered_at": datetime(2023, 8, 2, 17, 25, 58, 819526, tzinfo=UTC),
        },
    },
    "communities": {
        "https://localhost/c/testcommunity": {
            "container_id": "lemmy:https://localhost/c/testcommunity",
            "handle": "testcommunity@localhost",
            "display_name": "Test Community",
            "description": "This description was edited.",
            "subscribers": 1,
            "comments": 6,
            "created_at": datetime(2023, 8, 2, 17, 57, 55, 788785, tzinfo=UTC),
        },
    },
}
