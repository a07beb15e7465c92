"""`groundswell sql`, `dashboard` and `report`: what is made of the published file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import duckdb
import typer

from orchestration.cli.answers import Csv, Parquet, Xlsx, answer
from orchestration.cli.options import AsJson
from orchestration.cli.terminal import out
from orchestration.publishing.report.report import newest_night, write_report
from orchestration.publishing.superset.bundle import SAFE_URI, write_bundle
from orchestration.settings import Settings
from orchestration.warehouse.catalog import read_catalog
from orchestration.warehouse.manifest import prepared_manifest
from orchestration.warehouse.warehouse import open_published


def sql_command(
    query: str,
    csv: Csv = None,
    xlsx: Xlsx = None,
    parquet: Parquet = None,
    as_json: AsJson = False,
) -> None:
    """Runs a query on the published file, read-only."""
    with open_published(Settings().published) as connection:
        try:
            found = connection.sql(query)
            frame = None if found is None else found.pl()
        except duckdb.Error as error:
            raise ValueError(str(error)) from None
    if frame is None:
        raise ValueError("the query answers nothing: write one that begins with select, from or with")
    answer(frame, csv=csv, xlsx=xlsx, parquet=parquet, as_json=as_json)


def dashboard_command(
    folder: Annotated[Path, typer.Argument(help="The folder to write.")] = Path("groundswell_superset"),
    uri: Annotated[str | None, typer.Option(help="Where Superset finds the database; this machine's published file by default.")] = None,
) -> None:
    """Writes the dashboard for Apache Superset, which its own import-directory reads; again, to bring it up to date."""
    settings = Settings()
    with open_published(settings.published) as connection:
        catalog = read_catalog(prepared_manifest(settings))
        charts = write_bundle(folder, connection, uri or SAFE_URI.format(path=settings.published), catalog)
    out.print(f"{len(charts)} charts: superset import-directory --overwrite {folder}", markup=False, highlight=False, soft_wrap=True)


def report_command() -> None:
    """Writes the newest night as one HTML file: who moves their peers and why, who rose and fell, voice, reach, open questions."""
    settings = Settings()
    with open_published(settings.published) as connection:
        page = write_report(settings.reports, connection, newest_night(connection))
    typer.echo(str(page))
