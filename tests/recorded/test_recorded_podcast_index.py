"""The Podcast Index connector on answers that the real server gave."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from connectors.extraction import Extraction
from connectors.podcasts.podcast_index.source import SOURCE
from connectors.source import Known, Page, Window
from tests.conftest import collect
from tests.connectors.reading import notes, records, tombstones

Make = Callable[..., Extraction]
WINDOW = Window(datetime(2006, 1, 1, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC))
FEED = "http://mp3s.nashownotes.com/pc20rss.xml"
KEYS = {"key": SecretStr("KEY1"), "secret": SecretStr("S3CRET")}


@pytest.fixture
def folder(payloads: Path) -> Path:
    folder = payloads / "podcastindex"
    if not folder.is_dir():
        pytest.skip(f"no recorded answers at {folder}")
    return folder


class Replay:
    """What was recorded, by path. Search finds the newest episodes and the podcasts of one medium; lists of episodes are empty."""

    def __init__(self, folder: Path) -> None:
        recorded = {path.stem.removesuffix("_response"): json.loads(path.read_bytes()) for path in folder.glob("*_response.json")}
        self.episode: dict[str, Any] = recorded["episodes_by_id"]["episode"]
        self.trending = {str(feed["id"]): feed for feed in recorded["podcasts_trending"]["feeds"]}
        self.answers: dict[str, Any] = {
            "/stats/current": recorded["stats_current"],
            "/search/byperson": recorded["recent_episodes"],
            "/search/byterm": recorded["podcasts_by_medium"],
            "/podcasts/byfeedurl": recorded["podcasts_by_feed_url"],
            "/episodes/byfeedid": {"status": "true", "items": []},
        }
        self.by_id = recorded["episodes_by_id"]

    def __call__(self, request: httpx.Request) -> httpx.Response:
        path, query = request.url.path.removeprefix("/api/1.0"), request.url.params
        if path == "/podcasts/byfeedid":
            feed = self.trending.get(query["id"], [])
            answer: Any = {"status": "true", "query": {"id": query["id"]}, "feed": feed, "description": "No feeds match this id."}
        elif path == "/episodes/byid":
            is_known = query["id"] == self.by_id["id"]
            answer = self.by_id if is_known else {"status": "true", "episode": []}
        else:
            answer = self.answers[path]
        return httpx.Response(200, json=answer, headers={"date": "Sun, 01 Nov 2026 02:00:00 GMT"})


async def read(payloads: Path, extraction: Make) -> list[Page]:
    """What the connector makes of the recorded searches, the recorded feed, and the recorded episode as a young one."""
    replay = Replay(payloads / "podcastindex")
    young = [Known("episodes", str(replay.episode["id"]), str(replay.episode["feedId"])), Known("episodes", "999", "555343")]
    job = extraction(SOURCE, replay, window=WINDOW, terms=("music",), feeds=(FEED,), young=young, secret_values=KEYS)
    return await collect(SOURCE.fetch(job))


async def test_every_recorded_item_gets_its_outcome(folder: Path, extraction: Make) -> None:
    pages, replay = await read(folder.parent, extraction), Replay(folder)
    episodes, podcasts = records(pages, "episodes"), records(pages, "podcasts")
    recent = replay.answers["/search/byperson"]["items"]
    assert len(recent) == 40
    assert {key: record.payload for key, record in episodes.items()} == {str(item["id"]): item for item in [*recent, replay.episode]}
    assert all(record.published_at and record.lookup_key != "0" for record in episodes.values())
    found = {str(feed["id"]): feed for feed in replay.answers["/search/byterm"]["feeds"]}
    held = {key for key, feed in found.items() if "music" in f"{feed['title']} {feed['author']} {feed['description']}".lower()}
    assert podcasts.keys() - {"920666"} <= held
    assert len(podcasts) > 10
    assert f"{len(found) - len(podcasts) + 1} podcasts that the search found were left out" in notes(pages)
    assert {tombstone.native_id for tombstone in tombstones(pages)} == {"999"}
    assert not [rejected for page in pages for rejected in page.rejected]


async def test_the_recorded_count(folder: Path, extraction: Make) -> None:
    assert await SOURCE.check(extraction(SOURCE, Replay(folder), secret_values=KEYS)) == "4316919 podcasts in the index"


STAGED = {
    "podcasts": {
        "920666": {
            "author_id": "podcast_index:920666",
            "podcast_guid": "917393e3-1b1e-5cef-ace4-edaa54e1f810",
            "itunes_id": "1584274529",
            "display_name": "Podcasting 2.0",
            "url": "http://podcastindex.org",
            "host_name": "Podcast Index LLC",
            "owner_name": "Adam Curry",
            "language": "en",
            "categories": ["News", "Politics", "Technology"],
            "observed_from": FEED,
            "websites": ["http://podcastindex.org"],
            "episode_count": 48,
            "is_explicit": False,
            "newest_episode_at": None,
        },
    },
    "episodes": {
        "8031009367": {
            "post_id": "podcast_index:8031009367",
            "author_id": "podcast_index:920666",
            "container_id": "podcast_index:920666",
            "episode_guid": "PC2084",
            "title": "Episode 84: All Aboard to On-Board!",
            "url": "http://adam.curry.com/html/PC208420220506Podcas-9vksRH4FlPRKdPB0QqFRHZ1GnmRNbz.html",
            "language": "en",
            "media_type": "audio",
            "transcript_url": "https://mp3s.nashownotes.com/PC20-84-Captions.srt",
            "duration_seconds": 7058,
            "season_number": None,
            "is_explicit": False,
            "published_at": datetime(2022, 5, 6, 20, 0, 50, tzinfo=UTC),
            "crawled_at": datetime(2022, 12, 31, 2, 18, 7, tzinfo=UTC),
        },
        "15080793839": {
            "title": "Episode 241 - Wolfsmarine Rides Again",
            "episode_type": "full",
            "published_at": datetime(2023, 4, 24, 18, 2, tzinfo=UTC),
        },
    },
}
