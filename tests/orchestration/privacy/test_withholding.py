"""Words out of the raw tables: what expired, and what was deleted where that must be."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from connectors import platforms
from orchestration.home.retention import Retention
from orchestration.privacy.withholding import WORDED, Withheld, platforms_that_must_delete, rewrite_where_due, withhold
from orchestration.settings import DBT_PROJECT, Night
from orchestration.warehouse.cursors import read_old
from orchestration.warehouse.raw_tables import create_raw_tables
from orchestration.warehouse.warehouse import Warehouse

FIRST = date(2026, 9, 1)
KEPT_10 = Retention.model_validate({"platforms": {"reddit": {"texts": 10}}})
SAID = "these boots are made for nobody"


class Told:
    """A warehouse of one platform's posts."""

    def __init__(self, path: Path) -> None:
        self.warehouse = Warehouse(path)
        create_raw_tables(self.warehouse, [platforms()["reddit"], platforms()["mastodon"]])

    def post(self, name: str, night: int = 0, load: int = 1, text: str = SAID, table: str = "raw_reddit.posts") -> None:
        seen = at(night)
        payload = json.dumps({"name": name, "title": text, "score": load})
        with self.warehouse.transaction() as connection:
            connection.execute(
                f"insert into {table} values (?, 'here', ?, ?, ?, ?, ?, ?, ?, ?, null, 'run', ?)",
                [load, name, payload, f"hash-{load}", name, seen, seen, FIRST + timedelta(days=night), seen, seen],
            )

    def gone(self, name: str, night: int) -> None:
        with self.warehouse.transaction() as connection:
            connection.execute(
                "insert into raw_ops.tombstones values ('reddit', 'posts', ?, 'deleted', ?, 'here', 'run')", [name, at(night)]
            )

    def withhold(self, night: int, retention: Retention = Retention(), must: tuple[str, ...] = ("reddit",)) -> Withheld:  # noqa: B008
        return withhold(self.warehouse, retention, must, Night(FIRST + timedelta(days=night), at(night)))

    def asked(self, query: str) -> list[Any]:
        with self.warehouse.connect() as connection:
            return connection.execute(query).fetchall()

    def next_load(self) -> int:
        with self.warehouse.transaction() as connection:
            ((number,),) = connection.execute("select nextval('raw_ops.load_ids')").fetchall()
        return int(number)

    def words(self) -> list[str]:
        return [name for (name,) in self.asked(f"select native_id from raw_reddit.posts where payload like '%{SAID}%' order by all")]


def at(night: int) -> datetime:
    return datetime(2026, 9, 2, 2, tzinfo=UTC) + timedelta(days=night)


@pytest.fixture
def told(tmp_path: Path) -> Told:
    return Told(tmp_path / "warehouse.duckdb")


def test_words_expire_so_many_nights_after_they_were_first_seen_and_numbers_stay(told: Told) -> None:
    told.post("t3_old", 0)
    told.post("t3_old", 9, load=2)
    told.post("t3_new", 5, load=3)
    told.post("u:1", 0, table="raw_mastodon.statuses")
    assert told.withhold(9, KEPT_10) == Withheld()
    assert told.withhold(10, KEPT_10) == Withheld(expired=2)
    assert told.words() == ["t3_new"]
    assert told.asked("select payload_hash, payload->>'score' from raw_reddit.posts where native_id = 't3_old' order by load_id") == [
        ("hash-1", "1"),
        ("hash-2", "2"),
    ]
    assert told.asked("select post_id, reason from raw_ops.withheld") == [("reddit:t3_old", "expired")]
    assert told.asked(f"select 1 from raw_mastodon.statuses where payload like '%{SAID}%'") == [(1,)]
    assert told.withhold(10, KEPT_10) == Withheld()


def test_what_is_seen_again_after_that_loses_its_words_the_same_night(told: Told) -> None:
    told.post("t3_old", 0)
    told.withhold(10, KEPT_10)
    told.post("t3_old", 11, load=2)
    assert told.withhold(11, KEPT_10) == Withheld(expired=1)
    assert told.words() == []


def test_what_is_deleted_goes_where_it_must_and_comes_back_with_its_words(told: Told) -> None:
    told.post("t3_1")
    told.post("t3_2")
    told.gone("t3_1", 1)
    assert told.withhold(1, must=()) == Withheld()
    assert told.withhold(1) == Withheld(deleted=1)
    assert told.words() == ["t3_2"]
    assert told.asked("select count(*) from raw_reddit.posts where payload_hash = md5(payload)") == [(1,)]  # stored when it is seen again
    told.post("t3_1", 2, load=2)
    assert told.withhold(2) == Withheld()
    assert told.words() == ["t3_1", "t3_2"]
    assert told.asked("from raw_ops.withheld") == []


def test_who_quotes_what_is_deleted_quotes_it_no_longer(told: Told) -> None:
    told.post("t3_1")
    told.post("t3_2", load=2, text="look at this")
    quoting = json.dumps({"name": "t3_2", "title": "look at this", "crosspost_parent_list": [{"name": "t3_1", "title": SAID}]})
    with told.warehouse.transaction() as connection:
        connection.execute("update raw_reddit.posts set payload = ? where native_id = 't3_2'", [quoting])
        connection.execute("create schema staging")
        connection.execute(
            """
            create table staging.stg_reddit__posts as
            select load_id, source_name, native_id, if(native_id = 't3_2', 'reddit:t3_1', null) as quoted_post_id
            from raw_reddit.posts
            """
        )
    told.gone("t3_1", 1)
    told.withhold(1)
    assert told.words() == []
    assert told.asked("select payload->>'title' from raw_reddit.posts where native_id = 't3_2'") == [("look at this",)]
    assert told.asked("from staging.stg_reddit__posts") == []  # both are staged again
    assert told.asked("select native_id, reason from raw_ops.redactions order by all") == [("t3_1", "deleted"), ("t3_2", "quoted")]


def test_what_could_not_be_read_goes_with_it(told: Told) -> None:
    with told.warehouse.transaction() as connection:
        connection.execute("insert into raw_ops.quarantine values ('reddit', 'posts', 't3_9', 'why', ?, ?, 'here', 'run')", [SAID, at(0)])
    told.withhold(9, KEPT_10)
    assert told.asked("select payload from raw_ops.quarantine") == [(SAID,)]
    told.withhold(11, KEPT_10)
    assert told.asked("select payload from raw_ops.quarantine") == [(None,)]


def test_the_file_is_written_anew_without_their_bytes_once_a_week_at_the_most(told: Told) -> None:
    for place in range(60):
        told.post(f"t3_{place}", 0, load=place, text=f"{SAID} number {place} and nobody else")
    assert rewrite_where_due(told.warehouse, at(9)) is False
    told.withhold(10, KEPT_10)
    number = told.next_load()
    assert rewrite_where_due(told.warehouse, at(10)) is True
    assert SAID.encode() not in told.warehouse.path.read_bytes()
    assert told.asked("select count(*), count(distinct load_id) from raw_reddit.posts") == [(60, 60)]
    assert told.next_load() == number + 1
    told.post("t3_x", 1, load=999)
    told.withhold(11, KEPT_10)
    assert [rewrite_where_due(told.warehouse, at(night)) for night in (11, 16, 17, 18)] == [False, False, True, False]


def test_the_entities_that_hold_words_are_those_of_posts_and_what_is_said_in_episodes() -> None:
    text = (DBT_PROJECT / "macros" / "unions.sql").read_text(encoding="utf-8")
    listed = text.partition("'posts': [")[2].partition("]")[0]
    assert {name.strip().strip("'") for name in listed.split(",") if name.strip()} | {"episodes", "transcripts"} == set(WORDED)


def test_platforms_that_ask_for_it_say_where() -> None:
    assert platforms_that_must_delete() >= {"reddit", "x", "youtube", "tiktok"}
    assert "mastodon" not in platforms_that_must_delete()


def test_older_posts_are_looked_at_again_the_longest_unseen_first_each_within_its_days(told: Told) -> None:
    for number in range(10):
        told.post(f"t3_{number}", 9 - number, load=number + 1)
    told.post("t3_young", 60, load=60)
    told.gone("t3_3", 8)

    def due(days: int, most: int = 100) -> tuple[list[str], int]:
        with told.warehouse.connect(write=True) as connection:
            old = read_old(connection, platforms()["reddit"], "here", at(40), days, most)
        return [known.native_id for known in old.items], old.held

    assert due(3) == (["t3_9", "t3_8", "t3_7"], 9)
    assert due(90) == (["t3_9"], 9)
    assert due(1, most=2) == (["t3_9", "t3_8"], 9)
    told.withhold(17, KEPT_10)  # seven have expired and ask for nothing any more
    assert due(1) == (["t3_1", "t3_0"], 2)
