"""The REST API of one WordPress site: where it is, how its lists go on, and what it says of one item."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from connectors.blogs.sites import site_name
from connectors.extraction import Extraction
from connectors.guests import is_nobody
from connectors.http import Answer, BrokenBody, Http, Rejection
from connectors.http.pagination import Pages, Parameters, link_header
from connectors.source import Record, SourceError

_NO_SUCH_ITEM = frozenset({401, 403, 404, 410})
_GONE = ("rest_post_invalid_id", "rest_comment_invalid_id")
_HIDDEN = ("rest_forbidden", "rest_cannot_read", "rest_cannot_read_post")
_BAD_PASSWORD = frozenset({"incorrect_password", "invalid_username", "invalid_email", "application_passwords_disabled"})


@dataclass(frozen=True, slots=True)
class Site:
    """A site whose API was found. `name` is its host and folder; `has_plain_addresses`: the API is asked by `?rest_route=`."""

    http: Http
    root: str
    name: str
    title: str
    headers: Mapping[str, str]
    has_plain_addresses: bool
    sees_pingbacks: bool = False

    def address(self, path: str, params: Parameters) -> tuple[str, Parameters]:
        """Where to ask for a path of wp/v2, and with what."""
        if path == "/comments" and self.sees_pingbacks:
            params = {"type": "all", **params}
        if self.has_plain_addresses:
            return f"{self.root}/", {"rest_route": f"/wp/v2{path}", **params}
        return f"{self.root}/wp-json/wp/v2{path}", params

    async def items(self, path: str, params: Parameters) -> tuple[Answer, list[Any]]:
        """One page of a list."""
        url, asked = self.address(path, params)
        answer = await self.http.get_json(url, params=asked, headers=self.headers)
        return answer, listed(answer)

    def pages(self, path: str, params: Parameters, max_pages: int) -> Pages:
        """All pages of a list."""
        url, asked = self.address(path, params)
        return Pages(self.http, url, _next_page, max_pages=max_pages, params=asked, headers=self.headers)

    async def one(self, path: str) -> tuple[Answer, dict[str, Any] | Literal["deleted", "hidden"] | None]:
        """One item, or why guests do not see it any more; None where the answer is not WordPress's own."""
        url, asked = self.address(path, {"_embed": "author"})
        answer = await self.http.get(url, params=asked, headers=self.headers, absent=_NO_SUCH_ITEM)
        body = _object(answer)
        if answer.status not in _NO_SUCH_ITEM:
            return answer, body if isinstance(body.get("id"), int) else None
        code = body.get("code")
        return answer, "deleted" if code in _GONE else "hidden" if code in _HIDDEN else None


class Authors:
    """Who wrote what was met in one night at one site."""

    def __init__(self, site: str) -> None:
        self._site = site
        self._profiles: set[str] = set()
        self._named: dict[str, Mapping[str, Any]] = {}

    def of(self, item: Mapping[str, Any]) -> tuple[str | None, list[Record]]:
        """The id of who wrote an item, and their profile where it came with it for the first time tonight."""
        name, address = (value if isinstance(value := item.get(key), str) else "" for key in ("author_name", "author_url"))
        number, web_address = item.get("author"), _web_address(address)
        name = "" if is_nobody(name) else name
        shown: dict[str, Any] = {"site": self._site, "name": name, "url": web_address}
        if is_id(number):
            native_id = f"{self._site}:{number}"
            profile = _embedded_author(item, number)
            if profile and native_id not in self._profiles:
                self._profiles.add(native_id)
                return native_id, [Record("users", native_id, {"site": self._site, **profile})]
            shown["id"] = number
        elif item.get("type") in ("pingback", "trackback") and web_address:
            host = site_name(web_address).partition("/")[0]
            native_id, shown = f"url:{host}", {"name": host, "url": f"https://{host}", "is_site": True}
        elif name or web_address:
            # anybody may write any address: it is part of who they are on this site, and nothing elsewhere
            native_id = ":".join(filter(None, (self._site, "name", name, web_address and site_name(web_address))))
        else:
            return None, []
        if not self._named.get(native_id, {}).get("name"):
            self._named[native_id] = shown
        return native_id, []

    def without_profile(self) -> list[Record]:
        """Those of whom only a name and an address are known."""
        return [Record("users", native_id, shown) for native_id, shown in self._named.items() if native_id not in self._profiles]


async def read_until_end(pages: Pages) -> AsyncIterator[tuple[Answer, list[Any]]]:
    """The items of each page; a list that became shorter meanwhile ends with an error, which is its end."""
    try:
        async for answer in pages:
            yield answer, listed(answer)
    except Rejection as error:
        if error.status != 400 or "rest_post_invalid_page_number" not in error.body_excerpt:
            raise


def listed(answer: Answer) -> list[Any]:
    """The items of a list."""
    items = answer.json()
    if not isinstance(items, list):
        raise BrokenBody(f"{answer.url} is not the list that was asked for: is this a WordPress site?")
    return items


def count(answer: Answer) -> int | None:
    """How many items the whole list has."""
    total = answer.headers.get("x-wp-total", "")
    return int(total) if total.isascii() and total.isdigit() else None


async def find_site(job: Extraction) -> Site:
    """Where the API of the site at base_url is. Raises SourceError where there is none that answers."""
    root = (job.settings.base_url or "").rstrip("/")
    headers = _credentials(job)
    refused: str | None = None
    for has_plain_addresses, url, params in ((False, f"{root}/wp-json/", {}), (True, f"{root}/", {"rest_route": "/"})):
        asked = {**params, "_fields": "name,namespaces"}
        answer = await job.http.get(url, params=asked, headers=headers, absent=_NO_SUCH_ITEM)
        index = _object(answer)
        namespaces, title = index.get("namespaces"), index.get("name")
        if answer.status not in _NO_SUCH_ITEM and isinstance(namespaces, list) and "wp/v2" in namespaces:
            site = Site(job.http, root, site_name(root), title if isinstance(title, str) else "", headers, has_plain_addresses)
            return replace(site, sees_pingbacks=await _shows_pingbacks(site)) if headers else site
        if answer.status in {401, 403}:
            refused = refused or _refusal(answer, index)
    raise SourceError(
        refused
        or f"{root} has no WordPress REST API, neither below /wp-json/ nor at ?rest_route=/: check base_url. "
        "Where its owner switched the API off, follow its feed with the platform `feeds`."
    )


async def _shows_pingbacks(site: Site) -> bool:
    """Whether the account may moderate comments: to others pingbacks are not listed."""
    url, asked = site.address("/comments", {"type": "pings", "per_page": 1, "_fields": "id"})
    return (await site.http.get(url, params=asked, headers=site.headers, absent=_NO_SUCH_ITEM)).status not in _NO_SUCH_ITEM


def closed(site: Site, error: Rejection) -> SourceError:
    """The error for a site that has the API, but does not list its posts."""
    return SourceError(
        f"{site.name} does not list its posts to this client ({error.status} {error.body_excerpt[:120]}): "
        "set secrets.application_password, or follow the site's feed with the platform `feeds`."
    )


def is_id(value: object) -> bool:
    """Whether it can be the number of an item."""
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


def _refusal(answer: Answer, body: Mapping[str, Any]) -> str:
    code = body.get("code")
    if not isinstance(code, str):
        return (
            f"{answer.url} answered {answer.status} with what WordPress does not say: a firewall keeps this client out. "
            "Ask the site's owner, or follow its feed with the platform `feeds`."
        )
    if code in _BAD_PASSWORD:
        return (
            f"{answer.url} does not accept secrets.application_password ({code}): write it as user:password, see the user's profile page."
        )
    return (
        f"{answer.url} lets no guest read the REST API ({answer.status} {code[:60]}): "
        "set secrets.application_password, or follow the site's feed with the platform `feeds`."
    )


def _credentials(job: Extraction) -> dict[str, str]:
    password = job.settings.secret("application_password")
    if not password:
        return {}
    encoded = base64.b64encode(password.encode()).decode()
    job.http.keep_secret(encoded)
    return {"authorization": f"Basic {encoded}"}


def _object(answer: Answer) -> dict[str, Any]:
    """The body where it is a JSON object, else an empty one."""
    try:
        body = answer.json()
    except BrokenBody:
        return {}
    return body if isinstance(body, dict) else {}


def _next_page(answer: Answer, params: Parameters) -> Parameters | None:
    return link_header(answer, params, otherwise=_by_count)


def _by_count(answer: Answer, params: Parameters) -> Parameters | None:
    following, last = int(params.get("page", 1)) + 1, answer.headers.get("x-wp-totalpages", "")
    return {"page": following} if last.isascii() and last.isdigit() and following <= int(last) else None


def _embedded_author(item: Mapping[str, Any], number: Any) -> dict[str, Any] | None:
    embedded = item.get("_embedded")
    authors = embedded.get("author") if isinstance(embedded, dict) else None
    for profile in authors if isinstance(authors, list) else ():
        if isinstance(profile, dict) and profile.get("id") == number:
            return profile
    return None


def _web_address(value: str) -> str:
    """The address where it can be read as one."""
    try:
        return value if value.lower().startswith(("http://", "https://")) and site_name(value) else ""
    except ValueError:
        return ""
