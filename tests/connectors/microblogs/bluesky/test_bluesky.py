"""The Bluesky connector: feeds, reposts, the search behind its door, and what is asked for again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from connectors.microblogs.bluesky.source import SOURCE
from connectors.settings import Limits
from connectors.source import Known, SourceError, Tombstone, Window
from tests.conftest import WINDOW, collect
from tests.connectors.microblogs.bluesky.fake_bluesky import NO_PROFILE, FakeBluesky, did, make_job
from tests.connectors.reading import cursor, minutes, notes, records, tombstones, until_failure, young

NEXT = Window(WINDOW.end, WINDOW.end + timedelta(days=1))


@pytest.fixture
def sky() -> FakeBluesky:
    return FakeBluesky()


async def test_an_account_s_posts_replies_and_authors(sky: FakeBluesky) -> None:
    sky.person("bo", followersCount=5)
    thread = sky.add("bo", "2026-07-01T12:00", "what to drink?")
    post = sky.add("ada", "2026-09-10T12:00", "a new kettle")
    reply = sky.add("ada", "2026-09-11T12:00", "tea", parent=thread)
    for outside in ("2026-08-31T23:59", "2026-10-01T00:00"):
        sky.add("ada", outside)
    pages = await collect(SOURCE.fetch(make_job(sky, accounts=("@ada.sky.test",), terms=())))
    found = records(pages, "posts")
    assert set(found) == {post, reply, thread}
    kept = {key: value for key, value in sky.posts[post].items() if key != "viewer"}
    assert found[post].payload == kept | {"author": {"did": did("ada")}}
    assert found[post].published_at == datetime(2026, 9, 10, 12, tzinfo=UTC)
    assert found[post].lookup_key == post
    people = records(pages, "accounts")
    assert people[did("ada")].payload == {key: value for key, value in sky.people["ada"].items() if key != "viewer"}
    assert people[did("bo")].payload["followersCount"] == 5, "an author's audience comes with the profile"
    assert set(people) == {did("ada"), did("bo")}
    assert sky.methods() == ["getProfiles", "getAuthorFeed", "getProfiles", "getFollowers"]
    assert not notes(pages)


async def test_a_repost_is_told_with_the_post_it_passes_on(sky: FakeBluesky) -> None:
    old = sky.add("bo", "2026-07-01T12:00", "worth a look")
    own = sky.repost("ada", old, "2026-09-10T12:00")
    bare = f"at://{did('ada')}/app.bsky.feed.repost/?{sky.add('cy', '2026-09-02T12:00')}"
    sky.repost("ada", bare.partition("?")[2], "2026-09-09T12:00", uri=None)
    sky.repost("ada", old, "2026-10-01T12:00")
    pages = await collect(SOURCE.fetch(make_job(sky, accounts=("ada.sky.test",), terms=())))
    assert set(records(pages, "posts")) == {old, bare.partition("?")[2]}
    reposts = records(pages, "reposts")
    assert set(reposts) == {own, bare}
    assert reposts[own].payload["by"] == {"did": did("ada")}
    assert reposts[own].payload["post"] == {"uri": old, "author": {"did": did("bo")}}
    assert reposts[own].published_at == datetime(2026, 9, 10, 12, tzinfo=UTC)
    assert reposts[own].lookup_key is None
    assert set(records(pages, "accounts")) == {did(name) for name in ("ada", "bo", "cy")}


async def test_quoted_posts_are_records_of_their_own(sky: FakeBluesky) -> None:
    innermost = sky.add("cy", "2026-08-01T12:00", "first")
    inner = sky.add("bo", "2026-08-02T12:00", "second", embed=sky.quoted(innermost))
    outer = sky.add("ada", "2026-09-10T12:00", "third", embed=sky.quoted(inner))
    media = {"$type": "app.bsky.embed.images#view", "images": []}
    both = {"$type": "app.bsky.embed.recordWithMedia#view", "media": media, "record": {"record": sky.quoted(inner)["record"]}}
    with_image = sky.add("ada", "2026-09-11T12:00", "fourth", embed=both)
    gone = {"$type": "app.bsky.embed.record#viewNotFound", "uri": innermost, "notFound": True}
    lost = sky.add("ada", "2026-09-12T12:00", "fifth", embed={"$type": "app.bsky.embed.record#view", "record": gone})
    pages = await collect(SOURCE.fetch(make_job(sky, accounts=("ada.sky.test",), terms=())))
    found = records(pages, "posts")
    assert set(found) == {innermost, inner, outer, with_image, lost}
    assert found[inner].payload["value"]["text"] == "second"
    assert found[inner].payload["embeds"][0]["record"] == {"$type": "app.bsky.embed.record#viewRecord", "uri": innermost}
    assert found[outer].payload["embed"]["record"] == {"$type": "app.bsky.embed.record#viewRecord", "uri": inner}
    assert found[with_image].payload["embed"]["record"]["record"] == {"$type": "app.bsky.embed.record#viewRecord", "uri": inner}
    assert found[with_image].payload["embed"]["media"] == media
    assert found[lost].payload["embed"]["record"] == gone
    assert set(records(pages, "accounts")) == {did(name) for name in ("ada", "bo", "cy")}


async def test_the_next_night_overlaps_by_an_hour_and_reads_a_new_account_further_back(sky: FakeBluesky) -> None:
    sky.add("ada", "2026-09-10T12:00")
    late = sky.add("ada", "2026-09-30T23:30", indexed="2026-10-01T01:00")
    first = await collect(SOURCE.fetch(make_job(sky, accounts=("ada.sky.test",), terms=())))
    new = sky.add("ada", "2026-10-01T12:00")
    other = sky.add("bo", "2026-09-05T12:00")
    sky.add("bo", "2026-08-05T12:00")
    settings = {"accounts": ("ada.sky.test", "bo.sky.test"), "terms": (), "window": NEXT, "cursor": cursor(first)}
    second = await collect(SOURCE.fetch(make_job(sky, **settings)))
    assert set(records(second, "posts")) == {late, new, other}
    assert cursor(second) == {"until": {name: NEXT.end.isoformat() for name in ("@ada.sky.test", "@bo.sky.test")}, "follows": {}}


async def test_a_claimed_time_counts_only_until_the_post_was_seen(sky: FakeBluesky) -> None:
    imported = sky.add("ada", "2026-09-10T12:00", indexed="2026-09-11T12:00")
    ahead = sky.add("ada", "2026-09-12T12:00", record={"text": "from the future", "createdAt": "2091-01-01T00:00:00Z"})
    odd = sky.add("ada", "2026-09-13T12:00", record={"text": "", "createdAt": "1970-01-01T00:00:00"})
    pages = await collect(SOURCE.fetch(make_job(sky, accounts=("ada.sky.test",), terms=())))
    times = {uri: record.published_at for uri, record in records(pages, "posts").items()}
    second = timedelta(seconds=1)
    assert times == {
        imported: datetime(2026, 9, 10, 12, tzinfo=UTC),
        ahead: datetime(2026, 9, 12, 12, tzinfo=UTC) + second,
        odd: datetime(2026, 9, 13, 12, tzinfo=UTC) + second,
    }


async def test_a_long_feed_is_read_page_by_page_until_the_window_starts(sky: FakeBluesky) -> None:
    sky.page_size = 3
    wanted = {sky.add("ada", at) for at in minutes("2026-09-10T12:00", 7)}
    for at in minutes("2026-08-01T12:00", 20):
        sky.add("ada", at)
    pinned = sky.add("ada", "2025-01-01T12:00")
    sky.reposts.append(
        {"post": pinned, "reason": {"$type": "app.bsky.feed.defs#reasonPin", "by": {"did": did("ada")}, "indexedAt": "2099"}}
    )
    pages = await collect(SOURCE.fetch(make_job(sky, accounts=("ada.sky.test",), terms=())))
    assert set(records(pages, "posts")) == wanted
    assert sky.methods().count("getAuthorFeed") == 3
    capped = make_job(sky, accounts=("ada.sky.test",), terms=(), limits=Limits(requests_per_second=1000, max_pages=2))
    assert "@ada.sky.test: limits.max_pages was reached" in notes(await collect(SOURCE.fetch(capped)))


async def test_young_posts_are_observed_again_in_batches(sky: FakeBluesky) -> None:
    uris = [sky.add("ada", at, "tidewell") for at in minutes("2026-09-10T12:00", 60)]
    first = await collect(SOURCE.fetch(make_job(sky, accounts=("ada.sky.test",), terms=())))
    sky.posts[uris[0]] |= {"likeCount": 50, "cid": "bafy2", "record": sky.posts[uris[0]]["record"] | {"text": "edited"}}
    del sky.posts[uris[59]]
    sky.asked.clear()
    again = [*young(first, "posts"), Known("accounts", did("zoe"), did("zoe"))]
    second = await collect(SOURCE.fetch(make_job(sky, terms=(), window=NEXT, cursor=cursor(first), young=again)))
    assert records(second, "posts")[uris[0]].payload["likeCount"] == 50
    assert records(second, "posts")[uris[0]].payload["record"]["text"] == "edited"
    assert set(records(second, "posts")) == set(uris[:59])
    assert tombstones(second) == [Tombstone("posts", uris[59])]
    assert sky.methods() == ["getPosts"] * 3 + ["getProfiles"]
    assert set(records(second, "accounts")) == {did("ada")}


async def test_young_posts_that_cannot_be_asked_for_are_told(sky: FakeBluesky) -> None:
    known = [Known("posts", uri, uri) for uri in (sky.add("ada", "2026-09-10T12:00"),)]
    sky.broken["getPosts"] = httpx.Response(200, json={"posts": None})
    pages = await collect(SOURCE.fetch(make_job(sky, terms=(), window=NEXT, cursor={"until": {}}, young=known)))
    assert "1 young posts could not be observed again" in notes(pages)
    assert not tombstones(pages)


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (400, NO_PROFILE, "there is no such account, or it was deleted or deactivated"),
        (400, {"error": "AccountTakedown", "message": "Account has been suspended"}, "has suspended the account"),
        (400, {"error": "AccountDeactivated", "message": "Account is deactivated"}, "has deactivated the account"),
        (400, {"error": "BlockedByActor", "message": "Requester is blocked by actor"}, "it blocks the account that is signed in"),
        (400, {"error": "InvalidRequest", "message": "limit: integer too big"}, "integer too big"),
        (401, {"error": "AuthMissing", "message": "Authentication Required"}, "keeps guests out (401 AuthMissing)"),
        (403, None, "keeps guests out (403 Forbidden)"),
    ],
)
async def test_one_account_that_fails_does_not_lose_the_others(sky: FakeBluesky, status: int, body: Any, said: str) -> None:
    wanted = sky.add("ada", "2026-09-10T12:00")
    refusal = httpx.Response(status, json=body) if body else httpx.Response(status, html="<html>Request forbidden</html>")
    sky.refusals["bo.sky.test"] = refusal
    pages, failure = await until_failure(SOURCE.fetch(make_job(sky, accounts=("bo.sky.test", "ada.sky.test"), terms=())))
    assert set(records(pages, "posts")) == {wanted}
    assert failure.startswith("Not read: bo.sky.test: ")
    assert said in failure


async def test_a_host_that_asks_for_a_pause_ends_the_night(sky: FakeBluesky) -> None:
    sky.refusals["bo.sky.test"] = httpx.Response(429, json={"error": "RateLimitExceeded"}, headers={"retry-after": "86400"})
    with pytest.raises(SourceError, match="is not to be asked before"):
        await collect(SOURCE.fetch(make_job(sky, accounts=("bo.sky.test", "ada.sky.test"), terms=())))


async def test_profiles_that_are_not_answered_are_taken_from_the_posts(sky: FakeBluesky) -> None:
    sky.add("ada", "2026-09-10T12:00")
    sky.broken["getProfiles"] = httpx.Response(400, json={"error": "InvalidRequest", "message": "bad actor"})
    pages = await collect(SOURCE.fetch(make_job(sky, accounts=("ada.sky.test",), terms=())))
    assert records(pages, "accounts")[did("ada")].payload == {
        "did": did("ada"),
        "handle": "ada.sky.test",
        "displayName": "Ada",
    }
    assert "1 profiles could not be read" in notes(pages)


async def test_what_is_no_post_or_profile_is_rejected_with_a_reason(sky: FakeBluesky) -> None:
    good = sky.add("ada", "2026-09-10T12:00", embed={"record": 5}, embeds="x")
    view = sky.posts[good]
    odd: list[Any] = [
        None, "text", 7, [], {}, {"uri": good}, view | {"uri": "at://elsewhere"}, view | {"uri": 5}, view | {"author": {"did": 5}},
        view | {"author": "ada"}, view | {"record": None}, view | {"uri": good.replace("feed.post", "feed.generator")},
    ]  # fmt: skip
    reason = {"$type": "app.bsky.feed.defs#reasonRepost", "by": "ada", "indexedAt": "2026-09-10T12:00:00Z"}
    items = [None, 3, {"post": view, "reason": 5, "reply": {"root": 3, "parent": []}}, {"post": view, "reason": reason}]
    sky.broken["getAuthorFeed"] = httpx.Response(200, json={"feed": [*({"post": post} for post in odd), *items]})
    sky.broken["getProfiles"] = httpx.Response(200, json={"profiles": [None, {"did": 3}, {"did": "ada"}]})
    pages = await collect(SOURCE.fetch(make_job(sky, accounts=("ada.sky.test",), terms=())))
    assert set(records(pages, "posts")) == {good}
    assert records(pages, "posts")[good].payload["embeds"] == "x"
    rejected = [one for page in pages for one in page.rejected]
    assert [one.payload for one in rejected if one.entity == "posts"] == [*odd, None, 3]
    assert [one.payload for one in rejected if one.entity == "reposts"] == [reason]
    assert len([one for one in rejected if one.entity == "accounts"]) == 6


@pytest.mark.parametrize("body", ["[]", "null", '{"feed": 5}', "<html>no</html>"])
async def test_answers_that_are_no_feed(sky: FakeBluesky, body: str) -> None:
    sky.person("ada")
    sky.broken["getAuthorFeed"] = httpx.Response(200, text=body)
    _, failure = await until_failure(SOURCE.fetch(make_job(sky, accounts=("ada.sky.test",), terms=())))
    assert failure.startswith("Not read: ada.sky.test: ")
