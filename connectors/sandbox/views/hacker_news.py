"""The message board as Hacker News' Firebase API, below v0; views/hacker_news_search.py has the other one."""

from __future__ import annotations

import html
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from connectors.sandbox.names import account_url
from connectors.sandbox.posts import Post, answers_within
from connectors.sandbox.sandbox import Sandbox, json_answer
from connectors.sandbox.views.board import Board, kind_of, without_none
from connectors.sandbox.views.hacker_news_search import HackerNewsSearch

LISTED = 500
TOP_SECONDS = 3 * 86_400
UPDATE_SECONDS = 600


class HackerNews:
    """Routes below the base address, those of the search included."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.board = Board(sandbox)

    def routes(self) -> list[Route]:
        """The paths that it answers."""
        return [
            Route("/v0/item/{id}.json", self._item),
            Route("/v0/user/{name}.json", self._user),
            Route("/v0/maxitem.json", self._max_item),
            Route("/v0/updates.json", self._updates),
            Route("/v0/topstories.json", self._top_stories),
            Route("/v0/newstories.json", self._new_stories),
            *HackerNewsSearch(self.board).routes(),
        ]

    async def _item(self, request: Request) -> Response:
        post = self.board.by_id.get(request.path_params["id"])
        if post is None or post.at > self.sandbox.now:
            return json_answer(None)
        return json_answer(self.sandbox.once(("item", post.id), lambda: self._item_of(post)))

    def _item_of(self, post: Post) -> dict[str, Any]:
        """Only the keys that have a value, as Firebase does. A deleted item keeps id, parent, time and type."""
        now, board = self.sandbox.now, self.board
        kept = {
            "id": int(post.native_id),
            "time": post.at,
            "type": kind_of(post),
            "parent": int(post.parent.native_id) if post.parent else None,
        }
        if not post.is_visible(now):
            return without_none({"deleted": True, **kept})
        if board.is_dead(post):
            return without_none({"by": board.by(post), "dead": True, **kept, "text": "[flagged]"})
        kids = [int(reply.native_id) for reply in post.replies if reply.at <= now]
        said = {"by": board.by(post), **kept, "kids": kids or None, "text": board.text(post) or None}
        if post.title:
            said |= {"title": post.title, "url": board.link(post), "score": board.score(post), "descendants": answers_within(post, now)}
        return without_none(said)

    async def _user(self, request: Request) -> Response:
        person = self.board.users.get(request.path_params["name"])
        if person is None:
            return json_answer(None)
        posts = [post for post in self.board.by_author.get(person.id, []) if post.is_visible(self.sandbox.now)]
        about = html.escape(account_url(person)) if person.handle and person.id % 3 == 0 else None
        submitted = [int(post.native_id) for post in reversed(posts)] or None
        karma = self.board.karma(person)
        return json_answer(
            without_none({"id": person.board_name, "created": person.joined_at, "karma": karma, "about": about, "submitted": submitted})
        )

    async def _max_item(self, request: Request) -> Response:
        published = self.board.published()
        return json_answer(int(published[-1].native_id) if published else 0)

    async def _updates(self, request: Request) -> Response:
        now = self.sandbox.now
        changed = [
            post
            for post in self.board.published()
            if any(now - UPDATE_SECONDS < at <= now for at in (post.at, post.edited_at(now) or 0, post.deleted_at or 0))
        ]
        people = dict.fromkeys(self.board.by(post) for post in changed)
        return json_answer({"items": [int(post.native_id) for post in changed], "profiles": list(people)})

    async def _top_stories(self, request: Request) -> Response:
        now = self.sandbox.now
        recent = [post for post in self._stories() if post.at > now - TOP_SECONDS]
        recent.sort(key=lambda post: (-(self.board.score(post) - 1) / ((now - post.at) / 3600 + 2) ** 1.8, -post.at))
        return json_answer([int(post.native_id) for post in recent[:LISTED]])

    async def _new_stories(self, request: Request) -> Response:
        return json_answer([int(post.native_id) for post in reversed(self._stories())][:LISTED])

    def _stories(self) -> list[Post]:
        return [post for post in self.board.published() if post.title and self.board.is_shown(post)]
