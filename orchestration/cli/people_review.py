"""Pairs of accounts that may be one person's, shown one by one until somebody has decided."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import typer
from rich.markup import escape

from orchestration.cli.terminal import out, say, text
from orchestration.scoring.nightly.people import Pair, decide


def can_ask() -> bool:
    """Whether somebody sits at the terminal."""
    return sys.stdin.isatty()


def review_pairs(found: Sequence[Pair], decisions: Path, day: date) -> None:
    """Asks about each pair and writes down, as of `day`, what was decided."""
    for number, pair in enumerate(found, 1):
        one, one_url, other, other_url = map(escape, accounts(pair))
        say(f"\n[bold]{number} of {len(found)}[/]  {pair.method}, {pair.confidence:.2f}: {escape(text(pair.evidence))}")
        say(f"  {one}  {one_url}\n  {other}  {other_url}")
        answer = typer.prompt("One person? [s]ame, [d]ifferent, [l]ater, [q]uit", default="l").strip().lower()[:1]
        if answer == "q":
            return
        if answer in ("s", "d"):
            decide(decisions, pair, "same" if answer == "s" else "different", day)
    out.print(f"Decisions are in {decisions}; the next night acts on them.")


def accounts(pair: Pair) -> tuple[str, str, str, str]:
    """Name and address of the one, name and address of the other."""
    one, other = (
        (f"{text(account.name or account.handle or account.author_id, 30)} ({account.platform})", text(account.url or account.handle, 60))
        for account in (pair.one, pair.other)
    )
    return (*one, *other)
