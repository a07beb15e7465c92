"""The pageviews connector: how often articles were read, which days are asked for, and what cannot be read."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import unquote

import httpx
import pytest

from connectors.extraction import Extraction
from connectors.settings import Limits
from connectors.source import SourceError, Window
from connectors.wikis.pageviews import SOURCE
from tests.conftest import WINDOW, collect
from tests.connectors.reading import cursor, notes, records, until_failure

Make = Callable[..., Extraction]
NEXT = Window(WINDOW.end, WINDOW.end + timedelta(days=1))
MUG = "en.wikipedia/Travel mug"
TOLD_NOTHING = {"type": "about:blank", "title": "Not Found", "detail": "Dates are valid, but there is no data for them."}


class FakeViews:
    """Views by article and day; `ready` is the last day that is counted yet."""

    def __init__(self) -> None:
        self.views: dict[tuple[str, str], dict[date, int]] = {}
        self.ready = date(2026, 9, 29)
        self.broken: dict[str, httpx.Response] = {}
        self.asked: list[str] = []

    def add(self, wiki: str, title: str, **views: int) -> None:
        self.views[wiki, title] = {date(2026, int(day[1:3]), int(day[3:])): count for day, count in views.items()}

    def __call__(self, request: httpx.Request) -> httpx.Response:
        path = request.url.raw_path.decode()
        self.asked.append(path)
        _, _, rest = path.partition("/per-article/")
        wiki, access, agent, title, granularity, first, last = rest.split("/")
        assert (access, agent, granularity) == ("all-access", "user", "daily")
        article = unquote(title)
        if article in self.broken:
            return self.broken[article]
        days = [date.fromisoformat(day) for day in (first, last)]
        common = {"project": wiki.removesuffix(".org"), "article": article, "access": access, "agent": agent}
        items = [
            {**common, "timestamp": f"{day:%Y%m%d}00", "views": count}
            for day, count in self.views.get((wiki, article), {}).items()
            if days[0] <= day <= min(days[1], self.ready)
        ]
        return httpx.Response(200, json={"items": items}) if items else httpx.Response(404, json=TOLD_NOTHING)


@pytest.fixture
def views() -> FakeViews:
    return FakeViews()


@pytest.fixture
def job(extraction: Make) -> Make:
    def make(views: FakeViews, *pages: str, **settings: Any) -> Extraction:
        limits = Limits(requests_per_second=1000, attempts=2)
        return extraction(SOURCE, views, pages=pages or (MUG,), limits=limits, **settings)

    return make


async def test_the_first_night_reads_every_day_of_the_window(views: FakeViews, job: Make) -> None:
    views.add("en.wikipedia.org", "Travel_mug", d0831=1, d0901=2, d0915=3, d0929=4)
    pages = await collect(SOURCE.fetch(job(views)))
    found = records(pages, "page_views")
    assert {native_id: record.payload["views"] for native_id, record in found.items()} == {
        "en.wikipedia.org/Travel_mug/2026-09-01": 2,
        "en.wikipedia.org/Travel_mug/2026-09-15": 3,
        "en.wikipedia.org/Travel_mug/2026-09-29": 4,
    }
    record = found["en.wikipedia.org/Travel_mug/2026-09-15"]
    assert record.published_at == datetime(2026, 9, 15, tzinfo=UTC)
    assert record.lookup_key is None
    assert record.payload["wiki"] == "en.wikipedia.org"
    assert record.payload["project"] == "en.wikipedia"
    assert cursor(pages) == {"until": {"en.wikipedia.org/Travel_mug": "2026-09-30"}}
    assert notes(pages) == ""


async def test_the_next_night_reads_three_days_back_and_what_was_late(views: FakeViews, job: Make) -> None:
    views.add("en.wikipedia.org", "Travel_mug", d0926=1, d0927=2, d0929=3, d0930=4, d1001=5)
    first = await collect(SOURCE.fetch(job(views)))
    views.ready = date(2026, 10, 9)
    views.views["en.wikipedia.org", "Travel_mug"][date(2026, 9, 27)] = 20
    second = await collect(SOURCE.fetch(job(views, window=NEXT, cursor=cursor(first))))
    counts = [record.payload["views"] for record in records(second, "page_views").values()]
    assert counts == [20, 3, 4, 5], "2026-09-27 was corrected; 2026-09-30 was not counted yet on the first night"
    assert cursor(second) == {"until": {"en.wikipedia.org/Travel_mug": "2026-10-02"}}


async def test_a_day_that_is_not_over_is_left_for_later(views: FakeViews, job: Make) -> None:
    views.ready = date(2026, 10, 9)
    views.add("en.wikipedia.org", "Travel_mug", d0930=4, d1001=5)
    window = Window(WINDOW.start, WINDOW.end + timedelta(hours=3))
    pages = await collect(SOURCE.fetch(job(views, window=window)))
    assert list(records(pages, "page_views")) == ["en.wikipedia.org/Travel_mug/2026-09-30"]


async def test_a_page_followed_later_starts_with_its_history(views: FakeViews, job: Make) -> None:
    views.add("en.wikipedia.org", "Travel_mug", d0905=1)
    views.add("de.wikipedia.org", "Becher", d0905=1)
    known = cursor(await collect(SOURCE.fetch(job(views))))
    pages = await collect(SOURCE.fetch(job(views, MUG, "de.wikipedia.org/Becher", cursor=known)))
    assert "de.wikipedia.org/Becher/2026-09-05" in records(pages, "page_views")
    assert views.asked[-1].endswith("/20260901/20260930")


async def test_a_page_without_views_keeps_its_place(views: FakeViews, job: Make) -> None:
    known = {"until": {"en.wikipedia.org/Travel_mug": "2026-09-20"}}
    pages = await collect(SOURCE.fetch(job(views, cursor=known)))
    assert "no views told of en.wikipedia/Travel mug" in notes(pages)
    assert cursor(pages) == known


@pytest.mark.parametrize(
    ("page", "path"),
    [
        ("en.wikipedia/AC/DC", "en.wikipedia.org/all-access/user/AC%2FDC"),
        ("WWW.Wikidata.org/Q42", "wikidata.org/all-access/user/Q42"),
        ("zh-min-nan.wikipedia/ Tê é ", "zh-min-nan.wikipedia.org/all-access/user/T%C3%AA_%C3%A9"),
        ("en.wikipedia/What? 100%", "en.wikipedia.org/all-access/user/What%3F_100%25"),
    ],
)
async def test_pages_are_asked_for_by_host_and_title(views: FakeViews, job: Make, page: str, path: str) -> None:
    await collect(SOURCE.fetch(job(views, page)))
    assert views.asked == [f"/api/rest_v1/metrics/pageviews/per-article/{path}/daily/20260901/20260930"]


async def test_pages_that_cannot_be_read_do_not_keep_the_others_back(views: FakeViews, job: Make) -> None:
    views.add("en.wikipedia.org", "Travel_mug", d0905=1)
    views.broken["Odd"] = httpx.Response(400, json={"detail": ["project is wrong"]})
    views.broken["Web"] = httpx.Response(404, html="<html>proxy</html>")
    views.broken["Shape"] = httpx.Response(200, json=["x"])
    pages, message = await until_failure(
        SOURCE.fetch(job(views, "mug", "en/../Odd", "en.wikipedia/Odd", "en.wikipedia/Web", "en.wikipedia/Shape", MUG))
    )
    assert len(records(pages, "page_views")) == 1
    for told in ("'mug' is no page of a wiki", "(project is wrong)", "it looks like HTML", "is not a list of days"):
        assert told in message


async def test_an_unreachable_server_ends_the_night(views: FakeViews, job: Make) -> None:
    views.broken["Travel_mug"] = httpx.Response(429, json={})
    with pytest.raises(SourceError, match="429"):
        await collect(SOURCE.fetch(job(views)))


async def test_hostile_days_are_rejected(views: FakeViews, job: Make) -> None:
    good = {"timestamp": "2026090500", "views": 0}
    bad: list[Any] = [
        None,
        3,
        [],
        {},
        {"timestamp": 2026090500, "views": 1},
        {"timestamp": "2026139900", "views": 1},
        {"timestamp": "2026090500", "views": "many"},
    ]
    views.broken["Travel_mug"] = httpx.Response(200, json={"items": [*bad, good, {"timestamp": "2026100500", "views": 1}]})
    pages = await collect(SOURCE.fetch(job(views)))
    assert [record.payload for record in records(pages, "page_views").values()] == [{"wiki": "en.wikipedia.org", **good}]
    assert [rejected.payload for page in pages for rejected in page.rejected] == bad


async def test_the_check_counts_the_last_days(views: FakeViews, job: Make) -> None:
    views.add("en.wikipedia.org", "Travel_mug", d0905=9, d0925=2, d0926=3)
    assert await SOURCE.check(job(views)) == "en.wikipedia.org/Travel_mug: 5 views on 2 of the last 7 days"
