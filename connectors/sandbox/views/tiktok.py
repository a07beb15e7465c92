"""TikTok's Research API: searches for videos, a video's comments, a profile."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from connectors.sandbox.people import Person
from connectors.sandbox.posts import Post
from connectors.sandbox.sandbox import json_answer
from connectors.sandbox.venue_view import VenueView
from connectors.sandbox.world import World

SEARCH = "7201000000000000001"
MOST_COMMENTS = 1000


class View(VenueView):
    """Openers are videos, whose text is spoken, what answers them comments."""

    @classmethod
    def account_id(cls, person: int, name: str) -> str:
        """A user name is all that the API tells."""
        return name.lower()

    @classmethod
    def native_post_id(cls, world: World, post: Post, base_url: str) -> str:
        """Comments are marked."""
        return f"{'comment:' if post.parent else ''}{post.native_id}"

    def routes(self) -> list[BaseRoute]:
        """Below the API's root."""
        paths = {
            "/oauth/token/": self._token,
            "/research/video/query/": self._search,
            "/research/video/comment/list/": self._comments,
            "/research/user/info/": self._user,
        }
        return [Route(f"/v2{path}", answer, methods=["POST"]) for path, answer in paths.items()]

    async def _token(self, request: Request) -> Response:
        return json_answer({"access_token": "sandbox", "expires_in": 7200, "token_type": "Bearer"})

    async def _search(self, request: Request) -> Response:
        asked = await request.json()
        days, query = (asked["start_date"], asked["end_date"]), asked["query"]
        found = [post for post in self.openers()[::-1] if days[0] <= f"{datetime.fromtimestamp(post.at, UTC):%Y%m%d}" <= days[1]]
        if "and" in query:
            found = [post for post in found if all(self._holds(post, condition) for condition in query["and"])]
        if "or" in query:
            found = [post for post in found if any(self._holds(post, condition) for condition in query["or"])]
        return _page("videos", [self._video_of(post) for post in found], asked, search_id=SEARCH)

    async def _comments(self, request: Request) -> Response:
        asked = await request.json()
        video = self.by_id.get(str(asked["video_id"]))
        shown = self.thread(video)[:MOST_COMMENTS] if video and video.is_visible(self.now) else []
        return _page("comments", [self._comment_of(post) for post in shown], asked)

    async def _user(self, request: Request) -> Response:
        person = self.people.get((await request.json())["username"].lower())
        if person is None:
            return json_answer({"data": {}, "error": {"code": "invalid_params", "message": "User cannot be found", "log_id": ""}}, 400)
        return _answer(self._user_of(person))

    def _holds(self, post: Post, condition: dict[str, Any]) -> bool:
        wanted = [value.lower() for value in condition["field_values"]]
        match condition["field_name"]:
            case "keyword":
                return any(word in self._description(post).lower() for word in wanted)
            case "hashtag_name":
                return any(brand in wanted for brand in post.brands)
            case "username":
                return self.author_id(post) in wanted
            case _:
                return self.post_id(post) in wanted

    def _description(self, post: Post) -> str:
        return " ".join(filter(None, [post.title, self.link(post), *(f"#{brand}" for brand in post.brands)]))

    def _video_of(self, post: Post) -> dict[str, Any]:
        return {
            "id": int(self.post_id(post)),
            "create_time": post.at,
            "username": self.name(self.world.author(post)),
            "region_code": "US",
            "video_description": self._description(post),
            "voice_to_text": self.text(post),
            "hashtag_names": list(post.brands),
            "video_mention_list": [],
            "is_stem_verified": False,
            "video_duration": 15 + post.id % 120,
            "view_count": self.views(post),
            "like_count": self.votes(post),
            "comment_count": len(self.thread(post)),
            "share_count": len(post.quotes),
            "favorites_count": len(self.likes(post)) // 4,
        }

    def _comment_of(self, post: Post) -> dict[str, Any]:
        replies = [reply for reply in post.replies if reply.is_visible(self.now)]
        return {
            "id": int(self.post_id(post)),
            "video_id": int(self.post_id(self.opener(post))),
            "parent_comment_id": int(self.post_id(post.parent or post)),
            "text": self.text(post),
            "like_count": self.votes(post),
            "reply_count": len(replies),
            "create_time": post.at,
        }

    def _user_of(self, person: Person) -> dict[str, Any]:
        home = next((home for home in self.world.blogs.values() if home.authors == (person.id,)), None)
        own = [post for post in self.posts_of(person) if post.parent is None]
        return {
            "display_name": person.name,
            "bio_description": "",
            "bio_url": home.site if home else "",
            "avatar_url": "",
            "is_verified": False,
            "follower_count": self.follower_count(person),
            "likes_count": sum(self.votes(post) for post in own),
            "video_count": len(own),
        }


def _page(key: str, rows: list[dict[str, Any]], asked: dict[str, Any], **more: Any) -> Response:
    first = asked.get("cursor", 0)
    following = first + asked.get("max_count", 20)
    return _answer({key: rows[first:following], "cursor": following, "has_more": following < len(rows), **more})


def _answer(data: dict[str, Any]) -> Response:
    return json_answer({"data": data, "error": {"code": "ok", "message": "", "log_id": ""}})
