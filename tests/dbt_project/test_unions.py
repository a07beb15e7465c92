"""What all platforms have in common is taken up from every platform: by the name of its staging model, without a line in another one."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from connectors import platforms
from orchestration import settings
from tests.dbt_project.conftest import Query
from tests.dbt_project.dbt import Dbt
from tests.dbt_project.warehouse import PROJECT

pytestmark = pytest.mark.slow

# Columns that make a staging model one of a kind, and what unites the kind.
KINDS = {
    ("post_id", "published_at"): "int_posts",
    ("author_id", "display_name"): "int_authors",
    ("actor_author_id", "target_post_id"): "int_interactions",
    ("follower_author_id", "followed_author_id"): "fct_influence_edges",
    ("order_id", "ordered_at"): "int_orders",
    ("refund_id", "refunded_at"): "int_refunds",
}
OF_NO_KIND = {
    "stg_feeds__feeds": "where entries stand, and whose page a blog is: int_author_addresses",
    "stg_files__reported_conversions": "what Google Analytics counts by its own attribution: no conversion of ours is made of it",
    "stg_lemmy__communities": "where posts stand",
    "stg_mastodon__reblogs": "a part of int_mastodon_interactions",
    "stg_mediawiki__pages": "where revisions stand",
    "stg_pageviews__page_views": "how often wiki pages are read: int_mediawiki_page_views",
    "stg_podcast_feeds__transcripts": "a part of int_podcast_episodes",
    "stg_reddit__communities": "where posts stand",
}
PAMPHLETS = """
select load_id, source_name, native_id, 'pamphlets' as platform_id, 'pamphlets:' || native_id as post_id, observed_at, observed_date,
    cast(null as varchar) as ill_typed
from {{ ref('stg_files__posts') }}
"""


@pytest.fixture(scope="module")
def manifest(built: Dbt) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(built.manifest.read_text())
    return loaded


def _models(manifest: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {node["name"]: node for node in manifest["nodes"].values() if node["resource_type"] == "model"}


def _reads(manifest: dict[str, Any], model: str) -> set[str]:
    """The models that one reads, and those that are read by what stands in for staging among them."""
    models = _models(manifest)
    direct = {name.rpartition(".")[2] for name in models[model]["depends_on"]["nodes"]}
    rooms = tuple(f"int_{platform}_" for platform in platforms())
    stand_ins = {name for name in direct & set(models) if name.startswith(rooms) or name == "int_podcast_episodes"}
    return direct.union(*({name.rpartition(".")[2] for name in models[stand_in]["depends_on"]["nodes"]} for stand_in in stand_ins))


def _staged(manifest: dict[str, Any]) -> set[str]:
    return {name for name in _models(manifest) if name.startswith("stg_") and name[4:].partition("__")[0] in platforms()}


def test_every_staging_model_of_a_kind_is_in_its_union(manifest: dict[str, Any], query: Query) -> None:
    found = query("select table_name, list(column_name) from information_schema.columns where table_schema = 'staging' group by all")
    columns = {table: set(names) for table, names in found}
    of_a_kind = set()
    for kind, union in KINDS.items():
        members = {name for name in _staged(manifest) if set(kind) <= columns[name]}
        assert members, kind
        assert members - _reads(manifest, union) == set(), union
        of_a_kind |= members
    assert _staged(manifest) - of_a_kind == set(OF_NO_KIND)


def test_every_staging_model_is_asked_for_what_was_ill_typed(manifest: dict[str, Any]) -> None:
    assert _staged(manifest) - _reads(manifest, "ops_quarantine") == set()


def test_all_metrics_that_models_name_are_united(manifest: dict[str, Any], built: Dbt) -> None:
    compiled = built.folder / "target" / "compiled" / "groundswell" / "models" / "intermediate"
    united = "".join((compiled / f"{name}.sql").read_text() for name in ("int_metrics", "int_author_metrics"))
    named = {name: node["config"]["meta"]["metrics"] for name, node in _models(manifest).items() if "metrics" in node["config"]["meta"]}
    assert len(named) == 63
    for name, metrics in named.items():
        assert f"unnest([{', '.join(metrics)}]) as value\n    from (\n        select * from" in united, name
        assert f'."{name}"\n' in united, name


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project that pretend platforms can be added to."""
    return Path(
        shutil.copytree(PROJECT, tmp_path_factory.mktemp("scratch") / "dbt_project", ignore=shutil.ignore_patterns("target", "logs"))
    )


def _dbt(project: Path, *arguments: str, models: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"GROUNDSWELL_WAREHOUSE": str(project.parent / "warehouse.duckdb"), "GROUNDSWELL_MODELS": models}
    command = [str(Path(sys.executable).with_name("dbt")), "--no-use-colors", *arguments, "--profiles-dir", "."]
    return subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, check=False)


def test_a_new_platform_is_taken_up_and_an_old_one_let_go_though_dbt_parses_only_what_changed(
    scratch: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "DBT_PROJECT", scratch)
    without = settings.room_models()
    room = scratch / "models" / "staging" / "pamphlets"

    def read_by_posts(models: str) -> set[str]:
        done = _dbt(scratch, "parse", models=models)
        assert done.returncode == 0, done.stdout
        return _reads(json.loads((scratch / "target" / "manifest.json").read_text()), "int_posts")

    assert "stg_pamphlets__posts" not in read_by_posts(without)
    room.mkdir()
    (room / "stg_pamphlets__posts.sql").write_text(PAMPHLETS)
    assert "stg_pamphlets__posts" in read_by_posts(settings.room_models())
    compiled = _dbt(scratch, "compile", "--select", "int_refunds", models=without)
    assert "GROUNDSWELL_MODELS does not name stg_pamphlets__posts" in compiled.stdout
    shutil.rmtree(room)
    assert "stg_pamphlets__posts" not in read_by_posts(without)


def test_without_the_models_names_dbt_says_what_to_do(scratch: Path) -> None:
    assert 'GROUNDSWELL_MODELS is not set: export GROUNDSWELL_MODELS="$(make models)"' in _dbt(scratch, "parse", models="").stdout
