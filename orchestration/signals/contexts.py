"""The surroundings of a mention, with signs in place of the mention asked about and of the other mentions in the same post."""

from __future__ import annotations

import polars as pl
from polars import col

from orchestration.signals.words import AGAIN, OTHER, SIGNS, TARGET

CONTEXTS = {"mention_row": pl.UInt32(), "context": pl.String()}
WINDOW = 250  # characters looked at on either side: articles and transcripts are not read whole
NAMED = 4  # letters that a name needs to be looked for once more; shorter ones stand in other words
SENTENCE_END = r"(?:[.!?…][\x22'\u{201D}\u{2019})\]]*\s|\n)\s*"
SPANS = pl.List(pl.Struct({"start": pl.Int64(), "end": pl.Int64()}))


def read_contexts(mentions: pl.DataFrame) -> pl.DataFrame:
    """One row per mention that has a span in its text, in order; the columns of CONTEXTS.

    mentions: mention_row, text, span_start, span_end (characters, end exclusive), other_spans (list of start and end, of the mentions
    of other brands). A context is the text up to WINDOW characters on either side, cut at the end of a sentence, or else of a word.
    """
    asked = mentions.select(
        col("mention_row").cast(pl.UInt32),
        col("text").cast(pl.String),
        col("other_spans").cast(SPANS),
        start=col("span_start").cast(pl.Int64),
        end=col("span_end").cast(pl.Int64),
    )
    in_text = (col("start") >= 0) & (col("start") < col("end")) & (col("end") <= col("text").str.len_chars())
    asked = _windows(asked.filter(in_text)).with_row_index("row")
    spans = _spans(asked).sort("row", "start", "end").with_columns(since=col("end").shift(1, fill_value=0).over("row"))
    pieces = spans.join(asked.select("row", "window"), on="row", how="left", maintain_order="left")
    between = col("window").str.slice("since", col("start") - col("since"))
    joined = pieces.group_by("row", maintain_order=True).agg(context=pl.concat_str(between, "sign").str.join())
    asked = asked.join(joined, on="row", how="left", maintain_order="left")
    name = col("name").str.to_lowercase()
    again = pl.when(name.str.len_chars() >= NAMED).then(name).otherwise(pl.lit(SIGNS))  # which never stand in a row
    context = col("context").str.to_lowercase().str.split(again).list.join(AGAIN)
    return asked.select("mention_row", context=context.str.replace_all(rf"[#@]\s*([{SIGNS}])", " $1")).cast(CONTEXTS)  # type: ignore[arg-type]


def _windows(asked: pl.DataFrame) -> pl.DataFrame:
    """Adds the window, the name as written in it, and how many characters of the window stand before it; spans count from the window on."""
    size = col("text").str.len_chars().cast(pl.Int64)
    first = pl.max_horizontal(col("start") - WINDOW, 0)
    before = col("text").str.slice(first, col("start") - first)
    whole_before = pl.coalesce(before.str.extract(rf"^(?s:.)*?{SENTENCE_END}((?s:.*))$"), before.str.extract(r"^\S*\s((?s:.*))$"), before)
    after = col("text").str.slice("end", WINDOW)
    whole_after = pl.coalesce(after.str.extract(rf"^((?s:.*){SENTENCE_END})"), after.str.extract(r"^((?s:.*)\s)\S*$"), after)
    asked = asked.with_columns(
        name=col("text").str.slice("start", col("end") - col("start")),
        before=pl.when(first > 0).then(whole_before).otherwise(before),
        after=pl.when(col("end") + WINDOW < size).then(whole_after).otherwise(after),
    )
    window = pl.concat_str("before", "name", "after").str.replace_all(f"[{SIGNS}]", " ")
    return asked.select(
        "mention_row", "other_spans", "name", "start", "end", window=window, lead=col("before").str.len_chars().cast(pl.Int64)
    )


def _spans(asked: pl.DataFrame) -> pl.DataFrame:
    """Rows (row, start, end, sign) in characters of the window, none overlapping: the target, the others, and the window's end."""
    size = col("window").str.len_chars().cast(pl.Int64)
    target_end = col("lead") + col("end") - col("start")
    target = asked.select("row", start="lead", end=target_end, sign=pl.lit(f" {TARGET} "))
    last = asked.select("row", start=size, end=size, sign=pl.lit(""))
    others = asked.select("row", "other_spans", "lead", size=size, shift=col("lead") - col("start"), target_end=target_end)
    others = others.explode("other_spans").unnest("other_spans").with_columns(col("start") + col("shift"), col("end") + col("shift"))
    others = others.filter(
        (col("start") >= 0)
        & (col("start") < col("end"))
        & (col("end") <= col("size"))
        & ((col("end") <= col("lead")) | (col("start") >= col("target_end")))
    ).sort("row", "start", "end")
    others = others.filter(col("start") >= col("end").cum_max().shift(1, fill_value=0).over("row"))
    return pl.concat([target, others.select("row", "start", "end", sign=pl.lit(f" {OTHER} ")), last])
