"""Podcasts by their feeds, with the itunes and podcast namespaces, of which feedparser keeps only the last of repeated tags.

Cursor: that of the feeds (feed_reader.py), and under "transcripts" that of feed_transcripts.py.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from typing import Any

from lxml import etree

from connectors.extraction import Extraction
from connectors.feed.document import Enclosure, Entry, FeedDocument, clean, iso, number, unnumbered
from connectors.feed.reader import check_feed, fetch_feeds
from connectors.feed.rechecks import page_keys
from connectors.feed.xml import Tags, tags_of, text_of
from connectors.podcasts.podcast_feeds.transcripts import TranscriptNight
from connectors.source import Page, Record, Rejected, Source, SourceError, Tombstone

_EXPLICIT = {"true": True, "yes": True, "explicit": True, "false": False, "no": False, "clean": False}


async def fetch(job: Extraction) -> AsyncIterator[Page]:
    """Yields the podcasts that have changed, with their episodes, then the transcripts of the new ones."""
    transcripts, failure, last = TranscriptNight(job), None, Page(url=job.settings.feeds[0])
    try:
        async for page in fetch_feeds(job, _observe):
            transcripts.meet(page)
            if page.cursor is None:
                yield page
            else:
                last = page
    except SourceError as error:
        failure = error
    async for page in transcripts.pages():
        yield page
    if failure:
        raise failure
    yield replace(last, cursor={**(last.cursor or {}), "transcripts": transcripts.to_cursor()})


def duration_seconds(text: str | None) -> int | None:
    """Seconds of HH:MM:SS, MM:SS or seconds, a fraction dropped; None for anything else."""
    matched = re.fullmatch(r"(?:(?:(\d{1,4}):)?(\d{1,4}):)?(\d{1,9})(?:\.\d*)?", (text or "").strip(), re.ASCII)
    if not matched:
        return None
    hours, minutes, seconds = (int(part or 0) for part in matched.groups())
    return hours * 3600 + minutes * 60 + seconds


def _observe(document: FeedDocument, feed_url: str) -> Page:
    channel = _tags(document.channel)
    guid = text_of(channel, "podcast:guid")
    podcast_id = guid or feed_url
    pages = page_keys(document, feed_url)
    return Page(
        url=feed_url,
        records=[
            Record("podcasts", podcast_id, _podcast(document, channel, guid, feed_url)),
            *(
                Record(
                    "episodes",
                    f"{podcast_id} {entry.identity}",
                    _episode(entry, channel, podcast_id, feed_url),
                    published_at=entry.published,
                    lookup_key=pages.get(entry.url),
                )
                for entry in document.entries
                if not entry.is_empty
            ),
        ],
        tombstones=[Tombstone("episodes", f"{podcast_id} {ref}") for ref in document.deleted],
        rejected=[
            *(Rejected("episodes", "an item that is no object", item) for item in document.unread),
            *(
                Rejected("episodes", "an item without guid, link, title, text or file", {"feed_url": feed_url})
                for entry in document.entries
                if entry.is_empty
            ),
        ],
    )


def _podcast(document: FeedDocument, tags: Tags, guid: str | None, feed_url: str) -> dict[str, Any]:
    owner = next(iter(tags.get("itunes:owner", ())), None)
    image = next(iter(tags.get("itunes:image", ())), None)
    categories = [inner for outer in tags.get("itunes:category", ()) for inner in outer.iter()]
    return {
        "feed_url": feed_url,
        "podcast_id": guid or feed_url,
        "guid": guid,
        "title": document.title,
        "link": document.link,
        "description": text_of(tags, "description", "itunes:summary") or document.subtitle,
        "language": document.language,
        "author": text_of(tags, "itunes:author") or (document.author.name if document.author else None),
        "owner_name": text_of(_tags(owner), "itunes:name"),
        "categories": list(dict.fromkeys(name for category in categories if (name := clean(category.get("text"))))),
        "medium": text_of(tags, "podcast:medium"),
        "persons": _persons(tags),
        "funding": [{"url": tag.get("url"), "text": clean(tag.text)} for tag in tags.get("podcast:funding", ())],
        "image": (image.get("href") if image is not None else None) or document.image,
    }


def _episode(entry: Entry, channel: Tags, podcast_id: str, feed_url: str) -> dict[str, Any]:
    tags = _tags(entry.element)
    enclosure = next(iter(entry.enclosures), Enclosure("", None, None))
    chapters = next(iter(tags.get("podcast:chapters", ())), None)
    seconds = duration_seconds(text_of(tags, "itunes:duration"))
    return {
        "feed_url": feed_url,
        "podcast_id": podcast_id,
        "guid": entry.id,
        "title": entry.title,
        "link": entry.url,
        "description_html": unnumbered(
            text_of(tags, "content:encoded", "description", "itunes:summary") or entry.content_html or entry.summary
        ),
        "published": iso(entry.published),
        "duration_seconds": enclosure.seconds if seconds is None else seconds,
        "enclosure_url": enclosure.url or None,
        "enclosure_type": enclosure.type,
        "enclosure_bytes": enclosure.length or None,  # 0 is how hosts write that they do not know
        "season": _first_number(tags, "itunes:season", "podcast:season"),
        "episode": _first_number(tags, "itunes:episode", "podcast:episode"),
        "episode_type": text_of(tags, "itunes:episodetype"),
        "explicit": _EXPLICIT.get((text_of(tags, "itunes:explicit") or "").lower()),
        "persons": _persons(tags) or _persons(channel),
        "transcripts": [_attributes(tag, "url", "type", "language", "rel") for tag in tags.get("podcast:transcript", ())],
        "chapters_url": chapters.get("url") if chapters is not None else None,
        "social_interact": [
            {"uri": tag.get("uri"), "protocol": tag.get("protocol"), "account_id": tag.get("accountId")}
            for tag in tags.get("podcast:socialinteract", ())
            if tag.get("uri")
        ],
        "keywords": list(entry.tags),
    }


def _persons(tags: Tags) -> list[dict[str, str | None]]:
    return [
        {
            "name": clean(tag.text),
            "role": (tag.get("role") or "host").lower(),
            "group": (tag.get("group") or "cast").lower(),
            **_attributes(tag, "href", "img"),
        }
        for tag in tags.get("podcast:person", ())
    ]


def _attributes(tag: etree._Element, *names: str) -> Mapping[str, str | None]:
    return {name: clean(tag.get(name)) for name in names}


def _first_number(tags: Tags, *names: str) -> int | None:
    return next((count for name in names if (count := number(text_of(tags, name))) is not None), None)


def _tags(element: etree._Element | None) -> Tags:
    return {} if element is None else tags_of(element)


SOURCE = Source(
    platform="podcast_feeds",
    channel="podcasts",
    entities={
        "podcasts": "One row per podcast.",
        "episodes": "One row per episode of a podcast.",
        "transcripts": "One row per episode whose transcript could be read.",
    },
    follows=frozenset({"feeds"}),
    requires=frozenset({"feeds"}),
    fetch=fetch,
    check=check_feed,
    rechecks=frozenset({"episodes"}),
)
