"""The Stack Exchange API: how one night spends its quota, and the API's errors in words for a user."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from connectors.extraction import Extraction
from connectors.http import Answer, BrokenBody, RateLimited
from connectors.source import SourceError

API = "https://api.stackexchange.com/2.3"
BATCH = 100
_PAGES_WITHOUT_KEY = 25
_ERRORS = frozenset({400, 401, 402, 403, 404, 405, 406})
_EARLIEST = datetime(2008, 1, 1, tzinfo=UTC)
_THROTTLED = 502
_NEEDS_KEY = "name a key under secrets.key: it is free and gives 10,000 requests a day instead of 300"


class LimitReached(Exception):
    """The night may ask for no more; the message is its note."""


class Refusal(SourceError):
    """The API does not answer this one request; others may be answered."""


class Api:
    """One night's requests to all sites. `is_cut`: the list read last has more pages than may be read."""

    def __init__(self, job: Extraction) -> None:
        self.job = job
        self.base = (job.settings.base_url or API).rstrip("/")
        self.is_cut = False
        self._key = job.settings.secret("key")
        self._spent = 0
        self._is_spent = self._is_open = False

    async def ask(self, path: str, site: str, **params: str | int) -> Answer:
        """One answer. Raises LimitReached, or Refusal with what the API says is wrong."""
        if self._is_spent:
            raise LimitReached(f"Stack Exchange answers nothing more today, its daily quota is used up{self._advice()}")
        if self._spent == self.job.settings.limits.budget:
            raise LimitReached(f"limits.budget is used up: {self._spent} requests")
        self._spent += 1
        key = {"key": self._key} if self._key else {}
        url = f"{self.base}{path}"
        answer = await self.job.http.get_json(url, params={"site": site, **params, **key}, absent=_ERRORS)
        body = answer.json()
        if answer.status in _ERRORS or not isinstance(body, dict) or not isinstance(body.get("items"), list):
            raise self._error(answer, body, site)
        self._is_open = True
        if _is_number(body.get("backoff")):
            self.job.http.hold(url, body["backoff"])
        self._is_spent = _is_number(body.get("quota_remaining")) and body["quota_remaining"] < 1
        return answer

    async def pages(self, path: str, site: str, **params: str | int) -> AsyncIterator[tuple[str, list[Any]]]:
        """The items of a list, page by page; `is_cut` tells whether all were read."""
        self.is_cut = False
        limit = self.job.settings.limits.max_pages
        limit = limit if self._key else min(limit, _PAGES_WITHOUT_KEY)
        for page in range(1, limit + 1):
            answer = await self.ask(path, site, page=page, pagesize=BATCH, **params)
            yield answer.url, answer.json()["items"]
            if answer.json().get("has_more") is not True:
                return
        self.is_cut = True

    def why_cut(self) -> str:
        """What to do about a list that was cut."""
        is_keyless = not self._key and self.job.settings.limits.max_pages > _PAGES_WITHOUT_KEY
        return f"pages beyond {_PAGES_WITHOUT_KEY} need a key; {_NEEDS_KEY}" if is_keyless else "limits.max_pages was reached"

    def _advice(self) -> str:
        return "" if self._key else f"; {_NEEDS_KEY}"

    def _error(self, answer: Answer, body: Any, site: str) -> Exception:
        said = body if isinstance(body, dict) else {}
        number, message = said.get("error_id"), str(said.get("error_message") or "no reason given")[:200]
        if number is None:
            return BrokenBody(f"{answer.url} is not an answer of the Stack Exchange API ({answer.status}).")
        if number == _THROTTLED and self._is_open:
            return LimitReached(f"Stack Exchange throttles this address ({message}){self._advice()}")
        if number == _THROTTLED:
            return RateLimited(f"Stack Exchange throttles this address ({message}){self._advice()}; run again after that.")
        if "site" in message.lower() and number in {400, 404}:
            return Refusal(f"There is no site {site!r} ({message}): write its name as in the API, such as stackoverflow or cooking.")
        if self._key and re.search(r"\bkey\b", message.lower()):
            return SourceError(f"Stack Exchange does not take the key ({message}): check the variable named under secrets.key.")
        return Refusal(f"{answer.url}: Stack Exchange answered {said.get('error_name')} ({message}).")


def batches(ids: Iterable[str]) -> list[str]:
    """The ids, as many at once as the API takes, as it writes them in an address."""
    found = list(dict.fromkeys(ids))
    return [";".join(found[first : first + BATCH]) for first in range(0, len(found), BATCH)]


def moment(seconds: Any, end: datetime) -> datetime | None:
    """Epoch seconds as a time; None where it says nothing, or a time before the sites or well after `end`."""
    if not _is_number(seconds) or not _EARLIEST.timestamp() <= seconds < (end + timedelta(days=2)).timestamp():
        return None
    return datetime.fromtimestamp(seconds, UTC)


def number(value: Any) -> str | None:
    """An id as text."""
    return str(value) if _is_number(value) and value > 0 else None


def last_activity(items: Sequence[Any], end: datetime) -> datetime | None:
    """When the last of these questions was active."""
    times = [moment(item.get("last_activity_date"), end) for item in items if isinstance(item, dict)]
    return max((time for time in times if time), default=None)


def _is_number(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
