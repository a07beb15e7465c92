"""What a linear model reads in the parts of a text: hashed n-grams, valences and vectors of words, marks and lengths.

A model has weights for them as `Weights`. `scores` never builds a matrix of features: the weights of each word and n-gram are
summed over ranges. `training.matrices` builds the same features as a matrix, to learn the weights.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from orchestration.signals.words import AGAIN, TARGET, Ints, Range, Words, range_sums, running_sums

Floats = npt.NDArray[np.float64]
Hashes = npt.NDArray[np.uint64]

NEGATED_VALENCE = -0.74  # VADER's: "not good" is less bad than "good" is good
VALENCE_COLUMNS = 3  # positive, negative, and their difference bounded
MARK_COLUMNS = 4  # words with !, words with ?, length, words before the target
CHARACTERS = (3, 4, 5)  # bytes in a row, of words longer than three letters
_MIX = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xC2B2AE3D27D4EB4F), np.uint64(0x165667B19E3779F9)


@dataclass(frozen=True)
class Lexicon:
    """What is known of words: `row` numbers them, valences run from -4 to 4 (0 for most), vectors have a word per row (0 for some)."""

    row: dict[str, int]
    valences: npt.NDArray[np.float32]
    vectors: npt.NDArray[np.float32]

    @cached_property
    def has_vector(self) -> npt.NDArray[np.bool_]:
        """Of each row, whether its word has a vector."""
        return np.asarray(self.vectors.any(axis=1))

    def rows_of(self, words: Words) -> Ints:
        """Of each distinct word its row; the last one, which is empty, for a word that is not known."""
        none = len(self.valences) - 1
        return np.array([self.row.get(word, none) for word in words.distinct], dtype=np.int64)


@dataclass(frozen=True)
class Text:
    """Words with what the n-grams and the lexicon say of them."""

    words: Words
    lexicon: Lexicon

    @cached_property
    def lexicon_rows(self) -> Ints:
        """Of each distinct word, its row in the lexicon."""
        return self.lexicon.rows_of(self.words)

    @cached_property
    def vectors(self) -> npt.NDArray[np.float32]:
        """Of each distinct word its vector, and 1 where it has one."""
        rows = self.lexicon_rows
        return np.column_stack([self.lexicon.vectors[rows], self.lexicon.has_vector[rows]])

    @cached_property
    def valences(self) -> Floats:
        """Running sums over the words of their positive and their negative valence, as they are meant where they stand."""
        valence = self.lexicon.valences[self.lexicon_rows].astype(np.float64)[self.words.number]
        valence = np.where(self.words.negated, NEGATED_VALENCE * valence, valence)
        return running_sums(np.stack([np.maximum(valence, 0), np.maximum(-valence, 0)], axis=1))

    @cached_property
    def marks(self) -> Floats:
        """Running sums over the words of those with an exclamation mark and those with a question mark."""
        marks = [["!" in word, "?" in word] for word in self.words.distinct]
        return running_sums(np.array(marks, dtype=np.float64).reshape(-1, 2)[self.words.number])

    @cached_property
    def grams(self) -> tuple[Hashes, Hashes, Hashes]:
        """A number for each one, two and three words in a row, at the first of them; a negated word is another word."""
        named = [TARGET if word == AGAIN else word for word in self.words.distinct]
        own = np.array([zlib.crc32(word.encode("utf-8", "replace")) for word in named], dtype=np.uint64)[self.words.number]
        one = own * _MIX[0] + self.words.negated * _MIX[1]
        following = np.append(one, np.zeros(2, np.uint64))
        two = (one * _MIX[1]) ^ following[1:-1]
        return one, two, (two * _MIX[1]) ^ following[2:]

    @cached_property
    def character_grams(self) -> tuple[Hashes, Ints]:
        """A number for each run of CHARACTERS bytes of the distinct words in `<` and `>`, and which word it is of."""
        long = [number for number, word in enumerate(self.words.distinct) if len(word) > 3 and word[0].isalpha()]
        written = [f"<{self.words.distinct[number]}>".encode("utf-8", "replace") for number in long]
        sizes = np.array([len(word) for word in written], dtype=np.int64)
        word = np.repeat(np.array(long, dtype=np.int64), sizes)
        left = np.repeat(np.cumsum(sizes), sizes) - np.arange(sizes.sum())  # bytes of the word from here on
        letters = np.frombuffer(b"".join(written), np.uint8).astype(np.uint64)
        hashed, found, of = np.zeros(len(letters), np.uint64), list[Hashes](), list[Ints]()
        for size in range(1, max(CHARACTERS) + 1):
            hashed[: len(letters) - size + 1] = hashed[: len(letters) - size + 1] * _MIX[0] + letters[size - 1 :] + np.uint64(1)
            if size in CHARACTERS:
                found.append(hashed[left >= size])
                of.append(word[left >= size])
        return np.concatenate(found), np.concatenate(of)


def columns_of(grams: Hashes, salt: int, size: int) -> Ints:
    """The column of each n-gram, of `size` columns (a power of two)."""
    with np.errstate(over="ignore"):
        mixed = grams * _MIX[2] + np.uint64(salt) * _MIX[0]
        mixed ^= mixed >> np.uint64(31)
        return ((mixed * _MIX[1]) >> np.uint64(65 - size.bit_length())).astype(np.int64)


def gram_orders(part: str) -> tuple[int, ...]:
    """How many words in a row are looked at in a part."""
    return (1, 2, 3) if part == "all" else (1, 2)


def gram_counts(part: Range, orders: tuple[int, ...]) -> Floats:
    """How many n-grams each range has, at least one."""
    sizes = part[1] - part[0]
    return np.asarray(np.maximum(np.sum([np.maximum(sizes - order + 1, 0) for order in orders], axis=0), 1), dtype=np.float64)


def valence_features(text: Text, part: Range) -> Floats:
    """Columns: the positive and the negative valences of each range summed, and their difference, bounded as VADER bounds it."""
    sums = range_sums(text.valences, part)
    difference = sums[:, 0] - sums[:, 1]
    return np.column_stack([sums / 4, difference / np.sqrt(difference**2 + 15)])


def mark_features(text: Text, part: Range) -> Floats:
    """MARK_COLUMNS of each range."""
    before = text.words.parts["before"]
    return np.column_stack([range_sums(text.marks, part), (part[1] - part[0]) / 20, (before[1] - before[0]) / 20])


@dataclass(frozen=True)
class GramWeights:
    """Weights of hashed n-grams: `steps` (columns, k) times `scale` (k,). Whole numbers are summed faster than others, and exactly."""

    steps: npt.NDArray[np.int8]
    scale: npt.NDArray[np.float32]

    @classmethod
    def rounded(cls, weights: Floats) -> GramWeights:
        """The weights in 127 steps up and down."""
        scale = np.maximum(np.abs(weights).max(axis=0), 1e-9) / 127
        return cls(np.rint(weights / scale).astype(np.int8), scale.astype(np.float32))

    def steps_of(self, grams: Hashes, salt: int) -> npt.NDArray[np.int8]:
        """The steps (n, k) of each n-gram."""
        return self.steps.take(columns_of(grams, salt, len(self.steps)), axis=0)


@dataclass(frozen=True)
class Weights:
    """Of a linear model with k classes, for some parts.

    grams: for the hashed n-grams of all parts; characters: for those of characters, or none; vectors: (parts, dimensions, k);
    valences: (parts, VALENCE_COLUMNS, k); marks: (MARK_COLUMNS, k); signals: (m, k) for what another model said; bias: (k,).
    """

    parts: tuple[str, ...]
    grams: GramWeights
    characters: GramWeights | None
    vectors: Floats
    valences: Floats
    marks: Floats
    signals: Floats
    bias: Floats

    def scores(self, text: Text, signals: Floats | None = None) -> Floats:
        """Scores (n, k) of the texts."""
        scores = self.bias + mark_features(text, text.words.parts["all"]) @ self.marks
        for number, part in enumerate(self.parts):
            scores = scores + next(self._part_scores(text, number, [text.words.parts[part]]))
        return scores if signals is None else scores + signals @ self.signals

    def scores_of_parts(self, text: Text, parts: Sequence[str]) -> Floats:
        """Scores (n, parts * k), each part read as if it were a text of its own, by a model of whole texts."""
        ranges = [text.words.parts[part] for part in parts]
        marks = [self.bias + mark_features(text, part) @ self.marks for part in ranges]
        return np.hstack([mark + score for mark, score in zip(marks, self._part_scores(text, 0, ranges), strict=True)])

    def _part_scores(self, text: Text, number: int, ranges: Sequence[Range]) -> Iterator[Floats]:
        """Scores of each of the ranges by the weights of one part."""
        orders, classes = gram_orders(self.parts[number]), len(self.bias)
        grams = [running_sums(self.grams.steps_of(text.grams[n - 1], number * 10 + n)) for n in orders]
        word = running_sums(self._word_weights(text, number).take(text.words.number, axis=0))
        for first, last in ranges:
            summed = np.sum([range_sums(sums, (first, last - n + 1)) for n, sums in zip(orders, grams, strict=True)], axis=0)
            scores = summed * self.grams.scale / np.sqrt(gram_counts((first, last), orders))[:, None]
            sums = range_sums(word, (first, last))
            scores += sums[:, :classes] / np.maximum(sums[:, classes : classes + 1], 1)
            if self.characters is not None:
                scores += sums[:, classes + 1 : -1] / np.sqrt(np.maximum(sums[:, -1:], 1))
            yield np.asarray(scores + valence_features(text, (first, last)) @ self.valences[number])

    def _word_weights(self, text: Text, number: int) -> Floats:
        """Of each distinct word: scores of its vector, whether it has one, summed weights of its characters' grams, how many they are."""
        columns = [text.vectors[:, :-1] @ self.vectors[number].astype(np.float32), text.vectors[:, -1:]]
        if self.characters is not None:
            grams, word = text.character_grams
            weights = self.characters.steps_of(grams, 0) * self.characters.scale
            size = len(text.words.distinct)
            columns += [np.bincount(word, weights[:, k], size)[:, None] for k in range(weights.shape[1])]
            columns.append(np.bincount(word, minlength=size)[:, None])
        return np.hstack(columns).astype(np.float64)
