"""Communities that keep their names, and audiences measured from what everybody can see."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from orchestration.scoring.nightly.audiences import write_authenticity, write_communities
from orchestration.warehouse.warehouse import Warehouse
from tests.orchestration.scoring.nightly.score_warehouse import NIGHT, make_warehouse, put

NOON = datetime(2026, 9, 20, 12, tzinfo=UTC)
BEFORE = NIGHT - timedelta(days=1)


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    return make_warehouse(tmp_path / "warehouse.duckdb", {})


def people(warehouse: Warehouse, *authors: str) -> None:
    """Accounts on the microblog, each a person."""
    with warehouse.transaction() as connection:
        for author in authors:
            connection.execute("insert into marts.bridge_persons_authors values ($1, $1)", [author])
            connection.execute(
                "insert into marts.dim_authors (author_id, channel_id, is_current) values (?, 'microblogs', true)",
                [author],
            )


def circles(warehouse: Warehouse, *sizes: int) -> None:
    """Circles in which all know each other, and nobody else."""
    with warehouse.transaction() as connection:
        connection.execute("delete from marts.fct_influence_edges")
        for number, size in enumerate(sizes):
            connection.execute(
                """
                insert into marts.fct_influence_edges
                select format('c{}-{}', $1, one), format('c{}-{}', $1, other), 'interacted', 1.0, $3
                from range($2) as ones(one), range($2) as others(other) where one <> other
                """,
                [number, size, NOON],
            )


def ask(warehouse: Warehouse, query: str) -> list[tuple[Any, ...]]:
    with warehouse.connect() as connection:
        return connection.execute(query).fetchall()


def test_communities_keep_their_names_and_a_night_can_be_read_again(warehouse: Warehouse) -> None:
    people(warehouse, *(f"c{number}-{member}" for number in range(3) for member in range(40)))
    circles(warehouse, 40, 35)
    assert write_communities(warehouse, BEFORE) == 75
    names = dict(ask(warehouse, "select left(person_id, 2), any_value(community_id) from raw_scores.communities group by 1"))
    assert len(set(names.values())) == 2
    circles(warehouse, 36, 38, 40)
    for _ in range(2):
        assert write_communities(warehouse, NIGHT) == 114
        later = dict(ask(warehouse, "select left(person_id, 2), any_value(community_id) from raw_scores.communities group by 1"))
        assert {circle: later[circle] for circle in names} == names
        assert later["c2"] not in names.values()
        assert ask(warehouse, "select distinct as_of_date from raw_scores.communities_before") == [(BEFORE,)]
    assert ask(warehouse, "select count(*) from raw_scores.communities") == [(114,)]


def test_no_edges_no_communities(warehouse: Warehouse) -> None:
    assert write_communities(warehouse, NIGHT) == 0
    assert write_authenticity(warehouse, NIGHT) == 0


def observed(warehouse: Warehouse, author: str, day: date, followers: int | None, **counts: int) -> None:
    put(warehouse, "fct_authors", {"author_id": author, "observed_date": day, "follower_count": followers, **counts})


def measured(warehouse: Warehouse) -> dict[str, Any]:
    write_authenticity(warehouse, NIGHT)
    return {row[0]: row[1:] for row in ask(warehouse, "from raw_scores.authenticity")}


def test_what_is_not_told_says_nothing(warehouse: Warehouse) -> None:
    people(warehouse, "ann")
    assert measured(warehouse) == {"ann": (1.0, [])}


def test_mass_following_is_unusual_from_1500(warehouse: Warehouse) -> None:
    people(warehouse, "ann", "ben")
    observed(warehouse, "ann", NIGHT, 1000, following_count=1500)
    observed(warehouse, "ben", NIGHT, 1000, following_count=1499)
    observed(warehouse, "ben", NIGHT + timedelta(days=1), 1, following_count=9000)  # not known yet
    assert measured(warehouse) == {"ann": (pytest.approx(0.9), ["following_count"]), "ben": (1.0, [])}


def test_a_jump_of_followers_without_talk_does_not_count(warehouse: Warehouse) -> None:
    """Ann and Ben gain 500 on a day on which Ben was talked about; 500 of 1,160 do not count for Ann."""
    people(warehouse, "ann", "ben", "cy")
    for number in range(17):
        for author in ("ann", "ben"):
            observed(warehouse, author, date(2026, 9, 10) + timedelta(days=number), 500 + 10 * number + (500 if number >= 12 else 0))
    for number in range(9):
        acts = {"kind": "reply", "actor_author_id": "cy", "target_author_id": "ben", "post_id": f"r{number}", "is_time_estimated": False}
        put(warehouse, "fct_interactions", acts | {"occurred_at": datetime(2026, 9, 22, number, tzinfo=UTC)})
    found = measured(warehouse)
    assert found["ann"] == (pytest.approx(1 - 510 / 1160), ["unexplained_growth_share"])
    assert found["ben"] == (1.0, [])


def test_likes_in_packs_of_one_size_and_copied_comments(warehouse: Warehouse) -> None:
    people(warehouse, "ann", "ben", "cy")
    for number in range(20):
        for author, likes in (("ann", 100), ("ben", 20 * (number + 1))):
            put(warehouse, "fct_posts", {"post_id": f"{author}{number}", "author_id": author})
            put(warehouse, "fct_engagement", {"post_id": f"{author}{number}", "observed_date": NIGHT, "like_count": likes})
        put(
            warehouse,
            "fct_posts",
            {"post_id": f"r{number}", "author_id": "cy", "text": "So good!" if number < 12 else f"I read all of part {number}"},
        )
        acts = {"kind": "reply", "actor_author_id": "cy", "target_author_id": "ann", "post_id": f"r{number}", "target_post_id": "ann0"}
        put(warehouse, "fct_interactions", acts | {"occurred_at": NOON + timedelta(minutes=2 * number), "is_time_estimated": False})
    found = measured(warehouse)
    assert found["ann"] == (pytest.approx(0.7 * 0.7), ["like_variation", "duplicate_comment_share"])
    assert found["ben"] == (1.0, [])


def test_engagement_within_seconds_is_unusual_and_estimated_times_are_none(warehouse: Warehouse) -> None:
    people(warehouse, "ann", "ben", "cy")
    for number in range(20):
        for author, is_estimated in (("ann", False), ("ben", True)):
            acts = {"kind": "repost", "actor_author_id": "cy", "target_author_id": author, "target_post_id": f"{author}0"}
            put(warehouse, "fct_interactions", acts | {"occurred_at": NOON + timedelta(seconds=number), "is_time_estimated": is_estimated})
    assert measured(warehouse) == {"ann": (pytest.approx(0.8), ["burst_share"]), "ben": (1.0, []), "cy": (1.0, [])}


def liked(warehouse: Warehouse, author: str, likes: int, comments: int | None) -> None:
    put(warehouse, "fct_posts", {"post_id": f"of {author}", "author_id": author})
    engagement = {"like_count": likes, "comment_count": comments}
    put(warehouse, "fct_engagement", {"post_id": f"of {author}", "observed_date": NIGHT, **engagement})


def test_likes_that_nobody_talks_with_do_not_count_where_they_are_many(warehouse: Warehouse) -> None:
    """Ten likes a comment are usual, also where buyers have most of the likes; a few without a comment say little."""
    honest, buyers = [f"honest{number}" for number in range(20)], [f"buyer{number}" for number in range(10)]
    people(warehouse, *honest, *buyers, "few", "untold")
    for author in honest:
        liked(warehouse, author, 20, 2)
    for author in buyers:
        liked(warehouse, author, 90, 0)
    liked(warehouse, "few", 25, 0)
    liked(warehouse, "untold", 90, None)
    found = measured(warehouse)
    assert found["buyer1"] == (pytest.approx(0.7 * 4 / 10), ["unanswered_like_share", "likes_per_comment_to_peers"])
    assert [found[author] for author in ("honest1", "few", "untold")] == [(1.0, [])] * 3


def test_followers_without_a_word_of_their_own_do_not_count(warehouse: Warehouse) -> None:
    """Of 20 followers 15 have an empty bio and no posts, and a name as it is handed out; five following three is no mass following."""
    followers = [f"f{number}" for number in range(20)]
    people(warehouse, "ann", "ben", *followers)
    with warehouse.transaction() as connection:
        for number, follower in enumerate(followers):
            is_ghost = number < 15
            account = ["" if is_ghost else "I run", f"user4333957{number:02}x8@fjord.example" if is_ghost else follower, follower]
            connection.execute("update marts.dim_authors set bio = ?, handle = ? where author_id = ?", account)
            connection.execute("insert into marts.fct_influence_edges values (?, 'ann', 'follows', 0.5, ?)", [follower, NOON])
            observed(warehouse, follower, NIGHT, 3, following_count=15, post_count=0 if is_ghost else 4)
    found = measured(warehouse)
    assert found["ann"] == (pytest.approx(0.25), ["ghost_share", "default_name_share"])
    assert found["f0"] == found["f19"] == (1.0, [])
