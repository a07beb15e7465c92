"""What is read of a mention: its surroundings word by word, and as vectors the sentence that it stands in and the post's beginning."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from functools import cached_property

import numpy as np
import polars as pl
from polars import col

from orchestration.signals.contexts import read_contexts
from orchestration.signals.encoder import Vectors, encode
from orchestration.signals.features import Floats
from orchestration.signals.signs import signs_of
from orchestration.signals.words import AGAIN, OTHER, TARGET, Words

LANGUAGES = ("en", "de", "fr", "es", "pt", "it", "ja")
BATCH_MENTIONS = 10_000  # read at once: memory stays flat however many mentions there are
OPENING = 150  # characters of a post's first line
ENDS = (". ", "! ", "? ", "\n", "\u3002", "\uff01", "\uff1f")
NAMES = str.maketrans({TARGET: "xyz", AGAIN: "xyz", OTHER: "another"})  # what the encoder reads in place of a name


@dataclass(frozen=True)
class Passages:
    """Mentions that can be read: `rows` (mention_row), `contexts` with signs for names, `openings` likewise, `languages`, `media_types`."""

    rows: pl.Series
    contexts: pl.Series
    openings: pl.Series
    languages: pl.Series
    media_types: pl.Series

    @classmethod
    def of_contexts(cls, contexts: pl.Series, language: str | pl.Series) -> Passages:
        """Texts in which signs stand for names already; a text without a target is read whole."""
        languages = pl.repeat(language, len(contexts), eager=True) if isinstance(language, str) else language
        lower = contexts.str.to_lowercase()
        rows = pl.int_range(len(contexts), dtype=pl.UInt32, eager=True)
        return cls(rows, lower, lower.str.head(OPENING), languages, pl.repeat(None, len(contexts), dtype=pl.String, eager=True))

    @classmethod
    def joined(cls, parts: Iterable[Passages]) -> Passages:
        """Several as one."""
        parts = list(parts)
        return cls(*(pl.concat([getattr(part, field.name) for part in parts]) for field in fields(cls)))

    @cached_property
    def naming(self) -> list[str]:
        """Of each the sentence that names the target."""
        return [sentence_of(context) for context in self.contexts]

    @cached_property
    def sentences(self) -> Vectors:
        """Of each the vector of the sentence that names the target."""
        return encode([_plain(sentence) for sentence in self.naming])

    @cached_property
    def features(self) -> Floats:
        """Of each the vectors of sentence and opening, with a mean square of 1, and the signs of `signs`."""
        openings = encode([_plain(opening) for opening in self.openings])
        vectors = np.hstack([self.sentences, openings]) * np.sqrt(self.sentences.shape[1])
        return np.hstack([vectors, signs_of(Words.read(self.contexts))])


def read_passages(mentions: pl.DataFrame) -> Iterator[Passages]:
    """The mentions that have a span in a text of one of LANGUAGES, in order, BATCH_MENTIONS at once.

    mentions: mention_row (unique), text, span_start, span_end, other_spans (see `contexts`), opening (how the post begins), media_type,
    language.
    """
    readable = mentions.filter(col("language").is_in(LANGUAGES))
    for batch in readable.iter_slices(BATCH_MENTIONS):
        named = batch.select(
            "mention_row",
            "media_type",
            "language",
            opening=col("opening").fill_null("").str.split("\n").list.first().str.head(OPENING).str.to_lowercase(),
            name=col("text").str.slice("span_start", col("span_end") - col("span_start")).str.to_lowercase(),
        )
        found = read_contexts(batch).join(named, on="mention_row", how="left", maintain_order="left")
        openings = [opening.replace(name, TARGET) for opening, name in found.select("opening", "name").iter_rows()]
        yield Passages(
            found["mention_row"], found["context"], pl.Series("opening", openings, pl.String), found["language"], found["media_type"]
        )


def sentence_of(context: str) -> str:
    """The sentence of a context that its target stands in; all of it where there is no target."""
    at = context.find(TARGET)
    if at < 0:
        return context
    first = max(found + len(end) if (found := context.rfind(end, 0, at)) >= 0 else 0 for end in ENDS)
    last = min(found if (found := context.find(end, at)) >= 0 else len(context) for end in ENDS)
    return context[first : last + 1]


def _plain(text: str) -> str:
    return re.sub(r"\s+", " ", text.translate(NAMES)).strip() or "."
