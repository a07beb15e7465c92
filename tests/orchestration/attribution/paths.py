"""Journeys written as paths, and what brute force makes of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise, permutations
from math import prod

import numpy as np
import polars as pl
from hypothesis import strategies as st

from orchestration.attribution.journeys import TOUCHES, Floats, Journeys, encode

Path = tuple[str, bool]
"""Players in order, those of one time joined by +, and whether it converted: ("a b+c a", True)."""


def journeys_of(paths: Sequence[Path]) -> tuple[Journeys, pl.DataFrame]:
    """The paths as journeys, and their touches in the same order with `journey` and `player`."""
    start = datetime(2026, 9, 1, tzinfo=UTC)
    rows = [
        {"journey_id": f"{number:06}", "brand_id": "kestrel", "player_id": player, "touched_at": start + timedelta(hours=hour),
         "is_converted": is_converted}
        for number, (path, is_converted) in enumerate(paths)
        for hour, step in enumerate(path.split())
        for player in step.split("+")
    ]  # fmt: skip
    frame = pl.DataFrame(rows, schema=dict(TOUCHES))
    found, order = encode(frame)
    return found, frame[order]


def removal_by_brute_force(paths: Sequence[Path]) -> dict[str, float]:
    """The chain as a dictionary, walked until next to nothing is left; each player removed in turn. Of paths without ties."""
    players = sorted({player for path, _ in paths for player in path.split()})
    counts: dict[str, dict[str, float]] = {}
    for path, is_converted in paths:
        states = ["start", *path.split(), "converted" if is_converted else "lost"]
        for here, there in pairwise(states):
            counts.setdefault(here, {}).setdefault(there, 0.0)
            counts[here][there] += 1.0

    def conversion(removed: str | None) -> float:
        standing, done = {"start": 1.0}, 0.0
        for _ in range(20_000):
            after: dict[str, float] = {}
            for here, mass in standing.items():
                for there, count in counts[here].items():
                    part = mass * count / sum(counts[here].values())
                    if there == "converted":
                        done += part
                    elif there not in ("lost", removed):
                        after[there] = after.get(there, 0.0) + part
            standing = after
            if sum(standing.values()) < 1e-13:
                break
        return done

    whole = conversion(None)
    return {player: 1 - conversion(player) / whole for player in players}


def shapley_by_brute_force(probability: Sequence[float]) -> Floats:
    """The mean over all orders of arrival of what a player adds to v(S) = 1 - prod(1 - p)."""
    count = len(probability)
    value, orders = np.zeros(count), list(permutations(range(count)))
    for order in orders:
        for place, player in enumerate(order):
            value[player] += probability[player] * prod(1 - probability[other] for other in order[:place])
    return value / len(orders)


some_paths = st.lists(
    st.tuples(st.lists(st.sampled_from("abcdef"), min_size=1, max_size=6).map(" ".join), st.booleans()), min_size=1, max_size=30
).filter(lambda paths: any(is_converted for _, is_converted in paths))
