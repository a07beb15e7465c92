"""`groundswell forget`: a person taken out of everything that is held, and the proof of it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from connectors import platforms
from orchestration.cli.options import PARTLY_DONE
from orchestration.cli.terminal import err, out, path_text, say, table, text
from orchestration.nightly.stopping import stopped_by_signals
from orchestration.privacy.erasure import Receipt, complete, forget
from orchestration.privacy.persons import Account, NobodyFound, SeveralFound, find
from orchestration.privacy.suppression import lift
from orchestration.settings import NotDone, Settings
from orchestration.warehouse.lock import only_refresh
from orchestration.warehouse.warehouse import Warehouse

EXAMPLE = "Example: groundswell forget @anna@murmur.example"


def forget_command(
    person: Annotated[str, typer.Argument(help="A name, handle, address, author id or person id; with --lift not a name.")],
    account: Annotated[str | None, typer.Option(metavar="ID", help="Only this account of theirs, by its author id.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    lift_it: Annotated[bool, typer.Option("--lift", help="Let sources tell of them again, from the next night on.")] = False,
) -> None:
    """Erases a person everywhere and for good, searches every byte for what is left and keeps a receipt; waits while a night runs.

    Exit code 1 where something of them is left in what groundswell keeps, 3 where it is left in files that are yours to change.
    """
    settings = Settings()
    settings.export()

    def waiting() -> None:
        err.print("a refresh is running: waiting for its end")

    with stopped_by_signals(), only_refresh(settings, waiting):
        if lift_it:
            lifted(settings, person)
            return
        for finished in complete(settings):
            say(
                f"an earlier `groundswell forget` was cut off at its very end; it is complete, its receipt is {escape(path_text(finished))}"
            )
        found = whom(settings, person, account)
        everything = whom(settings, person)
        out.print(accounts_table(found))
        if not yes:
            typer.confirm("Erase all that is held of this person? This cannot be undone", abort=True)
        receipt, kept = forget(
            settings,
            found,
            settings.clock(),
            lambda name: err.print(f"{name} …", markup=False, highlight=False),
            is_whole=len(found) == len(everything),
        )
    show(receipt, kept)
    if receipt.left:
        raise typer.Exit(1)
    if receipt.elsewhere:
        raise typer.Exit(PARTLY_DONE)


def lifted(settings: Settings, person: str) -> None:
    """Takes a person off the list of those of whom nothing may be written.

    Raises:
        NobodyFound: nobody on it has this id, handle or address.
    """
    count = lift(settings.home, person, platforms())
    if not count:
        raise NobodyFound(f"nobody on the list has the id, handle or address {person!r}: names are not in it")
    say(f"{count} entries are off the list: the next night reads again what sources tell of them")


def whom(settings: Settings, person: str, account: str | None = None) -> list[Account]:
    """The accounts of whoever is meant; where several persons may be, they are listed and nothing is done.

    Raises:
        NotDone: there is no warehouse, nobody is called so, or several are.
    """
    if not settings.warehouse.exists():
        raise NobodyFound(f"there is no warehouse at {settings.warehouse}: nothing is held of anybody")
    with Warehouse(settings.warehouse).connect() as connection:
        try:
            return find(connection, person, account)
        except SeveralFound as error:
            out.print(accounts_table(error.accounts))
            raise NotDone(str(error)) from None


def accounts_table(accounts: Sequence[Account]) -> object:
    """What was found, to be looked at before anything is done."""
    rows = [
        [text(one.person_id, 80), text(one.author_id, 80), text(one.display_name, 40), text(one.handle, 40), text(one.url, 80)]
        for one in accounts
    ]
    return table(["person", "account", "name", "handle", "address"], rows)


def show(receipt: Receipt, kept: Path) -> None:
    """Prints what was searched and what was found."""
    touched = [place for place in receipt.places if place.before or place.after]
    rows = [
        [place.place, f"{place.before:,}", f"{place.after:,}", "yours to change" if place.is_left and place.after else ""]
        for place in touched
    ]
    out.print(table(["place", "before", "after", ""], rows, right=("before", "after")))
    say(
        f"searched {len(receipt.places):,} places for {receipt.searched_for:,} strings of {receipt.account_count} accounts and "
        f"{receipt.post_count:,} posts: {sum(place.before for place in receipt.places):,} found before, {receipt.left:,} after"
        + (f", {receipt.elsewhere:,} in files of yours" if receipt.elsewhere else "")
    )
    for line in receipt.not_reached:
        say(f"out of reach: {escape(line)}")
    say(f"the receipt, without anything of the person: {escape(path_text(kept))}")
