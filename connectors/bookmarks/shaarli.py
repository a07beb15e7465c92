"""Shaarli: the public bookmarks of one server; each server has one author.

Cursor: "until" keeps the end of the last window that was read.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator
from datetime import timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from connectors.extraction import Extraction
from connectors.http import Answer, BrokenBody
from connectors.night.following import moment, start, until
from connectors.source import Page, Record, Rejected, Source, SourceError, Tombstone

PAGE_SIZE = 100
OVERLAP = timedelta(hours=1)
"""The server's clock may be off by less than this."""
OWN = "own"
CHANGES = ("CREATED", "UPDATED", "DELETED")


class Night:
    """One night's fetch: the server, its token, and the bookmarks met so far."""

    def __init__(self, job: Extraction) -> None:
        self.job = job
        self.base = str(job.settings.base_url).rstrip("/")
        self.site = self.base.partition("://")[2]
        self.secret = job.settings.secret("api_secret") or ""
        self.headers: dict[str, str] = {}
        self.since = start(job, OWN, OVERLAP)
        self.young = {known.lookup_key for known in job.young}
        self.met: set[str] = set()

    async def ask(self, path: str, **params: str | int) -> Answer:
        """One answer, perhaps a 404. A token lives for nine minutes by the server's clock: a refusal tells what time that is."""
        for _ in range(2):
            answer = await self.job.http.get_json(
                f"{self.base}/api/v1/{path}", params=params, headers=self.headers, absent=frozenset({401, 404})
            )
            if answer.status != 401:
                return answer
            self.headers = {"Authorization": f"Bearer {self.token(answer)}"}
        raise SourceError(
            f"{self.base} does not accept the secret ({_message(answer)}): copy it from Shaarli's page Tools > Configure, REST API."
        )

    def token(self, answer: Answer) -> str:
        """A JSON Web Token (HS512) that was issued when the server sent this answer."""
        try:
            issued = int(parsedate_to_datetime(answer.headers["date"]).timestamp())
        except (KeyError, TypeError, ValueError, OverflowError):
            raise SourceError(f"{self.base} does not tell its time (no header Date), which its tokens need.") from None
        parts = [json.dumps(part).encode() for part in ({"typ": "JWT", "alg": "HS512"}, {"iat": issued})]
        signed = ".".join(map(_base64, parts))
        token = f"{signed}.{_base64(hmac.digest(self.secret.encode(), signed.encode(), hashlib.sha512))}"
        self.job.http.keep_secret(token)
        return token

    def page(self, answer: Answer, items: list[Any]) -> Page:
        """The bookmarks that were added or changed since the last night, and the young ones; those that became private are hidden."""
        records, tombstones, rejected, end = list[Record](), list[Tombstone](), list[Rejected](), self.job.window.end
        for item in items:
            number = item.get("id") if isinstance(item, dict) else None
            if not isinstance(number, int) or isinstance(number, bool):
                rejected.append(Rejected("bookmarks", "a bookmark without an id", item))
                continue
            native_id, created, changed = f"{self.site}:{number}", moment(item.get("created"), end), moment(item.get("updated"), end)
            is_new = created is None or created >= self.since or (changed is not None and changed >= self.since)
            if (created and created >= end) or not (is_new or str(number) in self.young):
                continue
            self.met.add(str(number))
            if item.get("private") is True:
                tombstones.append(Tombstone("bookmarks", native_id, "hidden"))
            else:
                records.append(Record("bookmarks", native_id, {**item, "site": self.base}, created, str(number)))
        return Page(answer.url, records, tombstones, rejected)

    async def changed(self) -> set[str]:
        """The bookmarks that the server's history says were changed since the last night; servers before 0.10 keep none."""
        answer = await self.ask("history", since=self.since.isoformat())
        events = answer.json() if answer.status != 404 else []
        return {
            str(event["id"])
            for event in (events if isinstance(events, list) else ())
            if isinstance(event, dict) and event.get("event") in CHANGES and isinstance(event.get("id"), int)
        }

    async def single(self, number: str) -> Page:
        """What became of a bookmark that the list does not show."""
        answer = await self.ask(f"links/{number}")
        if answer.status == 404:
            return Page(answer.url, tombstones=[Tombstone("bookmarks", f"{self.site}:{number}")])
        return self.page(answer, [answer.json()])


async def fetch(job: Extraction) -> AsyncIterator[Page]:
    """Public bookmarks that were added or changed in the window, and what became of the young ones."""
    night = Night(job)
    async for page in _listed(night):
        yield page
    others = night.young | (await night.changed() if job.cursor else set())
    for number in sorted(others - night.met):
        yield await night.single(number)
    yield Page(night.base, cursor={"until": until(job, [OWN])})


async def check(job: Extraction) -> str:
    """How many bookmarks there are."""
    night = Night(job)
    answer = await night.ask("info")
    body = answer.json() if answer.status != 404 else None
    if not isinstance(body, dict):
        raise SourceError(f"{night.base} has no Shaarli API: base_url is the address of Shaarli's start page.")
    return f"{body.get('global_counter')} bookmarks"


async def _listed(night: Night) -> AsyncIterator[Page]:
    """The public bookmarks, newest first behind the sticky ones, until a page is wholly older than what is wanted."""
    job = night.job
    floor = min(night.since, job.window.end - timedelta(days=job.settings.limits.young_days)) if night.young else night.since
    for number in range(job.settings.limits.max_pages):
        answer = await night.ask("links", offset=number * PAGE_SIZE, limit=PAGE_SIZE, visibility="public")
        if answer.status == 404:
            raise SourceError(f"{night.base} has no Shaarli API: base_url is the address of Shaarli's start page.")
        items = answer.json()
        if not isinstance(items, list):
            raise BrokenBody(f"{answer.url} is not a list of bookmarks: is this Shaarli?")
        yield night.page(answer, items)
        times = [created for item in items if isinstance(item, dict) and (created := moment(item.get("created"), job.window.end))]
        if len(items) < PAGE_SIZE or (times and max(times) < floor):
            return
    yield Page(night.base, notes=["more bookmarks than limits.max_pages allows; the oldest were not read"])


def _base64(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def _message(answer: Answer) -> str:
    """Why a request was refused; the body of a refusal may be anything."""
    try:
        body = answer.json()
    except BrokenBody:
        return "401"
    return str(body.get("message")) if isinstance(body, dict) else "401"


SOURCE = Source(
    platform="shaarli",
    channel="bookmarks",
    entities={"bookmarks": "One row per bookmark and change of it."},
    follows=frozenset(),
    fetch=fetch,
    check=check,
    requires=frozenset({"base_url"}),
    secrets={"api_secret": True},
    access="secret of your own server",
    rechecks=frozenset({"bookmarks"}),
)
