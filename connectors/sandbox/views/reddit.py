"""Reddit's OAuth API with one community."""

from __future__ import annotations

import html
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from connectors.sandbox.people import Person
from connectors.sandbox.posts import Post
from connectors.sandbox.sandbox import json_answer, whole
from connectors.sandbox.venue_view import VenueView

COMMUNITY = "kit"
COMMUNITY_ID = "t5_kit00"


class View(VenueView):
    """Openers are posts (t3), what answers them comments (t1)."""

    @classmethod
    def post_id(cls, post: Post) -> str:
        """A fullname."""
        return f"{'t1' if post.parent else 't3'}_{post.native_id}"

    @classmethod
    def account_id(cls, person: int, name: str) -> str:
        """A fullname."""
        return f"t2_{person}"

    def routes(self) -> list[BaseRoute]:
        """Below the API's root."""
        return [
            Route("/api/v1/access_token", self._token, methods=["POST"]),
            Route(f"/r/{COMMUNITY}/new", self._new),
            Route(f"/r/{COMMUNITY}/comments", self._comments),
            Route("/search", self._search),
            Route("/api/info", self._info),
            Route("/comments/{number}", self._tree),
            Route("/api/user_data_by_account_ids", self._users),
            Route("/user/{name}/about", self._about),
            Route("/user/{name}/overview", self._overview),
        ]

    async def _token(self, request: Request) -> Response:
        return json_answer({"access_token": "sandbox", "token_type": "bearer", "expires_in": 86400, "scope": "*"})

    async def _new(self, request: Request) -> Response:
        return self._listed(request, self.openers())

    async def _comments(self, request: Request) -> Response:
        return self._listed(request, [post for post in self.posts() if post.parent])

    async def _search(self, request: Request) -> Response:
        words = request.query_params.get("q", "").strip('"').lower()
        return self._listed(request, [post for post in self.openers() if words in f"{post.title} {self.text(post)}".lower()])

    async def _info(self, request: Request) -> Response:
        if "sr_name" in request.query_params:
            return json_answer(_listing([self._community()]))
        asked = request.query_params.get("id", "").split(",")
        things = [self._thing(post) for name in asked if (post := self.by_id.get(name)) and post.at <= self.now]
        return json_answer(_listing(things + ([self._community()] if COMMUNITY_ID in asked else [])))

    async def _tree(self, request: Request) -> Response:
        post = self.by_id.get(f"t3_{request.path_params['number']}")
        if post is None:
            return json_answer({"message": "Not Found", "error": 404}, 404)
        return json_answer([_listing([self._thing(post)]), _listing([self._thing(answer) for answer in self.thread(post)])])

    async def _users(self, request: Request) -> Response:
        asked = {user: self.people.get(user) for user in request.query_params.get("ids", "").split(",")}
        return json_answer({user: self._user(person) for user, person in asked.items() if person})

    async def _about(self, request: Request) -> Response:
        number = self.members.person(request.path_params["name"])
        if number is None:
            return json_answer({"message": "Not Found", "error": 404}, 404)
        person = self.world.people[number]
        return json_answer({"kind": "t2", "data": {"id": str(number), **self._user(person)}})

    async def _overview(self, request: Request) -> Response:
        number = self.members.person(request.path_params["name"])
        return self._listed(request, self.posts_of(self.world.people[number]) if number is not None else [])

    def _listed(self, request: Request, posts: list[Post]) -> Response:
        """Newest first, after the one that is named."""
        newest, after = posts[::-1], request.query_params.get("after")
        first = next((place + 1 for place, post in enumerate(newest) if self.post_id(post) == after), 0)
        shown = newest[first : first + min(whole(request, "limit", 25) or 25, 100)]
        has_more = len(newest) > first + len(shown)
        return json_answer(_listing([self._thing(post) for post in shown], self.post_id(shown[-1]) if has_more else None))

    def _thing(self, post: Post) -> dict[str, Any]:
        is_gone = not post.is_visible(self.now)
        words = "[deleted]" if is_gone else self.text(post)
        edited = post.edited_at(self.now)
        told: dict[str, Any] = {
            "id": post.native_id,
            "name": self.post_id(post),
            "author": "[deleted]" if is_gone else self.name(self.world.author(post)),
            "subreddit": COMMUNITY,
            "subreddit_id": COMMUNITY_ID,
            "permalink": f"/r/{COMMUNITY}/comments/{self.opener(post).native_id}/{post.native_id}/",
            "created_utc": float(post.at),
            "edited": float(edited) if edited else False,
            "score": 1 + self.votes(post),
            **({} if is_gone else {"author_fullname": self.author_id(post)}),
        }
        if post.parent:
            told |= {"body": words, "body_html": f"<p>{html.escape(words)}</p>", "link_id": self.post_id(self.opener(post))}
            return {"kind": "t1", "data": told | {"parent_id": self.post_id(post.parent), "replies": ""}}
        told |= {"title": post.title, "selftext": words, "selftext_html": f"<p>{html.escape(words)}</p>", "is_self": True}
        told |= {"url": f"https://www.reddit.com{told['permalink']}", "num_comments": len(self.thread(post)), "num_crossposts": 0}
        return {"kind": "t3", "data": told | {"upvote_ratio": 1.0, "removed_by_category": "deleted" if is_gone else None}}

    def _user(self, person: Person) -> dict[str, Any]:
        own = self.posts_of(person)
        return {
            "name": self.name(person),
            "created_utc": float(person.joined_at),
            "link_karma": sum(self.votes(post) for post in own if post.parent is None),
            "comment_karma": sum(self.votes(post) for post in own if post.parent),
        }

    def _community(self) -> dict[str, Any]:
        return {
            "kind": "t5",
            "data": {
                "name": COMMUNITY_ID,
                "display_name": COMMUNITY,
                "title": "Kit",
                "public_description": "What we use.",
                "subscribers": len(self.members.accounts),
                "created_utc": float(self.world.start),
            },
        }


def _listing(children: list[dict[str, Any]], after: str | None = None) -> dict[str, Any]:
    return {"kind": "Listing", "data": {"after": after, "before": None, "children": children}}
