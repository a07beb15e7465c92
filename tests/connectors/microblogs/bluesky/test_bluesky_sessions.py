"""The Bluesky connector: what guests do not see, sessions, and the search behind them."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest
from pydantic import SecretStr

from connectors.extraction import Extraction
from connectors.microblogs.bluesky.source import SOURCE
from connectors.settings import Limits
from connectors.source import SourceError
from tests.conftest import WINDOW, collect
from tests.connectors.microblogs.bluesky.fake_bluesky import FakeBluesky, make_job
from tests.connectors.reading import cursor, minutes, notes, records, until_failure

Make = Callable[..., Extraction]


@pytest.fixture
def sky() -> FakeBluesky:
    return FakeBluesky()


async def test_the_search_is_closed_to_guests(sky: FakeBluesky) -> None:
    sky.add("ada", "2026-09-10T12:00", "tidewell")
    pages = await collect(SOURCE.fetch(make_job(sky, terms=("tidewell", "fernway"), tags=("tea",))))
    assert notes(pages).startswith("3 terms and tags were not searched for: search is closed to guests")
    assert notes(pages).count("\n") == 0
    assert sky.asked == []
    assert cursor(pages) == {"until": {}, "follows": {}}


async def test_with_a_session_terms_and_tags_are_searched_for(sky: FakeBluesky) -> None:
    sky.is_closed_to_guests = True
    wanted = {sky.add("ada", "2026-09-10T12:00", "The Tidewell & I"), sky.add("bo", "2026-09-11T12:00", "tea #tea")}
    for outside in ("2026-08-31T23:59", "2026-10-01T00:00"):
        sky.add("ada", outside, "tidewell")
    pages = await collect(SOURCE.fetch(make_job(sky, signed_in=True, terms=("the tidewell",), tags=("tea",))))
    assert set(records(pages, "posts")) == wanted
    asked = [request.url.params for request in sky.asked if request.url.path.endswith("searchPosts")]
    assert [params["q"] for params in asked] == ['"the tidewell"', "#tea"]
    assert (asked[0]["since"], asked[0]["until"]) == ("2026-09-01T00:00:00.000Z", "2026-10-01T00:00:00.000Z")
    assert cursor(pages) == {"until": {name: WINDOW.end.isoformat() for name in ("the tidewell", "#tea")}, "follows": {}}
    assert sky.sessions == 1
    assert not notes(pages)


async def test_a_search_is_read_page_by_page_and_what_is_not_shown_is_told(sky: FakeBluesky) -> None:
    sky.page_size = 2
    wanted = {sky.add("ada", at, "tidewell") for at in minutes("2026-09-10T12:00", 5)}
    assert set(records(await collect(SOURCE.fetch(make_job(sky, signed_in=True, terms=("tidewell",)))), "posts")) == wanted
    capped = make_job(sky, signed_in=True, terms=("tidewell",), limits=Limits(requests_per_second=1000, max_pages=2))
    assert "search for 'tidewell': limits.max_pages was reached" in notes(await collect(SOURCE.fetch(capped)))
    sky.broken["searchPosts"] = httpx.Response(200, json={"posts": [], "hitsTotal": 40, "cursor": "100"})
    pages = await collect(SOURCE.fetch(make_job(sky, signed_in=True, terms=("tidewell",))))
    assert "search for 'tidewell': only 0 of about 40 posts were shown" in notes(pages)
    circle = httpx.Response(200, json={"posts": [next(iter(sky.posts.values()))], "cursor": "same"})
    sky.broken["searchPosts"] = circle
    _, failure = await until_failure(SOURCE.fetch(make_job(sky, signed_in=True, terms=("tidewell",))))
    assert "runs in a circle" in failure


async def test_a_session_that_expires_is_made_anew(sky: FakeBluesky) -> None:
    wanted = sky.add("ada", "2026-09-10T12:00", "tidewell")
    sky.expired = {"session-1"}
    pages = await collect(SOURCE.fetch(make_job(sky, signed_in=True, terms=("tidewell",))))
    assert set(records(pages, "posts")) == {wanted}
    sky.expired = {f"session-{number}" for number in range(9)}
    _, failure = await until_failure(SOURCE.fetch(make_job(sky, signed_in=True, terms=("tidewell",))))
    assert "tidewell: " in failure
    assert "ExpiredToken" in failure
    assert "session-" not in failure


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (None, "check secrets.identifier (handle or mail) and secrets.app_password"),
        (httpx.Response(401, json={"error": "AuthFactorTokenRequired"}), "make an app password"),
        (httpx.Response(401, json={"error": "AccountTakedown"}), "is suspended"),
        (httpx.Response(200, json={"accessJwt": 7}), "without a session"),
        (httpx.Response(200, json=["no"]), "without a session"),
    ],
)
async def test_a_sign_in_that_fails_is_told_without_its_secrets(sky: FakeBluesky, answer: httpx.Response | None, said: str) -> None:
    if answer:
        sky.broken["createSession"] = answer
    with pytest.raises(SourceError) as failure:
        await collect(SOURCE.fetch(make_job(sky, signed_in=True, password="wrong-pass-word", accounts=("ada.sky.test",))))
    assert said in str(failure.value)
    assert "wrong-pass-word" not in str(failure.value)


async def test_half_of_the_credentials_is_a_mistake(sky: FakeBluesky) -> None:
    with pytest.raises(SourceError, match=r"both secrets\.identifier and secrets\.app_password"):
        await collect(SOURCE.fetch(make_job(sky, secrets={"identifier": "ME"}, secret_values={"identifier": SecretStr("me")}, terms=())))


async def test_check_says_who_is_answered(sky: FakeBluesky) -> None:
    assert await SOURCE.check(make_job(sky)) == "open to guests, but for its search"
    assert sky.asked[0].url.params["actors"] == "bsky.app"
    assert await SOURCE.check(make_job(sky, signed_in=True)) == "signed in as me.sky.test"
    sky.is_closed_to_guests = True
    with pytest.raises(SourceError, match="keeps guests out"):
        await SOURCE.check(make_job(sky))


async def test_without_a_base_url_guests_ask_the_app_view_and_sessions_their_server(extraction: Make) -> None:
    hosts = set()

    def answer(request: httpx.Request) -> httpx.Response:
        hosts.add(request.url.host)
        return httpx.Response(200, json={"accessJwt": "jwt", "feed": [], "profiles": [], "posts": []})

    await collect(SOURCE.fetch(extraction(SOURCE, answer, accounts=("ada.sky.test",), terms=())))
    assert hosts == {"public.api.bsky.app"}
    hosts.clear()
    secrets = {"identifier": SecretStr("me"), "app_password": SecretStr("pass")}
    await collect(SOURCE.fetch(extraction(SOURCE, answer, secret_values=secrets, accounts=("ada.sky.test",), terms=("tidewell",))))
    assert hosts == {"bsky.social"}
