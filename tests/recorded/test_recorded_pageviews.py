"""The pageviews connector on an answer that Wikimedia gave."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import httpx
import pytest

from connectors.extraction import Extraction
from connectors.source import Page, Window
from connectors.wikis.pageviews import SOURCE
from tests.conftest import collect
from tests.connectors.reading import cursor, records

Make = Callable[..., Extraction]
WINDOW = Window(datetime(2021, 1, 1, tzinfo=UTC), datetime(2021, 5, 2, tzinfo=UTC))
PAGE = "en.wikipedia/Python (programming language)"
NAME = "en.wikipedia.org/Python_(programming_language)"
ADDRESS = (
    "/api/rest_v1/metrics/pageviews/per-article/en.wikipedia.org/all-access/user/Python_%28programming_language%29/daily/20210101/20210501"
)


def replay(payloads: Path) -> Callable[[httpx.Request], httpx.Response]:
    """The recorded answer, to the recorded request."""

    def answer(request: httpx.Request) -> httpx.Response:
        assert request.url.raw_path.decode() == ADDRESS
        return httpx.Response(200, content=(payloads / "pageviews" / "per-article_python.json").read_bytes())

    return answer


async def read(payloads: Path, extraction: Make) -> list[Page]:
    """What the connector makes of the recorded days."""
    return await collect(SOURCE.fetch(extraction(SOURCE, replay(payloads), pages=(PAGE,), window=WINDOW)))


async def test_every_recorded_day_is_read(payloads: Path, extraction: Make) -> None:
    if not (payloads / "pageviews").is_dir():
        pytest.skip(f"no recorded answers at {payloads / 'pageviews'}")
    pages = await read(payloads, extraction)
    items = json.loads((payloads / "pageviews" / "per-article_python.json").read_bytes())["items"]
    found = [record.payload for record in records(pages, "page_views").values()]
    assert found == [{"wiki": "en.wikipedia.org", **item} for item in items]
    assert list(records(pages, "page_views")) == [f"{NAME}/2021-01-0{day}" for day in (1, 2, 3)]
    assert cursor(pages) == {"until": {NAME: "2021-01-04"}}


STAGED = {
    "page_views": {
        f"{NAME}/2021-01-02": {
            "page_view_id": f"pageviews:{NAME}/2021-01-02",
            "wiki_host": "en.wikipedia.org",
            "title": "Python (programming language)",
            "url": "https://en.wikipedia.org/wiki/Python_(programming_language)",
            "agent": "user",
            "access": "all-access",
            "views": 8449,
            "viewed_date": date(2021, 1, 2),
        },
        f"{NAME}/2021-01-03": {"views": 8669},
    },
}
