"""The dates of feeds as they come: zones by name, slashes, seconds since 1970, and what is no date."""

from __future__ import annotations

import json
from collections.abc import Callable

import httpx
import pytest

from connectors.blogs.feeds import SOURCE
from connectors.extraction import Extraction
from tests.conftest import ROOT, collect
from tests.connectors.reading import notes, records

Extract = Callable[..., Extraction]
FEED = "https://small.example/feed"


async def published(extraction: Extract, body: str | bytes) -> tuple[dict[str, str | None], str]:
    """When the entries were published, by id, and the night's notes."""
    job = extraction(SOURCE, lambda request: httpx.Response(200, content=body), feeds=(FEED,))
    pages = await collect(SOURCE.fetch(job))
    found = {record.payload["id"]: record.payload["published"] for record in records(pages, "entries").values()}
    return found, notes(pages)


def rss(*dates: str) -> str:
    items = "".join(f"<item><guid>{number}</guid><title>t</title><pubDate>{date}</pubDate></item>" for number, date in enumerate(dates))
    return f"<rss version='2.0'><channel><title>Small</title>{items}</channel></rss>"


@pytest.fixture(scope="module")
def case() -> bytes:
    path = ROOT.parent / "shared" / "cases" / "feed.xml"
    if not path.is_file():
        pytest.skip(f"no {path}")
    return path.read_bytes()


async def test_the_feed_of_small_cases(extraction: Extract, case: bytes) -> None:
    found, told = await published(extraction, case)
    assert found == {"cest": "2026-09-10T06:00:00Z", "slash": "2026-09-09T15:07:41Z", "named": "2026-09-10T08:00:00Z"}
    assert "1 of 3 entries have a date that names no zone: read as UTC; the first: '2026/9/9 15:07:41'" in told


async def test_dates_of_rss(extraction: Extract) -> None:
    dates = ("1789030860", "1789030860123", "9/10/2026 3:07 PM", "Thu, 10 Sep 08:00:00 GMT", "Thu, 10 Sep 2026 08:00 BST", "")
    found, told = await published(extraction, rss(*dates))
    assert list(found.values()) == ["2026-09-10T09:01:00Z", "2026-09-10T09:01:00.123000Z", None, None, "2026-09-10T07:00:00Z", None]
    assert "2 of 6 entries have a date that cannot be read; the first: '9/10/2026 3:07 PM' can be read in two ways" in told
    assert "BST: read as that of British summer time, +01:00; also Bangladesh, +06:00" in told


async def test_a_clear_day_of_a_feed_tells_how_the_others_are_meant(extraction: Extract) -> None:
    found, told = await published(extraction, rss("9/10/2026 15:07:41 GMT", "9/21/2026 15:07:41 GMT"))
    assert list(found.values()) == ["2026-09-10T15:07:41Z", "2026-09-21T15:07:41Z"]
    assert "have a date" not in told


async def test_dates_of_atom_and_json(extraction: Extract) -> None:
    atom = (
        "<feed xmlns='http://www.w3.org/2005/Atom'><title>Small</title><id>f</id><entry><id>a</id><title>t</title>"
        "<updated>2026/09/11 10:00:00 PDT</updated><published>10 Sep 2026 10:00 AM CEST</published></entry></feed>"
    )
    assert (await published(extraction, atom))[0] == {"a": "2026-09-10T08:00:00Z"}
    items = [
        {"id": "s", "date_published": 1789030860},
        {"id": "t", "date_published": "10 Sep 2026 10:00 CEST"},
        {"id": "u", "date_published": []},
    ]
    found, told = await published(extraction, json.dumps({"version": "https://jsonfeed.org/version/1.1", "items": items}))
    assert found == {"s": "2026-09-10T09:01:00Z", "t": "2026-09-10T08:00:00Z", "u": None}
    assert "have a date" not in told


@pytest.mark.parametrize("date", ["Thu, 1 Jan 1970 00:00:00 GMT", "Tue, 10 Sep 2086 08:00:00 GMT"])
async def test_a_date_before_the_web_or_well_after_the_night_is_none_and_told(extraction: Extract, date: str) -> None:
    job = extraction(SOURCE, lambda request: httpx.Response(200, content=rss(date)), feeds=(FEED,))
    pages = await collect(SOURCE.fetch(job))
    [entry] = records(pages, "entries").values()
    assert entry.published_at is None
    assert "1 of 1 entries have a date of before 1990 or well after the night, which counts as none" in notes(pages)
