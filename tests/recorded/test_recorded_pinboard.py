"""The Pinboard connector on the answers that were recorded of its API."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr

from connectors.bookmarks.pinboard import SOURCE
from connectors.extraction import Extraction
from connectors.source import Page, SourceError, Window
from tests.conftest import collect
from tests.connectors.reading import notes, records

Make = Callable[..., Extraction]
WINDOW = Window(datetime(2009, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC))
TOKEN = {"token": SecretStr("ada:0123456789ABCDEF")}


@pytest.fixture
def folder(payloads: Path) -> Path:
    folder = payloads / "pinboard"
    if not folder.is_dir():
        pytest.skip(f"no recorded answers at {folder}")
    return folder


async def read(payloads: Path, extraction: Make) -> list[Page]:
    """What the connector makes of the recorded list of an own account."""

    def answer(request: httpx.Request) -> httpx.Response:
        is_list = request.url.path == "/v1/posts/all"
        return httpx.Response(200, content=(payloads / "pinboard" / "posts.json").read_bytes() if is_list else b"{}")

    return await collect(SOURCE.fetch(extraction(SOURCE, answer, window=WINDOW, tags=(), secret_values=TOKEN)))


async def test_recorded_bookmarks_are_records_but_for_the_private_one(folder: Path, extraction: Make) -> None:
    pages = await read(folder.parent, extraction)
    recorded = json.loads((folder / "posts.json").read_bytes())
    public = [{**item, "user": "ada"} for item in recorded if item["shared"] == "yes"]
    assert [record.payload for record in records(pages, "bookmarks").values()] == public
    assert "private: 1 bookmarks of ada" in notes(pages)


@pytest.mark.parametrize("name", ["not_found.xml", "missing_url.xml", "no_posts.xml"])
async def test_recorded_xml_is_no_list(folder: Path, extraction: Make, name: str) -> None:
    job = extraction(SOURCE, lambda request: httpx.Response(200, content=(folder / name).read_bytes()), tags=(), secret_values=TOKEN)
    with pytest.raises(SourceError, match="not one JSON document"):
        await collect(SOURCE.fetch(job))


STAGED = {
    "bookmarks": {
        "ada:182ccedb33a9e03fbf1079b209da1a31": {
            "post_id": "pinboard:ada:182ccedb33a9e03fbf1079b209da1a31",
            "author_id": "pinboard:ada",
            "title": "An Example",
            "body": "example description",
            "links": ["https://example.com/"],
            "tags": ["fish", "sheep", "goats"],
            "media_type": "link",
            "published_at": datetime(2019, 11, 6, 22, 50, 31, tzinfo=UTC),
        },
    },
}
