"""Adoptions on real posts and own sentences that the models were not trained on: how many are found and right, how well calibrated."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
from sklearn.metrics import average_precision_score, f1_score

from orchestration.signals.classification import scores_of, softmax
from orchestration.signals.features import Floats
from orchestration.signals.intent import CLASSES, MODEL, read_intents
from orchestration.signals.models import load_weights
from orchestration.signals.passages import Passages, read_passages
from orchestration.signals.stance import read_stances
from orchestration.signals.training.labelled import Labels, Split, intent_places, read_posts, read_sentences
from tests.bench.signals.stance import VALUES, tfidf_scores, vader

THRESHOLDS = (0.4, 0.5, 0.55, 0.6, 0.7)
BINS = 10
Row = tuple[str, int, float, str, float, str, float, float]  # what, rows, precision, its interval, recall, its interval, AP, ECE


def adoption_rows(folder: Path, threshold: float) -> list[Row]:
    """Ours at each threshold, and other ways at the threshold that finds as many as ours does on what they learnt from."""
    (mentions, labels), (learnt, known) = read_posts(folder, "test"), read_posts(folder, "train")
    ours, adopted = read_intents(mentions)["adoption_probability"].to_numpy(), labels["adoption"].to_numpy()
    rows = [figures(f"ours at {cut}", adopted, ours, cut) for cut in THRESHOLDS]
    train, test = (
        Split(Passages.joined(read_passages(one)).contexts, of["adoption"].to_numpy()) for one, of in ((learnt, known), (mentions, labels))
    )
    words = softmax(scores_of(test.texts, load_weights(MODEL)["posts"]))[:, :2].sum(axis=1)
    rows.append(figures("words of hand-written mentions: P(owns) + P(bought)", adopted, words, _cut(words, ours, threshold)))
    named = tfidf_scores(train, test)
    rows.append(figures("TF-IDF + LR, learnt on the same posts", adopted, named, _cut(named, ours, threshold)))
    length = mentions["text"].str.len_chars()
    for name, those in (("titles and short posts", length <= 300), ("longer posts", length > 300)):
        at = those.to_numpy()
        rows.append(figures(f"ours at {threshold}, {name}", adopted[at], ours[at], threshold))
    return rows


def language_rows(threshold: float) -> list[tuple[str, int, float, float, float]]:
    """Of own sentences by language: rows, precision and recall of adoptions, macro-F1 of stance; classes are evener than real ones."""
    mentions, labels = read_sentences("test")
    read = read_intents(mentions)["adoption_probability"].to_numpy() >= threshold
    stances = read_stances(mentions)["stance"].replace_strict(VALUES, return_dtype=pl.Int64).to_numpy()
    rows = []
    for (language,), part in labels.with_row_index().partition_by("language", as_dict=True, maintain_order=True).items():
        at, adopted = part["index"].to_numpy(), part["adoption"].to_numpy() == 1
        right = int((read[at] & adopted).sum())
        stance = float(f1_score(part["stance"].to_numpy(), stances[at], average="macro"))
        rows.append((str(language), part.height, right / max(int(read[at].sum()), 1), right / int(adopted.sum()), stance))
    return rows


def kind_rows(folder: Path) -> dict[str, float]:
    """Of the posts' test half: the share whose intent is right, macro-F1 of intents and of stances, and VADER's."""
    mentions, labels = read_posts(folder, "test")
    places, read = intent_places(labels), read_intents(mentions)["intent"]
    kinds = read.replace_strict(CLASSES, range(len(CLASSES)), return_dtype=pl.Int64).to_numpy()
    stances = read_stances(mentions)["stance"].replace_strict(VALUES, return_dtype=pl.Int64).to_numpy()
    expected = labels["stance"].to_numpy()
    return {
        "intent right": float((kinds == places).mean()),
        "intent, macro-F1": float(f1_score(places, kinds, average="macro")),
        "stance, macro-F1": float(f1_score(expected, stances, average="macro")),
        "stance, macro-F1 of VADER": vader(Split(Passages.joined(read_passages(mentions)).contexts, expected), has_target=True),
    }


def figures(what: str, adopted: Labels, probability: Floats, cut: float) -> Row:
    """Precision and recall of what is at least `cut`, with 95 % intervals (Wilson), average precision, expected calibration error."""
    read = probability >= cut
    right, found, there = int((read & (adopted == 1)).sum()), int(read.sum()), int(adopted.sum())
    return (
        what,
        len(adopted),
        right / max(found, 1),
        wilson(right, found),
        right / there,
        wilson(right, there),
        float(average_precision_score(adopted, probability)),
        calibration_error(adopted, probability),
    )


def wilson(right: int, of: int) -> str:
    """The 95 % interval of a share."""
    if not of:
        return "-"
    z, share = 1.96, right / of
    middle, half = share + z * z / (2 * of), z * np.sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    return f"{(middle - half) / (1 + z * z / of):.2f}-{(middle + half) / (1 + z * z / of):.2f}"


def calibration_error(adopted: Labels, probability: Floats) -> float:
    """Mean distance of what is said from what is, over BINS of equal width, weighted by their rows (ECE)."""
    at = np.minimum((probability * BINS).astype(int), BINS - 1)
    return float(sum(abs(adopted[at == b].mean() - probability[at == b].mean()) * (at == b).mean() for b in range(BINS) if (at == b).any()))


def _cut(scores: Floats, ours: Floats, threshold: float) -> float:
    """The cut at which as many are found as ours finds."""
    return float(np.quantile(scores, 1 - (ours >= threshold).mean()))
