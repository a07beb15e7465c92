"""The Raindrop.io connector on answers that the real API gave."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from connectors.bookmarks.raindrop import SOURCE
from connectors.extraction import Extraction
from connectors.source import Known, Page, SourceError, Tombstone, Window
from tests.conftest import collect
from tests.connectors.reading import records, tombstones

Make = Callable[..., Extraction]
WINDOW = Window(datetime(2020, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC))
TOKEN = {"token": SecretStr("0000-token")}
REMOVED = {"693116161", "693116158", "1210213881"}


@pytest.fixture
def folder(payloads: Path) -> Path:
    folder = payloads / "raindrop"
    if not folder.is_dir():
        pytest.skip(f"no recorded answers at {folder}")
    return folder


class Replay:
    """All recorded bookmarks by collection, the trash apart, and the recorded accounts; the recorded 404 for all else."""

    def __init__(self, folder: Path) -> None:
        self.items: dict[int, Any] = {}
        self.users: dict[int, Any] = {}
        for path in sorted(folder.glob("*.json")):
            body = json.loads(path.read_bytes())
            for item in [body.get("item"), *body.get("items", [])]:
                if isinstance(item, dict) and "link" in item and isinstance(item.get("_id"), int):
                    self.items[item["_id"]] = {**self.items.get(item["_id"], {}), **item}
            if "user" in body:
                self.users[body["user"]["_id"]] = body
        self.not_found = json.loads((folder / "getRootCollections__01.json").read_bytes())

    def __call__(self, request: httpx.Request) -> httpx.Response:
        kind, _, key = request.url.path.removeprefix("/rest/v1/").partition("/")
        if kind == "raindrops":
            is_trash = key == "-99"
            return httpx.Response(
                200, json={"result": True, "items": [item for item in self.items.values() if bool(item.get("removed")) is is_trash]}
            )
        found = self.users.get(int(key)) if kind == "user" else None
        return httpx.Response(404 if found is None else 200, json=found or self.not_found)


async def read(payloads: Path, extraction: Make) -> list[Page]:
    """What the connector makes of all recorded bookmarks and accounts."""
    replay = Replay(payloads / "raindrop")
    young = [Known("bookmarks", str(number), str(number)) for number in (*replay.items, 1)]
    return await collect(SOURCE.fetch(extraction(SOURCE, replay, window=WINDOW, young=young, cursor={"until": {}}, secret_values=TOKEN)))


async def test_every_recorded_bookmark_gets_its_outcome(folder: Path, extraction: Make) -> None:
    replay, pages = Replay(folder), await read(folder.parent, extraction)
    assert set(records(pages, "bookmarks")) == set(map(str, replay.items)) - REMOVED
    assert len(records(pages, "bookmarks")) > 5
    assert set(tombstones(pages)) == {Tombstone("bookmarks", number) for number in (*REMOVED, "1")}
    assert set(records(pages, "users")) == {"1006974", "2067190"}
    assert all("email" not in record.payload for record in records(pages, "users").values())
    assert not [rejected for page in pages for rejected in page.rejected]


async def test_the_recorded_refusal_is_told(folder: Path, extraction: Make) -> None:
    refusal = (folder / "getAllHighlights__01.json").read_bytes()
    for status in (200, 404):
        job = extraction(SOURCE, lambda request, status=status: httpx.Response(status, content=refusal), secret_values=TOKEN)
        with pytest.raises(SourceError, match=r"Not read: 0 .*Not found"):
            await collect(SOURCE.fetch(job))


STAGED = {
    "bookmarks": {
        "693116164": {
            "post_id": "raindrop:693116164",
            "author_id": "raindrop:1006974",
            "title": "ELGOOG 1234567890",
            "body": None,
            "links": ["https://www.google.com/"],
            "tags": ["ABCDEFG", "HIJKLMO"],
            "collection_id": "-1",
            "media_type": "link",
            "is_gone": False,
            "published_at": datetime(2023, 12, 12, 0, 11, 57, 995_000, tzinfo=UTC),
            "edited_at": None,
        },
        "1210213892": {
            "author_id": "raindrop:2067190",
            "title": "getRaindrops",
            "links": ["https://raindrop.io"],
            "collection_id": "57170525",
        },
    },
    "users": {
        "2067190": {
            "author_id": "raindrop:2067190",
            "handle": "miyil99106",
            "url": "https://raindrop.io/miyil99106",
            "registered_at": datetime(2024, 4, 21, 6, 46, 1, 480_000, tzinfo=UTC),
        },
        "1006974": {"handle": "MadHun", "display_name": "MadHun"},
    },
}
