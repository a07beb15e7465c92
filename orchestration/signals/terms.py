"""The terms to look for: read from the seed, checked, and compiled to patterns of folded text."""

from __future__ import annotations

import csv
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import polars as pl
from polars import col

KINDS = ("word", "hashtag", "handle", "domain")
TERMS = {name: pl.String() for name in ("brand_id", "product_id", "term", "kind", "exclusions", "contexts", "topic_id")}
PATTERNS = {"term_row": pl.UInt32(), "kind": pl.String(), "pattern": pl.String()}
TYPED = {0xFF03: "#", 0xFF20: "@", 0x2019: "'"}  # full-width hash and at sign, curly apostrophe
# The marks of an emoji make no letter.
EMOJI_MARK = r"[\u{FE00}-\u{FE0F}\u{20E3}]"
MARK = rf"[\p{{M}}--{EMOJI_MARK}]"


def load_terms(path: Path) -> pl.DataFrame:
    """The terms of a `brand_terms.csv`: columns brand_id, product_id, term, kind, exclusions, contexts; an empty cell is NULL.

    Raises ValueError, naming file and line, for a file that is no CSV in UTF-8, a missing column, a row of the wrong length, an empty
    brand or term, an unknown kind, a tag, handle or domain with white space, and a term that another line has already (folded alike:
    a term belongs to one brand).
    """
    seen: dict[tuple[str, str], int] = {}
    rows: list[dict[str, str | None]] = []
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file, strict=True)
        try:
            columns = [name for name in TERMS if name != "topic_id"]
            if missing := [name for name in columns if name not in (reader.fieldnames or ())]:
                raise ValueError(f"missing column {', '.join(missing)}")
            for cells in reader:
                if None in cells or None in cells.values():
                    raise ValueError(f"expected {len(reader.fieldnames or ())} cells")
                row = {name: cells[name].strip() for name in columns}
                key = _checked(row)
                if key in seen:
                    raise ValueError(f"{row['kind']} {row['term']!r} is a duplicate of line {seen[key]}")
                seen[key] = reader.line_num
                rows.append({name: value or None for name, value in row.items()})
        except (ValueError, csv.Error) as error:
            raise ValueError(f"{path}:{max(reader.reader.line_num, 1)}: {error}") from error
    return pl.DataFrame(rows, schema=TERMS)


def _checked(row: dict[str, str]) -> tuple[str, str]:
    """What makes a term unique: its kind and its pattern. Raises ValueError where the row is no term."""
    kind, term = row["kind"], row["term"]
    if not row["brand_id"]:
        raise ValueError("empty brand_id")
    if kind not in KINDS:
        raise ValueError(f"unknown kind {kind!r}: one of {', '.join(KINDS)}")
    pattern = _pattern(kind, term)
    name = pattern.strip("#@")
    if not name:
        raise ValueError("empty term")
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
