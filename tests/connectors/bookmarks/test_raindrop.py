"""The Raindrop.io connector: lists by search, the trash, young bookmarks, and refusals."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from connectors.bookmarks.raindrop import SOURCE
from connectors.extraction import Extraction
from connectors.settings import Limits
from connectors.source import Known, SourceError, Tombstone, Window
from tests.conftest import WINDOW, collect
from tests.connectors.reading import cursor, notes, records, tombstones, until_failure, young

Make = Callable[..., Extraction]
NEXT = Window(WINDOW.end, WINDOW.end + timedelta(days=1))
TOKEN = {"token": SecretStr("0000-token")}


class FakeDrops:
    """Bookmarks in collections, that of the trash is -99; `gone` ones are in none and cannot be asked for."""

    def __init__(self) -> None:
        self.items: dict[int, Any] = {}
        self.broken: dict[str, httpx.Response] = {}
        self.asked: list[httpx.Request] = []

    def add(self, at: str, collection: int = -1, by: Any = None, **more: Any) -> str:
        number = 100 + len(self.items)
        creator = {"_id": by or 7, "name": "ada", "avatar": "", "email": "ada@example.org"}
        item = {"_id": number, "link": f"https://{number}.example/", "title": "a title", "note": "", "created": f"{at}:00.000Z"}
        whose = {"user": {"$ref": "users", "$id": 7}, "creatorRef": creator, "collection": {"$id": collection}}
        self.items[number] = {**item, "lastUpdate": f"{at}:00.000Z", "removed": collection == -99, **whose, **more}
        return str(number)

    def change(self, number: str, at: str, **changes: Any) -> None:
        self.items[int(number)] |= {"lastUpdate": f"{at}:00.000Z", **changes}

    def paths(self, part: str) -> list[str]:
        return [request.url.path for request in self.asked if part in request.url.path]

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        path, params = request.url.path.removeprefix("/rest/v1/"), request.url.params
        if path in self.broken:
            return self.broken[path]
        if request.headers["authorization"] != "Bearer 0000-token":
            return httpx.Response(401, json={"result": False, "status": 401, "errorMessage": "Incorrect access_token"})
        kind, _, key = path.partition("/")
        if kind == "user":
            user = {"_id": 7, "name": "ada", "fullName": "Ada", "email": "ada@example.org", "registered": "2020-01-01T00:00:00.000Z"}
            return httpx.Response(200, json={"result": True, "user": user}) if key in {"", "7"} else self.missing()
        if kind == "raindrop":
            return httpx.Response(200, json={"result": True, "item": self.items[int(key)]}) if int(key) in self.items else self.missing()
        field, _, day = params["search"].partition(":>")
        found = [item for item in self.items.values() if item["removed"] is (key == "-99") and item[field][:10] > day]
        if key not in {"0", "-99"}:
            found = [item for item in found if item["collection"]["$id"] == int(key)]
        first = 50 * int(params["page"])
        return httpx.Response(200, json={"result": True, "items": found[first : first + 50], "count": len(found)})

    @staticmethod
    def missing() -> httpx.Response:
        return httpx.Response(404, json={"result": False, "status": 404, "errorMessage": "Not found"})


@pytest.fixture
def drops() -> FakeDrops:
    return FakeDrops()


@pytest.fixture
def job(extraction: Make) -> Make:
    def make(drops: FakeDrops, **settings: Any) -> Extraction:
        limits = Limits(requests_per_second=1000, attempts=2, **settings.pop("limits", {}))
        return extraction(SOURCE, drops, limits=limits, **{"secret_values": TOKEN, **settings})

    return make


async def test_new_and_changed_bookmarks_with_their_authors(drops: FakeDrops, job: Make) -> None:
    mine = drops.add("2026-09-10T12:00", note="I like it")
    shared = drops.add("2026-09-11T12:00", by=8)
    changed = drops.add("2025-01-01T12:00")
    drops.change(changed, "2026-09-20T12:00", note="edited")
    drops.add("2026-08-01T12:00")
    drops.add("2026-10-01T12:00")
    drops.add("2026-09-12T12:00", collection=-99)
    pages = await collect(SOURCE.fetch(job(drops)))
    found = records(pages, "bookmarks")
    assert set(found) == {mine, shared, changed}
    assert found[mine].payload == {**drops.items[int(mine)], "creatorRef": "7"}
    assert found[mine].published_at == datetime(2026, 9, 10, 12, tzinfo=UTC)
    users = records(pages, "users")
    assert users["7"].payload == {"_id": 7, "name": "ada", "fullName": "Ada", "registered": "2020-01-01T00:00:00.000Z"}
    assert users["8"].payload == {"_id": "8", "name": "ada", "avatar": ""}, "no profile: what the bookmark tells"
    assert not tombstones(pages)
    assert not drops.paths("-99"), "nothing is known yet that could be gone"


async def test_the_next_night_shows_edits_the_trash_and_what_is_gone(drops: FakeDrops, job: Make) -> None:
    kept, edited, trashed, erased, moved = (drops.add("2026-09-10T12:00", 5) for _ in range(5))
    first = await collect(SOURCE.fetch(job(drops, communities=("5",))))
    assert set(records(first, "bookmarks")) == {kept, edited, trashed, erased, moved}
    drops.change(edited, "2026-10-01T10:00", note="edited")
    drops.change(trashed, "2026-10-01T10:00", removed=True, collection={"$id": -99})
    drops.items[int(moved)]["collection"] = {"$id": 6}
    del drops.items[int(erased)]
    drops.items[200] = {**drops.items[int(kept)], "_id": 200, "created": "2026-10-01T11:00:00Z"}
    drops.asked.clear()
    night = job(drops, communities=("5",), window=NEXT, cursor=cursor(first), young=young(first, "bookmarks"))
    second = await collect(SOURCE.fetch(night))
    assert set(records(second, "bookmarks")) == {kept, edited, moved, "200"}
    assert records(second, "bookmarks")[edited].payload["note"] == "edited"
    assert set(tombstones(second)) == {Tombstone("bookmarks", trashed), Tombstone("bookmarks", erased)}
    assert drops.paths("/raindrop/") == [f"/rest/v1/raindrop/{number}" for number in (erased, moved)]
    assert drops.asked[0].url.params["search"] == "created:>2026-09-01"
    assert drops.asked[1].url.params["search"] == "lastUpdate:>2026-09-29", "a day's overlap, and the day that > leaves out"


async def test_older_bookmarks_are_asked_for_one_by_one(drops: FakeDrops, job: Make) -> None:
    kept, gone, trashed = (drops.add("2025-09-10T12:00") for _ in range(3))
    del drops.items[int(gone)]
    drops.items[int(trashed)] |= {"removed": True, "collection": {"$id": -99}}
    older = [Known("bookmarks", native_id, native_id) for native_id in (kept, gone, trashed)]
    pages = await collect(SOURCE.fetch(job(drops, young=older)))
    assert set(records(pages, "bookmarks")) == {kept}
    assert set(tombstones(pages)) == {Tombstone("bookmarks", gone), Tombstone("bookmarks", trashed)}
    assert SOURCE.rechecks == {"bookmarks"}


async def test_pages_are_read_to_the_end_or_the_cut_is_told(drops: FakeDrops, job: Make) -> None:
    for minute in range(120):
        drops.add(f"2026-09-10T{10 + minute // 60}:{minute % 60:02}")
    pages = await collect(SOURCE.fetch(job(drops)))
    assert len(records(pages, "bookmarks")) == 120
    assert not notes(pages)
    drops.asked.clear()
    night = job(drops, limits={"max_pages": 1}, window=NEXT, cursor=cursor(pages), young=young(pages, "bookmarks"))
    cut = await collect(SOURCE.fetch(night))
    assert "more bookmarks than limits.max_pages allows" in notes(cut)
    assert not drops.paths("/raindrop/"), "what was not read is not asked for one by one"
    assert not tombstones(cut)


async def test_a_bad_token_and_a_collection_that_is_not_shared_are_told(drops: FakeDrops, job: Make) -> None:
    wrong = {"token": SecretStr("WRONG")}
    with pytest.raises(SourceError, match=r"Raindrop\.io does not accept the token: make a test token") as raised:
        await collect(SOURCE.fetch(job(drops, secret_values=wrong)))
    assert "WRONG" not in str(raised.value)
    with pytest.raises(SourceError, match="does not accept the token"):
        await SOURCE.check(job(drops, secret_values=wrong))
    kept = drops.add("2026-09-10T12:00", 5)
    drops.broken["raindrops/6"] = httpx.Response(403, json={"result": False, "errorMessage": "access denied"})
    pages, failure = await until_failure(SOURCE.fetch(job(drops, communities=("6", "5"))))
    assert failure.startswith("Not read: 6 (https://api.raindrop.io/rest/v1/raindrops/6")
    assert "The collection is gone, or not shared with the token's account." in failure
    assert set(records(pages, "bookmarks")) == {kept}


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ('{"result": false, "errorMessage": "search is broken"}', "search is broken"),
        ('{"result": true}', "not a list"),
        ("[]", "not an answer"),
        ("<html>Cannot GET", "not one JSON document"),
    ],
)
async def test_answers_that_are_no_list(drops: FakeDrops, job: Make, body: str, told: str) -> None:
    drops.broken["raindrops/0"] = httpx.Response(200, text=body)
    with pytest.raises(SourceError, match=told):
        await collect(SOURCE.fetch(job(drops)))


async def test_hostile_items_are_rejected_with_a_reason(drops: FakeDrops, job: Make) -> None:
    odd: list[Any] = [None, 5, "text", [], {}, {"_id": "7"}, {"_id": True}, {"_id": -1}]
    undated = {"_id": 9, "created": 12, "lastUpdate": [], "creatorRef": "x", "user": 5, "removed": "no"}
    drops.broken["raindrops/0"] = httpx.Response(200, json={"result": True, "items": [*odd, undated]})
    drops.broken["raindrop/9"] = httpx.Response(200, json={"result": True, "item": None})
    pages = await collect(SOURCE.fetch(job(drops)))
    assert set(records(pages, "bookmarks")) == {"9"}
    assert records(pages, "bookmarks")["9"].payload["creatorRef"] is None
    assert [one.payload for page in pages for one in page.rejected] == odd * 2


async def test_check_names_the_account(drops: FakeDrops, job: Make) -> None:
    assert await SOURCE.check(job(drops)) == "account ada (7)"
