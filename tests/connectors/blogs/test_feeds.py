from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from connectors.blogs.feeds import SOURCE
from connectors.extraction import Extraction
from connectors.settings import Limits
from connectors.source import Page, Record, SourceError, Tombstone
from tests.conftest import collect

Extract = Callable[..., Extraction]
URL = "https://brews.example/feed.xml"

RSS = """<?xml version="1.0"?>
<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:slash="http://purl.org/rss/1.0/modules/slash/"
     xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel>
<title>Slow Brews</title><link>https://brews.example/</link><description>Coffee, slowly</description><language>en</language>
<item><guid isPermaLink="false">brew-2</guid><link>/second</link><title>Second cup</title><dc:creator>Mara Quill</dc:creator>
<pubDate>Wed, 09 Sep 2026 08:00:00 +0200</pubDate><category>coffee</category><category>press</category>
<description>Short</description><content:encoded>&lt;p onclick="x()"&gt;My &lt;b&gt;Morrowbean Press&lt;/b&gt;&lt;/p&gt;</content:encoded>
<comments>https://brews.example/second#comments</comments><slash:comments>4</slash:comments>
<enclosure url="https://brews.example/cup.jpg" type="image/jpeg" length="1200"/></item>
<item><guid isPermaLink="false">brew-1</guid><link>https://brews.example/first</link><title>First cup</title>
<pubDate>Tue, 08 Sep 2026 08:00:00 GMT</pubDate><description>Nothing yet</description></item>
</channel></rss>"""

ATOM = """<?xml version="1.0"?>
<feed xmlns="http://www.w3.org/2005/Atom" xmlns:thr="http://purl.org/syndication/thread/1.0" xmlns:at="http://purl.org/atompub/tombstones/1.0">
<title>Trail Notes</title><id>urn:trail</id><updated>2026-09-10T10:00:00Z</updated><author><name>Ode Fenn</name></author>
<at:deleted-entry ref="urn:trail:1" when="2026-09-10T09:00:00Z"/>
<entry><id>urn:trail:2</id><title>On Fernway</title><updated>2026-09-10T09:30:00Z</updated><author><name>Ivo Reed</name><uri>https://ivo.example/</uri></author>
<link href="https://trail.example/2"/><link rel="replies" href="https://trail.example/2/replies" thr:count="3"/>
<thr:in-reply-to ref="urn:other:9" href="https://other.example/9"/><thr:in-reply-to ref="urn:other:8"/>
<content type="text">5 &lt; 6 miles</content></entry>
<entry><id>urn:trail:3</id><title>Rest</title><updated>2026-09-11T09:30:00Z</updated><published>2026-09-05T00:00:00Z</published>
<link href="https://trail.example/3"/><content type="html">&lt;i&gt;rest&lt;/i&gt;</content></entry></feed>"""


def items(*titles: str, day: int = 10, extra: str = "") -> str:
    entries = "".join(
        f'<item><guid isPermaLink="false">{title}</guid><title>{title}</title><pubDate>{day - index} Sep 2026 08:00:00 GMT</pubDate></item>'
        for index, title in enumerate(titles)
    )
    return f'<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom"><channel><title>Cups</title>{extra}{entries}</channel></rss>'


def serve(answers: Mapping[str, Any]) -> Callable[[httpx.Request], httpx.Response]:
    """Answers by address; a function is called with the request."""

    def handler(request: httpx.Request) -> httpx.Response:
        answer = answers.get(str(request.url), httpx.Response(404))
        if callable(answer):
            answer = answer(request)
        return httpx.Response(200, text=answer) if isinstance(answer, str) else answer

    return handler


def records(pages: list[Page], entity: str) -> list[Record]:
    return [record for page in pages for record in page.records if record.entity == entity]


def notes(pages: list[Page]) -> str:
    return "\n".join(note for page in pages for note in page.notes)


async def night(extraction: Extract, answers: Mapping[str, Any], feeds: tuple[str, ...] = (URL,), **more: Any) -> list[Page]:
    return await collect(SOURCE.fetch(extraction(SOURCE, serve(answers), feeds=feeds, **more)))


async def test_an_rss_feed_becomes_a_feed_its_authors_and_its_entries(extraction: Extract) -> None:
    pages = await night(extraction, {URL: RSS})
    assert records(pages, "feeds")[0].payload == {
        "feed_url": URL,
        "title": "Slow Brews",
        "subtitle": "Coffee, slowly",
        "link": "https://brews.example/",
        "language": "en",
        "image": None,
        "generator": None,
        "format": "rss20",
    }
    assert {record.native_id: record.payload["name"] for record in records(pages, "authors")} == {
        f"{URL}#Mara Quill": "Mara Quill",
        URL: "Slow Brews",
    }
    second = records(pages, "entries")[0]
    assert second.native_id == f"{URL} brew-2"
    assert second.published_at == datetime(2026, 9, 9, 6, tzinfo=UTC)
    assert second.lookup_key == f"{URL} https://brews.example/second"
    assert second.payload == {
        "feed_url": URL,
        "id": "brew-2",
        "url": "https://brews.example/second",
        "title": "Second cup",
        "content_html": '<p onclick="x()">My <b>Morrowbean Press</b></p>',
        "summary": "Short",
        "published": "2026-09-09T06:00:00Z",
        "updated": None,
        "author_id": f"{URL}#Mara Quill",
        "tags": ["coffee", "press"],
        "comments_url": "https://brews.example/second#comments",
        "comment_count": 4,
        "in_reply_to": [],
        "enclosures": [{"url": "https://brews.example/cup.jpg", "type": "image/jpeg", "length": 1200}],
        "language": "en",
    }


async def test_an_atom_feed_gives_replies_counts_authors_and_tombstones(extraction: Extract) -> None:
    pages = await night(extraction, {URL: ATOM})
    second, third = (record.payload for record in records(pages, "entries"))
    assert second["in_reply_to"] == ["https://other.example/9", "urn:other:8"]
    assert (second["comment_count"], second["comments_url"]) == (3, "https://trail.example/2/replies")
    assert (second["author_id"], third["author_id"]) == ("https://ivo.example/", f"{URL}#Ode Fenn")
    assert (second["published"], third["published"], third["updated"]) == (
        "2026-09-10T09:30:00Z",
        "2026-09-05T00:00:00Z",
        "2026-09-11T09:30:00Z",
    )
    assert (second["content_html"], third["content_html"]) == ("5 &lt; 6 miles", "<i>rest</i>")
    assert [tombstone for page in pages for tombstone in page.tombstones] == [Tombstone("entries", f"{URL} urn:trail:1")]


async def test_a_json_feed_is_told_by_its_body_and_followed_over_its_pages(extraction: Extract) -> None:
    first = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "Ohm & Co",
        "authors": [{"name": "Pia"}],
        "next_url": "/older.json",
        "items": [
            {
                "id": 7,
                "url": "https://ohm.example/7",
                "content_text": "1 < 2\u0000",
                "date_published": "2026-09-07T10:00:00+02:00",
                "tags": ["a", 3, "a"],
            },
            "not an object",
        ],
    }
    second = {
        "version": "https://jsonfeed.org/version/1",
        "title": "older",
        "items": [{"id": "6", "authors": [{"url": "https://p.example/"}], "title": "Six"}],
    }
    answers = {
        URL: httpx.Response(200, json=first, headers={"content-type": "text/html"}),
        "https://brews.example/older.json": json.dumps(second),
    }
    pages = await night(extraction, answers)
    seven, six = (record.payload for record in records(pages, "entries"))
    assert (seven["id"], seven["content_html"], seven["published"], seven["tags"]) == ("7", "1 &lt; 2", "2026-09-07T08:00:00Z", ["a", "3"])
    assert (seven["author_id"], six["author_id"]) == (f"{URL}#Pia", "https://p.example/")
    assert {record.payload["title"] for record in records(pages, "feeds")} == {"Ohm & Co"}
    assert [rejected.payload for page in pages for rejected in page.rejected] == ['"not an object"']


@pytest.mark.parametrize(("year", "payload"), [("0001", "0001-05-01T00:00:00Z"), ("9999", "9999-05-01T00:00:00Z")])
async def test_an_absurd_date_stays_in_the_payload_alone(extraction: Extract, year: str, payload: str) -> None:
    body = json.dumps({"items": [{"id": "a", "date_published": f"{year}-05-01T00:00:00Z"}]})
    (record,) = records(await night(extraction, {URL: body}), "entries")
    assert (record.published_at, record.payload["published"]) == (None, payload)


async def test_an_empty_entry_is_rejected(extraction: Extract) -> None:
    pages = await night(extraction, {URL: "<rss><channel><item/><item><title>a</title></item></channel></rss>"})
    assert len(records(pages, "entries")) == 1
    assert [rejected.entity for page in pages for rejected in page.rejected] == ["entries"]


async def test_a_second_night_asks_with_the_validators_and_nothing_new_gives_nothing(extraction: Extract) -> None:
    asked: list[str | None] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.headers.get("if-none-match"))
        return httpx.Response(304) if asked[-1] else httpx.Response(200, text=RSS, headers={"etag": '"1"'})

    first = await night(extraction, {URL: answer})
    second = await night(extraction, {URL: answer}, cursor=first[-1].cursor)
    assert asked == [None, '"1"']
    assert (records(second, "entries"), notes(second)) == ([], "")
    assert second[-1].cursor == first[-1].cursor


async def test_an_entry_after_the_window_is_left_for_the_next_night_whatever_the_validators_say(extraction: Extract) -> None:
    body = httpx.Response(200, text=items("late", "now", day=31).replace("31 Sep", "1 Oct"), headers={"etag": '"1"'})
    pages = await night(extraction, {URL: body})
    assert [record.payload["title"] for record in records(pages, "entries")] == ["now"]
    assert pages[-1].cursor is not None
    assert pages[-1].cursor["feeds"][URL]["validators"] == {}


async def test_an_edited_entry_keeps_its_id(extraction: Extract) -> None:
    before = records(await night(extraction, {URL: RSS}), "entries")[0]
    after = records(await night(extraction, {URL: RSS.replace("Second cup", "Second cup, edited")}), "entries")[0]
    assert before.native_id == after.native_id
    assert before.payload != after.payload


async def test_a_moved_feed_is_read_at_its_new_place_under_its_old_name(extraction: Extract) -> None:
    new = "https://new.example/feed"
    moved = {URL: httpx.Response(301, headers={"location": new}), new: RSS}
    first = await night(extraction, moved)
    assert f"moved for good to {new}" in notes(first)
    assert records(first, "entries")[0].native_id == f"{URL} brew-2"
    second = await night(extraction, {new: RSS}, cursor=first[-1].cursor)
    assert notes(second) == ""
    assert len(records(second, "entries")) == 2
    back = await night(extraction, {URL: RSS}, cursor=first[-1].cursor)
    assert len(records(back, "entries")) == 2
    assert back[-1].cursor is not None
    assert "moved_to" not in back[-1].cursor["feeds"][URL]


async def test_a_feed_gone_for_good_is_noted_and_never_asked_again(extraction: Extract) -> None:
    first = await night(extraction, {URL: httpx.Response(410)})
    assert "gone for good" in notes(first)
    job = extraction(SOURCE, serve({}), feeds=(URL,), cursor=first[-1].cursor)
    second = await collect(SOURCE.fetch(job))
    assert job.http.requests == 0
    assert "not asked" in notes(second)
    assert second[-1].cursor == first[-1].cursor


async def test_one_failing_feed_does_not_lose_the_others(extraction: Extract) -> None:
    feeds = tuple(f"https://f{number}.example/feed" for number in range(20))
    answers: dict[str, Any] = dict.fromkeys(feeds, RSS) | {feeds[3]: httpx.Response(404), feeds[9]: "<html></html>"}
    pages: list[Page] = []

    async def gather() -> None:
        async for page in SOURCE.fetch(extraction(SOURCE, serve(answers), feeds=feeds)):
            pages.append(page)

    with pytest.raises(SourceError) as failure:
        await gather()
    assert [record.native_id for record in records(pages, "feeds")] == [feed for feed in feeds if feed not in {feeds[3], feeds[9]}]
    assert all(page.cursor is None for page in pages)
    assert str(failure.value).startswith("2 of 20 feeds could not be read; ")
    assert feeds[3] in str(failure.value)
    assert f"{feeds[9]}: the answer is an HTML page" in str(failure.value)


def archive(page: int) -> str:
    return f'<atom:link rel="prev-archive" href="https://brews.example/{page}"/>'


async def test_the_first_night_reads_the_archive_back_to_the_windows_start(extraction: Extract) -> None:
    answers = {
        URL: items("e", "d", extra=archive(1)),
        "https://brews.example/1": items("c", "b", day=2, extra=archive(2)),
        "https://brews.example/2": items("a", day=1, extra=archive(3)).replace("1 Sep", "31 Aug"),
    }
    pages = await night(extraction, answers)
    assert [record.payload["title"] for record in records(pages, "entries")] == ["e", "d", "c", "b", "a"]
    assert notes(pages) == ""


async def test_later_nights_read_the_archive_only_to_close_a_gap_and_note_one_they_cannot(extraction: Extract) -> None:
    first = await night(extraction, {URL: items("b", "a", day=3)})
    cursor = first[-1].cursor
    overlapping = await night(extraction, {URL: items("c", "b", day=4, extra=archive(1))}, cursor=cursor)
    assert [record.payload["title"] for record in records(overlapping, "entries")] == ["c", "b"]
    closed = await night(
        extraction, {URL: items("f", "e", day=7, extra=archive(1)), "https://brews.example/1": items("d", "b", day=5)}, cursor=cursor
    )
    assert ([record.payload["title"] for record in records(closed, "entries")], notes(closed)) == (["f", "e", "d", "b"], "")
    gap = await night(extraction, {URL: items("f", "e", day=7)}, cursor=cursor)
    assert "its oldest entry is new" in notes(gap)


async def test_the_page_limit_and_an_archive_in_a_circle_end_the_reading(extraction: Extract) -> None:
    limited = await night(extraction, {URL: items("b", extra=archive(1))}, limits=Limits(max_pages=1, requests_per_second=1000))
    assert "limits.max_pages is reached" in notes(limited)
    circle = {URL: items("b", extra=archive(1)), "https://brews.example/1": items("a", extra=archive(1))}
    assert len(records(await night(extraction, circle), "entries")) == 2


async def test_past_the_archives_end_is_no_failure_but_a_broken_archive_is(extraction: Extract) -> None:
    assert len(records(await night(extraction, {URL: items("b", extra=archive(1))}), "entries")) == 1
    with pytest.raises(SourceError, match="HTML page"):
        await night(extraction, {URL: items("b", extra=archive(1)), "https://brews.example/1": "<html></html>"})


async def test_check_reads_the_first_feed_alone(extraction: Extract) -> None:
    job = extraction(SOURCE, serve({URL: RSS}), feeds=(URL, "https://dead.example/feed"))
    assert await SOURCE.check(job) == "Slow Brews: 2 entries"
    assert job.http.requests == 1


async def test_an_address_under_which_several_sign_is_told_with_their_names(extraction: Extract) -> None:
    entries = "".join(
        f"<entry><id>urn:{number}</id><title>t</title><updated>2026-09-10T09:30:00Z</updated><author><name>{name}</name>{uri}</author></entry>"
        for number, (name, uri) in enumerate(
            [
                ("Ada Fenn", "<uri>https://paper.example/</uri>"),
                ("ada  fenn", "<uri>https://paper.example/</uri>"),
                ("Bo Reed", "<uri>https://paper.example/</uri>"),
                ("Cy", "<uri>https://cy.example/</uri>"),
            ]
        )
    )
    pages = await night(extraction, {URL: f'<feed xmlns="http://www.w3.org/2005/Atom"><title>Paper</title><id>urn:p</id>{entries}</feed>'})
    names = {record.native_id: record.payload.get("names") for record in records(pages, "authors")}
    assert names == {"https://paper.example/": ["ada fenn", "bo reed"], "https://cy.example/": None}
