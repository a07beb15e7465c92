"""The Mastodon connector on answers that real servers gave: several Mastodons, and snac, which speaks its API in its own way."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from connectors.extraction import Extraction
from connectors.microblogs.mastodon.source import SOURCE
from connectors.settings import Limits
from connectors.source import Known, SourceError, Tombstone, Window
from tests.conftest import collect
from tests.connectors.microblogs.mastodon.fake_mastodon import job_on
from tests.connectors.reading import notes, records, tombstones

Make = Callable[..., Extraction]
WINDOW = Window(datetime(2016, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))
LIMITS = Limits(requests_per_second=1000, attempts=2, young_days=60)
NO_THREAD: dict[str, Any] = {"ancestors": [], "descendants": []}
FAR = Limits(requests_per_second=1000, attempts=2, young_days=3650)


@pytest.fixture
def folder(payloads: Path) -> Path:
    return _existing(payloads / "mastodon")


@pytest.fixture
def snac(payloads: Path) -> Path:
    return _existing(payloads / "snac-mastodon-live")


@pytest.fixture
def job(extraction: Make) -> Make:
    return partial(job_on, extraction, window=WINDOW, limits=LIMITS)


def _existing(folder: Path) -> Path:
    if not folder.is_dir():
        pytest.skip(f"no recorded answers at {folder}")
    return folder


def documents(folder: Path) -> Iterator[tuple[str, Any]]:
    for path in sorted(folder.glob("*.json")):
        if path.name != "malformed.json":
            yield path.name, json.loads(path.read_bytes())


def is_status(value: Any) -> bool:
    return isinstance(value, dict) and "account" in value and "visibility" in value


def is_person(value: Any) -> bool:
    return isinstance(value, dict) and "acct" in value and "followers_count" in value


def statuses_in(document: Any) -> list[Any]:
    """Statuses in any recorded answer: one, a list, the sides of a context, the results of a search, the object of a notification."""
    found = [document]
    if isinstance(document, list):
        found = [item.get("status", item) if isinstance(item, dict) else item for item in document]
    elif isinstance(document, dict) and not is_status(document):
        found = [item for side in ("ancestors", "descendants", "statuses") for item in document.get(side, [])]
    return [item for item in found if is_status(item)]


def with_embedded(status: Any) -> Iterator[Any]:
    yield status
    quoted = status.get("quote")
    for embedded in (status.get("reblog"), quoted.get("quoted_status") if isinstance(quoted, dict) else None):
        if embedded:
            yield from with_embedded(embedded)


def is_shown(status: Any) -> bool:
    return status["visibility"] in ("public", "unlisted") and not status["account"].get("noindex")


def serving(folder: Path, **answers: Any) -> Callable[[httpx.Request], httpx.Response]:
    """A Mastodon that answers paths by their last part with these documents, once; then with an empty list."""
    instance = json.loads((folder / "test_hashtag_tl__01.json").read_bytes())
    left = {"instance": instance, **answers}

    def answer(request: httpx.Request) -> httpx.Response:
        found = left.pop(request.url.path.rsplit("/", 1)[-1], [])
        return found if isinstance(found, httpx.Response) else httpx.Response(200, json=found)

    return answer


async def test_every_recorded_status_becomes_records(folder: Path, job: Make) -> None:
    count = 0
    for name, document in documents(folder):
        statuses = statuses_in(document)
        pages = await collect(SOURCE.fetch(job(serving(folder, brew=statuses), tags=("brew",))))
        found = records(pages, "statuses")
        expected = {inner["uri"]: inner for status in statuses if is_shown(status) for inner in with_embedded(status) if is_shown(inner)}
        assert set(found) == set(expected), name
        assert not [rejected for page in pages for rejected in page.rejected], name
        assert {record.payload["account"]["uri"] for record in found.values()} <= set(records(pages, "accounts")), name
        assert all(record.published_at and record.lookup_key == expected[uri]["id"] for uri, record in found.items()), name
        assert not any("followers_count" in json.dumps(record.payload) for record in found.values()), name
        count += len(found)
    assert count > 70


async def test_every_recorded_account_becomes_a_follower_and_a_reblogger(folder: Path, job: Make) -> None:
    followed = json.loads((folder / "test_account_lookup__02.json").read_bytes())
    post = json.loads((folder / "test_entity_status__00.json").read_bytes()) | {"reblogs_count": 5}
    count = 0
    for name, document in documents(folder):
        people = [person for person in (document if isinstance(document, list) else [document]) if is_person(person)]
        answers = {"lookup": followed, "followers": people, "reblogged_by": people, "brew": [post]}
        pages = await collect(SOURCE.fetch(job(serving(folder, **answers), accounts=("someone",), tags=("brew",), limits=FAR)))
        uris = {person["uri"] for person in people if not person.get("noindex")}
        assert {follow.split(" ")[0] for follow in records(pages, "follows")} == uris, name
        assert set(records(pages, "reblogs")) == {f"{post['uri']} {uri}" for uri in uris}, name
        count += len(uris)
    assert count > 80


async def test_recorded_threads(folder: Path, job: Make) -> None:
    post = json.loads((folder / "test_entity_status__00.json").read_bytes()) | {"replies_count": 1}
    count = 0
    for name in ("rtoot_get_context_with_ancesters__00", "test_entity_context__00"):
        thread = json.loads((folder / f"{name}.json").read_bytes())
        pages = await collect(SOURCE.fetch(job(serving(folder, brew=[post], context=thread), tags=("brew",), limits=FAR)))
        listed = {status["uri"]: is_shown(status) for side in ("ancestors", "descendants") for status in thread[side]}
        assert set(records(pages, "statuses")) == {uri for uri, shown in listed.items() if shown} | {post["uri"]}, name
        assert ("left out" in notes(pages)) == (not all(listed.values())), name
        count += len(listed)
    assert count == 3


async def test_recorded_search_results(folder: Path, job: Make) -> None:
    results = json.loads((folder / "test_entity_searchv2__02.json").read_bytes())
    pages = await collect(SOURCE.fetch(job(serving(folder, search=results), terms=("any",), tags=(), token="any")))
    assert len(records(pages, "statuses")) >= len([status for status in results["statuses"] if is_shown(status)])


async def test_two_documents_in_one_body_are_an_error(folder: Path, job: Make) -> None:
    body = (folder / "malformed.json").read_bytes()

    def answer(request: httpx.Request) -> httpx.Response:
        return serving(folder)(request) if "instance" in request.url.path else httpx.Response(200, content=body)

    with pytest.raises(SourceError, match=r"Not read: brew.*not one JSON document"):
        await collect(SOURCE.fetch(job(answer, tags=("brew",))))


async def test_recorded_errors(folder: Path, job: Make) -> None:
    def error(name: str, status: int) -> httpx.Response:
        return httpx.Response(status, content=(folder / f"{name}.json").read_bytes())

    unknown = serving(folder, lookup=error("test_account_lookup__01", 404))
    assert "knows no account 'nobody'" in notes(await collect(SOURCE.fetch(job(unknown, accounts=("nobody",), tags=()))))
    stale = serving(folder, brew=error("test_home_tl_anonymous_throws__00", 401))
    with pytest.raises(SourceError, match=r"The access token is invalid.*check the environment variable"):
        await collect(SOURCE.fetch(job(stale, tags=("brew",), token="stale")))
    refused = serving(folder, brew=error("test_lang_for_errors__00", 422))
    with pytest.raises(SourceError, match=r"Not read: brew.*422"):
        await collect(SOURCE.fetch(job(refused, tags=("brew",))))
    missing = serving(folder, **{"117": error("test_status_missing__00", 404), "statuses": []})
    pages = await collect(SOURCE.fetch(job(missing, tags=("brew",), cursor={"read": {}}, young=[Known("statuses", "u:117", "117")])))
    assert tombstones(pages) == [Tombstone("statuses", "u:117")]


async def test_recorded_instances(folder: Path, job: Make) -> None:
    for name, version in (("test_timeline_disabled__01", "4.7.0-alpha.2"), ("rtoot_get_instance_general_default__00", "")):
        instance = json.loads((folder / f"{name}.json").read_bytes())
        answer = serving(folder, instance=instance)
        assert f"{instance['title']}, version {version}" in await SOURCE.check(job(answer))


class Snac:
    """snac 2.75 as it was recorded."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.asked: list[str] = []
        self.original = self.of("status")["reblog"]

    def of(self, name: str) -> Any:
        return json.loads((self.folder / f"{name}.json").read_bytes())

    def missing(self) -> httpx.Response:
        return httpx.Response(404, content=(self.folder / "status-deleted.json").read_bytes(), headers={"content-type": "text/html"})

    def __call__(self, request: httpx.Request) -> httpx.Response:
        path, query = request.url.path, request.url.params
        self.asked.append(path)
        match path.strip("/").split("/")[1:]:
            case ["v1", "instance"]:
                return httpx.Response(200, json=self.of("instance"))
            case ["v1", "accounts", "lookup"] if query["acct"] in ("alice", "chiyo"):
                chiyo = self.of("account-statuses")[0]["account"]
                return httpx.Response(200, json=chiyo if query["acct"] == "chiyo" else self.of("lookup-alice"))
            case ["v1", "accounts", number, "statuses"]:
                is_chiyo = number == self.of("account-statuses")[0]["account"]["id"]
                statuses = self.of("account-statuses-2" if "max_id" in query else "account-statuses")
                return httpx.Response(200, json=statuses if is_chiyo else [self.original])
            case ["v1", "accounts", _, "followers"]:
                return httpx.Response(200, json=self.of("account-followers"))
            case ["v1", "timelines", "tag", "coffee"]:
                return httpx.Response(200, json=self.of("tag-coffee"))
            case ["v2", "search"]:
                return httpx.Response(200, json=self.of("search-statuses"))
            case ["v1", "statuses", number, "context"]:
                return httpx.Response(200, json=self.of("context") if number == self.original["id"] else NO_THREAD)
            case ["v1", "statuses", number, "reblogged_by"]:
                return httpx.Response(200, json=self.of("reblogged_by") if number == self.original["id"] else [])
            case ["v1", "statuses", number] if number == self.of("status-edited")["id"]:
                return httpx.Response(200, json=self.of("status-edited"))
        return self.missing()


async def test_snac_is_read_once_and_wholly(snac: Path, job: Make) -> None:
    server = Snac(snac)
    edited = server.of("status-edited")
    young = [Known("statuses", edited["uri"], edited["id"]), Known("statuses", "gone", "179537376768c0b766b5440c0044c096921ce6f41c")]
    settings: dict[str, Any] = {"accounts": ("alice", "chiyo"), "tags": ("coffee",), "terms": ("coffee",), "token": "any", "young": young}
    pages = await collect(SOURCE.fetch(job(server, **settings)))
    found = records(pages, "statuses")
    expected = [*server.of("account-statuses"), *server.of("tag-coffee"), *server.of("search-statuses")["statuses"]]
    expected += [server.original, edited, *server.of("context")["descendants"]]
    assert {status["uri"] for status in expected if is_shown(status)} == set(found)
    assert len(found) > 60
    assert server.asked.count("/api/v1/timelines/tag/coffee") == 2, "the second page is the first again"
    announce = server.of("status")
    assert found[announce["uri"]].payload["reblog"]["uri"] == server.original["uri"]
    assert found[announce["uri"]].lookup_key is None
    assert set(records(pages, "reblogs")) == {f"{server.original['uri']} {server.of('reblogged_by')[0]['uri']}"}
    assert found[edited["uri"]].payload["edited_at"]
    assert tombstones(pages) == [Tombstone("statuses", "gone")]
    assert not [rejected for page in pages for rejected in page.rejected]
    told = [account.payload for account in records(pages, "accounts").values()]
    assert {(account["software"], account["followers_count"]) for account in told} == {("snac", 0)}, "which staging takes for no count"


async def test_snac_refuses_a_bad_token_without_a_body(snac: Path, job: Make) -> None:
    body = (snac / "badtoken.json").read_bytes()
    with pytest.raises(SourceError, match=r"401.*token is not accepted"):
        await SOURCE.check(job(lambda request: httpx.Response(401, content=body), token="stale"))


async def test_snac_tells_what_it_is(snac: Path, job: Make) -> None:
    assert "snac/2.75" in await SOURCE.check(job(Snac(snac)))
