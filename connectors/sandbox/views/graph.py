"""Meta's Graph API as its views share it: errors, times, the pages of a list, objects by their ids."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from connectors.sandbox.names import iso
from connectors.sandbox.people import Person
from connectors.sandbox.posts import Post
from connectors.sandbox.sandbox import json_answer, whole
from connectors.sandbox.venue_view import VenueView

SIZE, MOST = 25, 100


class GraphView(VenueView):
    """A platform of the Graph API."""

    def homepage(self, person: Person) -> dict[str, str]:
        """The website on somebody's profile: the blog, if it is theirs alone."""
        sites = [home.site for home in self.world.blogs.values() if home.authors == (person.id,)]
        return {"website": sites[0]} if sites else {}

    def seen(self, post_id: str) -> Post | None:
        """What can be seen now under an id."""
        post = self.by_id.get(post_id)
        return post if post is not None and post.is_visible(self.now) else None


def stamp(at: int) -> str:
    """Like 2026-09-01T08:30:00+0000."""
    return iso(at).replace("Z", "+0000")


def failure(code: int, message: str, subcode: int | None = None) -> Response:
    """An error of the API."""
    told = {"message": message, "type": "OAuthException", "code": code} | ({"error_subcode": subcode} if subcode else {})
    return json_answer({"error": told | {"fbtrace_id": "sandbox"}}, 400)


def missing(object_id: str) -> Response:
    """What the API says of something deleted."""
    words = "does not exist, cannot be loaded due to missing permissions, or does not support this operation."
    return failure(100, f"Unsupported get request. Object with ID '{object_id}' {words}", 33)


def between(request: Request, posts: Sequence[Post]) -> list[Post]:
    """What was published from `since` on and before `until`, newest first."""
    since, until = whole(request, "since", 0) or 0, whole(request, "until") or 1 << 40
    return [post for post in posts[::-1] if since <= post.at < until]


def listed(request: Request, posts: Sequence[Post], show: Callable[[Post], dict[str, Any]]) -> Response:
    """A page of a list."""
    after = request.query_params.get("after", "c0")
    return json_answer(page_of(posts, after, whole(request, "limit", SIZE) or SIZE, show, request))


def page_of(
    posts: Sequence[Post], after: str, size: int, show: Callable[[Post], dict[str, Any]], request: Request | None = None
) -> dict[str, Any]:
    """A list's items from a cursor on; a list with a `request` of its own has a link to what follows."""
    first = int(after.removeprefix("c"))
    last = first + min(size, MOST)
    paging: dict[str, Any] = {"cursors": {"before": f"c{first}"} | ({"after": f"c{last}"} if request or last < len(posts) else {})}
    if request and last < len(posts):
        paging["next"] = str(request.url.include_query_params(after=f"c{last}"))
    return {"data": [show(post) for post in posts[first:last]]} | ({"paging": paging} if posts[first:last] else {})


def by_ids(request: Request, show: Callable[[str], dict[str, Any] | None]) -> Response:
    """The objects with these ids; a single one that is missing fails them all."""
    ids = [one for one in request.query_params.get("ids", "").split(",") if one]
    found = {one: show(one) for one in ids}
    lacking = next((one for one in ids if found[one] is None), None)
    return json_answer(found) if lacking is None else missing(lacking)
