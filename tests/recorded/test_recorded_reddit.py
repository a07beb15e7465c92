"""The Reddit connector on answers that the real API gave."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from connectors.communities.reddit.source import SOURCE
from connectors.communities.reddit.things import Things
from connectors.extraction import Extraction
from connectors.source import Known, Page, Tombstone, Window
from tests.conftest import collect
from tests.connectors.reading import records, tombstones, until_failure

Make = Callable[..., Extraction]
WINDOW = Window(datetime(2006, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))
LISTED = {
    "/r/AskReddit/new": "TestSubredditListings.test_new__01.json",
    "/r/AskReddit/comments": "TestSubredditListings.test_comments__01.json",
    "/search": "TestSubreddit.test_search__01.json",
    "/user/spez/overview": "TestRedditorListings.test_overview__new__01.json",
    "/comments/3hahrw": "TestMore.test_comments__02.json",
    "/api/user_data_by_account_ids": "TestRedditors.test_partial_redditors__01.json",
}
SINGLE = ("test_attributes__01", "test_refresh__01", "test_refresh__removed_comment__01", "test_parent__comment__01")
SECRETS = {"client_id": SecretStr("app"), "client_secret": SecretStr("secret")}


@pytest.fixture
def folder(payloads: Path) -> Path:
    folder = payloads / "reddit"
    if not folder.is_dir():
        pytest.skip(f"no recorded answers at {folder}")
    return folder


class Replay:
    """The recorded answers by path, and empty threads; /api/info has what was recorded singly, spez's profile is that of another."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.asked: list[httpx.URL] = []
        self.by_name: dict[str, Any] = {}
        singles = [f"TestComment.{one}.json" for one in SINGLE]
        for name in (*singles, "TestReddit.test_info_sr_names__01.json", "TestDomainListing.test_new__01.json"):
            for child in self.body(name)["data"]["children"]:
                self.by_name[child["data"]["name"]] = child
        for name in ("TestMore.test_comments__02.json", "TestSubmission.test_delete__02.json"):
            post = self.body(name)[0]["data"]["children"][0]
            self.by_name[post["data"]["name"]] = post

    def body(self, name: str) -> Any:
        return json.loads((self.folder / name).read_bytes())

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request.url)
        path, query = request.url.path, request.url.params
        if path == "/api/v1/access_token":
            return httpx.Response(200, json={"access_token": "issued"})
        if path == "/api/info":
            wanted = query.get("id", ",".join(name for name in self.by_name if name.startswith("t5_"))).split(",")
            children = [self.by_name[name] for name in wanted if name in self.by_name]
            return httpx.Response(200, json={"kind": "Listing", "data": {"children": children, "after": None}})
        if path == "/user/spez/about":
            user = self.body("TestRedditors.test_search__01.json")["data"]["children"][0]
            return httpx.Response(200, json=user)
        if path.startswith("/comments/") and path not in LISTED:
            return httpx.Response(200, json=[{"kind": "Listing", "data": {"children": []}}] * 2)
        body = self.body(LISTED[path])
        if isinstance(body, dict) and "data" in body:
            body["data"]["after"] = None
        return httpx.Response(200, json=body)


def young(name: str) -> Known:
    return Known("posts" if name.startswith("t3") else "comments", name, name)


async def read(payloads: Path, extraction: Make) -> list[Page]:
    """What the connector makes of the recorded listings, threads, batches and profiles."""
    replay = Replay(payloads / "reddit")
    things = [young(name) for name in replay.by_name if not name.startswith("t5_")]
    settings: dict[str, Any] = {"communities": ("AskReddit",), "accounts": ("spez",), "terms": ("praw oauth search",)}
    job = extraction(SOURCE, replay, window=WINDOW, young=things, secret_values=SECRETS, **settings)
    return await collect(SOURCE.fetch(job))


async def test_all_that_was_recorded_gets_its_outcome(folder: Path, payloads: Path, extraction: Make) -> None:
    pages = await read(payloads, extraction)
    assert not [rejected for page in pages for rejected in page.rejected]
    replay = Replay(folder)
    bodies = [*replay.by_name.values(), *map(replay.body, LISTED.values())]
    told = {name for body in bodies for name in fullnames(body)}
    outcomes = {entity: set(records(pages, entity)) for entity in ("posts", "comments")}
    gone = {tombstone.native_id for tombstone in tombstones(pages)}
    assert outcomes["posts"] | outcomes["comments"] | gone == told
    assert not (outcomes["posts"] | outcomes["comments"]) & gone
    assert (len(outcomes["posts"]), len(outcomes["comments"]), len(gone)) == (222, 663, 7)
    assert all(record.published_at for entity in ("posts", "comments") for record in records(pages, entity).values())
    assert Tombstone("posts", "t3_4b1tfm") in tombstones(pages)


async def test_deleted_comments_of_a_recorded_thread(folder: Path, extraction: Make) -> None:
    things = Things("thread", WINDOW.end)
    things.add(Replay(folder).body("TestSubmission.test_delete__02.json")[1])
    assert things.page().tombstones == [Tombstone("comments", "t1_d1616q2")]
    assert {record.native_id for record in things.page().records} == {"t1_d1680wu", "t1_d1628v0", "t1_d162ara"}


def fullnames(thing: Any) -> list[str]:
    """Of all posts and comments in an answer, shared posts too."""
    if isinstance(thing, list):
        return [found for one in thing for found in fullnames(one)]
    if not isinstance(thing, dict):
        return []
    own = [thing["name"]] if "created_utc" in thing and str(thing.get("name")).startswith(("t1_", "t3_")) else []
    return own + [found for value in thing.values() for found in fullnames(value)]


@pytest.mark.parametrize(
    ("name", "status", "message"),
    [
        ("TestSubredditQuarantine.test_opt_out__02.json", 403, "Reddit answered 403 (Forbidden)"),
        ("TestRedditorListings.test_downvoted__other_user__01.json", 403, "Reddit answered 403"),
        ("TestRedditors.test_partial_redditors__not_found__02.json", 404, "it is not there"),
        ("TestReddit.test_bad_request_without_json_text_html_response__01.html", 400, "refuses this client"),
        ("TestReddit.test_bad_request_without_json_text_plain_response__01.txt", 400, "refuses this client"),
        ("TestObjector.test_raise_api_exception__01.json", 200, "USER_REQUIRED Please log in to do that."),
        ("TestAuthImplicit.test_implicit__with_invalid_token__00.json", 401, "401 Unauthorized"),
    ],
)
async def test_recorded_errors_in_words(folder: Path, extraction: Make, name: str, status: int, message: str) -> None:
    replay = Replay(folder)

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/search":
            return httpx.Response(status, content=(folder / name).read_bytes())
        return replay(request)

    _, failure = await until_failure(SOURCE.fetch(extraction(SOURCE, answer, terms=("praw",), secret_values=SECRETS)))
    assert message in failure


async def test_an_empty_recorded_listing(folder: Path, extraction: Make) -> None:
    replay = Replay(folder)

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/search":
            return httpx.Response(200, json=replay.body("TestSubredditStreams.test_comments__with_pause__02.json"))
        return replay(request)

    pages = await collect(SOURCE.fetch(extraction(SOURCE, answer, terms=("praw",), secret_values=SECRETS)))
    assert not [record for page in pages for record in page.records]


STAGED = {
    "posts": {
        "t3_1tvsa59": {
            "post_id": "reddit:t3_1tvsa59",
            "author_id": "reddit:t2_1w72",
            "quoted_post_id": "reddit:t3_1tvs5jj",
            "container_id": "reddit:t5_4x7l6b",
            "body": None,
            "media_type": "link",
            "links": ["https://www.reddit.com/r/RDDT/comments/1tvs5jj/steve_jen_and_drew_here_ask_us_anything/"],
            "score": 98,
            "num_comments": 25,
            "upvote_ratio": 0.94,
            "published_at": datetime(2026, 6, 3, 15, 11, 7, tzinfo=UTC),
            "edited_at": None,
            "is_gone": False,
        },
        "t3_48fbm9": {
            "author_id": "reddit:u/redheadqc",
            "container_id": "reddit:t5_2qh1i",
            "title": "[Serious] Parents of Reddit, what's the biggest lie about yourself you've told your kids?",
            "media_type": "text",
            "links": [],
            "score": 1,
            "num_comments": 1,
            "published_at": datetime(2016, 3, 1, 8, 37, 38, tzinfo=UTC),
        },
        "t3_5d7qul": {"media_type": "video", "links": ["https://www.youtube.com/watch?v=J8VSHDDKMas"], "num_comments": 0},
    },
    "comments": {
        "t1_n69942s": {
            "author_id": "reddit:t2_1w72",
            "parent_post_id": "reddit:t1_n68hp3d",
            "root_post_id": "reddit:t3_1mec0sa",
            "container_id": "reddit:t5_akdezc",
            "url": "https://www.reddit.com/r/RDDT/comments/1mec0sa/reddit_announces_q225_earnings_plus_ama/n69942s/",
            "score": 9,
            "published_at": datetime(2025, 7, 31, 23, 22, 56, tzinfo=UTC),
            "edited_at": datetime(2025, 7, 31, 23, 48, 30, tzinfo=UTC),
        },
        "t1_d4y8bdp": {
            "author_id": "reddit:u/preppypuppy",
            "parent_post_id": "reddit:t3_4r4inc",
            "url": "https://www.reddit.com/r/AskReddit/comments/4r4inc/_/d4y8bdp/",
            "body": "great, life is so much better when you can do what you enjoy for a living",
            "score": None,
        },
    },
    "users": {
        "t2_1w72": {
            "handle": "spez",
            "url": "https://www.reddit.com/user/spez",
            "link_karma": 115239,
            "comment_karma": 692419,
            "karma": 807658,
            "subscribers": None,
            "registered_at": datetime(2005, 6, 6, 4, 0, tzinfo=UTC),
        },
    },
    "communities": {
        "t5_2qizd": {
            "handle": "redditdev",
            "display_name": "reddit Development",
            "url": "https://www.reddit.com/r/redditdev/",
            "subscribers": 43967,
            "language": "en",
            "created_at": datetime(2008, 6, 18, 15, 16, 17, tzinfo=UTC),
        },
    },
}
