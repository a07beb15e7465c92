"""The transcripts of podcast feeds: which are asked for, once, and what happens to those that cannot be read."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from connectors.extraction import Extraction
from connectors.podcasts.podcast_feeds.source import SOURCE
from connectors.settings import Limits
from connectors.source import Page, Window
from tests.conftest import WINDOW, collect
from tests.connectors.reading import cursor, notes, records, until_failure

Extract = Callable[..., Extraction]
URL = "https://pods.example/show.xml"
HEAD = '<?xml version="1.0"?><rss version="2.0" xmlns:p="https://podcastindex.org/namespace/1.0"><channel><title>Laps</title>'
NEXT = Window(WINDOW.end, WINDOW.end + timedelta(days=1))
WORDS = "WEBVTT\n\n00:00.000 --> 00:01.000\n<v Ada>my Kestrel Glide"


def item(guid: str, date: str | None, *transcripts: str) -> str:
    dated = f"<pubDate>{datetime.fromisoformat(date).replace(tzinfo=UTC):%a, %d %b %Y %H:%M:%S} GMT</pubDate>" if date else ""
    return f'<item><guid isPermaLink="false">{guid}</guid><title>{guid}</title>{dated}{"".join(transcripts)}</item>'


def told(url: str, media_type: str = "text/vtt", language: str = "") -> str:
    spoken = f' language="{language}"' if language else ""
    return f'<p:transcript url="{url}" type="{media_type}"{spoken}/>'


class FakeHost:
    """One feed of these items, and files by path: text, a status, or an error to raise."""

    def __init__(self, *items: str, language: str = "") -> None:
        self.items = list(items)
        self.language = language
        self.files: dict[str, str | int | Exception] = {}
        self.asked: list[str] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if str(request.url) == URL:
            return httpx.Response(200, text=f"{HEAD}<language>{self.language}</language>{''.join(self.items)}</channel></rss>")
        self.asked.append(request.url.path)
        file = self.files.get(request.url.path, 404)
        if isinstance(file, Exception):
            raise file
        return httpx.Response(file) if isinstance(file, int) else httpx.Response(200, text=file)


@pytest.fixture
def night(extraction: Extract) -> Callable[..., Any]:
    async def read(host: Callable[[httpx.Request], httpx.Response], **more: Any) -> list[Page]:
        limits = more.pop("limits", Limits(requests_per_second=1000, attempts=1))
        return await collect(SOURCE.fetch(extraction(SOURCE, host, limits=limits, **{"feeds": (URL,), **more})))

    return read


def texts(pages: list[Page]) -> dict[str, str]:
    return {key.removeprefix(f"{URL} "): record.payload["text"] for key, record in records(pages, "transcripts").items()}


async def test_a_new_episode_s_transcript_is_a_record_beside_it(night: Any) -> None:
    host = FakeHost(item("lap-2", "2026-09-09T05:00", told("/2.vtt", language="en")), item("lap-1", "2026-09-08T05:00"))
    host.files["/2.vtt"] = WORDS
    pages = await night(host)
    (record,) = records(pages, "transcripts").values()
    assert record.native_id == f"{URL} lap-2"
    assert record.native_id in records(pages, "episodes")
    assert (record.published_at, record.lookup_key) == (datetime(2026, 9, 9, 5, tzinfo=UTC), None)
    assert record.payload == {
        "podcast_id": URL,
        "guid": "lap-2",
        "url": "https://pods.example/2.vtt",
        "type": "text/vtt",
        "language": "en",
        "text": "Ada: my Kestrel Glide",
    }
    assert not notes(pages)


async def test_one_transcript_an_episode_the_best_kind_of_the_podcast_s_language(night: Any) -> None:
    offers = (
        told("/a.html", "text/html"),
        told("/a.txt", "text/plain"),
        told("/a.srt", "application/srt"),
        told("/a.vtt"),
        told("/fr.json", "application/json", "fr-CA"),
        told("/a.json", "application/json", "en_US"),
        told("/a.pdf", "application/pdf"),
    )
    host = FakeHost(item("a", "2026-09-09T05:00", *offers), language="en-GB")
    assert not texts(await night(host))
    assert host.asked == ["/a.json", "/a.vtt", "/a.srt", "/a.txt", "/a.html", "/fr.json"]
    host.files = {"/a.json": json.dumps({"segments": [{"body": "hello"}]}), "/a.vtt": WORDS}
    host.asked.clear()
    assert texts(await night(host)) == {"a": "hello"}
    assert host.asked == ["/a.json"]


async def test_a_transcript_is_asked_for_once_and_a_late_one_when_it_comes(night: Any) -> None:
    host = FakeHost(item("b", "2026-09-29T05:00"), item("a", "2026-09-09T05:00", told("/a.vtt")))
    host.files = {"/a.vtt": WORDS, "/b.vtt": WORDS, "/c.vtt": WORDS}
    first = await night(host)
    assert set(texts(first)) == {"a"}
    host.items = [item("c", "2026-10-01T05:00", told("/c.vtt")), item("b", "2026-09-29T05:00", told("/b.vtt")), host.items[1]]
    second = await night(host, window=NEXT, cursor=cursor(first))
    assert set(texts(second)) == {"b", "c"}
    assert host.asked == ["/a.vtt", "/c.vtt", "/b.vtt"]
    assert set(cursor(second)["transcripts"]["read"]) == {f"{URL} {guid}" for guid in "abc"}


@pytest.mark.parametrize("first_answered", ["/a.vtt", "/b.vtt"])
async def test_the_cursor_does_not_tell_which_answer_came_first(night: Any, first_answered: str) -> None:
    host = FakeHost(item("b", "2026-09-08T05:00", told("/b.vtt")), item("a", "2026-09-09T05:00", told("/a.vtt")))
    host.files = {"/a.vtt": WORDS, "/b.vtt": WORDS}
    is_answered = asyncio.Event()

    async def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == first_answered:
            is_answered.set()
        elif str(request.url) != URL:
            await is_answered.wait()
        return host(request)

    assert list(cursor(await night(answer))["transcripts"]["read"]) == [f"{URL} a", f"{URL} b"]


async def test_what_is_old_is_neither_asked_for_nor_remembered(night: Any) -> None:
    host = FakeHost(item("a", "2026-09-09T05:00", told("/a.vtt")), item("old", "2026-08-01T05:00", told("/old.vtt")))
    host.files["/a.vtt"] = WORDS
    first = await night(host)
    assert host.asked == ["/a.vtt"]
    later = Window(datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 11, 2, tzinfo=UTC))
    second = await night(host, window=later, cursor=cursor(first))
    assert (host.asked, cursor(second)["transcripts"]) == (["/a.vtt"], {"read": {}, "waiting": {}})


async def test_one_that_cannot_be_read_is_noted_tried_three_nights_and_then_left(night: Any) -> None:
    host = FakeHost(item("a", "2026-09-29T05:00", told("/a.vtt")), item("b", "2026-09-29T05:00", told("/b.vtt")))
    host.files = {"/a.vtt": 403, "/b.vtt": "<!DOCTYPE html><html>Sign in</html>"}
    pages, window = await night(host), NEXT
    assert set(records(pages, "episodes")) == {f"{URL} a", f"{URL} b"}
    for _ in range(2):
        assert "2 transcripts at pods.example could not be read, the first: https://pods.example/a.vtt answered 403" in notes(pages)
        pages = await night(host, window=window, cursor=cursor(pages))
        window = Window(window.end, window.end + timedelta(days=1))
    assert cursor(pages)["transcripts"]["waiting"] == {}
    pages = await night(host, window=window, cursor=cursor(pages))
    assert len(host.asked) == 6
    assert not notes(pages)


async def test_one_that_waits_is_tried_though_its_feed_has_not_changed(night: Any) -> None:
    def unchanged(request: httpx.Request) -> httpx.Response:
        return httpx.Response(304) if "if-none-match" in request.headers else tagged(request)

    def tagged(request: httpx.Request) -> httpx.Response:
        answer = host(request)
        answer.headers["etag"] = '"1"'
        return answer

    host = FakeHost(item("a", "2026-09-29T05:00", told("/a.vtt")))
    first = await night(tagged)
    host.files["/a.vtt"] = WORDS
    second = await night(unchanged, window=NEXT, cursor=cursor(first))
    assert set(texts(second)) == {"a"}
    assert not records(second, "episodes")


async def test_a_too_large_one_is_noted(night: Any) -> None:
    host = FakeHost(item("a", "2026-09-29T05:00", told("/a.txt", "text/plain")))
    host.files["/a.txt"] = "word " * 30_000
    pages = await night(host, limits=Limits(requests_per_second=1000, max_body_mb=0.1))
    assert "/a.txt sent more than 0.1 MB" in notes(pages)
    assert cursor(pages)


async def test_a_host_that_refuses_is_left_alone_until_the_next_night(night: Any) -> None:
    items = [item(str(number), "2026-09-29T05:00", told(f"https://slow.example/{number}.vtt")) for number in range(20)]
    host = FakeHost(*items, item("a", "2026-09-29T05:00", told("/a.vtt")))
    host.files = {"/a.vtt": WORDS, **{f"/{number}.vtt": httpx.ConnectError("no route") for number in range(20)}}
    first = await night(host)
    assert set(texts(first)) == {"a"}
    assert len(host.asked) <= 8 + 1, "those that are asked for together"
    assert "transcripts at slow.example are left for the next night: " in notes(first)
    host.files = dict.fromkeys(host.files, WORDS)
    second = await night(host, window=NEXT, cursor=cursor(first))
    assert len(texts(second)) == 20


async def test_max_pages_bounds_a_night_and_the_rest_comes_the_next(night: Any) -> None:
    host = FakeHost(*(item(str(number), "2026-09-29T05:00", told(f"/{number}.vtt")) for number in range(5)))
    host.files = {f"/{number}.vtt": WORDS for number in range(5)}
    limits = Limits(requests_per_second=1000, max_pages=2)
    first = await night(host, limits=limits)
    assert len(texts(first)) == 2
    assert "3 transcripts are left for the next night: limits.max_pages is reached" in notes(first)
    second = await night(host, limits=limits, window=NEXT, cursor=cursor(first))
    assert len({**texts(first), **texts(second)}) == 4


async def test_what_is_not_asked_for_is_told(night: Any) -> None:
    host = FakeHost(item("a", None, told("/a.vtt")), item("b", "2026-09-29T05:00", told("/b.pdf", "application/pdf"), "<p:transcript/>"))
    pages = await night(host)
    assert not host.asked
    assert "1 episodes have a transcript but no date" in notes(pages)
    assert "transcripts of these types are not read: None, application/pdf" in notes(pages)


async def test_a_failing_feed_does_not_lose_the_transcripts_of_the_others(extraction: Extract) -> None:
    host = FakeHost(item("a", "2026-09-09T05:00", told("/a.vtt")))
    host.files["/a.vtt"] = WORDS
    feeds = ("https://gone.example/feed", URL)
    pages, failure = await until_failure(SOURCE.fetch(extraction(SOURCE, host, feeds=feeds)))
    assert set(texts(pages)) == {"a"}
    assert "gone.example" in failure
    assert not any(page.cursor for page in pages)


async def test_no_request_leaves_for_a_strange_address(night: Any) -> None:
    strange = ("file:///etc/passwd.vtt", "ftp://x.example/a.vtt", "http://[::1/a.vtt", "javascript:1.vtt", "http://u:p@pods.example/a.vtt")
    host = FakeHost(*(item(str(place), "2026-09-09T05:00", told(url)) for place, url in enumerate(strange)))
    pages = await night(host)
    assert host.asked == ["/a.vtt"]
    assert "u:p@" not in notes(pages)
    assert cursor(pages)
