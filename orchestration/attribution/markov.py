"""Attribution by removal effects in a Markov chain of first order (Anderl et al. 2014, as in the R package ChannelAttribution)."""

from __future__ import annotations

import numpy as np
import polars as pl
from polars import col
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from orchestration.attribution.journeys import Floats, Journeys, Numbers, divided


def markov_credits(journeys: Journeys) -> Floats:
    """The credit of each touch: its player's removal effect among those of the journey."""
    return divided(journeys, removal_effects(journeys)[journeys.takers.player])


def removal_effects(journeys: Journeys) -> Floats:
    """For each player: the share of conversions that are lost when everybody who comes to the player goes no further.

    A step of several touches is left and entered through each of them alike. Staying with a player changes nothing and is left out.
    Of a player i: P(a journey ever comes to i) x P(it converts from i on) / P(it converts); the first is the expected visits of i over
    those of a journey that begins in i. Cubic in the number of players that journeys connect.
    """
    source, target, weight = _transitions(journeys)
    players = journeys.player_count
    starts, ends, converts = (_edge_weights(journeys, which) for which in ("start", "end", "converted"))
    leaving = np.bincount(source, weight, players) + ends
    begins = starts / max(starts.sum(), 1.0)
    converts_at_once = np.divide(converts, leaving, out=np.zeros(players), where=leaving > 0)
    moves = coo_array((weight / leaving[source], (source, target)), shape=(players, players)).tocsr()
    effect = np.zeros(players)
    conversion = 0.0
    _, part_of = connected_components(moves, directed=False)
    order = np.argsort(part_of, kind="stable")
    for part in np.split(order, np.flatnonzero(np.diff(part_of[order])) + 1) if players else []:
        visits = np.linalg.inv(np.eye(part.size) - moves[part][:, part].toarray())
        ever = begins[part] @ visits / np.diag(visits)
        later = visits @ converts_at_once[part]
        effect[part] = ever * later
        conversion += float(begins[part] @ later)
    return effect / conversion if conversion > 0 else effect


def _transitions(journeys: Journeys) -> tuple[Numbers, Numbers, Floats]:
    """From player, to player, how often; never to the same player."""
    touches = pl.DataFrame({"journey": journeys.journey, "step": journeys.step, "player": journeys.player}).with_columns(
        size=pl.len().over("journey", "step")
    )
    moves = (
        touches.join(touches.with_columns(col("step") - 1), on=["journey", "step"], suffix="_next")
        .filter(col("player") != col("player_next"))
        .group_by("player", "player_next")
        .agg(weight=(1.0 / (col("size") * col("size_next"))).sum())
        .sort("player", "player_next")
    )
    return moves["player"].to_numpy(), moves["player_next"].to_numpy(), moves["weight"].to_numpy()


def _edge_weights(journeys: Journeys, which: str) -> Floats:
    """How often each player stands at the start of a journey, at its end, or at the end of one that converted."""
    count = journeys.is_converted.size
    last = np.zeros(count, np.int64)
    np.maximum.at(last, journeys.journey, journeys.step)
    is_there = journeys.step == (0 if which == "start" else last[journeys.journey])
    size = np.bincount(journeys.journey[is_there], minlength=count)
    if which == "converted":
        is_there &= journeys.is_converted[journeys.journey]
    return np.bincount(journeys.player[is_there], 1.0 / size[journeys.journey[is_there]], journeys.player_count).astype(np.float64)
