"""The Instagram connector: own media, discovered businesses, hashtags with their cap, and what is asked for again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from connectors.extraction import Extraction
from connectors.settings import Limits
from connectors.social_networks.instagram.source import SOURCE
from connectors.source import SourceError, Tombstone, Window
from tests.conftest import WINDOW, collect
from tests.connectors.reading import cursor, notes, records, tombstones, until_failure, young
from tests.connectors.social_networks.fake_graph import FORBIDDEN, TOKEN, error
from tests.connectors.social_networks.instagram.fake_instagram import ME, FakeInstagram

Make = Callable[..., Extraction]
NEXT = Window(WINDOW.end, WINDOW.end + timedelta(days=1))


@pytest.fixture
def fake() -> FakeInstagram:
    return FakeInstagram()


@pytest.fixture
def job(extraction: Make) -> Make:
    def make(fake: Callable[[httpx.Request], httpx.Response], **settings: Any) -> Extraction:
        limits = settings.pop("limits", Limits(requests_per_second=1000, attempts=2))
        chosen: dict[str, Any] = {"pages": (ME,), "tags": (), "secret_values": {"token": SecretStr(TOKEN)}, **settings}
        return extraction(SOURCE, fake, limits=limits, **chosen)

    return make


async def test_own_media_with_insights_comments_replies_and_tags(fake: FakeInstagram, job: Make) -> None:
    wanted = {fake.own(f"2026-09-{day:02}T12:00") for day in range(1, 31)}
    for outside in ("2026-08-31T23:59", "2026-10-01T00:00"):
        fake.own(outside)
    reply = {"id": "77", "text": "so do I", "timestamp": "2026-09-30T14:00:00+0000", "from": {"id": "1789", "username": "bo"}}
    above = fake.comment(min(wanted), "2026-09-30T13:00", replies={"data": [reply]})
    fake.comment(min(wanted), "2026-10-01T00:00")
    tag = fake.medium("2026-09-20T12:00", username="ada")
    fake.lists[f"{ME}/tags"] = [fake.medium("2026-10-01T12:00", username="cy"), tag, fake.medium("2026-07-20T12:00", username="dee")]
    pages = await collect(SOURCE.fetch(job(fake)))
    media = records(pages, "media")
    assert set(media) == wanted | {tag["id"]}
    assert media[min(wanted)].payload["insights"] == {"views": 70, "saved": 2}
    assert media[min(wanted)].payload["author_id"] == ME
    assert media[min(wanted)].published_at == datetime(2026, 9, 1, 12, tzinfo=UTC)
    assert (media[tag["id"]].payload["author_id"], media[tag["id"]].payload["tagged_accounts"]) == ("@ada", [ME])
    assert media[tag["id"]].lookup_key is None
    comments = records(pages, "comments")
    assert set(comments) == {above, "77"}
    assert comments["77"].payload == {
        "id": "77",
        "text": "so do I",
        "timestamp": "2026-09-30T14:00:00+0000",
        "author_id": "1789",
        "parent_id": above,
        "media_id": min(wanted),
    }
    assert "replies" not in comments[above].payload
    assert {key: record.payload["username"] for key, record in records(pages, "accounts").items()} == {
        ME: "groundswell",
        "@ada": "ada",
        "1789": "bo",
    }
    assert len([path for path in fake.paths() if path.endswith("/comments")]) == 1
    assert not notes(pages)


async def test_the_next_night_asks_for_young_own_media_and_comments_in_batches(fake: FakeInstagram, job: Make) -> None:
    old = [fake.own(f"2026-09-{day:02}T12:00") for day in range(1, 28)]
    comment, lost = fake.comment(old[0], "2026-09-02T12:00"), fake.comment(old[1], "2026-09-02T12:00")
    first = await collect(SOURCE.fetch(job(fake)))
    fake.objects[old[0]]["like_count"] = 9
    fake.objects[comment]["replies"] = {"data": [{"id": "78", "timestamp": "2026-10-01T09:00:00+0000"}, 5]}
    for gone in (old[5], lost):
        del fake.objects[gone]
    fake.lists[f"{old[1]}/comments"].clear()
    new = fake.own("2026-10-01T12:00")
    late = fake.comment(old[0], "2026-10-01T13:00")
    fake.asked.clear()
    known = [*young(first, "media"), *young(first, "comments")]
    second = await collect(SOURCE.fetch(job(fake, window=NEXT, cursor=cursor(first), young=known)))
    assert set(records(second, "media")) == {*old, new} - {old[5]}
    assert records(second, "media")[old[0]].payload["like_count"] == 9
    assert {"78", late, comment} <= set(records(second, "comments"))
    assert records(second, "comments")["78"].payload["parent_id"] == comment
    assert set(tombstones(second)) == {Tombstone("media", old[5]), Tombstone("comments", lost)}
    assert [one.payload for page in second for one in page.rejected] == [5]
    assert fake.asked[1].url.params["since"] == str(int((WINDOW.end - timedelta(days=3)).timestamp()))


async def test_a_business_is_read_down_to_its_oldest_young_medium(fake: FakeInstagram, job: Make) -> None:
    fake.posts("tidewell", "2026-08-20T12:00")
    wanted = [fake.posts("tidewell", f"2026-09-{day:02}T{hour:02}:00") for day in range(3, 31) for hour in (1, 2)]
    pinned = fake.posts("tidewell", "2026-01-01T12:00")
    fake.posts("tidewell", "2026-10-01T12:00")
    first = await collect(SOURCE.fetch(job(fake, accounts=("@Tidewell",))))
    assert set(records(first, "media")) == set(wanted)
    account = fake.businesses["tidewell"]
    assert {one.payload["author_id"] for one in records(first, "media").values()} == {account["id"]}
    assert records(first, "accounts")[account["id"]].payload == {"id": account["id"], "username": "tidewell", "followers_count": 9000}
    assert len(fake.paths()) == 7, "the own account, its media and tags, and four pages: only an empty one is surely the last"
    gone = wanted[0]
    account["media"] = [medium | {"like_count": 5} for medium in account["media"] if medium["id"] != gone]
    second = await collect(SOURCE.fetch(job(fake, accounts=("@Tidewell",), window=NEXT, cursor=cursor(first), young=young(first, "media"))))
    assert pinned not in records(second, "media")
    assert len(records(second, "media")) == len(wanted), "without the gone, with the new one"
    assert all(one.payload["like_count"] == 5 for one in records(second, "media").values())
    assert tombstones(second) == [Tombstone("media", gone)]


async def test_a_list_that_was_cut_proves_no_deletion(fake: FakeInstagram, job: Make) -> None:
    for day in range(3, 31):
        fake.posts("tidewell", f"2026-09-{day:02}T12:00")
    first = await collect(SOURCE.fetch(job(fake, accounts=("tidewell",))))
    limits = Limits(requests_per_second=1000, max_pages=1)
    again = job(fake, accounts=("tidewell",), window=NEXT, cursor=cursor(first), young=young(first, "media"), limits=limits)
    second = await collect(SOURCE.fetch(again))
    assert not tombstones(second)
    assert "tidewell: more media than limits.max_pages allows" in notes(second)


async def test_hashtags_show_recent_and_popular_media_without_authors(fake: FakeInstagram, job: Make) -> None:
    recent, popular, untimed = fake.medium("2026-09-30T12:00"), fake.medium("2026-09-05T12:00"), {"id": "9", "caption": "x"}
    too_old, late = fake.medium("2026-08-05T12:00"), fake.medium("2026-10-01T12:00")
    fake.hashtag("tidewell", [late, recent], [popular, too_old, recent, untimed])
    own = fake.own("2026-09-29T12:00")
    fake.lists["500/top_media"].append({"id": own, "caption": "poorer"})
    found = fake.posts("fernway", "2026-09-12T12:00")
    pages = await collect(SOURCE.fetch(job(fake, accounts=("fernway",), tags=("#Tidewell", "nosuch"))))
    assert set(records(pages, "media")) == {recent["id"], popular["id"], "9", own, found}
    assert records(pages, "media")[own].payload["author_id"] == ME, "the better answer stays"
    assert records(pages, "media")[recent["id"]].payload == recent
    assert records(pages, "media")[recent["id"]].lookup_key is None
    assert "#nosuch: Instagram shows no such hashtag" in notes(pages)
    assert cursor(pages)["hashtags"] == {"tidewell": {"id": "500", "at": WINDOW.end.isoformat()}}
    fake.asked.clear()
    await collect(SOURCE.fetch(job(fake, tags=("tidewell",), window=NEXT, cursor=cursor(pages))))
    assert "ig_hashtag_search" not in fake.paths(), "its id is known"


async def test_no_more_than_thirty_hashtags_in_seven_days(fake: FakeInstagram, job: Make) -> None:
    tags = tuple(f"tag{number}" for number in range(40))
    for tag in tags:
        fake.hashtag(tag, [], [])
    asked: dict[int, list[str]] = {}
    kept: Any = {}
    for day in range(9):
        end = WINDOW.end + timedelta(days=day)
        fake.asked.clear()
        pages = await collect(SOURCE.fetch(job(fake, tags=tags, window=Window(end - timedelta(days=1), end), cursor=kept)))
        kept = cursor(pages)
        asked[day] = sorted({request.url.params["q"] for request in fake.asked if "q" in request.url.params})
        assert "10 hashtags were left out (" in notes(pages)
        assert len(kept["hashtags"]) == 30
    assert asked[0] == sorted(tags[:30])
    assert all(not asked[day] for day in range(1, 7))
    assert asked[7] == sorted(tags[30:]), "those that waited, and others whose ids are known"


async def test_the_cap_as_instagram_counts_it(fake: FakeInstagram, job: Make) -> None:
    fake.hashtag("known", [], [])
    fake.answers["hashtag other"] = error({"code": 18, "error_subcode": 2207034, "message": "maximum number of hashtags"})
    pages = await collect(SOURCE.fetch(job(fake, tags=("other", "known"))))
    assert "1 hashtags were left out (other)" in notes(pages)
    assert set(cursor(pages)["hashtags"]) == {"known"}


async def test_without_the_permissions_what_is_open_is_read(fake: FakeInstagram, job: Make) -> None:
    media = [fake.own(f"2026-09-0{day}T12:00") for day in range(1, 6)]
    fake.comment(media[0], "2026-09-05T12:00")
    fake.answers |= {f"{ME}/tags": error(FORBIDDEN), f"{media[0]}/comments": error(FORBIDDEN), "hashtag tidewell": error(FORBIDDEN)}
    fake.answers |= {f"{one}/insights": error({"code": 10, "message": "(#10) not enough viewers"}) for one in media}
    pages = await collect(SOURCE.fetch(job(fake, tags=("tidewell",))))
    assert set(records(pages, "media")) == set(media)
    for told in (f"{ME}: media that tag it were not read: ", "hashtags were not read: ", "young media and comments were not read: "):
        assert told in notes(pages)
    assert "3 own media without insights, the first: " in notes(pages)
    assert len([path for path in fake.paths() if path.endswith("/insights")]) == 3


async def test_one_failing_account_does_not_lose_the_others(fake: FakeInstagram, job: Make) -> None:
    found = fake.posts("tidewell", "2026-09-05T12:00")
    pages, failure = await until_failure(SOURCE.fetch(job(fake, accounts=("private", "a){id}", "tidewell"))))
    assert set(records(pages, "media")) == {found}
    assert "private: https://graph.facebook.com" in failure
    assert "Cannot find User with username" in failure
    assert "a){id}: 'a){id}' is not a username." in failure
    assert TOKEN not in failure


async def test_a_dead_token_ends_the_night_at_once(fake: FakeInstagram, job: Make) -> None:
    fake.answers[f"{ME}/media"] = error({"code": 190, "error_subcode": 463})
    _, failure = await until_failure(SOURCE.fetch(job(fake)))
    assert "it has expired" in failure


@pytest.mark.parametrize(
    "found",
    [
        None,
        [],
        {},
        {"id": "5", "media": []},
        {"id": "5", "media": {"data": 3}},
        {"id": "5", "media": {"data": [{"id": "6"}], "paging": {"cursors": {"after": "a){x}"}}}},
        {"id": "5", "media": {"data": [{"id": "6"}], "paging": {"cursors": {"after": "same"}}}},
    ],
)
async def test_a_discovery_that_is_none(fake: FakeInstagram, job: Make, found: Any) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        is_discovery = "business_discovery" in request.url.params.get("fields", "")
        return httpx.Response(200, json={"business_discovery": found}) if is_discovery else fake(request)

    with pytest.raises(SourceError, match="Not read: tidewell: "):
        await collect(SOURCE.fetch(job(answer, accounts=("tidewell",))))


async def test_hostile_items(fake: FakeInstagram, job: Make) -> None:
    odd: list[Any] = [None, "x", 5, [], {}, {"id": 5}]
    shapes: list[dict[str, Any]] = [
        {"timestamp": 5, "owner": [], "username": {}},
        {"from": "me"},
        {"comments_count": "no", "owner": {"id": 3}},
    ]
    fake.lists[f"{ME}/media"] = [*odd, *({"id": str(number), **shape} for number, shape in enumerate(shapes))]
    fake.lists |= {f"{number}/comments": [*odd, {"id": "9", "replies": number, "media": 3, "from": 4}] for number in range(3)}
    fake.lists |= {f"{number}/insights": [5, {"name": "views"}, {"name": "saved", "values": [7]}] for number in range(3)}
    fake.lists[f"{ME}/tags"] = odd
    pages = await collect(SOURCE.fetch(job(fake)))
    assert set(records(pages, "media")) == {"0", "1", "2"}
    assert set(records(pages, "comments")) == {"9"}
    assert len([one for page in pages for one in page.rejected]) == 5 * len(odd)


async def test_check_names_the_account(fake: FakeInstagram, job: Make) -> None:
    assert await SOURCE.check(job(fake)) == "account groundswell"
    with pytest.raises(SourceError, match="'groundswell' is no account's number"):
        await SOURCE.check(job(fake, pages=("groundswell",)))
