"""PeerTube's API: one instance, a channel for each member."""

from __future__ import annotations

import html
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

HOST = "peertube.example"


class View(VenueView):
    """Openers are videos, what answers them comments."""

    @classmethod
    def native_post_id(cls, world: World, post: Post, base_url: str) -> str:
        """The address that holds on every instance."""
        return venue_url(post)

    @classmethod
    def native_account_id(cls, person: int, name: str, base_url: str) -> str:
        """The channel's address."""
        return f"https://{HOST}/video-channels/{name}"

    def routes(self) -> list[BaseRoute]:
        """Below the instance's root."""
        paths = {
            "/config": self._config,
            "/search/videos": self._search,
            "/video-channels/{name}": self._channel,
            "/video-channels/{name}/videos": self._videos,
            "/videos/{uuid}": self._video,
            "/videos/{uuid}/comment-threads": self._threads,
            "/videos/{uuid}/comment-threads/{number}": self._thread,
        }
        return [
            Route("/video-channels/{name}/followers", self._followers),
            *(Route(f"/api/v1{path}", answer) for path, answer in paths.items()),
        ]

    async def _config(self, request: Request) -> Response:
        return json_answer({"serverVersion": "7.1.0", "instance": {"name": "Kit tube"}})

    async def _search(self, request: Request) -> Response:
        words, query = request.query_params.get("search", "").lower(), request.query_params
        first, last = query.get("startDate", "")[:19], query.get("endDate", "~")[:19]
        found = [post for post in self.openers() if first <= iso(post.at)[:19] <= last]
        return self._listed(request, [post for post in found if words in f"{post.title} {self.text(post)}".lower()])

    async def _channel(self, request: Request) -> Response:
        number = self.members.person(request.path_params["name"].removesuffix(f"@{HOST}"))
        return json_answer(self._channel_of(self.world.people[number])) if number is not None else _missing()

    async def _followers(self, request: Request) -> Response:
        """What other servers are told: ten a page."""
        number = self.members.person(request.path_params["name"])
        if number is None:
            return _missing()
        page, base = whole(request, "page", 1) or 1, self.native_account_id(number, request.path_params["name"], "")
        followers = [person for person in self.members.followers.get(number, ()) if person in self.members.accounts]
        shown = [self.native_account_id(person, self.members.accounts[person], "") for person in followers[page * 10 - 10 : page * 10]]
        rest = {"next": f"{base}/followers?page={page + 1}"} if len(followers) > page * 10 else {}
        return json_answer({"type": "OrderedCollectionPage", "totalItems": len(followers), "orderedItems": shown, **rest})

    async def _videos(self, request: Request) -> Response:
        number = self.members.person(request.path_params["name"].removesuffix(f"@{HOST}"))
        own = self.posts_of(self.world.people[number]) if number is not None else []
        return self._listed(request, [post for post in own if post.parent is None])

    async def _video(self, request: Request) -> Response:
        post = self.by_id.get(request.path_params["uuid"])
        return json_answer(self._video_of(post, is_whole=True)) if post and post.is_visible(self.now) else _missing()

    async def _threads(self, request: Request) -> Response:
        post = self.by_id.get(request.path_params["uuid"])
        if post is None or not post.is_visible(self.now):
            return _missing()
        direct = [reply for reply in post.replies if reply.home == self.platform and reply.channel == "venue" and reply.at <= self.now]
        rows = [self._comment_of(reply) for reply in direct[::-1]]
        first = whole(request, "start", 0) or 0
        return json_answer({"total": len(rows), "data": rows[first : first + (whole(request, "count", 15) or 15)]})

    async def _thread(self, request: Request) -> Response:
        comment = self.by_id.get(request.path_params["number"])
        return json_answer(self._tree(comment)) if comment else _missing()

    def _tree(self, comment: Post) -> dict[str, Any]:
        below = [reply for reply in comment.replies if reply.channel == "venue" and reply.home == self.platform and reply.at <= self.now]
        return {"comment": self._comment_of(comment), "children": [self._tree(reply) for reply in below]}

    def _listed(self, request: Request, posts: list[Post]) -> Response:
        """Newest first."""
        first = whole(request, "start", 0) or 0
        shown = posts[::-1][first : first + min(whole(request, "count", 15) or 15, 100)]
        return json_answer({"total": len(posts), "data": [self._video_of(post, is_whole=False) for post in shown]})

    def _video_of(self, post: Post, *, is_whole: bool) -> dict[str, Any]:
        author = self.world.author(post)
        channel, account = self._channel_of(author), self._account_of(author)
        short = ("url", "name", "displayName", "host")
        return {
            "id": int(post.native_id),
            "uuid": self.post_id(post),
            "shortUUID": self.post_id(post),
            "url": self.url(post),
            "name": post.title,
            "description": self.text(post),
            "language": {"id": "en", "label": "English"},
            "isLocal": True,
            "duration": 120 + post.id % 900,
            "views": self.views(post),
            "likes": len(self.likes(post)),
            "dislikes": 0,
            "comments": len(self.thread(post)),
            "tags": list(post.brands),
            "publishedAt": iso(post.at),
            "updatedAt": iso(post.edited_at(self.now) or post.at),
            "channel": channel if is_whole else {key: channel[key] for key in short},
            "account": account if is_whole else {key: account[key] for key in short},
        }

    def _comment_of(self, post: Post) -> dict[str, Any]:
        is_deleted, parent = not post.is_visible(self.now), post.parent
        return {
            "id": int(post.native_id),
            "url": self.url(post),
            "text": "" if is_deleted else f"<p>{html.escape(self.text(post))}</p>",
            "inReplyToCommentId": int(parent.native_id) if parent and parent.parent else None,
            "createdAt": iso(post.at),
            "updatedAt": iso(post.edited_at(self.now) or post.at),
            "deletedAt": iso(post.deleted_at) if is_deleted and post.deleted_at else None,
            "isDeleted": is_deleted,
            "totalReplies": len(post.replies),
            "account": None if is_deleted else self._channel_of(self.world.author(post)),
        }

    def _channel_of(self, person: Person) -> dict[str, Any]:
        address = self.native_account_id(person.id, self.name(person), "")
        return self._actor(person, address) | {"followersCount": self.follower_count(person), "ownerAccount": self._account_of(person)}

    def _account_of(self, person: Person) -> dict[str, Any]:
        return self._actor(person, f"https://{HOST}/accounts/{self.name(person)}_owner")

    def _actor(self, person: Person, address: str) -> dict[str, Any]:
        return {
            "id": person.id + 1,
            "url": address,
            "name": self.name(person),
            "host": HOST,
            "displayName": person.name,
            "description": None,
            "followersCount": 0,
            "followingCount": 0,
            "createdAt": iso(person.joined_at),
        }


def _missing() -> Response:
    return json_answer({"type": "about:blank", "title": "Not Found", "detail": "Video not found", "status": 404, "error": "Not found"}, 404)
