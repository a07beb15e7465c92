"""What the command line prints, and how: text from outside never drives the terminal."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

WHOLE = 10_000
"""Characters of a cell that is shown to its end: what a source answers, what the doctor finds."""
out, err = Console(file=sys.stdout), Console(file=sys.stderr)


def say(line: str) -> None:
    """Prints a line of markup; what comes from outside has to be escaped already."""
    out.print(line, highlight=False, soft_wrap=True)


def table(columns: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[str] = ()) -> Table:
    """A table of plain text; columns named in `right`, numbers, are aligned there and never broken."""
    shown = Table(box=None, header_style="bold", pad_edge=False)
    for column in columns:
        is_number = column in right
        shown.add_column(escape(column), overflow="fold", justify="right" if is_number else "left", no_wrap=is_number)
    for row in rows:
        shown.add_row(*map(escape, row))
    return shown


def text(value: Any, width: int = 200) -> str:
    """A cell's text, without the control characters that could drive a terminal."""
    if value is None:
        return ""
    written = _number(value) if isinstance(value, float) else str(value)
    written = "".join(letter if letter.isprintable() else " " for letter in written)
    return written if len(written) <= width else f"{written[: width - 1]}…"


def _number(value: float) -> str:
    """Three digits that mean something, whatever its size."""
    return f"{value:,.{1 if abs(value) >= 100 else 2 if abs(value) >= 1 else 3}f}"


def markup(value: Any, width: int = 200) -> str:
    """The same, safe inside markup."""
    return escape(text(value, width))


def path_text(path: Path) -> str:
    """A path, from where one stands where it lies within."""
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)
