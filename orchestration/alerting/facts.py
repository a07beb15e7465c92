"""What is known of an installation and its newest night."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class Ended:
    """How a refresh ended. `failure` says why the night, or where `is_published` a copy of it, was not made."""

    night: date
    failure: str | None = None
    is_published: bool = True


@dataclass(frozen=True, slots=True)
class SourceFacts:
    """One source's newest run of the night. `suspicion` says that it brought far fewer records than usual, and how many."""

    source_name: str
    status: str
    error: str | None = None
    suspicion: str | None = None


@dataclass(frozen=True, slots=True)
class Wrong:
    """How many of the items of one source and entity were wrong, on the night and on those of four weeks before.

    `what`: what was wrong with them. `fields`: names of fields that were ill-typed.
    """

    source_name: str
    entity: str
    what: str
    wrong: int
    items: int
    wrong_before: int
    items_before: int
    fields: str = ""


@dataclass(frozen=True, slots=True)
class Vanished:
    """Columns of one source and entity that were filled on the four weeks before, and in no row of the night."""

    source_name: str
    entity: str
    columns: tuple[str, ...]
    rows: int
    rows_before: int


@dataclass(frozen=True, slots=True)
class BrokenRule:
    """A test of a table that rows of the night break, and how many."""

    model: str
    rule: str
    rows: int


@dataclass(frozen=True, slots=True)
class RowCount:
    """Rows of what is published, and of the night before."""

    name: str
    rows: int
    rows_before: int


@dataclass(frozen=True, slots=True)
class ListedPost:
    """A post of somebody on a list about brands of ours, which the night was the first to see. `lists` and `brands`: parted by "; "."""

    person: str
    lists: str
    brands: str
    sentence: str | None = None
    url: str | None = None


@dataclass(frozen=True, slots=True)
class NightRow:
    """One of the last nights, as `groundswell status` lists them."""

    night: date
    is_published: bool
    sources: int
    failed: int
    records: int
    new: int


@dataclass(frozen=True, slots=True)
class Facts:
    """What decides whether somebody is told.

    `ended`: the newest night that was tried. `published_night` and `published_at`: what readers have, and when its sources were asked; None
    where nothing is published. `needed_bytes`: what the next night may write. `backtests`: NDCG of the night's backtest, then of up to 28
    before it, of this score version; empty where the night measured none. `listed`: what is news and no fault.
    `unreadable`: files that could not be read, and why.
    """

    now: datetime
    place: str
    is_refreshing: bool = False
    ended: Ended | None = None
    published_night: date | None = None
    published_at: datetime | None = None
    free_bytes: int = 0
    needed_bytes: int = 0
    sources: tuple[SourceFacts, ...] = ()
    row_counts: tuple[RowCount, ...] = ()
    backtests: tuple[float, ...] = ()
    wrong: tuple[Wrong, ...] = ()
    vanished: tuple[Vanished, ...] = ()
    broken: tuple[BrokenRule, ...] = ()
    nights: tuple[NightRow, ...] = ()
    listed: tuple[ListedPost, ...] = ()
    unreadable: tuple[str, ...] = ()
