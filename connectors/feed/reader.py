"""One night's reading of a list of feeds: only what has changed, moved feeds followed, dead ones left alone, archives where needed.

The cursor holds, per configured address: the answer's validators, hashes of the entries seen, where the feed has moved, whether it
is gone.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from connectors.extraction import Extraction
from connectors.feed.document import Entry, FeedDocument, iso
from connectors.feed.parser import parse_feed
from connectors.feed.rechecks import look_again
from connectors.http import Answer, Gone, Validators
from connectors.moments import EARLIEST
from connectors.source import Page, SourceError, Window

Observe = Callable[[FeedDocument, str], Page]
"""What one document of the feed at this configured address says, as records."""

_ACCEPT = {"Accept": "application/atom+xml, application/rss+xml, application/feed+json, application/xml;q=0.9, */*;q=0.5"}
_GONE = frozenset({404, 410})
_AT_ONCE = 8
_MOST_SEEN = 400
_MOST_SEEN_OF_AN_ANSWER = 200


@dataclass(frozen=True, slots=True)
class _Reading:
    """A feed's first answer of the night, without a document where nothing is new; `state` goes to the cursor."""

    url: str
    state: Mapping[str, Any]
    document: FeedDocument | None = None
    notes: tuple[str, ...] = ()


async def fetch_feeds(job: Extraction, observe: Observe) -> AsyncIterator[Page]:
    """Yields a page per answer of every configured feed, in their order.

    Raises:
        SourceError: at the end, naming each feed that could not be read.
    """
    feeds = tuple(dict.fromkeys(job.settings.feeds))
    before: Mapping[str, Mapping[str, Any]] = job.cursor.get("feeds", {})
    after: dict[str, Mapping[str, Any]] = {}
    failures: list[str] = []
    listings: dict[str, set[str]] = {}
    archive_pages = iter(range(job.settings.limits.max_pages - len(feeds)))
    for start in range(0, len(feeds), _AT_ONCE):
        group = feeds[start : start + _AT_ONCE]
        readings = await asyncio.gather(*(_read(job, feed, before.get(feed, {})) for feed in group))
        for feed, reading in zip(group, readings, strict=True):
            try:
                if isinstance(reading, SourceError):
                    raise reading
                after[feed] = reading.state
                async for page in _pages(job, feed, reading, before.get(feed), archive_pages, observe):
                    if reading.document:
                        listings.setdefault(feed, set()).update(record.native_id for record in page.records)
                    yield page
            except SourceError as error:
                failures.append(f"{feed}: {error}")

    async def listed(feed: str) -> set[str] | None:
        if feed not in listings and feed in after and not after[feed].get("is_gone"):  # nothing is new in it
            try:
                answer = await job.http.get(after[feed].get("moved_to", feed), headers=_ACCEPT)
                page = observe(await _document(answer, answer.url), feed)
            except SourceError:
                return None
            listings[feed] = {record.native_id for record in page.records}
        return listings.get(feed)

    async for page in look_again(job, listed):
        yield page
    if failures:
        raise SourceError(f"{len(failures)} of {len(feeds)} feeds could not be read; " + "; ".join(failures))
    yield Page(url=feeds[-1], cursor={"feeds": after})


async def check_feed(job: Extraction) -> str:
    """Reads the first configured feed and says what it is."""
    feed = job.settings.feeds[0]
    document = await _document(await job.http.get(feed, headers=_ACCEPT), feed)
    return f"{document.title or feed}: {len(document.entries)} entries"


async def _read(job: Extraction, feed: str, earlier: Mapping[str, Any]) -> _Reading | SourceError:
    if earlier.get("is_gone"):
        return _Reading(feed, earlier, notes=(f"{feed}: not asked, it was gone for good on an earlier night: take it out of the list",))
    address = earlier.get("moved_to", feed)
    try:
        try:
            return await _ask(job, feed, address, earlier)
        except SourceError:
            if address == feed:
                raise
            return await _ask(job, feed, feed, {"seen": earlier.get("seen", ())})
    except Gone:
        return _Reading(
            feed, {"is_gone": True}, notes=(f"{feed}: gone for good (410), it will not be asked again: take it out of the list",)
        )
    except SourceError as error:
        return error


async def _ask(job: Extraction, feed: str, address: str, earlier: Mapping[str, Any]) -> _Reading:
    answer = await job.http.get(address, headers=_ACCEPT, validators=Validators.from_cursor(earlier.get("validators")))
    document = None if answer.not_modified else await _document(answer, address)
    place = (document.new_url if document else None) or answer.permanent_url or address
    state = {key: value for key, value in earlier.items() if key != "moved_to"}
    notes: tuple[str, ...] = ()
    if place != feed:
        state["moved_to"] = place
        if place != earlier.get("moved_to"):
            notes = (f"{feed}: has moved for good to {place} and is read there from now on; its posts keep their ids",)
    if document:
        # An entry of after the window is left for the next night, which must not be told that nothing has changed.
        is_whole = not any(_is_late(entry, job.window) for entry in document.entries)
        state["validators"] = answer.validators.to_cursor() if is_whole else {}
        oldest_first = sorted(document.entries, key=lambda entry: _published(entry, job.window) or job.window.end)
        seen = [_mark(entry) for entry in oldest_first[:_MOST_SEEN_OF_AN_ANSWER]]
        state["seen"] = list(dict.fromkeys([*seen, *earlier.get("seen", ())]))[:_MOST_SEEN]
    return _Reading(answer.url, state, document, notes)


async def _pages(
    job: Extraction, feed: str, reading: _Reading, earlier: Mapping[str, Any] | None, archive_pages: Iterator[int], observe: Observe
) -> AsyncIterator[Page]:
    """The first answer's page and those of the archive: on a feed's first night back to the window's start, later to close a gap."""
    first, url, notes = reading.document, reading.url, list(reading.notes)
    if first is None:
        if notes:
            yield Page(url=url, notes=notes)
        return
    document, asked = first, {feed}
    while True:
        entries = tuple(entry for entry in document.entries if not _is_late(entry, job.window))
        notes += [f"{feed}: {note}" for note in document.notes]
        absurd = [entry.published for entry in document.entries if entry.published and _published(entry, job.window) is None]
        if absurd:
            told = (
                f"{len(absurd)} of {len(document.entries)} entries have a date of before 1990 or well after the night, which counts as none"
            )
            notes.append(f"{feed}: {told}; the first: {iso(absurd[0])}")
        following = document.next_url if document.next_url not in asked else None
        if not _may_lack_older(entries, earlier, job.window):
            following = None
        elif following and next(archive_pages, None) is None:
            notes.append(f"{feed}: limits.max_pages is reached, its older entries from {following} on are not read")
            following = None
        elif not following and earlier:
            notes.append(f"{feed}: its oldest entry is new, so others may have come and gone since the last night: refresh it more often")
        # A page of the archive need not repeat what the feed says of itself; a podcast:guid that it lacks would change every id.
        page = observe(replace(first, entries=entries, deleted=document.deleted, unread=document.unread), feed)
        records = [replace(record, published_at=_credible(record.published_at, job.window)) for record in page.records]
        yield replace(page, url=url, notes=notes, records=records)
        if not following:
            return
        asked.add(following)
        answer = await job.http.get(following, headers=_ACCEPT, absent=_GONE)
        if answer.status in _GONE:  # WordPress says so past the end of its archive
            return
        document, url, notes = await _document(answer, following), answer.url, []


async def _document(answer: Answer, address: str) -> FeedDocument:
    # In a thread: a feed of some MB takes seconds, and other sources are being read meanwhile.
    return await asyncio.to_thread(parse_feed, answer.body, answer.headers.get("content-type", ""), address)


def _may_lack_older(entries: Sequence[Entry], earlier: Mapping[str, Any] | None, window: Window) -> bool:
    if not entries:
        return False
    dated = [(published, entry) for entry in entries if (published := _published(entry, window))]
    published, oldest = min(dated, key=lambda one: one[0], default=(None, entries[-1]))
    if earlier is None:
        return published is None or published >= window.start
    seen = earlier.get("seen", ())
    return bool(seen) and _mark(oldest) not in seen


def _is_late(entry: Entry, window: Window) -> bool:
    published = _published(entry, window)
    return published is not None and published >= window.end


def _published(entry: Entry, window: Window) -> datetime | None:
    return _credible(entry.published, window)


def _credible(moment: datetime | None, window: Window) -> datetime | None:
    """The moment, unless it is absurd."""
    return moment if moment and EARLIEST <= moment <= window.end + timedelta(days=2) else None


def _mark(entry: Entry) -> str:
    return sha256(entry.identity.encode()).hexdigest()[:12]
