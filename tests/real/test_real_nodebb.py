"""Two nights on a real NodeBB 1.4.0: what it holds is stored, then only what changed. See test_real_servers.py for the clock."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import socket
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from connectors import platforms
from connectors.settings import BrandTerms, SourceSettings, load_sources
from orchestration.nightly.extraction import extract
from orchestration.settings import Night
from orchestration.warehouse.load import Loaded
from orchestration.warehouse.warehouse import Warehouse
from tests.conftest import ROOT
from tests.dbt_project.dbt import Dbt, Parsed
from tests.real.nodebb import ADMINISTRATOR, MEMBER, POST_DELAYS, Forum
from tests.real.peers import Peer, free_ports, wait_for

pytestmark = pytest.mark.slow

DATABASE_PORT = 18084
"""Where NodeBB's Redis listens; its script takes no other."""
WELCOME_TID = 1


@dataclass(frozen=True, slots=True)
class Server:
    """The forum, started and seeded."""

    peer: Peer
    administrator: Forum
    member: Forum
    seeded_tid: int

    def counts(self) -> dict[str, int]:
        """What it says that it holds."""
        categories = self.administrator.ask("/categories")["categories"]
        return {
            "posts": sum(int(category["post_count"]) for category in categories),
            "topics": sum(int(category["topic_count"]) for category in categories),
            "users": int(self.administrator.ask("/users")["userCount"]),
        }

    def name(self, pid: Any) -> str:
        return f"{self.peer.base.removeprefix('http://')}:{pid}"


@dataclass(frozen=True, slots=True)
class Installation:
    """A warehouse that listens to the forum."""

    folder: Path
    sources: tuple[SourceSettings, ...]
    opened: datetime

    def refresh(self, days: int) -> Loaded:
        """The night so many days ahead."""
        now = self.opened + timedelta(days=days)
        warehouse = Warehouse(self.folder / "warehouse.duckdb")
        (loaded,) = asyncio.run(extract(self.sources, Night(now.date(), now), warehouse, self.folder / "landing"))
        return loaded

    def rows(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        with duckdb.connect(self.folder / "warehouse.duckdb", read_only=True) as connection:
            return connection.execute(sql, values).fetchall()

    def posts(self) -> dict[str, dict[str, Any]]:
        """The payloads of the posts as last stored."""
        rows = self.rows("select native_id, arg_max(payload, load_id) from raw_nodebb.posts group by all")
        return {native_id: json.loads(payload) for native_id, payload in rows}

    def gone(self, night: Loaded) -> set[str]:
        """Which posts that night was told are gone."""
        sql = "select native_id from raw_ops.tombstones where entity = 'posts' and seen_at = ?"
        return {native_id for (native_id,) in self.rows(sql, night.run.observed_at)}


@dataclass(frozen=True, slots=True)
class First:
    """The first night, what the forum said it holds, and the posts that were stored."""

    loaded: Loaded
    held: Mapping[str, int]
    posts: Mapping[str, dict[str, Any]]
    gone: set[str]


@dataclass(frozen=True, slots=True)
class Changes:
    """What was written, edited and deleted between the nights, by native ids."""

    new: str
    edited: str
    deleted: str


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """Started from nothing; ended and removed whatever happens."""
    scripts = Path(os.environ.get("GROUNDSWELL_PEERS", ROOT.parent / "shared" / "peers")) / "nodebb"
    if not scripts.is_dir():
        pytest.skip(f"no scripts of a real forum at {scripts}: set GROUNDSWELL_PEERS to run the tests on it")
    if os.geteuid() != 0 or not all(map(shutil.which, ("apt-get", "npm", "node"))):
        pytest.skip("a real forum is installed with apt-get and npm by root: run as root on Debian with Node.js to test on it")
    with socket.socket() as probe:
        if probe.connect_ex(("127.0.0.1", DATABASE_PORT)) == 0:
            pytest.skip(f"port {DATABASE_PORT} is taken, NodeBB's database needs it: end what listens there to test on a real forum")
    home = Path(tempfile.mkdtemp(prefix="gs", dir="/var/tmp"))
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, home, ignore_errors=True)
        peer = Peer(scripts, home / "nodebb", free_ports(1)[0])
        stack.callback(peer.stop)
        for script in ("up.sh", "seed.sh"):
            complaint = peer.run("bash", script)
            assert complaint is None, f"{script}: {complaint}"
        administrator, member = Forum(peer, *ADMINISTRATOR), Forum(peer, *MEMBER)
        stack.callback(administrator.http.close)
        stack.callback(member.http.close)
        administrator.call("admin.config.setMultiple", POST_DELAYS)
        yield Server(peer, administrator, member, int(json.loads((peer.home / "seeded.json").read_text())["tid"]))


@pytest.fixture(scope="module")
def installation(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """Listens to the whole forum by a sources file."""
    folder = tmp_path_factory.mktemp("real")
    entry = {"name": "forum", "platform": "nodebb", "base_url": server.peer.base, "allow_private": True}
    file = folder / "sources.yaml"
    file.write_text(yaml.safe_dump({"sources": [entry | {"limits": {"requests_per_second": 1000}}]}))
    return Installation(folder, load_sources(file, BrandTerms(), platforms(), {}), datetime.now(UTC))


@pytest.fixture(scope="module")
def first(server: Server, installation: Installation) -> First:
    """The first night."""
    held = server.counts()
    loaded = installation.refresh(0)
    return First(loaded, held, installation.posts(), installation.gone(loaded))


@pytest.fixture(scope="module")
def changes(server: Server, first: First) -> Changes:
    """A reply, an edit and a deletion, as members make them; the server's delays between posts are on."""
    uid = str(server.member.ask(f"/user/{MEMBER[0]}")["uid"])
    answers = [post for post in first.posts.values() if int(post["tid"]) == server.seeded_tid and not post["is_main"]]
    edited, *_, deleted = sorted((post["pid"] for post in answers if post["uid"] == uid), key=int)
    with pytest.raises(AssertionError, match=r"user-too-new|too-many-posts-newbie"):
        server.member.call("posts.reply", {"tid": WELCOME_TID, "content": "sooner than the forum lets new members post"})
    server.administrator.call("topics.unlock", {"tids": [server.seeded_tid], "cid": 2})
    new = server.administrator.call("posts.reply", {"tid": WELCOME_TID, "content": "a new answer about tea", "toPid": 1})
    server.member.call("posts.edit", {"pid": edited, "content": "the answer, edited"})
    server.member.call("posts.delete", {"pid": deleted, "tid": server.seeded_tid})
    wait_for(lambda: server.counts()["posts"] == first.held["posts"] + 1)
    return Changes(server.name(new["pid"]), server.name(edited), server.name(deleted))


@pytest.fixture(scope="module")
def second(installation: Installation, changes: Changes) -> Loaded:
    """The night after."""
    return installation.refresh(1)


def outcome(loaded: Loaded) -> tuple[str, str | None, int]:
    return loaded.run.status, loaded.run.error, loaded.rejected_count


def test_the_first_night_stores_what_the_forum_says_it_holds(first: First, installation: Installation) -> None:
    assert outcome(first.loaded) == ("succeeded", None, 0)
    users = {native_id for (native_id,) in installation.rows("select native_id from raw_nodebb.users")}
    topics = {post["topic"]["tid"] for post in first.posts.values()}
    assert {"posts": len(first.posts) + len(first.gone), "topics": len(topics), "users": len(users)} == first.held
    assert first.held == {"posts": 74, "topics": 27, "users": 4}
    assert len(first.gone) == 1, "seed.cjs deletes one"


def test_the_second_night_sees_what_changed_and_nothing_else(
    first: First, second: Loaded, installation: Installation, changes: Changes
) -> None:
    assert outcome(second) == ("succeeded", None, 0)
    posts = installation.posts()
    assert posts.keys() - first.posts.keys() == {changes.new}
    written = ("content", "edited", "deleted", "votes", "user", "parent_post")
    changed = {
        native_id
        for native_id, post in first.posts.items()
        if [posts[native_id].get(key) for key in written] != [post.get(key) for key in written]
    }
    assert changed == {changes.edited}
    assert "the answer, edited" in posts[changes.edited]["content"]
    assert installation.gone(second) - first.gone == {changes.deleted}


def test_staging_reads_both_nights(installation: Installation, second: Loaded, changes: Changes, parsed: Parsed) -> None:
    Dbt(installation.folder, parsed).run("build", "--select", "path:models/staging/nodebb", "--exclude-resource-type", "unit_test")
    latest = """
        select post_id, body, parent_post_id, edited_at is not null, ill_typed from staging.stg_nodebb__posts
        where native_id in (?, ?) qualify row_number() over (partition by native_id order by load_id desc) = 1
    """
    found = {post_id: told for post_id, *told in installation.rows(latest, changes.new, changes.edited)}
    host = changes.new.rpartition(":")[0]
    assert found[f"nodebb:{changes.new}"] == ["a new answer about tea", f"nodebb:{host}:1", False, None]
    assert found[f"nodebb:{changes.edited}"][0] == "the answer, edited"
    assert found[f"nodebb:{changes.edited}"][2:] == [True, None]
    assert installation.rows("select native_id from staging.stg_nodebb__users where ill_typed is not null") == []
