"""The WordPress connector on answers that real sites of WordPress 6.1 and 6.8 gave."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from connectors.blogs.wordpress.source import SOURCE
from connectors.extraction import Extraction
from connectors.source import Known, Page, SourceError, Tombstone, Window
from tests.conftest import collect
from tests.connectors.reading import notes, records, tombstones

Make = Callable[..., Extraction]
RECORDINGS = ("wordpress-live", "wordpress-6.8-live")
BEFORE_STAGING = Window(datetime(2020, 1, 1, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC))
ALL = Window(BEFORE_STAGING.start, datetime(2027, 1, 1, tzinfo=UTC))
RECORDED_AT = "http://127.0.0.1:18082"
SITE = "blog.test"


class Replay:
    """What was recorded of one site. The third page of its posts was not: its answer is the one past the end."""

    def __init__(self, folder: Path) -> None:
        if not folder.is_dir():
            pytest.skip(f"no recorded answers at {folder}")
        self.folder = folder

    def answer(self, name: str) -> httpx.Response:
        head, *lines = (self.folder / f"{name}.headers").read_text().strip().splitlines()
        fields = [line.partition(": ") for line in lines if line.lower().startswith(("content-type", "link", "x-wp"))]
        headers = [(name, value) for name, _, value in fields]
        return httpx.Response(int(head.split()[1]), headers=headers, content=(self.folder / name).read_bytes())

    def items(self, *names: str) -> list[dict[str, Any]]:
        return [item for name in names for item in json.loads((self.folder / name).read_bytes())]

    def __call__(self, request: httpx.Request) -> httpx.Response:
        path, query = request.url.path.removeprefix("/wp-json"), request.url.params
        page = query.get("page", "1")
        if path == "/":
            return self.answer("root.json")
        if path == "/wp/v2/posts":
            if "include" in query:
                return self.answer("posts-last.json")
            if "modified_after" in query:
                return self.answer("posts-window.json" if page == "1" else "posts-pastend.json")
            return self.answer({"1": "posts-1.json", "2": "posts-2.json"}.get(page, "posts-pastend.json"))
        if path == "/wp/v2/comments":
            if query.get("_fields") == "post":  # as the site would answer: all comments stand below one post
                said = [{"post": item["post"]} for item in self.items("comments-1.json", "comments-2.json")]
                return httpx.Response(200, json=said, headers={"x-wp-total": str(len(said))})
            return self.answer("comments-all.json" if "include" in query else f"comments-{page}.json")
        return self.answer("comment-trashed.json" if path == "/wp/v2/comments/31" else "post-missing.json")


def comments_of_another_site(payloads: Path) -> Callable[[httpx.Request], httpx.Response]:
    """A list of comments recorded elsewhere, below no posts."""

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/wp-json/"):
            return httpx.Response(200, json={"namespaces": ["wp/v2"]})
        is_list = request.url.path.endswith("/comments") and "include" not in request.url.params
        return httpx.Response(
            200, content=(payloads / "wordpress" / "comments-v2-view-context-success.json").read_bytes() if is_list else b"[]"
        )

    return answer


async def read(payloads: Path, extraction: Make) -> list[Page]:
    """What the connector makes of the recorded lists, up to the day on which the staging models' test has seen them."""
    job = extraction(
        SOURCE,
        Replay(payloads / RECORDINGS[1]),
        base_url="https://blog.test",
        window=BEFORE_STAGING,
        young=[Known("posts", f"{SITE}:4", "4")],
    )
    other = extraction(SOURCE, comments_of_another_site(payloads), base_url="https://example.com/", window=BEFORE_STAGING)
    return await collect(SOURCE.fetch(job)) + await collect(SOURCE.fetch(other))


@pytest.mark.parametrize("recording", RECORDINGS)
async def test_every_recorded_item_is_read(payloads: Path, extraction: Make, recording: str) -> None:
    site = Replay(payloads / recording)
    young = [Known("posts", f"{SITE}:{number}", str(number)) for number in (4, 999999)]
    young.append(Known("comments", f"{SITE}:comment-31", "31"))
    pages = await collect(SOURCE.fetch(extraction(SOURCE, site, base_url="https://blog.test", window=ALL, young=young)))
    posts, comments, users = (records(pages, entity) for entity in ("posts", "comments", "users"))
    recorded = {item["id"]: item for item in site.items("posts-2.json", "posts-window.json", "posts-last.json")}
    assert set(posts) == {f"{SITE}:{number}" for number in recorded} | {f"{SITE}:{item['id']}" for item in site.items("posts-1.json")}
    for number, item in recorded.items():
        added = {"site": SITE, "author_id": f"{SITE}:{item['author']}", "comment_count": 30 if number == 4 else 0}
        assert posts[f"{SITE}:{number}"].payload == item | added
    said = {item["id"]: item for item in site.items("comments-1.json", "comments-2.json", "comments-all.json")}
    assert set(comments) == {f"{SITE}:comment-{number}" for number in said}
    assert comments[f"{SITE}:comment-33"].payload["author_id"] == f"{SITE}:name:A Passer-by:example.com"
    assert {native_id: user.payload["name"] for native_id, user in users.items()} == {
        f"{SITE}:1": "admin",
        f"{SITE}:2": "Alice Müller",
        f"{SITE}:3": "Bob",
        f"{SITE}:4": "千代",
        f"{SITE}:name:A Passer-by:example.com": "A Passer-by",
    }
    assert set(tombstones(pages)) == {Tombstone("posts", f"{SITE}:999999"), Tombstone("comments", f"{SITE}:comment-31", "hidden")}
    assert not [rejected for page in pages for rejected in page.rejected]
    assert notes(pages) == ""


@pytest.mark.parametrize("recording", RECORDINGS)
async def test_the_recorded_site_is_recognised(payloads: Path, extraction: Make, recording: str) -> None:
    assert (
        await SOURCE.check(extraction(SOURCE, Replay(payloads / recording), base_url="https://blog.test"))
        == "Peer Blog: WordPress REST API"
    )


@pytest.mark.parametrize("name", ["posts-toobig.json", "noauth-drafts.json"])
async def test_a_recorded_refusal_is_an_error(payloads: Path, extraction: Make, name: str) -> None:
    site = Replay(payloads / RECORDINGS[1])

    def refusing(request: httpx.Request) -> httpx.Response:
        return site.answer(name) if request.url.path.endswith("/posts") else site(request)

    with pytest.raises(SourceError, match="rest_invalid_param"):
        await collect(SOURCE.fetch(extraction(SOURCE, refusing, base_url="https://blog.test", window=ALL)))


STAGED = {
    "posts": {
        f"{SITE}:4": {
            "post_id": f"wordpress:{SITE}:4",
            "author_id": f"wordpress:{SITE}:2",
            "url": f"{RECORDED_AT}/2026/01/kaffee-in-zurich-%e2%98%95/",
            "title": "Kaffee in Zürich ☕",
            "body": "Paragraph 0 about coffee & a link. Zürich ☕",
            "media_type": "text",
            "links": ["https://example.org/0?a=1&b=2"],
            "comment_count": 30,
            "is_gone": False,
            "published_at": datetime(2026, 1, 10, 7, 0, tzinfo=UTC),
            "edited_at": None,
        },
        f"{SITE}:12": {
            "author_id": f"wordpress:{SITE}:4",
            "title": "Post number 8",
            "comment_count": 0,
            "published_at": datetime(2026, 9, 18, 6, 8, tzinfo=UTC),
        },
    },
    "comments": {
        f"{SITE}:comment-14": {
            "post_id": f"wordpress:{SITE}:comment-14",
            "author_id": f"wordpress:{SITE}:2",
            "parent_post_id": f"wordpress:{SITE}:4",
            "url": f"{RECORDED_AT}/2026/01/kaffee-in-zurich-%e2%98%95/#comment-14",
            "body": "comment number 9",
            "links": [],
            "is_gone": False,
            "published_at": datetime(2026, 10, 1, 8, 9, tzinfo=UTC),
        },
        "example.com:comment-3": {
            "author_id": "wordpress:example.com:202",
            "parent_post_id": "wordpress:example.com:comment-1",
            "body": "Some reply comment.",
            "published_at": datetime(2021, 7, 1, 10, 50, 20, tzinfo=UTC),
        },
    },
    "users": {
        f"{SITE}:2": {
            "author_id": f"wordpress:{SITE}:2",
            "handle": "alice",
            "display_name": "Alice Müller",
            "url": f"{RECORDED_AT}/author/alice/",
            "bio": "about Alice Müller",
            "websites": ["https://example.org/~alice"],
        },
        "example.com:202": {"handle": "Mary Sue", "display_name": "Mary Sue", "url": "https://example.com/mary-sue", "bio": None},
    },
}
