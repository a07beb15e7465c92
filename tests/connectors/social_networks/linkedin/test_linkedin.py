"""The LinkedIn connector: own pages, their posts with numbers and comments, and what is asked for again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import unquote

import httpx
import pytest
from pydantic import SecretStr

from connectors.extraction import Extraction
from connectors.settings import Limits
from connectors.social_networks.linkedin.api import VERSION, moment
from connectors.social_networks.linkedin.source import SOURCE
from connectors.source import SourceError, Tombstone, Window
from tests.conftest import WINDOW, collect
from tests.connectors.reading import cursor, notes, records, tombstones, until_failure, young

Make = Callable[..., Extraction]
TOKEN = "tok-2718"
PAGE = "urn:li:organization:7"
NEXT = Window(WINDOW.end, WINDOW.end + timedelta(days=1))


def milliseconds(at: str) -> int:
    return int(datetime.fromisoformat(at).replace(tzinfo=UTC).timestamp()) * 1000


def refusal(status: int, message: str = "no", code: int = 0) -> httpx.Response:
    return httpx.Response(status, json={"serviceErrorCode": code, "message": message, "status": status})


class FakeLinkedIn:
    """The page 7, its posts by URN, comments by URN of what they are below; `answers` by the beginning of a path."""

    def __init__(self) -> None:
        self.posts: dict[str, Any] = {}
        self.comments: dict[str, list[Any]] = {}
        self.organisations: dict[str, Any] = {"7": {"id": 7, "localizedName": "Tidewell", "vanityName": "tidewell"}}
        self.answers: dict[str, httpx.Response] = {}
        self.asked: list[httpx.Request] = []

    def post(self, at: str, kind: str = "share", **more: Any) -> str:
        urn = f"urn:li:{kind}:{7000 + len(self.posts)}"
        time = milliseconds(at)
        post = {
            "id": urn,
            "author": PAGE,
            "commentary": "hello",
            "lifecycleState": "PUBLISHED",
            "publishedAt": time,
            "lastModifiedAt": time,
        }
        self.posts[urn] = {**post, **more}
        return urn

    def comment(self, below: str, at: str, actor: str = "urn:li:person:ada", **more: Any) -> str:
        number = sum(map(len, self.comments.values()))
        urn = f"urn:li:comment:(urn:li:activity:9,{number})"
        item = {"id": str(number), "commentUrn": urn, "actor": actor, "created": {"time": milliseconds(at)}, "message": {"text": "well"}}
        self.comments.setdefault(below, []).append({**item, **more})
        return urn

    def paths(self) -> list[str]:
        return [unquote(request.url.raw_path.decode().removeprefix("/rest/").partition("?")[0]) for request in self.asked]

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        assert request.headers["authorization"] == f"Bearer {TOKEN}"
        assert (request.headers["linkedin-version"], request.headers["x-restli-protocol-version"]) == (VERSION, "2.0.0")
        raw_path, _, raw_query = request.url.raw_path.decode().removeprefix("/rest/").partition("?")
        path = unquote(raw_path)
        for beginning, answer in self.answers.items():
            if path.startswith(beginning):
                return answer
        query = dict(pair.partition("=")[::2] for pair in raw_query.split("&") if pair)
        return httpx.Response(200, json=body) if (body := self.body(path, query)) is not None else refusal(404)

    def body(self, path: str, query: dict[str, str]) -> Any:
        kind, _, name = path.partition("/")
        if kind == "organizations":
            return self.organisations.get(name)
        if kind == "networkSizes":
            assert query["edgeType"] == "COMPANY_FOLLOWED_BY_MEMBER"
            return {"firstDegreeSize": 1234}
        if kind == "posts" and query.get("q") == "author":
            assert unquote(query["author"]) == PAGE
            return self.listed(sorted(self.posts.values(), key=lambda post: -post["lastModifiedAt"]), query)
        if kind == "posts":
            keys = listing(query["ids"])
            results = {key: self.posts[key] for key in keys if key in self.posts}
            return {"results": results, "statuses": {}, "errors": {key: {"status": 404} for key in keys if key not in results}}
        if kind == "socialMetadata":
            likes = {"LIKE": {"reactionType": "LIKE", "count": 5}}
            counts = {key: {"count": len(self.comments.get(key, ()))} for key in listing(query["ids"])}
            return {"results": {key: {"reactionSummaries": likes, "commentSummary": count} for key, count in counts.items()}}
        if kind == "organizationalEntityShareStatistics":
            shares, posts = listing(query.get("shares", "List()")), listing(query.get("ugcPosts", "List()"))
            told = {"impressionCount": 900, "shareCount": 2}
            elements = [("share", key) for key in shares] + [("ugcPost", key) for key in posts]
            return {"elements": [{name: key, "totalShareStatistics": told} for name, key in elements]}
        if kind == "organizationsLookup":
            return {"results": {key: self.organisations[key] for key in listing(query["ids"]) if key in self.organisations}}
        assert path.startswith("socialActions/")
        return self.listed(self.comments.get(name.removesuffix("/comments"), []), query)

    def listed(self, items: list[Any], query: dict[str, str]) -> Any:
        start = int(query["start"])
        return {"elements": items[start : start + int(query["count"])], "paging": {"start": start, "links": []}}


def listing(value: str) -> list[str]:
    """The keys of a list of Rest.li, whose own signs are written as they are."""
    assert value.startswith("List(")
    assert value.endswith(")")
    return [unquote(key) for key in value[5:-1].split(",") if key]


@pytest.fixture
def fake() -> FakeLinkedIn:
    return FakeLinkedIn()


@pytest.fixture
def job(extraction: Make) -> Make:
    def make(fake: Callable[[httpx.Request], httpx.Response], **settings: Any) -> Extraction:
        limits = settings.pop("limits", Limits(requests_per_second=1000, attempts=2))
        chosen: dict[str, Any] = {"pages": ("7",), "secret_values": {"token": SecretStr(TOKEN)}, **settings}
        return extraction(SOURCE, fake, limits=limits, **chosen)

    return make


async def test_the_first_night_reads_posts_with_their_numbers_and_comments(fake: FakeLinkedIn, job: Make) -> None:
    wanted = {fake.post(f"2026-09-{day:02}T{hour:02}:00", "ugcPost" if hour else "share") for day in range(1, 31) for hour in range(5)}
    for outside in ("2026-08-31T23:59", "2026-10-01T00:00"):
        fake.post(outside)
    fake.post("2026-08-20T12:00", lastModifiedAt=milliseconds("2026-09-20T12:00"))
    fake.post("2026-09-20T12:00", lifecycleState="DRAFT")
    talked = min(wanted)
    fake.organisations["8"] = {"id": 8, "localizedName": "Fernway"}
    comment = fake.comment(talked, "2026-09-30T12:00", "urn:li:organization:8", commentsSummary={"aggregatedTotalComments": 1})
    reply = fake.comment(comment, "2026-09-30T13:00", parentComment=comment)
    fake.comment(talked, "2026-10-01T00:00")
    pages = await collect(SOURCE.fetch(job(fake)))
    posts = records(pages, "posts")
    assert set(posts) == wanted
    assert posts[talked].payload["socialMetadata"]["reactionSummaries"]["LIKE"]["count"] == 5
    assert posts[talked].payload["statistics"] == {"impressionCount": 900, "shareCount": 2}
    assert all("statistics" in post.payload for post in posts.values())
    assert {posts[one].published_at for one in wanted if one.endswith(":7000")} == {datetime(2026, 9, 1, tzinfo=UTC)}
    comments = records(pages, "comments")
    assert set(comments) == {comment, reply}
    assert comments[reply].payload["post"] == talked
    organisations = records(pages, "organisations")
    assert organisations[PAGE].payload == {**fake.organisations["7"], "firstDegreeSize": 1234}
    assert organisations["urn:li:organization:8"].payload["localizedName"] == "Fernway"
    assert [path for path in fake.paths() if "/comments" in path] == [
        f"socialActions/{talked}/comments",
        f"socialActions/{comment}/comments",
    ]
    assert not notes(pages)
    assert TOKEN not in "".join(page.url for page in pages)


async def test_the_next_night_reads_what_changed_and_asks_for_the_young_in_batches(fake: FakeLinkedIn, job: Make) -> None:
    old = [fake.post(f"2026-09-{day:02}T{hour:02}:00") for day in range(1, 28) for hour in range(3)]
    talked, gone, edited, removed = old[:4]
    kept, lost = fake.comment(talked, "2026-09-02T12:00"), fake.comment(talked, "2026-09-02T13:00")
    silenced = fake.comment(edited, "2026-09-02T13:00")
    first = await collect(SOURCE.fetch(job(fake)))
    del fake.posts[gone]
    fake.posts[edited] |= {"commentary": "edited", "lastModifiedAt": milliseconds("2026-10-01T12:00")}
    fake.posts[removed] |= {"lifecycleState": "DELETED"}
    fake.comments[talked] = [one for one in fake.comments[talked] if one["commentUrn"] != lost]
    fake.comments[edited] = []
    new = fake.post("2026-10-01T12:00")
    fake.asked.clear()
    known = [*young(first, "posts"), *young(first, "comments")]
    second = await collect(SOURCE.fetch(job(fake, window=NEXT, cursor=cursor(first), young=known)))
    assert set(records(second, "posts")) == {*old, new} - {gone, removed}
    assert records(second, "posts")[edited].payload["commentary"] == "edited"
    assert set(records(second, "comments")) == {kept}
    deleted = {Tombstone("posts", gone), Tombstone("posts", removed), Tombstone("comments", lost), Tombstone("comments", silenced)}
    assert set(tombstones(second)) == deleted
    assert fake.paths().count("posts") == 2, "the list, and a batch of what it lacks"


async def test_without_the_permissions_for_numbers_posts_are_read(fake: FakeLinkedIn, job: Make) -> None:
    wanted = {fake.post(f"2026-09-{day:02}T12:00") for day in range(1, 31)}
    closed = ("networkSizes", "socialMetadata", "organizationalEntityShareStatistics", "socialActions")
    fake.answers = {path: refusal(403, "Not enough permissions", 100) for path in closed}
    pages = await collect(SOURCE.fetch(job(fake)))
    assert set(records(pages, "posts")) == wanted
    for told in ("7: its followers were", "socialMetadata of posts were", "statistics of posts were", "young posts and comments were"):
        assert notes(pages).count(f"{told} not read: ") == 1
    assert "r_organization_social" in notes(pages)


async def test_one_failing_page_does_not_lose_the_others(fake: FakeLinkedIn, job: Make) -> None:
    wanted = fake.post("2026-09-12T12:00")
    known = young(await collect(SOURCE.fetch(job(fake))), "posts")
    pages, failure = await until_failure(SOURCE.fetch(job(fake, pages=("9", "tidewell", PAGE))))
    assert set(records(pages, "posts")) == {wanted}
    assert failure.startswith("Not read: 9: https://api.linkedin.com/rest/organizations/9: nothing is there")
    assert "'tidewell' is no page's number" in failure
    fake.posts.clear()
    pages, _ = await until_failure(SOURCE.fetch(job(fake, pages=("9", "7"), young=known)))
    assert not tombstones(pages)
    assert "1 posts could not be seen" in notes(pages)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (refusal(401, f"Invalid access token {TOKEN}", 65600), "does not accept the token .Invalid access token"),
        (httpx.Response(401, text="<error><message>Unknown authentication scheme</message></error>"), "no reason given"),
        (refusal(403, "Unpermitted fields", 100), "the scope r_organization_social"),
        (refusal(404, "gone"), "nothing is there"),
        (refusal(426, "Requested version is not active"), "update Groundswell"),
        (refusal(429, "DAY limit"), "comes back at 00:00 UTC"),
        (refusal(400, "Illegal\nfield\x00"), "answered 400 .Illegal field"),
        (httpx.Response(403, text="<html>blocked</html>"), "no reason given"),
        (httpx.Response(400, json=[]), "no reason given"),
    ],
)
async def test_each_error_is_one_clear_sentence(fake: FakeLinkedIn, job: Make, answer: httpx.Response, words: str) -> None:
    fake.answers["organizations"] = answer
    with pytest.raises(SourceError, match=words) as raised:
        await SOURCE.check(job(fake))
    assert TOKEN not in str(raised.value)


@pytest.mark.parametrize("status", [401, 426, 429])
async def test_what_concerns_all_ends_the_night_at_once(fake: FakeLinkedIn, job: Make, status: int) -> None:
    fake.answers["socialMetadata"] = refusal(status)
    fake.post("2026-09-12T12:00")
    pages, _ = await until_failure(SOURCE.fetch(job(fake)))
    assert not [page for page in pages if page.cursor]


async def test_a_night_is_bounded_by_max_pages(fake: FakeLinkedIn, job: Make) -> None:
    for minute in range(120):
        fake.post(f"2026-09-12T{minute // 60:02}:{minute % 60:02}")
    pages = await collect(SOURCE.fetch(job(fake, limits=Limits(requests_per_second=1000, max_pages=1))))
    assert len(records(pages, "posts")) == 100
    assert "posts: more than limits.max_pages allows" in notes(pages)


@pytest.mark.parametrize("body", [[], {"elements": 3}, {"data": []}])
async def test_lists_that_are_none(fake: FakeLinkedIn, job: Make, body: Any) -> None:
    fake.answers["posts"] = httpx.Response(200, json=body)
    with pytest.raises(SourceError, match=r"Not read: 7: .*that was asked for"):
        await collect(SOURCE.fetch(job(fake)))


async def test_hostile_items(fake: FakeLinkedIn, job: Make) -> None:
    odd: list[Any] = [None, "x", 5, [], {}, {"id": 5}, {"id": "urn:li:share:1),x"}]
    shapes: list[dict[str, Any]] = [
        {"publishedAt": "soon", "author": 5},
        {"publishedAt": 10**400, "lastModifiedAt": -1},
        {"lifecycleState": 5},
    ]
    posts = [{"id": f"urn:li:share:{number}", **shape} for number, shape in enumerate(shapes)]
    fake.answers["posts"] = httpx.Response(200, json={"elements": [*odd, *posts], "paging": {"links": 3}})
    fake.answers["socialMetadata"] = httpx.Response(200, json={"results": {"urn:li:share:0": 5, "urn:li:share:1": {"commentSummary": []}}})
    fake.answers["organizationalEntityShareStatistics"] = httpx.Response(
        200, json={"elements": [5, {"share": []}, {"share": "urn:li:share:0"}]}
    )
    fake.comments["urn:li:share:0"] = [*odd[:-1], {"commentUrn": "urn:li:comment:(x,1)", "created": 5, "actor": 5, "commentsSummary": []}]
    pages = await collect(SOURCE.fetch(job(fake)))
    assert set(records(pages, "posts")) == {"urn:li:share:0", "urn:li:share:1"}
    assert not any(record.published_at for record in records(pages, "posts").values())
    assert set(records(pages, "comments")) == {"urn:li:comment:(x,1)"}
    assert len([one for page in pages for one in page.rejected]) == 2 * len(odd) - 1


async def test_check_names_the_page(fake: FakeLinkedIn, job: Make) -> None:
    assert await SOURCE.check(job(fake)) == "page Tidewell"


@pytest.mark.parametrize("value", [None, "1", 1.5, -1, 10**400, 4 * 10**12, True])
def test_times_that_are_none(value: Any) -> None:
    assert moment(value, WINDOW.end) is None
