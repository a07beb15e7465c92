"""Charts as SVG from numbers alone: they inherit the page's colours, need no script, and hold no text but what is read aloud."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import dropwhile, groupby

from markupsafe import Markup

from orchestration.publishing.report.figures import Series
from orchestration.publishing.report.texts import number

WIDTH, HEIGHT, EDGE = 120, 28, 3
Point = tuple[float, float]


def line(series: Series, named: str, *, lowest: float = 0.0, highest: float | None = None, digits: int = 0, scale: float = 1) -> Markup:
    """A sparkline, the oldest first, from `lowest` to the highest; `named` and the numbers, times `scale`, are what is read aloud."""
    values = _known(series)
    top = highest if highest is not None else max((value for value in values if value is not None), default=0.0)
    span = top - lowest or 1.0
    step = (WIDTH - 2 * EDGE) / max(len(values) - 1, 1)
    drawn = [
        None if value is None else (EDGE + step * place, HEIGHT - EDGE - (HEIGHT - 2 * EDGE) * (value - lowest) / span)
        for place, value in enumerate(values)
    ]
    nought = HEIGHT - EDGE - (HEIGHT - 2 * EDGE) * (0 - lowest) / span
    parts = [f'<path class="axis" d="M0 {nought:.1f}H{WIDTH}"/>']
    for run in _runs(drawn):
        parts.append(f'<path class="line" d="M{"L".join(f"{x:.1f} {y:.1f}" for x, y in run)}"/>')
    if drawn and (newest := drawn[-1]):
        parts.append(f'<circle class="dot" cx="{newest[0]:.1f}" cy="{newest[1]:.1f}" r="3"/>')
    return _svg("".join(parts), WIDTH, HEIGHT, f"{named}, oldest first: {_aloud(values, digits, scale)}", "spark")


def columns(series: Series, named: str, highest: float) -> Markup:
    """A column for each, the oldest first, up to what is the highest of all charts that stand beside; the newest in full colour."""
    values = _known(series)
    wide = WIDTH / max(len(values), 4)
    parts = [f'<path class="axis" d="M0 {HEIGHT - 0.5}H{WIDTH}"/>']
    for place, value in enumerate(values):
        if value:
            tall = max((HEIGHT - 1) * value / (highest or 1), 1)
            kind = "newest" if place == len(values) - 1 else "older"
            box = f'x="{wide * place + 1:.1f}" y="{HEIGHT - tall:.1f}" width="{wide - 2:.1f}" height="{tall:.1f}"'
            parts.append(f'<rect class="{kind}" {box}/>')
    return _svg("".join(parts), WIDTH, HEIGHT, f"{named}, oldest first: {_aloud(values)}", "columns")


def interval(low: float, value: float, high: float, highest: float) -> Markup:
    """A line from low to high with a dot at the value, where the scale ends at `highest`."""
    scale = (WIDTH - 2 * EDGE) / (highest or 1)
    left, dot, right = (EDGE + scale * min(max(part, 0), highest) for part in (low, value, high))
    parts = f'<path class="axis" d="M{EDGE} 7H{WIDTH - EDGE}"/><path class="range" d="M{left:.1f} 7H{right:.1f}"/>'
    named = f"{number(value, 2)}, between {number(low, 2)} and {number(high, 2)}"
    return _svg(f'{parts}<circle class="dot" cx="{dot:.1f}" cy="7" r="4"/>', WIDTH, 14, named, "interval")


def _known(series: Series) -> list[float | None]:
    """From the oldest that is known on."""
    return list(dropwhile(lambda value: value is None, reversed(series)))


def _runs(points: Sequence[Point | None]) -> Iterator[list[Point]]:
    """Points that stand beside each other, without those that are not known."""
    for is_known, run in groupby(points, key=lambda point: point is not None):
        found = [point for point in run if point is not None]
        if is_known and len(found) > 1:
            yield found


def _aloud(values: Series, digits: int = 0, scale: float = 1) -> str:
    return ", ".join("not known" if value is None else number(value * scale, digits) for value in values)


def _svg(parts: str, width: int, height: int, named: str, kind: str) -> Markup:
    # of the parts all is made here of numbers; what is read aloud is escaped
    opened = Markup('<svg class="{}" viewBox="0 0 {} {}" role="img" aria-label="{}">').format(kind, width, height, named)
    return opened + Markup(parts) + Markup("</svg>")  # noqa: S704
