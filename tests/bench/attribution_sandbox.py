"""`make bench-attribution ARGS=--sandbox`: orders of the sandbox, whose causes are planted; which model comes nearest to them."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import polars as pl
from polars import col
from rich.console import Console
from rich.table import Table

from orchestration.scoring.backtest import spearman
from orchestration.warehouse.warehouse import open_published
from tests.bench.score_sandbox import refresh

FIRST = 20
WHICH = {"all orders": "true", "orders of customers whose account is known": "person_id is not null"}


def compare(published: Path, truth: Path, which: str) -> pl.DataFrame:
    """One row per model: how near its credit of people is to the orders that they caused. `which`: a condition on fct_conversions."""
    rows = pl.read_ndjson(truth, infer_schema_length=None)
    accounts = rows.filter(col("kind") == "account").select("author_id", "person").drop_nulls().unique()
    orders = rows.filter(col("kind") == "order")
    with open_published(published) as connection:
        credits_of = connection.execute(
            f"""
            select conversion_id, model, author_id, sum(credit) as credit from fct_attribution
            where conversion_id in (select conversion_id from fct_conversions where {which}) group by all
            """
        ).pl()
    seen = orders.filter(col("order_id").is_in(credits_of["conversion_id"].unique().implode()))
    caused = seen.filter(col("caused_by").is_not_null()).group_by(person="caused_by").agg(planted=pl.len().cast(pl.Float64))
    named = credits_of.join(accounts, on="author_id").group_by("model", "person").agg(col("credit").sum())
    right = credits_of.join(accounts, on="author_id").join(
        seen.select(conversion_id="order_id", person="caused_by"), on=["conversion_id", "person"]
    )
    everybody = (
        accounts.select("person").unique().join(caused, on="person", how="left").sort("person").with_columns(col("planted").fill_null(0.0))
    )
    planted = everybody["planted"].to_numpy()
    first = set(everybody.sort("planted", "person", descending=[True, False])["person"].head(FIRST))
    found = []
    for (model,), frame in named.group_by("model", maintain_order=False):
        credited = everybody.join(frame, on="person", how="left").with_columns(col("credit").fill_null(0.0)).sort("person")
        order = credited.sort("credit", "person", descending=[True, False])["person"].head(FIRST)
        values = credited["credit"].to_numpy()
        found.append(
            {"model": str(model), "orders": seen.height, "caused": float(planted.sum()), "credited": float(values.sum()),
             "right": float(right.filter(col("model") == model)["credit"].sum()), "pearson": float(np.corrcoef(values, planted)[0, 1]),
             "spearman": spearman(values, planted), "overlap": len(first & set(order))}
        )  # fmt: skip
    return pl.DataFrame(found).sort("pearson", descending=True)


def measure_sandbox(console: Console) -> None:
    """Runs one night on the sandbox and prints the comparison."""
    with tempfile.TemporaryDirectory() as place:
        published, truth = refresh(Path(place))
        for title, which in WHICH.items():
            show(compare(published, truth, which), title, console)


def show(rows: pl.DataFrame, title: str, console: Console) -> None:
    """One line per model, the nearest first."""
    table = Table("model", "credited to people", "to the right one", "Pearson", "Spearman", f"of the first {FIRST}", box=None)
    for row in rows.to_dicts():
        table.title = f"{title}: {row['orders']}, of which {row['caused']:.0f} were caused by somebody"
        figures = (f"{row['credited']:.0f}", f"{row['right']:.0f}", f"{row['pearson']:.3f}", f"{row['spearman']:.3f}", f"{row['overlap']}")
        table.add_row(row["model"], *figures)
    console.print(table)
