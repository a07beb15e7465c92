"""linkding: the bookmarks of a server's account."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from connectors.sandbox.names import iso
from connectors.sandbox.posts import Post
from connectors.sandbox.sandbox import json_answer, whole
from connectors.sandbox.venue_view import VenueView
from connectors.sandbox.world import World

FIRST = datetime.fromtimestamp(0, UTC).isoformat()


class View(VenueView):
    """All members share one account."""

    @classmethod
    def native_post_id(cls, world: World, post: Post, base_url: str) -> str:
        """Numbered on each server."""
        return f"{_site(base_url)}:{post.native_id}"

    @classmethod
    def native_account_id(cls, person: int, name: str, base_url: str) -> str:
        """The server is all that is told."""
        return _site(base_url)

    def routes(self) -> list[BaseRoute]:
        """Below the server's root."""
        return [
            Route("/api/bookmarks/", self._list),
            Route("/api/bookmarks/archived/", self._archived),
            Route("/api/bookmarks/{number}/", self._single),
        ]

    async def _list(self, request: Request) -> Response:
        return json_answer(self._listed(request, [self._bookmark(post) for post in self.openers()[::-1]]))

    async def _archived(self, request: Request) -> Response:
        return json_answer(self._listed(request, []))

    async def _single(self, request: Request) -> Response:
        post = self.by_id.get(request.path_params["number"])
        if post is None or not post.is_visible(self.now):
            return json_answer({"detail": "No Bookmark matches the given query."}, 404)
        return json_answer(self._bookmark(post))

    def _listed(self, request: Request, items: list[dict[str, Any]]) -> dict[str, Any]:
        for condition, key in (("added_since", "date_added"), ("modified_since", "date_modified")):
            since = datetime.fromisoformat(request.query_params.get(condition, FIRST))
            items = [item for item in items if datetime.fromisoformat(item[key]) > since]
        first, size = whole(request, "offset", 0) or 0, whole(request, "limit", 100) or 100
        last = first + size
        return {
            "count": len(items),
            "next": str(request.url.include_query_params(offset=last)) if last < len(items) else None,
            "previous": str(request.url.include_query_params(offset=max(0, first - size))) if first else None,
            "results": items[first:last],
        }

    def _bookmark(self, post: Post) -> dict[str, Any]:
        return {
            "id": int(post.native_id),
            "url": self.link(post),
            "title": post.title,
            "description": self.text(post),
            "notes": "",
            "web_archive_snapshot_url": "",
            "is_archived": False,
            "unread": False,
            "shared": True,
            "tag_names": list(post.brands),
            "date_added": iso(post.at),
            "date_modified": iso(post.edited_at(self.now) or post.at),
        }


def _site(base_url: str) -> str:
    return f"{urlsplit(base_url).netloc}/linkding"
