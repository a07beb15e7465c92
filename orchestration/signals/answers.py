"""Short answers that say what their author does with a thing that only the post above names: "You convinced me, I ordered one!"."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

import polars as pl
from polars import col

from orchestration.signals.adoption_times import ADOPTION_TIMES, read_adoption_times

EXTRACTOR_VERSION = "answers-1"
WORDS = Path(__file__).with_name("data") / "answers.toml"
CLASSES = ("bought", "owns", "plans_to_buy", "agrees")  # the first that a sentence has a phrase of counts
MOST = 200  # characters of an answer; longer ones name what they are about
ANSWERS = {"post_id": pl.String(), "said": pl.String(), "sentence": pl.String()} | {
    name: kind for name, kind in ADOPTION_TIMES.items() if name != "mention_row"
}
NO_WORDS = r"(?i)https?://\S+|@[\w.@-]+|[^\p{L}\p{M}\p{N}\s'+.!?…。！？,;:-]"  # noqa: RUF001
SENTENCE = r"[^.!?…。！？\n]+[.!?…。！？]*"  # noqa: RUF001
BETWEEN = r"[\s,;:-]*"


def read_answers(posts: pl.DataFrame) -> pl.DataFrame:
    """One row per post of which a sentence is such an answer, in order; the columns of ANSWERS.

    posts: post_id, text (may be NULL), said_at. said: one of CLASSES, of the first sentence that is one; `agrees` says of oneself what the
    post above says of its author. sentence: the post's text. The others: see `read_adoption_times`.
    """
    short = posts.filter(col("text").str.len_chars() <= MOST).with_row_index("row")
    words = col("text").str.to_lowercase().str.replace_all(r"[\u{2019}\u{B4}`]", "'").str.replace_all(NO_WORDS, " ")
    sentences = short.select("row", sentence=words.str.extract_all(SENTENCE)).explode("sentence").drop_nulls()
    sentences = sentences.filter(~col("sentence").str.contains("[?？]"))  # noqa: RUF001
    sentences = sentences.with_columns(col("sentence").str.strip_chars(" \t\r\n,;:.!…。！-")).filter(col("sentence") != "")  # noqa: RUF001
    found = [
        sentences.filter(col("sentence").str.contains(pattern)).with_columns(said=pl.lit(said), language=pl.lit(language))
        for language, patterns in _patterns().items()
        for said, pattern in zip(CLASSES, patterns, strict=True)
    ]
    order = col("said").replace_strict(CLASSES, range(len(CLASSES)), return_dtype=pl.Int32)
    first = pl.concat(found).with_columns(order=order).sort("row", "order", maintain_order=True).unique("row", maintain_order=True)
    answers = short.join(first, on="row", maintain_order="left").with_row_index("mention_row")
    timed = answers.select("mention_row", "said_at", "language", text="sentence", span_start=0, span_end=0)
    answers = answers.hstack(read_adoption_times(timed).drop("mention_row"))
    return answers.with_columns(sentence=col("text").str.replace_all(r"\s+", " ")).select(*ANSWERS).cast(ANSWERS)  # type: ignore[arg-type]


@cache
def _patterns() -> Mapping[str, Sequence[str]]:
    """Of each language one regular expression for each of CLASSES; they are long, and Rust reads them in linear time."""
    patterns: dict[str, list[str]] = {}
    for language, phrases in tomllib.loads(WORDS.read_text(encoding="utf-8")).items():
        edge = "" if language == "ja" else r"(?:$|[\s,;:-])"
        around = f"(?:(?:{'|'.join(phrases['words'])}){edge}{BETWEEN})*"
        patterns[language] = [f"^{around}(?:{'|'.join(phrases[said])}){edge}{BETWEEN}{around}$" for said in CLASSES]
    return patterns
