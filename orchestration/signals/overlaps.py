"""Which matches count: those that no exclusion voids, in their context, and the longest of those that overlap."""

from __future__ import annotations

import polars as pl
from polars import col

from orchestration.signals.terms import KINDS, phrases_of


def not_voided(hits: pl.DataFrame) -> pl.DataFrame:
    """The matches of terms that no exclusion of their own term overlaps."""
    phrases = hits.filter(col("kind") == "exclusion").sort("start")
    phrases = phrases.select("term_row", phrase_start="start", phrases_end=col("end").cum_max().over("term_row"))
    matches = hits.filter(col("kind").is_in(KINDS)).with_columns(final=col("end") - 1).sort("final")
    matches = matches.join_asof(phrases, left_on="final", right_on="phrase_start", by="term_row", check_sortedness=False)
    return matches.filter(~(col("phrases_end") > col("start")).fill_null(False))


def in_context(matches: pl.DataFrame, hits: pl.DataFrame, terms: pl.DataFrame) -> pl.DataFrame:
    """The matches of terms that need no context, and those in a post that has one."""
    needs = pl.DataFrame(list(phrases_of(terms, "contexts")), schema={"term_row": pl.UInt32, "pattern": pl.String}, orient="row")
    matches = matches.drop("pattern")
    met = matches.select("term_row", "post_row").unique().join(needs, on="term_row")
    met = met.join(hits.filter(col("kind") == "context"), on=["post_row", "pattern"], how="semi").select("term_row", "post_row").unique()
    free = matches.join(needs, on="term_row", how="anti")
    return pl.concat([free, matches.join(needs, on="term_row", how="semi").join(met, on=["term_row", "post_row"], how="semi")])


def longest(matches: pl.DataFrame) -> pl.DataFrame:
    """The matches that remain when, of those that overlap, the longest is taken first, then the first in the text."""
    kind = col("kind").replace_strict(KINDS, range(len(KINDS)))
    order = (col("brand_id").is_null(), col("product_id").is_null(), kind, "brand_id", "product_id", "topic_id", "term")
    matches = matches.sort(order).unique(["start", "end"], keep="first", maintain_order=True).sort("start", "end")
    group = (col("start") >= col("end").cum_max().shift(1, fill_value=0)).cum_sum()
    matches = matches.with_columns(group=group).with_row_index("match")
    crowded = matches.filter(pl.len().over("group") > 1).sort(col("end") - col("start"), "start", descending=[True, False])
    # Row by row, since what a match may take depends on what all longer ones took. A match that overlaps a taken one has one of its
    # ends in it, because it is not the longer one.
    lost: list[int] = []
    taken = bytearray(matches.select(col("end").max()).item() or 0)
    for match, start, end in crowded.select("match", "start", "end").iter_rows():
        if taken[start] or taken[end - 1]:
            lost.append(match)
        else:
            taken[start:end] = b"\x01" * (end - start)
    return matches.filter(~col("match").is_in(lost)).drop("match", "group")
