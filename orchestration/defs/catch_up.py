"""Nights that were missed, ranked by the next run."""

import logging
from collections.abc import Sequence
from datetime import date

import dagster as dg

from orchestration.defs.asset_defaults import ANALYSTS, NIGHTS
from orchestration.defs.resources import Installation
from orchestration.defs.score import READ_BY_SCORE
from orchestration.defs.transform import PROJECT
from orchestration.scoring.nightly.audiences import write_authenticity, write_communities
from orchestration.scoring.nightly.night import score_night
from orchestration.scoring.parameters import Parameters
from orchestration.warehouse.building import build
from orchestration.warehouse.missed_nights import missed_nights, record_ranked
from orchestration.warehouse.unranked import forget, published_all_the_same

log = logging.getLogger("groundswell")


@dg.asset(
    key=["raw", "scores", "missed_nights"],
    deps=READ_BY_SCORE,
    partitions_def=NIGHTS,
    group_name="score",
    owners=ANALYSTS,
    kinds={"python", "dbt", "duckdb"},
)
def missed(context: dg.AssetExecutionContext, installation: Installation) -> dg.MaterializeResult[None]:
    """One row per night that was missed and ranked later, from what the next run's sources brought, as of its own end.

    The sources are asked once for all of them: a source's window begins where its last one ended. Of what a night did not see (how many
    followed an account then) the score knows what the nights before had seen.
    """
    night, warehouse = installation.night(context), installation.warehouse
    with warehouse.kept_open():
        forget(warehouse, night.date)
        with warehouse.connect() as connection:
            found = missed_nights(connection, night.date)
    kept = max(len(found) - installation.settings.catch_up_nights, 0)
    if kept:
        log.warning(f"{_nights(found[:kept])} without a ranking: catch_up_nights is {installation.settings.catch_up_nights}")
    frames = {node.key for node in PROJECT.of("build_scores")}
    with published_all_the_same(warehouse, night.date, "missed_nights"):
        for place, day in enumerate(found[kept:], 1):
            write_communities(warehouse, day, night.zone)
            write_authenticity(warehouse, day, night.zone)
            build(warehouse, PROJECT, night.date, "build_scores", frames)
            people = score_night(warehouse, day, Parameters(), night.zone)
            with warehouse.transaction() as connection:
                record_ranked(connection, day, night.now)
            log.info("ranked", extra={"step": "missed nights", "row_count": place})
            log.info(f"{day} was missed: {people or 0} places ranked as of its end")
    if found:
        log.info("ranked", extra={"step": "missed nights", "row_count": len(found) - kept, "finished": "caught up"})
    return dg.MaterializeResult(metadata={"ranked": list(map(str, found[kept:])), "left out": list(map(str, found[:kept]))})


def _nights(days: Sequence[date]) -> str:
    return f"{days[0]} stays" if len(days) == 1 else f"{len(days)} nights from {days[0]} to {days[-1]} stay"
