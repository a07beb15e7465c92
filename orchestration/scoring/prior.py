"""What rate to expect of an author before any adoption is credited to them: a Poisson regression on what every channel shows of everyone.

Own iterations of some lines, not scikit-learn's: the offset and the unpenalised intercept are direct, sums have one order whatever the
number of threads, and no dependency comes with it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from orchestration.scoring.inputs import PROXIES, Authors, Floats, Ints, mean_ranks
from orchestration.scoring.parameters import Parameters

# What is learnt of. Twice the exposure is not twice the adoptions: each of more people hears less, and much of what is counted is never
# seen. The slope of log exposure is learnt (-.81 in the simulated web: adoptions as exposure ^ .19), not presumed to be 0.
FACTORS = (*PROXIES, "exposure")
MAX_STEPS = 50
TOLERANCE = 1e-10


@dataclass(frozen=True, slots=True)
class Prior:
    """`rate` per author = exp(intercept + channel_effects[channel] + sum of slopes * scores)."""

    rate: Floats
    intercept: float
    channel_effects: Floats
    slopes: Floats


def authentic(amounts: Floats, authenticity: Floats) -> Floats:
    """The part of an audience or of its engagement that counts, cut to millionths: an audience made larger by n that count 0 stays."""
    return np.asarray(np.floor(amounts * authenticity * 1e6 + 1e-4) / 1e6)


def proxy_scores(authors: Authors) -> Floats:
    """Proxies * authenticity as normal scores within the author's channel; what is unknown stands in the middle, at 0."""
    values = authentic(authors.proxies, authors.authenticity[:, None])
    scores = np.zeros_like(values)
    for channel in range(len(authors.channel_ids)):
        members = np.flatnonzero(authors.channel == channel)
        for proxy in range(len(PROXIES)):
            known = members[~np.isnan(values[members, proxy])]
            scores[known, proxy] = normal_scores(values[known, proxy])
    return scores


def log_sizes(exposure: Floats) -> Floats:
    """Logarithms of exposures, to their mean; 0 where there is none."""
    known = exposure > 0
    sizes = np.log(exposure, out=np.zeros(len(exposure)), where=known)
    return np.where(known, sizes - (sizes[known].mean() if known.any() else 0.0), 0.0)


def normal_scores(values: Floats) -> Floats:
    """Rank-based inverse normal transform, Blom's offsets, equals at their mean rank: Phi^-1((r - 3/8) / (n + 1/4))."""
    return np.asarray(ndtri((mean_ranks(values) - 0.375) / (len(values) + 0.25)), dtype=np.float64)


def fit_prior(outcomes: Floats, exposure: Floats, scores: Floats, channel: Ints, channels: int, parameters: Parameters) -> Prior:
    """Poisson regression of outcomes with offset log(exposure), a ridge on all but the intercept; authors without exposure take no part.

    `a` outcomes are spread evenly over all exposure: where nothing was credited, the rate is small and not 0.
    """
    design = np.column_stack([np.ones(len(scores)), channel[:, None] == np.arange(channels), scores]).astype(np.float64)
    used = exposure > 0
    coefficients = np.zeros(design.shape[1])
    penalty = np.array([0.0, *[parameters.ridge] * (design.shape[1] - 2), parameters.exposure_ridge])
    if used.any():
        offered = outcomes[used] + parameters.pseudo_adoptions * exposure[used] / exposure[used].sum()
        coefficients = _poisson(design[used], offered, exposure[used], penalty)
        rate = np.exp(_times(design, coefficients))
    else:
        rate = np.zeros(len(scores))
    return Prior(rate, float(coefficients[0]), coefficients[1 : 1 + channels], coefficients[1 + channels :])


def _poisson(design: Floats, outcomes: Floats, exposure: Floats, penalty: Floats) -> Floats:
    """Newton's steps, halved while they make the penalised likelihood worse."""
    coefficients = np.zeros(design.shape[1])
    coefficients[0] = np.log(outcomes.sum() / exposure.sum())

    def loss(at: Floats) -> float:
        linear = _times(design, at)
        return float((exposure * np.exp(np.minimum(linear, 50)) - outcomes * linear).sum() + (penalty * at**2).sum() / 2)

    current = loss(coefficients)
    for _ in range(MAX_STEPS):
        expected = exposure * np.exp(_times(design, coefficients))
        gradient = np.einsum("ni,n->i", design, outcomes - expected) - penalty * coefficients
        curvature = np.einsum("ni,nj->ij", design * expected[:, None], design) + np.diag(penalty)
        step = np.linalg.solve(curvature, gradient)
        while (proposed := loss(coefficients + step)) > current + TOLERANCE * (1 + abs(current)) and np.abs(step).max() > TOLERANCE:
            step = step / 2
        coefficients, current = coefficients + step, proposed
        if np.abs(step).max() < TOLERANCE:
            break
    return coefficients


def _times(design: Floats, coefficients: Floats) -> Floats:
    return np.asarray(np.einsum("ni,i->n", design, coefficients))
