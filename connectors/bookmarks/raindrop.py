"""Raindrop.io: the bookmarks of the token's account, its own and those of collections that are shared with it.

Cursor: "until" keeps per collection the end of the last window that was read for it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from urllib.parse import quote

from connectors.extraction import Extraction
from connectors.http import Answer, BrokenBody, Rejection
from connectors.http.pagination import Pages, Parameters
from connectors.night.following import each, moment, raise_for, start, until
from connectors.source import Page, Record, Rejected, Source, SourceError, Tombstone

API = "https://api.raindrop.io/rest/v1"
ALL, TRASH = "0", "-99"
PAGE_SIZE = 50
OVERLAP = timedelta(days=1)
"""The search knows whole days only, and may read `>` as excluding the day it names."""


class Night:
    """One night's fetch: the server, and the bookmarks and authors met so far."""

    def __init__(self, job: Extraction) -> None:
        self.job = job
        self.base = (job.settings.base_url or API).rstrip("/")
        self.headers = {"Authorization": f"Bearer {job.settings.secret('token')}"}
        self.young = {known.lookup_key for known in job.young}
        self.met: set[str] = set()
        self.authors: dict[str, Mapping[str, Any]] = {}
        self.is_cut = False

    async def ask(self, path: str, *, absent: frozenset[int] = frozenset()) -> Answer:
        """One answer; its body may say why there is nothing."""
        try:
            return await self.job.http.get_json(f"{self.base}/{path}", headers=self.headers, absent=absent)
        except Rejection as error:
            raise _explained(error) from None

    async def listed(self, collection: str, field: str, since: datetime) -> AsyncIterator[Answer]:
        """The pages of a collection's bookmarks that were created or changed since."""
        answers = Pages(
            self.job.http,
            f"{self.base}/raindrops/{quote(collection, safe='')}",
            _next_page,
            max_pages=self.job.settings.limits.max_pages,
            params={"search": f"{field}:>{since - timedelta(days=1):%Y-%m-%d}", "sort": "-created", "perpage": PAGE_SIZE, "page": 0},
            headers=self.headers,
        )
        try:
            async for answer in answers:
                yield answer
        except Rejection as error:
            raise _explained(error) from None
        self.is_cut = self.is_cut or answers.is_cut

    def page(self, answer: Answer, items: list[Any], since: datetime) -> Page:
        """The bookmarks that were written or changed since, and the young ones; those in the trash are gone."""
        records, tombstones, rejected, end = list[Record](), list[Tombstone](), list[Rejected](), self.job.window.end
        for item in items:
            native_id = _id(item.get("_id")) if isinstance(item, dict) else None
            if native_id is None:
                rejected.append(Rejected("bookmarks", "a bookmark without an _id", item))
                continue
            written, changed = moment(item.get("created"), end), moment(item.get("lastUpdate"), end)
            is_new = written is None or written >= since or (changed is not None and changed >= since)
            if (written and written >= end) or not (is_new or native_id in self.young):
                continue
            self.met.add(native_id)
            if item.get("removed") is True:
                tombstones.append(Tombstone("bookmarks", native_id))
            else:
                records.append(Record("bookmarks", native_id, {**item, "creatorRef": self.author(item)}, written, native_id))
        return Page(answer.url, records, tombstones, rejected)

    def author(self, item: Mapping[str, Any]) -> str | None:
        """The id of who saved a bookmark; in a shared collection that may be another than its owner."""
        creator, owner = item.get("creatorRef"), item.get("user")
        author_id = _id(creator.get("_id") if isinstance(creator, dict) else creator) or _id(
            owner.get("$id") if isinstance(owner, dict) else None
        )
        if author_id:
            self.authors.setdefault(author_id, creator if isinstance(creator, dict) else {})
        return author_id


async def fetch(job: Extraction) -> AsyncIterator[Page]:
    """Bookmarks that were written or changed in the window, what became of the young ones, and their authors."""
    night, failures = Night(job), dict[str, SourceError]()
    collections = job.settings.communities or (ALL,)
    async for page in each(collections, partial(_collection, night), failures):
        yield page
    if job.cursor:
        since = min(start(job, collection, OVERLAP) for collection in collections)
        async for answer in night.listed(TRASH, "lastUpdate", since):
            yield night.page(answer, _items(answer), since)
    missing = [] if night.is_cut or failures else sorted(night.young - night.met)
    for native_id in missing:
        yield await _single(night, native_id)
    for author_id in night.authors:
        yield await _author(night, author_id)
    notes = ["more bookmarks than limits.max_pages allows; the oldest were not read, nor what is gone"] if night.is_cut else []
    yield Page(night.base, notes=notes, cursor={"until": until(job, collections)})
    raise_for(failures)


async def check(job: Extraction) -> str:
    """Whose token it is."""
    user = _body(await Night(job).ask("user")).get("user")
    return f"account {user.get('name')} ({user.get('_id')})" if isinstance(user, dict) else "an account without a name"


async def _collection(night: Night, collection: str) -> AsyncIterator[Page]:
    """What was created since, back to the oldest young bookmark, and what changed since."""
    since, job = start(night.job, collection, OVERLAP), night.job
    floor = min(since, job.window.end - timedelta(days=job.settings.limits.young_days)) if night.young else since
    for field, begin in (("created", floor), ("lastUpdate", since)):
        async for answer in night.listed(collection, field, begin):
            yield night.page(answer, _items(answer), since)


async def _single(night: Night, native_id: str) -> Page:
    """A young bookmark that no list shows: moved elsewhere, or gone for good."""
    answer = await night.ask(f"raindrop/{native_id}", absent=frozenset({403, 404}))
    if answer.status in {403, 404}:
        return Page(answer.url, tombstones=[Tombstone("bookmarks", native_id)])
    return night.page(answer, [_body(answer).get("item")], night.job.window.start)


async def _author(night: Night, author_id: str) -> Page:
    """An author's profile, or what the bookmark told of it; the e-mail address is left out."""
    answer = await night.ask(f"user/{author_id}", absent=frozenset({400, 403, 404}))
    user = answer.json().get("user") if answer.status == 200 and isinstance(answer.json(), dict) else None
    told = user if isinstance(user, dict) and _id(user.get("_id")) == author_id else {**night.authors[author_id], "_id": author_id}
    return Page(answer.url, [Record("users", author_id, {key: value for key, value in told.items() if key != "email"})])


def _next_page(answer: Answer, params: Parameters) -> Parameters | None:
    return {"page": int(params["page"]) + 1} if len(_items(answer)) >= PAGE_SIZE else None


def _items(answer: Answer) -> list[Any]:
    items = _body(answer).get("items")
    if not isinstance(items, list):
        raise BrokenBody(f"{answer.url} is not a list of bookmarks.")
    return items


def _body(answer: Answer) -> Mapping[str, Any]:
    """An answer's object. Raises SourceError where it says that it is none: Raindrop does so with status 200 as well."""
    body = answer.json()
    if not isinstance(body, dict):
        raise BrokenBody(f"{answer.url} is not an answer of Raindrop.io.")
    if body.get("result") is not True:
        raise SourceError(f"{answer.url} answered: {body.get('errorMessage') or body.get('error') or 'no result'}.")
    return body


def _explained(error: Rejection) -> SourceError:
    if error.status == 401:
        return SourceError(
            "Raindrop.io does not accept the token: make a test token of an app on https://app.raindrop.io/settings/integrations."
        )
    if error.status in {403, 404}:
        return SourceError(f"{error} The collection is gone, or not shared with the token's account.")
    return error


def _id(value: Any) -> str | None:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) and value > 0 else None


SOURCE = Source(
    platform="raindrop",
    channel="bookmarks",
    entities={
        "bookmarks": "One row per bookmark and change of it.",
        "users": "One row per account that saved one and change of it.",
    },
    follows=frozenset({"communities"}),
    fetch=fetch,
    check=check,
    base_url=API,
    secrets={"token": True},
    requests_per_second=1.5,
    access="free key",
    rechecks=frozenset({"bookmarks"}),
)
