"""Charts of the night: for the report as SVG that inherits the page's colours and needs no script, for Dagster as images."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from datetime import date
from typing import Any

import altair as alt
import vl_convert
from markupsafe import Markup

WIDTH = 560
COLOURS = ["#3778c2", "#c4502d", "#2b8a5c", "#9a5bb0", "#8a7a1f", "#7a7f87", "#c2447f", "#1f8a95", "#6d6fd1"]
"""Each has a contrast of 3 or more on white and on the dark background."""
Rows = Sequence[dict[str, Any]]


def intervals(rows: Rows, *, name: str, value: str, low: str, high: str, title: str) -> Markup:
    """One line per row, from low to high, with a dot at the value; in the order of the rows."""
    return _svg(_interval_chart(rows, name, value, low, high, title), 22 * len(rows) + 10)


def interval_image(rows: Rows, *, name: str, value: str, low: str, high: str, title: str) -> str:
    """The same as the address of a PNG that holds it."""
    return _png(_interval_chart(rows, name, value, low, high, title), 22 * len(rows) + 10)


def bar_image(rows: Rows, *, name: str, value: str, by: str, title: str) -> str:
    """One bar per row, coloured by `by`, as the address of a PNG that holds it."""
    chart = alt.Chart(_data(rows)).mark_bar().encode(
        y=alt.Y(f"{name}:N", sort=None, title=None, axis=alt.Axis(labelLimit=170)), x=alt.X(f"{value}:Q", title=title), color=_colour(by)
    )  # fmt: skip
    return _png(chart, 16 * len(rows) + 10)


def weeks(rows: Rows, *, value: str, by: str, title: str, form: str) -> Markup:
    """A line per `by`, over the weeks."""
    chart = alt.Chart(_data(rows)).mark_line(point=True).encode(
        x=_week(),
        y=alt.Y(f"{value}:Q", title=title, axis=alt.Axis(format=form)),
        color=_colour(by),
        strokeDash=alt.StrokeDash(f"{by}:N", legend=None),
    )  # fmt: skip
    return _svg(chart, 200)


def stacked_weeks(rows: Rows, *, value: str, by: str, title: str) -> Markup:
    """A bar per week, of one part per `by`."""
    chart = alt.Chart(_data(rows)).mark_bar().encode(
        x=_week(),
        y=alt.Y(f"sum({value}):Q", title=title),
        color=_colour(by),
    )  # fmt: skip
    return _svg(chart, 200)


def _interval_chart(rows: Rows, name: str, value: str, low: str, high: str, title: str) -> alt.LayerChart:
    base = alt.Chart(_data(rows)).encode(y=alt.Y(f"{name}:N", sort=None, title=None, axis=alt.Axis(labelLimit=170)))
    line = base.mark_rule(strokeWidth=3, opacity=0.5, color=COLOURS[0]).encode(x=alt.X(f"{low}:Q", title=title), x2=f"{high}:Q")
    dot = base.mark_circle(size=70, color=COLOURS[0], opacity=1).encode(x=f"{value}:Q")
    return alt.LayerChart(layer=[line, dot])


def _week() -> alt.X:
    return alt.X("week_start_date:O", title=None, timeUnit="utcyearmonthdate", axis=alt.Axis(format="%-d %b", labelAngle=0))


def _colour(by: str) -> alt.Color:
    return alt.Color(f"{by}:N", title=None, scale=alt.Scale(range=COLOURS), legend=alt.Legend(orient="bottom", columns=5))


def _data(rows: Rows) -> alt.InlineData:
    return alt.InlineData(values=[{name: str(value) if isinstance(value, date) else value for name, value in row.items()} for row in rows])


def _svg(chart: alt.Chart | alt.LayerChart, height: int) -> Markup:
    # vl-convert escapes the texts of its XML; what else it writes comes from here
    return Markup(vl_convert.vegalite_to_svg(_styled(chart, height, ink="currentColor", paper="transparent")))  # noqa: S704


def _png(chart: alt.Chart | alt.LayerChart, height: int) -> str:
    image = vl_convert.vegalite_to_png(_styled(chart, height, ink="#1c1e21", paper="#ffffff"))
    return f"data:image/png;base64,{b64encode(image).decode()}"


def _styled(chart: alt.Chart | alt.LayerChart, height: int, *, ink: str, paper: str) -> dict[str, Any]:
    styled: dict[str, Any] = (
        chart.properties(width=WIDTH, height=height, padding={"left": 30, "right": 10, "top": 5, "bottom": 5})
        .configure(background=paper, font="system-ui, sans-serif")
        .configure_axis(labelColor=ink, titleColor=ink, gridOpacity=0.25, domainColor="#888", tickColor="#888")
        .configure_legend(labelColor=ink)
        .configure_view(stroke=None)
        .to_dict()
    )
    return styled
