"""Rows of text in the schema of `file_schema`, as the records of a night."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import quote

import polars as pl

from connectors.files.pseudonyms import pseudonymous
from connectors.files.schema import KEYS, SCHEMA, TIMES, TYPES, checked
from connectors.files.values import moment
from connectors.guests import GUEST, guest_id, is_nobody
from connectors.source import Record, Window

CELL_LOST = "; the cell is left empty, the row is kept"
"""What tells a cell that is set aside from a row that is."""

_PUBLISHED = "published by"  # no column of the schema


@dataclass(frozen=True, slots=True)
class SortedOut:
    """What became of rows: records; problems by position, with the values that are wrong; positions of what waits for a later night.

    A bad row is no record; a row with bad cells that it can do without is one, with these cells empty.
    `guests` are authors of posts who left a name alone.
    """

    records: Sequence[Record]
    guests: Sequence[Record]
    bad: Sequence[tuple[int, str, Mapping[str, str]]]
    late: Sequence[int]

    @property
    def waiting(self) -> int:
        """How many rows wait for a later night."""
        return len(self.late)


def sort_out(entity: str, rows: pl.DataFrame, window: Window, hash_key: str | None) -> SortedOut:
    """The rows that fit the schema and are not of a time after the window, and why the others are left out.

    Raises SourceError where rows name customers and there is no key to hash them with.
    """
    rows = _with_guests(entity, pseudonymous(entity, rows, hash_key))
    typed, problems, flaws = checked(entity, rows)
    is_bad = problems != ""
    came = typed[TIMES[entity]] if entity in TIMES else pl.repeat(None, typed.height, dtype=pl.Datetime("us", "UTC"), eager=True)
    waits = came.is_between(window.end, window.end + timedelta(days=2)).fill_null(False) & ~is_bad
    is_believed = (came.dt.year() >= 1990) & (came < window.end)
    sound = typed.with_columns(
        pl.col(pl.Datetime).dt.strftime("%Y-%m-%dT%H:%M:%S%.fZ"),
        pl.when(is_believed).then(came).alias(_PUBLISHED),
    ).filter(~is_bad & ~waits)
    published = sound[_PUBLISHED].to_list()
    payloads = sound.drop(_PUBLISHED).iter_rows(named=True)
    records = [Record(entity, _native_id(entity, payload), payload, at) for payload, at in zip(payloads, published, strict=True)]
    bad = [
        (index, "; ".join(filter(None, (problems[index], flaws[index]))), {name: text for name, text in row.items() if text is not None})
        for index, row in zip(is_bad.arg_true(), rows.filter(is_bad).iter_rows(named=True), strict=True)
    ]
    has_flaw = (flaws != "") & ~is_bad & ~waits
    kept = zip(has_flaw.arg_true(), rows.filter(has_flaw).iter_rows(named=True), typed.filter(has_flaw).iter_rows(named=True), strict=True)
    bad += [
        (index, f"{flaws[index]}{CELL_LOST}", {name: text for name, text in row.items() if (text or "").strip() and fit.get(name) is None})
        for index, row, fit in kept
    ]
    return SortedOut(records, _guests(sound) if entity == "posts" else (), bad, waits.arg_true().to_list())


def with_plain_times(entity: str, rows: pl.DataFrame, timezone: str | None) -> pl.DataFrame:
    """Rows of text whose times are in ISO 8601 wherever they can be read; `timezone` is that of times without one."""
    for name in (column.name for column in SCHEMA[entity] if column.type == "timestamp" and column.name in rows.columns):
        odd = rows[name].filter(rows.select(pl.col(name).is_not_null() & TYPES["timestamp"][1](pl.col(name)).is_null()).to_series())
        read = {text: at for text in odd.unique() if (at := _read(text, timezone))}
        if read:
            rows = rows.with_columns(pl.col(name).replace(read))
    return rows


def _read(text: str, timezone: str | None) -> str | None:
    try:
        return moment(text, timezone)
    except ValueError:
        return None  # for the schema to judge


def _native_id(entity: str, row: Mapping[str, str]) -> str:
    keys = KEYS[entity]
    return row[keys[0]] if len(keys) == 1 else " ".join(quote(row[key]) for key in keys)


def _with_guests(entity: str, rows: pl.DataFrame) -> pl.DataFrame:
    """The rows of posts and reviews, those without an account under a guest's id. A post that tells neither id nor name stays as it is."""
    if entity == "reviews" and "author_id" in rows.columns:
        ids = rows["author_id"].to_list()
        return rows.with_columns(pl.Series("author_id", [None if is_nobody(told) else told for told in ids], pl.String))
    if entity != "posts":
        return rows
    nothing = pl.Series([None] * rows.height, dtype=pl.String)
    ids, names = (rows.get_column(name, default=nothing).to_list() for name in ("author_id", "author_name"))
    is_name_told = any(name is not None for name in names)
    found = [
        told if not is_nobody(told) else guest_id(name) or (GUEST if is_name_told or (told or "").strip() else told)
        for told, name in zip(ids, names, strict=True)
    ]
    return rows.with_columns(pl.Series("author_id", found, pl.String))


def _guests(posts: pl.DataFrame) -> list[Record]:
    """An author a guest, as their last post tells of them."""
    named = posts.filter(pl.col("author_id").str.starts_with(f"{GUEST}:"))
    nothing = {column.name: None for column in SCHEMA["authors"]}
    guests = {
        author_id: {**nothing, "id": author_id, "channel": channel, "name": name}
        for author_id, channel, name in named.select("author_id", "channel", "author_name").iter_rows()
    }
    return [Record("authors", author_id, payload) for author_id, payload in guests.items()]
