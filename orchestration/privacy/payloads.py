"""Payloads that lose their words, in place: what of the raw tables is written anew, and what was staged of it.

What is due stands in temporary tables of the connection: `due` (native_id), `due_rows` (row_number_, source_name, native_id, load_id,
payload) and `due_posts` (post_id).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Iterator

import duckdb
import polars as pl

from orchestration.privacy.words import without_embedded, without_words
from orchestration.settings import Night
from orchestration.warehouse.connections import execute_over

STAGED_WORDS = ("body", "edit_comment", "tags", "title", "transcript")
BATCH_ROWS = 20_000


def redact(
    connection: duckdb.DuckDBPyConnection, platform: str, entity: str, reason: str, night: Night, redacted: Callable[[str], str]
) -> None:
    """Writes the payloads of `due_rows` anew, and forgets what was staged of them."""
    table, of = f'"raw_{platform}"."{entity}"', {"platform": platform, "entity": entity}
    ((count,),) = connection.execute("select count(*) from due_rows").fetchall()
    for first in range(0, count, BATCH_ROWS):
        rows = connection.execute("select row_number_, payload from due_rows order by 1 limit ? offset ?", [BATCH_ROWS, first]).pl()
        texts = [redacted(payload) for payload in rows["payload"]]
        # What has expired keeps the hash of what it was, so that it is not stored again as often as it is seen; what was deleted, and
        # comes back, is stored.
        hashes = [None if reason == "expired" else hashlib.md5(text.encode(), usedforsecurity=False).hexdigest() for text in texts]
        cells = rows.select("row_number_").with_columns(
            payload=pl.Series(texts, dtype=pl.String()), payload_hash=pl.Series(hashes, dtype=pl.String())
        )
        execute_over(
            connection,
            cells,
            f"""
            update {table} set payload = rows.payload, payload_hash = coalesce(rows.payload_hash, {table}.payload_hash)
            from rows where {table}.rowid = rows.row_number_
            """,
        )
    connection.execute(
        """
        insert into raw_ops.redactions
        select $platform, $entity, source_name, native_id, load_id, $reason, $now::timestamptz from due_rows order by load_id, native_id
        """,
        {**of, "reason": reason, "now": night.now},
    )
    forget_staged(connection, platform, entity, "due_rows")


def forget_staged(connection: duckdb.DuckDBPyConnection, platform: str, entity: str, rows: str) -> bool:
    """Removes what was staged of the `rows` (load_id, source_name, native_id) of a raw table; returns whether there is such a table."""
    staged = f"stg_{platform}__{entity}"
    if not is_there(connection, "staging", staged):
        return False
    of_these = f"select (load_id, source_name, native_id) from {rows}"
    connection.execute(f'delete from "staging"."{staged}" where (load_id, source_name, native_id) in ({of_these})')
    return True


def entities_held(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, str]]:
    """Platform and entity of each raw table that holds payloads."""
    return connection.execute(
        """
        select schema_name[5:], table_name from duckdb_columns()
        where database_name = current_database() and starts_with(schema_name, 'raw_') and column_name = 'payload_hash'
        order by all
        """
    ).fetchall()


def blank_staged(connection: duckdb.DuckDBPyConnection, platform: str, entity: str) -> None:
    """Takes the words out of staged rows whose payloads are gone already (GROUNDSWELL_KEEP_RAW_MONTHS)."""
    table = f"stg_{platform}__{entity}"
    columns = connection.execute(
        """
        select column_name from duckdb_columns()
        where database_name = current_database() and schema_name = 'staging' and table_name = ? and list_contains(?, column_name)
        order by 1
        """,
        [table, list(STAGED_WORDS)],
    ).fetchall()
    if columns:
        connection.execute(
            f"""
            update "staging"."{table}" set {", ".join(f"{name} = null" for (name,) in columns)}
            where native_id in (select native_id from due) and (load_id, source_name, native_id) not in (
                select (load_id, source_name, native_id) from "raw_{platform}"."{entity}" where native_id in (select native_id from due)
            )
            """
        )


def telling(connection: duckdb.DuckDBPyConnection, platform: str) -> Iterator[tuple[str, bool]]:
    """The entities of a platform that may hold posts of others, and whether it is by quoting them (False) or passing them on (True)."""
    rows = connection.execute(
        """
        select table_name, column_name = 'reposted_post_id' from duckdb_columns()
        where database_name = current_database() and schema_name = 'staging' and starts_with(table_name, 'stg_' || $platform || '__')
            and column_name in ('quoted_post_id', 'reposted_post_id')
        order by all
        """,
        {"platform": platform},
    ).fetchall()
    yield from ((name.partition("__")[2], is_passed_on) for name, is_passed_on in rows)


def redact_embedding(
    connection: duckdb.DuckDBPyConnection, platform: str, entity: str, native_ids: Collection[str], night: Night, *, is_passed_on: bool
) -> None:
    """Takes the words of posts out of those that quote them; who only passes them on has no words of their own."""
    column = "reposted_post_id" if is_passed_on else "quoted_post_id"
    connection.execute(
        f"""
        create or replace temp table due_rows as
        select raw.rowid as row_number_, raw.source_name, raw.native_id, raw.load_id, raw.payload
        from "raw_{platform}"."{entity}" as raw
        where (load_id, source_name, native_id) in (
            select (load_id, source_name, native_id) from "staging"."stg_{platform}__{entity}"
            where {column} in (select post_id from due_posts)
        )
        """
    )
    if is_passed_on:
        redact(connection, platform, entity, "passed on", night, lambda payload: without_words(platform, entity, payload, is_deleted=True))
    else:
        redact(connection, platform, entity, "quoted", night, lambda payload: without_embedded(platform, entity, payload, native_ids))


def is_there(connection: duckdb.DuckDBPyConnection, schema: str, name: str) -> bool:
    """Whether there is such a table."""
    there = "select 1 from duckdb_tables() where database_name = current_database() and schema_name = ? and table_name = ?"
    return bool(connection.execute(there, [schema, name]).fetchall())
