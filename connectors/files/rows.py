"""The rows of CSV, XLSX, NDJSON and JSON files in our own schema, and of reviews, as text, each with its place in the file."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from connectors.files.exports import document, nearest, parsed
from connectors.files.formats import FileError, Row
from connectors.files.review_exports import ADDRESS, Hidden, Translation, flattened, plain_value, translation
from connectors.files.schema import SCHEMA, missing_columns
from connectors.files.tables import Table, lines
from connectors.files.values import TwoWays, plain_number, whole
from connectors.settings import TableDialect

HIDDEN = "reviews that are hidden or not published"
_ADDRESS = re.compile(ADDRESS)
_PERSONAL = {"reviews"} | {entity for entity, columns in SCHEMA.items() if any(column.is_hashed for column in columns)}
_FLAGS = {entity: {column.name for column in columns if column.type == "flag"} for entity, columns in SCHEMA.items()}


def knows_own(entity: str, header: Sequence[str]) -> bool:
    """Whether a table of this entity with this header is in our own schema, or reviews as a tool exports them."""
    if not missing_columns(entity, header):
        return True
    if entity != "reviews":
        return False
    try:
        translation(header, "csv")
    except ValueError:
        return False
    return True


def own_rows(path: Path, entity: str, table: Table, dialect: TableDialect) -> Iterator[Row]:
    """The rows of a table in our own schema. Raises FileError where it cannot be read, after what could be."""
    if len(set(table.header)) < len(table.header):
        raise FileError(f"{path.name} line {len(table.above) + 1} names a column twice: {_listed(table.header)}")
    reading = _translation(path, table.header, "csv") if entity == "reviews" else None
    if reading is None:
        complain_of_missing(path, entity, table.header)
    plain = _plainly(entity, table.delimiter, dialect)
    for place, cells in table.rows:
        if len(cells) != len(table.header):
            raw = None if entity in _PERSONAL else cells
            yield Row(place, {}, f"has {len(cells)} fields, expected {len(table.header)}", raw, entity=entity)
        elif reading:
            yield _read(place, dict(zip(table.header, cells, strict=True)), reading)
        else:
            row = zip(table.header, cells, strict=True)
            yield Row(place, {name: plain[name](cell) if name in plain and cell else cell for name, cell in row}, entity=entity)


def _plainly(entity: str, delimiter: str, dialect: TableDialect) -> Mapping[str, Callable[[str], str]]:
    """What makes cells plain, by column: numbers with a comma or thousands. What stays unclear is the schema's to judge."""

    def number(cell: str) -> str:
        if cell.isdecimal():
            return cell
        try:
            return plain_number(cell, dialect, may_be_comma=delimiter == ";")
        except TwoWays as error:
            return str(error)
        except ValueError:
            return cell

    by_type = {
        "amount": number,
        "decimal": number,
        "count": lambda cell: cell if cell.isdecimal() else whole(cell) or cell,
    }
    return {column.name: by_type[column.type] for column in SCHEMA[entity] if column.type in by_type}


def own_lines(path: Path, entity: str) -> Iterator[Row]:
    """The rows of a file of JSON lines in our own schema. Raises FileError where it cannot be read, after what could be."""
    for number, line in enumerate(lines(path), start=1):
        if line.strip():
            try:
                yield Row(f"line {number}", _cells(line, entity), entity=entity)
            except (ValueError, RecursionError) as error:
                raw = None if entity in _PERSONAL else line[:10_000]
                yield Row(f"line {number}", {}, f"is not a JSON object of plain values: {error}", raw, entity=entity)


def complain_of_missing(path: Path, entity: str, columns: Sequence[str]) -> None:
    """Raises FileError where a column of the schema that is required is not among the file's."""
    if missing := missing_columns(entity, columns):
        raise FileError(f"{path.name} has no column {', '.join(missing)}: its columns are {_listed(columns)}{nearest(columns)}")


def _listed(columns: Sequence[str]) -> str:
    return ", ".join("..." if _ADDRESS.search(name[:500]) else name for name in columns)[:500]


def _translation(path: Path, header: Sequence[str], kind: str) -> Translation | None:
    try:
        return translation(header, kind)
    except ValueError as error:
        raise FileError(f"{path.name} has an unknown header, {error}: its columns are {_listed(header)}{nearest(header)}") from None


def _read(place: str, cells: Mapping[str, Any], reading: Translation | None) -> Row:
    try:
        found = reading.row(cells) | dict.fromkeys(reading.left_out) if reading else _plain(cells, "reviews")
        _complain_of_surrogates(found)
    except Hidden:
        return Row(place, {}, left_out=HIDDEN, entity="reviews")
    except ValueError as error:
        return Row(place, {}, f"is no row of plain values: {error}", entity="reviews")
    return Row(place, found, entity="reviews")


def _cells(line: str, entity: str) -> dict[str, str | None]:
    """The values of a JSON object. Raises ValueError."""
    found = parsed(line)
    if not isinstance(found, dict):
        raise ValueError("it is a list or a single value")
    cells = _plain(found, entity)
    _complain_of_surrogates(cells)
    return cells


def _plain(found: Mapping[str, Any], entity: str) -> dict[str, str | None]:
    """The cells as text. Raises ValueError."""
    return {name: plain_value(name, value, is_flag=name in _FLAGS[entity]) for name, value in found.items()}


def _complain_of_surrogates(cells: Mapping[str, str | None]) -> None:
    "".join(value for value in (*cells, *cells.values()) if value).encode()  # half a surrogate pair cannot be stored


def review_rows(path: Path) -> Iterator[Row]:
    """The reviews of one JSON document: a list of objects, or an object that holds it as `reviews`."""
    value = document(path)
    items = value.get("reviews") if isinstance(value, dict) else value
    if not isinstance(items, list):
        raise FileError(f'{path.name} holds no reviews: it has to be a list of objects, or {{"reviews": [...]}}')
    objects = [flattened(item) if isinstance(item, dict) else None for item in items]
    header = list(dict.fromkeys(name for item in objects if item for name in item if name.isprintable()))
    reading = _translation(path, header, "json") if header else None
    for number, item in enumerate(objects, start=1):
        if item is None:
            yield Row(f"review {number}", {}, "is not a JSON object", entity="reviews")
        else:
            yield _read(f"review {number}", item, reading)
