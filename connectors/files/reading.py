"""What a file is, and its rows: in our own schema by its name, else by its header or content."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from connectors.files.exports import (
    DOCUMENTS,
    complain_of_dialect,
    document,
    document_rows,
    known,
    line_format,
    line_rows,
    nearest,
    repository_rows,
    table_rows,
)
from connectors.files.formats import FileError, Row
from connectors.files.rows import knows_own, own_lines, own_rows, review_rows
from connectors.files.schema import SCHEMA
from connectors.files.spreadsheets import xlsx_table
from connectors.files.tables import csv_table
from connectors.settings import TableDialect

NAME = re.compile(rf"({'|'.join(SCHEMA)})(?:-.+)?\.(parquet|ndjson|jsonl|csv|tsv|xlsx|json)")
_KINDS = {"csv": "table", "tsv": "table", "xlsx": "table", "ndjson": "lines", "jsonl": "lines", "json": "document", "car": "repository"}


class Unread(FileError):
    """A file that is none of ours, which is told and no failure."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A file that is known: what it is recognised as, its columns, and its rows. `format` is None for our own schema and reviews."""

    recognised: str
    columns: Sequence[str]
    rows: Iterator[Row]
    format: str | None = None


def entity_of(path: Path) -> str | None:
    """The entity that a file's name tells, None where it tells none."""
    match = NAME.fullmatch(path.name)
    return match[1] if match else None


def opened(path: Path, dialect: TableDialect) -> Opened:
    """A file that is not Parquet, recognised. Raises Unread where it is none of ours, FileError where it cannot be read."""
    kind = _KINDS.get(path.suffix.lower().removeprefix("."))
    entity = entity_of(path)
    if kind == "table":
        return _table(path, entity, dialect)
    if kind == "lines":
        of_lines = line_format(path)
        if of_lines:
            return Opened(of_lines.name, (), line_rows(path, of_lines), of_lines.name)
        if entity:
            return Opened(f"{entity} of the schema", (), own_lines(path, entity))
    if kind == "repository":
        found, rows = repository_rows(path)
        return Opened(found.name, (), rows, found.name)
    if kind == "document":
        if entity == "reviews":
            return Opened("reviews", (), review_rows(path))
        if _is_marked(path) and (known_document := document_rows(path, document(path))):
            found, rows = known_document
            return Opened(found.name, (), rows, found.name)
    raise Unread(
        f"{path.name} is not read: a file is named <entity>.<kind> or <entity>-<part>.<kind>, such as posts-2026-09.csv, or is an export"
        " that is known"
    )


def _table(path: Path, entity: str | None, dialect: TableDialect) -> Opened:
    def is_export(header: Sequence[str]) -> bool:
        return known(header) is not None

    def knows(header: Sequence[str]) -> bool:
        return is_export(header) or (entity is not None and knows_own(entity, header))

    is_spreadsheet = path.suffix.lower() == ".xlsx"
    table = xlsx_table(path, knows) if is_spreadsheet else csv_table(path, knows, is_export, dialect.delimiter)
    found = known(table.header)
    if entity and (found is None or knows_own(entity, table.header)):
        return Opened(f"{entity} of the schema", table.header, own_rows(path, entity, table, dialect))
    if found is None:
        raise Unread(f"{path.name} is not read: its header is of no format that is known{nearest(table.header)}")
    complain_of_dialect(path, found, table.header, dialect)
    return Opened(found.name, table.header, table_rows(table, found, dialect), found.name)


def _is_marked(path: Path) -> bool:
    """Whether a document's beginning holds what tells one of the known formats, so that no other is parsed."""
    with path.open("rb") as file:
        beginning = file.read(2**16)
    return any(mark.encode() in beginning for each in DOCUMENTS for mark in each.marks)
