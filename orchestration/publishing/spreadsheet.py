"""Answers as files for spreadsheets and programs: what others wrote is shown there and never runs."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any

import polars as pl
from polars import lit, when
from polars import selectors as cs

from orchestration.warehouse.landing import atomic

FORMULA = "^\\s*[=+\\-@\uff1d\uff0b\uff0d\uff20]|^[\\t\\r\\n]"
ROWS, LETTERS = 1_048_576, 32_767
"""What a sheet of Excel holds, and a cell of it."""
WIDEST = 60
FORMATS = {"date": "yyyy-mm-dd", "time": "yyyy-mm-dd hh:mm"}


def write_file(frame: pl.DataFrame, path: Path) -> None:
    """Writes an answer in the format that the file's name ends with, one of WRITERS; the file is there whole or not at all.

    Raises:
        ValueError: it does not fit the format, or cannot be written.
    """
    try:
        with atomic(path) as fresh:
            WRITERS[path.suffix.lower()](frame, fresh)
    except OSError as error:
        raise ValueError(f"{path} cannot be written: {error.strerror or error}") from None


def write_csv(frame: pl.DataFrame, file: Path | BytesIO) -> None:
    """Writes UTF-8 with its mark, so that Excel knows it; a text that may be taken for a formula gets an apostrophe in front.

    What may be one is the list of https://owasp.org/www-community/attacks/CSV_Injection. Raises ValueError where a column is no scalar.
    """
    for name, kind in frame.schema.items():
        if kind.is_nested():
            raise ValueError(
                f"column {name!r} is a list or a struct, which CSV cannot hold: make it a text, as array_to_string({name}, '; ')"
            )
    guarded = frame.with_columns(when(cs.string().str.contains(FORMULA)).then(lit("'") + cs.string()).otherwise(cs.string()).name.keep())
    guarded.write_csv(file, include_bom=True, line_terminator="\r\n", quote_style="non_numeric")


def write_xlsx(frame: pl.DataFrame, file: Path | BytesIO) -> None:
    """Writes one sheet with a header that stays in sight: numbers and dates as such, times in UTC, whatever is text as text.

    Raises:
        ValueError: a sheet of Excel has no room for so many rows.
    """
    if frame.height >= ROWS:
        raise ValueError(f"{frame.height:,} rows are more than a sheet holds ({ROWS - 1:,}): ask for fewer, or write .csv or .parquet")
    from openpyxl import Workbook  # takes a quarter of a second, for which every command would wait
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    book = Workbook(write_only=True)
    sheet = book.create_sheet("groundswell")
    sheet.freeze_panes = "A2"
    sheet.auto_filter.ref = f"A1:{get_column_letter(max(frame.width, 1))}{frame.height + 1}"
    for number, column in enumerate(frame.iter_columns(), 1):
        longest = max((len(str(value)) for value in column.head(1000)), default=0)
        sheet.column_dimensions[get_column_letter(number)].width = min(max(len(column.name), longest) + 2, WIDEST)
    header = [WriteOnlyCell(sheet, name) for name in frame.columns]
    for cell in header:
        cell.font = Font(bold=True)
    sheet.append(header)
    for row in frame.iter_rows():
        sheet.append(list(_cells(sheet, row)))
    book.save(file)


def _cells(sheet: Any, row: tuple[Any, ...]) -> Iterator[Any]:
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    for value in row:
        if isinstance(value, datetime):
            cell = WriteOnlyCell(sheet, value.astimezone(UTC).replace(tzinfo=None) if value.tzinfo else value)
            cell.number_format = FORMATS["time"]
        elif isinstance(value, str | list | dict):
            text = value if isinstance(value, str) else json.dumps(value, default=str, ensure_ascii=False)
            cell = WriteOnlyCell(sheet, ILLEGAL_CHARACTERS_RE.sub(" ", text)[:LETTERS])
            cell.data_type = "s"  # else what begins with = is a formula
        else:
            cell = WriteOnlyCell(sheet, float(value) if isinstance(value, Decimal) else value)
        yield cell


def _write_parquet(frame: pl.DataFrame, path: Path) -> None:
    frame.write_parquet(path)


WRITERS: Mapping[str, Callable[[pl.DataFrame, Path], None]] = {".csv": write_csv, ".xlsx": write_xlsx, ".parquet": _write_parquet}
"""By the ending of a file's name."""
