"""What readers see of the dbt project and the score: published, and reflected by SQLAlchemy through the URL that the README names."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from orchestration.publishing import rankings
from orchestration.publishing.report import page
from orchestration.publishing.superset.bundle import FILES
from orchestration.warehouse.catalog import Catalog, read_catalog
from orchestration.warehouse.score_tables import TABLES
from orchestration.warehouse.warehouse import Warehouse
from tests.dbt_project.dbt import Dbt

pytestmark = pytest.mark.slow

URL = "duckdb:///{path}?access_mode=read_only&enable_external_access=false&lock_configuration=true"
LISTS = {("influencer_rankings", "unusual_signals"), ("ops_source_runs", "notes")}
"""Not scalar in the warehouse; joined to text where they are published."""


@pytest.fixture
def engine(published: Path) -> Iterator[sa.Engine]:
    engine = sa.create_engine(URL.format(path=published))
    yield engine
    engine.dispose()


def test_every_table_and_column_is_reflected_with_its_description(engine: sa.Engine, catalog: Catalog) -> None:
    metadata = sa.MetaData()
    for schema in ("marts", "ops"):
        metadata.reflect(engine, schema=schema)
    tables = {table.name: table for table in metadata.tables.values()}
    assert {name: table.schema for name, table in tables.items()} == {name: entry.schema for name, entry in catalog.items()}
    for name, table in tables.items():
        assert table.comment == catalog[name].description
        assert table.comment.startswith("One row per ")
        assert {column.name: column.comment for column in table.columns} == catalog[name].columns


def test_columns_are_scalar(engine: sa.Engine) -> None:
    inspector = sa.inspect(engine)
    scalar = (sa.String, sa.Integer, sa.Float, sa.Numeric, sa.Boolean, sa.Date, sa.DateTime)
    for schema in ("marts", "ops"):
        for table in inspector.get_table_names(schema):
            for column in inspector.get_columns(table, schema):
                assert isinstance(column["type"], scalar), (table, column["name"], column["type"])


def test_lists_are_joined_and_these_are_all(engine: sa.Engine, built: Dbt) -> None:
    with Warehouse(built.warehouse).connect() as connection:
        nested = r"data_type ~ '.*(\[|STRUCT|MAP).*'"
        query = f"select table_name, column_name from duckdb_columns() where schema_name in ('marts', 'ops') and {nested}"
        found = set(connection.execute(query).fetchall())
    found |= {(name, column) for name, table in TABLES.items() for column, kind in table.columns.items() if "[" in kind}
    assert found == LISTS
    with engine.connect() as connection_:
        assert (
            connection_.execute(sa.text("select distinct unusual_signals from marts.influencer_rankings")).scalar_one()
            == "sudden_followers; few_talkers"
        )
        assert connection_.execute(sa.text("select notes from ops.ops_source_runs")).scalar_one() == "clamped"


def test_keys_are_those_that_are_tested(catalog: Catalog) -> None:
    assert catalog["fct_posts"].key == ("post_id",)
    assert catalog["dim_authors"].key == ("author_id", "valid_from")
    assert catalog["ranking_factors"].key == ("as_of_date", "score_version", "author_id", "factor")
    without = {name for name, entry in catalog.items() if not entry.key}
    assert without == {
        "fct_attribution", "fct_influence_credits", "fct_spend", "mart_voice_daily", "ops_person_links", "ops_referential_gaps",
        "ops_tombstones",
    }  # fmt: skip
    assert all(set(entry.key) <= entry.columns.keys() for entry in catalog.values())


def test_one_name_in_two_schemas_is_refused(built: Dbt, tmp_path: Path) -> None:
    manifest = tmp_path / "manifest.json"
    manifest.write_text(built.manifest.read_text().replace('"name": "ops_tombstones"', '"name": "fct_posts"'))
    with pytest.raises(ValueError, match="two published tables are called fct_posts"):
        read_catalog(manifest)


@pytest.mark.parametrize(
    "query",
    [
        "select * from read_csv('/etc/passwd', header = false, sep = '|')",
        "select * from read_text('/etc/hostname')",
        "from glob('/*')",
        "copy (select 1) to '{folder}/leak.csv'",
        "export database '{folder}/leak'",
        "attach '{folder}/warehouse.duckdb' as w",
        "install httpfs",
        "load httpfs",
        "create secret (type s3)",
        "set enable_external_access = true",
        "set global enable_external_access = true",
        "reset lock_configuration",
        "create table marts.mine as select 1",
        "delete from marts.dim_brands",
        "drop table marts.dim_brands",
    ],
)
def test_the_url_opens_no_door(engine: sa.Engine, published: Path, query: str) -> None:
    with engine.connect() as connection:
        with pytest.raises(sa.exc.DBAPIError, match=r"disabled (by|through) configuration|locked|read-only"):
            connection.execute(sa.text(query.format(folder=published.parent))).fetchall()
        connection.rollback()
        assert connection.execute(sa.text("select count(*) from marts.dim_brands")).scalar_one() > 0
    assert not list(published.parent.glob("leak*"))


def test_exposures_name_what_the_dashboard_and_the_report_read(built: Dbt, catalog: Catalog) -> None:
    manifest = json.loads(built.manifest.read_text())
    sql = "".join(file.read_text() for file in (FILES / "datasets").glob("*.sql"))
    asked = catalog.keys() & set(re.findall(r"(?:marts|ops)\.(\w+)", sql))
    written, opened = (
        catalog.keys() & set(re.findall(r"(?:from|join) (\w+)", "".join(file.read_text() for file in files)))
        for files in (Path(page.__file__).parent.glob("*.py"), [Path(rankings.__file__)])
    )
    named = {
        exposure["name"]: {node.rpartition(".")[2] for node in exposure["depends_on"]["nodes"]}
        for exposure in manifest["exposures"].values()
    }
    assert named["dashboard"] == asked
    assert named["report"] >= written | {"ranking_evidence", "score_backtests"}
    assert named["report"] <= asked | written | opened
