"""Discourse: the newest posts of a forum or of categories, searches and accounts; each topic found is read for its posts.

Cursor: "post" is the highest post id read of the newest posts; "until" keeps per followed thing the end of the last window read for it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from urllib.parse import quote

from connectors.extraction import Extraction
from connectors.http import BrokenBody, TooLarge
from connectors.message_boards.discourse.api import Api, Refusal, number
from connectors.message_boards.discourse.topics import Topics, Users
from connectors.night.following import moment, raise_for, start, until
from connectors.source import Page, Source, SourceError

WHOLE = "*"
"""Among the communities: the whole forum."""
OVERLAP_IDS = 500
"""Posts wait for approval and drafts are published late: so many ids below the highest are looked at again."""
OVERLAP = timedelta(days=1)
SEARCH_PAGES = 10
"""The forum shows no more of a search."""
_OLD_STEP = 50
"""Older forums show what is left of so many ids a page: nothing, where all of them are gone or private."""
_EMPTY_PAGES = 20


class _Night:
    """One night's reading of one forum."""

    def __init__(self, job: Extraction) -> None:
        self.job = job
        self.api = Api(job)
        self.users = Users(self.api)
        self.communities = tuple(dict.fromkeys(name.strip() for name in job.settings.communities))
        self.terms = () if WHOLE in self.communities else job.settings.terms or ()
        self.accounts = tuple(dict.fromkeys(name.strip().lstrip("@") for name in job.settings.accounts))
        self.young = {
            int(known.native_id.rpartition(":")[2]): int(known.lookup_key)
            for known in job.young
            if known.entity == "posts" and known.native_id.rpartition(":")[0] == self.api.host
        }
        self.topics = Topics(self.api, self.users, self.young)
        last = number(job.cursor.get("post"))
        self.highest = self.last = last or 0

    def since(self, name: str) -> datetime:
        """From when on to read what is followed under a name."""
        return start(self.job, name, OVERLAP)

    async def newest(self, ids: set[int] | None) -> None:
        """Wants the topics of what was posted in the forum, or in these categories, since the last night."""
        since = min(self.since(f"/{name}") for name in self.communities)
        before, empty_count = 0, 0
        for _ in range(self.job.settings.limits.max_pages):
            answer = await self.api.ask("its newest posts", "/posts.json", **({"before": before} if before else {}))
            posts = answer.json().get("latest_posts")
            if not isinstance(posts, list):
                raise BrokenBody(f"{answer.url} has no list of posts: is this a Discourse forum?")
            found = [post for post in posts if isinstance(post, dict) and number(post.get("id")) is not None]
            times = [moment(post.get("created_at"), self.job.window.end) for post in found]
            for post, written in zip(found, times, strict=True):
                self._take(post, written, since, ids)
            lowest = min((post["id"] for post in found), default=before - _OLD_STEP + 1)
            empty_count = 0 if found else empty_count + 1
            is_below = not self.last or lowest <= self.last - OVERLAP_IDS
            is_old = bool(found) and is_below and all(written and written < since for written in times)
            if is_old or lowest <= 1 or empty_count == _EMPTY_PAGES:
                return
            if before and lowest > before:
                raise BrokenBody(f"{answer.url} gives posts above the id asked for: the list runs in a circle, and is left.")
            before = lowest - 1
        self.api.notes.append("more new posts than limits.max_pages allows; the older ones were not read")

    def _take(self, post: dict[str, Any], written: datetime | None, since: datetime, ids: set[int] | None) -> None:
        is_new = post["id"] > self.last - OVERLAP_IDS if self.last else False
        if (written and written >= self.job.window.end) or not (is_new or written is None or written >= since):
            return
        self.highest = max(self.highest, post["id"])
        if ids is None or number(post.get("category_id")) in ids:
            self.topics.want(post.get("topic_id"), [post["id"]])

    async def search(self, term: str) -> None:
        """Wants the topics that speak of a term; each is shown once, with its newest post that does."""
        since = self.since(term)
        words = f'"{term.replace(chr(34), " ")}" after:{since - timedelta(days=1):%Y-%m-%d} order:latest'
        for page in range(1, SEARCH_PAGES + 1):
            answer = await self.api.ask(f"the search for {term!r}", "/search.json", q=words, page=page)
            body = answer.json()
            summary = body.get("grouped_search_result")
            summary = summary if isinstance(summary, dict) else {}
            if summary.get("error"):
                raise Refusal(f"{self.api.host} does not search now ({summary['error']}): run again later.", answer.status)
            posts = body.get("posts")
            found = [post for post in posts if isinstance(post, dict)] if isinstance(posts, list) else []
            for post in found:
                if not self.api.is_late(post):
                    self.topics.want(post.get("topic_id"), since=since)
            if not found or summary.get("more_full_page_results") is not True:
                return
        self.api.notes.append(f"{term!r}: more topics than the {SEARCH_PAGES} pages that a search shows; the older ones were not read")

    async def account(self, name: str) -> None:
        """Reads a profile, and wants the topics in which the account wrote."""
        since, offset = self.since(f"@{name}"), 0
        await self.users.read(name.lower())
        for _ in range(self.job.settings.limits.max_pages):
            path = f"/user_actions.json?username={quote(name, safe='')}"
            answer = await self.api.ask(f"the posts of {name}", path, filter="4,5", offset=offset)
            actions = answer.json().get("user_actions")
            if not isinstance(actions, list):
                raise BrokenBody(f"{answer.url} has no list of acts: is this a Discourse forum?")
            offset += len(actions)
            for action in actions:
                written = moment(action.get("created_at"), self.job.window.end) if isinstance(action, dict) else None
                if written and written < since:
                    return
                if isinstance(action, dict) and not self.api.is_late(action):
                    post = number(action.get("post_id"))
                    self.topics.want(action.get("topic_id"), [] if post is None else [post], since)
            if not actions:
                return
        self.api.notes.append(f"{name}: more posts than limits.max_pages allows; the older ones were not read")

    def parts(self) -> list[tuple[str, Callable[[], Awaitable[None]]]]:
        """What is followed, by the name that a reader knows. The categories are all found in one list."""
        parts: list[tuple[str, Callable[[], Awaitable[None]]]] = []
        if WHOLE in self.communities:
            parts.append(("the newest posts", partial(self.newest, None)))
        elif self.communities:
            parts.append((", ".join(self.communities), self.categories))
        parts += [(term, partial(self.search, term)) for term in self.terms]
        return parts + [(name, partial(self.account, name)) for name in self.accounts]

    async def categories(self) -> None:
        """The newest posts of the followed categories; raises for those that are not there when the others are read."""
        ids, missing = set[int](), list[str]()
        for name in self.communities:
            try:
                ids |= self.api.category_ids(name)
            except Refusal as refusal:
                missing.append(str(refusal))
        if ids:
            await self.newest(ids)
        if missing:
            raise Refusal(" ".join(missing), 404)

    def again(self) -> None:
        """Wants the young posts; where the newest posts of the forum are not looked at, the new answers below them too."""
        for post, topic in self.young.items():
            self.topics.want(topic, [post], None if WHOLE in self.communities else self.since("answers"))


async def fetch(job: Extraction) -> AsyncIterator[Page]:
    """New posts with their topics, the young ones again, what they answer, and their authors."""
    night = _Night(job)
    await night.api.open()
    failures: dict[str, SourceError] = {}
    for name, read in night.parts():
        try:
            await read()
        except (Refusal, BrokenBody, TooLarge) as error:
            failures[name] = error
    night.again()
    async for page in night.topics.pages():
        yield page
    async for page in night.users.pages():
        yield page
    names = [*(f"/{name}" for name in night.communities), *night.terms, *(f"@{name}" for name in night.accounts), "answers"]
    yield Page(night.api.base, notes=night.api.notes, cursor={"post": night.highest, "until": until(job, names)})
    raise_for(failures)


async def check(job: Extraction) -> str:
    """The forum's name and size."""
    api = Api(job)
    await api.open()
    about = (await api.ask("its description", "/about.json")).json().get("about")
    about = about if isinstance(about, dict) else {}
    stats = about.get("stats")
    count = (stats.get("posts_count") or stats.get("post_count")) if isinstance(stats, dict) else None
    return f"{about.get('title') or api.host} (Discourse, {len(api.categories)} categories{f', {count} posts' if count else ''})"


SOURCE = Source(
    platform="discourse",
    channel="message_boards",
    entities={
        "posts": "One row per post and change of it; its likes and reads move, a topic's views with its first post.",
        "users": "One row per account and change of it; its profile's views move.",
    },
    follows=frozenset({"communities", "terms", "accounts"}),
    requires=frozenset({"base_url"}),
    fetch=fetch,
    check=check,
    secrets={"key": False, "username": False},
    requests_per_second=3.0,
    access="open; secrets.key and secrets.username for closed forums",
    rechecks=frozenset({"posts"}),
)
