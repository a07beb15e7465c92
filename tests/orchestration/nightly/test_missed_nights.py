"""Nights of a far zone: one, then three that nobody ran, then one that catches up on two of them, then the first one over again."""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.homes import make_sandbox_home
from tests.processes import groundswell

pytestmark = pytest.mark.slow

ZONE = "Asia/Tokyo"  # nine hours ahead: at 02:00 there, it is the day before in UTC
FIRST, LAST = date(2026, 9, 10), date(2026, 9, 14)
HEAD = "id,channel,author_id,published_at,text,in_reply_to_id\n"
POSTS = (
    "p1,microblogs,ann,2026-09-10T08:00:00Z,The Morrowbean Press is the best press I have had.,\n"
    "p2,microblogs,ben,2026-09-10T10:00:00Z,Just bought the Morrowbean Press.,p1\n"
)
MORE = (
    "p3,microblogs,ann,2026-09-12T14:59:00Z,Still in love with my Morrowbean Press.,\n"
    "p4,microblogs,ann,2026-09-12T15:01:00Z,Another week with the Morrowbean Press.,\n"
)  # a minute before midnight in Tokyo, and a minute after


@dataclass
class Nights:
    """What is there after the fourth refresh, and what was there before it."""

    data: Path
    told: list[str]
    before: dict[str, bytes]

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(self.data / "warehouse.duckdb", read_only=True) as connection:
            return connection.execute(query).fetchall()


def refresh(home: Path, now: str, *arguments: str) -> str:
    environment = {
        **os.environ, "GROUNDSWELL_HOME": str(home),
        "GROUNDSWELL_NOW": now, "GROUNDSWELL_TIMEZONE": ZONE, "GROUNDSWELL_CATCH_UP_NIGHTS": "2",
    }  # fmt: skip
    done = groundswell("refresh", "--json", *arguments, environment=environment)
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def nights(tmp_path_factory: pytest.TempPathFactory) -> Nights:
    home = make_sandbox_home(tmp_path_factory.mktemp("nights"), "sources:\n  - {name: exports, platform: files, path: exports}\n")
    exports = home / "exports"
    exports.mkdir()
    exports.joinpath("authors.csv").write_text("id,channel,name\nann,microblogs,Ann\nben,microblogs,Ben\n")
    exports.joinpath("posts.csv").write_text(HEAD + POSTS)
    told = [refresh(home, "2026-09-10T17:00:00Z")]
    exports.joinpath("posts-more.csv").write_text(HEAD + MORE)
    told.append(refresh(home, "2026-09-14T17:00:00Z"))
    reports = home / "data" / "reports"
    before = {path.name: path.read_bytes() for path in reports.glob("2*.html")}
    told.append(refresh(home, "2026-09-14T18:00:00Z", "--date", str(FIRST), "--again"))
    return Nights(home / "data", told, before)


def test_the_night_is_the_day_that_has_ended_there(nights: Nights) -> None:
    windows = nights.ask("select night, window_end from raw_ops.source_runs order by load_id limit 2")
    assert [(night, end.astimezone(UTC)) for night, end in windows] == [
        (FIRST, datetime(2026, 9, 10, 15, tzinfo=UTC)), (LAST, datetime(2026, 9, 14, 15, tzinfo=UTC)),
    ]  # fmt: skip


def test_missed_nights_are_ranked_in_order_as_of_their_end(nights: Nights) -> None:
    ranked = nights.ask("select as_of_date, mention_count from marts.influencer_rankings where scope_kind = 'all' and rank = 1 order by 1")
    assert [(str(night), mentions) for night, mentions in ranked] == [
        ("2026-09-10", 1), ("2026-09-12", 2), ("2026-09-13", 3), ("2026-09-14", 3),
    ]  # fmt: skip
    order = nights.ask("select as_of_date from raw_scores.missed_nights order by rowid")
    assert [str(night) for (night,) in order] == ["2026-09-12", "2026-09-13"]
    assert nights.ask("select count(*) from raw_ops.source_runs where night > '2026-09-10'") == [(1,)]


def test_it_says_so(nights: Nights) -> None:
    assert "2026-09-11 stays without a ranking" in nights.told[1]
    assert "2026-09-12 was missed: " in nights.told[1]
    assert "2026-09-13 was missed: " in nights.told[1]
    assert "missed" not in nights.told[0] + nights.told[2]


def test_an_old_night_leaves_what_is_newer_alone(nights: Nights) -> None:
    reports, parquet = nights.data / "reports", nights.data / "published" / "parquet"
    assert (reports / "latest.html").resolve().name == f"{LAST}.html"
    assert (parquet / "latest").resolve() == (parquet / str(LAST)).resolve()
    assert (reports / f"{LAST}.html").read_bytes() == nights.before[f"{LAST}.html"]
    with duckdb.connect() as connection:
        (count,) = connection.execute(f"select count(*) from '{parquet}/{FIRST}/fct_posts/*.parquet'").fetchall()
    assert count == (2,)


def test_its_page_is_written_as_of_that_night(nights: Nights) -> None:
    page = (nights.data / "reports" / f"{FIRST}.html").read_text(encoding="utf-8")
    assert page != nights.before[f"{FIRST}.html"].decode()
    assert f"Night of {FIRST}" in page
    assert "from what is known as of this one" in page
    assert "Campaign results" not in page
    assert str(LAST) not in page
    assert "Another week" not in page
    brand = (nights.data / "reports" / f"{FIRST}.morrowbean.html").read_text(encoding="utf-8")
    ranked = [
        re.findall(r'class="rank">(\d+)<.*?<bdi>(.*?)</bdi>.*?class="numbers">([\d.]+)', text, re.DOTALL)
        for text in (nights.before[f"{FIRST}.morrowbean.html"].decode(), brand)
    ]
    assert "Ann" in {name for _, name, _ in ranked[0]}
    assert ranked[0] == ranked[1]
    assert "Another week" not in brand


def test_again_reads_what_was_read_and_keeps_the_cursor_of_the_newest(nights: Nights) -> None:
    (outcome,) = json.loads(nights.told[2][nights.told[2].index("[{") :].splitlines()[0])
    assert (outcome["status"], outcome["record_count"], outcome["new_count"]) == ("succeeded", 5, 0)  # p4 came more than two days later
    assert nights.ask("select source_run_id from raw_ops.cursors") == [("20260914-exports-1",)]
