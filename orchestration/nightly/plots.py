"""Plots for Dagster: addresses that hold an SVG, in colours that stand on light and on dark."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

WIDTH, LABELS, ROW = 620, 200, 22
INK, MARK, SOFT = "#6b7280", "#3778c2", "#9dbde3"
COLOURS = ("#3778c2", "#c4502d", "#2b8a5c", "#9a5bb0", "#8a7a1f", "#7a7f87")
Rows = Sequence[Mapping[str, Any]]


def interval_plot(rows: Rows, *, name: str, value: str, low: str, high: str, title: str) -> str:
    """One line per row, from low to high, with a dot at the value; in the order of the rows."""
    scale = _scale(max(row[high] for row in rows))
    drawn = Markup("").join(
        _label(place, row[name])
        + Markup('<path d="M{:.1f} {}H{:.1f}" stroke="{}" stroke-width="6"/><circle cx="{:.1f}" cy="{}" r="5" fill="{}"/>').format(
            LABELS + row[low] * scale, _middle(place), LABELS + row[high] * scale, SOFT, LABELS + row[value] * scale, _middle(place), MARK
        )
        + _amount(place, LABELS + row[high] * scale, f"{row[value]:,.1f}")
        for place, row in enumerate(rows)
    )
    return _address(drawn, len(rows), title)


def bar_plot(rows: Rows, *, name: str, value: str, by: str, title: str) -> str:
    """One bar per row, in a colour for each `by`, which the title tells."""
    scale = _scale(max(row[value] for row in rows))
    kinds = sorted({str(row[by]) for row in rows})
    drawn = Markup("").join(
        _label(place, row[name])
        + Markup('<rect x="{}" y="{}" width="{:.1f}" height="12" fill="{}"/>').format(
            LABELS, _middle(place) - 6, row[value] * scale, COLOURS[kinds.index(str(row[by])) % len(COLOURS)]
        )
        + _amount(place, LABELS + row[value] * scale, f"{row[value]:,}{'' if len(kinds) == 1 else f' {row[by]}'}")
        for place, row in enumerate(rows)
    )
    return _address(drawn, len(rows), title)


def _scale(most: float) -> float:
    return (WIDTH - LABELS - 110) / (most or 1)


def _middle(place: int) -> int:
    return ROW * place + ROW // 2 + ROW


def _label(place: int, text: object) -> Markup:
    return Markup('<text x="{}" y="{}" text-anchor="end">{}</text>').format(LABELS - 8, _middle(place) + 4, text)


def _amount(place: int, x: float, text: str) -> Markup:
    return Markup('<text x="{:.1f}" y="{}">{}</text>').format(x + 10, _middle(place) + 4, text)


def _address(drawn: Markup, count: int, title: str) -> str:
    plot = Markup(
        '<svg xmlns="http://www.w3.org/2000/svg" width="{0}" height="{1}" viewBox="0 0 {0} {1}" font-family="sans-serif" font-size="12" '
        'fill="{2}"><text x="{3}" y="14" font-weight="bold">{4}</text>{5}</svg>'
    ).format(WIDTH, ROW * (count + 1) + 6, INK, LABELS, title, drawn)
    return f"data:image/svg+xml;base64,{b64encode(plot.encode()).decode()}"
