"""Intent on the hand-written mentions, and the intent to buy on tweets that others labelled."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score, precision_recall_fscore_support

from orchestration.signals.classification import GENERAL, scores_of, softmax
from orchestration.signals.intent import MODEL, WORD_CLASSES, read_intents
from orchestration.signals.models import load_lexicon, load_weights
from orchestration.signals.training.fit import INTENT, balanced, features, joined
from orchestration.signals.training.labelled import Labelled, Labels, read_examples, read_purchase_intent
from tests.bench.signals.stance import EXAMPLES, example_mentions, macro_f1, tfidf

Row = tuple[str, float, float, float, int]  # class, precision, recall, F1, rows


def intent_table() -> tuple[dict[str, float], list[Row]]:
    """Macro-F1 of each way on the hand-written test mentions, and our figures by class."""
    train, test = read_examples()[1], read_examples(EXAMPLES)[1]
    read = (
        read_intents(example_mentions())["intent"]
        .replace_strict(WORD_CLASSES, range(len(WORD_CLASSES)), default=len(WORD_CLASSES), return_dtype=pl.Int64)
        .to_numpy()
    )
    most = int(np.argmax(np.bincount(test.labels)))
    scores = {
        "ours": float(f1_score(test.labels, read, average="macro", labels=range(len(WORD_CLASSES)))),
        "majority": macro_f1(test.labels, np.full(len(read), most)),
        "TF-IDF + LR": macro_f1(test.labels, tfidf(train, test)),
    }
    return scores, by_class(test.labels, read)


def by_class(labels: Labels, read: Labels) -> list[Row]:
    """Precision, recall and F1 of each of WORD_CLASSES."""
    figures = precision_recall_fscore_support(labels, read, labels=range(len(WORD_CLASSES)), zero_division=0)
    return [(name, float(p), float(r), float(f1), int(n)) for name, (p, r, f1, n) in zip(WORD_CLASSES, np.transpose(figures), strict=True)]


def purchase_rows(folder: Path) -> list[tuple[str, float, float]]:
    """Macro-F1 on purchase_intent's test split by way: of three classes, and of yes and no alone (NaN where a way has no third)."""
    labelled = read_purchase_intent(folder)
    three, two = labelled, _yes_or_no(labelled)
    return [
        ("a head on our features, learnt on its training split", _head(three), _head(two)),
        ("TF-IDF + LR, learnt on its training split", _words_alone(three), _words_alone(two)),
        ("shipped intents: P(bought) + P(plans_to_buy), cut learnt on its training split", float("nan"), _mapped(two)),
        ("majority", _majority(three), _majority(two)),
    ]


def _yes_or_no(labelled: Labelled) -> Labelled:
    return Labelled(labelled.train.where(labelled.train.labels < 2), labelled.test.where(labelled.test.labels < 2))


def _majority(labelled: Labelled) -> float:
    most = int(np.argmax(np.bincount(labelled.train.labels)))
    return macro_f1(labelled.test.labels, np.full(len(labelled.test.labels), most))


def _words_alone(labelled: Labelled) -> float:
    return macro_f1(labelled.test.labels, tfidf(labelled.train, labelled.test))


def _head(labelled: Labelled) -> float:
    lexicon, general = load_lexicon(), load_weights(GENERAL)["general"]
    grams, dense = features(INTENT, labelled.train.texts, lexicon, general)
    mean, scale = INTENT.scales(dense, 18)
    labels = labelled.train.labels
    model = LogisticRegression(C=0.3, max_iter=200).fit(joined(grams, dense, mean, scale), labels, sample_weight=balanced(labels))
    return macro_f1(labelled.test.labels, model.predict(joined(*features(INTENT, labelled.test.texts, lexicon, general), mean, scale)))


def _mapped(labelled: Labelled) -> float:
    model = load_weights(MODEL)["posts"]
    buying = [WORD_CLASSES.index("bought"), WORD_CLASSES.index("plans_to_buy")]
    known, asked = (softmax(scores_of(split.texts, model))[:, buying].sum(axis=1) for split in (labelled.train, labelled.test))
    cut = max(np.quantile(known, np.linspace(0.05, 0.95, 19)), key=lambda at: macro_f1(labelled.train.labels, (known >= at).astype(int)))
    return macro_f1(labelled.test.labels, (asked >= cut).astype(int))
