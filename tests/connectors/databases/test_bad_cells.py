"""Databases as they are: cells that are no time or number, times of another zone, orders whose SKU alone tells the brand."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr, ValidationError

from connectors.databases.source import SOURCE
from connectors.extraction import Extraction
from connectors.settings import SourceSettings
from connectors.source import Page
from tests.conftest import collect
from tests.connectors.reading import notes, records

Make = Callable[..., Extraction]
POSTS = "select id, 'blogs' as channel, 'a' as author_id, published as published_at, edited as edited_at, likes, body as text from posts"


def nobody(request: httpx.Request) -> httpx.Response:
    raise AssertionError(f"a database asked for {request.url}")


@pytest.fixture
def read(extraction: Make, tmp_path: Path) -> Callable[..., Any]:
    async def read(statements: str, queries: dict[str, str], **settings: Any) -> list[Page]:
        with sqlite3.connect(tmp_path / "some.db") as connection:
            connection.executescript(statements)
        connection.close()
        url = SecretStr(f"sqlite:///{tmp_path / 'some.db'}")
        job = extraction(SOURCE, nobody, secrets={"url": "URL"}, secret_values={"url": url}, queries=queries, **settings)
        return await collect(SOURCE.fetch(job))

    return read


def posts(*rows: str) -> str:
    return f"create table posts (id, published, edited, likes, body); insert into posts values {', '.join(rows)};"


@pytest.mark.parametrize(
    ("cells", "column"),
    [
        ("'0000-00-00 00:00:00', 1, 'x'", "edited_at"),
        ("0, 1, 'x'", "edited_at"),
        ("'0000-00-00', 1, 'x'", "edited_at"),
        ("'9/10/2026', 1, 'x'", "edited_at"),
        ("'infinity', 1, 'x'", "edited_at"),
        ("null, -1, 'x'", "likes"),
        ("null, 1e30, 'x'", "likes"),
        ("null, 'many', 'x'", "likes"),
        ("null, 1, 'a' || char(0) || 'b'", "text"),
    ],
)
async def test_a_bad_cell_is_empty_and_told_and_its_row_stays(read: Callable[..., Any], cells: str, column: str) -> None:
    pages = await read(posts(f"(1, 1789030860, {cells})", "(2, 1789030860, '', 1, 'x')"), {"posts": POSTS})
    found = records(pages, "posts")
    assert (found["under_test:1"].payload[column], found["under_test:2"].payload["edited_at"]) == (None, None)
    [rejected] = [rejected for page in pages for rejected in page.rejected]
    assert rejected.reason.startswith(f"queries.posts row 1: column {column}: '")
    assert rejected.reason.endswith("; the cell is left empty, the row is kept")


@pytest.mark.parametrize(
    ("told", "published"),
    [
        ("1789030860", "2026-09-10T09:01:00Z"),
        ("1789030860123", "2026-09-10T09:01:00.123Z"),
        ("1789030860.0", "2026-09-10T09:01:00Z"),
        ("'1789030860'", "2026-09-10T09:01:00Z"),
        ("20260910", "2026-09-10T00:00:00Z"),
        ("'2026-09-10 11:01:00+02'", "2026-09-10T09:01:00Z"),
        ("'2026/9/10 09:01:00'", "2026-09-10T09:01:00Z"),
        ("'9/10/2026 9:01 AM'", None),
        ("'10 Sep 2026 11:01:00 CEST'", "2026-09-10T09:01:00Z"),
        ("'10 Sep 09:01'", None),
    ],
)
async def test_times_are_read_as_what_they_are(read: Callable[..., Any], told: str, published: str | None) -> None:
    pages = await read(posts(f"(1, {told}, null, 1, 'x')"), {"posts": POSTS})
    assert [record.payload["published_at"] for record in records(pages, "posts").values()] == ([published] if published else [])
    assert len([rejected for page in pages for rejected in page.rejected]) == (published is None)


async def test_times_without_a_zone_are_asked_for_once(read: Callable[..., Any]) -> None:
    query = f"{POSTS} where published >= :start and published < :end"
    rows = posts("(1, '2026-09-10 10:00:00', null, 1, 'x')", "(2, '2026-10-01 01:59:59', null, 1, 'in time, in Berlin')")
    asked = await read(rows, {"posts": query})
    assert set(records(asked, "posts")) == {"under_test:1"}
    assert "queries.posts: times without a zone are read as UTC: add timezone: Europe/Berlin" in notes(asked)
    answered = await read("", {"posts": query}, timezone="Europe/Berlin")
    found = {native_id: record.payload["published_at"] for native_id, record in records(answered, "posts").items()}
    assert found == {"under_test:1": "2026-09-10T08:00:00Z", "under_test:2": "2026-09-30T23:59:59Z"}
    assert "zone" not in notes(answered)
    with pytest.raises(ValidationError, match="not a time zone such as Europe/Berlin"):
        SourceSettings(name="forum", platform="databases", timezone="Berlin")


async def test_text_that_is_not_utf_8_is_read_as_far_as_it_goes(read: Callable[..., Any]) -> None:
    pages = await read(posts("(1, 1789030860, null, 1, cast(x'636166e9' as text))"), {"posts": POSTS})
    assert records(pages, "posts")["under_test:1"].payload["text"] == "caf\ufffd"


async def test_orders_need_no_brand_beside_a_sku(read: Callable[..., Any]) -> None:
    query = "select id as order_id, 1789030860 as ordered_at, sku, 5 as revenue, 'EUR' as currency from orders"
    pages = await read("create table orders (id, sku); insert into orders values (1, 'KP-1'), (2, null);", {"orders": query})
    assert {native_id: record.payload["sku"] for native_id, record in records(pages, "orders").items()} == {"under_test:1": "KP-1"}
    [rejected] = [rejected for page in pages for rejected in page.rejected]
    assert rejected.reason.startswith("queries.orders row 2: column brand_id: is empty")


async def test_the_guest_of_a_forum_is_kept_though_it_never_registered(read: Callable[..., Any]) -> None:
    tables = """
        create table phpbb_users (user_id, username, user_posts, user_regdate, user_type);
        create table phpbb_topics (topic_id, topic_first_post_id, topic_views, topic_posts_approved);
        create table phpbb_posts (post_id, topic_id, poster_id, post_username, post_time, post_edit_time, post_subject, post_text,
            post_visibility);
        insert into phpbb_users values (1, 'Anonymous', 0, 0, 2), (8, 'bo', 1, 1580000000, 0);
    """
    pages = await read(tables, {}, software="phpbb")
    assert {native_id: record.payload["created_at"] for native_id, record in records(pages, "authors").items()} == {
        "under_test:1": None,
        "under_test:8": "2020-01-26T00:53:20Z",
    }
