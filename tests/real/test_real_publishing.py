"""Nights in a real PostgreSQL: every value, every description, whole nights, and what does not disturb whom."""

from __future__ import annotations

import logging
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import sqlalchemy as sa

from orchestration.publishing.database import DatabaseNotWritten, publish_to_database
from orchestration.warehouse.catalog import Entry
from tests.conftest import ROOT
from tests.real.nights import CATALOG, publish_night

pytestmark = pytest.mark.slow

HOSTILE = [
    "", "nul\0in the middle", "x" * 10_000, 'quote " and \'', "line\nbreak\r\n", "\\.", "\\N", "=1+1", "<script>alert(1)</script>",
    "\u202eright to left", "tab\tand, comma; semicolon", "🛹 emoji", "NULL", "%s :name", " blanks ",
]  # fmt: skip
Select = Callable[[str], list[Any]]


@pytest.fixture
def url(new_database: Callable[[], str]) -> str:
    return new_database()


@pytest.fixture
def engine(url: str) -> Iterator[sa.Engine]:
    engine = sa.create_engine(url)
    yield engine
    engine.dispose()


@pytest.fixture
def select(engine: sa.Engine) -> Select:
    def ask(query: str) -> list[Any]:
        with engine.connect() as connection:
            return [tuple(row) for row in connection.execute(sa.text(query))]

    return ask


def nights(select: Select) -> list[Any]:
    return select("select min(night), max(night), count(*) from (select night from marts.facts union all select night from ops.runs) both_")


def test_every_type_arrives_as_it_is(tmp_path: Path, url: str, engine: sa.Engine, select: Select) -> None:
    columns = {
        "a_boolean": ("true", "boolean", True),
        "a_small": ("(-3)::tinyint", "smallint", -3),
        "an_integer": ("(-2147483648)::integer", "integer", -(2**31)),
        "a_bigint": ("9223372036854775807::bigint", "bigint", 2**63 - 1),
        "a_huge": ("170141183460469231731687303715884105727::hugeint", "numeric(39,0)", Decimal(2**127 - 1)),
        "a_float": ("0.1::float", "real", 0.1),
        "a_double": ("0.1::double + 0.2::double", "double precision", 0.1 + 0.2),
        "a_nan": ("'nan'::double", "double precision", "nan"),
        "an_infinity": ("'-infinity'::double", "double precision", float("-inf")),
        "a_decimal": ("(-1234567.89)::decimal(18, 2)", "numeric(18,2)", Decimal("-1234567.89")),
        "a_date": ("date '0001-12-31'", "date", date(1, 12, 31)),
        "a_time": ("time '23:59:59.999999'", "time without time zone", datetime(1, 1, 1, 23, 59, 59, 999999).time()),
        "a_moment": (
            "timestamptz '2026-10-02 03:04:05.678901+02'",
            "timestamp with time zone",
            datetime(2026, 10, 2, 1, 4, 5, 678901, UTC),
        ),
        "a_local": ("timestamp '2026-10-02 03:04:05'", "timestamp without time zone", datetime(2026, 10, 2, 3, 4, 5)),
        "a_json": ("""'{"a": [1, null, "\\u00e9"]}'::json""", "json", {"a": [1, None, "é"]}),
        "a_uuid": ("'12345678-1234-5678-1234-567812345678'::uuid", "uuid", UUID("12345678-1234-5678-1234-567812345678")),
        "a_list": ("['a', 'b']", "text", "a; b"),
        "a_text": ("'text'", "text", "text"),
    }
    selected = ", ".join(f"{sql} as {name}" for name, (sql, _, _) in columns.items())
    empty = ", ".join("null" for _ in columns)
    extra = f"create or replace table marts.kinds as select {selected}; insert into marts.kinds select {empty}"
    publish_to_database(url, publish_night(tmp_path, 1, extra=extra), CATALOG)
    kinds = select(
        "select attname, format_type(atttypid, atttypmod) from pg_attribute where attrelid = 'marts.kinds'::regclass and attnum > 0"
    )
    assert dict(kinds) == {name: kind for name, (_, kind, _) in columns.items()}
    full, nothing = select("select * from marts.kinds order by a_text nulls last")
    read = dict(zip(columns, full, strict=True))
    assert str(read.pop("a_nan")) == columns.pop("a_nan")[2]
    assert read == {name: value for name, (_, _, value) in columns.items()}
    assert set(nothing) == {None}


def test_hostile_texts_arrive_as_text(tmp_path: Path, url: str, select: Select) -> None:
    rows = ", ".join(
        f"({number}, chr(0) || $${text}$$)" if "\0" in text else f"({number}, $${text}$$)" for number, text in enumerate(HOSTILE)
    )
    extra = f"create or replace table marts.names as from (values {rows}, (99, null)) names (number, name)".replace("\0", "")
    publish_to_database(url, publish_night(tmp_path, 1, extra=extra), CATALOG)
    read = dict(select("select number, name from marts.names"))
    assert read == dict(enumerate(text.replace("\0", "") for text in HOSTILE)) | {99: None}


def test_descriptions_and_keys_are_carried(tmp_path: Path, url: str, engine: sa.Engine) -> None:
    publish_to_database(url, publish_night(tmp_path, 1), CATALOG)
    publish_to_database(url, publish_night(tmp_path, 2), {"facts": Entry("marts", "Changed.", {"row": "Its number."}, ("row",))} | {})
    inspector = sa.inspect(engine)
    assert inspector.get_table_comment("facts", "marts") == {"text": "Changed."}
    assert {column["name"]: column["comment"] for column in inspector.get_columns("facts", "marts")} == {
        "row": "Its number.",
        "night": None,
    }
    assert inspector.get_pk_constraint("facts", "marts")["constrained_columns"] == ["row"]
    publish_to_database(url, publish_night(tmp_path, 3), CATALOG)
    inspector = sa.inspect(engine)
    for name, entry in CATALOG.items():
        assert inspector.get_table_comment(name, entry.schema) == {"text": entry.description}
        assert inspector.get_pk_constraint(name, entry.schema)["constrained_columns"] == list(entry.key)


def test_an_id_that_no_index_holds_costs_the_key_and_not_the_night(
    tmp_path: Path, url: str, engine: sa.Engine, select: Select, caplog: pytest.LogCaptureFixture
) -> None:
    catalog = {"posts": Entry("marts", "One row per post.", {}, ("post_id",))}
    table = "create or replace table marts.posts as select string_agg(md5(range::varchar), '') as post_id from range({})"
    with caplog.at_level(logging.WARNING, "groundswell"):
        publish_to_database(url, publish_night(tmp_path, 1, extra=table.format(300)), catalog)
    assert "no primary key" in caplog.text
    assert sa.inspect(engine).get_pk_constraint("posts", "marts")["constrained_columns"] == []
    publish_to_database(url, publish_night(tmp_path, 2, extra=table.format(1)), catalog)
    assert sa.inspect(engine).get_pk_constraint("posts", "marts")["constrained_columns"] == ["post_id"]


def test_open_readers_keep_their_night_and_hold_nobody_up(tmp_path: Path, url: str, engine: sa.Engine, select: Select) -> None:
    publish_to_database(url, publish_night(tmp_path, 1), CATALOG)
    with engine.execution_options(isolation_level="REPEATABLE READ").connect() as reader, engine.connect() as forgotten:
        reader.execute(sa.text("select 1 from ops.runs limit 1"))
        forgotten.execute(sa.text("select 1 from marts.facts limit 1"))
        publish_to_database(url, publish_night(tmp_path, 2), CATALOG)
        assert reader.execute(sa.text("select min(night), max(night), count(*) from marts.facts")).one() == (1, 1, 1000)
        assert nights(select) == [(2, 2, 2000)]


def test_rights_and_views_on_the_tables_stay(tmp_path: Path, url: str, engine: sa.Engine, select: Select) -> None:
    publish_to_database(url, publish_night(tmp_path, 1), CATALOG)
    with engine.begin() as connection:
        connection.execute(sa.text("create view public.mine as select max(night) as night from marts.facts"))
        connection.execute(sa.text("grant select on marts.facts to pg_monitor"))
    publish_to_database(url, publish_night(tmp_path, 2), CATALOG)
    assert select("select night from public.mine") == [(2,)]
    assert select("select count(*) from information_schema.role_table_grants where grantee = 'pg_monitor' and table_name = 'facts'") == [
        (1,)
    ]


def test_a_night_that_fails_leaves_the_one_before(tmp_path: Path, url: str, select: Select) -> None:
    publish_to_database(url, publish_night(tmp_path, 1), CATALOG)
    twice = publish_night(tmp_path, 2, extra="insert into ops.runs values (7, 2)")
    with pytest.raises(DatabaseNotWritten, match="duplicate key"):
        publish_to_database(url, twice, CATALOG)
    assert nights(select) == [(1, 1, 2000)]


def test_a_table_of_other_columns_is_exchanged_once_its_reader_is_done(tmp_path: Path, url: str, engine: sa.Engine, select: Select) -> None:
    publish_to_database(url, publish_night(tmp_path, 1), CATALOG)
    more = publish_night(tmp_path, 2, extra="alter table marts.facts add column more varchar default 'more'")
    reader = engine.connect()
    reader.execute(sa.text("select 1 from marts.facts limit 1"))
    publisher = threading.Thread(target=publish_to_database, args=(url, more, CATALOG))
    publisher.start()
    waiting = "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and query like 'drop table%'"
    while select(waiting) == [(0,)]:
        assert publisher.is_alive()
    assert reader.execute(sa.text("select max(night) from marts.facts")).scalar_one() == 1
    reader.close()
    publisher.join(timeout=60)
    assert nights(select) == [(2, 2, 2000)]
    assert select("select distinct more from marts.facts") == [("more",)]
    assert select("select count(*) from pg_class where relname like '%__new'") == [(0,)]


@pytest.mark.filterwarnings("ignore")
def test_the_nightly_asset_publishes_where_an_address_is_set(
    tmp_path: Path, url: str, select: Select, monkeypatch: pytest.MonkeyPatch
) -> None:
    import dagster as dg

    from orchestration.defs.publish import published_database
    from orchestration.defs.resources import Installation

    def run() -> list[str]:
        done = dg.materialize([published_database], partition_key="2026-10-02", resources={"installation": Installation()})
        return [event.asset_key.to_user_string() for event in done.get_asset_materialization_events() if event.asset_key]

    monkeypatch.setenv("GROUNDSWELL_DATA", str(tmp_path))
    monkeypatch.delenv("GROUNDSWELL_DATABASE_URL", raising=False)
    publish_night(tmp_path, 1)
    assert run() == []
    monkeypatch.setenv("GROUNDSWELL_DATABASE_URL", url)
    assert run() == ["published/database"]
    assert nights(select) == [(1, 1, 2000)]


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("sqlite:///x.db", "names sqlite"),
        ("nonsense", "postgresql://user:password@host/name"),
        ("postgresql://reader:pa55word@127.0.0.1:1/shop", "refused"),
        ("postgresql+nodriver://reader:pa55word@127.0.0.1:1/shop", "refused"),
    ],
)
def test_an_address_that_does_not_work_is_told_without_its_password(tmp_path: Path, address: str, told: str) -> None:
    with pytest.raises(DatabaseNotWritten, match=told) as raised:
        publish_to_database(address, publish_night(tmp_path, 1, rows=1), CATALOG)
    assert "pa55word" not in str(raised.value)
    assert raised.value.__cause__ is None


def test_a_million_rows_take_no_more_memory_than_a_few(tmp_path: Path, url: str) -> None:
    """The peak of a process that publishes a million rows with text is that of one that publishes twenty thousand, or 120 MB more."""

    def peak(rows: int) -> int:
        text = f"create or replace table marts.texts as select range as id, repeat(md5(range::varchar), 3) as text from range({rows})"
        published = publish_night(tmp_path, 1, rows=1, extra=text)
        command = [sys.executable, "-W", "ignore", "-m", "tests.real.publish_once", url, str(published)]
        count, kilobytes = map(int, subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split())
        assert count == rows + 2
        return kilobytes

    few, many = peak(20_000), peak(1_000_000)
    assert many - few < 120_000, f"{few} kB, then {many} kB"
