"""The copy of the published tables in PostgreSQL: made equal to the published file, and searched."""

from __future__ import annotations

import polars as pl
import sqlalchemy as sa

from orchestration.privacy.redaction import Redactor
from orchestration.privacy.tables import hits
from orchestration.publishing.database import connected, publish_to_database
from orchestration.settings import Settings
from orchestration.warehouse.catalog import PUBLISHED_SCHEMAS, read_catalog
from orchestration.warehouse.connections import opened
from orchestration.warehouse.manifest import prepared_manifest

TEXTS = """
select table_schema, table_name, column_name from information_schema.columns
where table_schema = any (:schemas) and data_type in ('text', 'json', 'jsonb', 'character varying') order by 1, 2, ordinal_position
"""


TABLES = "select table_schema, table_name from information_schema.tables where table_schema = any (:schemas) and table_type = 'BASE TABLE'"
LOCK = "60s"
"""How long to wait for readers: each table is exchanged for a fresh one."""


def erase_copy(settings: Settings) -> None:
    """Makes the rows of every table those of the published file, and writes the tables anew: PostgreSQL keeps what was deleted.

    Raises:
        DatabaseNotWritten: it does not answer, or somebody reads a table for longer than LOCK.
    """
    if settings.database_url is None:
        return
    url = settings.database_url.get_secret_value()
    publish_to_database(url, settings.published, read_catalog(prepared_manifest(settings)))
    with connected(url) as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT")
        connection.execute(sa.text(f"set lock_timeout = '{LOCK}'"))
        quote = connection.dialect.identifier_preparer.quote_identifier
        for schema, table in connection.execute(sa.text(TABLES), {"schemas": list(PUBLISHED_SCHEMAS)}).all():
            connection.exec_driver_sql(f"vacuum (full, analyze) {quote(str(schema))}.{quote(str(table))}")


def found_in_copy(settings: Settings, redactor: Redactor) -> int:
    """How many cells of the database's published schemas hold something of the person, of tables that are no longer published, too."""
    if settings.database_url is None:
        return 0
    count = 0
    with connected(settings.database_url.get_secret_value()) as connection:
        columns: dict[tuple[str, str], list[str]] = {}
        for row in connection.execute(sa.text(TEXTS), {"schemas": list(PUBLISHED_SCHEMAS)}).all():
            schema, table, column = map(str, row)
            columns.setdefault((schema, table), []).append(column)
        for (schema, table), names in columns.items():
            listed = ", ".join(f'"{name}"::text' for name in names)
            rows = connection.execution_options(stream_results=True).execute(sa.text(f'select {listed} from "{schema}"."{table}"'))
            for part in rows.partitions(20_000):
                frame = pl.DataFrame([tuple(row) for row in part], schema=dict.fromkeys(names, pl.String()), orient="row")
                with opened() as memory:
                    memory.register("part", frame.to_arrow())
                    memory.execute(f'create schema if not exists "{schema}"; create table "{schema}"."{table}" as from part')
                    memory.unregister("part")
                    count += sum(hits(memory, redactor).values())
    return count
