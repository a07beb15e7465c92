"""Pinboard: the public feeds of users and tags."""

from __future__ import annotations

from hashlib import md5
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from connectors.sandbox.names import expand, iso
from connectors.sandbox.posts import Post
from connectors.sandbox.sandbox import json_answer, whole
from connectors.sandbox.venue_view import VenueView
from connectors.sandbox.world import World

LONGEST = 400


class View(VenueView):
    """JSON feeds, newest first."""

    @classmethod
    def account_id(cls, person: int, name: str) -> str:
        """A name is all there is."""
        return name

    @classmethod
    def native_post_id(cls, world: World, post: Post, base_url: str) -> str:
        """Bookmarks are numbered by user and the MD5 of their address."""
        address = expand(world, post.link, lambda person: person.name)
        return f"{world.venues[post.home].accounts[post.author]}:{md5(address.encode(), usedforsecurity=False).hexdigest()}"

    def routes(self) -> list[BaseRoute]:
        """Below the feeds' root."""
        return [
            Route("/json/recent/", self._feed),
            Route("/json/u:{user}/", self._feed),
            Route("/json/t:{tag}/", self._feed),
        ]

    async def _feed(self, request: Request) -> Response:
        user, tag = request.path_params.get("user"), request.path_params.get("tag")
        posts = [
            post
            for post in self.openers()[::-1]
            if (user is None or self.name(self.world.author(post)) == user) and (tag is None or tag in post.brands)
        ]
        return json_answer([self._bookmark(post) for post in posts[: min(LONGEST, whole(request, "count", 70) or 70)]])

    def _bookmark(self, post: Post) -> dict[str, Any]:
        return {
            "u": self.link(post),
            "d": post.title,
            "n": self.text(post),
            "dt": iso(post.at),
            "a": self.name(self.world.author(post)),
            "t": [*post.brands, "toread"],
        }
