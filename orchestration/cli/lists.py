"""`groundswell list`: lists of people, kept in list_members.csv of the home."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Annotated

import duckdb
import polars as pl
import typer
from filelock import FileLock
from polars import col

from orchestration.cli.answers import Csv, Xlsx, answer, show_frame
from orchestration.cli.examples import example
from orchestration.cli.options import PARTLY_DONE, AsJson
from orchestration.cli.people import opened_for_names
from orchestration.cli.terminal import err, markup, say
from orchestration.home.list_imports import TOLD, WHO, Wanted, read_wanted
from orchestration.home.lists import TABLE, Change, Member, changes_of, members, with_changes, without
from orchestration.home.reading import read_table, too_long
from orchestration.home.tables import LABEL, LIST, NOTE, Column, ListStatus
from orchestration.privacy.persons import Account, accounts_named
from orchestration.publishing.lists import of_members, persons_of, with_published
from orchestration.publishing.names import person_id
from orchestration.publishing.scopes import UnknownName
from orchestration.publishing.spreadsheet import FORMULA, write_file
from orchestration.settings import NotDone, Settings, WrongUse
from orchestration.warehouse.landing import atomic

TOLD_OF = 10
BOM = b"\xef\xbb\xbf"
list_app = typer.Typer(no_args_is_help=True, help="Keeps lists of people, with labels, notes and how far it has come with each.")
List = Annotated[str, typer.Argument(metavar="LIST", help="A list's name, such as shortlist-q4.")]
Handles = Annotated[list[str], typer.Argument(metavar="HANDLE...", help="Handles, addresses, names or ids of people or accounts.")]
File = Annotated[
    Path,
    typer.Argument(
        metavar="FILE.csv",
        help=f"One column of handles or addresses; or a first line with {', '.join(WHO[:-1])} or {WHO[-1]}, and any of {', '.join(TOLD)}.",
    ),
]
Note = Annotated[str | None, typer.Option(help="A note, such as 'met at the fair'.")]


@list_app.command("add", epilog=example("list add"))
def add_command(
    name: List,
    handles: Handles,
    note: Note = None,
    label: Annotated[str | None, typer.Option(help="A label, such as vip.")] = None,
    status: Annotated[ListStatus | None, typer.Option(help="How far it has come with them; prospect by default.")] = None,
) -> None:
    """Puts people on a list, which is made with its first; for whoever is on it already, what is given here is noted.

    Exit code 3 where somebody is not found, or several are called so; 1 where that is so of all. The others are put on it.
    """
    note, label = of_one_line(note, "a note", NOTE), of_one_line(label, "a label", LABEL)
    put(Settings(), name, [Wanted([handle], status=status, label=label, note=note) for handle in handles])


@list_app.command("status", epilog=example("list status"))
def status_command(
    name: List,
    handle: Annotated[str, typer.Argument(metavar="HANDLE", help="Handle, address, name or id of somebody on it.")],
    status: Annotated[ListStatus, typer.Argument(metavar="STATUS", help=", ".join(ListStatus))],
    note: Note = None,
) -> None:
    """Notes how far it has come with somebody, as of today."""
    settings, note = Settings(), of_one_line(note, "a note", NOTE)
    with one_at_a_time(settings):
        newest = {author: member.newest for author, member in of_list(read_changes(settings), name).items()}
        authors, problem = on_it(settings, newest, handle)
        if problem:
            raise NotDone(problem)
        told = [
            replace(newest[author], status=status, changed_on=day(settings, newest[author]), label=None, note=note) for author in authors
        ]
        rewrite(settings, with_changes(read_text(settings), told))
    for change in told:
        say(f"{markup(change.handle or change.author_id)}: {newest[change.author_id].status} -> {status}, {change.changed_on}")


@list_app.command("remove", epilog=example("list remove"))
def remove_command(name: List, handles: Handles) -> None:
    """Takes people off a list, with all that is noted of them there.

    Exit code 3 where somebody is not on it; 1 where nobody is.
    """
    settings = Settings()
    with one_at_a_time(settings):
        newest = {author: member.newest for author, member in of_list(read_changes(settings), name).items()}
        found = [on_it(settings, newest, handle) for handle in handles]
        gone = {author: newest[author] for authors, _ in found for author in authors}
        if gone:
            rewrite(settings, without(read_text(settings), next(iter(gone.values())).list, gone))
    if gone:
        say(f"{len(gone)} taken off: {', '.join(markup(change.handle or author) for author, change in gone.items())}")
    ended([problem for _, problem in found if problem], is_some=bool(gone))


@list_app.command("show", epilog=example("list show"))
def show_command(name: Annotated[str | None, typer.Argument(metavar="[LIST]", help="A list's name; all lists by default.")] = None) -> None:
    """Shows the lists, or who is on one: names, rank and last mention of our brands from what is published, the rest from the home."""
    settings = Settings()
    changes = read_changes(settings)
    if name is not None:
        frame = frame_of(settings, changes, name)
        shown = ["person", "handle", "platform", "status", "changed_on", "label", "note", "rank", "last_said_at"]
        show_frame(frame.select(col(column) for column in shown if column in frame.columns))
        return
    everybody = of_members([*members(changes).values()])
    if everybody.is_empty():
        say("no lists yet: groundswell list add LIST HANDLE... makes one")
        return
    counts = [(col("status") == status).sum().alias(status) for status in ListStatus]
    show_frame(everybody.group_by("list").agg(pl.len().alias("people"), *counts, col("changed_on").max()).sort("list"))


@list_app.command("export", epilog=example("list export"))
def export_command(name: List, csv: Csv = None, xlsx: Xlsx = None, as_json: AsJson = False) -> None:
    """Writes who is on a list, with names, addresses, rank and audience, as a file; what looks like a formula stays text."""
    settings = Settings()
    answer(frame_of(settings, read_changes(settings), name), csv=csv, xlsx=xlsx, as_json=as_json)


@list_app.command("import", epilog=example("list import"))
def import_command(
    name: List,
    file: File,
    unfound: Annotated[
        Path | None, typer.Option(metavar="FILE.csv", help="Write whom it did not put on the list, and why, as CSV.")
    ] = None,
) -> None:
    """Puts those on a list whom a CSV file names, and says whom it did not find and of whom there are several: the first ten.

    Exit code 3 where somebody is not found, or several are called so; 1 where that is so of all. The others are put on it.
    """
    wanted, unread = read_wanted(file)
    if unread:
        err.print(f"not read: the columns {', '.join(unread)}", markup=False, highlight=False, soft_wrap=True)
    put(Settings(), name, wanted, unfound)


@contextmanager
def one_at_a_time(settings: Settings) -> Iterator[None]:
    """Between reading and writing the file no other command writes it."""
    settings.folder.mkdir(parents=True, exist_ok=True)
    with FileLock(settings.folder / "lists.lock"):
        yield


def put(settings: Settings, name: str, wanted: Sequence[Wanted], unfound: Path | None = None) -> None:
    """Puts those who are found on a list, in one write, and tells of all others; ends with an exit code where there are any."""
    with one_at_a_time(settings):
        name, counts, problems = put_found(settings, name, wanted)
    told = ", ".join(f"{count:,} {what}" for what, count in counts.items() if count)
    if told:
        say(f"{markup(name)}: {told}; {TABLE}.csv has it, the next night publishes it")
    if unfound:
        rows = [(one.line, one.names[0], problem) for one, problem in problems]
        write_file(pl.DataFrame(rows, schema={"line": pl.Int64, "name": pl.String, "problem": pl.String}, orient="row"), unfound)
    ended([problem if one.line is None else f"line {one.line}: {problem}" for one, problem in problems], is_some=bool(told), rest=unfound)


def put_found(settings: Settings, name: str, wanted: Sequence[Wanted]) -> tuple[str, Mapping[str, int], Sequence[tuple[Wanted, str]]]:
    """Puts those who are found on a list: its name, how many are what now, and who was not found, each with the reason."""
    before = read_changes(settings)
    name = spelled(before, name)
    newest = {author: member.newest for (of, author), member in members(before).items() if of == name}
    with opened_for_names(settings) as connection:
        found = accounts_named(connection, [called for one in wanted for called in one.names])
        hints = {}
        for one in wanted:
            if one.line is None and not found[one.names[0]]:
                found[one.names[0]], hints[one.names[0]] = nearly_named(connection, one.names[0])
        listed = {person: author for author, person in persons_of(connection, newest).items()}
    changes: list[Change] = []
    problems: list[tuple[Wanted, str]] = []
    counts = dict.fromkeys(("added", "changed", "there already"), 0)
    for one in wanted:
        account, problem = chosen(one, found)
        if account is None:
            problems.append((one, hints.get(one.names[0]) or problem))
            continue
        author = listed.setdefault(account.person_id, account.author_id)
        old = newest.get(author)
        if old and not (one.status or one.label or one.note):
            counts["there already"] += 1
            continue
        handle = plain((account.handle or account.display_name or "").lstrip("@")) if author == account.author_id else None
        status = one.status or (old.status if old else ListStatus.PROSPECT)
        newest[author] = Change(name, author, handle, status, one.changed_on or day(settings, old), plain(one.label), plain(one.note))
        changes.append(newest[author])
        counts["changed" if old else "added"] += 1
    if changes:
        rewrite(settings, with_changes(read_text(settings), changes))
    return name, counts, problems


def nearly_named(connection: duckdb.DuckDBPyConnection, name: str) -> tuple[list[Account], str]:
    """The accounts of the one person of whose name this is a part, or none and what is said instead."""
    try:
        person = person_id(connection, name)
    except UnknownName as unknown:
        return [], str(unknown)
    return accounts_named(connection, [person])[person], ""


def day(settings: Settings, newest: Change | None) -> date:
    """Today where the home is; where what is noted is of a later day, that one, so that what comes after it counts."""
    today = settings.clock().astimezone(settings.zone).date()
    return max(today, newest.changed_on) if newest else today


def chosen(one: Wanted, found: Mapping[str, Sequence[Account]]) -> tuple[Account | None, str]:
    """The account of the one person who is meant, or why there is none."""
    problem = f"nobody is called {' or '.join(map(repr, one.names))}{f' on {one.platform}' if one.platform else ''}"
    for name in one.names:
        platform = one.platform and one.platform.lower().replace(" ", "_")
        accounts = [account for account in found[name] if platform in (None, account.platform_id)]
        persons = {account.person_id for account in accounts}
        if len(persons) == 1:
            return min(accounts, key=lambda each: (each.url is None, each.author_id != each.person_id, each.author_id)), ""
        if persons:
            ids = ", ".join(account.author_id for account in accounts[:5])
            problem = f"{len(persons)} people are called {name!r}: give one's address or id, such as {ids}"
    return None, problem


def on_it(settings: Settings, newest: Mapping[str, Change], handle: str) -> tuple[list[str], str]:
    """The accounts of the one person on a list who is meant: as the list itself calls them, else as anybody does; or why there is none."""
    called = handle.strip().lower().removeprefix("@")
    authors = [author for author, change in newest.items() if called in (author.lower(), (change.handle or "").lower().lstrip("'@"))]
    if not authors and settings.published.exists():
        with opened_for_names(settings) as connection:
            accounts = accounts_named(connection, [handle])[handle] or nearly_named(connection, handle)[0]
            persons = {account.person_id for account in accounts}
            behind = persons_of(connection, newest)
        authors = [author for author in newest if behind.get(author) in persons]
        if len({behind[author] for author in authors}) == 1:
            return authors, ""
    if len(authors) > 1:
        return [], f"{len(authors)} on it are called {handle!r}: give one's id, such as {', '.join(authors[:5])}"
    return authors, "" if authors else f"nobody on it is called {handle!r}: `groundswell list show LIST` shows who is"


def of_list(changes: Sequence[Change], name: str) -> dict[str, Member]:
    """Who is on a list, by account.

    Raises:
        NotDone: there is no such list.
    """
    name = spelled(changes, name)
    found = {author: member for (of, author), member in members(changes).items() if of == name}
    if not found:
        there = ", ".join(dict.fromkeys(change.list for change in changes)) or "none yet"
        raise NotDone(f"no list {name!r}: there are {there}; `groundswell list add` makes one")
    return found


def frame_of(settings: Settings, changes: Sequence[Change], name: str) -> pl.DataFrame:
    """Who is on a list now; before anything is published, what the home alone says."""
    frame = of_members([*of_list(changes, name).values()])
    if not settings.published.exists():
        return frame.rename({"written": "handle"})
    with opened_for_names(settings) as connection:
        return with_published(connection, frame)


def spelled(changes: Sequence[Change], name: str) -> str:
    """A list's name as the file has it, where it has it in any case.

    Raises:
        WrongUse: it is empty, of several lines or too long.
    """
    name = of_one_line(name, "a list's name", LIST) or ""
    if not name:
        raise WrongUse("a list needs a name, such as shortlist-q4")
    return next((change.list for change in changes if change.list.casefold() == name.casefold()), name)


def read_changes(settings: Settings) -> list[Change]:
    """The rows of the file.

    Raises:
        HomeError: with every fault of it.
    """
    return changes_of(read_table(settings.home, TABLE))


def read_text(settings: Settings) -> str:
    """The file as it is; empty where there is none."""
    path = settings.home / f"{TABLE}.csv"
    return path.read_bytes().decode("utf-8-sig") if path.exists() else ""


def rewrite(settings: Settings, text: str) -> None:
    """Puts the file in place, whole or not at all, for those who could read it before."""
    path = settings.home / f"{TABLE}.csv"
    is_marked = path.exists() and path.read_bytes().startswith(BOM)
    with atomic(path) as fresh:
        fresh.write_bytes((BOM if is_marked else b"") + text.encode())
        if path.exists():
            shutil.copymode(path, fresh)
        else:
            fresh.chmod(0o600)


def of_one_line(text: str | None, what: str, column: Column) -> str | None:
    """What is typed for a cell of a column, as it is kept.

    Raises:
        WrongUse: it has several lines, which the file's rows are not, or more characters than the column takes.
    """
    if text and column.longest and len(text.strip()) > column.longest:
        raise WrongUse(f"{what} {too_long(text.strip(), column.longest)}")
    if text and len(text.strip().splitlines()) > 1:
        raise WrongUse(f"{what} is one line: {text.strip().splitlines()[0]!r} goes on below")
    return plain(text)


def plain(text: str | None) -> str | None:
    """A cell of one line, which no spreadsheet takes for a formula."""
    line = " ".join("".join(letter if letter.isprintable() else " " for letter in text or "").split())
    return (f"'{line}" if re.match(FORMULA, line) else line) or None


def ended(problems: Sequence[str], *, is_some: bool, rest: Path | None = None) -> None:
    """Tells what could not be done, the first of it, and ends the command with an exit code where that is anything; `rest` has all."""
    for problem in problems[:TOLD_OF]:
        err.print(problem, markup=False, highlight=False, soft_wrap=True)
    if len(problems) > TOLD_OF:
        more = f"{len(problems) - TOLD_OF:,} more" + ("" if rest else ": --unfound FILE.csv writes all")
        err.print(more, markup=False, highlight=False, soft_wrap=True)
    if rest and problems:
        err.print(f"all {len(problems):,}: {rest.absolute()}", markup=False, highlight=False, soft_wrap=True)
    if problems:
        raise typer.Exit(PARTLY_DONE if is_some else 1)
