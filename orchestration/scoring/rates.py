"""How many adoptions a unit of exposure to an author causes: credit, organic rates and authors' rates, each learnt from the others."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import gammaincinv

from orchestration.scoring.credit import Credit, assign_credit, kernel, organic_rates, shrink, sums
from orchestration.scoring.inputs import Evidence, Floats
from orchestration.scoring.parameters import Parameters
from orchestration.scoring.prior import Prior, authentic, fit_prior, proxy_scores


@dataclass(frozen=True, slots=True)
class Rates:
    """What was learnt. Per author: rate = (outcomes + a) / (exposure + a / prior rate), the mean of a Gamma posterior.

    `exposure` is that part of an author's exposure whose adoptions can be seen: all of the audience with an edge, and of the hidden
    audience the share `pointing_rate`, since only who points at the cause is seen there. `reach` is both parts in full.
    """

    credit: Credit
    organic_rates: Floats
    prior: Prior
    proxy_scores: Floats
    pointing_rate: float
    outcomes: Floats
    doubt: Floats
    exposure: Floats
    reach: Floats
    rate: Floats


def learn_rates(evidence: Evidence, parameters: Parameters) -> Rates:
    """Rounds of passes, each round followed by a new fit of the prior. Authors without exposure or credit have their prior rate."""
    count = len(evidence.authors.ids)
    scores = proxy_scores(evidence.authors)
    factor = kernel(evidence, parameters)
    seen, hidden = (sums(evidence.mention_author, exposure, count) for exposure in exposures(evidence, parameters))
    author = evidence.mention_author[evidence.candidate_mention]
    cells = len(evidence.cells.person_days)
    organic = sums(evidence.adoption_cell, np.ones(len(evidence.adoption_cell)), cells)
    everyone = organic.sum() / max(seen.sum() + parameters.pointing_rate * hidden.sum(), 1.0)
    rate = np.full(count, parameters.presumed_share * everyone)
    prior = Prior(rate, 0.0, np.zeros(len(evidence.authors.channel_ids)), np.zeros(scores.shape[1]))
    for _ in range(parameters.rounds):
        for _ in range(parameters.passes):
            organic_rate = organic_rates(evidence.cells, organic, parameters.organic_pseudo_adoptions)
            credit = assign_credit(evidence, factor, rate, organic_rate)
            organic = sums(evidence.adoption_cell, credit.organic, cells)
            outcomes = sums(author, credit.credit, count)
            pointing = pointing_rate(evidence, credit.credit, parameters)
            exposure = seen + pointing * hidden
            rate = shrink(outcomes, exposure, prior.rate, parameters.pseudo_adoptions)
        prior = fit_prior(outcomes, exposure, scores, evidence.authors.channel, len(evidence.authors.channel_ids), parameters)
        rate = shrink(outcomes, exposure, prior.rate, parameters.pseudo_adoptions)
    uncertain = sums(author, doubt(credit.credit), count)
    return Rates(credit, organic_rate, prior, scores, pointing, outcomes, uncertain, exposure, seen + hidden, rate)


def exposures(evidence: Evidence, parameters: Parameters) -> tuple[Floats, Floats]:
    """Exposure per mention: of the audience with an edge, and of the authentic part of the hidden one."""
    whole_effect = 1 - 2 ** (-parameters.window / parameters.half_life)
    people = authentic(evidence.hidden_reach, evidence.authors.authenticity[evidence.mention_author])
    return evidence.exposure, np.asarray(people * parameters.follows_weight * whole_effect)


def doubt(credit: Floats) -> Floats:
    """Per candidate, the variance that comes from not knowing whether it was the cause: credit * (1 - credit)."""
    return np.asarray(credit * (1 - credit))


def pointing_rate(evidence: Evidence, credit: Floats, parameters: Parameters) -> float:
    """Which share of those who were won over says by whom: measured where an edge shows the others, too."""
    seen = credit[evidence.has_edge].sum()
    pointed = credit[evidence.has_edge & evidence.is_explicit].sum()
    weight = parameters.pointing_pseudo_credit
    return float((pointed + parameters.pointing_rate * weight) / (seen + weight))


def gamma_quantile(mean: Floats, deviation: Floats, quantile: float) -> Floats:
    """Quantiles of Gamma distributions of these means and standard deviations; 0 where the mean is 0."""
    safe_mean, safe_deviation = np.where(mean > 0, mean, 1.0), np.where(deviation > 0, deviation, 1.0)
    shape = (safe_mean / safe_deviation) ** 2
    return np.where((mean > 0) & (deviation > 0), gammaincinv(shape, quantile) * safe_deviation**2 / safe_mean, mean)
