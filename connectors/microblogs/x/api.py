"""X's API v2: its calls, and the one sentence for each of its refusals."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from connectors.extraction import Extraction
from connectors.http import Answer, BrokenBody
from connectors.source import SourceError

X = "https://api.x.com"
_REFUSED = frozenset({400, 401, 402, 403})
_LONGEST = 200
_CLOSED = {
    401: "X refuses the bearer token: check the environment variable named under secrets.token of this source",
    402: "the credits of this X app are spent: buy more in X's developer console, and see limits.budget",
    403: "this X app may not read the API v2: enrol it in a project with pay-per-use in X's developer console",
}
_CAPPED = "this X app has reached its monthly cap, or its spending limit: raise it in X's developer console, or wait for the next month"


class Closed(SourceError):
    """X lets this app read nothing more tonight."""


class XApi:
    """The calls of one night."""

    def __init__(self, job: Extraction) -> None:
        self._http = job.http
        self._token = job.settings.secret("token") or ""
        if not self._token:
            raise Closed("X answers nobody without a bearer token: name the environment variable that holds it as secrets.token.")
        self.base = f"{(job.settings.base_url or X).rstrip('/')}/2"

    async def call(self, path: str, params: Mapping[str, str | int] | None = None) -> tuple[str, Mapping[str, Any]]:
        """The address that was asked, redacted, and the object that it answered with.

        Raises:
            Closed: the app is refused, or has nothing left to spend.
            SourceError: this one request is refused.
        """
        url, headers = f"{self.base}/{path}", {"authorization": f"Bearer {self._token}"}
        answer = await self._http.get_json(url, params=params, headers=headers, absent=_REFUSED | {429})
        if answer.status == 429:
            if "usage-capped" in _problem(answer)[0]:
                raise Closed(f"{_CAPPED}.")
            answer = await self._http.get_json(url, params=params, headers=headers, absent=_REFUSED)
        if answer.status in _REFUSED:
            raise self._explained(answer)
        body = answer.json()
        if not isinstance(body, dict):
            raise BrokenBody(f"{answer.url} is not the object that was asked for: is {self.base} X's API?")
        return answer.url, body

    def sentence(self, errors: Any) -> str:
        """What X says of its errors, short and without the token."""
        said = (error.get("detail") or error.get("message") for error in problems(errors))
        return " ".join(text for text in said if isinstance(text, str)).replace(self._token, "***")[:_LONGEST]

    def _explained(self, answer: Answer) -> SourceError:
        kind, problem = _problem(answer)
        if "usage-capped" in kind:
            return Closed(f"{_CAPPED}.")
        if answer.status in _CLOSED:
            detail = self.sentence([problem])
            return Closed(f"{_CLOSED[answer.status]}{f' ({detail})' if detail else ''}.")
        return SourceError(
            f"{answer.url} is refused: {self.sentence(problem.get('errors')) or self.sentence([problem]) or 'no reason given'}"
        )


def problems(errors: Any) -> Iterable[Mapping[str, Any]]:
    """The objects of a list of errors."""
    return [error for error in errors if isinstance(error, dict)] if isinstance(errors, list) else []


def _problem(answer: Answer) -> tuple[str, Mapping[str, Any]]:
    """The kind of a refusal, and all that is said of it; both are empty where the body is none of X's."""
    try:
        body = answer.json()
    except BrokenBody:
        body = None
    problem = body if isinstance(body, dict) else {}
    return str(problem.get("type", "")), problem
