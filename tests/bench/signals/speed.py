"""Posts and mentions per second, next to a plain Python loop with `re` and to VADER in the same run, and peak memory for two sizes.

Figures per second mean little on a shared machine; the ratios of one run do.
"""

from __future__ import annotations

import multiprocessing
import re
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import polars as pl
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from orchestration.signals.intent import read_intents
from orchestration.signals.language import read_languages
from orchestration.signals.mentions import find_mentions
from orchestration.signals.models import load_lexicon
from orchestration.signals.stance import read_stances
from orchestration.signals.terms import TERMS
from tests.bench.signals.stance import MENTIONS

PATTERNS = 10_000
WORDS = 20  # of a post
NAMED = 0.3  # of the posts mention a brand
SIZES = (50_000, 200_000)
LOOPED = 400  # posts that the plain loop reads: it is slow
SYLLABLES = ("ba", "ce", "di", "fo", "gu", "ka", "le", "mi", "no", "pu", "ra", "se", "ti", "vo", "wu", "za", "ni", "or", "el", "ax")


def names() -> list[str]:
    """PATTERNS made-up brand names, of four syllables."""
    numbers = np.random.default_rng(4).choice(len(SYLLABLES) ** 4, PATTERNS, replace=False)
    return ["".join(SYLLABLES[number // len(SYLLABLES) ** place % len(SYLLABLES)] for place in range(4)) for number in numbers]


def posts(count: int) -> pl.DataFrame:
    """Made-up posts of known words, as often as words are (Zipf), some of which name a brand."""
    random = np.random.default_rng(count)
    words = np.array([word for word in load_lexicon().row if word.isalpha()])
    often = 1 / np.arange(3, len(words) + 3)
    chosen = random.permutation(words)[random.choice(len(words), (count, WORDS), p=often / often.sum())]
    named = random.random(count) < NAMED
    chosen[named, 10] = np.array(names(), dtype=chosen.dtype)[random.integers(PATTERNS, size=int(named.sum()))]
    texts = pl.Series("text", [" ".join(row) for row in chosen], dtype=pl.String)
    numbered = pl.DataFrame({"text": texts}).with_row_index("post_id").with_columns(pl.col("post_id").cast(pl.String))
    return numbered.with_columns(urls=pl.lit(None, pl.List(pl.String)))


def terms() -> pl.DataFrame:
    """A term per name."""
    return pl.DataFrame([(name, None, name, "word", None, None, None) for name in names()], schema=TERMS, orient="row")


def mentions(count: int) -> pl.DataFrame:
    """A mention in each of made-up posts: the eleventh word."""
    texts = posts(count)["text"]
    start = texts.str.split(" ").list.head(10).list.join(" ").str.len_chars() + 1
    length = texts.str.split(" ").list.get(10).str.len_chars()
    frame = pl.DataFrame({"text": texts, "span_start": start, "span_end": start + length}).with_row_index("mention_row")
    frame = frame.with_columns(
        brand_id=pl.lit("b"),
        opening="text",
        other_spans=pl.lit([], MENTIONS["other_spans"]),
        media_type=pl.lit("text"),
        language=pl.lit("en"),
    )
    return frame.select(*MENTIONS).cast(MENTIONS)  # type: ignore[arg-type]


def speed_rows() -> list[tuple[str, float, str, float]]:
    """What is read, how much of it per second, against what, and how much of it that reads per second."""
    few, frame = posts(LOOPED), posts(SIZES[0])
    asked, all_terms = mentions(SIZES[0]), terms()
    for warm in (read_stances, read_intents):
        warm(asked.head(1))
    read_languages(few.head(1))
    pattern = re.compile(r"\b(?:" + "|".join(map(re.escape, names())) + r")\b", re.IGNORECASE)
    analyzer = SentimentIntensityAnalyzer()
    loop = _per_second(lambda: [[found.span() for found in pattern.finditer(text)] for text in few["text"]], few.height)
    vader = _per_second(lambda: [analyzer.polarity_scores(text) for text in frame["text"].head(2_000)], 2_000)
    return [
        (
            f"mention matching, {PATTERNS:,} patterns (posts)",
            _per_second(lambda: find_mentions(frame, all_terms), frame.height),
            "re",
            loop,
        ),
        ("stance (mentions)", _per_second(lambda: read_stances(asked), asked.height), "VADER", vader),
        ("intent (mentions)", _per_second(lambda: read_intents(asked), asked.height), "VADER", vader),
        ("language (posts)", _per_second(lambda: read_languages(frame.head(20_000)), 20_000), "", float("nan")),
    ]


def memory_rows() -> list[tuple[str, list[float]]]:
    """What is read, and the megabytes that reading takes at its peak beyond what the input takes, for each of SIZES; on Linux."""
    context = multiprocessing.get_context("spawn")
    rows = []
    for name in ("mention matching", "stance"):
        peaks = []
        for size in SIZES:
            with context.Pool(1) as pool:
                peaks.append(pool.apply(_peak, (name, size)))
        rows.append((name, peaks))
    return rows


def _peak(name: str, size: int) -> float:
    asked, all_terms = (mentions(size), None) if name == "stance" else (posts(size), terms())
    read_stances(mentions(1))
    Path("/proc/self/clear_refs").write_text("5")  # Linux: the peak counts anew from what is held now
    before = _resident("VmRSS")
    read_stances(asked) if all_terms is None else find_mentions(asked, all_terms)
    return _resident("VmHWM") - before


def _resident(field: str) -> float:
    """Megabytes that the process holds (VmRSS), or held at its peak (VmHWM)."""
    status = Path("/proc/self/status").read_text()
    return int(status.split(f"{field}:")[1].split()[0]) / 1024


def _per_second(read: Callable[[], object], count: int) -> float:
    started = time.perf_counter()
    read()
    return count / (time.perf_counter() - started)
