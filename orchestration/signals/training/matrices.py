"""The features of `orchestration.signals.features` as a matrix, to learn weights for them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from orchestration.signals.features import (
    MARK_COLUMNS,
    VALENCE_COLUMNS,
    Floats,
    GramWeights,
    Text,
    Weights,
    columns_of,
    gram_counts,
    gram_orders,
    mark_features,
    valence_features,
)
from orchestration.signals.words import Ints, Range, range_sums, running_sums

Matrix: TypeAlias = Any  # scipy.sparse.csr_matrix: scipy has no types


@dataclass(frozen=True)
class Recipe:
    """Which features a model has, and how much its dense ones and those from another model weigh against its n-grams."""

    parts: tuple[str, ...]
    columns: int
    has_characters: bool
    dense_scale: float
    signal_scale: float = 0.0

    def matrix(self, text: Text, signals: Floats) -> tuple[Matrix, Floats]:
        """Of n texts the n-grams, (n, columns) or twice that, and the dense features, in the order that `weights` expects."""
        ranges = [text.words.parts[part] for part in self.parts]
        grams = _gram_matrix(text, self.parts, ranges, self.columns)
        dense = [block for part in ranges for block in (_mean_vectors(text, part), valence_features(text, part))]
        dense += [mark_features(text, text.words.parts["all"]), signals]
        if self.has_characters:
            grams = sp.hstack([grams, _character_matrix(text, self.columns)]).tocsr()
        return grams, np.hstack(dense)

    def scales(self, dense: npt.NDArray[np.floating[Any]], signal_count: int) -> tuple[Floats, Floats]:
        """Mean of each dense feature, and what it is to be multiplied by."""
        scale = np.full(dense.shape[1], self.dense_scale)
        scale[dense.shape[1] - signal_count :] = self.signal_scale
        deviation = dense.std(axis=0)
        return dense.mean(axis=0), np.where(deviation > 1e-9, scale / np.maximum(deviation, 1e-9), 0.0)

    def weights(self, coefficients: Floats, intercept: Floats, mean: Floats, scale: Floats, signal_count: int) -> Weights:
        """The model of coefficients (k, features) for n-grams and scaled dense features."""
        size = self.columns
        grams = GramWeights.rounded(coefficients[:, :size].T)
        characters = GramWeights.rounded(coefficients[:, size : 2 * size].T) if self.has_characters else None
        dense = (coefficients[:, -len(scale) :] * scale).T
        classes = dense.shape[1]
        by_part = dense[: len(dense) - MARK_COLUMNS - signal_count].reshape(len(self.parts), -1, classes)
        marks = dense[len(dense) - MARK_COLUMNS - signal_count : len(dense) - signal_count]
        return Weights(
            parts=self.parts,
            grams=grams,
            characters=characters,
            vectors=by_part[:, :-VALENCE_COLUMNS],
            valences=by_part[:, -VALENCE_COLUMNS:],
            marks=marks,
            signals=dense[len(dense) - signal_count :],
            bias=intercept - mean @ dense,
        )


def _places(part: Range, order: int) -> tuple[Ints, Ints]:
    """Every place where an n-gram of a range starts, and the number of the range."""
    first, last = part
    size = np.maximum(last - first - (order - 1), 0)
    row = np.repeat(np.arange(len(size)), size)
    return np.arange(size.sum()) - np.repeat(np.cumsum(size) - size, size) + np.repeat(first, size), row


def _gram_matrix(text: Text, parts: tuple[str, ...], ranges: list[Range], size: int) -> Matrix:
    rows, columns, values = [], [], []
    for number, (name, part) in enumerate(zip(parts, ranges, strict=True)):
        weight = 1 / np.sqrt(gram_counts(part, gram_orders(name)))
        for order in gram_orders(name):
            place, row = _places(part, order)
            rows.append(row)
            columns.append(columns_of(text.grams[order - 1][place], number * 10 + order, size))
            values.append(weight[row])
    shape = (len(text.words.starts) - 1, size)
    return sp.csr_matrix((np.concatenate(values), (np.concatenate(rows), np.concatenate(columns))), shape)


def _character_matrix(text: Text, size: int) -> Matrix:
    grams, word = text.character_grams
    of_words = sp.csr_matrix((np.ones(len(grams)), (word, columns_of(grams, 0, size))), (len(text.words.distinct), size))
    place, row = _places(text.words.parts["all"], 1)
    shape = (len(text.words.starts) - 1, len(text.words.distinct))
    counts = sp.csr_matrix((np.ones(len(place)), (row, text.words.number[place])), shape) @ of_words
    return sp.csr_matrix(sp.diags(1 / np.sqrt(np.maximum(np.asarray(counts.sum(axis=1)).ravel(), 1))) @ counts)


def _mean_vectors(text: Text, part: Range) -> Floats:
    sums = range_sums(running_sums(text.vectors.astype(np.float64)[text.words.number]), part)
    return np.asarray(sums[:, :-1] / np.maximum(sums[:, -1:], 1))
