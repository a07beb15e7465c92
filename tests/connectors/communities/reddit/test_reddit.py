"""The Reddit connector by its API: what is read, looked at again, gone, and refused."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from connectors.communities.reddit.source import SOURCE
from connectors.extraction import Extraction
from connectors.settings import Limits
from connectors.source import SourceError, Tombstone, Window
from tests.conftest import WINDOW, collect
from tests.connectors.communities.reddit.fake_reddit import BASE, FakeFeeds, FakeReddit, entry, epoch, feed
from tests.connectors.reading import cursor, notes, records, tombstones, until_failure, young

Make = Callable[..., Extraction]
NEXT = Window(WINDOW.end, WINDOW.end + timedelta(days=1))


@pytest.fixture
def reddit() -> FakeReddit:
    return FakeReddit()


@pytest.fixture
def job(extraction: Make) -> Make:
    def make(reddit: Any, **settings: Any) -> Extraction:
        limits = settings.pop("limits", Limits(requests_per_second=1000, attempts=2))
        secrets = {"client_id": SecretStr("app"), "client_secret": SecretStr("hush-hush")}
        settings = {"base_url": BASE, "terms": (), "secret_values": secrets} | settings
        return extraction(SOURCE, reddit, limits=limits, **settings)

    return make


async def test_a_community_gives_posts_comments_authors_and_its_subscribers(reddit: FakeReddit, job: Make) -> None:
    old = reddit.post("eve", "roasters", "2026-08-01T10:00")
    post = reddit.post("ada", "roasters", "2026-09-10T10:00", url="https://kettle.example")
    comment = reddit.comment("bo", post, "2026-09-11T10:00")
    late = reddit.comment("cy", old, "2026-09-12T10:00")
    reddit.comment("cy", post, "2026-10-01T00:00")
    pages = await collect(SOURCE.fetch(job(reddit, communities=("r/roasters",))))
    assert set(records(pages, "posts")) == {post, old}, "the old post too: a new comment answers it"
    assert set(records(pages, "comments")) == {comment, late}
    assert records(pages, "posts")[post].payload == {**reddit.things[post], "edited_utc": None}
    assert records(pages, "posts")[post].published_at == datetime(2026, 9, 10, 10, tzinfo=UTC)
    assert records(pages, "posts")[post].lookup_key == post
    assert set(records(pages, "users")) == {"t2_ada", "t2_bo", "t2_cy", "t2_eve"}
    assert records(pages, "communities")["t5_0"].payload["subscribers"] == 10
    assert not reddit.paths("/comments/a"), "the community's own listing has its comments"
    assert reddit.tokens == 1


async def test_a_term_finds_posts_and_all_comments_below_them(reddit: FakeReddit, job: Make) -> None:
    post = reddit.post("ada", "kitchen", "2026-09-10T10:00", "my tidewell kettle")
    shown = {reddit.comment("bo", post, "2026-09-10T11:00"), reddit.comment("cy", post, "2026-09-10T12:00")}
    folded = reddit.comment("dee", post, "2026-09-10T13:00")
    reddit.folded = {folded}
    pages = await collect(SOURCE.fetch(job(reddit, terms=("tidewell",))))
    assert set(records(pages, "posts")) == {post}
    assert set(records(pages, "comments")) == {*shown, folded}
    assert all("replies" not in record.payload for record in records(pages, "comments").values())
    assert set(records(pages, "communities")) == {"t5_0"}, "asked for in a batch"
    assert "at least 2 comments lie deeper" in notes(pages)
    assert httpx.URL(reddit.paths("/search")[0]).params["q"] == '"tidewell"'
    second = await collect(SOURCE.fetch(job(reddit, terms=("tidewell",), window=NEXT, cursor=cursor(pages), young=young(pages, "posts"))))
    assert len(reddit.paths("/comments/a")) == 1, "the number of comments is the same"
    assert set(records(second, "posts")) == {post}


async def test_young_things_are_asked_for_a_hundred_at_once(reddit: FakeReddit, job: Make) -> None:
    names = [reddit.post("ada", "roasters", "2026-09-10T10:00") for _ in range(150)]
    first = await collect(SOURCE.fetch(job(reddit, communities=("roasters",))))
    edited, deleted, removed, flagged, missing, orphan = names[:6]
    reddit.things[edited] |= {"score": 99, "edited": epoch("2026-10-01T09:00"), "selftext": "better"}
    reddit.things[deleted] |= {"author": "[deleted]", "selftext": "[deleted]", "author_fullname": None}
    reddit.things[removed] |= {"selftext": "[removed]"}
    reddit.things[flagged] |= {"removed_by_category": "anti_evil_ops", "selftext": "still here"}
    reddit.things[orphan] |= {"author": "[deleted]", "author_fullname": None}
    del reddit.things[missing]
    reddit.asked.clear()
    night = job(reddit, communities=(), window=NEXT, cursor=cursor(first), young=young(first, "posts"))
    second = await collect(SOURCE.fetch(night))
    again = records(second, "posts")
    assert len(again) == 146
    assert again[edited].payload["score"] == 99
    assert again[edited].payload["edited_utc"] == epoch("2026-10-01T09:00")
    assert orphan in again, "a post outlives its author's account"
    assert set(tombstones(second)) == {
        Tombstone("posts", deleted),
        Tombstone("posts", removed, "hidden"),
        Tombstone("posts", flagged, "hidden"),
        Tombstone("posts", missing, "hidden"),
    }
    assert "[removed]" not in str(again), "no text of what is gone is stored"
    assert len([url for url in reddit.paths("/api/info") if "t3_" in url]) == 2


async def test_a_comment_that_is_gone_is_a_tombstone(reddit: FakeReddit, job: Make) -> None:
    post = reddit.post("ada", "roasters", "2026-09-10T10:00")
    texts = ["[deleted]", "[removed]", "[ Removed by Reddit ]", "[removed] is what they said"]
    names = [reddit.comment("bo", post, "2026-09-10T11:00", text) for text in texts]
    pages = await collect(SOURCE.fetch(job(reddit, communities=("roasters",))))
    assert tombstones(pages) == [Tombstone("comments", names[0]), *(Tombstone("comments", name, "hidden") for name in names[1:3])]
    assert set(records(pages, "comments")) == {names[3]}


async def test_the_next_night_goes_on_six_hours_before_the_last(reddit: FakeReddit, job: Make) -> None:
    reddit.post("ada", "roasters", "2026-09-10T10:00")
    first = await collect(SOURCE.fetch(job(reddit, communities=("roasters",))))
    late = reddit.post("bo", "roasters", "2026-09-30T20:00")
    new = reddit.post("bo", "roasters", "2026-10-01T10:00")
    second = await collect(SOURCE.fetch(job(reddit, communities=("roasters",), window=NEXT, cursor=cursor(first))))
    assert set(records(second, "posts")) == {late, new}


async def test_a_listing_is_read_page_by_page_and_its_end_is_told(reddit: FakeReddit, job: Make) -> None:
    start = datetime(2026, 9, 10, tzinfo=UTC)
    for number in range(250):
        reddit.post("ada", "roasters", (start + timedelta(minutes=number)).isoformat()[:16])
    pages = await collect(SOURCE.fetch(job(reddit, communities=("roasters",))))
    assert len(records(pages, "posts")) == 250
    assert "r/roasters: Reddit lists its newest 250 items only, back to 2026-09-10 00:00" in notes(pages)
    cut = await collect(SOURCE.fetch(job(reddit, communities=("roasters",), limits=Limits(requests_per_second=1000, max_pages=2))))
    assert len(records(cut, "posts")) == 200
    assert "r/roasters: more items than limits.max_pages allows" in notes(cut)


async def test_an_account_with_what_it_answers_and_shares(reddit: FakeReddit, job: Make) -> None:
    foreign = reddit.post("bo", "kitchen", "2026-07-01T10:00", "old")
    answer = reddit.comment("ada", foreign, "2026-09-10T10:00")
    shared = dict(reddit.things[foreign])
    crosspost = reddit.post("ada", "roasters", "2026-09-11T10:00", crosspost_parent=foreign, crosspost_parent_list=[shared])
    first = await collect(SOURCE.fetch(job(reddit, accounts=("u/ada",))))
    assert set(records(first, "posts")) == {crosspost, foreign}
    assert "crosspost_parent_list" not in records(first, "posts")[crosspost].payload
    assert set(records(first, "comments")) == {answer}
    assert records(first, "users")["t2_ada"].payload["id"] == "ada"
    reddit.refused["/user/ada/about"] = httpx.Response(404, json={"message": "Not Found", "error": 404})
    second = await collect(SOURCE.fetch(job(reddit, accounts=("ada",), window=NEXT, cursor=cursor(first))))
    assert tombstones(second) == [Tombstone("users", "t2_ada")]
    assert "u/ada is gone" in notes(second)
    suspended = {"kind": "t2", "data": {"name": "ada", "is_suspended": True}}
    reddit.refused["/user/ada/about"] = httpx.Response(200, json=suspended)
    third = await collect(SOURCE.fetch(job(reddit, accounts=("ada",), window=NEXT, cursor=cursor(first))))
    assert tombstones(third) == [Tombstone("users", "t2_ada", "suspended")]
    with pytest.raises(SourceError, match="u/ada is suspended"):
        await collect(SOURCE.fetch(job(reddit, accounts=("ada",))))


REFUSALS = [
    (httpx.Response(403, json={"reason": "private", "message": "Forbidden", "error": 403}), "only its members"),
    (httpx.Response(403, json={"reason": "quarantined", "message": "Forbidden", "error": 403}), "is quarantined"),
    (httpx.Response(404, json={"reason": "banned", "message": "Not Found", "error": 404}), "Reddit has banned it"),
    (httpx.Response(404, json={"message": "Not Found", "error": 404}), "it is not there"),
    (httpx.Response(403, json={"error": 403}), "Reddit answered 403"),
    (httpx.Response(403, text="<html>blocked</html>"), "refuses this client"),
    (httpx.Response(400, json={"message": "Bad Request", "explanation": "no such thing", "error": 400}), "Bad Request, no such thing"),
    (httpx.Response(200, json={"json": {"errors": [["USER_REQUIRED", "log in", None]]}}), "USER_REQUIRED log in"),
    (httpx.Response(200, json={"kind": "Listing", "data": {"children": [{"kind": "t5", "data": {}}]}}), "a search for communities"),
    (httpx.Response(200, text="<html>hello</html>"), "JSON"),
    (httpx.Response(302, headers={"location": "https://reddit.test/subreddits/search"}), "subreddits/search"),
]


@pytest.mark.parametrize(("answer", "message"), REFUSALS)
async def test_a_refused_community_does_not_lose_the_others(reddit: FakeReddit, job: Make, answer: httpx.Response, message: str) -> None:
    post = reddit.post("ada", "roasters", "2026-09-10T10:00")
    reddit.refused["/r/attic/new"] = reddit.refused["/r/attic/comments"] = answer
    reddit.refused["/subreddits/search"] = httpx.Response(200, json={"kind": "Listing", "data": {"children": [{"kind": "t5"}]}})
    pages, failure = await until_failure(SOURCE.fetch(job(reddit, communities=("attic", "roasters"))))
    assert failure.startswith("Not read: r/attic, r/attic comments. ")
    assert message in failure or "a search for communities" in failure
    assert set(records(pages, "posts")) == {post}
    assert "hush-hush" not in failure


async def test_a_bad_secret_and_half_of_the_credentials(reddit: FakeReddit, job: Make) -> None:
    def refuses(request: httpx.Request) -> httpx.Response:
        return httpx.Response(401, json={"message": "Unauthorized", "error": 401})

    with pytest.raises(SourceError, match="check the client id and secret"):
        await collect(SOURCE.fetch(job(refuses, communities=("roasters",))))
    with pytest.raises(SourceError, match="together"):
        await collect(SOURCE.fetch(job(reddit, communities=("roasters",), secret_values={"client_id": SecretStr("app")})))


async def test_an_expired_token_is_renewed(reddit: FakeReddit, job: Make) -> None:
    post = reddit.post("ada", "roasters", "2026-09-10T10:00")

    def expires(request: httpx.Request) -> httpx.Response:
        if len(reddit.asked) == 3:
            reddit.tokens += 1
        return reddit(request)

    assert set(records(await collect(SOURCE.fetch(job(expires, communities=("roasters",)))), "posts")) == {post}


async def test_a_flood_of_requests_ends_the_night(reddit: FakeReddit, job: Make) -> None:
    reddit.refused["/r/roasters/new"] = httpx.Response(429, text="<html>too many</html>")
    with pytest.raises(SourceError, match="429"):
        await collect(SOURCE.fetch(job(reddit, communities=("roasters",))))


async def test_things_that_are_none_are_rejected(reddit: FakeReddit, job: Make) -> None:
    post = reddit.post("ada", "roasters", "2026-09-10T10:00")
    odd: list[Any] = [5, None, "x", {}, {"kind": "t3"}, {"kind": "t3", "data": {"name": 7}}, {"kind": "t9", "data": {"name": "t9_a"}}]
    odd += [{"kind": ["t3"], "data": {"name": "t3_../.."}}, {"kind": "more", "data": {"children": 3, "count": "many"}}]
    hostile = {"created_utc": "soon", "edited": 10**300, "author_fullname": [1], "num_comments": "many", "selftext": 5, "subreddit": None}
    sound = {"kind": "t3", "data": reddit.things[post] | hostile | {"crosspost_parent_list": "no", "removed_by_category": 4}}
    body = {"kind": "Listing", "data": {"children": [*odd, sound], "after": {"a": 1}}}
    reddit.refused["/r/roasters/new"] = httpx.Response(200, json=body)
    reddit.refused["/r/roasters/comments"] = httpx.Response(200, json={"kind": "Listing", "data": {"children": []}})
    pages = await collect(SOURCE.fetch(job(reddit, communities=("roasters",))))
    assert set(records(pages, "posts")) == {post}
    assert records(pages, "posts")[post].published_at is None
    assert sum(len(page.rejected) for page in pages) == 8


async def test_without_a_base_url_the_real_servers_are_asked(extraction: Make) -> None:
    hosts = set()

    def answer(request: httpx.Request) -> httpx.Response:
        hosts.add(f"{request.url.host}{request.url.path}")
        return httpx.Response(200, json={"access_token": "t", "kind": "Listing", "data": {"children": []}})

    secrets = {"client_id": SecretStr("a"), "client_secret": SecretStr("b")}
    await collect(SOURCE.fetch(extraction(SOURCE, answer, terms=("tidewell",), secret_values=secrets)))
    assert hosts == {"www.reddit.com/api/v1/access_token", "oauth.reddit.com/search"}


async def test_check(reddit: FakeReddit, job: Make) -> None:
    reddit.post("ada", "roasters", "2026-09-10T10:00")
    assert await SOURCE.check(job(reddit, communities=("roasters",))) == "r/roasters by the API: newest item of 2026-09-10 10:00"
    feeds = FakeFeeds(r_roasters_new=feed(entry("t3_abc", "2026-09-10T10:00", "")))
    told = await SOURCE.check(job(feeds, secret_values={}, communities=("roasters",)))
    assert told == "r/roasters by its feed: 1 entries; no credentials, so no scores"
