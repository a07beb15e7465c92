"""The Lobsters connector on answers that the real site gave."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from connectors.bookmarks.lobsters import SOURCE
from connectors.extraction import Extraction
from connectors.settings import Limits
from connectors.source import Known, Page, Window
from tests.conftest import collect
from tests.connectors.reading import records

Make = Callable[..., Extraction]
WINDOW = Window(datetime(2012, 7, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC))
LISTS = ("hottest", "programming_rust", "meta")
THREADS = ("d9ucpe", "tdfoqh")
PEOPLE = ("msfjarvis",)


@pytest.fixture
def folder(payloads: Path) -> Path:
    folder = payloads / "lobsters"
    if not folder.is_dir():
        pytest.skip(f"no recorded answers at {folder}")
    return folder


class Replay:
    """The recorded lists as the pages of the newest stories, the recorded threads and profile; 404 for all else."""

    def __init__(self, folder: Path) -> None:
        self.answers = {f"/s/{name}.json": self.body(folder / f"post_details_{name}.json") for name in THREADS}
        self.answers |= {f"/~{name}.json": self.body(folder / f"{name}.json") for name in PEOPLE}
        for number, name in enumerate(LISTS, 1):
            self.answers["/newest.json" if number == 1 else f"/newest/page/{number}.json"] = self.body(folder / f"{name}.json")

    @staticmethod
    def body(path: Path) -> Any:
        return json.loads(path.read_bytes())

    def __call__(self, request: httpx.Request) -> httpx.Response:
        body = self.answers.get(request.url.path)
        return httpx.Response(404, text="<h1>404</h1>") if body is None else httpx.Response(200, json=body)


async def read(payloads: Path, extraction: Make) -> list[Page]:
    """What the connector makes of all recorded lists, threads and profiles."""
    settings: dict[str, Any] = {"window": WINDOW, "terms": (), "tags": ("*",), "accounts": PEOPLE}
    limits = Limits(requests_per_second=1000, budget=1000)
    young = [Known("stories", f"lobste.rs:s/{name}", name) for name in THREADS]
    return await collect(SOURCE.fetch(extraction(SOURCE, Replay(payloads / "lobsters"), young=young, limits=limits, **settings)))


async def test_every_recorded_item_is_a_record(folder: Path, extraction: Make) -> None:
    replay, pages = Replay(folder), await read(folder.parent, extraction)
    listed = [story for path, body in replay.answers.items() if path.startswith("/newest") for story in body]
    threads = [replay.answers[f"/s/{name}.json"] for name in THREADS]
    stories, comments, users = (records(pages, entity) for entity in SOURCE.entities)
    assert set(stories) == {f"lobste.rs:s/{story['short_id']}" for story in listed + threads}
    assert all(record.published_at for record in stories.values())
    assert len(stories) > 60
    replies = [comment for thread in threads for comment in thread["comments"]]
    assert set(comments) == {f"lobste.rs:c/{comment['short_id']}" for comment in replies}
    assert {record.payload["story"] for record in comments.values()} == set(THREADS)
    embedded = [story["submitter_user"] for story in listed + threads] + [comment["commenting_user"] for comment in replies]
    assert set(users) == {f"lobste.rs:{user['username']}" for user in embedded if isinstance(user, dict)} | {"lobste.rs:msfjarvis"}
    assert not [rejected for page in pages for rejected in page.rejected]


STAGED = {
    "stories": {
        "lobste.rs:s/iwiwye": {
            "post_id": "lobsters:lobste.rs:s/iwiwye",
            "author_id": "lobsters:lobste.rs:gerikson",
            "title": "Reassessing Wayland",
            "url": "https://lobste.rs/s/iwiwye",
            "links": ["https://dudemanguy.github.io/blog/posts/2025-02-03-wayland-xorg-2/wayland-xorg-2.html"],
            "body": None,
            "media_type": "link",
            "tags": ["graphics", "linux"],
            "score": 40,
            "flags": 0,
            "comment_count": 30,
            "user_is_author": False,
            "published_at": datetime(2025, 2, 13, 12, 55, 45, tzinfo=UTC),
        },
        "lobste.rs:s/d9ucpe": {
            "author_id": "lobsters:lobste.rs:technetium",
            "user_is_author": None,
            "score": 18,
            "published_at": datetime(2021, 4, 3, 21, 16, 2, tzinfo=UTC),
        },
    },
    "comments": {
        "lobste.rs:c/pcvbcd": {
            "post_id": "lobsters:lobste.rs:c/pcvbcd",
            "author_id": "lobsters:lobste.rs:gioele",
            "parent_post_id": "lobsters:lobste.rs:c/m3wyu5",
            "url": "https://lobste.rs/c/pcvbcd",
            "score": 2,
            "is_gone": False,
            "published_at": datetime(2022, 7, 23, 14, 52, 52, tzinfo=UTC),
            "edited_at": datetime(2022, 7, 23, 15, 9, 15, tzinfo=UTC),
        },
        "lobste.rs:c/vvs5qn": {
            "parent_post_id": "lobsters:lobste.rs:s/d9ucpe",
            "author_id": "lobsters:lobste.rs:jxy",
            "body": "ltrace is also quite useful.",
            "edited_at": None,
        },
    },
    "users": {
        "lobste.rs:msfjarvis": {
            "author_id": "lobsters:lobste.rs:msfjarvis",
            "handle": "msfjarvis",
            "url": "https://lobste.rs/~msfjarvis",
            "karma": 1343,
            "invited_by_author_id": "lobsters:lobste.rs:Amolith",
            "websites": ["https://dyte.io/"],
            "verified_websites": ["https://github.com/msfjarvis"],
            "registered_at": datetime(2020, 4, 24, 16, 41, 56, tzinfo=UTC),
        },
    },
}
