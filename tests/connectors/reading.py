"""Short ways to look at what a connector yielded, and times to give it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from connectors.source import Known, Page, Record, SourceError, Tombstone


def records(pages: Sequence[Page], entity: str) -> dict[str, Record]:
    return {record.native_id: record for page in pages for record in page.records if record.entity == entity}


def tombstones(pages: Sequence[Page]) -> list[Tombstone]:
    return [tombstone for page in pages for tombstone in page.tombstones]


def notes(pages: Sequence[Page]) -> str:
    return "\n".join(note for page in pages for note in page.notes)


def cursor(pages: Sequence[Page]) -> Any:
    return [page.cursor for page in pages if page.cursor is not None][-1]


def young(pages: Sequence[Page], entity: str) -> list[Known]:
    return [Known(entity, native_id, record.lookup_key) for native_id, record in records(pages, entity).items() if record.lookup_key]


async def until_failure(pages: AsyncIterator[Page]) -> tuple[list[Page], str]:
    """What came before a fetch failed, and its error."""
    read = []
    try:
        async for page in pages:
            read.append(page)
    except SourceError as error:
        return read, str(error)
    raise AssertionError("the fetch did not fail")


def minutes(start: str, count: int) -> list[str]:
    """So many minutes one after the other."""
    return [(datetime.fromisoformat(start) + timedelta(minutes=number)).isoformat()[:16] for number in range(count)]
