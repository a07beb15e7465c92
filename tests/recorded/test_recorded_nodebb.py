"""The NodeBB connector on answers that a real forum (1.4.0) gave."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from connectors.extraction import Extraction
from connectors.message_boards.nodebb.source import SOURCE
from connectors.settings import Limits
from connectors.source import Known, Page, Tombstone, Window
from tests.conftest import collect
from tests.connectors.reading import notes, records, tombstones, until_failure

Make = Callable[..., Extraction]
HOST = "127.0.0.1:18083"
WINDOW = Window(datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 11, 23, tzinfo=UTC))
LISTED, OPEN, DELETED = 27, 47, f"{HOST}:6"


@pytest.fixture
def folder(payloads: Path) -> Path:
    folder = payloads / "nodebb-live"
    if not folder.is_dir():
        pytest.skip(f"no recorded answers at {folder}")
    return folder


class Replay:
    """Each recorded answer with its status at its address; what was not recorded is answered as a missing topic was."""

    def __init__(self, folder: Path) -> None:
        self.answers: dict[tuple[str, str], Path] = {}
        for path in folder.glob("*.json"):
            url = httpx.URL(Path(f"{path}.url").read_text().strip())
            tid = url.path.split("/")[3] if url.path.startswith("/api/topic/") and "pagination" not in url.path else None
            self.answers[f"/api/topic/{tid}" if tid else url.path, url.params.get("page", "1")] = path
        self.answers["/api/topic/2", "1"] = folder / "topic-1.json"
        self.missing = folder / "missing-topic.json"
        self.asked: list[str] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request.url.path)
        path = self.answers.get((request.url.path, request.url.params.get("page", "1")), self.missing)
        status = int(Path(f"{path}.headers").read_text().split()[1])
        return httpx.Response(status, content=path.read_bytes())

    def body(self, path: str, page: int = 1) -> Any:
        return json.loads(self.answers[path, str(page)].read_bytes())


def job(replay: Replay, extraction: Make, **settings: Any) -> Extraction:
    limits = Limits(requests_per_second=1000, attempts=1)
    return extraction(
        SOURCE, replay, **{"window": WINDOW, "base_url": f"http://{HOST}", "allow_private": True, "limits": limits, **settings}
    )


async def read(payloads: Path, extraction: Make) -> list[Page]:
    """What the connector makes of the recorded lists, the recorded topic and account."""
    return await collect(SOURCE.fetch(job(Replay(payloads / "nodebb-live"), extraction)))


async def test_every_recorded_post_gets_its_outcome(folder: Path, extraction: Make) -> None:
    replay, pages = Replay(folder), await read(folder.parent, extraction)
    recorded = [post for page in (1, 2, 3) for post in replay.body("/api/topic/2", page)["posts"]]
    posts = records(pages, "posts")
    assert len(posts) == OPEN
    assert set(posts) | {DELETED} == {f"{HOST}:{post['pid']}" for post in recorded}
    assert tombstones(pages) == [Tombstone("posts", DELETED, "hidden")]
    assert all(record.published_at and record.lookup_key == "2" for record in posts.values())
    for post in recorded:
        if not post["deleted"]:
            kept = posts[f"{HOST}:{post['pid']}"].payload
            assert {key: kept[key] for key in post if key not in ("user", "editor")} == {
                key: value for key, value in post.items() if key not in ("user", "editor")
            }
    assert set(records(pages, "users")) == {f"{HOST}:{post['uid']}" for post in recorded}
    assert not [rejected for page in pages for rejected in page.rejected]
    assert f"{LISTED - 1} listed topics could not be opened" in notes(pages), "one alone was recorded"


async def test_a_young_post_that_the_forum_does_not_have_is_gone(folder: Path, extraction: Make) -> None:
    replay = Replay(folder)
    known = [Known("posts", f"{HOST}:{pid}", tid) for pid, tid in ((3, "99999"), (999, "2"), (998, "99999"))]
    pages = await collect(SOURCE.fetch(job(replay, extraction, young=known)))
    assert {one.native_id for one in tombstones(pages)} == {DELETED, f"{HOST}:999", f"{HOST}:998"}


async def test_an_old_post_is_asked_for_by_its_number(folder: Path, extraction: Make) -> None:
    moved, gone = (Known("posts", f"{HOST}:{pid}", tid, is_old=True) for pid, tid in ((3, "99999"), (999, "2")))
    pages, _ = await until_failure(SOURCE.fetch(job(Replay(folder), extraction, young=[moved, gone], communities=("3",))))
    assert [one.native_id for one in tombstones(pages)] == [gone.native_id]
    assert [one for page in pages for one in page.still] == [moved]
    pages, _ = await until_failure(SOURCE.fetch(job(Replay(folder), extraction, young=[gone], communities=("3",))))
    assert [one for page in pages for one in page.still] == [gone], "no other post was recorded by its number"


async def test_a_young_post_is_found_in_the_topic_it_moved_to(folder: Path, extraction: Make) -> None:
    night = job(Replay(folder), extraction, young=[Known("posts", f"{HOST}:3", "99999")], communities=("3",))
    pages, failure = await until_failure(SOURCE.fetch(night))
    assert failure.startswith(f"Not read: 3 (category 3 of {HOST} is not there")
    assert records(pages, "posts")[f"{HOST}:3"].lookup_key == "2"


async def test_the_followed_recorded_category(folder: Path, extraction: Make) -> None:
    replay = Replay(folder)
    await collect(SOURCE.fetch(job(replay, extraction, communities=("2",))))
    listed = {topic["tid"] for topic in replay.body("/api/category/2")["topics"]}
    assert {path.split("/")[3] for path in replay.asked if path.startswith("/api/topic/")} == listed


async def test_the_newest_recorded_topic(folder: Path, extraction: Make) -> None:
    assert await SOURCE.check(job(Replay(folder), extraction)) == "newest topic: Topic 24"


STAGED = {
    "posts": {
        f"{HOST}:2": {
            "post_id": f"nodebb:{HOST}:2",
            "author_id": f"nodebb:{HOST}:2",
            "parent_post_id": None,
            "container_id": f"nodebb:{HOST}:2",
            "category_name": "General Discussion",
            "url": f"http://{HOST}/post/2",
            "title": "Which coffee? ☕ Zürich",
            "body": "I like espresso and (edited) filter, see https://example.org/c?x=1&y=2 #coffee @bob",
            "tags": ["coffee", "tea"],
            "mentioned_author_ids": [f"nodebb:{HOST}:3"],
            "upvotes": 2,
            "downvotes": 0,
            "reply_count": 47,
            "view_count": 0,
            "is_gone": False,
            "published_at": datetime(2026, 11, 22, 18, 52, 59, 766000, tzinfo=UTC),
            "edited_at": datetime(2026, 11, 22, 18, 53, 0, 384000, tzinfo=UTC),
        },
        f"{HOST}:4": {
            "author_id": f"nodebb:{HOST}:4",
            "parent_post_id": f"nodebb:{HOST}:3",
            "topic_id": "2",
            "title": None,
            "reply_count": 0,
            "view_count": None,
            "mentioned_author_ids": [f"nodebb:{HOST}:3"],
            "edited_at": None,
        },
        f"{HOST}:5": {
            "parent_post_id": f"nodebb:{HOST}:2",
            "body": "reply number 0 about coffee",
            "links": [],
            "mentioned_author_ids": [],
            "upvotes": 0,
        },
    },
    "users": {
        f"{HOST}:3": {
            "author_id": f"nodebb:{HOST}:3",
            "handle": "bob",
            "display_name": "bob",
            "url": f"http://{HOST}/user/bob",
            "bio": None,
            "websites": [],
            "reputation": 0,
            "post_count": 24,
            "topic_count": 8,
            "follower_count": 0,
            "profile_view_count": 1,
            "registered_at": datetime(2026, 11, 22, 18, 52, 58, 318000, tzinfo=UTC),
        },
        f"{HOST}:4": {"handle": "chiyo 千代", "follower_count": None, "post_count": 24, "topic_count": None},
    },
}
