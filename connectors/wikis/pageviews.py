"""Wikimedia pageviews: how often people read an article of Wikipedia or a sister project, day by day.

Cursor: "until" keeps per page the day after the last one that was told.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from urllib.parse import quote

from connectors.extraction import Extraction
from connectors.http import Answer, BrokenBody, RateLimited, Unreachable
from connectors.source import Page, Record, Rejected, Source, SourceError

SERVER = "https://wikimedia.org"
OVERLAP = timedelta(days=3)
"""So late Wikimedia corrects its counts."""
BEGINNING = date(2015, 7, 1)
_TOLD = frozenset({400, 404})
_PROJECT = re.compile(r"[a-z0-9-]+(?:\.[a-z0-9-]+)*(?P<port>:\d+)?")  # Wikimedia's have no port, a simulated one has


@dataclass(frozen=True, slots=True)
class Article:
    """A followed page: the host of its wiki and its title as addresses write it."""

    wiki: str
    title: str

    @classmethod
    def from_setting(cls, page: str) -> Article:
        """Reads "en.wikipedia/Article title"; the host may end in .org. Raises SourceError."""
        wiki, _, title = page.partition("/")
        project = _PROJECT.fullmatch(wiki.strip().lower().removeprefix("www.").removesuffix(".org"))
        if not title.strip() or project is None:
            raise SourceError(f'{page!r} is no page of a wiki: write it as "en.wikipedia/Article title".')
        return cls(project[0] if project["port"] else f"{project[0]}.org", "_".join(title.split()))

    @property
    def name(self) -> str:
        """How it is known in the cursor and in ids."""
        return f"{self.wiki}/{self.title}"

    def url(self, base_url: str | None, first: date, last: date) -> str:
        """Where its daily views by people are, both days included."""
        parts = [self.wiki, "all-access", "user", quote(self.title, safe=""), "daily", f"{first:%Y%m%d}", f"{last:%Y%m%d}"]
        return f"{(base_url or SERVER).rstrip('/')}/api/rest_v1/metrics/pageviews/per-article/{'/'.join(parts)}"


async def fetch(job: Extraction) -> AsyncIterator[Page]:
    """The views of each followed page on each whole day of the window, and again of the three days before it."""
    until = dict(job.cursor.get("until", {}))
    failures: list[str] = []
    unseen: list[str] = []
    kept: dict[str, str] = {}
    for page in job.settings.pages:
        try:
            article = Article.from_setting(page)
            first, last = _first_day(job, until.get(article.name)), (job.window.end - timedelta(days=1)).date()
            if article.name in until:
                kept[article.name] = until[article.name]
            if first > last:
                continue
            answer = await job.http.get_json(article.url(job.settings.base_url, first, last), absent=_TOLD)
            found, newest = _read(article, answer, job.window.end)
        except (RateLimited, Unreachable):
            raise
        except SourceError as error:
            failures.append(f"{page}: {error}")
            continue
        if newest:
            kept[article.name] = max(kept.get(article.name, ""), (newest + timedelta(days=1)).isoformat())
        else:
            unseen.append(page)
        yield found
    notes = [f"no views told of {', '.join(unseen)}: not read, too new, or not so written (titles are case-sensitive)"] if unseen else []
    yield Page(job.settings.base_url or SERVER, notes=notes, cursor={"until": kept})
    if failures:
        raise SourceError(f"Not all pageviews were read. {'; '.join(failures)}")


async def check(job: Extraction) -> str:
    """How many views the first page had on the last days of the window."""
    article = Article.from_setting(next(iter(job.settings.pages), ""))
    last = (job.window.end - timedelta(days=1)).date()
    answer = await job.http.get_json(article.url(job.settings.base_url, last - timedelta(days=6), last), absent=_TOLD)
    found, _ = _read(article, answer, job.window.end)
    return f"{article.name}: {sum(record.payload['views'] for record in found.records)} views on {len(found.records)} of the last 7 days"


def _first_day(job: Extraction, until: str | None) -> date:
    if until:
        return max(date.fromisoformat(until) - OVERLAP, BEGINNING)
    start = job.window.end - timedelta(days=job.settings.limits.history_days) if job.cursor else job.window.start
    return max(start.date(), BEGINNING)


def _read(article: Article, answer: Answer, end: datetime) -> tuple[Page, date | None]:
    """The days of one answer, and the newest of them. "Not found" means that nobody looked."""
    body = answer.json()
    if answer.status in _TOLD:
        detail = body.get("detail") if isinstance(body, dict) else None
        told = "; ".join(map(str, detail)) if isinstance(detail, list) else str(detail or "no reason given")
        if answer.status == 404 and isinstance(body, dict):
            return Page(answer.url), None
        raise SourceError(f"{article.wiki} has no pageviews for it ({told[:300]}). Check the project and the title.")
    items = body.get("items") if isinstance(body, dict) else None
    if not isinstance(items, list):
        raise BrokenBody(f"{answer.url} is not a list of days: is this the pageviews API?")
    records: list[Record] = []
    rejected: list[Rejected] = []
    for item in items:
        day = _day(item)
        if day is None:
            rejected.append(Rejected("page_views", f"{answer.url}: no day and number of views", item))
        elif day + timedelta(days=1) <= end:
            payload = {"wiki": article.wiki, **item}
            records.append(Record("page_views", f"{article.name}/{day:%Y-%m-%d}", payload, day))
    days = [record.published_at.date() for record in records if record.published_at]
    return Page(answer.url, records, rejected=rejected), max(days, default=None)


def _day(item: Any) -> datetime | None:
    """The day that an item counts the views of; None for what is no such item."""
    if not isinstance(item, dict) or not isinstance(item.get("views"), int) or not isinstance(item.get("timestamp"), str):
        return None
    try:
        return datetime.combine(datetime.strptime(item["timestamp"][:8], "%Y%m%d").date(), time(), UTC)
    except ValueError:
        return None


SOURCE = Source(
    platform="pageviews",
    channel="wikis",
    entities={"page_views": "One row per article, day and version of its number of views by people."},
    follows=frozenset({"pages"}),
    fetch=fetch,
    check=check,
    requires=frozenset({"pages"}),
    requests_per_second=10.0,
)
