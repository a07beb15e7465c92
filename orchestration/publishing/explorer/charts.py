"""The explorer's charts: as wide as the window, and a point says what it is where the pointer is."""

from __future__ import annotations

import altair as alt
import polars as pl
from polars import col
from polars import selectors as cs

COLOURS = ["#3778c2", "#c4502d", "#2b8a5c", "#9a5bb0", "#8a7a1f", "#7a7f87", "#c2447f", "#1f8a95", "#6d6fd1"]
"""Each has a contrast of 3 or more on white and on the dark background."""
PEOPLE = 20
"""Of a ranking that are drawn; the table below has the others."""
LABEL = 28
EMBEDDED = {
    "embedOptions": {"renderer": "svg", "ast": True, "actions": {"export": True, "source": False, "compiled": False, "editor": False}}
}
"""Its words can be read aloud and found; its menu offers a picture, and not Vega's editor, which is elsewhere on the web."""
Chart = alt.Chart | alt.LayerChart


def intervals(ranked: pl.DataFrame) -> Chart:
    """One line a person, from the least to the most that they move, with a dot at what is to be expected."""
    people = ranked.head(PEOPLE).with_columns(label=pl.format("{}. {}", "rank", col("person").str.head(LABEL)))
    base = _base(people.select("label", "impact", "impact_low", "impact_high", "rank_low", "rank_high", "evidence_count")).encode(
        y=_names("label"),
        tooltip=[
            "label:N", *(alt.Tooltip(f"{name}:Q", format=",.2f") for name in ("impact", "impact_low", "impact_high")), "rank_low:Q",
            "rank_high:Q", "evidence_count:Q",
        ],
    )  # fmt: skip
    line = base.mark_rule(strokeWidth=3, opacity=0.5, color=COLOURS[0]).encode(
        x=alt.X("impact_low:Q", title="adoptions in 28 days"), x2="impact_high:Q"
    )
    return _sized(alt.LayerChart(layer=[line, base.mark_circle(size=70, opacity=1, color=COLOURS[0]).encode(x="impact:Q")]), people.height)


def weeks(voice: pl.DataFrame, value: str, title: str, form: str) -> Chart:
    """A line a brand, over the weeks."""
    line = _base(voice.select("week_start_date", "brand", value)).mark_line(point=True)
    return _sized(
        line.encode(
            x=_days("week_start_date"),
            y=alt.Y(f"{value}:Q", title=title, axis=alt.Axis(format=form)),
            color=_colour("brand"),
            tooltip=["brand:N", "week_start_date:N", alt.Tooltip(f"{value}:Q", format=form)],
        )
    )


def topics(counted: pl.DataFrame) -> Chart:
    """A bar a topic, with a tick where it stood in as many days before."""
    base = _base(counted.select("topic", "post_count", "post_count_before")).encode(
        y=_names("topic"), tooltip=["topic:N", "post_count:Q", "post_count_before:Q"]
    )
    bar = base.mark_bar(color=COLOURS[0]).encode(x=alt.X("post_count:Q", title="posts; mark: in as many days before"))
    tick = base.mark_tick(color=COLOURS[1], thickness=3, size=16).encode(x="post_count_before:Q")
    return _sized(alt.LayerChart(layer=[bar, tick]), counted.height)


def campaigns(results: pl.DataFrame) -> Chart:
    """A bar a campaign: the adoptions that would not have come without it."""
    once = results.unique("campaign_id", maintain_order=True, keep="first").select("campaign", "brand", "incremental_adoptions")
    bar = _base(once).mark_bar()
    return _sized(
        bar.encode(
            y=_names("campaign"),
            x=alt.X("incremental_adoptions:Q", title="incremental adoptions"),
            color=_colour("brand"),
            tooltip=["campaign:N", "brand:N", alt.Tooltip("incremental_adoptions:Q", format=",.1f")],
        ),
        once.height,
    )


def spoken(person_weeks: pl.DataFrame) -> Chart:
    """A bar a week: what a person said of brands and topics; pale of the week that is running."""
    bar = _base(person_weeks).mark_bar(color=COLOURS[0])
    return _sized(
        bar.encode(
            x=_days("week"),
            y=alt.Y("mentions:Q", title="mentions; pale: the running week so far"),
            opacity=alt.condition("datum.is_running", alt.value(0.4), alt.value(1)),
            tooltip=["week:N", "mentions:Q", "positive:Q", "negative:Q", "is_running:N"],
        )
    )


def _base(frame: pl.DataFrame) -> alt.Chart:
    return alt.Chart(alt.InlineData(values=frame.with_columns(cs.date().cast(str)).to_dicts()))


def _sized(chart: Chart, rows: int | None = None) -> Chart:
    sized: Chart = chart.properties(width="container", height=220 if rows is None else 22 * rows, usermeta=EMBEDDED)
    return sized


def _names(name: str) -> alt.Y:
    return alt.Y(f"{name}:N", sort=None, title=None, axis=alt.Axis(labelLimit=150))


def _days(name: str) -> alt.X:
    return alt.X(f"{name}:O", title=None, timeUnit="utcyearmonthdate", axis=alt.Axis(format="%-d %b", labelAngle=0, labelOverlap=True))


def _colour(by: str) -> alt.Color:
    return alt.Color(f"{by}:N", title=None, scale=alt.Scale(range=COLOURS), legend=alt.Legend(orient="bottom", columns=3))
