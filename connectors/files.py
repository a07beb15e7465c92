"""Files that other tools export: Parquet, NDJSON or CSV in the schema of `file_schema`."""

from __future__ import annotations

import asyncio
import csv
import json
import re
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import NoReturn

import polars as pl
import polars.selectors as cs
import pyarrow as pa
import pyarrow.parquet as pq

from connectors.file_records import sort_out
from connectors.file_schema import SCHEMA
from connectors.source import Extraction, Page, Rejected, Source, SourceError, Window

_NAME = re.compile(rf"({'|'.join(SCHEMA)})(?:-.+)?\.(parquet|ndjson|jsonl|csv)")
_BATCH = 5_000  # rows
_LONGEST_LINE = 16 * 2**20  # bytes


class FileError(SourceError):
    """One file cannot be read, or not to its end."""


@dataclass(frozen=True, slots=True)
class _Row:
    """A line's cells, or why it is no row."""

    line: int
    cells: Mapping[str, str | None]
    problem: str | None = None
    raw: object = None


@dataclass(frozen=True, slots=True)
class _Batch:
    """Rows of text with the place of each in its file ("line 7"), and those that are none."""

    columns: Sequence[str]
    rows: pl.DataFrame
    places: Sequence[str]
    broken: Sequence[_Row] = ()


def _lines(path: Path) -> Iterator[str]:
    with path.open("rb") as file:
        for number, line in enumerate(iter(lambda: file.readline(_LONGEST_LINE + 1), b""), start=1):
            if len(line) > _LONGEST_LINE:
                raise FileError(f"{path.name} line {number} is longer than {_LONGEST_LINE} bytes")
            try:
                yield line.decode("utf-8-sig" if number == 1 else "utf-8")
            except UnicodeDecodeError as error:
                byte = f"byte 0x{line[error.start]:02x} at position {error.start + 1}"
                raise FileError(f"{path.name} line {number}: {byte} is not UTF-8: save the file as UTF-8") from None


def _complain_of_missing(path: Path, entity: str, columns: Sequence[str]) -> None:
    missing = [column.name for column in SCHEMA[entity] if column.required and column.name not in columns]
    if missing:
        raise FileError(f"{path.name} has no column {', '.join(missing)}: its columns are {', '.join(columns)[:500]}")


def _csv_rows(path: Path, entity: str) -> Iterator[_Row]:
    reader = csv.reader(_lines(path), strict=True)
    try:
        header = next(reader, [])
        if len(set(header)) < len(header):
            raise FileError(f"{path.name} line 1 names a column twice: {', '.join(header)[:500]}")
        _complain_of_missing(path, entity, header)
        line = reader.line_num + 1
        for cells in reader:
            if len(cells) == len(header):
                yield _Row(line, dict(zip(header, cells, strict=True)))
            elif cells:
                yield _Row(line, {}, f"has {len(cells)} fields, expected {len(header)}", cells)
            line = reader.line_num + 1
    except csv.Error as error:  # after a broken quote nobody knows where the next row begins
        raise FileError(f"{path.name} line {reader.line_num}: not CSV from here on: {error}") from None


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON value")


def _json_rows(path: Path) -> Iterator[_Row]:
    for number, line in enumerate(_lines(path), start=1):
        if line.strip():
            try:
                yield _Row(number, _cells(line))
            except (ValueError, RecursionError) as error:
                yield _Row(number, {}, f"is not a JSON object of plain values: {error}", line[:10_000])


def _cells(line: str) -> dict[str, str | None]:
    """The values of a JSON object, numbers as they are written: ids and money keep all their digits. Raises ValueError."""
    found = json.loads(line, parse_int=str, parse_float=str, parse_constant=_refuse)
    if not isinstance(found, dict):
        raise ValueError("it is a list or a single value")
    for name, value in found.items():
        if not (value is None or isinstance(value, str)):
            raise ValueError(f"column {name[:80]} holds {type(value).__name__}")
    "".join(value for value in (*found, *found.values()) if value).encode()  # half a surrogate pair cannot be stored
    return found


def _text_batches(rows: Iterator[_Row], entity: str) -> Iterator[_Batch]:
    names = [column.name for column in SCHEMA[entity]]
    while chunk := list(islice(rows, _BATCH)):
        sound = [row for row in chunk if row.problem is None]
        yield _Batch(
            columns=list(dict.fromkeys(name for row in sound for name in row.cells)),
            rows=pl.DataFrame({name: [row.cells.get(name) for row in sound] for name in names}, schema=dict.fromkeys(names, pl.String)),
            places=[f"line {row.line}" for row in sound],
            broken=[row for row in chunk if row.problem is not None],
        )


def _parquet_batches(path: Path, entity: str) -> Iterator[_Batch]:
    try:
        with pq.ParquetFile(path) as file:
            columns = file.schema_arrow.names
            _complain_of_missing(path, entity, columns)
            known = [column.name for column in SCHEMA[entity] if column.name in columns]
            first = 1
            for part in file.iter_batches(batch_size=_BATCH, columns=known):
                rows = pl.DataFrame(pa.Table.from_batches([part])).with_columns(cs.float().fill_nan(None)).cast(pl.String)
                yield _Batch(columns, rows, [f"row {number}" for number in range(first, first + rows.height)])
                first += rows.height
    except (pa.ArrowException, pl.exceptions.PolarsError) as error:
        raise FileError(f"{path.name} cannot be read as Parquet: {str(error)[:300]}") from None


def _batches(path: Path) -> Iterator[_Batch]:
    """A file's rows, at most 5,000 in memory. Raises FileError where it cannot be read, after what could be."""
    entity, kind = _named(path)
    try:
        if kind == "parquet":
            yield from _parquet_batches(path, entity)
        else:
            yield from _text_batches(_csv_rows(path, entity) if kind == "csv" else _json_rows(path), entity)
    except OSError as error:
        raise FileError(f"{path.name} cannot be read: {error.strerror or error}") from None


def _named(path: Path) -> tuple[str, str]:
    match = _NAME.fullmatch(path.name)
    if match is None:
        raise FileError(f"{path.name} is not read: a file is named <entity>.<kind> or <entity>-<part>.<kind>, such as posts-2026-09.csv")
    return match[1], match[2]


def _listing(job: Extraction) -> tuple[list[Path], list[str]]:
    """The folder's files in order of name, and a sentence for each thing in it that is not read."""
    if job.settings.path is None or not job.settings.path.is_dir():
        raise SourceError(f"{job.settings.path} is not a folder: `path` is a folder of files such as posts.csv")
    folder = job.settings.path.resolve()
    files: list[Path] = []
    notes: list[str] = []
    for path in sorted(folder.iterdir()):
        try:
            _named(path)
        except FileError as error:
            notes.append(str(error))
            continue
        if path.is_file() and path.resolve().is_relative_to(folder):
            files.append(path)
        else:
            notes.append(f"{path.name} is not read: it is no file in this folder")
    return files, notes


def _page(path: Path, batch: _Batch, window: Window) -> tuple[Page, int]:
    """The records of a batch, and how many rows wait for a later night."""
    entity, _ = _named(path)
    found = sort_out(entity, batch.rows, window)
    rejected = [Rejected(entity, f"{path.name} line {row.line}: {row.problem}", row.raw) for row in batch.broken]
    rejected += [Rejected(entity, f"{path.name} {batch.places[index]}: {problem}", values) for index, problem, values in found.bad]
    return Page(path.name, found.records, rejected=rejected), found.waiting


async def fetch(job: Extraction) -> AsyncIterator[Page]:
    """The rows of every file that is new or changed; limits do not apply, for nobody is asked for anything.

    The cursor holds size and time of change of each file that was read whole.
    """
    files, notes = _listing(job)
    before, done = job.cursor.get("files", {}), {}
    failures: list[str] = []
    yield Page(SOURCE.platform, notes=notes)
    for path in files:
        state = path.stat()
        mark = [state.st_size, state.st_mtime_ns]
        if before.get(path.name) == mark:
            done[path.name] = mark
            continue
        unknown: dict[str, None] = {}
        waiting = 0
        batches = _batches(path)
        try:
            while (batch := await asyncio.to_thread(next, batches, None)) is not None:
                known = {column.name for column in SCHEMA[_named(path)[0]]}
                unknown |= dict.fromkeys(name for name in batch.columns if name not in known)
                page, late = _page(path, batch, job.window)
                waiting += late
                yield page
        except FileError as error:
            failures.append(str(error))
            continue
        if unknown:
            yield Page(path.name, notes=[f"{path.name}: columns that the schema does not know are left out: {', '.join(unknown)[:500]}"])
        if waiting:
            yield Page(path.name, notes=[f"{path.name}: {waiting} rows are of a later night; it is read again then"])
        else:
            done[path.name] = mark
    yield Page(SOURCE.platform, cursor={"files": done})
    if failures:
        raise SourceError("; ".join(failures))


async def check(job: Extraction) -> str:
    """The files found, each with its columns."""
    found = [(path.name, next(_batches(path), None)) for path in _listing(job)[0]]
    if not found:
        raise SourceError(f"{job.settings.path} holds no file of the schema, such as posts.csv, authors.ndjson or orders-2026.parquet")
    return "; ".join(f"{name} ({', '.join(batch.columns) if batch else 'no rows'})" for name, batch in found)


SOURCE = Source(
    platform="files",
    channel="files",
    entities={
        "authors": "One row per version of an account in the files.",
        "posts": "One row per version of a post in the files.",
        "interactions": "One row per version of something that one account did to another.",
        "follows": "One row per version of an account that follows another.",
        "orders": "One row per version of an order.",
    },
    follows=frozenset({"path"}),
    requires=frozenset({"path"}),
    fetch=fetch,
    check=check,
)
