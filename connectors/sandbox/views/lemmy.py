"""Lemmy's API v3: one instance with one community."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from connectors.sandbox.names import iso, venue_url
from connectors.sandbox.people import Person
from connectors.sandbox.posts import Post
from connectors.sandbox.sandbox import json_answer, whole
from connectors.sandbox.venue_view import VenueView
from connectors.sandbox.world import World

HOST = "https://lemmy.example"
COMMUNITY = "kit"


class View(VenueView):
    """Openers are posts, answers comments; newest first."""

    @classmethod
    def native_post_id(cls, world: World, post: Post, base_url: str) -> str:
        """The address that holds on every instance."""
        return venue_url(post)

    @classmethod
    def native_account_id(cls, person: int, name: str, base_url: str) -> str:
        """The address that holds on every instance."""
        return f"{HOST}/u/{name}"

    def routes(self) -> list[BaseRoute]:
        """Below the instance's root."""
        paths = {
            "/site": self._site,
            "/community": self._community,
            "/post/list": self._posts,
            "/comment/list": self._comments,
            "/search": self._search,
            "/user": self._user,
            "/post": self._post,
            "/comment": self._comment,
        }
        return [Route(f"/api/v3{path}", answer) for path, answer in paths.items()]

    async def _site(self, request: Request) -> Response:
        return json_answer(
            {
                "version": "0.19.5",
                "site_view": {"site": {"name": "Kit talk"}},
                "all_languages": [{"id": 37, "code": "en", "name": "English"}],
            }
        )

    async def _community(self, request: Request) -> Response:
        view = {"community": self._community_of(), "counts": {"subscribers": len(self.members.accounts), "posts": len(self.openers())}}
        return json_answer({"community_view": view})

    async def _posts(self, request: Request) -> Response:
        return json_answer({"posts": [self._post_view(post) for post in self._paged(request, self.openers())]})

    async def _comments(self, request: Request) -> Response:
        below = self.by_id.get(request.query_params.get("post_id", ""))
        comments = [post for post in self.posts() if post.parent and (below is None or self.opener(post) is below)]
        return json_answer({"comments": [self._comment_view(post) for post in self._paged(request, comments)]})

    async def _search(self, request: Request) -> Response:
        words = request.query_params.get("q", "").lower()
        found = [post for post in self.posts() if words in f"{post.title} {self.text(post)}".lower()]
        is_posts = request.query_params.get("type_") == "Posts"
        shown = self._paged(request, [post for post in found if (post.parent is None) == is_posts])
        return json_answer(
            {
                "posts": [self._post_view(post) for post in shown if is_posts],
                "comments": [self._comment_view(post) for post in shown if not is_posts],
            }
        )

    async def _user(self, request: Request) -> Response:
        number = self.members.person(request.query_params.get("username", ""))
        if number is None:
            return json_answer({"error": "couldnt_find_person"}, 404)
        person = self.world.people[number]
        own = self._paged(request, self.posts_of(person))
        return json_answer(
            {
                "person_view": {"person": self._person(person), "counts": {"post_count": len(self.posts_of(person))}},
                "posts": [self._post_view(post) for post in own if post.parent is None],
                "comments": [self._comment_view(post) for post in own if post.parent],
            }
        )

    async def _post(self, request: Request) -> Response:
        post = self._asked(request)
        if post is None or post.parent:
            return json_answer({"error": "couldnt_find_post"}, 404)
        return json_answer({"post_view": self._post_view(post)})

    async def _comment(self, request: Request) -> Response:
        post = self._asked(request)
        if post is None or post.parent is None:
            return json_answer({"error": "couldnt_find_comment"}, 404)
        return json_answer({"comment_view": self._comment_view(post)})

    def _asked(self, request: Request) -> Post | None:
        post = self.by_id.get(request.query_params.get("id", ""))
        return post if post and post.at <= self.now else None

    def _paged(self, request: Request, posts: list[Post]) -> list[Post]:
        size = min(whole(request, "limit", 10) or 10, 50)
        first = ((whole(request, "page", 1) or 1) - 1) * size
        return posts[::-1][first : first + size]

    def _person(self, person: Person) -> dict[str, Any]:
        name = self.name(person)
        actor = f"{HOST}/u/{name}"
        return {
            "id": person.id + 1,
            "name": name,
            "actor_id": actor,
            "published": iso(person.joined_at),
            "local": True,
            "bot_account": False,
        }

    def _community_of(self) -> dict[str, Any]:
        return {"id": 1, "name": COMMUNITY, "title": "Kit", "actor_id": f"{HOST}/c/{COMMUNITY}", "local": True}

    def _common(self, post: Post) -> dict[str, Any]:
        edited = post.edited_at(self.now)
        return {
            "id": int(post.native_id),
            "creator_id": post.author + 1,
            "ap_id": self.url(post),
            "published": iso(post.at),
            "removed": False,
            "deleted": not post.is_visible(self.now),
            "local": True,
            "language_id": 37,
            **({"updated": iso(edited)} if edited else {}),
        }

    def _post_view(self, post: Post) -> dict[str, Any]:
        return {
            "post": {**self._common(post), "name": post.title, "body": self.text(post), "community_id": 1},
            "creator": self._person(self.world.author(post)),
            "community": self._community_of(),
            "counts": {"comments": len(self.thread(post)), **self._votes(post)},
        }

    def _comment_view(self, post: Post) -> dict[str, Any]:
        chain, above = [post.native_id], post.parent
        while above is not None and above.parent is not None:
            chain.append(above.native_id)
            above = above.parent
        opener = self.opener(post)
        return {
            "comment": {
                **self._common(post),
                "content": self.text(post),
                "path": ".".join(["0", *chain[::-1]]),
                "post_id": int(opener.native_id),
            },
            "post": self._common(opener),
            "creator": self._person(self.world.author(post)),
            "community": self._community_of(),
            "counts": {"child_count": len(self.thread(post)), **self._votes(post)},
        }

    def _votes(self, post: Post) -> dict[str, int]:
        return {"score": 1 + self.votes(post), "upvotes": 1 + self.votes(post), "downvotes": 0}
