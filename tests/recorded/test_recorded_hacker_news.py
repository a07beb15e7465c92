"""The Hacker News connector on answers that the real servers gave."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from connectors.extraction import Extraction
from connectors.message_boards.hacker_news import SOURCE
from connectors.source import Known, Page, Tombstone, Window
from tests.conftest import collect
from tests.connectors.reading import notes, records, tombstones

Make = Callable[..., Extraction]
WINDOW = Window(datetime(2006, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))


@pytest.fixture
def folder(payloads: Path) -> Path:
    folder = payloads / "hackernews"
    if not folder.is_dir():
        pytest.skip(f"no recorded answers at {folder}")
    return folder


class Replay:
    """What was recorded, by id and name; null for all else. The search shows the recorded hits for any term."""

    def __init__(self, folder: Path, hits: str) -> None:
        self.items: dict[str, Any] = {}
        self.asked: list[str] = []
        for path in folder.glob("firebase_item_*.json"):
            item = json.loads(path.read_bytes())
            if item is not None:
                self.items[str(item["id"])] = item
        self.user = json.loads((folder / "firebase_user_simonw.json").read_bytes())
        self.newest = json.loads((folder / "firebase_maxitem.json").read_bytes())
        self.hits = json.loads((folder / hits).read_bytes())

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request.url.path)
        if "search_by_date" in request.url.path:
            return httpx.Response(200, json=self.hits)
        if request.url.path.endswith("maxitem.json"):
            return httpx.Response(200, content=json.dumps(self.newest))
        name = request.url.path.rsplit("/", 1)[-1].removesuffix(".json")
        known = {self.user["id"]: self.user} if "/user/" in request.url.path else self.items
        return httpx.Response(200, content=json.dumps(known.get(name)))


async def read(payloads: Path, extraction: Make) -> list[Page]:
    """What the connector makes of all recorded items and the recorded account."""
    board = Replay(payloads / "hackernews", "algolia_front_page_tail.json")
    young = [Known("items", item_id, item_id) for item_id in board.items]
    settings: dict[str, Any] = {"window": WINDOW, "terms": (), "accounts": (board.user["id"],), "cursor": {"until": {}}}
    return await collect(SOURCE.fetch(extraction(SOURCE, board, young=young, **settings)))


async def test_every_recorded_item_gets_its_outcome(folder: Path, extraction: Make) -> None:
    board = Replay(folder, "algolia_front_page_tail.json")
    young = [Known("items", item_id, item_id) for item_id in (*board.items, "999999999")]
    pages = await collect(SOURCE.fetch(extraction(SOURCE, board, window=WINDOW, terms=(), young=young, cursor={"until": {}})))
    kept = {item_id: item for item_id, item in board.items.items() if not item.get("deleted") and not item.get("dead")}
    assert len(kept) == 6
    assert {item_id: record.payload for item_id, record in records(pages, "items").items()} == kept
    assert all(record.published_at for record in records(pages, "items").values())
    outcomes = {Tombstone("items", "49578685"), Tombstone("items", "49578709", "hidden"), Tombstone("items", "999999999")}
    assert set(tombstones(pages)) == outcomes
    kids = {str(kid) for item in board.items.values() for kid in item.get("kids", [])}
    assert {f"/v0/item/{kid}.json" for kid in kids} <= set(board.asked)
    assert f"{len(kids)} items that others name were not there" in notes(pages)
    assert not [rejected for page in pages for rejected in page.rejected]


async def test_the_recorded_account_and_what_it_wrote(folder: Path, extraction: Make) -> None:
    board = Replay(folder, "algolia_front_page_tail.json")
    pages = await collect(SOURCE.fetch(extraction(SOURCE, board, window=WINDOW, terms=(), accounts=(board.user["id"],))))
    assert set(records(pages, "items")) == {str(number) for number in board.user["submitted"]}
    assert records(pages, "users")[board.user["id"]].payload == {key: board.user[key] for key in board.user if key != "submitted"}


@pytest.mark.parametrize("hits", ["algolia_front_page_tail.json", "algolia_comment_hit.json"])
async def test_recorded_hits_are_asked_for_where_they_hold_the_term(folder: Path, extraction: Make, hits: str) -> None:
    board = Replay(folder, hits)
    titles = {hit["objectID"]: hit["title"] for hit in board.hits["hits"] if hit.get("title")}
    term = next(iter(titles.values()), "Python").split()[-1]
    await collect(SOURCE.fetch(extraction(SOURCE, board, window=WINDOW, terms=(term,))))
    wanted = {f"/v0/item/{item_id}.json" for item_id, title in titles.items() if term in title.split()}
    assert {path for path in board.asked if "/item/" in path} == wanted
    assert bool(wanted) == (hits == "algolia_front_page_tail.json"), "a comment's story is not what the comment says"


async def test_the_newest_recorded_item(folder: Path, extraction: Make) -> None:
    board = Replay(folder, "algolia_comment_hit.json")
    assert await SOURCE.check(extraction(SOURCE, board)) == f"newest item {board.newest}"


STAGED = {
    "items": {
        "8863": {
            "post_id": "hacker_news:8863",
            "author_id": "hacker_news:dhouston",
            "title": "My YC app: Dropbox - Throw away your USB drive",
            "links": ["http://www.getdropbox.com/u/2/screencast.html"],
            "score": 111,
            "descendants": 71,
            "published_at": datetime(2007, 4, 4, 19, 16, 40, tzinfo=UTC),
        },
    },
    "users": {"simonw": {"karma": 14637, "registered_at": datetime(2007, 10, 29, 12, 23, 23, tzinfo=UTC)}},
}
