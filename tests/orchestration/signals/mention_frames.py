"""Mention frames from texts written with `[name]` for the mention asked about and `{name}` for one of another brand."""

from __future__ import annotations

import re
from collections.abc import Sequence

import polars as pl

SPAN = pl.Struct({"start": pl.Int32(), "end": pl.Int32()})
MENTIONS = {
    "mention_row": pl.UInt32(),
    "text": pl.String(),
    "span_start": pl.Int32(),
    "span_end": pl.Int32(),
    "brand_id": pl.String(),
    "other_spans": pl.List(SPAN),
    "opening": pl.String(),
    "media_type": pl.String(),
    "language": pl.String(),
}


def mention(marked: str, language: str | None = "en", media_type: str | None = None) -> tuple[object, ...]:
    """A row but for its number; a text without `[name]` has no span."""
    text, asked, others = "", None, []
    for piece in re.split(r"(\[[^]]*\]|\{[^}]*\})", marked):
        span = {"start": len(text), "end": len(text) + len(piece) - 2}
        if piece.startswith("["):
            asked = span
        elif piece.startswith("{"):
            others.append(span)
        text += piece[1:-1] if piece[:1] in ("[", "{") else piece
    start, end = (asked["start"], asked["end"]) if asked else (None, None)
    return text, start, end, "brand", others, text, media_type, language


def frame(rows: Sequence[tuple[object, ...]]) -> pl.DataFrame:
    """Mentions numbered in order."""
    return pl.DataFrame([(number, *row) for number, row in enumerate(rows)], schema=MENTIONS, orient="row")
