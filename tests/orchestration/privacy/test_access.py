"""What a person is handed who asks what is held of them."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from orchestration.privacy.access import NotExported, export
from orchestration.privacy.identifiers import collect
from orchestration.privacy.persons import find
from orchestration.privacy.redaction import Redactor
from orchestration.warehouse.warehouse import Warehouse
from tests.orchestration.privacy.small_home import NOW, make_small_home
from tests.orchestration.privacy.test_erasure import ABE, VERA


def test_all_that_is_held_is_in_it_with_its_source_and_the_page_is_escaped(tmp_path: Path) -> None:
    hostile = replace(VERA, said="<script>alert(1)</script> has changed my mornings for good")
    home = make_small_home(tmp_path / "home", hostile, ABE)
    folder = tmp_path / "for_vera"
    with Warehouse(home.warehouse).connect() as connection:
        found = find(connection, VERA.url)
        redactor = Redactor(collect(connection, [VERA.author_id], VERA.author_id, is_whole=True))
        counts = export(connection, found, redactor, folder, home.home, NOW)
        with pytest.raises(NotExported, match="new folder"):
            export(connection, found, redactor, folder, home.home, NOW)
    told = json.loads((folder / "data.json").read_text(encoding="utf-8"))
    tables = told["tables"]
    assert counts == {table: len(rows) for table, rows in tables.items()}
    assert told["accounts"][0]["author_id"] == VERA.author_id
    assert [row["native_id"] for row in tables["raw_mastodon.statuses"]] == [VERA.post, ABE.post]  # the other quotes her
    assert tables["raw_mastodon.accounts"][0]["request_url"] == f"https://murmur.example/api/{VERA.native}"
    assert [(row["rank"], row["score"]) for row in tables["marts.influencer_rankings"]] == [(1, 1.5)]
    assert [row["credit"] for row in tables["marts.ranking_evidence"]] == [0.25]
    assert {"raw_ops.quarantine", "raw_ops.tombstones", "raw_ops.cursors", "marts.dim_persons", "marts.fct_spend"} <= tables.keys()
    assert [(row["list"], row["status"], row["note"]) for row in tables["list_members.csv"]] == [("q4", "contacted", f"ask {VERA.name}")]
    page = (folder / "index.html").read_text(encoding="utf-8")
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert VERA.name in page
    assert [(folder / name).stat().st_mode & 0o777 for name in ("data.json", "index.html")] == [0o600, 0o600]
