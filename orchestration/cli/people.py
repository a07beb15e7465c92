"""`groundswell people`: pairs of accounts that may be one person's, shown one by one until somebody has decided."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from orchestration.cli.options import AsJson
from orchestration.cli.person_pairs import Pair, decide, decided, pairs
from orchestration.cli.terminal import out, path_text, say, table, text
from orchestration.privacy.suppression import entries
from orchestration.settings import Settings
from orchestration.warehouse.warehouse import open_published


def people_command(
    review: Annotated[bool, typer.Option("--review", help="Look at pairs of accounts that may be one person, and decide.")] = False,
    suppressed: Annotated[
        bool, typer.Option("--suppressed", help="List the hashes of those of whom nothing may be written, and since when.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Lists accounts that were joined to one person; with --review, pairs that wait for somebody to look."""
    settings = Settings()
    if suppressed:
        listed = [entry for entry in entries(settings.home) if entry.kind == "account"]
        if as_json:
            typer.echo(json.dumps([asdict(entry) for entry in listed]))
        else:
            out.print(table(["hash", "since"], [[entry.hash, entry.suppressed_on] for entry in listed]))
        return
    decisions = settings.home / "person_decisions.csv"
    with open_published(settings.published) as connection:
        found = pairs(connection, "review" if review else "joined")
    if review:
        known = decided(decisions)
        found = [pair for pair in found if frozenset((pair.one.author_id, pair.other.author_id)) not in known]
    if as_json:
        typer.echo(json.dumps([asdict(pair) for pair in found]))
    elif review and can_ask():
        review_pairs(found, decisions, settings.clock().date())
    else:
        columns = ["account", "", "other account", "", "sign", "sure"]
        out.print(table(columns, [[*accounts(pair), pair.method, f"{pair.confidence:.2f}"] for pair in found]))


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
    out.print(f"Decisions are in {path_text(decisions)}; the next night acts on them.")


def accounts(pair: Pair) -> tuple[str, str, str, str]:
    """Name and address of the one, name and address of the other."""
    one, other = (
        (f"{text(account.name or account.handle or account.author_id, 30)} ({account.platform})", text(account.url or account.handle, 60))
        for account in (pair.one, pair.other)
    )
    return (*one, *other)
