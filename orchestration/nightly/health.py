"""What is known of the newest night, read from the warehouse, the published file and the disk."""

from __future__ import annotations

import shutil
import socket
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import duckdb

from orchestration.alerting.facts import BrokenRule, Ended, Facts, ListedPost, NightRow, RowCount, SourceFacts, Vanished, Wrong
from orchestration.nightly.extraction import suspicion
from orchestration.publishing.parquet import files_of
from orchestration.settings import NotDone, Settings
from orchestration.warehouse.lock import is_refreshing
from orchestration.warehouse.warehouse import NotPublished, Warehouse, WarehouseBusy, open_published

NIGHTS_SHOWN = 7
WEEKS = timedelta(days=28)
FILLED_SHARE = 0.99
"""From here on a column counts as always filled."""
LEAST_FREE = 2**30
COPIES = 2
"""A night writes what it publishes as DuckDB and as Parquet."""
COUNTED = ("dim_authors", "fct_mentions", "fct_posts")
"""Published tables that grow from night to night."""


def read_facts(settings: Settings, ended: Ended | None = None, *, wait_seconds: float = 60) -> Facts:
    """All that is known now; `ended` tells how the newest refresh ended, where it told so itself.

    A file that cannot be read is one of the facts, and so is a warehouse that a refresh keeps to itself.
    """
    facts = Facts(
        now=settings.clock(), place=f"{socket.gethostname()}, {settings.home}", is_refreshing=is_refreshing(settings), ended=ended
    )
    unreadable: list[str] = []
    try:
        night, at, listed = _published(settings)
        facts = replace(facts, published_night=night, published_at=at, listed=listed)
    except NotPublished:
        pass
    except (duckdb.Error, OSError, NotDone) as error:
        unreadable.append(f"{settings.published}: cannot be read: {error}")
    folder = next(path for path in (settings.folder, *settings.folder.parents) if path.exists())
    size = settings.published.stat().st_size if settings.published.exists() else 0
    facts = replace(facts, free_bytes=shutil.disk_usage(folder).free, needed_bytes=max(LEAST_FREE, COPIES * size))
    if settings.warehouse.exists():
        try:
            with Warehouse(settings.warehouse, wait_seconds=wait_seconds).connect() as connection:
                facts = _of_warehouse(settings, connection, facts)
        except WarehouseBusy as error:
            if not facts.is_refreshing:
                unreadable.append(f"{settings.warehouse}: {error}")
        except (duckdb.Error, OSError, NotDone) as error:
            unreadable.append(f"{settings.warehouse}: cannot be read: {error}")
    return replace(facts, unreadable=tuple(unreadable))


def _published(settings: Settings) -> tuple[date | None, datetime, tuple[ListedPost, ...]]:
    """The newest night that readers have, when its sources were asked or, where it has none, the file was written, and its news."""
    with open_published(settings.published) as connection:
        ((night, at),) = connection.execute(
            """
            select observed_date, max(finished_at) from ops_source_runs
            where observed_date = (select max(observed_date) from ops_source_runs) group by 1
            union all select null, null order by 1 nulls last limit 1
            """
        ).fetchall()
        # a file of an earlier version has no lists
        has_lists = connection.execute("select 1 from duckdb_tables() where table_name = 'mart_list_members'").fetchall()
        listed = tuple(_listed(connection, night)) if night and has_lists else ()
    return night, at or datetime.fromtimestamp(settings.published.stat().st_mtime, UTC), listed


def _listed(connection: duckdb.DuckDBPyConnection, night: date) -> Iterator[ListedPost]:
    """Posts about brands of ours by people on lists, not older than a week, that were first seen in this night."""
    rows = connection.execute(
        """
        with listed as (
            select person_id, array_to_string(list_sort(list(distinct list)), '; ') as lists
            from mart_list_members where person_id is not null group by person_id
        )
        select any_value(said.person), any_value(listed.lists), array_to_string(list_sort(list(distinct said.brand)), '; '),
            arg_max(said.sentence, said.stance_score), any_value(said.url)
        from mentions_enriched as said
        inner join listed on said.person_id = listed.person_id
        inner join fct_posts as posts on said.post_id = posts.post_id
        where said.is_ours and said.said_at >= $night::date - 7 and posts.first_observed_at >= (
            select min(started_at) from ops_source_runs where observed_date = $night
        )
        group by said.post_id order by min(said.said_at), said.post_id
        """,
        {"night": night},
    ).fetchall()
    return (ListedPost(*row) for row in rows)


def _of_warehouse(settings: Settings, connection: duckdb.DuckDBPyConnection, facts: Facts) -> Facts:
    tables = {
        (schema, table)
        for schema, table in connection.execute(
            "select schema_name, table_name from duckdb_tables() where database_name = current_database()"
        ).fetchall()
    }
    if not {("raw_ops", "source_runs"), ("raw_ops", "publications")} <= tables:
        return facts
    nights = tuple(_nights(connection))
    ended = _ended(connection, facts, nights)
    if ended is None:
        return replace(facts, nights=nights)
    night = ended.night
    facts = replace(
        facts, nights=nights, ended=ended, sources=tuple(_sources(connection, night)), wrong=tuple(_rejected(connection, night))
    )
    if ended.failure and not ended.is_published:
        return facts  # what is in the other tables may be of the night before
    ill_typed, vanished = _drift(connection, night)
    return replace(
        facts,
        wrong=(*facts.wrong, *ill_typed),
        vanished=tuple(vanished),
        broken=tuple(_broken(connection, night)) if ("raw_ops", "broken_rules") in tables else (),
        row_counts=tuple(_row_counts(settings, connection, tables, night)),
        backtests=_backtests(connection, night) if ("marts", "score_backtests") in tables else (),
    )


def _nights(connection: duckdb.DuckDBPyConnection) -> Iterator[NightRow]:
    """The last nights that were tried, the newest first."""
    rows = connection.execute(
        """
        with newest as (
            from raw_ops.source_runs qualify row_number() over (partition by night, source_name order by load_id desc) = 1
        ),
        tried as (
            select night, count(*) as sources, count(*) filter (status = 'failed') as failed,
                sum(record_count)::bigint as records, sum(new_count)::bigint as new
            from newest group by night
        ),
        published as (select distinct night from raw_ops.publications)
        select night, published.night is not null, coalesce(sources, 0), coalesce(failed, 0), coalesce(records, 0), coalesce(new, 0)
        from tried full join published using (night) order by night desc limit ?
        """,
        [NIGHTS_SHOWN],
    ).fetchall()
    return (NightRow(*row) for row in rows)


def _ended(connection: duckdb.DuckDBPyConnection, facts: Facts, nights: tuple[NightRow, ...]) -> Ended | None:
    """How the newest night ended: as its refresh told, or, where that broke off without a word, as its traces say."""
    if not nights or (facts.ended and facts.ended.night >= nights[0].night):
        return facts.ended
    newest = nights[0]
    if newest.is_published or facts.is_refreshing:
        return Ended(newest.night)
    return Ended(newest.night, "its refresh was cut off without a word: run `groundswell refresh`", is_published=False)


def _sources(connection: duckdb.DuckDBPyConnection, night: date) -> Iterator[SourceFacts]:
    rows = connection.execute(
        """
        select source_name, status, error, source_run_id from raw_ops.source_runs where night = ?
        qualify row_number() over (partition by source_name order by load_id desc) = 1 order by source_name
        """,
        [night],
    ).fetchall()
    for name, status, error, run in rows:
        yield SourceFacts(name, status, error, None if status == "failed" else suspicion(connection, run))


def _rejected(connection: duckdb.DuckDBPyConnection, night: date) -> Iterator[Wrong]:
    """Per source, items that could not become records."""
    rows = connection.execute(
        """
        select source_name,
            coalesce(sum(rejected_count) filter (night = $night), 0)::bigint,
            coalesce(sum(rejected_count + record_count) filter (night = $night), 0)::bigint,
            coalesce(sum(rejected_count) filter (night < $night), 0)::bigint,
            coalesce(sum(rejected_count + record_count) filter (night < $night), 0)::bigint
        from raw_ops.source_runs where night between $first and $night group by source_name order by source_name
        """,
        {"night": night, "first": night - WEEKS},
    ).fetchall()
    return (Wrong(name, "items", "could not be read and are in ops_quarantine", *counts) for name, *counts in rows if counts[0])


def _broken(connection: duckdb.DuckDBPyConnection, night: date) -> Iterator[BrokenRule]:
    rows = connection.execute("select model, rule, row_count from raw_ops.broken_rules where night = ? order by all", [night]).fetchall()
    return (BrokenRule(*row) for row in rows)


def _drift(connection: duckdb.DuckDBPyConnection, night: date) -> tuple[list[Wrong], list[Vanished]]:
    """What staging typed of the night's payloads, against those of four weeks before: per source and entity.

    Payloads that are as they were are not loaded again, so the rows of a night are what was new or had changed.
    """
    runs = connection.execute(
        "select platform, list(load_id) filter (night = $night), min(load_id) from raw_ops.source_runs"
        " where night between $first and $night group by platform having count(*) filter (night = $night) > 0 order by platform",
        {"night": night, "first": night - WEEKS},
    ).fetchall()
    wrong: list[Wrong] = []
    vanished: list[Vanished] = []
    for platform, tonight, first in runs:
        staged = connection.execute(
            """
            select table_name, list(column_name order by column_index) from duckdb_columns()
            where database_name = current_database() and schema_name = 'staging' and starts_with(table_name, ?)
            group by table_name having list_has_all(list(column_name), ['load_id', 'source_name', 'ill_typed']) order by table_name
            """,
            [f"stg_{platform}__"],
        ).fetchall()
        for table, columns in staged:
            filled = [column for column in columns if column != "ill_typed"]
            counts = ", ".join(f'count("{column}")' for column in filled)
            rows = connection.execute(
                f"""
                select source_name, list_contains(?, load_id) as is_new, count(*), count(ill_typed), mode(ill_typed), {counts}
                from staging."{table}" where load_id >= ? group by all order by source_name
                """,
                [tonight, first],
            ).fetchall()
            entity = table.partition("__")[2]
            before = {row[0]: row[2:] for row in rows if not row[1]}
            for name, _, count, ill_typed, fields, *counted in (row for row in rows if row[1]):
                old_count, old_ill_typed, _, *old_counted = before.get(name, (0, 0, None, *[0] * len(filled)))
                if ill_typed:
                    what = "have values of another type than declared"
                    wrong.append(Wrong(name, entity, what, ill_typed, count, old_ill_typed, old_count, fields or ""))
                empty = tuple(
                    column
                    for column, now, then in zip(filled, counted, old_counted, strict=True)
                    if not now and old_count and then >= FILLED_SHARE * old_count
                )
                if empty:
                    vanished.append(Vanished(name, entity, empty, count, old_count))
    return wrong, vanished


def _row_counts(settings: Settings, connection: duckdb.DuckDBPyConnection, tables: set[tuple[str, str]], night: date) -> Iterator[RowCount]:
    """Rows of tables that grow, against the Parquet of the night before; people in the ranking, against the one before."""
    earlier = [path for path in sorted(settings.parquet.glob("????-??-??")) if path.name < str(night)]
    for table in COUNTED:
        if earlier and ("marts", table) in tables and (files := files_of(earlier[-1], table)):
            ((rows, before),) = connection.execute(
                f"select (select count(*) from marts.{table}), (select count(*) from read_parquet($1))", [list(map(str, files))]
            ).fetchall()
            yield RowCount(table, rows, before)
    if ("marts", "influencer_rankings") in tables:
        ranked = connection.execute(
            """
            select as_of_date, count(distinct person_id) from marts.influencer_rankings
            where as_of_date in (select distinct as_of_date from marts.influencer_rankings where as_of_date <= ? order by 1 desc limit 2)
            group by 1 order by 1 desc
            """,
            [night],
        ).fetchall()
        if len(ranked) == 2 and ranked[0][0] == night:
            yield RowCount("people ranked", ranked[0][1], ranked[1][1])


def _backtests(connection: duckdb.DuckDBPyConnection, night: date) -> tuple[float, ...]:
    rows = connection.execute(
        """
        select as_of_date, ndcg_100 from marts.score_backtests
        where ranker = 'score' and outcome = 'credited' and ndcg_100 is not null and as_of_date <= $night
            and score_version = (select max_by(score_version, as_of_date) from marts.score_backtests where as_of_date <= $night)
        order by as_of_date desc limit 29
        """,
        {"night": night},
    ).fetchall()
    return tuple(value for _, value in rows) if rows and rows[0][0] == night else ()
