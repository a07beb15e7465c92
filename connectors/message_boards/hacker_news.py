"""Hacker News: Algolia's search finds what speaks of a term, Firebase tells how each item and its replies stand now.

Cursor: {"until": the end of the last window}. Algolia indexes late, so two days before it are searched again.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from connectors.http import Answer
from connectors.source import Extraction, Page, Record, Rejected, Source, SourceError, Tombstone

ALGOLIA = "https://hn.algolia.com/api/v1"
FIREBASE = "https://hacker-news.firebaseio.com/v0"
OVERLAP = timedelta(days=2)
HITS_CEILING = 1_000
AT_ONCE = 40


def _hosts(job: Extraction) -> tuple[str, str]:
    base = job.settings.base_url
    return (f"{base.rstrip('/')}/api/v1", f"{base.rstrip('/')}/v0") if base else (ALGOLIA, FIREBASE)


async def fetch(job: Extraction) -> AsyncIterator[Page]:
    """Items that mention a term or come from a followed account, their replies, the young ones again, and their authors."""
    start = datetime.fromisoformat(job.cursor["until"]) - OVERLAP if job.cursor else job.window.start
    wanted: dict[str, None] = {}
    notes: list[str] = []
    for term in job.settings.terms or ():
        wanted.update(dict.fromkeys(await _search(job, term, start, notes)))
    for account in job.settings.accounts:
        wanted.update(dict.fromkeys(await _submitted(job, account, start, notes)))
    wanted.update(dict.fromkeys(known.lookup_key for known in job.young if known.entity == "items"))
    authors: dict[str, None] = {}
    queue, queued, pages = list(wanted), set(wanted), 0
    while queue and pages < job.settings.limits.max_pages:
        batch, queue = queue[:AT_ONCE], queue[AT_ONCE:]
        answers = await asyncio.gather(*(job.http.get_json(f"{_hosts(job)[1]}/item/{item_id}.json") for item_id in batch))
        page, kids = _items(job, batch, answers)
        queue += [kid for kid in kids if kid not in queued]
        queued.update(kids)
        authors.update(dict.fromkeys(str(record.payload["by"]) for record in page.records if record.payload.get("by")))
        pages += 1
        yield page
    if queue:
        notes.append(f"{len(queue)} items were left unread: limits.max_pages was reached")
    names = list(authors)
    for first in range(0, len(names), AT_ONCE):
        yield await _users(job, names[first : first + AT_ONCE])
    yield Page(_hosts(job)[0], notes=notes, cursor={"until": job.window.end.isoformat()})


async def check(job: Extraction) -> str:
    """The newest item's number."""
    return f"newest item {(await job.http.get_json(f'{_hosts(job)[1]}/maxitem.json')).json()}"


async def _search(job: Extraction, term: str, start: datetime, notes: list[str]) -> list[str]:
    """Ids of items since `start` that hold the term as a word; spans with more hits than are shown are halved."""
    word = re.compile(rf"(?<!\w){re.escape(term)}(?!\w)", re.IGNORECASE)
    spans, found = [(int(start.timestamp()), int(job.window.end.timestamp()))], []
    while spans:
        since, before = spans.pop()
        parameters: dict[str, str | int] = {
            "query": f'"{term}"',
            "advancedSyntax": "true",
            "typoTolerance": "false",
            "tags": "(story,comment,poll)",
            "numericFilters": f"created_at_i>={since},created_at_i<{before}",
            "hitsPerPage": HITS_CEILING,
        }
        answer = await job.http.get_json(f"{_hosts(job)[0]}/search_by_date", params=parameters)
        body = answer.json()
        hits = body.get("hits") if isinstance(body, dict) else None
        if not isinstance(hits, list):
            raise SourceError(f"{answer.url} answered without `hits`: is this Hacker News' search?")
        if body.get("nbHits", 0) >= HITS_CEILING and before - since > 1:
            middle = (since + before) // 2
            spans += [(since, middle), (middle, before)]
            continue
        if body.get("nbHits", 0) > len(hits):
            notes.append(f"{term!r}: {body['nbHits']} hits in the second at {since}, of which {len(hits)} were shown")
        found += [str(hit["objectID"]) for hit in hits if isinstance(hit, dict) and hit.get("objectID") and word.search(_words(hit))]
    return found


def _words(hit: Mapping[str, Any]) -> str:
    return " ".join(str(hit.get(key) or "") for key in ("title", "url", "story_text", "comment_text"))


async def _submitted(job: Extraction, account: str, start: datetime, notes: list[str]) -> list[str]:
    """Ids of what an account wrote since `start`, newest first; ids grow with time, so the first older item ends the walk."""
    user = (await job.http.get_json(f"{_hosts(job)[1]}/user/{quote(account, safe='')}.json")).json()
    if not isinstance(user, dict):
        notes.append(f"no account {account!r} (names are case-sensitive)")
        return []
    ids: list[str] = []
    submitted = sorted((item for item in user.get("submitted", []) if isinstance(item, int)), reverse=True)
    for first in range(0, len(submitted), AT_ONCE):
        batch = submitted[first : first + AT_ONCE]
        answers = await asyncio.gather(*(job.http.get_json(f"{_hosts(job)[1]}/item/{item}.json") for item in batch))
        times = [_time(answer.json()) for answer in answers]
        ids += [str(item) for item, time in zip(batch, times, strict=True) if time is None or time >= start]
        if any(time is not None and time < start for time in times):
            break
    return ids


def _items(job: Extraction, ids: Sequence[str], answers: Sequence[Answer]) -> tuple[Page, list[str]]:
    """What became of these ids, and the replies they name."""
    records, tombstones, rejected, kids = [], [], [], []
    for item_id, answer in zip(ids, answers, strict=True):
        item = answer.json()
        if item is None or (isinstance(item, dict) and item.get("deleted")):
            tombstones.append(Tombstone("items", item_id))
        elif not isinstance(item, dict) or str(item.get("id")) != item_id:
            rejected.append(Rejected("items", f"{answer.url}: not the item that was asked for", item, item_id))
        elif item.get("dead"):
            tombstones.append(Tombstone("items", item_id, "hidden"))
        elif (time := _time(item)) is None or time < job.window.end:
            records.append(Record("items", item_id, item, time, item_id))
        if isinstance(item, dict) and isinstance(item.get("kids"), list):
            kids += [str(kid) for kid in item["kids"]]
    return Page(answers[0].url, records, tombstones, rejected), kids


async def _users(job: Extraction, names: Sequence[str]) -> Page:
    answers = await asyncio.gather(*(job.http.get_json(f"{_hosts(job)[1]}/user/{quote(name, safe='')}.json") for name in names))
    records = []
    for name, answer in zip(names, answers, strict=True):
        user = answer.json()
        if isinstance(user, dict):
            records.append(Record("users", name, {key: value for key, value in user.items() if key != "submitted"}))
    missing: Iterable[str] = set(names) - {record.native_id for record in records}
    return Page(answers[0].url, records, notes=[f"no account {name!r}, though it wrote an item" for name in sorted(missing)])


def _time(item: Any) -> datetime | None:
    """When an item was written; None where it does not say, or absurdly."""
    seconds = item.get("time") if isinstance(item, dict) else None
    return datetime.fromtimestamp(seconds, UTC) if isinstance(seconds, int) and 631_152_000 <= seconds < 2**33 else None


SOURCE = Source(
    platform="hacker_news",
    channel="message_boards",
    entities={"items": "One row per story, comment, job or poll and change of it.", "users": "One row per account and change of it."},
    follows=frozenset({"terms", "accounts"}),
    fetch=fetch,
    check=check,
    requests_per_second=20,
)
