"""The requests of a Mastodon client API: what is asked, page by page, and what one night remembers of the answers."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from connectors.extraction import Extraction
from connectors.http import Answer, BrokenBody, Rejection
from connectors.http.pagination import Pages, Parameters, link_header
from connectors.microblogs.mastodon.objects import Met, Reading, identity, item_id, moment
from connectors.source import Page, SourceError

SEARCH = "/api/v2/search"
PAGE_SIZE = 40
PEOPLE_PAGE_SIZE = 80
OVERLAP = timedelta(days=2)
"""Statuses of other servers come late, under ids that tell when they were written: so much is read again each night."""
GONE = frozenset({404, 410})
CLOSED = frozenset({401, 403, 422})


class Night:
    """One night's fetch: the server, the cursor to be, and the statuses met so far.

    `software`: the server's where it is not Mastodon. Mastodon counts replies and reblogs, and its ids grow with time; others that speak
    its API may do neither.
    """

    def __init__(self, job: Extraction) -> None:
        token = job.settings.secret("token")
        self.job = job
        self.base = str(job.settings.base_url).rstrip("/")
        self.headers = {"Authorization": f"Bearer {token}"} if token else {}
        self.software: str | None = None
        self.read: dict[str, dict[str, str]] = {**job.cursor.get("read", {})}
        self.counts: dict[str, list[int]] = {**job.cursor.get("counts", {})}
        self.followers: dict[str, Any] = {**job.cursor.get("followers", {})}
        self.young = {known.lookup_key for known in job.young}
        self.met: dict[str, Met] = {}
        self.unindexed: set[str] = set()
        self.private: set[str] = set()

    @property
    def is_mastodon(self) -> bool:
        """Whether the server is Mastodon itself."""
        return self.software is None

    async def ask(self, path: str, params: Parameters | None = None, *, absent: frozenset[int] = frozenset()) -> Answer:
        """One JSON answer. Raises SourceError, also to say what a closed door needs."""
        try:
            return await self.job.http.get_json(f"{self.base}{path}", params=params, headers=self.headers, absent=absent)
        except Rejection as error:
            if error.status not in CLOSED:
                raise
            refused = "The token is not accepted: check the environment variable named under secrets."
            closed = "It may be closed to guests: name a token under secrets."
            raise SourceError(f"{error} {refused if self.headers else closed}") from None

    def reading(self, answer: Answer) -> Reading:
        """To be filled with what the answer holds."""
        return Reading(answer.url, self.base, self.job.window.end, self.software)

    def page(self, reading: Reading) -> Page:
        """All that the answer held, remembered."""
        self.met |= {met.status_id: met for met in reading.met if met.status_id}
        self.unindexed |= reading.unindexed
        self.private |= reading.private
        return reading.page()

    async def people(self, path: str, add: Callable[[Reading, Sequence[Any]], None]) -> AsyncIterator[Page]:
        """A list of accounts, page by page; a server that sends no Link header has sent all."""
        answers = Pages(
            self.job.http,
            f"{self.base}{path}",
            link_header,
            max_pages=self.job.settings.limits.max_pages,
            params={"limit": PEOPLE_PAGE_SIZE},
            headers=self.headers,
        )
        async for answer in answers:
            if not isinstance(answer.json(), list):
                raise BrokenBody(f"{answer.url} is not a list of accounts.")
            reading = self.reading(answer)
            add(reading, answer.json())
            yield self.page(reading)
        if answers.is_cut:
            yield Page(f"{self.base}{path}", notes=[f"{path}: more accounts than limits.max_pages allows; the rest was not read"])

    async def timeline(self, name: str, path: str, asked: Mapping[str, str] | None = None) -> AsyncIterator[Page]:
        """Statuses before the window's end: oldest first from the last night's place, else newest first back to it or the window's start.

        A server that knows no max_id answers with the same page again: a page with nothing new is the last.
        """
        known, end = self.read.get(name), self.job.window.end
        is_forward = known is not None and self.is_mastodon and path != SEARCH
        floor = datetime.fromisoformat(known["at"]) if known else self._history_start()
        place: Parameters = {"min_id": known["id"]} if known and is_forward else {}
        seen: set[str | None] = set()
        times: list[tuple[datetime, str]] = []
        for page_number in itertools.count(1):
            answer = await self.ask(path, {"limit": PAGE_SIZE, **(asked or {}), **place})
            statuses = _statuses(answer)
            fresh = [status for status in statuses if identity(status) not in seen]
            reading = self.reading(answer)
            reading.statuses(status for status in fresh if is_forward or self._is_wanted(status, floor))
            yield self.page(reading)
            read = [(moment(status, end), status_id) for status in fresh if identity(status) and (status_id := item_id(status))]
            if not read:
                if statuses and not is_forward and times and min(times)[0] > floor:
                    yield Page(answer.url, notes=[f"{name}: the server shows its newest {len(times)} statuses only"])
                break
            seen |= {identity(status) for status in fresh} - {None}
            dated = [(at, status_id) for at, status_id in read if at]
            times += [(at, status_id) for at, status_id in dated if at < end]
            if is_forward:
                place, is_last = {"min_id": read[0][1]}, bool(dated) and dated[0][0] >= end
            else:
                place = {"offset": len(seen)} if path == SEARCH else {"max_id": read[-1][1]}
                is_last = (bool(dated) and dated[-1][0] < floor) or ("link" in answer.headers and link_header(answer, {}) is None)
            if is_last:
                break
            if page_number == self.job.settings.limits.max_pages:
                yield Page(answer.url, notes=[f"{name}: more statuses than limits.max_pages allows; the rest was not read"])
                break
        self._go_on_from(name, times)

    def _history_start(self) -> datetime:
        """Where to begin with what was not read before, on the first night or a later one."""
        if not self.job.cursor:
            return self.job.window.start
        return self.job.window.end - timedelta(days=self.job.settings.limits.history_days)

    def _is_wanted(self, status: Any, floor: datetime) -> bool:
        """Whether a status was written since `floor`, or is observed again."""
        written = moment(status, self.job.window.end)
        return written is None or written >= floor or item_id(status) in self.young

    def _go_on_from(self, name: str, times: Sequence[tuple[datetime, str]]) -> None:
        """Keeps the newest place before which nothing is expected to come any more."""
        settled = [pair for pair in times if pair[0] < self.job.window.end - OVERLAP]
        if settled or (times and name not in self.read):
            at, status_id = max(settled) if settled else min(times)
            self.read[name] = {"id": status_id, "at": at.isoformat()}


def _statuses(answer: Answer) -> list[Any]:
    """A timeline's list, or that of a search."""
    body = answer.json()
    statuses = body.get("statuses") if isinstance(body, dict) else body
    if not isinstance(statuses, list):
        raise BrokenBody(f"{answer.url} is not a list of statuses.")
    return statuses
