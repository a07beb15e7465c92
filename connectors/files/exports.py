"""The formats that are known, which of them a file is, and its rows as records."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Any, NoReturn

from connectors.files import (
    analytics,
    bluesky_repository,
    captures,
    creator_lists,
    listening,
    mastodon_archive,
    shopify,
    stripe,
    woocommerce,
    youtube_takeout,
    zeeschuimer,
)
from connectors.files.formats import Cells, FileError, ItemFormat, LeftOut, Made, Row, TableFormat, folded
from connectors.files.tables import Table, lines
from connectors.settings import TableDialect

TABLES: Sequence[TableFormat] = (
    *shopify.FORMATS,
    *woocommerce.FORMATS,
    *stripe.FORMATS,
    *analytics.FORMATS,
    *listening.FORMATS,
    *captures.FORMATS,
    *youtube_takeout.FORMATS,
    *creator_lists.FORMATS,
)
LINES: Sequence[ItemFormat] = (zeeschuimer.FORMAT,)
DOCUMENTS: Sequence[ItemFormat] = (mastodon_archive.FORMAT, bluesky_repository.FORMAT)

_LARGEST_DOCUMENT = 64 * 2**20  # bytes
_MOST_TOGETHER = 10_000  # rows that are one record; an order of more lines is none
_NEAR = 0.5  # of the columns that a format has to have: fewer in common tell nothing


def known(header: Sequence[str]) -> TableFormat | None:
    """The format of a table with this header."""
    return next((each for each in TABLES if header and not each.missing(header)), None)


def nearest(header: Sequence[str]) -> str:
    """The known format that a header is nearest to, and the columns that it lacks, as the end of a sentence; empty where none is near."""
    shares = [(1 - len(each.missing(header)) / len(each.signs), each) for each in TABLES]
    share, best = max(shares, key=lambda found: found[0])
    return f"; the nearest known format is {best.name}, which has {', '.join(best.missing(header))} too" if share >= _NEAR else ""


def complain_of_dialect(path: Path, found: TableFormat, header: Sequence[str], dialect: TableDialect) -> None:
    """Raises FileError where the format leaves something untold that the source's entry has to tell."""
    columns = set(map(folded, header))
    examples = {"timezone": "Europe/Berlin", "currency": "EUR"}
    for key, names in found.needs.items():
        if getattr(dialect, key) is None and columns.intersection(map(folded, names)):
            raise FileError(f"{path.name} is of {found.name}, which tell no {key}: add csv: {{{key}: {examples[key]}}} to the source")


def table_rows(table: Table, found: TableFormat, dialect: TableDialect) -> Iterator[Row]:
    """The records of a table; each of its rows is in one of them, or in a problem, or left out."""
    names = [folded(name) for name in table.header]
    shared = found.preamble(table.above)
    key = folded(found.together) if found.together else None
    number = 0

    def cells_of(told: tuple[str, Sequence[str]]) -> tuple[str, Cells | str, object]:
        nonlocal number
        place, texts = told
        if len(texts) != len(names):
            number += 1
            return place, f"has {len(texts)} fields, expected {len(names)}", number
        cells: dict[str, str] = {}
        for name, text in zip(names, texts, strict=True):
            if text.strip():
                cells.setdefault(name, text.strip())
        cells = {**shared, **cells}
        if key is None or key not in cells:
            number += 1
        return place, cells, (cells.get(key) if key else None) or number

    for _, group in groupby(map(cells_of, table.rows), key=lambda row: row[2]):
        together = list(group)
        place, one, _ = together[0]
        if isinstance(one, str):
            yield Row(place, {}, one, entity=found.entity)
        elif len(together) > _MOST_TOGETHER:
            yield Row(place, {}, f"is the first of {len(together)} rows of one {found.together}", weight=len(together), entity=found.entity)
        else:
            rows = [cells for _, cells, _ in together if not isinstance(cells, str)]
            yield from _made(place, found.entity, len(rows), partial(found.make, rows, dialect))


def _made(place: str, entity: str, weight: int, make: Callable[[], Made]) -> Iterator[Row]:
    """A format's records of some rows, the first with their weight."""
    try:
        made = make()
        for name, text in (cell for _, cells in made for cell in cells.items()):
            if text is not None and not isinstance(text, str):
                raise ValueError(f"column {name} holds {type(text).__name__}")
            (text or "").encode()  # half a surrogate pair cannot be stored
    except LeftOut as reason:
        yield Row(place, {}, left_out=str(reason), entity=entity, weight=weight)
    except KeyError as error:
        yield Row(place, {}, f"column {error.args[0]}: is empty", entity=entity, weight=weight)
    except (ValueError, ArithmeticError) as error:
        yield Row(place, {}, str(error)[:300] or "cannot be read", entity=entity, weight=weight)
    else:
        for index, (of, cells) in enumerate(made):
            yield Row(place, cells, entity=of, weight=0 if index else weight)


def line_format(path: Path) -> ItemFormat | None:
    """The format of a file of JSON lines, known by its first object."""
    for line in lines(path):
        try:
            value = parsed(line)
        except (ValueError, RecursionError):
            return None
        return next((each for each in LINES if each.items(value) is not None), None)
    return None


def line_rows(path: Path, found: ItemFormat) -> Iterator[Row]:
    """The records of a file of JSON lines."""
    for number, line in enumerate(lines(path), start=1):
        if line.strip():
            place = f"line {number}"
            try:
                items = found.items(parsed(line))
            except (ValueError, RecursionError) as error:
                yield Row(place, {}, f"is not a JSON object: {str(error)[:200]}", entity=found.entity)
                continue
            if items is None:
                yield Row(place, {}, f"is no line of {found.name}", entity=found.entity)
            else:
                yield from _items(place, items, found)


def document_rows(path: Path, value: Any) -> tuple[ItemFormat, Iterator[Row]] | None:
    """The format of a parsed document and its records; None where it is none that is known."""
    for found in DOCUMENTS:
        items = found.items(value)
        if items is not None:
            return found, (row for number, item in enumerate(items, start=1) for row in _items(f"item {number}", [item], found))
    return None


def repository_rows(path: Path) -> tuple[ItemFormat, Iterator[Row]]:
    """The records of a Bluesky account's CAR file. Raises FileError."""
    found, items = bluesky_repository.FORMAT, bluesky_repository.records(path)
    return found, (row for item in items for row in _items(str(item["uri"])[-60:], [item], found))


def _items(place: str, items: Sequence[Any], found: ItemFormat) -> Iterator[Row]:
    for item in items:
        yield from _made(place, found.entity, 1, partial(_careful, found, item))


def _careful(found: ItemFormat, item: Any) -> Made:
    try:
        return found.make(item)
    except (KeyError, TypeError, AttributeError, IndexError) as error:
        raise ValueError(f"is no item as {found.name} hold it: {type(error).__name__} {str(error)[:80]}") from None


def document(path: Path) -> Any:
    """A parsed JSON file. Raises FileError."""
    if path.stat().st_size > _LARGEST_DOCUMENT:
        raise FileError(f"{path.name} is larger than {_LARGEST_DOCUMENT} bytes: split it into several files")
    try:
        return parsed(path.read_bytes().decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise FileError(f"{path.name} is not UTF-8: save the file as UTF-8") from None
    except (ValueError, RecursionError) as error:
        raise FileError(f"{path.name} is not JSON: {str(error)[:300]}") from None


def parsed(text: str) -> Any:
    """JSON, numbers as they are written: ids and money keep all their digits. Raises ValueError or RecursionError."""
    return json.loads(text, parse_int=str, parse_float=str, parse_constant=_refuse)


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON value")
