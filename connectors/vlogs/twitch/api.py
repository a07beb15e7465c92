"""Twitch's Helix API: how it is asked with an app's token, its lists and batches, and its refusals in words for a user."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence
from typing import Any
from urllib.parse import urlencode

from connectors.extraction import Extraction
from connectors.http import Answer, BrokenBody, HttpError, Unauthorized
from connectors.http.app_tokens import AppToken
from connectors.night.followed import DeadToken, Missing, MissingPermission, SpentQuota
from connectors.source import SourceError

API = "https://api.twitch.tv/helix"
TOKEN = "https://id.twitch.tv/oauth2/token"  # noqa: S105
BATCH = 100
_REFUSED = frozenset({400, 403, 404})


class Api:
    """One night's requests, a point each. `notes` are lists that were cut."""

    def __init__(self, job: Extraction, notes: list[str]) -> None:
        base = (job.settings.base_url or "").rstrip("/")
        client_id, client_secret = job.settings.secret("client_id") or "", job.settings.secret("client_secret") or ""
        self.base = base or API
        self.notes = notes
        self._http = job.http
        self._limits = job.settings.limits
        self._client_id = client_id
        self._spent = 0
        self._token = AppToken(
            job.http,
            f"{base}/oauth2/token" if base else TOKEN,
            client_id,
            client_secret,
            id_and_secret=("client_id", "client_secret"),
        )

    async def ask(self, what: str, path: str, params: Iterable[tuple[str, str | int]]) -> Answer:
        """One JSON answer.

        Raises:
            DeadToken: the app's id, secret and token do not fit.
            MissingPermission: only a user's token may ask for it.
            Missing: Twitch has no such thing.
            SpentQuota: limits.budget is spent.
            SourceError: Twitch does not accept the question.
        """
        if self._limits.budget is not None and self._spent >= self._limits.budget:
            raise SpentQuota(f"limits.budget ({self._limits.budget} points) is spent")
        self._spent += 1
        url = f"{self.base}{path}?{urlencode(list(params))}"

        async def send(token: str) -> Answer:
            headers = {"client-id": self._client_id, "authorization": f"Bearer {token}"}
            return await self._http.get_json(url, headers=headers, absent=_REFUSED)

        try:
            answer = await self._token.use(send)
        except Unauthorized as error:
            raise _refused_token(what, error) from None
        except HttpError:
            raise
        except SourceError as error:
            raise DeadToken(str(error)) from None
        if answer.status == 404:
            raise Missing(f"{what}: Twitch has no such thing ({_message(answer)}); it is deleted, renamed or suspended. Check its name.")
        if answer.status in _REFUSED:
            raise SourceError(f"{what} cannot be read: Twitch answered {answer.status} ({_message(answer)}).")
        return answer

    async def listed(self, what: str, path: str, **params: str | int) -> AsyncIterator[tuple[str, list[Any]]]:
        """The rows of a list, page by page, each with its address."""
        after, asked = dict[str, str | int](), set[str]()
        for _ in range(self._limits.max_pages):
            answer = await self.ask(what, path, {**params, "first": BATCH, **after}.items())
            yield answer.url, listed_in(answer)
            cursor = _cursor(answer)
            if cursor is None or cursor in asked:
                return
            asked.add(cursor)
            after = {"after": cursor}
        self.notes.append(f"{what}: more than limits.max_pages allows; the rest was not read")

    async def batches(self, what: str, path: str, key: str, values: Sequence[str]) -> AsyncIterator[tuple[str, list[str], list[Any]]]:
        """What Twitch knows of these ids or names, a hundred a request: address, what was asked for, rows."""
        for first in range(0, len(values), BATCH):
            batch = list(values[first : first + BATCH])
            try:
                answer = await self.ask(what, path, [(key, value) for value in batch])
            except Missing:  # Twitch leaves out what it does not know; it is a 404 where it knows none
                yield f"{self.base}{path}", batch, []
            else:
                yield answer.url, batch, listed_in(answer)


def listed_in(answer: Answer) -> list[Any]:
    """What an answer lists. Raises BrokenBody."""
    body = answer.json()
    data = body.get("data") if isinstance(body, dict) else None
    if not isinstance(data, list):
        raise BrokenBody(f"{answer.url} does not hold a list `data`: is this Twitch's Helix API?")
    return data


def _cursor(answer: Answer) -> str | None:
    pagination = answer.json().get("pagination")
    cursor = pagination.get("cursor") if isinstance(pagination, dict) else None
    return cursor if isinstance(cursor, str) and cursor else None


def _refused_token(what: str, error: Unauthorized) -> SourceError:
    """A new token was refused as well."""
    if "scope" in error.body_excerpt.lower():
        return MissingPermission(f"{what}: only the token of a user may ask for it ({error.body_excerpt})")
    return DeadToken(
        f"Twitch accepts no token of this app ({error.body_excerpt or 'no reason given'}): check the environment variables named under"
        " secrets.client_id and secrets.client_secret; both stand at https://dev.twitch.tv/console/apps."
    )


def _message(answer: Answer) -> str:
    try:
        body = answer.json()
    except BrokenBody:
        body = None
    told = body.get("message") or body.get("error") if isinstance(body, dict) else None
    return str(told or "no reason given")[:200]
