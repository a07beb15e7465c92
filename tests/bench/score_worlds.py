"""Worlds that the score was not set by: what platforms tell of audiences, rare objects, hidden audiences, a few who write most."""

from __future__ import annotations

from dataclasses import replace

import polars as pl
from polars import col

from orchestration.scoring.backtest import ndcg, order
from orchestration.scoring.controls import REVERSED, Controls, counted_pairs
from orchestration.scoring.parameters import Parameters
from tests.orchestration.scoring.measures import AS_OF, END, Measures, credited, credited_of_near, score, standing
from tests.orchestration.scoring.observed import Night, night
from tests.orchestration.scoring.worlds import (
    A_FEW_WRITE_MOST,
    NINE_IN_TEN_HIDDEN,
    RARE_AND_MOVED,
    RARE_OBJECTS,
    Plan,
    make_world,
)

TOLD = ("followers", "views", "nothing")


def measure_others(seed: int) -> Measures:
    """Every figure of a seed, prefixed with its world."""
    parameters, figures = Parameters(), Measures()
    world = make_world(replace(Plan(), seed=seed))
    for told in TOLD:
        figures |= _ranked(f"{told} told: ", night(world, AS_OF, parameters, told=told), parameters)
    for name, plan in (("nine in ten hidden: ", NINE_IN_TEN_HIDDEN), ("a few write most: ", A_FEW_WRITE_MOST)):
        figures |= _ranked(name, night(make_world(replace(plan, seed=seed)), AS_OF, parameters), parameters)
    for name, plan in (("rare objects: ", RARE_OBJECTS), ("rare and moved: ", RARE_AND_MOVED)):
        figures |= _credited(name, _without_communities(night(make_world(replace(plan, seed=seed)), AS_OF, parameters)), parameters)
    return figures


def _ranked(name: str, seen: Night, parameters: Parameters) -> Measures:
    """NDCG of what came, the ceiling, the share of bought accounts in the first hundred, and who of them has no credit."""
    scored = score(seen, parameters)
    ours, future = standing(seen, scored), seen.outcomes(AS_OF, END)
    bought = seen.people(seen.world.accounts.group_by("person_id").agg(col("is_bought").any()), "is_bought")
    credits_ = seen.people(scored.people, "credit")[order(ours)[:100]]
    return {
        f"{name}NDCG@100": ndcg(ours, future), f"{name}of ceiling": ndcg(ours, future) / ndcg(seen.outcomes(0, AS_OF), future),
        f"{name}bought / base": bought[order(ours)[:100]].mean() / bought.mean(), f"{name}without credit": float((credits_ < 0.2).mean()),
    }  # fmt: skip


def _credited(name: str, seen: Night, parameters: Parameters) -> Measures:
    """What is credited of all adoptions and of those near a word, and whether the truth lies in the interval of the controls' excess."""
    scored = score(seen, parameters)
    whole = Controls.of(scored.evidence, seen.controls, parameters).table.row(0, named=True)
    truth = _truly_moved(seen, parameters)
    return {
        f"{name}credited": credited(scored), f"{name}credited, of those with a candidate": credited_of_near(scored),
        f"{name}truth in the interval": float(whole["excess_low"] <= truth <= whole["excess_high"]),
        f"{name}excess": float(whole["excess"]), f"{name}truth": truth,
    }  # fmt: skip


def _truly_moved(seen: Night, parameters: Parameters) -> float:
    """How many of the controls' pairs in time are of the person who caused the adoption."""
    causes = seen.world.adoptions.select("adoption_id", person_id="caused_by").drop_nulls()
    counted = counted_pairs(seen.controls.filter(control=REVERSED), parameters).filter(col("lag_days") > 0)
    return float(counted.join(causes, on=["adoption_id", "person_id"]).height)


def _without_communities(seen: Night) -> Night:
    one = pl.lit("everyone").alias("community_id")
    merged = seen.cells.group_by("object_id", "week").agg(col("person_days").sum()).with_columns(one)
    return replace(seen, cells=merged, adoptions=seen.adoptions.with_columns(one))
