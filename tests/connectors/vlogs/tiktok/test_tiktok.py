"""The TikTok connector: what the search finds, comments and profiles, the ration of requests, and what TikTok declines."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from connectors.extraction import Extraction
from connectors.settings import Limits
from connectors.source import Record, SourceError, Tombstone, Window
from connectors.vlogs.tiktok.source import SOURCE
from tests.conftest import WINDOW, collect
from tests.connectors.reading import cursor, notes, records, tombstones, until_failure, young
from tests.connectors.vlogs.tiktok.fake_tiktok import FakeTikTok, refusal

Make = Callable[..., Extraction]
SECRETS = {"client_key": SecretStr("a-key"), "client_secret": SecretStr("a-secret")}
NEXT = Window(WINDOW.end, WINDOW.end + timedelta(days=1))


@pytest.fixture
def tiktok() -> FakeTikTok:
    return FakeTikTok()


@pytest.fixture
def job(extraction: Make, tiktok: FakeTikTok) -> Make:
    def make(**settings: Any) -> Extraction:
        return extraction(SOURCE, tiktok, **{"secret_values": SECRETS, "terms": ("tidewell",), "tags": (), **settings})

    return make


def limits(**more: Any) -> Limits:
    return Limits(requests_per_second=1000, **more)


def spans(tiktok: FakeTikTok) -> list[tuple[str, str]]:
    return [(search["start_date"], search["end_date"]) for search in tiktok.searches()]


async def test_terms_tags_and_accounts_are_asked_for_together(tiktok: FakeTikTok, job: Make) -> None:
    spoken = tiktok.add("ada", "2026-09-10T12:00", "my Tidewell kettle", comment_count=0)
    tagged = tiktok.add("bo", "2026-09-11T12:00", "look #fernway")
    own = tiktok.add("tidewell.tea", "2026-09-12T12:00", "new cups")
    tiktok.add("cy", "2026-09-12T12:00", "a dog")
    tiktok.add("ada", "2026-10-01T00:00", "tidewell of tomorrow")
    reply = tiktok.comment(spoken, "2026-09-13T09:00", "nice")
    tiktok.comment(spoken, "2026-10-01T09:00", "too late")
    pages = await collect(SOURCE.fetch(job(tags=("#fernway",), accounts=("@Tidewell.Tea",))))
    assert list(records(pages, "videos")) == [own, tagged, spoken]
    assert records(pages, "videos")[spoken] == Record(
        "videos", spoken, tiktok.videos[spoken], datetime(2026, 9, 10, 12, tzinfo=UTC), f"20260910:{spoken}"
    )
    told = records(pages, "comments")
    assert {native_id: (one.lookup_key, one.payload["text"]) for native_id, one in told.items()} == {reply: (spoken, "nice")}
    assert set(records(pages, "users")) == {"tidewell.tea", "bo", "ada"}
    assert records(pages, "users")["ada"].payload == {**tiktok.users["ada"], "username": "ada"}
    (search,) = tiktok.searches()
    assert search["query"] == {
        "or": [
            {"operation": "IN", "field_name": "keyword", "field_values": ["tidewell"]},
            {"operation": "IN", "field_name": "hashtag_name", "field_values": ["fernway"]},
            {"operation": "IN", "field_name": "username", "field_values": ["tidewell.tea"]},
        ]
    }
    assert (search["start_date"], search["end_date"], search["max_count"]) == ("20260901", "20260930", 100)
    assert tiktok.paths() == ["video/query/", "video/comment/list/", *["user/info/"] * 3], "one thread, for the others have no comments"
    assert cursor(pages)["comments"] == {}, "a comment was too late: the thread is read again"
    assert cursor(pages)["until"] == dict.fromkeys(("tidewell", "#fernway", "@tidewell.tea"), WINDOW.end.isoformat())
    assert tiktok.tokens == 1
    assert not notes(pages)


async def test_the_second_night_goes_ten_days_back_and_a_new_term_further(tiktok: FakeTikTok, job: Make) -> None:
    first = await collect(SOURCE.fetch(job()))
    late = tiktok.add("ada", "2026-09-21T12:00", "tidewell, found late")
    old = tiktok.add("ada", "2026-09-05T12:00", "fernway")
    new = tiktok.add("bo", "2026-10-01T12:00", "tidewell and fernway")
    tiktok.asked.clear()
    second = await collect(SOURCE.fetch(job(terms=("tidewell", "fernway"), window=NEXT, cursor=cursor(first))))
    assert set(records(second, "videos")) == {late, old, new}
    assert spans(tiktok) == [("20260902", "20261001"), ("20260921", "20261001")]


async def test_young_videos_are_asked_for_again_in_batches(tiktok: FakeTikTok, job: Make) -> None:
    edited, gone, found = (tiktok.add("ada", f"2026-09-{day:02}T12:00", "tidewell") for day in (2, 3, 29))
    said = tiktok.comment(gone, "2026-09-04T12:00", "hm")
    kept, lost = (tiktok.comment(edited, "2026-09-04T12:00", text) for text in ("one", "two"))
    many = [tiktok.add("bo", "2026-09-05T12:00", "tidewell") for _ in range(150)]
    first = await collect(SOURCE.fetch(job()))
    assert set(records(first, "comments")) == {said, kept, lost}
    tiktok.videos[edited] |= {"view_count": 900, "comment_count": 1}
    tiktok.comments[edited].pop()
    del tiktok.videos[gone]
    tiktok.asked.clear()
    known = [*young(first, "videos"), *young(first, "comments")]
    second = await collect(SOURCE.fetch(job(window=NEXT, cursor=cursor(first), young=known)))
    assert set(records(second, "videos")) == {edited, found, *many}
    assert records(second, "videos")[edited].payload["view_count"] == 900
    assert set(tombstones(second)) == {Tombstone("videos", gone), Tombstone("comments", said), Tombstone("comments", lost)}
    again = [search for search in tiktok.searches() if "and" in search["query"]]
    assert [len(search["query"]["and"][0]["field_values"]) for search in again] == [100, 52]
    assert spans(tiktok)[1:] == [("20260905", "20260905"), ("20260902", "20260905")]
    assert tiktok.paths().count("video/comment/list/") == 1, "of the video whose number of comments changed"
    assert set(records(second, "comments")) == {kept}
    tiktok.asked.clear()
    known = [*young(second, "videos"), *young(second, "comments")]
    third = await collect(SOURCE.fetch(job(window=NEXT, cursor=cursor(second), young=known)))
    assert "video/comment/list/" not in tiktok.paths()
    assert not tombstones(third)


async def test_young_videos_of_more_than_thirty_days_are_asked_for_apart(tiktok: FakeTikTok, job: Make) -> None:
    window = Window(datetime(2026, 7, 1, tzinfo=UTC), WINDOW.end)
    wanted = {tiktok.add("ada", f"2026-{month:02}-15T12:00", "tidewell") for month in (7, 8, 9)}
    first = await collect(SOURCE.fetch(job(window=window)))
    assert set(records(first, "videos")) == wanted
    assert spans(tiktok) == [("20260901", "20260930"), ("20260801", "20260831"), ("20260701", "20260731")]
    tiktok.asked.clear()
    second = await collect(SOURCE.fetch(job(terms=(), young=young(first, "videos"), cursor=cursor(first))))
    assert (set(records(second, "videos")), len(tiktok.searches())) == (wanted, 3)


async def test_pages_go_on_while_there_is_more_and_videos_come_once(tiktok: FakeTikTok, job: Make) -> None:
    tiktok.page_size = 40
    wanted = {tiktok.add("ada", f"2026-09-{day:02}T12:00", "tidewell") for day in range(1, 31) for _ in range(4)}
    pages = await collect(SOURCE.fetch(job()))
    assert set(records(pages, "videos")) == wanted
    assert [search["cursor"] for search in tiktok.searches()] == [0, 40, 80]
    assert "search_id" not in tiktok.searches()[0]
    assert sum(len(page.records) for page in pages) == len(wanted) + 1
    pages = await collect(SOURCE.fetch(job(limits=limits(max_pages=2))))
    assert len(records(pages, "videos")) == 80
    assert "limits.max_pages was reached: not all videos of 2026-09-01 to 2026-09-30 were read of tidewell" in notes(pages)


async def test_a_search_that_expires_is_made_again_in_halves(tiktok: FakeTikTok, job: Make) -> None:
    tiktok.page_size, tiktok.longest_search = 10, 15
    wanted = {tiktok.add("ada", f"2026-09-{day:02}T12:00", "tidewell") for day in range(1, 31)}
    pages = await collect(SOURCE.fetch(job()))
    assert set(records(pages, "videos")) == wanted
    tiktok.longest_search = 0
    for _ in range(20):
        tiktok.add("ada", "2026-09-01T12:00", "tidewell")
    _, failure = await until_failure(SOURCE.fetch(job()))
    assert failure.startswith("Not read: tidewell (https://open.tiktokapis.com/v2/research/video/query/")
    assert "Search Id 20260901-20260901 is invalid or expired" in failure


async def test_the_budget_keeps_requests_for_comments_and_profiles(tiktok: FakeTikTok, job: Make) -> None:
    tiktok.page_size = 10
    for day in range(1, 31):
        for number in range(10):
            video = tiktok.add(f"author{number}", f"2026-09-{day:02}T12:00", "tidewell")
            tiktok.comment(video, "2026-09-30T12:00", "yes")
    first = await collect(SOURCE.fetch(job(limits=limits(budget=20))))
    assert len(tiktok.asked) + tiktok.tokens == 20
    assert tiktok.paths() == [*["video/query/"] * 14, *["video/comment/list/"] * 3, *["user/info/"] * 2]
    told = notes(first).split("\n")
    assert told[0] == ("limits.budget (20 requests) is spent but for 5 kept for what follows: the older videos were not read of tidewell")
    assert told[1:] == [
        "limits.budget (20 requests) is spent but for 2 kept for what follows: the comments of 137 videos were not read",
        "limits.budget (20 requests) is spent: 8 profiles were not read",
    ]
    assert len(cursor(first)["comments"]) == 3
    second = await collect(SOURCE.fetch(job(window=NEXT, cursor=cursor(first), limits=limits(budget=20))))
    assert not records(first, "users").keys() & records(second, "users").keys(), "who was not read comes first"


async def test_what_the_budget_does_not_reach_is_left_for_the_next_night(tiktok: FakeTikTok, job: Make) -> None:
    tiktok.add("ada", "2026-09-30T12:00", "tidewell")
    first = await collect(SOURCE.fetch(job()))
    night = job(terms=("tidewell", "fernway"), window=NEXT, limits=limits(budget=2), cursor=cursor(first), young=young(first, "videos"))
    pages = await collect(SOURCE.fetch(night))
    assert "left for the next night are tidewell" in notes(pages), "what is read since longest comes first"
    assert cursor(pages)["until"] == {"fernway": NEXT.end.isoformat(), "tidewell": WINDOW.end.isoformat()}


async def test_the_quota_of_the_day(tiktok: FakeTikTok, job: Make) -> None:
    video = tiktok.add("ada", "2026-09-30T12:00", "tidewell")
    tiktok.quota = 1
    pages = await collect(SOURCE.fetch(job()))
    assert set(records(pages, "videos")) == {video}
    assert notes(pages) == (
        "TikTok's quota of this day is spent, and comes back at 00:00 UTC (daily_quota_limit_exceeded: Daily quota limit exceeded.): "
        "1 profiles were not read"
    )
    assert tiktok.paths() == ["video/query/", "user/info/"]
    with pytest.raises(SourceError, match="quota of this day is spent, and comes back at 00:00 UTC"):
        await collect(SOURCE.fetch(job()))


async def test_a_token_that_expires_is_renewed(tiktok: FakeTikTok, job: Make) -> None:
    video = tiktok.add("ada", "2026-09-30T12:00", "tidewell")
    reading = SOURCE.fetch(job())
    assert set(records([await anext(reading)], "videos")) == {video}
    tiktok.tokens += 1
    pages = await collect(reading)
    assert set(records(pages, "users")) == {"ada"}
    assert tiktok.tokens == 3


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (refusal(401, "access_token_invalid", "bad clt.2"), "refuses the token that it has just issued"),
        (refusal(401, "scope_not_authorized", "no scope"), r"not approved this client for the Research API .*: apply for it"),
        (refusal(403, "scope_permission_missed"), r"not approved this client"),
        (refusal(429, "rate_limit_exceeded"), "answered 429"),
        (refusal(400, "invalid_params", "start_date is wrong"), r"Not read: tidewell \(.*invalid_params: start_date is wrong"),
        (refusal(200, "internal_error", "again"), r"Not read: tidewell \(.*internal_error: again"),
        (refusal(500, "internal_error"), "answered 500"),
        (httpx.Response(404, text="<html>not here</html>"), r"is refused \(404 without a reason\)"),
        (httpx.Response(200, text="<html>not here</html>"), "Not read: tidewell"),
        (httpx.Response(200, json=[]), "is .* TikTok's API"),
        (httpx.Response(200, json={"data": {"videos": {}}}), r"does not hold the list that was asked for \(videos\)"),
        (httpx.Response(200, json={"data": {"has_more": True, "cursor": "7"}}), "has more, and does not say where"),
        (httpx.Response(200, json={"data": {"has_more": True, "cursor": 0}}), "has more, and does not say where"),
    ],
)
async def test_what_tiktok_refuses_is_told(tiktok: FakeTikTok, job: Make, answer: httpx.Response, message: str) -> None:
    tiktok.refused["video/query/"] = answer
    with pytest.raises(SourceError, match=message) as caught:
        await collect(SOURCE.fetch(job()))
    assert not any(secret in str(caught.value) for secret in ("clt.", "a-key", "a-secret"))


async def test_a_wrong_secret_and_none(tiktok: FakeTikTok, job: Make) -> None:
    with pytest.raises(SourceError, match=r"issued no token \(invalid_client\): check the client id and secret"):
        await collect(SOURCE.fetch(job(secret_values={**SECRETS, "client_secret": SecretStr("other")})))
    with pytest.raises(SourceError, match=r"name the environment variables of secrets.client_key and client_secret"):
        await collect(SOURCE.fetch(job(secret_values={})))


async def test_one_name_or_account_does_not_lose_the_others(tiktok: FakeTikTok, job: Make) -> None:
    video = tiktok.add("ada", "2026-09-30T12:00", "tidewell")
    tiktok.refused["?"] = refusal(400, "invalid_params", "keyword is wrong")
    pages, failure = await until_failure(SOURCE.fetch(job(terms=("?", "tidewell"), accounts=("nobody",))))
    assert set(records(pages, "videos")) == {video}
    assert set(records(pages, "users")) == {"ada"}
    assert failure.startswith("Not read: ? (")
    assert "@nobody (no public account of this name, else none that researchers are shown: " in failure


async def test_what_cannot_be_read_of_a_video_is_noted(tiktok: FakeTikTok, job: Make) -> None:
    video = tiktok.add("ada", "2026-09-10T12:00", "tidewell", comment_count=3)
    first = await collect(SOURCE.fetch(job()))
    tiktok.refused["video/comment/list/"] = refusal(400, "invalid_params", "no comments")
    tiktok.videos[video]["comment_count"] = 9
    del tiktok.users["ada"]
    pages = await collect(SOURCE.fetch(job()))
    assert "the comments of 1 videos could not be read: " in notes(pages)
    assert "the profiles of 1 authors could not be read: " in notes(pages)
    assert cursor(pages)["comments"] == {}
    tiktok.refused["video/query/"] = refusal(400, "invalid_params", "no video_id")
    pages = await collect(SOURCE.fetch(job(terms=(), young=young(first, "videos"))))
    assert "1 young videos could not be observed again: " in notes(pages)
    assert not tombstones(pages)
    tiktok.users["ada"] = {}
    del tiktok.refused["video/query/"]
    assert "tells nothing of it" in notes(await collect(SOURCE.fetch(job())))


async def test_tiktok_shows_a_thousand_comments(tiktok: FakeTikTok, job: Make) -> None:
    video = tiktok.add("ada", "2026-09-10T12:00", "tidewell")
    said = [tiktok.comment(video, "2026-09-11T12:00", str(number)) for number in range(1020)]
    known = [*young(await collect(SOURCE.fetch(job())), "comments")]
    tiktok.comments[video] = tiktok.comments[video][10:]
    pages = await collect(SOURCE.fetch(job(young=known)))
    assert set(records(pages, "comments")) == set(said[10:1010])
    assert f"TikTok shows 1,000 comments of a video; the others were not read of {video}" in notes(pages)
    assert not tombstones(pages)


async def test_items_that_are_none_are_rejected(tiktok: FakeTikTok, job: Make) -> None:
    odd: list[Any] = [None, 5, "text", [], {}, {"id": True}, {"id": "x"}, {"id": -4}, {"id": 1.5}, {"id": "9" * 30}, {"id": {}}]
    video = tiktok.add("ada", "2026-09-10T12:00", "tidewell")
    times: list[Any] = [None, "12", -5, 10**30, 1e9, {}]
    undated = [{"id": 40 + number, "create_time": time, "username": {}, "comment_count": "many"} for number, time in enumerate(times)]
    shown = {"videos": [*odd, *undated, {"video_id": "77"}, tiktok.videos[video], tiktok.videos[video]], "has_more": "yes"}
    tiktok.refused["video/query/"] = httpx.Response(200, json={"data": shown})
    tiktok.refused["video/comment/list/"] = httpx.Response(200, json={"data": {"comments": [*odd, {"id": 3, "create_time": []}]}})
    pages = await collect(SOURCE.fetch(job()))
    assert set(records(pages, "videos")) == {*(str(number) for number in range(40, 46)), "77", video}
    assert [native_id for native_id, one in records(pages, "videos").items() if one.published_at] == [video]
    assert records(pages, "videos")["40"].lookup_key is None
    assert set(records(pages, "comments")) == {"comment:3"}
    rejected = [one for page in pages for one in page.rejected]
    assert [one.payload for one in rejected if one.entity == "videos"] == odd


async def test_check_asks_for_one_profile(tiktok: FakeTikTok, job: Make) -> None:
    tiktok.add("ada", "2026-09-10T12:00")
    assert await SOURCE.check(job(accounts=("@ada",))) == "@ada is Ada"
    assert tiktok.asked == [("user/info/", {"username": "ada"})]
