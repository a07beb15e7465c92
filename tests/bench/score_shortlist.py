"""The product's shortlist against greedy influence maximisation, in graphs like NetHEPT: how far a word goes from either.

With the chance of a hundredth that a word moves somebody it goes at least as far. Where it is one over how many speak to the person,
.2 in the mean, those count whom the reached reach, and greedy goes 0 to 2 % further, though fewer hear its list itself.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from orchestration.scoring.inputs import Floats
from tests.orchestration.scoring.spread import Graph, collaboration, greedy, picked, spread

SEEDS = (1, 2, 3)
COUNTS = (10, 50)
WORLDS = 400
SETS = {"cascade .01": 2_000_000, "weighted cascade": 200_000}  # reverse sets: where the chance is small they are, and many are needed


def compared(graph: Graph, model: str, worlds: int = WORLDS) -> Iterator[tuple[int, Floats, Floats]]:
    """How many are picked, and how many greedy's list and ours reach, in each of the worlds."""
    chance = graph.weighted_cascade() if model == "weighted cascade" else graph.everywhere(0.01)
    theirs, ours = greedy(graph, chance, max(COUNTS), SETS[model], seed=5), picked(graph, max(COUNTS))
    reached = spread(graph, chance, [people[:count] for count in COUNTS for people in (theirs, ours)], worlds, seed=9)
    for position, count in enumerate(COUNTS):
        yield count, reached[2 * position], reached[2 * position + 1]


def shortlist_gates() -> Iterator[tuple[str, float, float, float]]:
    """Per model and number of picks: our spread over greedy's, and the upper end of its 95 % interval, which has to reach 1."""
    graphs = [collaboration(seed=seed) for seed in SEEDS]
    for model in SETS:
        found = [list(compared(graph, model)) for graph in graphs]
        for position, count in enumerate(COUNTS):
            theirs = np.concatenate([of_graph[position][1] for of_graph in found])
            ours = np.concatenate([of_graph[position][2] for of_graph in found])
            error = 1.96 * (ours - theirs).std(ddof=1) / np.sqrt(len(ours)) / theirs.mean()
            ratio = ours.mean() / theirs.mean()
            yield f"shortlist / greedy spread, {model}, {count} picks ({ratio:.3f} +/- {error:.3f})", ratio + error, 1.0, float("inf")
