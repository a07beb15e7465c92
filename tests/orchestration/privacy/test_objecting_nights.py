"""A night, somebody objects to being ranked, and the next night, with the source still telling of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.homes import copied
from tests.orchestration.privacy.named_nights import HANDLE, THEIRS, add_night, asked, first_night, groundswell

__all__ = ["first_night"]

NODE = "contains({}, ':unnamed-')"
OTHERS_POSTS = f"""
    select post_id, author_id, text, published_at from marts.fct_posts
    where author_id <> '{THEIRS}' and not {NODE.format("author_id")} and published_at < '2026-09-29' order by all
"""


def their_posts(home: Path) -> list[tuple[object, ...]]:
    return asked(
        home,
        f"""
        select post_id, platform_id, channel_id, parent_post_id, published_at, media_type from marts.fct_posts
        where (author_id = '{THEIRS}' or {NODE.format("author_id")}) and published_at < '2026-09-29' order by all
        """,
    )


@pytest.mark.slow
def test_who_objects_is_counted_and_neither_ranked_nor_shown(first_night: Path, tmp_path: Path) -> None:
    home = copied(first_night, tmp_path / "home")
    posts, theirs = asked(home, OTHERS_POSTS), their_posts(home)
    mentions = "select count(*), count(distinct post_id), count(distinct brand_id) from marts.fct_mentions"
    said, interactions = asked(home, mentions), asked(home, "select kind, count(*) from marts.fct_interactions group by all order by all")
    voice = "select * from marts.mart_share_of_voice where week_start_date < '2026-09-21' order by all"
    heard = asked(home, voice)
    assert theirs
    assert asked(home, f"select count(*) from marts.fct_mentions where author_id = '{THEIRS}'") > [(0,)]

    objected = groundswell(home, "2026-09-29T09:00:00Z", "forget", THEIRS, "--object", "--yes")
    assert objected.returncode in (0, 3), objected.stdout + objected.stderr
    assert their_posts(home) == theirs
    assert asked(home, OTHERS_POSTS) == posts
    assert asked(home, mentions) == said
    assert asked(
        home, f"select count(*) from marts.fct_posts where {NODE.format('author_id')} and (text is not null or url is not null)"
    ) == [(0,)]
    assert asked(home, f"select count(*) from marts.influencer_rankings where person_id = '{THEIRS}' or {NODE.format('person_id')}") == [
        (0,)
    ]
    assert asked(home, "select count(*) from marts.influencer_rankings where starts_with(person_id, 'forgotten:')") > [(0,)]

    add_night(home, 1)
    for file in (home / "posts").iterdir():
        file.write_bytes(file.read_bytes() + b"\n")  # read again as a whole
    done = groundswell(home, "2026-09-30T02:30:00Z", "refresh", "--date", "2026-09-29")
    assert done.returncode == 0, done.stdout + done.stderr
    assert their_posts(home) == theirs
    assert asked(home, OTHERS_POSTS) == posts
    ((nodes,),) = asked(home, f"select count(distinct author_id) from marts.dim_authors where {NODE.format('author_id')}")
    assert nodes == 1
    assert asked(
        home, f"select distinct handle, display_name, url, bio from marts.dim_authors where {NODE.format('author_id')} and is_current"
    )
    native = THEIRS.removeprefix("files:")
    for table in ("raw_files.authors", "raw_files.posts", "raw_files.follows", "raw_files.interactions"):
        assert asked(home, f"select payload from {table} where regexp_matches(payload, '\"({native}|{HANDLE})\"')") == []
        assert asked(home, f"select native_id from {table} where regexp_matches(native_id, '(^| ){native}( |$)')") == []
    kept = dict(asked(home, "select kind, count(*) from marts.fct_interactions where occurred_at < '2026-09-29' group by all"))
    assert kept == dict(interactions)
    for table in ("influencer_rankings", "ranking_components", "ranking_evidence"):
        assert asked(home, f"select count(*) from marts.{table} where as_of_date = '2026-09-29' and {NODE.format('person_id')}") == [
            (0,)
        ], table
    assert asked(home, voice) == heard
    ((scored,),) = asked(home, f"select count(*) from intermediate.int_score_authors where {NODE.format('author_id')}")
    assert scored == 1
    ((notes,),) = asked(home, "select notes from raw_ops.source_runs where night = '2026-09-29'")
    assert any("who object to being ranked" in told for told in notes)

    listed = groundswell(home, "2026-09-30T09:00:00Z", "people", "--suppressed").stdout
    assert "object" in listed
    erased = groundswell(home, "2026-09-30T09:00:00Z", "forget", HANDLE, "--yes")
    assert erased.returncode in (0, 3), erased.stdout + erased.stderr
    assert asked(home, f"select count(*) from marts.fct_posts where {NODE.format('author_id')}") == [(0,)]
    assert "object" not in groundswell(home, "2026-09-30T09:00:00Z", "people", "--suppressed").stdout
