"""The warehouse, and the file that readers open."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol
from uuid import uuid4

import duckdb

from orchestration.settings import NotDone
from orchestration.warehouse.catalog import NOTHING_WRITTEN, PUBLISHED_SCHEMAS, Catalog, Entry
from orchestration.warehouse.connections import opened
from orchestration.warehouse.faults import explaining
from orchestration.warehouse.permissions import as_its_folder

RESTORE = (
    "`groundswell restore` makes a new home of a backup; without one move the file away, and the next night reads anew what the sources "
    "still have"
)
PUBLISH_AGAIN = "`groundswell refresh` publishes it anew"
LINK_SECONDS = 60  # how long a reader may take from reading the link to opening the file that it names


class WarehouseBusy(NotDone):
    """Another process kept the warehouse open for writing for longer than we wait."""


class NotPublished(NotDone):
    """There is no published file to read."""


_kept: dict[Path, duckdb.DuckDBPyConnection] = {}
"""What `Warehouse.kept_open` holds."""


class Columns(Protocol):
    """How the columns of the published file are written."""

    def prepare(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Makes what `value` needs; the warehouse is attached as `warehouse`."""

    def value(self, entry: Entry | None, column: str, sql_type: str, written: str) -> str:
        """A column as SQL; `written`: as it is written where all is told."""
        ...


class Warehouse:
    """The DuckDB file that the nights write, and the copy that readers open."""

    def __init__(self, path: Path, *, wait_seconds: float = 60) -> None:
        self.path = path
        self.wait_seconds = wait_seconds

    @contextmanager
    def connect(self, *, write: bool = False) -> Iterator[duckdb.DuckDBPyConnection]:
        """A connection, read-only by default; waits for another process to let go, and is always closed.

        Raises:
            WarehouseBusy: the file stayed locked for `wait_seconds`.
            Fault: it is damaged or cannot be read or written, then or later, while the connection is used.
        """
        with explaining(self.path, RESTORE):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            connection = self._open(write)
            try:
                connection.execute("set timezone = 'UTC'")
                yield connection
            finally:
                connection.close()

    @contextmanager
    def transaction(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A writing connection whose changes are kept all together or not at all."""
        with self.connect(write=True) as connection:
            connection.begin()
            yield connection
            connection.commit()

    @contextmanager
    def kept_open(self) -> Iterator[None]:
        """Opens the file once for all who connect to it in this process until the end; another process waits that long.

        Opening it takes 70 ms, because DuckDB then reads of all tables what they are.
        """
        with self.connect(write=True) as connection:
            _kept[self.path] = connection
            try:
                yield
            finally:
                del _kept[self.path]

    def publish(self, target: Path, catalog: Catalog = NOTHING_WRITTEN, columns: Columns | None = None) -> dict[str, int]:
        """Copies the tables of the published schemas to a fresh file and swaps it in; returns their row counts.

        Tables only: a view stores its catalog's name and breaks in a copy. Descriptions become comments. Columns are scalar: a list, which
        BI tools cannot show, is joined by "; ". Storage version 1.2 so that any DuckDB since then reads it. A reader keeps the file that it
        opened; the next one sees the new night. `target` is a link, because DuckDB shares an open file among all of a process by its path:
        with a file swapped in under the same path, 16 threads that read without a pause never saw 3 of 9 nights, with a link they saw all.
        `columns`: how they are written where not all is told.
        The file before stays until the next publishing, and LINK_SECONDS at least, for those who have read the link and not opened it yet.
        """
        target.parent.mkdir(parents=True, exist_ok=True)
        newest = target.resolve()
        if not newest.exists() or time.time() - newest.stat().st_mtime > LINK_SECONDS:
            for old in target.parent.glob(f".{target.name}.*"):
                if old != newest:
                    old.unlink()
        fresh = target.with_name(f".{target.name}.{uuid4().hex}")
        counts: dict[str, int] = {}
        with opened(beside=self.path) as connection, self.connect() as warehouse:
            tables = self.tables(warehouse)
            connection.execute(f"attach {literal(str(self.path))} as warehouse (read_only)")
            connection.execute(f"attach {literal(str(fresh))} as published (storage_version 'v1.2.0')")
            if columns:
                columns.prepare(connection)
            for schema, table in tables:
                copy = f'published."{schema}"."{table}"'
                connection.execute(f'create schema if not exists published."{schema}"')
                described = connection.execute(f'describe warehouse."{schema}"."{table}"').fetchall()
                written = {name: (sql_type, _scalar(name, sql_type)) for name, sql_type, *_ in described}
                if columns:
                    told = catalog.get(table)
                    written = {name: (kind, columns.value(told, name, kind, value)) for name, (kind, value) in written.items()}
                selected = ", ".join(f'{value} as "{name}"' for name, (_, value) in written.items())
                connection.execute(f'create table {copy} as select {selected} from warehouse."{schema}"."{table}"')
                if entry := catalog.get(table):
                    connection.execute(f"comment on table {copy} is {literal(entry.description)}")
                    for name in entry.columns.keys() & written.keys():
                        connection.execute(f'comment on column {copy}."{name}" is {literal(entry.columns[name])}')
                counts[f"{schema}.{table}"] = _count(connection, copy)
            connection.execute("detach published")
        as_its_folder(fresh)
        sync(fresh)
        point(target, fresh.name)
        return counts

    def row_counts(self, *schemas: str) -> dict[tuple[str, str], int]:
        """Rows of every table, or of those of some schemas, by schema and name."""
        with self.connect() as connection:
            tables = connection.execute(
                "select schema_name, table_name from duckdb_tables() where database_name = current_database()"
            ).fetchall()
            of_these = [(schema, table) for schema, table in tables if not schemas or schema in schemas]
            return {(schema, table): _count(connection, f'"{schema}"."{table}"') for schema, table in of_these}

    @staticmethod
    def tables(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, str]]:
        """Schema and name of each table that readers see."""
        return connection.execute(
            """
            select schema_name, table_name from duckdb_tables()
            where database_name = current_database() and list_contains(?, schema_name)
            order by all
            """,
            [list(PUBLISHED_SCHEMAS)],
        ).fetchall()

    def _open(self, write: bool) -> duckdb.DuckDBPyConnection:
        if kept := _kept.get(self.path):
            return kept.cursor()
        deadline = time.monotonic() + self.wait_seconds
        while True:
            try:
                return opened(self.path, read_only=not write)
            except duckdb.IOException as error:
                if "lock" not in str(error):
                    raise
                if time.monotonic() > deadline:
                    raise WarehouseBusy(f"{self.path} is open for writing in another process; waited {self.wait_seconds:g} s") from error
                time.sleep(0.2)


@contextmanager
def open_published(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """The published file as a reader opens it: read-only, and with no way to other files or settings.

    Raises:
        NotPublished: no night was published yet.
    """
    with read_published(path) as connection:
        connection.execute("set search_path = 'marts,ops'; set enable_external_access = false; set lock_configuration = true")
        yield connection


@contextmanager
def read_published(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """The published file as the next step of publishing reads it: its night stays the same until it is closed.

    Raises:
        NotPublished: no night was published yet.
        Fault: the file is damaged or cannot be read.
    """
    if not path.exists():
        raise NotPublished(f"nothing is published at {path}: run `groundswell refresh`, or `groundswell demo` to try it on a simulated web")
    with explaining(path, PUBLISH_AGAIN), opened(path, read_only=True) as connection:
        connection.execute("set timezone = 'UTC'")
        yield connection


def literal(text: str) -> str:
    """The text as SQL writes it."""
    return "'" + text.replace("'", "''") + "'"


def point(name: Path, target: str) -> None:
    """Makes `name` a link to its neighbour `target`, whatever it was before, in one step."""
    fresh = name.with_name(f".{name.name}.link")
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(target)
    fresh.replace(name)
    sync(name.parent)


def sync(path: Path) -> None:
    """Waits until a file, or a folder's list of names, is on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _scalar(column: str, sql_type: str) -> str:
    return f"""array_to_string("{column}", '; ')""" if sql_type.endswith("[]") else f'"{column}"'


def _count(connection: duckdb.DuckDBPyConnection, table: str) -> int:
    ((count,),) = connection.execute(f"select count(*) from {table}").fetchall()
    return int(count)
