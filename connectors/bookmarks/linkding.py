"""linkding: all bookmarks of the token's account on one server, the archived ones too.

Cursor: "until" keeps the end of the last window that was read.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

from connectors.extraction import Extraction
from connectors.http import Answer, BrokenBody, Forbidden, NotFound, Unauthorized
from connectors.http.pagination import Pages, Parameters
from connectors.night.following import moment, start, until
from connectors.source import Page, Record, Rejected, Source, SourceError, Tombstone

PAGE_SIZE = 100
LISTS = ("bookmarks/", "bookmarks/archived/")
OWN = "own"


class Night:
    """One night's fetch: the server, and the bookmarks met so far."""

    def __init__(self, job: Extraction) -> None:
        self.job = job
        self.base = str(job.settings.base_url).rstrip("/")
        self.site = self.base.partition("://")[2]
        self.headers = {"Authorization": f"Token {job.settings.secret('token')}"}
        self.since = start(job, OWN)
        self.young = {known.lookup_key for known in job.young}
        self.met: set[str] = set()
        self.is_cut = False

    async def listed(self, path: str, condition: str, since: datetime) -> AsyncIterator[Page]:
        """A list's bookmarks since then, page by page; versions that do not know the condition show all."""
        answers = Pages(
            self.job.http,
            f"{self.base}/api/{path}",
            _next_page,
            max_pages=self.job.settings.limits.max_pages,
            params={"limit": PAGE_SIZE, condition: since.isoformat().replace("+00:00", "Z")},
            headers=self.headers,
        )
        async for answer in answers:
            yield self.page(answer, _results(answer))
        self.is_cut = self.is_cut or answers.is_cut

    def page(self, answer: Answer, items: list[Any]) -> Page:
        """The bookmarks that were added or changed since the last night, and the young ones."""
        records, rejected, end = list[Record](), list[Rejected](), self.job.window.end
        for item in items:
            number = item.get("id") if isinstance(item, dict) else None
            if not isinstance(number, int) or isinstance(number, bool):
                rejected.append(Rejected("bookmarks", "a bookmark without an id", item))
                continue
            added, changed = moment(item.get("date_added"), end), moment(item.get("date_modified"), end)
            is_new = added is None or added >= self.since or (changed is not None and changed >= self.since)
            if (is_new or str(number) in self.young) and not (added and added >= end):
                self.met.add(str(number))
                records.append(Record("bookmarks", f"{self.site}:{number}", {**item, "site": self.site}, added, str(number)))
        return Page(answer.url, records, rejected=rejected)

    async def single(self, number: str) -> Page:
        """What became of a bookmark that no list shows."""
        answer = await self.job.http.get_json(f"{self.base}/api/bookmarks/{number}/", headers=self.headers, absent=frozenset({404}))
        if answer.status == 404:
            return Page(answer.url, tombstones=[Tombstone("bookmarks", f"{self.site}:{number}")])
        return self.page(answer, [answer.json()])


async def fetch(job: Extraction) -> AsyncIterator[Page]:
    """Bookmarks that were added or changed in the window, and what became of the young ones."""
    night = Night(job)
    conditions = {"modified_since": night.since}
    if night.young:
        conditions["added_since"] = job.window.end - timedelta(days=job.settings.limits.young_days)
    try:
        for path in LISTS:
            for condition, since in conditions.items():
                async for page in night.listed(path, condition, since):
                    yield page
        for number in [] if night.is_cut else sorted(night.young - night.met):
            yield await night.single(number)
    except (Unauthorized, Forbidden, NotFound) as error:
        raise _explained(night.base, error) from None
    notes = ["more bookmarks than limits.max_pages allows; the oldest were not read, nor what is gone"] if night.is_cut else []
    yield Page(night.base, notes=notes, cursor={"until": until(job, [OWN])})


async def check(job: Extraction) -> str:
    """How many bookmarks there are."""
    night = Night(job)
    try:
        answer = await job.http.get_json(f"{night.base}/api/bookmarks/", params={"limit": 1}, headers=night.headers)
    except (Unauthorized, Forbidden, NotFound) as error:
        raise _explained(night.base, error) from None
    _results(answer)
    return f"{answer.json().get('count')} bookmarks"


def _next_page(answer: Answer, params: Parameters) -> Parameters | None:
    is_last = not _results(answer) or not answer.json().get("next")
    return None if is_last else {"offset": int(params.get("offset", 0)) + PAGE_SIZE}


def _results(answer: Answer) -> list[Any]:
    body = answer.json()
    results = body.get("results") if isinstance(body, dict) else None
    if not isinstance(results, list):
        raise BrokenBody(f"{answer.url} is not a list of bookmarks: is this linkding?")
    return results


def _explained(base: str, error: Unauthorized | Forbidden | NotFound) -> SourceError:
    if isinstance(error, NotFound):
        return SourceError(f"{base} has no linkding API: base_url is the address of linkding's start page.")
    return SourceError(f"{base} does not accept the token: copy it from linkding's page Settings > Integrations.")


SOURCE = Source(
    platform="linkding",
    channel="bookmarks",
    entities={"bookmarks": "One row per bookmark and change of it."},
    follows=frozenset(),
    fetch=fetch,
    check=check,
    requires=frozenset({"base_url"}),
    secrets={"token": True},
    access="token of your own server",
    rechecks=frozenset({"bookmarks"}),
)
