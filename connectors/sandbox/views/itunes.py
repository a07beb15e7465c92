"""Apple's podcast directory: a search, and a podcast with its newest episodes."""

from __future__ import annotations

from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from connectors.sandbox.homes import Home
from connectors.sandbox.names import article_url, expand, iso
from connectors.sandbox.posts import Post, visible
from connectors.sandbox.sandbox import Sandbox, base_of, whole
from connectors.sandbox.views.feeds import posts_of

FIRST_PODCAST = 1_500_000_001
FIRST_EPISODE = 1_000_600_000_000
GENRES = {"coffee": "Food", "shoes": "Running", "headphones": "Gadgets"}


class ITunes:
    """Routes below /itunes: the world's podcasts, which their feeds tell of too."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.homes = {str(FIRST_PODCAST + number): home for number, home in enumerate(sandbox.world.podcasts.values())}
        self.posts = posts_of(sandbox, "podcast")

    def routes(self) -> list[BaseRoute]:
        """The paths that it answers."""
        return [Route("/search", self._search), Route("/lookup", self._lookup)]

    async def _search(self, request: Request) -> Response:
        term = request.query_params.get("term", "").lower()
        rows = []
        for number, home in self.homes.items():
            podcast = self._podcast(request, number, home)
            if request.query_params.get("entity") == "podcast":
                rows += [podcast] if term in podcast["collectionName"].lower() else []
            else:
                episodes = [self._episode(request, number, home, post) for post in self._episodes(home)]
                rows += [episode for episode in episodes if term in f"{episode['trackName']} {episode['description']}".lower()]
        return _answer(rows[: min(whole(request, "limit", 50) or 50, 100)])

    async def _lookup(self, request: Request) -> Response:
        rows = []
        for number in request.query_params.get("id", "").split(","):
            if home := self.homes.get(number):
                rows.append(self._podcast(request, number, home))
                if request.query_params.get("entity") == "podcastEpisode":
                    newest = self._episodes(home)[: (whole(request, "limit", 50) or 50)]
                    rows += [self._episode(request, number, home, post) for post in newest]
        return _answer(rows)

    def _episodes(self, home: Home) -> list[Post]:
        """Newest first."""
        return visible(self.posts[home.slug], self.sandbox.now)[::-1]

    def _podcast(self, request: Request, number: str, home: Home) -> dict[str, Any]:
        names = [self.sandbox.world.people[host].name for host in home.authors]
        return {
            "wrapperType": "track",
            "kind": "podcast",
            "collectionId": int(number),
            "trackId": int(number),
            "artistName": " and ".join(names),
            "collectionName": home.title,
            "trackName": home.title,
            "feedUrl": f"{base_of(request)}/podcasts/{home.slug}/feed.xml",
            "artworkUrl600": f"{home.site}/cover.png",
            "trackCount": len(self._episodes(home)),
            "country": "USA",
            "primaryGenreName": GENRES[home.category],
            "genres": [GENRES[home.category], "Podcasts"],
        }

    def _episode(self, request: Request, number: str, home: Home, post: Post) -> dict[str, Any]:
        words = expand(self.sandbox.world, post.text_at(self.sandbox.now), lambda person: person.name)
        return {
            "wrapperType": "podcastEpisode",
            "kind": "podcast-episode",
            "trackId": FIRST_EPISODE + post.id,
            "trackName": post.title,
            "trackViewUrl": article_url(post),
            "collectionId": int(number),
            "collectionName": home.title,
            "feedUrl": f"{base_of(request)}/podcasts/{home.slug}/feed.xml",
            "episodeGuid": post.native_id,
            "episodeUrl": f"{home.site}/audio/{post.id}.mp3",
            "releaseDate": iso(post.at),
            "description": words,
            "trackTimeMillis": (20 + post.id % 50) * 60_000,
            "country": "USA",
        }


def _answer(rows: list[dict[str, Any]]) -> Response:
    """As Apple writes it: after blank lines, and called a script."""
    body = b"\n\n\n" + orjson.dumps({"resultCount": len(rows), "results": rows})
    return Response(body, media_type="text/javascript")
