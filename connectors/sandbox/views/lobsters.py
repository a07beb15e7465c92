"""Lobsters: the newest stories, a story with its comments, an account."""

from __future__ import annotations

import html
from typing import Any
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from connectors.sandbox.names import iso
from connectors.sandbox.people import Person
from connectors.sandbox.posts import Post
from connectors.sandbox.sandbox import json_answer
from connectors.sandbox.venue_view import VenueView
from connectors.sandbox.world import World

PAGE = 25


class View(VenueView):
    """The JSON twins of the site's pages."""

    @classmethod
    def native_post_id(cls, world: World, post: Post, base_url: str) -> str:
        """Stories and comments are numbered apart."""
        return f"{urlsplit(base_url).netloc}:{'c' if post.parent else 's'}/{post.native_id}"

    @classmethod
    def native_account_id(cls, person: int, name: str, base_url: str) -> str:
        """A name is all there is."""
        return f"{urlsplit(base_url).netloc}:{name}"

    def routes(self) -> list[BaseRoute]:
        """Below the site's root."""
        return [
            Route("/newest.json", self._newest),
            Route("/newest/page/{number:int}.json", self._newest),
            Route("/s/{short_id}.json", self._story),
            Route("/~{name}.json", self._user),
        ]

    async def _newest(self, request: Request) -> Response:
        first = (int(request.path_params.get("number", 1)) - 1) * PAGE
        return json_answer([self._story_of(post) for post in self.openers()[::-1][first : first + PAGE]])

    async def _story(self, request: Request) -> Response:
        post = self.by_id.get(request.path_params["short_id"])
        if post is None or post.parent or not post.is_visible(self.now):
            return PlainTextResponse("not found", 404)
        answers = [answer for answer in self.all if answer.parent and answer.at <= self.now and self.opener(answer) is post]
        return json_answer(self._story_of(post) | {"comments": [self._comment_of(answer) for answer in answers]})

    async def _user(self, request: Request) -> Response:
        number = self.members.person(request.path_params["name"])
        if number is None:
            return PlainTextResponse("not found", 404)
        person = self.world.people[number]
        return json_answer(
            {
                "username": self.name(person),
                "created_at": iso(person.joined_at),
                "is_admin": False,
                "about": "",
                "is_moderator": False,
                "karma": 1 + sum(self.votes(post) for post in self.posts_of(person)),
                "homepage": self._homepage(person),
            }
        )

    def _homepage(self, person: Person) -> str | None:
        home = next((home for home in self.world.blogs.values() if home.authors == (person.id,)), None)
        return home.site if home else None

    def _story_of(self, post: Post) -> dict[str, Any]:
        words = self.text(post)
        return {
            "short_id": post.native_id,
            "short_id_url": self.url(post),
            "created_at": iso(post.at),
            "title": post.title,
            "url": self.link(post),
            "score": 1 + self.votes(post),
            "flags": 0,
            "comment_count": len(self.thread(post)),
            "description": f"<p>{html.escape(words)}</p>",
            "description_plain": words,
            "comments_url": self.url(post),
            "submitter_user": self.name(self.world.author(post)),
            "user_is_author": False,
            "tags": ["practices", *post.brands],
        }

    def _comment_of(self, post: Post) -> dict[str, Any]:
        is_deleted = not post.is_visible(self.now)
        words = "Comment removed by author" if is_deleted else self.text(post)
        edited = post.edited_at(self.now)
        parent = post.parent
        return {
            "short_id": post.native_id,
            "short_id_url": self.url(post),
            "created_at": iso(post.at),
            "last_edited_at": iso(edited or post.at),
            "is_deleted": is_deleted,
            "is_moderated": False,
            "score": 1 + self.votes(post),
            "flags": 0,
            "parent_comment": parent.native_id if parent and parent.parent else None,
            "comment": f"<p>{html.escape(words)}</p>",
            "comment_plain": words,
            "url": self.url(post),
            "depth": 0,
            "commenting_user": self.name(self.world.author(post)),
        }
