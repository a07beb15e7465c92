"""Pinterest: the pins of the token's account, and the account."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from connectors.sandbox.names import iso
from connectors.sandbox.people import DAY
from connectors.sandbox.posts import Post
from connectors.sandbox.sandbox import json_answer, whole
from connectors.sandbox.venue_view import VenueView

ACCOUNT, BOARD = "800000000000000001", "800000000000000002"
NAME = "sandbox_pins"
MOST = 250


class View(VenueView):
    """All members pin by one account, whose token the reader has."""

    @classmethod
    def native_account_id(cls, person: int, name: str, base_url: str) -> str:
        """The token's account is all that is told."""
        return ACCOUNT

    def routes(self) -> list[BaseRoute]:
        """Below the API's root."""
        return [Route("/user_account", self._account), Route("/pins", self._pins), Route("/pins/{number}", self._single)]

    async def _account(self, request: Request) -> Response:
        followers = {follower for followers in self.members.followers.values() for follower in followers}
        recent = [post for post in self.openers() if post.at >= self.now - 30 * DAY]
        return json_answer(
            {
                "id": ACCOUNT,
                "username": NAME,
                "account_type": "BUSINESS",
                "business_name": "Sandbox Pins",
                "board_count": 1,
                "pin_count": len(self.openers()),
                "follower_count": len(followers),
                "following_count": 0,
                "monthly_views": sum(self.views(post) for post in recent),
            }
        )

    async def _pins(self, request: Request) -> Response:
        first = int(request.query_params.get("bookmark", "p0").removeprefix("p"))
        last = first + min(whole(request, "page_size", 25) or 25, MOST)
        pins = self.openers()[::-1]
        following = f"p{last}" if last < len(pins) else None
        return json_answer({"items": [self._pin(request, post) for post in pins[first:last]], "bookmark": following})

    async def _single(self, request: Request) -> Response:
        post = self.by_id.get(request.path_params["number"])
        if post is None or not post.is_visible(self.now):
            return json_answer({"code": 50, "message": "Pin not found."}, 404)
        return json_answer(self._pin(request, post))

    def _pin(self, request: Request, post: Post) -> dict[str, Any]:
        pin = {
            "id": post.native_id,
            "created_at": iso(post.at).removesuffix("Z"),
            "link": self.link(post),
            "title": post.title,
            "description": self.text(post),
            "alt_text": None,
            "board_id": BOARD,
            "board_section_id": None,
            "board_owner": {"username": NAME},
            "parent_pin_id": None,
            "is_owner": True,
            "is_standard": True,
            "media": {"media_type": "image"},
        }
        if request.query_params.get("pin_metrics") != "true":
            return pin
        saves = len(self.likes(post))
        told = {"impression": self.views(post), "save": saves, "reaction": self.votes(post) - saves, "comment": 0}
        return pin | {"pin_metrics": {"lifetime_metrics": told}}
