"""Raindrop.io: the collection of everything, the trash, one bookmark, an account."""

from __future__ import annotations

import re
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from connectors.sandbox.names import iso
from connectors.sandbox.posts import Post
from connectors.sandbox.sandbox import json_answer, whole
from connectors.sandbox.venue_view import VenueView

TRASH = "-99"


class View(VenueView):
    """What the token's account sees: all members share one collection."""

    @classmethod
    def account_id(cls, person: int, name: str) -> str:
        """Counted from 1."""
        return str(person + 1)

    def routes(self) -> list[BaseRoute]:
        """Below the API's root."""
        return [
            Route("/raindrops/{collection}", self._list),
            Route("/raindrop/{number}", self._single),
            Route("/user/{number}", self._user),
            Route("/user", self._user),
        ]

    async def _list(self, request: Request) -> Response:
        bound = re.fullmatch(r"(created|lastUpdate):>(.+)", request.query_params.get("search", ""))
        is_trash = request.path_params["collection"] == TRASH
        posts = [post for post in self.all if post.at <= self.now and post.is_visible(self.now) != is_trash][::-1]
        items = [self._item(post) for post in posts]
        if bound:
            items = [item for item in items if item[bound[1]][:10] > bound[2]]
        size = min(whole(request, "perpage", 25) or 25, 50)
        first = (whole(request, "page", 0) or 0) * size
        return json_answer({"result": True, "items": items[first : first + size], "count": len(items)})

    async def _single(self, request: Request) -> Response:
        post = self.by_id.get(request.path_params["number"])
        if post is None or post.at > self.now:
            return json_answer({"result": False, "status": 404, "errorMessage": "Not found"}, 404)
        return json_answer({"result": True, "item": self._item(post)})

    async def _user(self, request: Request) -> Response:
        person = self.people.get(request.path_params.get("number", ""))
        if person is None:
            return json_answer({"result": False, "status": 404, "errorMessage": "Not found"}, 404)
        return json_answer({"result": True, "user": {"_id": int(self.account_id(person.id, "")), "name": self.name(person)}})

    def _item(self, post: Post) -> dict[str, Any]:
        changed = [post.at, post.edited_at(self.now), post.deleted_at if not post.is_visible(self.now) else None]
        return {
            "_id": int(post.native_id),
            "link": self.link(post),
            "title": post.title,
            "excerpt": "",
            "note": self.text(post),
            "type": "article",
            "tags": list(post.brands),
            "created": iso(post.at),
            "lastUpdate": iso(max(at for at in changed if at)),
            "removed": not post.is_visible(self.now),
            "user": {"$id": int(self.author_id(post))},
            "creatorRef": {"_id": int(self.author_id(post)), "name": self.name(self.world.author(post))},
            "collection": {"$id": 1},
        }
