"""Bluesky: the feeds of followed accounts, what a search finds once signed in, how the young posts stand now, and who follows whom.

Cursor: "until" keeps per account, term and tag the end of the last window that was read for it, "follows" how far lists of follows were.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from connectors.extraction import Extraction
from connectors.http import BrokenBody, RateLimited, Unreachable
from connectors.microblogs.bluesky.api import BATCH_SIZE, Bluesky, Query
from connectors.microblogs.bluesky.follows import Follows
from connectors.microblogs.bluesky.objects import Met, Reading
from connectors.source import Page, Source, SourceError, Tombstone

OVERLAP = timedelta(hours=1)
"""Feeds stand in order of times that authors claim, and the search finds late: so much is read again each night."""
PAGE_SIZE = 100


class Night:
    """One night's fetch: the server, what was met, and what there is to tell."""

    def __init__(self, job: Extraction) -> None:
        self.job = job
        self.server = Bluesky(job)
        self.met = Met(job.window)
        self.notes: list[str] = []

    def start(self, name: str) -> datetime:
        """From when on to read an account, a term or a tag."""
        until = self.job.cursor.get("until", {}).get(name)
        if until:
            return datetime.fromisoformat(until) - OVERLAP
        return self.job.window.end - timedelta(days=self.job.settings.limits.history_days) if self.job.cursor else self.job.window.start

    async def posts(self, uris: Sequence[str]) -> Page:
        """How these posts stand; those that the server leaves out are gone."""
        url, body = await self.server.call("app.bsky.feed.getPosts", [("uris", uri) for uri in uris])
        views = _list(url, body.get("posts"))
        reading = Reading(url, self.met)
        for view in views:
            reading.post(view)
        answered = {view["uri"] for view in views if isinstance(view, dict) and isinstance(view.get("uri"), str)}
        return reading.page([Tombstone("posts", uri) for uri in uris if uri not in answered])

    async def profiles(self, actors: Sequence[str]) -> Page:
        """These accounts, with their audience; the server leaves out those that are gone."""
        url, body = await self.server.call("app.bsky.actor.getProfiles", [("actors", actor) for actor in actors])
        reading = Reading(url, self.met)
        for view in _list(url, body.get("profiles")):
            reading.profile(view)
        return reading.page()


async def fetch(job: Extraction) -> AsyncIterator[Page]:
    """Posts and reposts of followed accounts, posts that a search finds, the young ones again, all their authors, and who follows whom."""
    night = Night(job)
    accounts = {account: _actor(account) for account in job.settings.accounts}
    wanted = {
        **{term: _phrase(term) for term in job.settings.terms or ()},
        **{_hashtag(tag): _hashtag(tag) for tag in job.settings.tags or ()},
    }
    if wanted and night.server.is_guest:
        night.notes.append(
            f"{len(wanted)} terms and tags were not searched for: search is closed to guests; "
            "name secrets.identifier and secrets.app_password of any account"
        )
        wanted = {}
    if not night.server.is_guest:
        await night.server.sign_in()
    failures: dict[str, SourceError] = {}
    async for page in _profiles(night, accounts.values()):
        yield page
    followed = list(night.met.profiled)
    feeds = [
        *((account, _feed(night, _key(account), actor)) for account, actor in accounts.items()),
        *((name, _search(night, name, query)) for name, query in wanted.items()),
    ]
    for name, pages in feeds:
        try:
            async for page in pages:
                yield page
        except (RateLimited, Unreachable):
            raise
        except SourceError as error:
            failures[name] = error
    async for page in _observe_again(night):
        yield page
    async for page in _authors(night):
        yield page
    follows = Follows(job, night.server, night.met)
    async for page in follows.pages(followed):
        yield page
    until = {name: job.window.end.isoformat() for name in (*map(_key, accounts), *wanted)}
    yield Page(night.server.base, notes=night.notes, cursor={"until": until, "follows": follows.lists})
    if failures:
        raise SourceError(f"Not read: {'; '.join(f'{name}: {_sentence(error)}' for name, error in failures.items())}.")


async def check(job: Extraction) -> str:
    """Who is signed in, or that a guest is answered."""
    server = Bluesky(job)
    if not server.is_guest:
        return f"signed in as {await server.sign_in()}"
    await server.call(
        "app.bsky.actor.getProfiles", [("actors", actor) for actor in map(_actor, job.settings.accounts[:1] or ("bsky.app",))]
    )
    return "open to guests, but for its search"


async def _feed(night: Night, name: str, actor: str) -> AsyncIterator[Page]:
    """An account's posts, replies and reposts, newest first, until they are older than what was read before."""
    start, has_more = night.start(name), False
    query: Query = [("actor", actor), ("filter", "posts_with_replies"), ("limit", PAGE_SIZE)]
    async for answered in night.server.pages("app.bsky.feed.getAuthorFeed", query, max_pages=night.job.settings.limits.max_pages):
        url, body, has_more = answered
        reading = Reading(url, night.met)
        times = [reading.feed_item(item, start) for item in _list(url, body.get("feed"))]
        yield reading.page()
        shown = [time for time in times if time]
        if shown and shown[-1] < start:
            return
    if has_more:
        night.notes.append(f"{name}: limits.max_pages was reached; what is older was not read")


async def _search(night: Night, name: str, words: str) -> AsyncIterator[Page]:
    """What the search finds, newest first."""
    start, found, total, has_more = night.start(name), 0, 0, False
    query: Query = [("q", words), ("sort", "latest"), ("since", _zulu(start)), ("until", _zulu(night.job.window.end)), ("limit", PAGE_SIZE)]
    async for answered in night.server.pages("app.bsky.feed.searchPosts", query, max_pages=night.job.settings.limits.max_pages):
        url, body, has_more = answered
        reading, views = Reading(url, night.met), _list(url, body.get("posts"))
        times = [reading.feed_item({"post": view}, start) for view in views]
        yield reading.page()
        found, hits = found + len(views), body.get("hitsTotal")
        total = hits if isinstance(hits, int) else total
        shown = [time for time in times if time]
        if not views or (shown and shown[-1] < start):
            has_more = False
            break
    if has_more:
        night.notes.append(f"search for {name!r}: limits.max_pages was reached; what is older was not read")
    elif total > found:
        night.notes.append(f"search for {name!r}: only {found} of about {total} posts were shown")


async def _observe_again(night: Night) -> AsyncIterator[Page]:
    """The young posts not met tonight: their counts, or that they are gone."""
    uris = [known.lookup_key for known in night.job.young if known.entity == "posts" and known.lookup_key not in night.met.posts]
    unread, why = 0, ""
    for batch in _batches(uris):
        try:
            yield await night.posts(batch)
        except (RateLimited, Unreachable):
            raise
        except SourceError as error:
            unread, why = unread + len(batch), why or str(error)
    if unread:
        night.notes.append(f"{unread} young posts could not be observed again: {why}")


async def _authors(night: Night) -> AsyncIterator[Page]:
    """Whoever was met tonight, once: with counts, or as the posts show them where a profile is not answered."""
    async for page in _profiles(night, (did for did in night.met.authors if did not in night.met.profiled)):
        yield page
    reading = Reading(night.server.base, night.met)
    for view in night.met.authors.values():
        reading.profile(view)
    yield reading.page()


async def _profiles(night: Night, actors: Iterable[str]) -> AsyncIterator[Page]:
    unread, why = 0, ""
    for batch in _batches(actors):
        try:
            yield await night.profiles(batch)
        except (RateLimited, Unreachable):
            raise
        except SourceError as error:
            unread, why = unread + len(batch), why or str(error)
    if unread:
        night.notes.append(f"{unread} profiles could not be read: {why}")


def _batches(names: Iterable[str]) -> Iterable[list[str]]:
    waiting = list(dict.fromkeys(names))
    return [waiting[first : first + BATCH_SIZE] for first in range(0, len(waiting), BATCH_SIZE)]


def _list(url: str, value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise BrokenBody(f"{url} does not hold the list that was asked for.")
    return value


def _actor(account: str) -> str:
    return account.lstrip("@")


def _key(account: str) -> str:
    """An account's key in the cursor, apart from a term of the same letters."""
    return f"@{_actor(account)}"


def _hashtag(tag: str) -> str:
    return f"#{tag.lstrip('#')}"


def _phrase(term: str) -> str:
    return '"' + term.replace('"', " ") + '"' if " " in term else term


def _zulu(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%S}.000Z"


def _sentence(error: SourceError) -> str:
    return str(error).rstrip(".")


SOURCE = Source(
    platform="bluesky",
    channel="microblogs",
    entities={
        "posts": "One row per post and change of it, its counts included.",
        "accounts": "One row per account and change of it, its counts included.",
        "reposts": "One row per repost by a followed account.",
        "follows": "One row per follower and followed account, since when where that is told.",
    },
    follows=frozenset({"accounts", "terms", "tags"}),
    fetch=fetch,
    check=check,
    secrets={"identifier": False, "app_password": False},
    requests_per_second=8.0,
    access="open; secrets.identifier and secrets.app_password for terms and tags",
    rechecks=frozenset({"posts"}),
)
