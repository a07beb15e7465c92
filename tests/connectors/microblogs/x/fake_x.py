"""X's API v2 in memory."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import httpx
from pydantic import SecretStr

from connectors.extraction import Extraction
from connectors.microblogs.x.source import SOURCE
from connectors.settings import Limits
from tests.conftest import WINDOW, make_extraction

BASE = "https://x.test"
TOKEN = "bearer-of-all"
PROBLEMS = "https://api.twitter.com/2/problems/"
TIME = "%Y-%m-%dT%H:%M:%S.000Z"


def problem(kind: str, post_id: str, parameter: str = "ids", detail: str = "Could not find it.", resource: str = "tweet") -> dict[str, Any]:
    return {"value": post_id, "detail": detail, "resource_type": resource, "parameter": parameter, "type": PROBLEMS + kind} | (
        {"resource_id": post_id} if resource == "tweet" else {}
    )


class FakeX:
    """Posts by id and users by name; `gone` are problems by post id, `broken` answers by path."""

    def __init__(self) -> None:
        self.posts: dict[str, dict[str, Any]] = {}
        self.users: dict[str, dict[str, Any]] = {}
        self.gone: dict[str, dict[str, Any]] = {}
        self.broken: dict[str, httpx.Response] = {}
        self.ceiling = 100
        self.now = WINDOW.end + timedelta(hours=3)
        self.read = 0
        self.asked: list[httpx.Request] = []

    def user(self, name: str) -> dict[str, Any]:
        number = str(1_000 + len(self.users))
        counts = {"followers_count": 5, "following_count": 6, "tweet_count": 7, "listed_count": 8}
        return self.users.setdefault(name, {"id": number, "username": name, "name": name.title(), "public_metrics": counts})

    def add(self, by: str, at: str, text: str = "", *, refers: tuple[str, str] | None = None, **more: Any) -> str:
        post_id = str(9_007_199_254_740_993 + len(self.posts))
        metrics = {"retweet_count": 0, "reply_count": 0, "like_count": 1, "quote_count": 0}
        post = {"id": post_id, "text": text, "author_id": self.user(by)["id"], "created_at": f"{at}:00.000Z", "public_metrics": metrics}
        if refers:
            post["referenced_tweets"] = [{"type": refers[0], "id": refers[1]}]
        self.posts[post_id] = post | {"edit_history_tweet_ids": [post_id]} | more
        return post_id

    def paths(self) -> list[str]:
        return [request.url.path.removeprefix("/2/") for request in self.asked]

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        path, params = request.url.path.removeprefix("/2/"), request.url.params
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            return httpx.Response(401, json={"title": "Unauthorized", "type": "about:blank", "status": 401, "detail": "Unauthorized"})
        if path in self.broken:
            return self.broken[path]
        if path == "usage/tweets":
            return httpx.Response(200, json={"data": {"project_cap": "2000", "project_usage": "17"}})
        if path == "users/by":
            return self.people(params["usernames"].split(","))
        assert params["expansions"] == "author_id,referenced_tweets.id,referenced_tweets.id.author_id"
        if path == "tweets":
            ids = params["ids"].split(",")
            assert len(ids) <= 100
            errors = [self.gone.get(post_id) or problem("resource-not-found", post_id) for post_id in ids if post_id not in self.posts]
            return self.answer([self.posts[post_id] for post_id in ids if post_id in self.posts], errors=errors)
        if path == "tweets/search/recent":
            reach = (self.now - timedelta(days=7)).strftime(TIME)
            start = params.get("start_time", reach)
            if start < reach:
                return invalid(f"Invalid 'start_time':'{start}'. 'start_time' must be on or after {reach}")
            assert 10 <= int(params["max_results"]) <= 100
            words = params["query"].strip('"').lower()
            return self.part([post for post in self.posts.values() if words in post["text"].lower()], start, params, "next_token")
        assert 5 <= int(params["max_results"]) <= 100
        author = path.split("/")[1]
        own = [post for post in self.posts.values() if post["author_id"] == author]
        return self.part(own, params["start_time"], params, "pagination_token")

    def people(self, names: list[str]) -> httpx.Response:
        known = {name.lower(): user for name, user in self.users.items()}
        found = [known[name.lower()] for name in names if name.lower() in known]
        lost = [problem("resource-not-found", name, "usernames", f"Could not find user with usernames: [{name}].", "user") for name in names
                if name.lower() not in known]  # fmt: skip
        return httpx.Response(200, json={**({"data": found} if found else {}), **({"errors": lost} if lost else {})})

    def part(self, posts: list[dict[str, Any]], start: str, params: httpx.QueryParams, token: str) -> httpx.Response:
        posts = [post for post in posts if start.rstrip("Z") <= post["created_at"] < params["end_time"].rstrip("Z")]
        posts.sort(key=lambda post: str(post["created_at"]), reverse=True)
        first = int(params.get(token, "b0")[1:])
        last = first + min(self.ceiling, int(params["max_results"]))
        shown = posts[first:last]
        return self.answer(shown, meta={"result_count": len(shown), **({"next_token": f"b{last}"} if last < len(posts) else {})})

    def answer(self, posts: list[dict[str, Any]], **more: Any) -> httpx.Response:
        references = [one["id"] for post in posts for one in post.get("referenced_tweets", ())]
        included = [self.posts[post_id] for post_id in dict.fromkeys(references) if post_id in self.posts]
        authors = {post["author_id"] for post in (*posts, *included)}
        self.read += len(posts) + len(included)
        users = [user for user in self.users.values() if user["id"] in authors]
        includes = {"users": users, **({"tweets": included} if included else {})}
        return httpx.Response(200, json={**({"data": posts, "includes": includes} if posts else {}), **more})


def invalid(message: str) -> httpx.Response:
    body = {"errors": [{"parameters": {}, "message": message}], "title": "Invalid Request", "detail": "One or more parameters are invalid."}
    return httpx.Response(400, json=body | {"type": f"{PROBLEMS}invalid-request"})


def make_job(x: Callable[[httpx.Request], httpx.Response], *, token: str = TOKEN, **settings: Any) -> Extraction:
    """A night against `x`."""
    limits = settings.pop("limits", Limits(requests_per_second=1000, attempts=2))
    settings |= {"secrets": {"token": "X_TOKEN"}, "secret_values": {"token": SecretStr(token)} if token else {}}
    return make_extraction(SOURCE, x, base_url=BASE, limits=limits, **settings)
