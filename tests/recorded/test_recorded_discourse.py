"""The Discourse connector on answers that real forums gave."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from connectors.extraction import Extraction
from connectors.message_boards.discourse.source import SOURCE
from connectors.source import Page, Window
from tests.conftest import collect
from tests.connectors.reading import cursor, notes, records, until_failure

Make = Callable[..., Extraction]
WINDOW = Window(datetime(2013, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))
BASE = "https://forum.test"


@pytest.fixture
def folder(payloads: Path) -> Path:
    folder = payloads / "discourse"
    if not folder.is_dir():
        pytest.skip(f"no recorded answers at {folder}")
    return folder


class Replay:
    """The recorded posts, topics and profile (of another forum: renumbered), and topics made of the posts listed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.latest = self.body("posts_latest.json")["latest_posts"]
        self.topic = self.body("topic.json")
        self.batch = self.body("topic_posts.json")["post_stream"]["posts"]
        self.topic["post_stream"]["stream"].append(self.batch[0]["id"])
        self.profile = {**self.body("user.json")["user"], "id": 101}

    def body(self, name: str) -> Any:
        return json.loads((self.folder / name).read_bytes())

    def __call__(self, request: httpx.Request) -> httpx.Response:
        path, query = request.url.path, request.url.params
        found: Any = None
        if path == "/site.json":
            found = {"categories": self.body("categories.json")["category_list"]["categories"]}
        elif path == "/posts.json":
            before = query.get("before")
            found = self.body("posts_before.json") if before == "14" else {"latest_posts": [] if before else self.latest}
        elif path == "/t/57.json":
            found = self.topic
        elif path == "/t/57/posts.json":
            found = {"post_stream": {"posts": self.batch}}
        elif path.startswith("/t/"):
            of_topic = [post for post in self.latest if path == f"/t/{post['topic_id']}.json"]
            number, title = of_topic[0]["topic_id"], of_topic[0]["topic_title"]
            found = {"id": number, "title": title, "post_stream": {"posts": of_topic, "stream": [post["id"] for post in of_topic]}}
        elif path == "/user_actions.json":
            found = {"user_actions": [] if query["offset"] != "0" else [{"topic_id": 57, "created_at": "2020-01-27T11:32:03.646Z"}]}
        elif path == "/search.json":
            found = self.body("search.json")
        elif path == "/u/test_user.json":
            found = {"user": self.profile}
        return httpx.Response(200, json=found) if found is not None else httpx.Response(404, json={"errors": ["not there"]})


async def read(payloads: Path, extraction: Make) -> list[Page]:
    """What the connector makes of all recorded posts and of the recorded profile."""
    replay = Replay(payloads / "discourse")
    job = extraction(SOURCE, replay, window=WINDOW, base_url=BASE, terms=(), communities=("*",), accounts=("test_user",))
    return await collect(SOURCE.fetch(job))


async def test_every_recorded_post_becomes_a_record(folder: Path, payloads: Path, extraction: Make) -> None:
    pages = await read(payloads, extraction)
    numbers = {15, 14, 10, 2, 83, 84, 86, 226, 123456}
    assert set(records(pages, "posts")) == {f"forum.test:{number}" for number in numbers}
    assert set(records(pages, "users")) == {f"forum.test:u/{number}" for number in (1, -1, 15, 23, 50, 123, 101)}
    assert not [rejected for page in pages for rejected in page.rejected]
    assert cursor(pages)["post"] == 15
    assert not notes(pages)


async def test_a_recorded_page_of_older_posts_begins_with_the_id_asked_for(folder: Path) -> None:
    assert Replay(folder).body("posts_before.json")["latest_posts"][0]["id"] == 14


async def test_a_search_of_before_2015_has_no_posts_and_is_told(folder: Path, extraction: Make) -> None:
    job = extraction(SOURCE, Replay(folder), window=WINDOW, base_url=BASE, terms=("kettle",))
    _, failure = await until_failure(SOURCE.fetch(job))
    assert "kettle" in failure
    assert "is no object: is this a Discourse forum?" in failure


STAGED = {
    "posts": {
        "forum.test:83": {
            "post_id": "discourse:forum.test:83",
            "author_id": "discourse:forum.test:u/15",
            "parent_post_id": None,
            "container_id": "discourse:forum.test:c/13",
            "url": "https://forum.test/t/this-site-is-a-sandbox-it-is-reset-every-day/57",
            "title": "THIS SITE IS A SANDBOX -- it is reset every day",
            "media_type": "text",
            "views": 268,
            "comment_count": 3,
            "reads": 34,
            "is_gone": False,
            "published_at": datetime(2013, 2, 4, 20, 26, 26, 278000, tzinfo=UTC),
            "edited_at": datetime(2013, 4, 30, 18, 33, 37, 273000, tzinfo=UTC),
        },
        "forum.test:226": {
            "author_id": "discourse:forum.test:u/50",
            "parent_post_id": "discourse:forum.test:83",
            "url": "https://forum.test/t/this-site-is-a-sandbox-it-is-reset-every-day/57/14",
            "title": None,
            "views": None,
        },
        "forum.test:123456": {
            "author_id": "discourse:forum.test:u/123",
            "parent_post_id": "discourse:forum.test:83",
            "body": "Some text.",
            "like_count": 3,
            "reads": 2,
            "comment_count": 0,
            "edited_at": None,
        },
        "forum.test:15": {
            "parent_post_id": "discourse:forum.test:14",
            "body": "holla bullhonky.",
            "like_count": 0,
            "reads": 1,
            "published_at": datetime(2020, 1, 25, 2, 10, 7, 971000, tzinfo=UTC),
        },
    },
    "users": {
        "forum.test:u/101": {
            "author_id": "discourse:forum.test:u/101",
            "handle": "test_user",
            "display_name": "Test User",
            "bio": None,
            "url": "https://forum.test/u/test_user",
            "badge_count": 0,
            "trust_level": 0,
            "is_bot": False,
            "registered_at": datetime(2014, 9, 4, 12, 4, 25, 104000, tzinfo=UTC),
        },
        "forum.test:u/-1": {"handle": "system", "is_bot": True, "profile_view_count": None},
        "forum.test:u/23": {"handle": "stienman"},
    },
}
