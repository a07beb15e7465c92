"""The connector of Apple's podcast directory: what terms and collection ids give, and what bad answers do."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from connectors.extraction import Extraction
from connectors.podcasts.itunes import SOURCE
from connectors.settings import Limits
from connectors.source import SourceError, Window
from tests.conftest import WINDOW, collect
from tests.connectors.reading import cursor, notes, records, until_failure

Make = Callable[..., Extraction]
BASE = "https://store.test"
NEXT = Window(WINDOW.end, WINDOW.end + timedelta(days=1))


class FakeStore:
    """Search and lookup over podcasts and episodes; bodies begin with blank lines and call themselves JavaScript."""

    def __init__(self) -> None:
        self.podcasts: dict[int, dict[str, Any]] = {}
        self.episodes: dict[int, dict[str, Any]] = {}
        self.broken: dict[str, httpx.Response] = {}
        self.asked: list[httpx.Request] = []

    def podcast(self, name: str, **more: Any) -> str:
        number = 500 + len(self.podcasts)
        self.podcasts[number] = {
            "wrapperType": "track",
            "kind": "podcast",
            "collectionId": number,
            "trackId": number,
            "collectionName": name,
            "artistName": "Studio Lap",
            "feedUrl": f"https://pods.example/{number}.xml",
            "releaseDate": "2026-09-29T05:00:00Z",
            "country": "USA",
            **more,
        }
        return str(number)

    def add(self, podcast_id: str, at: str, name: str = "Lap", **more: Any) -> str:
        number = 1_000_600_000_000 + len(self.episodes)
        self.episodes[number] = {
            "wrapperType": "podcastEpisode",
            "kind": "podcast-episode",
            "collectionId": int(podcast_id),
            "trackId": number,
            "trackName": name,
            "collectionName": self.podcasts[int(podcast_id)]["collectionName"],
            "releaseDate": f"{at}Z",
            **more,
        }
        return str(number)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        query = request.url.params
        if (broken := self.broken.get(f"{request.url.path} {query.get('entity')}")) or (broken := self.broken.get(request.url.path)):
            return broken
        if request.url.path == "/search":
            rows = self.search(query["term"], self.podcasts if query["entity"] == "podcast" else self.episodes)[:100]
        else:
            rows = self.lookup({int(number) for number in query["id"].split(",")}, query)
        rows = rows[: int(query.get("limit", 50_000))]
        body = "\n\n\n" + json.dumps({"resultCount": len(rows), "results": rows})
        return httpx.Response(200, text=body, headers={"content-type": "text/javascript; charset=utf-8"})

    def search(self, term: str, rows: dict[int, dict[str, Any]]) -> list[dict[str, Any]]:
        return [row for row in rows.values() if term.lower() in json.dumps(row).lower()]

    def lookup(self, ids: set[int], query: httpx.QueryParams) -> list[dict[str, Any]]:
        country = query.get("country", "us")
        found = [row for number, row in self.podcasts.items() if number in ids and row.get("store", "us") == country]
        if query["entity"] == "podcastEpisode":
            kept = {row["collectionId"] for row in found}
            episodes = [row for row in self.episodes.values() if row["collectionId"] in kept]
            found += sorted(episodes, key=lambda row: str(row["releaseDate"]), reverse=True)
        return found


@pytest.fixture
def store() -> FakeStore:
    return FakeStore()


@pytest.fixture
def job(extraction: Make) -> Make:
    def make(store: FakeStore, **settings: Any) -> Extraction:
        limits = settings.pop("limits", Limits(requests_per_second=1000, attempts=2))
        return extraction(SOURCE, store, base_url=BASE, limits=limits, **{"terms": (), **settings})

    return make


async def test_an_account_is_a_podcast_with_its_newest_episodes(store: FakeStore, job: Make) -> None:
    show = store.podcast("Laps")
    wanted = {store.add(show, at) for at in ("2026-09-01T00:00:00", "2026-09-30T23:59:59")}
    for outside in ("2026-08-31T23:59:59", "2026-10-01T00:00:00"):
        store.add(show, outside)
    pages = await collect(SOURCE.fetch(job(store, accounts=(show,))))
    assert set(records(pages, "episodes")) == wanted
    episode = records(pages, "episodes")[min(wanted)]
    assert episode.payload == store.episodes[int(min(wanted))]
    assert (episode.published_at, episode.lookup_key) == (datetime(2026, 9, 1, tzinfo=UTC), None)
    assert records(pages, "podcasts")[show].payload == store.podcasts[int(show)]
    assert records(pages, "podcasts")[show].published_at is None
    assert dict(store.asked[0].url.params) == {"id": show, "media": "podcast", "entity": "podcastEpisode", "limit": "200"}
    assert len(store.asked) == 1
    assert not notes(pages)


@pytest.mark.parametrize(
    ("written", "country"),
    [
        ("{}", None),
        ("id{}", None),
        ("https://podcasts.apple.com/de/podcast/laps-lattes/id{}", "de"),
        ("https://podcasts.apple.com/de/podcast/id{}?i=1000600000000", "de"),
        ("https://itunes.apple.com/de/podcast/laps/id{}?mt=2&uo=4", "de"),
    ],
)
async def test_an_account_may_be_an_address_of_any_store(store: FakeStore, job: Make, written: str, country: str | None) -> None:
    show = store.podcast("Laps", store=country or "us")
    pages = await collect(SOURCE.fetch(job(store, accounts=(written.format(show),))))
    assert set(records(pages, "podcasts")) == {show}
    assert store.asked[0].url.params.get("country") == country


async def test_a_term_finds_podcasts_and_episodes_that_hold_it_and_whose_they_are(store: FakeStore, job: Make) -> None:
    held, other, unheard = store.podcast("The Tidewell Hour"), store.podcast("Lap Talk"), store.podcast("Tidewellness")
    wanted = {store.add(held, "2026-09-10T05:00:00"), store.add(other, "2026-09-11T05:00:00", description="We try Tidewell, at last")}
    store.add(other, "2026-09-12T05:00:00", "Tidewells")
    store.add(other, "2026-08-12T05:00:00", "Tidewell")
    store.add(unheard, "2026-09-10T05:00:00")
    pages = await collect(SOURCE.fetch(job(store, terms=("tidewell",))))
    assert set(records(pages, "episodes")) == wanted
    assert set(records(pages, "podcasts")) == {held, other}
    assert "3 search hits were left out: they do not hold the term as a word" in notes(pages)
    assert [request.url.path for request in store.asked] == ["/search", "/search", "/lookup"]
    assert dict(store.asked[2].url.params) == {"id": other, "media": "podcast", "entity": "podcast"}


async def test_the_next_night_reads_the_young_again(store: FakeStore, job: Make) -> None:
    show, added = store.podcast("Laps"), store.podcast("Lap Talk")
    young, old = store.add(show, "2026-09-10T05:00:00"), store.add(show, "2026-09-01T05:00:00")
    first = await collect(SOURCE.fetch(job(store, accounts=(show,))))
    assert set(records(first, "episodes")) == {young, old}
    store.episodes[int(young)]["trackName"] = "Lap, corrected"
    new, of_added = store.add(show, "2026-10-01T05:00:00"), store.add(added, "2026-09-20T05:00:00")
    limits = Limits(requests_per_second=1000, young_days=25)
    night = job(store, accounts=(show, added), window=NEXT, cursor=cursor(first), limits=limits)
    second = await collect(SOURCE.fetch(night))
    assert set(records(second, "episodes")) == {young, new, of_added}
    assert records(second, "episodes")[young].payload["trackName"] == "Lap, corrected"


async def test_the_caps_of_both_doors_are_told(store: FakeStore, job: Make) -> None:
    show = store.podcast("Tidewell")
    for hour in range(250):
        store.add(show, f"{datetime(2026, 9, 5) + timedelta(hours=hour):%Y-%m-%dT%H:%M:%S}")
    pages = await collect(SOURCE.fetch(job(store, accounts=(show,), terms=("tidewell",))))
    assert f"{show}: only its newest 199 episodes were shown; read its feed (podcast_feeds) for all" in notes(pages)
    assert "'tidewell': only 100 episodes were shown, Apple shows no more" in notes(pages)
    quiet = store.podcast("Quiet")
    for day in range(250):
        store.add(quiet, f"{datetime(2026, 9, 5) - timedelta(days=day):%Y-%m-%dT%H:%M:%S}")
    assert not notes(await collect(SOURCE.fetch(job(store, accounts=(quiet,))))), "older ones were not wanted"


async def test_a_count_that_lies_is_told(store: FakeStore, job: Make) -> None:
    store.broken["/search podcast"] = httpx.Response(200, json={"resultCount": 1, "results": []})
    pages = await collect(SOURCE.fetch(job(store, terms=("tidewell",))))
    assert "'tidewell': the answer says that it holds 1 rows, but holds 0" in notes(pages)
    assert cursor(pages) == {"until": {"tidewell": WINDOW.end.isoformat()}}


async def test_max_pages_bounds_a_night(store: FakeStore, job: Make) -> None:
    shows = [store.podcast(f"Show {number}") for number in range(4)]
    pages = await collect(SOURCE.fetch(job(store, accounts=tuple(shows), limits=Limits(requests_per_second=1000, max_pages=2))))
    assert set(records(pages, "podcasts")) == set(shows[:2])
    assert f"{shows[2]}, {shows[3]}: not read, limits.max_pages is reached" in notes(pages)


async def test_one_failing_account_or_term_does_not_lose_the_others(store: FakeStore, job: Make) -> None:
    show = store.podcast("Laps")
    store.broken["/search"] = httpx.Response(400, json={"errorMessage": "Invalid value(s) for key(s): [limit]"})
    settings: dict[str, Any] = {"terms": ("tidewell",), "accounts": ("12", "@laps", show)}
    pages, failure = await until_failure(SOURCE.fetch(job(store, **settings)))
    assert set(records(pages, "podcasts")) == {show}
    assert failure.startswith("Not read: tidewell: ")
    assert "answered 400 (Invalid value(s) for key(s): [limit])" in failure
    assert "; 12: no podcast has this collection id in the store of the US" in failure
    assert "; @laps: no collection id: write the number" in failure


@pytest.mark.parametrize("status", [403, 429])
async def test_too_many_calls_end_the_night(store: FakeStore, job: Make, status: int) -> None:
    store.broken["/search"] = httpx.Response(status, text="<html>Forbidden</html>")
    with pytest.raises(SourceError, match=rf"answered {status}.*lower limits\.requests_per_second, or run again later"):
        await collect(SOURCE.fetch(job(store, terms=("tidewell", "fernway"), accounts=("500",))))
    assert {request.url.path for request in store.asked} == {"/search"}


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ('{"eat": "this!"}', "holds no results: is this Apple's search?"),
        ('{"resultCount": 0, "results": {}}', "holds no results"),
        ("[]", "holds no results"),
        ("\n\n", "it is empty"),
        ("<html>busy</html>", "it looks like HTML"),
    ],
)
async def test_answers_that_are_no_search_name_their_term(store: FakeStore, job: Make, body: str, why: str) -> None:
    store.broken["/search"] = httpx.Response(200, text=body)
    _, failure = await until_failure(SOURCE.fetch(job(store, terms=("tidewell",))))
    assert failure.startswith("Not read: tidewell: ")
    assert why in failure


async def test_failing_profiles_are_told_with_the_rest(store: FakeStore, job: Make) -> None:
    found = store.add(store.podcast("Laps"), "2026-09-10T05:00:00", "Tidewell")
    store.broken["/lookup"] = httpx.Response(404, json={})
    pages, failure = await until_failure(SOURCE.fetch(job(store, terms=("tidewell",))))
    assert set(records(pages, "episodes")) == {found}
    assert failure.startswith("Not read: the podcasts of the episodes: ")


async def test_odd_rows_are_rejected_and_odd_values_are_no_errors(store: FakeStore, job: Make) -> None:
    odd: list[Any] = [
        None, 7, "x", [], {}, {"kind": "song"}, {"kind": "podcast"}, {"kind": ["podcast"]}, {"kind": "podcast", "collectionId": True},
        {"kind": "podcast", "collectionId": 10**30}, {"kind": "podcast-episode", "trackId": "1"},
    ]  # fmt: skip
    times: list[Any] = [None, 7, "soon", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", {}, ""]
    undated = [
        {"kind": "podcast-episode", "trackId": 1 + place, "releaseDate": time, "collectionId": "x"} for place, time in enumerate(times)
    ]
    store.broken["/lookup"] = httpx.Response(200, json={"resultCount": "many", "results": [*odd, *undated]})
    pages = await collect(SOURCE.fetch(job(store, accounts=("500",))))
    assert {key: record.published_at for key, record in records(pages, "episodes").items()} == {
        str(row["trackId"]): None for row in undated
    }
    assert [rejected.payload for page in pages for rejected in page.rejected] == odd


async def test_check_makes_one_request(store: FakeStore, job: Make) -> None:
    store.podcast("A podcast")
    assert await SOURCE.check(job(store)) == "1 podcast found"
    assert len(store.asked) == 1
