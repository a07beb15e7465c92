"""Nights in which a post is deleted, others expire, and one comes back: their words go everywhere that night, and numbers stay."""

from __future__ import annotations

import datetime as dt
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.homes import make_sandbox_home
from tests.orchestration.privacy.named_nights import groundswell

SOURCES = """\
sources:
  - name: forum
    platform: databases
    secrets: {url: FORUM_URL}
    queries:
      authors: "select id, 'message_boards' as channel, id as name from authors"
      posts: "select * from posts where published_at >= :start and published_at < :end"
"""
GONE = "I bought the Kestrel Glide last week and it outran everybody in the hailstorm"
ESCAPED = "carried me over the frozen lagoon"  # of OLD, without the signs that a page writes otherwise
OLD = 'You should get the Kestrel Glide, it\'s "the one" that carried me over the frozen lagoon twice'
NEW = "Finally ordered the Kestrel Glide, thanks for the tip about the lagoon"
WORDS = (
    "title", "text", "url", "canonical_url", "sentence", "matched_text", "evidence", "links", "is_withheld", "is_deleted",
    "best_quote", "best_quote_url", "best_quote_at", "best_quote_post_id",
)  # fmt: skip


class Forum:
    """A forum's database, and the home that listens to it."""

    def __init__(self, folder: Path) -> None:
        self.database = folder / "forum.sqlite"
        self.home = make_sandbox_home(folder / "home", SOURCES)
        (self.home / ".env").write_text(f"FORUM_URL=sqlite:///{self.database}\n", encoding="utf-8")
        self.run("create table authors (id text)", "create table posts (id text, channel text, author_id text, title text, text text, "
                 "url text, in_reply_to_id text, published_at text)")  # fmt: skip
        self.run(*(f"insert into authors values ('{name}')" for name in ("ann", "ben", "cy")))

    def run(self, *statements: str) -> None:
        with closing(sqlite3.connect(self.database)) as connection:
            for statement in statements:
                connection.execute(statement)
            connection.commit()

    def post(self, post_id: str, author: str, text: str, day: str, title: str = "Running", answers: str | None = None) -> None:
        with closing(sqlite3.connect(self.database)) as connection:
            row = (post_id, "message_boards", author, title, text, f"https://forum.example/{post_id}?see=1", answers, f"{day}T10:00:00Z")
            connection.execute("insert into posts values (?, ?, ?, ?, ?, ?, ?, ?)", row)
            connection.commit()

    def night(self, date: str, home: Path | None = None) -> None:
        after = dt.date.fromisoformat(date) + dt.timedelta(days=1)
        done = groundswell(home or self.home, f"{after}T02:30:00Z", "refresh", "--date", date)
        assert done.returncode == 0, done.stdout + done.stderr


def asked(home: Path, query: str) -> list[Any]:
    with duckdb.connect(home / "data" / "warehouse.duckdb", read_only=True) as connection:
        connection.execute("set timezone = 'UTC'")
        return connection.execute(query).fetchall()


def holding(home: Path, words: str) -> set[str]:
    """The files below data/ that hold these words: DuckDB's and Parquet's by their cells, all of them by their bytes."""
    found = set()
    for path in (home / "data").rglob("*"):
        if path.is_file() and not path.is_symlink():
            cells = list(cells_of(path))
            if words.encode() in path.read_bytes() or any(words in cell for cell in cells):
                found.add(str(path.relative_to(home / "data")))
    return found


def cells_of(path: Path) -> Iterator[str]:
    head = path.read_bytes()[:12]
    with duckdb.connect() as connection:
        if head[8:12] == b"DUCK":
            connection.execute(f"attach '{path}' as held (read_only)")
            names = "select schema_name, table_name from duckdb_tables() where database_name = 'held'"
            tables = [f'held."{schema}"."{table}"' for schema, table in connection.execute(names).fetchall()]
        elif head[:4] == b"PAR1":
            tables = [f"read_parquet('{path}')"]
        else:
            return
        for table in tables:
            yield from (row for (row,) in connection.execute(f"select to_json(t)::varchar from {table} as t").fetchall())


def numbers(home: Path, kept: str = "true") -> dict[str, list[Any]]:
    """Every mart, row by row, without words; `kept`: of which posts."""
    with duckdb.connect(home / "data" / "warehouse.duckdb", read_only=True) as connection:
        names = connection.execute("select table_name from duckdb_tables() where schema_name = 'marts' order by 1").fetchall()
        tables = {}
        for (table,) in names:
            columns = [name for name, *_ in connection.execute(f"describe marts.{table}").fetchall() if name not in WORDS]
            listed = ", ".join(f'"{name}"' for name in columns)
            tables[table] = connection.execute(f"select {listed} from marts.{table} where {kept} order by all").fetchall()
        return tables


@pytest.mark.slow
def test_words_go_in_the_night_they_are_to_and_numbers_stay(tmp_path: Path) -> None:
    forum = Forum(tmp_path)
    forum.post("gone", "ann", GONE, "2026-09-27")
    forum.post("old", "ben", OLD, "2026-09-28", title="Lagoons")
    forum.post("answer", "cy", "Same here, mine arrived today", "2026-09-28", title="Re: Lagoons", answers="old")
    forum.night("2026-09-28")
    assert any("warehouse" in name for name in holding(forum.home, OLD))
    pages = {f"reports/2026-09-28{brand}.html" for brand in ("", ".kestrel")}
    week = groundswell(forum.home, "2026-09-29T02:30:00Z", "report", "--period", "week")
    assert week.returncode == 0, week.stderr
    assert {name for name in holding(forum.home, ESCAPED) if name.startswith("reports")} >= pages | {"reports/2026-W39.kestrel.html"}
    said = asked(forum.home, "select post_id, brand_id, intent, stance from marts.fct_mentions order by all")
    assert {post_id for post_id, *_ in said} >= {"databases:forum:gone", "databases:forum:old"}

    # a deletion: out of all that is published, and what was read stays
    forum.run("delete from posts where id = 'gone'")
    forum.post("new", "cy", NEW, "2026-09-29")
    forum.night("2026-09-29")
    assert asked(
        forum.home, "select post_id, text, title, url, is_deleted, is_withheld from marts.fct_posts where post_id = 'databases:forum:gone'"
    ) == [("databases:forum:gone", None, None, None, True, True)]
    assert {name for name in holding(forum.home, GONE) if name.startswith(("published", "reports"))} == set()
    assert (
        asked(
            forum.home,
            "select post_id, brand_id, intent, stance from marts.fct_mentions where post_id <> 'databases:forum:new' order by all",
        )
        == said
    )
    assert asked(forum.home, "select sentence, matched_text from marts.fct_mentions where post_id = 'databases:forum:gone'") == [
        (None, None)
    ]

    # an expiry, beside the same night without one
    other = tmp_path / "kept"
    shutil.copytree(forum.home, other, symlinks=True)
    (forum.home / "retention.yaml").write_text("platforms:\n  databases: {texts: 2}\n", encoding="utf-8")
    forum.night("2026-09-30")
    forum.night("2026-09-30", other)
    assert numbers(forum.home) == numbers(other)
    assert asked(forum.home, "select post_id from marts.fct_posts where text is not null order by 1") == [("databases:forum:new",)]
    assert asked(forum.home, "select url from marts.fct_posts where post_id = 'databases:forum:old'") == [(None,)]  # it has parameters
    for words in (OLD, ESCAPED, GONE, "Same here, mine arrived", "Lagoons"):
        assert holding(forum.home, words) == set(), words
    assert asked(forum.home, "select count(*) from raw_ops.rewrites") == [(1,)]

    # what was deleted and is there again has its words again
    (forum.home / "retention.yaml").unlink()
    forum.run("delete from posts where id = 'new'")
    forum.night("2026-10-01")
    came_back = (
        "select is_deleted, text, (select count(*) from raw_signals.posts as read where read.text_hash is not null) from marts.fct_posts"
    )
    ((is_deleted, text, read),) = asked(forum.home, f"{came_back} where post_id = 'databases:forum:new'")
    assert (is_deleted, text) == (True, None)
    forum.post("new", "cy", f"{NEW} and more", "2026-09-29")
    forum.night("2026-10-02")
    assert asked(forum.home, f"{came_back} where post_id = 'databases:forum:new'") == [(False, f"Running\n\n{NEW} and more", read + 1)]
    assert asked(forum.home, "select post_id from marts.fct_posts where text is not null") == [("databases:forum:new",)]
