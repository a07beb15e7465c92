"""YouTube's Data API v3: how it is asked with a key, its lists and batches, what a night may spend, and its refusals in a user's words."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any

from connectors.extraction import Extraction
from connectors.http import Answer, BrokenBody, RateLimited
from connectors.night.followed import DeadToken, Missing, MissingPermission, SpentQuota
from connectors.source import SourceError

API = "https://www.googleapis.com/youtube/v3"
BATCH = 50
"""The most ids of one request, and the most rows of most lists."""
SEARCHES_A_DAY = 100
"""Searches have a quota of their own since June 2026; whatever else is asked shares 10,000 units a day, one a request."""
_REFUSED = frozenset({400, 403, 404})
_SPENT = frozenset({"quotaExceeded", "dailyLimitExceeded", "dailyLimitExceededUnreg"})
_HASTY = frozenset({"rateLimitExceeded", "userRateLimitExceeded"})
_KEYLESS = frozenset({"keyInvalid", "keyExpired", "accessNotConfigured", "ipRefererBlocked", "forbiddenByKeyRestrictions"})
_KEY_DETAILS = frozenset({"API_KEY_INVALID", "SERVICE_DISABLED", "API_KEY_SERVICE_BLOCKED", "API_KEY_IP_ADDRESS_BLOCKED"})
_CLOSED = frozenset({"commentsDisabled", "playlistItemsNotAccessible", "channelForbidden", "insufficientPermissions"})


class SpentSearches(SpentQuota):
    """No search is left today; whatever is no search goes on."""


class Api:
    """One night's requests. `units` and `searches` are what was spent, `notes` are lists that were cut."""

    def __init__(self, job: Extraction, notes: list[str]) -> None:
        base = (job.settings.base_url or "").rstrip("/")
        self.base = f"{base}/youtube/v3" if base else API
        self.notes = notes
        self.units = self.searches = 0
        self._http = job.http
        self._limits = job.settings.limits
        # In a header, and so in no address that could be logged or stored.
        self._headers = {"x-goog-api-key": job.settings.secret("key") or ""}

    async def ask(self, what: str, path: str, **params: str | int) -> Answer:
        """One JSON answer.

        Raises:
            DeadToken: the key is wrong, or its project has not switched this API on.
            Missing: nothing is there.
            MissingPermission: it is not shown to everybody.
            SpentQuota: limits.budget or the day's quota is spent; SpentSearches where searches alone are.
            RateLimited: too fast, again and again.
            SourceError: YouTube does not accept the question.
        """
        if path == "/search":
            if self.searches >= SEARCHES_A_DAY:
                raise SpentSearches(f"the {SEARCHES_A_DAY} searches of a day are spent")
            self.searches += 1
        else:
            if self._limits.budget is not None and self.units >= self._limits.budget:
                raise SpentQuota(f"limits.budget ({self._limits.budget} units) is spent")
            self.units += 1
        url = f"{self.base}{path}"
        for attempt in range(1, self._limits.attempts + 1):
            answer = await self._http.get_json(url, params=params, headers=self._headers, absent=_REFUSED)
            if answer.status not in _REFUSED:
                return answer
            reasons, message = _told(answer)
            if not reasons & _HASTY:
                raise _refusal(what, answer.status, reasons, message, is_search=path == "/search")
            self._http.hold(url, 2.0**attempt)
        raise RateLimited(f"{what}: YouTube was asked too fast ({message}); lower limits.requests_per_second, or run again later.")

    async def listed(self, what: str, path: str, **params: str | int) -> AsyncIterator[tuple[str, list[Any]]]:
        """The rows of a list, page by page, each with its address."""
        following, asked = dict[str, str | int](), set[str]()
        for _ in range(self._limits.max_pages):
            answer = await self.ask(what, path, **params, **following)
            yield answer.url, listed_in(answer)
            token = answer.json().get("nextPageToken")
            if not isinstance(token, str) or not token or token in asked:
                return
            asked.add(token)
            following = {"pageToken": token}
        self.notes.append(f"{what}: more than limits.max_pages allows; the rest was not read")

    async def batches(
        self, what: str, path: str, ids: Sequence[str], **params: str | int
    ) -> AsyncIterator[tuple[str, list[str], list[Any]]]:
        """What YouTube knows of these ids, fifty a request: address, what was asked for, rows."""
        for first in range(0, len(ids), BATCH):
            batch = list(ids[first : first + BATCH])
            try:
                answer = await self.ask(what, path, id=",".join(batch), **params)
            except Missing:  # comments are not left out of a list but refused where none of them is there
                yield f"{self.base}{path}", batch, []
            else:
                yield answer.url, batch, listed_in(answer)


def listed_in(answer: Answer) -> list[Any]:
    """What an answer lists; a list of nothing may be left out. Raises BrokenBody."""
    body = answer.json()
    items = body.get("items", []) if isinstance(body, dict) and "kind" in body else None
    if not isinstance(items, list):
        raise BrokenBody(f"{answer.url} does not hold a list `items`: is this YouTube's Data API?")
    return items


def _told(answer: Answer) -> tuple[frozenset[str], str]:
    """The reasons of a refusal, as both of the API's generations write them, and its sentence."""
    try:
        body = answer.json()
    except BrokenBody:
        body = None
    error = body.get("error") if isinstance(body, dict) else None
    if not isinstance(error, dict):
        return frozenset(), str(error or "no reason given")[:200]
    rows = [row for key in ("errors", "details") for row in (error.get(key) or ()) if isinstance(row, dict)]
    return frozenset(str(row.get("reason")) for row in rows), " ".join(str(error.get("message") or "no reason given").split())[:200]


def _refusal(what: str, status: int, reasons: frozenset[str], message: str, *, is_search: bool) -> SourceError:
    why = f"{', '.join(sorted(reasons)) or status}: {message}"
    if reasons & _SPENT:
        return SpentSearches(f"the day's searches are spent ({why})") if is_search else SpentQuota(f"the day's quota is spent ({why})")
    if reasons & (_KEYLESS | _KEY_DETAILS):
        return DeadToken(
            f"YouTube does not accept the key ({why}): check the environment variable named under secrets.key, and that its project has"
            " the YouTube Data API v3 switched on: https://console.cloud.google.com/apis/credentials."
        )
    if status == 404 or any(reason.endswith("NotFound") for reason in reasons):
        return Missing(f"{what}: YouTube has no such thing ({why}); it is deleted, private or misspelt.")
    if reasons & _CLOSED:
        return MissingPermission(f"{what} is not shown to everybody ({why})")
    return SourceError(f"{what} cannot be read: YouTube answered {status} ({why}).")
