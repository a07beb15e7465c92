"""Podcast Index: episodes that name a person or brand, podcasts that a term finds or whose feeds are followed, and their episodes.

Cursor: "until" keeps per term ("by:<term>") and per podcast's id the end of the last window that was read for it.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from connectors.extraction import Extraction
from connectors.http import RateLimited, Unauthorized, Unreachable
from connectors.podcasts.podcast_index.api import PodcastIndexApi, Reply
from connectors.source import Page, Record, Rejected, Source, SourceError, Tombstone

OVERLAP = timedelta(days=1)
"""Feeds are crawled late: so much is read again each night."""
MOST = 1_000
"""Items that an answer holds at most; there is no next page."""
FEEDS_AT_ONCE = 200
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)


class Night:
    """One night's fetch: which podcasts' episodes to read from when on, and what was met so far."""

    def __init__(self, job: Extraction) -> None:
        limits, until = job.settings.limits, job.cursor.get("until", {})
        oldest = job.window.end - timedelta(days=limits.history_days)
        self.job = job
        self.api = PodcastIndexApi(job)
        self.until: dict[str, str] = {key: told for key, told in until.items() if datetime.fromisoformat(told) >= oldest}
        self.first = oldest if job.cursor else job.window.start
        self.young_since = job.window.end - timedelta(days=limits.young_days)
        self.young = {known.native_id: known.lookup_key for known in job.young if known.entity == "episodes"}
        self.old = {known.native_id for known in job.young if known.is_old}
        self.requests_left = limits.max_pages
        self.podcasts: dict[str, datetime] = {}
        self.dead: set[str] = set()
        self.described: set[str] = set()
        self.seen: set[str] = set()
        self.met: dict[str, None] = {}
        self.failures: dict[str, SourceError] = {}
        self.notes: list[str] = []
        self.false_hit_count = 0

    def start(self, key: str) -> datetime:
        """From when on to read a term or a podcast."""
        return datetime.fromisoformat(self.until[key]) - OVERLAP if key in self.until else self.first

    async def ask(self, path: str, **params: str | int) -> Reply:
        """One of the requests that limits.max_pages allows."""
        self.requests_left -= 1
        return await self.api.ask(path, **params)

    async def attempt(self, name: str, path: str, **params: str | int) -> Reply | None:
        """The same for one of many; where it fails, that is told at the end. Raises what would fail for all."""
        try:
            return await self.ask(path, **params)
        except (RateLimited, Unreachable, Unauthorized):
            raise
        except SourceError as error:
            self.failures[name] = error
            return None

    def podcast_page(self, reply: Reply, feeds: Iterable[Any]) -> Page:
        """Podcasts as the index knows them, whose episodes are then wanted; dead ones that were read before are gone."""
        records, tombstones, rejected = [], [], []
        for feed in feeds:
            podcast_id = _id(feed.get("id")) if isinstance(feed, dict) else None
            if podcast_id is None:
                rejected.append(Rejected("podcasts", f"{reply.url}: a podcast without an id", feed))
            elif podcast_id not in self.described:
                self.described.add(podcast_id)
                if feed.get("dead") in (1, "1"):
                    self.dead.add(podcast_id)
                    if self.until.pop(podcast_id, None) or podcast_id in self.young.values():
                        tombstones.append(Tombstone("podcasts", podcast_id))
                else:
                    categories = feed.get("categories")
                    names = [name for name in categories.values() if isinstance(name, str)] if isinstance(categories, dict) else []
                    records.append(Record("podcasts", podcast_id, {**feed, "category_names": names}))
        return Page(reply.url, records, tombstones, rejected)

    def want(self, feed: Mapping[str, Any]) -> None:
        """Has a podcast's episodes read, unless the index says that there are no new ones."""
        podcast_id = _id(feed.get("id"))
        if podcast_id and podcast_id not in self.dead:
            newest = _time(feed.get("newestItemPubdate") or feed.get("newestItemPublishTime"), self.job.window.end)
            if newest and newest < self.start(podcast_id):
                self.until[podcast_id] = self.job.window.end.isoformat()
            else:
                self.podcasts[podcast_id] = self.start(podcast_id)

    def episode_page(self, reply: Reply, items: Iterable[Any], since: datetime) -> Page:
        """Episodes of since then and before the window's end, and young ones whenever they were published."""
        records, rejected = [], []
        for item in items:
            episode_id = _id(item.get("id")) if isinstance(item, dict) else None
            if episode_id is None:
                rejected.append(Rejected("episodes", f"{reply.url}: an episode without an id", item))
                continue
            published, podcast_id = _time(item.get("datePublished"), self.job.window.end), _id(item.get("feedId"))
            is_wanted = published is None or since <= published < self.job.window.end or episode_id in self.young
            if is_wanted and episode_id not in self.seen:
                self.seen.add(episode_id)
                records.append(Record("episodes", episode_id, item, published, podcast_id or "0"))
                if podcast_id:
                    self.met.setdefault(podcast_id)
        return Page(reply.url, records, rejected=rejected)

    def has_requests(self, left: int, what: str) -> bool:
        """Whether one more request is allowed; where not, what is left unread is noted."""
        if self.requests_left <= 0:
            self.notes.append(f"{left} {what} were left unread: limits.max_pages is reached")
        return self.requests_left > 0

    def summary(self) -> Iterator[str]:
        """The night's notes."""
        yield from self.notes
        if self.false_hit_count:
            yield f"{self.false_hit_count} podcasts that the search found were left out: they do not hold the term as a word"


async def fetch(job: Extraction) -> AsyncIterator[Page]:
    """Episodes and podcasts that terms find, followed podcasts, the new and young episodes of all, and who made them."""
    night = Night(job)
    terms, feeds = job.settings.terms or (), tuple(dict.fromkeys(job.settings.feeds))
    readings = [(term, _search(night, term)) for term in terms] + [(feed, _follow(night, feed)) for feed in feeds]
    for place, (name, pages) in enumerate(readings):
        if not night.has_requests(len(readings) - place, "terms and feeds"):
            break
        try:
            async for page in pages:
                yield page
        except (RateLimited, Unreachable, Unauthorized):
            raise
        except SourceError as error:
            night.failures[name] = error
    for episode_id, podcast_id in night.young.items():
        if episode_id not in night.old and podcast_id != "0" and podcast_id not in night.dead:
            night.podcasts[podcast_id] = min(night.podcasts.get(podcast_id, night.young_since), night.young_since)
    for reading in (_episodes(night), _missing(night), _profiles(night)):
        async for page in reading:
            yield page
    yield Page(night.api.base, notes=list(night.summary()), cursor={"until": night.until})
    if night.failures:
        raise SourceError("Not read: " + "; ".join(f"{name}: {error}" for name, error in night.failures.items()))


async def check(job: Extraction) -> str:
    """How many podcasts the index holds."""
    stats = (await PodcastIndexApi(job).ask("/stats/current")).object("stats") or {}
    return f"{stats.get('feedCountTotal')} podcasts in the index"


async def _search(night: Night, term: str) -> AsyncIterator[Page]:
    """The episodes that name a term, and the podcasts it finds that hold it as a word."""
    key = f"by:{term}"
    reply = await night.ask("/search/byperson", q=term, max=MOST, fulltext="")
    items = reply.items("items")
    if len(items) >= MOST:
        night.notes.append(f"{term!r}: only {MOST} of the episodes that name it were shown")
    yield night.episode_page(reply, items, night.start(key))
    reply = await night.ask("/search/byterm", q=term, max=MOST, fulltext="")
    feeds = reply.items("feeds")
    if len(feeds) >= MOST:
        night.notes.append(f"{term!r}: only {MOST} of the podcasts that it finds were shown")
    word = re.compile(rf"(?<!\w){re.escape(term)}(?!\w)", re.IGNORECASE)
    held = [feed for feed in feeds if not isinstance(feed, dict) or word.search(_text(feed))]
    night.false_hit_count += len(feeds) - len(held)
    yield night.podcast_page(reply, held)
    for feed in held:
        if isinstance(feed, dict):
            night.want(feed)
    night.until[key] = night.job.window.end.isoformat()


async def _follow(night: Night, url: str) -> AsyncIterator[Page]:
    """The podcast of a feed."""
    reply = await night.ask("/podcasts/byfeedurl", url=url)
    feed = reply.object("feed")
    if feed is None:
        raise SourceError("the index knows no podcast of this feed: check the address, or add it at https://podcastindex.org/add")
    yield night.podcast_page(reply, [feed])
    if _id(feed.get("id")) in night.dead:
        raise SourceError("the index says that this podcast is dead: take it out of the list")
    night.want(feed)


async def _episodes(night: Night) -> AsyncIterator[Page]:
    """The episodes of all wanted podcasts, in batches; one with more than an answer holds is halved."""
    by_start: dict[datetime, list[str]] = {}
    for podcast_id, start in night.podcasts.items():
        by_start.setdefault(start, []).append(podcast_id)
    batches = deque(
        (since, ids[first : first + FEEDS_AT_ONCE]) for since, ids in by_start.items() for first in range(0, len(ids), FEEDS_AT_ONCE)
    )
    while batches:
        if not night.has_requests(sum(len(ids) for _, ids in batches), "podcasts' episodes"):
            return
        since, ids = batches.popleft()
        name, since_epoch = f"episodes of podcasts {ids[0]} to {ids[-1]}", int(since.timestamp())
        reply = await night.attempt(name, "/episodes/byfeedid", id=",".join(ids), since=since_epoch, max=MOST, fulltext="")
        if reply is None:
            continue
        items = reply.items("items")
        if len(items) >= MOST and len(ids) > 1:
            middle = len(ids) // 2
            batches.extendleft([(since, ids[middle:]), (since, ids[:middle])])
            continue
        if len(items) >= MOST:
            night.notes.append(f"podcast {ids[0]}: only its newest {MOST} episodes since {since:%Y-%m-%d} were shown")
        yield night.episode_page(reply, items, since)
        night.until |= dict.fromkeys(ids, night.job.window.end.isoformat())


async def _missing(night: Night) -> AsyncIterator[Page]:
    """The young episodes that their podcasts no longer listed, and old ones, one by one: the index has no batch of episodes by id."""
    missing = [
        episode_id
        for episode_id, podcast_id in night.young.items()
        if episode_id not in night.seen
        and podcast_id not in night.dead
        and (episode_id in night.old or podcast_id == "0" or night.until.get(podcast_id) == night.job.window.end.isoformat())
    ]
    for place, episode_id in enumerate(missing):
        if not night.has_requests(len(missing) - place, "episodes of before"):
            return
        reply = await night.attempt(f"episode {episode_id}", "/episodes/byid", id=episode_id, fulltext="")
        if reply is None:
            continue
        episode = reply.object("episode")
        if episode is None:
            yield Page(reply.url, tombstones=[Tombstone("episodes", episode_id)])
        else:
            yield night.episode_page(reply, [episode], night.first)


async def _profiles(night: Night) -> AsyncIterator[Page]:
    """The podcasts of which only episodes were met, one by one: the index has no batch of podcasts by its own ids."""
    names = [podcast_id for podcast_id in night.met if podcast_id not in night.described]
    for place, podcast_id in enumerate(names):
        if not night.has_requests(len(names) - place, "podcasts"):
            return
        reply = await night.attempt(f"podcast {podcast_id}", "/podcasts/byfeedid", id=podcast_id)
        if reply and (feed := reply.object("feed")):
            yield night.podcast_page(reply, [feed])


def _text(feed: Mapping[str, Any]) -> str:
    return " ".join(str(feed.get(key) or "") for key in ("title", "author", "ownerName", "description"))


def _id(value: Any) -> str | None:
    """An id of the index; None where it is none."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    return text if re.fullmatch(r"[1-9]\d{0,18}", text := str(value), re.ASCII) else None


def _time(value: Any, end: datetime) -> datetime | None:
    """The moment of epoch seconds; None where it is none, or a time before the web or well after `end`."""
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    if not EARLIEST.timestamp() <= value < (end + timedelta(days=2)).timestamp():
        return None
    return datetime.fromtimestamp(value, UTC)


SOURCE = Source(
    platform="podcast_index",
    channel="podcasts",
    entities={"podcasts": "One row per podcast and change of it.", "episodes": "One row per episode and change of it."},
    follows=frozenset({"terms", "feeds"}),
    fetch=fetch,
    check=check,
    secrets={"key": True, "secret": True},
    requests_per_second=2,
    access="free key",
    rechecks=frozenset({"episodes"}),
)
