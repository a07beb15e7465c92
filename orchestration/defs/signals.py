"""What each post says about a brand, read from its text."""

import hashlib
import logging
from collections.abc import Iterator
from datetime import datetime

import dagster as dg
import polars as pl

from orchestration.defs.resources import Installation
from orchestration.signals.mentions import EXTRACTOR_VERSION, find_mentions
from orchestration.warehouse import Warehouse

log = logging.getLogger("groundswell")

BATCH_POSTS = 100_000
READS = [["intermediate", "int_posts"], ["staging", "brand_terms"]]


def read_mentions(warehouse: Warehouse, now: datetime) -> tuple[int, int]:
    """Reads the posts that this extractor, with these terms, has not read as they are now; returns posts read and mentions found."""
    with warehouse.connect() as connection:
        terms = connection.execute("from staging.brand_terms order by all").pl()
    version = f"{EXTRACTOR_VERSION}+{hashlib.sha256(terms.write_csv().encode()).hexdigest()[:8]}"
    posts_read = mentions_found = 0
    while True:
        with warehouse.connect() as connection:
            posts = connection.execute(
                """
                select post_id, text, links as urls, sha256(text) as text_hash from intermediate.int_posts
                where text is not null and not exists (
                    from raw_signals.posts_read as read
                    where read.post_id = int_posts.post_id and read.text_hash = sha256(int_posts.text) and read.extractor_version = ?
                )
                order by post_id limit ?
                """,
                [version, BATCH_POSTS],
            ).pl()
        if posts.is_empty():
            return posts_read, mentions_found
        mentions = find_mentions(posts.select("post_id", "text", "urls"), terms).with_columns(extractor_version=pl.lit(version))
        with warehouse.transaction() as connection:
            connection.register("posts", posts.to_arrow())
            connection.register("found", mentions.to_arrow())
            for table in ("mentions", "posts_read"):
                connection.execute(f"delete from raw_signals.{table} where post_id in (select post_id from posts)")
            connection.execute("insert into raw_signals.mentions by name from found order by post_id, span_start")
            connection.execute("insert into raw_signals.posts_read select post_id, text_hash, ?, ? from posts", [version, now])
        posts_read += posts.height
        mentions_found += mentions.height


@dg.multi_asset(
    specs=[
        dg.AssetSpec(
            ["raw", "signals", "mentions"],
            deps=READS,
            description="One row per span of a post's text that names a brand or product.",
            group_name="signals",
            kinds={"python", "polars", "duckdb"},
        ),
        dg.AssetSpec(
            ["raw", "signals", "posts_read"],
            deps=READS,
            description="One row per post whose text was read, with the text's hash and the extractor's version.",
            group_name="signals",
            kinds={"python", "polars", "duckdb"},
        ),
    ],
)
def signals(installation: Installation) -> Iterator[dg.MaterializeResult[None]]:
    """Reads new and changed posts only, and all of them again when the terms or the extractor change."""
    log.info("reading", extra={"step": "signals"})
    posts, mentions = read_mentions(installation.warehouse, installation.settings.clock())
    log.info("read", extra={"step": "signals", "row_count": mentions, "finished": "mentions"})
    yield dg.MaterializeResult(asset_key=["raw", "signals", "mentions"], metadata={"new_rows": mentions})
    yield dg.MaterializeResult(asset_key=["raw", "signals", "posts_read"], metadata={"new_rows": posts})
