"""The Discourse connector: the newest posts, searches, accounts, what becomes of young posts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from connectors.extraction import Extraction
from connectors.message_boards.discourse.source import SOURCE
from connectors.settings import Limits
from connectors.source import Known, Window
from tests.conftest import WINDOW, collect
from tests.connectors.message_boards.discourse.fake_discourse import BASE, FakeDiscourse
from tests.connectors.reading import cursor, notes, records, tombstones, young

Make = Callable[..., Extraction]
NEXT = Window(WINDOW.end, WINDOW.end + timedelta(days=1))


@pytest.fixture
def forum() -> FakeDiscourse:
    return FakeDiscourse()


@pytest.fixture
def job(extraction: Make) -> Make:
    def make(forum: Any, **settings: Any) -> Extraction:
        limits = settings.pop("limits", Limits(requests_per_second=1000, attempts=2))
        return extraction(SOURCE, forum, limits=limits, **({"base_url": BASE, "terms": ()} | settings))

    return make


def ids(*numbers: int) -> set[str]:
    return {f"forum.test:{number}" for number in numbers}


async def test_a_whole_forum_gives_posts_with_their_topic_and_authors(forum: FakeDiscourse, job: Make) -> None:
    topic = forum.topic()
    old = forum.post("eve", topic, "2026-07-01T10:00")
    new = forum.post("ada", topic, "2026-09-10T10:00", "<p>my kettle</p>")
    forum.post("bo", topic, "2026-10-01T00:00")
    pages = await collect(SOURCE.fetch(job(forum, communities=("*",), terms=("kettle",))))
    posts = records(pages, "posts")
    assert set(posts) == ids(old, new), "the topic's first post too, nothing of after the night"
    assert posts[f"forum.test:{new}"].published_at == datetime(2026, 9, 10, 10, tzinfo=UTC)
    assert posts[f"forum.test:{new}"].lookup_key == str(topic)
    payload, opening = posts[f"forum.test:{new}"].payload, posts[f"forum.test:{old}"].payload
    assert payload["topic"] == {"id": 1, "title": "Which kettle?", "slug": "which-kettle", "category_id": 5, "category_name": "Gear"}
    assert opening["topic"]["views"] == 10
    assert (payload["user_id"], payload["opening_post_id"], opening["opening_post_id"]) == (2, old, None)
    assert not {"username", "name", "avatar_template", "raw"} & payload.keys()
    assert records(pages, "users")["forum.test:u/2"].payload["profile_view_count"] == 7
    assert set(records(pages, "users")) == {"forum.test:u/1", "forum.test:u/2"}
    assert not forum.paths("/search"), "the whole forum is read anyway"
    assert cursor(pages) == {"post": new, "until": {"/*": WINDOW.end.isoformat(), "answers": WINDOW.end.isoformat()}}


async def test_a_category_holds_those_below_it(forum: FakeDiscourse, job: Make) -> None:
    posts = [forum.post("ada", forum.topic(category), "2026-09-10T10:00") for category in (5, 6, 7)]
    for name, wanted in (("gear", posts[:2]), ("gear/kettles", posts[1:2]), ("kettles", posts[1:2]), ("7", posts[2:])):
        pages = await collect(SOURCE.fetch(job(forum, communities=(name,))))
        assert set(records(pages, "posts")) == ids(*wanted), name


async def test_the_newest_posts_are_read_back_to_the_window_and_later_to_the_overlap(forum: FakeDiscourse, job: Make) -> None:
    forum.page_size = 2
    topics = [forum.topic() for _ in range(6)]
    posts = [forum.post("ada", topic, f"2026-08-{28 + place:02}T10:00", id=1000 + 300 * place) for place, topic in enumerate(topics[:4])]
    pages = await collect(SOURCE.fetch(job(forum, communities=("*",), window=Window(datetime(2026, 8, 30, tzinfo=UTC), WINDOW.start))))
    assert set(records(pages, "posts")) == ids(*posts[2:])
    new = forum.post("bo", topics[4], "2026-09-01T10:00", id=2200)
    forum.asked.clear()
    night = Window(WINDOW.start, WINDOW.start + timedelta(days=1))
    again = await collect(SOURCE.fetch(job(forum, communities=("*",), window=night, cursor=cursor(pages))))
    assert set(records(again, "posts")) == ids(new, *posts[2:])
    assert [request.url.params.get("before") for request in forum.asked if request.url.path == "/posts.json"] == [None, "1899"]
    assert cursor(again)["post"] == 2200


async def test_a_gap_of_private_posts_does_not_end_an_old_forums_list(job: Make) -> None:
    forum = FakeDiscourse()
    topic = forum.topic()
    posts = [forum.post("ada", topic, "2026-09-02T10:00", id=10), forum.post("bo", topic, "2026-09-03T10:00", id=200)]

    def windowed(request: httpx.Request) -> httpx.Response:
        answer = forum(request)
        if request.url.path != "/posts.json":
            return answer
        before = int(request.url.params.get("before", 200))
        return httpx.Response(200, json={"latest_posts": [one for one in answer.json()["latest_posts"] if before - 50 < one["id"]]})

    pages = await collect(SOURCE.fetch(job(windowed, communities=("*",))))
    assert set(records(pages, "posts")) == ids(*posts)


async def test_more_posts_than_pages_allow_is_told(forum: FakeDiscourse, job: Make) -> None:
    forum.page_size = 1
    topic = forum.topic()
    for day in range(10, 20):
        forum.post("ada", topic, f"2026-09-{day}T10:00")
    pages = await collect(SOURCE.fetch(job(forum, communities=("*",), limits=Limits(requests_per_second=1000, max_pages=3))))
    assert "more new posts than limits.max_pages allows" in notes(pages)


async def test_a_term_finds_topics_and_reads_what_is_new_in_them(forum: FakeDiscourse, job: Make) -> None:
    topic, other = forum.topic(), forum.topic()
    opening = forum.post("eve", topic, "2026-03-01T10:00", "<p>tidewell</p>")
    for day in range(1, 31):
        forum.post("ada", topic, f"2026-06-{day:02}T10:00")
    middle = [forum.post("cy", topic, f"2026-09-{day:02}T10:00") for day in range(2, 28)]
    named = forum.post("bo", topic, "2026-09-28T10:00", "<p>my Tidewell</p>")
    elsewhere = forum.post("bo", other, "2026-09-03T10:00")
    pages = await collect(SOURCE.fetch(job(forum, terms=("tidewell",))))
    found = set(records(pages, "posts"))
    assert ids(opening, *middle, named) <= found
    assert not ids(elsewhere) & found
    assert len(forum.paths(f"/t/{topic}/posts")) == 2, "the newest forty of those beyond the first twenty"
    assert forum.asked[1].url.params["q"] == '"tidewell" after:2026-08-31 order:latest'
    again = await collect(SOURCE.fetch(job(forum, terms=("tidewell",), cursor=cursor(pages), window=NEXT)))
    assert forum.asked[-1].url.path.startswith("/u/")
    assert cursor(again)["until"]["tidewell"] == NEXT.end.isoformat()


async def test_a_search_has_pages_and_an_end(forum: FakeDiscourse, job: Make) -> None:
    posts = [forum.post("ada", forum.topic(), "2026-09-10T10:00", "<p>tidewell</p>") for _ in range(5)]
    pages = await collect(SOURCE.fetch(job(forum, terms=("tidewell",))))
    assert set(records(pages, "posts")) == ids(*posts)
    assert len(forum.paths("/search")) == 3
    posts += [forum.post("ada", forum.topic(), "2026-09-10T10:00", "<p>tidewell</p>") for _ in range(20)]
    pages = await collect(SOURCE.fetch(job(forum, terms=("tidewell",))))
    assert len(records(pages, "posts")) == 20
    assert "'tidewell': more topics than the 10 pages" in notes(pages)


async def test_an_account_gives_its_profile_and_what_it_wrote(forum: FakeDiscourse, job: Make) -> None:
    topics = [forum.topic() for _ in range(3)]
    old = forum.post("Ada", topics[0], "2026-07-10T10:00")
    posts = [forum.post("Ada", topic, "2026-09-10T10:00") for topic in topics[1:]]
    answer = forum.post("bo", topics[1], "2026-09-11T10:00")
    pages = await collect(SOURCE.fetch(job(forum, accounts=("@Ada",))))
    assert set(records(pages, "posts")) == ids(*posts, answer)
    assert f"forum.test:{old}" not in records(pages, "posts")
    assert forum.paths("/u/") == ["/u/ada.json", "/u/bo.json"]
    assert all(request.url.params["skip_track_visit"] == "true" for request in forum.asked if request.url.path.startswith("/u/"))


async def test_answers_quotations_and_mentions_are_resolved(forum: FakeDiscourse, job: Make) -> None:
    topic, other = forum.topic(), forum.topic()
    quoted = forum.post("eve", other, "2026-01-01T10:00")
    opening = forum.post("eve", topic, "2026-01-01T10:00")
    many = [forum.post("cy", topic, "2026-02-01T10:00") for _ in range(30)]
    cooked = (
        f'<aside class="quote" data-username="eve" data-post="1" data-topic="{other}"><a class="mention" href="/u/cy">@cy</a></aside>'
        '<p><a class="mention" href="/u/bo">@bo</a> and <a href="/u/nobody" class="mention">@nobody</a></p>'
    )
    forum.user("bo")
    new = forum.post("ada", topic, "2026-09-10T10:00", cooked, reply_to_post_number=25)
    plain = forum.post("ada", topic, "2026-09-10T11:00", reply_to_post_number=999)
    pages = await collect(SOURCE.fetch(job(forum, communities=("*",))))
    posts = records(pages, "posts")
    payload = posts[f"forum.test:{new}"].payload
    assert (payload["reply_to_post_id"], payload["quoted_post_id"]) == (many[23], quoted)
    assert payload["mentioned_user_ids"] == [forum.users["bo"]["id"]]
    assert "raw" not in posts[f"forum.test:{many[23]}"].payload, "what is answered comes along, in the shape of the others"
    assert f"forum.test:{quoted}" not in posts
    assert (posts[f"forum.test:{plain}"].payload["reply_to_post_id"], posts[f"forum.test:{plain}"].payload["opening_post_id"]) == (
        None,
        opening,
    )
    assert f"forum.test:u/{forum.users['bo']['id']}" in records(pages, "users")


async def test_young_posts_are_seen_again_edited_counted_moved_hidden_and_deleted(forum: FakeDiscourse, job: Make) -> None:
    topic, other, doomed, closed = (forum.topic() for _ in range(4))
    opening = forum.post("ada", topic, "2026-09-10T10:00")
    kept = [forum.post("bo", topic, "2026-09-10T11:00") for _ in range(25)]
    edited, removed, hidden, withdrawn, moved = (forum.post("cy", topic, "2026-09-11T10:00") for _ in range(5))
    lost, shut = forum.post("cy", doomed, "2026-09-11T10:00"), forum.post("cy", closed, "2026-09-11T10:00")
    forum.post("eve", other, "2026-03-01T10:00")
    first = await collect(SOURCE.fetch(job(forum, communities=("*",))))
    del forum.posts[removed], forum.posts[lost], forum.topics[doomed]
    forum.private.add(closed)
    forum.posts[edited] |= {"version": 2, "actions_summary": [{"id": 2, "count": 4}]}
    forum.posts[hidden]["hidden"] = True
    forum.posts[withdrawn]["user_deleted"] = True
    forum.posts[moved] |= {"topic_id": other, "post_number": 2}
    forum.topics[topic]["views"] = 99
    elsewhere = Known("posts", "other.test:7", "1")
    forum.asked.clear()
    known = [*young(first, "posts"), elsewhere]
    again = await collect(SOURCE.fetch(job(forum, communities=("*",), cursor=cursor(first), window=NEXT, young=known)))
    posts = records(again, "posts")
    assert ids(opening, *kept, edited, moved) <= set(posts)
    assert posts[f"forum.test:{opening}"].payload["topic"]["views"] == 99
    assert posts[f"forum.test:{edited}"].payload["actions_summary"] == [{"id": 2, "count": 4}]
    assert posts[f"forum.test:{moved}"].lookup_key == str(other)
    gone = {(one.native_id, one.kind) for one in tombstones(again)}
    assert {(f"forum.test:{removed}", "deleted"), (f"forum.test:{lost}", "deleted"), (f"forum.test:{shut}", "hidden")} <= gone
    assert {(f"forum.test:{hidden}", "hidden"), (f"forum.test:{withdrawn}", "deleted")} <= gone
    assert not {one.native_id for one in tombstones(again)} & ids(opening, *kept, edited, moved)
    assert len(forum.paths(f"/t/{topic}")) == 2, "a topic and one batch"


async def test_without_the_whole_forum_new_answers_below_young_posts_are_read(forum: FakeDiscourse, job: Make) -> None:
    topic = forum.topic()
    forum.post("ada", topic, "2026-09-10T10:00", "<p>tidewell</p>")
    first = await collect(SOURCE.fetch(job(forum, terms=("tidewell",))))
    for _ in range(20):
        forum.post("bo", topic, "2026-09-30T23:00")
    answer = forum.post("bo", topic, "2026-10-01T10:00")
    known = young(first, "posts")
    again = await collect(SOURCE.fetch(job(forum, terms=("nothing",), cursor=cursor(first), window=NEXT, young=known)))
    assert f"forum.test:{answer}" in records(again, "posts")


async def test_what_the_pages_do_not_allow_is_told(forum: FakeDiscourse, job: Make) -> None:
    for _ in range(5):
        forum.post("ada", forum.topic(), "2026-09-10T10:00")
    pages = await collect(SOURCE.fetch(job(forum, communities=("*",), limits=Limits(requests_per_second=1000, max_pages=3))))
    assert len(records(pages, "posts")) == 3
    assert "2 topics or posts were left unread" in notes(pages)


async def test_closed_profiles_leave_what_posts_show(forum: FakeDiscourse, job: Make) -> None:
    forum.are_profiles_closed = True
    for name in ("ada", "bo", "cy", "dee", "eve", "fay", "gil"):
        forum.post(name, forum.topic(), "2026-09-10T10:00")
    pages = await collect(SOURCE.fetch(job(forum, communities=("*",))))
    users = records(pages, "users")
    assert len(users) == 7
    assert users["forum.test:u/1"].payload["username"] == "ada"
    assert len(forum.paths("/u/")) <= 5
    assert "forum.test does not show profiles" in notes(pages)
