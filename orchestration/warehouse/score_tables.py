"""The tables that the score writes and readers see; what they mean is in dbt_project/models/marts/_rankings.yml."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import duckdb


@dataclass(frozen=True, slots=True)
class Table:
    """One table of the score. `columns`: name to SQL type; `key`: what no two rows share, () where that holds NULL."""

    columns: Mapping[str, str]
    key: tuple[str, ...] = ()


NIGHT = {"as_of_date": "date not null", "score_version": "varchar not null"}
SCOPE = {"scope_kind": "varchar not null", "scope_id": "varchar not null"}
POPULATION = {"population": "varchar not null"}
PERSON = {"person_id": "varchar not null"}
PARAMETERS = {
    "window_days": "window",
    "half_life_days": "half_life",
    "explicit_factor": "explicit_factor",
    "interacted_weight": "interacted_weight",
    "follows_weight": "follows_weight",
    "same_thread_weight": "same_thread_weight",
    "pseudo_adoptions": "pseudo_adoptions",
    "horizon_days": "horizon",
    "interval_share": "interval",
    "safe_bound": "safe_bound",
}
"""Column of dim_score_versions to parameter."""

TABLES = {
    "influencer_rankings": Table(
        NIGHT | SCOPE | POPULATION | PERSON | {
            "evidence_class": "varchar",  # NULL in rankings from before there were two lists
            "rank": "bigint not null",
            "rank_low": "bigint not null",
            "rank_high": "bigint not null",
            "score": "double not null",
            "impact": "double not null",
            "impact_low": "double not null",
            "impact_high": "double not null",
            "impact_deviation": "double not null",
            "forecast": "double not null",
            "forecast_low": "double not null",
            "forecast_high": "double not null",
            "calibration_factor": "double",
            "safe_impact": "double not null",
            "safe_rank": "bigint not null",
            "rate": "double not null",
            "rate_rank": "bigint not null",
            "reach": "double not null",
            "mention_count": "bigint not null",
            "exposure": "double not null",
            "credit": "double not null",
            "data_weight": "double not null",
            "seen_share": "double",
            "authenticity": "double",
            "unusual_signals": "varchar[] not null",
        },
        key=(*NIGHT, *SCOPE, *POPULATION, *PERSON),
    ),
    "ranking_components": Table(
        NIGHT | SCOPE | POPULATION | PERSON | {
            "author_id": "varchar not null",
            "component": "varchar not null",
            "amount": "double not null",
            "contribution": "double not null",
        },
        key=(*NIGHT, *SCOPE, "author_id", "component"),
    ),
    "ranking_factors": Table(
        NIGHT | {
            "author_id": "varchar not null",
            "factor": "varchar not null",
            "amount": "double",
            "peer_group": "varchar",
            "peer_count": "bigint",
            "normal_score": "double",
            "multiplier": "double not null",
        },
        key=(*NIGHT, "author_id", "factor"),
    ),
    "ranking_evidence": Table(
        NIGHT | SCOPE | PERSON | {
            "position": "bigint not null",
            "adoption_id": "varchar not null",
            "mention_id": "varchar not null",
            "evidence_class": "varchar not null",
            "lag_days": "double",
            "credit": "double not null",
            "author_id": "varchar not null",
            "mention_post_id": "varchar not null",
            "adopter_person_id": "varchar",
            "adopted_at": "timestamptz not null",
            "adoption_post_id": "varchar",
        },
        key=(*NIGHT, *SCOPE, *PERSON, "position"),
    ),
    "fct_influence_credits": Table(
        NIGHT | {
            "object_id": "varchar not null",
            "adoption_id": "varchar not null",
            "mention_id": "varchar",
            "author_id": "varchar",
            "person_id": "varchar",
            "evidence_class": "varchar not null",
            "lag_days": "double",
            "credit": "double not null",
        },
    ),
    "score_backtests": Table(
        NIGHT | {
            "forecast_date": "date not null",
            "outcome": "varchar not null",
            "ranker": "varchar not null",
            "ndcg_100": "double",
            "captured_by_5_percent": "double",
            "spearman": "double",
            "calibration_factor": "double",
            "coverage": "double",
            "person_count": "bigint",
            "adoption_count": "double",
            "reason": "varchar",
        },
        key=(*NIGHT, "outcome", "ranker"),
    ),
    "score_controls": Table(
        NIGHT | dict.fromkeys(("object_kind", "control", "lag_band", "edge_class", "channel_id", "sparseness"), "varchar not null") | {
            "forward": "bigint not null",
            "reversed": "bigint not null",
            "excess": "bigint not null",
            "excess_low": "double not null",
            "excess_high": "double not null",
            "excess_share": "double not null",
            "share_deviation": "double not null",
        },
        key=(*NIGHT, "object_kind", "control", "lag_band", "edge_class", "channel_id", "sparseness"),
    ),
    "dim_score_versions": Table(
        {
            "score_version": "varchar not null",
            "parameters": "varchar not null",
            "first_as_of_date": "date not null",
            "last_as_of_date": "date not null",
            "is_current": "boolean not null",
            **dict.fromkeys(PARAMETERS, "double not null"),
        },
        key=("score_version",),
    ),
}  # fmt: skip
DETAILS = ("ranking_components", "ranking_factors", "ranking_evidence")
UNNAMED, IS_UNNAMED = "unnamed-", "unnamed-[0-9a-f]{8}"
"""What ids of accounts hold that are counted and never ranked, because whoever had them objects to it."""
DETAIL_NIGHTS = 28
NEWEST_NIGHT_ONLY = ("fct_influence_credits",)


def create_score_tables(connection: duckdb.DuckDBPyConnection) -> None:
    """Creates what is not there yet."""
    connection.execute("create schema if not exists marts")
    for name, table in TABLES.items():
        columns = ", ".join(f'"{column}" {sql_type}' for column, sql_type in table.columns.items())
        connection.execute(f"create table if not exists marts.{name} ({columns})")
