"""The Pinterest connector on pins that the real API gave; no account was recorded."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from connectors.bookmarks.pinterest import SOURCE
from connectors.extraction import Extraction
from connectors.source import Known, Page, SourceError, Window
from tests.conftest import collect
from tests.connectors.reading import records

Make = Callable[..., Extraction]
WINDOW = Window(datetime(2020, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC))
TOKEN = {"token": SecretStr("0000-token")}
SAVED = "1022106077905943752"


@pytest.fixture
def folder(payloads: Path) -> Path:
    folder = payloads / "pinterest"
    if not folder.is_dir():
        pytest.skip(f"no recorded answers at {folder}")
    return folder


def pins(folder: Path) -> dict[str, Any]:
    """All recorded pins."""
    streams = [json.loads(line) for line in (folder / "airbyte_expected_records.jsonl").read_text().splitlines()]
    found = [line["data"] for line in streams if line["stream"] == "board_pins"]
    found += [json.loads((folder / name).read_bytes()) for name in ("pin_data.json", "pin_save.json")]
    return {pin["id"]: pin for pin in found}


async def read(payloads: Path, extraction: Make) -> list[Page]:
    """What the connector makes of the recorded pins: one is asked for alone."""
    recorded = pins(payloads / "pinterest")

    def answer(request: httpx.Request) -> httpx.Response:
        path = request.url.path.removeprefix("/v5/")
        if path == "user_account":
            return httpx.Response(200, json={"username": "integrationtest0375", "id": "1"})
        items = [pin for pin_id, pin in recorded.items() if pin_id != SAVED]
        return httpx.Response(200, json={"items": items, "bookmark": None} if path == "pins" else recorded[SAVED])

    young = [Known("pins", SAVED, SAVED)]
    return await collect(SOURCE.fetch(extraction(SOURCE, answer, window=WINDOW, young=young, secret_values=TOKEN)))


async def test_every_recorded_pin_is_a_record(folder: Path, extraction: Make) -> None:
    pages = await read(folder.parent, extraction)
    assert {pin_id: record.payload for pin_id, record in records(pages, "pins").items()} == {
        pin_id: {**pin, "author": "1"} for pin_id, pin in pins(folder).items()
    }
    assert len(records(pages, "pins")) == 3
    assert not [rejected for page in pages for rejected in page.rejected]


@pytest.mark.parametrize("name", ["analytics.json", "pin_analytics.json", "top_pins_analytics.json"])
async def test_recorded_analytics_are_no_account(folder: Path, extraction: Make, name: str) -> None:
    body = (folder / name).read_bytes()
    with pytest.raises(SourceError, match="is not an account"):
        await SOURCE.check(extraction(SOURCE, lambda request: httpx.Response(200, content=body), secret_values=TOKEN))


STAGED = {
    "pins": {
        "666743919837294988": {
            "post_id": "pinterest:666743919837294988",
            "author_id": "pinterest:1",
            "url": "https://www.pinterest.com/pin/666743919837294988/",
            "title": "Airbyte",
            "body": "Data Integration",
            "links": ["http://airbyte.io/"],
            "media_type": "image",
            "board_id": "666743988523388559",
            "quoted_post_id": None,
            "impressions": None,
            "published_at": datetime(2021, 6, 8, 9, 37, 30, tzinfo=UTC),
        },
        SAVED: {
            "quoted_post_id": "pinterest:986429124607234265",
            "title": None,
            "body": None,
            "links": ["https://mobile.twitter.com/trenddumps/status/1520706008997318657"],
            "published_at": datetime(2022, 8, 12, 9, 56, 59, tzinfo=UTC),
        },
    },
}
