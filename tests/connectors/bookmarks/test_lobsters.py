"""The Lobsters connector: what of the newest list is kept, which threads are read, and what is gone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from connectors.bookmarks.lobsters import SOURCE
from connectors.extraction import Extraction
from connectors.settings import Limits
from connectors.source import SourceError, Tombstone, Window
from tests.conftest import WINDOW, collect
from tests.connectors.reading import cursor, notes, records, tombstones, until_failure, young

Make = Callable[..., Extraction]
NEXT = Window(WINDOW.end, WINDOW.end + timedelta(days=1))


class FakeSite:
    """The newest stories, 25 on a page, their threads and the accounts; `merged` stories lead to others."""

    def __init__(self) -> None:
        self.stories: dict[str, dict[str, Any]] = {}
        self.comments: dict[str, list[Any]] = {}
        self.merged: dict[str, str] = {}
        self.users: dict[str, Any] = {}
        self.broken: dict[str, httpx.Response] = {}
        self.asked: list[str] = []
        self.added = 0

    def add(self, by: str, at: str, title: str = "a story", **more: Any) -> str:
        self.added += 1
        short_id = f"s{self.added:05}"
        story = {"short_id": short_id, "created_at": f"{at}:00.000-05:00", "title": title, "url": "", "score": 1, "comment_count": 0}
        self.stories[short_id] = {**story, "description": "", "submitter_user": by, "tags": ["web"], **more}
        self.users.setdefault(by, {"username": by, "karma": 5})
        return short_id

    def reply(self, short_id: str, by: str, at: str, **more: Any) -> str:
        replies = self.comments.setdefault(short_id, [])
        comment_id = f"{short_id}{len(replies)}"
        told = {"is_deleted": False, "is_moderated": False, "score": 1, "parent_comment": None, "comment": "<p>so</p>"}
        replies.append({"short_id": comment_id, "created_at": f"{at}:00.000-05:00", "commenting_user": by, **told, **more})
        self.users.setdefault(by, {"username": by, "karma": 5})
        self.stories[short_id]["comment_count"] = len(replies)
        return comment_id

    def __call__(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        self.asked.append(path)
        if path in self.broken:
            return self.broken[path]
        name = path.removesuffix(".json")
        if name.startswith("/newest"):
            first = 25 * (int(name.rpartition("/")[2] if "page" in name else 1) - 1)
            newest = sorted(self.stories.values(), key=lambda story: story["created_at"], reverse=True)
            return httpx.Response(200, json=newest[first : first + 25])
        if name.startswith("/~") and name[2:] in self.users:
            return httpx.Response(200, json=self.users[name[2:]])
        short_id = name.removeprefix("/s/")
        if short_id in self.merged:
            return httpx.Response(302, headers={"location": f"https://lobste.rs/s/{self.merged[short_id]}.json"})
        if short_id in self.stories:
            return httpx.Response(200, json={**self.stories[short_id], "comments": self.comments.get(short_id, [])})
        return httpx.Response(404, text="<html>not found</html>")

    def paths(self, part: str) -> list[str]:
        return [path for path in self.asked if path.startswith(part)]


@pytest.fixture
def site() -> FakeSite:
    return FakeSite()


@pytest.fixture
def job(extraction: Make) -> Make:
    def make(site: FakeSite, **settings: Any) -> Extraction:
        limits = settings.pop("limits", Limits(requests_per_second=1000, attempts=2))
        return extraction(SOURCE, site, limits=limits, **{"terms": (), "tags": (), **settings})

    return make


async def test_one_list_serves_terms_tags_and_accounts(site: FakeSite, job: Make) -> None:
    by_title = site.add("ada", "2026-09-10T12:00", "The Tidewell kettle", score=7)
    by_link = site.add("bo", "2026-09-11T12:00", url="https://tidewell.example/a")
    by_text = site.add("bo", "2026-09-11T13:00", description="<p>Tidewell &amp; co</p>")
    by_tag = site.add("cy", "2026-09-12T12:00", tags=["tea"])
    by_account = site.add("dee", "2026-09-13T12:00")
    site.add("eve", "2026-09-14T12:00", "my Tidewellness", tags=["teapot"])
    for outside in ("2026-08-31T18:59", "2026-09-30T19:00"):
        site.add("dee", outside, "Tidewell")
    settings: dict[str, Any] = {"terms": ("tidewell",), "tags": ("tea",), "accounts": ("dee",)}
    pages = await collect(SOURCE.fetch(job(site, **settings)))
    found = records(pages, "stories")
    assert set(found) == {f"lobste.rs:s/{story}" for story in (by_title, by_link, by_text, by_tag, by_account)}
    kept = found[f"lobste.rs:s/{by_title}"]
    assert kept.payload == {**site.stories[by_title], "site": "lobste.rs"}
    assert kept.published_at == datetime(2026, 9, 10, 17, tzinfo=UTC)
    assert set(records(pages, "users")) == {f"lobste.rs:{name}" for name in ("ada", "bo", "cy", "dee")}
    assert site.paths("/newest") == ["/newest.json"], "it reaches back beyond the window"
    assert not site.paths("/s/"), "nobody commented"
    everything = records(await collect(SOURCE.fetch(job(site, tags=("*",)))), "stories")
    assert len(everything) == 6


async def test_threads_are_read_where_comments_changed(site: FakeSite, job: Make) -> None:
    busy, calm = site.add("ada", "2026-09-10T12:00"), site.add("ada", "2026-09-11T12:00")
    first = site.reply(busy, "bo", "2026-09-10T13:00")
    below = site.reply(busy, "cy", "2026-09-10T14:00", parent_comment=first)
    vanishing = site.reply(busy, "cy", "2026-09-10T15:00")
    site.reply(calm, "bo", "2026-09-11T13:00")
    site.reply(busy, "bo", "2026-10-01T09:00")
    pages = await collect(SOURCE.fetch(job(site, accounts=("ada",))))
    comments = records(pages, "comments")
    assert set(comments) == {f"lobste.rs:c/{one}" for one in (first, below, vanishing, f"{calm}0")}
    assert comments[f"lobste.rs:c/{below}"].payload["story"] == busy
    assert set(records(pages, "users")) == {"lobste.rs:ada", "lobste.rs:bo", "lobste.rs:cy"}
    site.comments[busy][0] |= {"is_deleted": True, "comment": "<em>removed</em>"}
    site.comments[busy][1] |= {"is_moderated": True, "is_deleted": True}
    del site.comments[busy][2]
    site.stories[busy] |= {"comment_count": 1, "score": 30, "title": "edited"}
    site.asked.clear()
    again = [*young(pages, "stories"), *young(pages, "comments")]
    second = await collect(SOURCE.fetch(job(site, accounts=("ada",), window=NEXT, cursor=cursor(pages), young=again)))
    assert site.paths("/s/") == [f"/s/{busy}.json"]
    assert site.paths("/~") == ["/~ada.json"], "the others' profiles are young"
    assert records(second, "stories")[f"lobste.rs:s/{busy}"].payload["score"] == 30
    assert set(tombstones(second)) == {
        Tombstone("comments", f"lobste.rs:c/{first}"),
        Tombstone("comments", f"lobste.rs:c/{below}", "hidden"),
        Tombstone("comments", f"lobste.rs:c/{vanishing}"),
    }
    third = await collect(SOURCE.fetch(job(site, accounts=("ada",), window=NEXT, cursor=cursor(second))))
    assert not [path for path in site.asked[site.asked.index("/~ada.json") + 1 :] if path.startswith("/s/")]
    assert not tombstones(third)


async def test_stories_that_left_the_list_are_gone_or_merged(site: FakeSite, job: Make) -> None:
    deleted, merged, target = (site.add("ada", f"2026-09-2{day}T12:00") for day in range(3))
    first = await collect(SOURCE.fetch(job(site, accounts=("ada",))))
    del site.stories[deleted], site.stories[merged]
    site.merged[merged] = target
    moved = site.reply(target, "bo", "2026-09-22T13:00")
    new = site.add("ada", "2026-09-30T20:00", "of the new window")
    night = job(site, accounts=("ada",), window=NEXT, cursor=cursor(first), young=young(first, "stories"))
    second = await collect(SOURCE.fetch(night))
    assert set(tombstones(second)) == {
        Tombstone("stories", f"lobste.rs:s/{deleted}"),
        Tombstone("stories", f"lobste.rs:s/{merged}", "hidden"),
    }
    assert f"lobste.rs:c/{moved}" in records(second, "comments")
    assert set(records(second, "stories")) == {f"lobste.rs:s/{target}", f"lobste.rs:s/{new}"}


async def test_the_list_is_walked_on_while_it_shows_young_stories(site: FakeSite, job: Make) -> None:
    for day in range(1, 31):
        for hour in range(10, 14):
            site.add("ada", f"2026-09-{day:02}T{hour}:00")
    first = await collect(SOURCE.fetch(job(site, accounts=("ada",))))
    assert len(records(first, "stories")) == 120
    assert len(site.paths("/newest")) == 6, "five pages, and the empty one after them"
    site.asked.clear()
    known = young(first, "stories")
    few = [known[0], known[-1]]
    await collect(SOURCE.fetch(job(site, accounts=("ada",), window=NEXT, cursor=cursor(first), young=few)))
    assert len(site.paths("/newest")) == 1
    assert len(site.paths("/s/")) == 1, "one of the two is on the first page"
    site.asked.clear()
    second = await collect(SOURCE.fetch(job(site, accounts=("ada",), window=NEXT, cursor=cursor(first), young=known)))
    assert len(records(second, "stories")) == 120
    assert not site.paths("/s/")


async def test_the_budget_is_kept_and_what_is_left_is_told(site: FakeSite, job: Make) -> None:
    for day in range(10, 30):
        site.reply(site.add("ada", f"2026-09-{day}T12:00"), f"user{day}", f"2026-09-{day}T13:00")
    limits = Limits(requests_per_second=1000, budget=6)
    pages = await collect(SOURCE.fetch(job(site, accounts=("ada",), limits=limits)))
    assert len(site.asked) == 6
    assert "16 stories' comments were left for another night: 6 requests were spent" in notes(pages)
    assert "the profiles of 5 authors were left" in notes(pages)
    second = await collect(
        SOURCE.fetch(job(site, accounts=("ada",), limits=limits, window=NEXT, cursor=cursor(pages), young=young(pages, "stories")))
    )
    assert not set(records(second, "comments")) & set(records(pages, "comments")), "the next night goes on with the others"
    for day in range(10, 30):
        site.add("bo", f"2026-09-{day}T20:00")
    cut = await collect(SOURCE.fetch(job(site, accounts=("ada",), limits=Limits(requests_per_second=1000, budget=1))))
    assert "was not read to its end" in notes(cut)
    assert cursor(cut)["until"] == {}


async def test_profiles_embedded_by_older_sites_become_records(site: FakeSite, job: Make) -> None:
    user = {"username": "ada", "karma": 3}
    story = site.add("ada", "2026-09-10T12:00", submitter_user=user)
    site.users.clear()
    pages = await collect(SOURCE.fetch(job(site, accounts=("ada", "nobody"), base_url="https://sister.example/")))
    assert records(pages, "stories")[f"sister.example:s/{story}"].payload["submitter_user"] == "ada"
    assert records(pages, "users")["sister.example:ada"].payload == {**user, "site": "sister.example"}
    assert "sister.example has no account 'nobody'" in notes(pages)


async def test_one_failing_thread_does_not_lose_the_others(site: FakeSite, job: Make) -> None:
    good, bad = (site.add("ada", f"2026-09-1{day}T12:00") for day in range(2))
    reply, _ = (site.reply(story, "bo", "2026-09-20T12:00") for story in (good, bad))
    site.broken[f"/s/{bad}.json"] = httpx.Response(403, text="no")
    pages, failure = await until_failure(SOURCE.fetch(job(site, accounts=("ada",))))
    assert failure.startswith(f"Not read: {bad} (https://lobste.rs/s/{bad}.json answered 403")
    assert set(records(pages, "comments")) == {f"lobste.rs:c/{reply}"}


async def test_too_many_requests_end_the_night(site: FakeSite, job: Make) -> None:
    site.broken["/newest.json"] = httpx.Response(429, text="slow down", headers={"retry-after": "3600"})
    with pytest.raises(SourceError, match="run again after that"):
        await collect(SOURCE.fetch(job(site, accounts=("ada",))))


@pytest.mark.parametrize("body", ["<html>", "{}", '"text"', "7"])
async def test_answers_that_are_no_list(site: FakeSite, job: Make, body: str) -> None:
    site.broken["/newest.json"] = httpx.Response(200, text=body)
    with pytest.raises(SourceError, match=r"lobste\.rs/newest\.json"):
        await collect(SOURCE.fetch(job(site, accounts=("ada",))))


async def test_hostile_items_are_rejected_with_a_reason(site: FakeSite, job: Make) -> None:
    odd: list[Any] = [None, 5, "text", [], {}, {"short_id": 7}, {"short_id": "../~root"}]
    story = site.add("ada", "2026-09-10T12:00")
    site.reply(story, "bo", "2026-09-10T13:00")
    site.comments[story] += odd
    site.stories[story]["comment_count"] = "many"
    undated = {"short_id": "nodate", "submitter_user": ["x"], "tags": "web", "comment_count": 1, "created_at": 12}
    site.broken["/newest.json"] = httpx.Response(200, json=[*odd, site.stories[story], undated])
    site.broken["/s/nodate.json"] = httpx.Response(200, json={**undated, "comments": "none"})
    site.broken["/~ada.json"] = httpx.Response(200, json=[])
    known = young(await collect(SOURCE.fetch(job(site, tags=("*",)))), "stories")
    pages = await collect(SOURCE.fetch(job(site, tags=("*",), young=known)))
    assert set(records(pages, "stories")) == {f"lobste.rs:s/{story}", "lobste.rs:s/nodate"}
    assert records(pages, "stories")["lobste.rs:s/nodate"].payload["submitter_user"] is None
    rejected = [one for page in pages for one in page.rejected]
    assert [one.payload for one in rejected if one.entity == "stories"] == odd
    assert not [path for path in site.asked if "root" in path]


async def test_check_names_the_newest_story(site: FakeSite, job: Make) -> None:
    assert await SOURCE.check(job(site)) == "no stories"
    site.add("ada", "2026-09-10T12:00", "Tidewell")
    assert await SOURCE.check(job(site)) == "newest story: Tidewell"
