"""The Pinterest connector: pins of an account, their metrics, and what is gone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from connectors.bookmarks.pinterest import SOURCE
from connectors.extraction import Extraction
from connectors.settings import Limits
from connectors.source import SourceError, Tombstone, Window
from tests.conftest import WINDOW, collect
from tests.connectors.reading import cursor, notes, records, tombstones, young

Make = Callable[..., Extraction]
NEXT = Window(WINDOW.end, WINDOW.end + timedelta(days=1))
TOKEN = {"token": SecretStr("0000-token")}


class FakePins:
    """One account's pins, newest first; `closed` ones may not be seen any more."""

    def __init__(self) -> None:
        self.pins: dict[str, Any] = {}
        self.added = 0
        self.closed: set[str] = set()
        self.user: Any = {"id": "77", "username": "ada", "account_type": "BUSINESS", "follower_count": 120}
        self.broken: dict[str, httpx.Response] = {}
        self.asked: list[httpx.Request] = []

    def add(self, at: str, **more: Any) -> str:
        self.added += 1
        number = str(9_000_000_000_000_000_000 + self.added)
        metrics = {"90d": {"impression": 5}, "lifetime_metrics": {"impression": 9, "save": 1}}
        pin = {"id": number, "created_at": f"{at}:00", "title": "a title", "description": "", "is_owner": True, "pin_metrics": metrics}
        self.pins[number] = {**pin, "board_owner": {"username": "ada"}, **more}
        return number

    def paths(self, part: str) -> list[str]:
        return [request.url.path for request in self.asked if part in request.url.path]

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        path, params = request.url.path.removeprefix("/v5/"), request.url.params
        if path in self.broken:
            return self.broken[path]
        if request.headers["authorization"] != "Bearer 0000-token":
            return httpx.Response(401, json={"code": 2, "message": "Authentication failed."})
        if path == "user_account":
            return httpx.Response(200, json=self.user)
        assert params["pin_metrics"] == "true"
        if path == "pins":
            newest = sorted(self.pins.values(), key=lambda pin: pin["created_at"], reverse=True)
            first, size = int(params.get("bookmark", "0")), int(params["page_size"])
            following = str(first + size) if first + size < len(newest) else None
            return httpx.Response(200, json={"items": newest[first : first + size], "bookmark": following})
        pin_id = path.removeprefix("pins/")
        if pin_id in self.closed:
            return httpx.Response(403, json={"code": 29, "message": "You are not permitted to access that resource."})
        found = self.pins.get(pin_id)
        return httpx.Response(200 if found else 404, json=found or {"code": 50, "message": "Pin not found."})


@pytest.fixture
def server() -> FakePins:
    return FakePins()


@pytest.fixture
def job(extraction: Make) -> Make:
    def make(server: FakePins, **settings: Any) -> Extraction:
        limits = Limits(requests_per_second=1000, attempts=2, **settings.pop("limits", {}))
        return extraction(SOURCE, server, limits=limits, **{"secret_values": TOKEN, **settings})

    return make


async def test_the_account_and_its_pins_of_the_window(server: FakePins, job: Make) -> None:
    own = server.add("2026-09-10T12:00")
    of_others = server.add("2026-09-11T12:00", is_owner=False)
    for outside in ("2026-08-31T23:59", "2026-10-01T00:00"):
        server.add(outside)
    pages = await collect(SOURCE.fetch(job(server)))
    assert records(pages, "accounts")["77"].payload == server.user
    found = records(pages, "pins")
    assert set(found) == {own, of_others}
    assert found[own].payload == {**server.pins[own], "author": "77"}
    assert found[own].published_at == datetime(2026, 9, 10, 12, tzinfo=UTC), "no zone is UTC"
    assert found[of_others].payload["author"] is None, "on a board of several people, by one who is not named"


async def test_the_next_night_shows_metrics_and_what_is_gone(server: FakePins, job: Make) -> None:
    kept, deleted, closed, unlisted = (server.add(f"2026-09-1{day}T12:00") for day in range(4))
    late = server.add("2026-09-30T12:00")
    first = await collect(SOURCE.fetch(job(server)))
    server.pins[kept]["pin_metrics"]["lifetime_metrics"] = {"impression": 100, "save": 7}
    del server.pins[deleted], server.pins[closed]
    server.closed = {closed}
    alone = server.pins.pop(unlisted)
    server.broken[f"pins/{unlisted}"] = httpx.Response(200, json=alone)
    new = server.add("2026-10-01T10:00")
    server.add("2025-01-01T10:00")
    second = await collect(SOURCE.fetch(job(server, window=NEXT, cursor=cursor(first), young=young(first, "pins"))))
    assert set(records(second, "pins")) == {kept, unlisted, late, new}
    assert records(second, "pins")[kept].payload["pin_metrics"]["lifetime_metrics"]["save"] == 7
    assert set(tombstones(second)) == {Tombstone("pins", deleted), Tombstone("pins", closed, "hidden")}
    server.asked.clear()
    third = await collect(SOURCE.fetch(job(server, window=NEXT, cursor=cursor(first))))
    assert set(records(third, "pins")) == {late, new}, "metrics come two days late"


async def test_pages_end_at_the_window_or_the_cut_is_told(server: FakePins, job: Make) -> None:
    for minute in range(700):
        server.add(f"2026-{'09' if minute < 300 else '07'}-10T{10 + minute // 60:02}:{minute % 60:02}")
    pages = await collect(SOURCE.fetch(job(server)))
    assert len(records(pages, "pins")) == 300
    assert len(server.paths("/pins")) == 3, "the third page is wholly older"
    assert not notes(pages)
    cut = await collect(SOURCE.fetch(job(server, limits={"max_pages": 1})))
    assert "more pins than limits.max_pages allows" in notes(cut)


async def test_refusals_say_what_to_do(server: FakePins, job: Make) -> None:
    with pytest.raises(SourceError, match="Pinterest does not accept the token: it is wrong or has expired") as raised:
        await collect(SOURCE.fetch(job(server, secret_values={"token": SecretStr("WRONG")})))
    assert "WRONG" not in str(raised.value)
    server.broken["pins"] = httpx.Response(403, json={"code": 7, "message": "not authorized to access: pins:read"})
    with pytest.raises(SourceError, match=r"not authorized to access: pins:read.*needs the scopes user_accounts:read, pins:read"):
        await collect(SOURCE.fetch(job(server)))
    server.broken["pins"] = httpx.Response(500, json={"code": 0})
    with pytest.raises(SourceError, match="answered 500"):
        await collect(SOURCE.fetch(job(server)))
    server.broken["pins"] = httpx.Response(429, json={"code": 8, "message": "You have exceeded your rate limit. Try again later."})
    with pytest.raises(SourceError, match="answered 429"):
        await collect(SOURCE.fetch(job(server)))


@pytest.mark.parametrize("body", ["[]", "{}", '{"items": 7}', "null"])
async def test_answers_that_are_no_list(server: FakePins, job: Make, body: str) -> None:
    server.broken["pins"] = httpx.Response(200, text=body)
    with pytest.raises(SourceError, match=r"api\.pinterest\.com/v5/pins"):
        await collect(SOURCE.fetch(job(server)))


async def test_a_404_that_is_not_the_platforms_buries_nobody(server: FakePins, job: Make) -> None:
    server.add("2026-09-10T12:00")
    first = await collect(SOURCE.fetch(job(server)))
    pin_id = young(first, "pins")[0].lookup_key
    server.pins.clear()
    for body in ("{}", "[]"):
        server.broken[f"pins/{pin_id}"] = httpx.Response(404, text=body)
        with pytest.raises(SourceError, match="without saying that the pin is gone"):
            await collect(SOURCE.fetch(job(server, young=young(first, "pins"))))


async def test_hostile_items_are_rejected_with_a_reason(server: FakePins, job: Make) -> None:
    odd: list[Any] = [None, 5, "text", [], {}, {"id": 7}, {"id": "../user_account"}]
    undated = {"id": "9", "created_at": 12, "is_owner": "no", "board_owner": []}
    server.broken["pins"] = httpx.Response(200, json={"items": [*odd, undated]})
    pages = await collect(SOURCE.fetch(job(server)))
    assert set(records(pages, "pins")) == {"9"}
    assert [one.payload for page in pages for one in page.rejected] == odd
    nobody: list[Any] = ["text", [], {}, {"id": 7}]
    for server.user in nobody:
        with pytest.raises(SourceError, match="is not an account"):
            await collect(SOURCE.fetch(job(server)))


async def test_check_names_the_account(server: FakePins, job: Make) -> None:
    assert await SOURCE.check(job(server)) == "account ada with 120 followers"
