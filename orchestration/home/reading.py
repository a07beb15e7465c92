"""A home's tables as they are read: checked as a whole before anything is fetched.

Each file is read as text, and every fault of every file is told at once, with file, line, column and what to write instead.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from orchestration.home.tables import TABLES, Column, Home, HomeError, Row, Table, Value

_SURPLUS = "\0surplus"


def read_home(folder: Path, platforms: Sequence[str]) -> Home:
    """All tables of a home. One whose file is missing is empty; `platforms` are those that `brand_authors` may name.

    Raises:
        HomeError: every fault of every file, or that brands.csv names no brand.
    """
    faults: list[str] = []
    lines: dict[str, list[int]] = {}
    read: dict[str, list[dict[str, Value]]] = {}
    for name, table in TABLES.items():
        read[name], lines[name] = read_rows(folder / f"{name}.csv", table, faults)
    if not (read["brands"] or faults):
        faults.append(f"{folder / 'brands.csv'}:1: names no brand: write a line for each brand that you listen for, yours and its rivals")
    known = {(name, column): {row[column] for row in rows} for name, rows in read.items() for column in TABLES[name].columns}
    known["platforms", "platform_id"] = set(platforms)
    for name, table in TABLES.items():
        file = folder / f"{name}.csv"
        faults += _repeated(file, table, read[name], lines[name])
        for column, kind in table.columns.items():
            if kind.refers_to:
                faults += _dangling(file, column, kind.refers_to, read[name], lines[name], known[kind.refers_to])
    faults += _shared_skus(folder / "products.csv", read["products"], lines["products"])
    faults += _backwards(folder / "campaigns.csv", read["campaigns"], lines["campaigns"])
    if faults:
        raise HomeError("\n".join(sorted(faults, key=_place)))
    return Home(folder, read, lines)


def read_table(folder: Path, name: str) -> list[dict[str, Value]]:
    """The rows of one table that refers to no other.

    Raises:
        HomeError: every fault of its file.
    """
    faults: list[str] = []
    file = folder / f"{name}.csv"
    rows, lines = read_rows(file, TABLES[name], faults)
    if faults := [*faults, *_repeated(file, TABLES[name], rows, lines)]:
        raise HomeError("\n".join(sorted(faults, key=_place)))
    return rows


def records(text: str) -> Iterator[tuple[str, list[str]]]:
    """Each record of a file, the header first: as it is written there, and its cells."""
    lines = text.splitlines(keepends=True)
    reader = csv.reader(lines, delimiter=delimiter_of(text))
    done = 0
    for cells in reader:
        yield "".join(lines[done : reader.line_num]), cells
        done = reader.line_num


def delimiter_of(text: str) -> str:
    """What parts the cells of a file: comma, semicolon or tab, whichever is most often in its first line."""
    return max(",;\t", key=text.partition("\n")[0].count)


def _shared_skus(file: Path, products: Sequence[Mapping[str, Value]], lines: Sequence[int]) -> Iterator[str]:
    """SKUs that products of two brands have: an order would be of either."""
    seen: dict[str, tuple[int, Value]] = {}
    for product, line in zip(products, lines, strict=True):
        for sku in filter(None, (part.strip() for part in str(product["skus"] or "").split("|"))):
            first, brand = seen.setdefault(sku.casefold(), (line, product["brand_id"]))
            if brand != product["brand_id"]:
                yield f"{file}:{line}: skus: {sku!r} is in line {first}, too, for another brand: leave it to one"


def _backwards(file: Path, campaigns: Sequence[Mapping[str, Value]], lines: Sequence[int]) -> Iterator[str]:
    """Campaigns that end before they start."""
    for campaign, line in zip(campaigns, lines, strict=True):
        starts_on, ends_on = campaign["starts_on"], campaign["ends_on"]
        if isinstance(starts_on, date) and isinstance(ends_on, date) and ends_on < starts_on:
            yield f"{file}:{line}: ends_on: {ends_on} is before starts_on, {starts_on}: change one of them"


def read_rows(path: Path, table: Table, faults: list[str]) -> tuple[list[dict[str, Value]], list[int]]:
    """The typed rows of a file and their lines; what cannot be read is added to `faults`. A file that is not there has none."""
    rows: list[dict[str, Value]] = []
    lines: list[int] = []
    if not path.exists():
        return rows, lines
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        faults.append(f"{path}:{line}: is not UTF-8: save it as CSV UTF-8")
        return rows, lines
    except OSError as error:
        faults.append(f"{path}:1: cannot be read: {error.strerror}")
        return rows, lines
    reader = csv.DictReader(text.splitlines(keepends=True), restkey=_SURPLUS, delimiter=delimiter_of(text))
    header = [name.strip() for name in reader.fieldnames or ()]
    reader.fieldnames = header
    if problem := _header_problem(header, table):
        faults.append(f"{path}:1: {problem}")
        return rows, lines
    for cells in reader:
        if not any(cell and cell.strip() for cell in cells.values() if isinstance(cell, str)) and _SURPLUS not in cells:
            continue
        problems = list(_problems(cells, table))
        faults += [f"{path}:{reader.line_num}: {problem}" for problem in problems]
        if not problems:
            rows.append({name: _value(cells.get(name), column) for name, column in table.columns.items()})
            lines.append(reader.line_num)
    return rows, lines


def _header_problem(header: Sequence[str], table: Table) -> str | None:
    unknown = [name for name in header if name not in table.columns]
    missing = [name for name, column in table.columns.items() if column.required and name not in header]
    twice = sorted({name for name in header if header.count(name) > 1})
    known = ", ".join(table.columns)
    if twice:
        return f"names the column {twice[0]} twice"
    if unknown:
        return f"has the unknown column {unknown[0]!r}: known are {known}"
    if missing:
        return f"lacks the column {missing[0]}: the first line is {known}"
    return None


def _problems(cells: Mapping[str, Any], table: Table) -> Iterator[str]:
    if _SURPLUS in cells:
        yield f"has more cells than the first line, from {str(cells[_SURPLUS][0])[:40]!r} on: put text that holds a comma in double quotes"
    for name, column in table.columns.items():
        cell = (cells.get(name) or "").strip()
        if not cell:
            if column.required:
                yield f"{name}: is empty: {_remedy(column)}"
        elif column.one_of and cell not in column.one_of:
            yield f"{name}: {cell[:60]!r} is not known: {_remedy(column)}"
        elif column.longest and len(cell) > column.longest:
            yield f"{name}: {too_long(cell, column.longest)}"
        else:
            try:
                _value(cell, column)
            except ValueError:
                yield f"{name}: {cell[:60]!r} cannot be read: {_remedy(column)}"


def too_long(text: str, longest: int) -> str:
    """What is said of a text that is longer than it may be."""
    return f"has {len(text):,} characters: write {longest:,} at most"


def _remedy(column: Column) -> str:
    if column.one_of:
        return f"write {', '.join(column.one_of[:-1])} or {column.one_of[-1]}"
    if column.refers_to:
        return f"write a {column.refers_to[1]} of {column.refers_to[0]}.csv"
    written = {"date": "a day as 2026-09-30", "boolean": "true or false", "bigint": "a whole number", "varchar": "a text"}
    return f"write {written.get(column.sql_type, 'a number as 1234.50')}"


def _value(cell: str | None, column: Column) -> Value:
    text = (cell or "").strip()
    if not text:
        return None
    readers: Mapping[str, Callable[[str], Value]] = {"date": _day, "boolean": _boolean, "bigint": _whole, "varchar": str}
    return readers.get(column.sql_type, _decimal)(text)


def _day(text: str) -> date:
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
        raise ValueError(text)
    return date.fromisoformat(text)


def _boolean(text: str) -> bool:
    if text.lower() not in {"true", "false"}:
        raise ValueError(text)
    return text.lower() == "true"


def _whole(text: str) -> int:
    number = int(text)
    if abs(number) >= 10**18:
        raise ValueError(text)
    return number


def _decimal(text: str) -> Decimal:
    try:
        number = Decimal(text)
    except InvalidOperation:
        raise ValueError(text) from None
    if not number.is_finite() or abs(number) >= 10**12:
        raise ValueError(text)
    return number


def _repeated(path: Path, table: Table, rows: Sequence[Row], lines: Sequence[int]) -> Iterator[str]:
    first: dict[tuple[Value, ...], int] = {}
    for row, line in zip(rows, lines, strict=True):
        key = tuple(row[name] for name in table.key)
        if table.folds_case:
            key = tuple(value.lower() if isinstance(value, str) else value for value in key)
        if table.key and key in first:
            yield f"{path}:{line}: {', '.join(table.key)}: the same as in line {first[key]}: leave one out"
        first.setdefault(key, line)


def _dangling(
    path: Path, column: str, refers_to: tuple[str, str], rows: Sequence[Row], lines: Sequence[int], known: set[Value]
) -> Iterator[str]:
    table, target = refers_to
    where = "the platforms" if table == "platforms" else f"{table}.csv"
    for row, line in zip(rows, lines, strict=True):
        if row[column] is not None and row[column] not in known:
            yield f"{path}:{line}: {column}: {where} has no {target} {str(row[column])[:60]!r}: {_offer(known, where, str(row[column]))}"


def _offer(known: set[Value], where: str, wanted: str) -> str:
    close = get_close_matches(wanted, [str(value) for value in known], n=1)
    return f"did you mean {close[0]}?" if close else f"add it to {where}" if where != "the platforms" else "see `groundswell init --like`"


def _place(fault: str) -> tuple[str, int]:
    found = re.match(r"(.*?):(\d+): ", fault)
    return (found[1], int(found[2])) if found else (fault, 0)
