"""The tables that the score writes: their columns and what they mean."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

import duckdb
import orjson

from orchestration.scoring.parameters import Parameters


@dataclass(frozen=True, slots=True)
class Table:
    """One table of the score. `columns`: name to SQL type and description; `key`: what no two rows share, () where that holds NULL."""

    description: str
    columns: Mapping[str, tuple[str, str]]
    key: tuple[str, ...] = ()


NIGHT = {
    "as_of_date": ("date not null", "The night whose end the ranking looks back from."),
    "score_version": ("varchar not null", "How it was computed, as in dim_score_versions."),
}
SCOPE = {
    "scope_kind": ("varchar not null", "all, brand, product, topic or channel."),
    "scope_id": ("varchar not null", "all, or the id of the brand, product, topic or channel."),
}
PERSON = {"person_id": ("varchar not null", "Who is ranked, as in dim_persons.")}
POPULATION = {"population": ("varchar not null", "public, or the kind of author that is ranked apart: brand, media, bot, employee.")}
CAUSE = {
    "evidence_class": ("varchar not null", "explicit (the adopter points at the post), or the edge: interacted, follows, same_thread."),
    "lag_days": ("double", "Days from the mention to the adoption."),
}
# column: parameter and description
PARAMETERS = {
    "window_days": ("window", "Days after a mention in which an adoption may be credited to it"),
    "half_life_days": ("half_life", "Days in which half of a mention's effect is over"),
    "explicit_factor": ("explicit_factor", "How many times likelier a mention that the adopter points at is the cause"),
    "interacted_weight": ("interacted_weight", "Class weight of an audience that answers"),
    "follows_weight": ("follows_weight", "Class weight of an audience that follows"),
    "same_thread_weight": ("same_thread_weight", "Class weight of an audience in the same thread"),
    "pseudo_adoptions": ("pseudo_adoptions", "How many adoptions the prior rate counts for"),
    "horizon_days": ("horizon", "Days that an impact is given for"),
    "interval_share": ("interval", "The certainty of the intervals"),
    "safe_bound": ("safe_bound", "The quantile of safe_impact"),
}

TABLES = {
    "influencer_rankings": Table(
        "One row per person, scope, population, night and score version. Once a later night follows, it is never written again.",
        NIGHT | SCOPE | POPULATION | PERSON | {
            "rank": ("bigint not null", "By impact; 1 is first, equals share the better rank."),
            "rank_low": ("bigint not null", "The best rank that the 90 % interval of the impact allows."),
            "rank_high": ("bigint not null", "The worst rank that it allows."),
            "score": ("double not null", "100 x the percentile inside the scope, mid-rank for equals."),
            "impact": (
                "double not null",
                "Adoptions per 28 days that happen because this person speaks; the sum of the person's rows in ranking_components.",
            ),
            "impact_low": ("double not null", "The lower end of its 90 % interval."),
            "impact_high": ("double not null", "The upper end of its 90 % interval."),
            "impact_deviation": ("double not null", "The standard deviation of the impact."),
            "forecast": ("double not null", "The impact x calibration_factor: adoptions to expect in the next 28 days."),
            "forecast_low": ("double not null", "The lower end of the 90 % interval of their number."),
            "forecast_high": ("double not null", "The upper end of the 90 % interval of their number."),
            "calibration_factor": (
                "double", "What the backtests of the last 28 nights say that forecasts have to be multiplied by; NULL before there is one."
            ),
            "safe_impact": ("double not null", "An impact that is exceeded with 90 % certainty."),
            "safe_rank": ("bigint not null", "By safe_impact: whom to pick to be on the safe side."),
            "rate": ("double not null", "Adoptions per person reached: how persuasive, whatever the audience."),
            "rate_rank": ("bigint not null", "By rate."),
            "reach": ("double not null", "Exposure that is expected in 28 days: people reached and still without the object, weighted."),
            "mention_count": ("bigint not null", "The person's mentions in this scope."),
            "exposure": ("double not null", "E: that part of the past exposure whose adoptions can be seen."),
            "credit": ("double not null", "Y: the adoptions credited to the person."),
            "data_weight": ("double not null", "How much of the rate comes from credited adoptions, not from what peers do; 0 to 1."),
            "seen_share": (
                "double", "Share of the exposure that rests on edges that were seen, not on estimated reach; NULL: the audience is unknown."
            ),
            "authenticity": ("double", "How much of the audience counts, the least of the person's accounts; NULL where nothing is known."),
            "unusual_signals": ("varchar[] not null", "What is unusual about the audience; unusual, not false."),
        },
        key=(*NIGHT, *SCOPE, *POPULATION, *PERSON),
    ),
    "ranking_components": Table(
        "One row per scope, account, component, night and score version; a person's contributions sum to their impact. Of 28 nights.",
        NIGHT | SCOPE | POPULATION | PERSON | {
            "author_id": ("varchar not null", "The account."),
            "component": ("varchar not null", "credited_<evidence class>, expected_of_peers, or other_scopes."),
            "amount": ("double not null", "Credited adoptions, pseudo-adoptions of the prior, or the rate in all scopes together."),
            "contribution": ("double not null", "Its part of the impact."),
        },
        key=(*NIGHT, *SCOPE, "author_id", "component"),
    ),
    "ranking_factors": Table(
        "One row per account, factor, night and score version; an account's multipliers give its prior rate for brands. Of 28 nights.",
        NIGHT | {
            "author_id": ("varchar not null", "The account."),
            "factor": ("varchar not null", "everyone, channel, audience, engagement_rate or engager_count."),
            "amount": ("double", "The figure x authenticity; NULL where it is unknown, which counts as the middle of the channel."),
            "peer_group": ("varchar", "The channel within which it is compared."),
            "peer_count": ("bigint", "How many accounts of it have a known figure."),
            "normal_score": ("double", "Where the account stands among them, as a standard normal quantile."),
            "multiplier": ("double not null", "What the prior rate is multiplied by."),
        },
        key=(*NIGHT, "author_id", "factor"),
    ),
    "ranking_evidence": Table(
        "One row per person, scope, mention and adoption credited to it: the 50 of most credit. Of 28 nights.",
        NIGHT | SCOPE | PERSON | {
            "position": ("bigint not null", "1 has most credit."),
            "adoption_id": ("varchar not null", "The adoption, as in fct_adoptions."),
            "mention_id": ("varchar not null", "The mention, as in fct_mentions."),
            **CAUSE,
            "credit": ("double not null", "The share of the adoption that the mention caused."),
            "author_id": ("varchar not null", "The account that mentioned."),
            "mention_post_id": ("varchar not null", "The post with the mention."),
            "adopter_person_id": ("varchar", "Who adopted; NULL for a customer."),
            "adopted_at": ("timestamptz not null", "When."),
            "adoption_post_id": ("varchar", "The post that says so; NULL for an order."),
        },
        key=(*NIGHT, *SCOPE, *PERSON, "position"),
    ),
    "fct_influence_credits": Table(
        "One row per adoption, object and mention that may have caused it, and one for what would have happened anyway; they sum to 1. "
        "Of each score version's newest night.",
        NIGHT | {
            "object_id": ("varchar not null", "brand:<brand_id> or product:<product_id>."),
            "adoption_id": ("varchar not null", "The adoption, as in fct_adoptions."),
            "mention_id": ("varchar", "The mention, as in fct_mentions; NULL for the organic share."),
            "author_id": ("varchar", "The account that mentioned; NULL for the organic share."),
            "person_id": ("varchar", "Whose it is; NULL for the organic share."),
            "evidence_class": ("varchar not null", "explicit, interacted, follows, same_thread, or organic."),
            "lag_days": CAUSE["lag_days"],
            "credit": ("double not null", "The share of the adoption, from 0 to 1."),
        },
    ),
    "score_backtests": Table(
        "One row per night, score version, outcome and ranker: the ranking of 28 days ago against what came since. Without measures, "
        "`reason` says why.",
        NIGHT | {
            "forecast_date": ("date not null", "The night of the ranking that is tested."),
            "outcome": ("varchar not null", "credited: all credited adoptions of the 28 days; explicit: those that point at their cause."),
            "ranker": ("varchar not null", "score, or what it is held against."),
            "ndcg_100": ("double", "Normalised discounted cumulative gain of the first 100, gain ln(1 + adoptions)."),
            "captured_by_5_percent": ("double", "Share of all adoptions that the first 5 % of the people caused."),
            "spearman": ("double", "Rank correlation with the adoptions."),
            "calibration_factor": ("double", "What the impact had to be multiplied by to sum to what came; of the score only."),
            "coverage": ("double", "Share of people whose adoptions lay in the 90 % forecast interval; of the score only."),
            "person_count": ("bigint", "People who were ranked or had an outcome."),
            "adoption_count": ("double", "The adoptions that came."),
            "reason": ("varchar", "Why there is nothing to measure; NULL where there is."),
        },
        key=(*NIGHT, "outcome", "ranker"),
    ),
    "dim_score_versions": Table(
        "One row per score version with every number that it depends on.",
        {
            "score_version": ("varchar not null", "Name and a hash of all parameters."),
            "parameters": ("varchar not null", "All of them as JSON."),
            "first_as_of_date": ("date not null", "The first night that it ranked."),
            "last_as_of_date": ("date not null", "The newest night that it ranked."),
            **{name: ("double not null", f"{description}.") for name, (_, description) in PARAMETERS.items()},
        },
        key=("score_version",),
    ),
}  # fmt: skip
DETAILS = ("ranking_components", "ranking_factors", "ranking_evidence")
DETAIL_NIGHTS = 28
NEWEST_NIGHT_ONLY = ("fct_influence_credits",)


def create_score_tables(connection: duckdb.DuckDBPyConnection) -> None:
    """Creates what is not there yet, with comments. The ranking by engagers, which came before, goes: it is a baseline of the backtest."""
    connection.execute("create schema if not exists marts")
    old = "select 1 from duckdb_columns() where table_name = 'influencer_rankings' and column_name = 'engager_count'"
    if connection.execute(old).fetchall():
        connection.execute("drop table marts.influencer_rankings")
    for name, table in TABLES.items():
        columns = ", ".join(f'"{column}" {sql_type}' for column, (sql_type, _) in table.columns.items())
        connection.execute(f"create table if not exists marts.{name} ({columns})")
        connection.execute(f"comment on table marts.{name} is {_quoted(table.description)}")
        for column, (_, description) in table.columns.items():
            connection.execute(f'comment on column marts.{name}."{column}" is {_quoted(description)}')


def version_row(parameters: Parameters, first: date, last: date) -> dict[str, Any]:
    """The row of dim_score_versions."""
    written = orjson.dumps(asdict(parameters), option=orjson.OPT_SORT_KEYS).decode()
    row = {"score_version": parameters.score_version, "parameters": written, "first_as_of_date": first, "last_as_of_date": last}
    return row | {column: getattr(parameters, name) for column, (name, _) in PARAMETERS.items()}


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
