"""Meta's Graph API, as Facebook, Instagram and Threads speak it: its errors, its quotas, its pages, and a night's bookkeeping."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import httpx

from connectors.extraction import Extraction
from connectors.http import Answer, BrokenBody, RateLimited
from connectors.http.pagination import Parameters
from connectors.http.redaction import Redactor
from connectors.night.followed import DeadToken, FollowedNight, Missing, MissingPermission, SpentQuota
from connectors.source import SourceError

FACEBOOK = "https://graph.facebook.com/v26.0"
BATCH = 50
"""The most ids that one request may ask for."""
EARLIEST = datetime(2004, 1, 1, tzinfo=UTC)

_READ = frozenset({400, 401, 403, 404, 429})
_TRANSIENT = frozenset({1, 2})
_QUOTA = frozenset({4, 17, 32, 341, 613, *range(80_000, 80_015)})
_DEAD = frozenset({102, 190})
_PERMISSION = frozenset({3, 10, *range(200, 300)})
_ABSENT = frozenset({24, 110, 803})
_HASHTAGS_SPENT = 18
_BLOCKED = 368
_DEATHS = {458: "the app was removed", 460: "the password was changed", 463: "it has expired", 467: "it was revoked"}
_NEARLY_SPENT = 95
"""Per cent of a quota: near the whole the app is shut out for up to an hour."""
_FULL_SCALE = 1e6
_SHORT_WAIT, _UNTOLD_WAIT = 60.0, 300.0
_CURSOR = re.compile(r"[\w=.:|+/-]{1,2000}")
_PLACE = ("after", "until", "since", "offset", "__paging_token")


@dataclass(frozen=True, slots=True)
class GraphError:
    """What the API says of a failure. `code` is 0 where it gives none."""

    code: int
    subcode: int
    message: str
    is_transient: bool


class Graph:
    """The requests of one source. `proof` (HMAC of the token by the app's secret) goes along where the app's secret is configured."""

    def __init__(self, job: Extraction, base: str) -> None:
        token, app_secret = job.settings.secret("token") or "", job.settings.secret("app_secret")
        self.base = (job.settings.base_url or base).rstrip("/")
        self.http = job.http
        self._attempts = job.settings.limits.attempts
        self._max_pages = job.settings.limits.max_pages
        self._secrets = {"access_token": token}
        if app_secret:
            proof = hmac.new(app_secret.encode(), token.encode(), hashlib.sha256).hexdigest()
            job.http.keep_secret(proof)
            self._secrets["appsecret_proof"] = proof
        self._redact = Redactor(self._secrets.values())

    async def ask(self, path: str, params: Parameters | None = None) -> Answer:
        """An answer that is an object and no error. Raises SourceError, of the kinds above where the API tells them apart."""
        url = f"{self.base}/{path}"
        for attempt in count(1):
            answer = await self.http.get_json(url, params={**(params or {}), **self._secrets}, absent=_READ)
            error = _error(answer)
            is_refused = error is not None and (error.code in _QUOTA or answer.status == 429)
            self._heed(answer, is_refused)
            if error is None:
                return answer
            if not (is_refused or error.is_transient):
                raise self._failure(answer, error)
            if attempt >= self._attempts:
                kind, what = (RateLimited, "its quota is spent") if is_refused else (SourceError, "it went on failing")
                raise kind(f"{answer.url}: {what} ({self._said(error)}; attempts: {attempt}). Run again in an hour.")
            if not is_refused:
                self.http.hold(url, 2.0**attempt)
        raise AssertionError("count() does not end")

    async def pages(self, path: str, params: Parameters, notes: list[str]) -> AsyncIterator[tuple[Answer, Sequence[Any]]]:
        """The answers of a list with their items. Its links hold the token: only the place is taken from them, the address stays."""
        place: Mapping[str, str] = {}
        places: list[Mapping[str, str]] = [place]
        while True:
            answer = await self.ask(path, {**params, **place})
            body = answer.json()
            yield answer, listed(answer, body)
            following = next_place(answer, body)
            if following is None:
                return
            if following in places:
                raise BrokenBody(f"{answer.url} names a next page that was read before: the list runs in a circle, and is left.")
            if len(places) >= self._max_pages:
                notes.append(f"{path}: more than limits.max_pages allows; the rest was not read")
                return
            places.append(following)
            place = following

    async def objects(self, ids: Sequence[str], fields: str) -> AsyncIterator[tuple[Answer | None, Mapping[str, Any], list[str]]]:
        """The answers for these ids, batch by batch: what was found by id, and which are missing.

        One missing id fails a whole batch, so that such a one is halved until the id stands alone.
        """
        waiting = [ids[first : first + BATCH] for first in range(0, len(ids), BATCH)][::-1]
        while waiting:
            batch = waiting.pop()
            try:
                answer = await self.ask("", {"ids": ",".join(batch), "fields": fields})
            except Missing:
                if len(batch) == 1:
                    yield None, {}, list(batch)
                else:
                    middle = len(batch) // 2
                    waiting += [batch[middle:], batch[:middle]]
                continue
            body = answer.json()
            yield answer, {key: body[key] for key in batch if key in body}, []

    def _heed(self, answer: Answer, is_refused: bool) -> None:
        """Waits as the usage headers tell; RateLimited follows where that is longer than a night can give."""
        used, minutes = _usage(answer.headers)
        if is_refused or used >= _NEARLY_SPENT:
            self.http.hold(self.base, minutes * 60 or (_UNTOLD_WAIT if is_refused else _SHORT_WAIT))

    def _said(self, error: GraphError) -> str:
        words = " ".join(error.message.split())
        return self._redact("".join(letter for letter in words if letter.isprintable()))[:300].rstrip(". ")

    def _failure(self, answer: Answer, error: GraphError) -> SourceError:
        """One clear error for what the API says; its text about a dead token is left out, for it may hold the token."""
        code, where, said = error.code, answer.url, self._said(error)
        about_access = re.search(r"permission|requires|Public Content Access|proof", said) is not None
        if code in _DEAD or (not code and answer.status == 401):
            why = _DEATHS.get(error.subcode, "it is wrong, expired or revoked")
            return DeadToken(f"{where} does not accept the token: {why}. Issue a new one, and set the variable named under secrets.token.")
        if code == _HASHTAGS_SPENT:
            return SpentQuota(f"{where}: {said}")
        if (code == 100 and error.subcode == 33) or code in _ABSENT:
            return Missing(f"{where}: nothing is there, or nothing that this token may see ({said}).")
        if code in _PERMISSION or (code == 100 and about_access):
            needs = "set secrets.app_secret" if "proof" in said else "grant it to the app, or take this out of sources.yaml"
            return MissingPermission(f"{where}: a permission is missing ({said}): {needs}.")
        if code == _BLOCKED:
            return DeadToken(f"{where}: the account or app is blocked for a while ({said}). See the app's dashboard.")
        return SourceError(f"{where} answered {answer.status} (code {code}: {said}). Check what the source follows.")


class GraphNight(FollowedNight):
    """A night at a Graph API."""

    def __init__(self, job: Extraction, base: str) -> None:
        super().__init__(job)
        self.graph = Graph(job, base)

    def span(self, name: str) -> dict[str, int]:
        """The parameters for what was published since a followed thing was read, and before the window's end."""
        return {"since": int(self.start(name).timestamp()), "until": int(self.job.window.end.timestamp())}

    def when(self, value: Any) -> datetime | None:
        """A time of the platform, None where it is none that can be."""
        return moment(value, self.job.window.end)


def moment(value: Any, end: datetime) -> datetime | None:
    """An ISO time, also with +0000; None where it is none, or well after `end`, or before the platforms."""
    if not isinstance(value, str):
        return None
    try:
        found = datetime.fromisoformat(value)
        found = found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return found if EARLIEST <= found < end + timedelta(days=2) else None


def text(value: Any, key: str) -> str | None:
    """A non-empty text in an object; None for anything else."""
    found = value.get(key) if isinstance(value, Mapping) else None
    return found if isinstance(found, str) and found else None


def listed(answer: Answer, value: Any) -> Sequence[Any]:
    """The items of a list's page."""
    items = value.get("data") if isinstance(value, Mapping) else None
    if not isinstance(items, list):
        raise BrokenBody(f"{answer.url} is not the list that was asked for.")
    return items


def next_place(answer: Answer, value: Any, *, is_linked: bool = True) -> Mapping[str, str] | None:
    """Where a list goes on: its cursor `after`, or the place in the query of its link; None at the end, which has no link."""
    paging = value.get("paging") if isinstance(value, Mapping) else None
    link = text(paging, "next")
    if is_linked and link is None:
        return None
    after = text(paging.get("cursors"), "after") if isinstance(paging, Mapping) else None
    if after is not None:
        if not _CURSOR.fullmatch(after):
            raise BrokenBody(f"{answer.url} continues with what is no cursor.")
        return {"after": after}
    try:
        found = {key: asked for key, asked in httpx.URL(link or "").params.items() if key in _PLACE and asked}
    except httpx.InvalidURL:
        found = {}
    return found or None


def _error(answer: Answer) -> GraphError | None:
    """The error that an answer holds; what is neither that nor an object is broken."""
    body = answer.json()
    error = body.get("error") if isinstance(body, dict) else None
    if isinstance(error, dict):
        code, subcode = (value if isinstance(value := error.get(key), int) else 0 for key in ("code", "error_subcode"))
        is_transient = error.get("is_transient") is True or code in _TRANSIENT
        return GraphError(code, subcode, str(error.get("message") or "no reason given"), is_transient)
    if not isinstance(body, dict) or answer.status in _READ:
        raise BrokenBody(f"{answer.url} answered {answer.status} with what is no answer of a Graph API.")
    return None


def _usage(headers: httpx.Headers) -> tuple[float, float]:
    """The fullest quota in per cent, and the minutes until it can be used again where that is told."""
    used, minutes = 0.0, 0.0
    for name in ("x-app-usage", "x-page-usage", "x-business-use-case-usage"):
        try:
            told = json.loads(headers.get(name, "{}"))
        except ValueError:
            continue
        for quota in _quotas(told):
            numbers = {key: value for key, value in quota.items() if isinstance(value, int | float) and 0 <= value < _FULL_SCALE}
            used = max(used, *(numbers.get(key, 0) for key in ("call_count", "total_time", "total_cputime")))
            minutes = max(minutes, numbers.get("estimated_time_to_regain_access", 0))
    return used, minutes


def _quotas(told: Any) -> Iterator[Mapping[str, Any]]:
    if not isinstance(told, dict):
        return
    yield told
    for cases in told.values():
        yield from (case for case in (cases if isinstance(cases, list) else ()) if isinstance(case, dict))
