"""Reviews from files: our own schema, and what review tools export."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from connectors.extraction import Extraction
from connectors.files.review_exports import moment
from connectors.files.schema import SCHEMA
from connectors.files.source import SOURCE
from connectors.source import SourceError
from tests.connectors.files.test_files import Night, no_request, read

Make = Callable[..., Extraction]

JUDGE_ME = (
    "title,body,rating,review_date,source,curated,reviewer_name,reviewer_email,product_id,product_handle,reply,reply_date,picture_urls,"
    "ip_address,location,metaobject_handle"
)
WRITTEN = {
    "title": "Quiet", "body": "Wakes nobody,\neven at six.", "rating": "5", "review_date": "2026-09-02 06:30:00 UTC", "curated": "ok",
    "reviewer_name": "Nell P.", "reviewer_email": "nell@home.example", "product_id": "7001", "product_handle": "press",
    "ip_address": "198.51.100.7",
}  # fmt: skip
YOTPO = "Review ID,Review Score,Review Title,Review Content,Date,Product ID,Product URL,Display Name,Email,Review Type,Votes Up\n"
SCORED = '81,4,Snug,"Runs small, buy larger",2026-09-03,sku-9,https://shop.example/sku-9,Odd,odd@home.example,product,6\n'
SHOWN: dict[str, Any] = {
    "id": 5001, "title": "Soft", "body": "Like a cloud", "rating": 4, "product_external_id": 7002, "product_handle": "buds",
    "reviewer": {"id": 31, "external_id": 90, "name": "Pia", "email": "pia@home.example", "phone": "+1 555"}, "source": "web",
    "curated": "not-yet", "published": True, "hidden": False, "verified": "buyer", "created_at": "2026-09-04T08:00:00+02:00",
    "updated_at": "2026-09-05T08:00:00+02:00", "ip_address": "198.51.100.8", "pictures": [{"urls": {"small": "https://a.example/s"}}],
}  # fmt: skip


def judge_me(*rows: dict[str, str], header: str = JUDGE_ME) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, header.split(","), restval="")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


async def night_of(make: Make, folder: Path, name: str, content: str | list[Any] | dict[str, Any]) -> Night:
    (folder / name).write_text(content if isinstance(content, str) else json.dumps(content), "utf-8")
    return await read(make, folder)


def kept(night: Night) -> str:
    """All that would be stored."""
    return json.dumps(
        [[page.notes, [r.payload for r in page.records], [[r.reason, r.payload] for r in page.rejected]] for page in night.pages]
    )


async def test_reviews_in_our_own_schema(extraction: Make, tmp_path: Path) -> None:
    (tmp_path / "reviews.csv").write_text(
        "id,reviewed_at,rating,is_verified_purchase,brand_id,likes,email\nr1,2026-09-02T10:00:00Z,4.5,YES,kestrel,2,a@b.example\n"
    )
    row = {"id": "r2", "reviewed_at": "2026-09-02T10:00:00Z", "rating": 3, "is_verified_purchase": False}
    (tmp_path / "reviews-b.ndjson").write_text(json.dumps(row))
    (tmp_path / "reviews-c.json").write_text(json.dumps([{**row, "id": "r3"}]))
    pl.DataFrame({**row, "id": "r4"}).write_parquet(tmp_path / "reviews-d.parquet")
    night = await read(extraction, tmp_path)
    found = {record.native_id: record.payload for record in night.records}
    assert set(found["r1"]) == {column.name for column in SCHEMA["reviews"]}
    assert [(name, payload["rating"], payload["is_verified_purchase"]) for name, payload in sorted(found.items())] == [
        ("r1", "4.5", True),
        ("r2", "3", False),
        ("r3", "3", False),
        ("r4", "3", False),
    ]
    assert (night.reasons, night.error) == ([], "")
    assert night.notes == ["reviews.csv: columns that the schema does not know are left out: email"]


async def test_judge_mes_csv(extraction: Make, tmp_path: Path) -> None:
    night = await night_of(extraction, tmp_path, "reviews.csv", judge_me(WRITTEN, {**WRITTEN, "product_id": "", "curated": "not-yet"}))
    one, other = night.records
    what = json.dumps(["7001", "2026-09-02T06:30:00Z", "Nell P.", WRITTEN["body"]])
    assert one.native_id == f"judge.me:{hashlib.sha256(what.encode()).hexdigest()}"
    assert one.published_at == datetime(2026, 9, 2, 6, 30, tzinfo=UTC)
    assert {name: value for name, value in one.payload.items() if value is not None} == {
        "id": one.native_id,
        "product_id": "7001",
        "author_name": "Nell P.",
        "rating": "5",
        "title": "Quiet",
        "text": WRITTEN["body"],
        "reviewed_at": "2026-09-02T06:30:00Z",
    }
    assert (other.payload["product_id"], other.native_id == one.native_id) == ("press", False)
    assert (night.reasons, night.error) == ([], "")
    assert "home.example" not in kept(night)
    assert "198.51" not in kept(night)


async def test_the_id_that_is_made_stays_the_same(extraction: Make, tmp_path: Path) -> None:
    first = await night_of(extraction, tmp_path, "reviews.csv", judge_me(WRITTEN))
    same = {**WRITTEN, "rating": "1", "title": "Loud", "review_date": "2026-09-02T06:30:00Z"}
    again = await night_of(extraction, tmp_path, "reviews.csv", judge_me(same, {**WRITTEN, "body": "other"}))
    assert [record.native_id == first.records[0].native_id for record in again.records] == [True, False]


@pytest.mark.parametrize(
    "header",
    [
        YOTPO,
        YOTPO.lower().replace(" ", "_"),
        YOTPO.upper().replace("DATE", " REVIEW  DATE "),
        YOTPO.replace("Product ID", "SKU"),
    ],
)
async def test_yotpos_csv_however_its_header_is_spelled(extraction: Make, tmp_path: Path, header: str) -> None:
    night = await night_of(extraction, tmp_path, "reviews-yotpo.csv", header + SCORED)
    (record,) = night.records
    assert {name: value for name, value in record.payload.items() if value is not None} == {
        "id": "yotpo:81",
        "product_id": "sku-9",
        "author_name": "Odd",
        "rating": "4",
        "title": "Snug",
        "text": "Runs small, buy larger",
        "reviewed_at": "2026-09-03T00:00:00Z",
        "likes": 6,
    }
    assert "home.example" not in kept(night)


@pytest.mark.parametrize("document", [{"current_page": 1, "reviews": [SHOWN]}, [SHOWN]])
async def test_judge_mes_json(extraction: Make, tmp_path: Path, document: Any) -> None:
    night = await night_of(extraction, tmp_path, "reviews-2026.json", document)
    (record,) = night.records
    assert {name: value for name, value in record.payload.items() if value is not None} == {
        "id": "judge.me:5001",
        "product_id": "7002",
        "author_id": "judge.me:31",
        "author_name": "Pia",
        "rating": "4",
        "title": "Soft",
        "text": "Like a cloud",
        "reviewed_at": "2026-09-04T06:00:00Z",
        "is_verified_purchase": True,
    }
    (note,) = night.notes
    assert {"reviewer.email", "ip_address", "pictures"} <= set(note.rpartition(": ")[2].split(", "))
    assert "home.example" not in kept(night)
    assert "198.51" not in kept(night)


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ("verified-purchase", True),
        ("admin", True),
        (True, True),
        ("nothing", False),
        ("unconfirmed-buyer", False),
        (False, False),
        (None, None),
    ],
)
async def test_who_bought_is_what_the_tool_verified(extraction: Make, tmp_path: Path, told: Any, expected: bool | None) -> None:
    night = await night_of(extraction, tmp_path, "reviews.json", [{**SHOWN, "verified": told}])
    assert [record.payload["is_verified_purchase"] for record in night.records] == [expected]


async def test_what_is_not_shown_is_left_out_and_counted(extraction: Make, tmp_path: Path) -> None:
    hidden: list[dict[str, Any]] = [{"hidden": True}, {"published": False}, {"curated": "spam"}, {"hidden": "true"}]
    (tmp_path / "reviews-a.json").write_text(json.dumps([SHOWN, *({**SHOWN, **how, "id": n} for n, how in enumerate(hidden))]))
    (tmp_path / "reviews-b.csv").write_text(judge_me({**WRITTEN, "curated": "spam"}))
    (tmp_path / "reviews-c.csv").write_text(
        YOTPO.replace("Review Type", "Review Status") + SCORED.replace("product,", "Rejected,") + SCORED.replace("product,", "Published,")
    )
    night = await read(extraction, tmp_path)
    assert [record.native_id for record in night.records] == ["judge.me:5001", "yotpo:81"]
    assert [note for note in night.notes if "hidden" in note.split(": ")[1]] == [
        "reviews-a.json: 4 reviews that are hidden or not published are left out",
        "reviews-b.csv: 1 reviews that are hidden or not published are left out",
        "reviews-c.csv: 1 reviews that are hidden or not published are left out",
    ]


@pytest.mark.parametrize("name", ["nell@home.example", "Nell <nell@home.example>", "198.51.100.7", "2001:db8::7", "2001:db8:0:0:0:0:0:7"])
async def test_authors_named_by_an_address_stay_nameless(extraction: Make, tmp_path: Path, name: str) -> None:
    (tmp_path / "reviews-a.csv").write_text(judge_me({**WRITTEN, "reviewer_name": name}, {**WRITTEN, "reviewer_name": "Nell @home 1.2"}))
    (tmp_path / "reviews-b.json").write_text(json.dumps([{**SHOWN, "reviewer": {"id": name, "name": name}}]))
    row = {"id": ["r1"], "reviewed_at": ["2026-09-02T10:00:00Z"], "author_id": [name], "author_name": ["Nell"]}
    pl.DataFrame(row).write_parquet(tmp_path / "reviews-c.parquet")
    night = await read(extraction, tmp_path)
    assert [(record.payload["author_id"], record.payload["author_name"]) for record in night.records] == [
        (None, None),
        (None, "Nell @home 1.2"),
        (None, None),
        (None, "Nell"),
    ]
    assert len([note for note in night.notes if note.endswith("1 reviews lose an author who is named by an e-mail or IP address")]) == 3
    assert name not in kept(night)


async def test_reviews_of_a_later_night_wait(extraction: Make, tmp_path: Path) -> None:
    night = await night_of(extraction, tmp_path, "reviews.json", [{**SHOWN, "created_at": "2026-10-01"}])
    assert night.records == []
    assert night.notes[-1] == "reviews.json: 1 rows are of a later night; it is read again then"


async def test_check_names_the_columns_of_exports(extraction: Make, tmp_path: Path) -> None:
    (tmp_path / "reviews.csv").write_text(judge_me(WRITTEN))
    assert "author_name" in await SOURCE.check(extraction(SOURCE, no_request, path=tmp_path))
    (tmp_path / "reviews.csv").write_text("title\n")
    with pytest.raises(SourceError, match="unknown header"):
        await SOURCE.check(extraction(SOURCE, no_request, path=tmp_path))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-09-01 10:00:00 UTC", "2026-09-01T10:00:00Z"),
        ("2026-09-01", "2026-09-01T00:00:00Z"),
        ("2026-09-01 10:00", "2026-09-01T10:00:00Z"),
        ("2026-09-01T10:00:00.250Z", "2026-09-01T10:00:00.250Z"),
        ("2026-09-01T10:00:00-05:00", "2026-09-01T10:00:00-05:00"),
        ("2026-09-01 10:00:00 +0200", "2026-09-01T10:00:00+02:00"),
        ("01/09/2026", "01/09/2026"),
        ("2026-09-01 10:00:00 PST", "2026-09-01 10:00:00 PST"),
    ],
)
def test_times_of_review_tools(text: str, expected: str) -> None:
    assert moment(text) == expected
