"""What connectors share that follow several things: since when, until when, and which of them failed."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from connectors.extraction import Extraction
from connectors.http.errors import RateLimited, Unreachable
from connectors.source import Page, SourceError

_EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)


def moment(value: Any, end: datetime) -> datetime | None:
    """An ISO 8601 text as a time (without a zone: UTC); None for what is none, before the web or well after `end`."""
    try:
        written = datetime.fromisoformat(value)
        written = written.replace(tzinfo=written.tzinfo or UTC).astimezone(UTC)
    except (TypeError, ValueError, OverflowError):
        return None
    return written if _EARLIEST <= written < end + timedelta(days=2) else None


def history_start(job: Extraction) -> datetime:
    """Where to begin with what was not followed before, on the first night or a later one."""
    if not job.cursor:
        return job.window.start
    return job.window.end - timedelta(days=job.settings.limits.history_days)


def start(job: Extraction, name: str, overlap: timedelta = timedelta(0)) -> datetime:
    """From when on to read what is followed under `name`: the cursor's "until" keeps where the last night ended."""
    until = job.cursor.get("until", {}).get(name)
    return datetime.fromisoformat(until) - overlap if until else history_start(job)


def until(job: Extraction, names: Iterable[str]) -> dict[str, str]:
    """The cursor's "until" once all of `names` were read up to the window's end."""
    return dict.fromkeys(names, job.window.end.isoformat())


async def each(names: Iterable[str], read: Callable[[str], AsyncIterator[Page]], failures: dict[str, SourceError]) -> AsyncIterator[Page]:
    """The pages of each followed thing; one that fails is kept in `failures`. Raises what concerns the whole server."""
    for name in names:
        try:
            async for page in read(name):
                yield page
        except (RateLimited, Unreachable):
            raise
        except SourceError as error:
            failures[name] = error


def raise_for(failures: Mapping[str, SourceError]) -> None:
    """Raises one error that names all that failed."""
    if failures:
        raise SourceError("Not read: " + "; ".join(f"{name} ({error})" for name, error in failures.items()))
