"""The nightly score on warehouses that can be reckoned by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from orchestration.scoring.nightly.night import score_night
from orchestration.scoring.parameters import Parameters
from orchestration.warehouse.migrations import MIGRATIONS
from orchestration.warehouse.score_tables import TABLES
from orchestration.warehouse.warehouse import Warehouse
from tests.orchestration.scoring.nightly.score_warehouse import (
    FIRST_MENTION,
    NIGHT,
    account,
    adoption,
    by_hand,
    make_warehouse,
    mention,
    put,
    put_frames,
)

PARAMETERS = Parameters()
LATER = NIGHT + timedelta(days=1)


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    return make_warehouse(tmp_path / "warehouse.duckdb", by_hand())


def ask(warehouse: Warehouse, query: str) -> list[tuple[Any, ...]]:
    with warehouse.connect() as connection:
        return connection.execute(query).fetchall()


def dump(warehouse: Warehouse) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table of the score, as it stands in the file."""
    return {table: ask(warehouse, f"from marts.{table}") for table in TABLES}


def test_values_by_hand(warehouse: Warehouse) -> None:
    """Three certain adoptions from an exposure of 40 in 28 days: (3 + a) / (40 + a / m) * 40."""
    assert score_night(warehouse, NIGHT, PARAMETERS) == 9  # three people, in all, the brand and the channel
    (prior,) = ask(warehouse, "select product(multiplier) from marts.ranking_factors where author_id = 'ann'")[0]
    pseudo_of = "select distinct amount from marts.ranking_components where component = 'expected_of_peers' and scope_kind = 'all'"
    ((pseudo,),) = ask(warehouse, pseudo_of)
    assert pseudo == pytest.approx(0.6, rel=0.5)  # one pointer says little: near the guess
    ann, ben = ask(
        warehouse,
        """
        select rank, impact, credit, exposure, seen_share, mention_count, forecast, calibration_factor, authenticity, unusual_signals
        from marts.influencer_rankings where scope_kind = 'all' and population = 'public' order by rank
        """,
    )
    assert ann == (1, pytest.approx((3 + pseudo) / (40 + pseudo / prior) * 40), pytest.approx(3.0), 40.0, 1.0, 1, ann[1], None, None, [])
    assert (ben[0], ben[2]) == (2, 0.0)
    assert ben[1] == pytest.approx(pseudo / (40 + pseudo / prior) * 40)
    kinds = ask(warehouse, "select population, person_id, rank from marts.influencer_rankings where scope_kind = 'brand' order by all")
    assert kinds == [("brand", "acme", 1), ("public", "ann", 1), ("public", "ben", 2)]


def test_products_topics_and_accounts_of_every_kind(tmp_path: Path) -> None:
    """Ann has a second account, without a channel; somebody objects to being ranked; one adopts whom nobody moved, and one a product."""
    rows = by_hand()
    came = FIRST_MENTION + timedelta(days=2)
    product = {"object_id": "product:press"}
    rows["int_score_authors"] += [account("ann2", person_id="ann", channel_id=None), account("unnamed-0123abcd")]
    rows["int_score_mentions"] += [
        mention("m4", "ann2", 10.0), mention("m5", "unnamed-0123abcd", 40.0),
        mention("m6", "ben", 20.0) | product | {"mention_id": "m6 product"},
    ]  # fmt: skip
    rows["int_score_adoptions"] += [adoption("a4", "fay", came), adoption("a5", "gus", came) | product | {"adoption_id": "a5 product"}]
    rows["int_score_candidates"].append(
        {"adoption_id": "a5 product", "mention_id": "m6 product", "edge_class": "follows", "class_weight": 0.5, "is_explicit": True,
         "lag_days": 2.0}
    )  # fmt: skip
    rows["int_score_scopes"] += [
        {"object_id": "brand:morrowbean", "scope_kind": "topic", "scope_id": "coffee"},
        {"object_id": "product:press", "scope_kind": "product", "scope_id": "press"},
    ]
    warehouse = make_warehouse(tmp_path / "warehouse.duckdb", rows)
    ranked = score_night(warehouse, NIGHT, PARAMETERS)
    lists = ask(
        warehouse,
        "select scope_kind, scope_id, population, list(person_id order by rank) from marts.influencer_rankings group by all order by all",
    )
    assert lists == [
        ("all", "all", "brand", ["acme"]), ("all", "all", "public", ["ann", "ben"]),
        ("brand", "morrowbean", "brand", ["acme"]), ("brand", "morrowbean", "public", ["ann", "ben"]),
        ("channel", "microblogs", "brand", ["acme"]), ("channel", "microblogs", "public", ["ann", "ben"]),
        ("product", "press", "public", ["ben"]),
        ("topic", "coffee", "brand", ["acme"]), ("topic", "coffee", "public", ["ann", "ben"]),
    ]  # fmt: skip
    assert ranked == sum(len(people) for *_, people in lists)
    of_ann = "select scope_kind, mention_count, exposure from marts.influencer_rankings where person_id = 'ann' order by all"
    assert ask(warehouse, of_ann) == [("all", 2, 50.0), ("brand", 2, 50.0), ("channel", 1, 40.0), ("topic", 2, 50.0)]
    parts = "select person_id, scope_kind, scope_id, population, sum(contribution) as impact from marts.ranking_components group by all"
    assert ask(
        warehouse,
        f"""
        select count(*) from marts.influencer_rankings as ranks left join ({parts}) as parts
        using (person_id, scope_kind, scope_id, population) where abs(ranks.impact - coalesce(parts.impact, 0)) > 1e-9
        """,
    ) == [(0,)]
    shares = ask(
        warehouse,
        """
        select object_id, adoption_id, list(mention_id order by mention_id nulls first), sum(credit) from marts.fct_influence_credits
        group by all order by all
        """,
    )
    one = pytest.approx(1.0)
    of_brand = [("brand:morrowbean", f"a{number}", [None, "m1"] if number < 4 else [None], one) for number in range(1, 5)]
    assert shares == [*of_brand, ("product:press", "a5", [None, "m6"], one)]
    assert ask(
        warehouse, "select adoption_id, mention_id, author_id, adopter_person_id from marts.ranking_evidence where scope_kind = 'product'"
    ) == [("a5", "m6", "ben", "gus")]


def test_a_list_that_nobody_makes_is_told(tmp_path: Path) -> None:
    rows = by_hand()
    rows["int_score_scopes"].append({"object_id": "brand:morrowbean", "scope_kind": "category", "scope_id": "kitchen"})
    with pytest.raises(ValueError, match="scopes of a brand that no list is made of: category"):
        score_night(make_warehouse(tmp_path / "warehouse.duckdb", rows), NIGHT, PARAMETERS)


def test_evidence_and_credits_name_posts_and_people(warehouse: Warehouse) -> None:
    score_night(warehouse, NIGHT, PARAMETERS)
    evidence = ask(
        warehouse,
        """
        select position, adoption_id, mention_id, evidence_class, lag_days, credit, author_id, mention_post_id, adopter_person_id,
            adopted_at, adoption_post_id
        from marts.ranking_evidence where scope_kind = 'brand' order by adoption_id
        """,
    )
    first = FIRST_MENTION + timedelta(days=1)
    assert evidence[0] == (1, "a1", "m1", "explicit", 1.0, pytest.approx(1.0), "ann", "post-m1", "cy", first, "post-a1")
    assert [(row[1], row[3], row[8]) for row in evidence[1:]] == [("a2", "follows", "dee"), ("a3", "follows", "eve")]
    credits_ = ask(
        warehouse, "select adoption_id, evidence_class, mention_id, person_id, credit from marts.fct_influence_credits order by all"
    )
    assert [row[:4] for row in credits_[:2]] == [("a1", "explicit", "m1", "ann"), ("a1", "organic", None, None)]
    assert len(credits_) == 6


def test_shares_are_the_same_however_few_are_written_at_a_time(warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch) -> None:
    score_night(warehouse, NIGHT, PARAMETERS)
    at_once = ask(warehouse, "from marts.fct_influence_credits")
    assert len(at_once) == 6
    monkeypatch.setattr("orchestration.scoring.nightly.night.ROWS_AT_A_TIME", 1)
    score_night(warehouse, NIGHT, PARAMETERS)
    assert ask(warehouse, "from marts.fct_influence_credits") == at_once


def test_the_same_night_twice_gives_the_same_bytes(warehouse: Warehouse) -> None:
    score_night(warehouse, NIGHT, PARAMETERS)
    once = dump(warehouse)
    score_night(warehouse, NIGHT, PARAMETERS)
    assert dump(warehouse) == once
    assert all(once.values())


def test_a_night_that_is_followed_stays_as_it_is(warehouse: Warehouse) -> None:
    score_night(warehouse, NIGHT, PARAMETERS)
    of_night = f"from marts.influencer_rankings where as_of_date = '{NIGHT}'"
    then = ask(warehouse, of_night)
    put_frames(warehouse, {**by_hand(), "int_score_candidates": []})
    assert score_night(warehouse, LATER, PARAMETERS) == 9
    assert score_night(warehouse, NIGHT, PARAMETERS) is None
    assert ask(warehouse, of_night) == then
    credit = "select as_of_date, credit from marts.influencer_rankings where person_id = 'ann' and scope_kind = 'all' order by 1"
    assert ask(warehouse, credit) == [(NIGHT, pytest.approx(3.0)), (LATER, 0.0)]
    assert ask(warehouse, "select distinct as_of_date from marts.fct_influence_credits") == [(LATER,)]
    assert ask(warehouse, "select first_as_of_date, last_as_of_date from marts.dim_score_versions") == [(NIGHT, LATER)]


def test_another_version_stands_beside(warehouse: Warehouse) -> None:
    other = Parameters(half_life=5.0)
    score_night(warehouse, LATER, PARAMETERS)
    assert score_night(warehouse, NIGHT, other) == 9
    versions = ask(warehouse, "select score_version, half_life_days, parameters from marts.dim_score_versions order by half_life_days")
    assert [row[:2] for row in versions] == [(PARAMETERS.score_version, 3.0), (other.score_version, 5.0)]
    assert '"half_life":5.0' in versions[1][2]
    assert ask(warehouse, "select count(distinct score_version) from marts.influencer_rankings") == [(2,)]


def test_the_current_version_is_the_one_that_ranked_the_newest_night_last(warehouse: Warehouse) -> None:
    other = Parameters(half_life=5.0)
    current = "select score_version, last_as_of_date from marts.dim_score_versions where is_current"
    credited = "select distinct score_version, as_of_date from marts.fct_influence_credits"
    for night, parameters, newest in (
        (NIGHT, PARAMETERS, (PARAMETERS.score_version, NIGHT)),
        (LATER, PARAMETERS, (PARAMETERS.score_version, LATER)),
        (NIGHT, other, (PARAMETERS.score_version, LATER)),
        (LATER, other, (other.score_version, LATER)),
        (LATER, PARAMETERS, (PARAMETERS.score_version, LATER)),
    ):
        score_night(warehouse, night, parameters)
        assert ask(warehouse, current) == [newest]
        assert ask(warehouse, credited) == [newest]


def test_details_of_old_nights_go_and_rankings_stay(warehouse: Warehouse) -> None:
    score_night(warehouse, NIGHT, PARAMETERS)
    score_night(warehouse, NIGHT + timedelta(days=28), PARAMETERS)
    for table, nights in {"ranking_components": 1, "ranking_factors": 1, "ranking_evidence": 1, "influencer_rankings": 2}.items():
        assert ask(warehouse, f"select count(distinct as_of_date) from marts.{table}") == [(nights,)], table


def test_an_empty_warehouse_gives_empty_tables_and_says_why(tmp_path: Path) -> None:
    warehouse = make_warehouse(tmp_path / "empty.duckdb", {})
    assert score_night(warehouse, NIGHT, PARAMETERS) == 0
    rows = {table: len(found) for table, found in dump(warehouse).items()}
    assert rows == dict.fromkeys(TABLES, 0) | {"dim_score_versions": 1, "score_backtests": 2, "score_controls": 6}
    reasons = ask(warehouse, "select distinct ndcg_100, calibration_factor, reason from marts.score_backtests")
    assert reasons == [(None, None, "this version did not rank anybody as of 2026-09-04")]


def test_one_person_whom_nobody_follows_has_no_nan(tmp_path: Path) -> None:
    warehouse = make_warehouse(
        tmp_path / "one.duckdb", {"int_score_authors": [account("ann")], "int_score_mentions": [mention("m1", "ann", 0.0)]}
    )
    assert score_night(warehouse, NIGHT, PARAMETERS) == 2
    rows = ask(warehouse, "select columns(c -> c <> 'calibration_factor') from marts.influencer_rankings")
    assert not any(value != value for row in rows for value in row)
    assert ask(warehouse, "select distinct impact, rank, rank_low, rank_high, seen_share from marts.influencer_rankings") == [
        (0.0, 1, 1, 1, None)
    ]


def test_the_ranking_by_engagers_makes_way(warehouse: Warehouse) -> None:
    with warehouse.transaction() as connection:
        connection.execute("create or replace table marts.influencer_rankings as select 1 as rank, 2 as engager_count")
        MIGRATIONS[1].apply(connection)  # every night begins with those that wait
    assert score_night(warehouse, NIGHT, PARAMETERS) == 9
    assert ask(warehouse, "select column_name from duckdb_columns() where table_name = 'influencer_rankings' and column_name = 'impact'")


def test_the_backtest_holds_the_ranking_of_28_days_ago_against_what_came(warehouse: Warehouse) -> None:
    """Ann is ranked first; in the 28 days after, two more people buy, one of whom says it was Ben."""
    score_night(warehouse, NIGHT, PARAMETERS)
    for person, followers in (("ann", 5), ("ben", 500), ("cy", 1)):
        put(warehouse, "bridge_persons_authors", {"person_id": person, "author_id": person})
        put(warehouse, "fct_authors", {"author_id": person, "observed_date": NIGHT, "follower_count": followers})
    now = by_hand()
    came = datetime(2026, 10, 10, tzinfo=UTC)
    now["int_score_adoptions"] += [adoption("a8", "fay", came), adoption("a9", "gus", came)]
    now["int_score_mentions"].append(mention("m9", "ben", 0.0, came - timedelta(days=1)))
    for number, source, is_explicit in (("a8", "m1", False), ("a9", "m9", True)):
        now["int_score_candidates"].append(
            {"adoption_id": f"{number} brand", "mention_id": f"{source} brand", "edge_class": "follows", "class_weight": 0.5,
             "is_explicit": is_explicit, "lag_days": 1.0}
        )  # fmt: skip
    put_frames(warehouse, now)
    tonight = NIGHT + timedelta(days=28)
    score_night(warehouse, tonight, PARAMETERS)
    rows = ask(
        warehouse,
        f"""
        select outcome, ranker, ndcg_100, captured_by_5_percent, adoption_count, person_count, calibration_factor, reason
        from marts.score_backtests where as_of_date = '{tonight}' order by outcome, ranker
        """,
    )
    by_name = {row[:2]: row[2:] for row in rows}
    assert {outcome for outcome, _ in by_name} == {"credited", "explicit"}
    assert {ranker for _, ranker in by_name} == {"score", "followers", "engagement", "engagers", "pagerank", "k_core", "last_touch"}
    ((impact,),) = ask(
        warehouse,
        f"select sum(impact) from marts.influencer_rankings where as_of_date = '{NIGHT}' and scope_kind = 'all' and population = 'public'",
    )
    assert by_name["credited", "score"][2:] == (pytest.approx(2.0), 2, pytest.approx(2 / impact), None)
    assert by_name["explicit", "score"][2] == pytest.approx(1.0)
    assert by_name["explicit", "followers"][:2] == (1.0, 1.0)  # Ben has most followers, and was pointed at
    assert by_name["explicit", "score"][0] == pytest.approx(0.631, abs=0.001)  # 1 / log2(3)
    assert by_name["credited", "last_touch"][1] == pytest.approx(0.5)
    factors = ask(
        warehouse, f"select distinct calibration_factor, forecast / impact from marts.influencer_rankings where as_of_date = '{tonight}'"
    )
    assert factors[0] == (pytest.approx(2 / impact), pytest.approx(2 / impact))


def test_the_past_is_a_filter(warehouse: Warehouse) -> None:
    score_night(warehouse, date(2026, 3, 3), PARAMETERS)
    score_night(warehouse, NIGHT, PARAMETERS)
    then = (
        "select person_id from marts.influencer_rankings where as_of_date = '2026-03-03' and scope_kind = 'brand' and population = 'public'"
    )
    assert ask(warehouse, f"{then} order by rank") == [("ann",), ("ben",)]
