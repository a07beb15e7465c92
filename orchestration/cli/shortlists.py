"""`groundswell shortlist`: the people who together reach most different peers for a budget."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import duckdb
import polars as pl
import typer
from polars import col

from orchestration.cli.options import AsJson
from orchestration.cli.terminal import markup, out, say, table, text
from orchestration.publishing.names import told_apart
from orchestration.publishing.rankings import audiences, ranking
from orchestration.publishing.scopes import scope
from orchestration.scoring.shortlist import shortlist
from orchestration.settings import Settings
from orchestration.warehouse.warehouse import open_published


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
        named = told_apart(connection, frame)
    if as_json:
        typer.echo(json.dumps(frame.to_dicts(), default=str))
    else:
        show_shortlist(named, brand, has_costs=cost_column is not None)


def shortlisted(
    connection: duckdb.DuckDBPyConnection, brand: str, budget: float, cost_column: str | None, costs: Path | None
) -> pl.DataFrame:
    """The picks for a budget, with names and ranks.

    Raises:
        ValueError: the costs cannot be read.
        UnknownName: there is no such brand.
    """
    ranked = ranking(connection, scope(connection, "brand", brand), 10**9)
    peers = audiences(connection, brand).join(ranked, on="person_id", how="semi")
    picks = shortlist(peers, _costs(ranked, cost_column, costs), budget)
    return picks.join(ranked.select("person_id", "person", "handle", "platform", "rank", "forecast", "as_of_date"), on="person_id").sort(
        "pick"
    )


def show_shortlist(frame: pl.DataFrame, brand: str, *, has_costs: bool) -> None:
    """The picks, what each adds, and what all reach."""
    if frame.is_empty():
        say(f"nobody with a known audience is ranked for {markup(brand)} within this budget")
        return
    say(f"\n[bold]Who together reaches most different peers: {markup(brand)}[/], as of {frame['as_of_date'][0]}")
    rows = [
        [
            str(row["pick"]), text(row["person"], 80), text(row["platform"]), str(row["rank"]), f"{row['audience']:,}",
            f"{row['new_peers']:,}", f"{row['overlap']:.0%}", f"{row['reached']:,}",
            *([f"{row['cost']:,.2f}", f"{row['spent']:,.2f}"] if has_costs else []),
            text(row["handle"], 40),
        ]
        for row in frame.to_dicts()
    ]  # fmt: skip
    columns = ["pick", "person", "platform", "rank", "peers", "new", "overlap", "together"]
    columns += [*(["cost", "spent"] if has_costs else []), "handle"]
    out.print(table(columns, rows, right=[name for name in columns if name not in ("person", "platform", "handle")]))
    say(
        f"{frame['reached'][-1]:,} different peers who have not adopted it yet; counted one by one they would be "
        f"{frame['audience'].sum():,}. Audiences that nobody can see are not in it. "
        "This is who reach most different people; who moves most: groundswell rank."
    )


def _costs(ranked: pl.DataFrame, cost_column: str | None, path: Path | None) -> pl.DataFrame:
    if cost_column is None and path is None:
        return ranked.select("person_id", cost=pl.lit(1.0))
    try:
        given = pl.read_csv(path) if path else ranked
    except (OSError, pl.exceptions.PolarsError) as error:
        raise ValueError(f"--costs {path}: {error}") from None
    column = cost_column or "cost"
    if not {"person_id", column} <= set(given.columns):
        raise ValueError(f"no column {column!r} beside person_id in {path or 'influencer_rankings'}: there are {', '.join(given.columns)}")
    if not given.schema[column].is_numeric():
        raise ValueError(f"the column {column!r} does not hold numbers")
    return given.select(col("person_id").cast(pl.String), cost=col(column).cast(pl.Float64)).filter(col("cost") > 0)
