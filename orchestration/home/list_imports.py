"""A list that somebody kept elsewhere, as a CSV file: whom it names, and what it says of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from orchestration.home.reading import read_rows, records
from orchestration.home.tables import DAY, LABEL, NOTE, TEXT, Column, HomeError, ListStatus, Table

WHO = ("author_id", "url", "address", "handle", "account", "name")
"""Columns by which somebody is found, the surest first."""
TOLD = {"platform": TEXT, "status": Column(one_of=tuple(ListStatus)), "changed_on": DAY, "label": LABEL, "note": NOTE}
"""What else is read; `platform` narrows down where the account is."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Somebody who is to be on a list. `names`: by what they may be found, the surest first; `line`: where a file names them."""

    names: Sequence[str]
    platform: str | None = None
    status: ListStatus | None = None
    changed_on: date | None = None
    label: str | None = None
    note: str | None = None
    line: int | None = None


def read_wanted(file: Path) -> tuple[list[Wanted], list[str]]:
    """Whom a file names, and the columns that are not read. One column without a known name is of handles, from its first line on.

    Raises:
        HomeError: every fault of the file, or that it names nobody.
    """
    try:
        text = file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        text = ""  # which read_rows tells, with its line
    except OSError as error:
        raise HomeError(f"{file} cannot be read: {error.strerror}") from None
    header = [name.strip() for name in next(records(text), ("", []))[1]]
    known = {name: name.lower().replace(" ", "_") for name in header}
    if len(header) == 1 and known[header[0]] not in WHO:
        lines = [(number, line.strip().strip('"')) for number, line in enumerate(text.splitlines(), 1)]
        return [Wanted([name], line=number) for number, name in lines if name], []
    faults: list[str] = []
    rows, lines_of = read_rows(file, Table({name: TOLD.get(known[name], TEXT) for name in header}, ()), faults)
    if not (faults or set(known.values()) & set(WHO)):
        faults.append(f"{file}:1: names no column of whom is meant: call one {', '.join(WHO[:-1])} or {WHO[-1]}")
    wanted = []
    for row, line in zip(rows, lines_of, strict=True):
        cells: dict[str, Any] = {known[name]: value for name, value in row.items()}
        if names := [str(cells[name]) for name in WHO if cells.get(name)]:
            told = {name: cells.get(name) for name in TOLD}
            wanted.append(Wanted(names, **told | {"status": told["status"] and ListStatus(told["status"])}, line=line))
        else:
            faults.append(f"{file}:{line}: names nobody: fill in {' or '.join([name for name in WHO if name in known.values()] or WHO)}")
    if faults:
        raise HomeError("\n".join(faults))
    if not wanted:
        raise HomeError(f"{file}:1: names nobody: write a line for each")
    return wanted, [name for name in header if known[name] not in (*WHO, *TOLD)]
