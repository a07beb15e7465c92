"""The file that readers open: the tables of the published schemas, copied out of the warehouse."""

from __future__ import annotations

import shutil
import time
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Protocol
from uuid import uuid4

import duckdb

from orchestration.warehouse.catalog import NOTHING_WRITTEN, Catalog, Entry
from orchestration.warehouse.permissions import as_its_folder
from orchestration.warehouse.published_record import (
    NIGHT,
    NIGHTS,
    RECORD,
    Content,
    among,
    beside,
    content,
    is_loose,
    read_record,
    weeks_of,
    write_record,
)
from orchestration.warehouse.warehouse import literal, point, sync

PART = ".part"
"""How the name of a file ends that is being made: what a killed publishing leaves is no file of a night."""
LINK_SECONDS = 60  # how long a reader may take from reading the link to opening the file that it names


class Tables(Protocol):
    """Where the tables are that are published."""

    def connect(self, *, write: bool = False) -> AbstractContextManager[duckdb.DuckDBPyConnection]:
        """A connection that reads them and, to `write`, can attach a file."""
        ...

    def tables(self, connection: duckdb.DuckDBPyConnection) -> list[tuple[str, str]]:
        """Schema and name of each."""
        ...


class Columns(Protocol):
    """How the columns of the published file are written where not all is told."""

    def prepared(self, connection: duckdb.DuckDBPyConnection) -> AbstractContextManager[str]:
        """Makes what `value` needs, for as long as it is entered; gives what tells one such way of writing from another."""
        ...

    def value(self, entry: Entry | None, column: str, sql_type: str, written: str) -> str:
        """A column as SQL; `written`: as it is written where all is told."""
        ...


def publish_file(warehouse: Tables, target: Path, catalog: Catalog = NOTHING_WRITTEN, columns: Columns | None = None) -> dict[str, int]:
    """Makes a fresh file of the tables of the published schemas and swaps it in; returns their row counts.

    Tables only: a view stores its catalog's name and breaks in a copy. Descriptions become comments. Columns are scalar: a list, which
    BI tools cannot show, is joined by "; ". Storage version 1.2 so that any DuckDB since then reads it. A reader keeps the file that it
    opened; the next one sees the new night. `target` is a link, because DuckDB shares an open file among all of a process by its path:
    with a file swapped in under the same path, 16 threads that read without a pause never saw 3 of 9 nights, with a link they saw all.
    The file before stays until the next publishing, and LINK_SECONDS at least, for those who have read the link and not opened it yet.

    columns: how they are written where not all is told.

    It begins as a copy of the file before, where that is as it was written: tables that stayed the same stay in it, and of those in parts
    the nights or weeks that did. Copying takes a hundredth of writing, rankings grow by a night each night, and posts by one in a week.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    newest = target.resolve()
    _remove_old(target, newest)
    name = f".{target.name}.{uuid4().hex}"
    fresh = target.with_name(f"{name}{PART}")
    before = read_record(newest)
    # whoever opens a file for reading alone can make no other
    with warehouse.connect(write=True) as connection, columns.prepared(connection) if columns else nullcontext("") as form:
        # what was written in another form may tell what is to be told no longer, and a copy has it between the tables
        kept = before.tables if before and not before.is_loose and before.form == form and before.is_of(newest) else {}
        if kept:
            shutil.copyfile(newest, fresh)
        shapes = [_Shape(connection, schema, table, catalog.get(table), columns) for schema, table in warehouse.tables(connection)]
        tables = {shape.name: content(connection, shape.table, shape.told, shape.part) for shape in shapes}
        connection.execute(f"attach {literal(str(fresh))} as published" + ("" if kept else " (storage_version 'v1.2.0')"))
        _clear(connection, kept, tables)
        connection.begin()  # a thousand comments
        for shape in shapes:
            shape.write(connection, kept.get(shape.name), tables[shape.name])
        connection.commit()
        loose = is_loose(connection, "published")
        connection.execute("detach published")
    as_its_folder(fresh)
    sync(fresh)
    fresh = fresh.rename(target.with_name(name))
    write_record(fresh, tables, form=form, is_loose=loose)
    as_its_folder(beside(fresh))
    point(target, fresh.name)
    if form and newest != target and not (before and before.form == form):
        remove_file(newest)  # it tells what is to be told no longer
    return {name: made.rows for name, made in tables.items()}


def _remove_old(target: Path, newest: Path) -> None:
    remove_unfinished(target)
    if not newest.exists() or time.time() - newest.stat().st_mtime > LINK_SECONDS:
        for old in target.parent.glob(f".{target.name}.*"):
            if old not in (newest, beside(newest)):
                old.unlink()


def remove_unfinished(target: Path) -> None:
    """Removes what a publishing that was killed left: nobody reads it, and it may be cut off anywhere."""
    for path in target.parent.glob(f".{target.name}.*"):
        if PART in path.suffixes:
            path.unlink()


def files_before(target: Path) -> list[Path]:
    """The files beside the newest that were published before it and that somebody may be about to open."""
    newest = target.resolve()
    return [
        path
        for path in sorted(target.parent.glob(f".{target.name}.*"))
        if path != newest and not path.is_symlink() and path.suffix != RECORD and PART not in path.suffixes
    ]


def remove_file(published: Path) -> None:
    """Removes one night's file, with the record beside it."""
    for path in (published, beside(published)):
        path.unlink(missing_ok=True)


def _clear(connection: duckdb.DuckDBPyConnection, kept: Mapping[str, Content], tables: Mapping[str, Content]) -> None:
    """Takes out what is not as it was, first and at once, so that what is written then takes its place in the file."""
    connection.begin()
    for name, was in kept.items():
        made = tables.get(name)
        if made is None or made.is_written_anew(was):
            connection.execute(f"drop table published.{_quoted(name)}")
        elif was.part and (gone := was.parts_unlike(made)):
            connection.execute(f"delete from published.{_quoted(name)} where {among(was.part, gone)}")
    connection.commit()
    if kept:
        connection.execute("checkpoint published")


class _Shape:
    """How a table of the warehouse is published."""

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, schema: str, table: str, entry: Entry | None, columns: Columns | None
    ) -> None:
        self.name, self.table = f"{schema}.{table}", f'"{schema}"."{table}"'
        self._schema, self._entry = schema, entry
        described = connection.execute(f"describe {self.table}").fetchall()
        self._columns = {name: _scalar(name, sql_type) for name, sql_type, *_ in described}
        if columns:
            self._columns = {name: columns.value(entry, name, sql_type, self._columns[name]) for name, sql_type, *_ in described}
        self._selected = ", ".join(f'{value} as "{name}"' for name, value in self._columns.items())
        self.part: str | None = None
        if entry is not None and entry.key[:1] == (NIGHT,):
            self.part = NIGHTS
        elif entry is not None and entry.parted_by:
            self.part = weeks_of(connection, self.table, f'"{entry.parted_by}"')
        written = entry and (entry.description, *entry.columns.items())
        self.told = f"{[column[:2] for column in described]}, {self._selected}, {written}"

    def write(self, connection: duckdb.DuckDBPyConnection, was: Content | None, made: Content) -> None:
        """Writes the table, or the parts that are not there as they are now."""
        copy = f"published.{self.table}"
        if was is None or made.is_written_anew(was):
            connection.execute(f'create schema if not exists published."{self._schema}"')
            connection.execute(f"create table {copy} as select {self._selected} from {self.table}")
            self._describe(connection, copy)
        elif made.part and (new := made.parts_unlike(was)):
            connection.execute(f"insert into {copy} select {self._selected} from {self.table} where {among(made.part, new)}")

    def _describe(self, connection: duckdb.DuckDBPyConnection, copy: str) -> None:
        if self._entry is None:
            return
        connection.execute(f"comment on table {copy} is {literal(self._entry.description)}")
        for name in self._columns:
            if name in self._entry.columns:
                connection.execute(f'comment on column {copy}."{name}" is {literal(self._entry.columns[name])}')


def _scalar(column: str, sql_type: str) -> str:
    return f"""array_to_string("{column}", '; ')""" if sql_type.endswith("[]") else f'"{column}"'


def _quoted(name: str) -> str:
    return ".".join(f'"{part}"' for part in name.split(".", 1))
