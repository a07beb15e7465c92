"""Disclosure on hand-written cases, and language next to what platforms declare."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
from polars import col

from orchestration.signals.disclosure import CLASSES, read_disclosures
from orchestration.signals.language import read_languages

CASES = Path(__file__).parents[2] / "orchestration" / "signals" / "disclosure_cases.csv"
BRANDS = ("kestrel",)  # those of the cases that are thanked in a tag
SHORT = 15  # characters of a text that says nothing of its language
NO_LANGUAGE = {"und", "zxx", "qme", "qht", "qam", "art"}


def disclosure_rows() -> list[tuple[str, float, float, int]]:
    """Class, precision, recall, cases."""
    cases = pl.read_csv(CASES, infer_schema=False).with_row_index("post_id")
    posts = cases.select(
        col("post_id").cast(pl.String),
        "text",
        urls=col("urls").str.split(" "),
        is_paid_partnership=col("is_paid_partnership") == "true",
        media_type=pl.lit(None, pl.String),
    )
    found = read_disclosures(posts, BRANDS)["disclosure_class"]
    expected = cases["expected_class"]
    rows = []
    for name in CLASSES:
        right = int(((found == name) & (expected == name)).sum())
        rows.append(
            (name, right / max(int((found == name).sum()), 1), right / int((expected == name).sum()), int((expected == name).sum()))
        )
    return rows


def language_figures(folder: Path) -> dict[str, float]:
    """Of recorded posts with a declared language: how many there are, the share named, and the share of those named as declared."""
    declared = {text: language for path in sorted(folder.glob("*/*.json")) for text, language in _posts(path)}
    posts = pl.DataFrame({"post_id": list(declared), "text": list(declared)})
    read = read_languages(posts).with_columns(declared=pl.Series(list(declared.values()), dtype=pl.String)).drop_nulls("language")
    agree = read.filter(col("language") == col("declared")).height
    return {"posts": len(declared), "named": read.height / max(len(declared), 1), "as declared": agree / max(read.height, 1)}


def _posts(path: Path) -> Iterator[tuple[str, str]]:
    try:
        waiting: list[Any] = [json.loads(path.read_bytes())]
    except ValueError:  # a recorded error page
        return
    while waiting:
        item = waiting.pop()
        if isinstance(item, list):
            waiting += item
        elif isinstance(item, dict):
            waiting += item.values()
            languages = [item.get("language"), *(item["langs"] if isinstance(item.get("langs"), list) else []), item.get("lang")]
            language = next((one for one in languages if isinstance(one, str)), None)
            text = item.get("content") or item.get("text") or item.get("full_text")
            if language and language not in NO_LANGUAGE and isinstance(text, str):
                plain = " ".join(re.sub(r"https?://\S+|@\S+|#\S+", " ", html.unescape(re.sub(r"<[^>]+>", " ", text))).split())
                if len(plain) >= SHORT:
                    yield plain, language.split("-")[0].lower()
