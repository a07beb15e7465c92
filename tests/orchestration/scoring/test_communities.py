from __future__ import annotations

from collections import Counter

import numpy as np
import polars as pl
from polars import col

from orchestration.scoring.communities import COMMUNITIES, SMALL, find_communities

NOBODY = pl.DataFrame(schema=COMMUNITIES)


def groups(sizes: list[int], seed: int = 1) -> pl.DataFrame:
    """Groups whose members know ten others of the group each, and every twentieth somebody else."""
    random = np.random.default_rng(seed)
    rows, start = [], 0
    for size in sizes:
        for person in range(start, start + size):
            rows += [(f"p{person:04}", f"p{start + peer:04}", 1.0) for peer in random.integers(0, size, 10)]
            if person % 20 == 0:
                rows.append((f"p{person:04}", f"p{random.integers(0, sum(sizes)):04}", 1.0))
        start += size
    return pl.DataFrame(rows, schema={"person_id": pl.String, "peer_id": pl.String, "weight": pl.Float64}, orient="row")


def test_groups_are_found_and_small_ones_are_put_together() -> None:
    found = find_communities(groups([100, 80, 60, 12, 12]), NOBODY)
    assert found["person_id"].to_list() == sorted(found["person_id"])
    names = found["community_id"].to_list()
    for start, end in ((0, 100), (100, 180), (180, 240)):
        assert max(Counter(names[start:end]).values()) > 0.9 * (end - start)
    assert set(names[240:]) == {SMALL}


def test_names_stay_when_the_graph_changes_a_little() -> None:
    graph = groups([100, 80, 60])
    before = find_communities(graph, NOBODY)
    named = before.with_columns(col("community_id").replace({"community-1": "community-7", "community-2": "community-1"}))
    newcomers = groups([50], seed=2).with_columns(("x" + col(name)).alias(name) for name in ("person_id", "peer_id"))
    after = find_communities(pl.concat([graph.sample(fraction=0.95, seed=1), newcomers]), named)
    both = named.join(after, on="person_id", suffix="_after")
    assert (both["community_id"] == both["community_id_after"]).sum() > 0.95 * both.height
    assert set(after.filter(col("person_id").str.starts_with("x"))["community_id"]) == {"community-8"}


def test_the_same_graph_gives_the_same_bytes() -> None:
    graph = groups([90, 90, 50])
    once = find_communities(graph, NOBODY)
    assert once.equals(find_communities(graph.sample(fraction=1.0, shuffle=True, seed=3), NOBODY))
    assert find_communities(graph.clear(), NOBODY).equals(NOBODY)
