"""The X connector: its search's week, timelines, what a night may spend, and what is asked for again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from connectors.microblogs.x.source import SOURCE
from connectors.settings import Limits
from connectors.source import Known, SourceError, Tombstone, Window
from tests.conftest import WINDOW, collect
from tests.connectors.microblogs.x.fake_x import PROBLEMS, TOKEN, FakeX, invalid, make_job, problem
from tests.connectors.reading import cursor, minutes, notes, records, tombstones, until_failure, young

NEXT = Window(WINDOW.end, WINDOW.end + timedelta(days=1))


@pytest.fixture
def x() -> FakeX:
    return FakeX()


def budget(posts: int, **more: Any) -> Limits:
    return Limits(requests_per_second=1000, attempts=2, budget=posts, **more)


async def test_a_term_finds_posts_what_they_refer_to_and_their_authors(x: FakeX) -> None:
    asked = x.add("bo", "2026-08-01T12:00", "which kettle?")
    post = x.add("ada", "2026-09-28T12:00", "take the Tide & Well", refers=("replied_to", asked))
    x.add("ada", "2026-10-01T00:00", "tide & well, too late")
    pages = await collect(SOURCE.fetch(make_job(x, terms=("tide & well",))))
    found = records(pages, "posts")
    assert set(found) == {post, asked}
    assert found[post].payload == x.posts[post]
    assert found[post].published_at == datetime(2026, 9, 28, 12, tzinfo=UTC)
    assert (found[post].lookup_key, found[asked].lookup_key) == (post, asked)
    people = records(pages, "accounts")
    assert {record.payload["username"]: native_id for native_id, record in people.items()} == {"ada": "1001", "bo": "1000"}
    assert people["1000"].payload == x.users["bo"]
    params = x.asked[0].url.params
    assert params["query"] == '"tide & well"'
    assert params["sort_order"] == "recency"


async def test_the_first_night_s_search_is_clamped_to_seven_days_and_says_so(x: FakeX) -> None:
    x.add("ada", "2026-09-10T12:00", "tidewell")
    wanted = x.add("ada", "2026-09-25T12:00", "tidewell")
    pages = await collect(SOURCE.fetch(make_job(x, terms=("tidewell",))))
    assert set(records(pages, "posts")) == {wanted}
    assert "the search reaches back 7 days; what is older was not searched for: tidewell" in notes(pages)
    assert "start_time" not in x.asked[0].url.params, "three hours after midnight the start of a whole week is out of reach"


async def test_the_next_night_goes_on_at_the_second_where_the_last_one_ended(x: FakeX) -> None:
    x.add("ada", "2026-09-30T23:59", "tidewell")
    first = await collect(SOURCE.fetch(make_job(x, terms=("tidewell",))))
    new = x.add("ada", "2026-10-01T00:00", "tidewell")
    x.now += timedelta(days=1)
    x.asked.clear()
    second = await collect(SOURCE.fetch(make_job(x, terms=("tidewell",), window=NEXT, cursor=cursor(first))))
    assert set(records(second, "posts")) == {new}
    params = x.asked[0].url.params
    assert (params["start_time"], params["end_time"]) == ("2026-10-01T00:00:00Z", "2026-10-02T00:00:00Z")
    assert not notes(second)


async def test_a_term_nobody_speaks_of_for_weeks_does_not_fall_out_of_the_search_s_reach(x: FakeX) -> None:
    x.add("ada", "2026-09-30T12:00", "tidewell")
    night, told = WINDOW, cursor(await collect(SOURCE.fetch(make_job(x, terms=("tidewell",)))))
    for _ in range(10):
        night = Window(night.end, night.end + timedelta(days=1))
        x.now = night.end + timedelta(hours=3)
        pages = await collect(SOURCE.fetch(make_job(x, terms=("tidewell",), window=night, cursor=told)))
        told = cursor(pages)
        assert not notes(pages)
        assert not records(pages, "posts")


async def test_after_a_pause_of_weeks_the_search_starts_where_it_can(x: FakeX) -> None:
    wanted = x.add("ada", "2026-09-29T12:00", "tidewell")
    told = {"until": {"tidewell": "2026-09-10T00:00:00+00:00"}}
    pages = await collect(SOURCE.fetch(make_job(x, terms=("tidewell",), cursor=told)))
    assert set(records(pages, "posts")) == {wanted}
    assert "the search reaches back 7 days" in notes(pages)


async def test_accounts_are_followed_back_to_the_window_start(x: FakeX) -> None:
    x.ceiling = 3
    x.add("ada", "2026-08-31T23:59")
    wanted = {x.add("ada", at) for at in minutes("2026-09-02T12:00", 7)}
    shared = x.add("cy", "2026-06-01T12:00", "worth a look")
    repost = x.add("ada", "2026-09-03T12:00", "RT @cy: worth a l…", refers=("retweeted", shared))
    pages = await collect(SOURCE.fetch(make_job(x, accounts=("@Ada",), terms=())))
    found = records(pages, "posts")
    assert set(found) == {*wanted, shared, repost}
    assert found[repost].lookup_key is None, "nothing of a repost changes that is worth paying for again"
    assert set(records(pages, "accounts")) == {"1000", "1001"}
    assert x.paths() == ["users/by", *["users/1000/tweets"] * 3]
    assert cursor(pages) == {"until": {"@Ada": WINDOW.end.isoformat()}}


async def test_an_edited_post_stays_the_same_post(x: FakeX) -> None:
    post = x.add("ada", "2026-09-30T12:00", "tidewel")
    first = await collect(SOURCE.fetch(make_job(x, terms=("tidewel",))))
    edit = x.add("ada", "2026-09-30T12:20", "tidewell", edit_history_tweet_ids=[post, str(int(post) + 1)])
    x.posts[post]["edit_history_tweet_ids"] = [post, edit]
    again = make_job(x, terms=(), window=NEXT, cursor=cursor(first), young=young(first, "posts"))
    second = await collect(SOURCE.fetch(again))
    assert records(second, "posts")[post].lookup_key == edit, "the next night asks for the newest version"
    third = await collect(SOURCE.fetch(make_job(x, terms=(), window=NEXT, cursor=cursor(second), young=young(second, "posts"))))
    assert records(third, "posts")[post].payload["text"] == "tidewell"
    both = await collect(SOURCE.fetch(make_job(x, terms=("tidewel",))))
    assert records(both, "posts")[post].payload["text"] == "tidewell", "an older version does not take its place"


async def test_young_posts_are_observed_again_and_those_gone_are_told(x: FakeX) -> None:
    ids = [x.add("ada", at, "tidewell") for at in minutes("2026-09-29T12:00", 120)]
    first = await collect(SOURCE.fetch(make_job(x, terms=("tidewell",))))
    x.posts[ids[0]]["public_metrics"] = {"like_count": 50}
    deleted, hidden, suspended, silent = ids[1:5]
    for post_id in ids[1:5]:
        del x.posts[post_id]
    x.gone[hidden] = problem("not-authorized-for-resource", hidden, detail="Sorry, you are not authorized to see it.")
    x.gone[suspended] = problem("resource-not-found", suspended, detail=f"User has been suspended: [{suspended}].")
    x.gone[silent] = problem("resource-not-found", "1", "referenced_tweets.id")
    x.asked.clear()
    again = [*young(first, "posts"), Known("accounts", "1", "1")]
    second = await collect(SOURCE.fetch(make_job(x, terms=(), window=NEXT, cursor=cursor(first), young=again)))
    assert records(second, "posts")[ids[0]].payload["public_metrics"] == {"like_count": 50}
    assert set(records(second, "posts")) == {ids[0], *ids[5:]}
    assert set(tombstones(second)) == {
        Tombstone("posts", deleted), Tombstone("posts", hidden, "hidden"), Tombstone("posts", suspended, "suspended"),
    }  # fmt: skip
    assert "1 young posts were asked for, and nothing was said of them" in notes(second)
    assert x.paths() == ["tweets"] * 2


async def test_a_night_never_reads_more_than_its_budget(x: FakeX) -> None:
    for at in minutes("2026-09-30T12:00", 200):
        asked = x.add("bo", "2026-08-01T12:00", "?")
        quoted = x.add("cy", "2026-08-01T12:00", "!")
        post = x.add("ada", at, "tidewell", refers=("replied_to", asked))
        x.posts[post]["referenced_tweets"].append({"type": "quoted", "id": quoted})
    pages = await collect(SOURCE.fetch(make_job(x, terms=("tidewell", "fernway"), limits=budget(200))))
    assert x.read == len(records(pages, "posts")) == 198
    assert "limits.budget (200 posts) is spent: left for the next night are fernway" in notes(pages)
    assert "limits.budget (200 posts) is spent: the older posts were not read of tidewell" in notes(pages)
    assert list(cursor(pages)["until"]) == ["tidewell"]
    known = [Known("posts", post_id, post_id) for post_id in list(x.posts)[:90]]
    x.asked.clear()
    again = make_job(x, terms=(), window=NEXT, cursor=cursor(pages), young=known, limits=budget(60))
    second = await collect(SOURCE.fetch(again))
    assert max(map(int, records(second, "posts"))) == int(known[-1].native_id), "the newest first"
    assert f"{90 - len(x.asked[0].url.params['ids'].split(','))} young posts" not in notes(second), "what was not spent is used"
    assert "young posts were not observed again" in notes(second)
    assert len(records(second, "posts")) <= 60


async def test_what_a_budget_left_out_comes_first_the_next_night(x: FakeX) -> None:
    for at in minutes("2026-10-01T12:00", 40):
        x.add("ada", at, "tidewell and fernway")
    x.now += timedelta(days=1)
    told = {"until": {"tidewell": WINDOW.end.isoformat(), "fernway": (WINDOW.end - timedelta(days=1)).isoformat()}}
    pages = await collect(SOURCE.fetch(make_job(x, terms=("tidewell", "fernway"), window=NEXT, cursor=told, limits=budget(45))))
    assert x.asked[0].url.params["query"] == '"fernway"'
    assert cursor(pages) == {"until": {"fernway": NEXT.end.isoformat(), "tidewell": WINDOW.end.isoformat()}}


async def test_a_timeline_that_is_cut_is_told(x: FakeX) -> None:
    for at in minutes("2026-09-02T00:00", 3_300):
        x.add("ada", at)
    pages = await collect(SOURCE.fetch(make_job(x, accounts=("ada",), terms=(), limits=budget(100_000))))
    assert "@ada: X shows an account's newest 3200 posts" in notes(pages)
    capped = await collect(SOURCE.fetch(make_job(x, accounts=("ada",), terms=(), limits=budget(100_000, max_pages=2))))
    assert "@ada: limits.max_pages was reached" in notes(capped)
    assert len(records(capped, "posts")) == 200


async def test_one_account_that_fails_does_not_lose_the_others(x: FakeX) -> None:
    wanted = {x.add("ada", "2026-09-28T12:00"), x.add("cy", "2026-09-28T12:00", "tidewell")}
    x.user("bo")
    locked = {"errors": [problem("not-authorized-for-resource", "bo", "id", f"Not authorized to see bo, {TOKEN}.", "user")]}
    x.broken[f"users/{x.users['bo']['id']}/tweets"] = httpx.Response(200, json=locked)
    job = make_job(x, accounts=("nobody", "no body!", "bo", "ada"), terms=("tidewell",))
    pages, failure = await until_failure(SOURCE.fetch(job))
    assert set(records(pages, "posts")) == wanted
    assert failure == (
        "Not read: @no body!: not a user name of X: letters, digits and _ only; "
        "@nobody: no such account, or it is suspended; take it out of `accounts` (Could not find user with usernames: [nobody].); "
        "@bo: X does not show its posts: Not authorized to see bo, ***."
    )


async def test_a_term_that_x_refuses_does_not_lose_the_others(x: FakeX) -> None:
    wanted = x.add("ada", "2026-09-28T12:00")
    x.broken["tweets/search/recent"] = invalid("There were errors processing your request: too long")
    pages, failure = await until_failure(SOURCE.fetch(make_job(x, accounts=("ada",), terms=("tidewell",))))
    assert set(records(pages, "posts")) == {wanted}
    assert "too long" in failure
    assert failure.startswith("Not read: tidewell: https://x.test/2/tweets/search/recent")
    x.broken = {"users/by": invalid("bad name")}
    _, failure = await until_failure(SOURCE.fetch(make_job(x, accounts=("ada", "bo"), terms=("tidewell",))))
    assert failure.count("bad name") == 2


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (
            401,
            {"title": "Unauthorized", "type": "about:blank", "detail": f"no {TOKEN}"},
            "X refuses the bearer token: check the environment",
        ),
        (402, {"title": "CreditsDepleted", "type": f"{PROBLEMS}credits", "detail": "No credits."}, "credits of this X app are spent"),
        (403, {"type": f"{PROBLEMS}client-forbidden", "detail": "Attach it to a Project."}, "enrol it in a project"),
        (403, None, "may not read the API v2"),
        (429, {"title": "UsageCapExceeded", "type": f"{PROBLEMS}usage-capped", "detail": "Monthly product cap"}, "reached its monthly cap"),
        (403, {"title": "SpendCapReached", "type": f"{PROBLEMS}usage-capped"}, "spending limit"),
        (429, {"title": "Too Many Requests", "type": "about:blank"}, "lower limits.requests_per_second"),
        (200, [], "is not the object that was asked for"),
        (200, {"data": 5}, "does not hold the list"),
    ],
)
async def test_what_x_refuses_is_told_in_one_sentence(x: FakeX, status: int, body: Any, said: str) -> None:
    x.broken["tweets"] = httpx.Response(status, json=body) if body is not None else httpx.Response(status, html="<html>no</html>")
    known = [Known("posts", "20", "20")]
    job = make_job(x, terms=(), young=known, cursor={"until": {}})
    if status == 200:
        assert said in notes(await collect(SOURCE.fetch(job)))
        return
    with pytest.raises(SourceError) as failure:
        await collect(SOURCE.fetch(job))
    assert said in str(failure.value)
    assert TOKEN not in str(failure.value)
    assert len(x.asked) == (3 if body and body["title" if "title" in body else "type"] == "Too Many Requests" else 1)


async def test_a_pause_that_x_asks_for_is_taken(x: FakeX) -> None:
    post = x.add("ada", "2026-09-28T12:00", "tidewell")
    refusals = [httpx.Response(429, json={"title": "Too Many Requests"}, headers={"x-rate-limit-reset": "30"})]
    job = make_job(lambda request: refusals.pop() if refusals else x(request), terms=("tidewell",))
    assert set(records(await collect(SOURCE.fetch(job)), "posts")) == {post}


async def test_what_is_no_post_or_account_is_rejected_with_a_reason(x: FakeX) -> None:
    good = x.add("ada", "2026-09-28T12:00", "tidewell")
    odd: list[Any] = [None, "text", [], {}, {"id": 20}, {"id": "twenty"}, {"id": "9" * 30}, {"id": None, "text": "x"}]
    strange = {"id": "21", "created_at": 5, "edit_history_tweet_ids": "21", "referenced_tweets": [3, {"type": []}]}
    times = [{"id": str(30 + number), "created_at": at} for number, at in enumerate(("0001-01-01T00:00:00+14:00", "soon", "9999-12-31"))]
    includes = {"users": [None, {"id": 4}, {"id": "1000"}], "tweets": [7]}
    answer = {"data": [*odd, strange, *times, x.posts[good]], "includes": includes, "meta": {"next_token": 3}}
    x.broken["tweets/search/recent"] = httpx.Response(200, json=answer)
    pages = await collect(SOURCE.fetch(make_job(x, terms=("tidewell",))))
    assert set(records(pages, "posts")) == {good, "21", "30", "31", "32"}
    assert {native_id for native_id, record in records(pages, "posts").items() if record.published_at} == {good}
    assert set(records(pages, "accounts")) == {"1000"}
    rejected = [one for page in pages for one in page.rejected]
    assert [(one.entity, one.payload) for one in rejected] == [
        *(("posts", post) for post in (*odd, 7)), ("accounts", None), ("accounts", {"id": 4}),
    ]  # fmt: skip


@pytest.mark.parametrize("meta", [{"next_token": "b7"}, {"next_token": ""}, 5, None])
async def test_a_list_that_runs_in_a_circle_is_left(x: FakeX, meta: Any) -> None:
    x.broken["tweets/search/recent"] = httpx.Response(200, json={"meta": meta, "includes": "no"})
    job = make_job(x, terms=("#tidewell",))
    if isinstance(meta, dict) and meta["next_token"]:
        _, failure = await until_failure(SOURCE.fetch(job))
        assert "runs in a circle" in failure
    else:
        assert not records(await collect(SOURCE.fetch(job)), "posts")
    assert x.asked[0].url.params["query"] == "#tidewell"


async def test_without_a_token_nothing_is_asked(x: FakeX) -> None:
    with pytest.raises(SourceError, match=r"secrets\.token"):
        await collect(SOURCE.fetch(make_job(x, token="", terms=("tidewell",))))
    assert not x.asked


async def test_check_says_how_much_of_the_month_is_used(x: FakeX) -> None:
    assert await SOURCE.check(make_job(x)) == "17 of 2000 posts of this month read"
    with pytest.raises(SourceError, match="refuses the bearer token"):
        await SOURCE.check(make_job(x, token="another"))
