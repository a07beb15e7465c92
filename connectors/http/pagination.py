"""How the platforms continue a list: each way is a function from an answer, and what was asked, to what to ask next."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

import httpx

from connectors.http.answers import Answer
from connectors.http.client import Http
from connectors.http.errors import BrokenBody
from connectors.source import SourceError

Parameters = Mapping[str, str | int]
Paginator = Callable[[Answer, Parameters], Parameters | None]
"""What to change in the first request's parameters to get the next page, None at the end.

The address stays: no answer can lead a request, and its secrets, elsewhere.
"""

_LINK = re.compile(r"<([^>]*)>([^<]*)")
_RELATION = re.compile(r"""\brel\s*=\s*(?:"([^"]*)"|([^\s;,"]+))""", re.IGNORECASE)


class Pages:
    """The answers of a list, one page after the other. `is_cut`: there were more than `max_pages`, for the connector to note."""

    def __init__(
        self,
        http: Http,
        url: str,
        paginator: Paginator,
        *,
        max_pages: int,
        params: Parameters | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.is_cut = False
        self._http = http
        self._url = url
        self._paginator = paginator
        self._max_pages = max_pages
        self._params: Parameters = params or {}
        self._headers = headers

    async def __aiter__(self) -> AsyncIterator[Answer]:
        """Asks for page after page. Raises SourceError, also where the list leads back to a page of its own."""
        params, asked = self._params, {_mark(self._params)}
        while True:
            answer = await self._http.get_json(self._url, params=params, headers=self._headers)
            yield answer
            changes = self._paginator(answer, params)
            if changes is None:
                return
            following = {**self._params, **changes}
            if _mark(following) in asked:
                raise SourceError(f"{answer.url} names a next page that was read before: the list runs in a circle, and is left.")
            if len(asked) == self._max_pages:
                self.is_cut = True
                return
            asked.add(_mark(following))
            params = following


def link_header(answer: Answer, params: Parameters, *, otherwise: Paginator | None = None) -> Parameters | None:
    """`Link: <...?max_id=1>; rel="next"`; `otherwise` is for servers that send no Link header at all."""
    if "link" not in answer.headers:
        return otherwise(answer, params) if otherwise else None
    for target, attributes in _LINK.findall(answer.headers["link"]):
        relation = _RELATION.search(attributes)
        if relation and "next" in (relation[1] or relation[2] or "").lower().split():
            try:
                return dict(httpx.URL(target).params)
            except httpx.InvalidURL as error:
                raise BrokenBody(f"{answer.url} has a Link header without an address: {error}.") from None
    return None


def max_id(answer: Answer, params: Parameters) -> Parameters | None:
    """Lists with the newest first: what is older than the last item's `id`, until a page is empty."""
    items = answer.json()
    if not isinstance(items, list):
        raise BrokenBody(f"{answer.url} is not the list that was asked for.")
    return {"max_id": _scalar(answer, _member(answer, items[-1], "id"))} if items else None


def continue_object(answer: Answer, params: Parameters) -> Parameters | None:
    """All that the object `continue` holds goes into the next request, its values unread; it is missing at the end."""
    going_on = _member(answer, answer.json(), "continue")
    if going_on is None:
        return None
    if not isinstance(going_on, dict):
        raise BrokenBody(f"{answer.url} has a `continue` that is no object.")
    return {name: _scalar(answer, value) for name, value in going_on.items()}


def page_number(answer: Answer, params: Parameters) -> Parameters | None:
    """`page`, counted from 0; the body's `nbPages` is their number."""
    count = _member(answer, answer.json(), "nbPages")
    if not isinstance(count, int):
        raise BrokenBody(f"{answer.url} does not say how many pages there are (nbPages).")
    following = int(params.get("page", 0)) + 1
    return {"page": following} if following < count else None


def page_token(answer: Answer, params: Parameters, *, key: str, parameter: str) -> Parameters | None:
    """The body's `key` goes into the next request as `parameter`; it is missing or empty at the end."""
    token = _member(answer, answer.json(), key)
    return None if token is None or token == "" else {parameter: _scalar(answer, token)}


def _mark(params: Parameters) -> frozenset[tuple[str, str]]:
    return frozenset((name, str(value)) for name, value in params.items())


def _member(answer: Answer, value: Any, key: str) -> Any:
    if not isinstance(value, dict):
        raise BrokenBody(f"{answer.url} does not hold the object that was asked for.")
    return value.get(key)


def _scalar(answer: Answer, value: Any) -> str | int:
    if not isinstance(value, str | int):
        raise BrokenBody(f"{answer.url} continues with what is neither text nor number.")
    return value
