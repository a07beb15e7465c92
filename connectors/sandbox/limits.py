"""The microblog's rate limit, in Mastodon's dialect."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from connectors.sandbox.sandbox import json_answer

WINDOW_SECONDS = 300


class RateLimit:
    """At most `limit` requests in each window of five minutes; more get 429."""

    def __init__(self, app: ASGIApp, limit: int, wall_clock: Callable[[], float]) -> None:
        self.app = app
        self.limit = limit
        self.wall_clock = wall_clock
        self.window = -1
        self.used = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Counts the request, answers or refuses it, and says how many are left."""
        window = int(self.wall_clock() // WINDOW_SECONDS)
        if window != self.window:
            self.window, self.used = window, 0
        self.used += 1
        reset = datetime.fromtimestamp((window + 1) * WINDOW_SECONDS, UTC)
        said = {
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": str(max(0, self.limit - self.used)),
            "X-RateLimit-Reset": reset.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        }

        async def send_with_limits(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(said)
            await send(message)

        if self.used > self.limit:
            await json_answer({"error": "Too many requests"}, 429)(scope, receive, send_with_limits)
        else:
            await self.app(scope, receive, send_with_limits)
