"""Discourse's JSON: how a forum is asked, its categories, and its errors in words for a user."""

from __future__ import annotations

from typing import Any, Literal
from urllib.parse import urlsplit

from connectors.extraction import Extraction
from connectors.http import Answer, BrokenBody, RateLimited
from connectors.night.following import moment
from connectors.source import SourceError

_ERRORS = frozenset({400, 403, 404, 410, 422, 429})
_BUSY_SECONDS = 15.0


class Refusal(SourceError):
    """The forum does not show one thing; others may be open. `kind` is what that means for something that was there."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status
        self.kind: Literal["deleted", "hidden"] | None = "hidden" if status == 403 else "deleted" if status in (404, 410) else None


class Api:
    """One night's requests to one forum. `left`: how many things may still be asked for one by one."""

    def __init__(self, job: Extraction) -> None:
        self.job = job
        self.base = str(job.settings.base_url).rstrip("/")
        self.host = urlsplit(self.base).netloc
        self.notes: list[str] = []
        self.left = job.settings.limits.max_pages
        self.categories: dict[int, dict[str, Any]] = {}
        self._headers = _credentials(job)

    async def ask(self, what: str, path: str, **params: str | int) -> Answer:
        """One JSON object. Raises Refusal where the forum does not show `what`."""
        url = f"{self.base}{path}"
        for _ in range(self.job.settings.limits.attempts):
            answer = await self.job.http.get_json(url, params=params, headers=self._headers, absent=_ERRORS)
            if answer.status != 429:
                break
            self.job.http.hold(url, _asked_wait(answer))
        else:
            raise RateLimited(
                f"{self.host} asks for fewer requests{_said(answer) or ''}: lower limits.requests_per_second, or run again later."
            )
        if answer.status in _ERRORS:
            said = _said(answer)
            if said is None and answer.status == 403:
                raise SourceError(
                    f"{answer.url} answered 403 with no error of Discourse's: a firewall before the forum blocks this client."
                )
            raise Refusal(f"{self.host} does not show {what} ({answer.status}{said or ''}).", answer.status)
        if not isinstance(answer.json(), dict):
            raise BrokenBody(f"{answer.url} is no object: is this a Discourse forum?")
        return answer

    async def open(self) -> None:
        """Learns the categories. Raises SourceError where the whole forum is closed to this client."""
        try:
            body = (await self.ask("itself", "/site.json")).json()
        except Refusal as refusal:
            raise SourceError(f"{refusal} {self._advice(refusal.status)}") from None
        found = body.get("categories")
        for category in found if isinstance(found, list) else ():
            if isinstance(category, dict) and isinstance(category.get("id"), int):
                self.categories[category["id"]] = category

    def category_ids(self, name: str) -> set[int]:
        """A category, named by its number, its slug or `parent/slug`, with those below it. Raises Refusal where there is none."""
        wanted = name.strip().strip("/")
        roots = {number for number in self.categories if wanted in (str(number), self.path(number), self._slug(number))}
        if not roots:
            raise Refusal(f"{self.host} shows no category {wanted!r}: name it by its slug, parent/slug or number.", 404)
        found = set(roots)
        while below := {number for number, one in self.categories.items() if one.get("parent_category_id") in found} - found:
            found |= below
        return found

    def path(self, number: int) -> str:
        """The slug of a category, after its parent's."""
        parent = self.categories.get(number, {}).get("parent_category_id")
        return f"{self._slug(parent)}/{self._slug(number)}" if isinstance(parent, int) else self._slug(number)

    def native_post_id(self, number: int) -> str:
        """A post's id over all forums."""
        return f"{self.host}:{number}"

    def native_user_id(self, number: int) -> str:
        """An account's id over all forums."""
        return f"{self.host}:u/{number}"

    def is_late(self, item: dict[str, Any]) -> bool:
        """Whether an item was written after the night's window."""
        written = moment(item.get("created_at"), self.job.window.end)
        return written is not None and written >= self.job.window.end

    def spend(self) -> bool:
        """Whether one thing more may be asked for by itself; it is counted."""
        self.left -= 1
        return self.left >= 0

    def _slug(self, number: int) -> str:
        return str(self.categories.get(number, {}).get("slug"))

    def _advice(self, status: int) -> str:
        if status != 403:
            return "base_url must be the root of a Discourse forum."
        if self._headers:
            return "It does not accept the API key with that user name: check the variables under `secrets` of this source."
        return "Guests may read nothing there: name `key` and `username` of an API key under `secrets`."


def number(value: Any) -> int | None:
    """A number as ids are; None for anything else."""
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _credentials(job: Extraction) -> dict[str, str]:
    key, username = job.settings.secret("key"), job.settings.secret("username")
    if not key and not username:
        return {}
    if not key or not username:
        raise SourceError("an API key of Discourse belongs to a user: name both `key` and `username` under `secrets`.")
    return {"api-key": key, "api-username": username}


def _said(answer: Answer) -> str | None:
    """What an error answer says, for a sentence; None where it is no answer of Discourse's."""
    try:
        body = answer.json()
    except BrokenBody:
        return None
    if not isinstance(body, dict):
        return None
    errors = body.get("errors")
    words = errors if isinstance(errors, list) else [body.get("message")]
    return "".join(f": {word}" for word in words if isinstance(word, str))


def _asked_wait(answer: Answer) -> float:
    """The seconds that the body of a 429 asks to wait; its header was heeded already. A search that is asked too often tells neither."""
    try:
        body = answer.json()
    except BrokenBody:
        body = None
    extras = body.get("extras") if isinstance(body, dict) else None
    seconds = extras.get("wait_seconds") if isinstance(extras, dict) else None
    if isinstance(seconds, int | float) and 0 < seconds < float("inf"):
        return float(seconds)
    return 0.0 if "retry-after" in answer.headers else _BUSY_SECONDS
