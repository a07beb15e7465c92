"""The transcripts that podcast feeds announce, each read once: of new episodes, and of young ones whose transcript came later.

Cursor: "read" keeps when the episodes whose transcript is settled were published, "waiting" those still to be tried, for how many nights.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from connectors.extraction import Extraction
from connectors.feed.document import iso, joined, objects
from connectors.feed.transcripts import MEDIA_TYPES, MOST_LETTERS, NotATranscript, kind_of, read_transcript
from connectors.http import RateLimited, Unreachable
from connectors.source import Page, Record, SourceError

NIGHTS = 3
"""So often a transcript that cannot be read is tried: hosts announce some before they are made."""
_AT_ONCE = 8
_RANKS = {kind: rank for rank, kind in enumerate(MEDIA_TYPES)}


class TranscriptNight:
    """One night's transcripts: `meet` every page of the feeds, then read `pages`, then store `to_cursor`."""

    def __init__(self, job: Extraction) -> None:
        limits, earlier = job.settings.limits, job.cursor.get("transcripts", {})
        self._job = job
        self._since = min(job.window.start, job.window.end - timedelta(days=limits.young_days))
        self._read: dict[str, str] = {key: told for key, told in earlier.get("read", {}).items() if not self._is_old(told)}
        self._waiting: dict[str, dict[str, Any]] = {
            key: episode for key, episode in earlier.get("waiting", {}).items() if not self._is_old(episode["published"])
        }
        self._languages: dict[str, str | None] = {}
        self._requests_left = limits.max_pages
        self._refusing: dict[str, str] = {}
        self._unread: dict[str, list[str]] = defaultdict(list)
        self._undated_count = 0
        self._unreadable_types: set[str] = set()

    def meet(self, page: Page) -> None:
        """Takes up the episodes of a page whose transcripts are to be read."""
        for record in page.records:
            if record.entity == "podcasts":
                self._languages[record.native_id] = record.payload["language"]
            elif record.payload["transcripts"] and record.native_id not in self._read:
                self._meet_episode(record)

    async def pages(self) -> AsyncIterator[Page]:
        """A page a transcript, and a last one with the notes."""
        episodes = list(self._waiting)
        for first in range(0, len(episodes), _AT_ONCE):
            for page in await asyncio.gather(*map(self._page, episodes[first : first + _AT_ONCE])):
                if page:
                    yield page
        if notes := list(self._notes()):
            yield Page(url=self._job.settings.feeds[0], notes=notes)

    def to_cursor(self) -> dict[str, Any]:
        """As JSON, in an order that does not tell which answer came first."""
        return {"read": dict(sorted(self._read.items())), "waiting": self._waiting}

    def _is_old(self, published: str) -> bool:
        return datetime.fromisoformat(published) < self._since

    def _meet_episode(self, record: Record) -> None:
        if record.published_at is None:
            self._undated_count += 1
            return
        if record.published_at < self._since:
            return
        choices = self._choices(record.payload)
        if not choices:
            self._unreadable_types |= {str(offered["type"] or offered["url"]) for offered in record.payload["transcripts"]}
            self._settle(record.native_id, iso(record.published_at.astimezone(UTC)) or "")
            return
        before = self._waiting.get(record.native_id, {})
        self._waiting[record.native_id] = {
            "podcast_id": record.payload["podcast_id"],
            "guid": record.payload["guid"],
            "published": iso(record.published_at.astimezone(UTC)),
            "choices": choices,
            "nights": before.get("nights", NIGHTS),
        }

    def _choices(self, episode: Mapping[str, Any]) -> list[dict[str, Any]]:
        """What is read of an episode's transcripts, best first: the podcast's language, then the kind."""
        spoken = _tongue(self._languages.get(episode["podcast_id"]))
        ranked = []
        for offered in objects(episode["transcripts"]):
            url = joined(episode["feed_url"], offered["url"])
            kind = kind_of(offered["type"], url or "")
            if url and kind:
                is_foreign = bool(spoken and offered["language"] and _tongue(offered["language"]) != spoken)
                ranked.append((is_foreign, _RANKS[kind], {"url": url, "kind": kind, "language": offered["language"]}))
        return [choice for _, _, choice in sorted(ranked, key=lambda one: one[:2])]

    async def _page(self, episode_id: str) -> Page | None:
        """The first of an episode's transcripts that can be read."""
        episode = self._waiting[episode_id]
        is_put_off = False
        for choice in episode["choices"]:
            host = urlsplit(choice["url"]).netloc.rpartition("@")[2]
            if host in self._refusing or not self._requests_left:
                is_put_off = True
                continue
            self._requests_left -= 1
            try:
                record, url, notes = await self._transcript(episode_id, episode, choice)
            except (RateLimited, Unreachable) as error:
                self._refusing[host] = str(error)
                is_put_off = True
            except (SourceError, NotATranscript) as error:
                self._unread[host].append(str(error))
            else:
                self._settle(episode_id, episode["published"])
                return Page(url=url, records=[record], notes=notes)
        if not is_put_off:
            episode["nights"] -= 1
            if not episode["nights"]:
                self._settle(episode_id, episode["published"])
        return None

    async def _transcript(
        self, episode_id: str, episode: Mapping[str, Any], choice: Mapping[str, Any]
    ) -> tuple[Record, str, Sequence[str]]:
        answer = await self._job.http.get(choice["url"], headers={"accept": f"{MEDIA_TYPES[choice['kind']]}, */*;q=0.5"})
        charset = answer.headers.get("content-type", "").lower().partition("charset=")[2].strip(' "') or None
        # In a thread, as the feeds are: an hour of cues takes a tenth of a second.
        transcript = await asyncio.to_thread(read_transcript, answer.body, choice["kind"], answer.url, charset)
        payload = {
            "podcast_id": episode["podcast_id"],
            "guid": episode["guid"],
            "url": choice["url"],
            "type": MEDIA_TYPES[transcript.kind],
            "language": choice["language"],
            "text": transcript.text,
        }
        notes = [f"{answer.url}: only the first {MOST_LETTERS} letters of the transcript are kept"] if transcript.is_cut else []
        return Record("transcripts", episode_id, payload, datetime.fromisoformat(episode["published"])), answer.url, notes

    def _settle(self, episode_id: str, published: str) -> None:
        self._waiting.pop(episode_id, None)
        self._read[episode_id] = published

    def _notes(self) -> Iterator[str]:
        for host, reasons in self._unread.items():
            yield f"{len(reasons)} transcripts at {host} could not be read, the first: {reasons[0]}"
        for host, reason in self._refusing.items():
            yield f"transcripts at {host} are left for the next night: {reason}"
        if not self._requests_left and self._waiting:
            yield f"{len(self._waiting)} transcripts are left for the next night: limits.max_pages is reached"
        if self._undated_count:
            yield f"{self._undated_count} episodes have a transcript but no date: it is not read, for they may be of any age"
        if self._unreadable_types:
            yield f"transcripts of these types are not read: {', '.join(sorted(self._unreadable_types))}"


def _tongue(language: str | None) -> str:
    return (language or "").replace("_", "-").partition("-")[0].strip().lower()
