"""Guests: who is told apart, and who is nobody."""

from __future__ import annotations

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.blogs.feeds import SOURCE as FEEDS
from connectors.files.captures import captured
from connectors.guests import GUEST, guest_id, is_nobody
from tests.conftest import collect, make_extraction
from tests.connectors.reading import records


@pytest.mark.parametrize(
    "name", [None, "", " ", "0", "Guest", "ANONYMOUS", "Gast", "[deleted]", "4chan:Anonymous", "x:0", "[[global:guest]]", "n/a"]
)
def test_what_software_writes_for_nobody_is_no_name(name: str | None) -> None:
    assert is_nobody(name)
    assert guest_id(name) is None


@pytest.mark.parametrize("name", ["Ivy", "guest_ivy", "Nobody Owens", "Anonymous Bosch", "10", "x:10", "Zero"])
def test_a_name_that_was_left_is_one(name: str) -> None:
    assert guest_id(name) == f"guest:{name.lower()}"


def test_a_guest_is_the_same_however_the_name_is_spelled_or_escaped() -> None:
    assert {guest_id(name) for name in ("M\u00f6we  1", "mo\u0308we 1", "M&ouml;we 1", "M&amp;ouml;we 1 ", "\uff2d\u00f6we 1")} == {
        "guest:m\u00f6we 1"
    }


def test_an_address_is_no_name() -> None:
    assert guest_id("ivy@a.example") is None


@given(st.text(max_size=300))
def test_every_name_has_one_short_id_or_none(name: str) -> None:
    found = guest_id(name)
    assert found is None or (found.startswith("guest:") and len(found) <= 320)


COMMENT = "<thr:in-reply-to xmlns:thr='http://purl.org/syndication/thread/1.0' ref='p'/>"


@pytest.mark.parametrize(
    ("author", "comment", "found"),
    [
        ("Anonymous", COMMENT, None),
        ("noreply@blogger.com (Unknown)", COMMENT, None),
        ("", COMMENT, None),
        ("Ivy", COMMENT, "https://a.example/feed#Ivy"),
        ("Anonymous", "", "https://a.example/feed"),
    ],
)
async def test_a_feed_is_not_the_author_of_its_comments(author: str, comment: str, found: str | None) -> None:
    by = f"<author><name>{author}</name></author>" if author else ""
    entry = f"<entry><id>c</id><title>c</title><updated>2026-09-10T08:00:00Z</updated>{by}{comment}</entry>"
    body = f"<feed xmlns='http://www.w3.org/2005/Atom'><id>f</id><title>t</title>{entry}</feed>"
    extraction = make_extraction(FEEDS, lambda request: httpx.Response(200, text=body), feeds=("https://a.example/feed",))
    pages = await collect(FEEDS.fetch(extraction))
    (read,) = records(pages, "entries").values()
    assert read.payload["author_id"] == found
    assert set(records(pages, "authors")) == ({found} if found else set())


def test_a_capture_without_a_name_has_no_author() -> None:
    author = {"id": None, "handle": "Anonymous", "name": None}
    ((entity, told),) = captured("x.com", "1", "2026-09-10T08:00:00Z", None, "hi", author, {})
    assert (entity, told["author_id"]) == ("posts", GUEST)
