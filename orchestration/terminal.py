"""What the command line prints, and how: text from outside never drives the terminal."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

out, err = Console(file=sys.stdout), Console(file=sys.stderr)


def say(line: str) -> None:
    """Prints a line of markup; what comes from outside has to be escaped already."""
    out.print(line, highlight=False, soft_wrap=True)


def table(columns: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[str] = ()) -> Table:
    """A table of plain text; columns named in `right` are aligned there."""
    shown = Table(box=None, header_style="bold", pad_edge=False)
    for column in columns:
        shown.add_column(escape(column), overflow="fold", justify="right" if column in right else "left")
    for row in rows:
        shown.add_row(*map(escape, row))
    return shown


def text(value: Any, width: int = 200) -> str:
    """A cell's text, without the control characters that could drive a terminal."""
    if value is None:
        return ""
    written = f"{value:,.1f}" if isinstance(value, float) else str(value)
    written = "".join(letter if letter.isprintable() else " " for letter in written)
    return written if len(written) <= width else f"{written[: width - 1]}…"


def markup(value: Any, width: int = 200) -> str:
    """The same, safe inside markup."""
    return escape(text(value, width))
