"""Podcast Index: searches for episodes and podcasts, a podcast, and the episodes of several; requests are signed with the time."""

from __future__ import annotations

import html
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any
from uuid import uuid5

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from connectors.sandbox.homes import PODCAST_GUIDS
from connectors.sandbox.people import Person
from connectors.sandbox.posts import Post
from connectors.sandbox.sandbox import json_answer, whole
from connectors.sandbox.venue_view import VenueView

FIRST_PODCAST = 700_001
SIZE, MOST = 60, 1000
SIGNATURE_AGE = 180
CRAWL = 600

Answering = Callable[[Request], Awaitable[Response]]


class View(VenueView):
    """Every member has a podcast, in which they speak alone."""

    @classmethod
    def account_id(cls, person: int, name: str) -> str:
        """Podcasts are numbered from a number above 0."""
        return str(FIRST_PODCAST + person)

    def routes(self) -> list[BaseRoute]:
        """Below the API's root."""
        answers: dict[str, Answering] = {
            "/stats/current": self._stats,
            "/search/byperson": self._by_person,
            "/search/byterm": self._by_term,
            "/podcasts/byfeedid": self._podcast_by_id,
            "/podcasts/byfeedurl": self._podcast_by_url,
            "/episodes/byfeedid": self._episodes,
            "/episodes/byid": self._episode_by_id,
        }
        return [Route(path, self._signed(answer)) for path, answer in answers.items()]

    def _signed(self, answer: Answering) -> Answering:
        """The same for signed requests alone; all answers tell the time, by which the next is to be signed."""

        async def dated(request: Request) -> Response:
            time, headers = request.headers.get("x-auth-date", ""), request.headers
            is_recent = time.isascii() and time.isdigit() and abs(int(time) - self.now) <= SIGNATURE_AGE
            if is_recent and "x-auth-key" in headers and "authorization" in headers:
                found = await answer(request)
            else:
                found = PlainTextResponse("Authorization header value either invalid or not set", 401)
            found.headers["date"] = format_datetime(datetime.fromtimestamp(self.now, UTC), usegmt=True)
            return found

        return dated

    async def _stats(self, request: Request) -> Response:
        counts = {"feedCountTotal": len(self.people), "episodeCountTotal": len(self.openers())}
        return _answer("Found matching feeds.", stats=counts)

    async def _by_person(self, request: Request) -> Response:
        term = request.query_params.get("q", "").lower()
        return self._items(request, [post for post in self.openers() if term in f"{post.title} {self.text(post)}".lower()])

    async def _by_term(self, request: Request) -> Response:
        term, feeds = request.query_params.get("q", "").lower(), []
        for person in self.people.values():
            feed = self._feed(person)
            if term in f"{feed['title']} {feed['author']}".lower():
                feeds.append(feed | {"newestItemPubdate": max((post.at for post in self.posts_of(person)), default=0)})
        feeds = feeds[: _most(request)]
        return _answer("Found matching feeds.", feeds=feeds, count=len(feeds))

    async def _podcast_by_id(self, request: Request) -> Response:
        number = request.query_params.get("id", "")
        person = self.people.get(number)
        return _answer("Found matching feed." if person else "No feeds match this id.", feed=self._feed(person) if person else [])

    async def _podcast_by_url(self, request: Request) -> Response:
        url = request.query_params.get("url")
        person = next((person for person in self.people.values() if self._feed_url(person) == url), None)
        return _answer("Found matching feed." if person else "No feeds match this url.", feed=self._feed(person) if person else [])

    async def _episodes(self, request: Request) -> Response:
        feeds, since = request.query_params.get("id", "").split(","), whole(request, "since", 0) or 0
        return self._items(request, [post for post in self.openers() if self.author_id(post) in feeds and post.at >= since])

    async def _episode_by_id(self, request: Request) -> Response:
        post = self.by_id.get(request.query_params.get("id", ""))
        if post is None or not post.is_visible(self.now):
            return _answer("Episode not found.", episode=[])
        return _answer("Found matching item.", episode=self._episode(post))

    def _items(self, request: Request, posts: list[Post]) -> Response:
        """Newest first."""
        items = [self._episode(post) for post in posts[::-1][: _most(request)]]
        return _answer("Found matching items.", items=items, count=len(items))

    def _feed_url(self, person: Person) -> str:
        return f"https://podcast-index.example/feeds/{self.account_id(person.id, '')}.xml"

    def _feed(self, person: Person) -> dict[str, Any]:
        episodes = self.posts_of(person)
        url, site = self._feed_url(person), [home.site for home in self.world.blogs.values() if home.authors == (person.id,)]
        return {
            "id": int(self.account_id(person.id, "")),
            "podcastGuid": self._guid(person),
            "title": self.name(person),
            "url": url,
            "originalUrl": url,
            "link": site[0] if site else "",
            "description": "",
            "author": person.name,
            "ownerName": person.name,
            "lastUpdateTime": max((post.edited_at(self.now) or post.at for post in episodes), default=person.joined_at),
            "lastHttpStatus": 200,
            "itunesId": None,
            "language": "en",
            "medium": "podcast",
            "type": 0,
            "dead": 0,
            "episodeCount": len(episodes),
            "crawlErrors": 0,
            "parseErrors": 0,
            "categories": {},
            "locked": 0,
            "explicit": False,
        }

    def _episode(self, post: Post) -> dict[str, Any]:
        host = self.world.author(post)
        return {
            "id": int(post.native_id),
            "title": post.title,
            "link": self.url(post),
            "description": "".join(f"<p>{html.escape(part)}</p>" for part in self.text(post).split("\n\n")),
            "guid": self.url(post),
            "datePublished": post.at,
            "dateCrawled": min((post.edited_at(self.now) or post.at) + CRAWL, self.now),
            "enclosureUrl": f"{self.url(post)}.mp3",
            "enclosureType": "audio/mpeg",
            "enclosureLength": 0,
            "duration": 0,
            "explicit": 0,
            "episode": None,
            "episodeType": "full",
            "season": 0,
            "feedItunesId": None,
            "feedId": int(self.author_id(post)),
            "feedUrl": self._feed_url(host),
            "feedTitle": self.name(host),
            "feedLanguage": "en",
            "podcastGuid": self._guid(host),
            "persons": [{"id": host.id + 1, "name": host.name, "role": "host", "group": "cast", "href": "", "img": ""}],
        }

    def _guid(self, person: Person) -> str:
        return str(uuid5(PODCAST_GUIDS, self._feed_url(person).removeprefix("https://")))


def _most(request: Request) -> int:
    return min(whole(request, "max", SIZE) or SIZE, MOST)


def _answer(description: str, **content: Any) -> Response:
    return json_answer({"status": "true", **content, "description": description})
