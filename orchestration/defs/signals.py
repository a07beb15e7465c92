"""What each post says about a brand, read from its text."""

import logging
from collections.abc import Iterator

import dagster as dg

from orchestration.defs.asset_defaults import ENGINEERS
from orchestration.defs.resources import Installation
from orchestration.privacy.quotes import withdraw
from orchestration.signals.nightly import read_posts

log = logging.getLogger("groundswell")

READS = [["intermediate", "int_posts"], ["staging", "stg_home__brand_terms"], ["staging", "stg_home__topic_terms"]]


TABLES = {
    "mentions": "One row per span of a post's text that names a brand, product or topic, with the author's stance and intent.",
    "answers": "One row per short post that says what its author does with a thing that it does not name.",
    "posts": "One row per post whose text was read, with its language, disclosure, hash and extractor version.",
}


@dg.multi_asset(
    specs=[
        dg.AssetSpec(
            ["raw", "signals", name],
            deps=READS,
            description=description,
            group_name="signals",
            owners=ENGINEERS,
            kinds={"python", "polars", "duckdb"},
        )
        for name, description in TABLES.items()
    ],
)
def signals(installation: Installation) -> Iterator[dg.MaterializeResult[None]]:
    """Withdraws words that are withheld; reads new and changed posts only, and all again when terms, rules or models change."""
    withdrawn = withdraw(installation.settings, installation.warehouse)
    if withdrawn.posts:
        told = f"posts out of {withdrawn.files} files and {withdrawn.pages} reports of before"
        log.info("withdrawn", extra={"step": "withdraw", "row_count": withdrawn.posts, "finished": told})
    log.info("reading", extra={"step": "signals"})
    languages = {source.name: source.language for source in installation.configuration.sources if source.language}
    reading = read_posts(installation.warehouse, installation.settings.clock(), languages)
    log.info("read", extra={"step": "signals", "row_count": reading.mentions, "finished": "mentions"})
    version = {"extractor_version": reading.extractor_version}
    yield dg.MaterializeResult(asset_key=["raw", "signals", "mentions"], metadata={**version, "new_rows": reading.mentions})
    yield dg.MaterializeResult(asset_key=["raw", "signals", "answers"], metadata=version)
    posts: dict[str, str | int] = {
        **version,
        "new_rows": reading.posts,
        "new_posts": reading.new_posts,
        "changed_posts": reading.changed_posts,
        "posts_of_other_versions": reading.posts_of_other_versions,
    }
    yield dg.MaterializeResult(asset_key=["raw", "signals", "posts"], metadata=posts)
