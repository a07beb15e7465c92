"""Threads: the search, public accounts, and the own account with its replies, mentions and numbers."""

from __future__ import annotations

import re
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from connectors.sandbox.people import DAY, Person, up_to
from connectors.sandbox.posts import Post
from connectors.sandbox.sandbox import json_answer
from connectors.sandbox.venues import WELL_KNOWN
from connectors.sandbox.views.graph import GraphView, between, failure, listed, missing, stamp

ME = WELL_KNOWN[0]
"""The account whose token is used."""


class View(GraphView):
    """What the token of the first member sees; of everything it tells the fields that are asked for."""

    @classmethod
    def account_id(cls, person: int, name: str) -> str:
        """Others are known by their names alone."""
        return name

    def routes(self) -> list[BaseRoute]:
        """Below the API's root."""
        return [
            Route("/keyword_search", self._search),
            Route("/profile_lookup", self._lookup),
            Route("/profile_posts", self._profile_posts),
            Route("/me", self._me),
            Route("/me/threads", self._threads),
            Route("/me/replies", self._replies),
            Route("/me/mentions", self._mentions),
            Route("/me/threads_insights", self._account_insights),
            Route("/{post}", self._post),
            Route("/{post}/conversation", self._conversation),
            Route("/{post}/insights", self._insights),
        ]

    async def _search(self, request: Request) -> Response:
        mark = "#" if request.query_params.get("search_mode") == "TAG" else r"(?<!\w)"
        wanted = re.compile(rf"{mark}{re.escape(request.query_params.get('q', ''))}(?!\w)", re.IGNORECASE)
        return self._listed(request, [post for post in self.posts() if wanted.search(self.text(post))])

    async def _lookup(self, request: Request) -> Response:
        person = self.people.get(request.query_params.get("username", ""))
        return json_answer(self._profile(person)) if person else _nobody()

    async def _profile_posts(self, request: Request) -> Response:
        person = self.people.get(request.query_params.get("username", ""))
        return self._listed(request, self._begun_by(person)) if person else _nobody()

    async def _me(self, request: Request) -> Response:
        me = self.people[ME]
        told = {"id": str(me.id), "username": ME, "name": me.name, "threads_biography": self._biography(me), "is_verified": False}
        return json_answer(_asked(request, told))

    async def _threads(self, request: Request) -> Response:
        return self._listed(request, self._begun_by(self.people[ME]))

    async def _replies(self, request: Request) -> Response:
        return self._listed(request, [post for post in self.posts_of(self.people[ME]) if post.parent])

    async def _mentions(self, request: Request) -> Response:
        mention = re.compile(rf"@{ME}(?!\w)")
        return self._listed(request, [post for post in self.posts() if mention.search(self.text(post))])

    async def _account_insights(self, request: Request) -> Response:
        total = {"value": self.follower_count(self.people[ME])}
        return json_answer({"data": [{"name": "followers_count", "period": "day", "total_value": total}]})

    async def _post(self, request: Request) -> Response:
        post = self.seen(request.path_params["post"])
        return json_answer(_asked(request, self._shown(post))) if post else missing(request.path_params["post"])

    async def _conversation(self, request: Request) -> Response:
        post = self._own(request)
        return self._listed(request, self.thread(post)) if post else missing(request.path_params["post"])

    async def _insights(self, request: Request) -> Response:
        post = self._own(request)
        if post is None:
            return missing(request.path_params["post"])
        told = {
            "views": self.views(post),
            "likes": self.votes(post),
            "replies": len(self._answers(post)),
            "reposts": 0,
            "quotes": 0,
            "shares": 0,
        }
        return json_answer({"data": [{"name": name, "period": "lifetime", "values": [{"value": value}]} for name, value in told.items()]})

    def _own(self, request: Request) -> Post | None:
        """A post of the own account: of others neither numbers nor conversations are told."""
        post = self.seen(request.path_params["post"])
        return post if post and self.author_id(post) == ME else None

    def _begun_by(self, person: Person) -> list[Post]:
        return [post for post in self.posts_of(person) if post.parent is None]

    def _answers(self, post: Post) -> list[Post]:
        return [reply for reply in post.replies if reply.is_visible(self.now)]

    def _biography(self, person: Person) -> str:
        return self.homepage(person).get("website", "")

    def _listed(self, request: Request, posts: list[Post]) -> Response:
        return listed(request, between(request, posts), lambda post: _asked(request, self._shown(post)))

    def _shown(self, post: Post) -> dict[str, Any]:
        told: dict[str, Any] = {
            "id": self.post_id(post),
            "media_product_type": "THREADS",
            "media_type": "TEXT_POST",
            "permalink": self.url(post),
            "owner": {"id": str(post.author)},
            "username": self.author_id(post),
            "text": self.text(post),
            "timestamp": stamp(post.at),
            "shortcode": post.native_id,
            "has_replies": bool(self._answers(post)),
            "is_quote_post": False,
            "is_reply": post.parent is not None,
        }
        if post.parent:
            told |= {"root_post": {"id": self.post_id(self.opener(post))}, "replied_to": {"id": self.post_id(post.parent)}}
        return told

    def _profile(self, person: Person) -> dict[str, Any]:
        """As others see it; the counts are those of the last seven days."""
        posts, since = self.posts_of(person), self.now - 7 * DAY
        likes = sum(up_to(post.likes, self.now) - up_to(post.likes, since) for post in posts)
        return {
            "username": self.name(person),
            "name": person.name,
            "biography": self._biography(person),
            "is_verified": False,
            "follower_count": self.follower_count(person),
            "likes_count": likes,
            "quotes_count": 0,
            "replies_count": sum(reply.at > since for post in posts for reply in self._answers(post)),
            "reposts_count": 0,
            "views_count": sum(self.views(post) for post in posts if post.at > since),
        }


def _asked(request: Request, told: dict[str, Any]) -> dict[str, Any]:
    """The fields that are asked for, and the id."""
    wanted = {"id", *request.query_params.get("fields", "").split(",")}
    return {field: value for field, value in told.items() if field in wanted}


def _nobody() -> Response:
    return failure(24, "The requested resource does not exist", 2207024)
