"""What others rank people by. The nightly backtest holds the score against these, on the same data."""

from __future__ import annotations

import numpy as np
import polars as pl
from polars import col
from scipy.sparse import csr_matrix
from sknetwork.ranking import PageRank
from sknetwork.topology import get_core_decomposition

from orchestration.scoring.credit import sums
from orchestration.scoring.inputs import Evidence, Floats

FIGURES = {"person_id": pl.String(), "followers": pl.Float64(), "engagement": pl.Float64(), "engagers": pl.Float64()}
BASELINES = (*(name for name in FIGURES if name != "person_id"), "pagerank", "k_core", "last_touch")


def baseline_scores(figures: pl.DataFrame, edges: pl.DataFrame, evidence: Evidence) -> pl.DataFrame:
    """One row per row of figures: the names of BASELINES, each a score of which more is better; NULL figures are 0.

    figures: FIGURES, one row per person: followers, likes + comments + shares, different engagers. edges: `person` and `peer`, who follows
    or engaged with the person, both as places in figures, each pair once. PageRank (damping .85) runs from peer to person, the k-core on
    the graph without direction; last touch gives an adoption to the latest candidate, in equal parts where several are equally late.
    """
    people = figures.select(col(name).cast(dtype) for name, dtype in FIGURES.items()).fill_null(0.0)
    graph = _graph(edges, people.height)
    last = pl.DataFrame({"person_id": evidence.authors.person_ids, "last_touch": last_touch(evidence)})
    last = last.group_by("person_id", maintain_order=True).agg(col("last_touch").sum())
    connected = graph.nnz > 0
    return people.with_columns(
        pagerank=pl.Series(PageRank().fit_predict(graph) if connected else np.zeros(people.height), dtype=pl.Float64),
        k_core=pl.Series(get_core_decomposition(graph + graph.T) if connected else np.zeros(people.height), dtype=pl.Float64),
    ).join(last, on="person_id", how="left", maintain_order="left").with_columns(col("last_touch").fill_null(0.0))  # fmt: skip


def last_touch(evidence: Evidence) -> Floats:
    """Adoptions per author, each given to the candidates of least lag."""
    adoptions, lag = evidence.candidate_adoption, evidence.lag_days
    least = np.full(len(evidence.adoption_ids), np.inf)
    np.minimum.at(least, adoptions, lag)
    is_last = (lag == least[adoptions]).astype(np.float64)
    share = is_last / np.maximum(sums(adoptions, is_last, len(least)), 1)[adoptions]
    return sums(evidence.mention_author[evidence.candidate_mention], share, len(evidence.authors.ids))


def _graph(edges: pl.DataFrame, people: int) -> csr_matrix:
    """From peer to person, with 1 for every pair that has an edge."""
    pairs = edges.filter(col("person") != col("peer")).sort("person", "peer")
    return csr_matrix((np.ones(pairs.height), (pairs["peer"].to_numpy(), pairs["person"].to_numpy())), shape=(people, people))
