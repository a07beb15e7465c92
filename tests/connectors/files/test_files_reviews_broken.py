"""Reviews from files that cannot be read, wholly or in part."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from connectors.extraction import Extraction
from tests.connectors.files.test_files import read
from tests.connectors.files.test_files_reviews import JUDGE_ME, SCORED, SHOWN, WRITTEN, YOTPO, judge_me, kept, night_of

Make = Callable[..., Extraction]


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("reviews.csv", judge_me({**WRITTEN, "review_date": "02/09/2026"}), "column reviewed_at: '02/09/2026' is not a time with its zone"),
        ("reviews.csv", judge_me({**WRITTEN, "review_date": ""}), "column reviewed_at: is empty"),
        ("reviews.csv", YOTPO + SCORED.replace("81", "", 1), "column id: is empty"),
        ("reviews.ndjson", '{"id": true, "reviewed_at": "2026-09-02T10:00:00Z"}', "column id holds bool"),
        ("reviews.json", [{**SHOWN, "id": {"a": 1}}], "column id holds dict"),
        ("reviews.json", [{**SHOWN, "body": ["x"]}], "column body holds list"),
        ("reviews.json", [{**SHOWN, "rating": True}], "column rating holds bool"),
        ("reviews.json", [{**SHOWN, "created_at": None}], "column reviewed_at: is empty"),
        ("reviews.json", [{**SHOWN, "title": "\ud800"}], "surrogates not allowed"),
        ("reviews.json", [{**SHOWN, "verified": ["buyer"]}], "column verified holds list"),
        ("reviews.json", ["nobody@home.example"], "review 1: is not a JSON object"),
        ("reviews.json", [{"id": "r", "reviewed_at": "2026-09-02T10:00:00Z", "title": ["x"]}], "column title holds list"),
    ],
)
async def test_broken_rows_are_rejected_with_their_place(extraction: Make, tmp_path: Path, name: str, content: Any, reason: str) -> None:
    night = await night_of(extraction, tmp_path, name, content)
    assert (night.records, night.error) == ([], "")
    (told,) = night.reasons
    assert told.startswith(f"{name} {'review 1' if name.endswith('.json') else 'line '}")
    assert reason in told


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (judge_me({**WRITTEN, "rating": "five"}), "column rating: 'five' is not a number"),
        (judge_me({**WRITTEN, "body": "a\x00b"}), "column text: "),
        (YOTPO + SCORED.replace(",6\n", ",-6\n"), "column likes: '-6' is not a whole number"),
        ("id,reviewed_at,is_verified_purchase\nr,2026-09-02T10:00:00Z,perhaps\n", "'perhaps' is not yes or no"),
        ("id,reviewed_at,url\nr,2026-09-02T10:00:00Z,javascript:alert(1)\n", "is not an http:// or https:// address"),
    ],
)
async def test_a_bad_cell_is_empty_and_told_and_the_review_stays(extraction: Make, tmp_path: Path, content: str, reason: str) -> None:
    night = await night_of(extraction, tmp_path, "reviews.csv", content)
    assert (len(night.records), night.error) == (1, "")
    (told,) = night.reasons
    assert told.startswith("reviews.csv line ")
    assert reason in told
    assert told.endswith("; the cell is left empty, the row is kept")


async def test_a_reviewer_who_is_no_object_loses_nothing_else(extraction: Make, tmp_path: Path) -> None:
    night = await night_of(extraction, tmp_path, "reviews.json", [{**SHOWN, "reviewer": "Pia"}, {**SHOWN, "reviewer": None}, SHOWN])
    assert [record.payload["author_id"] for record in night.records] == [None, None, "judge.me:31"]


async def test_rows_that_are_none_are_named_but_not_kept(extraction: Make, tmp_path: Path) -> None:
    (tmp_path / "reviews.csv").write_text(judge_me(WRITTEN) + "Quiet,shifted,nell@home.example\n")
    (tmp_path / "reviews.ndjson").write_text('{"id": "r", "mail": "nell@home.example", \n')
    night = await read(extraction, tmp_path)
    assert [reason[:23] for reason in night.reasons] == ["reviews.csv line 4: has", "reviews.ndjson line 1: "]
    assert len(night.records) == 1
    assert "home.example" not in kept(night)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        (
            "reviews.csv",
            "title,stars,nell@home.example\n",
            "reviews.csv has an unknown header, without id, reviewed_at of the schema; body, rating, review_date, reviewer_name of"
            " Judge.me's export; review_content, review_score, review_date of Yotpo's export: its columns are title, stars, ...",
        ),
        ("reviews.csv", judge_me(header=JUDGE_ME.replace("review_date,", "")), "review_date of Judge.me's export; "),
        ("reviews.csv", "", "reviews.csv has an unknown header"),
        ("reviews.csv", JUDGE_ME + ",title\n", "reviews.csv line 1 names a column twice"),
        ("reviews.json", [{"id": 1, "stars": 5}], "without reviewed_at of the schema; body, rating, created_at of Judge.me's export"),
        ("reviews.json", {"data": []}, "reviews.json holds no reviews: it has to be a list of objects"),
        ("reviews.json", {"reviews": {"id": 1}}, "reviews.json holds no reviews"),
        ("reviews.json", '[{"id": NaN}]', "reviews.json is not JSON: NaN is no JSON value"),
        ("reviews.json", "[" * 100_000, "reviews.json is not JSON"),
        ("reviews.json", "", "reviews.json is not JSON"),
    ],
)
async def test_a_file_that_is_not_known_says_what_it_lacks(extraction: Make, tmp_path: Path, name: str, content: Any, message: str) -> None:
    night = await night_of(extraction, tmp_path, name, content)
    assert message in night.error
    assert (night.records, "home.example" in night.error) == ([], False)


async def test_a_document_that_is_no_utf8_or_too_large_is_named(extraction: Make, tmp_path: Path) -> None:
    (tmp_path / "reviews-a.json").write_bytes(b'["caf\xe9"]')
    with (tmp_path / "reviews-b.json").open("wb") as file:
        file.truncate(64 * 2**20 + 1)
    (tmp_path / "reviews-c.json").write_text("[]")
    night = await read(extraction, tmp_path)
    assert (
        night.error
        == "reviews-a.json is not UTF-8: save the file as UTF-8; reviews-b.json is larger than 67108864 bytes: split it into several files"
    )
    assert set(night.cursor["files"]) == {"reviews-c.json"}
