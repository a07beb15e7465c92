"""The podcast feed connector on recorded feeds, with recorded transcripts at the addresses that they announce."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from connectors.extraction import Extraction
from connectors.feed.transcripts import Kind, read_transcript
from connectors.podcasts.podcast_feeds.source import SOURCE
from connectors.source import Page, Window
from tests.conftest import collect
from tests.connectors.reading import notes, records

Make = Callable[..., Extraction]
WINDOW = Window(datetime(2006, 1, 1, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC))
BASE = "https://recorded.example/"
FEEDS = {
    "antennapod_feed-rss-testPodcastIndexTranscript.xml": 1,
    "partytime_example.xml": 0,
    "partytime_publisher.xml": 0,
    "partytime_themnshow.xml": 54,
    "partytime_pc20rss.xml": 47,
}
"""How many episodes of a feed announce a transcript of which the like was recorded."""
FILES = {
    "json": "psearch_test_transcript_speaker_no_end.json",
    "srt": "psearch_test_transcript.srt",
    "vtt": "namespace_transcripts_example.vtt",
}


@pytest.fixture
def folder(payloads: Path) -> Path:
    folder = payloads / "podcast"
    if not folder.is_dir():
        pytest.skip(f"no recorded answers at {folder}")
    return folder


async def read(payloads: Path, extraction: Make, *feeds: str) -> list[Page]:
    """What the connector makes of these feeds, or of all; transcripts by the endings of their addresses, no plain text."""

    def replay(request: httpx.Request) -> httpx.Response:
        name = request.url.path.removeprefix("/") if request.url.host == "recorded.example" else ""
        name = name if name in FEEDS else FILES.get(request.url.path.rpartition(".")[2], "")
        return httpx.Response(200, content=(payloads / "podcast" / name).read_bytes()) if name else httpx.Response(404)

    urls = tuple(f"{BASE}{name}" for name in feeds or FEEDS)
    return await collect(SOURCE.fetch(extraction(SOURCE, replay, window=WINDOW, feeds=urls)))


@pytest.mark.parametrize("name", FEEDS)
async def test_every_recorded_transcript_is_beside_its_episode(folder: Path, extraction: Make, name: str) -> None:
    pages = await read(folder.parent, extraction, name)
    transcripts, episodes = records(pages, "transcripts"), records(pages, "episodes")
    assert len(transcripts) == FEEDS[name]
    assert all(episodes[key].payload["transcripts"] for key in transcripts)
    assert ("could not be read" in notes(pages)) == (name == "partytime_example.xml"), "its plain texts are not there"


@pytest.mark.parametrize(
    ("name", "kind", "speakers", "turns"),
    [
        ("namespace_transcripts_example.vtt", "vtt", {"Sarah", "Gillian"}, 2),
        ("namespace_transcripts_example.html", "html", {"Travis", "Sarah"}, 10),
        ("psearch_test_transcript.srt", "srt", set(), 1),
        ("psearch_test_transcript_speaker_no_end.json", "json", {"Speaker 1", "Speaker 2"}, 3),
    ],
)
def test_recorded_transcripts_keep_their_speakers(folder: Path, name: str, kind: Kind, speakers: set[str], turns: int) -> None:
    transcript = read_transcript((folder / name).read_bytes(), kind, name)
    lines = transcript.text.splitlines()
    assert (transcript.kind, len(lines)) == (kind, turns)
    assert speakers <= {line.partition(":")[0] for line in lines}
    assert not {"<", "-->", "&amp;", "&#39;"} & set(transcript.text.split())


GUID = "917393e3-1b1e-5cef-ace4-edaa54e1f810"
YOUTUBE = f"{BASE}antennapod_feed-rss-testPodcastIndexTranscript.xml https://podnews.net/update/youtube-podcasts-uk"
FUTURE = f"{BASE}partytime_example.xml https://example.com/ep0003"
STAGED = {
    "podcasts": {
        f"{BASE}partytime_example.xml": {
            "author_id": f"podcast_feeds:{BASE}partytime_example.xml",
            "podcast_guid": None,
            "display_name": "Podcasting 2.0 Namespace Example",
            "url": "http://example.com/podcast",
            "host_name": "John Doe",
            "language": "en-US",
            "categories": ["News", "Technology"],
        },
        GUID: {"display_name": "Podcasting 2.0", "podcast_guid": GUID, "owner_name": "Adam Curry", "author_kind": None},
        "003af0a0-6a45-55bf-b765-68e3d349551a": {"display_name": "AgileSet Media", "medium": "publisher", "author_kind": "collection"},
    },
    "episodes": {
        FUTURE: {
            "title": "Episode 3 - The Future",
            "url": "https://example.com/podcast/ep0003",
            "season_number": 1,
            "episode_number": 3.0,
            "is_explicit": False,
            "media_type": "audio",
            "published_at": datetime(2020, 10, 9, 4, 30, 38, tzinfo=UTC),
        },
    },
    "transcripts": {
        YOUTUBE: {
            "post_id": f"podcast_feeds:{YOUTUBE}",
            "container_id": f"podcast_feeds:{BASE}antennapod_feed-rss-testPodcastIndexTranscript.xml",
            "episode_guid": None,
            "url": "https://podnews.net/audio/podnews231011.mp3.json",
            "transcript_type": "application/json",
            "language": None,
            "transcript": "Speaker 1: Subtitle 1, Line 1\nSpeaker 2: Subtitle 2, Line 1\nSpeaker 1: Subtitle 3, Line 1",
        },
    },
}
