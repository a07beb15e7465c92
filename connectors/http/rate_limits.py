"""How fast a host may be asked: its token bucket, and what its answers say about waiting."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import httpx

from connectors.http.errors import RateLimited

LONGEST_WAIT = 900.0
"""Seconds: the longest window of a quota that a night waits for. Longer ones end in RateLimited."""

_DIALECTS = ("x-ratelimit", "x-rate-limit", "ratelimit")
_EPOCH = 1e9
"""A larger reset is a time, a smaller one is seconds from now."""


def asked_wait(status: int, headers: httpx.Headers, now: datetime | None = None) -> float:
    """Seconds that an answer asks to wait before the next request: the strictest of all it says, 0 if it says nothing.

    Times are read against the answer's own Date, so that a wrong clock on either side does no harm. `now` is for answers without.
    """
    now = _http_date(headers.get("date", "")) or now or datetime.now(UTC)
    waits = [_seconds(headers.get("retry-after", ""), now)]
    for dialect in _DIALECTS:
        remaining = _number(headers.get(f"{dialect}-remaining", ""))
        if status == 429 or (remaining is not None and remaining < 1):
            waits.append(_seconds(headers.get(f"{dialect}-reset", ""), now))
    return max(0.0, *waits)


def clock_ahead(headers: httpx.Headers) -> float | None:
    """Seconds by which the server's clock is ahead of this machine's; None where it tells no time, or a cache repeats an old answer."""
    moment = None if "age" in headers else _http_date(headers.get("date", ""))
    return (moment - datetime.now(UTC)).total_seconds() if moment else None


def _seconds(value: str, now: datetime) -> float:
    number = _number(value)
    if number is not None:
        return number - now.timestamp() if number > _EPOCH else number
    moment = _http_date(value) or _iso_time(value)
    return (moment - now).total_seconds() if moment else 0.0


def _number(value: str) -> float | None:
    try:
        number = float(value)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _http_date(value: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _iso_time(value: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


class Pace:
    """One host's token bucket (a second's worth may be spent at once), and the wait that the host itself asked for."""

    def __init__(self, per_second: float, wait: Callable[[float], Awaitable[None]], clock: Callable[[], float] = time.monotonic) -> None:
        self._interval = 1 / per_second
        self._burst = max(0.0, 1 - self._interval)
        self._wait = wait
        self._clock = clock
        self._due = -math.inf
        self._held_until = -math.inf
        self._line = asyncio.Lock()

    def hold(self, seconds: float) -> None:
        """No request before so many seconds from now."""
        self._held_until = max(self._held_until, self._clock() + seconds)

    async def turn(self, where: str) -> None:
        """Waits until a request may be sent.

        Raises:
            RateLimited: the host asked for more than LONGEST_WAIT seconds.
        """
        async with self._line:
            now = self._clock()
            held = self._held_until - now
            if held > LONGEST_WAIT:
                raise RateLimited(f"{where} is not to be asked before {_clock_time(held)}: run again after that.")
            pause = max(self._due - self._burst - now, held, 0.0)
            self._due = max(self._due, now + pause) + self._interval
            if pause:
                await self._wait(pause)


def _clock_time(seconds: float) -> str:
    try:
        moment = datetime.now(UTC) + timedelta(seconds=seconds)
    except OverflowError:
        return "the year 10000"
    return f"{moment:%Y-%m-%d %H:%M:%S} UTC"
