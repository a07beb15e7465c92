"""Bluesky's calls (XRPC): as a guest of the public AppView, or with a session of an account on its own server."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from connectors.extraction import Extraction
from connectors.http import BrokenBody, Rejection
from connectors.source import SourceError

APP_VIEW = "https://public.api.bsky.app"
SERVER = "https://bsky.social"
BATCH_SIZE = 25
"""How many posts or profiles one call may name."""

Query = Sequence[tuple[str, str | int]]
Answered = tuple[str, Mapping[str, Any]]
"""The address that was asked, redacted, and the object that it answered with."""

_CODE = re.compile(r'"error"\s*:\s*"(\w{1,60})"')
_PASSED = frozenset({"ExpiredToken", "InvalidToken"})
_REFUSALS = {
    "AccountTakedown": "Bluesky has suspended the account: take it out of `accounts`",
    "AccountSuspended": "Bluesky has suspended the account: take it out of `accounts`",
    "AccountDeactivated": "its owner has deactivated the account: take it out of `accounts`, or wait until it is back",
    "BlockedActor": "the account that is signed in blocks it: end that, or take it out of `accounts`",
    "BlockedByActor": "it blocks the account that is signed in: sign in as another, or take it out of `accounts`",
}
_LOGINS = {
    "AuthFactorTokenRequired": "the account asks for a code by mail: make an app password (Settings, Privacy and security)",
    "AccountTakedown": "the account of secrets.identifier is suspended",
}


class Bluesky:
    """The calls of one night. All go to one server: the AppView for guests, the account's own with a session."""

    def __init__(self, job: Extraction) -> None:
        settings = job.settings
        self._http = job.http
        self._identifier, self._password = settings.secret("identifier"), settings.secret("app_password")
        if bool(self._identifier) != bool(self._password):
            raise SourceError("Bluesky signs in with both secrets.identifier and secrets.app_password: name both of them, or neither.")
        self.is_guest = not self._identifier
        self.base = (settings.base_url or (APP_VIEW if self.is_guest else SERVER)).rstrip("/")
        self._headers: dict[str, str] = {}

    async def call(self, method: str, query: Query) -> Answered:
        """What a method answers.

        Raises:
            SourceError: it refuses, or answers with no object.
        """
        if not self.is_guest and not self._headers:
            await self.sign_in()
        url = f"{self.base}/xrpc/{method}?{urlencode(query)}"
        try:
            answer = await self._http.get_json(url, headers=self._headers)
        except Rejection as error:
            if self.is_guest or _code(error) not in _PASSED:
                raise _explained(error, is_guest=self.is_guest) from None
            await self.sign_in()
            try:
                answer = await self._http.get_json(url, headers=self._headers)
            except Rejection as again:
                raise _explained(again, is_guest=False) from None
        body = answer.json()
        if not isinstance(body, dict):
            raise BrokenBody(f"{answer.url} is not the object that was asked for: is {self.base} a server of Bluesky?")
        return answer.url, body

    async def pages(self, method: str, query: Query, *, max_pages: int) -> AsyncIterator[tuple[str, Mapping[str, Any], bool]]:
        """A list's answers one after the other, each with whether more follow; not more than `max_pages`."""
        cursor: str | None = None
        asked = set[str]()
        for _ in range(max_pages):
            url, body = await self.call(method, [*query, *([("cursor", cursor)] if cursor else [])])
            following = body.get("cursor")
            cursor = following if isinstance(following, str) else None
            yield url, body, bool(cursor)
            if not cursor:
                return
            if cursor in asked:
                raise SourceError(f"{url} names a next page that was read before: the list runs in a circle, and is left.")
            asked.add(cursor)

    async def sign_in(self) -> str:
        """Makes a session; returns the account's handle.

        Raises:
            SourceError: the account's server makes none.
        """
        url = f"{self.base}/xrpc/com.atproto.server.createSession"
        login = {"identifier": (self._identifier or "").lstrip("@"), "password": self._password}
        try:
            answer = await self._http.post(url, json=login)
        except Rejection as error:
            why = _LOGINS.get(_code(error), "check secrets.identifier (handle or mail) and secrets.app_password")
            raise SourceError(f"{self.base} does not let this source sign in ({error.status} {_code(error)}): {why}.") from None
        session = answer.json()
        tokens = [session.get(key) if isinstance(session, dict) else None for key in ("accessJwt", "refreshJwt")]
        for token in tokens:
            if isinstance(token, str):
                self._http.keep_secret(token)
        if not isinstance(tokens[0], str) or not tokens[0].isascii() or not tokens[0].isprintable():
            raise SourceError(f"{self.base} answered the sign-in without a session: is it a server of Bluesky?")
        self._headers = {"authorization": f"Bearer {tokens[0]}"}
        return str(session.get("handle"))


def _code(error: Rejection) -> str:
    found = _CODE.search(error.body_excerpt)
    return found[1] if found else ""


def _explained(error: Rejection, *, is_guest: bool) -> SourceError:
    """The one sentence for what the server refused."""
    code = _code(error)
    if code in _REFUSALS:
        return SourceError(_REFUSALS[code])
    if code == "InvalidRequest" and "rofile not found" in error.body_excerpt:
        return SourceError("there is no such account, or it was deleted or deactivated: check its handle, or take it out of `accounts`")
    if is_guest and error.status in {401, 403}:
        return SourceError(
            f"the server keeps guests out ({error.status} {code or 'Forbidden'}): name secrets.identifier and secrets.app_password of any "
            "account, or run again later"
        )
    return error
