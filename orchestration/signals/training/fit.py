"""Learns the models: general sentiment of whole texts first, which then tells the models of stance and intent what each part says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import numpy.typing as npt
import polars as pl
import scipy.sparse as sp
from sklearn.linear_model import LogisticRegression

from orchestration.signals.features import Floats, Lexicon, Text, Weights
from orchestration.signals.training.labelled import Labels, Split
from orchestration.signals.training.matrices import Matrix, Recipe
from orchestration.signals.words import PARTS, Words

BATCH_TEXTS = 8_000
GENERAL = Recipe(parts=("all",), columns=1 << 18, has_characters=True, dense_scale=0.1)
STANCE = Recipe(parts=PARTS, columns=1 << 18, has_characters=False, dense_scale=0.03, signal_scale=0.3)
INTENT = Recipe(parts=PARTS, columns=1 << 16, has_characters=False, dense_scale=0.03, signal_scale=0.1)
DOMAINS = {"targeted_tweets": 0, "topics": 1, "restaurants": 2, "laptops": 2, "mentions": 3}  # sets of one register share a copy
POSTS = (0.5, 0.5, 0.0, 0.5)  # how much each copy of the features counts in posts, and in reviews
REVIEWS = (0.0, 0.0, 1.0, 0.0)


def learn_general(sets: Sequence[Split], lexicon: Lexicon) -> Weights:
    """Negative, neutral, positive of whole texts."""
    grams, dense = features(GENERAL, pl.concat([split.texts for split in sets]), lexicon, None)
    mean, scale = GENERAL.scales(dense, 0)
    x = joined(grams, dense, mean, scale)
    labels = np.concatenate([split.labels for split in sets])
    coefficients, intercept = _fit(x, labels, np.concatenate([balanced(split.labels) for split in sets]), c=1.0)
    return GENERAL.weights(coefficients, intercept, mean, scale, 0)


def learn_stance(sets: Mapping[str, Split], lexicon: Lexicon, general: Weights) -> dict[str, Weights]:
    """Negative, neutral, positive toward the target: one model for posts, one for reviews.

    Every feature stands once for all sets and once per domain (Daumé III 2007, "Frustratingly easy domain adaptation"), so that what
    the sets have in common is told from what is only theirs.
    """
    grams, dense = features(STANCE, pl.concat([split.texts for split in sets.values()]), lexicon, general)
    signals = 3 * len(PARTS)
    mean, scale = STANCE.scales(dense, signals)
    domain = np.concatenate([np.full(len(split.labels), DOMAINS[name]) for name, split in sets.items()])
    x = sp.hstack([joined(grams, dense, mean, scale), sp.csr_matrix(np.ones((len(domain), 1)))]).tocsr()
    copies = [sp.diags((domain == number).astype(np.float64)) @ x for number in range(len(POSTS))]
    labels = np.concatenate([split.labels for split in sets.values()])
    weights = np.concatenate([balanced(split.labels) for split in sets.values()])
    coefficients, intercept = _fit(sp.hstack([x, *copies]).tocsr(), labels, weights, c=0.3)
    shared, *own = np.split(coefficients, 1 + len(POSTS), axis=1)
    models = {}
    for name, mix in (("posts", POSTS), ("reviews", REVIEWS)):
        mixed = shared + sum(share * copy for share, copy in zip(mix, own, strict=True))
        models[name] = STANCE.weights(mixed[:, :-1], intercept + mixed[:, -1], mean, scale, signals)
    return models


def learn_intent(examples: Split, lexicon: Lexicon, general: Weights) -> dict[str, Weights]:
    """The classes of `labelled.INTENTS`: one model for all."""
    grams, dense = features(INTENT, examples.texts, lexicon, general)
    signals = 3 * len(PARTS)
    mean, scale = INTENT.scales(dense, signals)
    coefficients, intercept = _fit(joined(grams, dense, mean, scale), examples.labels, balanced(examples.labels), c=4.0)
    return {"posts": INTENT.weights(coefficients, intercept, mean, scale, signals)}


def balanced(labels: Labels) -> Floats:
    """Weights that give every class the same share of the rows."""
    classes, counts = np.unique(labels, return_counts=True)
    return np.asarray((len(labels) / len(classes) / counts)[np.searchsorted(classes, labels)])


def texts_of(texts: pl.Series, lexicon: Lexicon) -> Iterator[Text]:
    """The texts in batches, in order."""
    for first in range(0, len(texts), BATCH_TEXTS):
        yield Text(Words.read(texts[first : first + BATCH_TEXTS]), lexicon)


def features(recipe: Recipe, texts: pl.Series, lexicon: Lexicon, general: Weights | None) -> tuple[Matrix, npt.NDArray[np.float32]]:
    """The n-grams and the dense features of the texts, the latter with what the general model says of each part, if there is one."""
    grams, dense = [], []
    for text in texts_of(texts, lexicon):
        signals = np.zeros((len(text.words.starts) - 1, 0)) if general is None else general.scores_of_parts(text, PARTS)
        batch = recipe.matrix(text, signals)
        grams.append(batch[0].astype(np.float32))
        dense.append(batch[1].astype(np.float32))
    return sp.vstack(grams).tocsr(), np.vstack(dense)


def joined(grams: Matrix, dense: npt.NDArray[np.float32], mean: Floats, scale: Floats) -> Matrix:
    """Both kinds of features as one matrix, the dense ones scaled."""
    return sp.hstack([grams, sp.csr_matrix((dense - mean) * scale)]).tocsr()


def _fit(x: Matrix, labels: Labels, weights: Floats, c: float) -> tuple[Floats, Floats]:
    used = np.flatnonzero(x.getnnz(axis=0))
    model = LogisticRegression(C=c, max_iter=200).fit(x[:, used], labels, sample_weight=weights)
    coefficients = np.zeros((len(model.classes_), x.shape[1]))
    coefficients[:, used] = model.coef_
    return coefficients, model.intercept_
