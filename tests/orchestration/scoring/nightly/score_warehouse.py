"""A warehouse as dbt leaves it for the score: small enough to reckon by hand, or a planted world."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
from polars import col

from orchestration.scoring.controls import CONTROLS
from orchestration.scoring.inputs import ADOPTIONS, AUTHORS, CANDIDATES, CELLS, MENTIONS
from orchestration.scoring.nightly.night import ADOPTION_ORIGINS, FRAMES, MENTION_ORIGINS, UTC_TIME
from orchestration.scoring.ranking import SCOPES
from orchestration.warehouse.raw_tables import create_raw_tables
from orchestration.warehouse.warehouse import Warehouse

NIGHT = date(2026, 10, 2)
FIRST_MENTION = datetime(2026, 9, 5, tzinfo=UTC)  # 28 days before the end of NIGHT
COLUMNS: Mapping[str, Mapping[str, pl.DataType]] = {
    "int_score_authors": AUTHORS,
    "int_score_mentions": MENTIONS | MENTION_ORIGINS | {"said_at": UTC_TIME},
    "int_score_adoptions": ADOPTIONS | ADOPTION_ORIGINS,
    "int_score_candidates": CANDIDATES,
    "int_score_cells": CELLS,
    "int_score_controls": CONTROLS,
    "int_score_scopes": SCOPES,
}
Rows = Mapping[str, list[dict[str, Any]]]

MARTS = """
create schema if not exists marts; create schema if not exists ops; create schema if not exists intermediate;
create table ops.ops_source_runs as select 1 as source_run;
create table marts.dim_brands as select 'morrowbean' as brand_id, 'Morrowbean' as brand_name;
create table marts.dim_products (product_id varchar, product_name varchar, brand_id varchar);
create table marts.dim_persons (person_id varchar, display_name varchar, person_kind varchar);
create table marts.persons_overview (
    person_id varchar, person varchar, handle varchar, platform varchar, url varchar, language varchar, rank bigint
);
create table marts.bridge_persons_authors (person_id varchar, author_id varchar);
create table marts.dim_authors (
    author_id varchar, channel_id varchar, platform_id varchar, handle varchar, display_name varchar, url varchar, bio varchar,
    registered_at timestamptz, valid_from timestamptz, valid_to timestamptz, is_current boolean
);
create table marts.fct_authors (
    author_id varchar, observed_date date, follower_count bigint, following_count bigint, post_count bigint
);
create table marts.fct_engagement (
    post_id varchar, observed_date date, like_count bigint, comment_count bigint, share_count bigint, view_count bigint
);
create table marts.fct_posts (post_id varchar, author_id varchar, url varchar, text varchar, published_at timestamptz, is_deleted boolean);
create table marts.fct_interactions (
    kind varchar, actor_author_id varchar, target_author_id varchar, post_id varchar, target_post_id varchar, occurred_at timestamptz,
    is_time_estimated boolean
);
create table marts.fct_mentions (
    mention_id varchar, post_id varchar, author_id varchar, sentence varchar, said_at timestamptz, stance varchar
);
create table marts.fct_adoptions (
    adoption_id varchar, person_id varchar, object_kind varchar, object_id varchar, brand_id varchar, adopted_at timestamptz,
    adoption_kind varchar, post_id varchar, evidence varchar
);
create table marts.fct_influence_edges (
    audience_person_id varchar, author_id varchar, edge_class varchar, class_weight double, first_at timestamptz
);
"""


def mention(number: str, author: str, exposure: float, said_at: datetime = FIRST_MENTION) -> dict[str, Any]:
    """A mention of the brand, in a post of its own."""
    ids = {"mention_id": f"{number} brand", "source_mention_id": number, "post_id": f"post-{number}"}
    reach = {"exposure": exposure, "hidden_reach": 0.0, "seen_people": 2 * exposure}
    return ids | {"author_id": author, "object_id": "brand:morrowbean", "said_at": said_at} | reach


def adoption(number: str, person: str, adopted_at: datetime) -> dict[str, Any]:
    """A person's adoption of the brand, in a post of its own."""
    ids = {"adoption_id": f"{number} brand", "source_adoption_id": number, "post_id": f"post-{number}", "person_id": person}
    return ids | {"object_id": "brand:morrowbean", "community_id": "none", "week": 0, "day": 0, "adopted_at": adopted_at}


def account(author: str, **figures: Any) -> dict[str, Any]:
    """An account on the microblog."""
    known = {"audience": None, "engagement_rate": None, "engager_count": None, "authenticity": None}
    return {"author_id": author, "person_id": author, "channel_id": "microblogs", "population": "public"} | known | figures


def by_hand() -> dict[str, list[dict[str, Any]]]:
    """Ann's mention and three people who bought after it and had no other reason; Ben's mention moved nobody.

    Nobody is at risk, so that nothing is organic: all three adoptions are Ann's.
    """
    days = [(f"a{number}", person, number) for number, person in enumerate(("cy", "dee", "eve"), 1)]
    return {
        "int_score_authors": [account("ann"), account("ben"), account("acme", population="brand")],
        "int_score_mentions": [mention("m1", "ann", 40.0), mention("m2", "ben", 40.0), mention("m3", "acme", 40.0)],
        "int_score_adoptions": [adoption(number, person, FIRST_MENTION + timedelta(days=day)) for number, person, day in days],
        "int_score_candidates": [
            {"adoption_id": f"{number} brand", "mention_id": "m1 brand", "edge_class": "follows", "class_weight": 0.5,
             "is_explicit": day == 1, "lag_days": float(day)}
            for number, _, day in days
        ],
        "int_score_scopes": [{"object_id": "brand:morrowbean", "scope_kind": "brand", "scope_id": "morrowbean"}],
    }  # fmt: skip


def make_warehouse(path: Path, rows: Rows) -> Warehouse:
    """A warehouse with these frames, every table of MARTS empty but for the brand, and the raw tables."""
    warehouse = Warehouse(path)
    create_raw_tables(warehouse, [])
    with warehouse.transaction() as connection:
        connection.execute(MARTS)
    put_frames(warehouse, rows)
    return warehouse


def put_frames(warehouse: Warehouse, rows: Rows) -> None:
    """Replaces the frames."""
    assert set(COLUMNS) == {table for table, _ in FRAMES.values()}
    with warehouse.transaction() as connection:
        for table, schema in COLUMNS.items():
            frame = pl.DataFrame(rows.get(table, []), schema=dict(schema))
            connection.register("frame", frame.select(col(name) for name in schema).to_arrow())
            connection.execute(f"create or replace table intermediate.{table} as from frame")
            connection.unregister("frame")


def put(warehouse: Warehouse, table: str, *rows: dict[str, Any]) -> None:
    """Adds rows to a table of MARTS."""
    with warehouse.transaction() as connection:
        for row in rows:
            marks = ", ".join("?" * len(row))
            connection.execute(f"insert into marts.{table} ({', '.join(row)}) values ({marks})", list(row.values()))
