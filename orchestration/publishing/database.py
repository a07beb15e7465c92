"""The published tables in PostgreSQL: a whole night in one transaction."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import sqlalchemy as sa
from pyarrow import csv
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError

from orchestration.warehouse.catalog import Catalog, Entry
from orchestration.warehouse.warehouse import literal, read_published

log = logging.getLogger("groundswell")

BATCH_ROWS = 20_000
MEMORY = "128MB"
"""What DuckDB keeps of the file that it reads once; left to itself it keeps all of it."""
LOCAL_SETTINGS = """
set local statement_timeout = 0; set local work_mem = '128MB';
set local enable_mergejoin = off; set local enable_nestloop = off; set local jit = off
"""
"""All rows are compared: by hash, 2 s for a million; by sorting, as the planner would have it, 12 s."""
LONGEST_KEY = 2000
"""Bytes. A row of a B-tree index holds 2704; ids come from outside and may be longer."""
SWAP_ATTEMPTS = 120
UTF8 = {"client_encoding": "utf8"}
ONE_PUBLISHER = 0x67726F756E64
TYPES = {
    "BOOLEAN": "boolean", "TINYINT": "smallint", "UTINYINT": "smallint", "SMALLINT": "smallint", "USMALLINT": "integer",
    "INTEGER": "integer", "UINTEGER": "bigint", "BIGINT": "bigint", "FLOAT": "real", "DOUBLE": "double precision", "DATE": "date",
    "TIMESTAMP": "timestamp without time zone", "TIMESTAMP WITH TIME ZONE": "timestamp with time zone", "JSON": "json", "UUID": "uuid",
    "UBIGINT": "numeric(20,0)", "HUGEINT": "numeric(39,0)", "UHUGEINT": "numeric(39,0)", "TIME": "time without time zone",
}  # fmt: skip
"""DuckDB's types as PostgreSQL names them; decimals keep their precision, all others are text."""
AS_TEXT = {"JSON", "UUID", "UBIGINT", "HUGEINT", "UHUGEINT", "TIME"}
"""Those that Arrow hands over in forms of its own."""
SHAPE = """
select attname, format_type(atttypid, atttypmod), attnum = any (coalesce(conkey, '{}')), col_description(attrelid, attnum)
from pg_attribute left join pg_constraint on conrelid = attrelid and contype = 'p'
where attrelid = to_regclass(:name) and attnum > 0 and not attisdropped order by attnum
"""


class DatabaseNotWritten(Exception):
    """The night is not in the database; the message says why, never with the password."""


@dataclass(frozen=True, slots=True)
class Target:
    """One table as PostgreSQL gets it. `columns`: name to its type there and to the expression that DuckDB reads it by."""

    schema: str
    name: str
    columns: dict[str, tuple[str, str]]
    key: tuple[str, ...]
    entry: Entry | None

    @property
    def shape(self) -> list[tuple[str, str, bool]]:
        """Name, type and whether in the key, of each column."""
        return [(name, kind, name in self.key) for name, (kind, _) in self.columns.items()]


def publish_to_database(url: str, published: Path, catalog: Catalog) -> dict[str, int]:
    """Makes the rows of every published table those of the night, in one transaction; returns their numbers.

    Rows are exchanged, not tables: nobody waits for a lock and nobody makes the night wait, every isolation level sees one night whole, and
    rights and views on the tables stay. Of a table with a key only the rows that differ are written. Only a table whose columns have
    changed is exchanged. What deleting leaves is vacuumed afterwards. Tables that are no longer published stay as they are.

    Raises:
        DatabaseNotWritten: the database has the night before, or none.
    """
    with connected(url) as connection, read_published(published) as night:
        night.execute(f"set memory_limit = '{MEMORY}'")
        targets = _targets(night, catalog)
        with connection.begin():
            connection.execute(sa.text(LOCAL_SETTINGS))
            connection.execute(sa.text("select pg_advisory_xact_lock(:lock)"), {"lock": ONE_PUBLISHER})
            changed = [target for target in targets if not _fits(connection, target)]
            for schema in sorted({target.schema for target in targets}):
                # asked first, because "if not exists" wants the right to create it all the same
                if connection.execute(sa.text("select to_regnamespace(:name)"), {"name": f'"{schema}"'}).scalar_one() is None:
                    connection.execute(sa.text(f'create schema "{schema}"'))
            counts = {f"{target.schema}.{target.name}": _load(connection, night, target, target in changed) for target in targets}
            _exchange(connection, changed)
            for target in targets:
                _describe(connection, target)
        _vacuum(connection, targets)
    return counts


@contextmanager
def connected(url: str) -> Iterator[sa.Connection]:
    """A connection to the database that is published to.

    Raises:
        DatabaseNotWritten: it does not answer, or fails later; the message says why, never with the password.
    """
    try:
        parsed = sa.make_url(url)
        if parsed.get_backend_name() != "postgresql":
            raise DatabaseNotWritten(f"GROUNDSWELL_DATABASE_URL names {parsed.get_backend_name()}: nights are published to PostgreSQL")
        engine = sa.create_engine(
            parsed.set(drivername="postgresql+psycopg"), poolclass=sa.NullPool, hide_parameters=True, connect_args=UTF8
        )
    except (ArgumentError, NoSuchModuleError, ImportError, ValueError) as error:  # of a port, ValueError quotes parts of the password
        told = (
            f"{error}; pip install 'groundswell[postgres]'"
            if isinstance(error, ImportError)
            else "write postgresql://user:password@host/name, with special characters of the password as %40 and the like"
        )
        raise DatabaseNotWritten(f"GROUNDSWELL_DATABASE_URL cannot be used: {told}") from None
    try:
        with engine.connect() as connection:
            yield connection
    except (DBAPIError, engine.dialect.loaded_dbapi.Error) as error:  # COPY goes past SQLAlchemy, and so do its errors
        told = " ".join(str(getattr(error, "orig", error)).split())[:300]
        raise DatabaseNotWritten(told.replace(str(parsed.password), "***") if parsed.password else told) from None
    finally:
        engine.dispose()


def _targets(night: duckdb.DuckDBPyConnection, catalog: Catalog) -> list[Target]:
    tables = night.execute("select schema_name, table_name from duckdb_tables() order by all").fetchall()
    targets = []
    for schema, name in tables:
        described = night.execute(f'describe "{schema}"."{name}"').fetchall()
        columns = {column: (_type(kind), _read(column, kind)) for column, kind, *_ in described}
        entry = catalog.get(name)
        targets.append(Target(schema, name, columns, _key(night, f'"{schema}"."{name}"', entry), entry))
    return targets


def _type(kind: str) -> str:
    return re.sub(r"DECIMAL\((\d+),(\d+)\)", r"numeric(\1,\2)", kind) if kind.startswith("DECIMAL") else TYPES.get(kind, "text")


def _read(column: str, kind: str) -> str:
    if _type(kind) == "text":
        return f'replace("{column}"::varchar, chr(0), \'\') as "{column}"'
    return f'"{column}"::varchar as "{column}"' if kind in AS_TEXT else f'"{column}"'


def _key(night: duckdb.DuckDBPyConnection, table: str, entry: Entry | None) -> tuple[str, ...]:
    """The table's key, where an index can hold its longest value."""
    if entry is None or not entry.key:
        return ()
    bytes_ = " + ".join(f'strlen("{column}"::varchar)' for column in entry.key)
    ((longest,),) = night.execute(f"select coalesce(max({bytes_}), 0) from {table}").fetchall()
    if longest > LONGEST_KEY:
        log.warning(f"{table} has no primary key in the database: one of its ids has {longest} bytes")
        return ()
    return entry.key


def _fits(connection: sa.Connection, target: Target) -> bool:
    found = connection.execute(sa.text(SHAPE), {"name": _name(target)}).all()
    return [(name, kind, in_key) for name, kind, in_key, _ in found] == target.shape


def _name(target: Target, suffix: str = "") -> str:
    return f'"{target.schema}"."{target.name}{suffix}"'


def _load(connection: sa.Connection, night: duckdb.DuckDBPyConnection, target: Target, is_changed: bool) -> int:
    """Makes the table's rows those of the night, or puts them into a new table beside it; returns how many."""
    columns = ", ".join(f'"{name}" {kind}' for name, (kind, _) in target.columns.items())
    selected = ", ".join(read for _, read in target.columns.values())
    rows = night.execute(f'select {selected} from "{target.schema}"."{target.name}"').to_arrow_reader(BATCH_ROWS)
    if is_changed:
        table = _name(target, "__new")
        connection.execute(sa.text(f"drop table if exists {table}"))
        connection.execute(sa.text(f"create table {table} ({columns})"))
        count = copy_rows(connection, table, rows)
        if target.key:
            connection.execute(sa.text(f"alter table {table} add primary key ({_listed(target.key)})"))
    elif target.key and not any(kind == "json" for kind, _ in target.columns.values()):
        connection.execute(sa.text(f"create temporary table night ({columns})"))
        count = copy_rows(connection, "night", rows)
        connection.execute(sa.text("analyze night"))
        same_key = " and ".join(f'night."{column}" = kept."{column}"' for column in target.key)
        there, here = (", ".join(f'{table}."{column}"' for column in target.columns) for table in ("night", "kept"))
        same = f"select from night where {same_key} and row({there}) is not distinct from row({here})"
        connection.execute(sa.text(f"delete from {_name(target)} as kept where not exists ({same})"))
        known = f"select from {_name(target)} as kept where {same_key}"
        connection.execute(sa.text(f"insert into {_name(target)} select * from night where not exists ({known})"))
        connection.execute(sa.text("drop table night"))
    else:
        connection.execute(sa.text(f"delete from {_name(target)}"))
        count = copy_rows(connection, _name(target), rows)
    return count


def _listed(columns: tuple[str, ...]) -> str:
    return ", ".join(f'"{column}"' for column in columns)


def copy_rows(connection: sa.Connection, table: str, rows: pa.RecordBatchReader) -> int:
    """Streams batches into a table by COPY; returns how many rows. Arrow writes every text in quotes, so that only NULL is bare."""
    driver: Any = connection.connection.driver_connection
    count = 0
    with driver.cursor() as cursor, cursor.copy(f"copy {table} from stdin (format csv)") as copy:
        for batch in rows:
            written = pa.BufferOutputStream()
            csv.write_csv(batch, written, csv.WriteOptions(include_header=False, batch_size=BATCH_ROWS))
            copy.write(memoryview(written.getvalue()))
            count += batch.num_rows
    return count


def _exchange(connection: sa.Connection, changed: list[Target]) -> None:
    """Puts the new tables in the place of the old; waits for their readers in short steps, so that none of them is ever in a deadlock."""
    for attempt in range(SWAP_ATTEMPTS if changed else 0):
        try:
            with connection.begin_nested():
                connection.execute(sa.text("set local lock_timeout = '500ms'"))
                for target in changed:
                    connection.execute(sa.text(f"drop table if exists {_name(target)}"))
                    connection.execute(sa.text(f'alter table {_name(target, "__new")} rename to "{target.name}"'))
                    if target.key:
                        connection.execute(sa.text(f'alter index {_name(target, "__new_pkey")} rename to "{target.name}_pkey"'))
                return
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", None) != "55P03" or attempt == SWAP_ATTEMPTS - 1:
                raise
            time.sleep(0.5)


def _describe(connection: sa.Connection, target: Target) -> None:
    """Writes the descriptions that are not there yet."""
    if target.entry is None:
        return
    found = {row[0]: row[3] for row in connection.execute(sa.text(SHAPE), {"name": _name(target)})}
    said: str | None = connection.execute(
        sa.text("select obj_description(to_regclass(:name), 'pg_class')"), {"name": _name(target)}
    ).scalar_one()
    places: dict[str, tuple[str | None, str | None]] = {f"table {_name(target)}": (target.entry.description, said)}
    places |= {f'column {_name(target)}."{name}"': (target.entry.columns.get(name), found[name]) for name in target.columns}
    for place, (text, before) in places.items():
        if text != before:
            written = "null" if text is None else literal(text).replace("%", "%%")
            connection.exec_driver_sql(f"comment on {place} is {written}")


def _vacuum(connection: sa.Connection, targets: list[Target]) -> None:
    """Frees what was deleted and tells the planner how large the tables are. Readers have the night already: a failure is only told."""
    connection.execution_options(isolation_level="AUTOCOMMIT")
    try:
        for target in targets:
            connection.execute(sa.text(f"vacuum (analyze, truncate false) {_name(target)}"))
    except DBAPIError as error:
        log.warning(f"the database was not vacuumed: {' '.join(str(error.orig).split())[:300]}")
