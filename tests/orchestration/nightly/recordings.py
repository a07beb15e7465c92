"""What the connectors make of all recorded answers, by platform."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import unquote

import httpx

from connectors import platforms
from connectors.extraction import Extraction
from connectors.settings import Limits
from connectors.source import Page, SourceError, Window
from tests.conftest import collect, make_extraction
from tests.connectors.microblogs.mastodon.fake_mastodon import job_on
from tests.recorded.test_recorded_feeds import files
from tests.recorded.test_recorded_mastodon import Snac, documents, is_person, serving, statuses_in
from tests.recorded.test_recorded_mediawiki import LIVE, Replay
from tests.recorded.test_staged import MODULES

FEEDS = ("feeds-wellformed", "feeds-realworld", "feeds-illformed", "feeds-derived", "jsonfeed", "podcast")
WINDOW = Window(datetime(2000, 1, 1, tzinfo=UTC), datetime(2026, 11, 23, tzinfo=UTC))
LIMITS = Limits(requests_per_second=1000, attempts=1, young_days=3650)


PLATFORMS = (*MODULES, "feeds", "mastodon", "mediawiki")


def recorded_pages(payloads: Path) -> Iterator[tuple[str, list[Page]]]:
    """Each platform with its pages; of LinkedIn refusals alone were recorded."""
    for platform, module in MODULES.items():
        yield platform, asyncio.run(module.read(payloads, make_extraction))
    for platform, read in (("feeds", _feeds), ("mastodon", _mastodon), ("mediawiki", _mediawiki)):
        yield platform, asyncio.run(read(payloads))


async def _feeds(payloads: Path) -> list[Page]:
    """Every recorded feed, broken ones too, as feeds of one source."""
    paths = {f"https://feed.example/{folder}/{number}": path for folder in FEEDS for number, path in enumerate(files(payloads / folder))}

    def answer(request: httpx.Request) -> httpx.Response:
        path = paths.get(unquote(str(request.url)))  # other pages of a feed were not recorded
        return httpx.Response(200, content=path.read_bytes()) if path else httpx.Response(404)

    source = platforms()["feeds"]
    pages: list[Page] = []
    for url in paths:
        job = make_extraction(source, answer, window=WINDOW, limits=LIMITS, feeds=(url,))
        with suppress(SourceError):  # which says that no entry of this feed can be read
            pages += await collect(source.fetch(job))
    return pages


async def _mastodon(payloads: Path) -> list[Page]:
    source = platforms()["mastodon"]
    job_of: Callable[..., Extraction] = job_on  # any function from request to response is a server
    folder = payloads / "mastodon"
    followed = json.loads((folder / "test_account_lookup__02.json").read_bytes())
    statuses = [status for _, document in documents(folder) for status in statuses_in(document)]
    people = [
        person
        for _, document in documents(folder)
        for person in (document if isinstance(document, list) else [document])
        if is_person(person)
    ]
    answers = {"lookup": followed, "followers": people, "reblogged_by": people, "brew": statuses}
    job = job_of(make_extraction, serving(folder, **answers), window=WINDOW, limits=LIMITS, accounts=("someone",), tags=("brew",))
    snac = job_of(
        make_extraction, Snac(payloads / "snac-mastodon-live"), window=WINDOW, limits=LIMITS, accounts=("alice", "chiyo"),
        tags=("coffee",), terms=("coffee",), token="any",
    )  # fmt: skip
    return await collect(source.fetch(job)) + await collect(source.fetch(snac))


async def _mediawiki(payloads: Path) -> list[Page]:
    source = platforms()["mediawiki"]
    pages: list[Page] = []
    for number, folder in enumerate(LIVE):
        job = make_extraction(source, Replay(payloads / folder), base_url=f"https://wiki{number}.example", pages=("*",), window=WINDOW)
        pages += await collect(source.fetch(job))
    return pages
