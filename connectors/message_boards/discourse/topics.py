"""The topics of a night: each is read once, for its new posts, its young ones and what they answer, with the accounts behind them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import quote

from connectors.http import BrokenBody
from connectors.message_boards.discourse.api import Api, Refusal, number
from connectors.message_boards.discourse.posts import Place, answered, author_of, gone, is_content, mentioned, payload_of, quoted, topic_of
from connectors.night.following import moment
from connectors.source import Page, Record, Rejected, Tombstone

BATCH = 20
AT_ONCE = 5


@dataclass(slots=True)
class Plan:
    """What is wanted of a topic: these posts, and all that were written since `since` where that is given."""

    posts: set[int] = field(default_factory=set)
    since: datetime | None = None


class Users:
    """The accounts met, each asked for once a night: the profile tells its views, and a mention whom it means."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._met: dict[str, dict[str, Any]] = {}
        self._pages: dict[str, Page] = {}
        self._ids: dict[str, int | None] = {}
        self._are_closed = False
        self._unread_count = 0
        self._left = api.job.settings.limits.max_pages

    def meet(self, post: dict[str, Any]) -> None:
        """Remembers a post's author."""
        if isinstance(post.get("username"), str) and number(post.get("user_id")) is not None:
            self._met.setdefault(post["username"].lower(), author_of(post))

    async def id_of(self, name: str) -> int | None:
        """The number of an account, None where the forum does not show it."""
        if name not in self._ids:
            self._ids[name] = None
            try:
                self._ids[name] = await self.read(name)
            except (Refusal, BrokenBody) as error:
                self._are_closed = self._are_closed or (isinstance(error, Refusal) and error.status == 403)
        return self._ids[name]

    async def read(self, name: str) -> int | None:
        """Asks for a profile; that is not to be counted as a view of it."""
        if self._are_closed or self._left <= 0:
            self._unread_count += 1
            return None
        self._left -= 1
        answer = await self._api.ask(f"the account {name}", f"/u/{quote(name, safe='')}.json", skip_track_visit="true")
        user = answer.json().get("user")
        user_id = number(user.get("id")) if isinstance(user, dict) else None
        if user_id is None:
            self._pages[name] = Page(answer.url, rejected=[Rejected("users", "no account with an id", user)])
        else:
            self._pages[name] = Page(answer.url, [self._record(user_id, user)])
        self._ids[name] = user_id
        return user_id

    async def pages(self) -> AsyncIterator[Page]:
        """All accounts met; those without a profile as far as their posts show them."""
        names = list(self._met)
        for first in range(0, len(names), AT_ONCE):
            await asyncio.gather(*(self.id_of(name) for name in names[first : first + AT_ONCE]))
        for page in self._pages.values():
            yield page
        shown = [author for name, author in self._met.items() if self._ids[name] is None]
        if shown:
            yield Page(f"{self._api.base}/u", [self._record(author["id"], author) for author in shown])
        if self._are_closed:
            self._api.notes.append(f"{self._api.host} does not show profiles to this client: accounts are known from their posts alone")
        elif self._unread_count:
            self._api.notes.append(f"{self._unread_count} profiles were left unread: limits.max_pages was reached")

    def _record(self, user_id: int, user: dict[str, Any]) -> Record:
        return Record("users", self._api.native_user_id(user_id), {**user, "instance": self._api.host, "base_url": self._api.base})


class Topics:
    """The topics to read. `young`: the ids of posts that were seen on earlier nights, which end in a tombstone where they are gone."""

    def __init__(self, api: Api, users: Users, young: Iterable[int] = ()) -> None:
        self._api = api
        self._users = users
        self._young = frozenset(young)
        self._plans: dict[int, Plan] = {}
        self._places: dict[Place, int | None] = {}
        self._sought: set[int] = set()
        self._unread_count = 0

    def want(self, topic_id: Any, post_ids: Iterable[int] = (), since: datetime | None = None) -> None:
        """Has a topic read."""
        if number(topic_id) is not None:
            plan = self._plans.setdefault(topic_id, Plan())
            plan.posts.update(post_ids)
            if since:
                plan.since = min(plan.since or since, since)

    async def pages(self) -> AsyncIterator[Page]:
        """All that is wanted. Posts that moved make their new topic wanted too."""
        while self._plans:
            topic_id = next(iter(self._plans))
            plan = self._plans.pop(topic_id)
            try:
                async for page in self._topic(topic_id, plan):
                    yield page
            except BrokenBody as error:
                self._api.notes.append(f"topic {topic_id} was not read: {error}")
        if self._unread_count:
            self._api.notes.append(f"{self._unread_count} topics or posts were left unread: limits.max_pages was reached")

    async def _topic(self, topic_id: int, plan: Plan) -> AsyncIterator[Page]:
        if not self._api.spend():
            self._unread_count += 1
            return
        topic: dict[str, Any] = {"id": topic_id, "counts": {}}
        answers: list[tuple[str, list[Any]]] = []
        try:
            answer = await self._api.ask(f"topic {topic_id}", f"/t/{topic_id}.json")
            topic, stream = topic_of(answer.json(), self._api.categories), _stream(answer.json())
            answers.append((answer.url, _posts(answer.json())))
            async for found in self._rest(topic_id, plan, stream, _ids(answers)):
                answers.append(found)
        except Refusal as refusal:
            if refusal.kind is None:
                self._api.notes.append(str(refusal))
                return
        for post_id in sorted((plan.posts & self._young) - _ids(answers) - self._sought):
            yield await self._single(topic_id, post_id, topic, answers)
        await self._complete(answers)
        for url, posts in answers:
            yield await self._page(url, posts, topic)

    async def _rest(self, topic_id: int, plan: Plan, stream: list[int] | None, shown: set[int]) -> AsyncIterator[tuple[str, list[Any]]]:
        """The wanted posts beyond those that came with the topic: the newest first as far as they are new, then the others."""
        wanted = {post for post in plan.posts if post not in shown}
        if stream is None:
            if plan.since:
                self._api.notes.append(f"topic {topic_id} does not list its posts (it is too long): its new ones were not looked for")
        else:
            wanted.intersection_update(stream)
        waiting = [post for post in stream or () if post not in shown] if plan.since else []
        while waiting:
            newest, waiting = waiting[-BATCH:], waiting[:-BATCH]
            url, posts = await self._batch(topic_id, newest)
            yield url, posts
            wanted.difference_update(newest)
            times = [moment(post.get("created_at"), self._api.job.window.end) for post in posts if isinstance(post, dict)]
            if not posts or (plan.since and all(time and time < plan.since for time in times)):
                break
        left = sorted(wanted)
        for first in range(0, len(left), BATCH):
            yield await self._batch(topic_id, left[first : first + BATCH])

    async def _batch(self, topic_id: int, post_ids: Sequence[int]) -> tuple[str, list[Any]]:
        if not self._api.spend():
            self._unread_count += len(post_ids)
            self._sought.update(post_ids)
            return self._api.base, []
        query = "&".join(f"post_ids[]={post}" for post in post_ids)
        answer = await self._api.ask(f"posts of topic {topic_id}", f"/t/{topic_id}/posts.json?{query}")
        return answer.url, _posts(answer.json())

    async def _single(self, topic_id: int, post_id: int, topic: dict[str, Any], answers: list[tuple[str, list[Any]]]) -> Page:
        """What became of a post that its topic no longer shows: gone, moved to another topic, or there after all."""
        page = Page(f"{self._api.base}/posts/{post_id}.json")
        self._sought.add(post_id)
        if not self._api.spend():
            self._unread_count += 1
            return page
        try:
            answer = await self._api.ask(f"post {post_id}", f"/posts/{post_id}.json")
        except Refusal as refusal:
            gone_posts = [Tombstone("posts", self._api.native_post_id(post_id), refusal.kind)] if refusal.kind else []
            return Page(page.url, tombstones=gone_posts)
        post = answer.json()
        if post.get("topic_id") == topic_id and topic.get("title") is not None:
            answers.append((answer.url, [post]))
        else:
            self.want(post.get("topic_id"), [post_id])
        return page

    async def _complete(self, answers: list[tuple[str, list[Any]]]) -> None:
        """Learns the ids of what the posts answer and quote, and adds those of the same topic that were not among them."""
        waiting = [post for _, posts in answers for post in posts if is_content(post)]
        for post in waiting:
            self._learn(post)
        while waiting:
            post = waiting.pop()
            for place in (answered(post), quoted(post)):
                if place is None or place in self._places:
                    continue
                if not self._api.spend():
                    self._unread_count += 1
                    continue
                self._places[place] = None
                try:
                    answer = await self._api.ask(f"post {place[1]} of topic {place[0]}", f"/posts/by_number/{place[0]}/{place[1]}.json")
                except (Refusal, BrokenBody):
                    continue
                found = answer.json()
                if is_content(found):
                    self._places[place] = found["id"]
                    if place[0] == post.get("topic_id"):
                        answers.append((answer.url, [found]))
                        waiting.append(found)

    def _learn(self, post: dict[str, Any]) -> None:
        topic, place = number(post.get("topic_id")), number(post.get("post_number"))
        if topic is not None and place is not None:
            self._places[topic, place] = post["id"]

    async def _page(self, url: str, posts: list[Any], topic: dict[str, Any]) -> Page:
        records, tombstones, rejected = [], [], list[Rejected]()
        for post in posts:
            if not isinstance(post, dict) or number(post.get("id")) is None:
                rejected.append(Rejected("posts", "no post with an id", post))
            elif is_content(post) and not self._api.is_late(post):
                kind = gone(post)
                if kind:
                    tombstones.append(Tombstone("posts", self._api.native_post_id(post["id"]), kind))
                else:
                    records.append(await self._record(post, topic))
        return Page(url, records, tombstones, rejected)

    async def _record(self, post: dict[str, Any], topic: dict[str, Any]) -> Record:
        self._users.meet(post)
        topic_id, named = topic.get("id"), [await self._users.id_of(name) for name in mentioned(post)]
        opener = self._places.get((topic_id, 1)) if isinstance(topic_id, int) else None
        links = {
            "instance": self._api.host,
            "base_url": self._api.base,
            "opening_post_id": opener if opener != post["id"] else None,
            "reply_to_post_id": self._places.get(place) if (place := answered(post)) else None,
            "quoted_post_id": self._places.get(place) if (place := quoted(post)) else None,
            "mentioned_user_ids": [user for user in named if user is not None],
        }
        published = moment(post.get("created_at"), self._api.job.window.end)
        return Record("posts", self._api.native_post_id(post["id"]), payload_of(post, topic, **links), published, str(topic_id))


def _posts(body: dict[str, Any]) -> list[Any]:
    stream = body.get("post_stream")
    posts = stream.get("posts") if isinstance(stream, dict) else None
    if not isinstance(posts, list):
        raise BrokenBody("its answer has no list of posts: is this a Discourse forum?")
    return posts


def _stream(body: dict[str, Any]) -> list[int] | None:
    """The ids of all its posts; None where it does not list them."""
    stream = body.get("post_stream")
    ids = stream.get("stream") if isinstance(stream, dict) else None
    return [post for post in ids if number(post) is not None] if isinstance(ids, list) else None


def _ids(answers: Iterable[tuple[str, list[Any]]]) -> set[int]:
    return {post["id"] for _, posts in answers for post in posts if isinstance(post, dict) and number(post.get("id")) is not None}
