"""What a folder would become is said before it is loaded."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from connectors.files.preview import previews, until
from connectors.settings import TableDialect
from connectors.source import SourceError
from tests.connectors.files.test_exports import BERLIN, EXPORTS

NOW = until(datetime(2026, 9, 30, tzinfo=UTC))


def test_every_file_is_told_as_what_it_is_and_its_rows_add_up(tmp_path: Path) -> None:
    for name in ("shopify_orders.csv", "woocommerce_report.csv", "outbox.json"):
        shutil.copy(EXPORTS / name, tmp_path / name)
    (tmp_path / "stock.csv").write_text("sku,pieces\n")
    (tmp_path / "posts.csv").write_text("id,channel\n")
    (tmp_path / "folder").mkdir()
    found = {each.file: each for each in previews(tmp_path, TableDialect(), NOW)}
    assert list(found) == ["folder", "outbox.json", "posts.csv", "shopify_orders.csv", "stock.csv", "woocommerce_report.csv"]
    orders = found["shopify_orders.csv"]
    assert (orders.recognised, orders.records) == ("Shopify's orders", {"orders": 3, "refunds": 2})
    assert (orders.rows, orders.kept, orders.rejected, orders.left_out, orders.waiting) == (9, 4, 2, 3, 0)
    assert "shopify_orders.csv: 3 orders that are voided or not paid (yet) are left out" in orders.problems
    assert (found["stock.csv"].recognised, found["folder"].recognised) == (None, None)
    assert found["posts.csv"].problems == ["posts.csv has no column author_id, published_at: its columns are id, channel"]
    (asked,) = found["woocommerce_report.csv"].problems
    assert asked.endswith("add csv: {timezone: Europe/Berlin} to the source")
    assert {each.file for each in previews(tmp_path, BERLIN, NOW) if each.records} == {
        "outbox.json", "shopify_orders.csv", "woocommerce_report.csv",
    }  # fmt: skip


def test_a_long_list_of_problems_is_cut_and_counted(tmp_path: Path) -> None:
    (tmp_path / "posts.csv").write_text("id,channel,author_id,published_at\n" + "1,radio,a,2026-09-03T10:00:00Z\n" * 30)
    (found,) = previews(tmp_path, TableDialect(), NOW)
    assert (found.rows, found.rejected, len(found.problems)) == (30, 30, 11)
    assert found.problems[-1] == "posts.csv: 20 more such problems"


def test_what_is_no_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="is not a folder"):
        previews(tmp_path / "nowhere", TableDialect(), NOW)
