"""Answers as CSV that a spreadsheet can open: what others wrote is shown there and never runs."""

from __future__ import annotations

from pathlib import Path

import polars as pl
from polars import lit, when
from polars import selectors as cs

FORMULA = r"^\s*[=+\-@\x{FF1D}\x{FF0B}\x{FF0D}\x{FF20}]|^[\t\r\n]"


def write_csv(frame: pl.DataFrame, path: Path) -> None:
    """Writes UTF-8 with its mark, so that Excel knows it; a text that may be taken for a formula gets an apostrophe in front.

    What may be one is the list of https://owasp.org/www-community/attacks/CSV_Injection. Raises ValueError where a column is no scalar.
    """
    for name, kind in frame.schema.items():
        if kind.is_nested():
            raise ValueError(
                f"column {name!r} is a list or a struct, which CSV cannot hold: make it a text, as array_to_string({name}, '; ')"
            )
    guarded = frame.with_columns(when(cs.string().str.contains(FORMULA)).then(lit("'") + cs.string()).otherwise(cs.string()).name.keep())
    guarded.write_csv(path, include_bom=True, line_terminator="\r\n", quote_style="non_numeric")
