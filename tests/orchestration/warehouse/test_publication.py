"""What stayed the same is not written again, and what is read is always what the warehouse holds."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orchestration.warehouse import published_record
from orchestration.warehouse.catalog import Entry
from orchestration.warehouse.parquet_tables import ParquetTables
from orchestration.warehouse.publication import PART, _Shape, files_before, publish_file
from orchestration.warehouse.published_record import beside, read_record
from orchestration.warehouse.warehouse import Warehouse, literal, open_published

FIRST = date(2026, 9, 1)
CATALOG = {
    "rankings": Entry("marts", "One row per night and person.", {"as_of_date": "The night."}, ("as_of_date", "person")),
    "facts": Entry("marts", "One row per fact.", {"fact": "Its number."}, ("fact",)),
    "posts": Entry("marts", "One row per post.", {"post": "Its number."}, ("post",), parted_by="said_at"),
}
POSTS = """
create table marts.posts as
select range as post, case when range > 0 then '2026-08-31'::timestamptz + range * interval 1 hour end as said_at, 'x' as word
from range(1_000)
"""
"""Of six weeks, and one without a time."""


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    made = Warehouse(tmp_path / "w.duckdb")
    with made.transaction() as connection:
        connection.execute("create schema marts; create schema ops; create table ops.runs as select 1 as run")
        connection.execute("create table marts.rankings (as_of_date date not null, person varchar, score double)")
        connection.execute("create table marts.facts as select range as fact, md5(range::varchar) as word from range(50_000)")
        connection.execute(POSTS)
    return made


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "published" / "groundswell.duckdb"


def rank(warehouse: Warehouse, night: int, people: int = 1_000, score: float = 1) -> None:
    with warehouse.transaction() as connection:
        connection.execute("delete from marts.rankings where as_of_date = ?", [FIRST + timedelta(night)])
        connection.execute(
            f"insert into marts.rankings select ?, 'p' || range, {score} + range / 7 from range({people})", [FIRST + timedelta(night)]
        )


def assert_equal(warehouse: Warehouse, target: Path) -> None:
    with warehouse.connect() as here, open_published(target) as there:
        for table in CATALOG:
            rows = [each.execute(f"from marts.{table} order by all").fetchall() for each in (here, there)]
            assert rows[0] == rows[1]
            ((comment,),) = there.execute("select comment from duckdb_tables() where table_name = ?", [table]).fetchall()
            assert comment == CATALOG[table].description


def written(target: Path, monkeypatch: pytest.MonkeyPatch, warehouse: Warehouse) -> list[str]:
    """What the next publishing writes: statements that make a table or add rows."""
    said: list[str] = []
    real = duckdb.DuckDBPyConnection.execute

    class Told:
        def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
            self._connection = connection

        def execute(self, query: str, *values: object) -> object:
            if query.startswith(("create table", "insert into")):
                said.append(query.split("(")[0].split(" as ")[0].split(" select ")[0])
            return real(self._connection, query, *values)

        def __getattr__(self, name: str) -> object:
            return getattr(self._connection, name)

    plain = Warehouse.connect

    @contextmanager
    def connect(self: Warehouse, *, write: bool = False) -> Iterator[Told]:
        with plain(self, write=write) as connection:
            yield Told(connection)

    with monkeypatch.context() as patched:
        patched.setattr(Warehouse, "connect", connect)
        publish_file(warehouse, target, CATALOG)
    return said


def test_only_the_new_night_is_written(warehouse: Warehouse, target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rank(warehouse, 0)
    publish_file(warehouse, target, CATALOG)
    rank(warehouse, 1)
    assert written(target, monkeypatch, warehouse) == ['insert into published."marts"."rankings"']
    assert_equal(warehouse, target)
    assert written(target, monkeypatch, warehouse) == []
    assert_equal(warehouse, target)


@pytest.mark.parametrize("table", ["facts", "posts", "rankings"])
def test_a_table_that_has_become_empty_is_published_empty(warehouse: Warehouse, target: Path, table: str) -> None:
    rank(warehouse, 0)
    publish_file(warehouse, target, CATALOG)
    for said in (f"create table marts.kept as from marts.{table}; delete from marts.{table}", f"insert into marts.{table} from marts.kept"):
        with warehouse.transaction() as connection:
            connection.execute(said)
        publish_file(warehouse, target, CATALOG)
        assert_equal(warehouse, target)


def test_of_a_table_in_weeks_those_are_written_that_changed(warehouse: Warehouse, target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    publish_file(warehouse, target, CATALOG)
    before = read_record(target.resolve())
    with warehouse.transaction() as connection:
        connection.execute(
            "update marts.posts set said_at = '2026-09-15 12:00:00+00' where post = 0; delete from marts.posts where post = 400"
        )
    assert written(target, monkeypatch, warehouse) == ['insert into published."marts"."posts"']
    assert_equal(warehouse, target)
    now = read_record(target.resolve())
    assert before is not None
    assert now is not None
    weeks, days = {f"2026-W{week}" for week in range(36, 40)}, {f"{date(2026, 9, 28) + timedelta(day)}" for day in range(14)}
    assert set(before.tables["marts.posts"].parts) == {"undated"} | weeks | days
    assert now.tables["marts.posts"].parts_unlike(before.tables["marts.posts"]) == ["2026-W38"]
    with warehouse.transaction() as connection:
        connection.execute("update marts.posts set word = 'another' where post > 300")
    assert written(target, monkeypatch, warehouse) == ['create table published."marts"."posts"']
    assert_equal(warehouse, target)


def test_days_become_a_week_when_two_weeks_have_begun_since(warehouse: Warehouse, target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    publish_file(warehouse, target, CATALOG)
    with warehouse.transaction() as connection:
        connection.execute("insert into marts.posts values (1000, '2026-10-12 12:00:00+00', 'x')")
    assert written(target, monkeypatch, warehouse) == ['insert into published."marts"."posts"']
    assert_equal(warehouse, target)
    record = read_record(target.resolve())
    assert record is not None
    assert {"2026-W40", "2026-10-05", "2026-10-12"} <= record.tables["marts.posts"].parts.keys()
    assert "2026-09-28" not in record.tables["marts.posts"].parts


def test_a_night_ranked_anew_and_one_that_went(warehouse: Warehouse, target: Path) -> None:
    for night in range(3):
        rank(warehouse, night)
    publish_file(warehouse, target, CATALOG)
    rank(warehouse, 1, score=2)
    with warehouse.transaction() as connection:
        connection.execute("delete from marts.rankings where as_of_date = ?", [FIRST])
    publish_file(warehouse, target, CATALOG)
    assert_equal(warehouse, target)


def test_tables_in_parquet_are_published_as_those_of_the_warehouse(warehouse: Warehouse, target: Path, tmp_path: Path) -> None:
    rank(warehouse, 0)
    with warehouse.connect() as connection:
        found = {(schema, name): tmp_path / f"it's {name}.parquet" for schema, name in warehouse.tables(connection)}
        for (schema, name), file in found.items():
            connection.execute(f"copy {schema}.{name} to {literal(str(file))} (format parquet)")
    of_parquet = ParquetTables({name: [str(file)] for name, file in found.items()}, tmp_path / "scratch")
    of_warehouse = target.with_name("of_warehouse.duckdb")
    assert publish_file(of_parquet, target, CATALOG) == publish_file(warehouse, of_warehouse, CATALOG)
    assert_equal(warehouse, target)
    one, other = (read_record(file.resolve()) for file in (target, of_warehouse))
    assert one is not None
    assert other is not None
    assert {name: (made.rows, made.parts) for name, made in one.tables.items()} == {
        name: (made.rows, made.parts) for name, made in other.tables.items()
    }


def test_another_column_and_another_description_write_a_table_anew(warehouse: Warehouse, target: Path) -> None:
    rank(warehouse, 0)
    publish_file(warehouse, target, CATALOG)
    with warehouse.transaction() as connection:
        connection.execute("alter table marts.rankings add column list_of varchar[]")
    told = CATALOG | {"facts": Entry("marts", "One row per fact, and more.", {}, ("fact",))}
    publish_file(warehouse, target, told)
    with open_published(target) as connection:
        assert connection.execute("select any_value(typeof(list_of)) from rankings").fetchall() == [("VARCHAR",)]
        ((comment,),) = connection.execute("select comment from duckdb_tables() where table_name = 'facts'").fetchall()
    assert comment == "One row per fact, and more."


def test_a_table_that_is_gone_goes(warehouse: Warehouse, target: Path) -> None:
    publish_file(warehouse, target, CATALOG)
    with warehouse.transaction() as connection:
        connection.execute("drop table marts.facts")
    assert publish_file(warehouse, target, CATALOG) == {"marts.posts": 1_000, "marts.rankings": 0, "ops.runs": 1}
    with open_published(target) as connection:
        tables = connection.execute("select table_name from duckdb_tables() where schema_name = 'marts' order by all").fetchall()
    assert tables == [("posts",), ("rankings",)]


@pytest.mark.parametrize("harm", ["damaged", "another", "no record", "broken record"])
def test_a_file_that_is_not_as_it_was_written_is_not_built_on(warehouse: Warehouse, target: Path, harm: str) -> None:
    rank(warehouse, 0)
    publish_file(warehouse, target, CATALOG)
    newest = target.resolve()
    if harm == "damaged":
        with newest.open("r+b") as file:
            file.seek(newest.stat().st_size // 2)
            file.write(b"\0" * 4096)
    elif harm == "another":
        with duckdb.connect(newest) as connection:
            connection.execute("delete from marts.facts where fact % 2 = 0")
    elif harm == "no record":
        beside(newest).unlink()
    else:
        beside(newest).write_text('{"digest": ', encoding="utf-8")
    publish_file(warehouse, target, CATALOG)
    assert_equal(warehouse, target)


def test_a_file_with_much_unused_is_written_as_a_whole(warehouse: Warehouse, target: Path) -> None:
    publish_file(warehouse, target, CATALOG)
    with warehouse.transaction() as connection:
        connection.execute("create table marts.many as select md5(range::varchar) as a, md5((range + 1)::varchar) as b from range(400_000)")
    publish_file(warehouse, target, CATALOG)
    large = target.resolve().stat().st_size
    with warehouse.transaction() as connection:
        connection.execute("drop table marts.many")
    for _ in range(2):
        publish_file(warehouse, target, CATALOG)
    record = read_record(target.resolve())
    assert record is not None
    assert not record.is_loose
    assert target.resolve().stat().st_size < large / 4
    assert_equal(warehouse, target)


def test_files_before_go_with_their_records(warehouse: Warehouse, target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("orchestration.warehouse.publication.LINK_SECONDS", -1)
    for night in range(4):
        rank(warehouse, night)
        publish_file(warehouse, target, CATALOG)
    names = {path.name for path in target.parent.iterdir()}
    assert len(names) == 5  # the link, the newest and the one before, each with its record
    assert {target.name, target.resolve().name, beside(target.resolve()).name} < names


def test_what_a_publishing_that_was_cut_off_leaves_is_no_file_of_a_night_and_goes_with_the_next(
    warehouse: Warehouse, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cut_off(*_: object) -> None:
        raise KeyboardInterrupt

    publish_file(warehouse, target, CATALOG)
    first = target.resolve()
    rank(warehouse, 1)
    with monkeypatch.context() as patched:
        patched.setattr(_Shape, "write", cut_off)
        with pytest.raises(KeyboardInterrupt):
            publish_file(warehouse, target, CATALOG)
    assert target.resolve() == first
    assert any(PART in path.suffixes for path in target.parent.iterdir())
    assert files_before(target) == []
    publish_file(warehouse, target, CATALOG)
    assert files_before(target) == [first]
    newest = target.resolve()
    assert set(target.parent.iterdir()) == {target, first, beside(first), newest, beside(newest)}
    assert_equal(warehouse, target)


def test_what_is_published_again_after_long_is_equal(warehouse: Warehouse, target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(published_record, "LATE_DAYS", 2)
    for night in range(6):
        rank(warehouse, night)
        publish_file(warehouse, target, CATALOG)
        assert_equal(warehouse, target)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    nights=st.lists(
        st.lists(
            st.one_of(
                st.tuples(st.just("rank"), st.integers(0, 4), st.integers(0, 3)),
                st.tuples(st.just("lose"), st.integers(0, 4), st.just(0)),
                st.tuples(st.just("edit"), st.integers(0, 49_999), st.integers(0, 9)),
                st.tuples(st.just("move"), st.integers(0, 999), st.integers(0, 60)),
            ),
            max_size=4,
        ),
        min_size=1,
        max_size=5,
    )
)
def test_whatever_happens_readers_see_what_the_warehouse_holds(
    warehouse: Warehouse, tmp_path: Path, nights: list[list[tuple[str, int, int]]]
) -> None:
    target = tmp_path / "p" / "groundswell.duckdb"
    shutil.rmtree(target.parent, ignore_errors=True)
    for night in nights:
        for kind, where, value in night:
            if kind == "rank":
                rank(warehouse, where, people=100 * value, score=value)
            else:
                with warehouse.transaction() as connection:
                    if kind == "lose":
                        connection.execute("delete from marts.rankings where as_of_date = ?", [FIRST + timedelta(where)])
                    elif kind == "move":
                        moved = "update marts.posts set said_at = '2026-08-20'::timestamptz + ? * interval 1 day where post = ?"
                        connection.execute(moved, [value, where])
                    else:
                        connection.execute("update marts.facts set word = ? where fact = ?", [str(value), where])
        publish_file(warehouse, target, CATALOG)
        assert_equal(warehouse, target)
