"""An account of each of several platforms becomes a node without a name: what is held, and what sources would bring, stage as before."""

from __future__ import annotations

import json
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from connectors.source import Page, Record
from orchestration.privacy.identifiers import collect
from orchestration.privacy.persons import find
from orchestration.privacy.redaction import Redactor
from orchestration.privacy.suppression import Suppression, suppress
from orchestration.privacy.tables import erase, hits
from orchestration.privacy.unnaming import unnamed
from orchestration.warehouse.score_tables import UNNAMED
from orchestration.warehouse.warehouse import Warehouse
from tests.dbt_project.dbt import Dbt

pytestmark = pytest.mark.slow

CHOSEN = """
with written as (
    select platform_id, author_id, count(parent_post_id) as answers
    from marts.fct_posts inner join marts.dim_authors using (author_id, platform_id) where is_current group by all
)
select platform_id, min(author_id) from written group by platform_id
union
select platform_id, min_by(author_id, (-answers, author_id)) from written group by platform_id order by all
"""
"""An author of each platform, and the one who answers most."""
POSTS = """
select platform_id, count(*), count(distinct published_at), count(parent_post_id), min(published_at), max(published_at)
from intermediate.int_posts where {} group by platform_id order by platform_id
"""


def raw(connection: Any) -> dict[tuple[str, str, str], tuple[str, str]]:
    tables = connection.execute(
        "select schema_name, table_name from duckdb_columns() where starts_with(schema_name, 'raw_') and column_name = 'payload' "
        "and schema_name not in ('raw_ops', 'raw_home') order by all"
    ).fetchall()
    return {
        (schema.removeprefix("raw_"), table, str(row)): (native, payload)
        for schema, table in tables
        for row, native, payload in connection.execute(f"select rowid, native_id, payload from {schema}.{table}").fetchall()
    }


def test_every_platforms_posts_stage_as_a_nodes_and_new_ones_as_the_same(built: Dbt, tmp_path: Path) -> None:
    dbt = built.copy(tmp_path)
    warehouse = Warehouse(dbt.warehouse)
    with warehouse.connect() as connection:
        chosen = connection.execute(CHOSEN).fetchall()
        mine = f"author_id in ({', '.join(repr(one) for _, one in chosen)})"
        before, held = connection.execute(POSTS.format(mine)).fetchall(), raw(connection)
    assert len({platform for platform, _ in chosen}) >= 6
    redactors = []
    for _, author in chosen:
        with warehouse.connect(write=True) as connection:
            accounts = [one for one in find(connection, author) if one.author_id == author]
            found = collect(connection, [author], accounts[0].person_id, is_whole=False)
            number = suppress(tmp_path, accounts, found, date(2026, 10, 1), "object")
            redactors.append(Redactor(unnamed(found, accounts, number)))
            erase(connection, redactors[-1])
    with warehouse.connect() as connection:
        assert [(redactor.identifiers.authors, count) for redactor in redactors if (count := hits(connection, redactor))] == []
        kept = raw(connection)
    suppression = Suppression(tmp_path)
    other = []
    for place, (native, payload) in held.items():
        if UNNAMED in kept[place][0] or UNNAMED in kept[place][1]:
            record = Record(place[1], native, json.loads(payload))
            (new,) = suppression.sifted(Page("https://x", [record]), place[0], Counter()).records
            if (new.native_id, new.payload) != (kept[place][0], json.loads(kept[place][1])):
                other.append((place, (new.native_id, new.payload), kept[place]))
    assert other == []
    dbt.run("build", "--full-refresh", "--exclude-resource-type", "unit_test", "test", "--select", "+int_posts")
    with warehouse.connect() as connection:
        assert connection.execute(POSTS.format(f"contains(author_id, '{UNNAMED}')")).fetchall() == before
        words = "text is not null or title is not null"
        assert (
            connection.execute(
                f"select platform_id, text, title, url from intermediate.int_posts where contains(author_id, '{UNNAMED}') and ({words})"
            ).fetchall()
            == []
        )
