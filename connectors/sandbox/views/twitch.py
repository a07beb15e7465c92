"""Twitch's Helix API: a channel for each member, one category for all."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from connectors.sandbox.names import iso
from connectors.sandbox.people import Person
from connectors.sandbox.posts import Post
from connectors.sandbox.sandbox import json_answer, whole
from connectors.sandbox.venue_view import VenueView

CATEGORY = {"id": "509673", "name": "Kit", "box_art_url": "", "igdb_id": ""}
FIRST_USER = 26_000_000
MOST_VIDEOS, MOST_CLIPS = 500, 1000
"""So many of a category's videos, and of any clips, are listed."""


class View(VenueView):
    """Openers are uploaded videos; who answers one cuts a clip of it, and gives it what is said as its title."""

    @classmethod
    def post_id(cls, post: Post) -> str:
        """A number, or a clip's word."""
        return f"KitClip-{post.native_id}" if post.parent else post.native_id

    @classmethod
    def account_id(cls, person: int, name: str) -> str:
        """A number that is never 0."""
        return str(FIRST_USER + person)

    def routes(self) -> list[BaseRoute]:
        """Below the API's root; the tokens' too."""
        paths = {
            "/users": self._users,
            "/games": self._games,
            "/search/channels": self._search,
            "/channels/followers": self._followers,
            "/videos": self._videos,
            "/clips": self._clips,
        }
        return [Route("/oauth2/token", self._token, methods=["POST"]), *(Route(path, answer) for path, answer in paths.items())]

    async def _token(self, request: Request) -> Response:
        return json_answer({"access_token": "sandbox", "expires_in": 5_184_000, "token_type": "bearer"})

    async def _users(self, request: Request) -> Response:
        ids, logins = request.query_params.getlist("id"), request.query_params.getlist("login")
        named = [self.world.people[number] for login in logins if (number := self.members.person(login)) is not None]
        return _listed([self._user(person) for person in [*named, *(self.people[one] for one in ids if one in self.people)]])

    async def _games(self, request: Request) -> Response:
        return _listed([CATEGORY] if CATEGORY["name"] in request.query_params.getlist("name") else [])

    async def _search(self, request: Request) -> Response:
        words = request.query_params.get("query", "").lower()
        found = [person for person in self.people.values() if words in f"{self.name(person)} {person.name}".lower()]
        return _listed([self._channel(person) for person in found[: whole(request, "first", 20)]])

    async def _followers(self, request: Request) -> Response:
        person = self.people.get(request.query_params.get("broadcaster_id", ""))
        if person is None:
            return _refused(404, "user not found")
        return json_answer({"total": self.follower_count(person), "data": [], "pagination": {}})

    async def _videos(self, request: Request) -> Response:
        query, openers = request.query_params, self.openers()
        if ids := query.getlist("id"):
            found = [post for one in ids if (post := self.by_id.get(one)) and post.parent is None and post.is_visible(self.now)]
            return _listed([self._video(post) for post in found]) if found else _refused(404, "video not found")
        if "user_id" in query:
            openers = [post for post in openers if self.author_id(post) == query["user_id"]]
        elif query.get("game_id") == CATEGORY["id"]:
            openers = openers[-MOST_VIDEOS:]
        else:
            return _refused(400, "Must provide only one of the following query params: user ID, game ID,or one or more video IDs.")
        shown, pagination = self._cut(request, openers[::-1])
        return _listed([self._video(post) for post in shown], pagination)

    async def _clips(self, request: Request) -> Response:
        query, clips = request.query_params, [post for post in self.posts() if post.parent]
        if ids := query.getlist("id"):
            return _listed([self._clip(post) for post in clips if self.post_id(post) in ids])
        if "broadcaster_id" in query:
            clips = [post for post in clips if self.author_id(self.opener(post)) == query["broadcaster_id"]]
        elif query.get("game_id") != CATEGORY["id"]:
            return _refused(400, "Must provide only one of the following query params: broadcaster ID, game ID, or one or more clip IDs.")
        first, last = query.get("started_at", ""), query.get("ended_at", "~")
        clips = [post for post in clips if first <= iso(post.at) <= last]
        shown, pagination = self._cut(request, sorted(clips, key=lambda post: (-self.views(post), post.id))[:MOST_CLIPS])
        return _listed([self._clip(post) for post in shown], pagination)

    def _cut(self, request: Request, posts: list[Post]) -> tuple[list[Post], dict[str, str]]:
        """One page, and where the next begins."""
        first = whole(request, "after", 0) or 0
        last = first + min(whole(request, "first", 20) or 20, 100)
        return posts[first:last], {"cursor": str(last)} if last < len(posts) else {}

    def _video(self, post: Post) -> dict[str, Any]:
        author = self.world.author(post)
        return {
            "id": self.post_id(post),
            "stream_id": None,
            "user_id": self.author_id(post),
            "user_login": self.name(author),
            "user_name": author.name,
            "title": post.title,
            "description": self.text(post),
            "created_at": iso(post.at),
            "published_at": iso(post.at),
            "url": self.url(post),
            "thumbnail_url": "",
            "viewable": "public",
            "view_count": self.views(post),
            "language": post.language,
            "type": "upload",
            "duration": f"{2 + post.id % 40}m{post.id % 60}s",
            "muted_segments": None,
        }

    def _clip(self, post: Post) -> dict[str, Any]:
        creator, opener = self.world.author(post), self.opener(post)
        return {
            "id": self.post_id(post),
            "url": self.url(post),
            "embed_url": f"https://clips.twitch.tv/embed?clip={self.post_id(post)}",
            "broadcaster_id": self.author_id(opener),
            "broadcaster_name": self.world.author(opener).name,
            "creator_id": self.author_id(post),
            "creator_name": creator.name,
            "video_id": self.post_id(opener) if opener.is_visible(self.now) else "",
            "game_id": CATEGORY["id"],
            "language": post.language,
            "title": self.text(post),
            "view_count": self.views(post),
            "created_at": iso(post.at),
            "thumbnail_url": "",
            "duration": 10 + post.id % 50,
            "vod_offset": None,
            "is_featured": False,
        }

    def _user(self, person: Person) -> dict[str, Any]:
        home = next((home for home in self.world.blogs.values() if home.authors == (person.id,)), None)
        return {
            "id": self.account_id(person.id, self.name(person)),
            "login": self.name(person),
            "display_name": person.name,
            "type": "",
            "broadcaster_type": "affiliate",
            "description": home.site if home else "",
            "profile_image_url": "",
            "offline_image_url": "",
            "view_count": 0,
            "created_at": iso(person.joined_at),
        }

    def _channel(self, person: Person) -> dict[str, Any]:
        return {
            "id": self.account_id(person.id, self.name(person)),
            "broadcaster_language": "en",
            "broadcaster_login": self.name(person),
            "display_name": person.name,
            "game_id": CATEGORY["id"],
            "game_name": CATEGORY["name"],
            "is_live": False,
            "tags": [],
            "title": "",
            "started_at": "",
        }


def _listed(rows: list[dict[str, Any]], pagination: dict[str, str] | None = None) -> Response:
    return json_answer({"data": rows, "pagination": pagination or {}}, headers={"ratelimit-limit": "800"})


def _refused(status: int, message: str) -> Response:
    return json_answer({"error": "Not Found" if status == 404 else "Bad Request", "status": status, "message": message}, status)
