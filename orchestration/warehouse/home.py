"""The home's tables in the warehouse: raw_home, replaced each night."""

from __future__ import annotations

from collections.abc import Mapping

import duckdb

from orchestration.home.tables import TABLES, Home
from orchestration.warehouse.warehouse import Warehouse


def create_home_tables(connection: duckdb.DuckDBPyConnection) -> None:
    """Creates the tables that are not there yet, empty."""
    connection.execute("create schema if not exists raw_home")
    for name, table in TABLES.items():
        columns = ", ".join(f'"{column}" {kind.sql_type}' for column, kind in table.columns.items())
        connection.execute(f"create table if not exists raw_home.{name} ({columns})")


def load_home(warehouse: Warehouse, home: Home) -> Mapping[str, int]:
    """Replaces every table by what its file says, all in one transaction; returns their numbers of rows."""
    with warehouse.transaction() as connection:
        create_home_tables(connection)
        for name, table in TABLES.items():
            rows = [[row[column] for column in table.columns] for row in home.tables.get(name, ())]
            connection.execute(f"delete from raw_home.{name}")
            if rows:
                connection.executemany(f"insert into raw_home.{name} values ({', '.join('?' * len(table.columns))})", rows)
    return {name: len(home.tables.get(name, ())) for name in TABLES}
