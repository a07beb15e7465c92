"""No row of input stops a night: two nights of damaged sources, and of every platform's recorded answers, sound and then damaged.

A night of its own for each of two hundred small warehouses would take 50 seconds of a processor, all of them three hours. Here four are
a source, and all sources (25 folders of files, 25 SQLite databases) those of the same two real nights: they go through the command, the
connectors, the loader, dbt, signals, score, attribution and publishing, and meet each other's rows besides. More of them, each with a
seed of its own: `make test-damage ROUNDS=5`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import duckdb
import pytest

from connectors import platforms
from connectors.files.records import CELL_LOST
from connectors.source import Page, Record
from orchestration.settings import ROOT
from orchestration.warehouse.landing import Landing, SourceRun
from tests.homes import make_sandbox_home
from tests.orchestration.nightly.damage import damaged, damaged_payload, queries, world, write_database, write_files
from tests.orchestration.nightly.recordings import PLATFORMS, recorded_pages
from tests.processes import groundswell

pytestmark = pytest.mark.slow

ROUNDS = int(os.environ.get("GROUNDSWELL_DAMAGE_ROUNDS", "1"))
SOURCES, WORLDS_EACH = 50, 4
NIGHTS = (date(2026, 11, 22), date(2026, 11, 23))
CASES = Path(os.environ.get("GROUNDSWELL_CASES", ROOT.parent / "shared" / "cases"))
PAYLOADS = Path(os.environ.get("GROUNDSWELL_PAYLOADS", ROOT.parent / "shared" / "payloads"))


@dataclass(slots=True)
class Nights:
    """A home after its two nights: what each source held, what the command told of each night, and what was landed of recordings."""

    home: Path
    rows: dict[str, int] = field(default_factory=dict)
    told: list[dict[str, Mapping[str, Any]]] = field(default_factory=list)
    recorded: set[tuple[str, str]] = field(default_factory=set)

    def query(self, sql: str, *, warehouse: bool = False) -> list[tuple[Any, ...]]:
        """Rows of the published file, or of the warehouse."""
        path = self.home / "data" / ("warehouse.duckdb" if warehouse else "published/groundswell.duckdb")
        with duckdb.connect(path, read_only=True) as connection:
            connection.execute("set timezone = 'UTC'")
            return connection.execute(sql).fetchall()


def write_worlds(nights: Nights, seed: str, numbers: range) -> None:
    """The sources of these numbers; every fifth one's ids are other sources' too."""
    for number in numbers:
        rng = Random(f"{seed} {number}")
        made = [damaged(world(rng, f"w{number}-{each}-" if number % 5 else ""), rng) for each in range(WORLDS_EACH)]
        place = nights.home / "in" / f"w{number}"
        place.parent.mkdir(exist_ok=True)
        nights.rows[f"w{number}"] = write_database(place, made, rng) if number % 2 else write_files(place, made, rng)


def entries(nights: Nights) -> Iterator[str]:
    asked = "{" + ", ".join(f"{entity}: '{query}'" for entity, query in queries().items()) + "}"
    for name in nights.rows:
        if int(name[1:]) % 2:
            yield f"  - {{name: {name}, platform: databases, queries: {asked}, secrets: {{url: URL_{name.upper()}, hash_key: HASH_KEY}}}}\n"
        else:
            yield f"  - {{name: {name}, platform: files, path: in/{name}, secrets: {{hash_key: HASH_KEY}}}}\n"
    if CASES.is_dir():
        yield f"  - {{name: noauthor, platform: files, path: {CASES / 'files_noauthor'}}}\n"
        yield f"  - {{name: judgeme, platform: files, path: {CASES / 'files_judgeme_json'}}}\n"
        yield "  - {name: phpbb, platform: databases, software: phpbb, limits: {history_days: 365},\n     secrets: {url: URL_PHPBB}}\n"


@cache
def recordings() -> Mapping[str, Sequence[Page]]:
    return dict(recorded_pages(PAYLOADS)) if PAYLOADS.is_dir() else {}


def land_recordings(nights: Nights, night: date, rng: Random | None) -> None:
    """What the connectors make of recorded answers, as complete source runs that a refresh finds; damaged where there is an `rng`."""
    for platform, pages in recordings().items():
        end = datetime.combine(night, time(), UTC) + timedelta(days=1)
        run = SourceRun(
            source_run_id=f"{night:%Y%m%d}-recorded_{platform}-1", source_name=f"recorded_{platform}", platform=platform,
            channel=platforms()[platform].channel, night=night, observed_date=night, window_start=end - timedelta(days=1), window_end=end,
            observed_at=end + timedelta(hours=1),
        )  # fmt: skip
        landing = Landing(nights.home / "data" / "landing", run)
        for page in pages:
            landing.add(Page(page.url, [broken(record, rng) if rng else record for record in page.records]))
            for record in page.records:
                nights.recorded.add((f"{platform}.{record.entity}", record.native_id))
        landing.complete()


def broken(record: Record, rng: Random) -> Record:
    return Record(record.entity, record.native_id, damaged_payload(record.payload, rng), record.published_at, record.lookup_key)


def refresh(nights: Nights, night: date) -> None:
    urls = {f"URL_{name.upper()}": f"sqlite:///{nights.home}/in/{name}" for name in [*nights.rows, "phpbb"]}
    now = datetime.combine(night, time(2), UTC) + timedelta(days=1)
    environment = (
        os.environ | urls | {"HASH_KEY": "a key of tests", "GROUNDSWELL_HOME": str(nights.home), "GROUNDSWELL_NOW": now.isoformat()}
    )
    done = groundswell("refresh", "--json", environment=environment)
    assert done.returncode == 0, done.stderr + done.stdout
    nights.told.append({outcome["source_name"]: outcome for outcome in json.loads(done.stdout.splitlines()[-1])})


@pytest.fixture(scope="module", params=range(1, ROUNDS + 1))
def nights(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Nights:
    """The first night, and a second in which a part of the worlds and all recordings have come (again) with other damage."""
    seed = f"seed {request.param}"
    nights = Nights(make_sandbox_home(tmp_path_factory.mktemp("damaged") / "home"))
    write_worlds(nights, seed, range(SOURCES))
    if CASES.is_dir():
        subprocess.run([sys.executable, CASES / "make_phpbb.py", nights.home / "in" / "phpbb"], check=True)
    with (nights.home / "list_members.csv").open("a", encoding="utf-8") as listed:
        listed.write("q4,files:nobody_knows,nobody,contacted,2026-09-01,,\n")
    (nights.home / "sources.yaml").write_text("sources:\n" + "".join(entries(nights)), encoding="utf-8")
    for night, rng in zip(NIGHTS, (None, Random(seed)), strict=True):
        if rng:
            rows = dict(nights.rows)
            write_worlds(nights, f"{seed} again", range(0, SOURCES, 5))
            nights.rows = rows
        land_recordings(nights, night, rng)
        refresh(nights, night)
    return nights


def test_both_nights_are_published_and_no_source_fails(nights: Nights) -> None:
    assert {(name, told["status"]) for of_night in nights.told for name, told in of_night.items() if told["status"] != "succeeded"} == set()
    published = nights.query("select distinct observed_date from ops.ops_source_runs order by 1")
    assert published == [(night,) for night in NIGHTS]


def test_what_is_read_is_loaded_or_set_aside(nights: Nights) -> None:
    lost = dict(
        nights.query(
            f"select source_name, count(*) from ops.ops_quarantine where found_by = 'loader' and not ends_with(reason, '{CELL_LOST}')"
            f" and observed_at::date = date '{NIGHTS[1]}' group by 1"  # a night is observed on the day after
        )
    )
    loaded = {name: nights.told[0][name]["record_count"] for name in nights.rows}
    assert {name: loaded[name] + lost.get(name, 0) for name in nights.rows} == nights.rows
    assert sum(lost.values()) > 200
    assert sum(loaded.values()) > 2000


def test_what_is_set_aside_names_its_place_and_column(nights: Nights) -> None:
    reasons = nights.query("select reason from ops.ops_quarantine where found_by = 'loader' and starts_with(source_name, 'w')")
    unplaced = [reason for (reason,) in reasons if "line " not in reason and " row " not in reason]
    assert unplaced == []


def test_no_rule_is_broken(nights: Nights) -> None:
    broken = nights.query("select night, model, rule, row_count from raw_ops.broken_rules", warehouse=True)
    # ids that damage has made the same in two sources are told by the one rule that is about them
    assert [found for found in broken if not str(found[2]).startswith("same_in_all_sources")] == []


def test_gaps_are_counted_by_night_source_and_column(nights: Nights) -> None:
    gaps = nights.query("select entity, column_name, sum(gap_count), min(examples) from ops.ops_referential_gaps group by all")
    found = {(entity, column) for entity, column, _, _ in gaps}
    assert found >= {
        ("posts", "author_id"), ("posts", "parent_post_id"), ("interactions", "actor_author_id"), ("interactions", "target_author_id"),
        ("interactions", "target_post_id"), ("follows", "followed_author_id"), ("orders", "brand_id"), ("orders", "product_id"),
        ("orders", "customer_author_id"), ("refunds", "order_id"), ("reviews", "product_id"), ("list_members", "author_id"),
    }  # fmt: skip
    assert all(" -> " in examples for *_, examples in gaps)
    listed = nights.query("select list, author_id, person, person_id, status, rank from marts.mart_list_members")
    assert listed == [("q4", "files:nobody_knows", "nobody", None, "contacted", None)]
    of_nights = nights.query("select distinct observed_date from ops.ops_referential_gaps where source_name <> 'home' order by 1")
    assert of_nights == [(night,) for night in NIGHTS]


def test_who_is_pointed_at_and_missing_is_an_author_of_whom_nothing_is_known(nights: Nights) -> None:
    known = nights.query(
        "select count(*) from marts.fct_posts as posts inner join marts.dim_authors as authors"
        " on posts.author_id = authors.author_id and authors.is_current"
        " where posts.author_id = 'files:never_described' and authors.handle is null"
        " and authors.channel_id is not null"
    )
    assert known[0][0] > 0


@pytest.mark.skipif(not CASES.is_dir(), reason=f"no cases at {CASES}: set GROUNDSWELL_CASES")
def test_the_known_cases_are_published(nights: Nights) -> None:
    posts = nights.query(
        "select posts.post_id, posts.channel_id, authors.handle from marts.fct_posts as posts left join marts.dim_authors as authors"
        " on posts.author_id = authors.author_id and authors.is_current where posts.author_id in ('files:u1', 'files:u2')"
        " or posts.post_id = 'files:review:judge.me:71' or starts_with(posts.post_id, 'databases:phpbb:') order by 1"
    )
    assert [post_id for post_id, _, _ in posts] == [
        "databases:phpbb:11", "databases:phpbb:13", "files:1", "files:2", "files:review:judge.me:71"
    ]  # fmt: skip
    assert {channel for _, channel, _ in posts} == {"message_boards", "communities"}


@pytest.mark.skipif(not PAYLOADS.is_dir(), reason=f"no recorded payloads at {PAYLOADS}: set GROUNDSWELL_PAYLOADS")
def test_recorded_answers_come_to_the_marts(nights: Nights) -> None:
    landed = Counter(table for table, _ in nights.recorded)
    assert {table.partition(".")[0] for table in landed} == set(PLATFORMS)
    counts = [
        f"select '{table}', count(distinct native_id) from staging.stg_{table.replace('.', '__')} where source_name like 'recorded_%'"
        for table in landed
    ]
    assert dict(nights.query(" union all ".join(counts), warehouse=True)) == landed
    published = dict(nights.query("select platform_id, count(*) from marts.fct_posts group by all"))
    assert set(PLATFORMS) - set(published) == {"pageviews", "itunes"}  # counts of pages, and podcasts: no posts
    assert published["reddit"] == landed["reddit.posts"] + landed["reddit.comments"]
