"""Tables that lie as Parquet, as publishing reads them: what Spark has built becomes the file that readers open."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb

from orchestration.warehouse.connections import opened
from orchestration.warehouse.warehouse import literal


@dataclass(frozen=True, slots=True)
class ParquetTables:
    """In the place of a `Warehouse` for `publish_file`. `files` of each table, by schema and name; DuckDB's scratch goes `beside`."""

    files: Mapping[tuple[str, str], Sequence[str]]
    beside: Path

    @contextmanager
    def connect(self, *, write: bool = False) -> Iterator[duckdb.DuckDBPyConnection]:
        """A database in memory with a view of each table; what is written there is lost, what is attached is not."""
        with opened(beside=self.beside) as connection:
            connection.execute("set timezone = 'UTC'")
            for (schema, table), files in self.files.items():
                listed = ", ".join(map(literal, files))
                connection.execute(f'create schema if not exists "{schema}"')
                connection.execute(f'create view "{schema}"."{table}" as from read_parquet([{listed}])')
            yield connection

    def tables(self, connection: duckdb.DuckDBPyConnection) -> list[tuple[str, str]]:
        """Schema and name of each."""
        return sorted(self.files)
