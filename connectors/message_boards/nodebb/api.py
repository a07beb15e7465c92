"""NodeBB's read API: how a forum is asked, its lists page by page, and its errors in words for a user."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from urllib.parse import quote

from connectors.extraction import Extraction
from connectors.http import BrokenBody, Forbidden, Gone, NotFound, Unauthorized
from connectors.source import SourceError

Kind = Literal["deleted", "hidden"]
_ID = re.compile(r"[1-9][0-9]{0,18}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|https?://[!-~]{1,2000}")
"""Numbers; for what came from other servers a UUID or an address."""
_POST_PATHS = ("/v3/posts/{}", "/post/pid/{}")
"""Where forums of today and old ones tell of one post."""
_EARLIEST = datetime(2010, 1, 1, tzinfo=UTC)


class Refusal(SourceError):
    """The forum does not show one thing; others may be open."""

    def __init__(self, message: str, kind: Kind) -> None:
        super().__init__(message)
        self.kind = kind


class Api:
    """One night's requests to one forum."""

    def __init__(self, job: Extraction) -> None:
        self.job = job
        self.site = str(job.settings.base_url).rstrip("/").removesuffix("/api")
        self.host = self.site.partition("://")[2]
        self.notes: list[str] = []
        self._post_paths: tuple[str, ...] = _POST_PATHS
        self._token = job.settings.secret("token")

    async def ask(self, what: str, path: str, **params: str | int) -> tuple[str, dict[str, Any]]:
        """The address and the body of one answer. Raises Refusal where the forum does not show `what`."""
        headers = {"authorization": f"Bearer {self._token}"} if self._token else None
        try:
            answer = await self.job.http.get_json(f"{self.site}/api{path}", params=params, headers=headers)
        except Unauthorized as error:
            if self._token:
                raise SourceError(f"{self.host} does not accept the token: check the variable named under secrets.token.") from error
            raise Refusal(f"{what} of {self.host} is not shown to guests: name a token under secrets.token.", "hidden") from error
        except Forbidden as error:
            raise Refusal(f"{what} of {self.host} is not shown to this reader ({error.body_excerpt or 403}).", "hidden") from error
        except (NotFound, Gone) as error:
            raise Refusal(f"{what} of {self.host} is not there: check its name, and that base_url is a NodeBB.", "deleted") from error
        body = answer.json()
        if isinstance(body, str):
            raise Refusal(f"{what} of {self.host} only leads to {body[:200]!r}.", "hidden")
        if not isinstance(body, dict):
            raise BrokenBody(f"{answer.url} is no object: is this NodeBB?")
        return answer.url, body

    @property
    def tells_posts(self) -> bool:
        """Whether the forum has told of any post by its number."""
        return len(self._post_paths) == 1

    async def post(self, native_id: str) -> tuple[str, dict[str, Any] | None]:
        """The address and the body of one post, without what is around it; None where the forum has no such post.

        A forum that has answered one way is asked no other way again.
        """
        pid = quote(native_id.removeprefix(f"{self.host}:"), safe="")
        for path in self._post_paths:
            try:
                url, body = await self.ask(f"post {pid}", path.format(pid))
            except Refusal:
                continue
            self._post_paths = (path,)
            post = body.get("response", body)
            return url, post if isinstance(post, dict) else None
        return f"{self.site}/api{self._post_paths[-1].format(pid)}", None

    async def pages(self, what: str, path: str, key: str, **params: str | int) -> AsyncIterator[tuple[str, list[Any], dict[str, Any]]]:
        """The answers of a list whose items stand under `key`, from its first page on."""
        for number in range(1, self.job.settings.limits.max_pages + 1):
            url, body = await self.ask(what, path, page=number, **params)
            items = body.get(key)
            if not isinstance(items, list):
                raise BrokenBody(f"{url} has no list of {key}: is this NodeBB?")
            yield url, items, body
            if not items or number >= page_count(body):
                return
        self.notes.append(f"{what}: more pages than limits.max_pages allows; the rest was not read")

    def global_id(self, value: Any) -> str | None:
        """What an id of this forum is called everywhere; ids of what other servers sent are addresses already. None for 0, a guest."""
        own = own_id(value)
        return None if own is None else own if own.startswith(("https://", "http://")) else f"{self.host}:{own}"

    def moment(self, value: Any) -> datetime | None:
        """A time in milliseconds, which old forums write as text; None where it is none, before NodeBB or well after the night."""
        try:
            moment = datetime.fromtimestamp(int(value) / 1000, UTC)
        except (TypeError, ValueError, OverflowError, OSError):
            return None
        return moment if _EARLIEST <= moment < self.job.window.end + timedelta(days=2) else None


def page_count(body: dict[str, Any]) -> int:
    """How many pages a list has."""
    pagination = body.get("pagination")
    count = own_id(pagination.get("pageCount")) if isinstance(pagination, dict) else None
    return int(count) if count and count.isdigit() else 1


def own_id(value: Any) -> str | None:
    """An id as the forum writes it, a number or text; None where it is none, or the 0 that stands for nobody."""
    text = str(value) if isinstance(value, int | str) and not isinstance(value, bool) else ""
    return text if _ID.fullmatch(text) else None


def is_set(value: Any) -> bool:
    """Whether a flag is on, which old forums write as text."""
    return value in (1, "1", "true")
