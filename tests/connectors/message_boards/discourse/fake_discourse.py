"""A Discourse forum in memory."""

from __future__ import annotations

import re
from typing import Any

import httpx

BASE = "https://forum.test"
MISSING = {"errors": ["The requested URL or resource could not be found."], "error_type": "not_found"}
PRIVATE = {"errors": ["You are not permitted to view the requested resource."], "error_type": "invalid_access"}


class FakeDiscourse:
    """Posts by id, topics by id; users are made as they post. `asked` are the paths, `page_size` that of the newest posts."""

    def __init__(self) -> None:
        self.posts: dict[int, dict[str, Any]] = {}
        self.topics: dict[int, dict[str, Any]] = {}
        self.users: dict[str, dict[str, Any]] = {}
        self.private: set[int] = set()
        self.asked: list[httpx.Request] = []
        self.search_error: str | None = None
        self.are_profiles_closed = False
        self.page_size = 50

    def topic(self, category: int = 5, title: str = "Which kettle?") -> int:
        number = len(self.topics) + 1
        self.topics[number] = {"id": number, "title": title, "slug": "which-kettle", "category_id": category, "views": 10 * number}
        return number

    def user(self, name: str) -> dict[str, Any]:
        return self.users.setdefault(
            name, {"id": len(self.users) + 1, "username": name, "name": name.title(), "profile_view_count": 7, "bio_cooked": "<p>hi</p>"}
        )

    def post(self, author: str, topic: int, created: str, cooked: Any = "<p>words</p>", **more: Any) -> int:
        number: int = more.pop("id", max(self.posts, default=100) + 1)
        numbers = [post["post_number"] for post in self.posts.values() if post["topic_id"] == topic]
        self.posts[number] = {
            "id": number,
            "topic_id": topic,
            "post_number": max(numbers, default=0) + 1,
            "post_type": 1,
            "user_id": self.user(author)["id"],
            "username": author,
            "name": author.title(),
            "avatar_template": "/a.png",
            "cooked": cooked,
            "created_at": f"{created}:00.000Z",
            "updated_at": f"{created}:00.000Z",
            "version": 1,
            "reply_to_post_number": None,
            "actions_summary": [],
            "hidden": False,
            "user_deleted": False,
            "deleted_at": None,
        } | more
        return number

    def paths(self, prefix: str) -> list[str]:
        return [request.url.path for request in self.asked if request.url.path.startswith(prefix)]

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        path, query = request.url.path, request.url.params
        found: Any = None
        if path == "/site.json":
            found = {
                "categories": [
                    {"id": 5, "slug": "gear", "name": "Gear"},
                    {"id": 6, "slug": "kettles", "name": "Kettles", "parent_category_id": 5},
                    {"id": 7, "slug": "talk", "name": "Talk"},
                ]
            }
        elif path == "/about.json":
            found = {"about": {"title": "The Forum", "stats": {"posts_count": len(self.posts)}}}
        elif path == "/posts.json":
            found = {"latest_posts": self._newest(int(query.get("before", 10**9)))}
        elif path == "/search.json":
            found = self._search(query["q"], int(query["page"]))
        elif path == "/user_actions.json":
            found = self._actions(query["username"], int(query["offset"]))
        elif path.startswith("/u/"):
            if self.are_profiles_closed:
                return httpx.Response(403, json=PRIVATE)
            user = next((user for name, user in self.users.items() if f"/u/{name.lower()}.json" == path), None)
            found = {"user": user} if user else None
        elif match := re.fullmatch(r"/t/(\d+)(/posts)?\.json", path):
            return self._topic(int(match[1]), request if match[2] else None)
        elif match := re.fullmatch(r"/posts/(\d+)\.json", path):
            found = self.posts.get(int(match[1]))
            if found and found["topic_id"] in self.private:
                return httpx.Response(403, json=PRIVATE)
        elif match := re.fullmatch(r"/posts/by_number/(\d+)/(\d+)\.json", path):
            found = next((post for post in self._of(int(match[1])) if post["post_number"] == int(match[2])), None)
            found = found and {**found, "raw": "words"}
        return httpx.Response(200, json=found) if found is not None else httpx.Response(404, json=MISSING)

    def _of(self, topic: int) -> list[dict[str, Any]]:
        return sorted((post for post in self.posts.values() if post["topic_id"] == topic), key=lambda post: post["post_number"])

    def _newest(self, before: int) -> list[dict[str, Any]]:
        posts = [
            {**post, "raw": "words", "category_id": self.topics[post["topic_id"]]["category_id"]}
            for number, post in sorted(self.posts.items(), reverse=True)
            if number <= before
        ]
        return posts[: self.page_size]

    def _search(self, words: str, page: int) -> dict[str, Any]:
        if self.search_error:
            return {"posts": [], "topics": [], "grouped_search_result": {"error": self.search_error}}
        term = words.split('"')[1].lower()
        newest = {post["topic_id"]: post for _, post in sorted(self.posts.items()) if term in str(post["cooked"]).lower()}
        hits = sorted(newest.values(), key=lambda post: -int(post["id"]))
        shown = [{key: post[key] for key in ("id", "topic_id", "created_at")} for post in hits[(page - 1) * 2 : page * 2]]
        return {"posts": shown, "grouped_search_result": {"more_full_page_results": True if len(hits) > page * 2 else None}}

    def _actions(self, name: str, offset: int) -> dict[str, Any]:
        own = [post for _, post in sorted(self.posts.items(), reverse=True) if str(post["username"]).lower() == name.lower()]
        acts = [{"post_id": post["id"], "topic_id": post["topic_id"], "created_at": post["created_at"]} for post in own]
        return {"user_actions": acts[offset : offset + 2]}

    def _topic(self, number: int, batch: httpx.Request | None) -> httpx.Response:
        if number in self.private:
            return httpx.Response(403, json=PRIVATE)
        if number not in self.topics:
            return httpx.Response(404, json=MISSING)
        posts = self._of(number)
        if batch is None:
            stream = {"posts": posts[:20], "stream": [post["id"] for post in posts]}
            return httpx.Response(200, json={**self.topics[number], "posts_count": len(posts), "post_stream": stream})
        wanted = {int(value) for key, value in batch.url.params.multi_items() if key == "post_ids[]"}
        assert 0 < len(wanted) <= 20
        return httpx.Response(200, json={"id": number, "post_stream": {"posts": [post for post in posts if post["id"] in wanted]}})
