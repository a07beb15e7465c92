"""A night's learnt credits, on a warehouse small enough to reckon by hand."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from orchestration.attribution.nightly import attribute
from orchestration.warehouse.raw_tables import create_raw_tables
from orchestration.warehouse.warehouse import Warehouse
from tests.dbt_project.conftest import insert_score_row

NIGHT = date(2026, 9, 30)
TABLES = """
create schema intermediate;
create table marts.fct_conversions as from (values
    ('o1', 'kestrel', 'glide', 'cy'), ('o2', 'kestrel', null, 'cy'), ('o3', 'kestrel', 'glide', null), ('o4', 'fernway', 'glide', null)
) as conversions (conversion_id, brand_id, product_id, person_id);
create table marts.fct_touches as from (values
    ('t1', 'o1', 'ada', 'view_through', 'p1', timestamptz '2026-09-01 00:00:00+00'),
    ('t2', 'o1', 'bo', 'code', null, timestamptz '2026-09-05 00:00:00+00'),
    ('t3', 'o3', 'bo', 'code', null, timestamptz '2026-09-05 00:00:00+00'),
    ('t4', 'o4', 'ada', 'code', null, timestamptz '2026-09-05 00:00:00+00')
) as touches (touch_id, conversion_id, player_id, evidence_class, post_id, touched_at);
create table intermediate.int_unconverted_exposures as from (values
    ('dee', 'kestrel', 'ada', timestamptz '2026-09-01 00:00:00+00')
) as exposures (person_id, brand_id, player_id, said_at);
create table marts.fct_adoptions as from (values
    ('a1', 'cy', 'm8', timestamptz '2026-09-06 00:00:00+00'), ('a2', null, null, timestamptz '2026-09-06 00:00:00+00')
) as adoptions (adoption_id, person_id, mention_id, adopted_at);
create table marts.fct_mentions as from (values ('m1', 'p1'), ('m2', 'p1'), ('m3', 'p9')) as mentions (mention_id, post_id);
insert into marts.fct_influence_credits (
    as_of_date, score_version, object_id, adoption_id, mention_id, author_id, evidence_class, credit
) values
    (date '2026-09-30', 'influence-1', 'product:glide', 'a1', null, null, 'organic', 0.25),
    (date '2026-09-30', 'influence-1', 'product:glide', 'a1', 'm1', 'x:ada', 'follows', 0.25),
    (date '2026-09-30', 'influence-1', 'product:glide', 'a1', 'm2', 'x:ada', 'follows', 0.25),
    (date '2026-09-30', 'influence-1', 'product:glide', 'a1', 'm3', 'x:eve', 'explicit', 0.25),
    (date '2026-09-30', 'influence-1', 'product:glide', 'a2', null, null, 'organic', 1.0);
"""

RANKINGS = (
    (NIGHT - timedelta(days=1), "influence-1", "brand", 1.0),
    (NIGHT, "influence-1", "brand", 2.0),
    (NIGHT, "influence-2", "brand", 3.0),
    (NIGHT, "influence-1", "all", 4.0),
)


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    made = Warehouse(tmp_path / "warehouse.duckdb")
    create_raw_tables(made, [])
    with made.transaction() as connection:
        connection.execute(TABLES)
        for version in ("influence-1", "influence-2"):
            insert_score_row(
                connection, "dim_score_versions", score_version=version, last_as_of_date=NIGHT, is_current=version == "influence-1"
            )
        for night, version, scope, impact in RANKINGS:
            insert_score_row(
                connection, "influencer_rankings", as_of_date=night, score_version=version, scope_kind=scope, scope_id="kestrel",
                population="public", person_id="x:ada", impact=impact, unusual_signals=[],
            )  # fmt: skip
    return made


def touch_credits(warehouse: Warehouse) -> list[tuple[object, ...]]:
    with warehouse.connect() as connection:
        return connection.execute(
            "select touch_id, round(markov, 9), round(shapley, 9) from raw_attribution.touch_credits order by 1"
        ).fetchall()


def influence_credits(warehouse: Warehouse) -> list[tuple[object, ...]]:
    with warehouse.connect() as connection:
        return connection.execute("from raw_attribution.influence_credits order by all").fetchall()


def test_learnt_credits_are_of_touches_and_journeys_that_ended_in_nothing_count(warehouse: Warehouse) -> None:
    """For kestrel: ada -> bo -> order, bo -> order, ada -> nothing. Removal effects 1/2 and 1 (test_markov), p 1/2 and 1 (test_shapley)."""
    assert attribute(warehouse) == {"touch_credits": 4, "influence_credits": 3, "adoption_credits": 0, "impacts": 1}
    assert touch_credits(warehouse) == [
        ("t1", round(1 / 3, 9), 0.25), ("t2", round(2 / 3, 9), 0.75), ("t3", 1.0, 1.0), ("t4", 1.0, 1.0),
    ]  # fmt: skip


def test_influence_is_the_newest_nights_credit_of_the_customers_adoption(warehouse: Warehouse) -> None:
    """Two mentions in one post are one touch; a mention that is no touch keeps its post; what is organic is nobody's."""
    attribute(warehouse)
    assert influence_credits(warehouse) == [
        ("o1", "t1", "p1", "x:ada", 0.5),
        ("o1", None, "p9", "x:eve", 0.25),
        ("o1", None, None, None, 0.25),
    ]


def test_impacts_are_the_newest_nights_by_the_current_version(warehouse: Warehouse) -> None:
    attribute(warehouse)
    with warehouse.connect() as connection:
        assert connection.execute("select person_id, impact from raw_attribution.impacts").fetchall() == [("x:ada", 2.0)]


def test_a_night_that_is_done_again_replaces_its_credits(warehouse: Warehouse) -> None:
    attribute(warehouse)
    before = touch_credits(warehouse), influence_credits(warehouse)
    attribute(warehouse)
    assert (touch_credits(warehouse), influence_credits(warehouse)) == before
