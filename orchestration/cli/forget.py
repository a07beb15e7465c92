"""`groundswell forget`: a person taken out of everything that is held, and the proof of it."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from connectors import platforms
from orchestration.cli.options import PARTLY_DONE
from orchestration.cli.terminal import err, out, path_text, say, table, text
from orchestration.nightly.stopping import stopped_by_signals
from orchestration.privacy.erasure import NOT_REACHED, Place, Receipt, complete, forget
from orchestration.privacy.persons import Account, NobodyFound, SeveralFound, find
from orchestration.privacy.pseudonyms import reveal
from orchestration.privacy.suppression import entries, lift, numbers_of
from orchestration.privacy.unnaming import is_unnamed
from orchestration.publishing.minimising import pseudonym_key
from orchestration.settings import NotDone, Settings
from orchestration.warehouse.lock import only_refresh
from orchestration.warehouse.score_tables import UNNAMED
from orchestration.warehouse.warehouse import Warehouse

CANNOT = "This cannot be undone"
GROUPS, LEFT, ARCHIVES = 14, 10, 4
"""Lines that are shown at most of folders that were searched, of places that still hold something, and of what is out of reach."""


class ForgottenBefore(NobodyFound):
    """Nothing is held of whoever was called so, because they were forgotten."""


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

    With --object their name and their words alone go, and they are never ranked. Of whoever was forgotten before it says since when.
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
        try:
            found = whom(settings, person, account)
        except ForgottenBefore as before:
            say(escape(str(before)))
            return
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
            steps_told(),
            is_whole=len(found) == len(everything),
            right="object" if objects else "erase",
        )
    show(receipt, kept)
    if receipt.left:
        raise typer.Exit(1)
    if receipt.elsewhere:
        raise typer.Exit(PARTLY_DONE)


def steps_told() -> Callable[[str], None]:
    """Says each step as it begins: that files are rewritten once, not of each."""
    told: set[str] = set()

    def tell(name: str) -> None:
        step = name.split()[0]
        if step not in told:
            told.add(step)
            err.print(f"{step} …", markup=False, highlight=False)

    return tell


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
        ForgottenBefore: whoever has this handle, address or id was.
        NotDone: there is no warehouse, nobody is called so, or several are.
    """
    if not settings.warehouse.exists():
        raise NobodyFound(f"there is no warehouse at {settings.warehouse}: nothing is held of anybody")
    with Warehouse(settings.warehouse).connect() as connection:
        try:
            return find(connection, person, account)
        except NobodyFound as nobody:  # whoever has become a node, or is erased, is known by the list alone
            numbers = numbers_of(settings.home, person, platforms())
            for number in numbers:
                nodes = "select min(author_id) from marts.dim_authors where ends_with(author_id, ?)"
                ((node,),) = connection.execute(nodes, [f"{UNNAMED}{number}"]).fetchall()
                if node:
                    return find(connection, node, account)
            key = pseudonym_key(settings.home, make=False)
            if key and reveal(connection, key, person):
                raise NobodyFound(
                    f"{person!r} is a pseudonym of the published file: `groundswell people --reveal {shlex.quote(person)}` tells whose"
                ) from None
            listed = entries(settings.home)
            if numbers:
                day = min(entry.suppressed_on for entry in listed if entry.entry in numbers)
                raise ForgottenBefore(f"{person!r} was forgotten on {day}: nothing is held of them") from None
            if listed and account is None:
                raise NobodyFound(f"{nobody}; who was forgotten is known by handle, address or id, and by no name") from None
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
    """Prints what was searched and what was found, folder by folder; the receipt has every file."""
    found = [place for place in receipt.places if place.before or place.after]
    groups = _folders(found)
    rows = [
        [group, f"{len(places):,}", f"{sum(one.before for one in places):,}", f"{sum(one.after for one in places):,}"]
        for group, places in groups.items()
    ]
    out.print(table(["place", "files", "before", "after"], rows, right=("files", "before", "after")))
    left = [place for place in found if place.after]
    for place in left[:LEFT]:
        whose = "yours to change" if place.is_left else "groundswell's own"
        say(f"still {place.after:,} in {escape(place.place)}: {whose}")
    if len(left) > LEFT:
        say(f"still something in {len(left) - LEFT:,} more files")
    say(
        f"searched {len(receipt.places):,} places for {receipt.searched_for:,} strings of {receipt.account_count} accounts and "
        f"{receipt.post_count:,} posts: {sum(place.before for place in receipt.places):,} found before, {receipt.left:,} after"
        + (f", {receipt.elsewhere:,} in files of yours" if receipt.elsewhere else "")
    )
    archives = [line for line in receipt.not_reached if line not in NOT_REACHED]
    for line in (*archives[-ARCHIVES:], *NOT_REACHED):
        say(f"out of reach: {escape(line)}")
    if len(archives) > ARCHIVES:
        say(f"out of reach: {len(archives) - ARCHIVES:,} older archives")
    if kept:
        say(f"the receipt, with every file and without anything of the person: {escape(path_text(kept))}")
    else:
        say("[bold]not complete[/]: places above still hold something. Let nothing else write there, or remove the file, and run it again")


def _folders(places: Sequence[Place]) -> Mapping[str, Sequence[Place]]:
    """Places by the folder of the home or of the data that they are in; the last of many together."""
    groups: dict[str, list[Place]] = {}
    for place in places:
        parts = Path(place.place).parts
        count = 3 if parts[1:3] == ("published", "parquet") else 2
        groups.setdefault(str(Path(*parts[:count])), []).append(place)
    if len(groups) <= GROUPS:
        return groups
    first = dict([*groups.items()][: GROUPS - 1])
    rest = [place for group, of_group in groups.items() if group not in first for place in of_group]
    return first | {f"{len(groups) - len(first)} more": rest}
