"""Lemmy (API v3, 0.18 and 0.19): communities, accounts and searches of one instance, with the comments below what they find.

Cursor: "until" keeps per list the end of the last window that was read for it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from datetime import datetime
from typing import Any

from connectors.communities.lemmy.api import Api, Refusal
from connectors.communities.lemmy.views import Night, Views, own_ids, parent_id
from connectors.extraction import Extraction
from connectors.http import Answer, BrokenBody, TooLarge
from connectors.source import Page, Source, SourceError, Tombstone

_AT_ONCE = 10
_NEWEST: dict[str, str | int] = {"sort": "New", "type_": "All"}


class _Reading:
    """One night's reading of one instance. `singles`: how many things may still be asked for one by one."""

    def __init__(self, job: Extraction) -> None:
        self.api = Api(job)
        self.night = Night(self.api)
        self.unread_count = 0
        self.young = {known.native_id: known for known in job.young if known.lookup_key.rpartition(":")[0] == self.api.host}
        self._young_ids = frozenset(self.young)
        self._singles = job.settings.limits.max_pages
        self._lost: set[int] = set()

    async def site(self) -> dict[str, Any]:
        """What the instance is; its languages are remembered."""
        body: dict[str, Any] = (await self.api.ask("the instance", "/site")).json()
        languages = body.get("all_languages")
        for language in languages if isinstance(languages, list) else ():
            if isinstance(language, dict) and isinstance(language.get("id"), int) and language.get("code") != "und":
                self.night.languages[language["id"]] = str(language.get("code"))
        if str(body.get("version")).startswith("1."):
            self.api.notes.append(
                f"{self.api.host} runs Lemmy {body['version']}, which answers only part of API v3: accounts may be missing"
            )
        return body

    async def posts(self, name: str, path: str, *, has_trees: bool, **params: str | int) -> AsyncIterator[Page]:
        """Posts, newest first, back to the last night."""
        since = self.api.since(name)
        async for url, body in self.api.pages(name, path, "posts", **_NEWEST | params):
            views = self.views(url, since)
            for view in body["posts"]:
                views.post(view, has_tree=has_trees)
            yield views.page()
            if views.last_published and views.last_published < since:
                return

    async def comments(self, name: str, path: str, since: datetime | None, **params: str | int) -> AsyncIterator[Page]:
        """Comments, newest first, back to a time where one is given."""
        async for url, body in self.api.pages(name, path, "comments", **_NEWEST | params):
            views = self.views(url, since)
            yield await self.above(url, views, body["comments"])
            for view in body["comments"]:
                views.comment(view)
            yield views.page()
            if since and views.last_published and views.last_published < since:
                return

    async def above(self, url: str, views: Views, found: list[Any]) -> Page:
        """The comments above those that `views` will take, as far as they were not met yet."""
        above: list[Any] = []
        comments = [view for view in found if isinstance(view, dict) and isinstance(view.get("comment"), dict)]
        waiting = [view for view in comments if not views.is_old(view["comment"])]
        older = {str(view["comment"].get("id")): view for view in comments if views.is_old(view["comment"])}
        self.night.comments |= own_ids(waiting)
        while waiting:
            parents = {parent: None for view in waiting if (parent := parent_id(view))}
            wanted = [parent for parent in parents if parent not in self.night.comments and parent not in self._lost]
            self._lost.update(wanted)
            asked = await self.each("comment", [parent for parent in wanted if str(parent) not in older])
            answers = [body.get("comment_view") for _, body in asked if body]
            waiting = [view for view in answers if isinstance(view, dict)] + [
                older[str(parent)] for parent in wanted if str(parent) in older
            ]
            self.night.comments |= own_ids(waiting)
            above += waiting
        shown = self.views(url)
        for view in above:
            shown.comment(view)
        return shown.page()

    async def account(self, name: str) -> AsyncIterator[Page]:
        """An account, and what it wrote."""
        since = self.api.since(f"@{name}")
        async for url, body in self.api.pages(f"the account {name}", "/user", "posts", "comments", username=name, sort="New"):
            views = self.views(url, since)
            views.profile(body.get("person_view"))
            times = []
            for view in body["posts"]:
                views.post(view, has_tree=True)
            times.append(views.last_published)
            yield await self.above(url, views, body["comments"])
            for view in body["comments"]:
                views.comment(view)
            times.append(views.last_published)
            yield views.page()
            if all(time and time < since for time in times):
                return

    async def community(self, name: str) -> AsyncIterator[Page]:
        """A community with its posts and comments."""
        answer = await self.api.ask(f"the community {name}", "/community", name=name)
        views = self.views(answer.url)
        views.community(answer.json().get("community_view"))
        yield views.page()
        async for page in self.posts(f"!{name}", "/post/list", has_trees=False, community_name=name):
            yield page
        async for page in self.comments(f"!{name} comments", "/comment/list", self.api.since(f"!{name}"), community_name=name):
            yield page

    async def term(self, term: str) -> AsyncIterator[Page]:
        """Posts and comments that a search finds."""
        asked: dict[str, str | int] = {"q": term, "listing_type": "All"}
        async for page in self.posts(term, "/search", has_trees=True, **asked | {"type_": "Posts"}):
            yield page
        async for page in self.comments(term, "/search", self.api.since(term), **asked | {"type_": "Comments"}):
            yield page

    async def again(self) -> AsyncIterator[Page]:
        """The young posts, all comments below them and below what searches and accounts gave, and the young comments that are left."""
        async for page in self.single("posts", "post", self._waiting("posts")):
            yield page
        for post in list(self.night.trees):
            async for page in self.comments(f"the comments of post {post}", "/comment/list", None, post_id=post):
                yield page
        async for page in self.single("comments", "comment", self._waiting("comments")):
            yield page

    async def surroundings(self) -> AsyncIterator[Page]:
        """The posts that comments stand below, and the communities of all."""
        async for page in self.single("posts", "post", [post for post, ap_id in self.night.posts.items() if ap_id not in self.night.met]):
            yield page
        async for page in self.single("communities", "community", [one for one, is_read in self.night.communities.items() if not is_read]):
            yield page

    async def single(self, entity: str, kind: str, ids: Iterable[int]) -> AsyncIterator[Page]:
        """Things that must be asked for one by one; those of the young that are gone end in a tombstone."""
        young = {int(known.lookup_key.rpartition(":")[2]): native_id for native_id, known in self.young.items() if known.entity == entity}
        for local_id, body in await self.each(kind, ids):
            url, views = f"{self.api.base}/api/v3/{kind}?id={local_id}", None
            if body is None:
                yield Page(url, tombstones=[Tombstone(entity, young[local_id])] if local_id in young else [])
                continue
            views = self.views(url)
            view = body.get(f"{kind}_view")
            if kind == "comment":
                yield await self.above(url, views, [view])
                views.comment(view)
            elif kind == "post":
                views.post(view)
            else:
                views.community(view)
            yield views.page()

    async def each(self, kind: str, ids: Iterable[int]) -> list[tuple[int, dict[str, Any] | None]]:
        """What the instance answers for each of these own ids, None where there is no such thing."""
        wanted = list(ids)
        room, found = wanted[: self._singles], list[tuple[int, dict[str, Any] | None]]()
        self.unread_count += len(wanted) - len(room)
        self._singles -= len(room)
        for first in range(0, len(room), _AT_ONCE):
            batch = room[first : first + _AT_ONCE]
            asked = (self.api.ask(f"{kind} {one}", f"/{kind}", id=one) for one in batch)
            for local_id, answer in zip(batch, await asyncio.gather(*asked, return_exceptions=True), strict=True):
                if isinstance(answer, Answer):
                    found.append((local_id, answer.json()))
                elif isinstance(answer, Refusal) and answer.is_gone:
                    found.append((local_id, None))
                elif isinstance(answer, Refusal | BrokenBody | TooLarge):
                    self.unread_count += 1
                else:
                    raise answer
        return found

    def views(self, url: str, since: datetime | None = None) -> Views:
        """To be filled with what an answer shows."""
        return Views(self.night, url, since, self._young_ids)

    def _waiting(self, entity: str) -> list[int]:
        """The own ids of the young that were not met tonight."""
        known = [one for native_id, one in self.young.items() if one.entity == entity and native_id not in self.night.met]
        return [int(one.lookup_key.rpartition(":")[2]) for one in known]


def _parts(reading: _Reading) -> list[tuple[str, str, AsyncIterator[Page]]]:
    """Name in the cursor, name for a reader, and what is read, of each followed thing; accounts come first, for their profiles."""
    settings = reading.api.job.settings
    accounts = [name.strip().lstrip("@") for name in settings.accounts]
    communities = [name.strip().lstrip("!") for name in settings.communities]
    return [
        *((f"@{name}", name, reading.account(name)) for name in dict.fromkeys(accounts)),
        *((f"!{name}", name, reading.community(name)) for name in dict.fromkeys(communities)),
        *((term, term, reading.term(term)) for term in settings.terms or ()),
    ]


async def fetch(job: Extraction) -> AsyncIterator[Page]:
    """New posts and comments, the young ones again, what they answer, their authors and communities."""
    reading = _Reading(job)
    await reading.site()
    failures: dict[str, SourceError] = {}
    until: dict[str, str] = {}
    for key, name, pages in _parts(reading):
        until[key] = job.window.end.isoformat()
        try:
            async for page in pages:
                yield page
        except (Refusal, BrokenBody, TooLarge) as error:
            failures[name] = error
    async for page in reading.again():
        yield page
    async for page in reading.surroundings():
        yield page
    if reading.unread_count:
        reading.api.notes.append(f"{reading.unread_count} things to be asked for one by one were not read (limits.max_pages, or refused)")
    yield Page(reading.api.base, notes=reading.api.notes, cursor={"until": until})
    if failures:
        raise SourceError(f"Not read: {', '.join(failures)}. {' '.join(dict.fromkeys(str(error) for error in failures.values()))}")


async def check(job: Extraction) -> str:
    """The instance's name and version."""
    body = await _Reading(job).site()
    view = body.get("site_view")
    site = view.get("site") if isinstance(view, dict) else None
    return f"{site.get('name') if isinstance(site, dict) else job.settings.base_url} (Lemmy {body.get('version')})"


SOURCE = Source(
    platform="lemmy",
    channel="communities",
    entities={
        "posts": "One row per post and change of it; its votes and comments move.",
        "comments": "One row per comment and change of it; its votes move.",
        "users": "One row per account and change of it; counts of the followed ones alone.",
        "communities": "One row per community and change of it; its subscribers move.",
    },
    follows=frozenset({"communities", "terms", "accounts"}),
    requires=frozenset({"base_url"}),
    fetch=fetch,
    check=check,
    rechecks=frozenset({"comments", "posts"}),
)
