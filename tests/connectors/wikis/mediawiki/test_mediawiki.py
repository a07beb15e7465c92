from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from connectors.extraction import Extraction
from connectors.settings import Limits
from connectors.source import Known, Page, SourceError, Tombstone, Window
from connectors.wikis.mediawiki.api import batches
from connectors.wikis.mediawiki.source import SOURCE
from tests.conftest import collect
from tests.connectors.wikis.mediawiki.fake_wiki import Edit, FakeWiki, Json

BASE = "https://wiki.example/w"
WIKI = "wiki.example/w"
WINDOW = Window(datetime(2026, 9, 1, tzinfo=UTC), datetime(2026, 9, 2, tzinfo=UTC))
Make = Callable[..., Extraction]


@dataclass
class Night:
    """All that a fetch gave."""

    records: dict[tuple[str, str], Json]
    tombstones: set[Tombstone]
    notes: list[str]
    cursor: Any
    pages: list[Page]


async def read(make: Make, wiki: Callable[[httpx.Request], httpx.Response], **settings: Any) -> Night:
    pages = await collect(SOURCE.fetch(make(SOURCE, wiki, **{"base_url": BASE, "pages": ("*",), "window": WINDOW, **settings})))
    records = {(record.entity, record.native_id): dict(record.payload) for page in pages for record in page.records}
    cursors = [page.cursor for page in pages if page.cursor is not None]
    return Night(
        records,
        {tombstone for page in pages for tombstone in page.tombstones},
        [note for page in pages for note in page.notes],
        cursors[-1] if cursors else None,
        pages,
    )


def revids(night: Night) -> list[str]:
    return sorted(native_id.removeprefix(f"{WIKI}:") for entity, native_id in night.records if entity == "revisions")


def edit_of(night: Night, revid: int) -> Json:
    return night.records["revisions", f"{WIKI}:{revid}"]


async def test_whole_wiki_gives_revisions_with_what_they_added_their_pages_and_editors(extraction: Make) -> None:
    wiki = FakeWiki(
        Edit(1, 10, "2026-08-20T00:00:00Z", "The cup holds coffee.\nOld line. https://old.example"),
        Edit(
            1,
            11,
            "2026-09-01T08:00:00Z",
            "The cup holds Morrowbean coffee.\nOld line. https://old.example [https://new.example/a Shop].",
            parent=10,
        ),
        Edit(2, 12, "2026-09-01T09:00:00Z", "Ohmline", user={"user": "192.0.2.8", "userid": 0, "anon": True}),
        Edit(2, 13, "2026-09-01T10:00:00Z", "Ohmline One", parent=12, user={"user": "~2026-31", "userid": 70, "temp": True}),
    )
    night = await read(extraction, wiki)
    assert revids(night) == ["11", "12", "13"]
    eleven = edit_of(night, 11)
    assert eleven["added_text"] == "Morrowbean\n[https://new.example/a Shop]."
    assert eleven["ext_links"] == ["https://new.example/a"]
    assert eleven["page"] == {"pageid": 1, "ns": 0, "title": "Page 1"}
    assert eleven["revision"]["slots"]["main"]["content"].startswith("The cup holds Morrowbean")
    assert [edit_of(night, revid)["author_id"] for revid in (11, 12, 13)] == [f"{WIKI}:7", f"{WIKI}:ip:192.0.2.8", f"{WIKI}:ip:~2026-31"]
    assert edit_of(night, 12)["added_text"] == "Ohmline"
    assert edit_of(night, 13)["added_text"] == "One"
    assert night.records["users", f"{WIKI}:7"] == {"wiki": WIKI, "name": "Ada", "userid": 7, "editcount": 40}
    assert night.records["users", f"{WIKI}:ip:192.0.2.8"] == {"wiki": WIKI, "name": "192.0.2.8", "anon": True}
    assert night.records["users", f"{WIKI}:ip:~2026-31"] == {"wiki": WIKI, "name": "~2026-31", "temp": True}
    assert {key for key in night.records if key[0] == "pages"} == {("pages", f"{WIKI}:1"), ("pages", f"{WIKI}:2")}
    assert night.cursor["at"] == "2026-09-02T00:00:00+00:00"
    published = {record.native_id: record.published_at for page in night.pages for record in page.records if record.entity == "revisions"}
    assert published[f"{WIKI}:11"] == datetime(2026, 9, 1, 8, tzinfo=UTC)
    assert all(asked["maxlag"] == "5" and asked["formatversion"] == "2" for asked in wiki.asked)


async def test_the_next_night_overlaps_by_ten_minutes_and_ends_before_the_window_does(extraction: Make) -> None:
    wiki = FakeWiki(
        Edit(1, 10, "2026-08-31T23:55:00Z", "a"), Edit(1, 11, "2026-09-02T00:00:00Z", "b"), Edit(1, 9, "2026-08-31T23:45:00Z", "c")
    )
    night = await read(extraction, wiki, cursor={"at": "2026-09-01T00:00:00+00:00"})
    assert revids(night) == ["10"]


async def test_a_window_that_ends_in_the_wikis_future_moves_the_cursor_to_the_wikis_clock(extraction: Make) -> None:
    wiki = FakeWiki()
    wiki.clock = "2026-09-01T12:00:00Z"
    assert (await read(extraction, wiki)).cursor["at"] == "2026-09-01T12:00:00+00:00"


async def test_continued_answers_are_read_to_their_end_fifty_revisions_a_call(extraction: Make) -> None:
    wiki = FakeWiki(*(Edit(page, 100 + page, f"2026-09-01T{page // 60:02}:{page % 60:02}:00Z", "x") for page in range(1, 131)))
    wiki.most = 60
    night = await read(extraction, wiki)
    assert len(revids(night)) == 130
    assert [asked.get("rccontinue") for asked in wiki.called(list="recentchanges")] == [None, "60|x", "120|x"]


async def test_hidden_parts_leave_the_rest_and_a_tombstone(extraction: Make) -> None:
    hidden = {"userhidden": True, "commenthidden": True, "sha1hidden": True}
    wiki = FakeWiki(Edit(1, 5, "2026-08-01T00:00:00Z", None, user=hidden), Edit(1, 6, "2026-09-01T05:00:00Z", "seen", parent=5))
    wiki.log = [
        {"action": "revision", "logpage": 1, "params": {"type": "revision", "ids": [5]}, "timestamp": "2026-09-01T06:00:00Z"},
        {"action": "event", "logpage": 0, "params": {"type": "logging", "ids": [6]}, "timestamp": "2026-09-01T06:00:00Z"},
    ]
    night = await read(extraction, wiki)
    assert night.tombstones == {Tombstone("revisions", f"{WIKI}:5", "hidden")}
    five = edit_of(night, 5)
    assert (five["author_id"], five["added_text"], five["ext_links"]) == (None, None, None)
    assert five["revision"]["userhidden"] is True
    assert edit_of(night, 6)["added_text"] is None, "what was added to a hidden text cannot be known"


async def test_deleted_pages_and_young_revisions_become_tombstones_and_restored_ones_do_not(extraction: Make) -> None:
    wiki = FakeWiki(Edit(2, 20, "2026-08-20T00:00:00Z", "back again"))
    wiki.log = [
        {"action": "delete", "logpage": 1, "timestamp": "2026-09-01T06:00:00Z"},
        {"action": "delete", "logpage": 2, "timestamp": "2026-09-01T06:00:00Z"},
        {"action": "restore", "logpage": 2, "timestamp": "2026-09-01T07:00:00Z"},
    ]
    young = [Known("revisions", f"{WIKI}:{revid}", str(revid)) for revid in (10, 20)] + [Known("users", f"{WIKI}:8", "Gone")]
    night = await read(extraction, wiki, young=[*young, Known("pages", f"{WIKI}:3", "3")])
    assert night.tombstones == {Tombstone("pages", f"{WIKI}:1"), Tombstone("pages", f"{WIKI}:3"), Tombstone("revisions", f"{WIKI}:10")}
    assert revids(night) == ["20"]
    assert ("pages", f"{WIKI}:2") in night.records
    assert any("'Gone'" in note for note in night.notes)


async def test_a_young_revision_is_observed_with_the_payload_of_its_first_night(extraction: Make) -> None:
    wiki = FakeWiki(Edit(1, 10, "2026-08-20T00:00:00Z", "one"), Edit(1, 11, "2026-09-01T08:00:00Z", "one two", parent=10))
    first = edit_of(await read(extraction, wiki), 11)
    later = {
        "cursor": {"at": "2026-09-05T00:00:00+00:00"},
        "window": Window(datetime(2026, 9, 5, tzinfo=UTC), datetime(2026, 9, 6, tzinfo=UTC)),
    }
    again = edit_of(await read(extraction, wiki, young=[Known("revisions", f"{WIKI}:11", "11")], **later), 11)
    assert json.dumps(first) == json.dumps(again)


async def test_a_move_keeps_the_page_and_its_redirect_is_read(extraction: Make) -> None:
    wiki = FakeWiki(Edit(1, 10, "2026-09-01T01:00:00Z", "text"), titles={1: "New name", 2: "Old name"})
    wiki.edits[11] = Edit(2, 11, "2026-09-01T02:00:00Z", "#REDIRECT [[New name]]")
    wiki.unlisted = {11}
    wiki.changes = [{"type": "log", "logtype": "move", "title": "Old name", "revid": 0, "timestamp": "2026-09-01T02:00:00Z"}]
    night = await read(extraction, wiki)
    assert revids(night) == ["10", "11"]
    assert night.records["pages", f"{WIKI}:1"]["title"] == "New name"


async def test_followed_titles_go_through_redirects_moves_and_deletion(extraction: Make) -> None:
    wiki = FakeWiki(
        Edit(1, 10, "2026-09-01T01:00:00Z", "a"),
        Edit(2, 20, "2026-09-01T01:00:00Z", "b"),
        Edit(2, 21, "2026-09-01T02:00:00Z", "b c", parent=20),
        titles={1: "Espresso", 2: "Moved away"},
    )
    wiki.redirects = {"Short coffee": "Espresso"}
    cursor = {"at": "2026-08-31T00:00:00+00:00", "titles": {"Once here": 2, "Deleted": 3}}
    night = await read(extraction, wiki, pages=("Short coffee", "Once here", "Deleted", "Never"), cursor=cursor)
    assert revids(night) == ["10", "20", "21"]
    assert night.tombstones == {Tombstone("pages", f"{WIKI}:3")}
    assert [note for note in night.notes if "Never" in note]
    assert night.cursor["titles"] == {"Short coffee": 1, "Once here": 2, "Deleted": 3}
    assert len(wiki.called(list="recentchanges")) == 0


async def test_a_term_is_searched_as_a_phrase_until_hits_are_old(extraction: Make) -> None:
    wiki = FakeWiki(Edit(1, 10, "2026-09-01T01:00:00Z", "a"), Edit(2, 20, "2026-08-01T01:00:00Z", "b"))
    wiki.hits = [{"pageid": 1, "timestamp": "2026-09-01T01:00:00Z"}, {"pageid": 2, "timestamp": "2026-08-01T01:00:00Z"}]
    night = await read(extraction, wiki, pages=(), terms=('Kestrel "Glide',))
    assert revids(night) == ["10"]
    (search,) = wiki.called(list="search")
    assert (search["srsearch"], search["srsort"]) == ('"Kestrel  Glide"', "last_edit_desc")
    assert night.notes == []


async def test_a_wiki_that_cannot_sort_is_searched_whole_and_says_when_it_lists_too_little(extraction: Make) -> None:
    wiki = FakeWiki(Edit(1, 10, "2026-09-01T01:00:00Z", "a"), Edit(2, 20, "2026-08-01T01:00:00Z", "b"))
    wiki.sorts = False
    wiki.hits = [{"pageid": 2, "timestamp": "2026-08-01T01:00:00Z"}, {"pageid": 1, "timestamp": "2026-09-01T01:00:00Z"}]
    night = await read(extraction, wiki, pages=(), terms=("Kestrel", "Fernway"))
    assert revids(night) == ["10"]
    assert ["srsort" in asked for asked in wiki.called(list="search")] == [True, False, False]
    assert any("finds 3 pages" in note and "lists only 2" in note for note in night.notes)


async def test_a_refused_account_is_named_and_keeps_no_other_back(extraction: Make) -> None:
    wiki = FakeWiki(Edit(1, 10, "2026-09-01T01:00:00Z", "a"))
    pages = SOURCE.fetch(extraction(SOURCE, wiki, base_url=BASE, accounts=("a[b", "Ada"), window=WINDOW))
    seen: set[str] = set()

    async def take() -> None:
        async for page in pages:
            seen.update(record.native_id for record in page.records)

    with pytest.raises(SourceError, match=r"a\[b.*baduser.*Invalid value"):
        await take()
    assert {f"{WIKI}:10", f"{WIKI}:7"} <= seen


async def test_a_lagging_wiki_is_asked_again(extraction: Make) -> None:
    wiki = FakeWiki(Edit(1, 10, "2026-09-01T01:00:00Z", "a"))
    wiki.refusals = [{"errors": [{"code": "maxlag", "text": "Waiting for db1: 7 seconds lagged."}]}] * 2
    assert revids(await read(extraction, wiki)) == ["10"]
    assert len(wiki.called(list="logevents")) == 3


@pytest.mark.parametrize(
    "refusal",
    [{"errors": [{"code": "readonly", "text": "Locked for upkeep."}]}, {"error": {"code": "readonly", "info": "Locked for upkeep."}}],
)
async def test_an_error_that_stays_names_its_code_and_text(extraction: Make, refusal: Json) -> None:
    wiki = FakeWiki()
    wiki.refusals = [refusal] * 100
    with pytest.raises(SourceError, match=r"readonly.*Locked for upkeep") as raised:
        await read(extraction, wiki)
    assert WIKI in str(raised.value)
    assert 1 < len(wiki.asked) <= 6


@pytest.mark.parametrize(
    "body",
    [
        [],
        None,
        {"hello": "world"},
        {"query": []},
        {"query": {"pages": {"1": {}}}},
        {"query": {"recentchanges": ["x"]}},
        {"query": {}, "continue": 3},
    ],
)
async def test_what_is_no_answer_of_the_api_is_said(extraction: Make, body: Any) -> None:
    with pytest.raises(SourceError, match="base_url"):
        await read(extraction, lambda request: httpx.Response(200, text=json.dumps(body)))


async def test_a_malformed_revision_is_rejected_with_the_reason_and_the_others_stay(extraction: Make) -> None:
    wiki = FakeWiki(
        Edit(1, 10, "2026-09-01T01:00:00Z", "a"),
        Edit(2, 20, "2026-09-01T01:00:00Z", "b", user={"slots": [], "user": 5}),
        Edit(3, 30, "2026-09-01T01:00:00Z", "c", user={"revid": "thirty"}),
        Edit(4, 40, "2026-09-01T01:00:00Z", "d", user={"timestamp": "yesterday"}),
        Edit(5, 50, "2026-09-01T01:00:00Z", "e", user={"timestamp": "0001-01-01T00:00:00Z"}),
    )
    night = await read(extraction, wiki)
    assert revids(night) == ["10", "50"]
    published = {record.native_id: record.published_at for page in night.pages for record in page.records}
    assert published[f"{WIKI}:50"] is None
    reasons = sorted(rejected.reason for page in night.pages for rejected in page.rejected)
    assert [reason.removeprefix("no revision: ")[:20] for reason in reasons] == [
        "it has no revid",
        "it has no slots.main",
        "timestamp is 'yester",
    ]


async def test_the_limit_stops_the_night_with_a_note_and_the_next_one_goes_on(extraction: Make) -> None:
    wiki = FakeWiki(*(Edit(1, revid, f"2026-09-01T{revid:02}:00:00Z", "x") for revid in range(1, 21)))
    wiki.most = 5
    seen: set[str] = set()
    cursor: Any = {}
    for _ in range(9):
        night = await read(extraction, wiki, cursor=cursor, limits=Limits(requests_per_second=1000, max_pages=8))
        seen |= set(revids(night))
        cursor = night.cursor
        if cursor["at"].startswith("2026-09-02"):
            break
        assert any("max_pages" in note for note in night.notes)
    assert len(seen) == 20
    assert cursor["at"].startswith("2026-09-02")


async def test_check_names_the_wiki(extraction: Make) -> None:
    assert await SOURCE.check(extraction(SOURCE, FakeWiki(), base_url=BASE)) == "Cup Wiki (MediaWiki 1.43.0, language en)"


def test_batches_hold_fifty_names_and_fewer_long_ones() -> None:
    assert [len(batch.split("|")) for batch in batches(range(1, 121))] == [50, 50, 20]
    long = ["千" * 80] * 20
    assert [len(batch.split("|")) for batch in batches(long)] == [8, 8, 4]
