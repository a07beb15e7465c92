"""What Graph APIs answer: objects by id, lists by path, errors by path, in memory."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import httpx

TOKEN = "tok-3141"
MISSING = {"code": 100, "error_subcode": 33, "message": "Unsupported get request. Object with ID does not exist"}
FORBIDDEN = {"code": 10, "message": "(#10) This endpoint requires the 'pages_read_user_content' permission"}


def error(told: dict[str, Any], status: int = 400, headers: dict[str, str] | None = None) -> httpx.Response:
    return httpx.Response(status, json={"error": {"type": "OAuthException", "fbtrace_id": "x", **told}}, headers=headers)


def seconds(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


class FakeGraph:
    """`objects` by id, `lists` by path (newest first, `time_key` bounded by since and until), `answers` by path before all else."""

    def __init__(self, version: str = "/v26.0", time_key: str = "created_time") -> None:
        self.version = version
        self.time_key = time_key
        self.objects: dict[str, Any] = {}
        self.lists: dict[str, list[Any]] = {}
        self.answers: dict[str, httpx.Response | Callable[[httpx.Request], httpx.Response]] = {}
        self.size = 25
        self.asked: list[httpx.Request] = []

    def paths(self) -> list[str]:
        return [request.url.path.removeprefix(f"{self.version}/") for request in self.asked]

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        query = request.url.params
        assert query["access_token"] == TOKEN
        path = request.url.path.removeprefix(f"{self.version}/")
        if path in self.answers:
            answer = self.answers[path]
            return answer if isinstance(answer, httpx.Response) else answer(request)
        if path in self.lists:
            return self.listed(path, query)
        ids = query["ids"].split(",") if path == "" else [path]
        assert len(ids) <= 50
        if any(one not in self.objects for one in ids):
            return error(MISSING)
        return httpx.Response(200, json={one: self.objects[one] for one in ids} if path == "" else self.objects[path])

    def listed(self, path: str, query: httpx.QueryParams) -> httpx.Response:
        since, until = float(query.get("since", 0)), float(query.get("until", 1e12))
        items = [item for item in self.lists[path] if not (at := self.time(item)) or since <= at < until]
        first = int(query.get("after", "c0").removeprefix("c"))
        last = first + min(self.size, int(query.get("limit", 25)))
        paging: dict[str, Any] = {"cursors": {"before": f"c{first}", "after": f"c{last}"}}
        if last < len(items):
            paging["next"] = f"https://elsewhere.test{self.version}/{path}?access_token={TOKEN}&after=c{last}"
        return httpx.Response(200, json={"data": items[first:last], "paging": paging})

    def time(self, item: Any) -> float | None:
        try:
            return seconds(item[self.time_key])
        except (TypeError, KeyError, ValueError):
            return None
