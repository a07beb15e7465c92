"""One night at TikTok's Research API: its lists page by page, and what was met in them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from connectors.extraction import Extraction
from connectors.source import Page, Record, Rejected, SourceError, Tombstone
from connectors.vlogs.tiktok.api import Declined, TikTokApi

PAGE_SIZE = 100
COMMENT_CEILING = 1_000
RESERVE = 4
"""One request of so many is kept for what follows the search."""
_EARLIEST = datetime(2014, 1, 1, tzinfo=UTC)
_LONGEST_ID = 20
_VIDEO = (
    "id,create_time,username,region_code,video_description,music_id,like_count,comment_count,share_count,view_count,favorites_count,"
    "hashtag_names,voice_to_text,is_stem_verified,video_duration,video_mention_list"
)
_COMMENT = "id,video_id,text,like_count,reply_count,parent_comment_id,create_time"


class Expired(Declined):
    """TikTok has forgotten a search before its last page was read."""


class Night:
    """One night's fetch: `videos` met, each with its number of comments, their authors, and what is to be told.

    `counts` are the numbers of comments that the cursor keeps, `profiles` when an author's profile was read, `capped` the videos of which
    TikTok shows not all comments; `is_cut` tells whether the last list was longer than limits.max_pages.
    """

    def __init__(self, job: Extraction) -> None:
        self.job = job
        self.api = TikTokApi(job)
        self.keep = self.api.budget // RESERVE
        self.videos: dict[str, int | None] = {}
        self.authors: dict[str, None] = {}
        self.young_comments: dict[str, set[str]] = {}
        for known in job.young:
            if known.entity == "comments":
                self.young_comments.setdefault(known.lookup_key, set()).add(known.native_id)
        self.counts: dict[str, int] = {**job.cursor.get("comments", {})}
        self.profiles: dict[str, str] = {**job.cursor.get("profiles", {})}
        self.is_cut = False
        self.notes: list[str] = []
        self.unread: list[str] = []
        self.capped: list[str] = []

    async def search(self, query: Mapping[str, Any], days: tuple[date, date], *, keep: int = 0) -> AsyncIterator[Page]:
        """The videos of these days, newest first. Raises Expired where the search does not last to its end."""
        span = {"start_date": f"{days[0]:%Y%m%d}", "end_date": f"{days[1]:%Y%m%d}", "max_count": PAGE_SIZE}
        place: dict[str, Any] = {"cursor": 0}
        self.is_cut = False
        for _ in range(self.job.settings.limits.max_pages):
            try:
                url, data = await self.api.call("video/query/", _VIDEO, {"query": query, **span, **place}, keep=keep)
            except Declined as error:
                raise (Expired(str(error)) if place["cursor"] else error) from None
            yield self._met(url, data)
            following = _next(url, data, place["cursor"])
            if following is None:
                return
            place = {"cursor": following, "search_id": data.get("search_id")}
        self.is_cut = True

    async def thread(self, video_id: str, *, keep: int) -> AsyncIterator[Page]:
        """The comments of a video; young ones that are missing there are gone."""
        seen, is_whole, place = set[str](), True, 0
        while place < COMMENT_CEILING:
            asked = {"video_id": int(video_id), "max_count": min(PAGE_SIZE, COMMENT_CEILING - place), "cursor": place}
            url, data = await self.api.call("video/comment/list/", _COMMENT, asked, keep=keep)
            page, ids = self._comments(url, data, video_id, seen)
            yield page
            is_whole = is_whole and ids <= {record.native_id for record in page.records} | seen
            seen |= ids
            following = _next(url, data, place)
            if following is None:
                missing = sorted(self.young_comments.get(video_id, set()) - seen)
                yield Page(url, tombstones=[Tombstone("comments", native_id) for native_id in missing])
                break
            place = following
        else:
            self.capped.append(video_id)
        count = self.videos[video_id]
        if is_whole and count is not None:
            self.counts[video_id] = count

    def gone(self, video_id: str) -> Iterable[Tombstone]:
        """A video that is not shown any more, and its comments with it."""
        yield Tombstone("videos", video_id)
        yield from (Tombstone("comments", native_id) for native_id in sorted(self.young_comments.get(video_id, ())))

    def _met(self, url: str, data: Mapping[str, Any]) -> Page:
        records, rejected = list[Record](), list[Rejected]()
        for video in _items(url, data, "videos"):
            video_id = _number(video, "id") or _number(video, "video_id")
            if not video_id:
                rejected.append(Rejected("videos", f"{url}: a video without id", video))
                continue
            created = self._moment(video)
            if video_id in self.videos or (created and created >= self.job.window.end):
                continue
            count = video.get("comment_count")
            self.videos[video_id] = count if isinstance(count, int) else None
            username = video.get("username")
            if isinstance(username, str) and username:
                self.authors[username.lower()] = None
            records.append(Record("videos", video_id, video, created, f"{created:%Y%m%d}:{video_id}" if created else None))
        return Page(url, records, rejected=rejected)

    def _comments(self, url: str, data: Mapping[str, Any], video_id: str, seen: set[str]) -> tuple[Page, set[str]]:
        """The comments written before the night's end, and the ids of all."""
        records, rejected, ids = list[Record](), list[Rejected](), set[str]()
        for comment in _items(url, data, "comments"):
            number = _number(comment, "id")
            if not number:
                rejected.append(Rejected("comments", f"{url}: a comment without id", comment))
                continue
            created, native_id = self._moment(comment), f"comment:{number}"
            if native_id not in seen | ids and (created is None or created < self.job.window.end):
                records.append(Record("comments", native_id, {"video_id": int(video_id), **comment}, created, video_id))
            ids.add(native_id)
        return Page(url, records, rejected=rejected), ids

    def _moment(self, item: Mapping[str, Any]) -> datetime | None:
        """When an item was created; None where that is not told, or a time before TikTok or well after the night."""
        seconds, latest = item.get("create_time"), self.job.window.end + timedelta(days=2)
        if not isinstance(seconds, int) or not _EARLIEST.timestamp() <= seconds < latest.timestamp():
            return None
        return datetime.fromtimestamp(seconds, UTC)


def _items(url: str, data: Mapping[str, Any], key: str) -> list[Any]:
    items = data.get(key)
    if items is not None and not isinstance(items, list):
        raise SourceError(f"{url} does not hold the list that was asked for ({key}).")
    return items or []


def _number(item: Any, key: str) -> str | None:
    """An id as text: its numbers exceed what a double holds, and some answers quote them."""
    value = item.get(key) if isinstance(item, dict) else None
    text = str(value) if isinstance(value, int | str) else ""
    return text if text.isascii() and text.isdigit() and len(text) <= _LONGEST_ID and int(text) else None


def _next(url: str, data: Mapping[str, Any], place: int) -> int | None:
    """Where the list goes on; None at its end. A page that is not full is not the last one."""
    if data.get("has_more") is not True:
        return None
    following = data.get("cursor")
    if not isinstance(following, int) or following <= place:
        raise SourceError(f"{url} has more, and does not say where: the list is left.")
    return following
