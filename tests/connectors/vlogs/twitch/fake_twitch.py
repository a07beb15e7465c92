"""Helix as far as the connector asks it: users, categories, videos, clips, followers and the app's tokens."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs

import httpx


def refusal(status: int, message: str) -> httpx.Response:
    return httpx.Response(status, json={"error": "Refused", "status": status, "message": message})


class FakeTwitch:
    """A few channels. `page_size` and `most_clips` are the API's caps, `broken` answers a path in its own way."""

    def __init__(self) -> None:
        self.users: dict[str, dict[str, Any]] = {}
        self.games = {"88": "Food & Drink"}
        self.videos: dict[str, dict[str, Any]] = {}
        self.clips: dict[str, dict[str, Any]] = {}
        self.followers: dict[str, int] = {}
        self.broken: dict[str, httpx.Response] = {}
        self.revoked: set[str] = set()
        self.issued = 0
        self.page_size = 100
        self.most_clips = 10_000
        self.asked: list[httpx.URL] = []

    def user(self, number: str, login: str, **more: Any) -> None:
        self.followers[number] = int(number) * 10
        self.users[number] = {
            "id": number, "login": login, "display_name": login.title(), "type": "", "broadcaster_type": "affiliate",
            "description": f"About {login}", "view_count": 0, "created_at": "2019-03-04T05:06:07Z", **more,
        }  # fmt: skip

    def video(self, number: str, user: str, at: str, **more: Any) -> None:
        self.videos[number] = {
            "id": number, "stream_id": None, "user_id": user, "user_login": self.users[user]["login"], "title": f"Video {number}",
            "description": "", "created_at": at, "published_at": at, "url": f"https://www.twitch.tv/videos/{number}",
            "viewable": "public", "view_count": 7, "language": "en", "type": "upload", "duration": "1h2m3s", "game_id": "88", **more,
        }  # fmt: skip

    def clip(self, slug: str, creator: str, broadcaster: str, at: str, **more: Any) -> None:
        self.clips[slug] = {
            "id": slug, "url": f"https://clips.twitch.tv/{slug}", "broadcaster_id": broadcaster, "creator_id": creator, "video_id": "",
            "game_id": "88", "language": "en", "title": f"Clip {slug}", "view_count": 3, "created_at": at, "duration": 29.6, **more,
        }  # fmt: skip

    def paths(self, path: str) -> list[httpx.QueryParams]:
        """The parameters of every request for a path."""
        return [url.params for url in self.asked if url.path == f"/helix{path}"]

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.host == "id.twitch.tv":
            return self._token(request)
        self.asked.append(request.url)
        if request.headers["authorization"].removeprefix("Bearer ") in self.revoked or request.headers["client-id"] != "app":
            return refusal(401, "Invalid OAuth token")
        path = request.url.path.removeprefix("/helix")
        if path in self.broken:
            return self.broken[path]
        answer: httpx.Response = getattr(self, f"_{path.strip('/').replace('/', '_')}")(request.url.params)
        answer.headers["ratelimit-limit"] = "800"
        return answer

    def _token(self, request: httpx.Request) -> httpx.Response:
        form = {key: values[0] for key, values in parse_qs(request.content.decode()).items()}
        if form != {"grant_type": "client_credentials", "client_id": "app", "client_secret": "hush-hush"}:
            return httpx.Response(403, json={"status": 403, "message": "invalid client secret"})
        self.issued += 1
        return httpx.Response(200, json={"access_token": f"token-{self.issued}", "expires_in": 5_000_000, "token_type": "bearer"})

    def _users(self, query: httpx.QueryParams) -> httpx.Response:
        ids, logins = query.get_list("id"), query.get_list("login")
        assert len(ids) + len(logins) <= 100
        return self._rows([user for user in self.users.values() if user["id"] in ids or user["login"] in logins])

    def _games(self, query: httpx.QueryParams) -> httpx.Response:
        return self._rows([{"id": number, "name": name} for number, name in self.games.items() if name in query.get_list("name")])

    def _search_channels(self, query: httpx.QueryParams) -> httpx.Response:
        found = [user for user in self.users.values() if query["query"].lower()[:4] in user["login"]]
        rows = [
            {"id": user["id"], "broadcaster_login": user["login"], "display_name": user["display_name"], "title": "Live"} for user in found
        ]
        return self._rows(rows)

    def _videos(self, query: httpx.QueryParams) -> httpx.Response:
        if ids := query.get_list("id"):
            assert len(ids) <= 100
            found = [self.videos[one] for one in ids if one in self.videos]
            return self._rows(found) if found else refusal(404, "id not found")
        assert (query["type"], query["sort"]) == ("all", "time")
        owned = [one for one in self.videos.values() if query.get("user_id") == one["user_id"] or query.get("game_id") == one["game_id"]]
        return self._paged(sorted(owned, key=lambda one: str(one["published_at"]), reverse=True), query)

    def _clips(self, query: httpx.QueryParams) -> httpx.Response:
        if ids := query.get_list("id"):
            return self._rows([self.clips[one] for one in ids if one in self.clips])
        owned = [
            one
            for one in self.clips.values()
            if (query.get("broadcaster_id") == one["broadcaster_id"] or query.get("game_id") == one["game_id"])
            and query["started_at"] <= str(one["created_at"]) < query["ended_at"]
        ]
        return self._paged(sorted(owned, key=lambda one: -int(one["view_count"]))[: self.most_clips], query)

    def _channels_followers(self, query: httpx.QueryParams) -> httpx.Response:
        return httpx.Response(200, json={"total": self.followers[query["broadcaster_id"]], "data": [], "pagination": {}})

    def _paged(self, rows: list[dict[str, Any]], query: httpx.QueryParams) -> httpx.Response:
        first = int(query.get("after", "0"))
        last = first + min(int(query["first"]), self.page_size)
        return self._rows(rows[first:last], {"cursor": str(last)} if last < len(rows) else {})

    @staticmethod
    def _rows(rows: list[dict[str, Any]], pagination: dict[str, str] | None = None) -> httpx.Response:
        return httpx.Response(200, json={"data": rows, "pagination": pagination or {}})
