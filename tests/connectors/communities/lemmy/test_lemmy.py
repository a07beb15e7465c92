"""The Lemmy connector: communities, accounts and searches, the comments above and below, and what an instance refuses."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from connectors.communities.lemmy.source import SOURCE
from connectors.extraction import Extraction
from connectors.settings import Limits
from connectors.source import Known, SourceError, Tombstone, Window
from tests.conftest import WINDOW, collect
from tests.connectors.communities.lemmy.fake_lemmy import BASE, FakeLemmy
from tests.connectors.reading import cursor, notes, records, tombstones, until_failure, young

Make = Callable[..., Extraction]
NEXT = Window(WINDOW.end, WINDOW.end + timedelta(days=1))


@pytest.fixture
def lemmy() -> FakeLemmy:
    return FakeLemmy()


@pytest.fixture
def job(extraction: Make) -> Make:
    def make(lemmy: Any, **settings: Any) -> Extraction:
        limits = settings.pop("limits", Limits(requests_per_second=1000, attempts=2))
        return extraction(SOURCE, lemmy, limits=limits, **({"base_url": BASE, "terms": ()} | settings))

    return make


async def test_a_community_gives_posts_comments_and_its_subscribers(lemmy: FakeLemmy, job: Make) -> None:
    old = lemmy.post("eve", "brewing", "2026-08-01T10:00")
    above = lemmy.comment("eve", old, "2026-08-02T10:00")
    post = lemmy.post("ada", "brewing", "2026-09-10T10:00", url="https://kettle.example")
    comment = lemmy.comment("bo", post, "2026-09-10T11:00")
    reply = lemmy.comment("cy", old, "2026-09-11T11:00", above)
    lemmy.post("ada", "brewing", "2026-10-01T00:00")
    pages = await collect(SOURCE.fetch(job(lemmy, communities=("!brewing",))))
    posts, comments = records(pages, "posts"), records(pages, "comments")
    assert set(posts) == {f"{BASE}/post/{number}" for number in (post, old)}, "the old post too: a new comment stands below it"
    assert set(comments) == {f"{BASE}/comment/{number}" for number in (comment, reply, above)}
    assert posts[f"{BASE}/post/{post}"].payload["creator"] == {"id": 2, "actor_id": f"{BASE}/u/ada"}
    assert posts[f"{BASE}/post/{post}"].payload["language"] == "en"
    assert posts[f"{BASE}/post/{post}"].published_at == datetime(2026, 9, 10, 10, 0, 0, 500_000, tzinfo=UTC)
    assert posts[f"{BASE}/post/{post}"].lookup_key == f"burrow.test:{post}"
    assert comments[f"{BASE}/comment/{comment}"].payload["parent_ap_id"] == f"{BASE}/post/{post}"
    assert comments[f"{BASE}/comment/{reply}"].payload["parent_ap_id"] == f"{BASE}/comment/{above}"
    assert set(records(pages, "users")) == {f"{BASE}/u/{name}" for name in ("ada", "bo", "cy", "eve")}
    assert records(pages, "communities")[f"{BASE}/c/brewing"].payload["counts"] == {"subscribers": 50}
    assert len(lemmy.asked) == 5, "site, community, posts, comments, and the post above the reply"


async def test_a_term_finds_posts_and_comments_and_all_comments_below_the_posts(lemmy: FakeLemmy, job: Make) -> None:
    post = lemmy.post("ada", "brewing", "2026-09-10T10:00", "my tidewell")
    below = lemmy.comment("bo", post, "2026-09-10T11:00")
    other = lemmy.post("cy", "kitchen", "2026-09-01T10:00")
    found = lemmy.comment("bo", other, "2026-09-12T11:00", text="try tidewell")
    pages = await collect(SOURCE.fetch(job(lemmy, terms=("tidewell",))))
    assert set(records(pages, "posts")) == {f"{BASE}/post/{number}" for number in (post, other)}
    assert set(records(pages, "comments")) == {f"{BASE}/comment/{number}" for number in (below, found)}
    assert set(records(pages, "communities")) == {f"{BASE}/c/brewing", f"{BASE}/c/kitchen"}


async def test_an_account_has_counts_and_is_read_back_to_the_window_start(lemmy: FakeLemmy, job: Make) -> None:
    wanted = {lemmy.post("ada", "brewing", f"2026-09-{day:02}T10:00") for day in range(1, 31)}
    answers = {lemmy.comment("ada", min(wanted), f"2026-09-{day:02}T{hour}:00") for day in range(2, 30) for hour in range(10, 13)}
    for day in range(1, 29):
        lemmy.post("ada", "brewing", f"2026-07-{day:02}T10:00")
    pages = await collect(SOURCE.fetch(job(lemmy, accounts=("@ada",))))
    assert set(records(pages, "posts")) == {f"{BASE}/post/{number}" for number in wanted}
    assert set(records(pages, "comments")) == {f"{BASE}/comment/{number}" for number in answers}
    assert records(pages, "users")[f"{BASE}/u/ada"].payload["counts"]["post_count"] == 3
    assert [record.payload for page in pages for record in page.records if record.entity == "users"] == [
        {**lemmy.people["ada"], "instance": "burrow.test"}
    ]


@pytest.mark.parametrize("is_old", [True, False])
async def test_lists_are_read_page_by_page(lemmy: FakeLemmy, job: Make, is_old: bool) -> None:
    lemmy.is_old = is_old
    start = datetime(2026, 9, 10, tzinfo=UTC)
    for minute in range(120):
        lemmy.post("ada", "brewing", (start + timedelta(minutes=minute)).isoformat()[:16])
    pages = await collect(SOURCE.fetch(job(lemmy, communities=("brewing",))))
    assert len(records(pages, "posts")) == 120
    assert len(lemmy.paths("/post/list")) == 3
    assert ("page_cursor=P2" in "".join(lemmy.paths("/post/list"))) is not is_old
    cut = await collect(SOURCE.fetch(job(lemmy, communities=("brewing",), limits=Limits(requests_per_second=1000, max_pages=2))))
    assert len(records(cut, "posts")) == 100
    assert "!brewing: more items than limits.max_pages allows" in notes(cut)


async def test_the_next_night_looks_three_days_back_for_late_posts(lemmy: FakeLemmy, job: Make) -> None:
    lemmy.post("ada", "brewing", "2026-09-10T10:00")
    first = await collect(SOURCE.fetch(job(lemmy, communities=("brewing",))))
    late = lemmy.post("bo", "brewing", "2026-09-28T10:00")
    new = lemmy.post("bo", "brewing", "2026-10-01T10:00")
    second = await collect(SOURCE.fetch(job(lemmy, communities=("brewing",), window=NEXT, cursor=cursor(first))))
    assert set(records(second, "posts")) == {f"{BASE}/post/{number}" for number in (late, new)}


@pytest.mark.parametrize("is_old", [True, False])
async def test_the_young_are_observed_again(lemmy: FakeLemmy, job: Make, is_old: bool) -> None:
    lemmy.is_old = is_old
    edited, deleted, removed, purged = (lemmy.post("ada", "brewing", "2026-09-10T10:00") for _ in range(4))
    gone = lemmy.comment("bo", edited, "2026-09-10T11:00")
    kept = lemmy.comment("bo", deleted, "2026-09-10T11:00")
    first = await collect(SOURCE.fetch(job(lemmy, communities=("brewing",))))
    lemmy.posts[edited]["counts"]["score"] = 90
    lemmy.posts[edited]["post"] |= {"name": "Better", "updated": "2026-10-01T08:00:00Z"}
    lemmy.posts[deleted]["post"]["deleted"] = lemmy.posts[removed]["post"]["removed"] = True
    del lemmy.posts[purged]
    lemmy.comments[gone]["comment"]["deleted"] = True
    reply = lemmy.comment("cy", edited, "2026-10-01T11:00", gone)
    known = [*young(first, "posts"), *young(first, "comments"), Known("posts", "https://else.test/post/1", "else.test:1")]
    second = await collect(SOURCE.fetch(job(lemmy, communities=(), window=NEXT, cursor=cursor(first), young=known)))
    assert records(second, "posts")[f"{BASE}/post/{edited}"].payload["counts"]["score"] == 90
    assert set(records(second, "posts")) == {f"{BASE}/post/{edited}"}
    assert set(records(second, "comments")) == {f"{BASE}/comment/{reply}", f"{BASE}/comment/{kept}"}
    assert records(second, "comments")[f"{BASE}/comment/{reply}"].payload["parent_ap_id"] == f"{BASE}/comment/{gone}"
    assert {(one.entity, one.native_id, one.kind) for one in tombstones(second)} == {
        ("posts", f"{BASE}/post/{deleted}", "deleted"),
        ("posts", f"{BASE}/post/{removed}", "hidden"),
        ("posts", f"{BASE}/post/{purged}", "deleted"),
        ("comments", f"{BASE}/comment/{gone}", "deleted"),
    }


async def test_gone_people_and_communities_are_tombstones(lemmy: FakeLemmy, job: Make) -> None:
    for name in ("ada", "bo", "cy"):
        lemmy.post(name, "brewing", "2026-09-10T10:00")
    lemmy.people["ada"]["person"]["deleted"] = True
    lemmy.people["bo"]["person"]["banned"] = True
    lemmy.people["cy"]["person"] |= {"banned": True, "local": False}
    lemmy.communities["brewing"]["community"]["removed"] = True
    pages = await collect(SOURCE.fetch(job(lemmy, communities=("brewing",))))
    assert set(tombstones(pages)) == {
        Tombstone("users", f"{BASE}/u/ada"),
        Tombstone("users", f"{BASE}/u/bo", "suspended"),
        Tombstone("communities", f"{BASE}/c/brewing", "hidden"),
    }
    assert set(records(pages, "users")) == {f"{BASE}/u/cy"}, "one instance's ban is not another's"


@pytest.mark.parametrize("is_old", [True, False])
async def test_what_is_not_there_does_not_lose_the_others(lemmy: FakeLemmy, job: Make, is_old: bool) -> None:
    lemmy.is_old = is_old
    lemmy.post("ada", "brewing", "2026-09-10T10:00")
    pages, failure = await until_failure(SOURCE.fetch(job(lemmy, communities=("nowhere", "brewing"), accounts=("nobody",))))
    assert failure.startswith("Not read: nobody, nowhere. the account nobody is not there on burrow.test (couldnt_find_person)")
    assert len(records(pages, "posts")) == 1


@pytest.mark.parametrize(
    ("path", "answer", "message"),
    [
        ("/site", httpx.Response(401, json={"error": "not_logged_in"}), "shows guests nothing"),
        ("/site", httpx.Response(404, text="<html>what?</html>"), "must be a Lemmy instance"),
        ("/site", httpx.Response(200, json=["no"]), "is this Lemmy?"),
        ("/post/list", httpx.Response(200, json={"items": []}), "has no list of posts"),
        ("/post/list", httpx.Response(400, json={"error": "invalid_limit"}), "cannot be read from burrow.test (400 invalid_limit)"),
        ("/post/list", httpx.Response(200, text="<html>hello</html>"), "JSON"),
    ],
)
async def test_errors_in_words(lemmy: FakeLemmy, job: Make, path: str, answer: httpx.Response, message: str) -> None:
    lemmy.post("ada", "brewing", "2026-09-10T10:00")
    lemmy.refused[path] = [answer] * 9
    _, failure = await until_failure(SOURCE.fetch(job(lemmy, communities=("brewing",))))
    assert message in failure


async def test_a_rate_limit_in_a_400_is_waited_for(lemmy: FakeLemmy, job: Make) -> None:
    lemmy.post("ada", "brewing", "2026-09-10T10:00")
    limited = httpx.Response(400, json={"error": "rate_limit_error"})
    lemmy.refused["/post/list"] = [limited]
    assert len(records(await collect(SOURCE.fetch(job(lemmy, communities=("brewing",)))), "posts")) == 1
    lemmy.refused["/post/list"] = [limited] * 9
    with pytest.raises(SourceError, match="asks for fewer requests"):
        await collect(SOURCE.fetch(job(lemmy, communities=("brewing",))))


async def test_a_newer_lemmy_is_told(lemmy: FakeLemmy, job: Make) -> None:
    lemmy.version = "1.0.0-beta.1"
    assert "runs Lemmy 1.0.0-beta.1, which answers only part" in notes(await collect(SOURCE.fetch(job(lemmy))))


async def test_things_that_are_none_are_rejected(lemmy: FakeLemmy, job: Make) -> None:
    post = lemmy.post("ada", "brewing", "2026-09-10T10:00")
    odd: list[Any] = [5, None, {}, {"post": 5}, {"post": {"id": "1"}}, {"post": {"id": 1, "ap_id": "javascript:1"}}]
    hostile = {
        "post": {"id": 9, "ap_id": f"{BASE}/post/9", "published": 5, "language_id": []},
        "creator": [],
        "community": 7,
        "counts": "no",
    }
    lemmy.refused["/post/list"] = [httpx.Response(200, json={"posts": [*odd, hostile, lemmy.posts[post]], "next_page": 5})]
    loose = {"comment": {"id": 8, "ap_id": f"{BASE}/comment/8", "path": "0.x.8"}, "post": None, "creator": {"actor_id": 5}}
    lemmy.refused["/comment/list"] = [httpx.Response(200, json={"comments": [7, {"comment": []}, loose]})]
    pages = await collect(SOURCE.fetch(job(lemmy, communities=("brewing",))))
    assert set(records(pages, "posts")) == {f"{BASE}/post/9", f"{BASE}/post/{post}"}
    assert records(pages, "comments")[f"{BASE}/comment/8"].payload["parent_ap_id"] is None
    assert [one.payload for page in pages for one in page.rejected] == [*odd, 7, {"comment": []}]


async def test_check_names_the_instance(lemmy: FakeLemmy, job: Make) -> None:
    assert await SOURCE.check(job(lemmy)) == "The Burrow (Lemmy 0.19.5)"
