"""An answer where the person wants it: in the terminal, as JSON for machines, or in a file."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated

import polars as pl
import typer
from rich.console import Console

from orchestration.cli.terminal import err, out, path_text, table, text
from orchestration.publishing.spreadsheet import write_file
from orchestration.settings import WrongUse

WIDEST = 60
"""Characters of a cell of an answer in a terminal; files and JSON have all."""
Csv = Annotated[Path | None, typer.Option("--csv", metavar="FILE.csv", help="Write the answer as CSV.")]
Xlsx = Annotated[Path | None, typer.Option("--xlsx", metavar="FILE.xlsx", help="Write the answer as an Excel file.")]
Parquet = Annotated[Path | None, typer.Option("--parquet", metavar="FILE.parquet", help="Write the answer as Parquet.")]


def answer(
    frame: pl.DataFrame,
    *,
    csv: Path | None = None,
    xlsx: Path | None = None,
    parquet: Path | None = None,
    as_json: bool = False,
    show: Callable[[], None] | None = None,
    total: int | None = None,
) -> None:
    """Writes the files that are asked for, else prints JSON, else shows it; `show`: how, where it is more than a table.

    `total`: how many rows there are, where a limit leaves some out: that is said.

    Raises:
        WrongUse: a file's name ends otherwise than its option says.
        ValueError: it cannot be written.
    """
    named = [(path, ending) for path, ending in ((csv, ".csv"), (xlsx, ".xlsx"), (parquet, ".parquet")) if path]
    for path, ending in named:
        if path.suffix.lower() != ending:
            raise WrongUse(f"--{ending[1:]} writes {ending}, and {path} ends otherwise: name it {path.with_suffix(ending)}")
    for path, _ in named:
        write_file(frame, path)
        of_all = "" if total in (None, frame.height) else f" of {total:,}, --limit {total} has all"
        out.print(f"{frame.height:,} rows{of_all}: {path_text(path.absolute())}", markup=False, highlight=False, soft_wrap=True)
    if named:
        return
    if as_json:
        typer.echo(json.dumps(frame.to_dicts(), default=str))
    elif show:
        show()
    else:
        show_frame(frame)
    if total not in (None, frame.height):
        err.print(f"{frame.height:,} of {total:,} rows; --limit {total} shows all", markup=False, highlight=False, soft_wrap=True)


def show_frame(frame: pl.DataFrame) -> None:
    """Prints a frame; what is wider than the terminal goes on below, column by column, with the rows numbered. A pipe gets one table."""
    columns = [[text(value, WIDEST) for value in column] for column in frame.iter_columns()]
    widths = [max(map(len, [name, *cells])) for name, cells in zip(frame.columns, columns, strict=True)]
    numbers = [name for name, kind in frame.schema.items() if kind.is_numeric()]
    blocks = _blocks(widths, out.width) if out.is_terminal else [range(len(widths))]
    for block in blocks:
        names = [frame.columns[place] for place in block]
        rows = [[columns[place][row] for place in block] for row in range(frame.height)]
        if len(blocks) > 1:
            names, rows = ["#", *names], [[str(number), *row] for number, row in enumerate(rows, 1)]
        shown = table(names, rows, right=["#", *numbers])
        wide = out if out.is_terminal else Console(file=out.file, width=max(sum(widths) + 2 * len(widths), 1))
        wide.print(shown)


def _blocks(widths: Sequence[int], room: int) -> list[Sequence[int]]:
    """Columns by place, as many together as fit beside a column of row numbers; all where all fit."""
    if sum(widths) + 2 * (len(widths) - 1) <= room:
        return [range(len(widths))]
    blocks: list[list[int]] = []
    left = 0
    for place, width in enumerate(widths):
        if not blocks or left < width + 2:
            blocks.append([])
            left = room - 5
        blocks[-1].append(place)
        left -= width + 2
    return list(blocks)
