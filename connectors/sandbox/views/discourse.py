"""Discourse: one forum with one category."""

from __future__ import annotations

import html
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
from connectors.sandbox.world import World

LATEST, SHOWN, FOUND = 50, 20, 50
CATEGORY = {"id": 4, "name": "Kit", "slug": "kit"}
_MISSING = {"errors": ["The requested URL or resource could not be found."], "error_type": "not_found"}


class View(VenueView):
    """An opener is the first post of the topic of its number; answers are numbered after it. Accounts have the person's number + 1."""

    @classmethod
    def account_id(cls, person: int, name: str) -> str:
        """Numbers begin at 1."""
        return str(person + 1)

    @classmethod
    def native_post_id(cls, world: World, post: Post, base_url: str) -> str:
        """A number that holds on one forum."""
        return f"{urlsplit(base_url).netloc}:{post.native_id}"

    @classmethod
    def native_account_id(cls, person: int, name: str, base_url: str) -> str:
        """A number that holds on one forum."""
        return f"{urlsplit(base_url).netloc}:u/{person + 1}"

    def routes(self) -> list[BaseRoute]:
        """Below the forum's root."""
        return [
            Route("/site.json", self._site),
            Route("/about.json", self._about),
            Route("/posts.json", self._latest),
            Route("/search.json", self._search),
            Route("/user_actions.json", self._actions),
            Route("/t/{number}.json", self._topic),
            Route("/t/{number}/posts.json", self._batch),
            Route("/posts/by_number/{number}/{place:int}.json", self._by_number),
            Route("/posts/{number}.json", self._single),
            Route("/u/{name}.json", self._user),
        ]

    async def _site(self, request: Request) -> Response:
        return json_answer({"categories": [CATEGORY | {"topic_count": len(self.openers())}]})

    async def _about(self, request: Request) -> Response:
        return json_answer({"about": {"title": "Kit talk", "stats": {"posts_count": len(self.posts())}}})

    async def _latest(self, request: Request) -> Response:
        before = whole(request, "before")
        posts = [post for post in self._by_age() if before is None or int(post.native_id) <= before]
        topics = {"category_id": CATEGORY["id"]}
        shown = [self._post(post) | topics | {"topic_title": self.opener(post).title, "raw": self.text(post)} for post in posts[:LATEST]]
        return json_answer({"latest_posts": shown})

    async def _search(self, request: Request) -> Response:
        query = request.query_params.get("q", "")
        words = (query.split('"')[1] if query.count('"') > 1 else query.split(" after:")[0]).lower()
        newest: dict[str, Post] = {}
        for post in self._by_age():
            if words in f"{post.title} {self.text(post)}".lower():
                newest.setdefault(self.opener(post).native_id, post)
        hits, first = list(newest.values()), ((whole(request, "page", 1) or 1) - 1) * FOUND
        posts = [
            {
                "id": int(post.native_id),
                "topic_id": int(self.opener(post).native_id),
                "created_at": iso(post.at),
                "blurb": self.text(post)[:300],
            }
            for post in hits[first : first + FOUND]
        ]
        return json_answer(
            {"posts": posts, "grouped_search_result": {"more_full_page_results": True if len(hits) > first + FOUND else None}}
        )

    async def _actions(self, request: Request) -> Response:
        name, first = request.query_params.get("username", ""), whole(request, "offset", 0) or 0
        own = [post for post in self._by_age() if self.name(self.world.author(post)).lower() == name.lower()]
        acts = [
            {
                "action_type": 5 if post.parent else 4,
                "created_at": iso(post.at),
                "topic_id": int(self.opener(post).native_id),
                "post_id": int(post.native_id) if post.parent else None,
                "post_number": self._place(post),
            }
            for post in own[first : first + 30]
        ]
        return json_answer({"user_actions": acts})

    async def _topic(self, request: Request) -> Response:
        opener = self._asked(request)
        if opener is None:
            return json_answer(_MISSING, 404)
        posts = [opener, *self.thread(opener)]
        return json_answer(
            {
                "id": int(opener.native_id),
                "title": opener.title,
                "slug": f"topic-{opener.native_id}",
                "category_id": CATEGORY["id"],
                "tags": list(opener.brands),
                "archetype": "regular",
                "featured_link": self.link(opener) or None,
                "created_at": iso(opener.at),
                "views": self.views(opener),
                "like_count": sum(self.votes(post) for post in posts),
                "posts_count": len(posts),
                "reply_count": sum(1 for post in posts if post.parent and post.parent is not opener),
                "participant_count": len({post.author for post in posts}),
                "post_stream": {"posts": [self._post(post) for post in posts[:SHOWN]], "stream": [int(post.native_id) for post in posts]},
            }
        )

    async def _batch(self, request: Request) -> Response:
        opener = self._asked(request)
        if opener is None:
            return json_answer(_MISSING, 404)
        wanted = set(request.query_params.getlist("post_ids[]")[:SHOWN])
        posts = [self._post(post) for post in [opener, *self.thread(opener)] if post.native_id in wanted]
        return json_answer({"id": int(opener.native_id), "post_stream": {"posts": posts}})

    async def _single(self, request: Request) -> Response:
        post = self.by_id.get(request.path_params["number"])
        is_there = post is not None and post.is_visible(self.now)
        return json_answer(self._post(post)) if post and is_there else json_answer(_MISSING, 404)

    async def _by_number(self, request: Request) -> Response:
        opener = self._asked(request)
        posts = [opener, *self.thread(opener)] if opener else []
        found = next((post for post in posts if self._place(post) == request.path_params["place"]), None)
        return json_answer(self._post(found)) if found else json_answer(_MISSING, 404)

    async def _user(self, request: Request) -> Response:
        name = request.path_params["name"].lower()
        person = next((person for person in self.people.values() if self.name(person).lower() == name), None)
        if person is None:
            return json_answer(_MISSING, 404)
        site = self._homepage(person)
        return json_answer(
            {
                "user": {
                    "id": person.id + 1,
                    "username": self.name(person),
                    "name": person.name,
                    "created_at": iso(person.joined_at),
                    "trust_level": 2,
                    "admin": False,
                    "moderator": False,
                    "badge_count": 1,
                    "profile_view_count": 3 * self.follower_count(person),
                    **({"website": site} if site else {}),
                }
            }
        )

    def _by_age(self) -> list[Post]:
        """The newest first, as their numbers say."""
        return self.sandbox.once(
            (self.platform, "latest"), lambda: sorted(self.posts(), key=lambda post: int(post.native_id), reverse=True)
        )

    def _asked(self, request: Request) -> Post | None:
        """The opener of a topic; one that is deleted leaves the topic to those who answered."""
        post = self.by_id.get(request.path_params["number"])
        if post is None or post.parent or post.at > self.now:
            return None
        return post if post.is_visible(self.now) or self.thread(post) else None

    def _place(self, post: Post) -> int:
        """Its number in the topic; those of deleted answers are not given again."""
        return self._places()[post.native_id]

    def _places(self) -> dict[str, int]:
        def count() -> dict[str, int]:
            places, sizes = dict[str, int](), dict[str, int]()
            for post in sorted((post for post in self.all if post.at <= self.now), key=lambda post: (post.at, post.id)):
                topic = self.opener(post).native_id
                sizes[topic] = places[post.native_id] = sizes.get(topic, 0) + 1
            return places

        return self.sandbox.once((self.platform, "places"), count)

    def _homepage(self, person: Person) -> str | None:
        home = next((home for home in self.world.blogs.values() if home.authors == (person.id,)), None)
        return home.site if home else None

    def _post(self, post: Post) -> dict[str, Any]:
        author, edited, votes = self.world.author(post), post.edited_at(self.now), self.votes(post)
        is_deleted = not post.is_visible(self.now)
        words = "(topic deleted by author)" if is_deleted else self.text(post)
        answers_opener = post.parent is None or post.parent.parent is None
        opener = self.opener(post)
        return {
            "id": int(post.native_id),
            "user_id": author.id + 1,
            "username": self.name(author),
            "name": author.name,
            "avatar_template": "",
            "created_at": iso(post.at),
            "updated_at": iso(edited or post.at),
            "version": 2 if edited else 1,
            "cooked": "".join(f"<p>{html.escape(part)}</p>" for part in words.split("\n\n")),
            "post_number": self._place(post),
            "post_type": 1,
            "topic_id": int(opener.native_id),
            "topic_slug": f"topic-{opener.native_id}",
            "reply_count": sum(1 for reply in post.replies if reply.is_visible(self.now)),
            "reply_to_post_number": None if answers_opener or post.parent is None else self._place(post.parent),
            "quote_count": 0,
            "incoming_link_count": 0,
            "reads": self.views(post),
            "actions_summary": [{"id": 2, "count": votes}] if votes else [],
            "hidden": False,
            "user_deleted": is_deleted,
            "deleted_at": None,
        }
