from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx
import pytest

from connectors.http.errors import RateLimited
from connectors.http.rate_limits import LONGEST_WAIT, Pace, asked_wait, clock_ahead

NOW = datetime(2026, 9, 2, 12, 0, tzinfo=UTC)
EPOCH = int(NOW.timestamp())
DATE = "Wed, 02 Sep 2026 12:00:00 GMT"


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "30"}, 30),
        ({"retry-after": "1.5"}, 1.5),
        ({"retry-after": "Wed, 02 Sep 2026 12:01:00 GMT"}, 60),
        ({"retry-after": "Wed, 02 Sep 2026 11:00:00 GMT"}, 0),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "2026-09-02T12:05:00.500000Z"}, 300.5),
        ({"x-rate-limit-remaining": "0", "x-rate-limit-reset": str(EPOCH + 90)}, 90),
        ({"x-ratelimit-remaining": "0.0", "x-ratelimit-reset": "45"}, 45),
        ({"ratelimit-remaining": "0", "ratelimit-reset": str(EPOCH + 20)}, 20),
        ({"ratelimit-remaining": "0", "ratelimit-reset": "12.5"}, 12.5),
        ({"x-ratelimit-remaining": "599.0", "x-ratelimit-reset": "45"}, 0),
        ({"x-ratelimit-reset": "45"}, 0),
        ({"retry-after": "10", "x-ratelimit-remaining": "0", "x-ratelimit-reset": "45"}, 45),
        ({"retry-after": "60", "x-ratelimit-remaining": "0", "x-ratelimit-reset": "45"}, 60),
        ({"retry-after": "-5"}, 0),
        ({"retry-after": "soon"}, 0),
        ({"retry-after": "nan"}, 0),
        ({"retry-after": "inf"}, 0),
        ({"retry-after": ""}, 0),
        ({"retry-after": "Wed, 99 Sep 2026 12:01:00 GMT"}, 0),
        ({"x-ratelimit-remaining": "none", "x-ratelimit-reset": "45"}, 0),
        ({}, 0),
    ],
    ids=str,
)
def test_every_dialect_is_understood(headers: dict[str, str], seconds: float) -> None:
    assert asked_wait(200, httpx.Headers({"date": DATE, **headers})) == seconds
    assert asked_wait(200, httpx.Headers(headers), NOW) == seconds


def test_a_429_makes_the_reset_count_whatever_remains() -> None:
    headers = httpx.Headers({"date": DATE, "x-ratelimit-remaining": "5", "x-ratelimit-reset": "45"})
    assert (asked_wait(429, headers), asked_wait(503, headers)) == (45, 0)


class Clock:
    """Waiting moves it, and nothing else does."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now

    async def wait(self, seconds: float) -> None:
        self.now += seconds


@pytest.mark.parametrize(("rate", "at_once"), [(5, 5), (1, 1), (0.5, 1), (100, 100)])
async def test_the_bucket_gives_a_second_at_once_and_then_the_rate(rate: float, at_once: int) -> None:
    clock = Clock()
    pace = Pace(rate, clock.wait, clock)
    for _ in range(at_once):
        await pace.turn("here")
    assert clock.now == pytest.approx(1000)
    for _ in range(20):
        await pace.turn("here")
    assert clock.now == pytest.approx(1000 + 20 / rate)


async def test_an_idle_bucket_does_not_overflow() -> None:
    clock = Clock()
    pace = Pace(5, clock.wait, clock)
    clock.now += 3600
    for _ in range(10):
        await pace.turn("here")
    assert clock.now == pytest.approx(4600 + 1)


async def test_a_hold_stops_all_who_are_in_line() -> None:
    clock = Clock()
    pace = Pace(1000, clock.wait, clock)
    pace.hold(50)
    pace.hold(10)
    await asyncio.gather(*(pace.turn("here") for _ in range(3)))
    assert clock.now == pytest.approx(1050, abs=0.01)


@pytest.mark.parametrize(("seconds", "when"), [(LONGEST_WAIT + 1, r"\d{4}-"), (1e15, "the year 10000")])
async def test_an_endless_hold_is_an_error(seconds: float, when: str) -> None:
    clock = Clock()
    pace = Pace(5, clock.wait, clock)
    pace.hold(seconds)
    with pytest.raises(RateLimited, match=rf"here is not to be asked before {when}"):
        await pace.turn("here")
    assert clock.now == 1000


async def test_the_longest_window_is_waited_for() -> None:
    clock = Clock()
    pace = Pace(5, clock.wait, clock)
    pace.hold(LONGEST_WAIT)
    await pace.turn("here")
    assert clock.now == 1000 + LONGEST_WAIT


def test_a_servers_clock_is_told_by_its_answer_and_not_by_a_caches() -> None:
    ahead = format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True)
    found = clock_ahead(httpx.Headers({"date": ahead}))
    assert found == pytest.approx(3600, abs=10)
    assert clock_ahead(httpx.Headers({"date": ahead, "age": "3600"})) is None
    assert clock_ahead(httpx.Headers({"date": "soon"})) is None
    assert clock_ahead(httpx.Headers()) is None
