"""The MediaWiki connector on answers that real wikis gave."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from connectors.extraction import Extraction
from connectors.settings import Limits
from connectors.source import SourceError, Tombstone, Window
from connectors.wikis.mediawiki.source import SOURCE
from tests.conftest import collect

Make = Callable[..., Extraction]
LIVE = ("mediawiki-live", "mediawiki-1.43-live")
WINDOW = Window(datetime(2026, 11, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))
EMPTY = {"batchcomplete": True}


class Replay:
    """Answers with what a wiki was recorded to say; revisions come from all recordings that hold them."""

    def __init__(self, folder: Path) -> None:
        if not folder.is_dir():
            pytest.skip(f"no recorded answers at {folder}")
        self.folder = folder
        self.revisions: dict[int, tuple[dict[str, Any], dict[str, Any]]] = {}
        for name in ("revisions-coffee", "revisions-tea", "revisions-hidden"):
            for page in self.of(name)["query"]["pages"]:
                self.revisions |= {revision["revid"]: (page, revision) for revision in page["revisions"]}

    def of(self, name: str) -> Any:
        return json.loads((self.folder / f"{name}.json").read_bytes())

    def __call__(self, request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json=self.answer(dict(request.url.params)))

    def answer(self, asked: dict[str, str]) -> Any:
        if asked.get("meta") == "siteinfo":
            return self.of("siteinfo")
        if asked.get("list") == "recentchanges":
            recorded = [self.of("recentchanges-1"), self.of("recentchanges-2")]
            if "rccontinue" not in asked:
                return recorded[0]
            return recorded[1] if asked["rccontinue"] == recorded[0]["continue"]["rccontinue"] else EMPTY
        if asked.get("list") == "logevents":
            events = [event for event in self.of("logevents")["query"]["logevents"] if event["type"] == "delete"]
            return {**EMPTY, "query": {"logevents": events}}
        if asked.get("list") in {"users", "search"}:
            return self.of("users" if asked["list"] == "users" else "search-coffee")
        if asked.get("list") == "usercontribs":
            return EMPTY if "uccontinue" in asked else self.of("usercontribs-bob")
        if asked["prop"] == "info":
            return self.info(asked)
        if "revids" in asked:
            return self.revisions_of([int(revid) for revid in asked["revids"].split("|")])
        return self.revisions_of([revid for revid, (page, _) in self.revisions.items() if str(page["pageid"]) == asked.get("pageids")])

    def info(self, asked: dict[str, str]) -> Any:
        if "titles" in asked:
            return self.of("page-multi")
        titles = {page["pageid"]: page for page in self.of("allpages")["query"]["allpages"]}
        pages = [titles.get(int(pageid), {"pageid": int(pageid), "missing": True}) for pageid in asked["pageids"].split("|")]
        return {**EMPTY, "query": {"pages": pages}}

    def revisions_of(self, revids: list[int]) -> Any:
        found = [self.revisions[revid] for revid in revids if revid in self.revisions]
        missing = {str(revid): {"revid": revid, "missing": True} for revid in revids if revid not in self.revisions}
        pages = [{**page, "revisions": [revision]} for page, revision in found]
        return {**EMPTY, "query": {"pages": pages, "badrevids": missing}}


@pytest.mark.parametrize("folder", LIVE)
async def test_a_whole_wiki(extraction: Make, payloads: Path, folder: str) -> None:
    replay = Replay(payloads / folder)
    job = extraction(SOURCE, replay, base_url="https://wiki.example", pages=("*",), window=WINDOW)
    pages = await collect(SOURCE.fetch(job))
    records = {record.native_id: record for page in pages for record in page.records if record.entity == "revisions"}
    listed = [replay.of(f"recentchanges-{part}")["query"]["recentchanges"] for part in (1, 2)]
    wanted = {change["revid"] for part in listed for change in part} & set(replay.revisions)
    assert len(wanted) > 5
    assert {f"wiki.example:{revid}" for revid in wanted} <= set(records)
    assert all(record.published_at for record in records.values())
    assert not [page.rejected for page in pages if page.rejected]

    tea = sorted((revid, page, revision) for revid, (page, revision) in replay.revisions.items() if page["title"] == "Tea")
    first, blanked, restored = (records[f"wiki.example:{revid}"].payload for revid, _, _ in tea)
    assert first["added_text"] == first["revision"]["slots"]["main"]["content"] == restored["added_text"]
    assert blanked["added_text"] == ""
    assert first["author_id"] == f"wiki.example:{first['revision']['userid']}"
    users = {record.native_id for page in pages for record in page.records if record.entity == "users"}
    assert {record.payload["author_id"] for record in records.values()} - {None} <= users | {"wiki.example:1"}, "Admin was not recorded"


@pytest.mark.parametrize("folder", LIVE)
async def test_followed_pages_and_accounts(extraction: Make, payloads: Path, folder: str) -> None:
    replay = Replay(payloads / folder)
    job = extraction(
        SOURCE, replay, base_url="https://wiki.example", pages=("Coffee",), accounts=("Bob",), terms=("coffee",), window=WINDOW
    )
    pages = await collect(SOURCE.fetch(job))
    records = {record.native_id for page in pages for record in page.records if record.entity == "revisions"}
    coffee = {revid for revid, (page, _) in replay.revisions.items() if page["title"] == "Coffee"}
    contributed = {edit["revid"] for edit in replay.of("usercontribs-bob")["query"]["usercontribs"]}
    assert records == {f"wiki.example:{revid}" for revid in coffee | contributed & set(replay.revisions)}
    assert any("'Nobody'" in note for page in pages for note in page.notes)


@pytest.mark.parametrize("folder", LIVE)
async def test_hidden_revisions_keep_what_is_visible(extraction: Make, payloads: Path, folder: str) -> None:
    replay = Replay(payloads / folder)
    (hidden,) = [revid for revid, (page, revision) in replay.revisions.items() if revision.get("userhidden")]
    pages = await collect(SOURCE.fetch(extraction(SOURCE, replay, base_url="https://wiki.example", pages=("*",), window=WINDOW)))
    (record,) = [record for page in pages for record in page.records if record.native_id == f"wiki.example:{hidden}"]
    assert record.payload["revision"] == replay.revisions[hidden][1]
    assert (record.payload["author_id"], record.payload["added_text"], record.payload["ext_links"]) == (None, None, None)
    tombstones = {tombstone for page in pages for tombstone in page.tombstones}
    assert Tombstone("revisions", record.native_id, "hidden") in tombstones
    assert [tombstone.native_id for tombstone in tombstones if tombstone.kind == "hidden"] == [record.native_id]


@pytest.mark.parametrize("folder", LIVE)
@pytest.mark.parametrize(("name", "code"), [("error-badparam", "missingparam"), ("error-badaction", "badvalue")])
async def test_errors_are_named(extraction: Make, payloads: Path, folder: str, name: str, code: str) -> None:
    replay = Replay(payloads / folder)
    job = extraction(SOURCE, lambda request: httpx.Response(200, json=replay.of(name)), base_url="https://wiki.example", pages=("*",))
    with pytest.raises(SourceError, match=code):
        await collect(SOURCE.fetch(job))


@pytest.mark.parametrize("folder", LIVE)
async def test_check(extraction: Make, payloads: Path, folder: str) -> None:
    found = await SOURCE.check(extraction(SOURCE, Replay(payloads / folder), base_url="https://wiki.example"))
    assert found.startswith("Peer Wiki (MediaWiki 1.")


def always(body: bytes) -> Callable[[httpx.Request], httpx.Response]:
    return lambda request: httpx.Response(200, content=body)


async def test_answers_to_other_questions_give_an_outcome_and_never_a_crash(extraction: Make, payloads: Path) -> None:
    files = sorted((payloads / "mediawiki").glob("*.json"))
    assert len(files) > 60
    refused: dict[str, str] = {}
    for file in files:
        for pages in (("*",), ("Chess",)):
            limits = Limits(requests_per_second=1000, max_pages=20, attempts=1)
            follow = {"pages": pages, "terms": ("chess",), "limits": limits}
            try:
                await collect(SOURCE.fetch(extraction(SOURCE, always(file.read_bytes()), base_url="https://wiki.example", **follow)))
            except SourceError as error:
                refused[file.name] = str(error)
    old = [file.name for file in files if isinstance(json.loads(file.read_bytes()).get("query", {}).get("pages"), dict)]
    assert len(old) > 30
    assert set(old) <= set(refused), "answers of format version 1 are refused, not misread"
    assert all("wiki.example" in message for message in refused.values())
