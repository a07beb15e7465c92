"""YouTube without a key: the Atom feeds of channels, which show the 15 newest videos with their views, and no comments or deletions."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

from connectors.extraction import Extraction
from connectors.feed.document import FeedDocument, NotAFeed
from connectors.feed.parser import parse_feed
from connectors.feed.xml import tags_of, text_of
from connectors.http import Gone, NotFound
from connectors.night.followed import Missing
from connectors.source import Page, Record, SourceError
from connectors.vlogs.youtube.night import CHANNEL, VIDEO, Night

WEB = "https://www.youtube.com"
_SHOWN = 15
_MEDIA = "{http://search.yahoo.com/mrss/}"
_ADVICE = "name `key` under secrets to read YouTube's API instead."


async def fetch_feeds(job: Extraction) -> AsyncIterator[Page]:
    """What the feeds show of the followed channels."""
    night = Night(job)
    night.notes.append(f"Read from YouTube's feeds, which show 15 videos a channel and tell no comments, followers or deletions: {_ADVICE}")
    if job.settings.terms:
        night.notes.append(f"{len(job.settings.terms)} terms were not searched for: {_ADVICE}")
    if job.young:
        night.notes.append(f"{len(job.young)} videos and comments of earlier nights could not be looked at again: {_ADVICE}")
    base, read = web(job), list[str]()
    for name in dict.fromkeys(account.strip() for account in job.settings.accounts):
        try:
            url, document = await _read(job, name)
        except SourceError as error:
            night.fail(name, error)
            continue
        since, key = night.start(f"channel:{name}"), f"channel:{name}"
        videos = list(_videos(document))
        yield Page(url, [Record("channels", name, _channel(name, document))])
        yield night.video_page(url, videos, since)
        times = [entry.published for entry in document.entries if entry.published]
        if len(document.entries) >= _SHOWN and times and min(times) > since:
            night.notes.append(f"{name}: its feed goes back to {min(times):%Y-%m-%d %H:%M} only; older videos were not read")
        read.append(key)
    for page in night.last(base, read):
        yield page


async def check_feeds(job: Extraction) -> str:
    """What the first followed channel's feed shows."""
    if not job.settings.accounts:
        raise SourceError(f"YouTube without a key is read by channel: name some under accounts, or {_ADVICE}")
    _, document = await _read(job, job.settings.accounts[0].strip())
    return f"{document.title} by its feed: {len(document.entries)} videos; no key, so no comments"


def web(job: Extraction) -> str:
    """The site's root."""
    return (job.settings.base_url or WEB).rstrip("/")


async def _read(job: Extraction, channel: str) -> tuple[str, FeedDocument]:
    """One channel's feed. Raises SourceError where YouTube does not show it."""
    if not CHANNEL.fullmatch(channel):
        raise SourceError(f"feeds are found by a channel's id (UC and 22 more characters), not by {channel!r}: write the id, or {_ADVICE}")
    try:
        answer = await job.http.get(
            f"{web(job)}/feeds/videos.xml", params={"channel_id": channel}, headers={"accept": "application/atom+xml"}
        )
    except (NotFound, Gone):
        raise Missing("YouTube has no feed of this channel: it is closed, or its id is misspelt") from None
    try:
        return answer.url, await asyncio.to_thread(parse_feed, answer.body, answer.headers.get("content-type", ""), answer.url)
    except NotAFeed as error:
        raise SourceError(f"YouTube answered with what is no feed ({error})") from None


def _videos(document: FeedDocument) -> Iterator[dict[str, Any]]:
    """The entries in the API's words. A feed's stars are left out: YouTube does not say what they count since it hides dislikes."""
    for entry in document.entries:
        tags = tags_of(entry.element) if entry.element is not None else {}
        found = entry.element.iter(f"{_MEDIA}*") if entry.element is not None else ()
        media = {str(element.tag).removeprefix(_MEDIA): element for element in found}
        video = text_of(tags, "yt:videoid") or ""
        yield {
            "is_from_feed": True,
            "id": video if VIDEO.fullmatch(video) else entry.id,
            "snippet": {
                "publishedAt": entry.published.isoformat() if entry.published else None,
                "channelId": text_of(tags, "yt:channelid"),
                "channelTitle": entry.author.name if entry.author else None,
                "title": entry.title,
                "description": media["description"].text if "description" in media else None,
            },
            "statistics": {"viewCount": media["statistics"].get("views") if "statistics" in media else None},
        }


def _channel(channel: str, document: FeedDocument) -> dict[str, Any]:
    published = text_of(tags_of(document.channel), "published") if document.channel is not None else None
    return {"is_from_feed": True, "id": channel, "snippet": {"title": document.title, "publishedAt": published}}
