"""NodeBB: the topics as they were last written in, a topic's pages, a post's topic, an account."""

from __future__ import annotations

import html
import re
from typing import Any
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from connectors.sandbox.people import Person
from connectors.sandbox.posts import Post
from connectors.sandbox.sandbox import base_of, json_answer, whole
from connectors.sandbox.venue_view import VenueView
from connectors.sandbox.world import World

PAGE = 20
LONGEST_LIST = 200
CATEGORY = {"cid": 1, "name": "Practices &amp; gear", "slug": "1/practices-gear", "parentCid": 0}
_NAME = re.compile(r"@([\w.-]*\w)")


class View(VenueView):
    """A topic has the number of its first post; people are numbered from 1, for 0 is a guest."""

    @classmethod
    def account_id(cls, person: int, name: str) -> str:
        """The uid."""
        return str(person + 1)

    @classmethod
    def native_post_id(cls, world: World, post: Post, base_url: str) -> str:
        """With the forum's address."""
        return f"{urlsplit(base_url).netloc}/nodebb:{post.native_id}"

    @classmethod
    def native_account_id(cls, person: int, name: str, base_url: str) -> str:
        """With the forum's address."""
        return f"{urlsplit(base_url).netloc}/nodebb:{person + 1}"

    def routes(self) -> list[BaseRoute]:
        """Below the forum's root."""
        return [
            Route("/api/recent", self._recent),
            Route("/api/categories", self._categories),
            Route("/api/category/{cid:int}", self._category),
            Route("/api/topic/{tid}", self._topic),
            Route("/api/v3/posts/{pid}", self._post),
            Route("/api/user/{slug}", self._user),
        ]

    async def _recent(self, request: Request) -> Response:
        return json_answer(self._page("topics", self._topics()[:LONGEST_LIST], request))

    async def _categories(self, request: Request) -> Response:
        return json_answer(self._page("categories", [{**CATEGORY, "children": []}], request))

    async def _category(self, request: Request) -> Response:
        if request.path_params["cid"] != CATEGORY["cid"]:
            return PlainTextResponse("Not Found", 404)
        return json_answer({**CATEGORY, "children": [], **self._page("topics", self._topics(), request)})

    async def _topic(self, request: Request) -> Response:
        thread = self._threads().get(request.path_params["tid"])
        if thread is None:
            return PlainTextResponse("Not Found", 404)
        forum = f"{base_of(request)}/nodebb"
        posts = [self._post_of(post, place, forum) for place, post in enumerate(thread)]
        return json_answer({**self._topic_of(thread), "category": CATEGORY, **self._page("posts", posts, request)})

    async def _post(self, request: Request) -> Response:
        post = self.by_id.get(request.path_params["pid"])
        if post is None or post.at > self.now:
            return json_answer({"status": {"code": "not-found", "message": "Not Found"}, "response": {}}, 404)
        return json_answer({"status": {"code": "ok", "message": "OK"}, "response": {"pid": int(post.native_id), "tid": self._tid(post)}})

    async def _user(self, request: Request) -> Response:
        number = self.members.person(request.path_params["slug"])
        if number is None:
            return PlainTextResponse("Not Found", 404)
        person = self.world.people[number]
        home = next((home for home in self.world.blogs.values() if home.authors == (number,)), None)
        told = {"website": home.site if home else "", "websiteLink": home.site if home else "http://", "aboutme": ""}
        counts = {"topiccount": sum(1 for post in self.posts_of(person) if post.parent is None), "profileviews": 0}
        audience = {"followerCount": self.follower_count(person), "followingCount": 0}
        return json_answer({**self._account(person), **told, **counts, **audience, "posts": []})

    def _threads(self) -> dict[str, list[Post]]:
        """Posts by topic, those that were deleted too where others are left."""

        def make() -> dict[str, list[Post]]:
            threads: dict[str, list[Post]] = {}
            for post in sorted((post for post in self.all if post.at <= self.now), key=lambda post: (post.at, post.id)):
                threads.setdefault(self.opener(post).native_id, []).append(post)
            return {tid: thread for tid, thread in threads.items() if any(post.is_visible(self.now) for post in thread)}

        return self.sandbox.once((self.platform, "threads"), make)

    def _topics(self) -> list[dict[str, Any]]:
        def make() -> list[dict[str, Any]]:
            threads = sorted(self._threads().values(), key=lambda thread: (thread[-1].at, thread[-1].id), reverse=True)
            return [self._topic_of(thread) | {"category": CATEGORY} for thread in threads]

        return self.sandbox.once((self.platform, "topics"), make)

    @staticmethod
    def _page(key: str, items: list[dict[str, Any]], request: Request) -> dict[str, Any]:
        """The asked page of a list."""
        number = whole(request, "page", 1) or 1
        count = max(1, -(-len(items) // PAGE))
        shown = items[(number - 1) * PAGE : number * PAGE]
        return {key: shown, "pagination": {"currentPage": number, "pageCount": count}}

    def _tid(self, post: Post) -> int:
        return int(self.opener(post).native_id)

    def _topic_of(self, thread: list[Post]) -> dict[str, Any]:
        opener = thread[0]
        return {
            "tid": self._tid(opener),
            "uid": int(self.author_id(opener)),
            "cid": CATEGORY["cid"],
            "mainPid": int(opener.native_id),
            "title": html.escape(opener.title),
            "titleRaw": opener.title,
            "slug": f"{opener.native_id}/topic",
            "timestamp": opener.at * 1000,
            "lastposttime": thread[-1].at * 1000,
            "postcount": len(thread),
            "viewcount": self.views(opener),
            "pinned": 0,
            "locked": 0,
            "deleted": 0,
            "tags": [{"value": brand} for brand in opener.brands],
        }

    def _post_of(self, post: Post, place: int, forum: str) -> dict[str, Any]:
        is_gone, edited = not post.is_visible(self.now), post.edited_at(self.now)
        person, parent = self.world.author(post), post.parent
        count = sum(1 for reply in post.replies if reply.home == self.platform and reply.is_visible(self.now))
        return {
            "pid": int(post.native_id),
            "tid": self._tid(post),
            "uid": int(self.author_id(post)),
            "content": "[[topic:post_is_deleted]]" if is_gone else self._markup(post, forum),
            "timestamp": post.at * 1000,
            "deleted": int(is_gone),
            **({"deleterUid": int(self.author_id(post))} if is_gone else {}),
            **({"toPid": int(parent.native_id)} if parent and parent.parent else {}),
            "edited": edited * 1000 if edited else 0,
            "upvotes": self.votes(post),
            "downvotes": 0,
            "votes": self.votes(post),
            "replies": {"count": count, "users": [], "text": ""},
            "index": place,
            "user": self._account(person),
            "editor": None,
        }

    def _account(self, person: Person) -> dict[str, Any]:
        return self.sandbox.once((self.platform, "account", person.id), lambda: self._account_of(person))

    def _account_of(self, person: Person) -> dict[str, Any]:
        own = self.posts_of(person)
        return {
            "uid": person.id + 1,
            "username": self.name(person),
            "userslug": self.name(person),
            "fullname": person.name,
            "picture": None,
            "reputation": sum(self.votes(post) for post in own),
            "postcount": len(own),
            "joindate": person.joined_at * 1000,
            "banned": False,
        }

    def _markup(self, post: Post, forum: str) -> str:
        """HTML: paragraphs, and people by their uid."""
        words = f"{self.text(post)}\n\n{self.link(post)}".strip()

        def mention(match: re.Match[str]) -> str:
            number = self.members.person(match[1])
            if number is None:
                return match[0]
            return f'<a class="plugin-mentions-user plugin-mentions-a" href="{forum}/uid/{number + 1}">{match[0]}</a>'

        return "\n".join(f'<p dir="auto">{_NAME.sub(mention, html.escape(part))}</p>' for part in words.split("\n\n"))
