"""The rows of CSV, NDJSON and JSON files as text, each with its place in the file."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from connectors.files.review_exports import ADDRESS, Hidden, Translation, flattened, plain_value, translation
from connectors.files.schema import SCHEMA
from connectors.source import SourceError

_LONGEST_LINE = 16 * 2**20  # bytes
_LARGEST_DOCUMENT = 64 * 2**20  # bytes
_ADDRESS = re.compile(ADDRESS)
_PERSONAL = {"reviews"} | {entity for entity, columns in SCHEMA.items() if any(column.is_hashed for column in columns)}
_FLAGS = {entity: {column.name for column in columns if column.type == "flag"} for entity, columns in SCHEMA.items()}


class FileError(SourceError):
    """One file cannot be read, or not to its end."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row's place in its file ("line 7") and its cells, or why it is no row; `is_hidden` where its tool does not show it."""

    place: str
    cells: Mapping[str, str | None]
    problem: str | None = None
    raw: object = None
    is_hidden: bool = False


def text_rows(path: Path, entity: str, kind: str) -> Iterator[Row]:
    """The rows of a csv, ndjson, jsonl or json file. Raises FileError where it cannot be read, after what could be."""
    if kind == "csv":
        found = _csv_rows(path, entity)
    elif kind == "json":
        found = _document_rows(path)
    else:
        found = _line_rows(path, entity)
    return map(_without_raw, found) if entity in _PERSONAL else found


def complain_of_missing(path: Path, entity: str, columns: Sequence[str]) -> None:
    """Raises FileError where a column of the schema that is required is not among the file's."""
    missing = [column.name for column in SCHEMA[entity] if column.required and column.name not in columns]
    if missing:
        raise FileError(f"{path.name} has no column {', '.join(missing)}: its columns are {_listed(columns)}")


def _without_raw(row: Row) -> Row:
    """A row that is none may hold customers and e-mail and IP addresses anywhere: what it holds is not kept."""
    return row if row.raw is None else Row(row.place, row.cells, row.problem)


def _listed(columns: Sequence[str]) -> str:
    return ", ".join("..." if _ADDRESS.search(name[:500]) else name for name in columns)[:500]


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


def _csv_rows(path: Path, entity: str) -> Iterator[Row]:
    reader = csv.reader(_lines(path), strict=True)
    try:
        header = next(reader, [])
        if len(set(header)) < len(header):
            raise FileError(f"{path.name} line 1 names a column twice: {_listed(header)}")
        reading = _translation(path, header, "csv") if entity == "reviews" else None
        if reading is None:
            complain_of_missing(path, entity, header)
        line = reader.line_num + 1
        for cells in reader:
            if len(cells) == len(header):
                row = dict(zip(header, cells, strict=True))
                yield _read(f"line {line}", row, reading) if reading else Row(f"line {line}", row)
            elif cells:
                yield Row(f"line {line}", {}, f"has {len(cells)} fields, expected {len(header)}", cells)
            line = reader.line_num + 1
    except csv.Error as error:  # after a broken quote nobody knows where the next row begins
        raise FileError(f"{path.name} line {reader.line_num}: not CSV from here on: {error}") from None


def _translation(path: Path, header: Sequence[str], kind: str) -> Translation | None:
    try:
        return translation(header, kind)
    except ValueError as error:
        raise FileError(f"{path.name} has an unknown header, {error}: its columns are {_listed(header)}") from None


def _read(place: str, cells: Mapping[str, Any], reading: Translation | None) -> Row:
    try:
        found = reading.row(cells) | dict.fromkeys(reading.left_out) if reading else _plain(cells, "reviews")
        _complain_of_surrogates(found)
    except Hidden:
        return Row(place, {}, is_hidden=True)
    except ValueError as error:
        return Row(place, {}, f"is no row of plain values: {error}")
    return Row(place, found)


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON value")


def _parsed(text: str) -> Any:
    """JSON, numbers as they are written: ids and money keep all their digits. Raises ValueError or RecursionError."""
    return json.loads(text, parse_int=str, parse_float=str, parse_constant=_refuse)


def _line_rows(path: Path, entity: str) -> Iterator[Row]:
    for number, line in enumerate(_lines(path), start=1):
        if line.strip():
            try:
                yield Row(f"line {number}", _cells(line, entity))
            except (ValueError, RecursionError) as error:
                yield Row(f"line {number}", {}, f"is not a JSON object of plain values: {error}", line[:10_000])


def _cells(line: str, entity: str) -> dict[str, str | None]:
    """The values of a JSON object. Raises ValueError."""
    found = _parsed(line)
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


def _document_rows(path: Path) -> Iterator[Row]:
    """The reviews of one JSON document: a list of objects, or an object that holds it as `reviews`."""
    if path.stat().st_size > _LARGEST_DOCUMENT:
        raise FileError(f"{path.name} is larger than {_LARGEST_DOCUMENT} bytes: split it into several files")
    try:
        document = _parsed(path.read_bytes().decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise FileError(f"{path.name} is not UTF-8: save the file as UTF-8") from None
    except (ValueError, RecursionError) as error:
        raise FileError(f"{path.name} is not JSON: {str(error)[:300]}") from None
    items = document.get("reviews") if isinstance(document, dict) else document
    if not isinstance(items, list):
        raise FileError(f'{path.name} holds no reviews: it has to be a list of objects, or {{"reviews": [...]}}')
    objects = [flattened(item) if isinstance(item, dict) else None for item in items]
    header = list(dict.fromkeys(name for item in objects if item for name in item if name.isprintable()))
    reading = _translation(path, header, "json") if header else None
    for number, item in enumerate(objects, start=1):
        if item is None:
            yield Row(f"review {number}", {}, "is not a JSON object")
        else:
            yield _read(f"review {number}", item, reading)
