"""LinkedIn's versioned REST API: its headers, its errors, its lists, and its batches by URN."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from connectors.extraction import Extraction
from connectors.http import Answer, BrokenBody, RateLimited
from connectors.http.redaction import Redactor
from connectors.night.followed import DeadToken, Missing, MissingPermission
from connectors.source import SourceError

BASE = "https://api.linkedin.com/rest"
VERSION = "202607"
"""The month of the API that is spoken; LinkedIn switches each one off after about a year."""
BATCH = 50
EARLIEST = datetime(2003, 1, 1, tzinfo=UTC)

_READ = frozenset({400, 401, 403, 404, 410, 426, 429})


class LinkedIn:
    """The requests of one source. Queries are written out: a URN is encoded within `List(...)`, whose own signs must not be."""

    def __init__(self, job: Extraction) -> None:
        self.base = (job.settings.base_url or BASE).rstrip("/")
        self._http = job.http
        self._max_pages = job.settings.limits.max_pages
        token = job.settings.secret("token") or ""
        self._redact = Redactor([token])
        self._headers = {
            "Authorization": f"Bearer {token}",
            "LinkedIn-Version": VERSION,
            "X-Restli-Protocol-Version": "2.0.0",
        }

    async def ask(self, path: str, *, method: str | None = None) -> Answer:
        """An answer that is an object. Raises SourceError, of the kinds above where LinkedIn tells them apart."""
        headers = self._headers | ({"X-RestLi-Method": method} if method else {})
        answer = await self._http.get_json(f"{self.base}/{path}", headers=headers, absent=_READ)
        if answer.status in _READ:
            raise _failure(answer, self._redact)
        if not isinstance(answer.json(), dict):
            raise BrokenBody(f"{answer.url} is not the object that was asked for.")
        return answer

    async def pages(
        self, path: str, size: int, notes: list[str], *, method: str | None = None
    ) -> AsyncIterator[tuple[Answer, Sequence[Any]]]:
        """The answers of a list with their elements, from `start` on until one is not full and names no next one."""
        joint = "&" if "?" in path else "?"
        start = 0
        for _ in range(self._max_pages):
            answer = await self.ask(f"{path}{joint}start={start}&count={size}", method=method)
            body = answer.json()
            elements = body.get("elements")
            if not isinstance(elements, list):
                raise BrokenBody(f"{answer.url} is not the list that was asked for.")
            yield answer, elements
            if not elements or (len(elements) < size and not _has_next(body)):
                return
            start += size
        notes.append(f"{path.partition('?')[0]}: more than limits.max_pages allows; the rest was not read")

    async def batch(self, path: str, keys: Sequence[str], *, name: str = "ids") -> AsyncIterator[tuple[Answer, dict[str, Any], list[str]]]:
        """The answers for these keys, many at a time: what was found by key, and which are not there any more."""
        for first in range(0, len(keys), BATCH):
            part = keys[first : first + BATCH]
            answer = await self.ask(f"{path}?{name}={listing(part)}", method="BATCH_GET")
            body = answer.json()
            results, statuses, errors = (_by_key(body.get(member)) for member in ("results", "statuses", "errors"))
            found = {key: results[key] for key in part if isinstance(results.get(key), dict)}
            gone = [key for key in part if key not in found and {_status(statuses.get(key)), _status(errors.get(key))} & {404, 410}]
            yield answer, found, gone


def listing(keys: Sequence[str]) -> str:
    """A list as Rest.li 2.0 writes it in a query."""
    return f"List({','.join(quote(key, safe='') for key in keys)})"


def moment(value: Any, end: datetime) -> datetime | None:
    """A time in epoch milliseconds; None where it is none, or well after `end`, or before LinkedIn."""
    if not isinstance(value, int) or not EARLIEST.timestamp() * 1000 <= value < (end + timedelta(days=2)).timestamp() * 1000:
        return None
    return datetime.fromtimestamp(value / 1000, UTC)


def _failure(answer: Answer, redact: Redactor) -> SourceError:
    """One clear error for what LinkedIn says: as JSON, or as XML or a page where its gateway speaks."""
    try:
        body = answer.json()
    except BrokenBody:
        body = None
    told = body.get("message") if isinstance(body, dict) else None
    words = " ".join(told.split()) if isinstance(told, str) else "no reason given"
    said, where = redact("".join(letter for letter in words if letter.isprintable()))[:300].rstrip(". "), answer.url
    if answer.status == 401:
        return DeadToken(
            f"{where} does not accept the token ({said}): it is wrong, expired (after 60 days) or revoked. Let a page administrator "
            "issue a new one, and set the variable named under secrets.token."
        )
    if answer.status == 403:
        return MissingPermission(
            f"{where} may not be read ({said}): the token needs the scope r_organization_social, its member a role in the page, its app "
            "LinkedIn's Community Management product."
        )
    if answer.status in {404, 410}:
        return Missing(f"{where}: nothing is there, or nothing that this token may see ({said}).")
    if answer.status == 429:
        return RateLimited(f"{where}: the day's quota is spent ({said}). It comes back at 00:00 UTC.")
    if answer.status == 426:
        return DeadToken(f"{where}: LinkedIn has switched off version {VERSION} of its API ({said}): update Groundswell.")
    return SourceError(f"{where} answered {answer.status} ({said}). Check what the source follows.")


def _has_next(body: Mapping[str, Any]) -> bool:
    paging = body.get("paging")
    links = paging.get("links") if isinstance(paging, Mapping) else None
    return any(isinstance(link, Mapping) and link.get("rel") == "next" for link in (links if isinstance(links, list) else ()))


def _by_key(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _status(value: Any) -> int | None:
    found = value.get("status") if isinstance(value, Mapping) else value
    return found if isinstance(found, int) else None
