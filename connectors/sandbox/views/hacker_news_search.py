"""The message board as Hacker News' search API by Algolia, below api/v1."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from connectors.sandbox.names import iso
from connectors.sandbox.posts import Post, answers_within
from connectors.sandbox.sandbox import json_answer, whole
from connectors.sandbox.views.board import Board, kind_of, without_none

CEILING = 1000
FILTER = re.compile(r"^(created_at_i|points|num_comments)(<=|>=|=|<|>)(-?\d+)$")
COMPARE: dict[str, Callable[[int, int], bool]] = {
    "<=": lambda value, bound: value <= bound,
    ">=": lambda value, bound: value >= bound,
    "<": lambda value, bound: value < bound,
    ">": lambda value, bound: value > bound,
    "=": lambda value, bound: value == bound,
}


class HackerNewsSearch:
    """Finds items by the beginnings of words, tags and numbers; never more than a thousand for one query."""

    def __init__(self, board: Board) -> None:
        self.board = board
        self.sandbox = board.sandbox

    def routes(self) -> list[Route]:
        """The paths that it answers."""
        return [
            Route("/api/v1/search", self._by_points),
            Route("/api/v1/search_by_date", self._by_date),
            Route("/api/v1/items/{id}", self._item),
            Route("/api/v1/users/{name}", self._user),
        ]

    async def _by_points(self, request: Request) -> Response:
        return self._search(request, self.board.score)

    async def _by_date(self, request: Request) -> Response:
        return self._search(request, lambda post: int(post.native_id))

    def _search(self, request: Request, order: Callable[[Post], int]) -> Response:
        query = request.query_params
        try:
            found = self._found(
                query.get("query", ""), query.get("tags", ""), query.get("numericFilters", ""), query.get("restrictSearchableAttributes")
            )
        except ValueError as error:
            return json_answer({"message": str(error), "status": 400}, 400)
        found.sort(key=order, reverse=True)
        page, size = whole(request, "page", 0) or 0, min(whole(request, "hitsPerPage", 20) or 20, CEILING)
        first = page * size
        answer = {
            "hits": [self._hit(post) for post in found[first : min(first + size, CEILING)]],
            "nbHits": len(found),
            "page": page,
            "nbPages": -(-min(len(found), CEILING) // size),
            "hitsPerPage": size,
            "exhaustiveNbHits": True,
            "exhaustiveTypo": True,
            "query": query.get("query", ""),
            "params": str(query),
            "processingTimeMS": 1,
        }
        if first >= CEILING:
            answer["message"] = f"you can only fetch the {CEILING} hits for this query"
        return json_answer(answer)

    def _found(self, query: str, tags: str, filters: str, attribute: str | None) -> list[Post]:
        """Raises ValueError for a filter that cannot be read."""
        wanted = [f" {_words(part)}" for part in re.findall(r'"[^"]*"|\S+', query) if _words(part)]
        groups = [group.strip("()").split(",") for group in re.findall(r"\([^)]*\)|[^,()]+", tags)]
        bounds = []
        for text in filter(None, filters.replace(" ", "").split(",")):
            match = FILTER.match(text)
            if match is None:
                raise ValueError(f"invalid numeric filter: {text}")
            bounds.append((match[1], COMPARE[match[2]], int(match[3])))
        return [
            post
            for post in self.board.published()
            if self.board.is_shown(post)
            and all(word in self._haystack(post, attribute) for word in wanted)
            and all(any(tag in self._tags(post) for tag in group) for group in groups)
            and all(holds(self._number(post, name), bound) for name, holds, bound in bounds)
        ]

    def _haystack(self, post: Post, attribute: str | None) -> str:
        def make() -> str:
            fields = {"title": post.title, "url": self.board.link(post) or "", "author": self.board.by(post)}
            fields["story_text" if post.title else "comment_text"] = self.board.text(post)
            return " ".join(f" {_words(value)}" for name, value in fields.items() if attribute in (None, name))

        return self.sandbox.once(("haystack", post.id, attribute), make)

    def _number(self, post: Post, name: str) -> int:
        if name == "created_at_i":
            return post.at
        if not post.title:
            return 0
        return self.board.score(post) if name == "points" else answers_within(post, self.sandbox.now)

    def _tags(self, post: Post) -> list[str]:
        kind = ["ask_hn"] if post.title.startswith("Ask HN") else ["show_hn"] if post.title.startswith("Show HN") else []
        return [kind_of(post), f"author_{self.board.by(post)}", f"story_{_story(post).native_id}", *kind]

    def _hit(self, post: Post) -> dict[str, Any]:
        now, board, story = self.sandbox.now, self.board, _story(post)
        hit = {
            "_tags": self._tags(post),
            "author": board.by(post),
            "children": [int(reply.native_id) for reply in post.replies if board.is_shown(reply)],
            "created_at": iso(post.at),
            "created_at_i": post.at,
            "objectID": post.native_id,
            "points": board.score(post) if post.title else None,
            "story_id": int(story.native_id),
            "updated_at": iso(post.edited_at(now) or post.at),
        }
        text = board.text(post) or None
        if post.title:
            about = {"title": post.title, "url": board.link(post), "story_text": text, "num_comments": answers_within(post, now)}
        else:
            parent = int(post.parent.native_id) if post.parent else None
            about = {"comment_text": text, "parent_id": parent, "story_title": story.title, "story_url": board.link(story)}
        return hit | without_none(about)

    async def _item(self, request: Request) -> Response:
        post = self.board.by_id.get(request.path_params["id"])
        if post is None or not self.board.is_shown(post):
            return json_answer({"status": 404, "error": "Not Found"}, 404)
        return json_answer(self._tree(post))

    def _tree(self, post: Post) -> dict[str, Any]:
        """An item with all that was answered to it, at any depth."""
        return {
            "id": int(post.native_id),
            "created_at": iso(post.at),
            "created_at_i": post.at,
            "type": kind_of(post),
            "author": self.board.by(post),
            "title": post.title or None,
            "url": self.board.link(post),
            "text": self.board.text(post) or None,
            "points": self.board.score(post) if post.title else None,
            "parent_id": int(post.parent.native_id) if post.parent else None,
            "story_id": int(_story(post).native_id),
            "children": [self._tree(reply) for reply in post.replies if self.board.is_shown(reply)],
            "options": [],
        }

    async def _user(self, request: Request) -> Response:
        person = self.board.users.get(request.path_params["name"])
        if person is None:
            return json_answer({"status": 404, "error": "Not Found"}, 404)
        return json_answer({"username": person.board_name, "about": "", "karma": self.board.karma(person)})


def _story(post: Post) -> Post:
    while post.parent:
        post = post.parent
    return post


def _words(text: str) -> str:
    return " ".join(re.findall(r"\w+", re.sub(r"<[^>]+>", " ", html.unescape(text)).lower()))
