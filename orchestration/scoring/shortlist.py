"""Whom to ask, for a budget: the people who together reach the most different peers."""

from __future__ import annotations

import heapq

import numpy as np
import polars as pl
from polars import col

from orchestration.scoring.inputs import Flags, Floats, Ints

SHORTLIST = {
    "pick": pl.Int64(),
    "person_id": pl.String(),
    "cost": pl.Float64(),
    "spent": pl.Float64(),
    "audience": pl.Int64(),
    "new_peers": pl.Int64(),
    "overlap": pl.Float64(),
    "reached": pl.Int64(),
}


def shortlist(reach: pl.DataFrame, costs: pl.DataFrame, budget: float) -> pl.DataFrame:
    """One row per pick, in order. reach: person_id, peer_id. costs: person_id, cost (> 0); who has none is not for hire.

    Lazy greedy (CELF, Leskovec 2007): every pick adds the most new peers per cost that the rest of the budget can pay; the same is done
    by new peers alone, and the list that reaches more is taken, which reaches at least (1 - 1/e) / 2 of what is possible, and with equal
    costs 1 - 1/e. Equal gains: the smaller person_id. `overlap` is the share of the person's audience whom earlier picks reach.
    Raises ValueError for a cost that is not above 0.
    """
    prices = costs.select("person_id", col("cost").cast(pl.Float64)).drop_nulls().unique().sort("person_id", "cost")
    prices = prices.unique(subset="person_id", keep="first", maintain_order=True)
    if not (prices["cost"] > 0).all():
        raise ValueError("every cost must be above 0")
    pairs = reach.select("person_id", "peer_id").drop_nulls().unique().join(prices, on="person_id", how="semi").sort("person_id", "peer_id")
    people = pairs["person_id"].unique().sort()
    cost = pl.DataFrame({"person_id": people}).join(prices, on="person_id", how="left", maintain_order="left")["cost"].to_numpy()
    peers = pairs["peer_id"].rank("dense").cast(pl.Int64).to_numpy() - 1 if pairs.height else np.zeros(0, dtype=np.int64)
    starts = np.append(pairs["person_id"].rle_id().is_first_distinct().arg_true().to_numpy().astype(np.int64), pairs.height)
    lists = [_greedy(peers, starts, cost, budget, per_cost) for per_cost in (cost, np.ones(len(cost)))]
    best = max(lists, key=lambda picks: sum(gain for _, gain in picks))
    rows, spent, reached = [], 0.0, 0
    for number, (person, gain) in enumerate(best, 1):
        audience = int(starts[person + 1] - starts[person])
        spent, reached = spent + float(cost[person]), reached + gain
        rows.append((number, people[person], float(cost[person]), spent, audience, gain, 1 - gain / audience, reached))
    return pl.DataFrame(rows, schema=SHORTLIST, orient="row")


def _greedy(peers: Ints, starts: Ints, cost: Floats, budget: float, per_cost: Floats) -> list[tuple[int, int]]:
    """Persons and the peers each adds. A gain only falls as others are picked, so that an old one is a bound for the new."""
    covered: Flags = np.zeros(int(peers.max(initial=-1)) + 1, dtype=np.bool_)
    bounds = [(-(starts[person + 1] - starts[person]) / per_cost[person], person, 0) for person in range(len(cost))]
    heapq.heapify(bounds)
    picks: list[tuple[int, int]] = []
    while bounds:
        _, person, counted_at = heapq.heappop(bounds)
        if cost[person] > budget:
            continue
        audience = peers[starts[person] : starts[person + 1]]
        gain = int((~covered[audience]).sum())
        if gain == 0:
            continue
        if counted_at == len(picks):
            covered[audience] = True
            budget -= float(cost[person])
            picks.append((person, gain))
        else:
            heapq.heappush(bounds, (-gain / per_cost[person], person, len(picks)))
    return picks
