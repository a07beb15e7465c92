"""A night's score: from the frames that dbt built to the tables that readers see."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Any

import duckdb
import orjson
import polars as pl
from polars import col

from orchestration.scoring.backtest import predictive_interval
from orchestration.scoring.controls import CONTROLS, SCORE_CONTROLS, Controls
from orchestration.scoring.evidence import EVIDENCE, prior_factors, ranking_components, ranking_evidence
from orchestration.scoring.inputs import ADOPTIONS, AUTHORS, CANDIDATES, CELLS, CLASSES, MENTIONS, Evidence, encode
from orchestration.scoring.nightly.backtest import night_end, nightly_backtest, rolling_factor
from orchestration.scoring.parameters import Parameters
from orchestration.scoring.quality import seen_shares
from orchestration.scoring.ranking import SCOPES, author_scopes, rank_people
from orchestration.scoring.rates import Rates, learn_rates
from orchestration.warehouse.score_tables import (
    DETAIL_NIGHTS,
    DETAILS,
    IS_UNNAMED,
    NEWEST_NIGHT_ONLY,
    PARAMETERS,
    TABLES,
    create_score_tables,
)
from orchestration.warehouse.warehouse import Warehouse

UTC_TIME = pl.Datetime("us", "UTC")
# What the scorer itself does not read: where a row of the frames came from. The frames' own ids tell a mention of a product from the
# same mention counted for its brand; readers know it by the id in fct_mentions.
MENTION_ORIGINS = {"mention_id": pl.String(), "source_mention_id": pl.String(), "post_id": pl.String(), "said_at": UTC_TIME}
ADOPTION_ORIGINS = {
    "adoption_id": pl.String(),
    "source_adoption_id": pl.String(),
    "person_id": pl.String(),
    "adopted_at": UTC_TIME,
    "post_id": pl.String(),
}
FRAMES: Mapping[str, tuple[str, Mapping[str, pl.DataType]]] = {
    "authors": ("int_score_authors", AUTHORS),
    "mentions": ("int_score_mentions", MENTIONS),
    "adoptions": ("int_score_adoptions", ADOPTIONS),
    "candidates": ("int_score_candidates", CANDIDATES),
    "cells": ("int_score_cells", CELLS),
    "controls": ("int_score_controls", CONTROLS),
    "scopes": ("int_score_scopes", SCOPES),
    "mention_origins": ("int_score_mentions", MENTION_ORIGINS),
    "adoption_origins": ("int_score_adoptions", ADOPTION_ORIGINS),
}


@dataclass(frozen=True, slots=True)
class Facts:
    """The frames of FRAMES, and raw_scores.authenticity."""

    authors: pl.DataFrame
    mentions: pl.DataFrame
    adoptions: pl.DataFrame
    candidates: pl.DataFrame
    cells: pl.DataFrame
    controls: pl.DataFrame
    scopes: pl.DataFrame
    mention_origins: pl.DataFrame
    adoption_origins: pl.DataFrame
    authenticity: pl.DataFrame

    def of(self, object_kind: str) -> Facts:
        """The same of the brands or of the products alone: an adoption of a product is one of its brand, too, and counts once in each."""
        is_of_kind = col("object_id").str.starts_with(f"{object_kind}:")
        kept = {name: getattr(self, name).filter(is_of_kind) for name in ("mentions", "adoptions", "cells", "controls", "scopes")}
        return replace(self, **kept, candidates=self.candidates.join(kept["adoptions"], on="adoption_id", how="semi"))

    def days(self, end: datetime, parameters: Parameters) -> float:
        """How long a time the mentions come from; at least as long as one of them works."""
        first = self.mention_origins["said_at"].min()
        known = (end - first) / timedelta(days=1) if isinstance(first, datetime) else 0.0
        return max(known, parameters.window)


@dataclass(frozen=True, slots=True)
class Scored:
    """What was learnt from the brands, or from the products. `accounts` as of author_scopes, `reasons` as of ranking_evidence."""

    evidence: Evidence
    rates: Rates
    accounts: pl.DataFrame
    shares: pl.DataFrame
    reasons: pl.DataFrame
    credited: pl.DataFrame
    controls: pl.DataFrame


def score_night(warehouse: Warehouse, as_of: date, parameters: Parameters, zone: tzinfo = UTC) -> int | None:
    """Writes a night's score in one transaction; returns how many people were ranked, or None where later nights follow the night."""
    with warehouse.transaction() as connection:
        create_score_tables(connection)
    version = parameters.score_version
    with warehouse.connect() as connection:
        ((ranked, followed),) = connection.execute(
            "select bool_or(as_of_date = $1), bool_or(as_of_date > $1) from marts.influencer_rankings where score_version = $2",
            [as_of, version],
        ).fetchall()
        if ranked and followed:
            return None
        facts = read_facts(connection)
        days = facts.days(night_end(as_of, zone), parameters)
        brands, products = (score_objects(facts.of(kind), days, parameters) for kind in ("brand", "product"))
        backtests = nightly_backtest(connection, brands.evidence, brands.credited, facts.adoption_origins, as_of, parameters, zone)
        factor = rolling_factor(connection, backtests, as_of, parameters)
    of_brands, of_products = (col("scope_kind") != "product", col("scope_kind") == "product")
    # whoever objects to being ranked counts in what everybody is credited with, and is not in any list
    is_ranked = ~col("author_id").str.contains(IS_UNNAMED)
    accounts = pl.concat([brands.accounts.filter(of_brands), products.accounts.filter(of_products)]).filter(is_ranked)
    shares = pl.concat([brands.shares.filter(of_brands), products.shares.filter(of_products)])
    reasons = pl.concat([brands.reasons.filter(of_brands), products.reasons.filter(of_products)])
    reasons = reasons.join(
        accounts.select("scope_kind", "scope_id", "person_id").unique(),
        on=["scope_kind", "scope_id", "person_id"],
        how="semi",
        maintain_order="left",
    )
    tables = {
        "influencer_rankings": shown(rank_people(accounts, parameters), shares, facts, factor),
        "ranking_components": ranking_components(accounts),
        "ranking_factors": prior_factors(brands.evidence, brands.rates).filter(is_ranked),
        "ranking_evidence": evidence_rows(reasons, facts),
        "fct_influence_credits": pl.concat([brands.credited, products.credited]).drop("adopted_at"),
        "score_backtests": backtests,
        "score_controls": pl.concat(
            scored.controls.with_columns(object_kind=pl.lit(kind)).select(*SCORE_CONTROLS)
            for kind, scored in (("brand", brands), ("product", products))
        ),
    }
    with warehouse.transaction() as connection:
        write(connection, tables, as_of, parameters)
    return tables["influencer_rankings"].height


def score_objects(facts: Facts, days: float, parameters: Parameters) -> Scored:
    """Credit, rates and what every scope makes of them. `days`: length of the time that the mentions come from."""
    evidence = encode(facts.authors, facts.mentions, facts.adoptions, facts.candidates, facts.cells)
    controls = Controls.of(evidence, facts.controls, parameters)
    rates = learn_rates(evidence, parameters, controls)
    return Scored(
        evidence,
        rates,
        author_scopes(evidence, rates, facts.scopes, days, parameters),
        seen_shares(evidence, facts.scopes, parameters),
        ranking_evidence(evidence, rates, facts.scopes),
        credit_rows(evidence, rates, facts),
        controls.table,
    )


def read_facts(connection: duckdb.DuckDBPyConnection) -> Facts:
    """The frames as dbt built them."""
    frames = {
        name: connection.execute(f"select {', '.join(columns)} from intermediate.{table}").pl().cast(dict(columns))  # type: ignore[arg-type]
        for name, (table, columns) in FRAMES.items()
    }
    return Facts(
        **frames, authenticity=connection.execute("select author_id, authenticity, unusual_signals from raw_scores.authenticity").pl()
    )


def shown(people: pl.DataFrame, shares: pl.DataFrame, facts: Facts, factor: float | None) -> pl.DataFrame:
    """The ranking with forecasts and how good its figures are."""
    scaled = 1.0 if factor is None else factor
    low, high = predictive_interval(people["impact"].to_numpy() * scaled, people["impact_deviation"].to_numpy() * scaled)
    marked = facts.authors.select("author_id", "person_id").join(facts.authenticity, on="author_id")
    audiences = marked.group_by("person_id").agg(
        col("authenticity").min(), unusual_signals=col("unusual_signals").explode().drop_nulls().unique().sort()
    )
    ranked = people.with_columns(
        forecast=col("impact") * scaled,
        forecast_low=pl.Series(low),
        forecast_high=pl.Series(high),
        calibration_factor=pl.lit(factor, dtype=pl.Float64),
    )
    ranked = ranked.join(shares, on=["scope_kind", "scope_id", "person_id"], how="left", maintain_order="left")
    ranked = ranked.join(audiences, on="person_id", how="left", maintain_order="left")
    return ranked.with_columns(col("unusual_signals").fill_null([]))


def credit_rows(evidence: Evidence, rates: Rates, facts: Facts) -> pl.DataFrame:
    """Every adoption's shares, the organic one first; and when it was."""
    mention = evidence.candidate_mention
    author = evidence.mention_author[mention]
    caused = pl.DataFrame(
        {
            "adoption_id": evidence.adoption_ids.gather(evidence.candidate_adoption),
            "mention_id": evidence.mention_ids.gather(mention),
            "author_id": evidence.authors.ids.gather(author),
            "person_id": evidence.authors.person_ids.gather(author),
            "evidence_class": pl.Series(CLASSES, dtype=pl.String).gather(evidence.candidate_class),
            "lag_days": evidence.lag_days,
            "credit": rates.credit.credit,
        }
    )
    organic = pl.DataFrame({"adoption_id": evidence.adoption_ids, "credit": rates.credit.anyway}).with_columns(
        evidence_class=pl.lit("organic")
    )
    rows = pl.concat([organic, caused], how="diagonal").sort("adoption_id", "mention_id", nulls_last=False)
    objects = facts.adoptions.select("adoption_id", "object_id")
    rows = rows.join(objects, on="adoption_id", how="left", maintain_order="left")
    adopted = facts.adoption_origins.select("adoption_id", "source_adoption_id", "adopted_at")
    rows = rows.join(adopted, on="adoption_id", how="left", maintain_order="left")
    rows = rows.join(facts.mention_origins.select("mention_id", "source_mention_id"), on="mention_id", how="left", maintain_order="left")
    return rows.select(
        "object_id", col("source_adoption_id").alias("adoption_id"), col("source_mention_id").alias("mention_id"), "author_id", "person_id",
        "evidence_class", "lag_days", "credit", "adopted_at",
    )  # fmt: skip


def evidence_rows(rows: pl.DataFrame, facts: Facts) -> pl.DataFrame:
    """The evidence with its posts and people, numbered by credit inside a scope and person."""
    mentions = facts.mentions.select("mention_id", "author_id").join(facts.mention_origins, on="mention_id")
    adoptions = facts.adoption_origins.select(
        "adoption_id", "source_adoption_id", "adopted_at", adopter_person_id="person_id", adoption_post_id="post_id"
    )
    joined = rows.join(mentions.rename({"post_id": "mention_post_id"}), on="mention_id", how="left", maintain_order="left")
    joined = joined.join(adoptions, on="adoption_id", how="left", maintain_order="left")
    numbered = joined.with_columns(position=1 + pl.int_range(pl.len()).over("scope_kind", "scope_id", "person_id"))
    kept = [name for name in EVIDENCE if name not in ("adoption_id", "mention_id")]
    return numbered.select(
        *kept, "position", "author_id", "mention_post_id", "adopter_person_id", "adopted_at", "adoption_post_id",
        adoption_id="source_adoption_id", mention_id="source_mention_id",
    )  # fmt: skip


def write(connection: duckdb.DuckDBPyConnection, tables: Mapping[str, pl.DataFrame], as_of: date, parameters: Parameters) -> None:
    """Replaces the night's rows, and lets details go that are older than DETAIL_NIGHTS."""
    version = parameters.score_version
    ((newest,),) = connection.execute("select coalesce(max(last_as_of_date), $1) from marts.dim_score_versions", [as_of]).fetchall()
    for name, rows in tables.items():
        is_alone = name in NEWEST_NIGHT_ONLY
        if is_alone and as_of < newest:
            continue
        connection.execute(f"delete from marts.{name} where $1 or (score_version = $2 and as_of_date = $3)", [is_alone, version, as_of])
        night = rows.with_columns(as_of_date=pl.lit(as_of), score_version=pl.lit(version)).select(*TABLES[name].columns)
        connection.register("night_rows", night.to_arrow())
        connection.execute(f"insert into marts.{name} by name from night_rows")
        connection.unregister("night_rows")
    for name in DETAILS:
        connection.execute(f"delete from marts.{name} where as_of_date <= ?", [as_of - timedelta(days=DETAIL_NIGHTS)])
    known = connection.execute(
        "select least(first_as_of_date, $2), last_as_of_date, is_current from marts.dim_score_versions where score_version = $1",
        [version, as_of],
    ).fetchall()
    first, last, was_current = known[0] if known else (as_of, as_of, False)
    connection.execute("delete from marts.dim_score_versions where score_version = ?", [version])
    if as_of >= newest:
        connection.execute("update marts.dim_score_versions set is_current = false")
    row = _version_row(parameters, first, max(last, as_of), is_current=was_current or as_of >= newest)
    connection.execute(f"insert into marts.dim_score_versions ({', '.join(row)}) values ({', '.join('?' * len(row))})", list(row.values()))


def _version_row(parameters: Parameters, first: date, last: date, *, is_current: bool) -> dict[str, Any]:
    """The row of dim_score_versions."""
    written = orjson.dumps(asdict(parameters), option=orjson.OPT_SORT_KEYS).decode()
    dates = {"first_as_of_date": first, "last_as_of_date": last, "is_current": is_current}
    return (
        {"score_version": parameters.score_version, "parameters": written}
        | dates
        | {column: getattr(parameters, name) for column, name in PARAMETERS.items()}
    )
