"""Tokens that a platform issues to an application for its id and secret (OAuth 2.0 client credentials, RFC 6749 section 4.4)."""

from __future__ import annotations

import base64
from collections.abc import Awaitable, Callable, Mapping
from typing import TypeVar

from connectors.http.client import Http
from connectors.http.errors import Rejection, Unauthorized
from connectors.source import SourceError

_T = TypeVar("_T")


class AppToken:
    """An application's token, asked for when it is first needed and again when the platform refuses it.

    `form` goes into the request's body; the id and secret go there under the names of `id_and_secret`, or into the header
    Authorization (Basic) where that is None.
    """

    def __init__(
        self,
        http: Http,
        url: str,
        client_id: str,
        client_secret: str,
        *,
        id_and_secret: tuple[str, str] | None = None,
        form: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self._http = http
        self._url = url
        self._form = {"grant_type": "client_credentials", **(form or {})}
        self._headers = dict(headers or {})
        if id_and_secret:
            self._form |= dict(zip(id_and_secret, (client_id, client_secret), strict=True))
        else:
            basic = base64.b64encode(f"{client_id}:{client_secret}".encode()).decode()
            http.keep_secret(basic)
            self._headers["authorization"] = f"Basic {basic}"
        self._token: str | None = None

    async def use(self, ask: Callable[[str], Awaitable[_T]]) -> _T:
        """What `ask` gives for the token; where it raises Unauthorized, what it gives for a new one.

        Raises:
            SourceError: no token was issued.
        """
        if self._token is None:
            self._token = await self._issued()
        try:
            return await ask(self._token)
        except Unauthorized:
            self._token = await self._issued()
            return await ask(self._token)

    async def _issued(self) -> str:
        try:
            answer = await self._http.post(self._url, data=self._form, headers=self._headers)
        except Rejection as error:
            raise SourceError(
                f"{self._url} issued no token ({error.status} {error.body_excerpt}): check the client id and secret of this source."
            ) from None
        document = answer.json()
        issued = document if isinstance(document, dict) else {}
        token = issued.get("access_token")
        if not isinstance(token, str) or not token:
            why = issued.get("error") or "no reason given"
            raise SourceError(f"{self._url} issued no token ({why}): check the client id and secret of this source.")
        self._http.keep_secret(token)
        return token
