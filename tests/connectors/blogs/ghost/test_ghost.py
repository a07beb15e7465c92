"""The Ghost connector: posts and their authors by the key, comments as every visitor sees them."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from connectors.blogs.ghost.source import SOURCE
from connectors.extraction import Extraction
from connectors.settings import Limits
from connectors.source import Known, SourceError, Tombstone, Window
from tests.conftest import WINDOW, collect
from tests.connectors.reading import cursor, notes, records, tombstones, young

Make = Callable[..., Extraction]
NEXT = Window(WINDOW.end, WINDOW.end + timedelta(days=1))
KEY = "0123456789abcdef0123456789"
API = "/ghost/api/content"


def error(status: int, kind: str, message: str) -> httpx.Response:
    return httpx.Response(status, json={"errors": [{"message": message, "type": kind, "code": "X"}]})


class FakeGhost:
    """Posts by the Content API and comments by the members' API of one site."""

    def __init__(self) -> None:
        self.posts: dict[str, dict[str, Any]] = {}
        self.comments: dict[str, list[dict[str, Any]]] = {}
        self.replies: dict[str, list[dict[str, Any]]] = {}
        self.broken: dict[str, httpx.Response] = {}
        self.counts_closed = False
        self.said_count = 0
        self.page_size = 100
        self.asked: list[httpx.Request] = []

    def post(self, at: str, updated: str | None = None, author: str = "1", **more: Any) -> str:
        number = f"{len(self.posts):024x}"
        person = {"id": author, "slug": f"a{author}", "name": f"Author {author}"}
        self.posts[number] = {
            "id": number, "title": "A post", "html": "<p>words</p>", "published_at": at, "updated_at": updated or at, "access": True,
            "comments": True, "authors": [person], "primary_author": person, **more,
        }  # fmt: skip
        return number

    def comment(self, post: str, at: str, parent: dict[str, Any] | None = None, member: str | None = "5a", **more: Any) -> dict[str, Any]:
        self.said_count += 1
        number = f"{9000 + self.said_count:024x}"
        said = {
            "id": number, "status": "published", "html": "<p>said</p>", "created_at": at, "edited_at": None, "replies": [],
            "member": member and {"id": member, "name": "Mia", "uuid": "u"}, "count": {"likes": 1, "replies": 0}, **more,
        }  # fmt: skip
        if parent:
            parent["replies"].append(said)
            parent["count"]["replies"] += 1
        else:
            self.comments.setdefault(post, []).append(said)
        return said

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        path, query = request.url.path.rstrip("/"), request.url.params
        if path in self.broken:
            return self.broken[path]
        if path.startswith("/members/api/comments"):
            return self.said(path.removeprefix("/members/api/comments/"), query)
        if query.get("key") != KEY:
            return error(401, "UnauthorizedError", "Unknown Content API Key")
        kind, _, number = path.removeprefix(f"{API}/").partition("/")
        if number:
            one = self.posts.get(number)
            return httpx.Response(200, json={"posts": [one]}) if one else error(404, "NotFoundError", "Resource not found")
        wanted = re.search(r"id:\[(.*)\]", query.get("filter", ""))
        ids = wanted[1].split(",") if wanted else None
        if kind == "authors":
            assert query["include"] == "count.posts"
            people = [{"id": one, "slug": f"a{one}", "name": f"Author {one}", "count": {"posts": 7}} for one in ids or () if one != "2"]
            return httpx.Response(200, json={"authors": people})
        found = [post for number, post in self.posts.items() if ids is None or number in ids]
        bounds = re.fullmatch(r"updated_at:>='(.*)'\+published_at:<'(.*)'", query.get("filter", ""))
        if bounds:
            since, until = (datetime.fromisoformat(bound).replace(tzinfo=UTC) for bound in bounds.groups())
            found = [
                one
                for one in found
                if datetime.fromisoformat(one["updated_at"]) >= since and datetime.fromisoformat(one["published_at"]) < until
            ]
        return self.page("posts", sorted(found, key=lambda one: one["updated_at"]), query)

    def said(self, path: str, query: httpx.QueryParams) -> httpx.Response:
        if path == "counts":
            if self.counts_closed:
                return httpx.Response(404, html="<html>?</html>")
            return httpx.Response(
                200, json={number: len(self.comments[number]) for number in query["ids"].split(",") if number in self.comments}
            )
        kind, _, rest = path.partition("/")
        return self.page("comments", self.comments.get(rest, []) if kind == "post" else self.replies[kind], query)

    def page(self, kind: str, items: list[Any], query: httpx.QueryParams) -> httpx.Response:
        size, page = min(int(query["limit"]), self.page_size), int(query.get("page", 1))
        following = page + 1 if page * size < len(items) else None
        return httpx.Response(
            200, json={kind: items[(page - 1) * size : page * size], "meta": {"pagination": {"page": page, "next": following}}}
        )


@pytest.fixture
def site() -> FakeGhost:
    return FakeGhost()


@pytest.fixture
def job(extraction: Make) -> Make:
    def make(site: FakeGhost, key: str = KEY, **settings: Any) -> Extraction:
        limits = settings.pop("limits", Limits(requests_per_second=1000, attempts=2))
        return extraction(SOURCE, site, base_url="https://blog.test/", secret_values={"key": SecretStr(key)}, limits=limits, **settings)

    return make


async def test_the_first_night_reads_posts_authors_and_comments(site: FakeGhost, job: Make) -> None:
    post = site.post("2026-09-10T12:00:00.000+00:00", author="1")
    other = site.post("2026-09-11T12:00:00.000+00:00", author="2", access=False)
    site.post("2026-08-11T12:00:00.000+00:00")
    site.post("2026-10-01T00:00:00.000+00:00")
    first = site.comment(post, "2026-09-11T12:00:00.000Z")
    below = site.comment(post, "2026-09-12T12:00:00.000Z", first, member=None)
    site.comment(post, "2026-10-01T12:00:00.000Z")
    pages = await collect(SOURCE.fetch(job(site)))
    posts, comments, authors = (records(pages, entity) for entity in ("posts", "comments", "authors"))
    assert set(posts) == {f"blog.test:{post}", f"blog.test:{other}"}
    payload = posts[f"blog.test:{post}"].payload
    assert payload["author_ids"] == ["blog.test:1"]
    assert payload["comment_count"] == 2, "as the site counts"
    assert payload.keys() == site.posts[post].keys() - {"authors", "primary_author"} | {"site", "author_ids", "comment_count"}
    assert posts[f"blog.test:{other}"].payload["comment_count"] == 0
    assert set(comments) == {f"blog.test:comment-{first['id']}", f"blog.test:comment-{below['id']}"}
    assert comments[f"blog.test:comment-{below['id']}"].payload["parent_id"] == first["id"]
    assert comments[f"blog.test:comment-{below['id']}"].payload["author_id"] is None
    assert comments[f"blog.test:comment-{first['id']}"].payload["author_id"] == "blog.test:member-5a"
    assert authors["blog.test:1"].payload == {"site": "blog.test", "id": "1", "slug": "a1", "name": "Author 1", "count": {"posts": 7}}
    assert authors["blog.test:2"].payload == {"site": "blog.test", "id": "2", "slug": "a2", "name": "Author 2"}
    assert authors["blog.test:member-5a"].payload["is_member"] is True
    assert notes(pages) == "blog.test: 1 posts are for members: of their text only the beginning is shown"
    assert cursor(pages) == {"until": WINDOW.end.isoformat()}


async def test_the_next_night_reads_what_changed_and_the_young_again(site: FakeGhost, job: Make) -> None:
    kept, edited, deleted = (site.post("2026-09-10T12:00:00.000+00:00") for _ in range(3))
    said, removed, veiled = (site.comment(kept, "2026-09-11T12:00:00.000Z") for _ in range(3))
    first = await collect(SOURCE.fetch(job(site)))
    site.posts[edited] |= {"html": "<p>new words</p>", "updated_at": "2026-10-01T10:00:00.000+00:00"}
    del site.posts[deleted]
    said["count"]["likes"] = 4
    site.comments[kept].remove(removed)
    veiled["status"] = "hidden"
    known = young(first, "posts") + young(first, "comments")
    pages = await collect(SOURCE.fetch(job(site, window=NEXT, cursor=cursor(first), young=known)))
    assert records(pages, "posts")[f"blog.test:{edited}"].payload["html"] == "<p>new words</p>"
    assert records(pages, "posts").keys() == {f"blog.test:{kept}", f"blog.test:{edited}"}
    assert records(pages, "comments")[f"blog.test:comment-{said['id']}"].payload["count"]["likes"] == 4
    assert set(tombstones(pages)) == {
        Tombstone("posts", f"blog.test:{deleted}"),
        Tombstone("comments", f"blog.test:comment-{removed['id']}"),
        Tombstone("comments", f"blog.test:comment-{veiled['id']}", "hidden"),
    }
    filters = [request.url.params["filter"] for request in site.asked if "updated_at" in request.url.params.get("filter", "")]
    assert filters[-1] == "updated_at:>='2026-09-30 00:00:00'+published_at:<'2026-10-02 00:00:00'"


async def test_long_lists_and_long_threads_are_read_to_their_end(site: FakeGhost, job: Make) -> None:
    site.page_size = 3
    ids = [site.post(f"2026-09-{number:02d}T12:00:00.000+00:00") for number in range(1, 9)]
    said = site.comment(ids[0], "2026-09-11T12:00:00.000Z", count={"likes": 0, "replies": 4})
    site.replies[said["id"]] = [{"id": f"{number:x}", "created_at": "2026-09-12T12:00:00.000Z"} for number in range(1, 5)]
    pages = await collect(SOURCE.fetch(job(site)))
    assert len(records(pages, "posts")) == 8
    assert len(records(pages, "comments")) == 5
    assert {record.payload["parent_id"] for record in records(pages, "comments").values()} == {None, said["id"]}


async def test_a_list_too_long_for_a_night_goes_on_the_next(site: FakeGhost, job: Make) -> None:
    site.page_size = 2
    ids = [site.post(f"2026-09-{number:02d}T12:00:00.000+00:00") for number in range(1, 8)]
    limits = Limits(requests_per_second=1000, max_pages=2)
    first = await collect(SOURCE.fetch(job(site, limits=limits)))
    assert "up to 2026-09-04 12:00:00 only (limits.max_pages)" in notes(first)
    second = await collect(SOURCE.fetch(job(site, limits=limits, window=NEXT, cursor=cursor(first))))
    assert records(first, "posts").keys() | records(second, "posts").keys() == {f"blog.test:{number}" for number in ids}


async def test_comments_left_unread_are_noted_and_not_taken_for_deleted(site: FakeGhost, job: Make) -> None:
    site.page_size = 1
    post, other = site.post("2026-09-10T12:00:00.000+00:00"), site.post("2026-09-10T12:00:00.000+00:00")
    for where in (post, post, other):
        site.comment(where, "2026-09-11T12:00:00.000Z")
    known = [Known("comments", "blog.test:comment-77", post), Known("comments", "blog.test:comment-78", other)]
    pages = await collect(SOURCE.fetch(job(site, young=known, limits=Limits(requests_per_second=1000, max_pages=1))))
    assert tombstones(pages) == []
    assert "not all comments at post/" in notes(pages)
    assert "the comments on 1 posts were not read" in notes(pages)


async def test_a_site_that_hides_its_comments_is_read_without_them(site: FakeGhost, job: Make) -> None:
    site.counts_closed = True
    post = site.post("2026-09-10T12:00:00.000+00:00")
    site.broken[f"/members/api/comments/post/{post}"] = error(403, "NoPermissionError", "no")
    pages = await collect(SOURCE.fetch(job(site, young=[Known("comments", "blog.test:comment-77", post)])))
    assert records(pages, "posts")[f"blog.test:{post}"].payload["comment_count"] is None
    assert notes(pages) == "blog.test shows no comments to guests: only posts are read"
    assert tombstones(pages) == []


async def test_comments_switched_off_do_not_end_the_night(site: FakeGhost, job: Make) -> None:
    site.broken["/members/api/comments/post/aa"] = error(405, "MethodNotAllowedError", "Comments are not enabled for this site.")
    known = [Known("comments", "blog.test:comment-77", "aa"), Known("comments", "blog.test:comment-78", "bb")]
    pages = await collect(SOURCE.fetch(job(site, young=known)))
    assert notes(pages) == "blog.test shows no comments to guests: only posts are read"
    assert tombstones(pages) == []


async def test_comments_on_a_post_that_is_gone_are_asked_for(site: FakeGhost, job: Make) -> None:
    other = site.post("2026-09-10T12:00:00.000+00:00")
    said = site.comment(other, "2026-09-11T12:00:00.000Z")
    site.broken["/members/api/comments/post/cc"] = error(404, "NotFoundError", "Resource not found")
    known = [Known("posts", "blog.test:bb", "bb"), Known("comments", "blog.test:comment-77", "bb")]
    known.append(Known("comments", "blog.test:comment-78", "cc"))
    pages = await collect(SOURCE.fetch(job(site, young=known)))
    assert tombstones(pages) == [Tombstone("posts", "blog.test:bb"), Tombstone("comments", "blog.test:comment-77")]
    assert notes(pages) == "blog.test has no comments page of post cc: they stay as they were"
    assert set(records(pages, "comments")) == {f"blog.test:comment-{said['id']}"}


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (error(401, "UnauthorizedError", "Unknown Content API Key"), "blog.test does not know the Content API key"),
        (error(403, "NoPermissionError", "Authorization failed"), "refuses the Content API"),
        (httpx.Response(404, html="<html>?</html>"), "has no Ghost Content API"),
        (error(400, "BadRequestError", "Error parsing filter"), "answered 400"),
        (httpx.Response(200, json={"posts": 5}), "does not list posts: is this a Ghost site?"),
    ],
)
async def test_what_keeps_a_site_from_being_read_is_told(site: FakeGhost, job: Make, answer: httpx.Response, told: str) -> None:
    site.broken[f"{API}/posts"] = answer
    for ask in (SOURCE.check(job(site)), collect(SOURCE.fetch(job(site)))):
        with pytest.raises(SourceError) as raised:
            await ask
        assert told in str(raised.value)
        assert KEY not in str(raised.value)


async def test_no_page_holds_the_key(site: FakeGhost, job: Make) -> None:
    site.post("2026-09-10T12:00:00.000+00:00")
    assert KEY not in str(await collect(SOURCE.fetch(job(site))))


async def test_the_check_names_the_newest_post(site: FakeGhost, job: Make) -> None:
    assert await SOURCE.check(job(site)) == "blog.test: no posts yet"
    site.post("2026-09-10T12:00:00.000+00:00")
    assert await SOURCE.check(job(site)) == "blog.test: newest post 'A post'"


async def test_hostile_items_are_rejected_or_read_as_far_as_they_go(site: FakeGhost, job: Make) -> None:
    bad: list[Any] = [None, 3, "x", [], {}, {"id": 7}, {"id": "../x"}]
    odd = {"id": "ab", "authors": "x", "published_at": [], "updated_at": {}, "access": "no"}
    site.broken[f"{API}/posts"] = httpx.Response(200, json={"posts": [*bad, odd, {"id": "ac", "authors": [None, {"id": 3}]}], "meta": []})
    said = {"id": "ad", "status": [], "replies": "x", "member": [], "count": 5, "created_at": 3}
    site.comments = {"ab": [*bad, said, {"id": "ae", "member": {"id": 4}, "count": {"replies": "x"}}], "ac": [{"id": "af", "replies": bad}]}
    pages = await collect(SOURCE.fetch(job(site)))
    assert set(records(pages, "posts")) == {"blog.test:ab", "blog.test:ac"}
    assert set(records(pages, "comments")) == {f"blog.test:comment-{number}" for number in ("ad", "ae", "af")}
    assert len([rejected for page in pages for rejected in page.rejected]) == 3 * len(bad)
