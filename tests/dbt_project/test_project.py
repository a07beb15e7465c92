"""Rules of the dbt project that hold whatever the data."""

from __future__ import annotations

import json
import re
from typing import Any

import duckdb
import pytest

from orchestration.warehouse.catalog import PUBLISHED_SCHEMAS
from orchestration.warehouse.score_tables import TABLES
from orchestration.warehouse.text_functions import FUNCTIONS
from tests.dbt_project.dbt import Dbt, Parsed
from tests.dbt_project.warehouse import PROJECT

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def manifest(built: Dbt) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(built.manifest.read_text())
    return loaded


def test_unit_tests_pass(built: Dbt) -> None:
    assert "PASS=64 " in built.run("test", "--select", "test_type:unit")  # 63, and the hook that opens the books


def test_no_model_compares_every_row_with_every_other(built: Dbt) -> None:
    """A condition beside the equality of an outer join made int_posts of 300,000 posts take 121 seconds instead of 2."""
    one_row = {"int_unconverted_exposures", "mart_influencer_value"}  # each joins its single newest moment
    few_rows = {"fct_touches", "mart_undisclosed_posts"}  # the links and codes of the home's campaigns
    everything = (built.folder / "target" / "compiled" / "groundswell" / "models").rglob("*.sql")
    compiled = sorted(path for path in everything if not any(folder.suffix == ".yml" for folder in path.parents))  # unit tests
    assert len(compiled) > 150
    with duckdb.connect(built.warehouse) as connection:
        for name, read in FUNCTIONS.items():
            connection.create_function(name, read, ["VARCHAR"], "VARCHAR")
        nested = {
            path.stem
            for path in compiled
            if "BLOCKWISE_NL_JOIN" in connection.execute(f"explain (format json) {path.read_text()}").fetchall()[0][1]
        }
    assert nested <= one_row | few_rows


def test_parses_without_deprecations(parsed: Parsed) -> None:
    told = parsed.told.read_text().lower()
    assert "running with dbt" in told
    assert "deprecat" not in told


def test_dbt_keeps_to_the_memory_allowed(built: Dbt, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GROUNDSWELL_MEMORY", "800MB")
    assert "572.2 MiB" in built.run("show", "--inline", "select current_setting('memory_limit') as told")


def test_what_readers_see_is_described_in_full(manifest: dict[str, Any]) -> None:
    for node in manifest["nodes"].values():
        if node["resource_type"] == "model" and node["schema"] in {"marts", "ops"}:
            assert node["description"].startswith("One row per"), node["name"]
            assert node["contract"]["enforced"], node["name"]
            assert [name for name, column in node["columns"].items() if not column["description"]] == [], node["name"]


def test_nothing_ends_the_script_that_dbt_writes_it_into(built: Dbt) -> None:
    assert "</script" not in built.manifest.read_text().lower()  # `dbt docs generate --static` does not escape it


def test_only_staging_reads_raw_tables(manifest: dict[str, Any]) -> None:
    readers = [
        node["name"]
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model"
        and node["schema"] != "staging"
        and any(name.startswith("source.") for name in node["depends_on"]["nodes"])
    ]
    assert readers == []


def test_sources_are_the_assets_that_extraction_makes(manifest: dict[str, Any]) -> None:
    for source in manifest["sources"].values():
        of_rankings = source["source_name"] == "rankings"
        assert source["config"]["meta"]["dagster"]["asset_key"] == (["marts"] if of_rankings else ["raw", source["source_name"]]) + [
            source["name"]
        ]
        assert source["schema"] == ("marts" if of_rankings else f"raw_{source['source_name']}")


def test_the_tables_of_the_score_are_described_in_full(manifest: dict[str, Any]) -> None:
    described = {source["name"]: source for source in manifest["sources"].values() if source["source_name"] == "rankings"}
    assert set(described) == set(TABLES)
    for name, table in TABLES.items():
        assert described[name]["description"].startswith("One row per"), name
        assert [column for column, entry in described[name]["columns"].items() if entry["description"]] == list(table.columns), name


def test_the_published_file_is_exposed_with_every_table(manifest: dict[str, Any]) -> None:
    tables = {
        unique_id
        for unique_id, node in (manifest["nodes"] | manifest["sources"]).items()
        if node["resource_type"] in {"model", "source"} and node["schema"] in PUBLISHED_SCHEMAS
    }
    assert set(manifest["exposures"]["exposure.groundswell.published"]["depends_on"]["nodes"]) == tables


def test_only_what_no_row_of_input_can_break_stops_a_night(manifest: dict[str, Any]) -> None:
    blocking = {
        (node["attached_node"].rpartition(".")[2], node["column_name"], node["test_metadata"]["name"])
        for node in manifest["nodes"].values()
        if node["resource_type"] == "test" and node["config"]["severity"].lower() != "warn"
    }
    assert blocking == {
        ("int_posts", "post_id", "unique"),
        ("bridge_persons_authors", "author_id", "unique"),
        ("fct_mentions", "mention_id", "unique"),
        ("fct_adoptions", "adoption_id", "unique"),
        ("fct_conversions", "conversion_id", "unique"),
        ("fct_attribution", "credit", "sums_to_one"),
        ("fct_attribution", "revenue", "shares_sum_up"),
        ("fct_attribution", "net_revenue", "shares_sum_up"),
        ("fct_attribution", "net_margin", "shares_sum_up"),
    }
    said = (PROJECT / "README.md").read_text(encoding="utf-8").partition("### What can stop a night")[2]
    assert all(f"{column}`" in said or f".{column}" in said for _, column, _ in blocking)


def test_checks_that_stop_a_night_are_listed() -> None:
    said = (PROJECT / "README.md").read_text(encoding="utf-8").partition("### What can stop a night")[2]
    written = (PROJECT.parent / "orchestration" / "defs" / "checks.py").read_text(encoding="utf-8")
    named = re.findall(r"blocking=True.*\)\ndef (\w+)", written)
    assert len(named) == 4
    assert [name for name in named if f"`{name}`" not in said] == []
