"""A file's rows in batches of one entity, and what becomes of a batch on a night."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

import polars as pl
import polars.selectors as cs
import pyarrow as pa
import pyarrow.parquet as pq

from connectors.files.formats import FileError, Row
from connectors.files.reading import entity_of, opened
from connectors.files.records import CELL_LOST, sort_out, with_plain_times
from connectors.files.review_exports import nameless
from connectors.files.rows import complain_of_missing
from connectors.files.schema import SCHEMA
from connectors.settings import TableDialect
from connectors.source import Page, Rejected, Window

_BATCH = 5_000  # rows


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows of text of one entity, with the place of each in its file ("line 7") and how many rows of the file it stands for.

    `broken` are rows that are none; `left_out` counts rows by the reason; `format` names the export that the file is, None for our own.
    """

    entity: str
    columns: Sequence[str]
    rows: pl.DataFrame
    places: Sequence[str]
    weights: Sequence[int]
    broken: Sequence[Row] = ()
    left_out: Counter[str] = field(default_factory=Counter)
    format: str | None = None


def batches(path: Path, dialect: TableDialect) -> Iterator[Batch]:
    """A file's rows, at most 5,000 in memory. Raises FileError where it cannot be read, after what could be."""
    entity = entity_of(path)
    try:
        if entity and path.suffix == ".parquet":
            yield from _parquet_batches(path, entity, dialect.timezone)
        else:
            file = opened(path, dialect)
            yield from _text_batches(file.rows, file.format, dialect.timezone)
    except OSError as error:
        raise FileError(f"{path.name} cannot be read: {error.strerror or error}") from None


def sorted_out(path: Path, batch: Batch, window: Window, hash_key: str | None) -> tuple[Page, Counter[str]]:
    """A batch's records, and how many of the file's rows are "records", "rejected", "waiting" and "left out".

    Besides, how many authors of reviews are "addressed". The first four add up to the rows that were read.
    """
    read, addressed = nameless(batch.rows) if batch.entity == "reviews" else (batch.rows, 0)
    found = sort_out(batch.entity, read, window, hash_key)
    rejected = [Rejected(batch.entity, f"{path.name} {row.place}: {row.problem}", row.raw) for row in batch.broken]
    rejected += [Rejected(batch.entity, f"{path.name} {batch.places[index]}: {problem}", values) for index, problem, values in found.bad]
    lost = sum(batch.weights[index] for index, problem, _ in found.bad if not problem.endswith(CELL_LOST))
    late = sum(batch.weights[index] for index in found.late)
    counts = Counter(
        {
            "records": sum(batch.weights) - lost - late,
            "rejected": sum(row.weight for row in batch.broken) + lost,
            "waiting": late,
            "left out": batch.left_out.total(),
            "addressed": addressed,
        }
    )
    return Page(path.name, [*found.records, *found.guests], rejected=rejected), counts


def _text_batches(found: Iterator[Row], format_: str | None, timezone: str | None) -> Iterator[Batch]:
    while chunk := list(islice(found, _BATCH)):
        of_entities: dict[str, list[Row]] = {}
        for row in chunk:
            of_entities.setdefault(row.entity, []).append(row)
        for entity, rows in of_entities.items():
            sound = [row for row in rows if row.problem is None and row.left_out is None]
            names = [column.name for column in SCHEMA[entity]]
            left_out: Counter[str] = Counter()
            for row in rows:
                if row.left_out is not None:
                    left_out[row.left_out] += row.weight
            texts = pl.DataFrame({name: [row.cells.get(name) for row in sound] for name in names}, schema=dict.fromkeys(names, pl.String))
            yield Batch(
                entity,
                columns=list(dict.fromkeys(name for row in sound for name in row.cells)),
                rows=with_plain_times(entity, texts, timezone),
                places=[row.place for row in sound],
                weights=[row.weight for row in sound],
                broken=[row for row in rows if row.problem is not None],
                left_out=left_out,
                format=format_,
            )


def _parquet_batches(path: Path, entity: str, timezone: str | None) -> Iterator[Batch]:
    try:
        with pq.ParquetFile(path) as file:
            columns = file.schema_arrow.names
            complain_of_missing(path, entity, columns)
            known = [column.name for column in SCHEMA[entity] if column.name in columns]
            first = 1
            for part in file.iter_batches(batch_size=_BATCH, columns=known):
                rows = pl.DataFrame(pa.Table.from_batches([part])).with_columns(cs.float().fill_nan(None)).cast(pl.String)
                places = [f"row {number}" for number in range(first, first + rows.height)]
                yield Batch(entity, columns, with_plain_times(entity, rows, timezone), places, [1] * rows.height)
                first += rows.height
    except (pa.ArrowException, pl.exceptions.PolarsError) as error:
        raise FileError(f"{path.name} cannot be read as Parquet: {str(error)[:300]}") from None
