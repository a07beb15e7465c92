"""X's API v2: recent search, timelines, posts and accounts."""

from __future__ import annotations

import re
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from connectors.sandbox.names import expand, iso
from connectors.sandbox.people import DAY, Person
from connectors.sandbox.posts import Post
from connectors.sandbox.sandbox import json_answer, whole
from connectors.sandbox.venue_view import VenueView

PROBLEM = "https://api.twitter.com/2/problems/resource-not-found"
REACH = 7 * DAY


class View(VenueView):
    """Answers hold posts, and below `includes` their authors and what they answer."""

    def routes(self) -> list[BaseRoute]:
        """Below the API's root."""
        return [
            Route("/2/usage/tweets", self._usage),
            Route("/2/users/by", self._users),
            Route("/2/users/{user}/tweets", self._timeline),
            Route("/2/tweets/search/recent", self._search),
            Route("/2/tweets", self._tweets),
        ]

    async def _usage(self, request: Request) -> Response:
        return json_answer({"data": {"project_usage": "0", "project_cap": "3000000"}})

    async def _users(self, request: Request) -> Response:
        found, errors = [], []
        for name in request.query_params.get("usernames", "").split(","):
            number = self.members.person(name)
            if number is None:
                detail = f"Could not find user with usernames: [{name}]."
                errors.append({"value": name, "detail": detail, "title": "Not Found Error", "parameter": "usernames", "type": PROBLEM})
            else:
                found.append(self._user(self.world.people[number]))
        return json_answer(({"data": found} if found else {}) | ({"errors": errors} if errors else {}))

    async def _timeline(self, request: Request) -> Response:
        person = self.people.get(request.path_params["user"])
        return json_answer(self._listed(request, self._between(request, self.posts_of(person) if person else []), "pagination_token"))

    async def _search(self, request: Request) -> Response:
        words = re.escape(request.query_params.get("query", "").strip('"').lower())
        wanted = re.compile(rf"(?<!\w){words}(?!\w)")
        recent = [post for post in self.posts() if post.at >= self.now - REACH]
        found = [post for post in self._between(request, recent) if wanted.search(self._words(post).lower())]
        return json_answer(self._listed(request, found, "next_token"))

    async def _tweets(self, request: Request) -> Response:
        ids = request.query_params.get("ids", "").split(",")
        found = {post_id: post for post_id in ids if (post := self.by_id.get(post_id)) and post.is_visible(self.now)}
        errors = [
            {"value": gone, "resource_id": gone, "parameter": "ids", "resource_type": "tweet", "title": "Not Found Error", "type": PROBLEM}
            for gone in ids
            if gone not in found
        ]
        return json_answer(self._answer(list(found.values())) | ({"errors": errors} if errors else {}))

    def _between(self, request: Request, posts: list[Post]) -> list[Post]:
        """Newest first."""
        start, end = request.query_params.get("start_time", ""), request.query_params.get("end_time", "~")
        return [post for post in posts[::-1] if start <= iso(post.at) < end]

    def _listed(self, request: Request, posts: list[Post], following: str) -> dict[str, Any]:
        first = int(request.query_params.get(following, "p0").removeprefix("p"))
        last = first + min(whole(request, "max_results", 10) or 10, 100)
        meta: dict[str, Any] = {"result_count": len(posts[first:last])} | ({"next_token": f"p{last}"} if len(posts) > last else {})
        return self._answer(posts[first:last]) | {"meta": meta}

    def _answer(self, posts: list[Post]) -> dict[str, Any]:
        if not posts:
            return {}
        answered = [post.parent for post in posts if post.parent and post.parent.is_visible(self.now) and post.parent not in posts]
        authors = dict.fromkeys(post.author for post in (*posts, *answered))
        return {
            "data": [self._tweet(post) for post in posts],
            "includes": {
                "users": [self._user(self.world.people[number]) for number in authors],
                "tweets": [self._tweet(post) for post in dict.fromkeys(answered)],
            },
        }

    def _words(self, post: Post) -> str:
        """As first written: an edit would be a post of another id."""
        return expand(self.world, post.text, lambda person: f"@{self.name(person)}")

    def _tweet(self, post: Post) -> dict[str, Any]:
        tweet: dict[str, Any] = {
            "id": self.post_id(post),
            "text": self._words(post),
            "author_id": self.author_id(post),
            "created_at": iso(post.at).replace("Z", ".000Z"),
            "conversation_id": self.post_id(self.opener(post)),
            "edit_history_tweet_ids": [self.post_id(post)],
            "lang": "en",
            "public_metrics": {
                "retweet_count": 0,
                "reply_count": len([reply for reply in post.replies if reply.is_visible(self.now)]),
                "like_count": len(self.likes(post)),
                "quote_count": 0,
                "bookmark_count": 0,
                "impression_count": self.views(post),
            },
        }
        if post.parent:
            tweet["referenced_tweets"] = [{"type": "replied_to", "id": self.post_id(post.parent)}]
            tweet["in_reply_to_user_id"] = self.author_id(post.parent)
        return tweet

    def _user(self, person: Person) -> dict[str, Any]:
        return {
            "id": self.account_id(person.id, ""),
            "name": person.name,
            "username": self.name(person),
            "created_at": iso(person.joined_at).replace("Z", ".000Z"),
            "description": "",
            "protected": False,
            "verified": False,
            "public_metrics": {
                "followers_count": self.follower_count(person),
                "following_count": sum(person.id in who for who in self.members.followers.values()),
                "tweet_count": len(self.posts_of(person)),
                "listed_count": 0,
            },
        }
