"""Ghost's Content API and the comments of its members: one site."""

from __future__ import annotations

import re
from collections.abc import Sequence
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
HOME = "https://ghost.example"
MOST, SHOWN_REPLIES = 100, 3
BOUND = re.compile(r"(updated_at|published_at):(>=|<)'([^']*)'")
ONE_OF = re.compile(r"id:\[([^\]]*)\]")


class View(VenueView):
    """Openers are posts, what answers them comments. Comments stand on two levels, whatever they answer."""

    @classmethod
    def post_id(cls, post: Post) -> str:
        """Of 24 hexadecimal digits."""
        return f"{int(post.native_id):024x}"

    @classmethod
    def account_id(cls, person: int, name: str) -> str:
        """Of 24 hexadecimal digits."""
        return f"{person:024x}"

    @classmethod
    def native_post_id(cls, world: World, post: Post, base_url: str) -> str:
        """Ids are copied with a site."""
        return f"{_site(base_url)}:{'comment-' if post.parent else ''}{cls.post_id(post)}"

    @classmethod
    def native_account_id(cls, person: int, name: str, base_url: str) -> str:
        """Of the person as an author; to comment they log in as a member, another account."""
        return f"{_site(base_url)}:{cls.account_id(person, name)}"

    def routes(self) -> list[BaseRoute]:
        """Below the site's front page."""
        content, comments = "/ghost/api/content", "/members/api/comments"
        return [
            Route(f"{content}/posts/", self._posts),
            Route(f"{content}/posts/{{id}}/", self._post),
            Route(f"{content}/authors/", self._authors),
            Route(f"{comments}/counts/", self._counts),
            Route(f"{comments}/post/{{id}}/", self._comments),
            Route(f"{comments}/{{id}}/replies/", self._replies),
        ]

    async def _posts(self, request: Request) -> Response:
        wanted = request.query_params.get("filter", "")
        found = sorted(self.openers(), key=self._updated_at)
        for name, sign, moment in BOUND.findall(wanted):
            bound = f"{moment.replace(' ', 'T')}Z"
            times = [self._updated_at(post) if name == "updated_at" else iso(post.at) for post in found]
            found = [post for post, at in zip(found, times, strict=True) if (at < bound) == (sign == "<")]
        if ids := ONE_OF.search(wanted):
            found = [post for post in found if self.post_id(post) in ids[1].split(",")]
        return _listed(request, "posts", [self._post_of(post) for post in found])

    async def _post(self, request: Request) -> Response:
        post = self.by_id.get(request.path_params["id"])
        return json_answer({"posts": [self._post_of(post)]}) if post and not post.parent and post.is_visible(self.now) else _missing()

    async def _authors(self, request: Request) -> Response:
        ids = ONE_OF.search(request.query_params.get("filter", ""))
        people = [self.people[one] for one in ids[1].split(",") if one in self.people] if ids else list(self.people.values())
        return _listed(request, "authors", [self._author(person, is_counted=True) for person in people])

    async def _counts(self, request: Request) -> Response:
        asked = [self.by_id[one] for one in request.query_params.get("ids", "").split(",") if one in self.by_id]
        counts = {self.post_id(post): len(self.thread(post)) for post in asked}
        return json_answer({post_id: count for post_id, count in counts.items() if count})

    async def _comments(self, request: Request) -> Response:
        post = self.by_id.get(request.path_params["id"])
        return _listed(request, "comments", self._shown([reply for reply in self._below(post) if reply.parent is post]) if post else [])

    async def _replies(self, request: Request) -> Response:
        comment = self.by_id.get(request.path_params["id"])
        return _listed(request, "comments", self._shown(self._below(comment))) if comment else _missing()

    def _below(self, post: Post) -> list[Post]:
        """What answers a post at any depth, deleted or not, oldest first."""
        direct = [reply for reply in post.replies if reply.channel == "venue" and reply.home == self.platform and reply.at <= self.now]
        found = [one for reply in direct for one in (reply, *self._below(reply))]
        return sorted(found, key=lambda reply: (reply.at, reply.id))

    def _shown(self, comments: Sequence[Post]) -> list[Item]:
        """Without those that were deleted before anybody answered them."""
        return [self._comment_of(comment) for comment in comments if comment.is_visible(self.now) or self.thread(comment)]

    def _comment_of(self, post: Post) -> Item:
        top, is_deleted = self._top(post), not post.is_visible(self.now)
        replies = self._shown(self._below(post)) if top is post else []
        edited = post.edited_at(self.now)
        return {
            "id": self.post_id(post),
            "parent_id": None if top is post else self.post_id(top),
            "in_reply_to_id": None if top in (post, post.parent) or post.parent is None else self.post_id(post.parent),
            "status": "deleted" if is_deleted else "published",
            "html": None if is_deleted else prose(self.sandbox, post.text_at(self.now)),
            "created_at": _moment(iso(post.at)),
            "edited_at": _moment(iso(edited)) if edited else None,
            "member": None if is_deleted else self._member(self.world.author(post)),
            "replies": replies[:SHOWN_REPLIES],
            "count": {"likes": self.votes(post), "replies": len(replies)},
        }

    def _top(self, comment: Post) -> Post:
        """The comment on the post itself below which one stands."""
        while comment.parent and comment.parent.parent:
            comment = comment.parent
        return comment

    def _updated_at(self, post: Post) -> str:
        return iso(post.edited_at(self.now) or post.at)

    def _post_of(self, post: Post) -> Item:
        author = self._author(self.world.author(post), is_counted=False)
        return {
            "id": self.post_id(post),
            "uuid": f"{self.post_id(post):0>32}",
            "title": post.title,
            "slug": f"p-{post.native_id}",
            "html": prose(self.sandbox, post.text_at(self.now)),
            "comment_id": self.post_id(post),
            "visibility": "public",
            "created_at": _moment(iso(post.at)),
            "updated_at": _moment(self._updated_at(post)),
            "published_at": _moment(iso(post.at)),
            "url": self.url(post),
            "access": True,
            "comments": True,
            "tags": [{"slug": brand, "name": brand} for brand in post.brands],
            "authors": [author],
            "primary_author": author,
        }

    def _author(self, person: Person, *, is_counted: bool) -> Item:
        name = self.name(person)
        home = next((home for home in self.world.blogs.values() if home.authors == (person.id,)), None)
        written = {"count": {"posts": sum(post.parent is None for post in self.posts_of(person))}} if is_counted else {}
        return {
            "id": self.account_id(person.id, name),
            "name": person.name,
            "slug": name,
            "bio": None,
            "website": home.site if home else None,
            "twitter": None,
            "facebook": None,
            "url": f"{HOME}/author/{name}/",
            **written,
        }

    def _member(self, person: Person) -> Item:
        number = self.account_id(person.id, self.name(person))
        return {"id": number, "uuid": f"{number:0>32}", "name": person.name, "expertise": None, "avatar_image": None}


def _site(base_url: str) -> str:
    """How the connector calls the site."""
    return f"{urlsplit(base_url).netloc}/ghost"


def _moment(moment: str) -> str:
    return moment.replace("Z", ".000+00:00")


def _listed(request: Request, kind: str, items: list[Item]) -> Response:
    """One page."""
    size, page = min(whole(request, "limit", 15) or 15, MOST), whole(request, "page", 1) or 1
    last = max(-(-len(items) // size), 1)
    pagination = {
        "page": page,
        "limit": size,
        "pages": last,
        "total": len(items),
        "next": page + 1 if page < last else None,
        "prev": page - 1 or None,
    }
    return json_answer({kind: items[(page - 1) * size : page * size], "meta": {"pagination": pagination}})


def _missing() -> Response:
    return json_answer({"errors": [{"message": "Resource not found error, cannot read post.", "type": "NotFoundError", "code": None}]}, 404)
