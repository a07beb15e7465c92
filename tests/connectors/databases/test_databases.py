"""Databases: forums by the name of their software, anything else by queries; rows, windows, deletions, refusals."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr, ValidationError

from connectors.databases.forum_queries import FORUMS, phpbb_text, vbulletin_text
from connectors.databases.source import SOURCE
from connectors.extraction import Extraction
from connectors.markup.bbcode import bbcode_text
from connectors.markup.html import html_text
from connectors.settings import SourceSettings
from connectors.source import Known, Page, SourceError, Tombstone, Window
from tests.conftest import WINDOW, collect
from tests.connectors.reading import cursor, notes, records, tombstones, young

Make = Callable[..., Extraction]
NEXT = Window(WINDOW.end, WINDOW.end + timedelta(days=1))
ORDERS = "select id as order_id, placed as ordered_at, brand as brand_id, total as revenue, 'EUR' as currency from orders"
IN_WINDOW = f"{ORDERS} where placed >= :start and placed < :end"


def nobody(request: httpx.Request) -> httpx.Response:
    raise AssertionError(f"a database asked for {request.url}")


@pytest.fixture
def job(extraction: Make) -> Make:
    def make(url: str, hash_key: str | None = None, **more: Any) -> Extraction:
        secrets = {"url": SecretStr(url)} | ({"hash_key": SecretStr(hash_key)} if hash_key else {})
        return extraction(SOURCE, nobody, secrets=dict.fromkeys(secrets, "SHOP"), secret_values=secrets, **more)

    return make


class Database:
    """A SQLite file."""

    def __init__(self, path: Path, *statements: str) -> None:
        self.path = path
        self.url = f"sqlite:///{path}"
        self.run(*statements)

    def run(self, *statements: str) -> None:
        with sqlite3.connect(self.path) as connection:
            for statement in statements:
                connection.execute(statement)
        connection.close()


@pytest.fixture
def shop(tmp_path: Path) -> Database:
    return Database(
        tmp_path / "shop.db",
        "create table orders (id integer, placed text, brand text, total numeric)",
        "insert into orders values (1, '2026-08-31 23:59:59', 'morrowbean', 19.9), (2, '2026-09-01 00:00:00', 'morrowbean', 5),"
        " (3, '2026-09-30 23:59:59', 'kestrel', 5.25), (4, '2026-10-01 00:00:00', 'kestrel', 7), (5, '2026-09-02 10:00:00', null, 1)",
    )


async def test_orders_of_the_window_are_read_and_bad_rows_named(shop: Database, job: Make) -> None:
    pages = await collect(SOURCE.fetch(job(shop.url, queries={"orders": IN_WINDOW})))
    found = records(pages, "orders")
    assert set(found) == {"under_test:2", "under_test:3"}
    assert found["under_test:3"].payload["revenue"] == "5.25"
    assert found["under_test:3"].payload["ordered_at"] == "2026-09-30T23:59:59Z"
    [rejected] = [rejected for page in pages for rejected in page.rejected]
    assert rejected.reason.startswith("queries.orders row 3: column brand_id: is empty")
    assert cursor(pages) == {"at": WINDOW.end.isoformat()}


async def test_customers_are_hashed_before_anything_is_kept(shop: Database, job: Make) -> None:
    query = f"{ORDERS.replace('select', 'select placed as customer_key,')} where placed >= :start"
    pages = await collect(SOURCE.fetch(job(shop.url, queries={"orders": query}, hash_key="k1")))
    assert pages[0].records
    assert pages[0].rejected
    told = [*(record.payload["customer_key"] for record in pages[0].records), pages[0].rejected[0].payload["customer_key"]]
    assert all(re.fullmatch("[0-9a-f]{64}", key) for key in told)
    assert len(set(told)) == len(told)


async def test_refunds_are_read_as_rows_of_their_own(shop: Database, job: Make) -> None:
    shop.run("create table refunds (id text, of_order integer, at text)", "insert into refunds values ('r1', 2, '2026-09-05 10:00:00')")
    query = "select id as refund_id, of_order as order_id, at as refunded_at, 'EUR' as currency from refunds where at >= :start"
    found = records(await collect(SOURCE.fetch(job(shop.url, queries={"refunds": query}))), "refunds")
    assert found["under_test:r1"].payload["order_id"] == "2"
    assert found["under_test:r1"].payload["revenue"] is None


async def test_a_query_without_bounds_is_read_whole_and_what_is_later_waits(shop: Database, job: Make) -> None:
    pages = await collect(SOURCE.fetch(job(shop.url, queries={"orders": ORDERS})))
    assert set(records(pages, "orders")) == {"under_test:1", "under_test:2", "under_test:3"}
    assert "1 rows are of a later night" in notes(pages)


async def test_a_source_only_reads(shop: Database, job: Make) -> None:
    with pytest.raises(SourceError, match="must begin with select"):
        await collect(SOURCE.fetch(job(shop.url, queries={"orders": "delete from orders"})))
    sneaky = "with gone as (select 1) insert into orders values (9, '2026-09-01', 'x', 1) returning id as order_id"
    with pytest.raises(SourceError, match=r"the database refused.*readonly"):
        await collect(SOURCE.fetch(job(shop.url, queries={"orders": sneaky})))


@pytest.mark.parametrize(
    ("queries", "told"),
    [
        ({}, "asks for nothing: give `software`"),
        ({"sales": ORDERS}, "queries.sales is none of authors, posts, orders, refunds"),
        ({"orders": "select id as order_id from orders"}, "gives no column ordered_at, brand_id, revenue, currency"),
        ({"orders": "select * from nowhere"}, "no such table: nowhere"),
        ({"orders": f"{ORDERS} where placed > :since"}, "value is required for bind parameter 'since'"),
    ],
)
async def test_a_wrong_query_is_told_in_a_line(shop: Database, job: Make, queries: dict[str, str], told: str) -> None:
    with pytest.raises(SourceError) as caught:
        await collect(SOURCE.fetch(job(shop.url, queries=queries)))
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "url", ["nonsense", "nodialect://u:pa55word@h/d", "postgresql+psycopg://reader:pa55word@127.0.0.1:1/shop", "sqlite:////nowhere/a.db"]
)
async def test_a_database_that_is_not_there_is_told_without_its_password(job: Make, url: str) -> None:
    with pytest.raises(SourceError) as caught:
        await collect(SOURCE.fetch(job(url, queries={"orders": ORDERS})))
    assert "pa55word" not in str(caught.value)
    assert str(caught.value).startswith(("under_test: the database refused", "under_test: the database address in secrets.url"))


async def test_check_names_the_columns(shop: Database, job: Make) -> None:
    told = await SOURCE.check(job(shop.url, queries={"orders": IN_WINDOW}))
    assert told == "sqlite: orders (order_id, ordered_at, brand_id, revenue, currency)"


def test_software_is_one_that_is_known() -> None:
    for software in FORUMS:
        SourceSettings(name="forum", platform="databases", software=software)
    with pytest.raises(ValidationError, match="'phpbb', 'discourse' or 'vbulletin'"):
        SourceSettings(name="forum", platform="databases", software="myforum")


def epoch(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


def phpbb(path: Path) -> Database:
    return Database(
        path,
        "create table phpbb_users (user_id, username, user_posts, user_regdate, user_type)",
        "create table phpbb_topics (topic_id, topic_first_post_id, topic_views, topic_posts_approved)",
        "create table phpbb_posts (post_id, topic_id, poster_id, post_time, post_edit_time, post_subject, post_text, post_visibility)",
        f"insert into phpbb_users values (7, 'Ada', 12, {epoch('2020-05-01')}, 0)",
        "insert into phpbb_topics values (3, 10, 450, 2)",
        f"insert into phpbb_posts values (10, 3, 7, {epoch('2026-09-05')}, 0, 'Which press?', '<t>Is the Morrowbean &amp; worth it?</t>',"
        f" 1), (11, 3, 8, {epoch('2026-09-06')}, {epoch('2026-09-07')}, 'Re', '<r><B><s>[b]</s>Yes<e>[/b]</e></B>, buy it</r>', 1),"
        f" (12, 3, 9, {epoch('2026-09-06')}, 0, 'Re', 'spam', 0)",
    )


def discourse(path: Path) -> Database:
    return Database(
        path,
        "create table users (id, username, name, created_at)",
        "create table user_stats (user_id, post_count)",
        "create table user_profiles (user_id, bio_raw)",
        "create table topics (id, title, views, archetype, deleted_at)",
        "create table posts (id, topic_id, user_id, post_number, reply_to_post_number, cooked, created_at, last_version_at, version,"
        " like_count, reply_count, bookmark_count, hidden, user_deleted, post_type, deleted_at)",
        "insert into users values (7, 'ada', 'Ada', '2020-05-01 00:00:00')",
        "insert into user_stats values (7, 12)",
        "insert into topics values (3, 'Which press?', 450, 'regular', null)",
        "insert into posts values (10, 3, 7, 1, null, '<p>Is the Morrowbean &amp; worth it?</p>', '2026-09-05 00:00:00',"
        " '2026-09-05 00:00:00', 1, 4, 1, 2, 0, 0, 1, null), (11, 3, 8, 2, 1, '<aside class=\"quote\"><blockquote>Is</blockquote></aside>"
        "<p><b>Yes</b>, buy it</p>', '2026-09-06 00:00:00', '2026-09-07 00:00:00', 2, 0, 0, 0, 0, 0, 1, null),"
        " (12, 3, 9, 3, null, 'spam', '2026-09-06 00:00:00', '2026-09-06 00:00:00', 1, 0, 0, 0, 1, 0, 1, null)",
    )


def vbulletin(path: Path) -> Database:
    return Database(
        path,
        "create table user (userid, username, posts, joindate)",
        "create table thread (threadid, firstpostid, views, replycount, visible)",
        "create table post (postid, threadid, userid, parentid, dateline, title, pagetext, visible)",
        f"insert into user values (7, 'Ada', 12, {epoch('2020-05-01')})",
        "insert into thread values (3, 10, 450, 1, 1)",
        f"insert into post values (10, 3, 7, 0, {epoch('2026-09-05')}, 'Which press?', 'Is the Morrowbean & worth it?', 1),"
        f" (11, 3, 8, 10, {epoch('2026-09-06')}, '', '[QUOTE=Ada;10]Is the[/QUOTE][b]Yes[/b], buy it', 1),"
        f" (12, 3, 9, 10, {epoch('2026-09-06')}, '', 'spam', 0)",
    )


@pytest.mark.parametrize("make", [phpbb, discourse, vbulletin])
async def test_a_forum_is_read_by_the_name_of_its_software(make: Callable[[Path], Database], job: Make, tmp_path: Path) -> None:
    forum = make(tmp_path / "forum.db")
    pages = await collect(SOURCE.fetch(job(forum.url, software=make.__name__)))
    [ada] = records(pages, "authors").values()
    assert (ada.payload["handle"].lower(), ada.payload["posts"], ada.payload["created_at"][:10]) == ("ada", 12, "2020-05-01")
    posts = records(pages, "posts")
    assert set(posts) == {"under_test:10", "under_test:11"}
    question, answer = posts["under_test:10"].payload, posts["under_test:11"].payload
    assert question["text"] == "Is the Morrowbean & worth it?"
    assert (question["title"], question["author_id"], question["views"], question["in_reply_to_id"]) == ("Which press?", "7", 450, None)
    assert posts["under_test:10"].published_at == datetime(2026, 9, 5, tzinfo=UTC)
    assert (answer["text"], answer["in_reply_to_id"]) == ("Yes, buy it", "10")
    assert question["comments"] == 1


async def test_the_next_night_sees_edits_and_misses_what_is_gone(job: Make, tmp_path: Path) -> None:
    forum = phpbb(tmp_path / "forum.db")
    first = await collect(SOURCE.fetch(job(forum.url, software="phpbb")))
    forum.run(
        "delete from phpbb_posts where post_id = 10",
        f"update phpbb_posts set post_text = '<t>No</t>', post_edit_time = {epoch('2026-10-01T08:00')} where post_id = 11",
        f"insert into phpbb_posts values (13, 3, 7, {epoch('2026-10-01T09:00')}, 0, 'Re', '<t>Bought it</t>', 1)",
    )
    again = job(forum.url, software="phpbb", window=NEXT, cursor=cursor(first), young=young(first, "posts"))
    second = await collect(SOURCE.fetch(again))
    assert {native_id: record.payload["text"] for native_id, record in records(second, "posts").items()} == {
        "under_test:11": "No",
        "under_test:13": "Bought it",
    }
    assert tombstones(second) == [Tombstone("posts", "under_test:10")]


async def test_a_post_too_old_to_be_read_again_is_not_taken_for_gone(job: Make, tmp_path: Path) -> None:
    forum = phpbb(tmp_path / "forum.db")
    first = await collect(SOURCE.fetch(job(forum.url, software="phpbb")))
    later = Window(datetime(2026, 10, 20, tzinfo=UTC), datetime(2026, 10, 21, tzinfo=UTC))
    at = {"at": later.start.isoformat()}
    pages: list[Page] = await collect(SOURCE.fetch(job(forum.url, software="phpbb", window=later, cursor=at, young=young(first, "posts"))))
    assert records(pages, "posts") == {}
    assert tombstones(pages) == []


@pytest.mark.parametrize("since", ["", " where at >= :start"])
async def test_an_older_post_is_gone_where_the_query_is_read_whole(job: Make, tmp_path: Path, since: str) -> None:
    kept = Database(
        tmp_path / "notes.db",
        "create table notes (id text, said text, at text)",
        "insert into notes values ('1', 'still here', '2025-01-01 10:00:00')",
    )
    queries = {"posts": f"select id, 'ada' as author_id, said as text, at as published_at, 'blogs' as channel from notes{since}"}
    older = [Known("posts", f"under_test:{number}", "2025-01-01T10:00:00+00:00") for number in (1, 2)]
    at = {"at": NEXT.start.isoformat()}
    pages = await collect(SOURCE.fetch(job(kept.url, queries=queries, window=NEXT, cursor=at, young=older)))
    assert tombstones(pages) == ([] if since else [Tombstone("posts", "under_test:2")])
    assert ("older posts cannot be looked at again" in notes(pages)) == bool(since)


@pytest.mark.parametrize(
    ("plain", "markup", "text"),
    [
        (
            phpbb_text,
            "<r><QUOTE author='Bo'><s>[quote]</s>old<e>[/quote]</e></QUOTE>new <URL url='http://a.example'>link</URL></r>",
            "new link",
        ),
        (phpbb_text, "<t>one<br/>\ntwo</t>", "one\n\ntwo"),
        (phpbb_text, "[b:2x]old[/b:2x] posts", "old posts"),
        (phpbb_text, "<t>5 &lt; 6</t>", "5 < 6"),
        (bbcode_text, "[url=http://a.example]see[/url] [list][*]one[/list] [not code] a[0]", "see one [not code] a[0]"),
        (html_text, "<p>one</p><p>two &lt;3</p>", "one\ntwo <3"),
        (html_text, "no markup & fine", "no markup & fine"),
        (
            phpbb_text,
            "[quote=&quot;Tom&quot;:2x]a [quote:2x]b[/quote:2x] c[/quote:2x]\nmine &amp; &auml; [sic]",
            "mine & ä [sic]",
        ),
        (
            phpbb_text,
            '<!-- s:) --><img src="x.gif" alt=":)" /><!-- s:) --> fine <a href="http://a.example">a</a>',
            "fine a",
        ),
        (phpbb_text, "<r><QUOTE><s>[quote]</s>a<QUOTE>b</QUOTE>c<e>[/quote]</e></QUOTE>mine</r>", "mine"),
        (vbulletin_text, "[QUOTE=Ada;10]a[QUOTE]b[/QUOTE]c[/QUOTE]mine &#1044;&#1072; [Morrowbean] 5 < 6", "mine Да [Morrowbean] 5 < 6"),
    ],
)
def test_markup_becomes_plain_text(plain: Callable[[str], str], markup: str, text: str) -> None:
    assert plain(markup) == text
