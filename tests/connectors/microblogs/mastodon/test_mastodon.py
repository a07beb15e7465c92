"""The Mastodon connector: what is read, what is asked for again, and what is left out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial

import httpx
import pytest

from connectors.extraction import Extraction
from connectors.microblogs.mastodon.source import SOURCE
from connectors.settings import Limits
from connectors.source import Tombstone, Window
from tests.conftest import WINDOW, collect
from tests.connectors.microblogs.mastodon.fake_mastodon import HOST, FakeMastodon, FakeSmallServer, ids, job_on
from tests.connectors.reading import cursor, notes, records, tombstones, until_failure, young

Make = Callable[..., Extraction]
NEXT = Window(WINDOW.end, WINDOW.end + timedelta(days=1))


@pytest.fixture
def server() -> FakeMastodon:
    return FakeMastodon()


@pytest.fixture
def job(extraction: Make) -> Make:
    return partial(job_on, extraction)


async def test_the_first_night_reads_all_pages_of_the_window_and_no_more(server: FakeMastodon, job: Make) -> None:
    wanted = {server.post("ada", f"2026-09-{day:02}T{hour:02}:00", "brew")["id"] for day in range(1, 31) for hour in (3, 9, 15)}
    for outside in ("2026-08-30T12:00", "2026-08-31T23:59", "2026-10-01T00:00", "2026-10-01T08:00"):
        server.post("ada", outside, "brew")
    server.post("ada", "2026-09-10T12:00", "tea")
    pages = await collect(SOURCE.fetch(job(server, tags=("#brew",))))
    assert ids(pages) == wanted
    assert server.paths() == ["/api/v2/instance", *["/api/v1/timelines/tag/brew"] * 3]
    first = min(records(pages, "statuses").values(), key=lambda record: record.payload["id"])
    assert first.published_at == datetime(2026, 9, 1, 3, tzinfo=UTC)
    assert first.payload["account"] == {"id": "900", "uri": f"{HOST}/users/ada", "acct": "ada"}
    assert first.payload["instance"] == HOST
    assert records(pages, "accounts")[f"{HOST}/users/ada"].payload["followers_count"] == 3


async def test_a_short_last_page_without_a_next_link_is_the_last(server: FakeMastodon, job: Make) -> None:
    wanted = {server.post("ada", f"2026-09-20T12:{minute:02}")["id"] for minute in range(45)}
    pages = await collect(SOURCE.fetch(job(server, accounts=("ada",), tags=())))
    assert ids(pages) == wanted
    assert server.paths().count("/api/v1/accounts/900/statuses") == 2


async def test_the_next_night_reads_on_oldest_first(server: FakeMastodon, job: Make) -> None:
    old = server.post("ada", "2026-09-10T12:00", "brew")
    recent = server.post("ada", "2026-09-30T12:00", "brew")
    first = await collect(SOURCE.fetch(job(server, tags=("brew",))))
    new = {server.post("ada", f"2026-10-01T{minute // 60:02}:{minute % 60:02}", "brew")["id"] for minute in range(100)}
    server.asked.clear()
    night = job(server, tags=("brew",), window=NEXT, cursor=cursor(first), young=young(first, "statuses"))
    second = await collect(SOURCE.fetch(night))
    assert ids(second) - ids(first) == new
    assert [page for page in second if ids([page]) == {old["id"]}], "asked for as it is young"
    batches = [request.url.params.get_list("id[]") for request in server.asked if request.url.path == "/api/v1/statuses"]
    assert batches == [[old["id"]]], "two days are read again: what is met so is not asked for once more"
    assert recent["id"] in ids(second)
    asked = [request.url.params for request in server.asked if request.url.path.endswith("/tag/brew")]
    assert asked[0]["min_id"] == old["id"]
    assert len(asked) == 4, "three pages, and an empty one to know the end"


async def test_reading_on_stops_at_the_windows_end(server: FakeMastodon, job: Make) -> None:
    server.post("ada", "2026-09-10T12:00", "brew")
    first = await collect(SOURCE.fetch(job(server, tags=("brew",))))
    wanted = server.post("ada", "2026-10-01T12:00", "brew")
    for minute in range(100):
        server.post("ada", f"2026-10-02T{minute // 60:02}:{minute % 60:02}", "brew")
    server.asked.clear()
    second = await collect(SOURCE.fetch(job(server, tags=("brew",), window=NEXT, cursor=cursor(first))))
    assert ids(second) == {wanted["id"]}
    assert server.paths() == ["/api/v2/instance", "/api/v1/timelines/tag/brew"]
    third = Window(NEXT.end, NEXT.end + timedelta(days=1))
    assert len(ids(await collect(SOURCE.fetch(job(server, tags=("brew",), window=third, cursor=cursor(second)))))) == 101


async def test_a_tag_that_is_new_is_read_back_over_its_history(server: FakeMastodon, job: Make) -> None:
    first = await collect(SOURCE.fetch(job(server, tags=("brew",))))
    old = server.post("ada", "2026-09-05T12:00", "tea")
    server.post("ada", "2026-08-31T12:00", "tea")
    second = await collect(SOURCE.fetch(job(server, tags=("brew", "tea"), window=NEXT, cursor=cursor(first))))
    assert ids(second) == {old["id"]}


async def test_a_status_that_another_server_sent_late_is_found(server: FakeMastodon, job: Make) -> None:
    for at in ("2026-09-20T12:00", "2026-09-30T20:00"):
        server.post("ada", at, "brew")
    first = await collect(SOURCE.fetch(job(server, tags=("brew",))))
    late = server.post("bo", "2026-09-30T08:00", "brew")
    second = await collect(SOURCE.fetch(job(server, tags=("brew",), window=NEXT, cursor=cursor(first))))
    assert late["id"] in ids(second)


async def test_young_statuses_are_observed_again_in_batches(server: FakeMastodon, job: Make) -> None:
    for minute in range(50):
        server.post("ada", f"2026-09-10T12:{minute:02}", "brew")
    first = await collect(SOURCE.fetch(job(server, tags=("brew",))))
    kept, edited, gone = list(server.statuses)[-3:]
    server.statuses[edited] |= {"content": "<p>now with sugar</p>", "edited_at": "2026-10-01T10:00:00Z"}
    server.reblogs[kept] = ["bo"]
    del server.statuses[gone]
    server.asked.clear()
    second = await collect(SOURCE.fetch(job(server, tags=("brew",), window=NEXT, cursor=cursor(first), young=young(first, "statuses"))))
    by_id = {str(record.payload["id"]): record for record in records(second, "statuses").values()}
    assert by_id[edited].payload["content"] == "<p>now with sugar</p>"
    assert by_id[kept].payload["reblogs_count"] == 1
    assert tombstones(second) == [Tombstone("statuses", f"{HOST}/users/ada/statuses/{gone}")]
    assert server.paths().count("/api/v1/statuses") == 3
    assert set(records(second, "reblogs")) == {f"{HOST}/users/ada/statuses/{kept} {HOST}/users/bo"}


@pytest.mark.parametrize("status", [404, 405, 422])
async def test_a_server_without_batches_is_asked_one_by_one(server: FakeMastodon, job: Make, status: int) -> None:
    for minute in range(25):
        server.post("ada", f"2026-09-10T12:{minute:02}", "brew")
    first = await collect(SOURCE.fetch(job(server, tags=("brew",))))
    gone = server.statuses.popitem()[1]
    server.broken["/api/v1/statuses"] = httpx.Response(status, text="<html>no such page</html>")
    server.asked.clear()
    second = await collect(SOURCE.fetch(job(server, tags=("brew",), window=NEXT, cursor=cursor(first), young=young(first, "statuses"))))
    assert len(ids(second)) == 24
    assert [tombstone.native_id for tombstone in tombstones(second)] == [gone["uri"]]
    assert server.paths().count("/api/v1/statuses") == 1


@pytest.mark.parametrize("answer", [httpx.Response(200, json=[]), httpx.Response(500, json={"error": "broken"})])
async def test_a_batch_that_lacks_statuses_is_no_proof_that_they_are_gone(server: FakeMastodon, job: Make, answer: httpx.Response) -> None:
    server.post("ada", "2026-09-10T12:00", "brew")
    first = await collect(SOURCE.fetch(job(server, tags=("brew",))))
    server.broken["/api/v1/statuses"] = answer
    second = await collect(SOURCE.fetch(job(server, tags=("brew",), window=NEXT, cursor=cursor(first), young=young(first, "statuses"))))
    assert ids(second) == ids(first)
    assert not tombstones(second)


async def test_one_failing_batch_does_not_end_the_others(server: FakeMastodon, job: Make) -> None:
    for minute in range(50):
        server.post("ada", f"2026-09-10T12:{minute:02}", "brew")
    first = await collect(SOURCE.fetch(job(server, tags=("brew",))))
    batches: list[int] = []

    def second_batch_fails(request: httpx.Request) -> httpx.Response:
        if request.url.path != "/api/v1/statuses":
            return server(request)
        batches.append(len(request.url.params.get_list("id[]")))
        return httpx.Response(400) if len(batches) == 2 else server(request)

    night = job(second_batch_fails, tags=("brew",), window=NEXT, cursor=cursor(first), young=young(first, "statuses"))
    assert len(ids(await collect(SOURCE.fetch(night)))) == 50
    assert batches == [20, 20, 10]


async def test_one_status_that_cannot_be_observed_again_is_told(server: FakeMastodon, job: Make) -> None:
    server.post("ada", "2026-09-10T12:00", "brew")
    first = await collect(SOURCE.fetch(job(server, tags=("brew",))))
    lost = server.statuses.popitem()[0]
    server.broken[f"/api/v1/statuses/{lost}"] = httpx.Response(403, json={"error": "not for you"})
    second = await collect(SOURCE.fetch(job(server, tags=("brew",), window=NEXT, cursor=cursor(first), young=young(first, "statuses"))))
    assert "1 young statuses could not be observed again" in notes(second)
    assert not tombstones(second)


async def test_one_failing_tag_does_not_lose_the_other(server: FakeMastodon, job: Make) -> None:
    wanted = server.post("ada", "2026-09-10T12:00", "tea")
    server.broken["/api/v1/timelines/tag/brew"] = httpx.Response(500, text="oh")
    pages, failure = await until_failure(SOURCE.fetch(job(server, tags=("brew", "tea"))))
    assert failure.startswith("Not read: brew.")
    assert ids(pages) == {wanted["id"]}


async def test_a_followed_account_gives_its_statuses_and_followers(server: FakeMastodon, job: Make) -> None:
    server.person("ada@far.test", followers_count=200)
    server.post("ada@far.test", "2026-09-10T12:00")
    server.followers["900"] = [f"fan{number}" for number in range(200)]
    first = await collect(SOURCE.fetch(job(server, accounts=("@ada@far.test", "nobody"), tags=())))
    follows = records(first, "follows")
    assert len(follows) == 200
    assert follows[f"{HOST}/users/fan7 {HOST}/users/ada@far.test"].payload["follower_uri"] == f"{HOST}/users/fan7"
    assert len(records(first, "accounts")) == 201
    assert server.paths().count("/api/v1/accounts/900/followers") == 3
    assert "knows no account 'nobody'" in notes(first)
    server.asked.clear()
    await collect(SOURCE.fetch(job(server, accounts=("ada@far.test",), tags=(), window=NEXT, cursor=cursor(first))))
    assert "/api/v1/accounts/900/followers" not in server.paths(), "their number is the same"


async def test_lists_that_are_hidden_or_too_long_are_told(server: FakeMastodon, job: Make) -> None:
    server.person("shy", followers_count=12)
    server.person("star", followers_count=500)
    server.followers["901"] = [f"fan{number}" for number in range(500)]
    for minute in range(50):
        server.post("ada", f"2026-09-10T12:{minute:02}", "brew")
    limits = Limits(requests_per_second=1000, max_pages=1)
    pages = await collect(SOURCE.fetch(job(server, accounts=("shy", "star"), tags=("brew",), limits=limits)))
    assert "shy does not show who follows it" in notes(pages)
    assert "/accounts/901/followers: more accounts than limits.max_pages allows" in notes(pages)
    assert "#brew: more statuses than limits.max_pages allows" in notes(pages)
    assert len(records(pages, "follows")) == 80


async def test_a_server_of_another_make_is_read_without_looping(job: Make) -> None:
    server = FakeSmallServer()
    server.person("ada")
    older, post = (server.post("ada", f"2026-09-{day}T12:00") for day in ("05", "10"))
    reblog = server.post("bo", "2026-09-11T12:00", id=f"{post['id']}x") | {"id": post["id"], "reblog": post}
    server.statuses[f"{post['id']}x"] = reblog
    reply = server.post("bo", "2026-09-29T13:00", in_reply_to_id=post["id"])
    server.reblogs[post["id"]] = ["bo"]
    first = await collect(SOURCE.fetch(job(server, accounts=("ada", "bo"), tags=())))
    assert set(records(first, "statuses")) == {older["uri"], post["uri"], reblog["uri"], reply["uri"]}
    assert set(records(first, "reblogs")) == {f"{post['uri']} {HOST}/users/bo"}, "asked for, though the server counts none"
    assert records(first, "statuses")[reblog["uri"]].lookup_key is None, "asking for its id shows what it reblogs"
    assert server.paths().count("/api/v1/accounts/900/statuses") == 2
    assert "the server shows its newest 2 statuses only" in notes(first)
    late = server.post("cy", "2026-10-01T09:00", in_reply_to_id=reply["id"])
    server.asked.clear()
    night = job(
        server, accounts=("ada", "bo"), tags=(), window=Window(WINDOW.end, datetime(2026, 10, 1, 12, tzinfo=UTC)), cursor=cursor(first)
    )
    second = await collect(SOURCE.fetch(replace(night, young=young(first, "statuses"))))
    assert late["uri"] in records(second, "statuses")
    assert [path for path in server.paths() if path.endswith("/context")] == [f"/api/v1/statuses/{reply['id']}/context"], "within two days"
    assert "/api/v1/statuses" not in server.paths(), "the young ones were met"
