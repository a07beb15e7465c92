"""Shaarli: a server's public bookmarks, and the history of their changes."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from connectors.sandbox.posts import Post
from connectors.sandbox.sandbox import json_answer, whole
from connectors.sandbox.venue_view import VenueView
from connectors.sandbox.world import World


class View(VenueView):
    """All members write on one server; whoever asks may read."""

    @classmethod
    def native_post_id(cls, world: World, post: Post, base_url: str) -> str:
        """Numbered on each server."""
        return f"{_site(base_url)}:{post.native_id}"

    @classmethod
    def native_account_id(cls, person: int, name: str, base_url: str) -> str:
        """A server has one author."""
        return _site(base_url)

    def routes(self) -> list[BaseRoute]:
        """Below the server's root."""
        return [
            Route("/api/v1/info", self._info),
            Route("/api/v1/links", self._links),
            Route("/api/v1/links/{number}", self._link_of),
            Route("/api/v1/history", self._history),
        ]

    async def _info(self, request: Request) -> Response:
        return json_answer({"global_counter": len(self.openers()), "private_counter": 0, "settings": {"title": "Shaared links"}})

    async def _links(self, request: Request) -> Response:
        first = whole(request, "offset", 0) or 0
        last = first + (whole(request, "limit", 20) or 20)
        return json_answer([self._bookmark(post) for post in self.openers()[::-1][first:last]])

    async def _link_of(self, request: Request) -> Response:
        post = self.by_id.get(request.path_params["number"])
        if post is None or not post.is_visible(self.now):
            return json_answer({"code": 404, "message": "Link not found"}, 404)
        return json_answer(self._bookmark(post))

    async def _history(self, request: Request) -> Response:
        since = request.query_params.get("since")
        floor = datetime.fromisoformat(since).timestamp() if since else 0
        events = [
            (at, name, post)
            for post in self.all
            for name, at in [("CREATED", post.at), *(("UPDATED", at) for at, _ in post.edits), ("DELETED", post.deleted_at)]
            if at is not None and floor <= at <= self.now
        ]
        events.sort(key=lambda event: event[0], reverse=True)
        return json_answer([{"event": name, "datetime": _time(at), "id": int(post.native_id)} for at, name, post in events])

    def _bookmark(self, post: Post) -> dict[str, Any]:
        edited = post.edited_at(self.now)
        return {
            "id": int(post.native_id),
            "url": self.link(post),
            "shorturl": f"{int(post.native_id):06x}",
            "title": post.title,
            "description": self.text(post),
            "tags": list(post.brands),
            "private": False,
            "created": _time(post.at),
            "updated": _time(edited) if edited else "",
        }


def _site(base_url: str) -> str:
    return f"{urlsplit(base_url).netloc}/shaarli"


def _time(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat()
