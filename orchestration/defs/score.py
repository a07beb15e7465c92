"""Who moves their peers."""

import logging
from collections.abc import Iterator

import dagster as dg

from orchestration.defs.asset_defaults import ANALYSTS, NIGHTS
from orchestration.defs.resources import Installation
from orchestration.defs.transform import MANIFEST
from orchestration.scoring.nightly.audiences import write_authenticity, write_communities
from orchestration.scoring.nightly.night import FRAMES, score_night
from orchestration.scoring.parameters import Parameters
from orchestration.warehouse.catalog import read_catalog
from orchestration.warehouse.score_tables import TABLES
from orchestration.warehouse.unranked import published_all_the_same, why_unranked

log = logging.getLogger("groundswell")

CATALOG = read_catalog(MANIFEST)
FRAME_TABLES = sorted({table for table, _ in FRAMES.values()})
READ_BY_SCORE = [
    ["marts", name]
    for name in (
        "bridge_persons_authors",
        "dim_authors",
        "dim_brands",
        "dim_dates",
        "dim_persons",
        "dim_products",
        "dim_topics",
        "fct_adoptions",
        "fct_authors",
        "fct_engagement",
        "fct_influence_edges",
        "fct_interactions",
        "fct_mentions",
        "fct_posts",
        "fct_reach",
        "fct_touches",
    )
]
"""All that the communities, the audiences and the frames of the score are made from."""
AFTER_MISSED = ["raw", "scores", "missed_nights"]
"""Nights are ranked in order, and their tables of communities and audiences hold one night: those that were missed come first."""
OF_BASELINES = ["bridge_persons_authors", "fct_authors", "fct_engagement", "fct_influence_edges", "fct_interactions", "fct_posts"]


@dg.multi_asset(
    name="communities",
    specs=[
        dg.AssetSpec(
            ["raw", "scores", name],
            deps=[["marts", "fct_influence_edges"], ["marts", "bridge_persons_authors"], AFTER_MISSED],
            description=description,
            group_name="score",
            owners=ANALYSTS,
            kinds={"python", "duckdb"},
        )
        for name, description in (
            ("nights", "One row, the night that is being scored."),
            ("communities", "One row per person with an edge: the community that they belong to, with the name it had the night before."),
        )
    ],
    partitions_def=NIGHTS,
)
def communities(context: dg.AssetExecutionContext, installation: Installation) -> Iterator[dg.MaterializeResult[None]]:
    """Who belongs together."""
    night = installation.night(context)
    people = 0
    with published_all_the_same(installation.warehouse, night.date, "communities"):
        people = write_communities(installation.warehouse, night.date, night.zone)
    log.info("found", extra={"step": "communities", "row_count": people, "finished": "people"})
    yield dg.MaterializeResult(asset_key=["raw", "scores", "nights"])
    yield dg.MaterializeResult(asset_key=["raw", "scores", "communities"], metadata={"dagster/row_count": people})


@dg.asset(
    key=["raw", "scores", "authenticity"],
    deps=[
        AFTER_MISSED,
        *(
            ["marts", name]
            for name in ("dim_authors", "fct_authors", "fct_engagement", "fct_influence_edges", "fct_interactions", "fct_posts")
        ),
    ],
    partitions_def=NIGHTS,
    group_name="score",
    owners=ANALYSTS,
    kinds={"python", "duckdb"},
)
def audience_authenticity(context: dg.AssetExecutionContext, installation: Installation) -> dg.MaterializeResult[None]:
    """One row per account: how much of its audience counts, and what is unusual about it."""
    night = installation.night(context)
    unusual = 0
    with published_all_the_same(installation.warehouse, night.date, "audiences"):
        unusual = write_authenticity(installation.warehouse, night.date, night.zone)
    log.info("measured", extra={"step": "audiences", "row_count": unusual, "finished": "unusual"})
    return dg.MaterializeResult(metadata={"unusual": unusual})


@dg.multi_asset(
    name="score",
    specs=[
        dg.AssetSpec(
            ["marts", name],
            deps=[
                *(["intermediate", table] for table in FRAME_TABLES),
                *(["marts", table] for table in OF_BASELINES),
                ["raw", "scores", "authenticity"],
            ],
            description=CATALOG[name].description,
            metadata={
                "dagster/column_schema": dg.TableSchema(
                    [dg.TableColumn(column, kind, CATALOG[name].columns[column]) for column, kind in table.columns.items()]
                )
            },
            group_name="score",
            owners=ANALYSTS,
            kinds={"python", "polars", "duckdb"},
        )
        for name, table in TABLES.items()
    ],
    partitions_def=NIGHTS,
)
def score(context: dg.AssetExecutionContext, installation: Installation) -> Iterator[dg.MaterializeResult[None]]:
    """Credit, rates, ranks, what they are made of and how well they foretold; all written in one transaction."""
    night = installation.night(context)
    people = None
    with installation.warehouse.kept_open():
        reason = why_unranked(installation.warehouse, night.date)
    if reason is None:
        with published_all_the_same(installation.warehouse, night.date, "score"):
            people = score_night(installation.warehouse, night.date, Parameters(), night.zone)
    with installation.warehouse.kept_open():
        reason = why_unranked(installation.warehouse, night.date)
        counts = installation.warehouse.row_counts("marts")
    if reason:
        context.log.warning(reason)
    elif people is None:
        context.log.warning(f"rankings as of {night.date} stay as they are: later ones follow them")
    log.info("ranked", extra={"step": "score", "row_count": people or 0, "finished": "kept" if people is None else "ranked"})
    for name in TABLES:
        yield dg.MaterializeResult(asset_key=["marts", name], metadata={"kept": people is None, "dagster/row_count": counts["marts", name]})
