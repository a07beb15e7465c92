from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import polars as pl
import pytest

from connectors.extraction import Extraction
from connectors.files.schema import KEYS, SCHEMA, TIMES, TYPES
from connectors.files.source import SOURCE
from connectors.source import Page, Record, SourceError, Window

Make = Callable[..., Extraction]

POST = {"id": "p1", "channel": "blogs", "author_id": "a1", "published_at": "2026-09-03T10:00:00Z"}
POSTS = "id,channel,author_id,published_at,text,likes\n"


@dataclass
class Night:
    """All that a fetch gave before it ended; `error` where it ended badly."""

    pages: list[Page] = field(default_factory=list)
    error: str = ""

    @property
    def records(self) -> list[Record]:
        return [record for page in self.pages for record in page.records]

    @property
    def reasons(self) -> list[str]:
        return [rejected.reason for page in self.pages for rejected in page.rejected]

    @property
    def notes(self) -> list[str]:
        return [note for page in self.pages for note in page.notes]

    @property
    def cursor(self) -> Any:
        return [page.cursor for page in self.pages if page.cursor is not None][-1]


def no_request(request: httpx.Request) -> httpx.Response:
    raise AssertionError(f"files asked for {request.url}")


async def read(make: Make, folder: Path, **settings: Any) -> Night:
    night = Night()
    try:
        async for page in SOURCE.fetch(make(SOURCE, no_request, path=folder, **settings)):
            night.pages.append(page)
    except SourceError as error:
        night.error = str(error)
    return night


async def test_csv_rows_become_records_of_the_schema(extraction: Make, tmp_path: Path) -> None:
    (tmp_path / "posts-2026-09.csv").write_text(
        POSTS + 'p1,blogs,a1,2026-09-03 12:00:00+02:00,"A ""cup"",\nof Morrowbean ☕",12\n\np2,vlogs,a1,2026-09-04T00:00:00.25Z,,5.0\n',
        "utf-8-sig",
    )
    night = await read(extraction, tmp_path)
    one, two = night.records
    assert (one.entity, one.native_id, one.published_at, one.lookup_key) == ("posts", "p1", datetime(2026, 9, 3, 10, tzinfo=UTC), None)
    assert set(one.payload) == {column.name for column in SCHEMA["posts"]}
    assert one.payload["text"] == 'A "cup",\nof Morrowbean ☕'
    assert (one.payload["likes"], one.payload["views"], one.payload["published_at"]) == (12, None, "2026-09-03T10:00:00Z")
    assert (two.payload["text"], two.payload["likes"], two.payload["published_at"]) == (None, 5, "2026-09-04T00:00:00.250Z")
    assert (night.reasons, night.notes, night.error) == ([], [], "")
    assert {page.url for page in night.pages if page.records} == {"posts-2026-09.csv"}


async def test_ndjson_keeps_every_digit_of_ids_and_money(extraction: Make, tmp_path: Path) -> None:
    numbers = '"order_id":123456789012345678901234567890,"revenue":19.90'
    order = f'{{{numbers},"ordered_at":"2026-09-03T10:00:00Z","brand_id":"morrowbean","currency":"EUR"}}'
    (tmp_path / "orders.jsonl").write_text(order + "\n")
    (record,) = (await read(extraction, tmp_path)).records
    assert record.native_id == "123456789012345678901234567890"
    assert record.payload["revenue"] == "19.90"


async def test_parquet_types_become_the_schemas(extraction: Make, tmp_path: Path) -> None:
    pl.DataFrame(
        {
            "id": [1, 2, 3],
            "channel": pl.Series(["blogs", "blogs", "blogs"], dtype=pl.Categorical),
            "name": ["Ada", None, "Bo"],
            "followers": [10.0, float("nan"), 1.5],
            "created_at": [datetime(2020, 1, 1, 1, tzinfo=UTC), None, None],
        }
    ).with_columns(pl.col("created_at").dt.convert_time_zone("Europe/Berlin")).write_parquet(tmp_path / "authors.parquet")
    night = await read(extraction, tmp_path)
    assert [(record.native_id, record.payload["followers"], record.payload["created_at"]) for record in night.records] == [
        ("1", 10, "2020-01-01T01:00:00Z"),
        ("2", None, None),
        ("3", None, None),
    ]
    assert night.reasons == [
        "authors.parquet row 3: column followers: '1.5' is not a whole number from 0; the cell is left empty, the row is kept"
    ]


async def test_follows_are_known_by_both_ends(extraction: Make, tmp_path: Path) -> None:
    (tmp_path / "follows.csv").write_text("follower_id,followed_id\na b,c\na,b c\n")
    assert [record.native_id for record in (await read(extraction, tmp_path)).records] == ["a%20b c", "a b%20c"]


@pytest.mark.parametrize(
    ("column", "value", "expected"),
    [
        ("channel", "radio", "is not one of blogs, message_boards"),
        ("published_at", "yesterday", "is not a time with its zone such as 2026-09-01T10:00:00Z"),
        ("published_at", "2026-09-03T10:00:00", "is not a time with its zone"),
        ("published_at", "9999-12-31T23:59:59-05:00", "is not a time with its zone"),
        ("id", "", "is empty, expected text"),
        ("id", "review:1", "is not text that does not begin with review:"),
    ],
)
async def test_a_bad_value_is_rejected_with_file_place_column_value_and_what_is_expected(
    extraction: Make, tmp_path: Path, column: str, value: str, expected: str
) -> None:
    bad = {**POST, "id": "p2", column: value}
    (tmp_path / "posts.ndjson").write_text("\n".join(map(json.dumps, [POST, bad])))
    night = await read(extraction, tmp_path)
    assert [record.native_id for record in night.records] == ["p1"]
    (reason,) = night.reasons
    assert reason.startswith(f"posts.ndjson line 2: column {column}: ")
    assert expected in reason
    assert value[:80] in reason


async def test_all_faults_of_a_row_are_named_and_its_values_kept(extraction: Make, tmp_path: Path) -> None:
    (tmp_path / "posts.csv").write_text(POSTS + "p1,radio,,2026-09-03T10:00:00Z,,x\n")
    (page,) = [page for page in (await read(extraction, tmp_path)).pages if page.rejected]
    (rejected,) = page.rejected
    assert [part.split(":")[0] for part in rejected.reason.removeprefix("posts.csv line 2: ").split("; ")] == [
        "column channel",
        "column author_id",
        "column likes",
    ]
    assert rejected.payload == dict(zip(POSTS.strip().split(","), ["p1", "radio", "", "2026-09-03T10:00:00Z", "", "x"], strict=True))


async def test_ragged_rows_are_rejected_by_line(extraction: Make, tmp_path: Path) -> None:
    (tmp_path / "posts.csv").write_text(
        POSTS + 'p1,blogs,a1,2026-09-03T10:00:00Z,"two\nlines",1\np2,blogs\np3,blogs,a1,2026-09-03T10:00:00Z,,1,9\n'
    )
    night = await read(extraction, tmp_path)
    assert [record.native_id for record in night.records] == ["p1"]
    assert night.reasons == ["posts.csv line 4: has 2 fields, expected 6", "posts.csv line 5: has 7 fields, expected 6"]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("[1]", "a list or a single value"),
        ('{"id": ', "is not a JSON object"),
        ('{"id": {"a": 1}}', "column id holds dict"),
        ('{"id": "\\ud800"}', "surrogates not allowed"),
        ('{"likes": NaN}', "NaN is no JSON value"),
        ("[" * 100_000, "is not a JSON object"),
    ],
)
async def test_lines_that_are_no_row_are_rejected(extraction: Make, tmp_path: Path, line: str, reason: str) -> None:
    (tmp_path / "posts.ndjson").write_text(f"{line}\n\n{json.dumps(POST)}\n")
    night = await read(extraction, tmp_path)
    assert [record.native_id for record in night.records] == ["p1"]
    assert night.reasons[0].startswith("posts.ndjson line 1: is not a JSON object of plain values")
    assert reason in night.reasons[0]


GOOD = POSTS + "p1,blogs,a1,2026-09-03T10:00:00Z,,1\n"


async def test_a_cell_may_hold_an_article(extraction: Make, tmp_path: Path) -> None:
    text = "A long one. " * 20_000
    (tmp_path / "posts.csv").write_text(f"id,channel,author_id,published_at,text\np1,blogs,a,2026-09-01T00:00:00Z,{text}\n")
    night = await read(extraction, tmp_path)
    assert [record.payload["text"] for page in night.pages for record in page.records] == [text]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("posts.csv", b"id,channel,author_id\n1,blogs,a\n", "posts.csv has no column published_at: its columns are id, channel, author_id"),
        ("posts.csv", b"", "posts.csv has no column id, channel"),
        ("posts.csv", b"id,id,channel\n", "posts.csv line 1 names a column twice"),
        ("posts.csv", (GOOD + "p2,blogs,caf").encode() + b"\xe9", "posts.csv line 3: byte 0xe9 at position 13 is not UTF-8"),
        ("posts.csv", GOOD.encode("utf-16"), "posts.csv line 1: byte 0xff at position 1 is not UTF-8"),
        ("posts.csv", (GOOD + '"p2"x,blogs\n').encode(), "posts.csv line 3: not CSV from here on"),
        ("posts.csv", (GOOD + '"never closed\n' + "x" * 200_000).encode(), "posts.csv line 4: not CSV from here on: unexpected end"),
        ("posts.ndjson", b"x" * (16 * 2**20 + 1), "posts.ndjson line 1 is longer than 16777216 bytes"),
        ("posts.parquet", b"PAR1 but not really", "posts.parquet cannot be read as Parquet"),
    ],
)
async def test_a_file_that_cannot_be_read_is_named_and_keeps_no_other_back(
    extraction: Make, tmp_path: Path, name: str, content: bytes, message: str
) -> None:
    (tmp_path / name).write_bytes(content)
    (tmp_path / "posts-other.ndjson").write_text(json.dumps({**POST, "id": "other"}))
    night = await read(extraction, tmp_path)
    assert message in night.error
    assert "other" in [record.native_id for record in night.records]
    assert str(tmp_path) not in night.error


async def test_parquet_without_a_required_column_or_with_nested_ones_is_named(extraction: Make, tmp_path: Path) -> None:
    pl.DataFrame({"id": ["1"]}).write_parquet(tmp_path / "authors.parquet")
    pl.DataFrame({"follower_id": [["1"]], "followed_id": ["2"]}).write_parquet(tmp_path / "follows.parquet")
    night = await read(extraction, tmp_path)
    assert "authors.parquet has no column channel" in night.error
    assert "follows.parquet cannot be read as Parquet" in night.error


async def test_unknown_columns_and_other_files_are_noted(extraction: Make, tmp_path: Path) -> None:
    (tmp_path / "posts.ndjson").write_text(json.dumps({**POST, "mood": "glad"}))
    (tmp_path / "readme.txt").write_text("hello")
    (tmp_path / "posts.json").write_text("[]")
    (tmp_path / "authors.csv").mkdir()
    night = await read(extraction, tmp_path)
    assert len(night.records) == 1
    assert "mood" not in night.records[0].payload
    assert [note.split(" ")[0] for note in night.notes] == ["authors.csv", "posts.json", "readme.txt", "posts.ndjson:"]
    assert night.notes[-1].endswith("left out: mood")


async def test_a_link_out_of_the_folder_is_not_followed(extraction: Make, tmp_path: Path) -> None:
    folder = tmp_path / "exports"
    folder.mkdir()
    (tmp_path / "secret.ndjson").write_text(json.dumps(POST))
    (folder / "posts.ndjson").symlink_to(tmp_path / "secret.ndjson")
    night = await read(extraction, folder)
    assert night.records == []
    assert night.notes == ["posts.ndjson is not read: it is no file in this folder"]


async def test_only_new_and_changed_files_are_read_again(extraction: Make, tmp_path: Path) -> None:
    for name in ("posts-a.ndjson", "posts-b.ndjson"):
        (tmp_path / name).write_text(json.dumps({**POST, "id": name}) + "\n")
    first = await read(extraction, tmp_path)
    assert len(first.records) == 2
    assert (await read(extraction, tmp_path, cursor=first.cursor)).records == []
    changed = tmp_path / "posts-b.ndjson"
    changed.write_text(changed.read_text() * 2)
    second = await read(extraction, tmp_path, cursor=first.cursor)
    assert [record.native_id for record in second.records] == ["posts-b.ndjson"] * 2
    os.utime(changed, (1, 1))
    assert len((await read(extraction, tmp_path, cursor=second.cursor)).records) == 2


async def test_rows_of_a_later_night_wait_and_absurd_times_are_not_believed(extraction: Make, tmp_path: Path) -> None:
    times = {"now": "2026-09-30T23:59:59Z", "later": "2026-10-01T00:00:00Z", "old": "0001-01-01T00:00:00Z", "far": "9999-01-01T00:00:00Z"}
    rows = [{**POST, "id": name, "published_at": time} for name, time in times.items()]
    (tmp_path / "posts.ndjson").write_text("\n".join(map(json.dumps, rows)))
    night = await read(extraction, tmp_path)
    assert {record.native_id: record.published_at for record in night.records} == {
        "now": datetime(2026, 9, 30, 23, 59, 59, tzinfo=UTC),
        "old": None,
        "far": None,
    }
    assert [record.payload["published_at"] for record in night.records[1:]] == [times["old"], times["far"]]
    assert night.notes == ["posts.ndjson: 1 rows are of a later night; it is read again then"]
    next_night = Window(datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 10, 2, tzinfo=UTC))
    assert "later" in {record.native_id for record in (await read(extraction, tmp_path, cursor=night.cursor, window=next_night)).records}


@pytest.mark.parametrize("kind", ["csv", "ndjson", "parquet"])
async def test_large_files_come_in_pages_of_5000(extraction: Make, tmp_path: Path, kind: str) -> None:
    rows = pl.DataFrame({"follower_id": [str(number) for number in range(12_001)]}).with_columns(followed_id=pl.lit("x"))
    getattr(rows, f"write_{kind}")(tmp_path / f"follows.{kind}")
    night = await read(extraction, tmp_path)
    assert [len(page.records) for page in night.pages if page.records] == [5_000, 5_000, 2_001]
    assert len({record.native_id for record in night.records}) == 12_001


async def test_check_lists_files_and_columns(extraction: Make, tmp_path: Path) -> None:
    (tmp_path / "posts.csv").write_text(GOOD)
    (tmp_path / "follows.ndjson").write_text("")
    found = await SOURCE.check(extraction(SOURCE, no_request, path=tmp_path))
    assert found == "follows.ndjson (no rows); posts.csv (id, channel, author_id, published_at, text, likes)"


@pytest.mark.parametrize("folder", ["", "nowhere"])
async def test_check_says_what_is_wrong_with_the_folder(extraction: Make, tmp_path: Path, folder: str) -> None:
    with pytest.raises(SourceError, match=r"posts\.csv"):
        await SOURCE.check(extraction(SOURCE, no_request, path=tmp_path / folder))


def test_the_schema_holds_together() -> None:
    assert set(SOURCE.entities) == set(SCHEMA) == set(KEYS)
    for entity, columns in SCHEMA.items():
        names = [column.name for column in columns]
        assert len(set(names)) == len(names)
        assert all(column.type in TYPES and column.description.endswith(".") for column in columns)
        assert {column.name for column in columns if column.required} >= set(KEYS[entity])
        assert TIMES.get(entity, names[0]) in names
