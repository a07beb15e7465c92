"""A home with a warehouse of a dozen rows: two people who quote each other, held in every kind of place that an installation has."""

from __future__ import annotations

import csv
import gzip
import hashlib
import json
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb

from connectors import platforms
from connectors.source import Page, Record
from orchestration.publishing.parquet import export_parquet
from orchestration.settings import Settings
from orchestration.warehouse.landing import Landing, SourceRun
from orchestration.warehouse.publication import publish_file
from orchestration.warehouse.raw_tables import create_raw_tables
from orchestration.warehouse.warehouse import Warehouse
from tests.homes import make_sandbox_home

NIGHT = date(2026, 9, 30)
NOW = datetime(2026, 10, 1, 2, tzinfo=UTC)
PAGES = (f"{NIGHT}.html", f"{NIGHT}.morrowbean.html", "2026-W39.html", "2026-W39.morrowbean.html", "2026-09.html")
"""Of the night, of a week and of a month, over all brands and for one."""


@dataclass(frozen=True, slots=True)
class Somebody:
    """An account on Mastodon and what it says."""

    native: str
    handle: str
    name: str
    said: str

    @property
    def author_id(self) -> str:
        return f"mastodon:{self.native}"

    @property
    def url(self) -> str:
        return f"https://murmur.example/@{self.handle}"

    @property
    def post(self) -> str:
        return f"9{self.native[::-1]}"

    @property
    def post_id(self) -> str:
        return f"mastodon:{self.post}"

    def account(self) -> dict[str, object]:
        return {"id": self.native, "username": self.handle, "acct": self.handle, "display_name": self.name, "url": self.url}

    def status(self, **more: object) -> dict[str, object]:
        return {
            "id": self.post, "created_at": "2026-09-29T10:00:00Z", "content": f"<p>{self.said}</p>", "account": self.account(),
            "favourites_count": 7, **more,
        }  # fmt: skip

    def strings(self) -> tuple[str, ...]:
        """What must be nowhere when they are forgotten."""
        return (self.author_id, self.post_id, self.url, self.said, self.handle, self.name)


def make_small_home(folder: Path, theirs: Somebody, other: Somebody) -> Settings:
    """`theirs` has an account, a post and a rank; `other` answers, quotes and names them, and has all that, too."""
    home = make_sandbox_home(folder)
    settings = Settings(home=home)
    warehouse = Warehouse(settings.warehouse)
    create_raw_tables(warehouse, [platforms()["mastodon"]])
    quoting = other.status(
        quote=theirs.status(),
        mentions=[theirs.account()],
        in_reply_to_id=theirs.post,
        in_reply_to_account_id=theirs.native,
        tags=["autumn"],
    )
    quoting["content"] = f"<p>{other.said} @{theirs.handle} said: {theirs.said}</p>"
    with warehouse.connect(write=True) as connection:
        connection.execute("drop schema marts cascade")  # of which this one has fewer columns
        connection.execute("create schema staging; create schema intermediate; create schema marts; create schema ops")
        _raw(connection, "accounts", theirs.native, theirs.account())
        _raw(connection, "accounts", other.native, other.account())
        _raw(connection, "statuses", theirs.post, theirs.status())
        _raw(connection, "statuses", other.post, quoting)
        _derived(connection, theirs, other)
        connection.execute(
            "insert into raw_ops.quarantine values ('mastodon', 'statuses', ?, 'no date', ?, ?, 'm', 'r')",
            [theirs.post, json.dumps(theirs.status()), NOW],
        )
        connection.execute("insert into raw_ops.tombstones values ('mastodon', 'statuses', ?, 'deleted', ?, 'm', 'r')", [theirs.post, NOW])
        connection.execute(
            "insert into raw_ops.cursors values ('m', ?, ?, 'r')", [json.dumps({"since": {theirs.url: "1", other.url: "2"}}), NOW]
        )
    publish_file(warehouse, settings.published)
    export_parquet(settings.published, settings.parquet, NIGHT, keep=7)
    _files(settings, theirs, other, quoting)
    return settings


def _raw(connection: duckdb.DuckDBPyConnection, entity: str, native: str, payload: dict[str, object]) -> None:
    text = json.dumps(payload, ensure_ascii=False)
    digest = hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
    connection.execute(
        f"insert into raw_mastodon.{entity} values (1, 'm', ?, ?, ?, null, ?, ?, ?, ?, ?, 'r', ?)",
        [native, text, digest, NOW, NOW, NIGHT, NOW, f"https://murmur.example/api/{native}", NOW],
    )


def _derived(connection: duckdb.DuckDBPyConnection, theirs: Somebody, other: Somebody) -> None:
    people = (theirs, other)
    posts = "post_id varchar, author_id varchar, parent_post_id varchar, url varchar, published_at timestamptz"
    connection.execute(f"""
        create table staging.stg_mastodon__accounts (native_id varchar, author_id varchar, handle varchar, display_name varchar,
            url varchar);
        create table staging.stg_mastodon__statuses (native_id varchar, {posts}, body varchar, mentioned struct(id varchar, url varchar)[]);
        create table intermediate.int_posts ({posts}, text varchar, mentioned_author_ids varchar[]);
        create view intermediate.int_said as select author_id, text from intermediate.int_posts;
        create table marts.dim_authors (author_id varchar not null, platform_id varchar, handle varchar, display_name varchar, url varchar,
            is_current boolean);
        create table marts.bridge_persons_authors (person_id varchar, author_id varchar);
        create table marts.dim_persons (person_id varchar primary key, display_name varchar);
        create table marts.fct_posts ({posts}, text varchar);
        create table marts.influencer_rankings (as_of_date date, person_id varchar, rank bigint, score double);
        create table marts.ranking_evidence (as_of_date date, person_id varchar, author_id varchar, mention_post_id varchar,
            adopter_person_id varchar, credit double);
        create table marts.fct_spend (campaign_id varchar, author_id varchar, amount decimal(18, 4));
        comment on table marts.fct_posts is 'One row per post.'
    """)
    for rank, one in enumerate(people, 1):
        mentioned = [] if one is theirs else [{"id": theirs.native, "url": theirs.url}]
        parent = None if one is theirs else theirs.post_id
        said = one.said if one is theirs else f"{one.said} @{theirs.handle} said: {theirs.said}"
        post = [one.post_id, one.author_id, parent, f"{one.url}/{one.post}", NOW]
        connection.execute(
            "insert into staging.stg_mastodon__accounts values (?, ?, ?, ?, ?)", [one.native, one.author_id, one.handle, one.name, one.url]
        )
        connection.execute("insert into staging.stg_mastodon__statuses values (?, ?, ?, ?, ?, ?, ?, ?)", [one.post, *post, said, mentioned])
        connection.execute(
            "insert into intermediate.int_posts values (?, ?, ?, ?, ?, ?, ?)", [*post, said, [f"mastodon:{m['id']}" for m in mentioned]]
        )
        connection.execute("insert into marts.fct_posts values (?, ?, ?, ?, ?, ?)", [*post, said])
        connection.execute(
            "insert into marts.dim_authors values (?, 'mastodon', ?, ?, ?, true)", [one.author_id, one.handle, one.name, one.url]
        )
        connection.execute("insert into marts.bridge_persons_authors values (?, ?)", [one.author_id, one.author_id])
        connection.execute("insert into marts.dim_persons values (?, ?)", [one.author_id, one.name])
        connection.execute("insert into marts.influencer_rankings values (?, ?, ?, ?)", [NIGHT, one.author_id, rank, 1.5 / rank])
        connection.execute("insert into marts.fct_spend values ('autumn', ?, 30)", [one.author_id])
    connection.execute(
        "insert into marts.ranking_evidence values (?, ?, ?, ?, ?, 0.25)",
        [NIGHT, theirs.author_id, theirs.author_id, theirs.post_id, other.author_id],
    )


def _files(settings: Settings, theirs: Somebody, other: Somebody, quoting: dict[str, object]) -> None:
    landing = Landing(
        settings.landing,
        SourceRun("20260930-m-1", "m", "mastodon", "microblogs", NIGHT, NIGHT, NOW, NOW, NOW),
    )
    landing.add(Page("https://murmur.example", [Record("statuses", theirs.post, theirs.status()), Record("statuses", other.post, quoting)]))
    landing.complete()
    settings.reports.mkdir()
    for page in PAGES:
        told = f"<td>1. {theirs.name}</td><td>{other.name}</td><q>{theirs.said}</q>"
        (settings.reports / page).write_text(told, encoding="utf-8")
    (settings.folder / "refresh.log").write_text(f"read {theirs.url}\nread {other.url}\n", encoding="utf-8")
    (settings.folder / "refresh.log.gz").write_bytes(gzip.compress(f"read {theirs.url} and {other.url}".encode()))
    with closing(sqlite3.connect(settings.folder / "events.db")) as database:
        database.execute("create table events (body text)")
        database.executemany(
            "insert into events values (?)", [(json.dumps({"leader": one.name, "at": one.url}),) for one in (theirs, other)]
        )
        database.commit()
    for table, rows in {
        "person_decisions": [[theirs.author_id, other.author_id, "different", "2026-09-01", ""]],
        "list_members": [
            ["q4", one.author_id, one.handle, "contacted", "2026-09-03", "vip", f"ask {theirs.name}"] for one in (theirs, other)
        ],
        "campaign_spend": [["morrowbean_autumn", one.author_id, "2026-09-03", "gift", "30.0", "EUR", ""] for one in (theirs, other)],
    }.items():
        with (settings.home / f"{table}.csv").open("a", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows(rows)
