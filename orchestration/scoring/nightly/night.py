"""A night's score: from the frames that dbt built to the tables that readers see."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from itertools import pairwise
from typing import Any

import duckdb
import numpy as np
import orjson
import polars as pl
from polars import col

from orchestration.scoring.backtest import predictive_interval
from orchestration.scoring.controls import CONTROLS, SCORE_CONTROLS, Controls
from orchestration.scoring.evidence import prior_factors, ranking_components, ranking_evidence
from orchestration.scoring.inputs import ADOPTIONS, AUTHORS, CANDIDATES, CELLS, CLASSES, MENTIONS, Evidence, encode
from orchestration.scoring.nightly.backtest import night_end, nightly_backtest, rolling_factor
from orchestration.scoring.parameters import Parameters
from orchestration.scoring.ranking import SCOPES, author_scopes, rank_people
from orchestration.scoring.rates import Rates, learn_rates
from orchestration.warehouse.connections import execute_over
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
MENTION_ORIGINS = {"mention_id": pl.String(), "source_mention_id": pl.String(), "post_id": pl.String()}
ADOPTION_ORIGINS = {
    "adoption_id": pl.String(),
    "source_adoption_id": pl.String(),
    "person_id": pl.String(),
    "adopted_at": UTC_TIME,
    "post_id": pl.String(),
}
IS_RANKED = ~col("author_id").str.contains(IS_UNNAMED)
"""Whoever objects to being ranked counts in what everybody is credited with, and is not in any list."""
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
SCOPE_KINDS = {"brand": ("all", "brand", "channel", "topic"), "product": ("product",)}
"""Which lists are made of what is said of brands and of products: a product's mention is one of its brand, too, and counts once in each.

Brands come first: how forecasts are calibrated is learnt from them."""
OF_OBJECTS = "starts_with(object_id, '{}:')"
OF_CANDIDATES = f"adoption_id in (select adoption_id from intermediate.int_score_adoptions where {OF_OBJECTS})"
OF_CREDITED = f"mention_id in (select mention_id from intermediate.int_score_candidates) and {OF_OBJECTS}"
ROWS_AT_A_TIME = 500_000
"""How many rows of a table are handed to DuckDB, and how many shares of credit are told."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What was said of brands, or of products, and of whom it is learnt; `scopes` are SCOPES."""

    evidence: Evidence
    controls: Controls
    scopes: pl.DataFrame


@dataclass(frozen=True, slots=True)
class Origins:
    """Where each mention and adoption of the evidence came from, in its order: MENTION_ORIGINS and ADOPTION_ORIGINS without their ids.

    Of mentions that cannot have caused anything, NULL.
    """

    mentions: pl.DataFrame
    adoptions: pl.DataFrame


@dataclass(frozen=True, slots=True)
class ScoreTables:
    """The tables of a night, in the transaction that writes it."""

    connection: duckdb.DuckDBPyConnection
    as_of: date
    version: str
    newest: date

    def clear(self) -> None:
        """Takes the night's rows out, and details that are older than DETAIL_NIGHTS."""
        for name in TABLES.keys() - {"dim_score_versions"}:
            if self._is_kept(name):
                self.connection.execute(
                    f"delete from marts.{name} where $1 or (score_version = $2 and as_of_date = $3)",
                    [name in NEWEST_NIGHT_ONLY, self.version, self.as_of],
                )
        for name in DETAILS:
            self.connection.execute(f"delete from marts.{name} where as_of_date <= ?", [self.as_of - timedelta(days=DETAIL_NIGHTS)])

    def add(self, name: str, parts: Iterable[pl.DataFrame]) -> None:
        """Adds rows of the night, a part at a time; makes none where the table holds a newer night alone."""
        for rows in parts if self._is_kept(name) else ():
            for some in rows.iter_slices(ROWS_AT_A_TIME):
                night = some.with_columns(as_of_date=pl.lit(self.as_of), score_version=pl.lit(self.version))
                execute_over(self.connection, night.select(*TABLES[name].columns), f"insert into marts.{name} by name from rows")

    def _is_kept(self, name: str) -> bool:
        return name not in NEWEST_NIGHT_ONLY or self.as_of >= self.newest

    def name_version(self, parameters: Parameters) -> None:
        """Says which nights the version has ranked, and which is current."""
        known = self.connection.execute(
            "select least(first_as_of_date, $2), last_as_of_date, is_current from marts.dim_score_versions where score_version = $1",
            [self.version, self.as_of],
        ).fetchall()
        first, last, was_current = known[0] if known else (self.as_of, self.as_of, False)
        self.connection.execute("delete from marts.dim_score_versions where score_version = ?", [self.version])
        if self.as_of >= self.newest:
            self.connection.execute("update marts.dim_score_versions set is_current = false")
        row = _version_row(parameters, first, max(last, self.as_of), is_current=was_current or self.as_of >= self.newest)
        self.connection.execute(
            f"insert into marts.dim_score_versions ({', '.join(row)}) values ({', '.join('?' * len(row))})", list(row.values())
        )


def score_night(warehouse: Warehouse, as_of: date, parameters: Parameters, zone: tzinfo = UTC) -> int | None:
    """Writes a night's score in one transaction; returns how many people were ranked, or None where later nights follow the night.

    What is held in memory is what was said of brands or of products, and the lists of one kind of scope.
    """
    with warehouse.transaction() as connection:
        create_score_tables(connection)
    version = parameters.score_version
    with warehouse.transaction() as connection:
        ((ranked, followed),) = connection.execute(
            "select bool_or(as_of_date = $1), bool_or(as_of_date > $1) from marts.influencer_rankings where score_version = $2",
            [as_of, version],
        ).fetchall()
        if ranked and followed:
            return None
        ((newest,),) = connection.execute("select coalesce(max(last_as_of_date), $1) from marts.dim_score_versions", [as_of]).fetchall()
        ((first_said,),) = connection.execute("select min(said_at) from intermediate.int_score_mentions").fetchall()
        tables = ScoreTables(connection, as_of, version, newest)
        tables.clear()
        days, audiences = known_days(first_said, night_end(as_of, zone), parameters), read_audiences(connection)
        people, factor = 0, None
        for objects in SCOPE_KINDS:
            ranked_people, factor = score_objects(tables, objects, days, audiences, factor, parameters, zone)
            people += ranked_people
        tables.name_version(parameters)
    return people


def known_days(first_said: datetime | None, end: datetime, parameters: Parameters) -> float:
    """How long a time the mentions come from; at least as long as one of them works."""
    return max((end - first_said) / timedelta(days=1) if first_said else 0.0, parameters.window)


def score_objects(
    tables: ScoreTables,
    objects: str,
    days: float,
    audiences: pl.DataFrame,
    factor: float | None,
    parameters: Parameters,
    zone: tzinfo,
) -> tuple[int, float | None]:
    """Writes what is learnt of brands, or of products; returns how many people it ranked, and the calibration factor.

    What is told of everybody, forecasts and what a prior is made of, is that of brands. factor: None for those.
    """
    facts = read_facts(tables.connection, objects, parameters)
    evidence, rates = facts.evidence, learn_rates(facts.evidence, parameters, facts.controls)
    tables.add("score_controls", [facts.controls.table.with_columns(object_kind=pl.lit(objects)).select(*SCORE_CONTROLS)])
    origins = read_origins(tables.connection, objects, evidence)
    if objects == "brand":
        adopted_at = origins.adoptions["adopted_at"]
        backtests = nightly_backtest(tables.connection, evidence, rates.credit.credit, adopted_at, tables.as_of, parameters, zone)
        factor = rolling_factor(tables.connection, backtests, tables.as_of, parameters)
        tables.add("score_backtests", [backtests])
        tables.add("ranking_factors", (factors.filter(IS_RANKED) for factors in prior_factors(evidence, rates)))
    tables.add("fct_influence_credits", credit_rows(evidence, rates, origins))
    kinds, people = SCOPE_KINDS[objects], 0
    lists = author_scopes(evidence, rates, facts.scopes, kinds, days, parameters)
    for accounts, reasons in zip(lists, ranking_evidence(evidence, rates, facts.scopes, kinds), strict=True):
        people += add_lists(tables, accounts.filter(IS_RANKED), evidence_rows(reasons, evidence, origins), audiences, factor, parameters)
        del accounts, reasons  # before those of the next kind are made
    return people, factor


def add_lists(
    tables: ScoreTables,
    accounts: pl.DataFrame,
    reasons: pl.DataFrame,
    audiences: pl.DataFrame,
    factor: float | None,
    parameters: Parameters,
) -> int:
    """Ranks the people of these scopes and writes why; returns how many they are."""
    ranked = shown(rank_people(accounts, parameters), audiences, factor)
    tables.add("influencer_rankings", [ranked])
    tables.add("ranking_components", [ranking_components(accounts)])
    person = ["scope_kind", "scope_id", "person_id"]
    tables.add("ranking_evidence", [reasons.join(ranked.select(person).unique(), on=person, how="semi", maintain_order="left")])
    return ranked.height


def read_facts(connection: duckdb.DuckDBPyConnection, objects: str, parameters: Parameters) -> Facts:
    """What dbt built of brands, or of products, as the score reads it."""
    where = dict.fromkeys(("mentions", "adoptions", "cells", "controls", "scopes"), OF_OBJECTS) | {"candidates": OF_CANDIDATES}
    names = ("authors", "mentions", "adoptions", "candidates", "cells")
    evidence = encode(*(_read(connection, name, where.get(name, "true").format(objects)) for name in names))
    controls = Controls.of(evidence, _read(connection, "controls", where["controls"].format(objects)), parameters)
    scopes = _read(connection, "scopes", where["scopes"].format(objects))
    if unknown := set(scopes["scope_kind"]) - set(SCOPE_KINDS[objects]):
        raise ValueError(f"int_score_scopes has scopes of a {objects} that no list is made of: {', '.join(sorted(unknown))}")
    return Facts(evidence, controls, scopes)


def read_origins(connection: duckdb.DuckDBPyConnection, objects: str, evidence: Evidence) -> Origins:
    """Where the rows of the evidence came from."""

    def in_order(name: str, where: str, key: str, ids: pl.Series) -> pl.DataFrame:
        found = _read(connection, name, where.format(objects)).unique(subset=key, keep="first", maintain_order=True)
        return pl.DataFrame({key: ids}).join(found, on=key, how="left", maintain_order="left").drop(key)

    return Origins(
        in_order("mention_origins", OF_CREDITED, "mention_id", evidence.mention_ids),
        in_order("adoption_origins", OF_OBJECTS, "adoption_id", evidence.adoption_ids),
    )


def read_audiences(connection: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """One row per person with an account that was measured: the least authenticity of all, and what is unusual about any."""
    marked = connection.execute(
        """
        select person_id, authenticity.authenticity, authenticity.unusual_signals
        from intermediate.int_score_authors inner join raw_scores.authenticity using (author_id)
        """
    ).pl()
    return marked.group_by("person_id").agg(
        col("authenticity").min(), unusual_signals=col("unusual_signals").explode().drop_nulls().unique().sort()
    )


def _read(connection: duckdb.DuckDBPyConnection, name: str, where: str) -> pl.DataFrame:
    table, columns = FRAMES[name]
    return connection.execute(f"select {', '.join(columns)} from intermediate.{table} where {where}").pl().cast(dict(columns))  # type: ignore[arg-type]


def shown(people: pl.DataFrame, audiences: pl.DataFrame, factor: float | None) -> pl.DataFrame:
    """The ranking with forecasts and how good its figures are."""
    scaled = 1.0 if factor is None else factor
    low, high = predictive_interval(people["impact"].to_numpy() * scaled, people["impact_deviation"].to_numpy() * scaled)
    ranked = people.with_columns(
        forecast=col("impact") * scaled,
        forecast_low=pl.Series(low),
        forecast_high=pl.Series(high),
        calibration_factor=pl.lit(factor, dtype=pl.Float64),
    )
    ranked = ranked.join(audiences, on="person_id", how="left", maintain_order="left")
    return ranked.with_columns(col("unusual_signals").fill_null([]))


def credit_rows(evidence: Evidence, rates: Rates, origins: Origins) -> Iterator[pl.DataFrame]:
    """Every adoption's shares, the organic one first; about ROWS_AT_A_TIME at a time."""
    count = len(evidence.adoption_ids)
    candidates_until = np.searchsorted(evidence.candidate_adoption, np.arange(count + 1))
    rows_until = candidates_until + np.arange(count + 1)
    starts = np.unique(np.searchsorted(rows_until, np.arange(0, rows_until[-1], ROWS_AT_A_TIME)))
    for start, end in pairwise([*starts[starts < count].tolist(), count]):
        adoptions, candidates = np.arange(start, end), np.arange(candidates_until[start], candidates_until[end])
        mention = evidence.candidate_mention[candidates]
        author = evidence.mention_author[mention]
        caused = pl.DataFrame(
            {
                "adoption": evidence.candidate_adoption[candidates],
                "mention_id": origins.mentions["source_mention_id"].gather(mention),
                "author_id": evidence.authors.ids.gather(author),
                "person_id": evidence.authors.person_ids.gather(author),
                "evidence_class": pl.Series(CLASSES, dtype=pl.String).gather(evidence.candidate_class[candidates]),
                "lag_days": evidence.lag_days[candidates],
                "credit": rates.credit.credit[candidates],
            }
        )
        organic = pl.DataFrame({"adoption": adoptions, "credit": rates.credit.anyway[adoptions]}).with_columns(
            evidence_class=pl.lit("organic")
        )
        rows = pl.concat([organic, caused], how="diagonal").sort("adoption", maintain_order=True)
        adoption = rows["adoption"].to_numpy()
        yield rows.with_columns(
            object_id=evidence.object_ids.gather(evidence.cells.object[evidence.adoption_cell[adoption]]),
            adoption_id=origins.adoptions["source_adoption_id"].gather(adoption),
        )


def evidence_rows(rows: pl.DataFrame, evidence: Evidence, origins: Origins) -> pl.DataFrame:
    """The evidence with its posts and people."""
    mention, adoption = rows["mention"], rows["adoption"]
    return rows.drop("mention", "adoption").with_columns(
        author_id=evidence.authors.ids.gather(evidence.mention_author[mention.to_numpy()]),
        mention_id=origins.mentions["source_mention_id"].gather(mention),
        mention_post_id=origins.mentions["post_id"].gather(mention),
        adoption_id=origins.adoptions["source_adoption_id"].gather(adoption),
        adopter_person_id=origins.adoptions["person_id"].gather(adoption),
        adopted_at=origins.adoptions["adopted_at"].gather(adoption),
        adoption_post_id=origins.adoptions["post_id"].gather(adoption),
    )


def _version_row(parameters: Parameters, first: date, last: date, *, is_current: bool) -> dict[str, Any]:
    """The row of dim_score_versions."""
    written = orjson.dumps(asdict(parameters), option=orjson.OPT_SORT_KEYS).decode()
    dates = {"first_as_of_date": first, "last_as_of_date": last, "is_current": is_current}
    return (
        {"score_version": parameters.score_version, "parameters": written}
        | dates
        | {column: getattr(parameters, name) for column, name in PARAMETERS.items()}
    )
