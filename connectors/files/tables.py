"""The rows of CSV files as they come: what parts them, and which row is the header, found by the header itself."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from connectors.files.formats import FileError

_LONGEST_LINE = 16 * 2**20  # bytes
_HEADER_WITHIN = 30  # rows; Brandwatch writes six above its table, Google Analytics nine
_DELIMITERS = (",", ";", "\t", "|")
csv.field_size_limit(_LONGEST_LINE)  # else a cell of 128 KiB, an article or a transcript, would end its file
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")

Knows = Callable[[Sequence[str]], bool]
"""Whether a row is the header of something that is known."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table: its header, the rows above it, and its rows, each with its place ("line 7")."""

    header: Sequence[str]
    above: Sequence[Sequence[str]]
    rows: Iterator[tuple[str, Sequence[str]]]
    delimiter: str = ","


def lines(path: Path) -> Iterator[str]:
    """The lines of a UTF-8 file. Raises FileError where a byte is none, or a line too long, after what could be read."""
    with path.open("rb") as file:
        for number, line in enumerate(iter(lambda: file.readline(_LONGEST_LINE + 1), b""), start=1):
            if len(line) > _LONGEST_LINE:
                raise FileError(f"{path.name} line {number} is longer than {_LONGEST_LINE} bytes")
            try:
                yield line.decode("utf-8-sig" if number == 1 else "utf-8")
            except UnicodeDecodeError as error:
                byte = f"byte 0x{line[error.start]:02x} at position {error.start + 1}"
                raise FileError(f"{path.name} line {number}: {byte} is not UTF-8: save the file as UTF-8") from None


def csv_table(path: Path, knows: Knows, is_export: Knows, delimiter: str | None) -> Table:
    """The table in a CSV file; where no row of its beginning is known, its first row is the header. Raises FileError."""
    opened = _opener(path, is_export, delimiter)
    parted, skipped = _recognised(opened, knows, [delimiter] if delimiter else _DELIMITERS) or (delimiter or ",", 0)
    reader = csv.reader(opened(), strict=True, delimiter=parted)
    try:
        above = list(islice(reader, skipped))
        header = next(reader, [])
    except csv.Error as error:
        raise FileError(f"{path.name} line {reader.line_num}: not CSV from here on: {error}") from None
    return Table(header, above, _rows(path, reader), parted)


def _rows(path: Path, reader: Any) -> Iterator[tuple[str, Sequence[str]]]:
    line = reader.line_num + 1
    try:
        for cells in reader:
            if cells:
                yield f"line {line}", cells
            line = reader.line_num + 1
    except csv.Error as error:  # after a broken quote nobody knows where the next row begins
        raise FileError(f"{path.name} line {reader.line_num}: not CSV from here on: {error}") from None


def _opener(path: Path, is_export: Knows, delimiter: str | None) -> Callable[[], Iterator[str]]:
    """What reads the file's lines: UTF-16, as Meltwater exports it, where it says so and its header is then a tool's; else UTF-8."""
    with path.open("rb") as file:
        marked = file.read(2) in _UTF_16
    if marked and _recognised(lambda: _utf_16_lines(path), is_export, [delimiter] if delimiter else _DELIMITERS):
        return lambda: _utf_16_lines(path)
    return lambda: lines(path)


def _utf_16_lines(path: Path) -> Iterator[str]:
    with path.open(encoding="utf-16", newline="") as file:
        try:
            for number, line in enumerate(iter(lambda: file.readline(_LONGEST_LINE + 1), ""), start=1):
                if len(line) > _LONGEST_LINE:
                    raise FileError(f"{path.name} line {number} is longer than {_LONGEST_LINE} letters")
                yield line
        except UnicodeError:
            raise FileError(f"{path.name} is not UTF-16, though it begins so: save the file as UTF-8") from None


def _recognised(opened: Callable[[], Iterator[str]], knows: Knows, delimiters: Sequence[str]) -> tuple[str, int] | None:
    """What parts the cells, and how many rows stand above the header; None where no row of the beginning is known."""
    beginning: list[str] = []
    with suppress(FileError):  # told where the rows are read; the lines before it may be known
        beginning.extend(islice(opened(), 2 * _HEADER_WITHIN))
    for delimiter in delimiters:
        reader = csv.reader(beginning, strict=True, delimiter=delimiter)
        try:
            for above, cells in enumerate(islice(reader, _HEADER_WITHIN)):
                if knows(cells):
                    return delimiter, above
        except csv.Error:
            continue
    return None
