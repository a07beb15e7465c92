"""The warehouse, and the file that readers open."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from orchestration.settings import NotDone
from orchestration.warehouse.catalog import PUBLISHED_SCHEMAS
from orchestration.warehouse.connections import give_back, opened
from orchestration.warehouse.faults import explaining

RESTORE = (
    "`groundswell restore` makes a new home of a backup; without one move the file away, and the next night reads anew what the sources "
    "still have"
)
PUBLISH_AGAIN = "`groundswell refresh` publishes it anew"


class WarehouseBusy(NotDone):
    """Another process kept the warehouse open for writing for longer than we wait."""


class NotPublished(NotDone):
    """There is no published file to read."""


CACHE_BYTES = 256 * 2**20
"""How much of a file that is kept open stays in memory between two that connect: the score needs the room as Python's."""
_kept: dict[Path, duckdb.DuckDBPyConnection] = {}
"""What `Warehouse.kept_open` holds."""


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
                if kept := _kept.get(self.path):
                    give_back(kept, CACHE_BYTES)

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

        Opening it takes 70 ms, because DuckDB then reads of all tables what they are; a night connects forty times.
        """
        if self.path in _kept:
            yield
            return
        with explaining(self.path, RESTORE):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            _kept[self.path] = self._open(write=True)
            try:
                yield
            finally:
                if kept := _kept.pop(self.path, None):
                    kept.close()

    @contextmanager
    def let_go(self) -> Iterator[None]:
        """Closes a file that is kept open until the end, for what takes long and seldom connects."""
        kept = _kept.pop(self.path, None)
        if kept:
            kept.close()
        yield
        if kept:
            _kept[self.path] = self._open(write=True)

    def rewrite(self) -> None:
        """Writes the file anew and swaps it in, without the bytes of what was deleted or changed, which DuckDB keeps until then."""
        with self.connect(write=True) as connection:
            connection.execute("checkpoint")
        fresh = self._fresh
        self.remove_unfinished()
        with self.let_go():
            with explaining(self.path, RESTORE):
                copy_database(self.path, fresh)
            fresh.chmod(self.path.stat().st_mode & 0o777)
            fresh.replace(self.path)
            sync(self.path.parent)

    @property
    def _fresh(self) -> Path:
        return self.path.with_name(f"{self.path.name}.fresh")

    def remove_unfinished(self) -> None:
        """Removes what a rewriting that was killed left, which has the bytes of all that was to be gone."""
        for path in (self._fresh, self._fresh.with_name(f"{self._fresh.name}.wal")):
            path.unlink(missing_ok=True)

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


def copy_database(source: Path, fresh: Path, *, storage: str | None = None) -> None:
    """Writes a database anew, table by table, without the bytes of what was deleted; `storage`: the version of DuckDB that reads it."""
    version = f" (storage_version {literal(storage)})" if storage else ""
    with opened(beside=source) as connection:
        connection.execute(f"attach {literal(str(source))} as old (read_only); attach {literal(str(fresh))} as fresh{version}")
        connection.execute("copy from database old to fresh; detach fresh")
    sync(fresh)


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


def _count(connection: duckdb.DuckDBPyConnection, table: str) -> int:
    ((count,),) = connection.execute(f"select count(*) from {table}").fetchall()
    return int(count)
