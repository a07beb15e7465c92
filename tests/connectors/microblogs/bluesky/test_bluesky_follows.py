"""Who follows whom on Bluesky: since when, within which budget, and where the next night goes on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from connectors.microblogs.bluesky.follows import made_at
from connectors.microblogs.bluesky.source import SOURCE
from connectors.settings import Limits
from connectors.source import Page, Window
from tests.conftest import WINDOW, collect
from tests.connectors.microblogs.bluesky.fake_bluesky import FakeBluesky, did, make_job, tid
from tests.connectors.reading import cursor, notes, records

NEXT = Window(WINDOW.end, WINDOW.end + timedelta(days=1))


@pytest.fixture
def sky() -> FakeBluesky:
    return FakeBluesky()


async def read(sky: FakeBluesky, *, budget: int = 3000, **more: Any) -> list[Page]:
    settings: dict[str, Any] = {"accounts": ("ada.sky.test",), "terms": ()} | more
    return await collect(SOURCE.fetch(make_job(sky, limits=Limits(requests_per_second=1000, attempts=1, budget=budget), **settings)))


def followers_of_ada(pages: list[Page]) -> set[str]:
    return {native_id.split()[0] for native_id in records(pages, "follows") if native_id.endswith(f" {did('ada')}")}


def test_a_follow_record_s_key_tells_when_it_was_made() -> None:
    # a recorded repost, which was indexed at 14:47:28.010
    assert made_at("at://did:plc:2z/app.bsky.feed.repost/3lt2xuhfe5m2u") == datetime(2025, 7, 3, 14, 47, 27, 977586, tzinfo=UTC)
    assert made_at(f"at://{did('bo')}/app.bsky.graph.follow/{tid('2026-09-10T12:00')}") == datetime(2026, 9, 10, 12, tzinfo=UTC)
    for none in ("at://did:plc:bo/app.bsky.graph.follow/self", "at://did:plc:bo/app.bsky.graph.follow/0000000000000", None, 7):
        assert made_at(none) is None


async def test_both_sides_of_a_followed_account_are_told_with_their_dates(sky: FakeBluesky) -> None:
    sky.add("ada", "2026-09-10T12:00")
    sky.follow("bo", "ada", "2026-09-02T08:00")
    sky.follow("cy", "ada", "2026-09-03T08:00", key="by-hand")
    sky.follow("ada", "dee", "2025-01-01T00:00")
    sky.follow("eve", "ada", "2026-10-01T00:30")
    pages = await read(sky)
    found = records(pages, "follows")
    assert {native_id: record.payload["since"] for native_id, record in found.items()} == {
        f"{did('bo')} {did('ada')}": "2026-09-02T08:00:00+00:00",
        f"{did('cy')} {did('ada')}": None,
        f"{did('ada')} {did('dee')}": "2025-01-01T00:00:00+00:00",
    }, "who followed after the night's end is left for the next one"
    assert found[f"{did('bo')} {did('ada')}"].payload["follower"] == {"did": did("bo")}
    assert {did(name) for name in ("bo", "cy", "dee")} <= set(records(pages, "accounts")), "followers have their names"
    assert all(not record.lookup_key and not record.published_at for record in found.values())
    assert not notes(pages)
    assert cursor(pages)["follows"] == {
        f"{side} of {did('ada')}": {"count": count, "since": WINDOW.end.isoformat()} for side, count in (("followers", 3), ("follows", 1))
    }


async def test_followers_of_an_author_met_in_a_search_are_read_too(sky: FakeBluesky) -> None:
    sky.add("ada", "2026-09-10T12:00", "tea")
    sky.follow("bo", "ada", "2026-09-02T08:00")
    sky.follow("ada", "bo", "2026-09-02T08:00")
    pages = await read(sky, accounts=(), terms=("tea",), signed_in=True)
    assert set(records(pages, "follows")) == {f"{did('bo')} {did('ada')}"}
    asked = [request.url.params for request in sky.asked if request.url.path.endswith("getFollows")]
    assert not asked, "whom they follow is asked for of followed accounts alone"


async def test_an_unchanged_list_is_not_asked_for_again_and_a_changed_one_from_its_newest_end(sky: FakeBluesky) -> None:
    sky.page_size = 2
    for number in range(6):
        sky.follow(f"p{number}", "ada", f"2026-07-0{number + 1}T08:00")
    first = await read(sky)
    assert followers_of_ada(first) == {did(f"p{number}") for number in range(6)}
    sky.asked.clear()
    unchanged = await read(sky, cursor=cursor(first), window=NEXT)
    assert not records(unchanged, "follows")
    assert "getFollowers" not in sky.methods()
    assert cursor(unchanged)["follows"] == cursor(first)["follows"]
    sky.follow("new", "ada", "2026-10-01T08:00")
    sky.asked.clear()
    third = await read(sky, cursor=cursor(unchanged), window=NEXT)
    assert did("new") in followers_of_ada(third)
    assert sky.methods().count("getFollowers") == 2, "a page that was wholly there before is the last"
    assert cursor(third)["follows"][f"followers of {did('ada')}"] == {"count": 7, "since": NEXT.end.isoformat()}


async def test_a_list_that_the_budget_cuts_goes_on_there_the_next_night(sky: FakeBluesky) -> None:
    sky.page_size = 2
    for number in range(6):
        sky.follow(f"p{number}", "ada", f"2026-07-0{number + 1}T08:00")
    first = await read(sky, budget=9)
    assert followers_of_ada(first) == {did("p4"), did("p5")}
    assert f"limits.budget (9 requests for follows) was reached; the next night goes on with followers of {did('ada')}" in notes(first)
    sky.follow("new", "ada", "2026-10-01T08:00")
    second = await read(sky, budget=9, cursor=cursor(first), window=NEXT)
    assert followers_of_ada(second) == {did("p3"), did("p4")}, "places are counted from the newest end, where one more stands"
    third = await read(sky, cursor=cursor(second), window=NEXT)
    assert followers_of_ada(third) == {did("p0"), did("p1"), did("p2")}
    last = await read(sky, cursor=cursor(third), window=NEXT)
    assert did("new") in followers_of_ada(last), "who came while the list was read is found when it is begun anew"
    assert not notes(last)


async def test_no_list_takes_more_than_a_tenth_of_a_night_and_the_waiting_come_first(sky: FakeBluesky) -> None:
    sky.page_size = 1
    for number in range(9):
        sky.follow(f"p{number}", "ada", f"2026-07-0{number + 1}T08:00")
    sky.follow("p0", "bo", "2026-07-01T08:00")
    pages = await read(sky, budget=100, accounts=("ada.sky.test", "bo.sky.test"))
    assert len(followers_of_ada(pages)) == 2
    assert f"{did('p0')} {did('bo')}" in records(pages, "follows")
    later = await read(sky, budget=5, accounts=("ada.sky.test", "bo.sky.test"), cursor=cursor(pages), window=NEXT)
    assert followers_of_ada(later) == {did("p6")}


async def test_a_list_that_is_refused_is_noted_and_begun_anew(sky: FakeBluesky) -> None:
    sky.add("ada", "2026-09-10T12:00")
    sky.follow("bo", "ada", "2026-09-02T08:00")
    sky.follow("ada", "bo", "2026-09-02T08:00")
    sky.refusals[f"getFollowers {did('ada')}"] = httpx.Response(400, json={"error": "InvalidRequest", "message": "Malformed cursor"})
    place = {f"followers of {did('ada')}": {"count": 1, "since": WINDOW.end.isoformat(), "place": "old"}}
    pages = await read(sky, cursor={"until": {}, "follows": place}, window=NEXT)
    assert f"not read: followers of {did('ada')} (" in notes(pages)
    assert set(records(pages, "follows")) == {f"{did('ada')} {did('bo')}"}, "the other side is read"
    assert set(cursor(pages)["follows"]) == {f"follows of {did('ada')}"}


async def test_the_lists_of_authors_met_in_passing_are_forgotten_after_a_history(sky: FakeBluesky) -> None:
    sky.person("ada")
    kept = {"count": 1, "since": (NEXT.end - timedelta(days=31)).isoformat()}
    pages = await read(sky, cursor={"until": {}, "follows": {f"followers of {did('zed')}": kept}}, window=NEXT)
    assert cursor(pages)["follows"] == {}


async def test_an_answer_without_the_list_is_told(sky: FakeBluesky) -> None:
    sky.follow("bo", "ada", "2026-09-02T08:00")
    sky.refusals[f"getFollowers {did('ada')}"] = httpx.Response(200, json={"followers": None})
    assert "does not hold the list that was asked for" in notes(await read(sky))
    sky.refusals.clear()
    sky.broken["getRelationships"] = httpx.Response(200, json={})
    assert "does not hold the relationships that were asked for" in notes(await read(sky))
