"""A night's bookkeeping for platforms that are read by what is followed: from when on, what failed, what is to be told."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar

from connectors.extraction import Extraction
from connectors.http.errors import RateLimited, Unreachable
from connectors.source import Page, SourceError


class DeadToken(SourceError):
    """The token is not accepted: nothing can be read."""


class MissingPermission(SourceError):
    """The token or its app may not read this."""


class Missing(SourceError):
    """Nothing is there under this id or name, or nothing that this token may see."""


class SpentQuota(SourceError):
    """A quota that does not come back within the night: the message tells which."""


FOR_ALL = (RateLimited, Unreachable, DeadToken)
"""The failures that concern whatever else would be asked."""


class FollowedNight:
    """What one night remembers. The cursor's "until" keeps per followed thing the end of the last window that was read for it."""

    overlap: ClassVar[timedelta] = timedelta(days=3)
    """Lists are cached, and views of them differ: so much is read again each night."""

    def __init__(self, job: Extraction) -> None:
        self.job = job
        self.notes: list[str] = []
        self.failures: dict[str, SourceError] = {}
        until = job.cursor.get("until")
        self._until: dict[str, str] = {**until} if isinstance(until, dict) else {}

    def start(self, name: str) -> datetime:
        """From when on to read a followed thing."""
        if name in self._until:
            return datetime.fromisoformat(self._until[name]) - self.overlap
        return self.job.window.end - timedelta(days=self.job.settings.limits.history_days) if self.job.cursor else self.job.window.start

    def is_early(self, published: datetime | None) -> bool:
        """Whether an item was there before the night's end, as far as is known."""
        return published is None or published < self.job.window.end

    def fail(self, name: str, error: SourceError) -> None:
        """Keeps the failure of one followed thing for the night's end; raises what concerns them all."""
        if isinstance(error, FOR_ALL):
            raise error
        self.failures[name] = error

    def lack(self, what: str, error: SourceError) -> None:
        """Notes that a part was not read where a permission or quota that not every user has is missing; else as `fail`."""
        if isinstance(error, MissingPermission | SpentQuota | Missing):
            self.notes.append(f"{what} not read: {error}")
        else:
            self.fail(what, error)

    def last(self, url: str, names: Sequence[str], **more: Any) -> Iterator[Page]:
        """The night's notes and cursor. Raises SourceError where something that is followed could not be read."""
        until = self._until | {name: self.job.window.end.isoformat() for name in names}
        yield Page(url, notes=self.notes, cursor={"until": until, **more})
        if self.failures:
            raise SourceError("Not read: " + "; ".join(f"{name}: {error}" for name, error in self.failures.items()))
