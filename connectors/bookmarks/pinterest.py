"""Pinterest: the pins of the token's account with their metrics, and the account with its audience.

Cursor: "until" keeps the end of the last window that was read.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from connectors.extraction import Extraction
from connectors.http import Answer, BrokenBody, Rejection
from connectors.http.pagination import Pages, page_token
from connectors.night.following import moment, start, until
from connectors.source import Page, Record, Rejected, Source, SourceError, Tombstone

API = "https://api.pinterest.com/v5"
PAGE_SIZE = 250
OVERLAP = timedelta(days=2)
"""Metrics come so late."""
OWN = "own"
NOT_FOUND = 50


class Night:
    """One night's fetch: the server, whose pins these are, and those met so far."""

    def __init__(self, job: Extraction) -> None:
        self.job = job
        self.base = (job.settings.base_url or API).rstrip("/")
        self.headers = {"Authorization": f"Bearer {job.settings.secret('token')}"}
        self.since = start(job, OWN, OVERLAP)
        self.young = {known.lookup_key for known in job.young}
        self.met: set[str] = set()
        self.account: str | None = None

    async def ask(self, path: str, *, absent: frozenset[int] = frozenset(), **params: str) -> Answer:
        """One answer."""
        try:
            return await self.job.http.get_json(f"{self.base}/{path}", params=params, headers=self.headers, absent=absent)
        except Rejection as error:
            raise _explained(error) from None

    async def whose(self) -> Page:
        """The token's account."""
        answer = await self.ask("user_account")
        user = answer.json()
        name = user.get("id") or user.get("username") if isinstance(user, dict) else None
        if not isinstance(name, str):
            raise BrokenBody(f"{answer.url} is not an account: is this Pinterest's API?")
        self.account = name
        return Page(answer.url, [Record("accounts", name, user)])

    def pin(self, pin: Any, records: list[Record], rejected: list[Rejected]) -> datetime | None:
        """Adds a pin that is new or young; when it was made."""
        pin_id = pin.get("id") if isinstance(pin, dict) else None
        if not isinstance(pin_id, str) or not pin_id.isdecimal():
            rejected.append(Rejected("pins", "a pin without an id", pin))
            return None
        made = moment(pin.get("created_at"), self.job.window.end)
        if (made is None or self.since <= made < self.job.window.end) or (pin_id in self.young and made < self.job.window.end):
            self.met.add(pin_id)
            author = self.account if pin.get("is_owner") is not False else None
            records.append(Record("pins", pin_id, {**pin, "author": author}, made, pin_id))
        return made


async def fetch(job: Extraction) -> AsyncIterator[Page]:
    """The account, its pins of the window, and the young ones again."""
    night = Night(job)
    yield await night.whose()
    async for page in _pins(night):
        yield page
    for pin_id in sorted(night.young - night.met):
        yield await _pin(night, pin_id)
    yield Page(night.base, cursor={"until": until(job, [OWN])})


async def check(job: Extraction) -> str:
    """Whose token it is."""
    user: Mapping[str, Any] = (await Night(job).whose()).records[0].payload
    return f"account {user.get('username')} with {user.get('follower_count')} followers"


async def _pins(night: Night) -> AsyncIterator[Page]:
    """The account's pins, newest first, back to where all is read and the oldest young one."""
    job = night.job
    floor = min(night.since, job.window.end - timedelta(days=job.settings.limits.young_days)) if night.young else night.since
    answers = Pages(
        job.http,
        f"{night.base}/pins",
        partial(page_token, key="bookmark", parameter="bookmark"),
        max_pages=job.settings.limits.max_pages,
        params={"page_size": PAGE_SIZE, "pin_metrics": "true"},
        headers=night.headers,
    )
    try:
        async for answer in answers:
            items = answer.json().get("items") if isinstance(answer.json(), dict) else None
            if not isinstance(items, list):
                raise BrokenBody(f"{answer.url} is not a list of pins.")
            records, rejected = list[Record](), list[Rejected]()
            times = [made for pin in items if (made := night.pin(pin, records, rejected))]
            yield Page(answer.url, records, rejected=rejected)
            if times and max(times) < floor:
                return
    except Rejection as error:
        raise _explained(error) from None
    if answers.is_cut:
        yield Page(night.base, notes=["more pins than limits.max_pages allows; the oldest were not read"])


async def _pin(night: Night, pin_id: str) -> Page:
    """A young pin that the list does not show."""
    answer = await night.ask(f"pins/{pin_id}", absent=frozenset({403, 404}), pin_metrics="true")
    if answer.status in {403, 404}:
        code = answer.json().get("code") if isinstance(answer.json(), dict) else None
        if answer.status == 404 and code != NOT_FOUND:
            raise BrokenBody(f"{answer.url} answered 404 without saying that the pin is gone: is this Pinterest's API?")
        return Page(answer.url, tombstones=[Tombstone("pins", pin_id, "deleted" if code == NOT_FOUND else "hidden")])
    records, rejected = list[Record](), list[Rejected]()
    night.pin(answer.json(), records, rejected)
    return Page(answer.url, records, rejected=rejected)


def _explained(error: Rejection) -> SourceError:
    if error.status == 401:
        return SourceError(
            "Pinterest does not accept the token: it is wrong or has expired; make a new one on https://developers.pinterest.com."
        )
    if error.status == 403:
        return SourceError(f"{error} The token needs the scopes user_accounts:read, pins:read and boards:read.")
    return error


SOURCE = Source(
    platform="pinterest",
    channel="bookmarks",
    entities={
        "pins": "One row per pin and change of it or of its metrics.",
        "accounts": "One row per account and change of it.",
    },
    follows=frozenset(),
    fetch=fetch,
    check=check,
    base_url=API,
    secrets={"token": True},
    requests_per_second=1.5,
    access="approved app (OAuth)",
    rechecks=frozenset({"pins"}),
)
