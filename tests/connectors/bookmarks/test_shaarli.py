"""The Shaarli connector: its token, the list, the history, and what is gone or private."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from connectors.bookmarks.shaarli import SOURCE
from connectors.extraction import Extraction
from connectors.settings import Limits
from connectors.source import Known, SourceError, Tombstone, Window
from tests.conftest import WINDOW, collect
from tests.connectors.reading import cursor, notes, records, tombstones, young

Make = Callable[..., Extraction]
NEXT = Window(WINDOW.end, WINDOW.end + timedelta(days=1))
SECRET = {"api_secret": SecretStr("0123456789ab")}


def decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


class FakeShaarli:
    """One server with a clock of its own, which goes on by `pace` at each request."""

    def __init__(self) -> None:
        self.now = datetime(2031, 5, 6, 7, 8, 9, tzinfo=UTC)
        self.pace = timedelta(seconds=1)
        self.has_date = True
        self.links: dict[int, Any] = {}
        self.history: list[Any] | None = []
        self.broken: dict[str, httpx.Response] = {}
        self.asked: list[httpx.Request] = []
        self.refused = 0

    def add(self, at: str, **more: Any) -> str:
        number = 1 + len(self.links)
        link = {"id": number, "url": f"https://{number}.example/", "shorturl": f"s{number}", "title": "a title", "description": ""}
        self.links[number] = {**link, "tags": [], "private": False, "created": f"{at}:00+02:00", "updated": "", **more}
        return f"links.test/sub:{number}"

    def paths(self) -> list[str]:
        return [request.url.path.removeprefix("/sub/api/v1/") for request in self.asked if "authorization" in request.headers]

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        self.now += self.pace
        answer = self.answer(request)
        if self.has_date:
            answer.headers["date"] = f"{self.now:%a, %d %b %Y %H:%M:%S} GMT"
        return answer

    def is_signed(self, header: str) -> bool:
        signed, _, signature = header.removeprefix("Bearer ").rpartition(".")
        head, payload = map(json.loads, map(decoded, signed.split("."))) if signed else ({}, {})
        right = hmac.new(b"0123456789ab", signed.encode(), hashlib.sha512).digest()
        is_timely = bool(payload) and 0 <= self.now.timestamp() - payload["iat"] <= 540
        return head == {"typ": "JWT", "alg": "HS512"} and is_timely and decoded(signature) == right

    def answer(self, request: httpx.Request) -> httpx.Response:
        path, params = request.url.path.removeprefix("/sub/api/v1/"), request.url.params
        if path in self.broken:
            return self.broken[path]
        if not self.is_signed(request.headers.get("authorization", "")):
            self.refused += 1
            return httpx.Response(401, json={"code": 401, "message": "Not authorized"})
        if path == "info":
            return httpx.Response(200, json={"global_counter": len(self.links), "private_counter": 0})
        if path == "history":
            assert datetime.fromisoformat(params["since"]).tzinfo
            return httpx.Response(404 if self.history is None else 200, json=self.history or [])
        if path == "links":
            public = [link for link in self.links.values() if not link["private"]]
            ordered = sorted(public, key=lambda link: (bool(link.get("sticky")), link["created"]), reverse=True)
            first = int(params["offset"])
            return httpx.Response(200, json=ordered[first : first + int(params["limit"])])
        found = self.links.get(int(path.removeprefix("links/")))
        return httpx.Response(200 if found else 404, json=found or {"code": 404, "message": "Link not found"})


@pytest.fixture
def server() -> FakeShaarli:
    return FakeShaarli()


@pytest.fixture
def job(extraction: Make) -> Make:
    def make(server: FakeShaarli, **settings: Any) -> Extraction:
        limits = Limits(requests_per_second=1000, attempts=2, **settings.pop("limits", {}))
        return extraction(SOURCE, server, limits=limits, **{"base_url": "https://links.test/sub/", "secret_values": SECRET, **settings})

    return make


async def test_public_bookmarks_of_the_window(server: FakeShaarli, job: Make) -> None:
    new = server.add("2026-09-10T12:00")
    changed = server.add("2025-09-10T12:00", updated="2026-09-12T12:00:00+0200")
    server.add("2025-09-10T12:00", sticky=True)
    server.add("2026-09-11T12:00", private=True)
    server.add("2026-10-01T02:00")
    pages = await collect(SOURCE.fetch(job(server)))
    assert set(records(pages, "bookmarks")) == {new, changed}
    assert records(pages, "bookmarks")[new].payload == {**server.links[1], "site": "https://links.test/sub"}
    assert records(pages, "bookmarks")[new].published_at == datetime(2026, 9, 10, 10, tzinfo=UTC)
    assert server.paths() == ["links"]
    assert server.refused == 1, "the first request asks what time it is"


async def test_the_next_night_shows_edits_and_what_is_gone_or_private(server: FakeShaarli, job: Make) -> None:
    kept, gone, hidden = (server.add(f"2026-09-1{day}T12:00") for day in range(3))
    first = await collect(SOURCE.fetch(job(server)))
    old, older = server.add("2025-09-10T12:00"), server.add("2025-09-09T12:00")
    for minute in range(250):
        server.add(f"2025-09-11T{10 + minute // 60}:{minute % 60:02}")
    server.links[1]["description"] = "edited"
    server.links[3]["private"] = True
    server.links[4] |= {"updated": "2026-10-01T09:00:00+00:00", "description": "edited"}
    del server.links[2], server.links[5]
    events = [("UPDATED", 4), ("DELETED", 5), ("SETTINGS", None), ("IMPORT", 7)]
    server.history = [*({"event": event, "id": number, "datetime": "2026-10-01T09:00:00+00:00"} for event, number in events), None, {}]
    server.asked.clear()
    second = await collect(SOURCE.fetch(job(server, window=NEXT, cursor=cursor(first), young=young(first, "bookmarks"))))
    assert set(records(second, "bookmarks")) == {kept, old}
    gone_now = {Tombstone("bookmarks", gone), Tombstone("bookmarks", older), Tombstone("bookmarks", hidden, "hidden")}
    assert set(tombstones(second)) == gone_now
    assert server.paths() == ["links", "links", "history", "links/2", "links/3", "links/4", "links/5"]
    server.history = None
    third = await collect(SOURCE.fetch(job(server, window=NEXT, cursor=cursor(first), young=young(first, "bookmarks"))))
    assert set(records(third, "bookmarks")) == {kept}


async def test_older_bookmarks_are_asked_for_one_by_one(server: FakeShaarli, job: Make) -> None:
    kept, gone = (server.add(f"2025-09-1{day}T12:00") for day in range(2))
    del server.links[2]
    older = [Known("bookmarks", native_id, native_id.rpartition(":")[2]) for native_id in (kept, gone)]
    pages = await collect(SOURCE.fetch(job(server, young=older)))
    assert set(records(pages, "bookmarks")) == {kept}
    assert tombstones(pages) == [Tombstone("bookmarks", gone)]
    assert SOURCE.rechecks == {"bookmarks"}


async def test_a_token_that_is_too_old_is_made_anew(server: FakeShaarli, job: Make) -> None:
    for minute in range(250):
        server.add(f"2026-09-10T{10 + minute // 60}:{minute % 60:02}")
    server.pace = timedelta(minutes=6)
    pages = await collect(SOURCE.fetch(job(server)))
    assert len(records(pages, "bookmarks")) == 250
    assert server.refused > 1
    cut = await collect(SOURCE.fetch(job(server, limits={"max_pages": 1})))
    assert "more bookmarks than limits.max_pages allows" in notes(cut)


async def test_refusals_say_what_to_do(server: FakeShaarli, job: Make) -> None:
    wrong = job(server, secret_values={"api_secret": SecretStr("WRONG")})
    for read in (collect(SOURCE.fetch(wrong)), SOURCE.check(wrong)):
        with pytest.raises(SourceError, match=r"links\.test/sub does not accept the secret \(Not authorized\): copy it from") as raised:
            await read
        assert "WRONG" not in str(raised.value)
    for body in ("<html>", "[]"):
        server.broken["links"] = httpx.Response(401, text=body)
        with pytest.raises(SourceError, match=r"does not accept the secret \(401\)"):
            await collect(SOURCE.fetch(job(server)))
    server.broken["links"] = server.broken["info"] = httpx.Response(404, text="<html>no such page")
    for read in (collect(SOURCE.fetch(job(server))), SOURCE.check(job(server))):
        with pytest.raises(SourceError, match="has no Shaarli API: base_url is the address of Shaarli's start page"):
            await read


async def test_a_server_without_a_clock_is_told(server: FakeShaarli, job: Make) -> None:
    server.has_date = False
    with pytest.raises(SourceError, match="does not tell its time"):
        await collect(SOURCE.fetch(job(server)))


@pytest.mark.parametrize("body", ["{}", "7", '"text"'])
async def test_answers_that_are_no_list(server: FakeShaarli, job: Make, body: str) -> None:
    server.broken["links"] = httpx.Response(200, text=body)
    with pytest.raises(SourceError, match="is this Shaarli"):
        await collect(SOURCE.fetch(job(server)))


async def test_hostile_items_are_rejected_with_a_reason(server: FakeShaarli, job: Make) -> None:
    odd: list[Any] = [None, 5, "text", [], {}, {"id": "7"}, {"id": True}]
    undated = {"id": 9, "created": 12, "updated": [], "private": "no"}
    server.broken["links"] = httpx.Response(200, json=[*odd, undated])
    server.history = [{"event": "UPDATED", "id": "../info"}, {"event": [], "id": 3}]
    pages = await collect(SOURCE.fetch(job(server, window=NEXT, cursor={"until": {}})))
    assert set(records(pages, "bookmarks")) == {"links.test/sub:9"}
    assert [one.payload for page in pages for one in page.rejected] == odd
    assert not [path for path in server.paths() if path.startswith("links/")]


async def test_check_counts_bookmarks(server: FakeShaarli, job: Make) -> None:
    server.add("2026-09-10T12:00")
    assert await SOURCE.check(job(server)) == "1 bookmarks"
