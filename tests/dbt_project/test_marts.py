"""What readers find in the marts after a few nights of invented posts."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from tests.dbt_project.conftest import Query
from tests.dbt_project.dbt import Dbt
from tests.dbt_project.posts import ADA, BO, FEED, HERE, THIRD, WIKI

pytestmark = pytest.mark.slow

PRESS = f"feeds:{FEED} press"
ADA_10 = f"mastodon:{ADA}/statuses/10"


def test_a_post_is_as_last_observed(query: Query) -> None:
    assert query(f"select text, edited_at, first_observed_at, last_observed_at from marts.fct_posts where post_id = '{ADA_10}'") == [
        (
            "My Morrowbean press is back",
            datetime(2026, 9, 3, 7, tzinfo=UTC),
            datetime(2026, 9, 2, tzinfo=UTC),
            datetime(2026, 9, 4, tzinfo=UTC),
        )
    ]


def test_every_platform_has_posts_and_boosts_are_none(query: Query) -> None:
    assert query("select platform_id, channel_id, count(*) from marts.fct_posts group by all order by all") == [
        ("feeds", "blogs", 2),
        ("files", "communities", 1),
        ("files", "vlogs", 2),
        ("hacker_news", "message_boards", 3),
        ("mastodon", "microblogs", 6),
        ("mediawiki", "wikis", 4),
        ("podcast_feeds", "podcasts", 1),
    ]


def test_text_is_title_and_body_without_markup(query: Query) -> None:
    assert query(f"select text from marts.fct_posts where post_id = '{PRESS}'") == [("Press & pour\n\nAll “quiet” here\n\n5 < 6",)]


def test_a_review_is_a_post_beside_the_post_of_the_same_id(query: Query) -> None:
    review = "files:review:v1"
    assert query(f"select author_id, text, is_deleted from marts.fct_posts where post_id = '{review}'") == [
        (None, "Fits\n\nso light", False)
    ]
    assert query(f"select like_count from marts.fct_engagement where post_id = '{review}'") == [(3,)]
    assert query("select product_id, brand_id, author_name, rating, is_verified_purchase, ill_typed from staging.stg_files__reviews") == [
        ("kestrel_glide", "kestrel", "Lou", Decimal("4.5"), True, None)
    ]


def test_what_is_gone_is_marked_and_no_longer_counts(query: Query) -> None:
    gone = f"mastodon:{BO}/statuses/15"
    assert query("select post_id from marts.fct_posts where is_deleted order by 1") == [("hacker_news:902",), (gone,)]
    assert query(f"select count(*) from marts.fct_interactions where post_id = '{gone}'") == [(0,)]


def test_interactions_of_all_kinds(query: Query) -> None:
    ada, bo, dee = f"mastodon:{ADA}", f"mastodon:{BO}", f"mastodon:{HERE}/users/dee"
    eve, fay = f"feeds:{FEED}#Eve", f"feeds:{FEED}#Fay"
    found = query("select kind, actor_author_id, target_author_id, post_id, target_post_id from marts.fct_interactions order by all")
    assert found == sorted(
        [
            ("like", "files:m", "files:k", None, "files:v1"),
            ("link", "hacker_news:ivy", eve, "hacker_news:900", PRESS),
            ("link", bo, eve, f"mastodon:{BO}/statuses/14", PRESS),
            ("link", "podcast_feeds:show", eve, "podcast_feeds:show e1", PRESS),
            ("link", "podcast_feeds:show", ada, "podcast_feeds:show e1", ADA_10),
            ("mention", bo, None, f"mastodon:{BO}/statuses/11", None),
            ("mention", f"mediawiki:{WIKI}:8", f"mediawiki:{WIKI}:7", f"mediawiki:{WIKI}:51", None),
            ("quote", bo, ada, f"mastodon:{BO}/statuses/12", ADA_10),
            ("reply", fay, eve, f"feeds:{FEED} answer", PRESS),
            ("reply", "hacker_news:joe", "hacker_news:ivy", "hacker_news:901", "hacker_news:900"),
            ("reply", bo, ada, f"mastodon:{BO}/statuses/11", ADA_10),
            ("reply", f"mediawiki:{WIKI}:8", f"mediawiki:{WIKI}:7", f"mediawiki:{WIKI}:51", f"mediawiki:{WIKI}:50"),
            ("repost", bo, ada, None, ADA_10),
            ("repost", dee, ada, None, ADA_10),
        ],
        key=lambda row: tuple((value is None, value or "") for value in row),
    )


def test_a_boost_seen_in_two_ways_counts_once_with_the_time_that_is_known(query: Query) -> None:
    assert query("select occurred_at, is_time_estimated from marts.fct_interactions where kind = 'repost' order by 1") == [
        (datetime(2026, 9, 2, 10, tzinfo=UTC), False),
        (datetime(2026, 9, 3, tzinfo=UTC), True),
    ]


def test_an_author_has_a_version_for_each_change(query: Query) -> None:
    assert query(f"select display_name, is_current from marts.dim_authors where author_id = 'mastodon:{BO}' order by valid_from") == [
        ("Bo@Creek.Example", False),
        ("Bo of the Creek", True),
    ]


def test_every_author_that_is_named_is_there(query: Query) -> None:
    assert query("select author_id from marts.dim_authors where handle is null and display_name is null order by 1") == [
        (f"feeds:{FEED}#Fay",),
        ("files:m",),
        ("hacker_news:joe",),
        (f"mastodon:{HERE}/users/dee",),
    ]


def test_counts_of_a_foreign_server_are_partial_and_wrong_ones_null(query: Query) -> None:
    found = query(f"""
        select author_id, observed_date, follower_count, is_partial from marts.fct_authors
        where author_id in ('mastodon:{ADA}', 'mastodon:{BO}') order by 1 desc, 2
    """)
    assert found == [
        (f"mastodon:{ADA}", date(2026, 9, 1), 100, False),
        (f"mastodon:{ADA}", date(2026, 9, 3), 900, False),
        (f"mastodon:{BO}", date(2026, 9, 1), 40, True),
        (f"mastodon:{BO}", date(2026, 9, 2), 41, True),
        (f"mastodon:{BO}", date(2026, 9, 3), None, True),
    ]


def test_engagement_keeps_zero_apart_from_unknown(query: Query) -> None:
    sql = "select observed_date, like_count, share_count from marts.fct_engagement where post_id = 'hacker_news:900' order by 1"
    assert query(sql) == [
        (date(2026, 9, 1), 3, None),
        (date(2026, 9, 2), 0, None),
    ]


def test_reach_is_what_is_reported_or_else_estimated(query: Query) -> None:
    found = query("""
        select post_id, reported_value, reach_low, reach_mid, reach_high, method from marts.fct_reach
        where post_id like 'files:%' order by 1
    """)
    assert found == [
        ("files:review:v1", None, 30, 60, 300, "estimated"),
        ("files:v1", 500, 500, 500, 500, "reported"),
        # 200,000 followers: 15 % falls by 9 points over 9,900,000, so 14.909 %
        ("files:v2", None, 9840, 29818, 59636, "estimated"),
    ]


def test_mentions_know_their_author_and_the_first(query: Query) -> None:
    assert query(
        "select author_id, span_start, is_first_by_author from marts.fct_mentions order by said_at, author_id desc, span_start"
    ) == [
        ("files:k", 0, True),
        (f"mastodon:{ADA}", 3, True),
        (f"mastodon:{ADA}", 14, False),
        (f"mastodon:{BO}", 0, True),
        ("hacker_news:joe", 0, True),
        (f"mastodon:{BO}", None, False),
    ]


def test_mentions_stand_in_their_sentence_with_what_was_read(query: Query) -> None:
    found = query("""
        select sentence, stance, stance_score, intent, intent_confidence, is_paid, disclosure_class, author_kind, extractor_version
        from marts.fct_mentions where post_id like 'mastodon:%' order by said_at, span_start
    """)
    assert found == [
        ("My Morrowbean press is back", "positive", 0.5, "asks_advice", 0.75, False, "none", "person", "terms-2"),
        ("My Morrowbean press is back", "positive", 0.5, "owns", 0.75, False, "none", "person", "terms-2"),
        ("My Morrowbean press is back", "positive", 0.5, "recommends", 0.75, True, "affiliate", "person", "terms-2"),
        (None, None, None, None, None, None, None, "person", "terms-2"),
    ]


def test_posts_have_the_language_that_is_told_or_else_read(query: Query) -> None:
    found = query(
        "select post_id, language, language_source, disclosure_class from marts.fct_posts where extractor_version is not null order by 1"
    )
    assert found == [
        ("files:v1", None, None, "none"),
        ("hacker_news:901", "en", "text", "none"),
        (f"mastodon:{BO}/statuses/11", "en", "platform", "affiliate"),
        (ADA_10, "en", "platform", "none"),
    ]


def test_people_and_customers_adopt_and_media_do_not(query: Query) -> None:
    found = query("""
        select person_id, customer_id, object_kind, object_id, adopted_at, adoption_kind, explicit_source_author_id, evidence
        from marts.fct_adoptions order by adopted_at
    """)
    assert found == [
        (
            f"mastodon:{ADA}",
            None,
            "product",
            "morrowbean_press",
            datetime(2026, 9, 1, 8, tzinfo=UTC),
            "owns",
            None,
            "My Morrowbean press is back",
        ),
        (
            *(f"mastodon:{BO}", None, "product", "morrowbean_press", datetime(2026, 9, 1, 9, tzinfo=UTC), "recommends", f"mastodon:{ADA}"),
            "My Morrowbean press is back",
        ),
        (None, "files:tool:c", "product", "kestrel_glide", datetime(2026, 9, 2, 4, tzinfo=UTC), "ordered", None, None),
    ]


def test_shares_of_voice_sum_to_one(query: Query) -> None:
    found = query("""
        select category, channel_id, week_start_date, sum(mention_share), sum(person_share), sum(mention_count), sum(paid_mention_count)
        from marts.mart_share_of_voice group by all order by all
    """)
    monday = date(2026, 8, 31)
    assert found == [
        ("coffee", "all", monday, 1.0, 1.0, 4, 1),
        ("coffee", "microblogs", monday, 1.0, 1.0, 4, 1),
        ("running shoes", "all", monday, 1.0, 1.0, 1, 0),
        ("running shoes", "vlogs", monday, 1.0, 1.0, 1, 0),
    ]
    reach = query("select brand_id, reach, reach_post_count from marts.mart_share_of_voice where channel_id = 'vlogs' order by 1")
    assert reach == [("fernway", None, 0), ("kestrel", 500, 1)]


def test_questions_know_their_answers(query: Query) -> None:
    found = query("""
        select asking_post_id, thread_post_id, category, topic_id, answer_count, first_answer_hours, top_recommended_product_id,
            is_our_brand_recommended
        from marts.mart_advice_threads order by asked_at
    """)
    assert found == [
        (ADA_10, ADA_10, "coffee", None, 1, 1.0, "morrowbean_press", True),
        ("hacker_news:901", "hacker_news:900", "coffee", "espresso", 0, None, None, False),
    ]
    assert query("select answer_post_id, recommended_brand_id, is_paid from marts.mart_advice_answers") == [
        (f"mastodon:{BO}/statuses/11", "morrowbean", True)
    ]


def test_what_cannot_be_read_is_quarantined(query: Query) -> None:
    assert query("select entity, native_id, found_by, reason from ops.ops_quarantine where found_by <> 'facts' order by all") == [
        ("accounts", BO, "staging", "not of the declared type: followers_count"),
        ("statuses", f"{ADA}/statuses/16", "staging", "not of the declared type: mentions, favourites_count, created_at"),
        ("statuses", None, "loader", "no uri"),
    ]


def test_a_row_with_an_absurd_time_stays(query: Query) -> None:
    assert query(f"select text, published_at from marts.fct_posts where post_id = 'mastodon:{ADA}/statuses/16'") == [("long ago", None)]


def test_readers_schemas_hold_only_tables(query: Query) -> None:
    assert query("select schema_name, view_name from duckdb_views() where schema_name in ('marts', 'ops')") == []


def test_a_second_build_stages_no_row_twice(built: Dbt, query: Query) -> None:
    before = query("select count(*), max(load_id) from staging.stg_mastodon__statuses")
    built.run("run", "--select", "stg_mastodon__statuses")
    assert query("select count(*), max(load_id) from staging.stg_mastodon__statuses") == before == [(8, THIRD.toordinal())]
