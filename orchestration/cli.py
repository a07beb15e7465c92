"""The `groundswell` command. Exit codes: 0 all well, 1 not done, 2 wrong use, 3 published, but a source failed."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, timedelta
from typing import Annotated, Any

import duckdb
import polars as pl
import typer
from pydantic import ValidationError
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from connectors.http import Http
from connectors.settings import BrandTerms, SourceSettings, load_sources
from connectors.source import Extraction, SourceError, Window
from orchestration.demo import DemoRefused, run_demo
from orchestration.people import Pair, decide, decided, pairs
from orchestration.reading import UnknownBrand, ranking, source_states
from orchestration.refresh import RefreshFailed, SourceOutcome, refresh
from orchestration.refresh_lock import RefreshRunning
from orchestration.settings import DBT_PROJECT, ROOT, Night, Settings
from orchestration.warehouse import NotPublished, Warehouse, WarehouseBusy, open_published

SOURCES_FAILED = 3
DEMO_BRAND = "Morrowbean"

app = typer.Typer(
    no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help="Who moves their peers, how sure we are, and why."
)
out, err = Console(file=sys.stdout), Console(file=sys.stderr)
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for machines.")]


def main() -> None:
    """Runs the command; what goes wrong is said in a line, without a traceback."""
    try:
        app()
    except (SourceError, RefreshFailed, RefreshRunning, WarehouseBusy, NotPublished, UnknownBrand, DemoRefused, ValueError) as error:
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
        _show_ranking(ranking(connection, DEMO_BRAND, 10), DEMO_BRAND)
    out.print(
        f"\n[bold]Where it is[/]\n  BI tools open  {_shown(settings.published)}\n  Parquet        {_shown(settings.parquet / 'latest')}"
        f"\n  planted truth  {_shown(settings.folder / 'sandbox' / 'truth.ndjson')}"
        "\n\n[bold]Try next[/]"
        "\n  groundswell rank --brand Kestrel --limit 20"
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
    outcomes = refresh(settings, Night(_date(night) if night else now.date() - timedelta(days=1), now), err if as_json else out)
    if as_json:
        typer.echo(json.dumps([asdict(outcome) for outcome in outcomes]))
    else:
        _show_outcomes(outcomes)
        out.print(f"published {_shown(settings.published)}", highlight=False, soft_wrap=True)
    _exit(outcomes)


@app.command("rank")
def rank_command(
    brand: Annotated[str | None, typer.Option(help="A brand's id or name; over all posts by default.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many people.")] = 10,
    as_json: AsJson = False,
) -> None:
    """Shows whom most peers answer to, from the published file."""
    with open_published(Settings().published) as connection:
        frame = ranking(connection, brand, limit)
    if as_json:
        typer.echo(json.dumps(frame.to_dicts(), default=str))
    else:
        _show_ranking(frame, brand)


@app.command("sql")
def sql_command(query: str, as_json: AsJson = False) -> None:
    """Runs a query on the published file, read-only."""
    with open_published(Settings().published) as connection:
        try:
            frame = connection.execute(query).pl()
        except duckdb.Error as error:
            raise ValueError(str(error)) from None
    if as_json:
        typer.echo(json.dumps(frame.to_dicts(), default=str))
    else:
        out.print(_table(frame.columns, [[_text(value) for value in row] for row in frame.rows()]))


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
    elif review and _can_ask():
        _review(found)
    else:
        columns = ["account", "", "other account", "", "sign", "sure"]
        out.print(_table(columns, [[*_account(pair), pair.method, f"{pair.confidence:.2f}"] for pair in found]))


def _can_ask() -> bool:
    return sys.stdin.isatty()


def _review(found: Sequence[Pair]) -> None:
    for number, pair in enumerate(found, 1):
        one, one_url, other, other_url = _account(pair)
        sign = f"{pair.method}, {pair.confidence:.2f}: {escape(_text(pair.evidence))}"
        out.print(f"\n[bold]{number} of {len(found)}[/]  {sign}", highlight=False)
        out.print(f"  {escape(one)}  {escape(one_url)}\n  {escape(other)}  {escape(other_url)}", highlight=False, soft_wrap=True)
        answer = typer.prompt("One person? [s]ame, [d]ifferent, [l]ater, [q]uit", default="l").strip().lower()[:1]
        if answer == "q":
            return
        if answer in ("s", "d"):
            decide(pair, "same" if answer == "s" else "different", Settings().clock().date())
    out.print("Decisions are in dbt_project/seeds/person_decisions.csv; the next night acts on them.")


def _account(pair: Pair) -> tuple[str, str, str, str]:
    one, other = (
        (f"{_text(account.name or account.handle or account.author_id, 30)} ({account.platform})", _text(account.url or account.handle, 60))
        for account in (pair.one, pair.other)
    )
    return (*one, *other)


@app.command("sources")
def sources_command(
    check: Annotated[bool, typer.Option("--check", help="Make one cheap request to each.")] = False, as_json: AsJson = False
) -> None:
    """Lists what this installation listens to, and how it went."""
    settings = Settings()
    sources = load_sources(settings.sources, BrandTerms.from_seed(DBT_PROJECT / "seeds" / "brand_terms.csv"))
    states = source_states(Warehouse(settings.warehouse))
    answers = asyncio.run(_check_all(sources, settings)) if check else {}
    rows: list[dict[str, Any]] = []
    for source in sources:
        row = {"source": source.name, "platform": source.platform, "channel": source.source.channel, **states.get(source.name, {})}
        rows.append(row | ({"answered": answers[source.name][0], "answer": answers[source.name][1]} if check else {}))
    if as_json:
        typer.echo(json.dumps(rows))
    else:
        columns = ["source", "platform", "channel", "row_count", "last_night", "last_status", "last_error", "cursor"]
        columns = ["source", "platform", "answered", "answer"] if check else columns
        out.print(_table(columns, [[_text(row.get(column), 60) for column in columns] for row in rows]))
    if any(not answered for answered, _ in answers.values()):
        raise typer.Exit(SOURCES_FAILED)


async def _check_all(sources: Sequence[SourceSettings], settings: Settings) -> dict[str, tuple[bool, str]]:
    now = settings.clock()

    async def one(source: SourceSettings) -> tuple[bool, str]:
        rate = source.limits.requests_per_second or source.source.requests_per_second
        async with Http(source, requests_per_second=rate) as http:
            try:
                return True, await source.source.check(Extraction(source, http, Window(now - timedelta(days=1), now)))
            except SourceError as error:
                return False, str(error)

    return dict(zip((source.name for source in sources), await asyncio.gather(*map(one, sources)), strict=True))


def _show_outcomes(outcomes: Sequence[SourceOutcome]) -> None:
    columns = ["source", "outcome", "records", "new", "gone", "rejected", "requests"]
    rows = [
        [o.source_name, o.status, *map(_text, (o.record_count, o.new_count, o.tombstone_count, o.rejected_count, o.request_count))]
        for o in outcomes
    ]
    out.print(_table(columns, rows))
    for outcome in outcomes:
        for note in outcome.notes:
            out.print(f"  {outcome.source_name}: {note}", markup=False, highlight=False, soft_wrap=True)
        if outcome.error:
            err.print(f"[red]{outcome.source_name} failed:[/] {escape(outcome.error)}", highlight=False, soft_wrap=True)


def _show_ranking(frame: pl.DataFrame, brand: str | None) -> None:
    if frame.is_empty():
        out.print(f"nobody was engaged with about {brand or 'anything'} in the last 90 days")
        return
    night = frame["as_of_date"][0]
    shown = frame.select("rank", "person", "platform", "engagers", "posts", "score", "handle")
    out.print(f"\n[bold]Whom most peers answer to: {escape(brand or 'all posts')}[/], as of {night}", highlight=False)
    out.print(_table(shown.columns, [[_text(value) for value in row] for row in shown.rows()]))


def _table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> Table:
    table = Table(box=None, header_style="bold", pad_edge=False)
    for column in columns:
        table.add_column(escape(column), overflow="fold")
    for row in rows:
        table.add_row(*map(escape, row))
    return table


def _text(value: Any, width: int = 200) -> str:
    """A cell's text, without the control characters that could drive a terminal."""
    if value is None:
        return ""
    text = f"{value:,.1f}" if isinstance(value, float) else str(value)
    text = "".join(letter if letter.isprintable() else " " for letter in text)
    return text if len(text) <= width else f"{text[: width - 1]}…"


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
        raise typer.Exit(SOURCES_FAILED)
