"""What a format of files is: how its header is known, and what its rows become in the columns of `file_schema`."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from connectors.settings import TableDialect
from connectors.source import SourceError

Cells: TypeAlias = Mapping[str, str]
"""A row's cells that are not empty, by folded column."""

Made: TypeAlias = Sequence[tuple[str, Mapping[str, str | None]]]
"""What a row becomes: entities, each with cells of its schema. The first stands for the row, the others come with it."""


class FileError(SourceError):
    """One file cannot be read, or not to its end."""


class LeftOut(Exception):
    """A row that is read and no record by intention; its text says what such rows are, in the plural."""


@dataclass(frozen=True, slots=True)
class Row:
    """What became of rows of a file: the cells of a record of `entity`, a problem, or the reason for which they are left out.

    `place` is the first row's ("line 7"); `weight` how many rows it stands for, 0 for a record that comes with another's row.
    """

    place: str
    cells: Mapping[str, str | None]
    problem: str | None = None
    raw: object = None
    left_out: str | None = None
    weight: int = 1
    entity: str = field(kw_only=True)


@dataclass(frozen=True, slots=True)
class TableFormat:
    """A table of an entity that a tool exports: known by `signs`, each a column that it has to have under one of its names.

    `make` turns a row, or the consecutive rows that are the same in the column `together`, into records; it raises LeftOut, or
    ValueError with the problem. `needs` maps what the dialect has to tell (timezone, currency) to the columns that cannot be read
    without. `preamble` turns the rows above the header into cells that every row is given.
    """

    name: str
    entity: str
    signs: Sequence[Sequence[str]]
    make: Callable[[Sequence[Cells], TableDialect], Made]
    together: str | None = None
    needs: Mapping[str, Sequence[str]] = field(default_factory=dict)
    preamble: Callable[[Sequence[Sequence[str]]], Mapping[str, str]] = lambda rows: {}

    def missing(self, header: Sequence[str]) -> list[str]:
        """The columns that it has to have and a header has not."""
        columns = set(map(folded, header))
        return [names[0] for names in self.signs if not columns.intersection(map(folded, names))]


@dataclass(frozen=True, slots=True)
class ItemFormat:
    """A document, or lines of objects, that a tool exports: `items` finds its items in a parsed value, None where it is another's.

    `marks`: one of them stands in the first 64 KiB of such a document.
    """

    name: str
    entity: str
    items: Callable[[Any], Sequence[Any] | None]
    make: Callable[[Any], Made]
    marks: Sequence[str] = ()


def folded(column: str) -> str:
    """A column's name in small letters, whatever is between its words an underscore."""
    return re.sub(r"[^a-z0-9]+", "_", column.lower()).strip("_")


def first(cells: Cells, *columns: str) -> str | None:
    """The first of these columns, by their names as exported, that holds something."""
    return next((cells[name] for name in map(folded, columns) if name in cells), None)
