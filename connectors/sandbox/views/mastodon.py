"""The microblog as a Mastodon server's API: what is asked for, in pages. views/mastodon_entities.py writes the objects."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Sequence
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from connectors.sandbox.catalog import MICROBLOG
from connectors.sandbox.people import Person, up_to
from connectors.sandbox.posts import Post
from connectors.sandbox.sandbox import Sandbox, base_of, json_answer, whole
from connectors.sandbox.views.mastodon_entities import Entities

TOKEN = "sandbox"  # noqa: S105
STATUSES_AT_ONCE = 20
ANONYMOUS_ANCESTORS, ANONYMOUS_DESCENDANTS, ANONYMOUS_DEPTH = 40, 60, 20
HASHTAG = re.compile(r"#(\w+)")


class Mastodon:
    """Routes below the server's root."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.entities = Entities(sandbox)
        self.statuses = sorted((post for post in sandbox.world.posts if post.channel == "microblog"), key=_number)
        self.by_id = {post.native_id: post for post in self.statuses}
        self.by_tag: dict[str, list[Post]] = {}
        self.public = [post for post in self.statuses if not post.reblogged]
        for post in self.public:
            for tag in dict.fromkeys(tag.lower() for tag in HASHTAG.findall(post.text)):
                self.by_tag.setdefault(tag, []).append(post)

    def routes(self) -> list[Route]:
        """The paths that it answers."""
        return [
            Route("/api/v1/instance", self._instance_v1),
            Route("/api/v2/instance", self._instance_v2),
            Route("/api/v1/timelines/tag/{tag}", self._tag_timeline),
            Route("/api/v1/timelines/public", self._public_timeline),
            Route("/api/v1/accounts/lookup", self._lookup),
            Route("/api/v1/accounts/{id}", self._account),
            Route("/api/v1/accounts/{id}/statuses", self._account_statuses),
            Route("/api/v1/accounts/{id}/followers", self._followers),
            Route("/api/v1/accounts/{id}/following", self._following),
            Route("/api/v1/statuses", self._many_statuses),
            Route("/api/v1/statuses/{id}", self._status),
            Route("/api/v1/statuses/{id}/context", self._context),
            Route("/api/v1/statuses/{id}/history", self._history),
            Route("/api/v1/statuses/{id}/reblogged_by", self._reblogged_by),
            Route("/api/v1/statuses/{id}/favourited_by", self._favourited_by),
            Route("/api/v2/search", self._search),
        ]

    # Timelines

    async def _tag_timeline(self, request: Request) -> Response:
        tags = [request.path_params["tag"], *request.query_params.getlist("any[]")]
        lists = [self.by_tag.get(tag.lower().removeprefix("#"), []) for tag in tags]
        posts = lists[0] if len(lists) == 1 else sorted(dict.fromkeys(post for posts in lists for post in posts), key=_number)
        required = [tag.lower() for tag in request.query_params.getlist("all[]")]
        if required:
            posts = [post for post in posts if all(post in self.by_tag.get(tag, []) for tag in required)]
        return self._timeline(request, posts)

    async def _public_timeline(self, request: Request) -> Response:
        return self._timeline(request, self.public)

    async def _account_statuses(self, request: Request) -> Response:
        person = self._person(request)
        if person is None:
            return _not_found()
        query = request.query_params
        posts = self.entities.by_author.get(person.id, [])
        if query.get("pinned") in ("true", "1"):
            posts = []
        if query.get("exclude_replies") in ("true", "1"):
            posts = [post for post in posts if post.parent is None or post.parent.author == person.id]
        if query.get("exclude_reblogs") in ("true", "1"):
            posts = [post for post in posts if not post.reblogged]
        return self._timeline(request, posts)

    def _timeline(self, request: Request, posts: Sequence[Post]) -> Response:
        """A page of statuses, newest first. `min_id` pages forward from the oldest, `max_id` and `since_id` backward from the newest."""
        now, limit = self.sandbox.now, min(whole(request, "limit", 20) or 20, 40)
        if request.query_params.get("local") in ("true", "1"):
            posts = [post for post in posts if self.sandbox.world.author(post).domain == MICROBLOG]
        if request.query_params.get("remote") in ("true", "1"):
            posts = [post for post in posts if self.sandbox.world.author(post).domain != MICROBLOG]
        end = bisect_right(posts, now, key=lambda post: post.at)
        if (before := whole(request, "max_id")) is not None:
            end = min(end, bisect_left(posts, before, key=_number))
        after, oldest_first = whole(request, "min_id"), True
        if after is None:
            after, oldest_first = whole(request, "since_id"), False
        first = 0 if after is None else bisect_right(posts, after, key=_number)
        order = range(first, end) if oldest_first else range(end - 1, first - 1, -1)
        found: list[Post] = []
        for index in order:
            if posts[index].is_visible(now):
                found.append(posts[index])
                if len(found) == limit:
                    break
        if oldest_first:
            found.reverse()
        next_id = found[-1].native_id if len(found) == limit else None
        return _page(request, [self.entities.status(post) for post in found], next_id, found[0].native_id if found else None)

    # Accounts

    async def _lookup(self, request: Request) -> Response:
        name = request.query_params.get("acct", "").removeprefix("@").lower().removesuffix(f"@{MICROBLOG}")
        person = self.entities.by_acct.get(name)
        return json_answer(self.entities.account(person)) if person else _not_found()

    async def _account(self, request: Request) -> Response:
        person = self._person(request)
        return json_answer(self.entities.account(person)) if person else _not_found()

    async def _followers(self, request: Request) -> Response:
        return self._follows(request, self.sandbox.world.follows.followers)

    async def _following(self, request: Request) -> Response:
        return self._follows(request, self.sandbox.world.follows.following)

    def _follows(self, request: Request, side: dict[int, list[tuple[int, int]]]) -> Response:
        person = self._person(request)
        if person is None:
            return _not_found()
        hidden = self.entities.hides_collections(person)
        return self._people(request, [] if hidden else side.get(person.id, []))

    async def _reblogged_by(self, request: Request) -> Response:
        return self._who(request, lambda post: sorted((again.at, again.author) for again in post.reblogs))

    async def _favourited_by(self, request: Request) -> Response:
        return self._who(request, lambda post: post.likes)

    def _who(self, request: Request, events: Callable[[Post], list[tuple[int, int]]]) -> Response:
        post = self._post(request)
        return self._people(request, events(post)) if post else _not_found()

    def _people(self, request: Request, events: Sequence[tuple[int, int]]) -> Response:
        """A page of accounts, latest event first; the ids in the Link header are the events' own."""
        limit = min(whole(request, "limit", 40) or 40, 80)
        end = min(up_to(events, self.sandbox.now), (whole(request, "max_id") or len(events) + 1) - 1)
        first = max(0, whole(request, "since_id") or whole(request, "min_id") or 0, end - limit)
        people = [self.sandbox.world.people[number] for _, number in reversed(events[first:end])]
        next_id = str(first + 1) if end - first == limit and first > 0 else None
        return _page(request, [self.entities.account(person) for person in people], next_id, str(end) if people else None)

    # Statuses

    async def _status(self, request: Request) -> Response:
        post = self._post(request)
        return json_answer(self.entities.status(post)) if post else _not_found()

    async def _many_statuses(self, request: Request) -> Response:
        ids = [*request.query_params.getlist("id[]"), *request.query_params.getlist("id")]
        if len(ids) > STATUSES_AT_ONCE:
            return json_answer({"error": "Mastodon::ValidationError"}, 422)
        posts = [post for number in dict.fromkeys(ids) if (post := self.by_id.get(number)) and post.is_visible(self.sandbox.now)]
        return json_answer([self.entities.status(post) for post in posts])

    async def _context(self, request: Request) -> Response:
        post = self._post(request)
        if post is None:
            return _not_found()
        ancestors: list[Post] = []
        parent = post.parent
        while parent and parent.is_visible(self.sandbox.now) and len(ancestors) < ANONYMOUS_ANCESTORS:
            ancestors.insert(0, parent)
            parent = parent.parent
        below = self._descendants(post, ANONYMOUS_DEPTH)[:ANONYMOUS_DESCENDANTS]
        return json_answer({"ancestors": [*map(self.entities.status, ancestors)], "descendants": [*map(self.entities.status, below)]})

    def _descendants(self, post: Post, depth: int) -> list[Post]:
        found: list[Post] = []
        if depth:
            for reply in sorted(post.replies, key=_number):
                if reply.is_visible(self.sandbox.now):
                    found += [reply, *self._descendants(reply, depth - 1)]
        return found

    async def _history(self, request: Request) -> Response:
        post = self._post(request)
        return json_answer(self.entities.history(post)) if post else _not_found()

    # The server

    async def _search(self, request: Request) -> Response:
        """Accounts and hashtags for anybody; statuses for holders of the token, and only of authors who allow it."""
        query, kind = request.query_params.get("q", "").lower().strip(), request.query_params.get("type")
        authorization = request.headers.get("authorization")
        if authorization not in (None, f"Bearer {TOKEN}"):
            return json_answer({"error": "The access token is invalid"}, 401)
        offset, limit = whole(request, "offset", 0) or 0, min(whole(request, "limit", 20) or 20, 40)
        if authorization is None and (offset or "resolve" in request.query_params):
            return json_answer(
                {"error": "Search queries that resolve remote resources or are paginated require an authenticated user"}, 401
            )
        found: dict[str, list[Any]] = {"accounts": [], "statuses": [], "hashtags": []}
        if kind in (None, "accounts"):
            people = (
                person for name, person in self.entities.by_acct.items() if query.removeprefix("@") in name or query in person.name.lower()
            )
            found["accounts"] = [self.entities.account(person) for person in _slice(people, offset, limit)]
        if kind in (None, "hashtags"):
            tags = (tag for tag in self.by_tag if tag.startswith(query.removeprefix("#")))
            found["hashtags"] = [self.entities.hashtag(tag) for tag in _slice(tags, offset, limit)]
        if kind in (None, "statuses") and authorization:
            words = query.strip('"')
            posts = (post for post in reversed(self.public) if self._is_found(post, words))
            found["statuses"] = [self.entities.status(post) for post in _slice(posts, offset, limit)]
        return json_answer(found)

    def _is_found(self, post: Post, words: str) -> bool:
        now = self.sandbox.now
        return post.is_visible(now) and self.entities.allows_search(self.sandbox.world.author(post)) and words in post.text_at(now).lower()

    async def _instance_v1(self, request: Request) -> Response:
        return json_answer(self.entities.instance_v1(bisect_right(self.public, self.sandbox.now, key=lambda post: post.at)))

    async def _instance_v2(self, request: Request) -> Response:
        return json_answer(self.entities.instance_v2())

    def _person(self, request: Request) -> Person | None:
        return self.entities.by_account_id.get(request.path_params["id"])

    def _post(self, request: Request) -> Post | None:
        post = self.by_id.get(request.path_params["id"])
        return post if post and post.is_visible(self.sandbox.now) else None


def _number(post: Post) -> int:
    return int(post.native_id)


def _slice(items: Iterable[Any], offset: int, limit: int) -> list[Any]:
    return [item for index, item in zip(range(offset + limit), items, strict=False) if index >= offset]


def _not_found() -> Response:
    return json_answer({"error": "Record not found"}, 404)


def _page(request: Request, items: list[Any], next_id: str | None, previous_id: str | None) -> Response:
    kept = [(key, value) for key, value in request.query_params.multi_items() if key not in ("max_id", "min_id", "since_id")]
    address = f"{base_of(request)}{request.url.path}"
    links = []
    if next_id:
        links.append(f'<{address}?{urlencode([*kept, ("max_id", next_id)])}>; rel="next"')
    if previous_id:
        links.append(f'<{address}?{urlencode([*kept, ("min_id", previous_id)])}>; rel="prev"')
    return json_answer(items, headers={"Link": ", ".join(links)} if links else None)
