"""From landing segments to raw tables: one transaction a source run, nothing lost, nothing doubled."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import duckdb

from connectors.extraction import Platform
from connectors.source import Cursor, Known
from orchestration.warehouse.landing import SourceRun, completed
from orchestration.warehouse.warehouse import Warehouse

RAW_COLUMNS = """
    load_id bigint not null, source_name varchar not null, native_id varchar not null, payload varchar not null,
    payload_hash varchar not null, lookup_key varchar, published_at timestamptz, observed_at timestamptz not null,
    observed_date date not null, last_seen_at timestamptz not null, request_url varchar, source_run_id varchar not null,
    loaded_at timestamptz not null
"""
OPS_TABLES = {
    "source_runs": """
        load_id bigint, source_run_id varchar, source_name varchar, platform varchar, channel varchar, night date,
        window_start timestamptz, window_end timestamptz, started_at timestamptz, finished_at timestamptz, status varchar,
        record_count bigint, new_count bigint, unchanged_count bigint, tombstone_count bigint, rejected_count bigint,
        request_count bigint, error varchar, notes varchar[]""",
    "publications": "night date, load_id bigint, published_at timestamptz",
    "cursors": "source_name varchar primary key, cursor varchar, updated_at timestamptz, source_run_id varchar",
    "tombstones": """
        platform varchar, entity varchar, native_id varchar, kind varchar, seen_at timestamptz, source_name varchar,
        source_run_id varchar""",
    "quarantine": """
        platform varchar, entity varchar, native_id varchar, reason varchar, payload varchar, observed_at timestamptz,
        source_name varchar, source_run_id varchar""",
}
SIGNALS_TABLES = {
    "mentions": """
        post_id varchar, brand_id varchar, product_id varchar, term varchar, term_kind varchar, span_start integer,
        span_end integer, matched_text varchar, extractor_version varchar, text_hash varchar, topic_id varchar, sentence varchar,
        stance varchar, stance_score float, stance_confidence float, intent varchar, intent_confidence float""",
    "posts": """
        post_id varchar, language varchar, language_confidence float, disclosure_class varchar, disclosure_placement varchar,
        disclosure_cue varchar, cue_start integer, cue_end integer, extractor_version varchar, text_hash varchar,
        read_at timestamptz""",
}
SCORES_TABLES = {
    "nights": "as_of_date date",
    "communities": "as_of_date date, person_id varchar, community_id varchar",
    "communities_before": "as_of_date date, person_id varchar, community_id varchar",
    "authenticity": "author_id varchar, authenticity double, unusual_signals varchar[]",
}
ATTRIBUTION_TABLES = {
    "touch_credits": "touch_id varchar, markov double, shapley double",
    "influence_credits": "conversion_id varchar, touch_id varchar, post_id varchar, author_id varchar, credit double",
    "adoption_credits": "adoption_id varchar, brand_id varchar, author_id varchar, adopted_at timestamptz, credit double",
    "impacts": "as_of_date date, person_id varchar, brand_id varchar, impact double, impact_low double, impact_high double",
}


@dataclass(frozen=True, slots=True)
class Loaded:
    """What one source run brought."""

    run: SourceRun
    record_count: int
    new_count: int
    unchanged_count: int
    tombstone_count: int
    rejected_count: int
    entity_counts: Mapping[str, int]


def create_raw_tables(warehouse: Warehouse, sources: Sequence[Platform]) -> None:
    """Creates every raw table that is not there yet, so that staging finds empty ones for platforms that nobody listens to."""
    with warehouse.transaction() as connection:
        written = {
            "raw_ops": OPS_TABLES,
            "raw_signals": SIGNALS_TABLES,
            "raw_scores": SCORES_TABLES,
            "raw_attribution": ATTRIBUTION_TABLES,
        }
        for schema, tables in written.items():
            connection.execute(f"create schema if not exists {schema}")
            for name, columns in tables.items():
                connection.execute(f"create table if not exists {schema}.{name} ({columns})")
        connection.execute("create sequence if not exists raw_ops.load_ids")
        _migrate_signals(connection)
        for source in sources:
            connection.execute(f"create schema if not exists raw_{source.platform}")
            for entity in source.entities:
                connection.execute(f"create table if not exists raw_{source.platform}.{entity} ({RAW_COLUMNS})")


def _migrate_signals(connection: duckdb.DuckDBPyConnection) -> None:
    """Gives the tables of an older installation the columns that came later; its posts are read again, since the version is another."""
    connection.execute("drop table if exists raw_signals.posts_read")
    for name, columns in SIGNALS_TABLES.items():
        for column in columns.split(","):
            connection.execute(f"alter table raw_signals.{name} add column if not exists {column}")


def recover(warehouse: Warehouse, landing: Path, finished_at: datetime) -> list[Loaded]:
    """Loads the complete runs that a refresh which was cut off left in the landing folder."""
    return load(warehouse, completed(landing), finished_at)


def load(warehouse: Warehouse, landed: Iterable[tuple[Path, SourceRun]], finished_at: datetime) -> list[Loaded]:
    """Loads landed runs and moves their cursors, each in one transaction, and removes their folders; leaves out those loaded before.

    Several at once, because opening and closing the warehouse takes a third of a second.
    """
    results = []
    with warehouse.connect(write=True) as connection:
        for folder, run in landed:
            connection.begin()
            if not connection.execute("select 1 from raw_ops.source_runs where source_run_id = ?", [run.source_run_id]).fetchall():
                results.append(_load(connection, folder, run, finished_at))
            connection.commit()
            shutil.rmtree(folder)
    return results


def read_cursor(connection: duckdb.DuckDBPyConnection, source_name: str) -> Cursor:
    """Where the source stopped; empty before its first complete run."""
    rows = connection.execute("select cursor from raw_ops.cursors where source_name = ?", [source_name]).fetchall()
    return json.loads(rows[0][0]) if rows else {}


def read_young(connection: duckdb.DuckDBPyConnection, source: Platform, source_name: str, since: datetime, before: date) -> list[Known]:
    """Items of this source published since `since`, first seen on a night before `before`, that can be asked for again and are not gone."""
    young = []
    for entity in source.entities:
        rows = connection.execute(
            f"""
            select native_id, arg_max(lookup_key, load_id)
            from raw_{source.platform}.{entity} as raw
            where source_name = ? and lookup_key is not null
                and not exists (
                    from raw_ops.tombstones as gone
                    where gone.platform = ? and gone.entity = ? and gone.native_id = raw.native_id and gone.seen_at >= raw.last_seen_at
                )
            group by native_id
            having coalesce(max(published_at), min(observed_at)) >= ? and min(observed_date) < ?
            order by native_id
            """,
            [source_name, source.platform, entity, since, before],
        ).fetchall()
        young += [Known(entity, native_id, lookup_key) for native_id, lookup_key in rows]
    return young


def read_already(connection: duckdb.DuckDBPyConnection, night: date) -> set[str]:
    """Sources that a refresh of this night, cut off before it could publish, has read to their end."""
    rows = connection.execute(
        """
        select distinct source_name from raw_ops.source_runs
        where night = ? and status = 'succeeded' and load_id > coalesce((select max(load_id) from raw_ops.publications), 0)
        """,
        [night],
    ).fetchall()
    return {name for (name,) in rows}


def record_publication(connection: duckdb.DuckDBPyConnection, night: date, now: datetime) -> None:
    """Notes that all that is loaded so far is published."""
    connection.execute("insert into raw_ops.publications select ?, max(load_id), ? from raw_ops.source_runs", [night, now])


def _load(connection: duckdb.DuckDBPyConnection, folder: Path, run: SourceRun, finished_at: datetime) -> Loaded:
    segments = [str(path) for path in sorted(folder.glob("*.parquet"))]
    ((load_id,),) = connection.execute("select nextval('raw_ops.load_ids')").fetchall()
    if segments:
        connection.execute("create or replace temp table landed as from read_parquet(?)", [segments])
    else:
        connection.execute("create or replace temp table landed (kind varchar, entity varchar)")
    records = dict(connection.execute("select entity, count(*) from landed where kind = 'record' group by 1 order by 1").fetchall())
    # before the records: a hidden item is both, and its record would count as a sighting after its tombstone
    tombstones = _load_tombstones(connection, run) if segments else 0
    entity_counts: dict[str, int] = {}
    unchanged = 0
    for entity in records:
        entity_counts[entity], same = _load_entity(connection, run, entity, load_id)
        unchanged += same
    rejected = _load_rejected(connection, run) if segments else 0
    if run.cursor is not None:
        connection.execute(
            "insert or replace into raw_ops.cursors values (?, ?, ?, ?)",
            [run.source_name, json.dumps(run.cursor), run.observed_at, run.source_run_id],
        )
    loaded = Loaded(run, sum(records.values()), sum(entity_counts.values()), unchanged, tombstones, rejected, entity_counts)
    connection.execute(
        "insert into raw_ops.source_runs values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            load_id, run.source_run_id, run.source_name, run.platform, run.channel, run.night, run.window_start, run.window_end,
            run.observed_at, finished_at, run.status, loaded.record_count, loaded.new_count, unchanged, tombstones, rejected,
            run.request_count, run.error, run.notes,
        ],
    )  # fmt: skip
    return loaded


def _load_entity(connection: duckdb.DuckDBPyConnection, run: SourceRun, entity: str, load_id: int) -> tuple[int, int]:
    """Stores the payloads that differ from the last stored of their item; returns how many were new and how many unchanged.

    An item seen several times in a run counts as it was seen last.
    """
    table = f"raw_{run.platform}.{entity}"
    connection.execute(
        f"""
        create or replace temp table batch as
        with seen as (
            select * from landed where kind = 'record' and entity = $entity
            qualify row_number() over (partition by native_id order by position desc) = 1
        ),
        stored as (
            select native_id, arg_max(payload_hash, load_id) as payload_hash, max(load_id) as load_id
            from {table} where source_name = $source_name and native_id in (select native_id from seen) group by native_id
        )
        select seen.*, md5(seen.payload) as payload_hash, stored.load_id as stored_load_id,
            stored.payload_hash is not distinct from md5(seen.payload) as is_unchanged
        from seen left join stored using (native_id)
        """,
        {"entity": entity, "source_name": run.source_name},
    )
    connection.execute(
        f"""
        update {table} set last_seen_at = ? from batch
        where {table}.source_name = ? and {table}.native_id = batch.native_id and {table}.load_id = batch.stored_load_id
            and batch.is_unchanged
        """,
        [run.observed_at, run.source_name],
    )
    connection.execute(
        f"""
        insert into {table}
        select ?, ?, native_id, payload, payload_hash, lookup_key, published_at, ?, ?, ?, request_url, ?, ?
        from batch where not is_unchanged order by position
        """,
        [
            load_id, run.source_name, run.observed_at, run.observed_date, run.observed_at, run.source_run_id, run.observed_at,
        ],
    )  # fmt: skip
    ((new, same),) = connection.execute("select count(*) filter (not is_unchanged), count(*) filter (is_unchanged) from batch").fetchall()
    return new, same


def _load_tombstones(connection: duckdb.DuckDBPyConnection, run: SourceRun) -> int:
    """Keeps what is said to be gone, once until it is seen again."""
    entities = connection.execute("select distinct entity from landed where kind = 'tombstone' order by 1").fetchall()
    inserted = 0
    for (entity,) in entities:
        inserted += len(
            connection.execute(
                f"""
                insert into raw_ops.tombstones
                select distinct $platform, entity, native_id, reason, $seen_at::timestamptz, $source_name, $run
                from landed
                where kind = 'tombstone' and entity = $entity and not exists (
                    from raw_ops.tombstones as known
                    where known.platform = $platform and known.entity = $entity and known.native_id = landed.native_id
                        and known.kind = landed.reason and known.source_name = $source_name
                        and known.seen_at >= coalesce(
                            (select max(last_seen_at) from raw_{run.platform}.{entity} as raw where raw.native_id = landed.native_id),
                            known.seen_at
                        )
                )
                order by all
                returning 1
                """,
                {
                    "platform": run.platform,
                    "entity": entity,
                    "seen_at": run.observed_at,
                    "source_name": run.source_name,
                    "run": run.source_run_id,
                },
            ).fetchall()
        )
    return inserted


def _load_rejected(connection: duckdb.DuckDBPyConnection, run: SourceRun) -> int:
    inserted = connection.execute(
        """
        insert into raw_ops.quarantine
        select $platform, entity, native_id, reason, payload, $observed_at::timestamptz, $source_name, $run
        from landed
        where kind = 'rejected' and not exists (
            from raw_ops.quarantine as known
            where known.source_name = $source_name and known.entity = landed.entity and known.reason = landed.reason
                and known.payload is not distinct from landed.payload
        )
        order by position
        returning 1
        """,
        {"platform": run.platform, "observed_at": run.observed_at, "source_name": run.source_name, "run": run.source_run_id},
    ).fetchall()
    return len(inserted)
