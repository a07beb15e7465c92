"""Old entries and episodes whose pages are asked for: what is gone, what is not, and what is not asked. No request leaves the machine."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest

from connectors.blogs.feeds import SOURCE as BLOGS
from connectors.extraction import Extraction, Platform
from connectors.podcasts.podcast_feeds.source import SOURCE as PODCASTS
from connectors.settings import Limits
from connectors.source import Known, Page
from tests.conftest import collect
from tests.connectors.reading import cursor, records, tombstones, until_failure

Extract = Callable[..., Extraction]
FEED = "https://brews.example/feed.xml"
ENTITY = {"feeds": "entries", "podcast_feeds": "episodes"}


def feed(*links: str) -> str:
    items = "".join(f'<item><guid isPermaLink="false">{link}</guid><title>a</title><link>{link}</link></item>' for link in links)
    return f'<rss version="2.0"><channel><title>Brews</title><link>https://www.brews.example/</link>{items}</channel></rss>'


class Site:
    """A site whose feed lists `listed`; `pages` are the statuses of its pages."""

    def __init__(self, *listed: str, **pages: int) -> None:
        self.listed, self.pages = listed, {f"/{name}": status for name, status in pages.items()}
        self.asked: list[str] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        self.asked.append(path)
        if path == "/feed.xml":
            if request.headers.get("if-none-match") == '"1"':
                return httpx.Response(304)
            return httpx.Response(200, text=feed(*self.listed), headers={"etag": '"1"'})
        if path == "/moved":
            return httpx.Response(301, headers={"location": "https://other.example/lost"})
        if path == "/robots.txt":
            return httpx.Response(200, text="User-agent: *\nDisallow: /closed")
        return httpx.Response(self.pages.get(path, 404), text="a page")


def old(platform: Platform, *names: str) -> list[Known]:
    return [Known(ENTITY[platform.platform], f"{FEED} {name}", f"{FEED} https://brews.example/{name}", is_old=True) for name in names]


def still(pages: list[Page]) -> set[str]:
    return {known.native_id.partition(" ")[2] for page in pages for known in page.still}


@pytest.mark.parametrize("platform", [BLOGS, PODCASTS], ids=["blogs", "podcasts"])
async def test_an_entry_is_gone_where_its_page_is_and_no_feed_lists_it(extraction: Extract, platform: Platform) -> None:
    site = Site("https://brews.example/new", "listed", there=200, withdrawn=410, closed_to_us=403, down=503)
    limits = Limits(requests_per_second=1000)
    first = await collect(platform.fetch(extraction(platform, site, feeds=(FEED,), limits=limits)))
    due = old(platform, "there", "missing", "withdrawn", "closed_to_us", "closed", "listed", "moved", "down", "after")
    site.asked.clear()
    pages = await collect(platform.fetch(extraction(platform, site, feeds=(FEED,), limits=limits, cursor=cursor(first), young=due)))
    assert {gone.native_id.partition(" ")[2] for gone in tombstones(pages)} == {"missing", "withdrawn"}
    assert still(pages) == {"there", "closed_to_us", "closed", "listed", "moved", "down", "after"}
    assert site.asked.count("/down") == 1, "what fails has another turn another night"
    assert site.asked.count("/feed.xml") == 2, "once for what is new, and once for what it lists"
    assert not {"/closed", "/after"} & set(site.asked), "what the site asks programs not to read, and what comes after an answer that fails"
    assert platform.rechecks == {ENTITY[platform.platform]}


async def test_where_the_feed_cannot_be_read_nothing_is_gone(extraction: Extract) -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        return httpx.Response(404)

    job = extraction(BLOGS, handler, feeds=(FEED,), limits=Limits(requests_per_second=1000, attempts=1), young=old(BLOGS, "one"))
    pages, _ = await until_failure(BLOGS.fetch(job))
    assert tombstones(pages) == []
    assert still(pages) == {"one"}


async def test_only_pages_of_an_entrys_own_on_the_feeds_site_are_asked(extraction: Extract) -> None:
    own, shared = "https://www.brews.example/own", "https://brews.example/both"
    links = (own, shared, shared, "https://elsewhere.example/news", "https://www.brews.example/", "https://brews.example/own#comment-1")
    pages = await collect(BLOGS.fetch(extraction(BLOGS, Site(*links), feeds=(FEED,), limits=Limits(requests_per_second=1000))))
    assert [record.lookup_key for record in records(pages, "entries").values() if record.lookup_key] == [f"{FEED} {own}"]
