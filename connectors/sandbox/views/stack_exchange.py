"""The Stack Exchange API with one site: openers are questions, what answers them answers, and all below comments."""

from __future__ import annotations

import html
from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from connectors.sandbox.people import Person
from connectors.sandbox.posts import Post
from connectors.sandbox.sandbox import json_answer, whole
from connectors.sandbox.venue_view import VenueView
from connectors.sandbox.world import World

SITE = "kit"
QUOTA = 10_000


class View(VenueView):
    """Lists with the API's wrapper."""

    @classmethod
    def native_post_id(cls, world: World, post: Post, base_url: str) -> str:
        """By site and kind."""
        return f"{SITE}:{_kind(post)}:{post.native_id}"

    @classmethod
    def native_account_id(cls, person: int, name: str, base_url: str) -> str:
        """By site."""
        return f"{SITE}:user:{cls.account_id(person, name)}"

    @classmethod
    def account_id(cls, person: int, name: str) -> str:
        """Counted from 1."""
        return str(person + 1)

    def routes(self) -> list[BaseRoute]:
        """Below the API's root."""
        return [
            Route("/info", self._info),
            Route("/questions", self._questions),
            Route("/search/advanced", self._questions),
            Route("/questions/{ids}/answers", self._below),
            Route("/posts/{ids}/comments", self._below),
            Route("/users/{ids}", self._users),
            Route("/{entity}/{ids}", self._by_id),
        ]

    async def _info(self, request: Request) -> Response:
        return self._wrapped(request, [{"total_questions": len(self.openers())}])

    async def _questions(self, request: Request) -> Response:
        words = request.query_params.get("q", "").strip('"').lower()
        tag = request.query_params.get("tagged", "")
        active = [(self._active(post), post) for post in self.openers() if words in f"{post.title} {self.text(post)}".lower()]
        first, last = whole(request, "min", 0) or 0, whole(request, "max", self.now) or self.now
        found = sorted((at, post.id, post) for at, post in active if first <= at <= last and (not tag or tag in post.brands))
        return self._wrapped(request, [self._item(post) for _, _, post in found])

    async def _below(self, request: Request) -> Response:
        ids = set(request.path_params["ids"].split(";"))
        kind = "answer" if request.url.path.endswith("/answers") else "comment"
        above: Callable[[Post], Post | None] = (lambda post: post.parent) if kind == "answer" else _commented
        first, last = whole(request, "fromdate", 0) or 0, whole(request, "todate", self.now) or self.now
        found = [post for post in self.posts() if _kind(post) == kind and first <= post.at <= last]
        return self._wrapped(request, [self._item(post) for post in found if (parent := above(post)) and parent.native_id in ids])

    async def _by_id(self, request: Request) -> Response:
        kind = request.path_params["entity"].removesuffix("s")
        asked = [self.by_id.get(post_id) for post_id in request.path_params["ids"].split(";")]
        return self._wrapped(request, [self._item(post) for post in asked if post and _kind(post) == kind and post.is_visible(self.now)])

    async def _users(self, request: Request) -> Response:
        asked = [self.people.get(user) for user in request.path_params["ids"].split(";")]
        return self._wrapped(request, [self._user(person) for person in asked if person])

    def _wrapped(self, request: Request, items: list[dict[str, Any]]) -> Response:
        size = min(whole(request, "pagesize", 30) or 30, 100)
        first = ((whole(request, "page", 1) or 1) - 1) * size
        shown = items[first : first + size]
        return json_answer({"items": shown, "has_more": len(items) > first + size, "quota_max": QUOTA, "quota_remaining": QUOTA - 1})

    def _active(self, post: Post) -> int:
        """When a question or an answer to it was last written or edited."""
        both = (post, *(reply for reply in post.replies if reply.is_visible(self.now)))
        return max(at for one in both for at in (one.at, one.edited_at(self.now) or 0))

    def _item(self, post: Post) -> dict[str, Any]:
        kind, edited, words = _kind(post), post.edited_at(self.now), html.escape(self.text(post))
        item: dict[str, Any] = {
            f"{kind}_id": int(post.native_id),
            "owner": self._shallow(self.world.author(post)),
            "score": self.votes(post),
            "creation_date": post.at,
            "body": f"<p>{words}</p>",
            "content_license": "CC BY-SA 4.0",
        }
        if edited and kind != "comment":
            item["last_edit_date"] = edited
        if kind == "question":
            answers = [reply for reply in post.replies if reply.is_visible(self.now)]
            item |= {"title": html.escape(post.title), "link": self.url(post), "tags": list(post.brands) or ["general"]}
            item |= {"view_count": self.views(post), "answer_count": len(answers), "is_answered": bool(answers)}
            item["last_activity_date"] = self._active(post)
        elif kind == "answer" and post.parent:
            item |= {"question_id": int(post.parent.native_id), "is_accepted": False, "last_activity_date": edited or post.at}
        elif commented := _commented(post):
            item |= {"post_id": int(commented.native_id), "edited": bool(edited)}
        return item

    def _shallow(self, person: Person) -> dict[str, Any]:
        number = int(self.account_id(person.id, ""))
        return {"user_id": number, "account_id": number, "reputation": 1, "display_name": self.name(person), "user_type": "registered"}

    def _user(self, person: Person) -> dict[str, Any]:
        own = self.posts_of(person)
        return self._shallow(person) | {
            "reputation": 1 + 10 * sum(self.votes(post) for post in own),
            "creation_date": person.joined_at,
            "question_count": sum(_kind(post) == "question" for post in own),
            "answer_count": sum(_kind(post) == "answer" for post in own),
            "badge_counts": {"bronze": 0, "silver": 0, "gold": 0},
        }


def _kind(post: Post) -> str:
    if post.parent is None:
        return "question"
    return "answer" if post.parent.parent is None else "comment"


def _commented(post: Post) -> Post | None:
    """The answer that a comment stands below."""
    while post.parent is not None and _kind(post) == "comment":
        post = post.parent
    return post
