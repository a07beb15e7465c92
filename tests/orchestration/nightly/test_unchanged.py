"""A night builds what reads something else than before, and all is as if it had built everything."""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest
from dagster import AssetCheckKey, AssetKey, DagsterInstance

from orchestration.settings import DBT_PROJECT
from orchestration.warehouse import building
from orchestration.warehouse.project import STEPS, Project, read_project
from orchestration.warehouse.warehouse import Warehouse
from tests.homes import make_sandbox_home
from tests.processes import groundswell

pytestmark = pytest.mark.slow

HEAD = "id,channel,author_id,published_at,text,in_reply_to_id\n"
POSTS = (
    "p1,microblogs,ann,2026-09-10T08:00:00Z,The Morrowbean Press is the best press I have had.,\n"
    "p2,microblogs,ben,2026-09-10T10:00:00Z,Just bought the Morrowbean Press.,p1\n"
    "p3,microblogs,cem,2026-09-10T11:00:00Z,My gizmograph broke.,\n"
)
LATER = "p4,microblogs,cem,2026-09-12T08:00:00Z,I love it.,p1\n"
TOLD = "('d1', 'blogs', 'dee', '2026-09-12T09:00:00Z', 'My Morrowbean Press arrived.', null)"
TERM = "morrowbean,,gizmograph,word,,"
SHOP = "  - {name: shop, platform: databases, secrets: {url: SHOP_URL}, queries: {posts: select * from posts}}\n"
"""What the third night asks first: a platform that has told nothing before."""
OWN_TO_A_RUN = {"source_runs", "built", "builds", "changes", "publications", "ops_source_runs"}


@dataclass
class Nights:
    """A home, and which models each of its nights built."""

    home: Path
    built: dict[str, set[str]] = field(default_factory=dict)

    def refresh(self, night: str) -> None:
        now = f"{night[:-2]}{int(night[-2:]) + 1}T02:00:00Z"
        shop = f"sqlite:///{self.home / 'shop.db'}"
        environment = {**os.environ, "GROUNDSWELL_HOME": str(self.home), "GROUNDSWELL_NOW": now, "SHOP_URL": shop}
        done = groundswell("refresh", environment=environment)
        assert done.returncode == 0, done.stderr
        printed = (self.home / "data" / "refresh.log").read_text(encoding="utf-8")
        self.built[night] = set(re.findall(r"OK (?:created|loaded) .*? (?:model|file) \w+\.(\w+)", printed))

    def tables(self) -> Mapping[str, Sequence[Any]]:
        """Without the numbers of loads: sources are asked beside each other, and the first that ends is loaded first."""
        rows = 'select columns(lambda name: name <> \'load_id\') from "{}"."{}" order by all'
        with duckdb.connect(self.home / "data" / "warehouse.duckdb", read_only=True) as connection:
            names = connection.execute("select schema_name, table_name from duckdb_tables() order by all").fetchall()
            return {
                f"{schema}.{table}": connection.execute(rows.format(schema, table)).fetchall()
                for schema, table in names
                if table not in OWN_TO_A_RUN
            }

    def project(self) -> Project:
        return read_project(self.home / "data" / "dbt" / "manifest.json")

    def wanted(self, *rooms: str) -> set[str]:
        """All models and seeds, of platforms' rooms those alone that are always built and these."""
        return {node.name for node in self.project().nodes.values() if node.room in {None, *rooms}}


@pytest.fixture(scope="module")
def nights(tmp_path_factory: pytest.TempPathFactory) -> tuple[Nights, Nights]:
    """A home after a first, an idle and a third night, which brings an edited and a new post, a new term and a platform more.

    And one that built all then.
    """
    home = make_sandbox_home(tmp_path_factory.mktemp("home"), "sources:\n  - {name: world, platform: files, path: exports}\n")
    (home / "exports").mkdir()
    (home / "exports" / "posts.csv").write_text(HEAD + POSTS, encoding="utf-8")
    found = Nights(home)
    found.refresh("2026-09-10")
    found.refresh("2026-09-11")
    (home / "exports" / "posts.csv").write_text(HEAD + POSTS.replace("Just bought", "I returned") + LATER, encoding="utf-8")
    terms = home / "brand_terms.csv"
    terms.write_text(f"{terms.read_text(encoding='utf-8').rstrip()}\n{TERM}\n", encoding="utf-8")
    (home / "sources.yaml").write_text((home / "sources.yaml").read_text(encoding="utf-8") + SHOP, encoding="utf-8")
    with sqlite3.connect(home / "shop.db") as shop:
        shop.executescript(f"create table posts ({HEAD}); insert into posts values {TOLD}")
    shop.close()
    whole = Nights(Path(shutil.copytree(home, home.with_name("whole"), symlinks=True)))
    found.refresh("2026-09-12")
    with duckdb.connect(whole.home / "data" / "warehouse.duckdb") as connection:
        connection.execute("delete from raw_ops.built; delete from raw_ops.built_models; delete from intermediate.builds")
    whole.refresh("2026-09-12")
    return found, whole


def test_the_first_night_builds_all_but_what_platforms_would_tell_that_have_told_nothing(nights: tuple[Nights, Nights]) -> None:
    wanted = nights[0].wanted()
    assert nights[0].built["2026-09-10"] == wanted
    assert {"stg_files__posts", "stg_files__refunds", "stg_feeds__entries", "int_podcast_episodes", "int_posts"} <= wanted
    assert not {"stg_databases__posts", "stg_mastodon__statuses", "int_mastodon_interactions", "int_mediawiki_page_views"} & wanted
    assert len(wanted) < 135


def test_a_platform_that_tells_something_for_the_first_time_is_united_with_the_others(nights: tuple[Nights, Nights]) -> None:
    found = nights[0]
    assert {name for name in found.built["2026-09-12"] if name.startswith("stg_databases__")} == {
        node.name for node in found.project().nodes.values() if node.room == "databases"
    }
    with duckdb.connect(found.home / "data" / "warehouse.duckdb", read_only=True) as connection:
        told = connection.execute("select platform_id, count(*) from marts.fct_posts group by all order by all").fetchall()
    assert told == [("databases", 1), ("files", 4)]


def test_an_idle_night_builds_what_reads_its_date_or_how_its_sources_went(nights: tuple[Nights, Nights]) -> None:
    project = nights[0].project()
    new = {key for key, source in project.sources.items() if source.table in {'"raw_ops"."source_runs"', '"raw_scores"."nights"'}}
    new |= {key for key, source in project.sources.items() if source.schema in {"marts", "raw_attribution"}}  # the night's ranking
    for key, node in project.nodes.items():
        if not new.isdisjoint(node.reads):
            new.add(key)
    idle = nights[0].built["2026-09-11"]
    assert idle <= {project.nodes[key].name for key in new & project.nodes.keys()}
    assert {"ops_source_runs", "int_score_candidates"} <= idle
    assert not {"int_posts", "fct_mentions", "channels", "stg_files__posts", "int_score_night"} & idle


def test_a_night_that_brings_something_ends_as_one_that_builds_all(nights: tuple[Nights, Nights]) -> None:
    found, whole = nights
    assert whole.built["2026-09-12"] == whole.wanted("databases")
    assert {"stg_files__posts", "int_posts", "fct_mentions"} <= found.built["2026-09-12"]
    assert not {"stg_mastodon__statuses", "channels", "stg_files__orders"} & found.built["2026-09-12"]
    tables, all_built = found.tables(), whole.tables()
    assert tables.keys() == all_built.keys()
    for table, rows in tables.items():
        assert rows == all_built[table], table
    assert ("gizmograph",) in {row[3:4] for row in tables["raw_signals.mentions"]}


def test_another_version_of_the_project_builds_all(nights: tuple[Nights, Nights], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = shutil.copyfile(nights[0].home / "data" / "warehouse.duckdb", tmp_path / "warehouse.duckdb")
    asked: list[str] = []
    monkeypatch.setattr(building, "build_models", lambda manifest, names, step: asked.extend(names))
    project, night = nights[0].project(), date(2026, 9, 12)

    def build(project: Project) -> set[str]:
        asked.clear()
        for step in STEPS:
            building.build(Warehouse(path), project, night, step, project.nodes.keys())
        return set(asked)

    # the home's own view of the night came after its ranking, which the frames of the score do not read
    assert build(project) == set()
    assert build(replace(project, version="another")) == nights[0].wanted("databases")
    assert build(replace(project, version="another")) == set()
    with duckdb.connect(path) as connection:
        connection.execute("drop table marts.fct_posts")
    with pytest.raises(duckdb.CatalogException, match="fct_posts"):  # which nobody makes here
        build(replace(project, version="another"))
    assert "fct_posts" in asked


def test_a_rule_that_stops_a_night_stops_the_next_one_too(
    nights: tuple[Nights, Nights], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = Path(shutil.copyfile(nights[0].home / "data" / "warehouse.duckdb", tmp_path / "warehouse.duckdb"))
    monkeypatch.setattr(building, "build_models", lambda manifest, names, step: None)
    with duckdb.connect(path) as connection:
        connection.execute("insert into intermediate.int_posts from intermediate.int_posts limit 1")
        connection.execute("delete from raw_ops.built where key = 'model.groundswell.int_posts'")
    project = nights[0].project()
    for night in (date(2026, 9, 12), date(2026, 9, 13)):
        with pytest.raises(building.RuleBroken, match=r"^1 rows break the rule unique_int_posts_post_id$"):
            building.build(Warehouse(path), project, night, "build_posts", project.nodes.keys())


def test_what_was_not_built_has_no_materialization(nights: tuple[Nights, Nights], monkeypatch: pytest.MonkeyPatch) -> None:
    state = nights[0].home / "data" / "dagster"
    monkeypatch.setenv("DAGSTER_STATE", str(state))
    with DagsterInstance.from_config(str(state)) as instance:
        runs = instance.get_runs()
        for table, count in (("int_posts", 2), ("ops_source_runs", 3), ("stg_feeds__entries", 1), ("stg_mastodon__statuses", 0)):
            schema = "intermediate" if table.startswith("int_") else "staging" if table.startswith("stg_") else "ops"
            told = instance.fetch_materializations(AssetKey([schema, table]), limit=10).records
            assert len(told) == count, table
            assert not count or table == "ops_source_runs" or "dagster/row_count" in told[0].asset_materialization.metadata  # type: ignore[union-attr]
        assert len(runs) == 3
        rules = AssetCheckKey(AssetKey(["intermediate", "int_posts"]), "rules")
        asked = instance.event_log_storage.get_asset_check_execution_history(rules, limit=10)
        assert [one.status.value for one in asked].count("SUCCEEDED") == 2


def test_no_model_answers_otherwise_for_the_same_rows() -> None:
    """What a night leaves out has to be what it would have been: none asks the clock, chance or who runs it."""
    forbidden = re.compile(
        r"\b(now|today|random|uuid|gen_random_uuid|setseed|nextval|current_localtimestamp|get_current_timestamp|version)\s*\("
        r"|\bcurrent_(date|time|timestamp|user)\b|\b(run_started_at|invocation_id|using sample|tablesample)\b",
        re.IGNORECASE,
    )
    files = [path for folder in ("models", "macros") for path in (DBT_PROJECT / folder).rglob("*.sql")]
    found = [f"{path.name}: {match[0]}" for path in files for match in forbidden.finditer(path.read_text(encoding="utf-8"))]
    assert len(files) > 200
    assert found == []
