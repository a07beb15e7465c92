"""YouTube: videos of followed channels and of searches, their comments and authors, by the Data API; by the channels' feeds without a key.

Cursor: "until" keeps per channel and term the end of the last window that was read for it, "comments" how many comments a young video
had when they were read, "spent" what the night cost. The feeds' cursor has "until" alone.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from connectors.extraction import Extraction
from connectors.night.followed import Missing, MissingPermission, SpentQuota
from connectors.night.following import moment
from connectors.source import Page, Source, SourceError, Tombstone
from connectors.vlogs.youtube.api import BATCH, SpentSearches, listed_in
from connectors.vlogs.youtube.feeds import check_feeds, fetch_feeds
from connectors.vlogs.youtube.night import CHANNEL, COMMENT, VIDEO, Followed, Night, id_of, part

_VIDEO_PARTS = "snippet,contentDetails,statistics,status,paidProductPlacementDetails"
_CHANNEL_PARTS = "snippet,contentDetails,statistics"
MOST_FOUND = 500
"""About so many videos does one search go on to give."""


async def fetch(job: Extraction) -> AsyncIterator[Page]:
    """New videos of all that is followed, the young ones again, changed comments, and the profiles of all that were met."""
    async for page in _by_api(Night(job)) if job.settings.secret("key") else fetch_feeds(job):
        yield page


async def _by_api(night: Night) -> AsyncIterator[Page]:
    settings = night.job.settings
    terms = [Followed(repr(term), f"term:{term}") for term in settings.terms or ()]
    night.left = dict.fromkeys([*settings.accounts, *(one.name for one in terms), "young videos", "comments", "authors"])
    try:
        channels = await _channels(night)
        for one in [*channels, *terms]:
            try:
                async for page in _videos(night, one):
                    yield page
                night.read.append(one.key)
            except SpentSearches as error:
                night.notes.append(f"{one.name} not searched for: {error}")
            except SpentQuota:
                raise
            except SourceError as error:
                night.fail(one.name, error)
            night.left.pop(one.name, None)
        for step, reading in (("young videos", _videos_again), ("comments", _comments), ("authors", _authors)):
            async for page in reading(night):
                yield page
            night.left.pop(step)
    except SpentQuota as error:
        night.notes.append(f"{error}: left unread are {', '.join(night.left)}")
    spent = {"units": night.api.units, "searches": night.api.searches}
    for page in night.last(night.api.base, night.read, comments=night.comment_counts(), spent=spent):
        yield page


async def check(job: Extraction) -> str:
    """Whether the key is accepted."""
    if not job.settings.secret("key"):
        return await check_feeds(job)
    listed_in(await Night(job).api.ask("YouTube's own channel", "/channels", part="id", id="UCBR8-60-B28hp2BmDPdntcQ"))
    return "key accepted; one unit spent"


async def _channels(night: Night) -> list[Followed]:
    """The followed channels, by id or handle."""
    names = [name.strip() for name in night.job.settings.accounts]
    ids = [name for name in names if CHANNEL.fullmatch(name)]
    found: dict[str, tuple[str, Any]] = {}
    async for _, _, rows in night.api.batches("followed channels", "/channels", ids, part=_CHANNEL_PARTS, maxResults=BATCH):
        found |= {channel: (channel, row) for row in rows if (channel := id_of(row, CHANNEL)) in ids}
    for name in names:
        if name not in ids:
            handle = f"@{name.removeprefix('@')}"
            for row in listed_in(await night.api.ask(name, "/channels", part=_CHANNEL_PARTS, forHandle=handle)):
                if channel := id_of(row, CHANNEL):
                    found[name] = (channel, row)
    followed = []
    for name in names:
        if name not in found:
            night.fail(name, Missing("YouTube has no channel of this id or handle: it is closed or misspelt"))
            night.left.pop(name, None)
            continue
        channel, row = found[name]
        night.authors[channel] = row
        followed.append(Followed(name, f"channel:{channel}", part(row, "contentDetails", "relatedPlaylists", "uploads")))
    return followed


async def _videos(night: Night, one: Followed) -> AsyncIterator[Page]:
    """The videos that a channel or a search has for the window."""
    since = night.start(one.key)
    ids = [video async for video in (_found(night, one) if one.key.startswith("term:") else _uploaded(night, one))]
    new = [video for video in dict.fromkeys(ids) if video not in night.videos]
    async for url, _, rows in night.api.batches(f"videos of {one.name}", "/videos", new, part=_VIDEO_PARTS):
        yield night.video_page(url, rows, since)


async def _uploaded(night: Night, one: Followed) -> AsyncIterator[str]:
    """The videos of a channel's list of uploads, newest first, back to the last night."""
    since, end = night.start(one.key), night.job.window.end
    if not isinstance(one.uploads, str) or not one.uploads:
        return
    try:
        async for _, rows in night.api.listed(
            f"uploads of {one.name}", "/playlistItems", part="contentDetails", playlistId=one.uploads, maxResults=BATCH
        ):
            times = []
            for row in rows:
                video, time = part(row, "contentDetails", "videoId"), moment(part(row, "contentDetails", "videoPublishedAt"), end)
                times += [time] if time else []
                if time and since <= time < end and isinstance(video, str) and VIDEO.fullmatch(video):
                    yield video
            if times and max(times) < since:
                return
    except Missing:  # a channel that never published anything has the list's name and no list
        return


async def _found(night: Night, one: Followed) -> AsyncIterator[str]:
    """The videos of the window that a search finds."""
    window = {
        "publishedAfter": f"{night.start(one.key):%Y-%m-%dT%H:%M:%SZ}",
        "publishedBefore": f"{night.job.window.end:%Y-%m-%dT%H:%M:%SZ}",
    }
    asked: dict[str, str | int] = {
        "part": "snippet",
        "q": f'"{one.key.removeprefix("term:")}"',
        "type": "video",
        "order": "date",
        "maxResults": BATCH,
        **window,
    }
    count = 0
    async for _, rows in night.api.listed(f"search for {one.name}", "/search", **asked):
        count += len(rows)
        for row in rows:
            video = part(row, "id", "videoId")
            if isinstance(video, str) and VIDEO.fullmatch(video):
                yield video
        if count >= MOST_FOUND:
            night.notes.append(f"{one.name}: the search shows about {MOST_FOUND} videos only; older ones of the window may be missing")
            return


async def _videos_again(night: Night) -> AsyncIterator[Page]:
    """The young ones that no list showed tonight; those that YouTube leaves out are gone."""
    young = [known.native_id for known in night.job.young if known.entity == "videos" and known.native_id not in night.videos]
    async for url, batch, rows in night.api.batches("young videos", "/videos", young, part=_VIDEO_PARTS):
        page = night.video_page(url, rows)
        shown = {id_of(row, VIDEO) for row in rows}
        gone = [Tombstone("videos", video) for video in batch if video not in shown and not page.rejected]
        yield Page(url, page.records, gone, page.rejected)


async def _comments(night: Night) -> AsyncIterator[Page]:
    """The comments of videos whose number of them has changed, and the young ones again; those that YouTube leaves out are gone."""
    for video in night.changed():
        try:
            async for page in _threads(night, video):
                yield page
        except Missing:
            continue
        except MissingPermission:
            pass
        except SpentQuota:
            raise
        except SourceError as error:
            night.fail(f"comments of {video}", error)
            continue
        night.counts[video] = night.videos[video] or 0
    young = {known.native_id: known.lookup_key.partition(" ")[0] for known in night.job.young if known.entity == "comments"}
    unseen = [comment for comment in young if comment not in night.comments]
    async for url, batch, rows in night.api.batches("young comments", "/comments", unseen, part="snippet", textFormat="plainText"):
        page = night.comment_page(url, [(young.get(str(part(row, "id")), ""), row) for row in rows])
        shown = {id_of(row, COMMENT) for row in rows}
        gone = [Tombstone("comments", comment) for comment in batch if comment not in shown and not page.rejected]
        yield Page(url, page.records, gone, page.rejected)


async def _threads(night: Night, video: str) -> AsyncIterator[Page]:
    """A video's comments with their answers."""
    asked: dict[str, str | int] = {
        "part": "snippet,replies",
        "videoId": video,
        "order": "time",
        "maxResults": 100,
        "textFormat": "plainText",
    }
    async for url, threads in night.api.listed(f"comments of {video}", "/commentThreads", **asked):
        rows = []
        for thread in threads:
            answers = part(thread, "replies", "comments")
            answers = answers if isinstance(answers, list) else []
            rows += [part(thread, "snippet", "topLevelComment"), *answers]
            total, top = part(thread, "snippet", "totalReplyCount"), id_of(thread, COMMENT)
            if top and isinstance(total, int) and total > len(answers):
                async for _, more in night.api.listed(
                    f"answers to {top}", "/comments", part="snippet", parentId=top, maxResults=100, textFormat="plainText"
                ):
                    rows += more
        yield night.comment_page(url, [(video, row) for row in rows])


async def _authors(night: Night) -> AsyncIterator[Page]:
    """The profiles of all whose videos and comments were met."""
    known = [profile for profile in night.authors.values() if profile]
    unknown = [channel for channel, profile in night.authors.items() if not profile]
    yield night.channel_page(f"{night.api.base}/channels", known)
    missing_count = 0
    async for url, batch, rows in night.api.batches("authors", "/channels", unknown, part=_CHANNEL_PARTS, maxResults=BATCH):
        missing_count += len(batch) - len(rows)
        yield night.channel_page(url, rows)
    if missing_count > 0:
        night.notes.append(f"YouTube tells nothing of {missing_count} authors: their channels are closed")


SOURCE = Source(
    platform="youtube",
    channel="vlogs",
    entities={
        "videos": "One row per video and change of it; views and likes move.",
        "comments": "One row per comment and change of it; likes move.",
        "channels": "One row per channel and change of it; subscribers move.",
    },
    follows=frozenset({"accounts", "terms"}),
    fetch=fetch,
    check=check,
    secrets={"key": False},
    requests_per_second=5,
    access="free key; open feeds without comments",
    rechecks=frozenset({"comments", "videos"}),
)
