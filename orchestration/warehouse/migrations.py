"""From an older installation's warehouse to this program's: numbered migrations, and staging models that are built anew.

What was fetched, the raw tables of the platforms, is never touched.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import orjson

from orchestration.settings import NotDone
from orchestration.warehouse.warehouse import Warehouse


class WarehouseNewer(NotDone):
    """The warehouse was written by a newer program than this one."""


@dataclass(frozen=True, slots=True)
class Migration:
    """One change of tables that hold what cannot be built again. A number is never used twice, and a released one never changed."""

    number: int
    purpose: str
    apply: Callable[[duckdb.DuckDBPyConnection], None]


@dataclass(frozen=True, slots=True)
class Upgrade:
    """What an upgrade did: the migrations it applied, and the staging models that the next build makes anew from the raw tables."""

    applied: Sequence[Migration]
    rebuilt: Sequence[str]


def _add_signal_columns(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("drop table if exists raw_signals.posts_read")
    added = {
        "mentions": """topic_id varchar, sentence varchar, stance varchar, stance_score float, stance_confidence float, intent varchar,
            intent_confidence float""",
        "posts": """language varchar, language_confidence float, disclosure_class varchar, disclosure_placement varchar,
            disclosure_cue varchar, cue_start integer, cue_end integer, read_at timestamptz""",
    }
    for table, columns in added.items():
        for column in columns.split(","):
            connection.execute(f"alter table if exists raw_signals.{table} add column if not exists {column}")


def _replace_engager_ranking(connection: duckdb.DuckDBPyConnection) -> None:
    old = "select 1 from duckdb_columns() where table_name = 'influencer_rankings' and column_name = 'engager_count'"
    if connection.execute(old).fetchall():
        connection.execute("drop table marts.influencer_rankings")
    connection.execute("alter table if exists marts.dim_score_versions add column if not exists is_current boolean default false")


SEEDS_BEFORE_HOMES = (
    "brand_authors", "brand_terms", "brands", "campaign_codes", "campaign_contacts", "campaign_hold_outs", "campaign_links",
    "campaign_spend", "campaigns", "person_decisions", "products", "topic_terms", "topics", "unit_values",
)  # fmt: skip


def _drop_seeds_of_homes(connection: duckdb.DuckDBPyConnection) -> None:
    for seed in SEEDS_BEFORE_HOMES:
        connection.execute(f"drop table if exists staging.{seed}")


def _add_ends_of_nights(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("alter table if exists raw_scores.nights add column if not exists ends_at timestamptz")


def _add_evidence_class(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("alter table if exists marts.influencer_rankings add column if not exists evidence_class varchar")


def _add_control(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("alter table if exists marts.score_controls add column if not exists control varchar default 'reversed time'")


def _add_adoption_times(connection: duckdb.DuckDBPyConnection) -> None:
    added = {
        "mentions": ("adoption_time varchar", "adopted_at timestamptz", "adopted_from timestamptz", "adopted_until timestamptz"),
        "posts": ("reading_language varchar", "language_source varchar", "source_language varchar"),
    }
    for table, columns in added.items():
        for column in columns:
            connection.execute(f"alter table if exists raw_signals.{table} add column if not exists {column}")


def _add_adoption_probability(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("alter table if exists raw_signals.mentions add column if not exists adoption_probability float")


MIGRATIONS = (
    Migration(1, "signals: columns for topics, stance, intent, language and disclosure", _add_signal_columns),
    Migration(2, "rankings: the ranking by engagers goes, score versions say which is current", _replace_engager_ranking),
    Migration(3, "seeds that have become tables of the home are dropped", _drop_seeds_of_homes),
    Migration(4, "nights: when each ends, in the time zone of the nights", _add_ends_of_nights),
    Migration(5, "rankings: who moved somebody and who is expected to are two lists", _add_evidence_class),
    Migration(6, "controls: which of several each row is", _add_control),
    Migration(7, "signals: when somebody came to have a thing, and in which language it was read", _add_adoption_times),
    Migration(8, "signals: how likely an adoption is", _add_adoption_probability),
)
VERSION = MIGRATIONS[-1].number
BOOKS_OF_MODELS = ("builds", "changes")
"""What dbt writes of what it built from what: macros/keyed.sql."""

BOOKS = """
    create schema if not exists raw_ops;
    create table if not exists raw_ops.migrations (number integer primary key, purpose varchar not null, applied_at timestamptz not null);
    create table if not exists raw_ops.built_models (model varchar primary key, definition varchar not null)
"""


def upgrade(warehouse: Warehouse, manifest: Path, now: datetime) -> Upgrade:
    """Brings the warehouse to this program's version; a second time it does nothing.

    Each migration is a transaction with the row that says that it was applied: killed in between, the next one goes on from there.
    A staging model whose definition is another than the one it was built by is dropped: the next build makes it from all raw rows.

    Raises:
        WarehouseNewer: a newer program has written it; nothing was changed.
    """
    with warehouse.connect(write=True) as connection:
        is_new = not connection.execute("select 1 from duckdb_schemas() where starts_with(schema_name, 'raw_')").fetchall()
        connection.execute(BOOKS)
        done = {number for (number,) in connection.execute("select number from raw_ops.migrations").fetchall()}
        if max(done, default=0) > VERSION:
            raise WarehouseNewer(
                f"{warehouse.path} is of version {max(done)}, written by a newer groundswell; this one knows {VERSION}: install the newer "
                "one again, or restore a backup from before it"
            )
        waiting = [migration for migration in MIGRATIONS if migration.number not in done]
        for migration in waiting:
            connection.begin()
            if not is_new:
                migration.apply(connection)
            connection.execute("insert into raw_ops.migrations values (?, ?, ?)", [migration.number, migration.purpose, now])
            connection.commit()
        return Upgrade(() if is_new else waiting, _drop_changed_models(connection, definitions(manifest)))


def version_of(connection: duckdb.DuckDBPyConnection) -> int:
    """The number of the newest migration that a warehouse has; 0 where it is from before them."""
    known = "select 1 from duckdb_tables() where schema_name = 'raw_ops' and table_name = 'migrations'"
    if not connection.execute(known).fetchall():
        return 0
    ((number,),) = connection.execute("select coalesce(max(number), 0) from raw_ops.migrations").fetchall()
    return int(number)


def _drop_changed_models(connection: duckdb.DuckDBPyConnection, wanted: Mapping[str, str]) -> list[str]:
    built = dict(connection.execute("select model, definition from raw_ops.built_models").fetchall())
    there = {name for (name,) in connection.execute("select table_name from duckdb_tables() where schema_name = 'staging'").fetchall()}
    changed = sorted(model for model, definition in wanted.items() if built.get(model) != definition)
    if not changed:
        return []
    connection.begin()
    for model in changed:
        connection.execute(f'drop table if exists staging."{model}"')
    # whoever has read their rows before asks for those of new loads alone: without its books each is made anew, too
    for (book,) in connection.execute("select table_name from duckdb_tables() where schema_name = 'intermediate'").fetchall():
        if book in BOOKS_OF_MODELS:
            connection.execute(f"delete from intermediate.{book}")
    connection.executemany("insert or replace into raw_ops.built_models values (?, ?)", [[model, wanted[model]] for model in changed])
    connection.commit()
    return [model for model in changed if model in there]


def definitions(manifest: Path) -> dict[str, str]:
    """A hash of each incremental model's SQL and of every macro of the project that it calls, at any depth."""
    written: Mapping[str, Any] = orjson.loads(manifest.read_bytes())
    macros = written["macros"]

    def called(names: Sequence[str], found: dict[str, str]) -> dict[str, str]:
        for name in names:
            if name.startswith("macro.groundswell.") and name not in found:
                found[name] = macros[name]["macro_sql"]
                called(macros[name]["depends_on"]["macros"], found)
        return found

    hashes = {}
    for node in written["nodes"].values():
        if node["resource_type"] == "model" and node["config"]["materialized"] == "incremental":
            parts = [node["raw_code"], *(text for _, text in sorted(called(node["depends_on"]["macros"], {}).items()))]
            hashes[node["name"]] = hashlib.sha256("\0".join(parts).encode()).hexdigest()
    return hashes
