"""`groundswell compare`: what changed between two periods, how sure that is, and who moved up."""

from __future__ import annotations

from typing import Annotated, Any

import polars as pl
import typer
from rich.markup import escape

from orchestration.cli.answers import Csv, Parquet, Xlsx, answer
from orchestration.cli.options import AsJson, Brand
from orchestration.cli.terminal import markup, out, say, table, text
from orchestration.publishing.names import told_apart
from orchestration.publishing.periods import SAID_AS, Period, period, within_held
from orchestration.publishing.questions import ask, question, why_empty
from orchestration.publishing.rankings import ranking
from orchestration.publishing.scopes import ALL, Only, Scope, scope
from orchestration.settings import Settings, WrongUse
from orchestration.warehouse.warehouse import open_published

QUESTION = "two-periods"
GROWING = ("reach", "engagement")
"""What a post has more of with every day: the newest posts have least."""
PLACES = 5
"""How many people are shown of a ranking."""


def compare_command(
    earlier: Annotated[str, typer.Argument(metavar="PERIOD", help=f"The period before: {SAID_AS}.")],
    later: Annotated[str, typer.Argument(metavar="PERIOD", help="The period after.")],
    brand: Brand = None,
    channel: Annotated[str | None, typer.Option(help="A channel's id or name: only what was said there.")] = None,
    csv: Csv = None,
    xlsx: Xlsx = None,
    parquet: Parquet = None,
    as_json: AsJson = False,
) -> None:
    """Shows what changed between two periods, brand by brand, what of it may be chance, and who stands first since."""
    before, now = period(earlier), period(later)
    if now.since <= before.until:
        raise WrongUse(f"{now.name} has to begin after {before.name} has ended")
    asked = question(QUESTION)
    with open_published(Settings().published) as connection:
        for one in (before, now):
            within_held(connection, one.since, one.until)
        values: dict[str, Any] = {
            "before_since": before.since,
            "before_until": before.until,
            "since": now.since,
            "until": now.until,
        }
        of = scope(connection, "brand", brand) if brand is not None else ALL
        if brand is not None:
            values["brand"] = of.id
        if channel is not None:
            values["channel"] = scope(connection, "channel", channel).id
        frame = ask(connection, asked, values)
        reason = why_empty(connection, asked) if frame.is_empty() else ""
        stood = ranking(connection, of, 10**9, only=Only(until=before.until))
        first = told_apart(connection, ranking(connection, of, PLACES, only=Only(until=now.until)))
    if reason:
        say(f"no answer: {escape(reason)}")

    def show() -> None:
        if not reason:
            show_figures(frame, before, now)
            show_places(stood, first, of)

    answer(frame, csv=csv, xlsx=xlsx, parquet=parquet, as_json=as_json, show=show)


def show_figures(frame: pl.DataFrame, before: Period, now: Period) -> None:
    """A table for each brand; what is beyond chance in bold."""
    shown = frame.row(0, named=True)
    for (brand,), rows in frame.group_by("brand", maintain_order=True):
        say(f"\n[bold]{markup(brand)}[/]")
        cells = [
            [row["figure"], *(_value(row, row[when]) for when in ("before", "now")), _change(row), _interval(row), _word(row)]
            for row in rows.iter_rows(named=True)
        ]
        headings = ("figure", "before", "now", "change", "90 %", "")
        out.print(table(headings, cells, right=headings[1:5]))
    say(
        f"before: {markup(before.name)}; now: {markup(now.name)}; change: of a share in points, of a sum in percent by the day; "
        "90 %: what the data leaves open, where people are what may come or stay away; "
        f"of {frame.height} figures about {frame.height / 10:.0f} are beyond it by chance alone. "
        "Reach and engagement of the newest posts still grow."
    )
    for asked, first, last in ((before, "before_since", "before_until"), (now, "since", "until")):
        if (shown[first], shown[last]) != (asked.since, asked.until):
            if shown[last] < shown[first]:
                say(f"{markup(asked.name)}: nothing is held of it")
            else:
                say(f"{markup(asked.name)}: held from {shown[first]} to {shown[last]}")


def show_places(earlier: pl.DataFrame, later: pl.DataFrame, of: Scope) -> None:
    """Who stands first at the end of the period, and where they stood at the end of the one before."""
    if earlier.is_empty() or later.is_empty() or earlier["as_of_date"][0] == later["as_of_date"][0]:
        say("No two nights are ranked at the ends of these periods: who rose cannot be told.")
        return
    stood = dict(earlier.select("person_id", "rank").rows())
    cells = [
        [str(row["rank"]), str(stood.get(row["person_id"], "-")), text(row["person"], 80), text(row["platform"]), f"{row['impact']:.2f}"]
        for row in later.iter_rows(named=True)
    ]
    say(f"\n[bold]Whose words move most peers: {markup(of.name)}[/]")
    headings = (str(later["as_of_date"][0]), str(earlier["as_of_date"][0]), "person", "platform", "impact")
    out.print(table(headings, cells, right=(*headings[:2], "impact")))


def _value(row: dict[str, Any], value: float | None) -> str:
    if value is None:
        return "-"
    if row["change_unit"] == "points":
        return f"{value:.1%}"
    return f"{value:,.0f}" if value == round(value) or abs(value) >= 1000 else f"{value:,.1f}"


def _points(row: dict[str, Any], value: float) -> str:
    return f"{100 * value:+.1f}" + ("" if row["change_unit"] == "points" else " %")


def _change(row: dict[str, Any]) -> str:
    return "-" if row["change"] is None else _points(row, row["change"])


def _interval(row: dict[str, Any]) -> str:
    return "-" if row["change_low"] is None else f"{_points(row, row['change_low'])} to {_points(row, row['change_high'])}"


def _word(row: dict[str, Any]) -> str:
    if row["change_low"] is None or not row["change"]:
        return ""
    if not row["is_certain"]:
        return "may be chance"
    if row["figure"] in GROWING and row["change"] < 0:
        return "less yet"
    return "more" if row["change"] > 0 else "less"
