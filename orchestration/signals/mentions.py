"""Which brands, products and topics a post mentions, by the terms of the home, and where in its text."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import polars as pl
from polars import col

from orchestration.signals.matching import find_matches, sliced
from orchestration.signals.overlaps import in_context, longest, not_voided
from orchestration.signals.terms import TERMS, compile_terms

EXTRACTOR_VERSION = "terms-2"
MENTIONS = {
    "post_id": pl.String(),
    "brand_id": pl.String(),
    "product_id": pl.String(),
    "term": pl.String(),
    "term_kind": pl.String(),
    "span_start": pl.Int32(),
    "span_end": pl.Int32(),
    "matched_text": pl.String(),
    "extractor_version": pl.String(),
    "text_hash": pl.String(),
    "topic_id": pl.String(),
}
BATCH_BYTES = 32_000_000  # of text read at once: memory stays flat however many posts there are


def find_mentions(posts: pl.DataFrame, terms: pl.DataFrame) -> pl.DataFrame:
    """One row per span of a post's text that names a brand, product or topic, ordered by post and span; the columns of MENTIONS.

    posts: post_id, text, urls (list of the post's links; it and the text may be NULL). terms: the columns of TERMS, each of a brand
    (and product) or of a topic; exclusions and contexts are phrases, parted by |. A match that overlaps an exclusion of its term
    does not count; where a term has contexts, one of them has to stand in the post's text: a word keeps one sense in a text
    (Gale, Church and Yarowsky 1992, "One sense per discourse"). A missing column is all NULL.

    Spans are characters of the text, end exclusive. A domain that stands only in `urls` has a NULL span, once per post and term.
    Among overlapping matches the longest wins, whosever it is, then the first. `text_hash` is the text's SHA-256 in hexadecimal,
    as DuckDB's sha256().
    """
    terms = pl.concat([pl.DataFrame(schema=TERMS), terms], how="diagonal").select(*TERMS).with_row_index("term_row")
    patterns = compile_terms(terms)
    found = [_read(batch, terms, patterns) for batch in _batches(posts)] if patterns.height else []
    order = ["post_id", "span_start", "brand_id", "product_id", "topic_id", "term"]
    return pl.concat([pl.DataFrame(schema=MENTIONS), *found]).sort(order, nulls_last=True)


def _batches(posts: pl.DataFrame) -> Iterator[pl.DataFrame]:
    links = col("urls").list.eval(pl.element().str.len_bytes()).list.sum()
    batch = pl.sum_horizontal(col("text").str.len_bytes(), links).cast(pl.Int64).cum_sum() // BATCH_BYTES
    for part in posts.select("post_id", "text", "urls", batch=batch).partition_by("batch", maintain_order=True):
        yield part.with_row_index("post_row")


def _read(posts: pl.DataFrame, terms: pl.DataFrame, patterns: pl.DataFrame) -> pl.DataFrame:
    links = posts.select("post_row", text="urls", is_text=False).explode("text").unique(maintain_order=True)
    documents = pl.concat([posts.select("post_row", "text", is_text=True), links]).drop_nulls("text").with_row_index("document")
    chars, size = (length.cast(pl.Int64) for length in (col("text").str.len_chars(), col("text").str.len_bytes()))
    documents = documents.with_columns(document_at=chars.cum_sum() - chars, document_byte_at=size.cum_sum() - size)
    hits = find_matches(documents, patterns).join(documents.select("document", "post_row"), on="document")
    matches = in_context(not_voided(hits), hits, terms).drop("post_row").join(terms.drop("kind"), on="term_row")
    matches = longest(matches).join(documents, on="document").sort("start")
    in_text = matches.filter("is_text")
    in_links = matches.filter(~col("is_text")).unique(["post_row", "term_row"], keep="first", maintain_order=True)
    in_links = in_links.join(in_text, on=["post_row", "brand_id", "product_id", "topic_id", "kind"], how="anti", nulls_equal=True)
    found = pl.concat([in_text, in_links])
    posts = posts.join(found, on="post_row", how="semi")
    # Row by row: Polars' own hash may change with its version.
    hashes = [None if text is None else hashlib.sha256(text.encode()).hexdigest() for text in posts["text"]]
    posts = posts.select("post_row", "post_id", text_hash=pl.Series(hashes, dtype=pl.String))
    return found.join(posts, on="post_row").select(
        "post_id",
        "brand_id",
        "product_id",
        "term",
        term_kind="kind",
        span_start=pl.when("is_text").then(col("start") - col("document_at")).cast(pl.Int32),
        span_end=pl.when("is_text").then(col("end") - col("document_at")).cast(pl.Int32),
        matched_text=sliced("text", col("byte_start") - col("document_byte_at"), col("byte_end") - col("byte_start")),
        extractor_version=pl.lit(EXTRACTOR_VERSION),
        text_hash="text_hash",
        topic_id="topic_id",
    )
