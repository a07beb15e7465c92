"""Times in files of every kind, read as what they are: never guessed, and none made up."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import polars as pl
import pytest

from connectors.extraction import Extraction
from connectors.settings import TableDialect
from tests.connectors.files.test_files import POST, read

Make = Callable[..., Extraction]
BERLIN = TableDialect(timezone="Europe/Berlin")


def write(folder: Path, kind: str, told: str | int) -> None:
    if kind == "csv":
        (folder / "posts.csv").write_text(f'{",".join(POST)}\np1,blogs,a1,"{told}"\n')
    elif kind == "ndjson":
        (folder / "posts.ndjson").write_text(json.dumps({**POST, "published_at": told}))
    else:
        pl.DataFrame([{**POST, "published_at": str(told)}]).write_parquet(folder / "posts.parquet")


@pytest.mark.parametrize("kind", ["csv", "ndjson", "parquet"])
@pytest.mark.parametrize(
    ("told", "published"),
    [
        (1789030860, "2026-09-10T09:01:00Z"),
        (1789030860123, "2026-09-10T09:01:00.123Z"),
        ("Thu, 10 Sep 2026 08:00:00 CEST", "2026-09-10T06:00:00Z"),
        ("2026/9/9 15:07:41", "2026-09-09T13:07:41Z"),
        ("9/27/2026 3:07 PM", "2026-09-27T13:07:00Z"),
        ("10 Sep 2026 08:00", "2026-09-10T06:00:00Z"),
        ("2026-09-10 08:00:00 +0530", "2026-09-10T02:30:00Z"),
        ("9/10/2026 3:07 PM", None),
        ("10 Sep 08:00", None),
        ("0000-00-00", None),
        ("10 Sep 2026 08:00 XYZ", None),
    ],
)
async def test_a_time_is_read_in_every_kind_of_file(
    extraction: Make, tmp_path: Path, kind: str, told: str | int, published: str | None
) -> None:
    write(tmp_path, kind, told)
    night = await read(extraction, tmp_path, csv=BERLIN)
    assert [record.payload["published_at"] for record in night.records] == ([published] if published else [])
    assert len(night.reasons) == (published is None)
    assert all(f"column published_at: '{told}' is not a time with its zone" in reason for reason in night.reasons)


@pytest.mark.parametrize("kind", ["csv", "ndjson", "parquet"])
async def test_a_zone_is_asked_for_once(extraction: Make, tmp_path: Path, kind: str) -> None:
    write(tmp_path, kind, "2026-09-10 08:00:00")
    assert (await read(extraction, tmp_path)).records == []
    (record,) = (await read(extraction, tmp_path, csv=BERLIN)).records
    assert record.payload["published_at"] == "2026-09-10T06:00:00Z"


async def test_times_of_parquet_have_their_own_zone_or_the_entrys(extraction: Make, tmp_path: Path) -> None:
    frame = pl.DataFrame([{**POST, "published_at": datetime(2026, 9, 10, 8)}])
    frame.write_parquet(tmp_path / "posts-local.parquet")
    frame.with_columns(pl.lit("p2").alias("id"), pl.col("published_at").dt.replace_time_zone("Asia/Tokyo")).write_parquet(
        tmp_path / "posts-tokyo.parquet"
    )
    night = await read(extraction, tmp_path, csv=BERLIN)
    assert {record.native_id: record.payload["published_at"] for record in night.records} == {
        "p1": "2026-09-10T06:00:00Z",
        "p2": "2026-09-09T23:00:00Z",
    }
