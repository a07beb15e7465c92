"""The WordPress connector: what a site published, changed and took back, what was said below it, and by whom."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from connectors.blogs.wordpress.source import SOURCE
from connectors.extraction import Extraction
from connectors.settings import Limits
from connectors.source import Known, SourceError, Tombstone, Window
from tests.conftest import WINDOW, collect
from tests.connectors.blogs.wordpress.fake_wordpress import FakeSite, error
from tests.connectors.reading import cursor, notes, records, tombstones, until_failure, young

Make = Callable[..., Extraction]
NEXT = Window(WINDOW.end, WINDOW.end + timedelta(days=1))
POSTS = "/wp/v2/posts"
COMMENTS = "/wp/v2/comments"


@pytest.fixture
def site() -> FakeSite:
    return FakeSite()


@pytest.fixture
def job(extraction: Make) -> Make:
    def make(site: FakeSite, base_url: str = "https://www.blog.test/", **settings: Any) -> Extraction:
        limits = settings.pop("limits", Limits(requests_per_second=1000, attempts=2))
        return extraction(SOURCE, site, base_url=base_url, limits=limits, **settings)

    return make


async def test_the_first_night_reads_posts_comments_and_who_wrote_them(site: FakeSite, job: Make) -> None:
    ada = site.user("Ada")
    post = site.post("2026-09-10T12:00:00", "<p>a walk</p>", ada)
    other = site.post("2026-09-11T12:00:00", "<p>a swim</p>", ada)
    first = site.comment(post, "2026-09-10T13:00:00", "nice", author=ada, author_name="Ada")
    second = site.comment(post, "2026-09-10T14:00:00", "no", parent=first, author_name="Bo", author_url="http://www.bo.test/me/")
    third = site.comment(post, "2026-09-10T15:00:00", "so", author_name="Cy")
    for outside in ("2026-08-31T23:59:59", "2026-10-01T00:00:00"):
        site.post(outside)
        site.comment(post, outside)
    pages = await collect(SOURCE.fetch(job(site)))
    posts, comments, users = (records(pages, entity) for entity in ("posts", "comments", "users"))
    assert set(posts) == {f"blog.test:{post}", f"blog.test:{other}"}
    assert set(comments) == {f"blog.test:comment-{number}" for number in (first, second, third)}
    assert posts[f"blog.test:{post}"].payload == {"site": "blog.test", **site.posts[post], "author_id": "blog.test:1", "comment_count": 5}
    assert posts[f"blog.test:{other}"].payload["comment_count"] == 0
    assert posts[f"blog.test:{post}"].published_at == datetime(2026, 9, 10, 12, tzinfo=UTC)
    authors = [comments[f"blog.test:comment-{number}"].payload["author_id"] for number in (first, second, third)]
    assert authors == ["blog.test:1", "blog.test:name:Bo:bo.test/me", "blog.test:name:Cy"]
    assert users["blog.test:1"].payload == {"site": "blog.test", **site.users[ada]}
    assert users["blog.test:name:Bo:bo.test/me"].payload == {"site": "blog.test", "name": "Bo", "url": "http://www.bo.test/me/"}
    assert set(users) == set(authors)
    assert sum(len(page.records) for page in pages) == len(posts) + len(comments) + len(users), "each once, though two lists hold it"
    assert {page.cursor["until"]["comments by date_gmt"] for page in pages if page.cursor} == {WINDOW.end.isoformat()}
    assert notes(pages) == ""


@pytest.mark.parametrize("name", ["", "Anonymous", "Guest", "&#65;nonymous"])
async def test_whoever_left_no_name_is_unknown(site: FakeSite, job: Make, name: str) -> None:
    post = site.post("2026-09-10T12:00:00")
    comment = site.comment(post, "2026-09-10T13:00:00", author_name=name)
    pages = await collect(SOURCE.fetch(job(site)))
    assert records(pages, "comments")[f"blog.test:comment-{comment}"].payload["author_id"] is None


async def test_a_user_without_a_profile_is_known_by_what_comments_say(site: FakeSite, job: Make) -> None:
    post = site.post("2026-09-10T12:00:00", author=7)
    site.comment(post, "2026-09-10T13:00:00", author=7, author_name="Gil", author_url="javascript:alert(1)")
    pages = await collect(SOURCE.fetch(job(site)))
    assert records(pages, "posts")[f"blog.test:{post}"].payload["author_id"] == "blog.test:7"
    assert records(pages, "users")["blog.test:7"].payload == {"site": "blog.test", "name": "Gil", "url": "", "id": 7}


async def test_the_next_night_reads_a_day_back(site: FakeSite, job: Make) -> None:
    old = site.post("2026-09-10T12:00:00")
    late = site.post("2026-09-30T12:00:00")
    edited = site.post("2026-03-10T12:00:00", modified="2026-10-01T10:00:00")
    scheduled = site.post("2026-10-01T11:00:00", modified="2026-09-02T10:00:00")
    known = cursor(await collect(SOURCE.fetch(job(site))))
    pages = await collect(SOURCE.fetch(job(site, window=NEXT, cursor=known)))
    assert set(records(pages, "posts")) == {f"blog.test:{number}" for number in (late, edited, scheduled)}
    assert f"blog.test:{old}" not in records(pages, "posts")
    since = [request.url.params["modified_after"] for request in site.asked if "modified_after" in request.url.params]
    assert since == ["2026-08-31T23:59:59Z", "2026-09-29T23:59:59Z"]


async def test_young_items_are_asked_for_again_in_batches(site: FakeSite, job: Make) -> None:
    ids = [site.post("2026-09-05T12:00:00", f"post {number}") for number in range(120)]
    said = site.comment(ids[0], "2026-09-05T13:00:00", "first words")
    first = await collect(SOURCE.fetch(job(site)))
    assert len(records(first, "posts")) == 120
    site.posts[ids[1]]["content"] = {"rendered": "other words"}
    site.comment(ids[2], "2026-09-06T13:00:00", "late")
    deleted, withdrawn = ids[3], ids[4]
    del site.posts[deleted]
    site.withdrawn = {withdrawn}
    site.trashed = {said}
    site.asked.clear()
    again = young(first, "posts") + young(first, "comments")
    pages = await collect(SOURCE.fetch(job(site, window=NEXT, cursor=cursor(first), young=again)))
    posts = records(pages, "posts")
    assert len(posts) == 118
    assert posts[f"blog.test:{ids[1]}"].payload["content"] == {"rendered": "other words"}
    assert posts[f"blog.test:{ids[2]}"].payload["comment_count"] == 1
    assert posts[f"blog.test:{ids[0]}"].payload["comment_count"] == 0
    assert set(tombstones(pages)) == {
        Tombstone("posts", f"blog.test:{deleted}"),
        Tombstone("posts", f"blog.test:{withdrawn}", "hidden"),
        Tombstone("comments", f"blog.test:comment-{said}", "hidden"),
    }
    assert len([path for path in site.paths("/posts?") if "include" in path]) == 2
    assert len(site.paths("/posts/")) == 2


async def test_an_item_missing_without_reason_is_left_as_it_was(site: FakeSite, job: Make) -> None:
    known = [Known("posts", "blog.test:77", "77"), Known("posts", "blog.test:78", "not a number")]
    site.broken[f"{POSTS}/77"] = httpx.Response(403, html="<html>firewall</html>")
    pages = await collect(SOURCE.fetch(job(site, young=known)))
    assert tombstones(pages) == []
    assert "1 young items are missing" in notes(pages)


@pytest.mark.parametrize(("status", "kind"), [("trash", "deleted"), ("private", "hidden")])
async def test_what_only_an_administrator_still_sees_is_gone(site: FakeSite, job: Make, status: str, kind: Any) -> None:
    site.broken[f"{POSTS}/77"] = httpx.Response(200, json={"id": 77, "status": status})
    pages = await collect(SOURCE.fetch(job(site, young=[Known("posts", "blog.test:77", "77")])))
    assert tombstones(pages) == [Tombstone("posts", "blog.test:77", kind)]


async def test_an_item_that_the_list_left_out_is_read_alone(site: FakeSite, job: Make) -> None:
    post = site.post("2026-09-10T12:00:00")
    ping = site.comment(post, "2026-09-10T13:00:00", type="pingback", author_url="https://else.test/a")
    pages = await collect(SOURCE.fetch(job(site, young=[Known("comments", f"blog.test:comment-{ping}", str(ping))])))
    assert records(pages, "comments")[f"blog.test:comment-{ping}"].payload["author_id"] == "url:else.test"
    assert records(pages, "users")["url:else.test"].payload["is_site"] is True


async def test_what_a_comment_answers_is_read_too(site: FakeSite, job: Make) -> None:
    post = site.post("2025-01-10T12:00:00")
    above = site.comment(post, "2025-01-11T12:00:00")
    below = site.comment(post, "2026-09-11T12:00:00", parent=above)
    pages = await collect(SOURCE.fetch(job(site)))
    assert set(records(pages, "posts")) == {f"blog.test:{post}"}
    assert set(records(pages, "comments")) == {f"blog.test:comment-{number}" for number in (above, below)}


async def test_terms_find_posts_and_comments_and_all_that_is_said_below(site: FakeSite, job: Make) -> None:
    wanted = site.post("2026-09-10T12:00:00", "my Tidewell")
    other = site.post("2026-09-10T12:00:00", "my shoes")
    below = site.comment(wanted, "2026-09-11T12:00:00", "mine too")
    found = site.comment(other, "2026-09-11T12:00:00", "buy a tidewell")
    site.comment(other, "2026-09-11T13:00:00", "no")
    pages = await collect(SOURCE.fetch(job(site, terms=("tidewell",))))
    assert set(records(pages, "posts")) == {f"blog.test:{wanted}", f"blog.test:{other}"}, "the other is what a comment answers"
    assert set(records(pages, "comments")) == {f"blog.test:comment-{number}" for number in (below, found)}
    new = site.post("2026-09-20T12:00:00", "fernway")
    later = await collect(SOURCE.fetch(job(site, window=NEXT, cursor=cursor(pages), terms=("tidewell", "fernway"))))
    assert set(records(later, "posts")) == {f"blog.test:{new}"}, "a new term is read back for limits.history_days"


@pytest.mark.parametrize("has_link_headers", [True, False])
async def test_long_lists_go_on_to_their_end(site: FakeSite, job: Make, has_link_headers: bool) -> None:
    site.has_link_headers = has_link_headers
    for number in range(250):
        site.post(f"2026-09-{1 + number // 10:02d}T12:00:{number % 60:02d}")
    assert len(records(await collect(SOURCE.fetch(job(site))), "posts")) == 250


async def test_a_list_that_became_shorter_meanwhile_is_at_its_end(site: FakeSite, job: Make) -> None:
    for _ in range(150):
        site.post("2026-09-10T12:00:00")

    def shrinking(request: httpx.Request) -> httpx.Response:
        if request.url.params.get("page") == "2":
            return error(400, "rest_post_invalid_page_number")
        return site(request)

    assert len(records(await collect(SOURCE.fetch(job(shrinking))), "posts")) == 100


async def test_a_list_too_long_for_a_night_goes_on_the_next(site: FakeSite, job: Make) -> None:
    ids = [site.post(f"2026-09-{1 + number // 10:02d}T12:00:{number % 60:02d}") for number in range(250)]
    limits = Limits(requests_per_second=1000, max_pages=2)
    first = await collect(SOURCE.fetch(job(site, limits=limits)))
    assert "up to 2026-09-20T12:00:19Z only (limits.max_pages)" in notes(first)
    second = await collect(SOURCE.fetch(job(site, limits=limits, window=NEXT, cursor=cursor(first))))
    assert records(first, "posts").keys() | records(second, "posts").keys() == {f"blog.test:{number}" for number in ids}


async def test_a_site_too_old_to_list_by_edit_is_noted(site: FakeSite, job: Make) -> None:
    site.is_old = True
    for number in range(1, 6):
        site.post(f"2025-01-0{number}T12:00:00")
    new = site.post("2026-09-20T12:00:00")
    site.page_size = 3
    pages = await collect(SOURCE.fetch(job(site)))
    assert set(records(pages, "posts")) == {f"blog.test:{new}"}
    assert "WordPress before 5.7" in notes(pages)


@pytest.mark.parametrize("code", [401, 403, 404])
async def test_a_site_that_closes_its_comments_is_read_without_them(site: FakeSite, job: Make, code: int) -> None:
    post = site.post("2026-09-10T12:00:00")
    site.broken[COMMENTS] = error(code, "rest_no_route")
    pages = await collect(SOURCE.fetch(job(site, young=[Known("comments", "blog.test:comment-5", "5")])))
    assert records(pages, "posts")[f"blog.test:{post}"].payload["comment_count"] is None
    assert notes(pages) == "blog.test shows no comments to this client: only posts are read"
    assert set(cursor(pages)["until"]) == {"posts by date", "posts by modified"}, "comments begin with their history once they are open"


async def test_a_site_with_plain_addresses(site: FakeSite, job: Make) -> None:
    site.has_pretty_addresses = False
    site.page_size = 50
    ids = [site.post("2026-09-10T12:00:00") for _ in range(120)]
    pages = await collect(SOURCE.fetch(job(site, base_url="https://blog.test")))
    assert set(records(pages, "posts")) == {f"blog.test:{number}" for number in ids}
    assert await SOURCE.check(job(site, base_url="https://blog.test")) == "The Blog: WordPress REST API (?rest_route=)"


async def test_many_comments_are_counted_by_halves(site: FakeSite, job: Make) -> None:
    ids = [site.post("2026-09-10T12:00:00") for _ in range(8)]
    for number, post in enumerate(ids):
        for _ in range(150 if number == 3 else number):
            site.comment(post, "2026-01-01T00:00:00")
    pages = await collect(SOURCE.fetch(job(site)))
    counts = [records(pages, "posts")[f"blog.test:{post}"].payload["comment_count"] for post in ids]
    assert counts == [0, 1, 2, 150, 4, 5, 6, 7]


async def test_an_application_password_shows_pingbacks(site: FakeSite, job: Make) -> None:
    site.password = "ada:abcd efgh"
    post = site.post("2026-09-10T12:00:00")
    site.comment(post, "2026-09-11T12:00:00", type="pingback", author_name="A page", author_url="https://www.else.test/a/page")
    secret = {"application_password": SecretStr(site.password)}
    pages = await collect(SOURCE.fetch(job(site, secret_values=secret)))
    assert set(records(pages, "users")) == {"url:else.test"}
    assert len(records(pages, "comments")) == 1
    assert {request.headers["authorization"] for request in site.asked} == {"Basic YWRhOmFiY2QgZWZnaA=="}
    site.broken[COMMENTS] = error(403, "rest_forbidden_param")
    assert "may not moderate comments" in notes(await collect(SOURCE.fetch(job(site, secret_values=secret))))


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (error(401, "rest_cannot_access"), "lets no guest read the REST API (401 rest_cannot_access): set secrets.application_password"),
        (error(401, "incorrect_password"), "does not accept secrets.application_password (incorrect_password)"),
        (httpx.Response(403, html="<html>Denied</html>"), "a firewall keeps this client out"),
        (httpx.Response(404, html="<html>?</html>"), "has no WordPress REST API"),
        (httpx.Response(200, html="<html>a shop</html>"), "has no WordPress REST API"),
        (httpx.Response(200, json=["other"]), "has no WordPress REST API"),
    ],
)
async def test_what_keeps_a_site_from_being_read_is_told(site: FakeSite, job: Make, answer: httpx.Response, told: str) -> None:
    site.broken["/"] = answer
    with pytest.raises(SourceError) as raised:
        await SOURCE.check(job(site))
    assert told in str(raised.value)


async def test_posts_closed_to_guests_end_the_night(site: FakeSite, job: Make) -> None:
    site.broken[POSTS] = error(401, "rest_login_required")
    pages, message = await until_failure(SOURCE.fetch(job(site)))
    assert pages == []
    assert "does not list its posts to this client (401" in message
    assert "rest_login_required" in message


async def test_hostile_items_are_rejected_or_read_as_far_as_they_go(site: FakeSite, job: Make) -> None:
    bad: list[Any] = [None, 3, "x", [], {}, {"id": "7"}, {"id": True}, {"id": -1}]
    odd = [
        {"id": 1, "date_gmt": 5, "author": {"a": 1}, "_embedded": "x"},
        {"id": 2, "date_gmt": "9999-12-31T23:59:59-12:00", "author": 9, "_embedded": {"author": [None, {"id": 8}]}},
        {"id": 3, "date_gmt": "0001-01-01T00:00:00+12:00", "modified_gmt": [], "author": 9, "_embedded": {"author": {}}},
    ]
    site.broken[POSTS] = httpx.Response(200, json=bad + odd)
    odd_comment = {"id": 4, "post": "x", "parent": {}, "author_url": "http://[bad", "author_name": 5, "type": [], "status": []}
    site.broken[COMMENTS] = httpx.Response(200, json=[*bad, odd_comment, {"id": 5, "author_url": "https://a:99999"}])
    site.broken[f"{POSTS}/9"] = httpx.Response(404, json={"code": ["rest_post_invalid_id"]})
    pages = await collect(SOURCE.fetch(job(site, young=[Known("posts", "blog.test:9", "9")])))
    assert set(records(pages, "posts")) == {"blog.test:1", "blog.test:2", "blog.test:3"}
    assert not any(record.published_at for record in records(pages, "posts").values())
    assert {record.payload["author_id"] for record in records(pages, "comments").values()} == {None}
    assert tombstones(pages) == []
    assert {str(rejected.payload) for page in pages for rejected in page.rejected} == set(map(str, bad))


@pytest.mark.parametrize("body", ['{"code": "x"}', "null", '"text"'])
async def test_what_is_no_list_is_told(site: FakeSite, job: Make, body: str) -> None:
    site.broken[POSTS] = httpx.Response(200, content=body)
    _, message = await until_failure(SOURCE.fetch(job(site)))
    assert "is not the list that was asked for" in message
