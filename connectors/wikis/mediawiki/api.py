"""Queries of MediaWiki's Action API: continuation, errors that come with HTTP 200, and what a call may hold."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import httpx

from connectors.extraction import Extraction
from connectors.http import Answer
from connectors.source import SourceError

DEFAULT_WIKI = "https://en.wikipedia.org/w"
_COMMON: dict[str, str | int] = {
    "action": "query",
    "format": "json",
    "formatversion": 2,
    "errorformat": "plaintext",
    "maxlag": 5,
    "curtimestamp": 1,
}
_BUSY = frozenset({"maxlag", "ratelimited", "readonly"})
_BATCH = 50  # what one call may name without special rights
_LONGEST = 6_000  # characters of names in one address: many servers refuse more than 8 KB


class ApiError(SourceError):
    """The wiki answered with an error of its own."""

    def __init__(self, wiki: str, code: str, text: str) -> None:
        super().__init__(f"{wiki} answers with error {code}: {' '.join(text.split())[:300]}")
        self.code = code


class LimitReached(Exception):
    """limits.max_pages requests were sent."""


@dataclass
class Api:
    """The api.php of one wiki for one night. `clock` is the wiki's own time at the first answer."""

    job: Extraction
    clock: datetime | None = None
    warnings: dict[str, None] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """What makes the wiki's ids unique: its address without scheme."""
        base = httpx.URL(self._base_url)
        return base.netloc.decode() + base.path.rstrip("/")

    @property
    def url(self) -> str:
        """Where it is asked."""
        return self._base_url.rstrip("/") + "/api.php"

    @property
    def _base_url(self) -> str:
        return self.job.settings.base_url or DEFAULT_WIKI

    def time(self, value: Any) -> datetime:
        """The time of an entry of a list. Raises SourceError."""
        try:
            return moment(value)
        except ValueError as error:
            raise SourceError(f"{self.name}: {error}") from None

    async def ask(self, **params: str | int) -> AsyncIterator[tuple[str, dict[str, Any]]]:
        """Address and `query` of an answer and of all that continue it. Raises ApiError, SourceError, LimitReached."""
        going_on: dict[str, Any] | None = {}
        while going_on is not None:
            if self.job.http.requests >= self.job.settings.limits.max_pages:
                raise LimitReached
            answer = await self.job.http.get_json(self.url, params={**_COMMON, **params, **going_on}, transient=_is_busy)
            document = answer.json()
            if error := _error(document):
                raise ApiError(self.name, *error)
            if not _is_answer(document):
                raise SourceError(f"{answer.url} is no answer of MediaWiki 1.32 or later: is base_url the folder of api.php?")
            self.clock = self.clock or self.time(document.get("curtimestamp", stamp(self.job.window.end)))
            self.warnings.update(dict.fromkeys(f"{self.name} warns: {str(warning)[:300]}" for warning in document.get("warnings", ())))
            yield answer.url, document.get("query", {})
            going_on = document.get("continue")

    async def texts(self, edits: list[dict[str, Any]]) -> dict[int, str | None]:
        """The texts of edits and of their parents, by revision; None where hidden."""
        texts = {edit["revid"]: text(edit) for edit in edits}
        parents = set(ids([edit for edit in edits if text(edit) is not None], "parentid"))
        for batch in batches(sorted(parents - texts.keys())):
            async for _, query in self.ask(prop="revisions", revids=batch, rvprop="ids|timestamp|content", rvslots="main"):
                texts.update({parent["revid"]: text(parent) for _, parent, problem in revisions(query) if not problem})
        return texts


def _is_answer(document: Any) -> bool:
    """Whether this is an envelope of format version 2, its lists made of objects."""
    if not isinstance(document, dict) or not {"query", "batchcomplete"} & document.keys():
        return False
    query, going_on = document.get("query", {}), document.get("continue", {})
    if not isinstance(query, dict) or not isinstance(query.get("pages", []), list) or not isinstance(going_on, dict):
        return False
    items = [item for part in query.values() if isinstance(part, list) for item in part]
    return all(isinstance(item, dict) and isinstance(item.get("revisions", []), list) for item in items)


def _error(document: Any) -> tuple[str, str] | None:
    """Code and text of an API error, in either of the two shapes that servers use."""
    if not isinstance(document, dict) or not {"errors", "error"} & document.keys():
        return None
    errors = document.get("errors") or [document.get("error")]
    first = errors[0] if isinstance(errors, list) and isinstance(errors[0], dict) else {}
    return str(first.get("code", "unknown")), str(first.get("text", first.get("info", "")))


def _is_busy(answer: Answer) -> bool:
    error = _error(answer.json())
    return error is not None and error[0] in _BUSY


def batches(values: Iterable[int | str]) -> Iterator[str]:
    """Lists of as many values as one call may name."""
    batch: list[str] = []
    for value in map(str, values):
        if len(batch) == _BATCH or len(quote("|".join([*batch, value]))) > _LONGEST:
            yield "|".join(batch)
            batch = []
        batch.append(value)
    if batch:
        yield "|".join(batch)


def moment(value: Any) -> datetime:
    """The time of an API timestamp. Raises ValueError."""
    time = None
    with suppress(ValueError, TypeError):
        time = datetime.fromisoformat(value)
    if time is None or time.tzinfo is None:
        raise ValueError(f"timestamp is {value!r}, expected one like 2026-01-31T23:59:59Z")
    return time


def stamp(time: datetime) -> str:
    """A time as the API wants it."""
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def is_id(value: Any) -> bool:
    """Whether this can be the id of a page, revision or user."""
    return type(value) is int and value > 0


def ids(items: Iterable[Any], key: str) -> list[int]:
    """The positive whole numbers that these items hold under `key`; log entries of no page or revision hold 0."""
    return [item[key] for item in items if isinstance(item, dict) and is_id(item.get(key))]


def revisions(query: dict[str, Any]) -> list[tuple[dict[str, Any], Any, str | None]]:
    """Each revision of an answer with its page, and why it is none (None where it is one)."""
    found = [(page, revision) for page in query.get("pages", ()) for revision in page.get("revisions", ())]
    return [(page, revision, _problem(page, revision)) for page, revision in found]


def _problem(page: dict[str, Any], revision: Any) -> str | None:
    if not is_id(page.get("pageid")) or not isinstance(page.get("title"), str):
        return "its page has no pageid or title"
    if not isinstance(revision, dict) or not is_id(revision.get("revid")):
        return "it has no revid"
    slots = revision.get("slots")
    if not isinstance(slots, dict) or not isinstance(slots.get("main"), dict):
        return "it has no slots.main"
    try:
        moment(revision.get("timestamp"))
    except ValueError as error:
        return str(error)
    return None


def text(revision: dict[str, Any]) -> str | None:
    """The wikitext of a revision, None where it is hidden."""
    content = revision["slots"]["main"].get("content")
    return content if isinstance(content, str) else None


def gone(query: dict[str, Any]) -> list[int]:
    """The revisions of an answer that the wiki does not hold any more."""
    missing = query.get("badrevids")
    return ids(missing.values(), "revid") if isinstance(missing, dict) else []


def hidden(event: dict[str, Any]) -> list[int]:
    """The revisions that an entry of the deletion log hid or showed again."""
    details = event.get("params")
    if event.get("action") != "revision" or not isinstance(details, dict) or details.get("type") != "revision":
        return []
    return [int(revid) for revid in details.get("ids", ()) if str(revid).isdecimal()]
