"""The one module that opens DuckDB."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import duckdb

PUBLISHED_SCHEMAS = ("marts", "ops")
PARQUET_NIGHTS_KEPT = 7


class WarehouseBusy(Exception):
    """Another process kept the warehouse open for writing for longer than we wait."""


class NotPublished(Exception):
    """There is no published file to read."""


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
        """
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

    def publish(self, target: Path) -> dict[str, int]:
        """Copies the tables of the published schemas to a fresh file and swaps it in; returns their row counts.

        Tables only: a view stores its catalog's name and breaks in a copy. Storage version 1.2 so that any DuckDB since then reads
        it. A reader keeps the file that it opened; the next one sees the new night.
        """
        target.parent.mkdir(parents=True, exist_ok=True)
        fresh = target.with_suffix(".new")
        for leftover in (fresh, Path(f"{fresh}.wal")):
            leftover.unlink(missing_ok=True)
        counts: dict[str, int] = {}
        with duckdb.connect() as connection, self.connect() as warehouse:
            tables = self.tables(warehouse)
            connection.execute(f"attach '{_quoted(self.path)}' as warehouse (read_only)")
            connection.execute(f"attach '{_quoted(fresh)}' as published (storage_version 'v1.2.0')")
            for schema, table in tables:
                connection.execute(f'create schema if not exists published."{schema}"')
                connection.execute(f'create table published."{schema}"."{table}" as from warehouse."{schema}"."{table}"')
                counts[f"{schema}.{table}"] = _count(connection, f'published."{schema}"."{table}"')
            connection.execute("detach published")
        _sync(fresh)
        fresh.replace(target)
        _sync(target.parent)
        return counts

    def export_parquet(self, folder: Path, night: date) -> Path:
        """Writes the same tables as Parquet into a folder of the night's date and points `latest` at it."""
        fresh, final = folder / f".{night}", folder / f"{night}"
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(parents=True)
        with self.connect() as connection:
            for schema, table in self.tables(connection):
                connection.execute(f"""copy "{schema}"."{table}" to '{_quoted(fresh / f"{table}.parquet")}' (format parquet)""")
        replaced = folder / f".{night}.replaced"
        if final.exists():
            final.rename(replaced)
        fresh.rename(final)
        pointer = folder / ".latest"
        pointer.unlink(missing_ok=True)
        pointer.symlink_to(final.name)
        pointer.replace(folder / "latest")
        shutil.rmtree(replaced, ignore_errors=True)
        for old in sorted(folder.glob("????-??-??"))[:-PARQUET_NIGHTS_KEPT]:
            shutil.rmtree(old)
        return final

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
        deadline = time.monotonic() + self.wait_seconds
        while True:
            try:
                return duckdb.connect(self.path, read_only=not write)
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
    if not path.exists():
        raise NotPublished(f"nothing is published at {path}: run `groundswell refresh`, or `groundswell demo` to try it on a simulated web")
    with duckdb.connect(path, read_only=True, config={"enable_external_access": "false"}) as connection:
        connection.execute("set timezone = 'UTC'; set search_path = 'marts,ops'; set lock_configuration = true")
        yield connection


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")


def _count(connection: duckdb.DuckDBPyConnection, table: str) -> int:
    ((count,),) = connection.execute(f"select count(*) from {table}").fetchall()
    return int(count)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
