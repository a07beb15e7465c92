"""Forgetting a person: everywhere, in steps that a kill may cut off at any point, and proven at the end.

The warehouse, which alone tells who is meant, changes last: until it is swapped, running the command again finds the person and does
every step anew. The receipt is written before and gets its name after, so that it is there when the person is not.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from uuid import uuid4

import polars as pl

from orchestration.privacy.identifiers import Identifiers, collect
from orchestration.privacy.persons import Account
from orchestration.privacy.places import RECEIPTS, erase_file, erased_copy, files_of, found_in, is_home_table, kind_of, remove_leftovers
from orchestration.privacy.pseudonyms import with_published
from orchestration.privacy.redaction import Redactor
from orchestration.privacy.suppression import RIGHTS, suppress
from orchestration.privacy.unnaming import unnamed
from orchestration.publishing.minimising import pseudonym_key
from orchestration.settings import Settings
from orchestration.warehouse.backup import archives_made
from orchestration.warehouse.landing import atomic
from orchestration.warehouse.permissions import as_its_folder
from orchestration.warehouse.warehouse import Warehouse, point, sync

PENDING = ".pending"
POSTGRES = "PostgreSQL"


@dataclass(frozen=True, slots=True)
class Place:
    """One place that was searched: how often the person was found there before and after. `is_left`: it is not ours to change.

    Of tables, before counts rows of theirs and cells of others, after any cell.
    """

    place: str
    before: int
    after: int
    is_left: bool = False


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a forgetting did, without anything of whom. `searched_for`: how many strings; `path`: where it is kept."""

    forgotten_at: str
    right: str
    account_count: int
    post_count: int
    searched_for: int
    places: Sequence[Place]
    not_reached: Sequence[str]

    @property
    def left(self) -> int:
        """What is still found in places that are ours."""
        return sum(place.after for place in self.places if not place.is_left)

    @property
    def elsewhere(self) -> int:
        """What is still found in files that are the user's own: what sources give, sources.yaml, notes."""
        return sum(place.after for place in self.places if place.is_left)


NOT_REACHED = (
    "other copies of archives of `groundswell backup`, and those that it did not note down: make a new one and delete those from before",
    "copies that readers made of the published file, of Parquet, reports or messages; a reader that has the file of before still open",
    "what PostgreSQL keeps in its write-ahead log, statistics, replicas and backups; snapshots of the file system and of the disk",
    "the platforms themselves: what a source still tells of the person is left out by their ids, handles and addresses, not by their name",
)


def forget(
    settings: Settings,
    accounts: Sequence[Account],
    now: datetime,
    step: Callable[[str], None],
    *,
    is_whole: bool,
    right: str = RIGHTS[0],
) -> tuple[Receipt, Path | None]:
    """Erases accounts of one person everywhere; the lock of the refresh has to be held. Returns the receipt and its file.

    Where a place of ours still holds something of them, the warehouse stays as it was and no receipt is kept: it alone tells who is
    meant, so that forgetting them again finds them and completes.

    step: called with the name of each step as it begins. `is_whole`: these are all the accounts that the person has. `right`: one of
    RIGHTS; of whoever objects the accounts stay as nodes without a name.
    """
    complete(settings)
    remove_leftovers(settings)
    step("identify")
    with Warehouse(settings.warehouse).connect(write=True) as connection:
        connection.execute("checkpoint")
    with Warehouse(settings.warehouse).connect() as connection:
        identifiers = collect(connection, [account.author_id for account in accounts], accounts[0].person_id, is_whole=is_whole)
    step("suppress")
    number = suppress(settings.home, accounts, identifiers, now.date(), right)
    told = unnamed(identifiers, accounts, number) if right == "object" else identifiers
    redactor = Redactor(with_published(told, pseudonym_key(settings.home, make=False)))
    step("search")
    before = _rewrite(settings, redactor, step)
    if settings.published.exists():
        step("publish")
        before[_name(settings.published.resolve(), settings)] = _publish(settings, redactor)
    if settings.database_url:
        from orchestration.privacy.copies import erase_copy, found_in_copy  # takes SQLAlchemy, for which every command would wait

        before[POSTGRES] = found_in_copy(settings, redactor)
        step(POSTGRES)
        erase_copy(settings)
    step("warehouse")
    fresh, before[_name(settings.warehouse, settings)] = erased_copy(settings.warehouse, redactor)
    step("prove")
    after = search(settings, redactor, fresh)
    receipt, pending = _receipt(settings, identifiers, redactor, before, after, now)
    if any(place.after for place in receipt.places if not place.is_left and place.place != _name(settings.warehouse, settings)):
        for path in (pending, fresh):  # a receipt without a fresh file beside it would be one of a swap
            path.unlink()
        return receipt, None
    step("swap")
    fresh.replace(settings.warehouse)
    sync(settings.folder)
    step("receipt")
    return receipt, _named(pending)


def complete(settings: Settings) -> list[Path]:
    """Ends what was cut off at its last step: receipts get their names where the warehouse was swapped; else they go."""
    folder = settings.home / RECEIPTS
    is_swapped = not any(path.name.endswith(".forget-fresh") for path in settings.folder.glob("*.forget-fresh"))
    named = []
    for pending in sorted(folder.glob(f"*{PENDING}")):
        if is_swapped:
            named.append(_named(pending))
        else:
            pending.unlink()
    return named


def is_ours(path: Path, settings: Settings) -> bool:
    """Whether a file is one that this program writes, and not one that the user or a source gives."""
    simulated_web = settings.folder / "sandbox"
    is_made = path.is_relative_to(settings.folder) and not path.is_relative_to(simulated_web)
    return is_made or is_home_table(path, settings)


def search(settings: Settings, redactor: Redactor, warehouse: Path) -> dict[str, int]:
    """How often the person is found in each place; `warehouse` is the file that takes the warehouse's place."""
    found: dict[str, int] = {}
    same: dict[tuple[int, int], int] = {}  # a table of Parquet that stayed the same is one file under the names of several nights
    for path in files_of(settings):
        if path == settings.warehouse or path.parent == settings.home / RECEIPTS:
            continue
        file = _file(path)
        if file not in same:
            same[file] = found_in(path, settings, redactor)
        found[_name(settings.warehouse if path == warehouse else path, settings)] = same[file]
    if settings.database_url:
        from orchestration.privacy.copies import found_in_copy

        found[POSTGRES] = found_in_copy(settings, redactor)
    return found


def _rewrite(settings: Settings, redactor: Redactor, step: Callable[[str], None]) -> dict[str, int]:
    """Writes every file of ours anew that holds something of the person; returns how often they were found in each place.

    The published file and the warehouse, which are written anew as a whole, are left for later.
    """
    found: dict[str, int] = {}
    rewritten: dict[tuple[int, int], tuple[int, Path]] = {}
    for path in list(files_of(settings)):
        if path in (settings.warehouse, settings.published.resolve()) or path.parent == settings.home / RECEIPTS:
            continue
        if not path.exists():  # what SQLite keeps beside a file goes when that is rewritten
            continue
        name, file = _name(path, settings), _file(path)
        if not is_ours(path, settings) or kind_of(path) == "duckdb":
            found[name] = found_in(path, settings, redactor)
        elif file in rewritten:
            found[name], other = rewritten[file]
            if found[name]:
                with atomic(path) as fresh:
                    fresh.hardlink_to(other)
        else:
            found[name] = erase_file(path, settings, redactor, partial(step, f"rewrite {name}"))
            rewritten[file] = found[name], path
    return found


def _file(path: Path) -> tuple[int, int]:
    """Which file it is, whatever its name."""
    return path.stat().st_dev, path.stat().st_ino


def _publish(settings: Settings, redactor: Redactor) -> int:
    """Swaps in a published file without them, and removes every older one; returns how often they were found."""
    target = settings.published
    fresh, count = erased_copy(target.resolve(), redactor, storage="v1.2.0")
    newest = target.with_name(f".{target.name}.{uuid4().hex}")
    fresh.rename(newest)
    as_its_folder(newest)
    point(target, newest.name)
    for old in target.parent.glob(f".{target.name}.*"):
        if old != newest and not old.is_symlink():
            old.unlink()
    return count


def _receipt(
    settings: Settings, identifiers: Identifiers, redactor: Redactor, before: dict[str, int], after: dict[str, int], now: datetime
) -> tuple[Receipt, Path]:
    own = {_name(path, settings) for path in files_of(settings) if is_ours(path, settings)} | {
        POSTGRES,
        _name(settings.warehouse, settings),
    }
    names = sorted(before.keys() | after.keys())
    places = [
        Place(
            redactor.marked.replaced(name, words),
            before.get(name, 0),
            after.get(name, 0),
            is_left=after.get(name, 0) > 0 and name not in own,
        )
        for name, words in zip(names, redactor.marked.words(pl.Series(names, dtype=pl.String())), strict=True)
    ]
    receipt = Receipt(
        now.isoformat(),
        "object" if redactor.identifiers.node else "erase",
        len(identifiers.authors),
        len(identifiers.post_ids),
        len(redactor.certain.patterns),
        places,
        _not_reached(settings, redactor),
    )
    folder = settings.home / RECEIPTS
    folder.mkdir(mode=0o700, exist_ok=True)
    pending = folder / f"{now:%Y-%m-%d}-{secrets.token_hex(4)}.json{PENDING}"
    with atomic(pending) as fresh:
        fresh.write_text(json.dumps(asdict(receipt), indent=1), encoding="utf-8")
        fresh.chmod(0o600)
    return receipt, pending


def _not_reached(settings: Settings, redactor: Redactor) -> Sequence[str]:
    """What no erasure of ours changes: archives with their dates, and the rest in general."""
    archives = [
        redactor.marked.replaced(f"an archive of {made_at}: {path}{'' if path.exists() else ' (is no longer there)'}")
        for made_at, path in archives_made(settings.home)
    ]
    return (*archives, *NOT_REACHED)


def _named(pending: Path) -> Path:
    path = pending.with_name(pending.name.removesuffix(PENDING))
    pending.replace(path)
    sync(path.parent)
    return path


def _name(path: Path, settings: Settings) -> str:
    base = settings.home if path.is_relative_to(settings.home) else settings.folder.parent
    return str(path.relative_to(base))
