"""The Stack Exchange connector: what is active, what stands below it, what the quota allows, and what is gone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from connectors.communities.stack_exchange.source import SOURCE
from connectors.extraction import Extraction
from connectors.settings import Limits
from connectors.source import SourceError, Tombstone, Window
from tests.conftest import WINDOW, collect
from tests.connectors.communities.stack_exchange.fake_stack_exchange import BASE, HOME, FakeExchange, epoch, error
from tests.connectors.reading import cursor, notes, records, tombstones, until_failure, young

Make = Callable[..., Extraction]
NEXT = Window(WINDOW.end, WINDOW.end + timedelta(days=1))


@pytest.fixture
def exchange() -> FakeExchange:
    return FakeExchange()


@pytest.fixture
def job(extraction: Make) -> Make:
    def make(exchange: Any, **settings: Any) -> Extraction:
        limits = settings.pop("limits", Limits(requests_per_second=1000, attempts=2))
        settings = {"base_url": BASE, "communities": ("brewing",), "terms": (), "tags": ()} | settings
        return extraction(SOURCE, exchange, limits=limits, **settings)

    return make


async def test_a_site_gives_active_questions_and_all_below_them(exchange: FakeExchange, job: Make) -> None:
    old = exchange.question(1, "2020-03-01T10:00")
    first = exchange.answer(2, old, "2020-03-02T10:00")
    late = exchange.answer(3, old, "2026-09-05T10:00")
    new = exchange.question(None, "2026-09-06T10:00")
    exchange.question(1, "2026-08-31T10:00")
    exchange.question(1, "2026-10-01T00:00")
    below = exchange.comment(4, late, "2026-09-05T11:00", reply_to_user={"user_id": 3, "display_name": "user 3"})
    beside = exchange.comment(4, old, "2021-01-01T11:00")
    exchange.comment(4, old, "2026-10-01T11:00")
    pages = await collect(SOURCE.fetch(job(exchange)))
    assert set(records(pages, "questions")) == {f"brewing:question:{number}" for number in (old, new)}
    assert set(records(pages, "answers")) == {f"brewing:answer:{number}" for number in (first, late)}
    comments = records(pages, "comments")
    assert set(comments) == {f"brewing:comment:{number}" for number in (below, beside)}
    assert comments[f"brewing:comment:{below}"].payload["post_type"] == "answer"
    assert comments[f"brewing:comment:{below}"].payload["reply_to_user"] == {"user_id": 3, "account_id": None}
    assert comments[f"brewing:comment:{beside}"].payload["post_type"] == "question"
    answer = records(pages, "answers")[f"brewing:answer:{late}"]
    assert answer.payload["owner"] == {"user_id": 3, "account_id": 503}
    assert (answer.payload["site"], answer.payload["site_url"]) == ("brewing", HOME)
    assert answer.published_at == datetime(2026, 9, 5, 10, tzinfo=UTC)
    assert records(pages, "questions")[f"brewing:question:{new}"].payload["owner"] is None, "its account is gone"
    assert set(records(pages, "users")) == {f"brewing:user:{number}" for number in (1, 2, 3, 4)}
    assert records(pages, "users")["brewing:user:3"].payload["badge_counts"] == {"gold": 1}
    assert len(exchange.asked) == 4, "questions, answers, comments, users"


async def test_terms_and_tags_narrow_the_site(exchange: FakeExchange, job: Make) -> None:
    both = exchange.question(1, "2026-09-06T10:00", "Is tidewell good?", ("kettle",))
    tagged = exchange.question(1, "2026-09-07T10:00", "Descaling", ("kettle",))
    exchange.question(1, "2026-09-08T10:00", "Tea")
    pages = await collect(SOURCE.fetch(job(exchange, terms=("tidewell",), tags=("kettle",))))
    assert set(records(pages, "questions")) == {f"brewing:question:{number}" for number in (both, tagged)}
    assert exchange.asked[0].url.params["q"] == '"tidewell"'
    assert sum(len(page.records) for page in pages if "/questions?" in page.url) == 1, "what was met is not read twice"


async def test_the_next_night_goes_on_an_hour_before_the_last(exchange: FakeExchange, job: Make) -> None:
    exchange.question(1, "2026-09-06T10:00")
    first = await collect(SOURCE.fetch(job(exchange)))
    late = exchange.question(1, "2026-09-30T23:30")
    new = exchange.question(1, "2026-10-01T10:00")
    exchange.asked.clear()
    second = await collect(SOURCE.fetch(job(exchange, window=NEXT, cursor=cursor(first))))
    assert set(records(second, "questions")) == {f"brewing:question:{number}" for number in (late, new)}
    assert exchange.asked[0].url.params["min"] == str(epoch("2026-09-30T23:00"))
    assert exchange.asked[0].url.params["max"] == str(epoch("2026-10-02T00:00") - 1)


async def test_the_young_are_observed_again_with_new_comments(exchange: FakeExchange, job: Make) -> None:
    edited = exchange.question(1, "2026-09-06T10:00")
    gone = exchange.question(1, "2026-09-06T11:00")
    answer = exchange.answer(2, edited, "2026-09-06T12:00")
    comment = exchange.comment(2, answer, "2026-09-06T13:00")
    lost = exchange.comment(2, edited, "2026-09-06T13:00")
    first = await collect(SOURCE.fetch(job(exchange)))
    exchange.items["question"][edited] |= {"score": 40, "view_count": 900, "last_edit_date": epoch("2026-10-01T09:00")}
    exchange.items["comment"][comment]["score"] = 7
    del exchange.items["question"][gone], exchange.items["comment"][lost]
    added = exchange.comment(3, answer, "2026-10-01T10:00")
    known = [one for entity in ("questions", "answers", "comments") for one in young(first, entity)]
    exchange.asked.clear()
    second = await collect(SOURCE.fetch(job(exchange, window=NEXT, cursor=cursor(first), young=known)))
    assert records(second, "questions")[f"brewing:question:{edited}"].payload["score"] == 40
    assert set(records(second, "answers")) == {f"brewing:answer:{answer}"}
    assert {native_id: record.payload["post_type"] for native_id, record in records(second, "comments").items()} == {
        f"brewing:comment:{comment}": "answer",
        f"brewing:comment:{added}": "answer",
    }
    assert set(tombstones(second)) == {
        Tombstone("questions", f"brewing:question:{gone}"),
        Tombstone("comments", f"brewing:comment:{lost}"),
    }
    assert records(second, "comments")[f"brewing:comment:{comment}"].payload["site_url"] == HOME
    assert len(exchange.asked) == 6, "search, new comments, three batches, users"


async def test_the_young_are_asked_for_a_hundred_at_once(exchange: FakeExchange, job: Make) -> None:
    for _ in range(230):
        exchange.question(1, "2026-09-06T10:00")
    first = await collect(SOURCE.fetch(job(exchange)))
    assert len(records(first, "questions")) == 230
    exchange.asked.clear()
    second = await collect(SOURCE.fetch(job(exchange, window=NEXT, cursor=cursor(first), young=young(first, "questions"))))
    assert len(records(second, "questions")) == 230
    assert len(exchange.paths("/questions/")) == 3


async def test_a_spent_quota_stops_the_night_and_the_next_goes_on(exchange: FakeExchange, job: Make) -> None:
    start = datetime(2026, 9, 6, tzinfo=UTC)
    for number in range(250):
        exchange.question(1, (start + timedelta(minutes=number)).isoformat()[:16])
    exchange.quota = 5
    first = await collect(SOURCE.fetch(job(exchange)))
    assert len(records(first, "questions")) == 200
    assert "its daily quota is used up; name a key under secrets.key" in notes(first)
    assert records(first, "users")["brewing:user:1"].payload["reputation"] == 5, "as it stands beside what it wrote"
    assert cursor(first)["until"]["brewing"]["all"] == "2026-09-06T01:39:00+00:00", "the second page's answers were not read"
    exchange.quota = 300
    second = await collect(SOURCE.fetch(job(exchange, window=NEXT, cursor=cursor(first))))
    assert {*records(first, "questions"), *records(second, "questions")} == {f"brewing:question:{n}" for n in exchange.items["question"]}


async def test_a_budget_stops_the_night(exchange: FakeExchange, job: Make) -> None:
    exchange.question(1, "2026-09-06T10:00")
    pages = await collect(SOURCE.fetch(job(exchange, limits=Limits(requests_per_second=1000, budget=2))))
    assert len(exchange.asked) == 2
    assert "limits.budget is used up: 2 requests" in notes(pages)
    assert set(records(pages, "users")) == {"brewing:user:1"}


async def test_pages_beyond_25_need_a_key(exchange: FakeExchange, job: Make) -> None:
    exchange.added = {"has_more": True}
    exchange.question(1, "2026-09-06T10:00")
    pages = await collect(SOURCE.fetch(job(exchange)))
    assert len([request for request in exchange.asked if request.url.path == "/2.3/questions"]) == 25
    assert "the next night goes on there; pages beyond 25 need a key" in notes(pages)
    exchange.asked.clear()
    limits = Limits(requests_per_second=1000, max_pages=30)
    night = job(exchange, limits=limits, secret_values={"key": SecretStr("sesame")})
    pages = await collect(SOURCE.fetch(night))
    assert len([request for request in exchange.asked if request.url.path == "/2.3/questions"]) == 30
    assert "limits.max_pages was reached" in notes(pages)
    assert all(request.url.params["key"] == "sesame" for request in exchange.asked)
    assert "sesame" not in "".join(page.url for page in pages)


async def test_a_backoff_in_the_body_is_waited_for(exchange: FakeExchange, job: Make) -> None:
    exchange.question(1, "2026-09-06T10:00")
    night, held = job(exchange), list[float]()
    exchange.added = {"backoff": 10}
    night.http.hold = lambda url, seconds: held.append(seconds)  # type: ignore[method-assign]
    await collect(SOURCE.fetch(night))
    assert held == [10] * 4


async def test_a_site_that_is_none_does_not_lose_the_others(exchange: FakeExchange, job: Make) -> None:
    exchange.question(1, "2026-09-06T10:00")
    pages, failure = await until_failure(SOURCE.fetch(job(exchange, communities=("nowhere", "brewing"))))
    assert failure.startswith("Not read: nowhere all. There is no site 'nowhere'")
    assert len(records(pages, "questions")) == 1


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (error(502, "throttle_violation", "too many requests from this IP, more requests available in 80000 seconds"), "in 80000 seconds"),
        (error(400, "bad_parameter", "`key` doesn't match a known application"), "does not take the key"),
        (error(404, "no_method", "no method found with this name", 404), "no method found"),
        (httpx.Response(200, text="<html>hello</html>"), "JSON"),
        (httpx.Response(200, json=["no"]), "not an answer of the Stack Exchange API"),
        (httpx.Response(200, json={"items": "none"}), "not an answer of the Stack Exchange API"),
    ],
)
async def test_errors_in_words(exchange: FakeExchange, job: Make, answer: httpx.Response, message: str) -> None:
    exchange.refused["/questions"] = answer
    _, failure = await until_failure(SOURCE.fetch(job(exchange, secret_values={"key": SecretStr("sesame")})))
    assert message in failure
    assert "sesame" not in failure


async def test_a_throttle_in_the_midst_keeps_what_was_read(exchange: FakeExchange, job: Make) -> None:
    exchange.question(1, "2026-09-06T10:00")
    exchange.refused["/posts"] = error(502, "throttle_violation", "more requests available in 80000 seconds")
    pages = await collect(SOURCE.fetch(job(exchange)))
    assert len(records(pages, "questions")) == 1
    assert "throttles this address" in notes(pages)
    assert "all" not in cursor(pages)["until"]["brewing"]


async def test_items_that_are_none_are_rejected(exchange: FakeExchange, job: Make) -> None:
    odd: list[Any] = [5, None, {}, {"question_id": "7"}, {"question_id": True}]
    hostile = {"question_id": 7, "owner": [1], "creation_date": "soon", "link": 5, "last_activity_date": 10**30, "title": None}
    exchange.refused["/questions/7"] = httpx.Response(200, json={"items": []})
    exchange.refused["/questions"] = httpx.Response(200, json={"items": [*odd, hostile], "quota_remaining": "many", "backoff": "long"})
    pages = await collect(SOURCE.fetch(job(exchange)))
    assert set(records(pages, "questions")) == {"brewing:question:7"}
    assert [one.payload for page in pages for one in page.rejected] == odd


async def test_check_tells_the_quota(exchange: FakeExchange, job: Make) -> None:
    exchange.question(1, "2026-09-06T10:00")
    assert await SOURCE.check(job(exchange)) == "brewing: 1 questions; 299 of 300 requests left today"
    with pytest.raises(SourceError, match="There is no site 'nowhere'"):
        await SOURCE.check(job(exchange, communities=("nowhere",)))
