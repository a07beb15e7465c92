"""Bluesky's XRPC methods, for whoever is signed in."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from connectors.sandbox.names import iso
from connectors.sandbox.people import Person
from connectors.sandbox.posts import Post
from connectors.sandbox.sandbox import json_answer, whole
from connectors.sandbox.venue_view import VenueView

COLLECTION = "app.bsky.feed.post"
FOLLOW = "app.bsky.graph.follow"


class View(VenueView):
    """Feeds, search, posts, profiles and follows."""

    @classmethod
    def post_id(cls, post: Post) -> str:
        """The post's address."""
        return f"at://{cls.account_id(post.author, '')}/{COLLECTION}/{post.native_id}"

    @classmethod
    def account_id(cls, person: int, name: str) -> str:
        """A DID."""
        return f"did:plc:sandbox{person:06}"

    def routes(self) -> list[BaseRoute]:
        """Below the server's root."""
        methods: dict[str, Callable[[Request], Awaitable[Response]]] = {
            "app.bsky.feed.getAuthorFeed": self._feed,
            "app.bsky.feed.searchPosts": self._search,
            "app.bsky.feed.getPosts": self._posts,
            "app.bsky.actor.getProfiles": self._profiles,
            "app.bsky.graph.getFollowers": partial(self._graph, "followers"),
            "app.bsky.graph.getFollows": partial(self._graph, "follows"),
            "app.bsky.graph.getRelationships": self._relationships,
        }
        session = Route("/xrpc/com.atproto.server.createSession", self._session, methods=["POST"])
        return [session, *(Route(f"/xrpc/{name}", answer) for name, answer in methods.items())]

    async def _session(self, request: Request) -> Response:
        return json_answer({"handle": "reader.sandbox.example", "did": "did:plc:reader", "accessJwt": "sandbox", "refreshJwt": "sandbox"})

    async def _feed(self, request: Request) -> Response:
        person = self._person(request.query_params.get("actor", ""))
        if person is None:
            return json_answer({"error": "InvalidRequest", "message": "Profile not found"}, 400)
        return json_answer(self._listed(request, self.posts_of(person)[::-1], "feed"))

    async def _search(self, request: Request) -> Response:
        words = request.query_params.get("q", "").strip('"').lower()
        since, until = request.query_params.get("since", ""), request.query_params.get("until", "~")
        wanted = re.compile(rf"(?<!\w){re.escape(words)}(?!\w)")
        found = [post for post in self.posts()[::-1] if since <= iso(post.at) < until and wanted.search(self.text(post).lower())]
        return json_answer(self._listed(request, found, "posts") | {"hitsTotal": len(found)})

    async def _posts(self, request: Request) -> Response:
        asked = [self.by_id.get(uri) for uri in request.query_params.getlist("uris")]
        return json_answer({"posts": [self._view(post) for post in asked if post and post.is_visible(self.now)]})

    async def _profiles(self, request: Request) -> Response:
        asked = [self._person(actor) for actor in request.query_params.getlist("actors")]
        return json_answer({"profiles": [self._profile(person) for person in asked if person]})

    async def _graph(self, side: str, request: Request) -> Response:
        person = self._person(request.query_params.get("actor", ""))
        if person is None:
            return json_answer({"error": "InvalidRequest", "message": "Profile not found"}, 400)
        numbers = self.members.followers.get(person.id, ()) if side == "followers" else self._followed(person)
        limit, first = min(whole(request, "limit", 50) or 50, 100), whole(request, "cursor", 0) or 0
        people = sorted((self.world.people[number] for number in numbers), key=lambda other: (-_since(other, person), other.id))
        shown = [self._basic(other) | {"createdAt": iso(other.joined_at)} for other in people[first : first + limit]]
        rest = {"cursor": str(first + limit)} if len(people) > first + limit else {}
        return json_answer({side: shown, "subject": self._basic(person), **rest})

    async def _relationships(self, request: Request) -> Response:
        person = self._person(request.query_params.get("actor", ""))
        others = [self._person(other) for other in request.query_params.getlist("others")]
        related = [self._related(person, other) for other in others if person and other]
        return json_answer({"actor": request.query_params.get("actor", ""), "relationships": related})

    def _related(self, person: Person, other: Person) -> dict[str, Any]:
        key, followers = _record_key(_since(person, other)), self.members.followers
        following = {"following": f"at://{self.account_id(person.id, '')}/{FOLLOW}/{key}"}
        followed_by = {"followedBy": f"at://{self.account_id(other.id, '')}/{FOLLOW}/{key}"}
        told = (following if person.id in followers.get(other.id, ()) else {}) | (
            followed_by if other.id in followers.get(person.id, ()) else {}
        )
        return {"$type": "app.bsky.graph.defs#relationship", "did": self.account_id(other.id, ""), **told}

    def _followed(self, person: Person) -> list[int]:
        return [number for number, who in self.members.followers.items() if person.id in who]

    def _person(self, actor: str) -> Person | None:
        number = self.members.person(actor.removesuffix(".bsky.social"))
        return self.people.get(actor) or (self.world.people[number] if number is not None else None)

    def _listed(self, request: Request, posts: list[Post], key: str) -> dict[str, Any]:
        limit, first = min(whole(request, "limit", 50) or 50, 100), whole(request, "cursor", 0) or 0
        shown = [self._view(post) for post in posts[first : first + limit]]
        rest = {"cursor": str(first + limit)} if len(posts) > first + limit else {}
        return {key: [{"post": view} for view in shown] if key == "feed" else shown, **rest}

    def _view(self, post: Post) -> dict[str, Any]:
        record: dict[str, Any] = {"$type": COLLECTION, "text": self.text(post), "createdAt": iso(post.at), "langs": ["en"]}
        if post.parent:
            opener = self.opener(post)
            record["reply"] = {
                name: {"uri": self.post_id(one), "cid": "sandbox"} for name, one in (("root", opener), ("parent", post.parent))
            }
        return {
            "uri": self.post_id(post),
            "cid": f"sandbox{post.edited_at(self.now) or post.at}",
            "author": self._basic(self.world.author(post)),
            "record": record,
            "replyCount": len([reply for reply in post.replies if reply.is_visible(self.now)]),
            "repostCount": 0,
            "likeCount": len(self.likes(post)),
            "quoteCount": 0,
            "indexedAt": iso(post.at),
        }

    def _basic(self, person: Person) -> dict[str, Any]:
        return {"did": self.account_id(person.id, ""), "handle": self._handle(person), "displayName": person.name}

    def _profile(self, person: Person) -> dict[str, Any]:
        return self._basic(person) | {
            "description": "",
            "followersCount": self.follower_count(person),
            "followsCount": len(self._followed(person)),
            "postsCount": len(self.posts_of(person)),
            "createdAt": iso(person.joined_at),
        }

    def _handle(self, person: Person) -> str:
        """Who has a blog alone uses its domain."""
        home = next((home for home in self.world.blogs.values() if home.authors == (person.id,)), None)
        return f"{home.slug}.example" if home else f"{self.name(person)}.bsky.social".replace("_", "-")


def _since(one: Person, other: Person) -> int:
    """Since when either follows the other: as long as both are there."""
    return max(one.joined_at, other.joined_at)


def _record_key(at: int) -> str:
    """A record's key, which holds the time when it was made (a TID)."""
    number = at * 1_000_000 << 10
    return "".join("234567abcdefghijklmnopqrstuvwxyz"[number >> shift & 31] for shift in range(60, -1, -5))
