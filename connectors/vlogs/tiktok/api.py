"""TikTok's Research API: its token, its calls, what a night may spend of them, and one sentence for each of its refusals."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from connectors.extraction import Extraction
from connectors.http import Answer, BrokenBody, Unauthorized
from connectors.http.app_tokens import AppToken
from connectors.source import SourceError

TIKTOK = "https://open.tiktokapis.com"
BUDGET = 1_000
"""Requests a night where limits.budget says nothing: what TikTok allows a client a day."""
_READ_HERE = frozenset({400, 401, 403, 404})
_NOT_APPROVED = frozenset({"scope_not_authorized", "scope_permission_missed"})
_SPENT = "daily_quota_limit_exceeded"
_LONGEST = 200


class Closed(SourceError):
    """TikTok lets this client read nothing."""


class Spent(SourceError):
    """No more requests tonight: limits.budget, or TikTok's own quota of the day."""


class Declined(SourceError):
    """TikTok does not answer this one request."""


class TikTokApi:
    """The calls of one night."""

    def __init__(self, job: Extraction) -> None:
        self.base = f"{(job.settings.base_url or TIKTOK).rstrip('/').removesuffix('/v2')}/v2"
        self.budget = job.settings.limits.budget or BUDGET
        key, secret = job.settings.secret("client_key"), job.settings.secret("client_secret")
        if not key or not secret:
            raise Closed("TikTok answers approved clients alone: name the environment variables of secrets.client_key and client_secret.")
        self._http = job.http
        self._sent_before = job.http.requests
        self._token = AppToken(job.http, f"{self.base}/oauth/token/", key, secret, id_and_secret=("client_key", "client_secret"))

    @property
    def left(self) -> int:
        """How many requests the budget still allows; what is sent again counts as well, and so does the request for the token."""
        return self.budget - (self._http.requests - self._sent_before)

    async def call(self, path: str, fields: str, asked: Mapping[str, Any], *, keep: int = 0) -> tuple[str, Mapping[str, Any]]:
        """The address that was asked, and the `data` that it answered with. `keep` requests of the budget are left unspent.

        Raises:
            Closed: the client is refused.
            Spent: there is no request left.
            Declined: this one request is refused.
        """
        if self.left <= keep:
            kept = f" but for {keep} kept for what follows" if keep else ""
            raise Spent(f"limits.budget ({self.budget} requests) is spent{kept}")
        url = f"{self.base}/research/{path}?fields={fields}"
        try:
            answer = await self._token.use(partial(self._post, url, asked))
        except Unauthorized as error:
            raise Closed(f"TikTok refuses the token that it has just issued for this client key and secret. {error}") from None
        body = answer.json()
        data = body.get("data") if isinstance(body, dict) else None
        if not isinstance(data, dict):
            raise BrokenBody(f"{answer.url} does not hold the object that was asked for: is {self.base} TikTok's API?")
        return answer.url, data

    async def _post(self, url: str, asked: Mapping[str, Any], token: str) -> Answer:
        headers = {"authorization": f"Bearer {token}"}
        answer = await self._http.post(url, json=asked, headers=headers, absent=_READ_HERE | {429})
        if answer.status == 429 and _error(answer)[0] != _SPENT:
            answer = await self._http.post(url, json=asked, headers=headers, absent=_READ_HERE)
        code, message = _error(answer)
        if answer.status < 400 and code in {"ok", ""}:
            return answer
        said = f"{code}: {message}".replace(token, "***")[:_LONGEST].strip(": ") or f"{answer.status} without a reason"
        if code == _SPENT:
            raise Spent(f"TikTok's quota of this day is spent, and comes back at 00:00 UTC ({said})")
        if code in _NOT_APPROVED or answer.status == 403:
            raise Closed(f"TikTok has not approved this client for the Research API (scope research.data.basic): apply for it ({said}).")
        if answer.status == 401:
            raise Unauthorized(f"{answer.url} answered 401 ({said}).", 401, said)
        raise Declined(f"{answer.url} is refused ({said})")


def _error(answer: Answer) -> tuple[str, str]:
    """The code and the message of an answer's `error`, which all answers have; empty where the body is none of TikTok's."""
    try:
        body = answer.json()
    except BrokenBody:
        if answer.status < 400:
            raise
        return "", ""
    error = body.get("error") if isinstance(body, dict) else None
    told: Mapping[str, Any] = error if isinstance(error, dict) else {}
    return str(told.get("code") or ""), str(told.get("message") or "")
