"""How far a word goes from a list of people in a graph of who works with whom, and the list that greedy influence maximisation picks.

NetHEPT, on which such lists are compared, cannot be shipped; collaboration() makes a graph of its size and shape: 15,000 authors, 35,000
pairs, half of the authors with three co-authors or fewer, the busiest with 158.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from orchestration.scoring.inputs import Floats, Ints
from orchestration.scoring.shortlist import shortlist


@dataclass(frozen=True)
class Graph:
    """An edge a row, both ways of every pair, by `source`."""

    nodes: int
    source: Ints
    target: Ints

    def weighted_cascade(self) -> Floats:
        """One over how many speak to the target, per edge (Kempe 2003)."""
        return np.asarray(1 / np.bincount(self.target, minlength=self.nodes)[self.target])

    def everywhere(self, chance: float) -> Floats:
        return np.full(len(self.source), chance)


def collaboration(authors: int = 15_000, seed: int = 1) -> Graph:
    """Papers of one to six authors: each new, or a co-author of the first, or drawn by how much they wrote, or anybody."""
    random = np.random.default_rng(seed)
    written: list[int] = []
    coauthors: list[list[int]] = []
    pairs: set[tuple[int, int]] = set()
    while len(coauthors) < authors:
        team: list[int] = []
        for _ in range(random.choice(6, p=[0.2, 0.4, 0.25, 0.1, 0.03, 0.02]) + 1):
            if not written or random.random() < 0.35:
                coauthors.append([])
                author = len(coauthors) - 1
            elif team and random.random() < 0.5 and coauthors[team[0]]:
                author = coauthors[team[0]][random.integers(len(coauthors[team[0]]))]
            elif random.random() < 0.45:
                author = written[random.integers(len(written))]
            else:
                author = int(random.integers(len(coauthors)))
            if author not in team:
                team.append(author)
        written += team
        for one in team:
            coauthors[one] += [other for other in team if other != one]
            pairs |= {(one, other) for other in team if other != one}
    ends = np.array(sorted(pairs))
    return Graph(len(coauthors), ends[:, 0], ends[:, 1])


def spread(graph: Graph, chance: Floats, lists: list[Ints], worlds: int, seed: int) -> Floats:
    """Lists x worlds: how many people an independent cascade from each list reaches, itself counted, all lists in the same worlds."""
    random = np.random.default_rng(seed)
    reached = np.zeros((len(lists), worlds))
    for world in range(worlds):
        is_live = random.random(len(chance)) < chance
        target = graph.target[is_live]
        starts = np.searchsorted(graph.source[is_live], np.arange(graph.nodes + 1))
        for position, people in enumerate(lists):
            is_reached = np.zeros(graph.nodes, dtype=np.bool_)
            front = people
            while len(front):
                is_reached[front] = True
                heard = target[_of_all(starts[front], np.diff(starts)[front])]
                front = np.unique(heard[~is_reached[heard]])
            reached[position, world] = is_reached.sum()
    return reached


def greedy(graph: Graph, chance: Floats, count: int, sets: int, seed: int, batch: int = 1000) -> Ints:
    """People by reverse influence sampling (Borgs 2014): who is in most sets of those from whom a word would reach somebody drawn."""
    random = np.random.default_rng(seed)
    order = np.argsort(graph.target, kind="stable")
    source, chance = graph.source[order], chance[order]
    starts = np.searchsorted(graph.target[order], np.arange(graph.nodes + 1))
    heard_from = np.diff(starts)
    members = []
    for first in range(0, sets, batch):
        is_in = np.zeros(batch * graph.nodes, dtype=np.bool_)
        front = np.arange(batch) * graph.nodes + random.integers(0, graph.nodes, batch)
        while len(front):
            is_in[front] = True
            members.append(front + first * graph.nodes)
            node = front % graph.nodes
            edges = _of_all(starts[node], heard_from[node])
            is_live = random.random(len(edges)) < chance[edges]
            reaches = np.repeat(front - node, heard_from[node])[is_live] + source[edges[is_live]]
            front = np.unique(reaches[~is_in[reaches]])
    keys = np.concatenate(members)
    return _picked(keys % graph.nodes, keys // graph.nodes, count)


def picked(graph: Graph, count: int) -> Ints:
    """The product's shortlist of as many people, at equal costs."""
    return _picked(graph.source, graph.target, count)


def _picked(person: Ints, peer: Ints, count: int) -> Ints:
    reach = pl.DataFrame({"person_id": person, "peer_id": peer})
    costs = reach.select("person_id", cost=pl.lit(1.0)).unique()
    return shortlist(reach, costs, count)["person_id"].cast(pl.Int64).to_numpy()


def _of_all(starts: Ints, counts: Ints) -> Ints:
    """Positions of stretches that begin at `starts`, one after the other."""
    return np.asarray(np.repeat(starts - np.cumsum(counts) + counts, counts) + np.arange(counts.sum()))
