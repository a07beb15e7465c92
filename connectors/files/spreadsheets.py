"""The tables in XLSX files, read as CSV is: cells as text, times without a zone as they stand there."""

from __future__ import annotations

import io
import re
import warnings
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time
from itertools import islice
from pathlib import Path
from typing import Any

from connectors.files.formats import FileError
from connectors.files.tables import Knows, Table

_LARGEST_PACKED = 64 * 2**20  # bytes
_LARGEST = 256 * 2**20  # bytes, unpacked
_LARGEST_RATIO = 200  # of unpacked to packed; a sheet of one repeated row packs to about a hundredth
_MOST_ROWS, _MOST_COLUMNS, _MOST_PARTS = 1_048_576, 512, 2_000
_HEADER_WITHIN = 30
_BROKEN = (
    zipfile.BadZipFile,
    KeyError,
    ValueError,
    TypeError,
    AttributeError,
    IndexError,
    SyntaxError,
    EOFError,
    zlib.error,
)
_ERROR = re.compile(r"#(?:N/A|REF!|VALUE!|DIV/0!|NAME\?|NULL!|NUM!)")


def xlsx_table(path: Path, knows: Knows) -> Table:
    """The first sheet whose header is known, else the first sheet. Raises FileError."""
    from openpyxl import load_workbook  # 0.4 s, which only a spreadsheet has to cost

    if path.stat().st_size > _LARGEST_PACKED:
        raise FileError(f"{path.name} is larger than {_LARGEST_PACKED} bytes: save it as CSV")
    packed = io.BytesIO(path.read_bytes())
    _complain_of_bomb(path, packed)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of styles and validations, which nothing is read from
            book = load_workbook(packed, read_only=True, data_only=True, keep_links=False)
        for sheet in book.worksheets:
            beginning = list(_rows(path, sheet, _HEADER_WITHIN))
            above = next((number for number, (_, cells) in enumerate(beginning) if knows(cells)), None)
            if above is not None:
                return _table(path, sheet, above)
        if book.worksheets:
            return _table(path, book.worksheets[0], 0)
    except _BROKEN as error:
        raise _broken(path, error) from None
    raise FileError(f"{path.name} has no sheet")


def _table(path: Path, sheet: Any, above: int) -> Table:
    rows = _rows(path, sheet)
    before = [cells for _, cells in islice(rows, above)]
    _, header = next(rows, ("", []))
    return Table(header, before, ((place, [*cells, *[""] * (len(header) - len(cells))]) for place, cells in rows))


def _stripped(cells: Sequence[str]) -> Sequence[str]:
    end = next((len(cells) - number for number, cell in enumerate(reversed(cells)) if cell), 0)
    return cells[:end]


def _rows(path: Path, sheet: Any, last: int = _MOST_ROWS) -> Iterator[tuple[str, Sequence[str]]]:
    try:
        for number, cells in enumerate(sheet.iter_rows(values_only=True, max_row=last, max_col=_MOST_COLUMNS), start=1):
            if cells.count(None) == len(cells):  # a million of them can stand above one far cell
                continue
            if texts := _stripped([_text(cell) for cell in cells]):
                yield f"row {number}", texts
    except _BROKEN as error:
        raise _broken(path, error) from None


def _text(cell: object) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):  # the shortest number that is this one, as the sheet shows it
        return str(int(cell)) if cell.is_integer() and abs(cell) < 2**53 else repr(cell)
    if isinstance(cell, (datetime, date, time)):
        return cell.isoformat()
    text = str(cell)
    return "" if _ERROR.fullmatch(text) else text


def _broken(path: Path, error: Exception) -> FileError:
    return FileError(f"{path.name} cannot be read as XLSX: {type(error).__name__}: {str(error)[:200]}")


def _complain_of_bomb(path: Path, packed: io.BytesIO) -> None:
    """Raises FileError where it unpacks to more than it may; unpacking proves that the sizes it tells are true."""
    try:
        with zipfile.ZipFile(packed) as package:
            parts = package.infolist()
            told = sum(part.file_size for part in parts)
            if len(parts) > _MOST_PARTS or told > _LARGEST or told > _LARGEST_RATIO * max(path.stat().st_size, 2**16):
                raise FileError(f"{path.name} unpacks to more than {_LARGEST} bytes or {_LARGEST_RATIO} times its size: save it as CSV")
            if bad := package.testzip():
                raise FileError(f"{path.name} is damaged: {bad[:80]} does not hold what it says")
    except (*_BROKEN, NotImplementedError, RuntimeError) as error:
        raise _broken(path, error) from None
