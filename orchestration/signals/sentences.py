"""The sentence in which a mention stands, to show it in."""

from __future__ import annotations

import polars as pl

EXTRACTOR_VERSION = "sentences-2"
REACH = 150  # characters looked at on either side
QUOTES = r"[\x22'\u{201D}\u{2019})\]]*"
STOPS = r"[。\u{FF01}\u{FF1F}｡؟\u{6D4}।\n\r]"  # need no space behind them; a line ends a sentence too
LEAD = rf"(?s)^.*(?:[.!?…]{QUOTES}\s|{STOPS})\s*"
TAIL = rf"(?s)^(.*?(?:[.!?…]+{QUOTES}(?:\s|$)|{STOPS}|$))"


def sentence(before: pl.Expr, matched: pl.Expr, after: pl.Expr, speaker: pl.Expr | None = None) -> pl.Expr:
    """The sentence around what was matched, given the text before and after it, or at least REACH characters of each.

    White space is one space; a sentence that goes on beyond REACH loses its broken word there and gets dots. NULL where any of these
    is NULL. A speaker, where one is told, stands in front of it, as in a transcript.
    """
    near_before, near_after = before.str.tail(REACH), after.str.head(REACH)
    lead, tail = near_before.str.replace(LEAD, ""), near_after.str.extract(TAIL, 1)
    goes_on_before = (before.str.len_chars() > REACH) & (lead.str.len_chars() == REACH)
    goes_on_after = (after.str.len_chars() > REACH) & (tail.str.len_chars() == REACH)
    lead = pl.when(goes_on_before).then(pl.lit("…") + lead.str.replace(r"^\S{0,30}\s+", "")).otherwise(lead)
    tail = pl.when(goes_on_after).then(tail.str.replace(r"\s+\S{0,30}$", "") + pl.lit("…")).otherwise(tail)
    shown = (lead + matched + tail).str.replace_all(r"\s+", " ").str.strip_chars()
    if speaker is None:
        return shown
    label = speaker + pl.lit(":")
    return pl.when(shown.str.starts_with(label).not_()).then(label + pl.lit(" ") + shown).otherwise(shown)
