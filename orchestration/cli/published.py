"""`groundswell sql`, `dashboard` and `report`: what is made of the published file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import duckdb
import typer

from orchestration.cli.options import AsJson
from orchestration.cli.spreadsheet import write_csv
from orchestration.cli.terminal import out, table, text
from orchestration.publishing.report.report import newest_night, write_report
from orchestration.publishing.superset.bundle import SAFE_URI, write_bundle
from orchestration.settings import Settings
from orchestration.warehouse.catalog import read_catalog
from orchestration.warehouse.manifest import prepared_manifest
from orchestration.warehouse.warehouse import open_published


def sql_command(
    query: str,
    csv: Annotated[Path | None, typer.Option(help="Write the answer to this file, for a spreadsheet.")] = None,
    as_json: AsJson = False,
) -> None:
    """Runs a query on the published file, read-only."""
    with open_published(Settings().published) as connection:
        try:
            answer = connection.sql(query)
            frame = None if answer is None else answer.pl()
        except duckdb.Error as error:
            raise ValueError(str(error)) from None
    if frame is None:
        raise ValueError("the query answers nothing: write one that begins with select, from or with")
    if csv:
        try:
            write_csv(frame, csv)
        except OSError as error:
            raise ValueError(f"{csv} cannot be written: {error.strerror or error}") from None
        out.print(f"{frame.height} rows: {csv}", markup=False, highlight=False, soft_wrap=True)
    elif as_json:
        typer.echo(json.dumps(frame.to_dicts(), default=str))
    else:
        out.print(table(frame.columns, [[text(value) for value in row] for row in frame.rows()]))


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
