"""Who belongs together: communities of the graph of interactions, with names that stay from night to night.

scikit-network's Louvain: BSD-licensed, seeded, the same bytes every time, three seconds for 100,000 people and 2 million edges, and with
1 % of the edges changed the same communities but for 0.3 % (adjusted Rand index). igraph and leidenalg are GPL; networkx's Louvain is
pure Python and takes minutes; scikit-network's Leiden differs from run to run.
"""

from __future__ import annotations

import numpy as np
import polars as pl
from polars import col
from scipy.sparse import csr_matrix
from sknetwork.clustering import Louvain

from orchestration.scoring.inputs import Ints, positions

MIN_MEMBERS = 30  # below, an organic rate would rest on a handful of adoptions
SMALL = "community-0"  # everybody in a community below that
COMMUNITIES = {"person_id": pl.String(), "community_id": pl.String()}


def find_communities(interactions: pl.DataFrame, previous: pl.DataFrame) -> pl.DataFrame:
    """One row per person in an interaction, by person_id. interactions: person_id, peer_id, weight (> 0; rows of a pair are added up).

    previous: COMMUNITIES of the night before, or empty. A community takes the name of the one that it shares most people with, the
    largest share first; others get numbers that the night before did not have.
    """
    known = interactions.select("person_id", "peer_id", col("weight").cast(pl.Float64)).drop_nulls()
    known = known.filter(col("person_id") != col("peer_id"))
    people = pl.concat([known["person_id"].unique(), known["peer_id"].unique()]).unique().sort()
    if people.is_empty():
        return pl.DataFrame(schema=COMMUNITIES)
    pairs = pl.DataFrame(
        {"person": positions(known["person_id"], people), "peer": positions(known["peer_id"], people), "weight": known["weight"]}
    ).sort("person", "peer", "weight")
    person, peer = pairs["person"].to_numpy(), pairs["peer"].to_numpy()
    weights = np.concatenate([pairs["weight"].to_numpy()] * 2)
    graph = csr_matrix((weights, (np.concatenate([person, peer]), np.concatenate([peer, person]))), shape=(len(people), len(people)))
    found = Louvain(random_state=0).fit_predict(graph).astype(np.int64)
    sizes = np.bincount(found)
    found = np.where(sizes[found] < MIN_MEMBERS, -1, found)
    return pl.DataFrame({"person_id": people, "community_id": _names(people, found, previous)})


def _names(people: pl.Series, found: Ints, previous: pl.DataFrame) -> pl.Series:
    shared = (
        pl.DataFrame({"person_id": people, "found": found})
        .filter(col("found") >= 0)
        .join(previous.filter(col("community_id") != SMALL), on="person_id")
        .group_by("found", "community_id")
        .agg(count=pl.len(), first=col("person_id").min())
        .sort(-col("count").cast(pl.Int64), "first", "community_id")
    )
    names = {-1: SMALL}
    taken: set[str] = set()
    for community, name in shared.select("found", "community_id").iter_rows():
        if community not in names and name not in taken:
            names[community] = name
            taken.add(name)
    numbers = [int(name.removeprefix("community-")) for name in previous["community_id"].unique()]
    following = max(numbers, default=0)
    for community in dict.fromkeys(found.tolist()):
        if community not in names:
            following += 1
            names[community] = f"community-{following}"
    return pl.Series([names[community] for community in found.tolist()], dtype=pl.String)
