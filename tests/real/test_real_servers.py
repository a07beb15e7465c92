"""Two nights on real MediaWiki, WordPress and Mastodon-compatible servers: what they hold is stored, then only what changed.

Real servers stamp what they hold with the real time. So the first night is today, asked now; the second is tomorrow, asked at this
hour: its window ends a day ahead of the servers' clocks.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
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
from tests.real.peers import Blog, Microblog, Peer, Wiki, free_ports, wait_for

pytestmark = pytest.mark.slow

DATABASE_PORT = 18098
"""Where WordPress's database listens; its script takes no other."""

SEEDED_STATUSES = 66
"""What seed.py leaves for everyone to read: 3 of Alice, 1 of Bob, 61 of Chiyo, 1 of Dave."""

FEED_LENGTH = 10
CHANGES_FEED_LENGTH = 50
SEEDS = {"mediawiki": ("seed.py",), "wordpress": ("seed.py", "podcast.py"), "snac": ("seed.py",)}


@dataclass(frozen=True, slots=True)
class Servers:
    """The three, started and seeded."""

    peers: Mapping[str, Peer]
    wiki: Wiki
    blog: Blog
    microblog: Microblog
    token: str


@dataclass(frozen=True, slots=True)
class Installation:
    """A warehouse and what it listens to."""

    folder: Path
    sources: tuple[SourceSettings, ...]
    opened: datetime

    def refresh(self, days: int) -> dict[str, Loaded]:
        """The night so many days ahead; what each source brought."""
        now = self.opened + timedelta(days=days)
        warehouse = Warehouse(self.folder / "warehouse.duckdb")
        loaded = asyncio.run(extract(self.sources, Night(now.date(), now), warehouse, self.folder / "landing"))
        return {one.run.source_name: one for one in loaded}

    def rows(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        with duckdb.connect(self.folder / "warehouse.duckdb", read_only=True) as connection:
            return connection.execute(sql, values).fetchall()

    def ids(self, table: str, source_name: str) -> list[str]:
        """The native id of every row of a raw table."""
        return [
            native_id for (native_id,) in self.rows(f"select native_id from raw_{table} where source_name = ? order by all", source_name)
        ]


@dataclass(frozen=True, slots=True)
class First:
    """The first night: what each source brought, which ids are stored, and which the servers said they hold, by raw table and source."""

    loaded: Mapping[str, Loaded]
    stored: Mapping[tuple[str, str], list[str]]
    held: Mapping[tuple[str, str], list[str]]
    fed_changes: set[str]
    blog_totals: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Changes:
    """What was written, edited and deleted between the nights, by its ids in the warehouse."""

    new: Mapping[str, str]
    edited: Mapping[str, str]
    deleted: Mapping[str, str]
    deleted_page: str
    edited_page: str


@pytest.fixture(scope="module")
def scripts() -> Path:
    """The scripts that start real servers; they are not part of the project."""
    folder = Path(os.environ.get("GROUNDSWELL_PEERS", ROOT.parent / "shared" / "peers"))
    if not folder.is_dir():
        pytest.skip(f"no scripts of real servers at {folder}: set GROUNDSWELL_PEERS to run the tests on them")
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        pytest.skip("real servers are installed with apt-get by root: run as root on Debian to test on them")
    with socket.socket() as probe:
        if probe.connect_ex(("127.0.0.1", DATABASE_PORT)) == 0:
            pytest.skip(f"port {DATABASE_PORT} is taken, WordPress's database needs it: end what listens there to test on real servers")
    return folder


@pytest.fixture(scope="module")
def servers(scripts: Path) -> Iterator[Servers]:
    """Started from nothing; ended and removed whatever happens."""
    # Not in pytest's folder: the database's user must get in, and its socket's path may have 107 characters.
    home = Path(tempfile.mkdtemp(prefix="gs", dir="/var/tmp"))
    home.chmod(0o711)
    peers = {name: Peer(scripts / name, home / name, port) for name, port in zip(SEEDS, free_ports(len(SEEDS)), strict=True)}
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, home, ignore_errors=True)
        for peer in peers.values():
            stack.callback(peer.stop)
            start(peer)
        with ThreadPoolExecutor() as threads:
            complaints = threads.map(seed, peers.values())
        assert [complaint for complaint in complaints if complaint] == []
        seeded = json.loads((peers["snac"].home / "seeded.json").read_text())
        token = seeded["token"]
        clients = Wiki(peers["mediawiki"]), Blog(peers["wordpress"]), Microblog(peers["snac"], token, seeded["acct"])
        for client in (clients[0].http, clients[1].http, clients[1].guest, clients[2].http):
            stack.callback(client.close)
        yield Servers(peers, *clients, token)


def start(peer: Peer) -> None:
    """Installs and starts it; where apt's lists are too old, once more with new ones."""
    if peer.run("bash", "up.sh") is None:
        return
    update = ["apt-get", "update", "-qq", "-o", "APT::Update::Error-Mode=any"]
    updated = subprocess.run(update, capture_output=True, text=True, timeout=300, check=False)
    if updated.returncode:
        pytest.skip(f"apt cannot install real servers here: {updated.stderr.strip()[-300:]}")
    complaint = peer.run("bash", "up.sh")
    assert complaint is None, f"{peer.scripts.name} did not start: {complaint}"


def seed(peer: Peer) -> str | None:
    return next((complaint for script in SEEDS[peer.scripts.name] if (complaint := peer.run("python3", script))), None)


@pytest.fixture(scope="module")
def installation(servers: Servers, tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """Listens to all three by a sources file."""
    folder = tmp_path_factory.mktemp("real")
    base = {name: peer.base for name, peer in servers.peers.items()}
    entries: list[dict[str, Any]] = [
        {"name": "blog", "platform": "feeds", "feeds": [f"{base['wordpress']}/feed/"]},
        {"name": "podcast", "platform": "podcast_feeds", "feeds": [f"{base['wordpress']}/?feed=rss2&category_name=podcast"]},
        {
            "name": "changes",
            "platform": "feeds",
            "feeds": [f"{base['mediawiki']}/index.php?title=Special:RecentChanges&feed=atom&limit=500"],
        },
        {
            "name": "site",
            "platform": "wordpress",
            "base_url": base["wordpress"],
            "limits": {"history_days": 730, "young_days": 730},  # what the seed writes is up to a year old
        },
        {"name": "wiki", "platform": "mediawiki", "base_url": base["mediawiki"], "pages": ["*"]},
        {
            "name": "microblog",
            "platform": "mastodon",
            "base_url": base["snac"],
            "tags": ["coffee", "tea"],
            "accounts": ["alice", "bob", "chiyo", "dave"],
            "secrets": {"token": "REAL_SERVER_TOKEN"},
        },
    ]
    for entry in entries:
        entry["allow_private"] = True
        entry["limits"] = {"requests_per_second": 1000, **entry.get("limits", {})}
    file = folder / "sources.yaml"
    file.write_text(yaml.safe_dump({"sources": entries}))
    sources = load_sources(file, BrandTerms(), platforms(), {"REAL_SERVER_TOKEN": servers.token})
    wait_for_next_second()  # the wiki's stamps have no finer time, and a window leaves out what happens at its end
    return Installation(folder, sources, datetime.now(UTC))


def wait_for_next_second() -> None:
    now = datetime.now(UTC)
    wait_for(lambda: datetime.now(UTC).replace(microsecond=0) > now)


@pytest.fixture(scope="module")
def first(servers: Servers, installation: Installation) -> First:
    """The first night."""
    wiki, blog = servers.wiki, servers.blog
    host = wiki.peer.base.removeprefix("http://")
    feeds = {source.name: source.feeds[0] for source in installation.sources if source.feeds}
    posts, post_count = blog.newest()
    episodes, episode_count = blog.newest(categories=blog.category("podcast"))
    people = [*(str(user) for user in wiki.users()), "ip:127.0.0.1"]
    site = servers.peers["wordpress"].base.removeprefix("http://")
    held = {
        ("feeds.entries", "blog"): [f"{feeds['blog']} {post['guid']['rendered']}" for post in posts],
        ("podcast_feeds.episodes", "podcast"): [f"{feeds['podcast']} {post['guid']['rendered']}" for post in episodes],
        ("mediawiki.revisions", "wiki"): [f"{host}:{revision}" for revision in wiki.revisions()],
        ("mediawiki.pages", "wiki"): [f"{host}:{page}" for page in wiki.pages().values()],
        ("mediawiki.users", "wiki"): [f"{host}:{user}" for user in people],
        ("wordpress.posts", "site"): [f"{site}:{post}" for post in blog.posts()],
        ("wordpress.comments", "site"): [f"{site}:comment-{comment}" for comment in blog.comments()],
        ("mastodon.statuses", "microblog"): [status["uri"] for status in servers.microblog.statuses(servers.microblog.accounts)],
    }
    changes = wiki.fed_changes()
    loaded = installation.refresh(0)
    stored = {(table, source): installation.ids(table, source) for table, source in (*held, ("feeds.entries", "changes"))}
    return First(loaded, stored, held, changes, (post_count, episode_count))


@pytest.fixture(scope="module")
def changes(servers: Servers, first: First) -> Changes:
    """On each server something new, an edit and a deletion, all by its own API."""
    wiki, blog, microblog = servers.wiki, servers.blog, servers.microblog
    host = wiki.peer.base.removeprefix("http://")
    pages = wiki.pages()
    (doomed,) = wiki.revisions(titles="Stub/07")
    new_revision = wiki.edit("Grinder", "A '''grinder''' grinds.")
    edited_revision = wiki.edit("Tea", "'''Tea''' is a drink, and so is [[Coffee]].")
    wiki.delete("Stub/07")
    wiki.finish()

    podcast = blog.category("podcast")
    episodes, _ = blog.newest(categories=podcast)
    posts, _ = blog.newest()
    shown = {post["id"] for post in posts}
    edited_post = next(post for post in episodes if post["id"] in shown)
    deleted_post = next(post for post in posts if post["title"]["rendered"].startswith("Post number"))
    edited_comment, deleted_comment, *_ = blog.comments()
    blog.edit_comment(edited_comment, content="The comment, edited")
    blog.delete_comment(deleted_comment)
    new_post = blog.publish(title="A new episode", content="<p>Fresh show notes</p>", categories=[podcast])
    blog.edit(edited_post["id"], content="<p>Show notes, edited</p>")
    blog.delete(deleted_post["id"])

    reply, unlisted = (
        next(status for status in microblog.statuses(["alice"]) if words in status["content"])
        for words in ("reply to the reply", "unlisted")
    )
    new_status = microblog.publish("a new status on #coffee")
    microblog.edit(reply["id"], "the reply, edited")
    microblog.delete(unlisted)
    wait_for(lambda: microblog.get(unlisted["id"]) is None)
    wait_for(lambda: "edited" in (microblog.get(reply["id"]) or {})["content"])

    feeds = f"feeds:{servers.peers['wordpress'].base}/feed/"
    site = f"wordpress:{servers.peers['wordpress'].base.removeprefix('http://')}"
    return Changes(
        new={
            "blog": f"{feeds} {new_post['guid']['rendered']}",
            "site": f"{site}:{new_post['id']}",
            "wiki": f"mediawiki:{host}:{new_revision}",
            "wiki_edit": f"mediawiki:{host}:{edited_revision}",
            "microblog": f"mastodon:{new_status}",
        },
        edited={
            "blog": f"{feeds} {edited_post['guid']['rendered']}",
            "site": f"{site}:{edited_post['id']}",
            "comment": f"{site}:comment-{edited_comment}",
            "microblog": f"mastodon:{reply['uri']}",
        },
        deleted={
            "blog": f"{feeds} {deleted_post['guid']['rendered']}",
            "site": f"{site}:{deleted_post['id']}",
            "comment": f"{site}:comment-{deleted_comment}",
            "wiki": f"mediawiki:{host}:{doomed}",
            "microblog": f"mastodon:{unlisted['uri']}",
        },
        deleted_page=f"{host}:{pages['Stub/07']}",
        edited_page=f"{host}:{pages['Tea']}",
    )


@pytest.fixture(scope="module")
def second(installation: Installation, changes: Changes) -> dict[str, Loaded]:
    """The night after."""
    return installation.refresh(1)


@pytest.fixture(scope="module")
def posts(installation: Installation, second: dict[str, Loaded], parsed: Parsed) -> dict[str, tuple[str, bool]]:
    """fct_posts of the second night, by whatever a post is called where it was seen: text and whether it is deleted."""
    Dbt(installation.folder, parsed).run("build", "--exclude-resource-type", "unit_test")
    rows = installation.rows("""
        select post_id, text, is_deleted from marts.fct_posts
        union
        select sightings.sighting_id, posts.text, posts.is_deleted
        from marts.fct_post_sightings as sightings inner join marts.fct_posts as posts on sightings.post_id = posts.post_id
    """)
    return {post_id: (text, gone) for post_id, text, gone in rows}


def outcome(loaded: Mapping[str, Loaded]) -> dict[str, tuple[str, str | None, int]]:
    return {name: (one.run.status, one.run.error, one.rejected_count) for name, one in loaded.items()}


SOUND = dict.fromkeys(("blog", "podcast", "changes", "site", "wiki", "microblog"), ("succeeded", None, 0))


def test_the_first_night_reads_every_source_in_full(first: First) -> None:
    assert outcome(first.loaded) == SOUND


@pytest.mark.parametrize(
    ("table", "source"),
    [
        ("feeds.entries", "blog"),
        ("podcast_feeds.episodes", "podcast"),
        ("wordpress.posts", "site"),
        ("wordpress.comments", "site"),
        ("mediawiki.revisions", "wiki"),
        ("mediawiki.pages", "wiki"),
        ("mediawiki.users", "wiki"),
    ],
)
def test_the_first_night_stores_what_the_servers_hold(first: First, table: str, source: str) -> None:
    assert first.stored[table, source] == sorted(first.held[table, source])


def test_the_feeds_are_as_long_as_their_servers_make_them(first: First) -> None:
    posts, episodes = first.blog_totals
    assert len(first.stored["feeds.entries", "blog"]) == min(posts, FEED_LENGTH)
    assert len(first.stored["podcast_feeds.episodes", "podcast"]) == min(episodes, FEED_LENGTH)
    assert CHANGES_FEED_LENGTH - 5 <= len(first.stored["feeds.entries", "changes"]) == len(first.fed_changes) <= CHANGES_FEED_LENGTH


def test_the_first_night_stores_every_public_status(first: First) -> None:
    held = first.held["mastodon.statuses", "microblog"]
    reblogs = [uri for uri in first.stored["mastodon.statuses", "microblog"] if uri not in held]

    assert len(held) == SEEDED_STATUSES
    assert sorted(set(first.stored["mastodon.statuses", "microblog"]) - set(reblogs)) == sorted(held)
    assert first.loaded["microblog"].entity_counts["reblogs"] == 1


def test_the_second_night_stores_only_what_is_new_or_changed(installation: Installation, second: dict[str, Loaded]) -> None:
    assert outcome(second) == SOUND
    stored = {name: {entity: count for entity, count in one.entity_counts.items() if count} for name, one in second.items()}
    assert stored.pop("site")["comments"] == 1
    player = r"audio-\d+-\d+|\?_=\d+|<!--\[if lt IE 9\].*?<!\[endif\]-->(\\n)?"  # WordPress numbers them anew in each answer
    assert installation.rows(
        "select count(*) from (select native_id from raw_wordpress.posts group by native_id"
        " having count(distinct regexp_replace(payload, ?, '', 'g')) > 1)",
        player,
    ) == [(2,)], "the edited one, and the one with a comment less"
    assert stored == {
        "blog": {"entries": 2},
        "podcast": {"episodes": 2},
        "changes": {"entries": 3},
        "wiki": {"pages": 2, "revisions": 2, "users": 1},
        "microblog": {"statuses": 2},
    }


def test_what_was_edited_has_a_second_version(installation: Installation, second: dict[str, Loaded], changes: Changes) -> None:
    for table, native_id in (
        ("feeds.entries", changes.edited["blog"].removeprefix("feeds:")),
        ("wordpress.posts", changes.edited["site"].removeprefix("wordpress:")),
        ("wordpress.comments", changes.edited["comment"].removeprefix("wordpress:")),
        ("mastodon.statuses", changes.edited["microblog"].removeprefix("mastodon:")),
        ("mediawiki.pages", changes.edited_page),
    ):
        ((versions,),) = installation.rows(f"select count(distinct payload_hash) from raw_{table} where native_id = ?", native_id)
        assert (table, versions) == (table, 2)


def test_what_was_deleted_has_a_tombstone(installation: Installation, second: dict[str, Loaded], changes: Changes) -> None:
    run = second["wiki"].run
    found = installation.rows("select platform, entity, native_id from raw_ops.tombstones where seen_at = ? order by all", run.observed_at)

    assert found == [  # a feed does not say what was taken out of it
        ("mastodon", "statuses", changes.deleted["microblog"].removeprefix("mastodon:")),
        ("mediawiki", "pages", changes.deleted_page),
        ("mediawiki", "revisions", changes.deleted["wiki"].removeprefix("mediawiki:")),
        ("wordpress", "comments", changes.deleted["comment"].removeprefix("wordpress:")),
        ("wordpress", "posts", changes.deleted["site"].removeprefix("wordpress:")),
    ]


def test_the_marts_show_the_edits_and_the_deletions(posts: dict[str, tuple[str, bool]], changes: Changes) -> None:
    assert all(not posts[post][1] for post in (*changes.new.values(), *changes.edited.values()))
    assert "Show notes, edited" in posts[changes.edited["blog"]][0]
    assert "Show notes, edited" in posts[changes.edited["site"]][0]
    assert "The comment, edited" in posts[changes.edited["comment"]][0]
    assert "the reply, edited" in posts[changes.edited["microblog"]][0]
    assert {source: posts[post][1] for source, post in changes.deleted.items()} == {
        "blog": True,  # which its feed does not say: it is the site's post, and the site does
        "site": True,
        "comment": True,
        "wiki": True,
        "microblog": True,
    }
