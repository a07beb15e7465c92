"""The readers of markup in `connectors.markup` as functions of SQL, for dbt alone: a plugin that profiles.yml names.

A table holds what they answered and no call of them, so that every client can read it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import duckdb
import pyarrow as pa
from dbt.adapters.duckdb.plugins import BasePlugin
from duckdb.func import PythonUDFType

from connectors.markup.entities import resolved, unescaped
from connectors.markup.exported import exported_text, own_export
from connectors.markup.html import own_html
from connectors.markup.quotes import own_markdown, own_words
from orchestration.warehouse.connections import bounded

FUNCTIONS: dict[str, Callable[[str], str]] = {
    "resolved_entities": resolved,
    "unescaped": unescaped,
    "own_html": own_html,
    "own_markdown": own_markdown,
    "own_words": own_words,
    "own_export": own_export,
    "exported_text": exported_text,
}
"""By the name that macros/text.sql calls them by. A function that answers otherwise than before needs another name there: staging is built
anew where a macro has changed."""


def _by_batch(read: Callable[[str], str]) -> Callable[..., Any]:
    """Over Arrow: one call a batch takes half the time of one a row."""

    def batch(texts: pa.ChunkedArray) -> pa.Array:
        return pa.array([None if text is None else read(text) for text in texts.to_pylist()], pa.string())

    return batch


class Plugin(BasePlugin):
    """Registers FUNCTIONS at every connection that dbt opens, and bounds its memory."""

    def configure_connection(self, conn: duckdb.DuckDBPyConnection) -> None:
        """Adds the functions, which the connection's cursors have too, and keeps it to the memory allowed."""
        bounded(conn)
        for name, read in FUNCTIONS.items():
            conn.create_function(name, _by_batch(read), ["VARCHAR"], "VARCHAR", type=PythonUDFType.ARROW)


def remove_functions(connection: duckdb.DuckDBPyConnection) -> None:
    """Takes FUNCTIONS from the database of the connection that they were added by."""
    for name in FUNCTIONS:
        connection.remove_function(name)
