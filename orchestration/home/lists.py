"""Lists of people in the home: a row of list_members.csv is a day on which something became different, and rows are only added to it.

All is pure: the text of the file and what was read of it come in, the text that it becomes goes out.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from orchestration.home.reading import delimiter_of, records
from orchestration.home.tables import TABLES, ListStatus, Row

TABLE = "list_members"
COLUMNS = tuple(TABLES[TABLE].columns)


@dataclass(frozen=True, slots=True)
class Change:
    """A row of the file: from `changed_on` on an account stands on a list with this status; `handle` is what readers know it by."""

    list: str
    author_id: str
    handle: str | None
    status: ListStatus
    changed_on: date
    label: str | None = None
    note: str | None = None

    @property
    def key(self) -> tuple[str, str, date]:
        """What no two rows share: a later change of the same day takes the place of the earlier."""
        return self.list, self.author_id, self.changed_on


@dataclass(frozen=True, slots=True)
class Member:
    """An account on a list as it is now: the newest status, label and note, and the first day of each status that it had."""

    newest: Change
    added_on: date
    since: Mapping[ListStatus, date]


def changes_of(rows: Iterable[Row]) -> list[Change]:
    """The rows of the table as changes."""
    return [Change(**{**row, "status": ListStatus(str(row["status"]))}) for row in rows]  # type: ignore[arg-type]  # read_table typed them


def members(changes: Sequence[Change]) -> dict[tuple[str, str], Member]:
    """Who is on which list, by list and account, in the order in which they came; a label or note holds until another is written."""
    found: dict[tuple[str, str], Member] = {}
    for change in sorted(changes, key=lambda change: change.changed_on):
        place = change.list, change.author_id
        before = found.get(place)
        since = {change.status: change.changed_on, **(before.since if before else {})}
        found[place] = Member(_over(before.newest, change) if before else change, before.added_on if before else change.changed_on, since)
    return {place: found[place] for place in dict.fromkeys((change.list, change.author_id) for change in changes)}


def with_changes(text: str, changes: Sequence[Change]) -> str:
    """The file with these at its end; where a list, account and day are there already it takes the place, and keeps what it leaves out."""
    written: dict[tuple[str, str, date], Change] = {}
    for change in changes:
        written[change.key] = _over(written[change.key], change) if change.key in written else change
    lines: list[str] = []
    header: list[str] = []
    for line, cells in records(text):
        if not header:
            header = [name.strip() for name in cells]
            lacking = [name for name in COLUMNS if name not in header and any(getattr(change, name) for change in changes)]
            header += lacking
            lines.append(_line(text, header) if lacking else line)
            continue
        old = _change(header, cells)
        new = written.pop(old.key, None) if old else None
        lines.append(_line(text, _cells(header, _over(old, new))) if old and new else line)
    if not header:
        header = list(COLUMNS)
        lines.append(_line(text, header))
    if lines and not lines[-1].endswith(("\n", "\r")):
        lines[-1] += _ending(text)
    return "".join([*lines, *(_line(text, _cells(header, change)) for change in written.values())])


def without(text: str, name: str, authors: Collection[str]) -> str:
    """The file without the rows of these accounts on a list."""
    kept: list[str] = []
    header: list[str] = []
    for line, cells in records(text):
        if not header:
            header = [name.strip() for name in cells]
            kept.append(line)
            continue
        change = _change(header, cells)
        if change is None or change.list != name or change.author_id not in authors:
            kept.append(line)
    return "".join(kept)


def _over(old: Change, new: Change) -> Change:
    return replace(new, handle=new.handle or old.handle, label=new.label or old.label, note=new.note or old.note)


def _change(header: Sequence[str], cells: Sequence[str]) -> Change | None:
    """A record as a change; None for a line without cells."""
    row = {name: cell.strip() or None for name, cell in zip(header, cells, strict=False)}
    if not any(row.values()):
        return None
    return changes_of([{**dict.fromkeys(COLUMNS), **row, "changed_on": date.fromisoformat(row["changed_on"] or "")}])[0]


def _cells(header: Sequence[str], change: Change) -> list[str]:
    return [str(value) if (value := getattr(change, name)) is not None else "" for name in header]


def _line(text: str, cells: Sequence[str]) -> str:
    made = io.StringIO()
    csv.writer(made, delimiter=delimiter_of(text), lineterminator=_ending(text)).writerow(cells)
    return made.getvalue()


def _ending(text: str) -> str:
    return "\r\n" if text.partition("\n")[0].endswith("\r") else "\n"
