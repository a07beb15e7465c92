"""YouTube: what one night remembers of videos, comments and channels."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from connectors.extraction import Extraction
from connectors.night.followed import FollowedNight
from connectors.night.following import moment
from connectors.source import Page, Record, Rejected
from connectors.vlogs.youtube.api import Api

CHANNEL = re.compile(r"UC[\w-]{22}", re.ASCII)
VIDEO = re.compile(r"[\w-]{11}", re.ASCII)
COMMENT = re.compile(r"[\w-]{10,60}(?:\.[\w-]{10,60})?", re.ASCII)
_EVER = datetime(9000, 1, 1, tzinfo=UTC)


def id_of(row: Any, shape: re.Pattern[str]) -> str | None:
    """The row's id if it has that shape."""
    value = row.get("id") if isinstance(row, Mapping) else None
    return value if isinstance(value, str) and shape.fullmatch(value) else None


def part(row: Any, *keys: str) -> Any:
    """What stands in a row under keys below each other; None where one of them is missing."""
    for key in keys:
        row = row.get(key) if isinstance(row, Mapping) else None
    return row


def published(row: Any) -> datetime | None:
    """When a video or comment came out, as far as it is told."""
    return moment(part(row, "snippet", "publishedAt"), _EVER)


def comment_key(video: str, comment: str) -> str:
    """What a comment is asked for again with: its own answer does not tell below which video it stands."""
    return f"{video} {comment}"


@dataclass(frozen=True, slots=True)
class Followed:
    """A channel or a term: its name for people, its place in the cursor, and where a channel lists its videos."""

    name: str
    key: str
    uploads: str | None = None


class Night(FollowedNight):
    """One night's fetch: the videos and comments that were met, and their authors, with the profile where that was read."""

    overlap = timedelta(days=2)

    def __init__(self, job: Extraction) -> None:
        super().__init__(job)
        self.api = Api(job, self.notes)
        self.videos: dict[str, int | None] = {}
        self.comments: set[str] = set()
        self.authors: dict[str, Any] = {}
        self.read: list[str] = []
        self.left: dict[str, None] = {}
        counts = job.cursor.get("comments")
        self.counts_before: Mapping[str, Any] = counts if isinstance(counts, dict) else {}
        self.counts: dict[str, int] = {}

    def video_page(self, url: str, rows: Sequence[Any], since: datetime | None = None) -> Page:
        """Those of the videos that were not met yet tonight and came out in the window, whenever where `since` is None."""
        records, rejected = [], []
        for row in rows:
            video = id_of(row, VIDEO)
            if video is None:
                rejected.append(Rejected("videos", f"{url}: a video without an id", row))
                continue
            time = published(row)
            is_wanted = time is None or ((since is None or since <= time) and time < self.job.window.end)
            if is_wanted and video not in self.videos:
                self.videos[video] = number(part(row, "statistics", "commentCount"))
                records.append(Record("videos", video, row, time, video))
                self._meet(part(row, "snippet", "channelId"))
        return Page(url, records, rejected=rejected)

    def comment_page(self, url: str, rows: Sequence[tuple[str, Any]]) -> Page:
        """The comments that were not met yet tonight; each comes with its video."""
        records, rejected = [], []
        for video, row in rows:
            comment, snippet = id_of(row, COMMENT), part(row, "snippet")
            if comment is None or not isinstance(snippet, Mapping):
                rejected.append(Rejected("comments", f"{url}: a comment without an id or snippet", row))
                continue
            time = published(row)
            if comment not in self.comments and (time is None or time < self.job.window.end):
                self.comments.add(comment)
                payload = {**row, "snippet": {"videoId": video, **snippet}}
                records.append(Record("comments", comment, payload, time, comment_key(video, comment)))
                self._meet(part(snippet, "authorChannelId", "value"))
        return Page(url, records, rejected=rejected)

    def channel_page(self, url: str, rows: Sequence[Any]) -> Page:
        """The profiles of channels."""
        records, rejected = [], []
        for row in rows:
            channel = id_of(row, CHANNEL)
            if channel:
                self.authors[channel] = row
                records.append(Record("channels", channel, row))
            else:
                rejected.append(Rejected("channels", f"{url}: a channel without an id", row))
        return Page(url, records, rejected=rejected)

    def changed(self) -> Iterator[str]:
        """The videos whose number of comments is not what it was when they were last read; the others' are remembered."""
        for video, count in self.videos.items():
            if count and self.counts_before.get(video) != count:
                yield video
            elif count:
                self.counts[video] = count

    def comment_counts(self) -> dict[str, Any]:
        """How many comments were read, or had been on an earlier night, of the videos that may be looked at again."""
        kept = self.videos.keys() | {known.native_id for known in self.job.young}
        return {video: count for video, count in self.counts_before.items() if video in kept} | self.counts

    def _meet(self, channel: Any) -> None:
        if isinstance(channel, str) and CHANNEL.fullmatch(channel):
            self.authors.setdefault(channel)


def number(value: Any) -> int | None:
    """A count, which YouTube writes as text; None where it is hidden."""
    return int(value) if isinstance(value, str | int) and re.fullmatch(r"\d{1,15}", str(value), re.ASCII) else None
