"""Podcast Index' API: requests that are signed with the time, and answers whose errors come with any status."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from hashlib import sha1
from typing import Any

from connectors.extraction import Extraction
from connectors.http import Answer, BrokenBody, Unauthorized
from connectors.source import SourceError

BASE = "https://api.podcastindex.org/api/1.0"
_READ = frozenset({400, 401, 404})
_NOT_THERE = re.compile(r"not found|no \w+ match|no (?:feeds?|episodes?) |n[o']t exist", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Reply:
    """What was answered, and at which address."""

    url: str
    document: Mapping[str, Any]

    def object(self, key: str) -> Mapping[str, Any] | None:
        """The object under this key; what is not there is an empty list or is missing."""
        value = self.document.get(key)
        return value if isinstance(value, dict) and value else None

    def items(self, key: str) -> list[Any]:
        """The list under this key, an empty one in an empty answer. Raises BrokenBody where there is none."""
        value = self.document.get(key) if self.document else []
        if not isinstance(value, list):
            raise BrokenBody(f"{self.url} does not hold the list {key!r}: is this Podcast Index' API?")
        return value


class PodcastIndexApi:
    """Signed requests. The time in a signature is that of the server's last answer, so that no clock need be read or right."""

    def __init__(self, job: Extraction) -> None:
        self.base = (job.settings.base_url or BASE).rstrip("/")
        self._http = job.http
        self._key = job.settings.secret("key") or ""
        self._secret = job.settings.secret("secret") or ""
        self._time: int | None = None

    async def ask(self, path: str, **params: str | int) -> Reply:
        """The answer to a question; an empty one where the index says that it has no such thing.

        Raises:
            Unauthorized: the key and secret are not accepted.
            SourceError: the question is not accepted, or another error of the server.
        """
        if self._time is None:
            self._set_clock(await self._http.get(f"{self.base}/stats/current", absent=frozenset({400, 401, 403, 404})))
        answer = await self._signed(path, params)
        if answer.status == 401:  # a request that waited minutes for its turn was signed too early
            answer = await self._signed(path, params)
        if answer.status == 401:
            raise Unauthorized(
                f"{answer.url} does not accept the key and secret of this source: check the environment variables named under"
                " secrets.key and secrets.secret; a free pair comes from https://api.podcastindex.org.",
                401,
                "",
            )
        document = answer.json()
        if not isinstance(document, dict):
            raise BrokenBody(f"{answer.url} is no object: is this Podcast Index' API?")
        if answer.status == 200 and document.get("status") in ("true", True):
            return Reply(answer.url, document)
        why = document.get("description")
        if isinstance(why, str) and _NOT_THERE.search(why):
            return Reply(answer.url, {})
        raise SourceError(f"{answer.url} answered with an error ({answer.status} {str(why or 'no reason given')[:200]}).")

    async def _signed(self, path: str, params: Mapping[str, str | int]) -> Answer:
        time = str(self._time)
        signature = sha1(f"{self._key}{self._secret}{time}".encode(), usedforsecurity=False).hexdigest()
        self._http.keep_secret(signature)
        headers = {"x-auth-key": self._key, "x-auth-date": time, "authorization": signature}
        answer = await self._http.get_json(f"{self.base}{path}", params=params, headers=headers, absent=_READ)
        self._set_clock(answer)
        return answer

    def _set_clock(self, answer: Answer) -> None:
        try:
            self._time = int(parsedate_to_datetime(answer.headers.get("date", "")).timestamp())
        except (ValueError, TypeError, IndexError, OverflowError):
            if self._time is None:
                raise SourceError(
                    f"{answer.url} does not tell the time (no Date header), which each request must be signed with."
                ) from None
