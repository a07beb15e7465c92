"""What BirdSpotter ranks people by (Ram, Kong, Rizoiu: BirdSpotter, WSDM 2021), whose package does not install beside Python 3.11.

Its influence is that of Rizoiu et al., #DebateNight, ICWSM 2018: how many events of a cascade descend from one, itself among them, over all
diffusion trees that the order of time allows. An event's parent is one of those before it, with odds followers * exp(-r * age).
"""

from __future__ import annotations

import numpy as np
import polars as pl
from polars import col

from orchestration.scoring.inputs import Floats

EVENTS = ["object_id", "person_id", "at", "followers"]
BIRDSPOTTER = {"BirdSpotter": "mean", "BirdSpotter, summed": "total"}  # name and column of influence()
HALF_LIFE = float(np.log(2)) / 0.000068 / 86_400
"""Days, .118: the package's own r, .000068 a second. The best here, too: NDCG@100 of the sums .53, half a day .45, 3 days .36."""


def influence(events: pl.DataFrame, half_life: float = HALF_LIFE) -> pl.DataFrame:
    """One row per person: `mean` of their events, as BirdSpotter has it, and `total`, for who is ranked by all that they move.

    events: EVENTS, `at` and half_life in days; an object's events are one cascade. NULL or no followers count as one, as in the package.
    """
    ordered = events.select(EVENTS).sort("object_id", "at", "person_id", "followers")
    cascades = ordered.partition_by("object_id", maintain_order=True)
    of_events = [
        cascade_influence(cascade["at"].to_numpy(), cascade["followers"].fill_null(0.0).clip(lower_bound=1.0).to_numpy(), half_life)
        for cascade in cascades
    ]
    found = ordered.with_columns(influence=pl.Series(np.concatenate([np.zeros(0), *of_events])))
    return found.group_by("person_id", maintain_order=True).agg(mean=col("influence").mean(), total=col("influence").sum())


def cascade_influence(at: Floats, followers: Floats, half_life: float) -> Floats:
    """Expected events per event of one cascade in order of time, its own among them: m_ij summed over j.

    In the papers m_ij = sum over k of m_ik p_kj, a cube of the events. Its row sums are phi_i = 1 + sum over j of p_ij phi_j, and with a
    decay that is exponential a single pass back from the last event gives them.
    """
    kept = np.exp2(-np.diff(at) / half_life)  # of what an event weighs, from it to the next
    weight = followers.copy()  # of all events until each, as of its time: what the next one's parent is drawn from
    for event in range(1, len(at)):
        weight[event] += kept[event - 1] * weight[event - 1]
    phi, later = np.ones(len(at)), 0.0  # later: what the events that follow give per follower
    for event in range(len(at) - 2, -1, -1):
        later = phi[event + 1] / weight[event] + kept[event] * later
        phi[event] += followers[event] * later
    return phi
