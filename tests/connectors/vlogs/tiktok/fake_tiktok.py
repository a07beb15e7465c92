"""TikTok's Research API in memory: numbered tokens, searches that page by search_id, comments, profiles."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs

import httpx

FIRST_ID = 7_100_000_000_000_000_001
"""Ids are more than a double holds."""


def refusal(status: int, code: str, message: str = "") -> httpx.Response:
    return httpx.Response(status, json={"error": {"code": code, "message": message, "log_id": "2026"}})


class FakeTikTok:
    """`refused` answers instead, by path or by a value that is searched for; searches that find more than `longest_search` expire."""

    def __init__(self) -> None:
        self.videos: dict[str, dict[str, Any]] = {}
        self.comments: dict[str, list[Any]] = {}
        self.users: dict[str, dict[str, Any]] = {}
        self.refused: dict[str, httpx.Response] = {}
        self.asked: list[tuple[str, Mapping[str, Any]]] = []
        self.tokens = 0
        self.page_size = 100
        self.longest_search = 10**6
        self.quota = 10**6

    def add(self, username: str, at: str, description: str = "", **more: Any) -> str:
        video_id = str(FIRST_ID + len(self.videos))
        created = int(datetime.fromisoformat(at).replace(tzinfo=UTC).timestamp())
        self.videos[video_id] = {
            "id": int(video_id), "create_time": created, "username": username, "video_description": description, "region_code": "CH",
            "hashtag_names": [word[1:] for word in description.split() if word.startswith("#")],
            "view_count": 100, "like_count": 10, "comment_count": 0, "share_count": 1, "favorites_count": 2, **more,
        }  # fmt: skip
        profile = {"display_name": username.title(), "bio_description": "", "is_verified": False, "follower_count": 5, "video_count": 1}
        self.users.setdefault(username, profile)
        return video_id

    def comment(self, video_id: str, at: str, text: str, **more: Any) -> str:
        thread = self.comments.setdefault(video_id, [])
        number = FIRST_ID + 10**9 + sum(map(len, self.comments.values()))
        created = int(datetime.fromisoformat(at).replace(tzinfo=UTC).timestamp())
        told = {"parent_comment_id": int(video_id), "like_count": 0, "reply_count": 0, **more}
        thread.append({"id": number, "video_id": int(video_id), "create_time": created, "text": text, **told})
        self.videos[video_id]["comment_count"] += 1
        return f"comment:{number}"

    def searches(self) -> list[Mapping[str, Any]]:
        return [body for path, body in self.asked if path == "video/query/"]

    def paths(self) -> list[str]:
        return [path for path, _ in self.asked]

    def __call__(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        if path == "/v2/oauth/token/":
            form = {name: value for name, (value,) in parse_qs(request.content.decode()).items()}
            if form != {"client_key": "a-key", "client_secret": "a-secret", "grant_type": "client_credentials"}:
                return httpx.Response(200, json={"error": "invalid_client", "error_description": "Client key or secret is incorrect."})
            self.tokens += 1
            return httpx.Response(200, json={"access_token": f"clt.{self.tokens}", "expires_in": 7200, "token_type": "Bearer"})
        path, body = path.removeprefix("/v2/research/"), json.loads(request.content)
        self.asked.append((path, body))
        if request.headers["authorization"] != f"Bearer clt.{self.tokens}":
            return refusal(401, "access_token_invalid", "The access token is invalid or not found in the request.")
        if len(self.asked) > self.quota:
            return refusal(429, "daily_quota_limit_exceeded", "Daily quota limit exceeded.")
        if path in self.refused:
            return self.refused[path]
        if path == "video/query/":
            return self.search(body)
        assert request.method == "POST"
        if path == "video/comment/list/":
            assert isinstance(body["video_id"], int)
            return self.page("comments", self.comments.get(str(body["video_id"]), []), body)
        if body["username"] not in self.users:
            return refusal(400, "invalid_params", "User cannot be found")
        return httpx.Response(200, json={"data": self.users[body["username"]], "error": {"code": "ok", "message": ""}})

    def search(self, body: Mapping[str, Any]) -> httpx.Response:
        first, last = (datetime.strptime(body[key], "%Y%m%d").replace(tzinfo=UTC) for key in ("start_date", "end_date"))
        assert (last - first).days <= 30
        (conditions,) = body["query"].values()
        wanted = {condition["field_name"]: condition["field_values"] for condition in conditions}
        for values in wanted.values():
            for value in values:
                if value in self.refused:
                    return self.refused[value]
        found = [
            video
            for video in self.videos.values()
            if not isinstance(video.get("create_time"), int)
            or (f"{first:%Y%m%d}" <= f"{datetime.fromtimestamp(video['create_time'], UTC):%Y%m%d}" <= f"{last:%Y%m%d}")
            if str(video.get("id")) in wanted.get("video_id", ())
            or video.get("username") in wanted.get("username", ())
            or set(video.get("hashtag_names", ())) & set(wanted.get("hashtag_name", ()))
            or any(word in str(video.get("video_description")).lower() for word in wanted.get("keyword", ()))
        ]
        search_id = f"{first:%Y%m%d}-{last:%Y%m%d}"
        if body["cursor"] and (body["search_id"] != search_id or len(found) > self.longest_search):
            return refusal(400, "invalid_params", f"Search Id {search_id} is invalid or expired")
        return self.page("videos", found[::-1], body, search_id=search_id)

    def page(self, key: str, items: Sequence[Any], body: Mapping[str, Any], **more: Any) -> httpx.Response:
        following = body["cursor"] + min(self.page_size, body["max_count"])
        rows, has_more = items[body["cursor"] : following], following < len(items)
        data = {key: rows, "cursor": following, "has_more": has_more, **more}
        return httpx.Response(200, json={"data": data, "error": {"code": "ok", "message": "", "log_id": "2026"}})
