"""The Twitch connector: what is followed, clips by day, young ones again, who is met, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from connectors.extraction import Extraction
from connectors.settings import Limits
from connectors.source import Known, Tombstone, Window
from connectors.vlogs.twitch import source as twitch
from connectors.vlogs.twitch.source import SOURCE
from tests.conftest import WINDOW, collect, make_extraction
from tests.connectors.reading import cursor, notes, records, tombstones, until_failure, young
from tests.connectors.vlogs.twitch.fake_twitch import FakeTwitch, refusal

NEXT = Window(WINDOW.end, WINDOW.end + timedelta(days=1))
SECRETS = {"client_id": SecretStr("app"), "client_secret": SecretStr("hush-hush")}


def job(api: Callable[[httpx.Request], httpx.Response], **settings: Any) -> Extraction:
    settings = {"accounts": ("brews",), "terms": (), "secret_values": SECRETS} | settings
    return make_extraction(SOURCE, api, **settings)


@pytest.fixture
def api() -> FakeTwitch:
    api = FakeTwitch()
    api.user("1", "brews")
    api.user("2", "bo")
    api.user("3", "kettle_live")
    api.video("101", "1", "2026-09-10T08:00:00Z", title="Morrowbean, a week in")
    api.video("102", "1", "2026-09-28T08:00:00Z", type="archive")
    api.video("90", "1", "2026-06-01T08:00:00Z")
    api.video("103", "1", "2026-10-01T00:00:00Z")
    api.video("300", "3", "2026-09-12T08:00:00Z")
    api.clip("TallKettleSings", "2", "1", "2026-09-10T09:00:00Z", video_id="101")
    api.clip("LateCup-x_1", "2", "1", "2026-10-01T00:10:00Z")
    return api


async def test_a_channel_gives_videos_clips_and_who_made_them(api: FakeTwitch) -> None:
    pages = await collect(SOURCE.fetch(job(api, accounts=("@Brews",))))
    videos, clips, users = (records(pages, entity) for entity in ("videos", "clips", "users"))
    assert set(videos) == {"101", "102"}
    assert videos["101"].payload == api.videos["101"]
    assert videos["101"].lookup_key == "101"
    assert videos["101"].published_at
    assert set(clips) == {"TallKettleSings"}
    assert set(users) == {"1", "2"}
    assert users["2"].payload == api.users["2"] | {"followers_total": 20}
    assert cursor(pages) == {"until": {"user:1": WINDOW.end.isoformat()}, "archives": {"102": "2026-09-28T08:00:00+00:00"}}
    assert api.issued == 1
    assert not notes(pages)


async def test_the_next_night_goes_on_two_days_before_the_last(api: FakeTwitch) -> None:
    first = await collect(SOURCE.fetch(job(api)))
    api.asked.clear()
    pages = await collect(SOURCE.fetch(job(api, window=NEXT, cursor=cursor(first))))
    assert set(records(pages, "videos")) == {"103"}
    assert set(records(pages, "clips")) == {"LateCup-x_1"}
    days = [(query["started_at"], query["ended_at"]) for query in api.paths("/clips")]
    assert days == [
        ("2026-09-29T00:00:00Z", "2026-09-30T00:00:00Z"),
        ("2026-09-30T00:00:00Z", "2026-10-01T00:00:00Z"),
        ("2026-10-01T00:00:00Z", "2026-10-02T00:00:00Z"),
    ]


async def test_young_ones_are_asked_for_in_batches_and_told_gone(api: FakeTwitch) -> None:
    for number in range(200, 350):
        api.video(str(number), "1", "2026-09-05T08:00:00Z")
    first = await collect(SOURCE.fetch(job(api)))
    del api.videos["101"], api.clips["TallKettleSings"]
    api.videos["200"] |= {"view_count": 99, "title": "Named anew"}
    api.asked.clear()
    known = [*young(first, "videos"), *young(first, "clips")]
    pages = await collect(SOURCE.fetch(job(api, window=NEXT, cursor=cursor(first), young=known)))
    assert sorted(tombstones(pages), key=lambda one: one.entity) == [Tombstone("clips", "TallKettleSings"), Tombstone("videos", "101")]
    assert records(pages, "videos")["200"].payload["view_count"] == 99
    assert records(pages, "videos")["200"].payload["title"] == "Named anew"
    batches = [len(query.get_list("id")) for query in api.paths("/videos") if "id" in query]
    assert batches == [100, 52]


async def test_a_batch_of_which_nothing_is_left_is_gone(api: FakeTwitch) -> None:
    pages = await collect(SOURCE.fetch(job(api, young=[Known("videos", "7", "7"), Known("videos", "8", "8")])))
    assert tombstones(pages) == [Tombstone("videos", "7"), Tombstone("videos", "8")]


async def test_recordings_that_vanish_by_themselves_are_not_told_deleted(api: FakeTwitch) -> None:
    api.video("104", "1", "2026-09-20T08:00:00Z", type="archive")
    first = await collect(SOURCE.fetch(job(api)))
    del api.videos["104"], api.videos["102"]
    known = young(first, "videos")
    pages = await collect(SOURCE.fetch(job(api, window=NEXT, cursor=cursor(first), young=known)))
    assert tombstones(pages) == [Tombstone("videos", "102")], "four days old: somebody deleted it"
    assert "1 recordings of streams are gone" in notes(pages)
    assert "104" in cursor(pages)["archives"], "nor is it told deleted later"


async def test_young_ones_published_anew_are_not_told_gone(api: FakeTwitch) -> None:
    api.videos["90"]["published_at"] = "2026-10-05T00:00:00Z"
    pages = await collect(SOURCE.fetch(job(api, young=[Known("videos", "90", "90")])))
    assert not tombstones(pages)
    assert "90" not in records(pages, "videos")


async def test_terms_follow_channels_that_hold_them_as_a_word(api: FakeTwitch) -> None:
    api.user("4", "kettler")
    api.video("400", "4", "2026-09-12T08:00:00Z")
    pages = await collect(SOURCE.fetch(job(api, accounts=(), terms=("Kettle",))))
    assert set(records(pages, "videos")) == {"300"}
    assert set(records(pages, "users")) == {"3"}
    assert "1 channels that the search found were left out" in notes(pages)


async def test_a_category_is_read_like_a_channel(api: FakeTwitch) -> None:
    pages = await collect(SOURCE.fetch(job(api, accounts=("brews",), communities=("food & drink", "Food & Drink"))))
    assert set(records(pages, "videos")) == {"101", "102", "300"}
    assert {query.get("game_id") for query in api.paths("/clips")} == {None, "88"}
    assert set(cursor(pages)["until"]) == {"user:1", "game:88"}


async def test_lists_are_read_to_the_end_and_repeated_rows_once(api: FakeTwitch) -> None:
    api.page_size = 1
    pages = await collect(SOURCE.fetch(job(api)))
    videos = [record.native_id for page in pages for record in page.records if record.entity == "videos"]
    assert videos == ["102", "101"]
    assert len(api.paths("/videos")) == 4, "up to the first that is older than the window"


async def test_a_list_longer_than_max_pages_is_noted(api: FakeTwitch) -> None:
    api.page_size = 1
    pages = await collect(SOURCE.fetch(job(api, limits=Limits(max_pages=2, requests_per_second=1000))))
    assert "videos of brews: more than limits.max_pages allows" in notes(pages)


async def test_days_with_more_clips_than_a_list_gives_are_halved(api: FakeTwitch, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(twitch, "MOST_CLIPS", 3)
    api.most_clips = 3
    for hour in range(12):
        api.clip(f"Hour{hour}", "2", "1", f"2026-09-20T{hour:02}:30:00Z")
    pages = await collect(SOURCE.fetch(job(api)))
    assert len(records(pages, "clips")) == 13
    assert not notes(pages)
    for second in range(9):
        api.clip(f"Second{second}", "2", "1", f"2026-09-20T00:00:0{second}Z")
    assert "only the 3 most seen clips from 2026-09-20 00:00 to 00:22" in notes(await collect(SOURCE.fetch(job(api))))


async def test_a_long_category_list_is_noted(api: FakeTwitch, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(twitch, "MOST_VIDEOS", 2)
    del api.videos["90"]
    pages = await collect(SOURCE.fetch(job(api, accounts=(), communities=("Food & Drink",))))
    assert "newest 4 videos of a category only" in notes(pages)


async def test_a_spent_budget_leaves_the_rest_for_the_next_night(api: FakeTwitch) -> None:
    limits = Limits(budget=40, requests_per_second=1000)
    pages = await collect(SOURCE.fetch(job(api, accounts=("brews", "bo"), limits=limits)))
    assert len(api.asked) == 40
    assert "limits.budget (40 points) is spent: left unread are bo, young videos, young clips, authors" in notes(pages)
    assert set(cursor(pages)["until"]) == {"user:1"}


async def test_followers_that_twitch_does_not_tell_an_app_are_not_reported(api: FakeTwitch) -> None:
    api.broken["/channels/followers"] = refusal(401, "Missing scope: moderator:read:followers")
    pages = await collect(SOURCE.fetch(job(api)))
    assert records(pages, "users")["1"].payload["followers_total"] is None
    assert "followers were not read: followers: only the token of a user may ask for it" in notes(pages)
    assert len(api.paths("/channels/followers")) == 2, "once with either token"


async def test_an_expired_token_is_replaced(api: FakeTwitch) -> None:
    api.revoked = {"token-1"}
    pages = await collect(SOURCE.fetch(job(api)))
    assert records(pages, "videos")
    assert api.issued == 2


async def test_a_wrong_secret_is_told_without_showing_it(api: FakeTwitch) -> None:
    wrong = {"client_id": SecretStr("app"), "client_secret": SecretStr("wrong-secret")}
    _, error = await until_failure(SOURCE.fetch(job(api, accounts=(), terms=("Kettle", "Cup"), secret_values=wrong)))
    assert "issued no token" in error
    assert "check the client id and secret" in error
    assert "wrong-secret" not in error
    assert "Not read" not in error, "it concerns all"


async def test_tokens_that_are_refused_are_told(api: FakeTwitch) -> None:
    api.revoked = {"token-1", "token-2"}
    _, error = await until_failure(SOURCE.fetch(job(api)))
    assert "Twitch accepts no token of this app" in error
    assert "Invalid OAuth token" in error


async def test_one_channel_that_is_not_there_does_not_lose_the_others(api: FakeTwitch) -> None:
    pages, error = await until_failure(SOURCE.fetch(job(api, accounts=("brews", "gone", "no login!"))))
    assert set(records(pages, "videos")) == {"101", "102"}
    assert "gone: Twitch has no channel of this name" in error
    assert "no login!: Twitch has no channel" in error


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (refusal(400, "The ID must be numeric"), "videos of brews cannot be read: Twitch answered 400 (The ID must be numeric)"),
        (refusal(404, "user not found"), "videos of brews: Twitch has no such thing (user not found)"),
        (httpx.Response(403, text="<html>no</html>"), "Twitch answered 403 (no reason given)"),
        (httpx.Response(200, json={"data": "none"}), "is this Twitch's Helix API?"),
        (httpx.Response(200, json=[1]), "is this Twitch's Helix API?"),
    ],
)
async def test_a_refused_list_is_told(api: FakeTwitch, answer: httpx.Response, message: str) -> None:
    api.broken["/videos"] = answer
    pages, error = await until_failure(SOURCE.fetch(job(api)))
    assert message in error
    assert set(records(pages, "users")) == {"1"}, "what else was met is kept"


async def test_too_many_requests_end_the_night(api: FakeTwitch) -> None:
    api.broken["/videos"] = refusal(429, "Request limit exceeded")
    _, error = await until_failure(SOURCE.fetch(job(api)))
    assert "429" in error


HOSTILE: tuple[Any, ...] = (None, "text", 7, [], {}, {"id": None}, {"id": 5}, {"id": "5; drop"}, {"id": ["a"]}, {"id": "٣"})


@pytest.mark.parametrize("row", HOSTILE)
async def test_rows_of_another_shape_are_rejected(api: FakeTwitch, row: Any) -> None:
    for path in ("/videos", "/clips", "/search/channels", "/games"):
        api.broken[path] = httpx.Response(200, json={"data": [row], "pagination": 3})
    settings = {"terms": ("x",), "young": [Known("videos", "101", "101")]}
    pages = await collect(SOURCE.fetch(job(api, **settings)))
    assert {rejected.entity for page in pages for rejected in page.rejected} == {"videos", "clips"}
    assert not tombstones(pages), "an answer that cannot be read tells nothing gone"


@pytest.mark.parametrize("value", [None, 3, [], {}, "never", "9999-99-99T00:00:00Z", "1970-01-01T00:00:00Z"])
async def test_values_of_another_type_do_no_harm(api: FakeTwitch, value: Any) -> None:
    for item in (api.videos["101"], api.clips["TallKettleSings"]):
        item |= dict.fromkeys(("created_at", "published_at", "user_id", "creator_id", "broadcaster_id", "type"), value)
    rows = {"/videos": [api.videos["101"]], "/clips": [api.clips["TallKettleSings"]]}
    api.broken = {path: httpx.Response(200, json={"data": found, "pagination": {"cursor": value}}) for path, found in rows.items()}
    api.broken["/channels/followers"] = httpx.Response(200, json={"total": "many"})
    before = {"until": [], "archives": {"101": value}}
    pages = await collect(SOURCE.fetch(job(api, cursor=before, young=[Known("videos", "101", "101")])))
    assert records(pages, "videos")["101"].published_at is None
    assert set(records(pages, "clips")) == {"TallKettleSings"}
    assert records(pages, "users")["1"].payload["followers_total"] is None


async def test_profiles_of_another_shape_are_rejected(api: FakeTwitch) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/users") and "id" in request.url.params:
            return httpx.Response(200, json={"data": [{"login": "x"}, 3]})
        return api(request)

    pages = await collect(SOURCE.fetch(job(answer)))
    assert [rejected.entity for page in pages for rejected in page.rejected] == ["users", "users"]
    assert "Twitch tells nothing of 1 authors" in notes(pages)


async def test_a_base_url_stands_for_api_and_tokens() -> None:
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(f"{request.url.scheme}://{request.url.host}{request.url.path}")
        return httpx.Response(200, json={"access_token": "token-1", "data": []}, headers={"ratelimit-limit": "800"})

    assert await SOURCE.check(job(answer, base_url="https://mirror.example/twitch/")) == "token accepted, 800 points a minute"
    assert asked == ["https://mirror.example/twitch/oauth2/token", "https://mirror.example/twitch/users"]


async def test_check_says_how_much_may_be_asked(api: FakeTwitch) -> None:
    api.user("12826", "twitch")
    assert await SOURCE.check(job(api)) == "token accepted, 800 points a minute"
