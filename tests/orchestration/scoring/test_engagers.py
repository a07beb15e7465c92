from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestration.scoring.engagers import RANKINGS, SCORE_VERSION, rank_engagers

AS_OF = date(2026, 9, 30)
END = datetime(2026, 10, 1, tzinfo=UTC)
START = datetime(2026, 7, 3, tzinfo=UTC)
NOON = datetime(2026, 9, 15, 12, tzinfo=UTC)
TICK = timedelta(microseconds=1)

INTERACTIONS = {
    "actor_person_id": pl.String(),
    "target_person_id": pl.String(),
    "kind": pl.String(),
    "target_post_id": pl.String(),
    "occurred_at": pl.Datetime("us", "UTC"),
}
Interaction = tuple[str | None, str | None, str, str | None, datetime | None]
Mention = tuple[str | None, str | None]
Author = tuple[str, str | None]


def ranking(interactions: Sequence[Interaction], mentions: Sequence[Mention] = (), authors: Sequence[Author] = ()) -> pl.DataFrame:
    return rank_engagers(
        pl.DataFrame(interactions, schema=INTERACTIONS, orient="row"),
        pl.DataFrame(mentions, schema={"post_id": pl.String, "brand_id": pl.String}, orient="row"),
        pl.DataFrame(authors, schema={"person_id": pl.String, "person_kind": pl.String}, orient="row"),
        AS_OF,
    )


def places(frame: pl.DataFrame, scope_id: str = "all") -> list[tuple[str, int, int]]:
    """Who is where in a scope: person, rank, engager_count."""
    return frame.filter(scope_id=scope_id).select("person_id", "rank", "engager_count").rows()


def reference(interactions: Sequence[Interaction], mentions: Sequence[Mention], authors: Sequence[Author]) -> list[dict[str, Any]]:
    """The definition, one person at a time."""
    outsiders = {author for author, kind in authors if kind in {"bot", "brand", "employee"}}
    counted = [
        (actor, target, post, at)
        for actor, target, kind, post, at in dict.fromkeys(interactions)
        if kind in {"reply", "repost", "quote", "link"} and actor and target and actor != target
        if not {actor, target} & outsiders and at and START <= at < END
    ]
    rows = []
    for brand in [None, *sorted({brand for post, brand in mentions if post and brand})]:
        in_scope = [row for row in counted if brand is None or (row[2] is not None and (row[2], brand) in mentions)]
        received = {person: [row for row in in_scope if row[1] == person] for person in {row[1] for row in in_scope}}
        peers = {person: len({actor for actor, *_ in of_person}) for person, of_person in received.items()}
        for person, of_person in received.items():
            fewer = sum(other < peers[person] for other in peers.values())
            equals = sum(other == peers[person] for other in peers.values())
            rows.append(
                {
                    "as_of_date": AS_OF,
                    "score_version": "engagers-1",
                    "scope_kind": "brand" if brand else "all",
                    "scope_id": brand or "all",
                    "person_id": person,
                    "rank": 1 + sum(other > peers[person] for other in peers.values()),
                    "score": pytest.approx(100 * (fewer + equals / 2) / len(peers)),
                    "engager_count": peers[person],
                    "interaction_count": len(of_person),
                    "post_count": len({post for _, _, post, _ in of_person if post}),
                    "first_interaction_at": min(at for *_, at in of_person),
                    "last_interaction_at": max(at for *_, at in of_person),
                }
            )
    return sorted(rows, key=lambda row: (row["scope_kind"], row["scope_id"], row["rank"], row["person_id"]))


people = st.sampled_from("abcdef")
moments = st.sampled_from([START - TICK, START, START + TICK, NOON, END - TICK, END])
interactions_of = st.lists(
    st.tuples(
        st.none() | people,
        st.none() | people,
        st.sampled_from(["reply", "repost", "quote", "link", "mention", "like"]),
        st.none() | st.sampled_from("123"),
        st.none() | moments,
    ),
    max_size=40,
)
mentions_of = st.lists(st.tuples(st.none() | st.sampled_from("123"), st.none() | st.sampled_from(["kestrel", "tidewell"])), max_size=6)
authors_of = st.lists(
    st.tuples(people, st.none() | st.sampled_from(["person", "media", "bot", "brand", "employee"])),
    max_size=3,
    unique_by=lambda row: row[0],
)


@settings(deadline=None)
@given(interactions_of, mentions_of, authors_of)
def test_equals_the_definition(interactions: list[Interaction], mentions: list[Mention], authors: list[Author]) -> None:
    assert ranking(interactions, mentions, authors).to_dicts() == reference(interactions, mentions, authors)


@settings(deadline=None)
@given(interactions_of, mentions_of, authors_of, st.randoms())
def test_neither_order_nor_doubling_changes_a_byte(
    interactions: list[Interaction], mentions: list[Mention], authors: list[Author], random: Any
) -> None:
    shuffled = [random.sample(rows, len(rows)) for rows in (interactions * 2, mentions * 2, authors * 2)]
    assert ranking(*shuffled).serialize() == ranking(interactions, mentions, authors).serialize()


@settings(deadline=None)
@given(interactions_of, mentions_of, st.permutations("abcdef"))
def test_a_name_carries_no_weight(interactions: list[Interaction], mentions: list[Mention], names: list[str]) -> None:
    name = dict(zip("abcdef", names, strict=True))
    renamed = [(actor and name[actor], target and name[target], *rest) for actor, target, *rest in interactions]
    order = ["scope_kind", "scope_id", "person_id"]
    expected = ranking(interactions, mentions).with_columns(pl.col("person_id").replace(name)).sort(order)
    assert ranking(renamed, mentions).sort(order).equals(expected)  # type: ignore[arg-type]


def test_peers_are_counted_once_and_equals_share_the_best_rank() -> None:
    interactions: list[Interaction] = [
        ("a", "x", "reply", "1", NOON),
        ("a", "x", "repost", "2", NOON + TICK),
        ("b", "x", "quote", "1", NOON),
        ("a", "y", "link", "3", NOON),
        ("b", "y", "reply", "3", NOON),
        ("a", "z", "reply", "4", NOON),
    ]
    frame = ranking(interactions)
    assert places(frame) == [("x", 1, 2), ("y", 1, 2), ("z", 3, 1)]
    assert frame["score"].to_list() == pytest.approx([200 / 3, 200 / 3, 50 / 3])
    assert frame.row(0, named=True) | {"score": None} == {
        "as_of_date": AS_OF,
        "score_version": SCORE_VERSION,
        "scope_kind": "all",
        "scope_id": "all",
        "person_id": "x",
        "rank": 1,
        "score": None,
        "engager_count": 2,
        "interaction_count": 3,
        "post_count": 2,
        "first_interaction_at": NOON,
        "last_interaction_at": NOON + TICK,
    }


@pytest.mark.parametrize(("at", "is_counted"), [(START - TICK, False), (START, True), (END - TICK, True), (END, False), (None, False)])
def test_the_window_is_half_open(at: datetime | None, is_counted: bool) -> None:
    assert places(ranking([("a", "x", "reply", "1", at)])) == [("x", 1, 1)] * is_counted


@pytest.mark.parametrize("kind", ["mention", "like", "vote", "follow"])
def test_cheap_acts_do_not_count(kind: str) -> None:
    assert ranking([("a", "x", kind, "1", NOON)]).is_empty()


def test_nobody_is_their_own_peer() -> None:
    assert places(ranking([("x", "x", "reply", "1", NOON), ("a", "x", "reply", "1", NOON)])) == [("x", 1, 1)]


@pytest.mark.parametrize(("kind", "is_ranked"), [("bot", 0), ("brand", 0), ("employee", 0), ("person", 1), ("media", 1), (None, 1)])
def test_bots_and_brands_neither_rank_nor_count(kind: str | None, is_ranked: int) -> None:
    interactions: list[Interaction] = [("x", "y", "reply", "1", NOON), ("a", "x", "reply", "2", NOON)]
    assert [person for person, *_ in places(ranking(interactions, authors=[("x", kind)]))] == ["x", "y"] * is_ranked


def test_a_brand_counts_only_what_is_about_it() -> None:
    interactions: list[Interaction] = [
        ("a", "x", "reply", "1", NOON),
        ("b", "x", "reply", "2", NOON),
        ("c", "x", "link", None, NOON),
        ("a", "y", "reply", "3", NOON),
    ]
    frame = ranking(interactions, [("1", "kestrel"), ("1", "kestrel"), ("3", "kestrel"), ("3", "tidewell"), ("9", "ohmline")])
    assert places(frame) == [("x", 1, 3), ("y", 2, 1)]
    assert places(frame, "kestrel") == [("x", 1, 1), ("y", 1, 1)]
    assert places(frame, "tidewell") == [("y", 1, 1)]
    assert places(frame, "ohmline") == []


def test_empty_tables_give_an_empty_ranking_of_the_same_types() -> None:
    assert ranking([]).schema == ranking([("a", "x", "reply", "1", NOON)]).schema == RANKINGS


def test_times_of_another_unit_or_zone_are_read_as_the_same_moments() -> None:
    frame = pl.DataFrame(
        [("a", "x", "reply", "1", START), ("b", "x", "reply", "1", START - TICK * 1000)], schema=INTERACTIONS, orient="row"
    )
    abroad = frame.with_columns(pl.col("occurred_at").dt.convert_time_zone("Asia/Tokyo").dt.cast_time_unit("ms"))
    no_mentions = pl.DataFrame(schema={"post_id": pl.String, "brand_id": pl.String})
    no_authors = pl.DataFrame(schema={"person_id": pl.String, "person_kind": pl.String})
    assert places(rank_engagers(abroad, no_mentions, no_authors, AS_OF)) == [("x", 1, 1)]
