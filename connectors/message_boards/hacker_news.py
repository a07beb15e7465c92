"""Hacker News: Algolia's search finds what speaks of a term, Firebase tells how each item and its replies stand now.

Cursor: "until" keeps per term and account the end of the last window that was read for it.
"""

from __future__ import annotations

import asyncio
import html
import re
from collections import deque
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from connectors.extraction import Extraction
from connectors.http import Answer, BrokenBody, RateLimited, Unreachable
from connectors.source import Page, Record, Rejected, Source, SourceError, Tombstone

ALGOLIA = "https://hn.algolia.com/api/v1"
FIREBASE = "https://hacker-news.firebaseio.com/v0"
OVERLAP = timedelta(days=2)
"""Algolia indexes late: so much is searched again each night."""
HITS_CEILING = 1_000
AT_ONCE = 40
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)


class Night:
    """One night's fetch: the two servers, the items still to be read, and what was met so far."""

    def __init__(self, job: Extraction) -> None:
        base = job.settings.base_url
        self.job = job
        self.algolia, self.firebase = (f"{base.rstrip('/')}/api/v1", f"{base.rstrip('/')}/v0") if base else (ALGOLIA, FIREBASE)
        self.young = {known.lookup_key for known in job.young if known.entity == "items"}
        self.waiting: deque[str] = deque()
        self.queued: set[str] = set()
        self.authors: dict[str, None] = {}
        self.unread: list[str] = []
        self.notes: list[str] = []
        self.false_hit_count = 0
        self.missing_count = 0

    def start(self, name: str) -> datetime:
        """From when on to read a term or an account."""
        until = self.job.cursor.get("until", {}).get(name)
        if until:
            return datetime.fromisoformat(until) - OVERLAP
        return self.job.window.end - timedelta(days=self.job.settings.limits.history_days) if self.job.cursor else self.job.window.start

    def queue(self, ids: Iterable[str]) -> None:
        """Items to read, each once a night."""
        for item_id in ids:
            if item_id not in self.queued:
                self.queued.add(item_id)
                self.waiting.append(item_id)

    async def ask(self, kind: str, names: Sequence[str]) -> list[tuple[str, Answer]]:
        """Firebase's answers for items or users; those that are broken are counted and left out."""
        urls = [f"{self.firebase}/{kind}/{quote(name, safe='')}.json" for name in names]
        answers = await asyncio.gather(*map(self.job.http.get_json, urls), return_exceptions=True)
        for answer in answers:
            if isinstance(answer, BaseException) and (not isinstance(answer, SourceError) or isinstance(answer, RateLimited | Unreachable)):
                raise answer
            if isinstance(answer, SourceError):
                self.unread.append(str(answer))
        return [(name, answer) for name, answer in zip(names, answers, strict=True) if isinstance(answer, Answer)]

    async def items(self, ids: Sequence[str], since: datetime | None = None) -> tuple[Page, datetime | None]:
        """What became of these items (of the young, and of those written since `since`), and when the oldest was written."""
        end = self.job.window.end
        records, tombstones, rejected, times = [], [], [], []
        for item_id, answer in await self.ask("item", ids):
            item = answer.json()
            if item is None:
                if item_id in self.young:
                    tombstones.append(Tombstone("items", item_id))
                self.missing_count += item_id not in self.young
                continue
            if not isinstance(item, dict) or str(item.get("id")) != item_id:
                rejected.append(Rejected("items", f"{answer.url}: not the item that was asked for", item, item_id))
                continue
            written = _time(item, end)
            times.append(written or end)
            if written and (written >= end or (since and written < since and item_id not in self.young)):
                continue
            kids = item.get("kids")
            self.queue(str(kid) for kid in (kids if isinstance(kids, list) else ()) if isinstance(kid, int))
            if item.get("deleted") is True:
                tombstones.append(Tombstone("items", item_id))
            elif item.get("dead") is True:
                tombstones.append(Tombstone("items", item_id, "hidden"))
            else:
                records.append(Record("items", item_id, item, written, item_id))
                if isinstance(item.get("by"), str):
                    self.authors.setdefault(item["by"])
        return Page(f"{self.firebase}/item/{ids[0]}.json", records, tombstones, rejected), min(times, default=None)

    async def users(self, names: Sequence[str]) -> tuple[Page, list[Mapping[str, Any]]]:
        """These accounts, and all that was answered of them."""
        records, rejected, users = [], [], list[Mapping[str, Any]]()
        for name, answer in await self.ask("user", names):
            user = answer.json()
            if user is None:
                self.notes.append(f"no account {name!r}; names are case-sensitive")
            elif not isinstance(user, dict) or user.get("id") != name:
                rejected.append(Rejected("users", f"{answer.url}: not the user that was asked for", user, name))
            else:
                users.append(user)
                records.append(Record("users", name, {key: value for key, value in user.items() if key != "submitted"}))
        return Page(f"{self.firebase}/user/{quote(names[0], safe='')}.json", records, rejected=rejected), users

    def summary(self) -> Iterable[str]:
        """The night's notes."""
        yield from self.notes
        if self.waiting:
            yield f"{len(self.waiting)} items were left unread: limits.max_pages was reached"
        if self.false_hit_count:
            yield f"{self.false_hit_count} search hits were left out: they do not hold the term as a word"
        if self.missing_count:
            yield f"{self.missing_count} items that others name were not there"
        if self.unread:
            yield f"{len(self.unread)} items or users could not be read, the first: {self.unread[0]}"


async def fetch(job: Extraction) -> AsyncIterator[Page]:
    """Items that mention a term or come from a followed account, the young ones again, the replies to all, and their authors."""
    night = Night(job)
    terms, accounts = job.settings.terms or (), job.settings.accounts
    failures: dict[str, SourceError] = {}
    for term in terms:
        try:
            night.queue(await _search(night, term))
        except (RateLimited, Unreachable):
            raise
        except SourceError as error:
            failures[term] = error
    for account in accounts:
        async for page in _submitted(night, account):
            yield page
    night.queue(night.young)
    for _ in range(job.settings.limits.max_pages):
        if not night.waiting:
            break
        page, _ = await night.items([night.waiting.popleft() for _ in range(min(AT_ONCE, len(night.waiting)))])
        yield page
    names = [name for name in night.authors if name not in accounts]
    for first in range(0, len(names), AT_ONCE):
        page, _ = await night.users(names[first : first + AT_ONCE])
        yield page
    until = {name: job.window.end.isoformat() for name in (*terms, *map(_handle, accounts))}
    yield Page(night.firebase, notes=list(night.summary()), cursor={"until": until})
    if failures:
        raise SourceError(f"Not read: {', '.join(failures)}. {next(iter(failures.values()))}")


async def check(job: Extraction) -> str:
    """The newest item's number."""
    return f"newest item {(await job.http.get_json(f'{Night(job).firebase}/maxitem.json')).json()}"


async def _search(night: Night, term: str) -> list[str]:
    """Ids of items that hold the term as a word; spans with more hits than are shown are halved."""
    word = re.compile(rf"(?<!\w){re.escape(term)}(?!\w)", re.IGNORECASE)
    spans, found = [(int(night.start(term).timestamp()), int(night.job.window.end.timestamp()))], list[str]()
    for _ in range(night.job.settings.limits.max_pages):
        if not spans:
            return found
        since, before = spans.pop()
        hits, hit_count = await _hits(night, term, since, before)
        if hit_count >= HITS_CEILING and before - since > 1:
            middle = (since + before) // 2
            spans += [(since, middle), (middle, before)]
            continue
        if hit_count > len(hits):
            night.notes.append(f"{term!r}: only {len(hits)} of {hit_count} hits between {since} and {before} were shown")
        held = [hit for hit in hits if word.search(_text(hit))]
        night.false_hit_count += len(hits) - len(held)
        found += [hit["objectID"] for hit in held]
    if spans:
        night.notes.append(f"{term!r}: more hits than limits.max_pages allows to search for; the oldest were not read")
    return found


async def _hits(night: Night, term: str, since: int, before: int) -> tuple[list[dict[str, Any]], int]:
    """The hits in a span of epoch seconds that are shown, and how many there are."""
    params: dict[str, str | int] = {
        "query": '"' + term.replace('"', " ") + '"',
        "advancedSyntax": "true",
        "typoTolerance": "false",
        "tags": "(story,comment,poll)",
        "numericFilters": f"created_at_i>={since},created_at_i<{before}",
        "hitsPerPage": HITS_CEILING,
    }
    answer = await night.job.http.get_json(f"{night.algolia}/search_by_date", params=params)
    body = answer.json()
    hits = body.get("hits") if isinstance(body, dict) else None
    if not isinstance(hits, list) or not all(isinstance(hit, dict) and isinstance(hit.get("objectID"), str) for hit in hits):
        raise BrokenBody(f"{answer.url} is not a list of hits: is this Hacker News' search?")
    hit_count = body.get("nbHits")
    return hits, max(hit_count, len(hits)) if isinstance(hit_count, int) else len(hits)


def _text(hit: Mapping[str, Any]) -> str:
    return html.unescape(" ".join(str(hit.get(key) or "") for key in ("title", "url", "story_text", "comment_text")))


async def _submitted(night: Night, account: str) -> AsyncIterator[Page]:
    """An account, and its items, newest first: ids grow with time, so an older item ends the walk."""
    page, users = await night.users([account])
    yield page
    submitted = users[0].get("submitted") if users else None
    start = night.start(_handle(account))
    ids = [str(number) for number in sorted(filter(_is_number, submitted if isinstance(submitted, list) else ()), reverse=True)]
    for first in range(0, len(ids), AT_ONCE):
        batch = [item_id for item_id in ids[first : first + AT_ONCE] if item_id not in night.queued]
        if batch:
            night.queued.update(batch)
            page, oldest = await night.items(batch, start)
            yield page
            if oldest and oldest < start:
                return


def _handle(account: str) -> str:
    """An account's key in the cursor, apart from a term of the same letters."""
    return f"@{account}"


def _is_number(value: Any) -> bool:
    return isinstance(value, int)


def _time(item: Mapping[str, Any], end: datetime) -> datetime | None:
    """When an item was written; None where it says nothing, or a time before the web or well after `end`."""
    seconds = item.get("time")
    if not isinstance(seconds, int) or not EARLIEST.timestamp() <= seconds < (end + timedelta(days=2)).timestamp():
        return None
    return datetime.fromtimestamp(seconds, UTC)


SOURCE = Source(
    platform="hacker_news",
    channel="message_boards",
    entities={"items": "One row per story, comment, job or poll and change of it.", "users": "One row per account and change of it."},
    follows=frozenset({"terms", "accounts"}),
    fetch=fetch,
    check=check,
    requests_per_second=20,
    rechecks=frozenset({"items"}),
)
