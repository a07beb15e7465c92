"""A warehouse that took in night after night is what it would be if all of it were built anew."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
import pytest

from tests.dbt_project.dbt import Dbt
from tests.dbt_project.nights import FEED, Nights

pytestmark = pytest.mark.slow

PLATFORMS = ("files", "feeds", "wordpress", "mastodon", "podcast_index", "podcast_feeds", "signals", "ops")
CHANGING = [
    *(f"path:models/staging/{platform}" for platform in PLATFORMS),
    "path:models/intermediate",
    "path:models/marts",
    "path:models/ops",
]
SCORE = ["--exclude", "path:models/intermediate/score", "rankings_newest"]
KILLED_BEFORE = ["int_posts+", "fct_engagement+", "int_post_links+"]
COMPARED = (6, 10)


def test_ten_nights_are_what_a_full_refresh_is(nothing: Dbt, tmp_path: Path) -> None:
    dbt = nothing.copy(tmp_path / "nights")
    remembering = with_memory(dbt.manifest)
    nights = Nights(dbt.warehouse, 19)
    for number in range(1, 11):
        nights.pass_by()
        if number in (5, 8):  # dbt is killed between two models, and what the next run reads has gone on since
            dbt.run("run", "--select", *remembering, *SCORE, *KILLED_BEFORE)
            nights.bring()
        dbt.run("run", "--select", *(CHANGING if number in COMPARED else remembering), *SCORE)
        if number in (4, 6, 7):  # told to be gone, told again, gone again
            assert gone_with_the_feed(dbt.warehouse) == (number != 6), number
        if number in COMPARED:
            fresh = dbt.copy(tmp_path / f"fresh-{number}")
            fresh.run("run", "--full-refresh", "--select", *CHANGING, *SCORE)
            assert differences(dbt.warehouse, fresh.warehouse) == {}, number
    facts = {"fct_posts", "fct_mentions", "fct_reach", "fct_adoptions", "fct_conversions", "mart_share_of_voice"}
    assert restricted(dbt.warehouse) >= {"int_posts", "int_metrics", "int_interactions", "mentions_enriched", "mart_voice_daily", *facts}


def with_memory(manifest: Path) -> list[str]:
    """The changing models that go on from what they held, and all that these read: what a night makes of the others is in no later one."""
    written = json.loads(manifest.read_text(encoding="utf-8"))
    models = {key: node for key, node in written["nodes"].items() if node["resource_type"] == "model"}
    found = [key for key, node in models.items() if node["config"]["materialized"] in {"incremental", "keyed"}]
    for key in found:
        found += [read for read in written["parent_map"][key] if read in models and read not in found]
    folders = [f"models/{path.removeprefix('path:models/')}/" for path in CHANGING]
    chosen = [models[key] for key in found if any(models[key]["original_file_path"].startswith(folder) for folder in folders)]
    assert {"int_posts", "dim_authors"} <= {node["name"] for node in chosen}
    return [node["name"] for node in chosen]


def gone_with_the_feed(warehouse: Path) -> bool:
    """Whether all posts of the feed are deleted; none is where the feed is there."""
    with duckdb.connect(warehouse, read_only=True) as connection:
        deleted = "select distinct is_deleted from intermediate.int_posts where container_id = ?"
        ((is_deleted,),) = connection.execute(deleted, [f"feeds:{FEED}"]).fetchall()
    return bool(is_deleted)


def differences(one: Path, other: Path) -> dict[str, list[tuple[object, ...]]]:
    """Rows of each table that only one of two warehouses holds, three at most of each; sums of floats are compared to nine places."""
    found = {}
    with duckdb.connect(one, read_only=True) as connection:
        connection.execute(f"set timezone = 'UTC'; attach '{other}' as other (read_only)")
        tables = connection.execute(
            """
            select schema_name, table_name, list(case when data_type = 'DOUBLE' then format('round({0}, 9) as {0}', column_name)
                else column_name end order by column_index)
            from duckdb_columns()
            where database_name != 'other' and schema_name in ('intermediate', 'marts', 'ops') and not table_name in ('builds', 'changes')
                and (schema_name, table_name) in (select (schema_name, table_name) from duckdb_tables())
            group by all order by all
            """
        ).fetchall()
        for schema, table, columns in tables:
            here, there = (f"select {', '.join(columns)} from {place}{schema}.{table}" for place in ("", "other."))
            rows = connection.execute(f"({here} except all {there} limit 3) union all ({there} except all {here} limit 3)").fetchall()
            if rows:
                found[f"{schema}.{table}"] = rows
    assert len(tables) > 60
    return found


def restricted(warehouse: Path) -> set[str]:
    """The models whose last builds told single keys: those were not built whole."""
    with duckdb.connect(warehouse, read_only=True) as connection:
        rows = connection.execute("select model from intermediate.changes where key is not null and build > 5 group by all").fetchall()
    return {model for (model,) in rows}
