"""The terms to look for: checked, and compiled to patterns of folded text."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

import polars as pl
from polars import col

KINDS = ("word", "hashtag", "handle", "domain")
TERMS = {name: pl.String() for name in ("brand_id", "product_id", "term", "kind", "exclusions", "contexts", "topic_id")}
PATTERNS = {"term_row": pl.UInt32(), "kind": pl.String(), "pattern": pl.String()}
TYPED = {0xFF03: "#", 0xFF20: "@", 0x2019: "'"}  # full-width hash and at sign, curly apostrophe
# The marks of an emoji make no letter.
EMOJI_MARK = r"[\u{FE00}-\u{FE0F}\u{20E3}]"
MARK = rf"[\p{{M}}--{EMOJI_MARK}]"


def term_key(kind: str, term: str) -> tuple[str, str]:
    """What makes a term unique: its kind, and what is looked for in folded text.

    Raises:
        ValueError: it is no term.
    """
    pattern = _pattern(kind, term)
    name = pattern.strip("#@")
    if not name:
        raise ValueError(f"{term!r} holds nothing to look for")
    if unicodedata.category(name[0]).startswith("M"):
        raise ValueError(f"a term cannot begin with a mark that belongs to the letter before it: {term!r}")
    if kind != "word" and " " in pattern:
        raise ValueError(f"a {kind} has no spaces: {term!r}")
    return kind, pattern


def fold(text: str) -> str:
    """Canonically decomposed and case folded, white space one space: as texts and terms are compared."""
    if text.isspace():
        return " "
    return unicodedata.normalize("NFD", unicodedata.normalize("NFD", text.translate(TYPED)).casefold())


def _pattern(kind: str, term: str) -> str:
    """What is looked for in folded text; a tag or handle may be given with or without its sign."""
    folded = fold(" ".join(term.split()))
    sign = {"hashtag": "#", "handle": "@"}.get(kind)
    return sign + folded.lstrip(sign) if sign else folded


def compile_terms(terms: pl.DataFrame) -> pl.DataFrame:
    """One row per term, phrase that voids it (kind `exclusion`), and `context`: its pattern with the first and the last base character.

    Many terms may share a context: it stands there once and has no term_row.
    """
    rows = [(row, kind, _pattern(kind, term)) for row, kind, term in terms.select("term_row", "kind", "term").iter_rows()]
    rows += [(row, "exclusion", pattern) for row, pattern in phrases_of(terms, "exclusions")]
    rows += [(None, "context", pattern) for pattern in dict.fromkeys(pattern for _, pattern in phrases_of(terms, "contexts"))]
    return pl.DataFrame(rows, schema=PATTERNS, orient="row").with_columns(
        first=col("pattern").str.head(1),
        last=col("pattern").str.extract(rf"((?s:.)){MARK}*$"),
    )


def phrases_of(terms: pl.DataFrame, column: str) -> Iterator[tuple[int, str]]:
    """Row and pattern of each phrase in a column of exclusions or contexts."""
    for row, phrases in terms.select("term_row", column).drop_nulls().iter_rows():
        yield from ((row, _pattern("word", phrase)) for phrase in phrases.split("|") if phrase.strip())
