"""`groundswell sql`, `dashboard` and `report`: what is made of the published file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import duckdb
import typer

from orchestration.cli.answers import Csv, Parquet, Xlsx, answer
from orchestration.cli.options import AsJson
from orchestration.cli.terminal import out
from orchestration.publishing.report import periods
from orchestration.publishing.report.page import file_name, newest_night, write_report
from orchestration.publishing.report.printing import browser, print_page
from orchestration.publishing.scopes import scope
from orchestration.publishing.superset.bundle import SAFE_URI, write_bundle
from orchestration.settings import Settings, WrongUse
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
            if len(connection.extract_statements(query)) > 1:
                raise WrongUse("there are several statements: ask one at a time")
            found = connection.sql(query)
            frame = None if found is None else found.pl()
        except duckdb.Error as error:
            raise WrongUse(str(error)) from None
    if frame is None:
        raise WrongUse("the query answers nothing: write one that begins with select, from or with")
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


def report_command(
    period: Annotated[
        periods.Edition,
        typer.Option(
            help="night: the seven days to the newest night beside those before; week, month: the last of the calendar that is over."
        ),
    ] = periods.Edition.night,
    brand: Annotated[str | None, typer.Option(help="The brand whose page is named and printed; that of all brands by default.")] = None,
    pdf: Annotated[Path | None, typer.Option("--pdf", metavar="FILE", help="Print the page to a PDF, by the system's Chromium.")] = None,
) -> None:
    """Writes the pages of the report: what changed and what to do, who moves their peers and why, voice, questions, campaigns."""
    settings = Settings()
    if pdf and pdf.suffix.lower() != ".pdf":
        raise WrongUse(f"--pdf writes .pdf, and {pdf} ends otherwise: name it {pdf.with_suffix('.pdf')}")
    chromium = browser() if pdf else None
    if pdf and pdf.resolve().is_relative_to(settings.folder):
        raise WrongUse(
            f"{pdf} lies in {settings.folder}: a PDF is a copy of yours that `groundswell forget` cannot change; name a place outside"
        )
    with open_published(settings.published) as connection:
        brand_id = None if brand is None else scope(connection, "brand", brand).id
        night = newest_night(connection)
        page = write_report(settings.reports, connection, night, settings.timezone, edition=period)
    page = page.with_name(file_name(periods.period(period, night), brand_id))
    if pdf and chromium:
        print_page(page, pdf, chromium)
    typer.echo(str(pdf or page))
