"""What Dagster loads: a file that mixes assets with a @definitions function would lose its assets without a word."""

from __future__ import annotations

import json
import sys
from functools import cache
from pathlib import Path

import pytest

from connectors import platforms
from orchestration.home.tables import TABLES as HOME_TABLES
from orchestration.settings import DBT_PROJECT, ROOT, Settings
from orchestration.warehouse.manifest import prepared_manifest
from orchestration.warehouse.score_tables import TABLES
from tests.homes import make_sandbox_home
from tests.processes import start

NOT_DBT = {f"marts/{table}" for table in TABLES} | {
    "published/database", "published/groundswell", "published/report", "raw/attribution/adoption_credits", "raw/attribution/impacts",
    "raw/attribution/influence_credits", "raw/attribution/touch_credits", "raw/scores/authenticity",
    "raw/scores/communities", "raw/scores/missed_nights",
    "raw/scores/nights", "raw/ops/cursors", "raw/ops/quarantine", "raw/ops/source_runs", "raw/ops/tombstones",
    "raw/ops/kept_sightings", "raw/ops/redactions", "raw/ops/withheld",
    "raw/signals/answers", "raw/signals/mentions", "raw/signals/posts", "ops/retention",
}  # fmt: skip


@pytest.fixture(scope="module")
def listed(tmp_path_factory: pytest.TempPathFactory) -> list[list[str]]:
    home = make_sandbox_home(tmp_path_factory.mktemp("home"))
    environment = {
        "GROUNDSWELL_HOME": str(home),
        "PATH": str(Path(sys.executable).parent) + ":/usr/bin:/bin",
    }
    done = start("tests.orchestration.list_definitions", environment=environment).finish()
    assert done.returncode == 0, done.stderr
    return [line.split() for line in done.stdout.splitlines()]


def test_the_assets_are_exactly_these(listed: list[list[str]]) -> None:
    models = {f"{_schema(path)}/{path.stem}" for path in (DBT_PROJECT / "models").rglob("*.sql")}
    seeds = {f"staging/{path.stem}" for path in (DBT_PROJECT / "seeds").glob("*.csv")}
    home = {f"raw/home/{name}" for name in HOME_TABLES}
    raw = {f"raw/{source.platform}/{entity}" for source in platforms().values() for entity in source.entities}
    assert set(listed[0]) == models | seeds | raw | home | NOT_DBT


def test_the_nightly_job_has_these_steps(listed: list[list[str]]) -> None:
    assert set(listed[1]) == {
        "extract", "home", "withhold", "build_posts", "signals", "build_marts", "communities", "raw__scores__missed_nights",
        "raw__scores__authenticity", "build_scores",
        "score", "attribution", "build_results", "published__groundswell",
        "published__report", "published_database", "ops__retention",
        "marts__influencer_rankings_people_are_ranked_once", "marts__influencer_rankings_ranked_people_are_known",
        "marts__influencer_rankings_components_sum_to_the_impact", "marts__fct_influence_credits_credits_sum_to_one",
    }  # fmt: skip


def test_the_schedule_and_the_resources(listed: list[list[str]]) -> None:
    assert listed[2] == ["nightly_schedule", "installation"]


def test_every_asset_has_a_group_a_description_an_owner_and_kinds(listed: list[list[str]]) -> None:
    assert listed[3] == []


def test_what_people_read_in_the_morning_has_to_be_fresh(listed: list[list[str]]) -> None:
    assert listed[4] == ["published/groundswell", "published/report"]


def test_the_sensors_that_tell_people_are_on(listed: list[list[str]]) -> None:
    assert listed[5] == ["night_failed:RUNNING", "night_late:RUNNING", "night_published:RUNNING"]


@pytest.mark.parametrize("platform", platforms())
def test_a_platform_is_known_everywhere(platform: str) -> None:
    source = platforms()[platform]
    staging = {path.stem for path in (DBT_PROJECT / "models" / "staging" / platform).glob("*.sql")}
    assert staging == {f"stg_{platform}__{entity}" for entity in source.entities}
    assert f"| `{platform}` |" in (ROOT / "connectors" / "README.md").read_text(encoding="utf-8")
    assert f"\n{platform}," in (DBT_PROJECT / "seeds" / "platforms.csv").read_text(encoding="utf-8")
    assert {f"stg_{platform}__{entity}" for entity in source.entities} <= set(_read_by_models())
    assert all(line.startswith("One row per ") for line in source.entities.values())


@cache
def _read_by_models() -> frozenset[str]:
    """What models outside of staging read; tests/dbt_project/test_unions.py says which has to read what."""
    manifest = json.loads(prepared_manifest(Settings()).read_text(encoding="utf-8"))
    readers = [node for node in manifest["nodes"].values() if node["resource_type"] == "model" and node["schema"] != "staging"]
    return frozenset(name.rpartition(".")[2] for node in readers for name in node["depends_on"]["nodes"])


def _schema(path: Path) -> str:
    return path.relative_to(DBT_PROJECT / "models").parts[0]
