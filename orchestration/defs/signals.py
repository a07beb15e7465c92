"""What each post says about a brand, read from its text."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import dagster as dg
import polars as pl
from polars import col

from orchestration.defs.resources import Installation
from orchestration.reading_posts import extractor_version, read_signals
from orchestration.warehouse import Warehouse

log = logging.getLogger("groundswell")

BATCH_POSTS = 100_000
BATCH_BYTES = 128_000_000  # of text: transcripts are long
READS = [["intermediate", "int_posts"], ["staging", "brand_terms"], ["staging", "topic_terms"]]


@dataclass(frozen=True, slots=True)
class Reading:
    """How many posts were read, why, and what was found."""

    extractor_version: str
    new_posts: int = 0
    changed_posts: int = 0
    posts_of_other_versions: int = 0
    mentions: int = 0

    @property
    def posts(self) -> int:
        """All that were read."""
        return self.new_posts + self.changed_posts + self.posts_of_other_versions


def read_posts(warehouse: Warehouse, now: datetime) -> Reading:
    """Reads the posts that this extractor, with these terms, has not read as they are now."""
    with warehouse.connect() as connection:
        of_brands = connection.execute("from staging.brand_terms order by all").pl()
        terms = pl.concat([of_brands, connection.execute("from staging.topic_terms order by all").pl()], how="diagonal_relaxed")
        version = extractor_version(terms)
        unread = connection.execute(
            """
            select posts.post_id, coalesce(strlen(posts.text), 0) as size,
                case when read.post_id is null then 'new' when read.extractor_version <> $version then 'other' else 'changed' end as reason
            from intermediate.int_posts as posts
            left join raw_signals.posts as read on posts.post_id = read.post_id
            where (posts.text is not null or read.post_id is not null)
                and (read.extractor_version, read.text_hash) is distinct from ($version, sha256(coalesce(posts.text, '')))
            order by posts.post_id
            """,
            {"version": version},
        ).pl()
    counts = dict(unread.group_by("reason").len().iter_rows())
    if again := counts.get("other", 0):
        log.warning(f"signals: reading {again:,} posts again, because the terms, rules or models changed: now {version}")
    unread = unread.with_columns(
        bytes_batch=col("size").cast(pl.Int64).cum_sum() // BATCH_BYTES, batch=pl.int_range(pl.len()) // BATCH_POSTS
    )
    found = done = 0
    for batch in unread.partition_by("batch", "bytes_batch", maintain_order=True) if unread.height else []:
        found += _read_batch(warehouse, batch.select("post_id"), terms, now)
        done += batch.height
        log.debug("read", extra={"step": "signals", "row_count": done})
    return Reading(version, counts.get("new", 0), counts.get("changed", 0), again, found)


def _read_batch(warehouse: Warehouse, ids: pl.DataFrame, terms: pl.DataFrame, now: datetime) -> int:
    """Replaces what was read of these posts, in one transaction; returns how many mentions they hold."""
    with warehouse.connect() as connection:
        connection.register("ids", ids.to_arrow())
        posts = connection.execute(
            """
            select post_id, text, links as urls, language, media_type, is_paid_partnership, sha256(coalesce(text, '')) as text_hash
            from intermediate.int_posts where post_id in (select post_id from ids) order by post_id
            """
        ).pl()
    mentions, read = read_signals(posts, terms)
    with warehouse.transaction() as connection:
        connection.register("found", mentions.to_arrow())
        connection.register("read", read.to_arrow())
        for table in ("mentions", "posts"):
            connection.execute(f"delete from raw_signals.{table} where post_id in (select post_id from read)")
        connection.execute("insert into raw_signals.mentions by name from found order by post_id, span_start")
        connection.execute("insert into raw_signals.posts by name select *, ? as read_at from read", [now])
    return mentions.height


@dg.multi_asset(
    specs=[
        dg.AssetSpec(
            ["raw", "signals", "mentions"],
            deps=READS,
            description="One row per span of a post's text that names a brand, product or topic, with the author's stance and intent.",
            group_name="signals",
            kinds={"python", "polars", "duckdb"},
        ),
        dg.AssetSpec(
            ["raw", "signals", "posts"],
            deps=READS,
            description="One row per post whose text was read, with its language, disclosure, hash and extractor version.",
            group_name="signals",
            kinds={"python", "polars", "duckdb"},
        ),
    ],
)
def signals(installation: Installation) -> Iterator[dg.MaterializeResult[None]]:
    """Reads new and changed posts only, and all of them again when the terms, the rules or the models change."""
    log.info("reading", extra={"step": "signals"})
    reading = read_posts(installation.warehouse, installation.settings.clock())
    log.info("read", extra={"step": "signals", "row_count": reading.mentions, "finished": "mentions"})
    version = {"extractor_version": reading.extractor_version}
    yield dg.MaterializeResult(asset_key=["raw", "signals", "mentions"], metadata=version | {"new_rows": reading.mentions})
    posts = {
        "new_rows": reading.posts,
        "new_posts": reading.new_posts,
        "changed_posts": reading.changed_posts,
        "posts_of_other_versions": reading.posts_of_other_versions,
    }
    yield dg.MaterializeResult(asset_key=["raw", "signals", "posts"], metadata=version | posts)
