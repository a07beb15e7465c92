"""`groundswell forget`: a person taken out of everything that is held, and the proof of it."""

from __future__ import annotations

import shlex
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
from orchestration.privacy.pseudonyms import reveal
from orchestration.privacy.suppression import lift, numbers_of
from orchestration.privacy.unnaming import is_unnamed
from orchestration.publishing.minimising import pseudonym_key
from orchestration.settings import NotDone, Settings
from orchestration.warehouse.lock import only_refresh
from orchestration.warehouse.score_tables import UNNAMED
from orchestration.warehouse.warehouse import Warehouse

CANNOT = "This cannot be undone"


def forget_command(
    person: Annotated[str, typer.Argument(help="A name, handle, address, author id or person id; with --lift not a name.")],
    account: Annotated[str | None, typer.Option(metavar="ID", help="Only this account of theirs, by its author id.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    objects: Annotated[
        bool,
        typer.Option(
            "--object/--erase", help="Keep them as a node without a name, which is counted and never ranked or shown; or erase them."
        ),
    ] = False,
    lift_it: Annotated[bool, typer.Option("--lift", help="Let sources tell of them again, from the next night on.")] = False,
) -> None:
    """Erases a person everywhere and for good, searches every byte for what is left and keeps a receipt; waits while a night runs.

    With --object their name and their words alone go, and they are never ranked.
    Exit code 1 where something of them is left in what groundswell keeps, nobody is found or you say no, 3 where something is left in
    files that are yours to change.
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
        if objects:
            fit_for_nodes(found)
        if not yes:
            typer.confirm(
                f"{'Take the name and the words off' if objects else 'Erase'} all that is held of this person? {CANNOT}", abort=True
            )
        receipt, kept = forget(
            settings,
            found,
            settings.clock(),
            lambda name: err.print(f"{name} …", markup=False, highlight=False),
            is_whole=len(found) == len(everything),
            right="object" if objects else "erase",
        )
    show(receipt, kept)
    if receipt.left:
        raise typer.Exit(1)
    if receipt.elsewhere:
        raise typer.Exit(PARTLY_DONE)


def fit_for_nodes(accounts: Sequence[Account]) -> None:
    """Refuses accounts that would become one node.

    Raises:
        NotDone: two are on one platform, or one is a node already.
    """
    platforms_of = [one.platform_id for one in accounts]
    if twice := sorted({name for name in platforms_of if platforms_of.count(name) > 1}):
        raise NotDone(
            f"they have several accounts on {', '.join(twice)}: name one at a time with --account and its id, which is shown above"
        )
    if any(is_unnamed(one.author_id) for one in accounts):
        raise NotDone("they are kept without a name already: --erase erases what is left")


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
        except NobodyFound:  # whoever has become a node is known by the list alone
            for number in numbers_of(settings.home, person, platforms()):
                nodes = "select min(author_id) from marts.dim_authors where ends_with(author_id, ?)"
                ((node,),) = connection.execute(nodes, [f"{UNNAMED}{number}"]).fetchall()
                if node:
                    return find(connection, node, account)
            key = pseudonym_key(settings.home, make=False)
            if key and reveal(connection, key, person):
                raise NobodyFound(
                    f"{person!r} is a pseudonym of the published file: `groundswell people --reveal {shlex.quote(person)}` tells whose"
                ) from None
            raise
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


def show(receipt: Receipt, kept: Path | None) -> None:
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
    if kept:
        say(f"the receipt, without anything of the person: {escape(path_text(kept))}")
    else:
        say("[bold]not complete[/]: places above still hold something. Let nothing else write there, or remove the file, and run it again")
