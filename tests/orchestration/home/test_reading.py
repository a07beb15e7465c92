"""The tables of a home: every fault is one line with file, line, column and remedy, and all are told at once."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from orchestration.home.reading import read_home
from orchestration.home.tables import TABLES, HomeError
from orchestration.settings import ROOT

BRANDS = "brand_id,brand_name,category,is_ours\nkestrel,Kestrel,shoes,true\n"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "brands.csv").write_text(BRANDS, encoding="utf-8")
    return tmp_path


def faults(home: Path) -> list[str]:
    with pytest.raises(HomeError) as raised:
        read_home(home, ["mastodon", "files"])
    return [line.removeprefix(f"{home}/") for line in str(raised.value).splitlines()]


def test_cells_are_typed_and_missing_files_are_empty(home: Path) -> None:
    (home / "campaigns.csv").write_text(
        "\ufeffcampaign_id;campaign_name;brand_id;product_id;starts_on;ends_on;universe\nautumn;Autumn;kestrel;;2026-09-01;;2000\n\n",
        encoding="utf-8",
    )
    (home / "campaign_spend.csv").write_text("campaign_id,kind,amount,currency\nautumn,fee,12.50,EUR\n", encoding="utf-8")
    read = read_home(home, [])
    assert read.tables["campaigns"] == [
        {"campaign_id": "autumn", "campaign_name": "Autumn", "brand_id": "kestrel", "product_id": None, "starts_on": date(2026, 9, 1),
         "ends_on": None, "universe": 2000}
    ]  # fmt: skip
    assert (read.tables["campaign_spend"][0]["amount"], read.tables["campaign_spend"][0]["author_id"]) == (Decimal("12.50"), None)
    assert read.tables["topics"] == []


@pytest.mark.parametrize(
    ("table", "text", "says"),
    [
        ("brands", BRANDS + "kestrel,Again,shoes,true\n", "brands.csv:3: brand_id: the same as in line 2: leave one out"),
        ("brands", BRANDS + "wren,,shoes,yes\n", "brands.csv:3: brand_name: is empty: write a text"),
        ("brands", BRANDS + "wren,,shoes,yes\n", "brands.csv:3: is_ours: 'yes' cannot be read: write true or false"),
        ("brands", "brand_id,brand_name,category,is_ours\n", "brands.csv:1: names no brand: write a line for each brand"),
        ("brands", "brand_id,name\n", "brands.csv:1: has the unknown column 'name': known are brand_id, brand_name, category, is_ours"),
        ("brands", "brand_id,brand_name,is_ours\n", "brands.csv:1: lacks the column category"),
        ("brands", "brand_id,brand_id\n", "brands.csv:1: names the column brand_id twice"),
        ("brands", BRANDS + "wren,Wren, Inc,shoes,true\n", "brands.csv:3: has more cells than the first line, from 'true' on"),
        ("products", "product_id,brand_id,product_name\nglide,kestrl,Glide\n",
         "products.csv:2: brand_id: brands.csv has no brand_id 'kestrl': did you mean kestrel?"),
        ("products", "product_id,brand_id,product_name\nglide,wren,Glide\n",
         "products.csv:2: brand_id: brands.csv has no brand_id 'wren': add it to brands.csv"),
        ("brand_terms", "brand_id,term,kind\nkestrel,kestrel,name\n",
         "brand_terms.csv:2: kind: 'name' is not known: write word, hashtag, handle or domain"),
        ("brand_authors", "platform_id,account,author_kind\ntelegraph,ada,brand\n",
         "brand_authors.csv:2: platform_id: the platforms has no platform_id 'telegraph'"),
        ("campaigns", "campaign_id,brand_id,starts_on\nautumn,kestrel,1.9.2026\n",
         "campaigns.csv:2: starts_on: '1.9.2026' cannot be read: write a day as 2026-09-30"),
        ("campaigns", "campaign_id,brand_id,universe\nautumn,kestrel,many\n", "campaigns.csv:2: universe: 'many' cannot be read: write a"),
        ("campaign_spend", "campaign_id,kind,amount,currency\nautumn,fee,NaN,EUR\n", "campaign_spend.csv:2: amount: 'NaN' cannot be read"),
        ("campaign_codes", "code,campaign_id\nX,winter\n", "campaign_codes.csv:2: campaign_id: campaigns.csv has no campaign_id 'winter'"),
    ],
)  # fmt: skip
def test_a_fault_names_file_line_column_and_remedy(home: Path, table: str, text: str, says: str) -> None:
    (home / f"{table}.csv").write_text(text, encoding="utf-8")
    found = faults(home)
    assert any(fault.startswith(says) for fault in found), found


def test_all_faults_of_all_files_are_told_at_once_in_their_order(home: Path) -> None:
    (home / "products.csv").write_text("product_id,brand_id,product_name\na,x,A\nb,,B\n", encoding="utf-8")
    (home / "campaigns.csv").write_text("campaign_id,brand_id\nautumn,wren\n", encoding="utf-8")
    assert [fault.rpartition(": ")[0].split(": ")[0] for fault in faults(home)] == ["campaigns.csv:2", "products.csv:2", "products.csv:3"]


def test_codes_are_the_same_in_any_case(home: Path) -> None:
    (home / "campaigns.csv").write_text("campaign_id,brand_id\nautumn,kestrel\n", encoding="utf-8")
    (home / "campaign_codes.csv").write_text("code,campaign_id\nRUN10,autumn\nrun10,autumn\n", encoding="utf-8")
    assert faults(home) == ["campaign_codes.csv:3: code, valid_from: the same as in line 2: leave one out"]


def test_a_file_in_another_encoding_names_its_line(home: Path) -> None:
    (home / "brands.csv").write_bytes(BRANDS.encode() + b"cafe,Caf\xe9,drinks,true\n")
    assert faults(home) == ["brands.csv:3: is not UTF-8: save it as CSV UTF-8"]


def test_the_sandboxs_home_is_without_fault() -> None:
    read = read_home(ROOT / "connectors" / "sandbox" / "home", ["mastodon", "linkding", "shaarli"])
    assert set(read.tables) == set(TABLES)
    assert {row["account"]: row["author_kind"] for row in read.tables["brand_authors"]} == {
        "127.0.0.1:8765/linkding": "server",
        "127.0.0.1:8765/shaarli": "server",
    }, "their members share one account"
    assert len(read.tables["brands"]) > 3


def test_a_sku_belongs_to_one_brand_and_a_campaign_ends_after_its_start(home: Path) -> None:
    (home / "brands.csv").write_text(f"{BRANDS}wren,Wren,shoes,false\n", encoding="utf-8")
    (home / "products.csv").write_text(
        "product_id,brand_id,product_name,category,skus\na,kestrel,A,,KK-1|KK-2\nb,kestrel,B,,KK-2\nc,wren,C,,kk-1\n", encoding="utf-8"
    )
    (home / "campaigns.csv").write_text(
        "campaign_id,campaign_name,brand_id,product_id,starts_on,ends_on,universe\nautumn,,kestrel,,2026-09-05,2026-09-01,\n",
        encoding="utf-8",
    )
    assert faults(home) == [
        "campaigns.csv:2: ends_on: 2026-09-01 is before starts_on, 2026-09-05: change one of them",
        "products.csv:4: skus: 'kk-1' is in line 2, too, for another brand: leave it to one",
    ]
