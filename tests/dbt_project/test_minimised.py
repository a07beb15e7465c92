"""What of people stands in what is published with pseudonyms, on invented posts of every platform."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from orchestration.privacy.matching import Matcher
from orchestration.privacy.pseudonyms import reveal
from orchestration.publishing.minimising import KINDS, Minimising, pseudonym
from orchestration.publishing.superset.bundle import SAFE_URI, write_bundle
from orchestration.warehouse.catalog import Catalog
from orchestration.warehouse.publication import publish_file
from orchestration.warehouse.warehouse import Warehouse, open_published
from tests.dbt_project.dbt import Dbt
from tests.dbt_project.test_dashboard import queries

pytestmark = pytest.mark.slow

KEY = b"k" * 32
TEXTS = """
select schema_name, table_name, column_name from duckdb_columns()
where schema_name in ('marts', 'ops') and data_type in ('VARCHAR', 'JSON') order by all
"""


@pytest.fixture(scope="module")
def minimised(published: Path, catalog: Catalog) -> Path:
    target = published.with_name("minimised.duckdb")
    publish_file(Warehouse(published.with_name("warehouse.duckdb")), target, catalog, Minimising(KEY))
    return target


def read(path: Path, query: str) -> list[tuple[object, ...]]:
    with duckdb.connect(str(path), read_only=True) as connection:
        return connection.execute(query).fetchall()


def cells(path: Path) -> Iterator[tuple[str, str, str]]:
    """Table, column and text of every cell with one."""
    with duckdb.connect(str(path), read_only=True) as connection:
        for schema, table, column in connection.execute(TEXTS).fetchall():
            for (text,) in connection.execute(
                f'select distinct "{column}" from "{schema}"."{table}" where "{column}" is not null'
            ).fetchall():
                yield table, column, str(text)


def test_every_column_of_text_says_what_of_people_it_holds(built: Dbt, published: Path, catalog: Catalog) -> None:
    missing = [
        f"{table}.{column}" for _, table, column in read(published, TEXTS) if catalog[str(table)].personal.get(str(column)) not in KINDS
    ]
    assert missing == [], f"say in the column's yml what of people it holds, `config: {{meta: {{personal: …}}}}`, one of {KINDS}"


def theirs(published: Path) -> tuple[set[str], Matcher]:
    """Names and handles of everybody, and their ids and addresses, to be looked for in texts."""
    ids = {str(one) for (one,) in read(published, "select author_id from marts.dim_authors union select post_id from marts.fct_posts")}
    named = {str(one) for (one,) in read(published, "select unnest([handle, display_name]) from marts.dim_authors") if one}
    addresses = {str(one) for (one,) in read(published, "select url from marts.dim_authors union select url from marts.fct_posts") if one}
    natives = {end for one in ids if len(end := one.partition(":")[2]) >= 12 and not re.search(r"\s", end)}
    plain = {re.sub(r"^https?://(www\.)?", "", one).rstrip("/") for one in addresses}
    return named, Matcher(dict.fromkeys(ids | natives | {one for one in addresses | plain if len(one) >= 12}, "-"))


def test_nobody_is_named_and_no_address_is_left(published: Path, minimised: Path) -> None:
    named, certain = theirs(published)
    left = [(table, column, text) for table, column, text in cells(minimised) if text in named or certain.spans(text)]
    assert [one for one in left if one[1] not in ("campaign_name", "brand_name", "product_name", "category", "term", "matched_text")] == []
    assert sum(text in named for _, _, text in cells(published)) > 20


def test_rows_are_the_same_and_join_as_before(published: Path, minimised: Path) -> None:
    for schema, table in read(published, "select schema_name, table_name from duckdb_tables() order by all"):
        count = f'select count(*) from "{schema}"."{table}"'
        assert read(minimised, count) == read(published, count), table
    for joined in (
        "select count(*) from marts.fct_posts inner join marts.dim_authors using (author_id)",
        "select count(*) from marts.fct_mentions inner join marts.fct_posts using (post_id)",
        "select count(*) from marts.influencer_rankings inner join marts.dim_persons using (person_id)",
        "select count(*) from marts.fct_posts as a inner join marts.fct_posts as b on a.parent_post_id = b.post_id",
        "select count(distinct author_id), count(distinct handle), count(distinct display_name) from marts.dim_authors",
        "select sum(mention_count) from marts.mart_share_of_voice",
    ):
        assert read(minimised, joined) == read(published, joined), joined


def test_the_dashboard_shows_as_many_rows_with_the_same_numbers_and_names_nobody(
    published: Path, minimised: Path, catalog: Catalog, tmp_path: Path
) -> None:
    named, certain = theirs(published)
    with open_published(minimised) as connection:
        charts = write_bundle(tmp_path, connection, SAFE_URI.format(path=minimised), catalog)
    asked = queries(tmp_path)
    assert list(asked) == charts
    for chart, query in asked.items():
        shown, plain = read(minimised, query), read(published, query)
        assert len(shown) == len(plain) > 0, chart
        assert Counter(map(numbers, shown)) == Counter(map(numbers, plain)), chart
        texts = [cell for row in shown for cell in row if isinstance(cell, str)]
        assert [text for text in texts if text in named or certain.spans(text)] == [], chart


def numbers(row: tuple[object, ...]) -> tuple[object, ...]:
    return tuple(cell for cell in row if cell is not None and not isinstance(cell, str))


def test_whose_a_pseudonym_is_the_home_alone_can_tell(published: Path, minimised: Path) -> None:
    with Warehouse(published.with_name("warehouse.duckdb")).connect() as connection:
        ((author, handle, post),) = connection.execute(
            """
            select author_id, handle, post_id from marts.fct_posts inner join marts.dim_authors using (author_id)
            where handle is not null order by all limit 1
            """
        ).fetchall()
        for word in (author, handle, post):
            assert author in {one.author_id for one in reveal(connection, KEY, pseudonym(KEY, word))}
        assert reveal(connection, b"another", pseudonym(KEY, author)) == []
    shown = {row[0] for row in read(minimised, "select author_id from marts.dim_authors")}
    assert pseudonym(KEY, author) in shown


def test_contacts_alone_can_be_masked(published: Path, catalog: Catalog, tmp_path: Path) -> None:
    target = tmp_path / "masked.duckdb"
    warehouse = Warehouse(published.with_name("warehouse.duckdb"))
    publish_file(warehouse, target, catalog, Minimising())
    query = "select author_id, handle, url, display_name from marts.dim_authors order by all"
    assert read(target, query) == read(published, query)
    assert not [text for _, _, text in cells(target) if re.search(r"(?<![\w@/.])[\w.]+@[\w.]+\.(example|com)\b", text) and " " in text]
