"""The linkding connector on the answers that were recorded of its API."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr

from connectors.bookmarks.linkding import SOURCE
from connectors.extraction import Extraction
from connectors.source import Known, Page, SourceError, Window
from tests.conftest import collect
from tests.connectors.reading import records

Make = Callable[..., Extraction]
WINDOW = Window(datetime(2020, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC))
BASE = "https://links.example"
TOKEN = {"token": SecretStr("0000-token")}
ANSWERS = {
    "/api/bookmarks/": "bookmarks_async_get_all_response.json",
    "/api/bookmarks/archived/": "bookmarks_async_get_archived_response.json",
    "/api/bookmarks/2/": "bookmarks_async_get_single_response.json",
}


@pytest.fixture
def folder(payloads: Path) -> Path:
    folder = payloads / "linkding"
    if not folder.is_dir():
        pytest.skip(f"no recorded answers at {folder}")
    return folder


async def read(payloads: Path, extraction: Make) -> list[Page]:
    """What the connector makes of the recorded lists and the recorded bookmark; second pages are empty."""

    def answer(request: httpx.Request) -> httpx.Response:
        if "offset" in request.url.params:
            return httpx.Response(200, json={"count": 123, "next": None, "previous": None, "results": []})
        return httpx.Response(200, content=(payloads / "linkding" / ANSWERS[request.url.path]).read_bytes())

    young = [Known("bookmarks", "links.example:2", "2")]
    return await collect(SOURCE.fetch(extraction(SOURCE, answer, window=WINDOW, base_url=BASE, young=young, secret_values=TOKEN)))


async def test_every_recorded_bookmark_is_a_record(folder: Path, extraction: Make) -> None:
    pages = await read(folder.parent, extraction)
    recorded = [json.loads((folder / name).read_bytes()) for name in ANSWERS.values()]
    items = [item for body in recorded for item in body.get("results", [body])]
    found = [record.payload for page in pages for record in page.records]
    assert all({**item, "site": "links.example"} in found for item in items)
    assert set(records(pages, "bookmarks")) == {"links.example:1"}


@pytest.mark.parametrize(("name", "status"), [("invalid_token_response.json", 401), ("missing_field_response.json", 400)])
async def test_recorded_refusals_are_told(folder: Path, extraction: Make, name: str, status: int) -> None:
    body = (folder / name).read_bytes()
    job = extraction(SOURCE, lambda request: httpx.Response(status, content=body), base_url=BASE, secret_values=TOKEN)
    with pytest.raises(SourceError, match="does not accept the token" if status == 401 else "This field is required"):
        await collect(SOURCE.fetch(job))


async def test_a_recorded_list_that_is_none_is_told(folder: Path, extraction: Make) -> None:
    body = (folder / "user_async_get_profile_response.json").read_bytes()
    job = extraction(SOURCE, lambda request: httpx.Response(200, content=body), base_url=BASE, secret_values=TOKEN)
    with pytest.raises(SourceError, match="is this linkding"):
        await SOURCE.check(job)


STAGED = {
    "bookmarks": {
        "links.example:1": {
            "post_id": "linkding:links.example:1",
            "author_id": "linkding:links.example",
            "title": "Example title",
            "body": "Example description",
            "links": ["https://example.com"],
            "tags": ["tag1", "tag2"],
            "is_shared": False,
            "published_at": datetime(2020, 9, 26, 9, 46, 23, 6313, tzinfo=UTC),
            "edited_at": datetime(2020, 9, 26, 16, 1, 14, 275335, tzinfo=UTC),
        },
    },
}
