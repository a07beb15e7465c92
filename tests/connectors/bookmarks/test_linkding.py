"""The linkding connector: what changed, what is archived, and what is gone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from connectors.bookmarks.linkding import SOURCE
from connectors.extraction import Extraction
from connectors.settings import Limits
from connectors.source import SourceError, Tombstone, Window
from tests.conftest import WINDOW, collect
from tests.connectors.reading import cursor, notes, records, tombstones, young

Make = Callable[..., Extraction]
NEXT = Window(WINDOW.end, WINDOW.end + timedelta(days=1))
TOKEN = {"token": SecretStr("0000-token")}


class FakeLinkding:
    """One account's bookmarks; `is_old` is a version that does not know the conditions on times."""

    def __init__(self) -> None:
        self.items: dict[int, Any] = {}
        self.broken: dict[str, httpx.Response] = {}
        self.is_old = False
        self.asked: list[httpx.Request] = []

    def add(self, at: str, **more: Any) -> str:
        number = 1 + len(self.items)
        item = {"id": number, "url": f"https://{number}.example/", "title": "a title", "notes": "", "is_archived": False, "shared": False}
        self.items[number] = {**item, "tag_names": [], "date_added": f"{at}:00.5Z", "date_modified": f"{at}:00.5Z", **more}
        return f"links.test/sub:{number}"

    def paths(self) -> list[str]:
        return [request.url.path.removeprefix("/sub/api/bookmarks/") for request in self.asked]

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        name, params = request.url.path.removeprefix("/sub/api/bookmarks/").rstrip("/"), request.url.params
        if name in self.broken:
            return self.broken[name]
        if request.headers["authorization"] != "Token 0000-token":
            return httpx.Response(401, json={"detail": "Invalid token."})
        if name.isdigit():
            found = self.items.get(int(name))
            return httpx.Response(404 if found is None else 200, json=found or {"detail": "No Bookmark matches the given query."})
        chosen = [item for item in self.items.values() if item["is_archived"] is (name == "archived")]
        for condition, field in (("modified_since", "date_modified"), ("added_since", "date_added")):
            if condition in params and not self.is_old:
                chosen = [item for item in chosen if item[field] > params[condition]]
        first = int(params.get("offset", 0))
        is_last = first + int(params["limit"]) >= len(chosen)
        body = {
            "count": len(chosen),
            "next": None if is_last else "http://elsewhere.test/",
            "results": chosen[first : first + int(params["limit"])],
        }
        return httpx.Response(200, json=body)


@pytest.fixture
def server() -> FakeLinkding:
    return FakeLinkding()


@pytest.fixture
def job(extraction: Make) -> Make:
    def make(server: FakeLinkding, **settings: Any) -> Extraction:
        limits = Limits(requests_per_second=1000, attempts=2, **settings.pop("limits", {}))
        return extraction(SOURCE, server, limits=limits, **{"base_url": "https://links.test/sub/", "secret_values": TOKEN, **settings})

    return make


@pytest.mark.parametrize("is_old", [False, True])
async def test_new_and_changed_bookmarks_of_both_lists(server: FakeLinkding, job: Make, is_old: bool) -> None:
    server.is_old = is_old
    new = server.add("2026-09-10T12:00")
    archived = server.add("2026-09-11T12:00", is_archived=True)
    changed = server.add("2025-09-11T12:00", date_modified="2026-09-20T12:00:00Z", notes="edited")
    server.add("2025-09-11T12:00")
    server.add("2026-10-01T00:00")
    pages = await collect(SOURCE.fetch(job(server)))
    assert set(records(pages, "bookmarks")) == {new, archived, changed}
    assert records(pages, "bookmarks")[new].payload == {**server.items[1], "site": "links.test/sub"}
    assert records(pages, "bookmarks")[new].published_at == datetime(2026, 9, 10, 12, 0, 0, 500_000, tzinfo=UTC)
    assert server.asked[0].url.params["modified_since"] == "2026-09-01T00:00:00Z"
    assert server.paths() == ["", "archived/"]


async def test_the_next_night_shows_edits_and_what_is_gone(server: FakeLinkding, job: Make) -> None:
    kept, edited, gone, old = (server.add(f"2026-09-1{day}T12:00") for day in range(4))
    first = await collect(SOURCE.fetch(job(server)))
    server.items[2] |= {"is_archived": True, "notes": "edited", "date_modified": "2026-10-01T09:00:00Z"}
    del server.items[3]
    server.items[4]["date_added"] = "2026-01-01T00:00:00Z"
    server.items[9] = {**server.items[1], "id": 9, "date_added": "2026-10-01T10:00:00Z", "date_modified": "2026-10-01T10:00:00Z"}
    server.asked.clear()
    second = await collect(SOURCE.fetch(job(server, window=NEXT, cursor=cursor(first), young=young(first, "bookmarks"))))
    assert set(records(second, "bookmarks")) == {kept, edited, old, "links.test/sub:9"}
    assert records(second, "bookmarks")[edited].payload["notes"] == "edited"
    assert tombstones(second) == [Tombstone("bookmarks", gone)]
    assert server.asked[0].url.params["modified_since"] == "2026-10-01T00:00:00Z"
    assert server.paths() == ["", "", "archived/", "archived/", "3/", "4/"], "only what no list shows is asked for alone"


async def test_pages_are_read_to_the_end_or_the_cut_is_told(server: FakeLinkding, job: Make) -> None:
    for minute in range(250):
        server.add(f"2026-09-10T{10 + minute // 60}:{minute % 60:02}")
    pages = await collect(SOURCE.fetch(job(server)))
    assert len(records(pages, "bookmarks")) == 250
    assert not notes(pages)
    assert {request.url.host for request in server.asked} == {"links.test"}
    cut = await collect(SOURCE.fetch(job(server, limits={"max_pages": 1}, young=young(pages, "bookmarks"))))
    assert "more bookmarks than limits.max_pages allows" in notes(cut)
    assert not tombstones(cut)
    assert len(server.asked) < 20


async def test_refusals_say_what_to_do(server: FakeLinkding, job: Make) -> None:
    wrong = job(server, secret_values={"token": SecretStr("WRONG")})
    for read in (collect(SOURCE.fetch(wrong)), SOURCE.check(wrong)):
        with pytest.raises(SourceError, match=r"https://links\.test/sub does not accept the token: copy it from") as raised:
            await read
        assert "WRONG" not in str(raised.value)
    server.broken[""] = httpx.Response(404, text="<html>no such page")
    for read in (collect(SOURCE.fetch(job(server))), SOURCE.check(job(server))):
        with pytest.raises(SourceError, match="has no linkding API: base_url is the address of linkding's start page"):
            await read


@pytest.mark.parametrize("body", ["[]", "{}", '{"results": 7}', "null"])
async def test_answers_that_are_no_list(server: FakeLinkding, job: Make, body: str) -> None:
    server.broken[""] = httpx.Response(200, text=body)
    with pytest.raises(SourceError, match="is this linkding"):
        await collect(SOURCE.fetch(job(server)))


async def test_hostile_items_are_rejected_with_a_reason(server: FakeLinkding, job: Make) -> None:
    odd: list[Any] = [None, 5, "text", [], {}, {"id": "7"}, {"id": True}]
    undated = {"id": 9, "date_added": 12, "date_modified": []}
    server.broken[""] = httpx.Response(200, json={"results": [*odd, undated], "next": 5})
    server.broken["8"] = httpx.Response(200, json="gone?")
    pages = await collect(SOURCE.fetch(job(server, limits={"max_pages": 1})))
    assert set(records(pages, "bookmarks")) == {"links.test/sub:9"}
    assert [one.payload for page in pages for one in page.rejected] == odd


async def test_check_counts_bookmarks(server: FakeLinkding, job: Make) -> None:
    server.add("2026-09-10T12:00")
    assert await SOURCE.check(job(server)) == "1 bookmarks"
