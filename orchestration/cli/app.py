"""The `groundswell` command. Exit codes: 0 all well, 1 not done, 2 wrong use, 3 published, but a source or a copy failed."""

from __future__ import annotations

import asyncio
import json
import shlex
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated, Any

import duckdb
import typer
from pydantic import ValidationError
from rich.markup import escape

from connectors import platforms
from connectors.extraction import Extraction
from connectors.http import Http
from connectors.settings import BrandTerms, SourceSettings, load_sources
from connectors.source import SourceError, Window
from orchestration.cli.demo import DemoRefused, run_demo
from orchestration.cli.influence import UnknownName, person_page, ranking, shortlisted, sureness
from orchestration.cli.influence_pages import show_ranking, show_shortlist, show_why
from orchestration.cli.people_review import accounts, can_ask, review_pairs
from orchestration.cli.sources import source_states
from orchestration.cli.spreadsheet import write_csv
from orchestration.cli.terminal import err, out, table, text
from orchestration.nightly.refresh import CopyFailed, RefreshFailed, SourceOutcome, refresh
from orchestration.publishing.report.report import newest_night, write_report
from orchestration.publishing.superset.bundle import SAFE_URI, write_bundle
from orchestration.scoring.nightly.people import decided, pairs
from orchestration.settings import DBT_PROJECT, ROOT, Night, Settings
from orchestration.warehouse.catalog import read_catalog
from orchestration.warehouse.lock import RefreshRunning
from orchestration.warehouse.warehouse import NotPublished, Warehouse, WarehouseBusy, open_published

PARTLY_DONE = 3
DEMO_BRAND = "Morrowbean"

app = typer.Typer(
    no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help="Who moves their peers, how sure we are, and why."
)
Brand = Annotated[str | None, typer.Option(help="A brand's id or name; over all by default.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for machines.")]


def main() -> None:
    """Runs the command; what goes wrong is said in a line, without a traceback."""
    try:
        app()
    except (
        SourceError,
        RefreshFailed,
        CopyFailed,
        RefreshRunning,
        WarehouseBusy,
        NotPublished,
        UnknownName,
        DemoRefused,
        ValueError,
    ) as error:
        for line in _sentences(error):
            err.print(f"[red]error:[/] {escape(line)}", highlight=False, soft_wrap=True)
        raise SystemExit(1) from None


@app.command("demo")
def demo_command() -> None:
    """Runs thirty nights of a simulated social web and two more, then shows who is ahead."""
    settings = Settings()
    outcomes = run_demo(settings, out)
    _show_outcomes(outcomes)
    with open_published(settings.published) as connection:
        shown = ranking(connection, DEMO_BRAND, 10)
        show_ranking(shown, DEMO_BRAND, sureness(connection, shown))
    first = shown["person_id"][0] if shown.height else "PERSON"
    out.print(
        f"\n[bold]Where it is[/]\n  people read    {_shown(settings.reports / 'latest.html')}"
        f"\n  BI tools open  {_shown(settings.published)}\n  Parquet        {_shown(settings.parquet / 'latest')}"
        f"\n  planted truth  {_shown(settings.folder / 'sandbox' / 'truth.ndjson')}"
        "\n\n[bold]Try next[/]"
        "\n  groundswell rank --brand Kestrel --limit 20"
        f"\n  groundswell why --brand {DEMO_BRAND} --person {shlex.quote(first)}"
        f"\n  groundswell shortlist --brand {DEMO_BRAND} --budget 5"
        '\n  groundswell sql "select channel_id, count(*) from fct_mentions join fct_posts using (post_id) group by 1"'
        "\n  groundswell sources",
        highlight=False,
        soft_wrap=True,
    )
    _exit(outcomes)


@app.command("refresh")
def refresh_command(
    night: Annotated[str | None, typer.Option("--date", metavar="YYYY-MM-DD", help="The night to refresh; yesterday's by default.")] = None,
    as_json: AsJson = False,
) -> None:
    """Extracts, builds, ranks and publishes one night."""
    settings = Settings()
    now = settings.clock()
    not_copied = ""
    try:
        outcomes = refresh(settings, Night(_date(night) if night else now.date() - timedelta(days=1), now), err if as_json else out)
    except CopyFailed as error:
        outcomes, not_copied = error.outcomes, str(error)
    if as_json:
        typer.echo(json.dumps([asdict(outcome) for outcome in outcomes]))
    else:
        _show_outcomes(outcomes)
        out.print(f"published {_shown(settings.published)}", highlight=False, soft_wrap=True)
    if not_copied:
        err.print(f"[red]the file is published, but:[/] {escape(not_copied)}", highlight=False, soft_wrap=True)
        raise typer.Exit(PARTLY_DONE)
    _exit(outcomes)


@app.command("rank")
def rank_command(
    brand: Brand = None,
    limit: Annotated[int, typer.Option(min=1, help="How many people.")] = 10,
    safe: Annotated[bool, typer.Option("--safe", help="Order by what is exceeded with 90 % certainty.")] = False,
    rate: Annotated[bool, typer.Option("--rate", help="Order by adoptions per person reached.")] = False,
    population: Annotated[str, typer.Option(help="public, or who is ranked apart: brand, media, bot, employee.")] = "public",
    as_json: AsJson = False,
) -> None:
    """Shows whose words move most peers, and how sure that is, from the published file."""
    if safe and rate:
        raise ValueError("--safe and --rate are two orders: choose one")
    order = "safe_rank" if safe else "rate_rank" if rate else "rank"
    with open_published(Settings().published) as connection:
        frame = ranking(connection, brand, limit, order, population)
        sure = sureness(connection, frame)
    if as_json:
        typer.echo(json.dumps(frame.to_dicts(), default=str))
    else:
        show_ranking(frame, brand, sure, order)


@app.command("why")
def why_command(
    person: Annotated[str, typer.Option(help="A person's or account's id, handle or name.")], brand: Brand = None, as_json: AsJson = False
) -> None:
    """Shows what a person's rank is made of: parts, what is expected of peers, and the adoptions behind it."""
    with open_published(Settings().published) as connection:
        page = person_page(connection, person, brand)
    if as_json:
        typer.echo(json.dumps(page, default=str))
    else:
        show_why(page, brand)


@app.command("shortlist")
def shortlist_command(
    brand: Annotated[str, typer.Option(help="A brand's id or name.")],
    budget: Annotated[float, typer.Option(min=0, help="What all of them together may cost; without costs, how many people.")],
    cost_column: Annotated[
        str | None, typer.Option(help="What a person costs: a column of --costs, or of influencer_rankings, such as reach.")
    ] = None,
    costs: Annotated[
        Path | None, typer.Option(help="A CSV file with person_id and the cost column; who is missing is not for hire.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Shows the people who together reach the most different peers for a budget."""
    with open_published(Settings().published) as connection:
        frame = shortlisted(connection, brand, budget, cost_column, costs)
    if as_json:
        typer.echo(json.dumps(frame.to_dicts(), default=str))
    else:
        show_shortlist(frame, brand, has_costs=cost_column is not None)


@app.command("sql")
def sql_command(
    query: str,
    csv: Annotated[Path | None, typer.Option(help="Write the answer to this file, for a spreadsheet.")] = None,
    as_json: AsJson = False,
) -> None:
    """Runs a query on the published file, read-only."""
    with open_published(Settings().published) as connection:
        try:
            frame = connection.execute(query).pl()
        except duckdb.Error as error:
            raise ValueError(str(error)) from None
    if csv:
        write_csv(frame, csv)
        out.print(f"{frame.height} rows: {csv}", markup=False, highlight=False, soft_wrap=True)
    elif as_json:
        typer.echo(json.dumps(frame.to_dicts(), default=str))
    else:
        out.print(table(frame.columns, [[text(value) for value in row] for row in frame.rows()]))


@app.command("dashboard")
def dashboard_command(
    folder: Annotated[Path, typer.Argument(help="The folder to write.")] = Path("groundswell_superset"),
    uri: Annotated[str | None, typer.Option(help="Where Superset finds the database; this machine's published file by default.")] = None,
) -> None:
    """Writes the dashboard for Apache Superset, which its own import-directory reads; again, to bring it up to date."""
    published = Settings().published
    with open_published(published) as connection:
        charts = write_bundle(folder, connection, uri or SAFE_URI.format(path=published), read_catalog())
    out.print(f"{len(charts)} charts: superset import-directory --overwrite {folder}", markup=False, highlight=False, soft_wrap=True)


@app.command("report")
def report_command() -> None:
    """Writes the newest night as one HTML file: who moves their peers and why, who rose and fell, voice, reach, open questions."""
    settings = Settings()
    with open_published(settings.published) as connection:
        page = write_report(settings.reports, connection, newest_night(connection))
    typer.echo(str(page))


@app.command("people")
def people_command(
    review: Annotated[bool, typer.Option("--review", help="Look at pairs of accounts that may be one person, and decide.")] = False,
    as_json: AsJson = False,
) -> None:
    """Lists accounts that were joined to one person; with --review, pairs that wait for somebody to look."""
    with open_published(Settings().published) as connection:
        found = pairs(connection, "review" if review else "joined")
    if review:
        known = decided()
        found = [pair for pair in found if frozenset((pair.one.author_id, pair.other.author_id)) not in known]
    if as_json:
        typer.echo(json.dumps([asdict(pair) for pair in found]))
    elif review and can_ask():
        review_pairs(found, Settings().clock().date())
    else:
        columns = ["account", "", "other account", "", "sign", "sure"]
        out.print(table(columns, [[*accounts(pair), pair.method, f"{pair.confidence:.2f}"] for pair in found]))


@app.command("sources")
def sources_command(
    check: Annotated[bool, typer.Option("--check", help="Make one cheap request to each.")] = False, as_json: AsJson = False
) -> None:
    """Lists what this installation listens to, and how it went."""
    settings = Settings()
    settings.export()
    sources = load_sources(settings.sources, BrandTerms.from_seed(DBT_PROJECT / "seeds" / "brand_terms.csv"), platforms())
    states = source_states(Warehouse(settings.warehouse))
    answers = asyncio.run(_check_all(sources, settings)) if check else {}
    rows: list[dict[str, Any]] = []
    for source in sources:
        row = {
            "source": source.name,
            "platform": source.platform,
            "channel": platforms()[source.platform].channel,
            **states.get(source.name, {}),
        }
        rows.append(row | ({"answered": answers[source.name][0], "answer": answers[source.name][1]} if check else {}))
    if as_json:
        typer.echo(json.dumps(rows))
    else:
        columns = ["source", "platform", "channel", "row_count", "last_night", "last_status", "last_error", "cursor"]
        columns = ["source", "platform", "answered", "answer"] if check else columns
        out.print(table(columns, [[text(row.get(column), 60) for column in columns] for row in rows]))
    if any(not answered for answered, _ in answers.values()):
        raise typer.Exit(PARTLY_DONE)


async def _check_all(sources: Sequence[SourceSettings], settings: Settings) -> dict[str, tuple[bool, str]]:
    now = settings.clock()

    async def one(source: SourceSettings) -> tuple[bool, str]:
        platform = platforms()[source.platform]
        rate = source.limits.requests_per_second or platform.requests_per_second
        async with Http(source, requests_per_second=rate) as http:
            try:
                return True, await platform.check(Extraction(source, http, Window(now - timedelta(days=1), now)))
            except SourceError as error:
                return False, str(error)

    return dict(zip((source.name for source in sources), await asyncio.gather(*map(one, sources)), strict=True))


def _show_outcomes(outcomes: Sequence[SourceOutcome]) -> None:
    columns = ["source", "outcome", "records", "new", "gone", "rejected", "requests"]
    rows = [
        [o.source_name, o.status, *map(text, (o.record_count, o.new_count, o.tombstone_count, o.rejected_count, o.request_count))]
        for o in outcomes
    ]
    out.print(table(columns, rows))
    for outcome in outcomes:
        for note in outcome.notes:
            out.print(f"  {outcome.source_name}: {note}", markup=False, highlight=False, soft_wrap=True)
        if outcome.error:
            err.print(f"[red]{outcome.source_name} failed:[/] {escape(outcome.error)}", highlight=False, soft_wrap=True)


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"--date {text!r} is not a date: write YYYY-MM-DD") from None


def _shown(path: Any) -> str:
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)


def _sentences(error: Exception) -> list[str]:
    if isinstance(error, ValidationError):
        return [f"GROUNDSWELL_{str(detail['loc'][0]).upper()}: {detail['msg']}" for detail in error.errors()]
    return str(error).splitlines()


def _exit(outcomes: Sequence[SourceOutcome]) -> None:
    if any(outcome.status == "failed" for outcome in outcomes):
        raise typer.Exit(PARTLY_DONE)
