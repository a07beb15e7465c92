"""What posts say, read on Apache Spark: by the same pure functions on each partition of them (orchestration/SCALE.md)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

import polars as pl
import pyarrow as pa
from pyspark.sql import SparkSession

from orchestration.signals import language
from orchestration.signals.nightly import LANGUAGES, TELLING, UNREAD, USUAL, extractor_version, read_signals
from orchestration.warehouse.raw_tables import SIGNALS_TABLES
from orchestration.warehouse.spark import arrow_schema, as_arrow, as_frame, of_spark

Batches = Iterator[pa.RecordBatch]
OF_DUCKDB = {
    "sha256(words string) returns string": "sha2(words, 256)",
    "regexp_matches(whole string, pattern string) returns boolean": "whole rlike pattern",
}
"""Functions of DuckDB's that the nights' SQL calls, in Spark's."""
TEXTS = """
select posts.post_id, posts.text, posts.links as urls, posts.media_type, posts.is_paid_partnership,
    sha256(coalesce(posts.text, '')) as text_hash, coalesce(posts.published_at, posts.first_observed_at) as said_at
"""
READ = {"mention": "mentions", "answer": "answers", "post": "posts"}
"""What a row of the frame that is read is of; the others are NULL. Posts go last: by them a post counts as read."""


def read_posts(spark: SparkSession, now: str, source_languages: Mapping[str, str] | None = None) -> int:
    """Reads the posts that this extractor, with these terms, has not read as they are now; returns how many.

    now: as '2026-10-02 02:00:00', UTC. source_languages: as for `read_posts` of nightly.py. Killed midway, it is done again.
    """
    for table, columns in SIGNALS_TABLES.items():
        spark.sql("create schema if not exists raw_signals")
        spark.sql(f"create table if not exists raw_signals.{table}__0 ({of_spark(columns)}) using parquet")
        spark.sql(f"create view if not exists raw_signals.{table} as select * from raw_signals.{table}__0")
    for head, body in OF_DUCKDB.items():
        spark.sql(f"create or replace temporary function {head} return {body}")
    terms = _terms(spark)
    declared = list((source_languages or {}).items())
    spark.createDataFrame(declared, "source_name string, language string").createOrReplaceTempView("declared")
    cores = spark.sparkContext.defaultParallelism
    for scratch in ("unread", "shown", "told", "read"):
        spark.sql(f"drop table if exists raw_signals.scratch_{scratch}")
    unread = spark.sql(f"{TEXTS} {UNREAD}".replace("$", ":"), args={"version": extractor_version(terms)}).repartition(cores, "post_id")
    unread.write.saveAsTable("raw_signals.scratch_unread")
    texts = spark.table("raw_signals.scratch_unread")
    count: int = texts.count()
    if not count:
        return 0
    shown = "post_id string, language string, language_confidence float"
    texts.select("post_id", "text").mapInArrow(_each(shown, language.read_languages), shown).createOrReplaceTempView("shown")
    spark.table("shown").write.saveAsTable("raw_signals.scratch_shown")
    spark.table("raw_signals.scratch_shown").createOrReplaceTempView("shown")
    spark.sql(TELLING.replace("$", ":"), args={"sure": language.SURE, "usual": USUAL}).createOrReplaceTempView("told")
    read = ", ".join(f"{kind} struct<{_struct(SIGNALS_TABLES[table])}>" for kind, table in READ.items())
    with_told = spark.sql("select * from raw_signals.scratch_unread inner join told using (post_id)").repartition(cores, "post_id")
    with_told.mapInArrow(_each(read, _reading(terms)), read).write.saveAsTable("raw_signals.scratch_read")
    for kind, table in READ.items():
        _replace(spark, kind, table, now)
    return count


def _terms(spark: SparkSession) -> pl.DataFrame:
    """As nightly.py reads them."""
    frames = [as_frame(spark.table(f"staging.stg_home__{of}_terms").toArrow()) for of in ("brand", "topic")]
    return pl.concat([frame.sort(frame.columns, nulls_last=True) for frame in frames], how="diagonal_relaxed")


def _struct(columns: str) -> str:
    return ", ".join(": ".join(column.split()) for column in of_spark(columns).split(","))


def _each(columns: str, read: Callable[[pl.DataFrame], pl.DataFrame]) -> Callable[[Batches], Batches]:
    """`read` of each batch of a partition, with the types that Spark awaits."""
    schema = arrow_schema(columns)

    def reading(batches: Batches) -> Batches:
        for batch in batches:
            yield from as_arrow(read(as_frame(pa.Table.from_batches([batch]))), schema).to_batches()

    return reading


def _reading(terms: pl.DataFrame) -> Callable[[pl.DataFrame], pl.DataFrame]:
    def read(rows: pl.DataFrame) -> pl.DataFrame:
        rows = rows.sort("post_id")
        languages = rows.hstack(language.reading_languages(rows)).select(*LANGUAGES).cast(LANGUAGES)  # type: ignore[arg-type]
        mentions, posts, answers = read_signals(rows, languages, terms)
        found = {"mention": mentions, "answer": answers, "post": posts.with_columns(read_at=pl.lit(None, pl.Datetime("us", "UTC")))}
        parts = [found[kind].select(pl.struct(_names(table)).alias(kind)) for kind, table in READ.items()]
        return pl.concat(parts, how="diagonal").select(*READ)

    return read


def _names(table: str) -> list[str]:
    return [column.split()[0] for column in SIGNALS_TABLES[table].split(",")]


def _replace(spark: SparkSession, kind: str, table: str, now: str) -> None:
    """Puts what was read of posts in the place of what there was, as keyed models do: a new table, then the view is of that."""
    whole = f"raw_signals.{table}"
    names = _names(table)
    before = spark.sql(f"describe table extended {whole}").where("col_name = 'View Text'").collect()[0].data_type
    number = int(before.rsplit("__", 1)[1].strip(" `"))
    fresh = [f"timestamp '{now}+00:00'" if name == "read_at" else f"{kind}.{name}" for name in names]
    spark.sql(f"drop table if exists {whole}__{number + 1}")
    spark.sql(
        f"""
        create table {whole}__{number + 1} using parquet as
        select {", ".join(names)} from {whole}__{number}
        where post_id not in (select post_id from raw_signals.scratch_unread)
        union all
        select {", ".join(fresh)} from raw_signals.scratch_read where {kind} is not null
        """
    )
    spark.sql(f"alter view {whole} as select * from {whole}__{number + 1}")
    if number:
        spark.sql(f"drop table if exists {whole}__{number - 1}")
