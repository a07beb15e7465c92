"""Facebook: a page that all members tag, the pages of members, posts and the comments below."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from connectors.sandbox.people import DAY, Person
from connectors.sandbox.posts import Post
from connectors.sandbox.sandbox import json_answer
from connectors.sandbox.views.graph import GraphView, between, by_ids, failure, listed, missing, stamp

SQUARE, SQUARE_ID = "sandbox_square", "100000000000001"
SITE = "https://facebook.example"
REACTIONS = ("like", "love", "wow", "haha", "sad", "angry")


class View(GraphView):
    """What the token of the page `sandbox_square` sees: every post tags it, and each member has a page too."""

    @classmethod
    def account_id(cls, person: int, name: str) -> str:
        """As long as Facebook's."""
        return f"61{person:012}"

    @classmethod
    def post_id(cls, post: Post) -> str:
        """A post's id begins with its author's, a comment's with the number of its post."""
        opener = post
        while opener.parent is not None:
            opener = opener.parent
        return f"{cls.account_id(post.author, '') if opener is post else opener.native_id}_{post.native_id}"

    def routes(self) -> list[BaseRoute]:
        """Below the API's root."""
        return [
            Route("/", self._objects),
            Route("/{page}", self._profile),
            Route("/{page}/posts", self._posts),
            Route("/{page}/tagged", self._tagged),
            Route("/{post}/comments", self._comments),
        ]

    async def _objects(self, request: Request) -> Response:
        return by_ids(request, lambda one: self._shown(post) if (post := self.seen(one)) else None)

    async def _profile(self, request: Request) -> Response:
        page = request.path_params["page"]
        if page in (SQUARE, SQUARE_ID):
            return json_answer(self._square())
        person = self._person(page)
        if person is None:
            return failure(803, f"(#803) Cannot query users by their username ({page})")
        told = {"id": self.account_id(person.id, ""), "name": person.name, "username": self.name(person)}
        return json_answer(told | {"followers_count": self.follower_count(person)} | self.homepage(person))

    async def _posts(self, request: Request) -> Response:
        page = request.path_params["page"]
        person = self._person(page)
        if person is None and page != SQUARE_ID:
            return missing(page)
        openers = [post for post in self.openers() if person and post.author == person.id]
        return listed(request, between(request, openers), self._post)

    async def _tagged(self, request: Request) -> Response:
        openers = self.openers() if request.path_params["page"] == SQUARE_ID else []
        return listed(request, between(request, openers), self._post)

    async def _comments(self, request: Request) -> Response:
        post = self.seen(request.path_params["post"])
        if post is None:
            return missing(request.path_params["post"])
        is_newest_first = request.query_params.get("order") == "reverse_chronological"
        return listed(request, self.thread(post)[:: -1 if is_newest_first else 1], self._comment)

    def _person(self, page: str) -> Person | None:
        number = self.members.person(page)
        return self.people.get(page) if number is None else self.world.people[number]

    def _square(self) -> dict[str, Any]:
        talking = {post.author for post in self.posts() if post.at >= self.now - 7 * DAY}
        return {
            "id": SQUARE_ID,
            "name": "Sandbox Square",
            "username": SQUARE,
            "link": f"{SITE}/{SQUARE}",
            "category": "Community",
            "fan_count": len(self.members.accounts),
            "followers_count": len(self.members.accounts),
            "talking_about_count": len(talking),
            "verification_status": "not_verified",
        }

    def _shown(self, post: Post) -> dict[str, Any]:
        return self._comment(post) if post.parent else self._post(post)

    def _from(self, post: Post) -> dict[str, str]:
        return {"id": self.author_id(post), "name": self.world.author(post).name}

    def _post(self, post: Post) -> dict[str, Any]:
        answers = self.thread(post)
        counts = {"reactions": self.votes(post)} | dict.fromkeys(REACTIONS, 0) | {"like": self.votes(post), "comments": len(answers)}
        return {
            "id": self.post_id(post),
            "from": self._from(post),
            "message": self.text(post),
            "status_type": "mobile_status_update",
            "permalink_url": self.url(post),
            "created_time": stamp(post.at),
            "updated_time": stamp(max([post.edited_at(self.now) or post.at, *(answer.at for answer in answers)])),
            **{name: {"data": [], "summary": {"total_count": count}} for name, count in counts.items()},
        }

    def _comment(self, post: Post) -> dict[str, Any]:
        opener, above = self.opener(post), post.parent
        parent = {"parent": {"id": self.post_id(above)}} if above and above.parent and above.is_visible(self.now) else {}
        return {
            "id": self.post_id(post),
            **parent,
            "from": self._from(post),
            "message": self.text(post),
            "permalink_url": f"{SITE}/{self.author_id(opener)}/posts/{opener.native_id}/?comment_id={post.native_id}",
            "created_time": stamp(post.at),
            "like_count": self.votes(post),
            "comment_count": len(self.thread(post)),
        }
