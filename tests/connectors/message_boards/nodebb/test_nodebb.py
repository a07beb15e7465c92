"""The NodeBB connector: which topics are read how far, what is seen again, and what is gone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from connectors.extraction import Extraction
from connectors.message_boards.nodebb.source import SOURCE
from connectors.settings import Limits
from connectors.source import Known, Tombstone, Window
from tests.conftest import WINDOW, collect
from tests.connectors.message_boards.nodebb.fake_nodebb import BASE, HOST, FakeForum
from tests.connectors.reading import cursor, notes, records, tombstones, until_failure, young

Make = Callable[..., Extraction]
NEXT = Window(WINDOW.end, WINDOW.end + timedelta(days=1))


@pytest.fixture
def job(extraction: Make) -> Make:
    def make(forum: FakeForum, **settings: Any) -> Extraction:
        limits = settings.pop("limits", Limits(requests_per_second=1000, attempts=2))
        return extraction(SOURCE, forum, limits=limits, **{"base_url": BASE, **settings})

    return make


@pytest.fixture(params=[False, True], ids=["today", "old"])
def forum(request: pytest.FixtureRequest) -> FakeForum:
    return FakeForum(is_old=request.param)


def name(pid: int) -> str:
    return f"{HOST}:{pid}"


async def test_guests_are_told_apart_by_the_name_they_left(forum: FakeForum, job: Make) -> None:
    topic = forum.open("Ada", "2026-09-02T10:00", "A topic")
    named = forum.reply(topic, "Ada", "2026-09-03T10:00", uid=-1)
    forum.users[-1] = {"uid": 0, "username": "Ivy &amp; Co", "userslug": "", "banned": False}
    nameless = forum.reply(topic, "Ada", "2026-09-03T11:00", uid=-2)
    forum.users[-2] = {"uid": 0, "username": "[[global:guest]]", "userslug": "", "banned": False}
    pages = await collect(SOURCE.fetch(job(forum)))
    posts = records(pages, "posts")
    assert (posts[name(named)].payload["user"], posts[name(nameless)].payload["user"]) == (f"{HOST}:guest:ivy & co", None)
    assert f"{HOST}:guest:ivy & co" in records(pages, "users")


async def test_the_first_night_reads_the_windows_posts(forum: FakeForum, job: Make) -> None:
    long_ago = forum.open("Ada", "2026-05-01T10:00", "An old topic")
    forum.reply(long_ago, "Ada", "2026-08-30T10:00")
    back = forum.reply(long_ago, "Bo", "2026-09-02T10:00", toPid=forum.topics[long_ago]["mainPid"], upvotes=4)
    below = forum.reply(long_ago, "Cy", "2026-09-03T10:00", toPid=back)
    late = forum.reply(long_ago, "Cy", "2026-10-01T00:00")
    fresh = forum.open("Ada", "2026-09-30T23:59", "A new topic")
    forum.open("Dee", "2026-07-01T10:00", "A silent topic")
    pages = await collect(SOURCE.fetch(job(forum)))
    main = forum.topics[fresh]["mainPid"]
    posts = records(pages, "posts")
    assert set(posts) == {name(pid) for pid in (back, below, main)}
    assert name(late) not in posts
    assert posts[name(back)].published_at == datetime(2026, 9, 2, 10, tzinfo=UTC)
    assert posts[name(back)].lookup_key == str(long_ago)
    answered, told, opened = (posts[name(pid)].payload for pid in (back, below, main))
    assert (answered["parent_post"], told["parent_post"]) == (name(forum.topics[long_ago]["mainPid"]), name(back))
    assert (opened["parent_post"], opened["is_main"], told["is_main"]) == (None, True, False)
    assert answered["user"] == f"{HOST}:{forum.users[2]['uid']}"
    assert int(answered["reply_count"]) == 1
    assert answered["topic"]["title"] == "An old topic"
    assert "viewcount" not in answered["topic"], "a reply does not change when its topic is opened"
    assert int(opened["topic"]["viewcount"]) == 9
    assert opened["category"]["name"] == "Kitchen &amp; tea"
    assert opened["container"] == f"{HOST}:1"
    assert opened["site"] == BASE
    if not forum.is_old:
        assert answered["replies"] == {"count": 1, "users": [f"{HOST}:1"]}
    users = records(pages, "users")
    assert set(users) == {f"{HOST}:1", f"{HOST}:2", f"{HOST}:3"}
    assert int(users[f"{HOST}:2"].payload["followerCount"]) == 12
    assert not {"posts", "latestPosts"} & users[f"{HOST}:2"].payload.keys()
    assert not forum.paths("/topic/3")
    assert not forum.paths("/category/")
    assert notes(pages) == ""
    assert cursor(pages) == {"until": {"*": WINDOW.end.isoformat()}}


async def test_the_second_night_sees_edits_votes_and_deletions(forum: FakeForum, job: Make) -> None:
    tid = forum.open("Ada", "2026-09-10T10:00", "A topic")
    edited, voted, deleted, removed, purged = (forum.reply(tid, "Bo", f"2026-09-1{day}T10:00") for day in range(1, 6))
    whole = forum.open("Bo", "2026-09-12T10:00", "To be deleted")
    answer = forum.reply(whole, "Ada", "2026-09-13T10:00")
    first = await collect(SOURCE.fetch(job(forum)))
    known = young(first, "posts")
    assert len(known) == 8
    forum.edit(edited, "<p>changed</p>", "2026-10-01T08:00")
    forum.posts[voted]["upvotes"] = 5
    forum.posts[deleted] |= {"deleted": True, "deleterUid": forum.user("Bo")}
    forum.posts[removed] |= {"deleted": True, "deleterUid": forum.user("Ada")}
    del forum.posts[purged]
    forum.topics[whole]["deleted"] = True
    new = forum.reply(tid, "Cy", "2026-10-01T09:00")
    forum.posts[new + 50] = forum.posts.pop(new)
    forum.posts[new + 50]["pid"] = new + 50
    second = await collect(SOURCE.fetch(job(forum, window=NEXT, cursor=cursor(first), young=known)))
    posts = records(second, "posts")
    assert set(posts) == {name(pid) for pid in (forum.topics[tid]["mainPid"], edited, voted, new + 50)}
    assert posts[name(edited)].payload["content"] == "<p>changed</p>"
    assert int(posts[name(voted)].payload["upvotes"]) == 5
    assert set(tombstones(second)) == {
        Tombstone("posts", name(deleted)),
        Tombstone("posts", name(removed), "hidden"),
        Tombstone("posts", name(purged)),
        Tombstone("posts", name(forum.topics[whole]["mainPid"])),
        Tombstone("posts", name(answer)),
    }
    assert set(records(second, "users")) == {f"{HOST}:{number}" for number in (1, 2, 3)}


async def test_moved_and_merged_posts_are_found_where_they_went(forum: FakeForum, job: Make) -> None:
    one = forum.open("Ada", "2026-09-10T10:00", "One")
    moved = forum.reply(one, "Bo", "2026-09-11T10:00")
    two = forum.open("Ada", "2026-09-12T10:00", "Two")
    merged = [forum.topics[two]["mainPid"], forum.reply(two, "Bo", "2026-09-13T10:00"), forum.reply(two, "Cy", "2026-09-14T10:00")]
    target, other = (forum.open("Dee", "2026-08-01T10:00", title) for title in ("Target", "Other"))
    first = await collect(SOURCE.fetch(job(forum)))
    forum.posts[moved]["tid"] = other
    for pid in merged[:2]:
        forum.posts[pid]["tid"] = target
    del forum.posts[merged[2]]
    forum.topics[two]["deleted"] = True
    night = job(forum, window=NEXT, cursor=cursor(first), young=young(first, "posts"), limits=Limits(requests_per_second=1000, max_pages=3))
    forum.reply(one, "Ada", "2026-10-01T10:00")
    second = await collect(SOURCE.fetch(night))
    posts = records(second, "posts")
    assert {name(pid) for pid in (moved, *merged[:2])} < set(posts)
    assert {posts[name(moved)].lookup_key, posts[name(merged[0])].lookup_key} == {str(other), str(target)}
    assert set(tombstones(second)) == {Tombstone("posts", name(merged[2]))}


async def test_a_moved_post_that_is_not_on_its_topics_pages_is_left_alone(forum: FakeForum, job: Make) -> None:
    tid = forum.open("Ada", "2026-09-10T10:00", "One")
    pid = forum.reply(tid, "Bo", "2026-09-11T10:00")
    forum.open("Ada", "2026-08-10T10:00", "Two")
    first = await collect(SOURCE.fetch(job(forum)))
    forum.posts[pid]["tid"] = 2
    forum.broken["/topic/2"] = httpx.Response(200, json={"tid": 2, "posts": []})
    second = await collect(SOURCE.fetch(job(forum, window=NEXT, cursor=cursor(first), young=young(first, "posts"))))
    assert len(forum.paths("/topic/2")) == 1
    assert not tombstones(second)


async def test_long_topics_are_read_from_their_end(forum: FakeForum, job: Make) -> None:
    tid = forum.open("Ada", "2026-01-01T10:00", "A long topic")
    for number in range(180):
        forum.reply(tid, "Bo", f"2026-0{1 + number // 30}-{1 + number % 28:02}T11:00")
    start = datetime(2026, 9, 1, tzinfo=UTC)
    new = [forum.reply(tid, "Cy", (start + timedelta(hours=hour)).isoformat()[:16]) for hour in range(30)]
    forum.open("Dee", "2026-07-01T10:00", "A silent topic")
    pages = await collect(SOURCE.fetch(job(forum)))
    assert set(records(pages, "posts")) == {name(pid) for pid in new}
    assert forum.paths(f"/topic/{tid}") == [f"/topic/{tid}", f"/topic/{tid}?page=11", f"/topic/{tid}?page=10"]
    forum.asked.clear()
    known = [Known("posts", name(new[0]), str(tid)), Known("posts", name(99), str(tid))]
    limits = Limits(requests_per_second=1000, young_days=30)
    second = await collect(SOURCE.fetch(job(forum, window=NEXT, cursor=cursor(pages), young=known, limits=limits)))
    assert set(records(second, "posts")) == {name(new[0])}
    assert tombstones(second) == [Tombstone("posts", name(99))]
    assert len(forum.paths(f"/topic/{tid}")) == 3, "nothing as old as a young post is further up"
    cut = await collect(SOURCE.fetch(job(forum, limits=Limits(requests_per_second=1000, max_pages=2))))
    assert f"topic {tid}: more pages than limits.max_pages allows" in notes(cut)
    assert len(records(cut, "posts")) == 11


async def test_categories_go_on_where_the_forums_list_ends(job: Make) -> None:
    forum = FakeForum(list_length=30)
    forum.category(2, "Below", parent=1)
    forum.category(3, "Elsewhere")
    forum.categories[4] = {"cid": 4, "name": "A link", "slug": "4/x", "parentCid": 0, "link": "https://elsewhere.example/"}
    pids = []
    for number in range(70):
        tid = forum.open("Ada", f"2026-09-{1 + number % 28:02}T10:{number % 60:02}", f"Topic {number}", cid=1 + number % 3)
        pids.append(forum.topics[tid]["mainPid"])
    forum.open("Ada", "2026-01-01T10:00", "Pinned rules", cid=3, pinned=1)
    forum.open("Ada", "2026-08-01T10:00", "Old", cid=3)
    pages = await collect(SOURCE.fetch(job(forum)))
    assert set(records(pages, "posts")) == {name(pid) for pid in pids}
    assert sorted(forum.paths("/category/")) == [
        "/category/1", "/category/1?page=2", "/category/2", "/category/2?page=2", "/category/3", "/category/3?page=2"
    ]  # fmt: skip
    assert all(request.url.params["sort"] == "newest_to_oldest" for request in forum.requests if "/category/" in request.url.path)
    forum.broken["/category/3"] = httpx.Response(401, json="not-authorized")
    fewer = await collect(SOURCE.fetch(job(forum)))
    assert "category 3 of forum.test is not shown to guests" in notes(fewer)


async def test_followed_categories_alone(forum: FakeForum, job: Make) -> None:
    forum.category(2, "Garden")
    forum.category(3, "Below", parent=2)
    tids = [forum.open("Ada", "2026-09-10T10:00", f"in {cid}", cid=cid) for cid in (1, 2, 3)]
    pages, failure = await until_failure(SOURCE.fetch(job(forum, communities=("2/garden", "77"))))
    assert set(records(pages, "posts")) == {name(forum.topics[tids[1]]["mainPid"])}
    assert cursor(pages) == {"until": dict.fromkeys(("2/garden", "77"), WINDOW.end.isoformat())}
    assert failure.startswith("Not read: 77 (category 77 of forum.test is not there")
    assert not forum.paths("/recent")
    forum.open("Bo", "2026-09-29T10:00", "within the overlap", cid=2)
    forum.open("Bo", "2026-09-30T10:00", "also", cid=2)
    second = await collect(SOURCE.fetch(job(forum, communities=("2/garden",), window=NEXT, cursor=cursor(pages))))
    assert {record.payload["topic"]["title"] for record in records(second, "posts").values()} == {"also"}


async def test_lists_longer_than_a_night_may_read(job: Make) -> None:
    forum = FakeForum()
    for number in range(45):
        forum.open("Ada", f"2026-09-{1 + number % 28:02}T10:00", f"Topic {number}")
    pages = await collect(SOURCE.fetch(job(forum, limits=Limits(requests_per_second=1000, max_pages=1))))
    assert "the list of topics: more pages than limits.max_pages allows" in notes(pages)


async def test_check_names_the_newest_topic(forum: FakeForum, job: Make) -> None:
    assert await SOURCE.check(job(forum, base_url=f"{BASE}/api/")) == "no topics"
    forum.open("Ada", "2026-09-10T12:00", "Tidewell")
    assert await SOURCE.check(job(forum)) == "newest topic: Tidewell"


def old(*pids: int, tid: int) -> list[Known]:
    return [Known("posts", name(pid), str(tid), is_old=True) for pid in pids]


async def test_old_posts_cost_one_call_a_topic_and_one_for_each_that_its_first_page_does_not_show(forum: FakeForum, job: Make) -> None:
    tid, target = (forum.open("Ada", "2026-02-01T10:00", title) for title in ("Long", "Target"))
    pids = [forum.reply(tid, "Bo", f"2026-02-02T10:{number:02}") for number in range(45)]
    shown, there, deleted, removed, purged, moved = pids[0], *pids[30:35]
    forum.posts[deleted] |= {"deleted": True, "deleterUid": forum.user("Bo")}
    forum.posts[removed] |= {"deleted": True, "deleterUid": forum.user("Ada")}
    forum.posts[moved]["tid"] = target
    del forum.posts[purged]
    due = old(shown, there, deleted, removed, purged, moved, tid=tid)
    night = job(forum, window=NEXT, cursor={"until": {"*": WINDOW.end.isoformat()}}, young=due)
    pages = await collect(SOURCE.fetch(night))
    assert set(records(pages, "posts")) == {name(shown)}
    assert {known.native_id for page in pages for known in page.still} == {name(there), name(moved)}
    assert set(tombstones(pages)) == {
        Tombstone("posts", name(deleted)),
        Tombstone("posts", name(removed), "hidden"),
        Tombstone("posts", name(purged)),
    }
    assert forum.paths("/topic/") == [f"/topic/{tid}"]
    assert len(forum.paths(f"/{there}")) == (2 if forum.is_old else 1), "old forums are asked as those of today are, once a night"
    assert len(forum.paths("/v3/posts/")) == (1 if forum.is_old else 5)


async def test_old_posts_of_a_topic_that_is_gone(forum: FakeForum, job: Make) -> None:
    gone, target = (forum.open("Ada", "2026-02-01T10:00", title) for title in ("Gone", "Target"))
    left, moved = (forum.reply(gone, "Bo", f"2026-02-0{day}T10:00") for day in (2, 3))
    forum.topics[gone]["deleted"] = True
    forum.posts[moved]["tid"] = target
    pages = await collect(SOURCE.fetch(job(forum, window=NEXT, young=old(left, moved, tid=gone))))
    assert tombstones(pages) == [Tombstone("posts", name(left))]
    assert [known.native_id for page in pages for known in page.still] == [name(moved)]


async def test_a_forum_that_tells_of_no_post_by_its_number_loses_none(forum: FakeForum, job: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    tid = forum.open("Ada", "2026-02-01T10:00", "Long")
    pids = [forum.reply(tid, "Bo", f"2026-02-02T10:{number:02}") for number in range(25)]
    for kind in ("_v3", "_post"):
        monkeypatch.setattr(forum, kind, lambda rest, page: None)
    pages = await collect(SOURCE.fetch(job(forum, window=NEXT, young=old(pids[-1], tid=tid))))
    assert tombstones(pages) == []
    assert [known.native_id for page in pages for known in page.still] == [name(pids[-1])]
