"""Real databases: the tables of a real forum in PostgreSQL and of a real blog in MariaDB, and a million orders read in little memory."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from pydantic import SecretStr

from connectors.databases.source import SOURCE
from connectors.extraction import Extraction
from connectors.settings import Limits
from connectors.source import Tombstone, Window
from tests.conftest import ROOT, collect
from tests.connectors.reading import cursor, records, tombstones, young
from tests.real.peers import Peer, free_ports

pytestmark = pytest.mark.slow

Make = Callable[..., Extraction]
ALL_TIME = Window(datetime(2000, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))
NEXT = Window(ALL_TIME.end, datetime(2027, 1, 2, tzinfo=UTC))
MISAGO = """
    select post.id, 'message_boards' as channel, coalesce(post.poster_id, 0) as author_id, post.posted_on as published_at,
        case when post.edits > 0 then post.updated_on end as edited_at, post.original as text, post.likes,
        nullif(thread.first_post_id, post.id) as in_reply_to_id
    from misago_threads_post as post
    inner join misago_threads_thread as thread on post.thread_id = thread.id
    where not post.is_event and not post.is_hidden and not post.is_unapproved and post.posted_on < :end
"""
MISAGO_AUTHORS = (
    "select id, 'message_boards' as channel, username as handle, posts, followers, joined_on as created_at from misago_users_user"
)
WORDPRESS = """
    select id, 'blogs' as channel, post_author as author_id, post_date_gmt as published_at, post_title as title, post_content as text,
        comment_count as comments
    from wp_posts where post_type = 'post' and post_status = 'publish' and post_date_gmt >= :start and post_date_gmt < :end
"""
A_MILLION = 1_000_000
SERIES = {
    "postgresql": "generate_series(1, {rows}) as series (i)",
    "sqlite": "(with recursive n (i) as (select 1 union all select i + 1 from n where i < {rows}) select i from n)",
}
ORDERS = "select i as order_id, '2026-09-02T10:00:00Z' as ordered_at, 'kestrel' as brand_id, 9.95 as revenue, 'EUR' as currency from "


@pytest.fixture(scope="module")
def peer() -> Iterator[Callable[[str, str], str]]:
    """Starts a database server by its folder's name and restores its dump; gives the address to read it at."""
    started: list[Peer] = []
    with tempfile.TemporaryDirectory(dir="/var/tmp", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)  # PostgreSQL runs as its own user

        def start(name: str, url: str) -> str:
            scripts = Path(os.environ.get("GROUNDSWELL_PEERS", ROOT.parent / "shared" / "peers")) / name
            if not scripts.is_dir():
                pytest.skip(f"no scripts that start {name} at {scripts}")
            [port] = free_ports(1)
            server = Peer(scripts, Path(folder) / name, port)
            problem = server.run("bash", "up.sh")
            if problem:
                pytest.skip(f"{name} cannot be started here: {problem}")
            started.append(server)
            assert server.run("bash", "seed.sh") is None
            return url.format(port=port)

        yield start
        for server in started:
            server.stop()


@pytest.fixture(scope="module")
def forum(peer: Callable[[str, str], str]) -> str:
    return peer("postgres", "postgresql+psycopg://pg@127.0.0.1:{port}/forum")


@pytest.fixture
def job(extraction: Make) -> Make:
    def refuse(request: httpx.Request) -> httpx.Response:
        raise AssertionError(f"a database asked for {request.url}")

    def make(url: str, **more: Any) -> Extraction:
        return extraction(SOURCE, refuse, secrets={"url": "URL"}, secret_values={"url": SecretStr(url)}, **more)

    return make


async def test_a_real_forum_is_read_over_two_nights(forum: str, job: Make) -> None:
    queries = {"authors": MISAGO_AUTHORS, "posts": f"{MISAGO} and post.posted_on >= :start"}
    first = await collect(SOURCE.fetch(job(forum.replace("pg@", "reader:reader@"), queries=queries, window=ALL_TIME)))
    posts = records(first, "posts")
    engine = sa.create_engine(forum, poolclass=sa.NullPool)
    with engine.begin() as connection:
        ids = {f"under_test:{row.id}" for row in connection.execute(sa.text(MISAGO), {"end": ALL_TIME.end})}
        users: int = connection.execute(sa.text("select count(*) from misago_users_user")).scalar_one()
        gone, edited = sorted(ids)[:2]
        connection.execute(sa.text("update misago_threads_post set is_hidden = true where id = :id"), {"id": int(gone.split(":")[1])})
        change = "update misago_threads_post set original = 'Bought the Morrowbean', edits = 1 where id = :id"
        connection.execute(sa.text(change), {"id": int(edited.split(":")[1])})
    assert len(ids) > 40
    assert set(posts) == ids
    assert len(records(first, "authors")) == users
    assert not [rejected for page in first for rejected in page.rejected]
    again = {"window": NEXT, "cursor": cursor(first), "young": young(first, "posts"), "limits": Limits(young_days=3650)}
    second = await collect(SOURCE.fetch(job(forum, queries=queries, **again)))
    assert records(second, "posts")[edited].payload["text"] == "Bought the Morrowbean"
    assert set(records(second, "posts")) == ids - {gone}
    assert tombstones(second) == [Tombstone("posts", gone)]


async def test_a_real_blog_in_mariadb_is_read(peer: Callable[[str, str], str], job: Make) -> None:
    url = peer("mariadb", "mariadb+pymysql://reader:reader@127.0.0.1:{port}/blog")
    pages = await collect(SOURCE.fetch(job(url, queries={"posts": WORDPRESS}, window=ALL_TIME)))
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.connect() as connection:
        published = "select count(*) from wp_posts where post_type = 'post' and post_status = 'publish'"
        count: int = connection.execute(sa.text(published)).scalar_one()
    assert len(records(pages, "posts")) == count > 20
    assert all(record.published_at for record in records(pages, "posts").values())
    query = ODD.format(published="cast('2026-09-10 10:00:00' as datetime)", edited="cast('0000-00-00 00:00:00' as datetime)")
    odd = await collect(SOURCE.fetch(job(url, queries={"posts": query}, window=ALL_TIME, timezone="Europe/Berlin")))
    [post] = records(odd, "posts").values()
    assert (post.payload["published_at"], post.payload["edited_at"]) == ("2026-09-10T08:00:00Z", None)


ODD = """
    select 1 as id, 'blogs' as channel, 'a' as author_id, {published} as published_at, {edited} as edited_at
"""


@pytest.mark.parametrize("edited", ["timestamptz 'infinity'", "timestamp '0044-03-15 12:00:00 BC'", "date '20000-01-01'"])
async def test_a_time_that_postgresql_alone_knows_costs_its_cell_and_not_the_query(forum: str, job: Make, edited: str) -> None:
    query = ODD.format(published="timestamp '2026-09-10 10:00:00'", edited=edited)
    pages = await collect(SOURCE.fetch(job(forum, queries={"posts": query}, window=ALL_TIME, timezone="Europe/Berlin")))
    [post] = records(pages, "posts").values()
    assert (post.payload["published_at"], post.payload["edited_at"]) == ("2026-09-10T08:00:00Z", None)
    [rejected] = [rejected for page in pages for rejected in page.rejected]
    assert "column edited_at" in rejected.reason


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_a_million_rows_take_no_more_memory_than_a_few(database: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    """The peak of a process that reads a million orders is that of one that reads twenty thousand, and less than 120 MB more."""
    url = request.getfixturevalue("forum") if database == "postgresql" else f"sqlite:///{tmp_path / 'empty.db'}"
    if database == "sqlite":
        (tmp_path / "empty.db").touch()

    def peak(rows: int) -> tuple[int, int]:
        query = ORDERS + SERIES[database].format(rows=rows)
        command = [sys.executable, "-W", "ignore", "-m", "tests.real.read_orders", url, query]
        told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
        return int(told[0]), int(told[1])

    few, many = peak(20_000), peak(A_MILLION)
    assert (few[0], many[0]) == (20_000, A_MILLION)
    assert many[1] - few[1] < 120_000, f"{few[1]} kB, then {many[1]} kB"
