"""`groundswell init`: a home, the folder that holds everything a user tells the warehouse."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from orchestration.cli.terminal import say
from orchestration.home.new import OPEN, Answers, adopt, make_home
from orchestration.settings import SOURCES


def init_command(
    folder: Annotated[Path, typer.Argument(help="The folder; what is in it already stays as it is.")],
    brand: Annotated[str | None, typer.Option(help="Your brand's name.")] = None,
    product: Annotated[list[str] | None, typer.Option(help="A product of it; again for another.")] = None,
    word: Annotated[list[str] | None, typer.Option(help="A word that names the brand, beside its own name; again for another.")] = None,
    like: Annotated[
        str | None, typer.Option(help=f"Platforms to write an entry for, parted by commas; {','.join(OPEN)} in a new home.")
    ] = None,
    old: Annotated[
        Path | None, typer.Option("--from", help="A clone from before homes, whose sources, brands and campaigns are brought over.")
    ] = None,
) -> None:
    """Makes a home, or adds to one what it lacks. In a terminal it asks for the brand, its products, its words and the first sources."""
    folder = folder.expanduser().resolve()
    if old:
        written = adopt(old.expanduser().resolve(), folder)
    else:
        answers = Answers(brand, product or (), word or (), _first(folder, like))
        if sys.stdin.isatty() and not (folder / "brands.csv").exists() and brand is None:
            answers = _asked(answers)
        written = make_home(folder, answers)
    for file in written:
        say(f"  wrote {file.name}")
    say(f"[bold]{len(written)} files[/] in your home: next, look through sources.yaml and brand_terms.csv there, then")
    say(f"  groundswell -C {folder} sources --check\n  groundswell -C {folder} refresh")


def _first(folder: Path, like: str | None) -> Sequence[str]:
    """The platforms to write an entry for: two open ones only where nothing is listened to yet."""
    if like is not None:
        return _parted(like)
    return () if (folder / SOURCES).exists() else OPEN


def _asked(answers: Answers) -> Answers:
    brand = typer.prompt("Your brand", default="", show_default=False).strip()
    products = typer.prompt("Its products, parted by commas", default="", show_default=False)
    words = typer.prompt("Other words that name it, parted by commas", default="", show_default=False)
    first = typer.prompt("First sources, parted by commas", default=",".join(answers.platforms))
    return Answers(brand or None, _parted(products), _parted(words), _parted(first))


def _parted(text: str) -> Sequence[str]:
    return [part.strip() for part in text.split(",") if part.strip()]
