"""Serves a world over HTTP, each platform below its own path, as of a clock that the client moves."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from time import time

import orjson
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route

from connectors.sandbox.directory import directory
from connectors.sandbox.limits import RateLimit
from connectors.sandbox.names import iso
from connectors.sandbox.registry import served_platforms, view_class
from connectors.sandbox.sandbox import Sandbox, base_of, json_answer
from connectors.sandbox.views.blogs import Blogs
from connectors.sandbox.views.hacker_news import HackerNews
from connectors.sandbox.views.itunes import ITunes
from connectors.sandbox.views.mastodon import Mastodon
from connectors.sandbox.views.mediawiki import MediaWiki
from connectors.sandbox.views.pageviews import PageViews
from connectors.sandbox.views.podcasts import Podcasts
from connectors.sandbox.world import World

GENEROUS = 1_000_000


def create_app(
    world: World,
    now: datetime | None = None,
    *,
    limit: int = GENEROUS,
    wall_clock: Callable[[], float] = time,
    keep: Callable[[int], None] | None = None,
    address: str = "http://127.0.0.1:8765",
) -> Starlette:
    """The sandbox's web server. Its clock starts at the world's end unless `now` says otherwise.

    `limit` is how many requests the microblog allows in five minutes of the wall clock; `keep` is called with the clock's
    time (epoch seconds) now and whenever it moves, to keep files such as the shop's exports up to it; `address` is where profiles say
    that feeds are.
    """
    sandbox = Sandbox(world, int(now.timestamp()) if now else world.end, address)
    if keep:
        keep(sandbox.now)
    return Starlette(
        routes=[
            Route("/clock", _Clock(sandbox, keep).answer, methods=["GET", "PUT"]),
            Route("/directory", _directory),
            Mount("/mastodon", routes=Mastodon(sandbox).routes(), middleware=[Middleware(RateLimit, limit=limit, wall_clock=wall_clock)]),
            Mount("/wiki", routes=MediaWiki(sandbox).routes()),
            Mount("/pageviews", routes=PageViews(sandbox).routes()),
            Mount("/hacker_news", routes=HackerNews(sandbox).routes()),
            Mount("/blogs", routes=Blogs(sandbox).routes()),
            Mount("/podcasts", routes=Podcasts(sandbox).routes()),
            Mount("/itunes", routes=ITunes(sandbox).routes()),
            *(Mount(f"/{platform}", routes=view_class(platform)(sandbox, platform).routes()) for platform in served_platforms()),
        ]
    )


async def _directory(request: Request) -> Response:
    return json_answer(directory(base_of(request)))


class _Clock:
    """GET tells the sandbox's time, PUT sets it."""

    def __init__(self, sandbox: Sandbox, keep: Callable[[int], None] | None) -> None:
        self.sandbox = sandbox
        self.keep = keep

    async def answer(self, request: Request) -> Response:
        if request.method == "PUT":
            try:
                now = datetime.fromisoformat(orjson.loads(await request.body())["now"])
            except (KeyError, TypeError, ValueError):
                return json_answer({"error": 'send {"now": "2026-10-01T00:00:00Z"}'}, 400)
            self.sandbox.move(int(now.replace(tzinfo=now.tzinfo or UTC).timestamp()))
            if self.keep:
                self.keep(self.sandbox.now)
        return json_answer({"now": iso(self.sandbox.now)})
