"""The Podcast Index connector: signatures, what terms and feeds find, and what is asked for again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from connectors.extraction import Extraction
from connectors.podcasts.podcast_index import source as podcast_index
from connectors.podcasts.podcast_index.source import SOURCE
from connectors.settings import Limits
from connectors.source import Known, SourceError, Tombstone, Window
from tests.conftest import WINDOW, collect
from tests.connectors.podcasts.podcast_index.fake_podcast_index import START, FakeIndex, epoch, feed_url
from tests.connectors.reading import cursor, notes, records, tombstones, until_failure, young

Make = Callable[..., Extraction]
BASE = "https://index.test/api/1.0"
NEXT = Window(WINDOW.end, WINDOW.end + timedelta(days=1))
KEYS = {"key": "KEY1", "secret": "S3CRET"}


@pytest.fixture
def index() -> FakeIndex:
    return FakeIndex()


@pytest.fixture
def job(extraction: Make) -> Make:
    def make(index: Callable[[httpx.Request], httpx.Response], keys: dict[str, str] = KEYS, **settings: Any) -> Extraction:
        limits = settings.pop("limits", Limits(requests_per_second=1000, attempts=1))
        secrets = {name: SecretStr(value) for name, value in keys.items()}
        return extraction(SOURCE, index, base_url=BASE, limits=limits, secret_values=secrets, **{"terms": (), **settings})

    return make


async def test_a_term_finds_episodes_that_name_it_and_podcasts_that_hold_it(index: FakeIndex, job: Make) -> None:
    show, other, false = index.podcast("The Tidewell Hour"), index.podcast("Lap Talk"), index.podcast("Tidewellness")
    wanted = {index.add(show, "2026-09-10T05:00"), index.add(other, "2026-09-11T05:00", "With Ada", named="tidewell")}
    for feed_id, at in (
        (show, "2026-08-31T23:59:59"),
        (show, "2026-10-01T00:00"),
        (false, "2026-09-10T05:00"),
        (other, "2026-09-10T05:00"),
    ):
        index.add(feed_id, at)
    index.add(other, "2026-08-01T05:00", named="tidewell")
    pages = await collect(SOURCE.fetch(job(index, terms=("tidewell",))))
    assert set(records(pages, "episodes")) == wanted
    named = records(pages, "episodes")[max(wanted)]
    assert named.payload == index.episodes[int(max(wanted))]
    assert (named.published_at, named.lookup_key) == (datetime(2026, 9, 11, 5, tzinfo=UTC), str(other))
    assert set(records(pages, "podcasts")) == {str(show), str(other)}
    assert records(pages, "podcasts")[str(other)].payload == {**index.feeds[other], "category_names": ["Sports", "Running"]}
    assert "1 podcasts that the search found were left out" in notes(pages)
    assert index.paths("/") == [
        "/stats/current",
        "/search/byperson",
        "/search/byterm",
        "/episodes/byfeedid",
        "/podcasts/byfeedid",
    ]


async def test_followed_feeds_are_read_in_one_batch_and_the_next_night_a_day_back(index: FakeIndex, job: Make) -> None:
    shows = [index.podcast(f"Show {number}") for number in range(3)]
    early = {index.add(show, "2026-09-29T05:00") for show in shows}
    settings: dict[str, Any] = {"feeds": tuple(map(feed_url, shows))}
    first = await collect(SOURCE.fetch(job(index, **settings)))
    assert set(records(first, "episodes")) == early
    assert set(records(first, "podcasts")) == {str(show) for show in shows}
    assert len(index.paths("/episodes/")) == 1
    late, new = index.add(shows[0], "2026-09-30T23:00"), index.add(shows[1], "2026-10-01T05:00")
    added = index.podcast("Show 4")
    old = index.add(added, "2026-09-05T05:00")
    index.asked.clear()
    settings["feeds"] += (feed_url(added),)
    second = await collect(SOURCE.fetch(job(index, **settings, window=NEXT, cursor=cursor(first))))
    assert set(records(second, "episodes")) == {late, new, old}
    since = {request.url.params["id"]: int(request.url.params["since"]) for request in index.asked if "/episodes/" in request.url.path}
    assert since[",".join(map(str, shows))] == epoch("2026-09-30T00:00")
    assert since[str(added)] == epoch("2026-09-02T00:00"), "a new one is read back over limits.history_days"


async def test_a_podcast_without_new_episodes_is_not_asked_for_them(index: FakeIndex, job: Make) -> None:
    quiet = index.podcast("Tidewell Quiet", newestItemPubdate=epoch("2026-08-01T05:00"))
    loud = index.podcast("Tidewell Loud", newestItemPubdate=epoch("2026-09-11T05:00"))
    wanted = index.add(loud, "2026-09-11T05:00")
    pages = await collect(SOURCE.fetch(job(index, terms=("tidewell",))))
    assert set(records(pages, "episodes")) == {wanted}
    assert [request.url.params["id"] for request in index.asked if "/episodes/" in request.url.path] == [str(loud)]
    assert set(cursor(pages)["until"]) == {"by:tidewell", str(quiet), str(loud)}


async def test_young_episodes_come_again_by_their_podcasts_and_those_that_are_gone_are_told(index: FakeIndex, job: Make) -> None:
    show, other = index.podcast("Laps"), index.podcast("Lap Talk")
    edited, gone, moved = (index.add(show, "2026-09-10T05:00") for _ in range(3))
    named = index.add(other, "2026-09-11T05:00", named="tidewell")
    settings: dict[str, Any] = {"terms": ("tidewell",), "feeds": (feed_url(show),)}
    first = await collect(SOURCE.fetch(job(index, **settings)))
    index.episodes[int(edited)]["title"] = "Lap, corrected"
    del index.episodes[int(gone)]
    index.episodes[int(moved)]["datePublished"] = epoch("2026-08-01T05:00")
    index.asked.clear()
    second = await collect(SOURCE.fetch(job(index, **settings, window=NEXT, cursor=cursor(first), young=young(first, "episodes"))))
    assert set(records(second, "episodes")) == {edited, moved, named}
    assert records(second, "episodes")[edited].payload["title"] == "Lap, corrected"
    assert tombstones(second) == [Tombstone("episodes", gone)]
    assert len(index.paths("/episodes/byfeedid")) == 1
    assert len(index.paths("/episodes/byid")) == 2


async def test_old_episodes_are_asked_for_one_by_one_and_their_podcasts_are_not(index: FakeIndex, job: Make) -> None:
    show = index.podcast("The Tidewell Hour")
    kept, gone = (index.add(show, f"2026-02-0{day}T05:00") for day in (1, 2))
    del index.episodes[int(gone)]
    due = [Known("episodes", native_id, str(show), is_old=True) for native_id in (kept, gone)]
    pages = await collect(SOURCE.fetch(job(index, window=NEXT, young=due)))
    assert set(records(pages, "episodes")) == {kept}
    assert tombstones(pages) == [Tombstone("episodes", gone)]


async def test_a_dead_podcast_is_gone_where_it_was_read_before(index: FakeIndex, job: Make) -> None:
    show, never = index.podcast("Tidewell Hour"), index.podcast("Tidewell Echo", dead=1)
    index.add(show, "2026-09-10T05:00")
    first = await collect(SOURCE.fetch(job(index, terms=("tidewell",))))
    assert set(records(first, "podcasts")) == {str(show)}
    index.feeds[show]["dead"] = 1
    night = job(index, terms=("tidewell",), window=NEXT, cursor=cursor(first), young=young(first, "episodes"))
    second = await collect(SOURCE.fetch(night))
    assert tombstones(second) == [Tombstone("podcasts", str(show))]
    assert set(cursor(second)["until"]) == {"by:tidewell"}
    _, failure = await until_failure(SOURCE.fetch(job(index, feeds=(feed_url(never),))))
    assert "this podcast is dead: take it out of the list" in failure


async def test_a_batch_with_more_episodes_than_are_shown_is_halved(index: FakeIndex, job: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(podcast_index, "MOST", 10)
    shows = [index.podcast(f"Show {number}") for number in range(4)]
    wanted = {index.add(show, f"2026-09-{day:02}T05:00") for show in shows[:3] for day in range(1, 9)}
    for hour in range(12):
        index.add(shows[3], f"2026-09-10T{hour:02}:00")
    pages = await collect(SOURCE.fetch(job(index, feeds=tuple(map(feed_url, shows)))))
    assert wanted < set(records(pages, "episodes"))
    assert len(records(pages, "episodes")) == len(wanted) + 10
    assert f"podcast {shows[3]}: only its newest 10 episodes since 2026-09-01 were shown" in notes(pages)


async def test_max_pages_bounds_a_night_and_says_what_is_left(index: FakeIndex, job: Make) -> None:
    shows = [index.podcast(f"Show {number}") for number in range(5)]
    limits = Limits(requests_per_second=1000, max_pages=3)
    pages = await collect(SOURCE.fetch(job(index, feeds=tuple(map(feed_url, shows)), limits=limits)))
    assert "2 terms and feeds were left unread: limits.max_pages is reached" in notes(pages)
    assert "3 podcasts' episodes were left unread" in notes(pages)
    assert cursor(pages) == {"until": {}}


async def test_the_clock_is_the_server_s_and_is_set_by_each_answer(index: FakeIndex, job: Make) -> None:
    index.seconds = 170
    shows = [index.podcast(f"Show {number}") for number in range(5)]
    pages = await collect(SOURCE.fetch(job(index, feeds=tuple(map(feed_url, shows)))))
    assert len(records(pages, "podcasts")) == 5
    assert index.now - START > timedelta(minutes=10)
    assert "authorization" not in index.asked[0].headers
    assert len(index.asked) == 7


async def test_a_request_that_waited_too_long_is_signed_again(index: FakeIndex, job: Make) -> None:
    show = index.podcast("Laps")

    def slow(request: httpx.Request) -> httpx.Response:
        if len(index.asked) == 1:
            index.now += timedelta(minutes=15)
        return index(request)

    assert set(records(await collect(SOURCE.fetch(job(slow, feeds=(feed_url(show),)))), "podcasts")) == {str(show)}
    assert index.paths("/podcasts/") == ["/podcasts/byfeedurl"] * 2


async def test_wrong_keys_end_the_night_with_one_clear_error(index: FakeIndex, job: Make) -> None:
    wrong = job(index, keys={"key": "KEY1", "secret": "WR0NG"}, terms=("tidewell", "fernway"))
    with pytest.raises(SourceError, match="does not accept the key and secret of this source: check the environment variables") as error:
        await collect(SOURCE.fetch(wrong))
    assert "WR0NG" not in str(error.value)
    assert len(index.asked) == 3


async def test_a_server_without_a_clock_is_an_error(index: FakeIndex, job: Make) -> None:
    index.is_dated = False
    with pytest.raises(SourceError, match="does not tell the time"):
        await SOURCE.check(job(index))


async def test_one_failing_feed_or_term_does_not_lose_the_others(index: FakeIndex, job: Make) -> None:
    show = index.podcast("Laps")
    wanted = index.add(show, "2026-09-10T05:00")
    index.broken["/search/byperson"] = httpx.Response(400, json={"status": "false", "description": "Invalid argument"})
    settings: dict[str, Any] = {"terms": ("tidewell",), "feeds": ("https://unknown.example/feed", feed_url(show))}
    pages, failure = await until_failure(SOURCE.fetch(job(index, **settings)))
    assert set(records(pages, "episodes")) == {wanted}
    assert failure.startswith("Not read: tidewell: ")
    assert "answered with an error (400 Invalid argument)" in failure
    assert "https://unknown.example/feed: the index knows no podcast of this feed" in failure


@pytest.mark.parametrize(
    "response",
    [
        httpx.Response(400, json={"status": "false", "description": "Episode not found."}),
        httpx.Response(404, json={"status": "false", "description": "No episodes match this id."}),
        httpx.Response(200, json={"status": "false", "description": "This id does not exist."}),
        httpx.Response(200, json={"status": "true", "episode": [], "description": "No episode matches."}),
    ],
)
async def test_every_way_to_say_that_an_episode_is_gone(index: FakeIndex, job: Make, response: httpx.Response) -> None:
    show = index.podcast("Laps")
    gone = index.add(show, "2026-09-10T05:00")
    first = await collect(SOURCE.fetch(job(index, feeds=(feed_url(show),))))
    del index.episodes[int(gone)]
    index.broken["/episodes/byid"] = response
    second = await collect(SOURCE.fetch(job(index, window=NEXT, cursor=cursor(first), young=young(first, "episodes"))))
    assert tombstones(second) == [Tombstone("episodes", gone)]


@pytest.mark.parametrize(
    ("response", "why"),
    [
        (httpx.Response(200, json={"status": "false", "description": "Server is busy"}), "Server is busy"),
        (httpx.Response(200, json={"status": ["true"], "items": []}), "no reason given"),
        (httpx.Response(200, json=[]), "is no object"),
        (httpx.Response(200, json={"status": "true"}), "does not hold the list 'items'"),
        (httpx.Response(200, json={"status": "true", "items": {}}), "does not hold the list 'items'"),
        (httpx.Response(400, text="<html>blocked</html>"), "it looks like HTML"),
    ],
)
async def test_answers_that_are_no_search_name_their_term(index: FakeIndex, job: Make, response: httpx.Response, why: str) -> None:
    index.broken["/search/byperson"] = response
    with pytest.raises(SourceError, match=f"Not read: tidewell: .*{why}"):
        await collect(SOURCE.fetch(job(index, terms=("tidewell",))))


async def test_a_failing_batch_is_told_and_a_refusing_host_ends_the_night(index: FakeIndex, job: Make) -> None:
    show = index.podcast("Laps")
    index.broken["/episodes/byfeedid"] = httpx.Response(500, text="oh")
    pages, failure = await until_failure(SOURCE.fetch(job(index, feeds=(feed_url(show),))))
    assert set(records(pages, "podcasts")) == {str(show)}
    assert f"episodes of podcasts {show} to {show}: " in failure
    index.broken["/search/byperson"] = httpx.Response(429)
    with pytest.raises(SourceError, match="429"):
        await collect(SOURCE.fetch(job(index, terms=("tidewell",), feeds=(feed_url(show),))))


async def test_odd_items_are_rejected_and_odd_values_are_no_errors(index: FakeIndex, job: Make) -> None:
    odd: list[Any] = [None, 7, "x", [], {}, {"id": None}, {"id": True}, {"id": "../1"}, {"id": 10**30}, {"id": [1]}]
    times: list[Any] = [None, "1789000000", -5, 10**20, 1.5, {}, True]
    undated = [{"id": 100 + place, "datePublished": time, "feedId": [], "feedTitle": 3} for place, time in enumerate(times)]
    feeds: list[Any] = [*odd, {"id": 55, "title": ["tidewell"], "dead": {}, "categories": [], "newestItemPubdate": "soon"}]
    index.broken["/search/byperson"] = httpx.Response(200, json={"status": True, "items": [*odd, *undated]})
    index.broken["/search/byterm"] = httpx.Response(200, json={"status": "true", "feeds": feeds})
    pages = await collect(SOURCE.fetch(job(index, terms=("tidewell",))))
    episodes = records(pages, "episodes")
    assert {key: (record.published_at, record.lookup_key) for key, record in episodes.items()} == {
        str(item["id"]): (None, "0") for item in undated
    }
    assert records(pages, "podcasts")["55"].payload["category_names"] == []
    rejected = [one for page in pages for one in page.rejected]
    assert [one.payload for one in rejected if one.entity == "episodes"] == odd
    assert [one.payload for one in rejected if one.entity == "podcasts"] == [one for one in odd if not isinstance(one, dict)]


async def test_check_signs_and_counts(index: FakeIndex, job: Make) -> None:
    index.podcast("Laps")
    assert await SOURCE.check(job(index)) == "1 podcasts in the index"
    assert {request.url.path for request in index.asked} == {"/api/1.0/stats/current"}
