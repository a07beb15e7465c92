"""The words of many texts in one flat array, and the parts of each text around the mention that is asked about.

Every part of a text is a range of that array, so a sum over a part is a difference of two running sums, for all texts at once.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Range = tuple[Ints, Ints]  # first place, and the one after the last

TARGET, OTHER, AGAIN = "\ue000", "\ue001", "\ue002"  # signs: the mention asked about, one of another brand, the same brand once more
SIGNS = TARGET + OTHER + AGAIN
PARTS = ("all", "clause", "left", "right", "before", "after")
NEAR = 4  # words of `left` and `right`
CLAUSE = 12  # words of `clause` on either side, at most
NEGATED = 4  # words that a negation reaches

WORD = (
    rf"https?://\S+|www\.\S+|[{SIGNS}]|@\w+|#?\w+(?:'\w+)*|[:;=8][-o*']?[)\](\[dp/:}}{{@|\\]|<3|\.\.+|!+|\?+"
    r"|[^\w\s\u{FE0E}\u{FE0F}\u{200B}-\u{200F}]"
)
NEGATORS = frozenset(
    ("not", "no", "never", "none", "nobody", "nothing", "neither", "nor", "without", "hardly", "barely", "scarcely", "cannot", "cant")
) | frozenset(("dont", "wont", "didnt", "doesnt", "isnt", "aint", "wasnt"))
CONTRASTS = ("but", "however", "although", "though", "yet", "except", "while", "whereas", "unless")
STOPS = frozenset((".", ",", ";", ":", "!", "!!", "?", "??", "...", "\u2013", "\u2014", "|", *CONTRASTS))
SAID_OF_THE_TEXT = frozenset(("#not", "#sarcasm", "#irony"))  # hashtags that are more than their word
_REPEATED = re.compile(r"(\w)\1{2,}")


@dataclass(frozen=True)
class Words:
    """The words of n texts: `distinct` the different ones, `number` which of them stands where, text i from starts[i] to starts[i + 1]."""

    distinct: Sequence[str]
    number: Ints
    starts: Ints

    @classmethod
    def read(cls, texts: pl.Series) -> Words:
        """The words of each text, without case and in one spelling; see `canonical`."""
        lists = texts.str.to_lowercase().str.replace_all(r"[\u{2019}\u{B4}`]", "'").str.extract_all(WORD)
        counts = lists.list.len().to_numpy().astype(np.int64)
        flat = lists.explode(empty_as_null=False).alias("word")
        written = flat.unique(maintain_order=True)
        meant = pl.Series("meant", [canonical(word) for word in written], dtype=pl.String)
        distinct = meant.unique(maintain_order=True)
        numbers = pl.DataFrame({"meant": distinct}).with_row_index("number")
        spellings = pl.DataFrame({"word": written, "meant": meant}).join(numbers, on="meant", how="left", maintain_order="left")
        number = flat.to_frame().join(spellings, on="word", how="left", maintain_order="left")["number"]
        return cls(distinct.to_list(), number.to_numpy().astype(np.int64), np.append(0, np.cumsum(counts)))

    @cached_property
    def text_start(self) -> Ints:
        """Of each word, where its text starts."""
        return np.repeat(self.starts[:-1], np.diff(self.starts))

    def are(self, those: frozenset[str]) -> Bools:
        """Of each word, whether it is one of those."""
        return np.array([word in those for word in self.distinct], dtype=bool)[self.number]

    @cached_property
    def stops(self) -> Bools:
        """Of each word, whether a clause ends there."""
        return self.are(STOPS)

    @cached_property
    def negated(self) -> Bools:
        """Of each word, whether a negation stands up to NEGATED words before it in its clause."""
        at = np.arange(len(self.number))
        negator = np.array([word in NEGATORS or word.endswith("n't") for word in self.distinct], dtype=bool)[self.number]
        last_negator = _last_before(negator, at)
        last_stop = np.maximum(_last_before(self.stops, at), self.text_start - 1)
        return (last_negator > last_stop) & (at - last_negator <= NEGATED) & ~self.stops

    @cached_property
    def parts(self) -> dict[str, Range]:
        """The range of each of PARTS in each text; in a text without a target, `clause` is all of it and the others are empty."""
        starts, ends = self.starts[:-1], self.starts[1:]
        at = np.arange(len(self.number))
        target = _next_from(self.are(frozenset(TARGET)), at)[starts]
        has = target < ends
        target = np.where(has, target, starts)
        after = np.where(has, target + 1, starts)
        stop_before = np.append(np.maximum.accumulate(np.append(-1, np.where(self.stops, at, -1))), -1)[target]
        clause_from = np.maximum.reduce([starts, stop_before + 1, target - CLAUSE])
        clause_to = np.minimum.reduce([ends, _next_from(self.stops, at)[after], target + CLAUSE])
        return {
            "all": (starts, ends),
            "clause": (np.where(has, clause_from, starts), np.where(has, np.maximum(clause_to, clause_from), ends)),
            "left": (np.maximum(starts, target - NEAR), target),
            "right": (after, np.where(has, np.minimum(ends, after + NEAR), after)),
            "before": (starts, target),
            "after": (after, np.where(has, ends, after)),
        }


@lru_cache(maxsize=50_000)
def canonical(word: str) -> str:
    """The spelling that stands for a word of a text: links, users and numbers are all alike, a letter stands at most twice in a row."""
    if word[0] in "!?":
        return word[0] * min(len(word), 2)
    if word.startswith(("http://", "https://", "www.")):
        return "<url>"
    if word[0] == "@" and len(word) > 1:
        return "<user>"
    if word.isdigit():
        return "<number>"
    if word.startswith(".."):
        return "..."
    if word in SAID_OF_THE_TEXT:
        return word
    return _REPEATED.sub(r"\1\1", word.lstrip("#") or word)


def running_sums(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Row i is the sum of the first i rows; bytes are summed as whole numbers, of up to 16 million words."""
    sums = np.zeros((len(values) + 1, values.shape[1]), np.int32 if values.dtype == np.int8 else np.float64)
    np.cumsum(values, axis=0, dtype=sums.dtype, out=sums[1:])
    return sums


def range_sums(running: npt.NDArray[Any], part: Range) -> npt.NDArray[Any]:
    """The sum of each range, of running sums; an empty or reversed range gives zero."""
    first, last = part
    return np.asarray(running.take(np.maximum(first, last), axis=0) - running.take(first, axis=0))


def _last_before(those: Bools, at: Ints) -> Ints:
    """Of each place, the last one before it that is one of those; -1 for none."""
    return np.append(-1, np.maximum.accumulate(np.where(those, at, -1)))[:-1]


def _next_from(those: Bools, at: Ints) -> Ints:
    """Of each place, and of the one after the end, the first one from it on that is one of those; the number of places for none."""
    return np.minimum.accumulate(np.append(np.where(those, at, len(at)), len(at))[::-1])[::-1]
