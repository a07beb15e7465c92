"""Lemmy's API v3: how an instance is asked, its lists, and its errors in words for a user."""

from __future__ import annotations

import itertools
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

from connectors.extraction import Extraction
from connectors.http import Answer, BrokenBody, RateLimited
from connectors.source import SourceError

PAGE_SIZE = 50
OVERLAP = timedelta(days=3)
"""What other instances wrote comes days late, under the time when it was written: so much is read again each night."""
_ERRORS = frozenset({400, 401, 403, 404})
_GONE = re.compile(r"couldnt_find_\w+|not_found|unknown_post|deleted|purged", re.ASCII)
_BUSY_SECONDS = 30.0
_EARLIEST = datetime(2019, 1, 1, tzinfo=UTC)


class Refusal(SourceError):
    """The instance does not show one thing; others may be open. `is_gone`: it says that there is no such thing."""

    def __init__(self, message: str, *, is_gone: bool = False) -> None:
        super().__init__(message)
        self.is_gone = is_gone


class Api:
    """One night's requests to one instance."""

    def __init__(self, job: Extraction) -> None:
        self.job = job
        self.base = str(job.settings.base_url).rstrip("/").removesuffix("/api/v3")
        self.host = self.base.partition("://")[2]
        self.max_pages = job.settings.limits.max_pages
        self.notes: list[str] = []

    async def ask(self, what: str, path: str, **params: str | int) -> Answer:
        """One JSON object. Raises Refusal where the instance does not show `what`."""
        url = f"{self.base}/api/v3{path}"
        for _ in range(self.job.settings.limits.attempts):
            answer = await self.job.http.get_json(url, params=params, absent=_ERRORS)
            error = _error(answer)
            if error != "rate_limit_error":
                break
            self.job.http.hold(url, _BUSY_SECONDS)
        else:
            raise RateLimited(f"{self.host} asks for fewer requests: lower limits.requests_per_second, or run again later.")
        if error in {"not_logged_in", "incorrect_login", "instance_is_private"} or answer.status in {401, 403}:
            raise SourceError(f"{self.host} shows guests nothing ({error or answer.status}): it is a private instance, use another.")
        if error and (_GONE.fullmatch(error) or answer.status == 404):
            raise Refusal(f"{what} is not there on {self.host} ({error}). Check its name.", is_gone=True)
        if error or answer.status in _ERRORS:
            raise Refusal(f"{what} cannot be read from {self.host} ({answer.status} {error or 'without a reason'}).")
        if not isinstance(answer.json(), dict):
            raise BrokenBody(f"{answer.url} is no object: is this Lemmy?")
        return answer

    async def pages(self, what: str, path: str, *keys: str, **params: str | int) -> AsyncIterator[tuple[str, dict[str, Any]]]:
        """The answers of a list whose items stand under `keys`: by `next_page` where the instance names one, else by number."""
        place: dict[str, str | int] = {}
        asked: set[Any] = set()
        for page in itertools.count(1):
            answer = await self.ask(what, path, limit=PAGE_SIZE, **params, **place)
            body = answer.json()
            lists = [body.get(key) for key in keys]
            sizes = [len(items) for items in lists if isinstance(items, list)]
            if len(sizes) < len(keys):
                raise BrokenBody(f"{answer.url} has no list of {' and '.join(keys)}: is this Lemmy?")
            yield answer.url, body
            following = body.get("next_page")
            is_last = following in asked if isinstance(following, str) else max(sizes) < PAGE_SIZE or "page_cursor" in place
            if not max(sizes) or is_last:
                return
            if page == self.max_pages:
                self.notes.append(f"{what}: more items than limits.max_pages allows; the older ones were not read")
                return
            asked.add(following)
            place = {"page_cursor": following} if isinstance(following, str) else {"page": page + 1}

    def since(self, name: str) -> datetime:
        """From when on to read a list."""
        until = self.job.cursor.get("until", {}).get(name)
        if until:
            return datetime.fromisoformat(until) - OVERLAP
        return self.job.window.end - timedelta(days=self.job.settings.limits.history_days) if self.job.cursor else self.job.window.start

    def moment(self, value: Any) -> datetime | None:
        """A time, in UTC also where it names no zone (Lemmy 0.18); None where it is none, or before Lemmy or well after the night."""
        try:
            moment = datetime.fromisoformat(value)
        except (TypeError, ValueError):
            return None
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
        return moment if _EARLIEST <= moment < self.job.window.end + timedelta(days=2) else None


def _error(answer: Answer) -> str | None:
    """The name of the error that an answer is."""
    try:
        body = answer.json()
    except BrokenBody:
        if answer.status == 404:
            raise SourceError(f"{answer.url} is not there: base_url must be a Lemmy instance with API v3 (0.18 or 0.19).") from None
        return None
    error = body.get("error") if isinstance(body, dict) else None
    return error if isinstance(error, str) and error else None
