"""Instagram: an account to which all members publish, each as co-author; accounts by discovery; the brands' hashtags."""

from __future__ import annotations

import re
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from connectors.sandbox.catalog import BRANDS
from connectors.sandbox.people import DAY
from connectors.sandbox.posts import Post
from connectors.sandbox.sandbox import json_answer
from connectors.sandbox.venue_view import VIEWS_PER_READER
from connectors.sandbox.views.graph import GraphView, between, by_ids, failure, listed, missing, page_of, stamp

CLUB, CLUB_ID = "sandbox_club", "17841499999999999"
HASHTAGS = {brand: str(17843600000000001 + number) for number, brand in enumerate(BRANDS)}
TAGS = {number: brand for brand, number in HASHTAGS.items()}

_DISCOVERY = re.compile(r"business_discovery\.username\(([^)]+)\)\{.*?media(?:\.after\((c\d+)\))?\.limit\((\d+)\)")


class View(GraphView):
    """What the token of the account `sandbox_club` sees."""

    @classmethod
    def account_id(cls, person: int, name: str) -> str:
        """As long as Instagram's."""
        return f"17841400{person:09}"

    def routes(self) -> list[BaseRoute]:
        """Below the API's root."""
        return [
            Route("/", self._objects),
            Route("/ig_hashtag_search", self._hashtag),
            Route("/{account}", self._profile),
            Route("/{account}/media", self._club_media),
            Route("/{account}/tags", self._tags),
            Route("/{hashtag}/recent_media", self._recent),
            Route("/{hashtag}/top_media", self._top),
            Route("/{media}/insights", self._insights),
            Route("/{media}/comments", self._comments),
        ]

    async def _objects(self, request: Request) -> Response:
        return by_ids(request, lambda one: self._shown(post) if (post := self.seen(one)) else None)

    async def _profile(self, request: Request) -> Response:
        wanted = _DISCOVERY.search(request.query_params.get("fields", ""))
        if request.path_params["account"] != CLUB_ID:
            return missing(request.path_params["account"])
        if wanted:
            return self._discovered(wanted[1], wanted[2] or "c0", int(wanted[3]))
        members = len(self.members.accounts)
        told = {"id": CLUB_ID, "username": CLUB, "name": "Sandbox Club", "media_count": len(self.openers())}
        return json_answer(told | {"followers_count": members, "follows_count": members})

    def _discovered(self, name: str, after: str, size: int) -> Response:
        """Somebody's account and media, as others see them."""
        number = self.members.person(name)
        if number is None:
            return failure(110, f"Cannot find User with username: {name}", 2207013)
        person = self.world.people[number]
        media = [post for post in self.posts_of(person)[::-1] if post.parent is None]
        found = {
            "id": self.account_id(number, name),
            "username": name,
            "name": person.name,
            **self.homepage(person),
            "followers_count": self.follower_count(person),
            "follows_count": sum(number in followers for followers in self.members.followers.values()),
            "media_count": len(media),
            "media": page_of(media, after, size, self._medium),
        }
        return json_answer({"business_discovery": found, "id": CLUB_ID})

    async def _hashtag(self, request: Request) -> Response:
        number = HASHTAGS.get(request.query_params.get("q", "").lower())
        if number is None:
            return failure(24, "The requested resource does not exist", 2207024)
        return json_answer({"data": [{"id": number}]})

    async def _club_media(self, request: Request) -> Response:
        if request.path_params["account"] != CLUB_ID:
            return missing(request.path_params["account"])
        return listed(request, between(request, self.openers()), self._own)

    async def _tags(self, request: Request) -> Response:
        return listed(request, [], self._medium)

    async def _recent(self, request: Request) -> Response:
        return listed(request, [post for post in self._tagged(request)[::-1] if post.at > self.now - DAY], self._medium)

    async def _top(self, request: Request) -> Response:
        return listed(request, sorted(self._tagged(request), key=self.votes, reverse=True), self._medium)

    def _tagged(self, request: Request) -> list[Post]:
        return [post for post in self.openers() if TAGS.get(request.path_params["hashtag"]) in post.brands]

    async def _insights(self, request: Request) -> Response:
        post = self.seen(request.path_params["media"])
        if post is None or post.parent:
            return missing(request.path_params["media"])
        views = self.views(post)
        acts = self.votes(post) + len(self.thread(post))
        told = {"views": views, "reach": views // VIEWS_PER_READER, "total_interactions": acts}
        return json_answer({"data": [{"name": name, "period": "lifetime", "values": [{"value": value}]} for name, value in told.items()]})

    async def _comments(self, request: Request) -> Response:
        post = self.seen(request.path_params["media"])
        if post is None:
            return missing(request.path_params["media"])
        return listed(request, [comment for comment in self.thread(post)[::-1] if not self._above(comment)], self._comment)

    def _above(self, comment: Post) -> Post | None:
        """The comment below which a reply stands, of however many that answer each other; none where that is gone."""
        found, above = None, comment.parent
        while above is not None and above.parent is not None:
            found = above if above.is_visible(self.now) else found
            above = above.parent
        return found

    def _shown(self, post: Post) -> dict[str, Any]:
        return self._comment(post) if post.parent else self._own(post)

    def _medium(self, post: Post) -> dict[str, Any]:
        return {
            "id": post.native_id,
            "caption": self.text(post),
            "like_count": self.votes(post),
            "comments_count": len(self.thread(post)),
            "media_type": "IMAGE",
            "media_product_type": "FEED",
            "permalink": self.url(post),
            "timestamp": stamp(post.at),
        }

    def _own(self, post: Post) -> dict[str, Any]:
        author = self.world.author(post)
        return self._medium(post) | {"owner": {"id": self.author_id(post)}, "username": self.name(author), "shortcode": post.native_id}

    def _comment(self, post: Post) -> dict[str, Any]:
        above, name = self._above(post), self.name(self.world.author(post))
        told = {
            "id": post.native_id,
            "text": self.text(post),
            "timestamp": stamp(post.at),
            "like_count": self.votes(post),
            "username": name,
            "from": {"id": self.author_id(post), "username": name},
            "hidden": False,
            "media": {"id": self.opener(post).native_id},
        }
        if above:
            return told | {"parent_id": above.native_id}
        answers = [self._comment(answer) for answer in self.thread(post)]
        return told | ({"replies": {"data": answers}} if answers else {})
