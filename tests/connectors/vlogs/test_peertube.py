"""The PeerTube connector: what is listed, how videos stand, their comments, and what is gone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest

from connectors.extraction import Extraction
from connectors.settings import Limits
from connectors.source import Tombstone, Window
from connectors.vlogs.peertube import SOURCE
from tests.conftest import WINDOW, collect
from tests.connectors.reading import cursor, notes, records, tombstones, until_failure, young

Make = Callable[..., Extraction]
BASE = "https://tube.example"
NEXT = Window(WINDOW.end, WINDOW.end + timedelta(days=1))
ADA = {"url": f"{BASE}/accounts/ada", "name": "ada", "host": "tube.example", "followersCount": 3, "followingCount": 1}
CHANNEL = {
    "url": f"{BASE}/video-channels/brews", "name": "brews", "host": "tube.example", "followersCount": 40, "followingCount": 0,
    "ownerAccount": ADA,
}  # fmt: skip


class Tube:
    """One instance with one channel."""

    def __init__(self) -> None:
        self.videos: dict[str, dict[str, Any]] = {}
        self.comments: dict[str, list[dict[str, Any]]] = {}
        self.asked: list[httpx.URL] = []
        self.page_size = 100
        self.followers: list[Any] = []
        self.refusal: httpx.Response | None = None

    def add(self, uuid: str, at: str, **more: Any) -> None:
        self.videos[uuid] = {
            "uuid": uuid, "url": f"{BASE}/videos/watch/{uuid}", "name": f"Video {uuid}", "publishedAt": at, "views": 10, "likes": 1,
            "comments": 0, "channel": CHANNEL, "account": ADA, **more,
        }  # fmt: skip

    def comment(self, uuid: str, number: int, at: str, above: int | None = None, **more: Any) -> None:
        account = {"url": f"{BASE}/accounts/bo", "name": "bo", "host": "tube.example", "followersCount": 0}
        comment = {
            "id": number, "url": f"{BASE}/comments/{number}", "text": f"<p>Said {number}</p>", "createdAt": at, "isDeleted": False,
            "inReplyToCommentId": above, "totalReplies": 0, "account": account, **more,
        }  # fmt: skip
        self.comments.setdefault(uuid, []).append(comment)
        self.videos[uuid]["comments"] = len(self.comments[uuid])
        for one in self.comments[uuid]:
            one["totalReplies"] += one["id"] == above

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request.url)
        path, query = request.url.path.removeprefix("/api/v1"), request.url.params
        parts = path.strip("/").split("/")
        if path in ("/search/videos", "/video-channels/brews/videos"):
            rows = sorted(self.videos.values(), key=lambda video: str(video["publishedAt"]), reverse=True)
            rows = [video for video in rows if query.get("search", "").lower() in str(video["name"]).lower()]
            return self.listed(rows, query)
        if path == "/video-channels/brews/followers":
            assert not request.url.path.startswith("/api/")
            assert request.headers["accept"] == "application/activity+json"
            first = int(query["page"]) * 10 - 10
            rest = {"next": "more"} if len(self.followers) > first + 10 else {}
            return self.refusal or httpx.Response(200, json={"orderedItems": self.followers[first : first + 10], **rest})
        if path == "/video-channels/brews":
            return httpx.Response(200, json=CHANNEL)
        if path == "/config":
            return httpx.Response(200, json={"serverVersion": "7.1.0", "instance": {"name": "Tube"}})
        if parts[0] == "videos" and parts[1] in self.videos:
            below = self.comments.get(parts[1], [])
            if parts[2:] == ["comment-threads"]:
                return self.listed([one for one in below if one["inReplyToCommentId"] is None], query)
            if len(parts) == 4:
                return httpx.Response(200, json=self.tree(int(parts[3]), below))
            return httpx.Response(200, json=self.videos[parts[1]])
        return httpx.Response(404, json={"status": 404, "detail": "Video not found"})

    def listed(self, rows: list[dict[str, Any]], query: httpx.QueryParams) -> httpx.Response:
        first = int(query["start"])
        return httpx.Response(200, json={"total": len(rows), "data": rows[first : first + int(query["count"])]})

    def tree(self, number: int, below: list[dict[str, Any]]) -> dict[str, Any]:
        [comment] = [one for one in below if one["id"] == number]
        return {"comment": comment, "children": [self.tree(one["id"], below) for one in below if one["inReplyToCommentId"] == number]}


@pytest.fixture
def tube() -> Tube:
    tube = Tube()
    tube.add("a1", "2026-09-10T08:00:00Z", name="Morrowbean, a week in")
    tube.add("a2", "2026-09-11T08:00:00Z")
    tube.add("old", "2026-06-01T08:00:00Z")
    tube.add("later", "2026-10-01T08:00:00Z")
    tube.comment("a1", 1, "2026-09-10T09:00:00Z")
    tube.comment("a1", 2, "2026-09-10T10:00:00Z", above=1)
    tube.comment("a1", 3, "2026-09-10T11:00:00Z", above=2)
    return tube


async def test_a_channel_is_read_with_its_comments_and_authors(tube: Tube, extraction: Make) -> None:
    pages = await collect(SOURCE.fetch(extraction(SOURCE, tube, base_url=BASE, accounts=("brews",), terms=())))
    videos = records(pages, "videos")
    assert set(videos) == {f"{BASE}/videos/watch/a1", f"{BASE}/videos/watch/a2"}
    assert videos[f"{BASE}/videos/watch/a1"].payload["channel"] == {"url": CHANNEL["url"]}
    comments = records(pages, "comments")
    assert {one.payload["id"]: one.payload["in_reply_to_url"] for one in comments.values()} == {
        1: None,
        2: f"{BASE}/comments/1",
        3: f"{BASE}/comments/2",
    }
    accounts = records(pages, "accounts")
    assert set(accounts) == {CHANNEL["url"], ADA["url"], f"{BASE}/accounts/bo"}
    assert accounts[str(CHANNEL["url"])].payload["owner"] == {"url": ADA["url"]}
    assert cursor(pages) == {"until": {"@brews": WINDOW.end.isoformat()}, "comments": {"a1": 3, "a2": 0}, "followers": {CHANNEL["url"]: 40}}


async def test_a_term_is_searched_for_in_the_window(tube: Tube, extraction: Make) -> None:
    pages = await collect(SOURCE.fetch(extraction(SOURCE, tube, base_url=BASE, terms=("Morrowbean",))))
    assert set(records(pages, "videos")) == {f"{BASE}/videos/watch/a1"}
    [search] = [url.params for url in tube.asked if url.path.endswith("/search/videos")]
    assert (search["searchTarget"], search["startDate"][:10], search["endDate"][:10]) == ("local", "2026-09-01", "2026-10-01")


async def test_the_next_night_sees_counts_deletions_and_new_comments(tube: Tube, extraction: Make) -> None:
    first = await collect(SOURCE.fetch(extraction(SOURCE, tube, base_url=BASE, accounts=("brews",), terms=())))
    del tube.videos["a2"]
    tube.videos["a1"]["views"] = 99
    tube.comments["a1"][1] |= {"isDeleted": True, "text": "", "account": None}
    tube.comment("a1", 4, "2026-10-01T07:00:00Z")
    known = [*young(first, "videos"), *young(first, "comments")]
    again = extraction(SOURCE, tube, base_url=BASE, accounts=("brews",), terms=(), window=NEXT, cursor=cursor(first), young=known)
    second = await collect(SOURCE.fetch(again))
    assert records(second, "videos")[f"{BASE}/videos/watch/a1"].payload["views"] == 99
    assert f"{BASE}/videos/watch/later" in records(second, "videos")
    assert f"{BASE}/comments/4" in records(second, "comments")
    assert set(tombstones(second)) == {
        Tombstone("videos", f"{BASE}/videos/watch/a2"),
        Tombstone("comments", f"{BASE}/comments/2"),
    }


async def test_comments_are_read_again_only_where_their_number_changed(tube: Tube, extraction: Make) -> None:
    first = await collect(SOURCE.fetch(extraction(SOURCE, tube, base_url=BASE, accounts=("brews",), terms=())))
    tube.asked.clear()
    again = extraction(
        SOURCE, tube, base_url=BASE, accounts=("brews",), terms=(), window=NEXT, cursor=cursor(first), young=young(first, "videos")
    )
    await collect(SOURCE.fetch(again))
    assert not [url for url in tube.asked if "comment-threads" in url.path]


async def test_a_comment_that_is_purged_is_gone(tube: Tube, extraction: Make) -> None:
    first = await collect(SOURCE.fetch(extraction(SOURCE, tube, base_url=BASE, accounts=("brews",), terms=())))
    tube.comments["a1"] = tube.comments["a1"][:1]
    tube.comments["a1"][0]["totalReplies"] = 0
    tube.videos["a1"]["comments"] = 1
    known = [*young(first, "videos"), *young(first, "comments")]
    again = extraction(SOURCE, tube, base_url=BASE, accounts=("brews",), terms=(), window=NEXT, cursor=cursor(first), young=known)
    assert set(tombstones(await collect(SOURCE.fetch(again)))) == {
        Tombstone("comments", f"{BASE}/comments/2"),
        Tombstone("comments", f"{BASE}/comments/3"),
    }


async def test_one_name_that_is_not_there_does_not_keep_the_others_back(tube: Tube, extraction: Make) -> None:
    job = extraction(SOURCE, tube, base_url=BASE, accounts=("nobody", "brews"), terms=())
    pages, error = await until_failure(SOURCE.fetch(job))
    assert len(records(pages, "videos")) == 2
    assert "@nobody" in error
    assert "Video not found" in error


async def test_a_list_that_is_cut_says_so(tube: Tube, extraction: Make) -> None:
    for number in range(150):
        tube.add(f"n{number}", "2026-09-12T08:00:00Z")
    job = extraction(SOURCE, tube, base_url=BASE, accounts=("brews",), terms=(), limits=Limits(requests_per_second=1000, max_pages=1))
    assert "@brews: more than limits.max_pages allows" in notes(await collect(SOURCE.fetch(job)))


@pytest.mark.parametrize("row", ["text", {}, {"uuid": 7}, None])
async def test_what_is_no_video_is_kept_with_its_reason(row: Any, extraction: Make) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/videos"):
            return httpx.Response(200, json={"total": 1, "data": [row]})
        return httpx.Response(200, json=CHANNEL)

    pages = await collect(SOURCE.fetch(extraction(SOURCE, answer, base_url=BASE, accounts=("brews",), terms=())))
    [rejected] = [rejected for page in pages for rejected in page.rejected]
    assert "a video without uuid" in rejected.reason


@pytest.mark.parametrize(
    "video", ["text", {"uuid": "a1"}, {"url": 7}, [], {"url": f"{BASE}/v", "comments": "many", "channel": 3, "publishedAt": 5}]
)
async def test_hostile_types_break_nothing(video: Any, extraction: Make) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/comment-threads"):
            return httpx.Response(200, json={"data": ["text", {"url": 3}, {"url": "https://x.example/1", "account": 7, "createdAt": 9}]})
        if request.url.path.endswith("brews/videos"):
            return httpx.Response(200, json={"total": 1, "data": [{"uuid": "a1"}]})
        return httpx.Response(200, json=video if "/videos/a1" in request.url.path else CHANNEL)

    pages = await collect(SOURCE.fetch(extraction(SOURCE, answer, base_url=BASE, accounts=("brews",), terms=())))
    assert [rejected for page in pages for rejected in page.rejected]


async def test_comments_that_are_not_shown_are_noted_and_tried_again(tube: Tube, extraction: Make) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(403, json={"detail": "Not here"}) if "comment-threads" in request.url.path else tube(request)

    pages = await collect(SOURCE.fetch(extraction(SOURCE, answer, base_url=BASE, accounts=("brews",), terms=())))
    assert "comments were not read" in notes(pages)
    assert len(records(pages, "videos")) == 2
    assert cursor(pages)["comments"] == {"a1": -1, "a2": 0}


async def test_check_names_the_instance(tube: Tube, extraction: Make) -> None:
    assert await SOURCE.check(extraction(SOURCE, tube, base_url=BASE)) == "Tube (PeerTube 7.1.0)"


async def test_followers_are_told_as_other_servers_are_and_again_when_their_number_changed(tube: Tube, extraction: Make) -> None:
    tube.followers = [f"https://pond.example/users/u{number}" for number in range(11)] + [f"{BASE}/accounts/bo", None]
    settings: dict[str, Any] = {"base_url": BASE, "accounts": ("brews@tube.example", "far@other.example"), "terms": ()}
    pages, failure = await until_failure(SOURCE.fetch(extraction(SOURCE, tube, **settings)))
    assert "@far@other.example" in failure, "its videos are not there"
    assert "followers of @far@other.example were not read: its own instance tells them" in notes(pages)
    follows = records(pages, "follows")
    assert set(follows) == {f"{follower} {CHANNEL['url']}" for follower in tube.followers if follower}
    assert follows[f"{BASE}/accounts/bo {CHANNEL['url']}"].payload == {
        "follower": {"url": f"{BASE}/accounts/bo"}, "followed": {"url": CHANNEL["url"]}
    }  # fmt: skip
    settings["accounts"] = ("brews",)
    again = await collect(SOURCE.fetch(extraction(SOURCE, tube, **settings, window=NEXT, cursor=cursor(pages))))
    assert not records(again, "follows"), "as many as before"
    fewer = {**cursor(pages), "followers": {CHANNEL["url"]: 39}}
    changed = await collect(SOURCE.fetch(extraction(SOURCE, tube, **settings, window=NEXT, cursor=fewer)))
    assert set(records(changed, "follows")) == set(follows)
    cut = await collect(SOURCE.fetch(extraction(SOURCE, tube, **settings, limits=Limits(max_pages=1))))
    assert len(records(cut, "follows")) == 10
    assert "followers of @brews: more than limits.max_pages allows; the rest was not read" in notes(cut)


@pytest.mark.parametrize(
    "refusal", [httpx.Response(401), httpx.Response(200, text="<html>"), httpx.Response(200, json={"orderedItems": None})]
)
async def test_a_list_that_is_not_shown_is_noted_and_asked_for_again(tube: Tube, extraction: Make, refusal: httpx.Response) -> None:
    tube.refusal = refusal
    settings: dict[str, Any] = {"base_url": BASE, "accounts": ("brews",), "terms": (), "limits": Limits(attempts=1)}
    pages = await collect(SOURCE.fetch(extraction(SOURCE, tube, **settings)))
    assert f"followers of @brews were not read: {BASE}/video-channels/brews/followers is no list of them for guests" in notes(pages)
    assert cursor(pages)["followers"] == {}
