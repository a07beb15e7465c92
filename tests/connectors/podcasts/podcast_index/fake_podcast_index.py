"""A Podcast Index in memory: searches, lists and lookups, behind signatures that age."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from hashlib import sha1
from typing import Any

import httpx

START = datetime(2027, 3, 1, 4, tzinfo=UTC)


def epoch(moment: str) -> int:
    return int(datetime.fromisoformat(moment).replace(tzinfo=UTC).timestamp())


class FakeIndex:
    """The index, by a clock of its own: a signature is good for three minutes, and each answer takes `seconds`."""

    def __init__(self) -> None:
        self.feeds: dict[int, dict[str, Any]] = {}
        self.episodes: dict[int, dict[str, Any]] = {}
        self.named: dict[str, list[int]] = {}
        self.broken: dict[str, httpx.Response] = {}
        self.asked: list[httpx.Request] = []
        self.now = START
        self.seconds = 1
        self.most = 1_000
        self.is_dated = True

    def podcast(self, title: str, **more: Any) -> int:
        feed_id = 9_000 + len(self.feeds)
        url = f"https://pods.example/{feed_id}.xml"
        self.feeds[feed_id] = {"id": feed_id, "title": title, "url": url, "dead": 0, "categories": {"9": "Sports", "10": "Running"}, **more}
        return feed_id

    def add(self, feed_id: int, at: str, title: str = "Lap", *, named: str | None = None, **more: Any) -> str:
        episode_id = 70_000 + len(self.episodes)
        self.episodes[episode_id] = {"id": episode_id, "title": title, "feedId": feed_id, "datePublished": epoch(at), **more}
        if named:
            self.named.setdefault(named, []).append(episode_id)
        return str(episode_id)

    def paths(self, part: str) -> list[str]:
        return [request.url.path.removeprefix("/api/1.0") for request in self.asked if part in request.url.path]

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        self.now += timedelta(seconds=self.seconds)
        path = request.url.path.removeprefix("/api/1.0")
        answer = self.broken.get(path) or (self.answer(path, request.url.params) if self.is_signed(request) else self.refusal())
        if self.is_dated:
            answer.headers["date"] = format_datetime(self.now, usegmt=True)
        return answer

    def is_signed(self, request: httpx.Request) -> bool:
        time = request.headers.get("x-auth-date", "0")
        signature = sha1(f"KEY1S3CRET{time}".encode()).hexdigest()
        return request.headers.get("authorization") == signature and abs(int(time) - self.now.timestamp()) <= 180

    @staticmethod
    def refusal() -> httpx.Response:
        return httpx.Response(401, text="Authorization header value either invalid or not set")

    def answer(self, path: str, query: httpx.QueryParams) -> httpx.Response:
        feeds, episodes = self.feeds.values(), self.episodes.values()
        content: dict[str, Any] = {}
        if path == "/stats/current":
            content = {"stats": {"feedCountTotal": len(self.feeds)}}
        elif path == "/search/byperson":
            content = {"items": [self.episodes[number] for number in self.named.get(query["q"], [])]}
        elif path == "/search/byterm":
            content = {"feeds": [feed for feed in feeds if query["q"].lower() in feed["title"].lower()]}
        elif path == "/podcasts/byfeedurl":
            content = {"feed": next((feed for feed in feeds if feed["url"] == query["url"]), [])}
        elif path == "/podcasts/byfeedid":
            content = {"feed": self.feeds.get(int(query["id"]), []), "query": {"id": query["id"]}}
        elif path == "/episodes/byfeedid":
            ids = {int(feed_id) for feed_id in query["id"].split(",")}
            found = [episode for episode in episodes if episode["feedId"] in ids and episode["datePublished"] > int(query["since"]) - 1]
            content = {"items": sorted(found, key=lambda one: -one["datePublished"])[: min(self.most, int(query["max"]))]}
        elif path == "/episodes/byid":
            content = {"episode": self.episodes.get(int(query["id"]), [])}
        return httpx.Response(200, json={"status": "true", **content})


def feed_url(feed_id: int) -> str:
    return f"https://pods.example/{feed_id}.xml"
