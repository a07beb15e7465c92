"""The published tables as Parquet: a folder a night, and `latest`; what a night has found is written once."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from datetime import date
from pathlib import Path

import duckdb

from orchestration.warehouse.landing import is_unfinished
from orchestration.warehouse.permissions import as_its_folder
from orchestration.warehouse.published_record import Content, among, read_record
from orchestration.warehouse.warehouse import literal, point, read_published, sync

FINGERPRINT = "groundswell_rows"
NIGHT_FOLDER = r"\.?\d{4}-\d\d-\d\d(\..*)?"


def export_parquet(published: Path, folder: Path, night: date, keep: int) -> Path:
    """Writes every table of the published file as Parquet; returns the night's folder.

    The night and `latest` are links that are swapped, never folders that change: a reader who follows `latest` once keeps a whole night.
    The newest `keep` nights stay, and files of a night that was published again or went until the next publishing. A night that later
    ones follow is left as it was: the published file no longer tells what it knew; what is returned then is the newest night's folder.
    A table in parts, by night, week or day, is a folder with a file for each. A file of the same rows as in the newest night is that
    night's under another name (a hard link), where the disk has such.
    """
    folder.mkdir(parents=True, exist_ok=True)
    as_its_folder(folder)
    newest = max((path.name for path in folder.glob("????-??-??")), default="")
    if newest > str(night):
        return folder / newest
    _remove_unnamed(folder)
    before = (folder / "latest").resolve()
    files = Path(tempfile.mkdtemp(prefix=f".{night}.", dir=folder))
    as_its_folder(files)
    record = read_record(published.resolve())
    with read_published(published) as connection:
        tables = connection.execute("select schema_name, table_name from duckdb_tables() order by all").fetchall()
        kept = _fingerprints(connection, before)
        for schema, table in tables:
            content = record.tables.get(f"{schema}.{table}") if record else None
            for name, where, rows in _files(table, content):
                file = files / name
                if file.parent != files and not file.parent.exists():
                    file.parent.mkdir()
                    as_its_folder(file.parent)
                if rows and rows == kept.get(str(before / name)) and _linked(before / name, file):
                    continue
                told = f"format parquet, kv_metadata {{{FINGERPRINT}: {literal(rows)}}}"
                connection.execute(f'copy (from "{schema}"."{table}"{where}) to {literal(str(file))} ({told})')
                as_its_folder(file)
                sync(file)
            if content and content.part:
                sync(files / table)
    sync(files)
    for name in (str(night), "latest"):
        point(folder / name, files.name)
    for old in old_nights(folder, keep):
        old.unlink()
    return folder / str(night)


def _files(table: str, content: Content | None) -> Iterator[tuple[str, str, str]]:
    """The files of a table: name, which rows as SQL, and what tells that they are the same; of one in parts that has none, an empty one."""
    if content is None or content.part is None:
        yield f"{table}.parquet", "", content.fingerprint if content else ""
        return
    for part in sorted(content.parts):
        yield f"{table}/{part}.parquet", f" where {among(content.part, [part])}", content.fingerprint_of(part)
    if not content.parts:
        yield f"{table}/none.parquet", "", content.fingerprint


def _fingerprints(connection: duckdb.DuckDBPyConnection, night: Path) -> dict[str, str]:
    """What each file of a night was written with, of those that can be read: of all at once, for rankings grow by a file a night."""
    files = [str(file) for file in night.rglob("*.parquet")]
    try:
        return _told(connection, files)
    except duckdb.Error:
        found: dict[str, str] = {}
        for file in files:
            with suppress(duckdb.Error):
                found |= _told(connection, [file])
        return found


def _told(connection: duckdb.DuckDBPyConnection, files: list[str]) -> dict[str, str]:
    if not files:
        return {}
    query = "select file_name, decode(value) from parquet_kv_metadata(?) where decode(key) = ?"
    return dict(connection.execute(query, [files, FINGERPRINT]).fetchall())


def _linked(file: Path, name: Path) -> bool:
    try:
        os.link(file, name)
    except OSError:
        return False
    return True


def files_of(night: Path, table: str) -> list[Path]:
    """The files of a table in a night's folder: one, or one for each of its parts."""
    return [*night.glob(f"{table}.parquet"), *sorted(night.glob(f"{table}/*.parquet"))]


def table_of(file: Path) -> str:
    """The table that a file is of."""
    return file.parent.name if re.fullmatch(NIGHT_FOLDER, file.parents[1].name) else file.stem


def old_nights(folder: Path, keep: int) -> list[Path]:
    """The nights that go when the newest `keep` stay."""
    return sorted(folder.glob("????-??-??"))[:-keep]


def remove_cut_off(folder: Path) -> None:
    """Removes what was left by a publishing that was killed, or by what was to write a night's files anew, and may be cut off anywhere."""
    _remove_unnamed(folder)
    for file in folder.glob(".????-??-??.*/**/*.parquet"):
        if is_unfinished(file):
            file.unlink()


def _remove_unnamed(folder: Path) -> None:
    named = {path.readlink().name for path in folder.glob("*") if path.is_symlink()}
    for files in folder.glob(".????-??-??.*"):
        if files.name not in named and not files.is_symlink():
            shutil.rmtree(files)
