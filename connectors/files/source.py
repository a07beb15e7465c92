"""Files that other tools export: Parquet, NDJSON or CSV in the schema of `file_schema`, and what review tools export."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import polars as pl
import polars.selectors as cs
import pyarrow as pa
import pyarrow.parquet as pq

from connectors.extraction import Extraction
from connectors.files.records import sort_out
from connectors.files.review_exports import nameless
from connectors.files.rows import FileError, Row, complain_of_missing, text_rows
from connectors.files.schema import SCHEMA
from connectors.source import Page, Rejected, Source, SourceError, Window

_NAME = re.compile(rf"({'|'.join(SCHEMA)})(?:-.+)?\.(parquet|ndjson|jsonl|csv|json)")
_BATCH = 5_000  # rows


@dataclass(frozen=True, slots=True)
class _Batch:
    """Rows of text with the place of each in its file ("line 7"), those that are none, and how many are not shown."""

    columns: Sequence[str]
    rows: pl.DataFrame
    places: Sequence[str]
    broken: Sequence[Row] = ()
    hidden: int = 0


def _text_batches(found: Iterator[Row], entity: str) -> Iterator[_Batch]:
    names = [column.name for column in SCHEMA[entity]]
    while chunk := list(islice(found, _BATCH)):
        sound = [row for row in chunk if row.problem is None and not row.is_hidden]
        yield _Batch(
            columns=list(dict.fromkeys(name for row in sound for name in row.cells)),
            rows=pl.DataFrame({name: [row.cells.get(name) for row in sound] for name in names}, schema=dict.fromkeys(names, pl.String)),
            places=[row.place for row in sound],
            broken=[row for row in chunk if row.problem is not None],
            hidden=sum(row.is_hidden for row in chunk),
        )


def _parquet_batches(path: Path, entity: str) -> Iterator[_Batch]:
    try:
        with pq.ParquetFile(path) as file:
            columns = file.schema_arrow.names
            complain_of_missing(path, entity, columns)
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
            yield from _text_batches(text_rows(path, entity, kind), entity)
    except OSError as error:
        raise FileError(f"{path.name} cannot be read: {error.strerror or error}") from None


def _named(path: Path) -> tuple[str, str]:
    match = _NAME.fullmatch(path.name)
    if match is None or (match[2] == "json" and match[1] != "reviews"):
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


def _page(path: Path, batch: _Batch, window: Window, hash_key: str | None) -> tuple[Page, Counter[str]]:
    """The records of a batch, and how many rows are "waiting" for a later night, "hidden", or of "addressed" authors."""
    entity, _ = _named(path)
    read, addressed = nameless(batch.rows) if entity == "reviews" else (batch.rows, 0)
    found = sort_out(entity, read, window, hash_key)
    rejected = [Rejected(entity, f"{path.name} {row.place}: {row.problem}", row.raw) for row in batch.broken]
    rejected += [Rejected(entity, f"{path.name} {batch.places[index]}: {problem}", values) for index, problem, values in found.bad]
    return Page(path.name, found.records, rejected=rejected), Counter(waiting=found.waiting, hidden=batch.hidden, addressed=addressed)


def _notes(path: Path, unknown: Sequence[str], counts: Counter[str]) -> list[str]:
    told = {
        f"columns that the schema does not know are left out: {', '.join(unknown)[:500]}": len(unknown),
        f"{counts['hidden']} reviews that are hidden or not published are left out": counts["hidden"],
        f"{counts['addressed']} reviews lose an author who is named by an e-mail or IP address": counts["addressed"],
        f"{counts['waiting']} rows are of a later night; it is read again then": counts["waiting"],
    }
    return [f"{path.name}: {sentence}" for sentence, count in told.items() if count]


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
        counts: Counter[str] = Counter()
        batches = _batches(path)
        try:
            while (batch := await asyncio.to_thread(next, batches, None)) is not None:
                known = {column.name for column in SCHEMA[_named(path)[0]]}
                unknown |= dict.fromkeys(name for name in batch.columns if name not in known)
                page, counted = _page(path, batch, job.window, job.settings.secret("hash_key"))
                counts += counted
                yield page
        except SourceError as error:
            failures.append(str(error))
            continue
        if notes := _notes(path, list(unknown), counts):
            yield Page(path.name, notes=notes)
        if not counts["waiting"]:
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
        "orders": "One row per version of an order or sign-up.",
        "refunds": "One row per version of a refund or cancellation of an order.",
        "reviews": "One row per version of a product's review.",
    },
    follows=frozenset({"path"}),
    requires=frozenset({"path"}),
    secrets={"hash_key": False},
    fetch=fetch,
    check=check,
)
