"""The views of the wiki's articles, read by the connector over two nights."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx
import pytest

from connectors.sandbox.views.pageviews import VIEWS_PER_EDIT
from connectors.sandbox.world import World
from connectors.source import Page
from tests.connectors.reading import cursor, notes, records
from tests.connectors.sandbox.test_venue_views import FIRST, FIRST_NIGHT, SECOND, SECOND_NIGHT, entry, read

PATH = "/pageviews/api/rest_v1/metrics/pageviews/per-article"


def views(pages: list[Page], title: str) -> dict[date, int]:
    found = records(pages, "page_views").values()
    return {
        record.published_at.date(): record.payload["views"]
        for record in found
        if record.published_at and record.payload["article"] == title.replace(" ", "_")
    }


def test_the_connector_reads_each_day_once_it_is_counted_and_then_corrected(world: World) -> None:
    settings = entry("pageviews")
    first = asyncio.run(read(world, settings, FIRST + timedelta(hours=2), FIRST_NIGHT))
    assert notes(first) == ""
    assert not [rejected for page in first for rejected in page.rejected]
    titles = [page.split("/")[1] for page in settings.pages]
    assert set(titles) <= {page.title for page in world.wiki.pages}
    for title in titles:
        assert max(views(first, title)) == date(2026, 9, 18), "a day is told a day after its end"
    (busiest,) = (page for page in world.wiki.pages if page.title == "Ohmline One")
    edited = {datetime.fromtimestamp(revision.at, UTC).date() for revision in busiest.seen(int(FIRST.timestamp()))}
    counted = views(first, busiest.title)
    assert edited & counted.keys()
    assert min(counted[day] for day in edited & counted.keys()) >= VIEWS_PER_EDIT * 0.9
    again = asyncio.run(read(world, settings, SECOND + timedelta(hours=2), SECOND_NIGHT, cursor=cursor(first)))
    second = views(again, busiest.title)
    assert (min(second), max(second)) == (date(2026, 9, 16), date(2026, 9, 19))
    newest = date(2026, 9, 18)
    assert sum(views(again, title)[newest] for title in titles) > sum(views(first, title)[newest] for title in titles), "corrected"


@pytest.mark.parametrize(
    ("rest", "status"),
    [
        ("127.0.0.1:8765/all-access/user/Ohmline_One/daily/20260905/20260905", 200),
        ("en.wikipedia.org/all-access/user/Ohmline_One/daily/20260905/20260905", 404),
        ("127.0.0.1:8765/all-access/user/No_such_thing/daily/20260905/20260905", 404),
        ("127.0.0.1:8765/all-access/user/Ohmline_One/daily/20990905/20990905", 404),
        ("127.0.0.1:8765/all-access/user/Ohmline_One/monthly/20260905/20260905", 400),
        ("127.0.0.1:8765/all-access/user/Ohmline_One/daily/2026-9-5/20260905", 400),
    ],
)
async def test_what_is_not_counted_is_refused(serve: Any, rest: str, status: int) -> None:
    client: httpx.AsyncClient
    async with serve() as client:
        assert (await client.get(f"{PATH}/{rest}")).status_code == status
