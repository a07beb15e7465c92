"""Attribution by Shapley values of who took part in a journey."""

from __future__ import annotations

import numpy as np

from orchestration.attribution.journeys import Floats, Journeys, Numbers, divided


def shapley_credits(journeys: Journeys, shares: Floats | None = None) -> Floats:
    """The credit of each touch: its player's Shapley value in the journey, over those of all.

    The game of a journey: players S alone would have converted it with v(S) = 1 - prod over S of (1 - p), p = `conversion_shares` (the
    joint probability of Goyal, Bonchi, Lakshmanan 2010).

    shares: those, where `journeys` are a part of all; no journey asks for another then.
    """
    takers = journeys.takers
    known = conversion_shares(journeys) if shares is None else shares
    return divided(journeys, shapley_values(takers.journey, known[takers.player]))


def conversion_shares(journeys: Journeys) -> Floats:
    """For each player: the share of the journeys with a touch of theirs that converted."""
    takers = journeys.takers
    seen = np.bincount(takers.player, minlength=journeys.player_count)
    converted = np.bincount(takers.player, journeys.is_converted[takers.journey], journeys.player_count)
    return converted / np.maximum(seen, 1)


def shapley_values(game: Numbers, probability: Floats) -> Floats:
    """The Shapley value of each player of many games v(S) = 1 - prod over S of (1 - p); `game` is sorted, values of a game sum to v(all).

    Exact for any number of players, without sampling: a value is the integral over t from 0 to 1 of p x the product over the others of
    (1 - t p) (Owen's multilinear extension, 1972), a polynomial of degree n - 1, which Gauss-Legendre quadrature of n / 2 points
    integrates exactly.
    """
    if not game.size:
        return np.zeros(0)
    firsts = np.flatnonzero(np.diff(game, prepend=game[0] - 1))
    sizes = np.diff(np.append(firsts, game.size))
    nodes, weights = np.polynomial.legendre.leggauss(int(sizes.max()) // 2 + 1)
    value = np.zeros(game.size)
    for node, weight in zip((nodes + 1) / 2, weights / 2, strict=True):
        unmoved = np.log1p(-node * probability)
        others = np.repeat(np.add.reduceat(unmoved, firsts), sizes) - unmoved
        value += weight * np.exp(others)
    return value * probability
