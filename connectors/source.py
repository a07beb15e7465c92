"""The contract between a platform's connector and whoever runs it.

A connector is a module `connectors/<channel>/<platform>.py`, or a package of that name whose `source.py` is it, with a `SOURCE` at its
end. Its `fetch` yields pages of records for a window of time and never reads the clock, writes a file or opens a database.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, Literal, TypeVar

Cursor = Mapping[str, Any]
"""What a connector needs to go on where it stopped; JSON values only, its own business, stored as it is."""

Payload = Mapping[str, Any]
"""One item as the platform answered it; JSON values only."""


Job = TypeVar("Job")
"""What a night hands to a connector: `connectors.extraction.Extraction`, which knows settings and HTTP; the contract knows neither."""


class SourceError(Exception):
    """A source could not be read. The message is for its user: what happened, where, what to do; never a secret."""


@dataclass(frozen=True, slots=True)
class Window:
    """A half-open span of time, both ends aware and in UTC."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Record:
    """One observed item of an entity.

    `native_id` is stable over time and unique in the platform, over all of its servers (never a handle).
    `lookup_key` is what the platform's API wants to be asked with to see the item again; None where it cannot be asked.
    """

    entity: str
    native_id: str
    payload: Payload
    published_at: datetime | None = None
    lookup_key: str | None = None


@dataclass(frozen=True, slots=True)
class Tombstone:
    """An item that the platform says is gone."""

    entity: str
    native_id: str
    kind: Literal["deleted", "hidden", "suspended"] = "deleted"


@dataclass(frozen=True, slots=True)
class Rejected:
    """An item that cannot be a record, kept with the reason."""

    entity: str
    reason: str
    payload: Any
    native_id: str | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """An item seen on an earlier night, to be observed again: a young one or, `is_old`, an older one of an entity that `rechecks` names."""

    entity: str
    native_id: str
    lookup_key: str
    is_old: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """What one answer of a platform gave. `notes` are sentences for the night's summary (truncated window, malformed feed).

    `cursor`, where given, replaces the source's cursor once every page up to this one is loaded; the last one given counts, also where
    the night's budget of time cuts the source off: what comes before a cursor need not be read again. Most give theirs at the end alone.
    A source that fails keeps the cursor that it had.
    `still`: old items that were asked for and are not said to be gone, by answers that do not tell them whole.
    """

    url: str
    records: Sequence[Record] = ()
    tombstones: Sequence[Tombstone] = ()
    rejected: Sequence[Rejected] = ()
    notes: Sequence[str] = ()
    cursor: Cursor | None = None
    still: Sequence[Known] = ()


@dataclass(frozen=True, slots=True)
class Source(Generic[Job]):
    """A platform: what it yields, what it can follow, how it is fetched and checked.

    `entities` maps each entity to its one-line description ("One row per ..."), `follows` names the keys of sources.yaml it
    understands, `requires` those it cannot do without, `secrets` the credentials it can use (True: required). `check` makes one
    cheap request and returns a short description of what answered; `fetch` and `check` raise SourceError. `takes_brand_terms`: an
    entry that names no terms or tags listens for those of brand_terms.csv; else it is read as a whole. `rechecks`: the entities whose
    items can be asked for by their lookup_key alone, however old they are, so that what is gone is told and nothing else is.
    """

    platform: str
    channel: str
    entities: Mapping[str, str]
    follows: frozenset[str]
    fetch: Callable[[Job], AsyncIterator[Page]]
    check: Callable[[Job], Awaitable[str]]
    requires: frozenset[str] = frozenset()
    base_url: str | None = None
    secrets: Mapping[str, bool] = field(default_factory=dict)
    requests_per_second: float = 5.0
    access: str = "open"
    takes_brand_terms: bool = True
    rechecks: frozenset[str] = frozenset()
