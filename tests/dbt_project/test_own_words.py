"""What posts say, from what a platform answered to the mentions that are read of it: quotes, entities, guests, speakers."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import httpx
import pytest
from pydantic import SecretStr

from connectors.blogs.feeds import SOURCE as FEEDS
from connectors.databases.source import SOURCE as DATABASES
from connectors.feed.transcripts import read_transcript
from connectors.source import Page
from orchestration.signals.nightly import read_posts
from orchestration.warehouse.warehouse import Warehouse
from tests.conftest import collect, make_extraction
from tests.dbt_project.dbt import Dbt, Parsed
from tests.dbt_project.warehouse import Raw, create_raw_tables, load

pytestmark = pytest.mark.slow

NIGHT = date(2026, 9, 11)
AT = "2026-09-10T08:00:00Z"
BAD = "Ohmline Air is terrible"
FORUM = """
    create table phpbb_users (user_id, username, user_posts, user_regdate, user_type);
    create table phpbb_topics (topic_id, topic_first_post_id, topic_views, topic_posts_approved);
    create table phpbb_posts (post_id, topic_id, poster_id, post_username, post_time, post_edit_time, post_subject, post_text,
        post_visibility);
    insert into phpbb_users values (1, 'Anonymous', 0, 0, 2), (8, 'Bo &amp; Co', 1, 1580000000, 0);
    insert into phpbb_topics values (3, 11, 45, 9);
    insert into phpbb_posts values
        (11, 3, 1, 'guest_ivy', 1789030860, 0, 'Presses &amp; more', '<t>I bought the Morrowbean Press and love it</t>', 1),
        (12, 3, 1, 'Guest_Ivy', 1789030870, 0, '', '<t>It leaks</t>', 1),
        (14, 3, 1, '', 1789030880, 0, '', '<t>I love the Morrowbean Press</t>', 1),
        (15, 3, 1, '', 1789030890, 0, '', '<t>I hate the Morrowbean Press</t>', 1),
        (16, 3, 1, 'M&ouml;we', 1789030895, 0, '', '<t>hi</t>', 1),
        (13, 3, 8, '', 1789030980, 0, 'Re', '[quote=&quot;Tom&quot;:2x]He said [quote=&quot;Al&quot;:2x]Ohmline is bad[/quote:2x] and I
            hate the Morrowbean Press[/quote:2x]
I have no opinion.', 1),
        (17, 3, 8, '', 1789030990, 0, 'Re', '<r><QUOTE author="Tom"><s>[quote=Tom]</s><QUOTE><s>[quote]</s>Ohmline<e>[/quote]</e></QUOTE> is
            bad<e>[/quote]</e></QUOTE>I have no opinion [sic].</r>', 1);
"""
FEED = """<rss version="2.0"><channel><title>Small &amp;amp; fine</title><link>https://cases.example/</link><description>x</description>
    <item><guid isPermaLink="false">named</guid><title>T&amp;auml;m&amp;auml; caf&amp;eacute; it&amp;#146;s &amp;lt;b&amp;gt;</title>
    <pubDate>Thu, 10 Sep 2026 08:00:00 +0000</pubDate>
    <description>T&amp;auml;m&amp;auml; caf&amp;eacute; it&amp;#146;s &lt;blockquote&gt;Ohmline Air&lt;/blockquote&gt;</description></item>
    </channel></rss>"""
THREAD = (
    ("1", "Morrowbean Press or not?", "Which one do you have?", None),
    ("2", "Re: Morrowbean Press or not?", "I do not know.", "1"),
    ("3", "morrowbean press or not?", "Neither do I.", "1"),
    ("4", "Forum \u2022 Re: Morrowbean Press or not?", "Nor do I.", None),
    ("5", "Comment on Morrowbean Press or not? by Cy", "Nor Cy.", None),
    ("6", "Re: Morrowbean Press or not?", "The Morrowbean Press, of course.", "1"),
    ("7", "Report: Morrowbean Press", "Here it is.", "1"),
)
TRANSCRIPT = "1\n00:00:01,000 --> 00:00:02,000\nAnna: I love the Morrowbean\n\n2\n00:00:02,000 --> 00:00:03,000\nPress.\nBo: It is awful.\n"


async def _pages(folder: Path) -> dict[str, list[Page]]:
    with sqlite3.connect(folder / "forum.db") as connection:
        connection.executescript(FORUM)
    connection.close()
    secrets: dict[str, Any] = {"secrets": {"url": "FORUM"}, "secret_values": {"url": SecretStr(f"sqlite:///{folder / 'forum.db'}")}}
    forum = make_extraction(DATABASES, lambda request: httpx.Response(500), software="phpbb", **secrets)
    feed = make_extraction(FEEDS, lambda request: httpx.Response(200, text=FEED), feeds=("https://cases.example/feed",))
    return {"databases": await collect(DATABASES.fetch(forum)), "feeds": await collect(FEEDS.fetch(feed))}


def _rows(folder: Path) -> Iterator[Raw]:
    for platform, pages in asyncio.run(_pages(folder)).items():
        for record in (record for page in pages for record in page.records):
            yield Raw(f"{platform}.{record.entity}", record.native_id, record.payload, NIGHT, "under_test")
    quote = f"<blockquote><p>{BAD}</p><blockquote>{BAD}</blockquote></blockquote>"
    link = '<a href="https://ohmline.example/air">x</a>'
    site = "https://board.example"
    said = f'<p><a href="/u/t">@t</a> said in <a href="/p/1">{BAD}</a>:</p><blockquote>{BAD} {link}</blockquote><p>mine</p>'
    topic = {"title": "Fish &amp;amp; chips", "tid": 1}
    yield post("nodebb.posts", content=said, is_main=True, topic=topic, site=site, user="b:1", pid="1", timestamp=1789030860000)
    yield Raw("nodebb.users", "b:1", {"site": site, "username": "Tom &amp;amp; Al", "userslug": "tom"}, NIGHT)
    aside = f'<aside class="quote" data-topic="1"><div class="title">Tom</div>{quote}</aside>'
    yield post("discourse.posts", cooked=f"{aside}<p>mine</p>", id=1, instance="d", user_id=1, topic_id=1, post_number=2, created_at=AT)
    comment = {"comment": {"content": f"&gt; {BAD}\n> {BAD}\n{BAD}, lazy\n\nmine", "published": AT}, "creator": {"actor_id": "l"}}
    yield post("lemmy.comments", **comment, instance="l")
    yield post("reddit.comments", body=f"> {BAD}\n\nmine", author="u", created_utc=1789030860)
    yield post("mastodon.statuses", content=f"{quote}<p>mine &rarr;</p>", uri="m", account={"uri": "m"}, created_at=AT)
    yield post("wordpress.comments", content={"rendered": f"{quote}<p>mine</p>"}, site="w", post=1, date_gmt=AT, status="approved")
    yield post("stack_exchange.answers", body=f"{quote}<p>mine</p>", site="s", question_id="1", creation_date=1789030860)
    yield post("ghost.comments", html=f"<p>On Tue, 1 Sep 2026, Tom wrote:</p>{quote}<p>mine</p>", site="g", post_id="1", created_at=AT)
    yield post("hacker_news.items", text=f"&gt; {BAD}<p>mine", by="h", type="comment", time=1789030860)
    lobsters = {"commenting_user": "inactive-user", "site": "l", "story": "1", "created_at": AT}
    yield post("lobsters.comments", comment=f"{quote}<p>mine</p>", **lobsters)
    plain = {"channel": "message_boards", "published_at": AT, "id": "native"}
    yield post("files.posts", text=f"<p>mine</p>{quote}", author_id="guest", **plain)
    thread = plain | {"channel": "communities", "author_id": "guest"}
    for number, title, words, answered in THREAD:
        answer = thread | {"id": number, "title": title, "text": words, "in_reply_to_id": answered and f"thread{answered}"}
        yield Raw("files.posts", f"thread{number}", answer, NIGHT, "thread")
    mail = f"mine\n\nOn Tue, 1 Sep 2026 at 10:00, Tom <t@a.example> wrote:\n> {BAD}"
    yield post("bluesky.posts", record={"text": mail, "createdAt": AT}, author={"did": "d"}, indexedAt=AT)
    talk = f"mine &ouml; {{{{tq|{BAD}}}}} <blockquote>{BAD}</blockquote>"
    yield post("mediawiki.revisions", added_text=talk, wiki="w", revision={"revid": "1", "timestamp": AT}, page={"pageid": "1", "ns": 1})
    spoken = read_transcript(TRANSCRIPT.encode(), "srt", "here").text
    episode = {"podcast_id": "p", "guid": "e", "title": "Lap &amp;amp; 3", "description_html": "With Bo", "published": AT}
    yield Raw("podcast_feeds.episodes", "native", episode, NIGHT)
    yield Raw("podcast_feeds.transcripts", "native", {"podcast_id": "p", "guid": "e", "text": spoken}, NIGHT)


def post(table: str, **payload: Any) -> Raw:
    return Raw(table, "native", payload, NIGHT)


@pytest.fixture(scope="module")
def warehouse(parsed: Parsed, tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """One night's posts, built, and read for mentions."""
    folder = tmp_path_factory.mktemp("own_words")
    dbt = Dbt(folder, parsed)
    create_raw_tables(dbt.warehouse)
    load(dbt.warehouse, _rows(folder))
    dbt.run(
        "build", "--exclude-resource-types", "unit_test", "test",
        "--select", "+int_posts", "+int_authors", "stg_home__brand_terms", "stg_home__topic_terms",
    )  # fmt: skip
    read_posts(Warehouse(dbt.warehouse), datetime(2026, 9, 12, tzinfo=UTC))
    return Warehouse(dbt.warehouse)


def ask(warehouse: Warehouse, sql: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(warehouse.path, read_only=True) as connection:
        return connection.execute(sql).fetchall()


QUOTING = (
    "nodebb", "discourse", "lemmy", "reddit", "mastodon", "wordpress", "stack_exchange", "ghost", "hacker_news", "lobsters", "files",
    "bluesky", "mediawiki",
)  # fmt: skip


@pytest.mark.parametrize("platform", QUOTING)
def test_quoted_words_are_nobody_s_mention(warehouse: Warehouse, platform: str) -> None:
    [(text,)] = ask(warehouse, f"select text from intermediate.int_posts where platform_id = '{platform}' and source_name != 'thread'")
    assert text.splitlines()[-1].split()[0] == "mine"
    assert "Ohmline" not in text
    said = f"select * from raw_signals.mentions where starts_with(post_id, '{platform}:') and not contains(post_id, ':thread')"
    assert ask(warehouse, said) == []


def test_a_forum_s_quotes_go_and_brackets_that_are_no_code_stay(warehouse: Warehouse) -> None:
    texts = dict(ask(warehouse, "select post_id, text from intermediate.int_posts where platform_id = 'databases'"))
    assert texts["databases:under_test:13"] == "Re\n\nI have no opinion."
    assert texts["databases:under_test:17"] == "Re\n\nI have no opinion [sic]."
    mentions = ask(warehouse, "select distinct post_id from raw_signals.mentions where starts_with(post_id, 'databases:') order by all")
    assert mentions == [("databases:under_test:11",), ("databases:under_test:14",), ("databases:under_test:15",)]


def test_a_title_that_answers_repeat_is_of_who_began_the_thread(warehouse: Warehouse) -> None:
    posts = ask(
        warehouse,
        "select split_part(post_id, ':thread', 2), text, is_title_inherited from intermediate.int_posts where source_name = 'thread'",
    )
    assert {number: is_inherited for number, _, is_inherited in posts} == {
        "1": False, "2": True, "3": True, "4": True, "5": True, "6": True, "7": False,
    }  # fmt: skip
    texts = {number: text for number, text, _ in posts}
    assert (texts["2"], texts["7"]) == ("I do not know.", "Report: Morrowbean Press\n\nHere it is.")
    mentions = ask(
        warehouse,
        "select distinct split_part(post_id, ':thread', 2) from raw_signals.mentions where contains(post_id, ':thread') order by 1",
    )
    assert mentions == [("1",), ("6",), ("7",)]


def test_guests_are_told_apart_by_the_name_they_left_or_unknown(warehouse: Warehouse) -> None:
    authors = dict(
        ask(warehouse, "select split_part(post_id, ':', 3), author_id from intermediate.int_posts where platform_id = 'databases'")
    )
    ivy = "databases:under_test:guest:guest_ivy"
    assert authors == {
        "11": ivy, "12": ivy, "14": None, "15": None, "16": "databases:under_test:guest:möwe", "13": "databases:under_test:8",
        "17": "databases:under_test:8",
    }  # fmt: skip
    named = dict(ask(warehouse, "select author_id, display_name from intermediate.int_authors where platform_id = 'databases'"))
    assert (named[ivy].lower(), named["databases:under_test:guest:möwe"], named["databases:under_test:8"]) == (
        "guest_ivy",
        "Möwe",
        "Bo & Co",
    )
    for platform in ("lobsters", "files", "stack_exchange"):
        assert ask(
            warehouse, f"select author_id from intermediate.int_posts where platform_id = '{platform}' and source_name != 'thread'"
        ) == [(None,)]


def test_titles_and_names_are_plain_however_often_they_were_escaped(warehouse: Warehouse) -> None:
    titles = dict(ask(warehouse, "select post_id, title from intermediate.int_posts where title is not null"))
    assert titles["nodebb:native"] == "Fish & chips"
    assert titles["databases:under_test:11"] == "Presses & more"
    assert titles["podcast_feeds:native"] == "Lap & 3"
    [title] = [title for post_id, title in titles.items() if post_id.startswith("feeds:")]
    assert title.startswith("Tämä café it\u2019s")
    assert ask(warehouse, "select handle, display_name from intermediate.int_authors where author_id = 'nodebb:b:1'") == [("Tom & Al",) * 2]


def test_all_entities_of_html_are_read(warehouse: Warehouse) -> None:
    [(text,)] = ask(warehouse, "select text from intermediate.int_posts where platform_id = 'feeds'")
    assert text.endswith("\n\nTämä café it\u2019s")
    [(text,)] = ask(warehouse, "select text from intermediate.int_posts where platform_id = 'mastodon'")
    assert text == "mine \u2192"


def test_a_turn_keeps_its_speaker(warehouse: Warehouse) -> None:
    [(text,)] = ask(warehouse, "select text from intermediate.int_posts where platform_id = 'podcast_feeds'")
    assert text.endswith("\n\nAnna: I love the Morrowbean Press.\nBo: It is awful.")
    read = ask(warehouse, "select distinct sentence, stance from raw_signals.mentions where starts_with(post_id, 'podcast_feeds:')")
    assert read == [("Anna: I love the Morrowbean Press.", "positive")]
