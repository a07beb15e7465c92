"""Pinboard: the public feeds of users and tags, and the token's own account. Private bookmarks are left out.

Cursor: "until" keeps per user ("u:"), tag ("t:") and own account ("own") the end of the last window that was read for it.
A bookmark's lookup key is its time: a list of its user's bookmarks that reaches back so far shows whether it is still there.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from datetime import UTC, datetime, timedelta
from functools import partial
from hashlib import md5
from typing import Any
from urllib.parse import quote

from connectors.extraction import Extraction
from connectors.http import Answer, BrokenBody, Rejection
from connectors.night.following import each, moment, raise_for, start, until
from connectors.source import Page, Record, Rejected, Source, SourceError, Tombstone

API = "https://api.pinboard.in"
FEEDS = "https://feeds.pinboard.in"
FEED_LENGTH = 400
OVERLAP = timedelta(days=1)
"""Feeds are some minutes old, and lists are short: so much is read again."""
OWN = "own"
EARLIEST = datetime.min.replace(tzinfo=UTC)


class Night:
    """One night's fetch: the two servers, and the token's account."""

    def __init__(self, job: Extraction) -> None:
        base = job.settings.base_url
        self.job = job
        self.api, self.feeds = (base.rstrip("/"), base.rstrip("/")) if base else (API, FEEDS)
        self.token = job.settings.secret("token")
        self.user = self.token.partition(":")[0] if self.token else None
        self.young = {known.native_id: known.lookup_key for known in job.young}
        self.told: set[str] = set()
        self.accounts = [account for account in job.settings.accounts if account != self.user]

    async def ask(self, path: str, **params: str) -> Answer:
        """One answer of the token's API."""
        try:
            url, secret = f"{self.api}/v1/{path}", {"auth_token": self.token or "", "format": "json"}
            return await self.job.http.get_json(url, params={**params, **secret})
        except Rejection as error:
            if error.status not in {401, 403}:
                raise
            message = f"{self.api} does not accept the token: it is written user:LETTERS on https://pinboard.in/settings/password."
            raise SourceError(message) from None

    def page(self, answer: Answer, name: str, items: Iterable[Any], floor: datetime | None, user: str | None = None) -> Page:
        """The bookmarks of a list that are new or young; young ones of `user` that were written since `floor` and are missing are gone.

        `user` is whose bookmarks these all are, None where each names its own.
        """
        records, tombstones, rejected = list[Record](), list[Tombstone](), list[Rejected]()
        since, end, private_count = start(self.job, name, OVERLAP), self.job.window.end, 0
        for item in items:
            who, url = (user or _text(item, "a"), _text(item, "href") or _text(item, "u")) if isinstance(item, dict) else (None, None)
            if not who or not url:
                rejected.append(Rejected("bookmarks", "a bookmark without its user or address", item))
                continue
            native_id, written = _native_id(who, url), moment(item.get("time", item.get("dt")), end)
            is_listed = written is None or since <= written < end
            if (is_listed or native_id in self.young) and item.get("shared") != "no":
                key = written.isoformat() if written and who in {self.user, *self.accounts} else None
                records.append(Record("bookmarks", native_id, {**item, "user": who}, written, key))
            elif item.get("shared") == "no":
                private_count += is_listed
                tombstones += [Tombstone("bookmarks", native_id, "hidden")] if native_id in self.young else []
        told = {record.native_id for record in records} | {tombstone.native_id for tombstone in tombstones}
        if user and floor:
            tombstones += [Tombstone("bookmarks", native_id) for native_id in self.young if self.is_of(native_id, user, floor, told)]
        notes = [f"left out, because they are private: {private_count} bookmarks of {user}"] if private_count else []
        self.told |= told | {tombstone.native_id for tombstone in tombstones}
        return Page(answer.url, records, tombstones, rejected, notes)

    def is_of(self, native_id: str, user: str, floor: datetime, told: set[str]) -> bool:
        """Whether a young bookmark ought to have been told."""
        written = moment(self.young[native_id], self.job.window.end)
        return native_id not in told and native_id.startswith(f"{user}:") and written is not None and written >= floor


async def fetch(job: Extraction) -> AsyncIterator[Page]:
    """The public bookmarks of the window by followed users and with followed tags, those of the own account, and the young ones again."""
    night = Night(job)
    failures: dict[str, SourceError] = {}
    names = [*([OWN] if night.user else []), *(f"u:{account}" for account in night.accounts)]
    names += [f"t:{tag}" for tag in job.settings.tags or ()]
    async for page in each(names, partial(_read, night), failures):
        yield page
    # what no list reaches back to, and the own account's where nothing changed
    old = [] if failures else [known for known in job.young if known.is_old and known.native_id not in night.told]
    yield Page(night.feeds, cursor={"until": until(job, names)}, still=old)
    raise_for(failures)


async def check(job: Extraction) -> str:
    """When the own account changed, or how many bookmarks are the newest of all."""
    night = Night(job)
    if night.user:
        return f"account {night.user} changed at {_updated(await night.ask('posts/update'), job) or 'no known time'}"
    return f"{len(_items(await job.http.get_json(f'{night.feeds}/json/recent/')))} recent bookmarks"


async def _read(night: Night, name: str) -> AsyncIterator[Page]:
    if name == OWN:
        async for page in _own(night):
            yield page
        return
    kind, _, followed = name.partition(":")
    answer = await night.job.http.get_json(f"{night.feeds}/json/{kind}:{quote(followed, safe='')}/", params={"count": FEED_LENGTH})
    items = _items(answer)
    times = [written for item in items if isinstance(item, dict) and (written := moment(item.get("dt"), night.job.window.end))]
    oldest, since = min(times, default=EARLIEST), start(night.job, name)
    is_cut = len(items) >= FEED_LENGTH
    if kind == "t":
        others = [item for item in items if not isinstance(item, dict) or not night.user or item.get("a") != night.user]
        yield night.page(answer, name, others, None)
    else:
        floor = None if not items else oldest if is_cut else EARLIEST
        yield night.page(answer, name, items, floor, followed)
        if not items:
            yield Page(answer.url, notes=[f"{name}: the feed is empty; the user may be private, gone or misspelt"])
    if is_cut and oldest > since:
        yield Page(
            answer.url,
            notes=[f"{name}: the feed shows its newest {len(items)} bookmarks only; older ones since {since:%Y-%m-%d} are missing"],
        )


async def _own(night: Night) -> AsyncIterator[Page]:
    """The own account's bookmarks since the oldest that is to be seen again, where any changed: deletions change it, too."""
    job = night.job
    answer = await night.ask("posts/update")
    updated, since = _updated(answer, job), start(job, OWN, OVERLAP)
    if job.cursor.get("until", {}).get(OWN) and updated and updated < since:
        return
    own = (at for native_id, at in night.young.items() if native_id.startswith(f"{night.user}:"))
    again = [written for at in own if (written := moment(at, job.window.end))]
    floor = min(since, job.window.end - timedelta(days=job.settings.limits.young_days), *again) if night.young else since
    answer = await night.ask("posts/all", fromdt=f"{floor:%Y-%m-%dT%H:%M:%SZ}", meta="yes")
    yield night.page(answer, OWN, _items(answer), floor, night.user)


def _updated(answer: Answer, job: Extraction) -> datetime | None:
    body = answer.json()
    return moment(body.get("update_time"), job.window.end) if isinstance(body, dict) else None


def _items(answer: Answer) -> list[Any]:
    body = answer.json()
    items = body.get("posts") if isinstance(body, dict) else body
    if not isinstance(items, list):
        raise BrokenBody(f"{answer.url} is not a list of bookmarks.")
    return items


def _native_id(user: str, url: str) -> str:
    """As Pinboard itself numbers bookmarks: by user and the address's MD5."""
    return f"{user}:{md5(url.encode(), usedforsecurity=False).hexdigest()}"


def _text(item: dict[str, Any], key: str) -> str | None:
    value = item.get(key)
    return value if isinstance(value, str) else None


SOURCE = Source(
    platform="pinboard",
    channel="bookmarks",
    entities={"bookmarks": "One row per user's bookmark of an address and change of it."},
    follows=frozenset({"tags", "accounts"}),
    fetch=fetch,
    check=check,
    secrets={"token": False},
    requests_per_second=1 / 3,
    rechecks=frozenset({"bookmarks"}),
)
