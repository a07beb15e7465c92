"""Landing segments and their load: nothing lost, nothing doubled."""

from __future__ import annotations

import json
import shutil
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from connectors.extraction import Extraction
from connectors.source import Known, Page, Record, Rejected, Source, Tombstone
from orchestration.warehouse import connections
from orchestration.warehouse.cursors import read_cursor, read_young
from orchestration.warehouse.landing import LOADING, Landing, SourceRun, completed, json_text
from orchestration.warehouse.load import Loaded, load, recover
from orchestration.warehouse.raw_tables import create_raw_tables
from orchestration.warehouse.warehouse import Warehouse

FIRST = datetime(2026, 9, 2, 2, tzinfo=UTC)


async def nothing(job: Extraction) -> AsyncIterator[Page]:
    for page in list[Page]():
        yield page


async def answer(job: Extraction) -> str:
    return "here"


SOURCE = Source("pamphlets", "blogs", {"posts": "One row per post.", "authors": "One row per author."}, frozenset(), nothing, answer)


def a_run(night: int = 0, attempt: int = 1, status: str = "succeeded") -> SourceRun:
    now = FIRST + timedelta(days=night)
    end = now.replace(hour=0)
    return SourceRun(
        f"run-{night}-{attempt}", "my_pamphlets", "pamphlets", "blogs", end.date() - timedelta(days=1), end.date() - timedelta(days=1),
        end - timedelta(days=1), end, now, status,
    )  # fmt: skip


def post(native_id: str = "p1", **payload: Any) -> Record:
    return Record("posts", native_id, {"id": native_id, **payload}, FIRST - timedelta(days=1), f"lookup-{native_id}")


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    warehouse = Warehouse(tmp_path / "warehouse.duckdb")
    create_raw_tables(warehouse, [SOURCE])
    return warehouse


def land(tmp_path: Path, run: SourceRun, *pages: Page) -> Path:
    landing = Landing(tmp_path / "landing", run)
    for page in pages:
        landing.add(page)
    landing.complete()
    return landing.folder


def bring(warehouse: Warehouse, tmp_path: Path, run: SourceRun, *pages: Page) -> Loaded:
    (loaded,) = load(warehouse, [(land(tmp_path, run, *pages), run)], run.observed_at)
    return loaded


def rows(warehouse: Warehouse, query: str) -> list[tuple[Any, ...]]:
    with warehouse.connect() as connection:
        return connection.execute(query).fetchall()


def test_a_load_that_was_killed_goes_last_and_is_set_aside_the_second_time(warehouse: Warehouse, tmp_path: Path) -> None:
    large, small = a_run(0), a_run(1)
    for run in (large, small):
        land(tmp_path, run, Page("u", [post(run.source_run_id)]))
    marker = tmp_path / "landing" / large.source_run_id / LOADING
    marker.write_text("1")
    (first,), _ = recover(warehouse, tmp_path / "landing", FIRST)
    assert first.run.source_run_id == small.source_run_id
    (last,), aside = recover(warehouse, tmp_path / "landing", FIRST, killed=True)
    assert (last.new_count, aside) == (1, [])
    assert last.run.notes == [f"{large.source_run_id} was killed while it was loaded, as for want of memory, and is loaded last"]
    land(tmp_path, a_run(2), Page("u", [post("again")]))
    (tmp_path / "landing" / "run-2-1" / LOADING).write_text("2")
    assert recover(warehouse, tmp_path / "landing", FIRST) == ([], [])
    loaded, (told,) = recover(warehouse, tmp_path / "landing", FIRST, killed=True)
    assert loaded == []
    assert "run-2-1 was set aside to landing/broken/run-2-1: its load was killed 2 times" in told.note


def test_a_load_without_enough_memory_is_set_aside_and_the_others_go_on(
    warehouse: Warehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = connections.bounded

    def poor(connection: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
        return whole(connection).execute("set temp_directory = ''; set threads = 1")

    land(tmp_path, a_run(0), Page("u", [post(f"{n}" * 40, text=f"{n}") for n in range(100_000)]))
    land(tmp_path, a_run(1), Page("u", [post("small")]))
    monkeypatch.setattr(connections, "bounded", poor)
    monkeypatch.setenv("GROUNDSWELL_MEMORY", "40MB")
    (loaded,), (told,) = recover(warehouse, tmp_path / "landing", FIRST)
    assert loaded.run.source_run_id == "run-1-1"
    assert "run-0-1: it needs more than GROUNDSWELL_MEMORY allows" in told.note


def test_an_unchanged_payload_is_not_stored_again_and_a_changed_one_is(warehouse: Warehouse, tmp_path: Path) -> None:
    bring(warehouse, tmp_path, a_run(0), Page("u", [post("p1", likes=1), post("p2", likes=1)]))
    second = bring(warehouse, tmp_path, a_run(1), Page("u", [post("p1", likes=1), post("p2", likes=2)]))
    assert (second.record_count, second.new_count, second.unchanged_count) == (2, 1, 1)
    third = bring(warehouse, tmp_path, a_run(2), Page("u", [post("p2", likes=1)]))
    assert third.new_count == 1, "a payload that returns to an earlier value is a new observation"
    stored = rows(
        warehouse,
        "select native_id, payload::json->>'likes', observed_date, last_seen_at from raw_pamphlets.posts order by load_id, native_id",
    )
    assert stored == [
        ("p1", "1", date(2026, 9, 1), FIRST + timedelta(days=1)),
        ("p2", "1", date(2026, 9, 1), FIRST),
        ("p2", "2", date(2026, 9, 2), FIRST + timedelta(days=1)),
        ("p2", "1", date(2026, 9, 3), FIRST + timedelta(days=2)),
    ]


def test_an_item_seen_twice_in_a_run_counts_as_it_was_seen_last(warehouse: Warehouse, tmp_path: Path) -> None:
    loaded = bring(warehouse, tmp_path, a_run(), Page("u1", [post(likes=1)]), Page("u2", [post(likes=2)]))
    assert (loaded.record_count, loaded.new_count) == (2, 1)
    assert rows(warehouse, "select payload::json->>'likes', request_url from raw_pamphlets.posts") == [("2", "u2")]


def test_two_sources_of_a_platform_keep_what_each_saw(warehouse: Warehouse, tmp_path: Path) -> None:
    bring(warehouse, tmp_path, a_run(), Page("u", [post(likes=1)]))
    other = a_run(attempt=2)
    other.source_name = "other"
    assert bring(warehouse, tmp_path, other, Page("u", [post(likes=9)])).new_count == 1
    third = bring(warehouse, tmp_path, a_run(1), Page("u", [post(likes=1)]))
    assert third.unchanged_count == 1


def test_a_run_is_loaded_once_however_often_its_segments_are_found(warehouse: Warehouse, tmp_path: Path) -> None:
    folder = land(tmp_path, a_run(), Page("u", [post()], cursor={"at": 1}))
    copy = shutil.copytree(folder, tmp_path / "copy")
    assert len(recover(warehouse, tmp_path / "landing", FIRST)[0]) == 1
    assert not folder.exists()
    shutil.move(copy, folder)
    assert recover(warehouse, tmp_path / "landing", FIRST) == ([], [])
    assert rows(warehouse, "select count(*) from raw_pamphlets.posts") == [(1,)]


def test_what_an_erasure_that_was_cut_off_left_beside_a_segment_is_not_loaded(warehouse: Warehouse, tmp_path: Path) -> None:
    folder = land(tmp_path, a_run(), Page("u", [post()]))
    segment = folder / "00001.parquet"
    segment.with_name(f".{segment.name}").write_bytes(segment.read_bytes()[:100])
    loaded, aside = recover(warehouse, tmp_path / "landing", FIRST)
    assert (len(loaded), aside) == (1, [])
    assert rows(warehouse, "select count(*) from raw_pamphlets.posts") == [(1,)]


def test_what_a_run_that_was_cut_off_left_is_removed(tmp_path: Path) -> None:
    landing = Landing(tmp_path, a_run())
    landing.add(Page("u", [post()]))
    landing.flush()
    assert list(completed(tmp_path, [])) == []
    assert list(tmp_path.iterdir()) == []


def test_a_failed_run_keeps_its_rows_and_leaves_the_cursor(warehouse: Warehouse, tmp_path: Path) -> None:
    bring(warehouse, tmp_path, a_run(0), Page("u", [post("p1")], cursor={"at": 1}))
    bring(warehouse, tmp_path, a_run(1, status="failed"), Page("u", [post("p2")], cursor={"at": 2}))
    with warehouse.connect() as connection:
        assert read_cursor(connection, "my_pamphlets") == {"at": 1}
        assert read_cursor(connection, "unheard_of") == {}
    assert rows(warehouse, "select count(*) from raw_pamphlets.posts") == [(2,)]


def test_a_load_that_breaks_changes_nothing(warehouse: Warehouse, tmp_path: Path) -> None:
    folder = land(tmp_path, a_run(), Page("u", [post()], cursor={"at": 1}), Page("u", [Record("unheard_of", "x", {})]))
    with pytest.raises(Exception, match="unheard_of"):
        load(warehouse, [(folder, a_run())], FIRST)
    assert folder.exists()
    assert rows(warehouse, "select count(*) from raw_pamphlets.posts union all select count(*) from raw_ops.cursors") == [(0,), (0,)]


def test_a_tombstone_is_kept_once_until_the_item_is_seen_again(warehouse: Warehouse, tmp_path: Path) -> None:
    gone = Page("u", tombstones=[Tombstone("posts", "p1")])
    bring(warehouse, tmp_path, a_run(0), Page("u", [post()]))
    assert bring(warehouse, tmp_path, a_run(1), gone, gone).tombstone_count == 1
    assert bring(warehouse, tmp_path, a_run(2), gone).tombstone_count == 0
    bring(warehouse, tmp_path, a_run(3), Page("u", [post()]))
    assert bring(warehouse, tmp_path, a_run(4), gone).tombstone_count == 1
    assert (
        rows(warehouse, "select platform, entity, native_id, kind from raw_ops.tombstones") == [("pamphlets", "posts", "p1", "deleted")] * 2
    )


def test_young_items_are_those_seen_on_earlier_nights_and_not_gone(warehouse: Warehouse, tmp_path: Path) -> None:
    old = Record("posts", "old", {}, FIRST - timedelta(days=90), "lookup-old")
    undated = Record("posts", "undated", {}, None, "lookup-undated")
    unasked = Record("posts", "unasked", {}, FIRST - timedelta(days=1))
    bring(warehouse, tmp_path, a_run(0), Page("u", [post("p1"), post("gone"), old, undated, unasked]))
    bring(warehouse, tmp_path, a_run(1), Page("u", [post("tonight")], tombstones=[Tombstone("posts", "gone")]))
    with warehouse.connect() as connection:
        young = read_young(connection, SOURCE, "my_pamphlets", FIRST - timedelta(days=30), date(2026, 9, 2))
    assert young == [Known("posts", "p1", "lookup-p1"), Known("posts", "undated", "lookup-undated")]


def test_what_cannot_be_a_record_is_kept_with_its_reason_once(warehouse: Warehouse, tmp_path: Path) -> None:
    bad = Page("u", rejected=[Rejected("posts", "line 3: no id", {"text": "hm"})])
    assert bring(warehouse, tmp_path, a_run(0), bad).rejected_count == 1
    assert bring(warehouse, tmp_path, a_run(1), bad).rejected_count == 0
    assert rows(warehouse, "select reason, payload from raw_ops.quarantine") == [("line 3: no id", '{"text":"hm"}')]


def test_payloads_survive_the_way_into_the_warehouse(warehouse: Warehouse, tmp_path: Path) -> None:
    payload = {"emoji": "🎉 שלום", "huge": 10**30, "nested": {"list": [1, None, True, 0.1]}, "quote": 'it\'s "so" \\u0000'}
    bring(warehouse, tmp_path, a_run(), Page("u", [Record("posts", "p", payload)]))
    [(stored,)] = rows(warehouse, "select payload from raw_pamphlets.posts")
    assert json.loads(stored) == payload


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("a\0b", '"a\ufffdb"'),
        ("\ud800", '"?"'),
        ({"k\0": ["\0"]}, '{"k\ufffd":["\ufffd"]}'),
        ([float("nan"), float("inf"), 1.5], "[null,null,1.5]"),
        ([10**30, float("nan"), "\ud800\0"], '[1000000000000000000000000000000,null,"?\ufffd"]'),
    ],
)
def test_json_text_holds_nothing_that_a_column_refuses(value: Any, text: str) -> None:
    assert json_text(value) == text


@pytest.mark.parametrize("native_id", ["", " ", None, 7])
def test_what_has_no_id_is_set_aside(warehouse: Warehouse, tmp_path: Path, native_id: Any) -> None:
    page = Page("u", [Record("posts", native_id, {"text": "a"}), post()], tombstones=[Tombstone("posts", native_id)])
    loaded = bring(warehouse, tmp_path, a_run(), page)
    assert (loaded.record_count, loaded.rejected_count, loaded.tombstone_count) == (1, 1, 0)
    assert rows(warehouse, "select native_id, reason, payload from raw_ops.quarantine") == [
        (None, "has no id that it can be known by", '{"text":"a"}')
    ]


def test_what_is_nested_too_deeply_is_set_aside(warehouse: Warehouse, tmp_path: Path) -> None:
    deep: list[Any] = []
    for _ in range(100_000):
        deep = [deep]
    loaded = bring(warehouse, tmp_path, a_run(), Page("u", [post("deep", of=deep), post()]))
    assert (loaded.record_count, loaded.rejected_count) == (1, 1)
    assert rows(warehouse, "select native_id, reason from raw_ops.quarantine") == [("deep", "is nested too deeply to be kept")]


def test_texts_hold_nothing_that_a_column_refuses(warehouse: Warehouse, tmp_path: Path) -> None:
    page = Page("u\0", [post("p\0")], rejected=[Rejected("posts", "bad \ud800", None, "x\0")], notes=["odd \ud800\0"])
    loaded = bring(warehouse, tmp_path, a_run(), page)
    assert loaded.run.notes == ["odd ?\ufffd"]
    assert rows(warehouse, "select native_id, reason from raw_ops.quarantine") == [("x\ufffd", "bad ?")]
    assert rows(warehouse, "select native_id, request_url from raw_pamphlets.posts") == [("p\ufffd", "u\ufffd")]


def test_the_same_item_rejected_twice_in_a_run_is_one(warehouse: Warehouse, tmp_path: Path) -> None:
    bad = Page("u", rejected=[Rejected("posts", "no date", {"a": 1}, "x"), Rejected("posts", "no date", {"a": 1}, "x")])
    assert bring(warehouse, tmp_path, a_run(), bad, bad).rejected_count == 1


def test_a_hidden_item_is_gone_as_it_was_stored_last(warehouse: Warehouse, tmp_path: Path) -> None:
    hidden = Page("u", [post()], tombstones=[Tombstone("posts", "p1", "hidden")])
    assert bring(warehouse, tmp_path, a_run(0), hidden).tombstone_count == 1
    for night in (1, 2, 3):
        loaded = bring(warehouse, tmp_path, a_run(night), hidden)
        assert (loaded.tombstone_count, loaded.new_count) == (0, 0)
    changed = Page("u", [post(text="edited")], tombstones=[Tombstone("posts", "p1", "hidden")])
    assert bring(warehouse, tmp_path, a_run(4), changed).tombstone_count == 1
    assert rows(warehouse, STILL_GONE) == [("p1",)]


STILL_GONE = """
    select native_id from raw_ops.tombstones as gone
    group by native_id having max(seen_at) >= (select max(observed_at) from raw_pamphlets.posts as raw where raw.native_id = gone.native_id)
"""


def test_what_was_gone_and_is_told_again_as_it_was_is_there_again(warehouse: Warehouse, tmp_path: Path) -> None:
    bring(warehouse, tmp_path, a_run(0), Page("u", [post(), post("p2")]))
    bring(warehouse, tmp_path, a_run(1), Page("u", tombstones=[Tombstone("posts", "p1"), Tombstone("posts", "p2")]))
    assert rows(warehouse, STILL_GONE + "order by 1") == [("p1",), ("p2",)]
    back = bring(warehouse, tmp_path, a_run(2), Page("u", [post()]))
    assert (back.new_count, back.unchanged_count) == (1, 0)
    assert rows(warehouse, STILL_GONE) == [("p2",)]
    again = bring(warehouse, tmp_path, a_run(3), Page("u", [post()]))
    assert (again.new_count, again.unchanged_count) == (0, 1)
