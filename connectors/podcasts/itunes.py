"""Apple's podcast directory (iTunes Search API): what terms find, and the newest episodes of followed podcasts.

Cursor: "until" keeps per term and account the end of the last window that was read for it.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from connectors.extraction import Extraction
from connectors.http import BrokenBody, RateLimited, Unreachable
from connectors.source import Page, Record, Rejected, Source, SourceError

BASE = "https://itunes.apple.com"
MOST = 200
"""Rows that may be asked for; there is no next page."""
MOST_OF_A_SEARCH = 100
"""Rows that a search shows at most, whatever is asked for (measured by others in 2026)."""
_ACCOUNT = re.compile(r"(?:https://(?:podcasts|itunes)\.apple\.com/([a-z]{2})/podcast/(?:[^/?#]+/)?)?(?:id)?(\d{1,18})(?:[?#].*)?")
_READ = frozenset({400, 403, 404})
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)


class Night:
    """One night's fetch: what was met so far, and what is to be told."""

    def __init__(self, job: Extraction) -> None:
        self.job = job
        self.base = (job.settings.base_url or BASE).rstrip("/")
        self.seen: set[tuple[str, str]] = set()
        self.met: dict[str, None] = {}
        self.notes: list[str] = []
        self.false_hit_count = 0
        self.requests_left = job.settings.limits.max_pages

    def since(self, name: str) -> datetime:
        """From when on episodes are wanted: each answer holds the newest anyway, so the young ones are observed again."""
        limits, end = self.job.settings.limits, self.job.window.end
        if until := self.job.cursor.get("until", {}).get(name):
            return datetime.fromisoformat(until) - timedelta(days=limits.young_days)
        return end - timedelta(days=limits.history_days) if self.job.cursor else self.job.window.start

    async def ask(self, path: Literal["search", "lookup"], what: str, params: Mapping[str, str | int]) -> tuple[str, list[Any]]:
        """The rows of an answer and its address. Raises RateLimited where Apple has had enough, as it says by 403."""
        self.requests_left -= 1
        answer = await self.job.http.get_json(f"{self.base}/{path}", params=params, absent=_READ)
        if answer.status == 403:
            raise RateLimited(
                f"{answer.url} answered 403: Apple refuses clients that ask more than some 20 times a minute;"
                " lower limits.requests_per_second, or run again later."
            )
        document = answer.json()
        why = document.get("errorMessage") if isinstance(document, dict) else None
        if answer.status in _READ:
            raise SourceError(f"{answer.url} answered {answer.status} ({str(why or 'no reason given')[:200]}).")
        rows = document.get("results") if isinstance(document, dict) else None
        if not isinstance(rows, list):
            raise BrokenBody(f"{answer.url} holds no results: is this Apple's search?")
        if document.get("resultCount") != len(rows):
            self.notes.append(f"{what}: the answer says that it holds {document.get('resultCount')} rows, but holds {len(rows)}")
        return answer.url, rows

    def page(self, url: str, rows: list[Any], since: datetime, word: re.Pattern[str] | None = None) -> Page:
        """The podcasts and, of since then and before the window's end, the episodes among these rows; with a word, those that hold it."""
        records, rejected = [], []
        for row in rows:
            kind = _kind(row)
            key = _id(row.get("collectionId" if kind == "podcasts" else "trackId")) if kind else None
            if kind is None or key is None:
                rejected.append(Rejected(kind or "podcasts", f"{url}: neither a podcast nor an episode with an id", row))
                continue
            published = _time(row.get("releaseDate"), self.job.window.end)
            if kind == "episodes" and published and not since <= published < self.job.window.end:
                continue
            if word and not word.search(_text(row)):
                self.false_hit_count += 1
            elif (kind, key) not in self.seen:
                self.seen.add((kind, key))
                records.append(Record(kind, key, row, published if kind == "episodes" else None))
                if kind == "episodes" and (podcast_id := _id(row.get("collectionId"))):
                    self.met.setdefault(podcast_id)
        return Page(url, records, rejected=rejected)

    def summary(self) -> Iterator[str]:
        """The night's notes."""
        yield from self.notes
        if self.false_hit_count:
            yield f"{self.false_hit_count} search hits were left out: they do not hold the term as a word"


async def fetch(job: Extraction) -> AsyncIterator[Page]:
    """Podcasts and episodes that hold a term, followed podcasts with their newest episodes, and whose the found episodes are."""
    night, failures = Night(job), dict[str, SourceError]()
    terms, accounts = job.settings.terms or (), tuple(dict.fromkeys(job.settings.accounts))
    readings = [(term, _search(night, term)) for term in terms] + [(account, _lookup(night, account)) for account in accounts]
    for place, (name, pages) in enumerate(readings):
        if night.requests_left <= 0:
            night.notes.append(f"{', '.join(left for left, _ in readings[place:])}: not read, limits.max_pages is reached")
            break
        try:
            async for page in pages:
                yield page
        except (RateLimited, Unreachable):
            raise
        except SourceError as error:
            failures[name] = error
    try:
        async for page in _podcasts(night):
            yield page
    except (RateLimited, Unreachable):
        raise
    except SourceError as error:
        failures["the podcasts of the episodes"] = error
    until = dict.fromkeys((*terms, *map(_key, accounts)), job.window.end.isoformat())
    yield Page(night.base, notes=list(night.summary()), cursor={"until": until})
    if failures:
        raise SourceError("Not read: " + "; ".join(f"{name}: {error}" for name, error in failures.items()))


async def check(job: Extraction) -> str:
    """Searches for the commonest word."""
    _, rows = await Night(job).ask("search", "podcast", {"term": "podcast", "media": "podcast", "entity": "podcast", "limit": 1})
    return f"{len(rows)} podcast found"


async def _search(night: Night, term: str) -> AsyncIterator[Page]:
    word = re.compile(rf"(?<!\w){re.escape(term)}(?!\w)", re.IGNORECASE)
    for entity, what in (("podcast", "podcasts"), ("podcastEpisode", "episodes")):
        params: dict[str, str | int] = {"term": term, "media": "podcast", "entity": entity, "limit": MOST}
        url, rows = await night.ask("search", f"{term!r}", params)
        if len(rows) >= MOST_OF_A_SEARCH:
            night.notes.append(f"{term!r}: only {len(rows)} {what} were shown, Apple shows no more")
        yield night.page(url, rows, night.since(term), word)


async def _lookup(night: Night, account: str) -> AsyncIterator[Page]:
    """A podcast and its newest episodes."""
    matched = _ACCOUNT.fullmatch(account)
    if not matched:
        raise SourceError("no collection id: write the number after `id` in the podcast's address at podcasts.apple.com, or that address")
    country, collection_id = matched.groups()
    params: dict[str, str | int] = {"id": collection_id, "media": "podcast", "entity": "podcastEpisode", "limit": MOST}
    url, rows = await night.ask("lookup", account, {**params, "country": country} if country else params)
    if not any(_kind(row) for row in rows):
        store = f"the store of {country.upper()}" if country else "the store of the US (write the podcast's whole address for another)"
        raise SourceError(f"no podcast has this collection id in {store}")
    since = night.since(_key(account))
    times = [time for row in rows if _kind(row) == "episodes" and (time := _time(row.get("releaseDate"), night.job.window.end))]
    if len(rows) >= MOST and min(times, default=since) > since:
        night.notes.append(f"{account}: only its newest {len(times)} episodes were shown; read its feed (podcast_feeds) for all")
    yield night.page(url, rows, since)


async def _podcasts(night: Night) -> AsyncIterator[Page]:
    """The podcasts of which only episodes were met, in batches."""
    ids = [podcast_id for podcast_id in night.met if ("podcasts", podcast_id) not in night.seen]
    for first in range(0, len(ids), MOST):
        if night.requests_left <= 0:
            night.notes.append(f"{len(ids) - first} podcasts were left unread: limits.max_pages is reached")
            return
        batch = ids[first : first + MOST]
        url, rows = await night.ask("lookup", "podcasts of episodes", {"id": ",".join(batch), "media": "podcast", "entity": "podcast"})
        yield night.page(url, rows, night.job.window.start)


def _kind(row: Any) -> Literal["podcasts", "episodes"] | None:
    if not isinstance(row, dict):
        return None
    kind = row.get("kind")
    if kind == "podcast-episode" or row.get("wrapperType") == "podcastEpisode":
        return "episodes"
    return "podcasts" if kind == "podcast" else None


def _key(account: str) -> str:
    """An account's key in the cursor, apart from a term of the same letters."""
    return f"@{account}"


def _text(row: Mapping[str, Any]) -> str:
    return " ".join(str(row.get(key) or "") for key in ("trackName", "collectionName", "artistName", "description"))


def _id(value: Any) -> str | None:
    """An id of the store; None where it is none."""
    is_number = isinstance(value, int) and not isinstance(value, bool) and 0 < value < 10**18
    return str(value) if is_number else None


def _time(value: Any, end: datetime) -> datetime | None:
    """The moment; None where it is none, or before the web or well after `end`."""
    try:
        moment = datetime.fromisoformat(value)
    except (ValueError, TypeError):
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return moment if EARLIEST <= moment < end + timedelta(days=2) else None


SOURCE = Source(
    platform="itunes",
    channel="podcasts",
    entities={
        "podcasts": "One row per podcast of the directory and change of it.",
        "episodes": "One row per episode of the directory and change of it.",
    },
    follows=frozenset({"terms", "accounts"}),
    fetch=fetch,
    check=check,
    requests_per_second=0.3,
)
