"""Twitch: what one night remembers of videos, clips and those who made them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from connectors.extraction import Extraction
from connectors.night.followed import FollowedNight
from connectors.night.following import moment
from connectors.source import Page, Record, Rejected
from connectors.vlogs.twitch.api import Api

ARCHIVES_LAST = timedelta(days=7)
"""The recording of a stream stays 7, 14 or 60 days, by the kind of channel."""
NUMBER = re.compile(r"[1-9]\d{0,19}", re.ASCII)
IDS = {"videos": NUMBER, "clips": re.compile(r"[A-Za-z][\w-]{0,199}", re.ASCII)}
"""A video has a number and a clip a word, so that no clip is taken for a video."""
_EVER = datetime(9000, 1, 1, tzinfo=UTC)


def id_of(row: Any, shape: re.Pattern[str], key: str = "id") -> str | None:
    """What stands there if it has the shape of an id."""
    value = row.get(key) if isinstance(row, dict) else None
    return value if isinstance(value, str) and shape.fullmatch(value) else None


def published(row: Any) -> datetime | None:
    """When a video or clip came out, as far as it is told."""
    return (moment(row.get("published_at"), _EVER) or moment(row.get("created_at"), _EVER)) if isinstance(row, dict) else None


@dataclass(frozen=True, slots=True)
class Followed:
    """A channel or category: its name for people, and its id."""

    name: str
    kind: Literal["user", "game"]
    id: str

    @property
    def key(self) -> str:
        """Its place in the cursor."""
        return f"{self.kind}:{self.id}"


class Night(FollowedNight):
    """One night's fetch. `authors` are those met, with their profile where that was read."""

    overlap = timedelta(days=2)

    def __init__(self, job: Extraction) -> None:
        super().__init__(job)
        self.api = Api(job, self.notes)
        self.met: dict[str, set[str]] = {"videos": set(), "clips": set()}
        self.authors: dict[str, Any] = {}
        self.read: list[str] = []
        self.left: dict[str, None] = {}
        self.tells_followers = True
        archives = job.cursor.get("archives")
        before = archives if isinstance(archives, dict) else {}
        self.archives = {known.native_id: before[known.native_id] for known in job.young if known.native_id in before}

    def page(self, entity: str, url: str, rows: Sequence[Any], since: datetime | None = None) -> Page:
        """Those of the rows that were not met yet tonight and were published in the window, whenever where `since` is None."""
        records, rejected = [], []
        for row in rows:
            native_id = id_of(row, IDS[entity])
            if native_id is None:
                rejected.append(Rejected(entity, f"{url}: no id of Twitch's {entity}", row))
                continue
            time = published(row)
            is_wanted = time is None or ((since is None or since <= time) and time < self.job.window.end)
            if is_wanted and native_id not in self.met[entity]:
                self.met[entity].add(native_id)
                records.append(Record(entity, native_id, row, time, native_id))
                for key in ("user_id", "creator_id", "broadcaster_id"):
                    if author := id_of(row, NUMBER, key):
                        self.authors.setdefault(author)
                if row.get("type") == "archive" and time:
                    self.archives[native_id] = time.isoformat()
        return Page(url, records, rejected=rejected)

    def has_expired(self, video: str) -> bool:
        """Whether a video that is gone is the recording of a stream and may have vanished by itself."""
        time = moment(self.archives.get(video), self.job.window.end)
        return time is not None and self.job.window.end - time >= ARCHIVES_LAST
