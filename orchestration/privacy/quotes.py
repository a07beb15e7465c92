"""Words that are published no longer: out of what was read of them, of the nights as Parquet and of the reports they go in the same night.

The tables themselves are made without them by dbt (`is_withheld` of int_posts), the published file, Parquet, PostgreSQL and the report of
tonight from those.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import polars as pl

from orchestration.privacy.identifiers import MARK
from orchestration.privacy.matching import Matcher
from orchestration.publishing.parquet import files_of, remove_cut_off
from orchestration.publishing.report.page import written_pages
from orchestration.publishing.report.texts import QUOTED, shown
from orchestration.settings import Settings
from orchestration.warehouse.connections import opened
from orchestration.warehouse.faults import explaining
from orchestration.warehouse.landing import atomic
from orchestration.warehouse.permissions import as_its_folder
from orchestration.warehouse.publication import files_before, remove_file
from orchestration.warehouse.published_record import beside
from orchestration.warehouse.warehouse import Warehouse, literal, sync

PUBLISHED: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "fct_posts": ("post_id", ("title", "text", "url", "canonical_url")),
    "fct_post_sightings": ("post_id", ("url",)),
    "fct_mentions": ("post_id", ("sentence", "matched_text")),
    "fct_adoptions": ("post_id", ("evidence",)),
    "mart_advice_threads": ("asking_post_id", ("sentence", "url")),
    "mart_advice_answers": ("answer_post_id", ("sentence", "url")),
    "mart_undisclosed_posts": ("post_id", ("url",)),
    "mentions_enriched": ("post_id", ("sentence", "title", "url")),
    "rankings_newest": ("best_quote_post_id", ("best_quote", "best_quote_url")),
}
"""The tables that hold words or addresses of posts: the column that names the post, and theirs."""
SHORTEST = 12  # characters of a quote that is looked for in a page

NEWLY = """
    select posts.post_id from intermediate.int_posts as posts
    inner join raw_signals.posts as read on posts.post_id = read.post_id
    where posts.is_withheld and read.text_hash is not null
"""
QUOTES = """
    select distinct sentence from (
        select sentence from raw_signals.mentions where post_id in (select post_id from newly)
        union all
        select sentence from raw_signals.answers where post_id in (select post_id from newly)
    ) where length(sentence) >= ? order by 1
"""


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """What a night withdrew: posts whose words went, Parquet files and pages that were written anew."""

    posts: int = 0
    files: int = 0
    pages: int = 0


def withdraw(settings: Settings, warehouse: Warehouse) -> Withdrawn:
    """Takes the words of posts that are withheld since the last night out of what earlier nights have read and published.

    What was read in them stays without its sentences. Killed at any point, it is done again: what was read is changed last.
    """
    with warehouse.kept_open():
        with warehouse.connect() as connection:
            newly = connection.execute(f"{NEWLY} order by 1").pl()["post_id"]
            if newly.is_empty():
                return Withdrawn()
            connection.register("newly", newly.to_frame().to_arrow())
            quotes = [quote for (quote,) in connection.execute(QUOTES, [SHORTEST]).fetchall()]
        beside(settings.published.resolve()).unlink(missing_ok=True)  # so that it is written as a whole: a copy has the bytes of what went
        remove_cut_off(settings.parquet)
        with explaining(settings.parquet, "remove the file, which no reader can open, then run it again"):
            files = _rewritten(settings.parquet, newly)
        pages = sum(_without_quotes(path, quotes) for path in written_pages(settings.reports))
        with warehouse.transaction() as connection:
            connection.register("newly", newly.to_frame().to_arrow())
            of_these = "where post_id in (select post_id from newly)"
            connection.execute(f"update raw_signals.mentions set sentence = null, matched_text = null {of_these}")
            connection.execute(f"update raw_signals.answers set sentence = null {of_these}")
            # another hash than any text has: what comes back is read again
            connection.execute(f"update raw_signals.posts set disclosure_cue = null, text_hash = null {of_these}")
    return Withdrawn(len(newly), files, pages)


def _rewritten(folder: Path, posts: pl.Series) -> int:
    """Writes anew what holds words of these posts, of every night that is kept; returns how many files that are. Nights share files."""
    count, without = 0, set[int]()
    with opened() as connection:
        connection.execute("set timezone = 'UTC'")
        connection.register("posts", posts.alias("post_id").to_frame().to_arrow())
        for night in sorted(folder.glob(".????-??-??.*")):
            for table in PUBLISHED if not night.is_symlink() else ():
                files = {path: path.stat().st_ino for path in files_of(night, table)}
                holding = _holding(connection, table, [path for path, number in files.items() if number not in without])
                without |= {number for path, number in files.items() if path not in holding}
                for path in holding:
                    _write_without(connection, path, table)
                count += len(holding)
    return count


def _holding(connection: duckdb.DuckDBPyConnection, table: str, files: Sequence[Path]) -> set[Path]:
    """The files of a table that hold words of the posts."""
    if not files:
        return set()
    key, words = PUBLISHED[table]
    source, asked = "read_parquet(?, hive_partitioning = false, union_by_name = true, filename = true)", [str(path) for path in files]
    there = _columns(connection, source, asked)
    held = " or ".join(f"{name} is not null" for name in words if name in there) or "false"
    theirs = f"select distinct filename from {source} where {key} in (select post_id from posts) and ({held})"
    return {Path(name) for (name,) in connection.execute(theirs, [asked]).fetchall()}


def _write_without(connection: duckdb.DuckDBPyConnection, path: Path, table: str) -> None:
    """Writes a file of a table anew without what it says of the posts."""
    key, words = PUBLISHED[table]
    source = "read_parquet(?, hive_partitioning = false)"
    there = _columns(connection, source, str(path))
    kept = ", ".join(
        f"case when {key} in (select post_id from posts) then null else {name} end as {name}" for name in words if name in there
    )
    with atomic(path) as fresh:
        connection.execute(f"copy (select * replace ({kept}) from {source}) to {literal(str(fresh))} (format parquet)", [str(path)])
        as_its_folder(fresh)
    sync(path.parent)


def _columns(connection: duckdb.DuckDBPyConnection, source: str, asked: str | list[str]) -> set[str]:
    return {name for name, *_ in connection.execute(f"describe select * from {source}", [asked]).fetchall()}


def _without_quotes(path: Path, quotes: list[str]) -> bool:
    text = path.read_text(encoding="utf-8")
    matcher = Matcher({shown(quote, length): MARK for quote in quotes for length in QUOTED})
    without = matcher.replaced(text)
    if without == text:
        return False
    with atomic(path) as fresh:
        fresh.write_text(without, encoding="utf-8")
        fresh.chmod(path.stat().st_mode & 0o777)
    return True


def remove_files_with_words(settings: Settings, warehouse: Warehouse) -> int:
    """Removes the published files of nights before that hold words of posts that are withheld; returns how many.

    They stay until the next publishing otherwise, for those who have read the link and not opened it yet.
    """
    with warehouse.connect() as connection:
        withheld = connection.execute("select post_id from intermediate.int_posts where is_withheld").pl()
    if withheld.is_empty():
        return 0
    count = 0
    for old in files_before(settings.published):
        with opened(old, read_only=True) as connection:
            connection.register("withheld", withheld.to_arrow())
            held = connection.execute(
                "select 1 from marts.fct_posts where text is not null and post_id in (select post_id from withheld) limit 1"
            ).fetchall()
        if held:
            remove_file(old)
            count += 1
    return count
