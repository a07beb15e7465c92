"""The two APIs of a Ghost site: the Content API with the site's key, and the comments that its pages show to everybody."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from typing import Any

from connectors.blogs.sites import site_name
from connectors.extraction import Extraction
from connectors.http import Answer, BrokenBody, Http, Rejection
from connectors.http.pagination import Pages, Parameters
from connectors.source import SourceError

BATCH = 100
"""What Ghost lists at most; since version 6 it says nothing where more is asked for."""
CLOSED = frozenset({400, 401, 403, 404, 405})
"""What a site answers that shows no comments: switched off, to members only, or older than comments."""


@dataclass(frozen=True, slots=True)
class Site:
    """One Ghost site. `name` is its host and folder."""

    http: Http
    root: str
    name: str
    key: str

    @classmethod
    def of(cls, job: Extraction) -> Site:
        """The site at base_url."""
        root = (job.settings.base_url or "").rstrip("/")
        return cls(job.http, root, site_name(root), job.settings.secret("key") or "")

    def content(self, kind: str, params: Parameters, max_pages: int) -> Pages:
        """A list of the Content API."""
        asked = {"key": self.key, "limit": BATCH, **params}
        return Pages(
            self.http,
            f"{self.root}/ghost/api/content/{kind}/",
            _next_page,
            max_pages=max_pages,
            params=asked,
            headers={"accept-version": "v6.0"},
        )

    async def is_gone(self, kind: str, item_id: str) -> tuple[Answer, bool]:
        """Whether Ghost says that there is no such item."""
        url = f"{self.root}/ghost/api/content/{kind}/{item_id}/"
        answer = await self.http.get(url, params={"key": self.key}, headers={"accept-version": "v6.0"}, absent=frozenset({404}))
        return answer, answer.status == 404 and _type(answer) == "NotFoundError"

    async def comment_counts(self, ids: Iterable[str]) -> dict[str, int] | None:
        """How many comments each post has; None where the site does not tell."""
        url = f"{self.root}/members/api/comments/counts/"
        answer = await self.http.get(url, params={"ids": ",".join(ids)}, absent=CLOSED)
        try:
            body = answer.json()
        except BrokenBody:
            return None
        if answer.status in CLOSED or not isinstance(body, dict):
            return None
        return {post_id: number for post_id, number in body.items() if isinstance(number, int)}

    def comments(self, path: str, max_pages: int) -> Pages:
        """The comments below `post/<id>`, or the `<id>/replies` to one."""
        asked: Parameters = {"limit": BATCH, "order": "created_at asc"}
        return Pages(self.http, f"{self.root}/members/api/comments/{path}/", _next_page, max_pages=max_pages, params=asked)


async def items_of(pages: Pages, kind: str, site: Site) -> AsyncIterator[tuple[Answer, list[Any]]]:
    """The items of each page of the Content API. Raises SourceError where the site refuses."""
    try:
        async for answer in pages:
            yield answer, listed(answer, kind)
    except Rejection as error:
        raise _explained(error, site) from None


def listed(answer: Answer, kind: str) -> list[Any]:
    """The items of one page."""
    body = answer.json()
    items = body.get(kind) if isinstance(body, dict) else None
    if not isinstance(items, list):
        raise BrokenBody(f"{answer.url} does not list {kind}: is this a Ghost site?")
    return items


def one_of(ids: Iterable[str]) -> str:
    """A filter for items by their ids."""
    return f"id:[{','.join(ids)}]"


def _explained(error: Rejection, site: Site) -> SourceError:
    told = error.body_excerpt
    if error.status == 401:
        return SourceError(
            f"{site.name} does not know the Content API key: the variable named under secrets.key must hold that of an integration "
            "of this site (Settings, Integrations)."
        )
    if error.status == 403:
        return SourceError(f"{site.name} refuses the Content API ({told[:160]}): check secrets.key, and that base_url is the admin domain.")
    if error.status == 404:
        return SourceError(f"{site.name} has no Ghost Content API: base_url must be the site's admin domain, with its folder.")
    return SourceError(f"{site.name} answered {error.status} ({told[:160]}): is its Ghost older than version 5?")


def _type(answer: Answer) -> str | None:
    """The kind of the first error; the documents call it `errorType`, servers `type`."""
    try:
        body = answer.json()
    except BrokenBody:
        return None
    errors = body.get("errors") if isinstance(body, dict) else None
    first = errors[0] if isinstance(errors, list) and errors else None
    kind = (first.get("type") or first.get("errorType")) if isinstance(first, dict) else None
    return kind if isinstance(kind, str) else None


def _next_page(answer: Answer, params: Parameters) -> Parameters | None:
    body = answer.json()
    meta = body.get("meta") if isinstance(body, dict) else None
    pagination = meta.get("pagination") if isinstance(meta, dict) else None
    following = pagination.get("next") if isinstance(pagination, dict) else None
    return {"page": following} if isinstance(following, int) else None
