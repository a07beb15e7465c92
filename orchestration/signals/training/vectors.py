"""Learns what the encoder's vectors tell: intents and adoptions from labelled posts and sentences, stance in every language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold

from orchestration.signals.classification import log_softmax, scores_of
from orchestration.signals.encoder import DIMENSIONS
from orchestration.signals.features import Floats, Weights
from orchestration.signals.intent import ADOPTIONS, CLASSES, adoption_odds
from orchestration.signals.models import Dense
from orchestration.signals.passages import LANGUAGES, Passages
from orchestration.signals.training.fit import balanced
from orchestration.signals.training.labelled import Labels

C_INTENT, C_STANCE = 0.001, 0.002
FOLDS, SEED = 5, 18
EVENNESS = 0.5  # 0 names what is right most often (70 % of real posts, next to never `recommends`), 1 takes all for equally frequent (54 %)
SURENESS = np.linspace(0.2, 1.5, 27)


def learn_intents(sets: Sequence[tuple[Floats, Labels, float]]) -> dict[str, Dense]:
    """Of (features, places in CLASSES, weight of a row): the first set is of posts as people write them, and sets what is likely.

    `intents` gives the scores of CLASSES; `evenness` is added to them before the likeliest is named, so that what is rare is named too;
    `adoption` calibrates the log odds of ADOPTIONS (Platt 1999) out of folds of the first set.
    """
    x, y = np.vstack([features for features, _, _ in sets]), np.concatenate([labels for _, labels, _ in sets])
    weights = np.concatenate([np.full(len(labels), weight) for _, labels, weight in sets])
    posts = len(sets[0][1])
    mean, scale = x[:posts].mean(axis=0), _scales(x[:posts])
    x = ((x - mean) * scale).astype(np.float32)
    adopting = np.isin(y, [CLASSES.index(name) for name in ADOPTIONS])
    odds = np.zeros(posts)
    for known, asked in StratifiedKFold(FOLDS, shuffle=True, random_state=SEED).split(x[:posts], adopting[:posts]):
        rows = np.append(known, np.arange(posts, len(y)))
        odds[asked] = adoption_odds(log_softmax(_fit(x[rows], y[rows], weights[rows], C_INTENT).scores(x[asked])))
    calibration = LogisticRegression(C=1e6).fit(odds[:, None], adopting[:posts])
    model = _fit(x, y, weights, C_INTENT)
    intents = Dense(model.coefficients * scale[:, None], model.bias - (mean * scale) @ model.coefficients)
    often = np.bincount(y, weights=weights, minlength=len(CLASSES)) / weights.sum()
    evenness = Dense(np.zeros((1, 1)), -EVENNESS * np.log(often))
    return {"intents": intents, "adoption": Dense(calibration.coef_.T, calibration.intercept_), "evenness": evenness}


def learn_stances(english: Sequence[tuple[Passages, Labels]], others: tuple[Passages, Labels, Floats]) -> dict[str, Dense]:
    """A model for each of LANGUAGES, of the sentence's vector alone.

    english: sets, each of whose classes weigh the same. The other languages share what they have in common, and each has its
    own; of them each row has a weight.
    """
    labels = np.concatenate([labels for _, labels in english])
    weights = np.concatenate([balanced(labels) for _, labels in english])
    models = {"en": _fit(np.vstack([_vectors(passages) for passages, _ in english]), labels, weights, C_STANCE)}
    passages, labels, rows = others
    vectors, names = _vectors(passages), [name for name in LANGUAGES if name != "en"]
    copies = [vectors * (passages.languages == name).to_numpy()[:, None] for name in names]
    shared = _fit(np.hstack([vectors, *copies]), labels, rows * balanced(labels), C_STANCE)
    common, *own = np.split(shared.coefficients, 1 + len(names))
    return models | {name: Dense(common + copy, shared.bias) for name, copy in zip(names, own, strict=True)}


def learn_sureness(passages: Passages, labels: Labels, words: Mapping[str, Weights], vectors: Dense) -> Dense:
    """The factor of the scores of English posts at which their probabilities are likeliest (Guo 2017's temperature, inverted)."""
    scores = log_softmax(vectors.scores(_vectors(passages))) + log_softmax(scores_of(passages.contexts, words["posts"]))
    weights, at = balanced(labels), np.arange(len(labels))
    likely = [float(weights @ log_softmax(factor * scores)[at, labels + 1]) for factor in SURENESS]
    return Dense(np.zeros((1, 1)), np.array([SURENESS[int(np.argmax(likely))]]))


def _vectors(passages: Passages) -> Floats:
    return np.asarray(passages.sentences * np.sqrt(passages.sentences.shape[1]), dtype=np.float32)


def _scales(x: Floats) -> Floats:
    """What the signs are divided by, and 1 for the vectors, which have one scale already."""
    return np.concatenate([np.ones(2 * DIMENSIONS), 1 / np.maximum(x[:, 2 * DIMENSIONS :].std(axis=0), 0.05)])


def _fit(x: Floats, labels: Labels, weights: Floats, c: float) -> Dense:
    model = LogisticRegression(C=c, max_iter=150, tol=1e-3).fit(x, labels, sample_weight=weights)
    return Dense(model.coef_.T.astype(np.float64), model.intercept_.astype(np.float64))
