"""What the signals step reads again, and what it leaves alone."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from orchestration.signals import nightly
from orchestration.signals.nightly import read_posts
from orchestration.warehouse.migrations import upgrade
from orchestration.warehouse.raw_tables import create_raw_tables
from orchestration.warehouse.warehouse import Warehouse

FIRST, SECOND = datetime(2026, 9, 2, tzinfo=UTC), datetime(2026, 9, 3, tzinfo=UTC)
SETUP = """
create schema staging; create schema intermediate;
create table staging.stg_home__brand_terms as select 'kestrel' as brand_id, null::varchar as product_id, 'kestrel' as term, 'word' as kind,
    null::varchar as exclusions, null::varchar as contexts;
create table staging.stg_home__topic_terms as select 'trail' as topic_id, 'trails' as term, 'word' as kind, null::varchar as exclusions,
    null::varchar as contexts;
create table intermediate.int_posts (post_id varchar, is_withheld boolean default false, text varchar, links varchar[],
    language varchar, media_type varchar,
    is_paid_partnership boolean, source_name varchar default 'board', author_id varchar, parent_post_id varchar, published_at timestamptz,
    first_observed_at timestamptz default '2026-09-01 12:00:00+00');
insert into intermediate.int_posts (post_id, text, links, language, media_type, is_paid_partnership) values
    ('a', 'My Kestrel on trails. #ad', [], 'en', 'text', null), ('b', 'nothing here', null, null, 'text', false),
    ('c', null, [], null, 'image', null);
"""
OLD = """
create schema raw_signals;
create table raw_signals.mentions (post_id varchar, brand_id varchar, product_id varchar, term varchar, term_kind varchar,
    span_start integer, span_end integer, matched_text varchar, extractor_version varchar, text_hash varchar);
create table raw_signals.posts_read (post_id varchar, text_hash varchar, extractor_version varchar, read_at timestamptz);
insert into raw_signals.mentions values
    ('a', 'kestrel', null, 'kestrel', 'word', 3, 10, 'Kestrel', 'terms-1+00000000', ''),
    ('z', 'kestrel', null, 'kestrel', 'word', 0, 7, 'Kestrel', 'x', '');
insert into raw_signals.posts_read select 'a', sha256('My Kestrel on trails. #ad'), 'terms-1+00000000', now();
"""


def execute(warehouse: Warehouse, sql: str) -> list[tuple[Any, ...]]:
    with warehouse.connect(write=True) as connection:
        return connection.execute(sql).fetchall()


def filled(path: Path, before: str = "") -> Warehouse:
    with duckdb.connect(path) as connection:
        connection.execute(before + SETUP)
    warehouse = Warehouse(path)
    manifest = path.with_name("manifest.json")
    manifest.write_text('{"nodes": {}, "macros": {}}', encoding="utf-8")
    upgrade(warehouse, manifest, FIRST)
    create_raw_tables(warehouse, [])
    return warehouse


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    return filled(tmp_path / "warehouse.duckdb")


def test_posts_with_a_text_are_read_once(warehouse: Warehouse) -> None:
    reading = read_posts(warehouse, FIRST)
    assert (reading.new_posts, reading.changed_posts, reading.posts_of_other_versions, reading.posts, reading.mentions) == (2, 0, 0, 2, 2)
    assert execute(warehouse, "select post_id, brand_id, topic_id, span_start from raw_signals.mentions order by all") == [
        ("a", "kestrel", None, 3),
        ("a", None, "trail", 14),
    ]
    assert execute(warehouse, "select post_id, disclosure_class, cue_start, read_at from raw_signals.posts order by 1") == [
        ("a", "clear", 22, FIRST),
        ("b", "none", None, FIRST),
    ]
    assert read_posts(warehouse, SECOND).posts == 0
    assert execute(warehouse, "select distinct read_at from raw_signals.posts") == [(FIRST,)]


def test_a_changed_text_is_read_again_and_one_that_is_gone_is_emptied(warehouse: Warehouse) -> None:
    read_posts(warehouse, FIRST)
    execute(warehouse, "update intermediate.int_posts set text = 'kestrel' where post_id = 'b'")
    execute(warehouse, "update intermediate.int_posts set text = null where post_id = 'a'")
    reading = read_posts(warehouse, SECOND)
    assert (reading.new_posts, reading.changed_posts, reading.mentions) == (0, 2, 1)
    assert execute(warehouse, "select post_id, span_start from raw_signals.mentions") == [("b", 0)]
    assert execute(warehouse, "select post_id, disclosure_class from raw_signals.posts order by 1") == [("a", "none"), ("b", "none")]
    assert read_posts(warehouse, SECOND).posts == 0


MODULES = ["mentions", "sentences", "language", "disclosure", "stance", "intent", "adoption_times", "answers"]


@pytest.mark.parametrize("module", MODULES)
def test_all_is_read_again_and_said_so_when_a_rule_or_model_changes(
    warehouse: Warehouse, module: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    old = read_posts(warehouse, FIRST).extractor_version
    monkeypatch.setattr(getattr(nightly, module), "EXTRACTOR_VERSION", "next")
    with caplog.at_level(logging.WARNING, "groundswell"):
        reading = read_posts(warehouse, SECOND)
    assert (reading.posts_of_other_versions, reading.posts, reading.mentions) == (2, 2, 2)
    assert reading.extractor_version != old
    assert execute(warehouse, "select distinct extractor_version from raw_signals.mentions") == [(reading.extractor_version,)]
    assert execute(warehouse, "select distinct extractor_version, read_at from raw_signals.posts") == [(reading.extractor_version, SECOND)]
    assert "reading 2 posts again" in caplog.text


def test_all_is_read_again_when_a_term_changes(warehouse: Warehouse) -> None:
    read_posts(warehouse, FIRST)
    execute(warehouse, "update staging.stg_home__brand_terms set contexts = 'shoes'")
    reading = read_posts(warehouse, SECOND)
    assert (reading.posts_of_other_versions, reading.mentions) == (2, 1)


def test_batches_of_any_size_give_the_same_rows(warehouse: Warehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    everything = "select columns(* exclude (post_id)) from raw_signals.{} order by all"
    read_posts(warehouse, FIRST)
    for number, limit in enumerate(("BATCH_POSTS", "BATCH_BYTES")):
        other = filled(tmp_path / f"{number}.duckdb")
        monkeypatch.setattr(nightly, limit, 1)
        read_posts(other, FIRST)
        for table in ("mentions", "posts"):
            assert execute(other, everything.format(table)) == execute(warehouse, everything.format(table))


def test_a_reading_that_is_cut_off_goes_on_where_it_stopped(warehouse: Warehouse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nightly, "BATCH_POSTS", 1)
    with monkeypatch.context() as patch:
        calls = iter([nightly.read_signals])
        patch.setattr(nightly, "read_signals", lambda *given: next(calls)(*given))
        with pytest.raises(RuntimeError, match="StopIteration"):
            read_posts(warehouse, FIRST)
    assert execute(warehouse, "select post_id from raw_signals.posts") == [("a",)]
    assert read_posts(warehouse, SECOND).new_posts == 1


def test_the_tables_of_an_older_installation_get_the_new_columns_and_are_read_again(tmp_path: Path) -> None:
    warehouse, new = filled(tmp_path / "old.duckdb", OLD), filled(tmp_path / "new.duckdb")
    assert read_posts(warehouse, FIRST).mentions == 2
    read_posts(new, FIRST)
    create_raw_tables(warehouse, [])
    columns = "select table_name, column_name, data_type from duckdb_columns() where schema_name = 'raw_signals' order by 1, column_index"
    assert execute(warehouse, columns) == execute(new, columns)
    rows = "select * from raw_signals.mentions where post_id = 'a' order by all"
    assert execute(warehouse, rows) == execute(new, rows)


def languages(warehouse: Warehouse) -> dict[str, tuple[str | None, str | None]]:
    rows = execute(warehouse, "select post_id, reading_language, language_source from raw_signals.posts")
    return {post_id: (language, source) for post_id, language, source in rows}


GERMAN = "Die neuen Schuhe sind wirklich sehr bequem, ich laufe jeden Tag damit"


def test_the_language_of_a_short_post_is_told_by_the_nearest_who_knows(warehouse: Warehouse) -> None:
    execute(warehouse, "delete from intermediate.int_posts")
    execute(
        warehouse,
        f"""
        insert into intermediate.int_posts (post_id, text, language, author_id, parent_post_id, source_name) values
            ('shows', '{GERMAN}', 'en', 'ada', null, 'board'), ('told', 'top!', 'fr-CA', 'ada', 'shows', 'board'),
            ('thread', 'top!', null, 'cy', 'shows', 'board'), ('source', 'top!', null, null, 'shows', 'wall'),
            ('w1', '{GERMAN} 1', null, 'bo', null, 'board'), ('w2', '{GERMAN} 2', null, 'bo', null, 'board'),
            ('w3', '{GERMAN} 3', null, 'bo', null, 'board'), ('author', 'top!', null, 'bo', null, 'board'),
            ('nobody', 'top!', null, 'cy', null, 'board')
        """,
    )
    read_posts(warehouse, FIRST, {"wall": "pt-BR"})
    assert languages(warehouse) == {
        "shows": ("de", "text"), "told": ("fr", "platform"), "thread": ("de", "thread"), "source": ("pt", "source"),
        "w1": ("de", "text"), "w2": ("de", "text"), "w3": ("de", "text"), "author": ("de", "author"), "nobody": (None, None),
    }  # fmt: skip


def test_a_thread_that_was_read_on_an_earlier_night_tells_too(warehouse: Warehouse) -> None:
    execute(warehouse, f"insert into intermediate.int_posts (post_id, text) values ('d', '{GERMAN}')")
    read_posts(warehouse, FIRST)
    execute(warehouse, "insert into intermediate.int_posts (post_id, text, parent_post_id) values ('e', 'top!', 'd')")
    assert read_posts(warehouse, SECOND).posts == 1
    assert languages(warehouse)["e"] == ("de", "thread")


def test_another_language_of_a_source_reads_its_posts_again_and_no_others(warehouse: Warehouse) -> None:
    execute(warehouse, "update intermediate.int_posts set source_name = 'wall' where post_id = 'b'")
    read_posts(warehouse, FIRST)
    assert read_posts(warehouse, SECOND, {"wall": "de"}).posts == 1
    assert read_posts(warehouse, SECOND, {"wall": "de"}).posts == 0
    assert read_posts(warehouse, SECOND).posts == 1


def test_the_time_of_an_adoption_and_answers_are_kept(warehouse: Warehouse) -> None:
    execute(warehouse, "update intermediate.int_posts set text = 'I bought a Kestrel last week and love it' where post_id = 'a'")
    execute(warehouse, "update intermediate.int_posts set text = 'You convinced me, ordered one yesterday!' where post_id = 'b'")
    read_posts(warehouse, FIRST)
    times = "adoption_time, adopted_from::date::varchar, adopted_until::date::varchar"
    assert execute(warehouse, f"select post_id, {times} from raw_signals.mentions") == [("a", "dated", "2026-08-24", "2026-08-31")]
    answers = "select post_id, said, {} from raw_signals.answers"
    assert execute(warehouse, answers.format(times)) == [("b", "bought", "dated", "2026-08-31", "2026-09-01")]
    execute(warehouse, "update intermediate.int_posts set text = 'nothing' where post_id = 'b'")
    read_posts(warehouse, SECOND)
    assert execute(warehouse, answers.format("sentence")) == []


def test_posts_whose_words_are_withheld_keep_what_was_read(warehouse: Warehouse) -> None:
    read_posts(warehouse, FIRST)
    before = execute(warehouse, "from raw_signals.mentions order by all")
    execute(warehouse, "update intermediate.int_posts set text = null, is_withheld = true where post_id = 'a'")
    assert read_posts(warehouse, SECOND).posts == 0
    assert before
    assert execute(warehouse, "from raw_signals.mentions order by all") == before
