"""The connector of Apple's podcast directory on answers that the real server gave, and two that it gave to others."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from connectors.extraction import Extraction
from connectors.podcasts.itunes import SOURCE
from connectors.source import Page, SourceError, Window
from tests.conftest import collect
from tests.connectors.reading import notes, records

Make = Callable[..., Extraction]
WINDOW = Window(datetime(2006, 1, 1, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC))
EMPTY = {"resultCount": 0, "results": list[object]()}


@pytest.fixture
def folder(payloads: Path) -> Path:
    folder = payloads / "itunes"
    if not folder.is_dir():
        pytest.skip(f"no recorded answers at {folder}")
    return folder


async def read(payloads: Path, extraction: Make, *terms: str) -> list[Page]:
    """What the connector makes of the recorded searches and the recorded lookup."""

    def replay(request: httpx.Request) -> httpx.Response:
        query = request.url.params
        if query.get("entity") == "podcastEpisode" and "term" in query:
            return httpx.Response(200, json=EMPTY)
        name = query.get("term") or query["id"]
        return httpx.Response(200, content=b"\n\n\n" + (payloads / "itunes" / f"{name}.json").read_bytes())

    found = terms or ("apple", "gruber")
    return await collect(SOURCE.fetch(extraction(SOURCE, replay, window=WINDOW, terms=found, accounts=() if terms else ("537879700",))))


async def test_every_recorded_podcast_gets_its_outcome(folder: Path, extraction: Make) -> None:
    pages = await read(folder.parent, extraction)
    rows = [row for name in ("apple", "gruber", "537879700") for row in json.loads((folder / f"{name}.json").read_bytes())["results"]]
    assert len(rows) == 64
    assert {key: record.payload for key, record in records(pages, "podcasts").items()} == {str(row["collectionId"]): row for row in rows}
    assert not notes(pages)
    assert not [rejected for page in pages for rejected in page.rejected]


async def test_the_recorded_lie_is_told(folder: Path, extraction: Make) -> None:
    assert "'lie': the answer says that it holds 1 rows, but holds 0" in notes(await read(folder.parent, extraction, "lie"))


async def test_the_recorded_surprise_is_an_error(folder: Path, extraction: Make) -> None:
    with pytest.raises(SourceError, match=r"Not read: surprise: .* holds no results: is this Apple's search"):
        await read(folder.parent, extraction, "surprise")


STAGED = {
    "podcasts": {
        "537879700": {
            "author_id": "itunes:537879700",
            "itunes_id": "537879700",
            "artist_id": None,
            "display_name": "Seminargespräche",
            "url": "https://itunes.apple.com/de/podcast/seminargesprache/id537879700?mt=2&uo=4",
            "host_name": "Tim Pritlove",
            "primary_genre": "Education",
            "categories": ["Bildung", "Podcasts"],
            "store_country": "DEU",
            "observed_from": "http://feeds.feedburner.com/forum-politische-bildung",
            "episode_count": 15,
            "is_explicit": False,
            "newest_episode_at": datetime(2014, 1, 7, 10, 24, tzinfo=UTC),
        },
        "275834665": {"artist_id": "706424103", "display_name": "Apple Keynotes", "host_name": "Apple"},
    },
}
