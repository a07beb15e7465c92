"""Every recorded feed gives its entries or a reason."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import feedparser
import httpx
import pytest

from connectors.blogs import feeds
from connectors.extraction import Extraction, Platform
from connectors.feed.document import FeedDocument, NotAFeed
from connectors.feed.parser import parse_feed
from connectors.podcasts.podcast_feeds import source as podcast_feeds
from connectors.source import Record
from tests.conftest import collect

URL = "https://feed.example/feed"
Extract = Callable[..., Extraction]


def files(folder: Path) -> Iterator[Path]:
    yield from sorted(path for path in folder.iterdir() if path.name != "INDEX.jsonl")


def read(path: Path) -> FeedDocument | NotAFeed:
    try:
        return parse_feed(path.read_bytes(), "", URL)
    except NotAFeed as reason:
        return reason


async def records(extraction: Extract, source: Platform, path: Path, entity: str) -> list[Record]:
    job = extraction(source, lambda request: httpx.Response(200, content=path.read_bytes()), feeds=(URL,))
    return [record for page in await collect(source.fetch(job)) for record in page.records if record.entity == entity]


def test_every_real_feed_has_entries(payloads: Path) -> None:
    counts = {
        path.name: len(document.entries) for path in files(payloads / "feeds-realworld") if isinstance(document := read(path), FeedDocument)
    }
    assert len(counts) >= 43
    assert [name for name, count in counts.items() if not count] == []
    assert sum(counts.values()) >= 975


@pytest.mark.parametrize("folder", ["feeds-wellformed", "feeds-realworld", "feeds-illformed", "feeds-derived", "podcast"])
def test_no_entry_is_lost_that_feedparser_alone_would_find(payloads: Path, folder: str) -> None:
    paths = [path for path in files(payloads / folder) if path.suffix in {".xml", ".rss", ".rdf", ".atom"}]
    assert paths
    for path in paths:
        document = read(path)
        alone = len(feedparser.parse(path.read_bytes()).entries)
        assert (len(document.entries) if isinstance(document, FeedDocument) else 0) >= alone, path.name


@pytest.mark.parametrize(("folder", "least"), [("feeds-illformed", 70), ("feeds-derived", 8), ("jsonfeed", 10), ("podcast", 82)])
def test_a_broken_feed_gives_entries_or_says_why_not(payloads: Path, folder: str, least: int) -> None:
    documents = {path.name: read(path) for path in files(payloads / folder)}
    assert all(str(reason) for reason in documents.values() if isinstance(reason, NotAFeed))
    assert sum(isinstance(document, FeedDocument) for document in documents.values()) >= least


@pytest.mark.parametrize("folder", ["feeds-realworld", "jsonfeed"])
def test_entries_of_real_feeds_have_identities_and_dates(payloads: Path, folder: str) -> None:
    documents = [document for path in files(payloads / folder) if isinstance(document := read(path), FeedDocument)]
    entries = [entry for document in documents for entry in document.entries]
    repeated = sum(len(document.entries) - len({entry.identity for entry in document.entries}) for document in documents)
    assert all(entry.identity for entry in entries)
    assert repeated <= len(entries) // 100
    assert sum(entry.published is not None for entry in entries) >= 0.9 * len(entries)


async def test_an_edited_real_entry_keeps_its_id(payloads: Path, extraction: Extract, tmp_path: Path) -> None:
    path = payloads / "feeds-realworld" / "feedbin_atom_single.xml"
    edited = tmp_path / "edited.xml"
    edited.write_bytes(re.sub(rb"(<entry>\s*<title>)", rb"\1Edited: ", path.read_bytes()))
    (before,) = await records(extraction, feeds.SOURCE, path, "entries")
    (after,) = await records(extraction, feeds.SOURCE, edited, "entries")
    assert before.native_id == after.native_id
    assert before.payload != after.payload


@pytest.mark.parametrize(
    "name", ["partytime_example.xml", "partytime_themnshow.xml", "partytime_pc20rss.xml", "partytime_homegrown-hits.xml"]
)
async def test_all_persons_and_transcripts_of_an_episode_are_kept(payloads: Path, extraction: Extract, name: str) -> None:
    path = payloads / "podcast" / name
    items = re.findall(r"<item\b.*?</item>", path.read_text(encoding="utf-8"), re.DOTALL)
    written = {kind: [len(re.findall(rf"<podcast:{kind}\b", item)) for item in items] for kind in ("person", "transcript")}
    episodes = [record.payload for record in await records(extraction, podcast_feeds.SOURCE, path, "episodes")]
    assert [len(episode["transcripts"]) for episode in episodes] == written["transcript"]
    assert sum(written["person"]) + sum(written["transcript"]) > 0
    for episode, count in zip(episodes, written["person"], strict=True):
        assert not count or len(episode["persons"]) == count
