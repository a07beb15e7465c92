"""What a folder of files would become, without loading any of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from connectors.files.batches import batches, sorted_out
from connectors.files.source import listing, told, unknown_columns, why_unread
from connectors.settings import TableDialect
from connectors.source import SourceError, Window

_MOST_PROBLEMS = 10  # of one file
_KEY = "preview"  # stands in for the secret that customers are hashed with; nothing that is hashed here is kept


@dataclass(frozen=True, slots=True)
class Preview:
    """A file: what it is recognised as (None: not read), its records by entity, and what becomes of its `rows`.

    `rows` are `kept`, `rejected`, `left_out` or `waiting` for a later night, which add up. `problems` are sentences, those of rejected
    rows and cells ten at most.
    """

    file: str
    recognised: str | None
    records: dict[str, int] = field(default_factory=dict)
    rows: int = 0
    kept: int = 0
    rejected: int = 0
    left_out: int = 0
    waiting: int = 0
    problems: Sequence[str] = ()


def previews(folder: Path, dialect: TableDialect, window: Window) -> list[Preview]:
    """A preview of each file of a folder and of each thing in it that is no file. Raises SourceError where it is no folder."""
    files, notes = listing(folder)
    strangers = [Preview(note.partition(" is not read")[0], None, problems=[note]) for note in notes]
    return sorted([*strangers, *(_preview(path, dialect, window) for path in files)], key=lambda found: found.file)


def until(now: datetime) -> Window:
    """The time of which files are read now."""
    return Window(datetime.min.replace(tzinfo=now.tzinfo), now)


def _preview(path: Path, dialect: TableDialect, window: Window) -> Preview:
    if sentence := why_unread(path, dialect):
        return Preview(path.name, None, problems=[sentence])
    counts, records, left_out = Counter[str](), Counter[str](), Counter[str]()
    recognised, unknown, problems, failure = None, dict[str, None](), list[str](), []
    try:
        for batch in batches(path, dialect):
            recognised = batch.format or f"{batch.entity} of the schema"
            unknown |= unknown_columns(batch)
            page, counted = sorted_out(path, batch, window, _KEY)
            counts += counted
            left_out += batch.left_out
            records.update(record.entity for record in page.records)
            problems += [rejected.reason for rejected in page.rejected][: _MOST_PROBLEMS - len(problems)]
            counts["problems"] += len(page.rejected)
    except SourceError as error:
        failure = [str(error)]
    if counts["problems"] > len(problems):
        problems.append(f"{path.name}: {counts['problems'] - len(problems)} more such problems")
    notes = told(path, None, list(unknown), counts, left_out)
    return Preview(
        path.name,
        recognised,
        {entity: number for entity, number in records.items() if number},
        rows=sum(counts[what] for what in ("records", "rejected", "left out", "waiting")),
        kept=counts["records"],
        rejected=counts["rejected"],
        left_out=counts["left out"],
        waiting=counts["waiting"],
        problems=[*failure, *problems, *notes],
    )
