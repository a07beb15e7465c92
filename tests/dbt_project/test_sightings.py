"""The same article in several feeds and on several platforms: one post, its facts once; what only looks the same stays two."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import duckdb
import pytest

from tests.dbt_project.dbt import Dbt, Parsed
from tests.dbt_project.posts import FIRST, SECOND, THIRD, account, mention, podcasts, read
from tests.dbt_project.warehouse import Raw, create_raw_tables, load, load_ops

pytestmark = pytest.mark.slow

Query = Callable[[str], list[tuple[Any, ...]]]
TRAIL = "https://trail.example/feed.xml"
GEAR = "https://trail.example/category/gear/feed"
LINKS = "https://linkblog.example/feed"
PLANET = "https://planet.example/rss"
NEWS = "https://news.example/rss"
TUBE = "https://www.youtube.com/feeds/videos.xml?channel_id=UC1"
BOOTS = "https://trail.example/boots/"


def entry(feed: str, id_: str, url: str | None, title: str, night: Any = FIRST, author: str | None = None, **fields: Any) -> Raw:
    payload: dict[str, Any] = {
        "feed_url": feed, "id": id_, "url": url, "title": title, "author_id": f"{feed}#{author}" if author else feed,
        "content_html": f"<p>{title}</p>", "published": "2026-09-01T06:00:00Z", "in_reply_to": [],
    }  # fmt: skip
    return Raw("feeds.entries", f"{feed} {id_}", payload | fields, night)


def rows() -> Iterator[Raw]:
    for feed in (TRAIL, GEAR, LINKS, PLANET, NEWS):
        yield Raw("feeds.feeds", feed, {"feed_url": feed, "title": "x", "link": f"https://{feed.split('/')[2]}/", "format": "rss20"})
    yield entry(GEAR, "http://Trail.example/?P=1", "http://www.trail.example/boots?utm_source=rss", "Boots", comment_count=3)
    yield entry(TRAIL, "https://trail.example/?p=1", BOOTS, "Boots", SECOND, "Ode", content_html="<p>I bought the Kestrel Glide</p>")
    yield entry(PLANET, "https://trail.example/?p=1", BOOTS, "Boots", SECOND, comment_count=5)
    yield entry(LINKS, "tag:linkblog.example:8", BOOTS, "Boots", SECOND, published="2026-09-01T09:00:00Z")
    yield entry(PLANET, "42", "https://far.example/caps?utm_medium=feed", "Caps")
    yield entry(LINKS, "17", "http://www.far.example/caps/", "caps", SECOND)
    yield entry(LINKS, "tag:linkblog.example:9", BOOTS, "Good boots over there", SECOND)
    # its guid moved to https, and its heading was edited
    yield entry(TRAIL, "http://trail.example/?p=2", "http://trail.example/socks", "Socks", FIRST, "Ode")
    yield entry(TRAIL, "https://trail.example/?p=2", "https://trail.example/socks/", "Socks, again", THIRD, "Ode")
    # a guid of another case and no address at all; the same number on another site
    yield entry(TRAIL, "Hat-7", None, "Hats", FIRST, "Ode", content_html="<p>for 20</p>")
    yield entry(GEAR, "hat-7", None, "Hats", SECOND, content_html="<p>for 30</p>")
    yield entry(NEWS, "hat-7", None, "Hats", SECOND)
    # every entry links to one page
    yield entry(NEWS, "a", "https://news.example/all", "Rain", published="2026-09-01T07:00:00Z")
    yield entry(NEWS, "b", "https://news.example/all", "Wind", published="2026-09-01T08:00:00Z")
    yield entry(NEWS, "c", "https://news.example/#c", "Snow")
    yield entry(NEWS, "d", "https://news.example/", "Sun")
    # a blog by its API, and by its feed
    post = {"site": "https://trail.example", "author_id": "trail.example:4", "status": "publish", "comment_count": 4}
    post |= {"link": "https://trail.example/tent/", "title": {"rendered": "Tents"}, "date_gmt": "2026-09-01T05:59:59"}
    yield Raw("wordpress.posts", "https://trail.example:55", post | {"content": {"rendered": "<p>short</p>"}}, SECOND)
    comment = {"site": "https://trail.example", "author_id": "trail.example:5", "post": 55, "parent": 0, "type": "comment"}
    comment |= {"link": "https://trail.example/tent/#comment-8", "content": {"rendered": "yes"}, "date_gmt": "2026-09-01T09:00:00"}
    yield Raw("wordpress.comments", "https://trail.example:comment-8", comment, SECOND)
    yield entry(TRAIL, "https://trail.example/?p=55", "https://trail.example/tent/", "Tents", FIRST, "Ode", comment_count=9)
    # a video, and the feed of its channel
    yield Raw("youtube.videos", "Vid_-1", {"snippet": {"publishedAt": "2026-09-01T04:00:00Z", "channelId": "UC1", "title": "Glide"}})
    yield entry(TUBE, "yt:video:Vid_-1", "https://www.youtube.com/shorts/Vid_-1", "Glide", published="2026-09-01T04:00:00Z")
    yield entry(TUBE, "yt:video:vid_-1", "https://www.youtube.com/watch?v=vid_-1", "Another", published="2026-09-01T04:00:00Z")
    # an episode, and what a directory tells of it
    told = {"title": "One", "guid": "e1", "feedId": "3", "datePublished": 1788238800, "link": "https://show.example/1"}
    yield Raw("podcast_index.episodes", "3:1", told, SECOND)
    order = {"order_id": "7", "ordered_at": "2026-09-02T04:00:00Z", "product_name": "Kestrel Glide", "revenue": "5", "currency": "EUR"}
    yield Raw("databases.orders", "shop:7", order)
    # counts that mean hidden, and counts that cannot be
    here = "https://pond.example/users/"
    yield account(f"{here}minus", "50", "minus", -1, FIRST, following_count=-1)
    yield account(f"{here}huge", "51", "huge", 10**11, FIRST)
    yield account(f"{here}flags", "52", "flags", 0, FIRST, pleroma={"hide_followers_count": True, "hide_follows_count": False})
    yield account(f"{here}lists", "53", "lists", 0, FIRST, hide_collections=True)
    yield account(f"{here}snac", "54", "snac", 0, FIRST, software="snac", following_count=0, statuses_count=0)
    yield account(f"{here}far", "55", "far@else.example", 0, FIRST, software="friendica")
    yield account(f"{here}lonely", "56", "lonely", 0, FIRST)
    thing = {"author_fullname": "t2_a", "subreddit_id": "t5_a", "permalink": "/r/x/1", "title": "t", "created_utc": 1788238800}
    yield Raw("reddit.posts", "t3_1", thing | {"score": -40, "num_comments": -2})


@pytest.fixture(scope="module")
def query(parsed: Parsed, tmp_path_factory: pytest.TempPathFactory) -> Query:
    dbt = Dbt(tmp_path_factory.mktemp("sightings"), parsed)
    create_raw_tables(dbt.warehouse)
    load(dbt.warehouse, [*podcasts(), *rows()])
    for post_id in (f"feeds:{GEAR} http://Trail.example/?P=1", f"feeds:{TRAIL} https://trail.example/?p=1"):
        for table, row in (mention(post_id, 0, "bought", brand_id="kestrel", product_id="kestrel_glide"), read(post_id)):
            load_ops(dbt.warehouse, f"raw_signals.{table}", **row)
    dbt.run("build", "--exclude-resource-type", "unit_test")

    def ask(sql: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(dbt.warehouse, read_only=True) as connection:
            connection.execute("set timezone = 'UTC'")
            return connection.execute(sql).fetchall()

    return ask


def test_what_several_tell_of_is_one_post_with_its_sightings(query: Query) -> None:
    boots = f"feeds:{GEAR} http://Trail.example/?P=1"
    assert query("select post_id, sighting_id, proof from marts.fct_post_sightings order by all") == sorted(
        [
            (boots, boots, "itself"),
            (boots, f"feeds:{TRAIL} https://trail.example/?p=1", "address"),
            (boots, f"feeds:{PLANET} https://trail.example/?p=1", "address"),
            (f"feeds:{PLANET} 42", f"feeds:{PLANET} 42", "itself"),
            (f"feeds:{PLANET} 42", f"feeds:{LINKS} 17", "address"),
            (f"feeds:{TRAIL} http://trail.example/?p=2", f"feeds:{TRAIL} http://trail.example/?p=2", "itself"),
            (f"feeds:{TRAIL} http://trail.example/?p=2", f"feeds:{TRAIL} https://trail.example/?p=2", "address"),
            (f"feeds:{TRAIL} Hat-7", f"feeds:{TRAIL} Hat-7", "itself"),
            (f"feeds:{TRAIL} Hat-7", f"feeds:{GEAR} hat-7", "id"),
            ("wordpress:https://trail.example:55", "wordpress:https://trail.example:55", "itself"),
            ("wordpress:https://trail.example:55", f"feeds:{TRAIL} https://trail.example/?p=55", "address"),
            ("youtube:Vid_-1", "youtube:Vid_-1", "itself"),
            ("youtube:Vid_-1", f"feeds:{TUBE} yt:video:Vid_-1", "address"),
            ("podcast_feeds:show e1", "podcast_index:3:1", "id"),
        ]
    )


def test_what_only_looks_the_same_stays_apart(query: Query) -> None:
    found = {post_id for (post_id,) in query("select post_id from marts.fct_posts")}
    assert {f"feeds:{LINKS} tag:linkblog.example:8", f"feeds:{LINKS} tag:linkblog.example:9"} <= found
    assert {f"feeds:{NEWS} hat-7", f"feeds:{TUBE} yt:video:vid_-1"} <= found
    assert {f"feeds:{NEWS} {id_}" for id_ in "abcd"} <= found
    assert "wordpress:https://trail.example:comment-8" in found


def test_a_post_of_several_has_the_longest_text_and_the_author_that_is_named(query: Query) -> None:
    assert query(
        f"select author_id, text, published_at, first_observed_at from marts.fct_posts where post_id = 'feeds:{GEAR} http://Trail.example/?P=1'"
    ) == [
        (
            f"feeds:{TRAIL}#Ode",
            "Boots\n\nI bought the Kestrel Glide",
            datetime(2026, 9, 1, 6, tzinfo=UTC),
            datetime(2026, 9, 2, tzinfo=UTC),
        )
    ]
    assert query(f"select text from marts.fct_posts where post_id = 'feeds:{TRAIL} Hat-7'") == [("Hats\n\nfor 20",)]  # as long: its own
    assert query("select parent_post_id from marts.fct_posts where post_id = 'wordpress:https://trail.example:comment-8'") == [
        ("wordpress:https://trail.example:55",)
    ]


def test_facts_of_a_post_of_several_count_once(query: Query) -> None:
    of_boots = "post_id in (select sighting_id from marts.fct_post_sightings)"
    assert query(f"select count(*), any_value(author_id) from marts.fct_mentions where {of_boots} and brand_id = 'kestrel'") == [
        (1, f"feeds:{TRAIL}#Ode")
    ]
    assert query(
        "select count(*) from marts.fct_adoptions where evidence is not null and object_id = 'kestrel_glide' and post_id like 'feeds:%'"
    ) == [(1,)]
    assert query(
        f"select observed_date, comment_count from marts.fct_engagement where post_id = 'feeds:{GEAR} http://Trail.example/?P=1' order by 1"
    ) == [(FIRST, 3), (SECOND, 5)]
    assert query("select max(comment_count) from marts.fct_engagement where post_id = 'wordpress:https://trail.example:55'") == [(9,)]


def test_an_order_of_a_database_learns_its_brand_from_the_products(query: Query) -> None:
    assert query("select brand_id, product_id from marts.fct_conversions where conversion_id = 'databases:shop:7'") == [
        ("kestrel", "kestrel_glide")
    ]


@pytest.mark.parametrize(
    ("name", "followers", "following", "reason"),
    [
        ("minus", None, None, "not of the declared type: followers_count (out of range), following_count (out of range)"),
        ("huge", None, 3, "not of the declared type: followers_count (out of range)"),
        ("flags", None, 3, None),
        ("lists", None, 3, None),
        ("snac", None, None, None),
        ("far", None, 3, None),
        ("lonely", 0, 3, None),
    ],
)
def test_a_count_that_is_hidden_or_cannot_be_is_none(
    query: Query, name: str, followers: int | None, following: int | None, reason: str | None
) -> None:
    uri = f"https://pond.example/users/{name}"
    told = f"from staging.stg_mastodon__accounts where native_id = '{uri}'"
    assert query(f"select followers_count, following_count, ill_typed is null {told}") == [(followers, following, reason is None)]
    assert query(f"select reason from ops.ops_quarantine where native_id = '{uri}'") == ([(reason,)] if reason else [])


def test_a_score_may_be_negative_and_a_count_may_not(query: Query) -> None:
    assert query("select score, num_comments, ill_typed from staging.stg_reddit__posts where native_id = 't3_1'") == [
        (-40, None, "num_comments (out of range)")
    ]
