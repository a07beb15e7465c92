"""`groundswell people`: pairs of accounts that may be one person's, shown one by one until somebody has decided."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Annotated

import duckdb
import typer
from rich.markup import escape

from orchestration.cli.forget import accounts_table
from orchestration.cli.options import AsJson
from orchestration.cli.person_pairs import Pair, decide, decided, pairs
from orchestration.cli.terminal import out, path_text, say, table, text
from orchestration.privacy.pseudonyms import reveal
from orchestration.privacy.suppression import Entry, entries
from orchestration.publishing.minimising import pseudonym_key
from orchestration.settings import NotDone, Settings
from orchestration.warehouse.warehouse import Warehouse, open_published


def people_command(
    review: Annotated[bool, typer.Option("--review", help="Look at pairs of accounts that may be one person, and decide.")] = False,
    suppressed: Annotated[
        bool, typer.Option("--suppressed", help="List the hashes of those who are erased or kept without a name, and since when.")
    ] = False,
    revealed: Annotated[
        str | None, typer.Option("--reveal", metavar="PSEUDONYM", help="Tell whose a pseudonym of the published file is.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Lists accounts that were joined to one person; with --review, pairs that wait for somebody to look."""
    settings = Settings()
    if suppressed:
        show_suppressed(entries(settings.home), as_json=as_json)
        return
    if revealed is not None:
        show_revealed(settings, revealed, as_json=as_json)
        return
    decisions = settings.home / "person_decisions.csv"
    with opened_for_names(settings) as connection:
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


@contextmanager
def opened_for_names(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    """The published file; the warehouse where that one has pseudonyms, which nobody could decide by."""
    if settings.pseudonyms:
        with Warehouse(settings.warehouse).connect() as connection:
            connection.execute("set search_path = 'marts,ops'")
            yield connection
    else:
        with open_published(settings.published) as connection:
            yield connection


def show_suppressed(listed: Sequence[Entry], *, as_json: bool) -> None:
    """Prints the hashes of accounts, and how many there are beside them of their posts; as JSON all."""
    if as_json:
        typer.echo(json.dumps([asdict(entry) for entry in listed]))
        return
    if not listed:
        say("nobody is erased or kept without a name")
        return
    of_accounts = [entry for entry in listed if entry.kind == "account"]
    if of_accounts:
        out.print(table(["hash", "since", "right"], [[entry.hash, entry.suppressed_on, entry.right] for entry in of_accounts]))
    people = len({entry.entry for entry in listed})
    shown = ", shown above" if of_accounts else ""
    say(
        f"{len(listed):,} hashes of {people:,} people: {len(of_accounts):,} of ids, handles and addresses of accounts{shown}, "
        f"{len(listed) - len(of_accounts):,} of their posts; --json has all"
    )


def show_revealed(settings: Settings, pseudonym: str, *, as_json: bool) -> None:
    """Prints the accounts that a pseudonym stands for.

    Raises:
        NotDone: it is nobody's here.
    """
    key = pseudonym_key(settings.home, make=False)
    if not key or not settings.warehouse.exists():
        raise NotDone(f"nothing was published with pseudonyms of {settings.home}: GROUNDSWELL_PSEUDONYMS turns them on")
    with Warehouse(settings.warehouse).connect() as connection:
        found = reveal(connection, key, pseudonym)
    if not found:
        raise NotDone(f"{pseudonym!r} stands for no account, person, name or post that is held: write it as the published file has it")
    if as_json:
        typer.echo(json.dumps([asdict(one) for one in found]))
    else:
        out.print(accounts_table(found))


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
