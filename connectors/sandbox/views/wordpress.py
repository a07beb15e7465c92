"""WordPress's REST API: one site, every member a user of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from connectors.sandbox.names import iso
from connectors.sandbox.people import Person
from connectors.sandbox.posts import Post
from connectors.sandbox.sandbox import json_answer, whole
from connectors.sandbox.venue_view import VenueView
from connectors.sandbox.views.feeds import prose
from connectors.sandbox.world import World

Item = dict[str, Any]
HOME = "https://wordpress.example"
MOST = 100
AHEAD_OF_UTC = 2 * 3600


class View(VenueView):
    """Openers are posts, what answers them comments. A deleted comment is in the trash, a deleted post is no more."""

    @classmethod
    def account_id(cls, person: int, name: str) -> str:
        """A number that is never 0."""
        return str(person + 1)

    @classmethod
    def native_post_id(cls, world: World, post: Post, base_url: str) -> str:
        """Posts and comments are numbered apart."""
        return f"{_site(base_url)}:{'comment-' if post.parent else ''}{post.native_id}"

    @classmethod
    def native_account_id(cls, person: int, name: str, base_url: str) -> str:
        """A number of the site's own."""
        return f"{_site(base_url)}:{cls.account_id(person, name)}"

    def routes(self) -> list[BaseRoute]:
        """Below the site's front page."""
        paths = {
            "/posts": self._posts,
            "/posts/{number}": self._post,
            "/comments": self._comments,
            "/comments/{number}": self._comment,
        }
        return [Route("/wp-json/", self._index), *(Route(f"/wp-json/wp/v2{path}", answer) for path, answer in paths.items())]

    async def _index(self, request: Request) -> Response:
        return json_answer({"name": "Kit & Words", "namespaces": ["oembed/1.0", "wp/v2"]})

    async def _posts(self, request: Request) -> Response:
        found = self._asked(request, self.openers())
        if "modified_after" in request.query_params:
            found = [post for post in found if iso(self._modified(post)) > request.query_params["modified_after"]]
        order = self._modified if request.query_params.get("orderby") == "modified" else _published
        return self._listed(request, found, order, self._post_of)

    async def _post(self, request: Request) -> Response:
        post = self.by_id.get(request.path_params["number"])
        if post is None or post.parent or not post.is_visible(self.now):
            return _refused(404, "rest_post_invalid_id")
        return json_answer(self._post_of(post))

    async def _comments(self, request: Request) -> Response:
        wanted = request.query_params.get("post", "").split(",")
        comments = [post for post in self.posts() if post.parent and (wanted == [""] or self.opener(post).native_id in wanted)]
        return self._listed(request, self._asked(request, comments), _published, self._comment_of)

    async def _comment(self, request: Request) -> Response:
        post = self.by_id.get(request.path_params["number"])
        if post is None or not post.parent or post.at > self.now:
            return _refused(404, "rest_comment_invalid_id")
        return json_answer(self._comment_of(post)) if post.is_visible(self.now) else _refused(401, "rest_cannot_read")

    def _asked(self, request: Request, posts: list[Post]) -> list[Post]:
        """Those that the parameters leave over which lists of posts and of comments have in common."""
        query = request.query_params
        words, ids = query.get("search", "").lower(), query.get("include", "").split(",")
        first, last = query.get("after", ""), query.get("before", "~")
        return [
            post
            for post in posts
            if first < iso(post.at) < last and (ids == [""] or post.native_id in ids) and words in f"{post.title} {self.text(post)}".lower()
        ]

    def _listed(self, request: Request, posts: list[Post], order: Callable[[Post], int], shown: Callable[[Post], Item]) -> Response:
        """One page of them, newest first unless asked otherwise."""
        query = request.query_params
        posts = sorted(posts, key=order, reverse=query.get("order") != "asc")
        size, page = min(whole(request, "per_page", 10) or 10, MOST), whole(request, "page", 1) or 1
        last = -(-len(posts) // size)
        if page > max(last, 1):
            return _refused(400, "rest_post_invalid_page_number")
        items = [shown(post) for post in posts[(page - 1) * size : page * size]]
        if fields := query.get("_fields"):
            items = [{key: item[key] for key in fields.split(",")} for item in items]
        headers = {"X-WP-Total": str(len(posts)), "X-WP-TotalPages": str(last)}
        if page < last:
            headers["Link"] = f'<{request.url.include_query_params(page=page + 1)}>; rel="next"'
        return json_answer(items, headers=headers)

    def _modified(self, post: Post) -> int:
        return post.edited_at(self.now) or post.at

    def _post_of(self, post: Post) -> Item:
        author = self.world.author(post)
        return {
            "id": int(post.native_id),
            **_times("date", post.at),
            **_times("modified", self._modified(post)),
            "guid": {"rendered": f"{HOME}/?p={post.native_id}"},
            "slug": f"p-{post.native_id}",
            "status": "publish",
            "type": "post",
            "link": self.url(post),
            "title": {"rendered": post.title},
            "content": {"rendered": prose(self.sandbox, post.text_at(self.now)), "protected": False},
            "author": int(self.author_id(post)),
            "comment_status": "open",
            "ping_status": "open",
            "sticky": False,
            "format": "standard",
            "_embedded": {"author": [self._user(author)]},
        }

    def _comment_of(self, post: Post) -> Item:
        author, opener, above = self.world.author(post), self.opener(post), post.parent
        return {
            "id": int(post.native_id),
            "post": int(opener.native_id),
            "parent": int(above.native_id) if above and above is not opener else 0,
            "author": int(self.author_id(post)),
            "author_name": author.name,
            "author_url": self._homepage(author),
            **_times("date", post.at),
            "content": {"rendered": prose(self.sandbox, post.text_at(self.now))},
            "link": f"{self.url(opener)}#comment-{post.native_id}",
            "status": "approved",
            "type": "comment",
            "_embedded": {"author": [self._user(author)]},
        }

    def _user(self, person: Person) -> Item:
        name = self.name(person)
        return {
            "id": int(self.account_id(person.id, name)),
            "name": person.name,
            "url": self._homepage(person),
            "description": "",
            "link": f"{HOME}/author/{name}/",
            "slug": name,
        }

    def _homepage(self, person: Person) -> str:
        home = next((home for home in self.world.blogs.values() if home.authors == (person.id,)), None)
        return home.site if home else ""


def _site(base_url: str) -> str:
    """How the connector calls the site."""
    return f"{urlsplit(base_url).netloc}/wordpress"


def _published(post: Post) -> int:
    return post.at


def _times(name: str, at: int) -> dict[str, str]:
    """A moment as the site's clock shows it and in UTC, both without a zone."""
    return {name: iso(at + AHEAD_OF_UTC).removesuffix("Z"), f"{name}_gmt": iso(at).removesuffix("Z")}


def _refused(status: int, code: str) -> Response:
    return json_answer({"code": code, "message": "Sorry.", "data": {"status": status}}, status)
