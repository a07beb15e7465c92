"""The one place that opens DuckDB, and how much of the machine's memory it may take."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import duckdb
import polars as pl
from pydantic import ByteSize, TypeAdapter

BY_ITSELF = 0.8
"""The share of the machine's memory, or of its cgroup's, that DuckDB takes where nobody says how much."""
OF_DUCKDB = 0.75
"""DuckDB's share of what is allowed. The rest is Python's: Dagster, dbt and the score together."""
THREAD_BYTES = 256 * 2**20
"""What a thread needs to sort and to join: with less, fewer threads finish where more run out of memory."""


def opened(path: Path | None = None, *, read_only: bool = False, beside: Path | None = None) -> duckdb.DuckDBPyConnection:
    """A connection that keeps to the memory allowed and shows no progress bar; without a path to a database in memory.

    What has no room in memory goes to a folder next to the file, or to that next to `beside`, and is removed at the end.
    """
    connection = duckdb.connect(path or ":memory:", read_only=read_only)
    if beside is not None:
        connection.execute("set temp_directory = '" + f"{beside}.tmp".replace("'", "''") + "'")
    return bounded(connection)


def bounded(connection: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    """Sets how much the connection's DuckDB may take, for as long as it is open: memory, and no more threads than that feeds."""
    limit = _limit()
    ((threads,),) = connection.execute("select current_setting('threads')").fetchall()
    connection.execute(f"set enable_progress_bar = false; set memory_limit = '{limit}B'")
    if threads * THREAD_BYTES > limit:
        connection.execute(f"set threads = {max(limit // THREAD_BYTES, 1)}")
    return connection


def give_back(connection: duckdb.DuckDBPyConnection, kept: int) -> None:
    """Has DuckDB free what it holds of its files in memory, where that is more than `kept` bytes and nobody reads or writes them now."""
    ((held,),) = connection.execute("select sum(memory_usage_bytes) from duckdb_memory()").fetchall()
    if held > kept:
        with contextlib.suppress(duckdb.OutOfMemoryException):  # somebody does
            connection.execute(f"set memory_limit = '{kept}B'")
        connection.execute(f"set memory_limit = '{_limit()}B'")


@contextlib.contextmanager
def spared(connection: duckdb.DuckDBPyConnection, size: int) -> Iterator[None]:
    """Keeps DuckDB to one thread and to little more memory than the `size` in bytes of what it moves; by itself it fills what it may.

    A million posts of 263 MB: 0.6 GB instead of 1.4, and two thirds of the processor.
    """
    ((threads,),) = connection.execute("select current_setting('threads')").fetchall()
    connection.execute(f"set threads = 1; set memory_limit = '{min(THREAD_BYTES + size, _limit())}B'")
    try:
        yield
    finally:
        with connection.cursor() as other:  # for its own transaction may be one that failed
            other.execute(f"set threads = {threads}; set memory_limit = '{_limit()}B'")


def execute_over(connection: duckdb.DuckDBPyConnection, rows: pl.DataFrame, statement: str) -> None:
    """Executes a statement that reads `rows` by that name, and lets go of them.

    What is registered DuckDB keeps until the transaction ends, also when it is unregistered: of what is written in batches that is all.
    """
    rows = rows.to_arrow()
    connection.execute(statement)


def _limit() -> int:
    return int(allowed_bytes() * OF_DUCKDB)


def allowed_bytes() -> int:
    """What a night may take: as GROUNDSWELL_MEMORY says, or half of what there is."""
    told = os.environ.get("GROUNDSWELL_MEMORY")
    return TypeAdapter(ByteSize).validate_python(told) if told else machine_bytes() // 2


def own_bytes() -> int:
    """What of that is Python's."""
    return allowed_bytes() - _limit()


@cache
def machine_bytes() -> int:
    """The memory of the machine, or of the cgroup that this process is in, as DuckDB finds it."""
    with duckdb.connect() as connection:
        ((limit,),) = connection.execute("select current_setting('memory_limit')").fetchall()
    return int(TypeAdapter(ByteSize).validate_python(limit) / BY_ITSELF)
