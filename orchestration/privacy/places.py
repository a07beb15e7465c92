"""The files that an installation keeps, and each without a person: databases, Parquet, SQLite, pages, logs, the home's tables."""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path

import duckdb
import polars as pl

from orchestration.home.reading import delimiter_of, records
from orchestration.home.tables import TABLES
from orchestration.privacy.redaction import Redactor
from orchestration.privacy.tables import erase, hits
from orchestration.publishing.parquet import remove_cut_off, table_of
from orchestration.publishing.report.forgotten import without_details
from orchestration.settings import Settings
from orchestration.warehouse.connections import opened
from orchestration.warehouse.landing import atomic, is_unfinished
from orchestration.warehouse.publication import remove_unfinished
from orchestration.warehouse.warehouse import Warehouse, copy_database, literal

WORK, FRESH = ".forget-work", ".forget-fresh"
"""Ends of the names of copies that an erasure works on; left by one that was killed, they are removed by the next."""
KEPT_FOR_SUMS = frozenset({"campaign_spend", "campaign_hold_outs", "campaign_links"})
"""Tables of the home whose rows stay, under a pseudonym: what was spent, who was held out, which links count. Of others the rows go."""
RECEIPTS = "receipts"


def files_of(settings: Settings) -> Iterator[Path]:
    """Every regular file of the data folder and of the home."""
    folders = [settings.folder] if settings.folder.is_relative_to(settings.home) else [settings.folder, settings.home]
    if settings.folder.is_relative_to(settings.home):
        folders = [settings.home]
    for folder in folders:
        for place, inside, names in os.walk(folder):
            inside.sort()
            for name in sorted(names):
                path = Path(place, name)
                if not path.is_symlink() and path.is_file():
                    yield path


def kind_of(path: Path) -> str:
    """What a file is, by its first bytes; `text` and `page` are read as UTF-8."""
    with path.open("rb") as file:
        head = file.read(4096)
    if head[8:12] == b"DUCK":
        return "duckdb"
    if head[:4] == b"PAR1":
        return "parquet"
    if head[:15] == b"SQLite format 3":
        return "sqlite"
    if head[:2] == b"\x1f\x8b":
        return "gzip"
    try:
        path.read_bytes().decode()
    except UnicodeDecodeError:
        return "bytes"
    return "page" if path.suffix in (".html", ".htm") else "text"


def is_home_table(path: Path, settings: Settings) -> bool:
    """Whether a file is one of the home's own tables."""
    return path.parent == settings.home and path.suffix == ".csv" and path.stem in TABLES


def found_in(path: Path, settings: Settings, redactor: Redactor) -> int:
    """How many cells, strings or lines of a file hold something of the person, read from the disk."""
    kind, parts = kind_of(path), set[bytes]()
    if is_home_table(path, settings):
        return sum(before != after for before, after in _records(path, redactor))
    if kind == "duckdb":
        with opened(path, read_only=True) as connection:
            count = sum(hits(connection, redactor, parts).values())
        return count + redactor.certain.in_file(path, parts)
    if kind == "parquet":
        with opened() as connection:
            _read_parquet(connection, path)
            count = sum(hits(connection, redactor, parts).values())
        return count + redactor.certain.in_file(path, parts)
    if kind == "sqlite":
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as database:
            count = sum(1 for _ in _sqlite_cells(database, redactor, parts))
        return count + redactor.certain.in_file(path, parts)
    if kind == "gzip":
        try:
            return len(redactor.certain.spans(gzip.decompress(path.read_bytes()).decode(errors="replace")))
        except (OSError, EOFError):
            return redactor.certain.in_file(path)
    if kind == "bytes":
        return redactor.certain.in_file(path)
    text = path.read_text(encoding="utf-8")
    return len((redactor.pages if kind == "page" else redactor.certain).spans(text))


def erase_file(path: Path, settings: Settings, redactor: Redactor, rewriting: Callable[[], None]) -> int:
    """Writes a file anew without the person, whole or not at all, where it holds something of them; returns how often.

    rewriting: called before.
    """
    kind = kind_of(path)
    if kind == "parquet":
        with opened() as connection:
            table = _read_parquet(connection, path)
            if count := sum(erase(connection, redactor).values()):
                rewriting()
                with atomic(path) as fresh:
                    connection.execute(f"copy {table} to {literal(str(fresh))} (format parquet)")
                    shutil.copymode(path, fresh)
        return count
    count = found_in(path, settings, redactor)
    if kind == "page":  # also where earlier versions have left details of others who were forgotten
        text = path.read_text(encoding="utf-8")
        if (without := without_details(redactor.pages.replaced(text))) != text:
            rewriting()
            _write(path, without.encode())
        return count
    if not count:
        return 0
    rewriting()
    if is_home_table(path, settings):
        _write(path, "".join(after for _, after in _records(path, redactor)).encode())
    elif kind == "sqlite":
        _erase_sqlite(path, redactor)
    elif kind == "gzip":
        _write(path, gzip.compress(redactor.marked.replaced(gzip.decompress(path.read_bytes()).decode()).encode()))
    elif kind == "text":
        _write(path, redactor.marked.replaced(path.read_text(encoding="utf-8")).encode())
    return count


def erased_copy(source: Path, redactor: Redactor, *, storage: str | None = None) -> tuple[Path, int]:
    """A fresh database beside another, with everything of it but the person, and how often they were found.

    DuckDB keeps what was deleted in the file until it is written over, so the tables are changed in one copy and copied to a second: no
    byte of what was deleted is in it.
    """
    work, fresh = (source.with_name(f"{source.name}{end}") for end in (WORK, FRESH))
    for path in (work, fresh):
        path.unlink(missing_ok=True)
    shutil.copy2(source, work)
    with opened(work) as connection:
        connection.execute("set timezone = 'UTC'")
        count = sum(erase(connection, redactor).values())
    copy_database(work, fresh, storage=storage)
    shutil.copymode(source, fresh)
    work.unlink()
    return fresh, count


def remove_leftovers(settings: Settings) -> None:
    """Removes what was left by an erasure, an extraction, a publishing or a rewriting of the warehouse that was killed."""
    remove_unfinished(settings.published)
    remove_cut_off(settings.parquet)
    Warehouse(settings.warehouse).remove_unfinished()
    for path in files_of(settings):
        is_segment = path.is_relative_to(settings.landing) and path.suffix == ".parquet" and is_unfinished(path)
        if is_segment or path.name.endswith((WORK, FRESH, f"{WORK}.wal", f"{FRESH}.wal")):
            path.unlink()


def _read_parquet(connection: duckdb.DuckDBPyConnection, path: Path) -> str:
    """Puts a file into a table that is called as the rules know it: a published one, or what landed of a platform."""
    manifest = path.with_name("run.json")
    schema, name = "marts", table_of(path)
    if manifest.is_file():
        schema, name = f"raw_{json.loads(manifest.read_text(encoding='utf-8')).get('platform', 'unknown')}", "landed"
    table = f'"{schema}"."{name}"'
    connection.execute(f"set timezone = 'UTC'; create schema if not exists \"{schema}\"")
    connection.execute(f"create table {table} as from read_parquet({literal(str(path))}, hive_partitioning = false)")
    return table


def _sqlite_cells(database: sqlite3.Connection, redactor: Redactor, parts: set[bytes]) -> Iterator[tuple[str, str, int, str]]:
    """Table, column, row and new text of each cell that holds something of the person."""
    tables = database.execute("select name from sqlite_master where type = 'table' and name not like 'sqlite_%'").fetchall()
    for (table,) in tables:
        for column in [row[1] for row in database.execute(f'pragma table_info("{table}")')]:
            cells = database.execute(f'select rowid, "{column}" from "{table}" where typeof("{column}") = \'text\'').fetchall()
            texts = pl.Series([text for _, text in cells], dtype=pl.String())
            for (row, text), words in zip(cells, redactor.marked.words(texts), strict=True):
                if words and (instead := redactor.marked.replaced(text, words)) != text:
                    yield table, column, row, instead
                elif words:
                    parts |= redactor.marked.within(text, words)


def _erase_sqlite(path: Path, redactor: Redactor) -> None:
    with closing(sqlite3.connect(path)) as database:
        for table, column, row, text in list(_sqlite_cells(database, redactor, set())):
            database.execute(f'update "{table}" set "{column}" = ? where rowid = ?', (text, row))
        database.commit()
        database.execute("vacuum")
        database.execute("pragma wal_checkpoint(truncate)")


def _records(path: Path, redactor: Redactor) -> Iterator[tuple[str, str]]:
    """Each record of a home's table as it stands in the file, and as it is without the person: '' where it goes."""
    text = path.read_bytes().decode("utf-8-sig")
    rows = list(records(text))
    texts = pl.Series([cell for _, cells in rows for cell in cells], dtype=pl.String())
    found = iter(redactor.marked.words(texts))
    header: Sequence[str] = ()
    for written, cells in rows:
        words = [next(found) for _ in cells]
        if not header:
            header = [name.strip() for name in cells]
            yield written, written
            continue
        kept = _cells(path.stem, dict(zip(header, zip(cells, words, strict=True), strict=False)), redactor)
        if kept is None:
            yield written, ""
        elif list(kept.values()) == cells[: len(header)]:
            yield written, written
        else:
            made = io.StringIO()
            csv.writer(made, delimiter=delimiter_of(text), lineterminator="\n").writerow([*kept.values(), *cells[len(header) :]])
            yield written, made.getvalue()


def _cells(table: str, told: dict[str, tuple[str, list[bytes]]], redactor: Redactor) -> dict[str, str] | None:
    """A record without them, None where it is theirs; `told`: each cell, and which of the certain strings may be in it."""
    identifiers, cells = redactor.identifiers, {name: cell.strip() for name, (cell, _) in told.items()}
    account = cells.get("account", "").lower().removeprefix("@")
    is_theirs = any(cells.get(name) in identifiers.keys for name in ("author_id", "other_author_id", "post_id")) or (
        bool(account)
        and (
            account in identifiers.accounts.get(cells.get("platform_id", ""), set())
            or redactor.certain.spans(account, told["account"][1]) != []
        )
    )
    if is_theirs and table not in KEPT_FOR_SUMS:
        return None
    return {name: identifiers.keys.get(cell.strip()) or redactor.marked.replaced(cell, words) for name, (cell, words) in told.items()}


def _write(path: Path, data: bytes) -> None:
    with atomic(path) as fresh:
        fresh.write_bytes(data)
        shutil.copymode(path, fresh)
